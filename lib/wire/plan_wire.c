#include "wire/plan_wire.h"

#include "domain/text.h"

#include <stdarg.h>
#include <stdio.h>

/* Where a run over a message stands. The first fault ends it: everything after is skipped. */
struct reading {
    struct arena *arena;
    const char *path;
    struct reason *reason;
    enum rc rc;
};

static const char *PRINTF_LIKE(3, 4) field(char out_text[160], const struct reading *reading, const char *format, ...)
{
    int length = snprintf(out_text, 160, "%s", reading->path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out_text + length, 160 - (size_t)length, format, arguments);
    va_end(arguments);
    return out_text;
}

static struct decimal read_decimal(struct reading *reading, const char *text, const char *path)
{
    struct decimal value = {0};
    if (reading->rc == RC_OK)
        reading->rc = check_decimal(text, path, &value, reading->reason);
    return value;
}

static day_number read_day(struct reading *reading, const char *text, const char *path)
{
    day_number day = 0;
    if (reading->rc == RC_OK)
        reading->rc = check_day(text, path, &day, reading->reason);
    return day;
}

static void *read_array(struct reading *reading, size_t count, size_t bytes)
{
    void *array = arena_array(reading->arena, count, bytes);
    if (array == NULL && reading->rc == RC_OK)
        reading->rc = reason_set(reading->reason, REASON_TOO_COMPLEX, reading->path, "%s", "");
    return array;
}

static const char *const *borrow_texts(char **texts)
{
    return (const char *const *)texts;
}

static size_t read_leads(struct reading *reading, const uint32_t *days, size_t count, const char *path,
                         uint32_t out_days[LEAD_DAYS_MAX])
{
    if (count > LEAD_DAYS_MAX && reading->rc == RC_OK)
        reading->rc = reason_set(reading->reason, REASON_TOO_LONG, path, "%d", LEAD_DAYS_MAX);
    size_t kept = count < LEAD_DAYS_MAX ? count : LEAD_DAYS_MAX;
    for (size_t i = 0; i < kept; i++)
        out_days[i] = days[i];
    return kept;
}

static void read_rules(struct reading *reading, const Duban__V1__Rules *message, struct rules *rules)
{
    char path[160];
    static const Duban__V1__Rules none = DUBAN__V1__RULES__INIT;
    if (message == NULL)
        message = &none;
    rules->lead_day_count = read_leads(reading, message->lead_days, message->n_lead_days,
                                       field(path, reading, "rules.lead_days"), rules->lead_days);
    rules->lead_working_day_count =
        read_leads(reading, message->lead_working_days, message->n_lead_working_days,
                   field(path, reading, "rules.lead_working_days"), rules->lead_working_days);
    rules->escalate_after_working_days = message->escalate_after_working_days;
    rules->pace_reports = message->pace_reports;
    rules->overdue_every_days = message->overdue_every_days;
    rules->alert_minute = message->alert_minute;
    rules->yellow_points = read_decimal(reading, message->yellow_points, field(path, reading, "rules.yellow_points"));
    rules->red_points = read_decimal(reading, message->red_points, field(path, reading, "rules.red_points"));
}

static struct group read_group(struct reading *reading, const Duban__V1__Group *message)
{
    struct milestone *milestones = read_array(reading, message->n_milestones, sizeof *milestones);
    for (size_t i = 0; milestones != NULL && i < message->n_milestones; i++)
        milestones[i] = (struct milestone){message->milestones[i]->id, message->milestones[i]->name_zh,
                                           message->milestones[i]->name_en};
    return (struct group){message->id,
                          message->name_zh,
                          message->name_en,
                          milestones,
                          milestones == NULL ? 0 : message->n_milestones,
                          message->scope_count};
}

static void read_indicator(struct reading *reading, const Duban__V1__Indicator *message, size_t index,
                           struct indicator *indicator)
{
    char path[160];
    static const Duban__V1__Indicator none = DUBAN__V1__INDICATOR__INIT;
    if (message == NULL)
        message = &none;
    *indicator = (struct indicator){
        .rule = (enum rule)message->rule,
        .unit = message->unit,
        .numerator = borrow_texts(message->numerator),
        .numerator_count = message->n_numerator,
        .denominator = borrow_texts(message->denominator),
        .denominator_count = message->n_denominator,
        .group = message->group,
        .milestone = message->milestone,
    };
    indicator->factor =
        read_decimal(reading, message->factor, field(path, reading, "commitments[%zu].indicator.factor", index));
    indicator->offset =
        read_decimal(reading, message->offset, field(path, reading, "commitments[%zu].indicator.offset", index));
}

