#include "support/metrics_story.h"

#include <stdlib.h>
#include <string.h>

/* Words */

void assert_decimal(struct decimal value, const char *text)
{
    char found[DECIMAL_TEXT_BYTES];
    assert_string_equal(decimal_format(value, found), text);
}

/* Beginning and end */

static void record(void *context, int64_t at_us, const struct standing *standing)
{
    struct story *story = context;
    assert_true(story->log_count < LOG_MAX);
    story->log[story->log_count++] = (struct emission){at_us, *standing};
}

struct story *begin(enum cut cut)
{
    struct story *story = calloc(1, sizeof *story);
    assert_non_null(story);
    story->arena = arena_new((size_t)1 << 20);
    story->metrics = metrics_new(record, story);
    story->cut = cut;
    story->source = "/office";
    story->unit = (struct unit){"office", "办公室", "Office"};
    story->plan = (struct plan){
        .division = DIVISION,
        .year = 2020,
        .name_zh = "计划",
        .name_en = "Plan",
        .supervising_unit = "office",
        .rules = {.lead_days = {30, 7},
                  .lead_day_count = 2,
                  .overdue_every_days = 7,
                  .alert_minute = 540,
                  .yellow_points = dec("10"),
                  .red_points = dec("30")},
        .units = &story->unit,
        .unit_count = 1,
        .measures = story->measures,
        .groups = story->groups,
        .commitments = story->commitments,
    };
    return story;
}

void end(struct story **story)
{
    metrics_free(&(*story)->metrics);
    arena_free(&(*story)->arena);
    free(*story);
    *story = NULL;
}

/* Writing the plan */

void measure(struct story *s, const char *id, const char *unit, enum measure_kind kind)
{
    s->measures[s->plan.measure_count++] = (struct measure){id, "计量项", "Measure", unit, kind, 0};
}

/* Projects that are planned, begun, and at last opened. */
void group(struct story *s, const char *id, uint32_t scope_count)
{
    static const struct milestone milestones[] = {
        {"planned", "规划", "Planned"}, {"begun", "开工", "Begun"}, {"opened", "建成", "Opened"}};
    s->groups[s->plan.group_count++] = (struct group){
        .id = id,
        .name_zh = "组",
        .name_en = "Group",
        .milestones = milestones,
        .milestone_count = 3,
        .scope_count = scope_count,
    };
}

/* To be reached from 1 January to 31 December 2020 unless the caller changes it. */
struct commitment *promise(struct story *s, const char *id, enum rule rule, enum comparison comparison,
                           const char *target)
{
    struct commitment *commitment = &s->commitments[s->plan.commitment_count++];
    *commitment = (struct commitment){
        .id = id,
        .theme = "theme",
        .name_zh = "承诺",
        .name_en = "Promise",
        .unit = "office",
        .indicator = {.rule = rule, .unit = "x", .group = "", .milestone = "", .factor = decimal_whole(1)},
        .comparison = comparison,
        .target = dec(target),
        .hold = HOLD_BY_DEADLINE,
        .start = day("2020-01-01"),
        .due = day("2020-12-31"),
    };
    return commitment;
}

static const char *const *with(struct story *s, const char *const *terms, size_t *count, const char *term)
{
    const char **longer = arena_array(s->arena, *count + 1, sizeof *longer);
    assert_non_null(longer);
    for (size_t i = 0; i < *count; i++)
        longer[i] = terms[i];
    longer[(*count)++] = term;
    return longer;
}

void above(struct story *s, struct commitment *commitment, const char *term)
{
    struct indicator *indicator = &commitment->indicator;
    indicator->numerator = with(s, indicator->numerator, &indicator->numerator_count, term);
}

void below(struct story *s, struct commitment *commitment, const char *term)
{
    struct indicator *indicator = &commitment->indicator;
    indicator->denominator = with(s, indicator->denominator, &indicator->denominator_count, term);
}

/* Raises the sum of the increments of "smes" to a target. */
struct commitment *promise_smes(struct story *s, const char *target)
{
    measure(s, "smes", "家", MEASURE_INCREMENT);
    struct commitment *commitment = promise(s, "smes-new", RULE_SUM, COMPARISON_AT_LEAST, target);
    above(s, commitment, "smes");
    return commitment;
}

