#include "model/random_plan.h"

#include "base/day.h"

#include <string.h>

#define UNITS_MAX 5
#define GROUPS_MAX 3
#define COMMITMENTS_MAX 14
#define MEASURES_MAX (COMMITMENTS_MAX * 4)
#define PROJECTS_MAX 7
#define NANO 1000000000

/* A plan while it is drawn. */
struct draft {
    struct dice *dice;
    struct arena *arena;
    struct plan *plan;
    struct measure *measures;
    struct group *groups;
};

static void *make(struct arena *arena, size_t count, size_t bytes)
{
    return arena_must(arena_array(arena, count, bytes));
}

static const char *numbered(struct draft *draft, const char *word, size_t number)
{
    return arena_must(arena_printf(draft->arena, "%s-%zu", word, number));
}

static int64_t between(struct draft *draft, int64_t least, int64_t most)
{
    return dice_between(draft->dice, least, most);
}

static bool chance(struct draft *draft, int percent)
{
    return dice_chance(draft->dice, percent);
}

static struct decimal hundredths(int64_t count)
{
    return (struct decimal){(decimal_units)count * NANO / 100};
}

static void draw_units(struct draft *draft)
{
    static const char *const ids[UNITS_MAX] = {"office", "parks", "roads", "finance", "schools"};
    static const char *const names[UNITS_MAX] = {"督查室", "园林局", "交通局", "财政局", "教育局"};
    struct unit *units = make(draft->arena, UNITS_MAX, sizeof *units);
    draft->plan->unit_count = (size_t)between(draft, 2, UNITS_MAX);
    for (size_t i = 0; i < draft->plan->unit_count; i++)
        units[i] = (struct unit){ids[i], names[i], ids[i]};
    draft->plan->units = units;
    draft->plan->supervising_unit = "office";
}

/* Now and then the supervising unit leads something itself. */
static const char *draw_unit(struct draft *draft)
{
    size_t least = chance(draft, 12) ? 0 : 1;
    return draft->plan->units[between(draft, (int64_t)least, (int64_t)draft->plan->unit_count - 1)].id;
}

/* Some of a falling list, in its order. */
static size_t draw_leads(struct draft *draft, const uint32_t *from, size_t count, int percent, uint32_t *out_leads)
{
    size_t taken = 0;
    for (size_t i = 0; i < count && taken < LEAD_DAYS_MAX; i++)
        if (chance(draft, percent))
            out_leads[taken++] = from[i];
    return taken;
}

static void draw_rules(struct draft *draft)
{
    static const uint32_t days[] = {90, 60, 45, 30, 20, 14, 7, 3, 2, 1}, working_days[] = {40, 20, 10, 5, 3, 2, 1};
    static const uint32_t minutes[] = {540, 0, 1439, 480, 1};
    struct rules *rules = &draft->plan->rules;
    rules->lead_day_count = draw_leads(draft, days, sizeof days / sizeof *days, 20, rules->lead_days);
    rules->lead_working_day_count =
        draw_leads(draft, working_days, sizeof working_days / sizeof *working_days, 18, rules->lead_working_days);
    rules->overdue_every_days = chance(draft, 15) ? (uint32_t)between(draft, 1, 40) : (uint32_t)between(draft, 5, 21);
    rules->alert_minute = chance(draft, 60) ? minutes[between(draft, 0, 4)] : (uint32_t)between(draft, 0, 1439);
    int64_t yellow = between(draft, 1, 1500);
    rules->yellow_points = hundredths(yellow);
    rules->red_points = hundredths(yellow + between(draft, 1, 2500));
    rules->escalate_after_working_days = (uint32_t)between(draft, 0, 10);
    rules->pace_reports = (uint32_t)between(draft, 0, 5);
}

