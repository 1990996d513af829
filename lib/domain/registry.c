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

static const char *keep_text(struct arena *arena, const char *text)
{
    return arena_must(arena_copy(arena, text));
}

static struct division *known_division(const struct registry *registry, const char *code)
{
    return map_get(&registry->divisions, code);
}

static struct division *division_for(struct registry *registry, const char *code)
{
    struct division *division = known_division(registry, code);
    if (division == NULL) {
        division = arena_must(arena_alloc(registry->arena, sizeof *division));
        map_put(&registry->divisions, keep_text(registry->arena, code), division);
    }
    return division;
}

static void set_project(struct registry *registry, struct division *division, const struct project *project,
                        enum project_state state, uint64_t sequence)
{
    struct registered_project *registered = arena_must(arena_alloc(registry->arena, sizeof *registered));
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
    const struct plan *plan = plan_copy(update->plan, registry->arena);
    struct division *division = division_for(registry, plan->division);
    struct published *published = arena_must(arena_alloc(registry->arena, sizeof *published));
    *published = (struct published){plan, update->sequence, published_plan(division, plan->year)};
    end_changes(division, published->before == NULL ? NULL : published->before->plan, plan, update->sequence);
    const char *year = arena_must(arena_printf(registry->arena, "%04u", plan->year));
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
    struct change *added = arena_must(arena_alloc(registry->arena, sizeof *added));
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
    struct extension *extension = arena_must(arena_alloc(registry->arena, sizeof *extension));
    *extension = (struct extension){.year = update->request.year,
                                    .commitment = keep_text(registry->arena, update->request.commitment),
                                    .reason = keep_text(registry->arena, update->request.reason),
                                    .due = update->request.due};
    const char *key = arena_must(arena_printf(registry->arena, "%s\n%s", update->source, update->id));
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