/* Compares the level of one measure with a target. */
struct commitment *promise_level(struct story *s, enum comparison comparison, const char *target)
{
    measure(s, "level", "个", MEASURE_LEVEL);
    struct commitment *commitment = promise(s, "level-kept", RULE_LATEST, comparison, target);
    above(s, commitment, "level");
    return commitment;
}

struct commitment *promise_spending_share(struct story *s)
{
    measure(s, "livelihood", "万元", MEASURE_CUMULATIVE);
    measure(s, "spending", "万元", MEASURE_CUMULATIVE);
    struct commitment *commitment = promise(s, "livelihood-share", RULE_RATIO, COMPARISON_AT_LEAST, "75");
    above(s, commitment, "livelihood");
    below(s, commitment, "spending");
    commitment->indicator.factor = dec("100");
    return commitment;
}

struct commitment *promise_revenue_growth(struct story *s)
{
    measure(s, "revenue", "万元", MEASURE_CUMULATIVE);
    struct commitment *commitment = promise(s, "revenue-growth", RULE_GROWTH, COMPARISON_AT_LEAST, "6");
    above(s, commitment, "revenue");
    commitment->indicator.factor = dec("100");
    commitment->indicator.offset = dec("-100");
    return commitment;
}

struct commitment *promise_roads(struct story *s, enum rule rule, enum comparison comparison, const char *target,
                                 uint32_t scope_count)
{
    group(s, "roads", scope_count);
    struct commitment *commitment = promise(s, "roads-begun", rule, comparison, target);
    commitment->indicator.group = "roads";
    commitment->indicator.milestone = "begun";
    if (rule == RULE_SHARE)
        commitment->indicator.factor = dec("100");
    return commitment;
}

/* A commitment that metrics must find green or worse by a curve: 60 per cent are expected from 1 January on. */
void expect_sixty(struct story *s, struct commitment *commitment)
{
    struct curve_point *point = arena_alloc(s->arena, sizeof *point);
    assert_non_null(point);
    *point = (struct curve_point){day("2020-01-01"), dec("60")};
    commitment->curve = point;
    commitment->curve_count = 1;
}

/* Telling the history. Everything told at one moment is one batch. */

void moment(struct story *s, const char *text)
{
    int64_t next_us = instant(text);
    if (s->cut == CUT_AFTER_BATCHES)
        metrics_advance(s->metrics, s->clock_us);
    for (int64_t at_us = s->clock_us; s->cut == CUT_EVERY_HOUR && at_us < next_us && at_us > 0; at_us += HOUR_US)
        metrics_advance(s->metrics, at_us);
    s->clock_us = next_us;
}

uint64_t tell(struct story *s, struct update update)
{
    update.sequence = ++s->sequence;
    update.received_us = s->clock_us;
    update.source = s->source;
    if (update.id == NULL)
        update.id = "id";
    update.division = s->plan.division;
    metrics_apply(s->metrics, &update);
    return update.sequence;
}

static void find_problem(void *context, const struct reason *problem)
{
    (void)context;
    print_error("%s at %s: %s\n", reason_name(problem->code), problem->field, problem->detail);
}

uint64_t publish(struct story *s)
{
    s->plan.revision++;
    assert_int_equal(plan_check(&s->plan, find_problem, NULL), 0);
    return tell(s, (struct update){.kind = UPDATE_PLAN_PUBLISHED, .plan = &s->plan});
}

uint64_t report_all(struct story *s, struct measurement measurement)
{
    return tell(s, (struct update){.kind = UPDATE_MEASUREMENT_REPORTED, .measurement = measurement});
}

const char *unit_of(const struct story *s, const char *id)
{
    return plan_measure(&s->plan, id)->unit;
}

uint64_t report(struct story *s, const char *id, const char *value, const char *on)
{
    return report_all(s, (struct measurement){id, "", dec(value), unit_of(s, id), day(on), ""});
}

