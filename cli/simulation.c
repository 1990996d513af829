#include "cli/simulation.h"

#include "cli/simulated_year.h"

#include "base/day.h"
#include "domain/standing.h"
#include "metrics/evaluate.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDGE_PERCENT 4
#define BATCH_PERCENT 15
#define LONGEST_BATCH_GAP_US (8 * 60 * MINUTE_US)

const char *character_name(enum character character)
{
    static const char *const names[CHARACTER_COUNT] = {
        [CHARACTER_AHEAD] = "ahead",         [CHARACTER_ON_PACE] = "on-pace",     [CHARACTER_BEHIND] = "behind",
        [CHARACTER_LATE] = "late",           [CHARACTER_NEVER] = "never",         [CHARACTER_SILENT] = "silent",
        [CHARACTER_EXTENDED] = "extended",   [CHARACTER_CORRECTED] = "corrected", [CHARACTER_ADJUSTED] = "adjusted",
        [CHARACTER_KEPT] = "kept",           [CHARACTER_BROKEN] = "broken",       [CHARACTER_ZERO] = "zero",
        [CHARACTER_SUSPENDED] = "suspended", [CHARACTER_CANCELLED] = "cancelled", [CHARACTER_REVISED] = "revised",
    };
    return names[character];
}

const char *made_up(struct year *year, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return arena_must(arena_copy(year->arena, text));
}

/* The id names the plan too: two simulated plans in one log must not be taken for one another. */
const char *tell(struct year *year, const char *unit, struct simulated_event event)
{
    day_number day = day_of_instant(event.at_us);
    if (day < year->first_day || day > year->last_day)
        return NULL;
    const struct plan *plan = year->plan;
    year->events = array_grow(year->events, year->count, &year->capacity, sizeof *year->events);
    event.update.id = made_up(year, "sim-%s-%u-%llu-%zu", plan->division, plan->year,
                              (unsigned long long)year->options.seed, year->count + 1);
    event.update.source = made_up(year, "%s%s", SIMULATED_SOURCE, unit);
    event.update.division = plan->division;
    year->events[year->count++] = event;
    return event.update.id;
}

/* 1970-01-01 was a Thursday. */
static bool weekend(day_number day)
{
    return (day + 3) % 7 >= 5;
}

static int64_t edge_instant(const struct year *year, struct dice *dice, day_number day)
{
    int64_t morning_us = day_start_us(day) + year->plan->rules.alert_minute * MINUTE_US;
    const int64_t edges[] = {day_start_us(day), day_start_us(day + 1) - 1, morning_us, morning_us + 1};
    return edges[dice_between(dice, 0, 3)];
}

int64_t office_instant(const struct year *year, struct dice *dice, day_number day)
{
    while (weekend(day) && !dice_chance(dice, 5))
        day++;
    if (dice_chance(dice, EDGE_PERCENT))
        return edge_instant(year, dice, day);
    bool in_hours = dice_chance(dice, 92);
    int64_t minute = in_hours ? dice_between(dice, 8 * 60 + 30, 18 * 60) : dice_between(dice, 0, 1439);
    return day_start_us(day) + minute * MINUTE_US + dice_between(dice, 0, MINUTE_US - 1);
}

void sign(struct year *year, struct dice *dice, day_number day, const struct alert *alert, enum character character)
{
    char *id = arena_must(arena_alloc(year->arena, ALERT_ID_BYTES));
    int64_t morning_us = day_start_us(day) + year->plan->rules.alert_minute * MINUTE_US;
    int64_t at_us = office_instant(year, dice, day);
    if (at_us <= morning_us)
        at_us = morning_us + dice_between(dice, SECOND_US, 60 * MINUTE_US);
    struct simulated_event event = {.at_us = at_us, .note = "", .character = character, .expectation = EXPECT_EITHER};
    event.update.kind = UPDATE_ALERT_ACKNOWLEDGED;
    event.update.acknowledgement = (struct acknowledgement){
        alert_id(alert, id), made_up(year, "模拟签收人 simulated signatory, %s", alert->recipient)};
    tell(year, alert->recipient, event);
}

/* Courses. */

