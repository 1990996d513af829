#include "domain/registry.h"

#include "domain/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for all plans and projects ever known; touched only as far as it is used. */
#define REGISTRY_BYTES ((size_t)4 << 30)

/* A plan in one of its revisions. */
struct published {
    const struct plan *plan;
    uint64_t sequence;
    const struct published *before;
};

struct division {
    struct map plans;      /* "2020" → struct published, the newest */
    struct map projects;   /* id → struct registered_project, the newest */
    struct map changes;    /* "2020/commitment" → struct change, the last */
    struct map extensions; /* "source\nid" → struct extension */
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
        map_done(&division->changes);
        map_done(&division->extensions);
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

static void set_project(struct registry *registry, struct division *division, const struct project *project,
                        enum project_state state, uint64_t sequence)
{
    struct registered_project *registered = keep(registry->arena, sizeof *registered);
    *registered = (struct registered_project){project, state, sequence, map_get(&division->projects, project->id)};
    map_put(&division->projects, project->id, registered);
}

/* Takes a project that already lives in the registry's arena; its state stays. */
static void register_project(struct registry *registry, struct division *division, const struct project *project,
                             uint64_t sequence)
{
    const struct registered_project *known = map_get(&division->projects, project->id);
    set_project(registry, division, project, known == NULL ? PROJECT_ACTIVE : known->state, sequence);
}

static const struct published *published_plan(const struct division *division, uint32_t year)
{
    char key[16];
    snprintf(key, sizeof key, "%04u", year);
    return division == NULL ? NULL : map_get(&division->plans, key);
}

#define CHANGES_KEY_BYTES (16 + IDENTIFIER_MAX_BYTES)

static const char *changes_key(uint32_t year, const char *commitment, char out_key[CHANGES_KEY_BYTES])
{
    snprintf(out_key, CHANGES_KEY_BYTES, "%04u/%s", year, commitment);
    return out_key;
}

/* A revision that says something else about a commitment than the one before ends what was changed beside it. */
static void end_changes(struct division *division, const struct plan *before, const struct plan *after,
                        uint64_t sequence)
{
    for (size_t i = 0; before != NULL && i < before->commitment_count; i++) {
        const struct commitment *old = &before->commitments[i];
        char key[CHANGES_KEY_BYTES];
        struct change *change = map_get(&division->changes, changes_key(before->year, old->id, key));
        /* Hardly any commitment has changes: only for those it is worth walking the plan. */
        const struct commitment *new = change == NULL ? NULL : plan_commitment(after, old->id);
        for (; change != NULL; change = (struct change *)(uintptr_t)change->before) {
            bool kept = new != NULL &&
                        (change->of_target ? decimal_compare(old->target, new->target) == 0 : old->due == new->due);
            if (kept || change->ended)
                continue;
            change->ended = true;
            change->ended_by = sequence;
        }
    }
}

static void apply_plan(struct registry *registry, const struct update *update)
{
    const struct plan *plan = keep_plan(registry->arena, update->plan);
    struct division *division = division_for(registry, plan->division);
    struct published *published = keep(registry->arena, sizeof *published);
    *published = (struct published){plan, update->sequence, published_plan(division, plan->year)};
    end_changes(division, published->before == NULL ? NULL : published->before->plan, plan, update->sequence);
    const char *year = arena_printf(registry->arena, "%04u", plan->year);
    REQUIRE(year != NULL);
    map_put(&division->plans, year, published);
    for (size_t i = 0; i < plan->project_count; i++)
        register_project(registry, division, &plan->projects[i], update->sequence);
}

static void set_state(struct registry *registry, const struct update *update, enum project_state state)
{
    struct division *division = division_for(registry, update->division);
    const struct registered_project *registered = map_get(&division->projects, update->project);
    if (registered != NULL)
        set_project(registry, division, registered->project, state, update->sequence);
}

/* Puts a change, complete but for what comes from the update, in front of those before it. */
static void add_change(struct registry *registry, const struct update *update, uint32_t year, const char *commitment,
                       struct change change)
{
    struct division *division = division_for(registry, update->division);
    char key[CHANGES_KEY_BYTES];
    changes_key(year, commitment, key);
    struct change *added = keep(registry->arena, sizeof *added);
    *added = change;
    added->note = keep_text(registry->arena, change.note);
    added->source = keep_text(registry->arena, update->source);
    added->sequence = update->sequence;
    added->received_us = update->received_us;
    added->before = map_get(&division->changes, key);
    map_put(&division->changes, keep_text(registry->arena, key), added);
}

static void apply_adjustment(struct registry *registry, const struct update *update)
{
    const struct target_adjustment *adjustment = &update->adjustment;
    add_change(registry, update, adjustment->year, adjustment->commitment,
               (struct change){.of_target = true,
                               .target = adjustment->target,
                               .since = adjustment->decided_on,
                               .note = adjustment->decided_by});
}

static void apply_request(struct registry *registry, const struct update *update)
{
    struct extension *extension = keep(registry->arena, sizeof *extension);
    *extension = (struct extension){.year = update->request.year,
                                    .commitment = keep_text(registry->arena, update->request.commitment),
                                    .reason = keep_text(registry->arena, update->request.reason),
                                    .due = update->request.due};
    const char *key = arena_printf(registry->arena, "%s\n%s", update->source, update->id);
    REQUIRE(key != NULL);
    map_put(&division_for(registry, update->division)->extensions, key, extension);
}

static struct extension *find_extension(const struct registry *registry, const char *division, const char *source,
                                        const char *id);

static void apply_decision(struct registry *registry, const struct update *update)
{
    struct extension *extension =
        find_extension(registry, update->division, update->decision.request_source, update->decision.request_id);
    if (extension == NULL)
        return;
    extension->decided = true;
    extension->granted = update->decision.granted;
    if (extension->granted)
        add_change(registry, update, extension->year, extension->commitment,
                   (struct change){
                       .due = extension->due, .since = day_of_instant(update->received_us), .note = extension->reason});
}

void registry_apply(struct registry *registry, const struct update *update)
{
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        apply_plan(registry, update);
        break;
    case UPDATE_PROJECT_REGISTERED: {
        const struct project *project = project_copy(update->registered, registry->arena);
        REQUIRE(project != NULL);
        register_project(registry, division_for(registry, update->division), project, update->sequence);
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
    case UPDATE_TARGET_ADJUSTED:
        apply_adjustment(registry, update);
        break;
    case UPDATE_EXTENSION_REQUESTED:
        apply_request(registry, update);
        break;
    case UPDATE_EXTENSION_DECIDED:
        apply_decision(registry, update);
        break;
    case UPDATE_MEASUREMENT_REPORTED:
    case UPDATE_MILESTONE_REACHED:
    case UPDATE_WITHDRAWN:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
}

bool registry_concerns(enum update_kind kind)
{
    return kind != UPDATE_MEASUREMENT_REPORTED && kind != UPDATE_MILESTONE_REACHED && kind != UPDATE_WITHDRAWN &&
           kind != UPDATE_ALERT_ACKNOWLEDGED;
}

static const struct plan *newest_plan(const struct division *division, size_t year)
{
    return ((const struct published *)division->plans.entries[year].value)->plan;
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
        const struct plan *other = newest_plan(division, p);
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
        if (plan_check_project(newest_plan(division, p), update->registered, "", first_problem, &problem) == 0)
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
            const struct group *group = plan_group(newest_plan(division, p), project->groups[i]);
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

/* The commitment of a plan year, or null with the reason; `field` is the one that names it. */
static const struct commitment *find_commitment(const struct registry *registry, const char *division, uint32_t year,
                                                const char *id, const char *field, const struct plan **out_plan,
                                                struct reason *out_reason)
{
    *out_plan = registry_plan(registry, division, year);
    const struct commitment *commitment = *out_plan == NULL ? NULL : plan_commitment(*out_plan, id);
    if (commitment == NULL)
        (void)reason_set(out_reason, REASON_UNKNOWN_COMMITMENT, field, "%u %s", year, id);
    return commitment;
}

static enum rc check_adjustment(const struct registry *registry, const struct update *update, day_number today,
                                struct reason *out_reason)
{
    const struct target_adjustment *adjustment = &update->adjustment;
    const struct plan *plan;
    if (find_commitment(registry, update->division, adjustment->year, adjustment->commitment, "commitment", &plan,
                        out_reason) == NULL)
        return RC_REFUSED;
    if (adjustment->decided_on > today)
        return reason_set(out_reason, REASON_DAY_IN_FUTURE, "decided_on", "%s", "");
    return RC_OK;
}

/* A deadline only moves later. */
static enum rc check_later(const struct registry *registry, const struct plan *plan,
                           const struct commitment *commitment, day_number due, day_number today, const char *field,
                           struct reason *out_reason)
{
    char asked[DAY_TEXT_BYTES], in_force[DAY_TEXT_BYTES];
    struct terms terms = registry_terms(registry, plan, commitment, today, UINT64_MAX);
    if (due > terms.due)
        return RC_OK;
    return reason_set(out_reason, REASON_WRONG_ORDER, field, "%s ≤ %s", day_format(due, asked),
                      day_format(terms.due, in_force));
}

static enum rc check_request(const struct registry *registry, const struct update *update, day_number today,
                             struct reason *out_reason)
{
    const struct extension_request *request = &update->request;
    const struct plan *plan;
    const struct commitment *commitment = find_commitment(registry, update->division, request->year,
                                                          request->commitment, "commitment", &plan, out_reason);
    if (commitment == NULL)
        return RC_REFUSED;
    char in_force[DAY_TEXT_BYTES];
    struct terms terms = registry_terms(registry, plan, commitment, today, UINT64_MAX);
    if (today > terms.due)
        return reason_set(out_reason, REASON_DEADLINE_PASSED, "due", "%s", day_format(terms.due, in_force));
    return check_later(registry, plan, commitment, request->due, today, "due", out_reason);
}

static enum rc check_decision(const struct registry *registry, const struct update *update, day_number today,
                              struct reason *out_reason)
{
    const struct extension_decision *decision = &update->decision;
    const struct extension *extension =
        registry_extension(registry, update->division, decision->request_source, decision->request_id);
    if (extension == NULL)
        return reason_set(out_reason, REASON_UNKNOWN_EXTENSION, "request_id", "%s", decision->request_id);
    if (extension->decided)
        return reason_set(out_reason, REASON_WRONG_STATE, "request_id", "%s", decision->request_id);
    if (!decision->granted)
        return RC_OK;
    const struct plan *plan;
    const struct commitment *commitment = find_commitment(registry, update->division, extension->year,
                                                          extension->commitment, "request_id", &plan, out_reason);
    return commitment == NULL ? RC_REFUSED
                              : check_later(registry, plan, commitment, extension->due, today, "granted", out_reason);
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
    case UPDATE_TARGET_ADJUSTED:
        return check_adjustment(registry, update, today, out_reason);
    case UPDATE_EXTENSION_REQUESTED:
        return check_request(registry, update, today, out_reason);
    case UPDATE_EXTENSION_DECIDED:
        return check_decision(registry, update, today, out_reason);
    case UPDATE_WITHDRAWN:
    case UPDATE_ALERT_ACKNOWLEDGED:
    case UPDATE_PLAN_PUBLISHED:
        break;
    }
    return RC_OK;
}

size_t registry_division_count(const struct registry *registry)
{
    return registry->divisions.count;
}

const char *registry_division(const struct registry *registry, size_t index)
{
    return registry->divisions.entries[index].key;
}

const struct plan *registry_plan(const struct registry *registry, const char *division, uint32_t year)
{
    return registry_plan_at(registry, division, year, UINT64_MAX);
}

const struct plan *registry_plan_at(const struct registry *registry, const char *division, uint32_t year,
                                    uint64_t sequence)
{
    const struct published *published = published_plan(known_division(registry, division), year);
    while (published != NULL && published->sequence > sequence)
        published = published->before;
    return published == NULL ? NULL : published->plan;
}

size_t registry_plans(const struct registry *registry, const char *division, const struct plan **out_plans, size_t max)
{
    const struct division *known = known_division(registry, division);
    size_t count = 0;
    for (; known != NULL && count < known->plans.count && count < max; count++)
        out_plans[count] = newest_plan(known, count);
    return count;
}

const struct measure *registry_measure(const struct registry *registry, const char *division, const char *id)
{
    const struct division *known = known_division(registry, division);
    const struct measure *measure = NULL;
    for (size_t p = known == NULL ? 0 : known->plans.count; measure == NULL && p-- > 0;)
        measure = plan_measure(newest_plan(known, p), id);
    return measure;
}

const struct registered_project *registry_project(const struct registry *registry, const char *division, const char *id)
{
    const struct division *known = known_division(registry, division);
    return known == NULL ? NULL : map_get(&known->projects, id);
}

const struct registered_project *project_known_at(const struct registered_project *registered, uint64_t sequence)
{
    while (registered != NULL && registered->sequence > sequence)
        registered = registered->before;
    return registered;
}

/* Whether `change` takes the place of `held`, which is newer or null: of several adjustments the one decided last. */
static bool takes_place(const struct change *change, const struct change *held)
{
    return held == NULL || (change->of_target && change->since > held->since);
}

struct terms registry_terms(const struct registry *registry, const struct plan *plan,
                            const struct commitment *commitment, day_number day, uint64_t sequence)
{
    struct terms terms = {.approved_target = commitment->target,
                          .target = commitment->target,
                          .approved_due = commitment->due,
                          .due = commitment->due};
    const struct change *change = registry_changes(registry, plan->division, plan->year, commitment->id);
    for (; change != NULL; change = change->before) {
        bool ended = change->ended && change->ended_by <= sequence;
        const struct change **held = change->of_target ? &terms.adjustment : &terms.extension;
        if (!ended && change->sequence <= sequence && change->since <= day && takes_place(change, *held))
            *held = change;
    }
    if (terms.adjustment != NULL)
        terms.target = terms.adjustment->target;
    if (terms.extension != NULL)
        terms.due = terms.extension->due;
    return terms;
}

const struct change *registry_changes(const struct registry *registry, const char *division, uint32_t year,
                                      const char *commitment)
{
    const struct division *known = known_division(registry, division);
    char key[CHANGES_KEY_BYTES];
    return known == NULL ? NULL : map_get(&known->changes, changes_key(year, commitment, key));
}

static struct extension *find_extension(const struct registry *registry, const char *division, const char *source,
                                        const char *id)
{
    const struct division *known = known_division(registry, division);
    char key[SOURCE_MAX_BYTES + EVENT_ID_MAX_BYTES + 2];
    snprintf(key, sizeof key, "%s\n%s", source, id); /* neither can contain a line feed */
    return known == NULL ? NULL : map_get(&known->extensions, key);
}

const struct extension *registry_extension(const struct registry *registry, const char *division, const char *source,
                                           const char *id)
{
    return find_extension(registry, division, source, id);
}

const struct map *registry_projects(const struct registry *registry, const char *division)
{
    static const struct map none = {0};
    const struct division *known = known_division(registry, division);
    return known == NULL ? &none : &known->projects;
}