uint64_t report_project(struct story *s, const char *id, const char *project, const char *value, const char *on)
{
    return report_all(s, (struct measurement){id, project, dec(value), unit_of(s, id), day(on), ""});
}

uint64_t report_scope(struct story *s, const char *id, const char *scope, const char *value, const char *on)
{
    return report_all(s, (struct measurement){id, "", dec(value), unit_of(s, id), day(on), scope});
}

void register_road(struct story *s, const char *id)
{
    static const char *const groups[] = {"roads"};
    const struct project project = {
        .id = id, .name_zh = "路", .name_en = "Road", .unit = "office", .groups = groups, .group_count = 1};
    tell(s, (struct update){.kind = UPDATE_PROJECT_REGISTERED, .registered = &project});
}

uint64_t reach(struct story *s, const char *project, const char *milestone, const char *on)
{
    return tell(s, (struct update){.kind = UPDATE_MILESTONE_REACHED, .reached = {project, milestone, day(on)}});
}

void cancel(struct story *s, const char *project)
{
    tell(s, (struct update){.kind = UPDATE_PROJECT_CANCELLED, .project = project});
}

uint64_t withdraw(struct story *s, uint64_t sequence)
{
    return tell(s, (struct update){.kind = UPDATE_WITHDRAWN, .withdrawal = {"id", sequence}});
}

uint64_t adjust(struct story *s, const char *commitment, const char *target, const char *decided_on)
{
    return tell(s, (struct update){.kind = UPDATE_TARGET_ADJUSTED,
                                   .adjustment = {2020, commitment, dec(target), "congress", day(decided_on)}});
}

const char *ask_for(struct story *s, const char *commitment, const char *due)
{
    const char *id = arena_printf(s->arena, "request-%llu", (unsigned long long)s->sequence);
    assert_non_null(id);
    tell(s, (struct update){
                .kind = UPDATE_EXTENSION_REQUESTED, .id = id, .request = {2020, commitment, day(due), "flood"}});
    return id;
}

uint64_t decide(struct story *s, const char *request, bool granted)
{
    return tell(
        s, (struct update){.kind = UPDATE_EXTENSION_DECIDED, .decision = {s->source, request, granted, "considered"}});
}

uint64_t extend(struct story *s, const char *commitment, const char *due)
{
    return decide(s, ask_for(s, commitment, due), true);
}

/* Asking */

static void take_answer(void *context, const struct metrics_answer *found)
{
    struct standing *answer = context;
    assert_string_equal(found->subject.plan->division, found->standing.division);
    assert_string_equal(found->subject.commitment->id, found->standing.indicator);
    assert_null(answer->indicator); /* one answer only */
    *answer = found->standing;
}

struct standing ask(const struct story *s, const char *commitment, const char *as_of, uint64_t as_of_sequence)
{
    struct metrics_question question = {
        .division = DIVISION,
        .year = 2020,
        .unit = "",
        .commitment = commitment,
        .as_of = day(as_of),
        .as_of_sequence = as_of_sequence,
    };
    struct standing answer = {0};
    metrics_ask(s->metrics, &question, take_answer, &answer);
    assert_non_null(answer.indicator);
    return answer;
}

/* Of the plan's first commitment. */
struct standing as_of(const struct story *s, const char *on)
{
    return ask(s, s->commitments[0].id, on, UINT64_MAX);
}

void assert_value(struct standing standing, const char *value)
{
    assert_true(standing.known);
    assert_decimal(standing.value, value);
}

void assert_unknown(struct standing standing)
{
    assert_false(standing.known);
    assert_false(standing.reached);
    assert_int_equal(standing.colour, COLOUR_GREY);
}

/* Ends the history and checks one line of the log. */
void assert_emitted(const struct story *s, size_t index, const char *at, const char *id, enum colour colour)
{
    assert_true(index < s->log_count);
    assert_int_equal(s->log[index].at_us, instant(at));
    assert_string_equal(s->log[index].standing.indicator, id);
    assert_int_equal(s->log[index].standing.colour, colour);
    assert_int_equal(s->log[index].standing.as_of, day_of_instant(instant(at)));
}

void advance(struct story *s, const char *until)
{
    metrics_advance(s->metrics, instant(until));
}