bool goal_raised(const struct commitment *commitment)
{
    return comparison_raises(commitment->comparison);
}

bool figure_reached(const struct commitment *commitment, struct decimal target, struct decimal numerator,
                    struct decimal denominator)
{
    struct decimal level;
    REQUIRE(decimal_subtract(target, commitment->indicator.offset, &level));
    int order = decimal_compare_products(commitment->indicator.factor, numerator, level, denominator);
    return comparison_holds(commitment->comparison, order);
}

/* A floor or ceiling of a level, or a sum that must not grow above something: it holds from the beginning. Floors of
 * sums and counts are worked towards like goals. */
bool course_is_limit(const struct commitment *commitment)
{
    enum rule rule = commitment->indicator.rule;
    if (rule == RULE_COUNT || rule == RULE_SHARE)
        return false;
    return rule == RULE_SUM ? !goal_raised(commitment) : commitment->hold == HOLD_ALL_YEAR;
}

int64_t course_progress(const struct course *course, day_number day)
{
    if (course->reached_on != 0 && day >= course->reached_on)
        return MILLION;
    day_number start = course->commitment->start;
    int64_t most = course->pace < 970000 ? course->pace : 970000;
    int64_t gone = (int64_t)(day - start + 1) * course->pace / (course->due - start + 1);
    return gone < 0 ? 0 : gone < most ? gone : most;
}

static enum character draw_character(struct dice *dice, const struct commitment *commitment)
{
    static const int goals[] = {[CHARACTER_AHEAD] = 16,    [CHARACTER_ON_PACE] = 18,  [CHARACTER_BEHIND] = 12,
                                [CHARACTER_LATE] = 13,     [CHARACTER_NEVER] = 9,     [CHARACTER_SILENT] = 8,
                                [CHARACTER_EXTENDED] = 10, [CHARACTER_CORRECTED] = 7, [CHARACTER_ADJUSTED] = 7};
    static const int limits[] = {
        [CHARACTER_NEVER] = 6,    [CHARACTER_SILENT] = 10, [CHARACTER_EXTENDED] = 5, [CHARACTER_CORRECTED] = 10,
        [CHARACTER_ADJUSTED] = 8, [CHARACTER_KEPT] = 26,   [CHARACTER_BROKEN] = 35};
    if (!course_is_limit(commitment))
        return (enum character)dice_weighted(dice, goals, sizeof goals / sizeof *goals);
    enum character drawn = (enum character)dice_weighted(dice, limits, sizeof limits / sizeof *limits);
    return drawn == CHARACTER_KEPT && decimal_sign(commitment->target) == 0 ? CHARACTER_ZERO : drawn;
}

/* Where the way to a deadline's day ends, for each character; days of a span are counted from the start. */
static void draw_pace(struct course *course)
{
    struct dice *dice = &course->dice;
    day_number due = course->due, start = course->commitment->start;
    int64_t span = due - start;
    course->pace = dice_between(dice, 950000, 1080000);
    course->reached_on = due - (day_number)dice_between(dice, 0, span / 12);
    switch (course->character) {
    case CHARACTER_AHEAD:
        course->reached_on = start + (day_number)(span * dice_between(dice, 40, 85) / 100);
        course->pace = (int64_t)MILLION * (span + 1) / (course->reached_on - start + 1);
        break;
    case CHARACTER_BEHIND:
        course->reached_on = due - (day_number)dice_between(dice, 0, span < 8 ? span : 8);
        course->pace = dice_between(dice, 400000, 800000);
        break;
    case CHARACTER_LATE:
        course->reached_on = due + (day_number)dice_between(dice, 2, 50);
        course->pace = dice_between(dice, 450000, 930000);
        break;
    case CHARACTER_NEVER:
        course->reached_on = 0;
        course->pace = dice_between(dice, 150000, 880000);
        break;
    case CHARACTER_SILENT:
        course->silent_from = start + (day_number)(span * dice_between(dice, 30, 70) / 100);
        course->reached_on = dice_chance(dice, 40) ? due + (day_number)dice_between(dice, 5, 40) : 0;
        break;
    case CHARACTER_EXTENDED:
        course->pace = dice_between(dice, 500000, 900000);
        course->reached_on = due + (day_number)dice_between(dice, -15, 25);
        break;
    case CHARACTER_ADJUSTED:
    case CHARACTER_CORRECTED:
        course->pace = dice_between(dice, 700000, 1000000);
        course->reached_on = due + (day_number)dice_between(dice, -25, 12);
        break;
    default:
        break;
    }
    if (course->reached_on != 0 && course->reached_on < course->from)
        course->reached_on = course->from + (day_number)dice_between(dice, 0, 20);
}

