#include "domain/registry.h"

#include "domain/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for all plans and projects ever known; touched only as far as it is used. */
#define REGISTRY_BYTES ((size_t)4 << 30)

struct division {
    struct map plans;    /* "2020" → const struct plan */
    struct map projects; /* id → struct registered_project */
};

struct registry {
    struct arena *arena;
    struct map divisions; /* code → struct division */
};

struct registry *registry_new(void)
{
    struct registry *registry = calloc(1, sizeof *registry);
    REQUIRE(registry != NULL);
    registry->arena = arena_new(REGISTRY_BYTES);
    REQUIRE(registry->arena != NULL);
    return registry;
}

void registry_free(struct registry **registry)
{
    if (*registry == NULL)
        return;
    for (size_t i = 0; i < (*registry)->divisions.count; i++) {
        struct division *division = (*registry)->divisions.entries[i].value;
        map_done(&division->plans);
        map_done(&division->projects);
    }
    map_done(&(*registry)->divisions);
    arena_free(&(*registry)->arena);
    free(*registry);
    *registry = NULL;
}

static void *keep(struct arena *arena, size_t bytes)
{
    void *memory = arena_alloc(arena, bytes);
    REQUIRE(memory != NULL);
    return memory;
}

static const char *keep_text(struct arena *arena, const char *text)
{
    const char *copy = arena_copy(arena, text);
    REQUIRE(copy != NULL);
    return copy;
}

static void *keep_array(struct arena *arena, const void *array, size_t count, size_t element_bytes)
{
    void *copy = keep(arena, count * element_bytes);
    if (count > 0)
        memcpy(copy, array, count * element_bytes);
    return copy;
}

