/* The district's real plan, from the file that people write through the message that services exchange. */
#include "cli/plan_file.h"
#include "wire/message.h"
#include "wire/plan_wire.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static void no_problem(void *context, const struct plan_file_problem *problem)
{
    (void)context;
    fail_msg("%zu:%zu %s", problem->line, problem->column, reason_name(problem->reason.code));
}

static struct plan *real_plan(void)
{
    char *text = arena_alloc(arena, FILE_BYTES_MAX);
    FILE *file = fopen(DUBAN_SOURCE_DIR "/plans/zhongyuan-2020/plan.yaml", "r");
    assert_non_null(file);
    size_t bytes = fread(text, 1, FILE_BYTES_MAX, file);
    fclose(file);
    struct plan *plan;
    assert_int_equal(plan_file_read(text, bytes, arena, no_problem, NULL, &plan), RC_OK);
    plan->revision = 1;
    return plan;
}

static struct plan round_trip(const struct plan *plan)
{
    const ProtobufCMessageDescriptor *type = &duban__v1__plan__descriptor;
    Duban__V1__Plan *written = plan_write(plan, arena);
    assert_non_null(written);
    struct slice bytes = message_pack(written, arena);
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(message_check(type, bytes, "", &reason), RC_OK);
    const Duban__V1__Plan *message = message_unpack(type, bytes, arena);
    assert_non_null(message);
    struct plan read;
    if (plan_read(message, "", arena, &read, &reason) != RC_OK)
        fail_msg("%s %s %s", reason_name(reason.code), reason.field, reason.detail);
    return read;
}

static void assert_same_names(const char *const a[3], const char *const b[3])
{
    for (int i = 0; i < 3; i++)
        assert_string_equal(a[i], b[i]);
}

#define SAME_NAMES(a, b)                                                                                               \
    assert_same_names((const char *const[]){(a)->id, (a)->name_zh, (a)->name_en},                                      \
                      (const char *const[]){(b)->id, (b)->name_zh, (b)->name_en})

static void assert_same_decimal(struct decimal a, struct decimal b)
{
    assert_int_equal(decimal_compare(a, b), 0);
}

static void assert_same_texts(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++)
        assert_string_equal(a[i], b[i]);
}

static void assert_same_rules(const struct rules *a, const struct rules *b)
{
    assert_int_equal(a->lead_day_count, b->lead_day_count);
    assert_memory_equal(a->lead_days, b->lead_days, sizeof a->lead_days);
    assert_int_equal(a->lead_working_day_count, b->lead_working_day_count);
    assert_memory_equal(a->lead_working_days, b->lead_working_days, sizeof a->lead_working_days);
    assert_int_equal(a->escalate_after_working_days, b->escalate_after_working_days);
    assert_int_equal(a->pace_reports, b->pace_reports);
    assert_int_equal(a->overdue_every_days, b->overdue_every_days);
    assert_int_equal(a->alert_minute, b->alert_minute);
    assert_same_decimal(a->yellow_points, b->yellow_points);
    assert_same_decimal(a->red_points, b->red_points);
}

static void assert_same_group(const struct group *a, const struct group *b)
{
    SAME_NAMES(a, b);
    assert_int_equal(a->scope_count, b->scope_count);
    assert_int_equal(a->milestone_count, b->milestone_count);
    for (size_t i = 0; i < a->milestone_count; i++)
        SAME_NAMES(&a->milestones[i], &b->milestones[i]);
}

static void assert_same_indicator(const struct indicator *a, const struct indicator *b)
{
    assert_int_equal(a->rule, b->rule);
    assert_string_equal(a->unit, b->unit);
    assert_same_texts(a->numerator, a->numerator_count, b->numerator, b->numerator_count);
    assert_same_texts(a->denominator, a->denominator_count, b->denominator, b->denominator_count);
    assert_string_equal(a->group, b->group);
    assert_string_equal(a->milestone, b->milestone);
    assert_same_decimal(a->factor, b->factor);
    assert_same_decimal(a->offset, b->offset);
}