/* Changes beside the plan. */

/* Asks for another deadline, on a day; returns the id of the request. */
static const char *ask_extension(struct year *year, struct course *course, day_number day, day_number due,
                                 enum expectation expectation)
{
    struct simulated_event event = {.at_us = office_instant(year, &course->dice, day),
                                    .note = "",
                                    .character = course->character,
                                    .expectation = year->options.revised ? EXPECT_EITHER : expectation};
    event.update.kind = UPDATE_EXTENSION_REQUESTED;
    event.update.request =
        (struct extension_request){.year = year->plan->year,
                                   .commitment = course->commitment->id,
                                   .due = due,
                                   .reason = "模拟：施工受天气影响 simulated: held up by the weather"};
    return tell(year, course->commitment->unit, event);
}

static void decide_extension(struct year *year, struct course *course, day_number day, const char *request,
                             bool granted)
{
    struct simulated_event event = {.at_us = office_instant(year, &course->dice, day),
                                    .note = "",
                                    .character = course->character,
                                    .expectation = year->options.revised ? EXPECT_EITHER : EXPECT_ACCEPTED};
    event.update.kind = UPDATE_EXTENSION_DECIDED;
    event.update.decision =
        (struct extension_decision){.request_source = made_up(year, "%s%s", SIMULATED_SOURCE, course->commitment->unit),
                                    .request_id = request,
                                    .granted = granted,
                                    .reason = granted ? "模拟：理由成立 simulated: the reason holds"
                                                      : "模拟：理由不成立 simulated: the reason does not hold"};
    if (tell(year, year->plan->supervising_unit, event) != NULL && granted)
        course->version++;
}

/* The decision comes some days after the request, now and then only when the old deadline has passed. */
static void extend(struct year *year, struct course *course)
{
    struct dice *dice = &course->dice;
    day_number old = course->due, later = old + (day_number)dice_between(dice, 12, 75);
    day_number asked_on = old - (day_number)dice_between(dice, 4, 45);
    if (asked_on < course->from)
        asked_on = course->from;
    if (old - asked_on < 3)
        return; /* too short a time to ask in */
    const char *request = ask_extension(year, course, asked_on, later, EXPECT_ACCEPTED);
    bool granted = dice_chance(dice, 70);
    if (request == NULL || dice_chance(dice, 8))
        return; /* never decided */
    decide_extension(year, course, asked_on + (day_number)dice_between(dice, 3, 14), request, granted);
    if (granted)
        course->due = later;
}

/* Only what is too late by every reckoning: the units ask on a day after the deadline. */
static void ask_too_late(struct year *year, struct course *course)
{
    day_number due = course->commitment->due;
    if (course->version == 1 && dice_chance(&course->dice, 35))
        (void)ask_extension(year, course, due + (day_number)dice_between(&course->dice, 1, 12), due + 60,
                            EXPECT_REFUSED);
}

static struct decimal percent_of(struct decimal value, int64_t percent)
{
    bool whole = value.nano % 1000000000 == 0;
    struct decimal scaled = {value.nano * percent / 100};
    if (whole && (scaled.nano >= 2000000000 || scaled.nano <= -2000000000))
        scaled.nano -= scaled.nano % 1000000000;
    return scaled;
}