static const char *const *keep_texts(struct arena *arena, const char *const *texts, size_t count)
{
    const char **copy = keep_array(arena, texts, count, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        copy[i] = keep_text(arena, texts[i]);
    return copy;
}

static void keep_names(struct arena *arena, const char **id, const char **name_zh, const char **name_en)
{
    *id = keep_text(arena, *id);
    *name_zh = keep_text(arena, *name_zh);
    *name_en = keep_text(arena, *name_en);
}

static const struct group *keep_groups(struct arena *arena, const struct plan *plan)
{
    struct group *groups = keep_array(arena, plan->groups, plan->group_count, sizeof *groups);
    for (size_t i = 0; i < plan->group_count; i++) {
        struct group *group = &groups[i];
        keep_names(arena, &group->id, &group->name_zh, &group->name_en);
        struct milestone *milestones = keep_array(arena, group->milestones, group->milestone_count, sizeof *milestones);
        for (size_t j = 0; j < group->milestone_count; j++)
            keep_names(arena, &milestones[j].id, &milestones[j].name_zh, &milestones[j].name_en);
        group->milestones = milestones;
    }
    return groups;
}

static void keep_indicator(struct arena *arena, struct indicator *indicator)
{
    indicator->unit = keep_text(arena, indicator->unit);
    indicator->numerator = keep_texts(arena, indicator->numerator, indicator->numerator_count);
    indicator->denominator = keep_texts(arena, indicator->denominator, indicator->denominator_count);
    indicator->group = keep_text(arena, indicator->group);
    indicator->milestone = keep_text(arena, indicator->milestone);
}

static const struct commitment *keep_commitments(struct arena *arena, const struct plan *plan)
{
    struct commitment *commitments = keep_array(arena, plan->commitments, plan->commitment_count, sizeof *commitments);
    for (size_t i = 0; i < plan->commitment_count; i++) {
        struct commitment *commitment = &commitments[i];
        keep_names(arena, &commitment->id, &commitment->name_zh, &commitment->name_en);
        commitment->theme = keep_text(arena, commitment->theme);
        commitment->unit = keep_text(arena, commitment->unit);
        commitment->cooperating_units =
            keep_texts(arena, commitment->cooperating_units, commitment->cooperating_unit_count);
        keep_indicator(arena, &commitment->indicator);
        commitment->curve = keep_array(arena, commitment->curve, commitment->curve_count, sizeof *commitment->curve);
    }
    return commitments;
}

static const struct plan *keep_plan(struct arena *arena, const struct plan *plan)
{
    struct plan *copy = keep_array(arena, plan, 1, sizeof *plan);
    copy->division = keep_text(arena, plan->division);
    copy->supervising_unit = keep_text(arena, plan->supervising_unit);
    copy->name_zh = keep_text(arena, plan->name_zh);
    copy->name_en = keep_text(arena, plan->name_en);
    struct unit *units = keep_array(arena, plan->units, plan->unit_count, sizeof *units);
    for (size_t i = 0; i < plan->unit_count; i++)
        keep_names(arena, &units[i].id, &units[i].name_zh, &units[i].name_en);
    copy->units = units;
    struct measure *measures = keep_array(arena, plan->measures, plan->measure_count, sizeof *measures);
    for (size_t i = 0; i < plan->measure_count; i++) {
        keep_names(arena, &measures[i].id, &measures[i].name_zh, &measures[i].name_en);
        measures[i].unit = keep_text(arena, measures[i].unit);
    }
    copy->measures = measures;
    copy->groups = keep_groups(arena, plan);
    copy->commitments = keep_commitments(arena, plan);
    struct project *projects = keep(arena, plan->project_count * sizeof *projects);
    for (size_t i = 0; i < plan->project_count; i++) {
        const struct project *project = project_copy(&plan->projects[i], arena);
        REQUIRE(project != NULL);
        projects[i] = *project;
    }
    copy->projects = projects;
    return copy;
}

static struct division *known_division(const struct registry *registry, const char *code)
{
    return map_get(&registry->divisions, code);
}

static struct division *division_for(struct registry *registry, const char *code)
{
    struct division *division = known_division(registry, code);
    if (division == NULL) {
        division = keep(registry->arena, sizeof *division);
        map_put(&registry->divisions, keep_text(registry->arena, code), division);
    }
    return division;
}

/* Takes a project that already lives in the registry's arena. */
static void register_project(struct registry *registry, struct division *division, const struct project *project)
{
    struct registered_project *registered = map_get(&division->projects, project->id);
    if (registered == NULL) {
        registered = keep(registry->arena, sizeof *registered);
        registered->state = PROJECT_ACTIVE;
    }
    registered->project = project;
    map_put(&division->projects, project->id, registered);
}

static void apply_plan(struct registry *registry, const struct plan *published)
{
    const struct plan *plan = keep_plan(registry->arena, published);
    struct division *division = division_for(registry, plan->division);
    char year[16];
    snprintf(year, sizeof year, "%04u", plan->year);
    map_put(&division->plans, keep_text(registry->arena, year), (void *)(uintptr_t)plan);
    for (size_t i = 0; i < plan->project_count; i++)
        register_project(registry, division, &plan->projects[i]);
}

static void set_state(struct registry *registry, const struct update *update, enum project_state state)
{
    struct division *division = division_for(registry, update->division);
    struct registered_project *registered = map_get(&division->projects, update->project);
    if (registered != NULL)
        registered->state = state;
}

void registry_apply(struct registry *registry, const struct update *update)
{
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        apply_plan(registry, update->plan);
        break;
    case UPDATE_PROJECT_REGISTERED: {
        const struct project *project = project_copy(update->registered, registry->arena);
        REQUIRE(project != NULL);
        register_project(registry, division_for(registry, update->division), project);
        break;
    }
    case UPDATE_PROJECT_SUSPENDED:
        set_state(registry, update, PROJECT_SUSPENDED);
        break;
    case UPDATE_PROJECT_RESUMED:
        set_state(registry, update, PROJECT_ACTIVE);
        break;
    case UPDATE_PROJECT_CANCELLED:
        set_state(registry, update, PROJECT_CANCELLED);
        break;
    case UPDATE_MEASUREMENT_REPORTED:
    case UPDATE_MILESTONE_REACHED:
    case UPDATE_WITHDRAWN:
        break;
    }
}