static void draw_groups(struct draft *draft)
{
    draft->groups = make(draft->arena, GROUPS_MAX, sizeof *draft->groups);
    draft->plan->groups = draft->groups;
    draft->plan->group_count = (size_t)between(draft, 1, GROUPS_MAX);
    for (size_t i = 0; i < draft->plan->group_count; i++) {
        struct milestone *milestones = make(draft->arena, 3, sizeof *milestones);
        size_t count = (size_t)between(draft, 1, 3);
        for (size_t j = 0; j < count; j++) /* some of the same names in several groups */
            milestones[j] =
                (struct milestone){j == 0 ? "started" : numbered(draft, "step", j + 1), "节点", "milestone"};
        draft->groups[i] = (struct group){.id = numbered(draft, "group", i + 1),
                                          .name_zh = "项目组",
                                          .name_en = "group",
                                          .milestones = milestones,
                                          .milestone_count = count,
                                          .scope_count = chance(draft, 50) ? 0 : (uint32_t)between(draft, 1, 12)};
    }
}

static const struct group *draw_group(struct draft *draft)
{
    return &draft->groups[between(draft, 0, (int64_t)draft->plan->group_count - 1)];
}

static day_number first_day(const struct draft *draft)
{
    return day_year_start((int)draft->plan->year);
}

static void draw_project(struct draft *draft, size_t number, struct project *project)
{
    const struct group *group = draw_group(draft), *other = draw_group(draft);
    const char **groups = make(draft->arena, 2, sizeof *groups);
    struct milestone_deadline *deadlines = make(draft->arena, 3, sizeof *deadlines);
    const char *unit = draw_unit(draft);
    groups[0] = group->id;
    groups[1] = other->id;
    *project = (struct project){.id = numbered(draft, "project", number),
                                .name_zh = "项目",
                                .name_en = "project",
                                .unit = unit,
                                .groups = groups,
                                .group_count = other != group && chance(draft, 40) ? 2 : 1,
                                .deadlines = deadlines};
    for (size_t i = 0; i < group->milestone_count; i++)
        if (chance(draft, 60))
            deadlines[project->deadline_count++] = (struct milestone_deadline){
                group->milestones[i].id,
                first_day(draft) + (day_number)between(draft, 20, chance(draft, 10) ? 500 : 364)};
}

static void draw_projects(struct draft *draft)
{
    struct project *projects = make(draft->arena, PROJECTS_MAX, sizeof *projects);
    draft->plan->project_count = (size_t)between(draft, 0, PROJECTS_MAX);
    for (size_t i = 0; i < draft->plan->project_count; i++)
        draw_project(draft, i + 1, &projects[i]);
    draft->plan->projects = projects;
}

/* What an indicator is made of. */

static enum measure_kind draw_kind(struct draft *draft, enum rule rule)
{
    if (rule == RULE_SUM)
        return MEASURE_INCREMENT;
    if (rule == RULE_RATIO)
        return (enum measure_kind)between(draft, MEASURE_INCREMENT, MEASURE_LEVEL);
    return chance(draft, 50) ? MEASURE_CUMULATIVE : MEASURE_LEVEL;
}

static const char *draw_measure(struct draft *draft, enum measure_kind kind, const char *unit)
{
    struct plan *plan = draft->plan;
    REQUIRE(plan->measure_count < MEASURES_MAX);
    struct measure *measure = &draft->measures[plan->measure_count++];
    *measure = (struct measure){.id = numbered(draft, "measure", plan->measure_count),
                                .name_zh = "计量项",
                                .name_en = "measure",
                                .unit = unit,
                                .kind = kind,
                                .reporting_days = chance(draft, 50) ? 0 : (uint32_t)between(draft, 5, 95)};
    return measure->id;
}

/* One or two measures of one unit; now and then one that another commitment has, too. */
static size_t draw_terms(struct draft *draft, enum rule rule, const char *const **out_terms)
{
    static const char *const units[] = {"平方米", "家", "万元", "公里", "户", "亿元"};
    const char **terms = make(draft->arena, 2, sizeof *terms);
    const char *unit = units[between(draft, 0, 5)];
    enum measure_kind kind = draw_kind(draft, rule);
    size_t count = chance(draft, 80) ? 1 : 2;
    *out_terms = terms;
    for (size_t i = 0; i < draft->plan->measure_count && count == 1 && chance(draft, 10); i++)
        if (draft->measures[i].kind == kind)
            return terms[0] = draft->measures[i].id, 1;
    for (size_t i = 0; i < count; i++)
        terms[i] = draw_measure(draft, rule == RULE_SUM || chance(draft, 75) ? kind : draw_kind(draft, rule), unit);
    return count;
}