static void put_target(struct year *year, struct course *course, struct decimal target, day_number decided_on,
                       day_number told_on)
{
    struct simulated_event event = {.at_us = office_instant(year, &course->dice, told_on),
                                    .note = "",
                                    .character = course->character,
                                    .expectation = year->options.revised ? EXPECT_EITHER : EXPECT_ACCEPTED};
    event.update.kind = UPDATE_TARGET_ADJUSTED;
    event.update.adjustment =
        (struct target_adjustment){.year = year->plan->year,
                                   .commitment = course->commitment->id,
                                   .target = target,
                                   .decided_by = "模拟：区人大常委会 simulated: standing committee",
                                   .decided_on = decided_on};
    if (tell(year, year->plan->supervising_unit, event) != NULL)
        course->version++;
}

static struct decimal easier(struct course *course)
{
    struct decimal target = course->commitment->target;
    bool raised = goal_raised(course->commitment);
    if (decimal_sign(target) == 0)
        return decimal_whole((raised ? -1 : 1) * dice_between(&course->dice, 1, 3));
    bool less = raised == (decimal_sign(target) > 0) ? !dice_chance(&course->dice, 15) : dice_chance(&course->dice, 15);
    return percent_of(target, less ? dice_between(&course->dice, 70, 95) : dice_between(&course->dice, 104, 130));
}

/* In the autumn, or a month before an earlier deadline; sometimes a decision becomes known after a later one. */
static void adjust(struct year *year, struct course *course)
{
    struct dice *dice = &course->dice;
    day_number decided_on = year->year_end - (day_number)dice_between(dice, 32, 120);
    if (decided_on >= course->due)
        decided_on = course->due - (day_number)dice_between(dice, 1, 30);
    if (decided_on < course->from)
        return;
    course->aim = easier(course);
    put_target(year, course, course->aim, decided_on, decided_on + (day_number)dice_between(dice, 0, 8));
    if (dice_chance(dice, 25)) {
        struct decimal other = easier(course);
        day_number before = decided_on - (day_number)dice_between(dice, 1, 20);
        put_target(year, course, other, before, decided_on + (day_number)dice_between(dice, 12, 25));
    } else if (dice_chance(dice, 25)) {
        put_target(year, course, course->commitment->target, decided_on + 20, decided_on + 21);
    }
}

void course_draw(struct year *year, const struct commitment *commitment, struct course *out_course)
{
    struct course course = {.commitment = commitment,
                            .dice = dice_new(year->options.seed, commitment->id),
                            .from = commitment->start > year->first_day ? commitment->start : year->first_day,
                            .due = commitment->due,
                            .silent_from = NEVER_SILENT,
                            .aim = commitment->target,
                            .version = 1};
    course.character = draw_character(&course.dice, commitment);
    if (course.character == CHARACTER_EXTENDED)
        extend(year, &course);
    draw_pace(&course);
    if (course.character == CHARACTER_ADJUSTED)
        adjust(year, &course);
    if (course.character == CHARACTER_LATE || course.character == CHARACTER_NEVER)
        ask_too_late(year, &course);
    *out_course = course;
}

/* Signatures for alerts that can be told beforehand, most of them. */

struct expected_alert {
    enum phase phase;
    day_number day; /* on which it is sent */
    uint32_t occurrence;
    const char *recipient;
};

static void sign_for(struct year *year, struct course *course, struct expected_alert expected)
{
    if (!dice_chance(&course->dice, 60))
        return;
    struct alert alert = {.division = year->plan->division,
                          .year = year->plan->year,
                          .deadline = course->commitment->id,
                          .version = course->version,
                          .unit = course->commitment->unit,
                          .recipient = expected.recipient,
                          .phase = expected.phase,
                          .occurrence = expected.occurrence};
    sign(year, &course->dice, expected.day + (day_number)dice_between(&course->dice, 0, 3), &alert, course->character);
}

/* The day on which so many working days have gone by, taking every week for an ordinary one. */
static day_number after_working_days(day_number day, uint32_t count)
{
    while (count > 0)
        count -= !weekend(++day);
    return day;
}