bool registry_concerns(enum update_kind kind)
{
    return kind != UPDATE_MEASUREMENT_REPORTED && kind != UPDATE_MILESTONE_REACHED && kind != UPDATE_WITHDRAWN;
}

/* Keeps the first problem. */
static void first_problem(void *context, const struct reason *problem)
{
    struct reason *first = context;
    if (first->code == REASON_NONE)
        *first = *problem;
}

/* The problem's field, seen from the event: "plan.commitments[3].due". */
static enum rc refuse_inside(const char *parent, const struct reason *problem, struct reason *out_reason)
{
    char field[256];
    snprintf(field, sizeof field, "%s.%s", parent, problem->field);
    return reason_set(out_reason, problem->code, field, "%s", problem->detail);
}

/* A measure keeps its meaning over the years, or figures of two plans could not share its reports. */
static enum rc check_measures_kept(const struct registry *registry, const struct plan *plan, struct reason *out_reason)
{
    const struct division *division = known_division(registry, plan->division);
    for (size_t p = 0; division != NULL && p < division->plans.count; p++) {
        const struct plan *other = division->plans.entries[p].value;
        for (size_t i = 0; i < plan->measure_count; i++) {
            const struct measure *measure = &plan->measures[i];
            const struct measure *before = plan_measure(other, measure->id);
            if (before == NULL || (before->kind == measure->kind && strcmp(before->unit, measure->unit) == 0))
                continue;
            char field[64];
            snprintf(field, sizeof field, "plan.measures[%zu]", i);
            return reason_set(out_reason, REASON_MEASURE_REDEFINED, field, "%s", measure->id);
        }
    }
    return RC_OK;
}

static enum rc check_plan(const struct registry *registry, const struct plan *plan, struct reason *out_reason)
{
    struct reason first = {.code = REASON_NONE};
    if (plan_check(plan, first_problem, &first) > 0)
        return refuse_inside("plan", &first, out_reason);
    const struct plan *published = registry_plan(registry, plan->division, plan->year);
    uint32_t wanted = published == NULL ? 1 : published->revision + 1;
    if (plan->revision != wanted)
        return reason_set(out_reason, REASON_WRONG_REVISION, "plan.revision", "%u, not %u", wanted, plan->revision);
    return check_measures_kept(registry, plan, out_reason);
}

/* A project fits one of the division's plans, the newest first. */
static enum rc check_registration(const struct registry *registry, const struct update *update,
                                  struct reason *out_reason)
{
    const struct division *division = known_division(registry, update->division);
    struct reason first = {.code = REASON_NONE};
    for (size_t p = division->plans.count; p-- > 0;) {
        struct reason problem = {.code = REASON_NONE};
        if (plan_check_project(division->plans.entries[p].value, update->registered, "", first_problem, &problem) == 0)
            return RC_OK;
        first_problem(&first, &problem);
    }
    return refuse_inside("project", &first, out_reason);
}