static void assert_same_commitment(const struct commitment *a, const struct commitment *b)
{
    SAME_NAMES(a, b);
    assert_string_equal(a->theme, b->theme);
    assert_string_equal(a->unit, b->unit);
    assert_same_texts(a->cooperating_units, a->cooperating_unit_count, b->cooperating_units, b->cooperating_unit_count);
    assert_same_indicator(&a->indicator, &b->indicator);
    assert_int_equal(a->comparison, b->comparison);
    assert_same_decimal(a->target, b->target);
    assert_int_equal(a->has_baseline, b->has_baseline);
    if (a->has_baseline)
        assert_same_decimal(a->baseline, b->baseline);
    assert_int_equal(a->hold, b->hold);
    assert_int_equal(a->start, b->start);
    assert_int_equal(a->due, b->due);
    assert_int_equal(a->curve_count, b->curve_count);
    for (size_t i = 0; i < a->curve_count; i++) {
        assert_int_equal(a->curve[i].day, b->curve[i].day);
        assert_same_decimal(a->curve[i].percent, b->curve[i].percent);
    }
}

static void assert_same_project(const struct project *a, const struct project *b)
{
    SAME_NAMES(a, b);
    assert_string_equal(a->unit, b->unit);
    assert_same_texts(a->groups, a->group_count, b->groups, b->group_count);
    assert_int_equal(a->deadline_count, b->deadline_count);
    for (size_t i = 0; i < a->deadline_count; i++) {
        assert_string_equal(a->deadlines[i].milestone, b->deadlines[i].milestone);
        assert_int_equal(a->deadlines[i].due, b->deadlines[i].due);
    }
}

static void assert_same_plan(const struct plan *a, const struct plan *b)
{
    assert_same_names((const char *const[]){a->division, a->name_zh, a->name_en},
                      (const char *const[]){b->division, b->name_zh, b->name_en});
    assert_int_equal(a->year, b->year);
    assert_int_equal(a->revision, b->revision);
    assert_string_equal(a->supervising_unit, b->supervising_unit);
    assert_same_rules(&a->rules, &b->rules);
    assert_int_equal(a->unit_count, b->unit_count);
    for (size_t i = 0; i < a->unit_count; i++)
        SAME_NAMES(&a->units[i], &b->units[i]);
    assert_int_equal(a->measure_count, b->measure_count);
    for (size_t i = 0; i < a->measure_count; i++) {
        SAME_NAMES(&a->measures[i], &b->measures[i]);
        assert_string_equal(a->measures[i].unit, b->measures[i].unit);
        assert_int_equal(a->measures[i].kind, b->measures[i].kind);
        assert_int_equal(a->measures[i].reporting_days, b->measures[i].reporting_days);
    }
    assert_int_equal(a->group_count, b->group_count);
    for (size_t i = 0; i < a->group_count; i++)
        assert_same_group(&a->groups[i], &b->groups[i]);
    assert_int_equal(a->commitment_count, b->commitment_count);
    for (size_t i = 0; i < a->commitment_count; i++)
        assert_same_commitment(&a->commitments[i], &b->commitments[i]);
    assert_int_equal(a->project_count, b->project_count);
    for (size_t i = 0; i < a->project_count; i++)
        assert_same_project(&a->projects[i], &b->projects[i]);
}

static void the_real_plan_comes_back_equal(void **state)
{
    (void)state;
    const struct plan *plan = real_plan();
    struct plan read = round_trip(plan);
    assert_true(plan->commitment_count > 50);
    assert_same_plan(plan, &read);
}

/* It has what the real one may not: a curve, a baseline, deadlines of a project. */
static void the_sample_plan_comes_back_equal(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    struct plan read = round_trip(&sample.plan);
    assert_same_plan(&sample.plan, &read);
}

static void working_days_pace_and_reporting_periods_come_back_equal(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    sample.plan.rules.lead_working_day_count = LEAD_DAYS_MAX;
    for (uint32_t i = 0; i < LEAD_DAYS_MAX; i++)
        sample.plan.rules.lead_working_days[i] = 365 - 40 * i;
    sample.plan.rules.escalate_after_working_days = 12;
    sample.plan.rules.pace_reports = 100;
    sample.measures[0].reporting_days = 31;
    sample.measures[2].reporting_days = 365;
    struct plan read = round_trip(&sample.plan);
    assert_int_equal(read.rules.lead_working_day_count, LEAD_DAYS_MAX);
    assert_int_equal(read.rules.lead_working_days[7], 85);
    assert_int_equal(read.rules.lead_day_count, 3);
    assert_int_equal(read.rules.escalate_after_working_days, 12);
    assert_int_equal(read.rules.pace_reports, 100);
    assert_int_equal(read.measures[0].reporting_days, 31);
    assert_int_equal(read.measures[1].reporting_days, 0);
    assert_same_plan(&sample.plan, &read);
}

struct told {
    struct reason list[8];
    size_t count;
};