/* The alerts of the calendar come while a goal is not reached. */
static void sign_calendar(struct year *year, struct course *course)
{
    const struct rules *rules = &year->plan->rules;
    const char *unit = course->commitment->unit, *supervising = year->plan->supervising_unit;
    day_number due = course->due, reached_on = course->reached_on == 0 ? INT32_MAX : course->reached_on;
    if (rules->lead_day_count > 0 && reached_on > due - (day_number)rules->lead_days[0] && course->version == 1)
        sign_for(
            year, course,
            (struct expected_alert){PHASE_UPCOMING, due - (day_number)rules->lead_days[0], rules->lead_days[0], unit});
    if (reached_on <= due)
        return;
    sign_for(year, course, (struct expected_alert){PHASE_DUE, due, 0, unit});
    sign_for(year, course, (struct expected_alert){PHASE_OVERDUE, due + 1, 1, unit});
    day_number escalation = after_working_days(due, rules->escalate_after_working_days);
    if (escalation > due && reached_on > escalation && strcmp(unit, supervising) != 0)
        sign_for(year, course,
                 (struct expected_alert){PHASE_OVERDUE, escalation, (uint32_t)(escalation - due), supervising});
}

/* Of what is not sent by the calendar it cannot be told on which day it comes. */
static void sign_others(struct year *year, struct course *course)
{
    const struct commitment *commitment = course->commitment;
    const struct indicator *indicator = &commitment->indicator;
    const struct measure *measure =
        indicator->numerator_count == 0 ? NULL : plan_measure(year->plan, indicator->numerator[0]);
    const char *unit = commitment->unit;
    if (course->character == CHARACTER_BEHIND || course->character == CHARACTER_LATE)
        sign_for(year, course, (struct expected_alert){PHASE_PACE, course->due - 12, 1, unit});
    if (course->silent_from != NEVER_SILENT && measure != NULL && measure->reporting_days > 0)
        sign_for(
            year, course,
            (struct expected_alert){PHASE_SILENT, course->silent_from + (day_number)measure->reporting_days, 1, unit});
    if (course->character == CHARACTER_BROKEN && commitment->hold == HOLD_ALL_YEAR)
        sign_for(year, course, (struct expected_alert){PHASE_BREACH, course->from + 200, 1, unit});
}

static void sign_alerts(struct year *year, struct course *course)
{
    if (!course_is_limit(course->commitment))
        sign_calendar(year, course);
    sign_others(year, course);
}

/* Revisions of the plan. */

static void publish(struct year *year, struct dice *dice, day_number day, const struct plan *plan)
{
    struct simulated_event event = {
        .at_us = office_instant(year, dice, day), .note = "", .character = CHARACTER_REVISED};
    event.update.kind = UPDATE_PLAN_PUBLISHED;
    event.update.plan = plan;
    tell(year, plan->supervising_unit, event);
}

static struct commitment *copy_commitments(struct year *year, struct plan *plan)
{
    struct commitment *copy = arena_must(arena_array(year->arena, plan->commitment_count, sizeof *copy));
    memcpy(copy, plan->commitments, plan->commitment_count * sizeof *copy);
    plan->commitments = copy;
    return copy;
}

static size_t any(struct dice *dice, size_t count)
{
    return (size_t)dice_between(dice, 0, (int64_t)count - 1);
}

/* The next revision: a deadline moves, a target changes, and one commitment is left out where there are several. */
static struct plan *revision(struct year *year, struct dice *dice, const struct plan *before)
{
    struct plan *plan = arena_must(arena_alloc(year->arena, sizeof *plan));
    *plan = *before;
    plan->revision = (before->revision == 0 ? 1 : before->revision) + 1;
    struct commitment *commitments = copy_commitments(year, plan);
    struct commitment *moved = &commitments[any(dice, plan->commitment_count)];
    moved->due += (day_number)dice_between(dice, 5, 45);
    struct commitment *retargeted = &commitments[any(dice, plan->commitment_count)];
    retargeted->target = percent_of(retargeted->target, dice_between(dice, 75, 125));
    if (plan->commitment_count > 1 && dice_chance(dice, 60)) {
        size_t out = any(dice, plan->commitment_count);
        plan->commitment_count--;
        memmove(&commitments[out], &commitments[out + 1], (plan->commitment_count - out) * sizeof *commitments);
    }
    return plan;
}