static enum rc check_measurement(const struct registry *registry, const struct update *update, day_number today,
                                 struct reason *out_reason)
{
    const struct measurement *report = &update->measurement;
    const struct measure *measure = registry_measure(registry, update->division, report->measure);
    if (measure == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_MEASURE, "measure", "%s", report->measure);
    int power;
    struct decimal shifted;
    if (!measurement_unit_shift(report->unit, measure->unit, &power))
        return reason_set(out_reason, REASON_WRONG_UNIT, "unit", "%s ≠ %s", report->unit, measure->unit);
    if (!decimal_shift(report->value, power, &shifted))
        return reason_set(out_reason, REASON_OUT_OF_RANGE, "value", "%s → %s", report->unit, measure->unit);
    if (*report->project != '\0' && registry_project(registry, update->division, report->project) == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", report->project);
    if (report->observed_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "observed_on", "%s", "");
    return RC_OK;
}

/* The milestone stands in a group of the project, in any of the division's plans. */
static bool has_milestone(const struct division *division, const struct project *project, const char *milestone)
{
    for (size_t p = 0; p < division->plans.count; p++)
        for (size_t i = 0; i < project->group_count; i++) {
            const struct group *group = plan_group(division->plans.entries[p].value, project->groups[i]);
            if (group != NULL && group_milestone(group, milestone) >= 0)
                return true;
        }
    return false;
}

static enum rc check_milestone(const struct registry *registry, const struct update *update, day_number today,
                               struct reason *out_reason)
{
    const struct milestone_reached *reached = &update->reached;
    const struct registered_project *registered = registry_project(registry, update->division, reached->project);
    if (registered == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", reached->project);
    if (!has_milestone(known_division(registry, update->division), registered->project, reached->milestone))
        return reason_set(out_reason, REASON_UNKNOWN_MILESTONE, "milestone", "%s", reached->milestone);
    if (registered->state == PROJECT_CANCELLED)
        return reason_set(out_reason, REASON_WRONG_STATE, "project", "%s", reached->project);
    if (reached->reached_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "reached_on", "%s", "");
    return RC_OK;
}

static enum rc check_change(const struct registry *registry, const struct update *update, struct reason *out_reason)
{
    const struct registered_project *registered = registry_project(registry, update->division, update->project);
    if (registered == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_PROJECT, "project", "%s", update->project);
    bool allowed = update->kind == UPDATE_PROJECT_RESUMED     ? registered->state == PROJECT_SUSPENDED
                   : update->kind == UPDATE_PROJECT_SUSPENDED ? registered->state == PROJECT_ACTIVE
                                                              : registered->state != PROJECT_CANCELLED;
    return allowed ? RC_OK : reason_set(out_reason, REASON_WRONG_STATE, "project", "%s", update->project);
}

enum rc registry_check(const struct registry *registry, const struct update *update, day_number today,
                       struct reason *out_reason)
{
    if (update->kind == UPDATE_PLAN_PUBLISHED)
        return check_plan(registry, update->plan, out_reason);
    if (known_division(registry, update->division) == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_DIVISION, "division", "%s", update->division);
    switch (update->kind) {
    case UPDATE_PROJECT_REGISTERED:
        return check_registration(registry, update, out_reason);
    case UPDATE_MEASUREMENT_REPORTED:
        return check_measurement(registry, update, today, out_reason);
    case UPDATE_MILESTONE_REACHED:
        return check_milestone(registry, update, today, out_reason);
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        return check_change(registry, update, out_reason);
    case UPDATE_WITHDRAWN:
    case UPDATE_PLAN_PUBLISHED:
        break;
    }
    return RC_OK;
}

const struct plan *registry_plan(const struct registry *registry, const char *division, uint32_t year)
{
    const struct division *known = known_division(registry, division);
    char key[16];
    snprintf(key, sizeof key, "%04u", year);
    return known == NULL ? NULL : map_get(&known->plans, key);
}

size_t registry_plans(const struct registry *registry, const char *division, const struct plan **out_plans, size_t max)
{
    const struct division *known = known_division(registry, division);
    size_t count = 0;
    for (; known != NULL && count < known->plans.count && count < max; count++)
        out_plans[count] = known->plans.entries[count].value;
    return count;
}

const struct measure *registry_measure(const struct registry *registry, const char *division, const char *id)
{
    const struct division *known = known_division(registry, division);
    const struct measure *measure = NULL;
    for (size_t p = known == NULL ? 0 : known->plans.count; measure == NULL && p-- > 0;)
        measure = plan_measure(known->plans.entries[p].value, id);
    return measure;
}

const struct registered_project *registry_project(const struct registry *registry, const char *division, const char *id)
{
    const struct division *known = known_division(registry, division);
    return known == NULL ? NULL : map_get(&known->projects, id);
}

const struct map *registry_projects(const struct registry *registry, const char *division)
{
    static const struct map none = {0};
    const struct division *known = known_division(registry, division);
    return known == NULL ? &none : &known->projects;
}