static void tell(void *context, const struct reason *problem)
{
    struct told *told = context;
    assert_true(told->count < 8);
    told->list[told->count++] = *problem;
}

/* Numbers out of range are read as they are, for plan_check to name them. */
static void numbers_out_of_range_are_read_and_then_refused_by_the_check(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    Duban__V1__Plan *message = plan_write(&sample.plan, arena);
    message->rules->lead_working_days = (uint32_t[]){UINT32_MAX};
    message->rules->n_lead_working_days = 1;
    message->rules->escalate_after_working_days = UINT32_MAX;
    message->rules->pace_reports = UINT32_MAX;
    message->measures[0]->reporting_days = UINT32_MAX;
    struct plan read;
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(plan_read(message, "plan.", arena, &read, &reason), RC_OK);
    struct told told = {.count = 0};
    assert_int_equal(plan_check(&read, tell, &told), 4);
    static const char *const fields[] = {"rules.lead_working_days[0]", "rules.escalate_after_working_days",
                                         "rules.pace_reports", "measures[0].reporting_days"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(told.list[i].field, fields[i]);
        assert_int_equal(told.list[i].code, REASON_OUT_OF_RANGE);
    }
}

static void assert_refused(const struct plan *plan, void (*change)(Duban__V1__Plan *message), enum reason_code code,
                           const char *field)
{
    Duban__V1__Plan *message = plan_write(plan, arena);
    change(message);
    struct plan read;
    struct reason reason = {.code = REASON_NONE};
    assert_int_equal(plan_read(message, "plan.", arena, &read, &reason), RC_REFUSED);
    assert_string_equal(reason_name(reason.code), reason_name(code));
    assert_string_equal(reason.field, field);
}

static void forget_rules(Duban__V1__Plan *message)
{
    message->rules = NULL;
}

static void forget_indicator(Duban__V1__Plan *message)
{
    message->commitments[1]->indicator = NULL;
}

static void spoil_target(Duban__V1__Plan *message)
{
    message->commitments[2]->target = "many";
}

static void spoil_baseline(Duban__V1__Plan *message)
{
    message->commitments[1]->baseline = "-";
}

static void spoil_due(Duban__V1__Plan *message)
{
    message->commitments[0]->due = "2020-02-30";
}

static void spoil_curve(Duban__V1__Plan *message)
{
    message->commitments[0]->curve[1]->day = "0000-00-00";
}

static void spoil_deadline(Duban__V1__Plan *message)
{
    message->projects[0]->deadlines[0]->due = "9999-12-31";
}

static void add_lead_days(Duban__V1__Plan *message)
{
    static uint32_t days[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    message->rules->lead_days = days;
    message->rules->n_lead_days = sizeof days / sizeof *days;
}

static void add_lead_working_days(Duban__V1__Plan *message)
{
    static uint32_t days[] = {9, 8, 7, 6, 5, 4, 3, 2, 1};
    message->rules->lead_working_days = days;
    message->rules->n_lead_working_days = sizeof days / sizeof *days;
}

static void faults_are_named_with_their_path(void **state)
{
    (void)state;
    struct sample sample;
    sample_make(&sample);
    assert_refused(&sample.plan, forget_rules, REASON_MISSING_FIELD, "plan.rules.yellow_points");
    assert_refused(&sample.plan, forget_indicator, REASON_MISSING_FIELD, "plan.commitments[1].indicator.factor");
    assert_refused(&sample.plan, spoil_target, REASON_INVALID_DECIMAL, "plan.commitments[2].target");
    assert_refused(&sample.plan, spoil_baseline, REASON_INVALID_DECIMAL, "plan.commitments[1].baseline");
    assert_refused(&sample.plan, spoil_due, REASON_INVALID_DAY, "plan.commitments[0].due");
    assert_refused(&sample.plan, spoil_curve, REASON_INVALID_DAY, "plan.commitments[0].curve[1].day");
    assert_refused(&sample.plan, spoil_deadline, REASON_INVALID_DAY, "plan.projects[0].deadlines[0].due");
    assert_refused(&sample.plan, add_lead_days, REASON_TOO_LONG, "plan.rules.lead_days");
    assert_refused(&sample.plan, add_lead_working_days, REASON_TOO_LONG, "plan.rules.lead_working_days");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_real_plan_comes_back_equal),
        TEST(the_sample_plan_comes_back_equal),
        TEST(working_days_pace_and_reporting_periods_come_back_equal),
        TEST(numbers_out_of_range_are_read_and_then_refused_by_the_check),
        TEST(faults_are_named_with_their_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
