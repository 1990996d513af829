#include "cli/simulated_year.h"

#include "base/day.h"
#include "domain/text.h"

#include <stdlib.h>
#include <string.h>

#define PROJECTS_OF_GROUP_MAX 400
#define SCOPE_FILLED_MAX 60
#define MILESTONES_MAX 32

/* A project of a group, and when it reaches the group's milestones. */
struct work {
    const struct project *project;
    bool made_up; /* it is registered in the simulation */
    bool spare;   /* no commitment counts on it */
    day_number known_on;
    day_number reached_on[MILESTONES_MAX]; /* 0: never */
    enum character character[MILESTONES_MAX];
};

struct works {
    struct year *year;
    const struct group *group;
    struct dice dice;
    struct work *works;
    size_t count, listed; /* listed: those of the plan, before the others */
};

static bool counts_on(const struct commitment *commitment, const struct group *group)
{
    enum rule rule = commitment->indicator.rule;
    return (rule == RULE_COUNT || rule == RULE_SHARE) && strcmp(commitment->indicator.group, group->id) == 0;
}

/* How many projects must reach the milestone for the target; for a limit so many may. */
static int64_t projects_needed(const struct commitment *commitment, struct decimal target, int64_t scope)
{
    struct decimal denominator = decimal_whole(commitment->indicator.rule == RULE_SHARE && scope > 0 ? scope : 1);
    bool raised = goal_raised(commitment) == (decimal_sign(commitment->indicator.factor) > 0);
    for (int64_t count = 0; count <= PROJECTS_OF_GROUP_MAX; count++)
        if (figure_reached(commitment, target, decimal_whole(count), denominator) == raised)
            return raised || count == 0 ? count : count - 1;
    return PROJECTS_OF_GROUP_MAX;
}

static size_t listed_count(const struct plan *plan, const struct group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->project_count; i++)
        count += project_in_group(&plan->projects[i], group->id);
    return count;
}

/* As many as the scope says, or as the targets need, and now and then one or two more. */
static size_t wanted_count(const struct works *works, const struct course *courses)
{
    const struct plan *plan = works->year->plan;
    int64_t wanted = (int64_t)listed_count(plan, works->group);
    if (works->group->scope_count <= SCOPE_FILLED_MAX && works->group->scope_count > wanted)
        wanted = works->group->scope_count;
    for (size_t i = 0; i < plan->commitment_count; i++) {
        int64_t scope = works->group->scope_count > 0 ? works->group->scope_count : wanted;
        if (!counts_on(&plan->commitments[i], works->group))
            continue;
        int64_t needed = projects_needed(&plan->commitments[i], courses[i].aim, scope);
        wanted = needed > wanted ? needed : wanted;
    }
    return wanted < PROJECTS_OF_GROUP_MAX ? (size_t)wanted : PROJECTS_OF_GROUP_MAX;
}

/* Projects that the plan does not list. */

/* As much of a name as leaves room for a little more before it. */
static const char *shortened(struct year *year, const char *name)
{
    return arena_must(arena_text(year->arena, name, text_valid_bytes(name, strlen(name) < 180 ? strlen(name) : 180)));
}

static struct project *make_up_project(struct works *works, size_t number)
{
    struct year *year = works->year;
    struct project *project = arena_alloc(year->arena, sizeof *project);
    const char **groups = arena_alloc(year->arena, sizeof *groups);
    REQUIRE(project != NULL && groups != NULL);
    const struct plan *plan = year->plan;
    *groups = works->group->id;
    *project = (struct project){
        .id = made_up(year, "sim-%u-%.40s-%zu-%zu", plan->year, works->group->id,
                      (size_t)(works->group - plan->groups) + 1, number),
        .name_zh = made_up(year, "模拟项目%zu：%s", number, shortened(year, works->group->name_zh)),
        .name_en = made_up(year, "Simulated project %zu: %s", number, shortened(year, works->group->name_en)),
        .unit = plan->units[dice_between(&works->dice, 0, (int64_t)plan->unit_count - 1)].id,
        .groups = groups,
        .group_count = 1,
    };
    for (size_t i = 0; i < plan->commitment_count; i++)
        if (counts_on(&plan->commitments[i], works->group))
            project->unit = plan->commitments[i].unit;
    return project;
}

