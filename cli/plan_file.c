#include "cli/plan_file.h"

#include "cli/yaml_form.h"
#include "domain/phrase.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct form_field plan_file;

static void check_plan(struct form *form, const void *plan);
static void refuse(void *form, const struct reason *reason);

enum rc plan_file_read(const char *text, size_t bytes, struct arena *arena, plan_file_problem_fn *problem,
                       void *context, struct plan **out_plan)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    if (plan == NULL) {
        struct plan_file_problem full = {.line = 1, .column = 1};
        enum rc rc = reason_set(&full.reason, REASON_TOO_COMPLEX, "", "%s", "");
        problem(context, &full);
        return rc;
    }
    enum rc rc = form_read(&(struct form_source){.text = text,
                                                 .bytes = bytes,
                                                 .arena = arena,
                                                 .root = &plan_file,
                                                 .check = check_plan,
                                                 .problem = problem,
                                                 .context = context},
                           plan);
    if (rc == RC_OK)
        *out_plan = plan;
    return rc;
}

static void check_plan(struct form *form, const void *plan)
{
    (void)plan_check(plan, refuse, form);
}

/* A file has no comparison apart from its target: when there is none, the target's own problem has been told. */
static void refuse(void *form, const struct reason *reason)
{
    const char *last = strrchr(reason->field, '.');
    if (last == NULL || strcmp(last, ".comparison") != 0)
        form_refuse(form, reason);
}

/* Values that only plans have */

/* ">= 150" or "≥ 150" becomes a comparison and a decimal. */
static void read_target(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    static const struct {
        const char *sign;
        enum comparison comparison;
    } signs[] = {{">=", COMPARISON_AT_LEAST}, {"≥", COMPARISON_AT_LEAST},  {"<=", COMPARISON_AT_MOST},
                 {"≤", COMPARISON_AT_MOST},   {">", COMPARISON_MORE_THAN}, {"<", COMPARISON_LESS_THAN}};
    (void)field;
    struct commitment *commitment = object;
    const char *text = form_scalar(form, value);
    if (text == NULL)
        return;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t length = strlen(signs[i].sign);
        if (strncmp(text, signs[i].sign, length) != 0)
            continue;
        const char *number = text + length + strspn(text + length, " ");
        commitment->comparison = signs[i].comparison;
        if (*number == '\0')
            form_fault(form, value, REASON_INVALID_DECIMAL, "%s: no number", text);
        else
            form_take_decimal(form, value, number, &commitment->target);
        return;
    }
    form_fault(form, value, REASON_INVALID_SYNTAX, "%s: a target is >=, >, <= or < and a number", text);
}

static void read_baseline(struct form *form, const struct form_value *value, const struct form_field *field,
                          void *object)
{
    struct commitment *commitment = object;
    commitment->has_baseline = true;
    form_decimal(form, value, field, object);
}

/* "09:00" becomes minutes after midnight. */
static void read_alert_time(struct form *form, const struct form_value *value, const struct form_field *field,
                            void *object)
{
    (void)field;
    struct rules *rules = object;
    const char *text = form_scalar(form, value);
    if (text == NULL)
        return;
    unsigned hour, minute;
    bool shaped = strlen(text) == 5 && strspn(text, "0123456789") == 2 && text[2] == ':' &&
                  strspn(text + 3, "0123456789") == 2 && sscanf(text, "%u:%u", &hour, &minute) == 2;
    if (shaped && hour < 24 && minute < 60)
        rules->alert_minute = hour * 60 + minute;
    else
        form_fault(form, value, REASON_OUT_OF_RANGE, "%s is no time from 00:00 to 23:59", text);
}

static bool year_in_range(const struct plan *plan)
{
    return plan->year >= 1990 && plan->year <= 2099;
}

/* A date, or a phrase such as 4月底前. What a phrase means depends on the year of the plan, which stands above: when it
 * is wrong, only dates can be read. */