static struct decimal draw_factor(struct draft *draft, enum rule rule)
{
    if (rule == RULE_SHARE || rule == RULE_RATIO || rule == RULE_GROWTH)
        return decimal_whole(chance(draft, 92) ? 100 : 1);
    if (chance(draft, 90))
        return decimal_whole(1);
    return chance(draft, 70) ? hundredths(between(draft, 1, 250)) : decimal_whole(-1);
}

static void draw_indicator(struct draft *draft, struct indicator *indicator)
{
    static const int weights[] = {22, 18, 18, 12, 18, 12};
    *indicator = (struct indicator){.rule = (enum rule)(RULE_SUM + dice_weighted(draft->dice, weights, 6)),
                                    .unit = "个",
                                    .group = "",
                                    .milestone = ""};
    enum rule rule = indicator->rule;
    indicator->factor = draw_factor(draft, rule);
    if (rule == RULE_GROWTH)
        indicator->offset = (struct decimal){-indicator->factor.nano};
    else if (chance(draft, 5))
        indicator->offset = hundredths(between(draft, -300, 300));
    if (rule == RULE_COUNT || rule == RULE_SHARE) {
        const struct group *group = draw_group(draft);
        indicator->group = group->id;
        indicator->milestone = group->milestones[between(draft, 0, (int64_t)group->milestone_count - 1)].id;
    } else {
        indicator->numerator_count = draw_terms(draft, rule, &indicator->numerator);
    }
    if (rule == RULE_RATIO)
        indicator->denominator_count = draw_terms(draft, rule, &indicator->denominator);
}

/* Targets and times. */

static struct decimal draw_target(struct draft *draft, const struct commitment *commitment)
{
    bool lowered = commitment->comparison >= COMPARISON_AT_MOST;
    switch (commitment->indicator.rule) {
    case RULE_COUNT:
        return decimal_whole(between(draft, 1, 9));
    case RULE_SHARE:
        return decimal_whole(between(draft, 20, 100));
    case RULE_RATIO:
        return chance(draft, 50) ? decimal_whole(between(draft, 5, 100)) : hundredths(between(draft, 100, 10000));
    case RULE_GROWTH:
        return hundredths(between(draft, -600, 1500));
    case RULE_SUM:
    case RULE_LATEST:
        break;
    }
    if (lowered && chance(draft, 45))
        return decimal_whole(0);
    return chance(draft, 70) ? decimal_whole(between(draft, 1, chance(draft, 20) ? 2000000 : 3000))
                             : hundredths(between(draft, 50, 99999));
}

/* Mostly on the far side of the target. */
static void draw_baseline(struct draft *draft, struct commitment *commitment)
{
    bool raised = commitment->comparison <= COMPARISON_MORE_THAN;
    commitment->has_baseline = chance(draft, 35);
    if (!commitment->has_baseline)
        return;
    int64_t percent = raised != chance(draft, 10) ? between(draft, 0, 80) : between(draft, 110, 220);
    commitment->baseline = (struct decimal){commitment->target.nano * percent / 100};
}

static void draw_time(struct draft *draft, struct commitment *commitment)
{
    day_number first = first_day(draft), last = day_year_start((int)draft->plan->year + 1) - 1;
    commitment->start = first;
    if (chance(draft, 30))
        commitment->start = first + (day_number)between(draft, chance(draft, 20) ? -200 : 1, 240);
    commitment->due = last;
    if (chance(draft, 50))
        commitment->due = commitment->start + (day_number)between(draft, chance(draft, 10) ? 0 : 20, 330);
    else if (chance(draft, 20))
        commitment->due = last + (day_number)between(draft, 1, 500);
}

static void draw_curve(struct draft *draft, struct commitment *commitment)
{
    if (!chance(draft, 30))
        return;
    struct curve_point *points = make(draft->arena, 4, sizeof *points);
    size_t wanted = (size_t)between(draft, 1, 4);
    day_number day = commitment->start - 1;
    int64_t percent = 0;
    while (commitment->curve_count < wanted && day < commitment->due) {
        day += (day_number)between(draft, 1, 90);
        percent += between(draft, 0, 4500);
        if (day <= commitment->due)
            points[commitment->curve_count++] = (struct curve_point){day, hundredths(percent)};
    }
    commitment->curve = points;
}