static void gather(struct works *works, const struct course *courses)
{
    struct year *year = works->year;
    const struct plan *plan = year->plan;
    size_t wanted = wanted_count(works, courses), spare = (size_t)dice_between(&works->dice, 0, 2);
    works->works = calloc(wanted + spare + 1, sizeof *works->works);
    REQUIRE(works->works != NULL);
    for (size_t i = 0; i < plan->project_count; i++)
        if (project_in_group(&plan->projects[i], works->group->id) && works->count < wanted)
            works->works[works->count++] = (struct work){.project = &plan->projects[i], .known_on = year->first_day};
    works->listed = works->count;
    while (works->count < wanted + spare) {
        works->works[works->count] = (struct work){
            .project = make_up_project(works, works->count + 1), .made_up = true, .spare = works->count >= wanted};
        works->count++;
    }
}

/* When what is reached. */

/* Mixes those that commitments count on, so that the listed ones are not always the first. */
static void shuffle(struct works *works, size_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)dice_between(&works->dice, 0, (int64_t)i - 1), kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}

/* One project after the other, as the course goes. */
static void follow_course(struct works *works, const struct course *course, const size_t *order, size_t count)
{
    const struct commitment *commitment = course->commitment;
    int milestone = group_milestone(works->group, commitment->indicator.milestone);
    int64_t scope = works->group->scope_count > 0 ? works->group->scope_count : (int64_t)count;
    int64_t needed = projects_needed(commitment, course->aim, scope);
    needed = needed < (int64_t)count ? needed : (int64_t)count;
    int64_t reached = 0;
    for (day_number day = course->from; day <= works->year->last_day; day++) {
        if (day >= course->silent_from && day != course->reached_on)
            continue;
        for (; reached < needed * course_progress(course, day) / MILLION; reached++) {
            works->works[order[reached]].reached_on[milestone] = day;
            works->works[order[reached]].character[milestone] = course->character;
        }
    }
    for (; reached < (int64_t)count; reached++)
        works->works[order[reached]].character[milestone] = course->character;
}

/* A deadline that no commitment counts has a character of its own. */
static void follow_deadline(struct works *works, struct work *work, int milestone, day_number due)
{
    static const int weights[] = {[CHARACTER_AHEAD] = 25,
                                  [CHARACTER_ON_PACE] = 30,
                                  [CHARACTER_BEHIND] = 10,
                                  [CHARACTER_LATE] = 20,
                                  [CHARACTER_NEVER] = 15};
    struct dice *dice = &works->dice;
    enum character character = (enum character)dice_weighted(dice, weights, sizeof weights / sizeof *weights);
    day_number reached_on = 0;
    if (character == CHARACTER_LATE)
        reached_on = due + (day_number)dice_between(dice, 1, 60);
    else if (character != CHARACTER_NEVER)
        reached_on = due - (day_number)dice_between(dice, 0, character == CHARACTER_AHEAD ? 90 : 6);
    work->reached_on[milestone] = reached_on < works->year->first_day ? 0 : reached_on;
    work->character[milestone] = character;
}

static bool counted(const struct works *works, int milestone)
{
    const struct plan *plan = works->year->plan;
    for (size_t i = 0; i < plan->commitment_count; i++)
        if (counts_on(&plan->commitments[i], works->group) &&
            group_milestone(works->group, plan->commitments[i].indicator.milestone) == milestone)
            return true;
    return false;
}

static void follow_deadlines(struct works *works)
{
    for (size_t i = 0; i < works->listed; i++)
        for (size_t j = 0; j < works->works[i].project->deadline_count; j++) {
            const struct milestone_deadline *deadline = &works->works[i].project->deadlines[j];
            int milestone = group_milestone(works->group, deadline->milestone);
            if (milestone >= 0 && !counted(works, milestone))
                follow_deadline(works, &works->works[i], milestone, deadline->due);
        }
}

/* A made-up project promises a day before or after the one on which it will be ready. */
static day_number promised_day(struct works *works, const struct work *work, int milestone)
{
    struct year *year = works->year;
    day_number reached_on = work->reached_on[milestone];
    if (reached_on == 0)
        return year->first_day + (day_number)dice_between(&works->dice, 60, 360);
    day_number due = reached_on + (day_number)dice_between(&works->dice, -35, 45);
    return due < year->first_day + 25 ? year->first_day + 25 : due;
}