static void read_due(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const struct plan *plan = form_whole(form);
    day_number *out_day = (day_number *)((char *)object + field->at);
    const char *text = form_scalar(form, value);
    if (text == NULL)
        return;
    if (!year_in_range(plan)) {
        if (!day_parse(text, out_day))
            form_fault(form, value, REASON_INVALID_DAY, "%s: without the plan's year only YYYY-MM-DD is read", text);
    } else if (!deadline_phrase(text, plan->year, out_day)) {
        form_fault(form, value, REASON_INVALID_DAY,
                   "%s: a phrase is N月底前, N月M日前, 年底前, 年内, 全年, 上半年 or N年内", text);
    }
}

/* Defaults */

/* A percentage is a hundred times the fraction. */
static void default_factor(const struct form *form, void *object)
{
    (void)form;
    struct indicator *indicator = &((struct commitment *)object)->indicator;
    bool fraction = indicator->rule == RULE_SHARE || indicator->rule == RULE_RATIO || indicator->rule == RULE_GROWTH;
    indicator->factor = decimal_whole(fraction && strcmp(indicator->unit, "%") == 0 ? 100 : 1);
}

/* Growth is measured from no change, which is the factor. */
static void default_offset(const struct form *form, void *object)
{
    (void)form;
    struct indicator *indicator = &((struct commitment *)object)->indicator;
    if (indicator->rule == RULE_GROWTH)
        indicator->offset.nano = -indicator->factor.nano;
}

static void default_hold(const struct form *form, void *object)
{
    (void)form;
    ((struct commitment *)object)->hold = HOLD_BY_DEADLINE;
}

/* The rules of a plan that does not say otherwise. */
static void usual_leads(const struct form *form, void *object)
{
    (void)form;
    struct rules *rules = object;
    rules->lead_days[0] = 30;
    rules->lead_days[1] = 7;
    rules->lead_day_count = 2;
}

static void usual_working_leads(const struct form *form, void *object)
{
    (void)form;
    struct rules *rules = object;
    rules->lead_working_days[0] = 1;
    rules->lead_working_day_count = 1;
}

static void usual_repeats(const struct form *form, void *object)
{
    (void)form;
    ((struct rules *)object)->overdue_every_days = 7;
}

static void usual_escalation(const struct form *form, void *object)
{
    (void)form;
    ((struct rules *)object)->escalate_after_working_days = 5;
}

static void usual_hour(const struct form *form, void *object)
{
    (void)form;
    ((struct rules *)object)->alert_minute = 9 * 60;
}

static void usual_yellow(const struct form *form, void *object)
{
    (void)form;
    ((struct rules *)object)->yellow_points = decimal_whole(10);
}

static void usual_red(const struct form *form, void *object)
{
    (void)form;
    ((struct rules *)object)->red_points = decimal_whole(30);
}

static void usual_rules(const struct form *form, void *object)
{
    void *rules = &((struct plan *)object)->rules;
    usual_leads(form, rules);
    usual_working_leads(form, rules);
    usual_repeats(form, rules);
    usual_escalation(form, rules);
    usual_hour(form, rules);
    usual_yellow(form, rules);
    usual_red(form, rules);
}

static void default_start(const struct form *form, void *object)
{
    const struct plan *plan = form_whole(form);
    if (year_in_range(plan))
        ((struct commitment *)object)->start = day_year_start((int)plan->year);
}

/* The format: the keys of each mapping, in the order in which they are best written */

static const char *const measure_kinds[] = {"increment", "cumulative", "level", NULL};
static const char *const rules_of_computing[] = {"sum", "latest", "count", "share", "ratio", "growth", NULL};
static const char *const holds[] = {"deadline", "all-year", NULL};

#define KEY(structure, key_, member, ...)                                                                              \
    {                                                                                                                  \
        .key = key_, .name = #member, .at = offsetof(structure, member), __VA_ARGS__                                   \
    }