static void draw_commitment(struct draft *draft, size_t number, struct commitment *commitment)
{
    static const int comparisons[] = {55, 12, 23, 10};
    *commitment = (struct commitment){.id = numbered(draft, "task", number),
                                      .theme = "city",
                                      .name_zh = "任务",
                                      .name_en = "task",
                                      .unit = draw_unit(draft)};
    draw_indicator(draft, &commitment->indicator);
    bool counts = commitment->indicator.rule == RULE_COUNT || commitment->indicator.rule == RULE_SHARE;
    commitment->comparison =
        (enum comparison)(COMPARISON_AT_LEAST + dice_weighted(draft->dice, comparisons, counts ? 2 : 4));
    commitment->hold = chance(draft, counts ? 10 : 30) ? HOLD_ALL_YEAR : HOLD_BY_DEADLINE;
    commitment->target = draw_target(draft, commitment);
    draw_baseline(draft, commitment);
    draw_time(draft, commitment);
    draw_curve(draft, commitment);
}

static void draw_commitments(struct draft *draft)
{
    struct commitment *commitments = make(draft->arena, COMMITMENTS_MAX, sizeof *commitments);
    draft->measures = make(draft->arena, MEASURES_MAX, sizeof *draft->measures);
    draft->plan->measures = draft->measures;
    draft->plan->commitments = commitments;
    draft->plan->commitment_count = (size_t)between(draft, 4, COMMITMENTS_MAX);
    for (size_t i = 0; i < draft->plan->commitment_count; i++)
        draw_commitment(draft, i + 1, &commitments[i]);
}

struct plan *random_plan(struct dice *dice, struct arena *arena)
{
    static const char *const divisions[] = {"410102", "410102", "410102", "410102004", "410105", "4101"};
    struct draft draft = {.dice = dice, .arena = arena, .plan = make(arena, 1, sizeof *draft.plan)};
    const char *division = divisions[dice_between(dice, 0, 5)];
    *draft.plan = (struct plan){.division = division,
                                .year = (uint32_t)dice_between(dice, 2018, 2026),
                                .revision = 1,
                                .name_zh = "模拟计划",
                                .name_en = "simulated plan"};
    draw_units(&draft);
    draw_rules(&draft);
    draw_groups(&draft);
    draw_projects(&draft);
    draw_commitments(&draft);
    return draft.plan;
}

/* Relatives of a plan. */

static day_number year_after(day_number day)
{
    int year, month, date;
    day_number later;
    day_to_civil(day, &year, &month, &date);
    if (!day_from_civil(year + 1, month, date, &later))
        REQUIRE(day_from_civil(year + 1, month, date - 1, &later));
    return later;
}

static struct plan *with_other_targets(const struct plan *plan, struct dice *dice, struct arena *arena)
{
    struct plan *copy = make(arena, 1, sizeof *copy);
    struct commitment *commitments = make(arena, plan->commitment_count, sizeof *commitments);
    *copy = *plan;
    memcpy(commitments, plan->commitments, plan->commitment_count * sizeof *commitments);
    for (size_t i = 0; i < plan->commitment_count; i++)
        commitments[i].target.nano = commitments[i].target.nano / 100 * dice_between(dice, 80, 120);
    copy->commitments = commitments;
    return copy;
}

struct plan *plan_of_next_year(const struct plan *plan, struct dice *dice, struct arena *arena)
{
    struct plan *next = with_other_targets(plan, dice, arena);
    struct commitment *commitments = (struct commitment *)(uintptr_t)next->commitments;
    next->year++;
    for (size_t i = 0; i < next->commitment_count; i++) {
        commitments[i].start = year_after(commitments[i].start);
        commitments[i].due = year_after(commitments[i].due);
        commitments[i].curve_count = 0;
    }
    next->project_count = 0; /* those of the year before stay known */
    return next;
}

struct plan *plan_of_part(const struct plan *plan, struct dice *dice, struct arena *arena)
{
    struct plan *part = with_other_targets(plan, dice, arena);
    part->division = arena_printf(arena, "%s%s", plan->division, strlen(plan->division) == 6 ? "001" : "02");
    if (strlen(plan->division) == 9)
        part->division = "410103001";
    REQUIRE(part->division != NULL);
    return part;
}