static void draw_promises(struct works *works, struct work *work)
{
    size_t milestones = works->group->milestone_count;
    struct milestone_deadline *deadlines = arena_must(arena_array(works->year->arena, milestones, sizeof *deadlines));
    struct project *project = (struct project *)(uintptr_t)work->project;
    for (size_t i = 0; i < milestones; i++)
        if (work->spare || dice_chance(&works->dice, works->count > 12 ? 8 : 35))
            deadlines[project->deadline_count++] =
                (struct milestone_deadline){works->group->milestones[i].id, promised_day(works, work, (int)i)};
    project->deadlines = deadlines;
}

/* Telling. */

static day_number first_reached(const struct work *work)
{
    day_number first = INT32_MAX;
    for (size_t i = 0; i < MILESTONES_MAX; i++)
        if (work->reached_on[i] != 0 && work->reached_on[i] < first)
            first = work->reached_on[i];
    return first;
}

static void tell_project(struct works *works, struct work *work, int64_t at_us)
{
    struct simulated_event event = {
        .at_us = at_us, .note = "", .character = work->spare ? CHARACTER_CANCELLED : CHARACTER_ON_PACE};
    event.update.kind = UPDATE_PROJECT_REGISTERED;
    event.update.registered = work->project;
    work->known_on = day_of_instant(at_us);
    tell(works->year, work->project->unit, event);
}

/* Most of them together in January, some in the course of the year. */
static void register_projects(struct works *works)
{
    struct year *year = works->year;
    struct dice *dice = &works->dice;
    int64_t together_us = office_instant(year, dice, year->first_day + (day_number)dice_between(dice, 5, 14));
    for (size_t i = works->listed; i < works->count; i++) {
        struct work *work = &works->works[i];
        draw_promises(works, work);
        day_number latest = first_reached(work);
        if (latest > year->first_day + 300)
            latest = year->first_day + 300;
        bool alone = dice_chance(dice, 25) && latest > year->first_day + 40;
        int64_t alone_us = office_instant(
            year, dice, year->first_day + 20 + (day_number)dice_between(dice, 0, latest - year->first_day - 30));
        tell_project(works, work, alone ? alone_us : together_us);
    }
}

static const char *tell_milestone(struct works *works, const struct work *work, int milestone, day_number reached_on,
                                  int64_t at_us)
{
    struct simulated_event event = {.at_us = at_us,
                                    .note = "模拟数据，并非真实上报 simulated, nobody reported this",
                                    .character = work->character[milestone]};
    event.update.kind = UPDATE_MILESTONE_REACHED;
    event.update.reached = (struct milestone_reached){
        .project = work->project->id, .milestone = works->group->milestones[milestone].id, .reached_on = reached_on};
    return tell(works->year, work->project->unit, event);
}

/* Told too early, taken back, and told anew when it was true. */
static void tell_wrongly(struct works *works, const struct work *work, int milestone)
{
    struct dice *dice = &works->dice;
    day_number right = work->reached_on[milestone], wrong = right - (day_number)dice_between(dice, 5, 40);
    if (wrong <= work->known_on + 2)
        return;
    const char *id = tell_milestone(works, work, milestone, wrong, office_instant(works->year, dice, wrong));
    struct simulated_event event = {.at_us = office_instant(works->year, dice, wrong + 3),
                                    .note = "模拟：误报，撤回 simulated: wrong, taken back",
                                    .character = work->character[milestone]};
    event.update.kind = UPDATE_WITHDRAWN;
    event.update.withdrawal = (struct withdrawal){.id = id};
    if (id != NULL)
        tell(works->year, work->project->unit, event);
}

static void tell_reached(struct works *works, const struct work *work, int milestone)
{
    struct dice *dice = &works->dice;
    day_number reached_on = work->reached_on[milestone];
    if (work->character[milestone] == CHARACTER_CORRECTED ? dice_chance(dice, 50) : dice_chance(dice, 2))
        tell_wrongly(works, work, milestone);
    day_number day =
        reached_on + (day_number)(dice_chance(dice, 80) ? dice_between(dice, 0, 3) : dice_between(dice, 4, 45));
    if (day <= work->known_on)
        day = work->known_on + 1;
    (void)tell_milestone(works, work, milestone, reached_on, office_instant(works->year, dice, day));
}