#define REQUIRED(structure, key, member, how) KEY(structure, key, member, .read = how)
#define OPTIONAL(structure, key, member, how, otherwise) KEY(structure, key, member, .read = how, .absent = otherwise)
#define CHOICE(structure, key, member, choice, otherwise)                                                              \
    KEY(structure, key, member, .read = form_word, .words = choice, .absent = otherwise)
#define LIST(structure, key, member, count, element, otherwise)                                                        \
    KEY(structure, key, member, .read = form_list, .item = &(element), .count_at = offsetof(structure, count),         \
        .absent = otherwise)
#define MAPPING(structure, table)                                                                                      \
    .read = form_mapping, .bytes = sizeof(structure), .fields = (table), .field_count = sizeof(table) / sizeof *(table)

static const struct form_field a_number = {.read = form_number, .bytes = sizeof(uint32_t)};
static const struct form_field an_id = {.read = form_text, .bytes = sizeof(const char *)};

static const struct form_field rules_keys[] = {
    KEY(struct rules, "lead_days", lead_days, .read = form_list, .item = &a_number,
        .count_at = offsetof(struct rules, lead_day_count), .array_length = LEAD_DAYS_MAX, .absent = usual_leads),
    KEY(struct rules, "lead_working_days", lead_working_days, .read = form_list, .item = &a_number,
        .count_at = offsetof(struct rules, lead_working_day_count), .array_length = LEAD_DAYS_MAX,
        .absent = usual_working_leads),
    OPTIONAL(struct rules, "overdue_every_days", overdue_every_days, form_number, usual_repeats),
    OPTIONAL(struct rules, "escalate_after_working_days", escalate_after_working_days, form_number, usual_escalation),
    OPTIONAL(struct rules, "pace_reports", pace_reports, form_number, form_leave),
    OPTIONAL(struct rules, "alert_time", alert_minute, read_alert_time, usual_hour),
    OPTIONAL(struct rules, "yellow_points", yellow_points, form_decimal, usual_yellow),
    OPTIONAL(struct rules, "red_points", red_points, form_decimal, usual_red),
};

static const struct form_field unit_keys[] = {
    REQUIRED(struct unit, "id", id, form_text),
    REQUIRED(struct unit, "zh", name_zh, form_text),
    REQUIRED(struct unit, "en", name_en, form_text),
};
static const struct form_field a_unit = {MAPPING(struct unit, unit_keys)};

static const struct form_field measure_keys[] = {
    REQUIRED(struct measure, "id", id, form_text),
    REQUIRED(struct measure, "zh", name_zh, form_text),
    REQUIRED(struct measure, "en", name_en, form_text),
    REQUIRED(struct measure, "unit", unit, form_text),
    CHOICE(struct measure, "kind", kind, measure_kinds, NULL),
    OPTIONAL(struct measure, "reporting_days", reporting_days, form_number, form_leave),
};
static const struct form_field a_measure = {MAPPING(struct measure, measure_keys)};

static const struct form_field milestone_keys[] = {
    REQUIRED(struct milestone, "id", id, form_text),
    REQUIRED(struct milestone, "zh", name_zh, form_text),
    REQUIRED(struct milestone, "en", name_en, form_text),
};
static const struct form_field a_milestone = {MAPPING(struct milestone, milestone_keys)};

static const struct form_field group_keys[] = {
    REQUIRED(struct group, "id", id, form_text),
    REQUIRED(struct group, "zh", name_zh, form_text),
    REQUIRED(struct group, "en", name_en, form_text),
    OPTIONAL(struct group, "scope_count", scope_count, form_number, form_leave),
    LIST(struct group, "milestones", milestones, milestone_count, a_milestone, NULL),
};
static const struct form_field a_group = {MAPPING(struct group, group_keys)};