static void read_commitment(struct reading *reading, const Duban__V1__Commitment *message, size_t index,
                            struct commitment *commitment)
{
    char path[160];
    *commitment = (struct commitment){
        .id = message->id,
        .theme = message->theme,
        .name_zh = message->name_zh,
        .name_en = message->name_en,
        .unit = message->unit,
        .cooperating_units = borrow_texts(message->cooperating_units),
        .cooperating_unit_count = message->n_cooperating_units,
        .comparison = (enum comparison)message->comparison,
        .hold = (enum hold)message->hold,
        .has_baseline = *message->baseline != '\0',
    };
    read_indicator(reading, message->indicator, index, &commitment->indicator);
    commitment->target = read_decimal(reading, message->target, field(path, reading, "commitments[%zu].target", index));
    if (commitment->has_baseline)
        commitment->baseline =
            read_decimal(reading, message->baseline, field(path, reading, "commitments[%zu].baseline", index));
    commitment->start = read_day(reading, message->start, field(path, reading, "commitments[%zu].start", index));
    commitment->due = read_day(reading, message->due, field(path, reading, "commitments[%zu].due", index));
    struct curve_point *curve = read_array(reading, message->n_curve, sizeof *curve);
    for (size_t i = 0; reading->rc == RC_OK && i < message->n_curve; i++) {
        curve[i].day = read_day(reading, message->curve[i]->day,
                                field(path, reading, "commitments[%zu].curve[%zu].day", index, i));
        curve[i].percent = read_decimal(reading, message->curve[i]->percent,
                                        field(path, reading, "commitments[%zu].curve[%zu].percent", index, i));
    }
    commitment->curve = curve;
    commitment->curve_count = message->n_curve;
}

static void read_project(struct reading *reading, const Duban__V1__Project *message, struct project *project)
{
    char path[160];
    struct milestone_deadline *deadlines = read_array(reading, message->n_deadlines, sizeof *deadlines);
    for (size_t i = 0; reading->rc == RC_OK && i < message->n_deadlines; i++) {
        deadlines[i].milestone = message->deadlines[i]->milestone;
        deadlines[i].due = read_day(reading, message->deadlines[i]->due, field(path, reading, "deadlines[%zu].due", i));
    }
    *project = (struct project){.id = message->id,
                                .name_zh = message->name_zh,
                                .name_en = message->name_en,
                                .unit = message->unit,
                                .groups = borrow_texts(message->groups),
                                .group_count = message->n_groups,
                                .deadlines = deadlines,
                                .deadline_count = message->n_deadlines};
}

enum rc project_read(const Duban__V1__Project *message, const char *path, struct arena *arena,
                     struct project *out_project, struct reason *out_reason)
{
    struct reading reading = {arena, path, out_reason, RC_OK};
    read_project(&reading, message, out_project);
    return reading.rc;
}

enum rc plan_read(const Duban__V1__Plan *message, const char *path, struct arena *arena, struct plan *out_plan,
                  struct reason *out_reason)
{
    struct reading reading = {arena, path, out_reason, RC_OK};
    struct unit *units = read_array(&reading, message->n_units, sizeof *units);
    struct measure *measures = read_array(&reading, message->n_measures, sizeof *measures);
    struct group *groups = read_array(&reading, message->n_groups, sizeof *groups);
    struct commitment *commitments = read_array(&reading, message->n_commitments, sizeof *commitments);
    struct project *projects = read_array(&reading, message->n_projects, sizeof *projects);
    *out_plan = (struct plan){
        .division = message->division,
        .year = message->year,
        .revision = message->revision,
        .name_zh = message->name_zh,
        .name_en = message->name_en,
        .supervising_unit = message->supervising_unit,
        .units = units,
        .unit_count = message->n_units,
        .measures = measures,
        .measure_count = message->n_measures,
        .groups = groups,
        .group_count = message->n_groups,
        .commitments = commitments,
        .commitment_count = message->n_commitments,
        .projects = projects,
        .project_count = message->n_projects,
    };
    read_rules(&reading, message->rules, &out_plan->rules);
    for (size_t i = 0; reading.rc == RC_OK && i < message->n_units; i++)
        units[i] = (struct unit){message->units[i]->id, message->units[i]->name_zh, message->units[i]->name_en};
    for (size_t i = 0; reading.rc == RC_OK && i < message->n_measures; i++)
        measures[i] = (struct measure){message->measures[i]->id,
                                       message->measures[i]->name_zh,
                                       message->measures[i]->name_en,
                                       message->measures[i]->unit,
                                       (enum measure_kind)message->measures[i]->kind,
                                       message->measures[i]->reporting_days};
    for (size_t i = 0; reading.rc == RC_OK && i < message->n_groups; i++)
        groups[i] = read_group(&reading, message->groups[i]);
    for (size_t i = 0; reading.rc == RC_OK && i < message->n_commitments; i++)
        read_commitment(&reading, message->commitments[i], i, &commitments[i]);
    for (size_t i = 0; reading.rc == RC_OK && i < message->n_projects; i++) {
        char inner[160];
        struct reading below = {arena, field(inner, &reading, "projects[%zu].", i), out_reason, RC_OK};
        read_project(&below, message->projects[i], &projects[i]);
        reading.rc = below.rc;
    }
    return reading.rc;
}