static void change_state(struct works *works, const struct work *work, enum update_kind kind, day_number day,
                         const char *note)
{
    struct simulated_event event = {.at_us = office_instant(works->year, &works->dice, day),
                                    .note = note,
                                    .character =
                                        kind == UPDATE_PROJECT_CANCELLED ? CHARACTER_CANCELLED : CHARACTER_SUSPENDED};
    event.update.kind = kind;
    event.update.project = work->project->id;
    tell(works->year, work->project->unit, event);
}

static void give_up(struct works *works, const struct work *work)
{
    day_number due = work->project->deadlines[0].due;
    day_number day = due + (day_number)dice_between(&works->dice, -40, 12);
    if (day <= work->known_on + 2)
        day = work->known_on + 3;
    change_state(works, work, UPDATE_PROJECT_CANCELLED, day, "模拟：项目取消 simulated: the project is given up");
}

static void rest(struct works *works, const struct work *work)
{
    struct dice *dice = &works->dice;
    day_number due = work->project->deadlines[0].due;
    day_number day = due - (day_number)dice_between(dice, 5, 60);
    if (day <= work->known_on + 2)
        return;
    change_state(works, work, UPDATE_PROJECT_SUSPENDED, day, "模拟：停工整改 simulated: work rests");
    if (dice_chance(dice, 85))
        change_state(works, work, UPDATE_PROJECT_RESUMED, day + (day_number)dice_between(dice, 8, 80),
                     "模拟：复工 simulated: work goes on");
}

/* A project in several groups rests only once: for the first of them. */
static bool is_home(const struct works *works, const struct work *work)
{
    return strcmp(work->project->groups[0], works->group->id) == 0;
}

static void sign_overdue(struct works *works, const struct work *work)
{
    for (size_t i = 0; i < work->project->deadline_count; i++) {
        const struct milestone_deadline *deadline = &work->project->deadlines[i];
        int milestone = group_milestone(works->group, deadline->milestone);
        bool late = milestone >= 0 && (work->reached_on[milestone] == 0 || work->reached_on[milestone] > deadline->due);
        if (!late || !dice_chance(&works->dice, 30))
            continue;
        struct year *year = works->year;
        struct alert alert = {.division = year->plan->division,
                              .year = year->plan->year,
                              .deadline = made_up(year, "%s/%s", work->project->id, deadline->milestone),
                              .version = 1,
                              .unit = work->project->unit,
                              .recipient = work->project->unit,
                              .phase = PHASE_OVERDUE,
                              .occurrence = 1};
        sign(year, &works->dice, deadline->due + 1 + (day_number)dice_between(&works->dice, 0, 4), &alert,
             work->character[milestone]);
    }
}

static void tell_work(struct works *works, const struct work *work)
{
    for (int i = 0; i < (int)works->group->milestone_count; i++)
        if (work->reached_on[i] != 0)
            tell_reached(works, work, i);
    if (work->project->deadline_count == 0 || !is_home(works, work))
        return;
    if (work->spare && (works->group->scope_count == 0 || dice_chance(&works->dice, 80)))
        give_up(works, work);
    else if (dice_chance(&works->dice, 10))
        rest(works, work);
    sign_overdue(works, work);
}

static void join_crews(struct works *works)
{
    struct year *year = works->year;
    for (size_t i = 0; i < works->count && i < 6; i++)
        if (works->works[i].known_on < year->first_day + 20) {
            year->crews = array_grow(year->crews, year->crew_count, &year->crew_capacity, sizeof *year->crews);
            year->crews[year->crew_count++] = works->works[i].project;
        }
}

static void tell_group(struct works *works, const struct course *courses)
{
    const struct plan *plan = works->year->plan;
    size_t order[PROJECTS_OF_GROUP_MAX], counted_on = 0;
    gather(works, courses);
    while (counted_on < works->count && !works->works[counted_on].spare)
        counted_on++;
    shuffle(works, order, counted_on);
    for (size_t i = 0; i < plan->commitment_count; i++)
        if (counts_on(&plan->commitments[i], works->group))
            follow_course(works, &courses[i], order, counted_on);
    follow_deadlines(works);
    register_projects(works);
    for (size_t i = 0; i < works->count; i++)
        tell_work(works, &works->works[i]);
    join_crews(works);
    free(works->works);
}

void tell_works(struct year *year, struct course *courses)
{
    for (size_t i = 0; i < year->plan->group_count; i++) {
        const struct group *group = &year->plan->groups[i];
        struct works works = {.year = year, .group = group, .dice = dice_new(year->options.seed, group->id)};
        tell_group(&works, courses);
    }
}