static const struct form_field curve_keys[] = {
    REQUIRED(struct curve_point, "day", day, form_day),
    REQUIRED(struct curve_point, "percent", percent, form_decimal),
};
static const struct form_field a_curve_point = {MAPPING(struct curve_point, curve_keys)};

/* The rule and the unit of the value stand before what takes its default from them. */
static const struct form_field commitment_keys[] = {
    REQUIRED(struct commitment, "id", id, form_text),
    REQUIRED(struct commitment, "zh", name_zh, form_text),
    REQUIRED(struct commitment, "en", name_en, form_text),
    REQUIRED(struct commitment, "theme", theme, form_text),
    REQUIRED(struct commitment, "unit", unit, form_text),
    LIST(struct commitment, "cooperating_units", cooperating_units, cooperating_unit_count, an_id, form_leave),
    CHOICE(struct commitment, "rule", indicator.rule, rules_of_computing, NULL),
    LIST(struct commitment, "of", indicator.numerator, indicator.numerator_count, an_id, form_leave),
    LIST(struct commitment, "over", indicator.denominator, indicator.denominator_count, an_id, form_leave),
    OPTIONAL(struct commitment, "group", indicator.group, form_text, form_leave),
    OPTIONAL(struct commitment, "milestone", indicator.milestone, form_text, form_leave),
    REQUIRED(struct commitment, "value_unit", indicator.unit, form_text),
    OPTIONAL(struct commitment, "factor", indicator.factor, form_decimal, default_factor),
    OPTIONAL(struct commitment, "offset", indicator.offset, form_decimal, default_offset),
    REQUIRED(struct commitment, "target", target, read_target),
    OPTIONAL(struct commitment, "baseline", baseline, read_baseline, form_leave),
    CHOICE(struct commitment, "hold", hold, holds, default_hold),
    OPTIONAL(struct commitment, "start", start, form_day, default_start),
    REQUIRED(struct commitment, "due", due, read_due),
    LIST(struct commitment, "curve", curve, curve_count, a_curve_point, form_leave),
};
static const struct form_field a_commitment = {MAPPING(struct commitment, commitment_keys)};

static const struct form_field deadline_keys[] = {
    REQUIRED(struct milestone_deadline, "milestone", milestone, form_text),
    REQUIRED(struct milestone_deadline, "due", due, read_due),
};
static const struct form_field a_deadline = {MAPPING(struct milestone_deadline, deadline_keys)};

static const struct form_field project_keys[] = {
    REQUIRED(struct project, "id", id, form_text),
    REQUIRED(struct project, "zh", name_zh, form_text),
    REQUIRED(struct project, "en", name_en, form_text),
    REQUIRED(struct project, "unit", unit, form_text),
    LIST(struct project, "groups", groups, group_count, an_id, NULL),
    LIST(struct project, "deadlines", deadlines, deadline_count, a_deadline, form_leave),
};
static const struct form_field a_project = {MAPPING(struct project, project_keys)};

static const struct form_field plan_keys[] = {
    REQUIRED(struct plan, "division", division, form_text),
    REQUIRED(struct plan, "year", year, form_number),
    REQUIRED(struct plan, "zh", name_zh, form_text),
    REQUIRED(struct plan, "en", name_en, form_text),
    REQUIRED(struct plan, "supervising_unit", supervising_unit, form_text),
    KEY(struct plan, "rules", rules, MAPPING(struct rules, rules_keys), .absent = usual_rules),
    LIST(struct plan, "units", units, unit_count, a_unit, NULL),
    LIST(struct plan, "measures", measures, measure_count, a_measure, form_leave),
    LIST(struct plan, "groups", groups, group_count, a_group, form_leave),
    LIST(struct plan, "commitments", commitments, commitment_count, a_commitment, NULL),
    LIST(struct plan, "projects", projects, project_count, a_project, form_leave),
};
static const struct form_field plan_file = {MAPPING(struct plan, plan_keys)};