/* Writing. An arena that is full shows as a null text or array, and the whole is given up. */

char *decimal_text(struct decimal value, struct arena *arena)
{
    char text[DECIMAL_TEXT_BYTES];
    return arena_copy(arena, decimal_format(value, text));
}

char *day_text(day_number day, struct arena *arena)
{
    char text[DAY_TEXT_BYTES];
    return arena_copy(arena, day_format(day, text));
}

static char *lend(const char *text)
{
    return (char *)(uintptr_t)text;
}

static char **lend_texts(const char *const *texts)
{
    return (char **)(uintptr_t)texts;
}

/* An array of `count` pointers to messages of `bytes` each, all in the arena; null when it is full. */
static void *message_array(struct arena *arena, size_t count, size_t bytes)
{
    void **pointers = arena_array(arena, count, sizeof *pointers);
    char *messages = arena_array(arena, count, bytes);
    if (pointers == NULL || messages == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        pointers[i] = messages + i * bytes;
    return pointers;
}

static bool write_project(const struct project *project, struct arena *arena, Duban__V1__Project *message)
{
    duban__v1__project__init(message);
    message->id = lend(project->id);
    message->name_zh = lend(project->name_zh);
    message->name_en = lend(project->name_en);
    message->unit = lend(project->unit);
    message->groups = lend_texts(project->groups);
    message->n_groups = project->group_count;
    message->deadlines = message_array(arena, project->deadline_count, sizeof **message->deadlines);
    if (message->deadlines == NULL)
        return false;
    message->n_deadlines = project->deadline_count;
    for (size_t i = 0; i < project->deadline_count; i++) {
        Duban__V1__MilestoneDeadline *deadline = message->deadlines[i];
        duban__v1__milestone_deadline__init(deadline);
        deadline->milestone = lend(project->deadlines[i].milestone);
        if ((deadline->due = day_text(project->deadlines[i].due, arena)) == NULL)
            return false;
    }
    return true;
}

Duban__V1__Project *project_write(const struct project *project, struct arena *arena)
{
    Duban__V1__Project *message = arena_alloc(arena, sizeof *message);
    return message != NULL && write_project(project, arena, message) ? message : NULL;
}

static bool write_group(const struct group *group, struct arena *arena, Duban__V1__Group *message)
{
    duban__v1__group__init(message);
    message->id = lend(group->id);
    message->name_zh = lend(group->name_zh);
    message->name_en = lend(group->name_en);
    message->scope_count = group->scope_count;
    message->milestones = message_array(arena, group->milestone_count, sizeof **message->milestones);
    if (message->milestones == NULL)
        return false;
    message->n_milestones = group->milestone_count;
    for (size_t i = 0; i < group->milestone_count; i++) {
        duban__v1__milestone__init(message->milestones[i]);
        message->milestones[i]->id = lend(group->milestones[i].id);
        message->milestones[i]->name_zh = lend(group->milestones[i].name_zh);
        message->milestones[i]->name_en = lend(group->milestones[i].name_en);
    }
    return true;
}

static Duban__V1__Indicator *write_indicator(const struct indicator *indicator, struct arena *arena)
{
    Duban__V1__Indicator *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__indicator__init(message);
    message->rule = (Duban__V1__Rule)indicator->rule;
    message->unit = lend(indicator->unit);
    message->numerator = lend_texts(indicator->numerator);
    message->n_numerator = indicator->numerator_count;
    message->denominator = lend_texts(indicator->denominator);
    message->n_denominator = indicator->denominator_count;
    message->group = lend(indicator->group);
    message->milestone = lend(indicator->milestone);
    message->factor = decimal_text(indicator->factor, arena);
    message->offset = decimal_text(indicator->offset, arena);
    return message->factor == NULL || message->offset == NULL ? NULL : message;
}

static bool write_curve(const struct commitment *commitment, struct arena *arena, Duban__V1__Commitment *message)
{
    message->curve = message_array(arena, commitment->curve_count, sizeof **message->curve);
    if (message->curve == NULL)
        return false;
    message->n_curve = commitment->curve_count;
    for (size_t i = 0; i < commitment->curve_count; i++) {
        Duban__V1__CurvePoint *point = message->curve[i];
        duban__v1__curve_point__init(point);
        point->day = day_text(commitment->curve[i].day, arena);
        point->percent = decimal_text(commitment->curve[i].percent, arena);
        if (point->day == NULL || point->percent == NULL)
            return false;
    }
    return true;
}

static bool write_commitment(const struct commitment *commitment, struct arena *arena, Duban__V1__Commitment *message)
{
    duban__v1__commitment__init(message);
    message->id = lend(commitment->id);
    message->theme = lend(commitment->theme);
    message->name_zh = lend(commitment->name_zh);
    message->name_en = lend(commitment->name_en);
    message->unit = lend(commitment->unit);
    message->cooperating_units = lend_texts(commitment->cooperating_units);
    message->n_cooperating_units = commitment->cooperating_unit_count;
    message->comparison = (Duban__V1__Comparison)commitment->comparison;
    message->hold = (Duban__V1__Hold)commitment->hold;
    message->indicator = write_indicator(&commitment->indicator, arena);
    message->target = decimal_text(commitment->target, arena);
    if (commitment->has_baseline && (message->baseline = decimal_text(commitment->baseline, arena)) == NULL)
        return false;
    message->start = day_text(commitment->start, arena);
    message->due = day_text(commitment->due, arena);
    return message->indicator != NULL && message->target != NULL && message->start != NULL && message->due != NULL &&
           write_curve(commitment, arena, message);
}

static Duban__V1__Rules *write_rules(const struct rules *rules, struct arena *arena)
{
    Duban__V1__Rules *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__rules__init(message);
    message->lead_days = (uint32_t *)(uintptr_t)rules->lead_days;
    message->n_lead_days = rules->lead_day_count;
    message->lead_working_days = (uint32_t *)(uintptr_t)rules->lead_working_days;
    message->n_lead_working_days = rules->lead_working_day_count;
    message->escalate_after_working_days = rules->escalate_after_working_days;
    message->pace_reports = rules->pace_reports;
    message->overdue_every_days = rules->overdue_every_days;
    message->alert_minute = rules->alert_minute;
    message->yellow_points = decimal_text(rules->yellow_points, arena);
    message->red_points = decimal_text(rules->red_points, arena);
    return message->yellow_points == NULL || message->red_points == NULL ? NULL : message;
}

static void write_unit(const struct unit *unit, Duban__V1__Unit *message)
{
    duban__v1__unit__init(message);
    message->id = lend(unit->id);
    message->name_zh = lend(unit->name_zh);
    message->name_en = lend(unit->name_en);
}

static void write_measure(const struct measure *measure, Duban__V1__Measure *message)
{
    duban__v1__measure__init(message);
    message->id = lend(measure->id);
    message->name_zh = lend(measure->name_zh);
    message->name_en = lend(measure->name_en);
    message->unit = lend(measure->unit);
    message->kind = (Duban__V1__MeasureKind)measure->kind;
    message->reporting_days = measure->reporting_days;
}

Duban__V1__Plan *plan_write(const struct plan *plan, struct arena *arena)
{
    Duban__V1__Plan *message = arena_alloc(arena, sizeof *message);
    if (message == NULL)
        return NULL;
    duban__v1__plan__init(message);
    message->division = lend(plan->division);
    message->year = plan->year;
    message->revision = plan->revision;
    message->name_zh = lend(plan->name_zh);
    message->name_en = lend(plan->name_en);
    message->supervising_unit = lend(plan->supervising_unit);
    message->rules = write_rules(&plan->rules, arena);
    message->units = message_array(arena, message->n_units = plan->unit_count, sizeof **message->units);
    message->measures = message_array(arena, message->n_measures = plan->measure_count, sizeof **message->measures);
    message->groups = message_array(arena, message->n_groups = plan->group_count, sizeof **message->groups);
    message->commitments =
        message_array(arena, message->n_commitments = plan->commitment_count, sizeof **message->commitments);
    message->projects = message_array(arena, message->n_projects = plan->project_count, sizeof **message->projects);
    bool complete = message->rules != NULL && message->units != NULL && message->measures != NULL &&
                    message->groups != NULL && message->commitments != NULL && message->projects != NULL;
    for (size_t i = 0; complete && i < plan->unit_count; i++)
        write_unit(&plan->units[i], message->units[i]);
    for (size_t i = 0; complete && i < plan->measure_count; i++)
        write_measure(&plan->measures[i], message->measures[i]);
    for (size_t i = 0; complete && i < plan->group_count; i++)
        complete = write_group(&plan->groups[i], arena, message->groups[i]);
    for (size_t i = 0; complete && i < plan->commitment_count; i++)
        complete = write_commitment(&plan->commitments[i], arena, message->commitments[i]);
    for (size_t i = 0; complete && i < plan->project_count; i++)
        complete = write_project(&plan->projects[i], arena, message->projects[i]);
    return complete ? message : NULL;
}