/* The second revision takes the first one back, so that what was left out returns. */
static void revise(struct year *year)
{
    struct dice dice = dice_new(year->options.seed, "revisions");
    day_number day = year->first_day + (day_number)dice_between(&dice, 100, 260);
    const struct plan *first = revision(year, &dice, year->plan);
    publish(year, &dice, day, first);
    if (!dice_chance(&dice, 50))
        return;
    struct plan *second = arena_must(arena_alloc(year->arena, sizeof *second));
    *second = *year->plan;
    second->revision = first->revision + 1;
    publish(year, &dice, day + (day_number)dice_between(&dice, 10, 70), second);
}

/* The order of time. */

struct placed {
    struct simulated_event event;
    size_t place; /* in which it was made up: what refers to another comes after it */
};

static int by_time(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    if (x->event.at_us != y->event.at_us)
        return x->event.at_us < y->event.at_us ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* Some are sent together with the one before. */
static void batch(struct year *year, struct simulated_event *events)
{
    struct dice dice = dice_new(year->options.seed, "batches");
    for (size_t i = 1; i < year->count; i++) {
        int64_t before_us = events[i - 1].at_us;
        bool near = day_of_instant(before_us) == day_of_instant(events[i].at_us) &&
                    events[i].at_us - before_us < LONGEST_BATCH_GAP_US;
        if (near && dice_chance(&dice, BATCH_PERCENT))
            events[i].at_us = before_us;
    }
}

static const struct simulated_event *in_order(struct year *year)
{
    struct placed *placed = calloc(year->count + 1, sizeof *placed);
    struct simulated_event *events = arena_array(year->arena, year->count + 1, sizeof *events);
    REQUIRE(placed != NULL && events != NULL);
    for (size_t i = 0; i < year->count; i++)
        placed[i] = (struct placed){year->events[i], i};
    qsort(placed, year->count, sizeof *placed, by_time);
    for (size_t i = 0; i < year->count; i++)
        events[i] = placed[i].event;
    free(placed);
    batch(year, events);
    for (size_t i = 0; i < year->count; i++)
        events[i].update.received_us = events[i].at_us;
    return events;
}

/* The last deadline within the plan's year, or its last day. */
static day_number last_deadline(const struct plan *plan, day_number year_end)
{
    day_number last = 0;
    for (size_t i = 0; i < plan->commitment_count; i++)
        if (plan->commitments[i].due <= year_end && plan->commitments[i].due > last)
            last = plan->commitments[i].due;
    for (size_t i = 0; i < plan->project_count; i++)
        for (size_t j = 0; j < plan->projects[i].deadline_count; j++) {
            day_number due = plan->projects[i].deadlines[j].due;
            if (due <= year_end && due > last)
                last = due;
        }
    return last < day_year_start((int)plan->year) ? year_end : last;
}

static day_number two_months_after(day_number day)
{
    int civil_year, month, date;
    day_number later;
    day_to_civil(day, &civil_year, &month, &date);
    month += 2;
    for (; !day_from_civil(civil_year + (month > 12), month > 12 ? month - 12 : month, date, &later); date--)
        continue;
    return later;
}

void simulate(const struct plan *plan, const struct simulation_options *options, struct arena *arena,
              struct simulation *out_simulation)
{
    struct year year = {.plan = plan, .options = *options, .arena = arena};
    year.first_day = day_year_start((int)plan->year);
    year.year_end = day_year_start((int)plan->year + 1) - 1;
    year.last_day = two_months_after(last_deadline(plan, year.year_end));
    struct course *courses = arena_must(arena_array(arena, plan->commitment_count, sizeof *courses));
    for (size_t i = 0; i < plan->commitment_count; i++)
        course_draw(&year, &plan->commitments[i], &courses[i]);
    tell_works(&year, courses);
    for (size_t i = 0; i < plan->commitment_count; i++) {
        tell_figures(&year, &courses[i]);
        sign_alerts(&year, &courses[i]);
    }
    if (options->revised)
        revise(&year);
    *out_simulation = (struct simulation){in_order(&year), year.count, day_start_us(year.last_day + 1)};
    free(year.events);
    free(year.crews);
    map_done(&year.claimed);
}
