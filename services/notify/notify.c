#include "notify/notify.h"

#include "notify/outbox.h"
#include "notify/promise.h"
#include "notify/watch.h"
#include "notify/works.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for all deadlines ever known and their texts; touched only as far as it is used. */
#define NOTIFY_BYTES ((size_t)4 << 30)

/* Plans of one division: a plan year is from 1990 to 2099. */
#define PLANS_MAX 110

struct notify {
    struct arena *arena;
    struct registry *registry;
    struct map watches; /* "division/year/id" → struct watch, which is also the order of alerts at one instant */
    struct works *works;
    struct outbox *outbox;
    int64_t now_us;  /* up to here everything is decided */
    int64_t next_us; /* the passing of time changes nothing before this instant */
    uint64_t round;  /* of comparing what is promised with what is watched */
};

struct plans {
    const struct plan *list[PLANS_MAX];
    size_t count;
};

struct notify *notify_new(void)
{
    struct notify *notify = calloc(1, sizeof *notify);
    REQUIRE(notify != NULL);
    notify->arena = arena_new(NOTIFY_BYTES);
    REQUIRE(notify->arena != NULL);
    notify->registry = registry_new();
    notify->works = works_new(notify->arena);
    notify->outbox = outbox_new();
    notify->next_us = WATCH_NEVER;
    return notify;
}

void notify_free(struct notify **notify)
{
    if (*notify == NULL)
        return;
    for (size_t i = 0; i < (*notify)->watches.count; i++)
        watch_done((*notify)->watches.entries[i].value);
    map_done(&(*notify)->watches);
    works_free(&(*notify)->works);
    outbox_free(&(*notify)->outbox);
    registry_free(&(*notify)->registry);
    arena_free(&(*notify)->arena);
    free(*notify);
    *notify = NULL;
}

/* Decides what falls on the next instant, and looks for the one after it. */
static void run_next_instant(struct notify *notify)
{
    notify->now_us = notify->next_us;
    notify->next_us = WATCH_NEVER;
    for (size_t i = 0; i < notify->watches.count; i++) {
        struct watch *watch = notify->watches.entries[i].value;
        if (watch->wake_us <= notify->now_us) {
            watch_run(watch, notify->now_us, notify->outbox);
            watch->wake_us = watch_wake_us(watch, notify->now_us);
        }
        if (watch->wake_us < notify->next_us)
            notify->next_us = watch->wake_us;
    }
}

/* Passes time up to and including an instant. When the clock went back, it stays now until time has caught up. */
static void pass(struct notify *notify, int64_t until_us)
{
    while (notify->next_us <= until_us)
        run_next_instant(notify);
    if (until_us > notify->now_us)
        notify->now_us = until_us;
}

/* Looks at a deadline again after what is promised or known about it has changed. */
static void look_again(struct notify *notify, struct watch *watch)
{
    watch_settle(watch, notify->now_us, notify->outbox);
    watch->wake_us = watch_wake_us(watch, notify->now_us);
    if (watch->wake_us < notify->next_us)
        notify->next_us = watch->wake_us;
}

static const char *copy(struct notify *notify, const char *text)
{
    const char *kept = arena_copy(notify->arena, text);
    REQUIRE(kept != NULL);
    return kept;
}

/* The deadline's, which is made when it is new. */
static struct watch *watch_for(struct notify *notify, const char *division, uint32_t year, const char *id)
{
    char key[PROMISE_ID_BYTES + 32];
    int length = snprintf(key, sizeof key, "%s/%04u/%s", division, year, id);
    REQUIRE(length > 0 && (size_t)length < sizeof key);
    struct watch *watch = map_get(&notify->watches, key);
    if (watch == NULL) {
        watch = arena_alloc(notify->arena, sizeof *watch);
        REQUIRE(watch != NULL);
        watch->key = copy(notify, key);
        watch->division = copy(notify, division);
        watch->wake_us = WATCH_NEVER;
        map_put(&notify->watches, watch->key, watch);
    }
    return watch;
}

/* Copies a text only when it differs from the one kept before, so that repeated revisions cost no memory. Nothing is
 * freed: alerts that wait to be handed over may still use the old one. */
static void keep(struct notify *notify, const char *before, const char **text)
{
    *text = before != NULL && strcmp(before, *text) == 0 ? before : copy(notify, *text);
}

static struct watch *renew(struct notify *notify, const char *division, struct promise promise, bool suspended)
{
    struct watch *watch = watch_for(notify, division, promise.year, promise.id);
    const struct promise *before = &watch->promise;
    keep(notify, before->id, &promise.id);
    keep(notify, before->unit, &promise.unit);
    keep(notify, before->project, &promise.project);
    keep(notify, before->milestone, &promise.milestone);
    keep(notify, before->name_zh, &promise.name_zh);
    keep(notify, before->name_en, &promise.name_en);
    keep(notify, before->milestone_zh, &promise.milestone_zh);
    keep(notify, before->milestone_en, &promise.milestone_en);
    watch_promise(watch, &promise, suspended, notify->now_us, notify->outbox);
    watch->seen = notify->round;
    return watch;
}

/* Withdraws a deadline that this round did not find promised. */
static void sweep(struct notify *notify, struct watch *watch, enum cause cause)
{
    if (!watch->wanted || watch->seen == notify->round)
        return;
    watch_withdraw(watch, cause, notify->now_us, notify->outbox);
    look_again(notify, watch);
}

static struct plans plans_of(const struct notify *notify, const char *division)
{
    struct plans plans;
    plans.count = registry_plans(notify->registry, division, plans.list, PLANS_MAX);
    return plans;
}

/* The day on which the project reached a milestone, by the earliest report that stands. */
static bool milestone_reached(const struct plans *plans, const struct work *work, const struct project *project,
                              const char *milestone, day_number *out_day)
{
    bool reached = false;
    for (size_t i = 0; i < work->report_count; i++) {
        const struct report *report = &work->reports[i];
        if (report->withdrawn || (reached && report->reached_on >= *out_day) ||
            !promise_implied(plans->list, plans->count, project, report->milestone, milestone))
            continue;
        reached = true;
        *out_day = report->reached_on;
    }
    return reached;
}

static void look_at_work(struct notify *notify, const struct work *work)
{
    const struct registered_project *registered = registry_project(notify->registry, work->division, work->project);
    if (registered == NULL)
        return;
    struct plans plans = plans_of(notify, work->division);
    for (size_t i = 0; i < work->watch_count; i++) {
        struct watch *watch = work->watches[i];
        watch->known = watch->reached =
            milestone_reached(&plans, work, registered->project, watch->promise.milestone, &watch->observed_on);
        look_again(notify, watch);
    }
}

static void renew_project(struct notify *notify, const char *division, const struct registered_project *registered)
{
    const struct project *project = registered->project;
    struct work *work = works_get(notify->works, division, project->id);
    struct plans plans = plans_of(notify, division);
    bool cancelled = registered->state == PROJECT_CANCELLED;
    notify->round++;
    for (size_t i = 0; !cancelled && plans.count > 0 && i < project->deadline_count; i++) {
        char id[PROMISE_ID_BYTES];
        struct promise promise = promise_of_milestone(plans.list, plans.count, project, &project->deadlines[i], id);
        work_watch(work, renew(notify, division, promise, registered->state == PROJECT_SUSPENDED));
    }
    for (size_t i = 0; i < work->watch_count; i++)
        sweep(notify, work->watches[i], cancelled ? CAUSE_CANCELLED : CAUSE_DROPPED);
    look_at_work(notify, work);
}

static void project_changed(struct notify *notify, const char *division, const char *project)
{
    const struct registered_project *registered = registry_project(notify->registry, division, project);
    if (registered != NULL)
        renew_project(notify, division, registered);
}

static bool is_commitment_of(const struct watch *watch, const char *division, uint32_t year)
{
    return watch->wanted && watch->promise.year == year && *watch->promise.project == '\0' &&
           strcmp(watch->division, division) == 0;
}

static void renew_commitments(struct notify *notify, const struct plan *plan)
{
    notify->round++;
    for (size_t i = 0; i < plan->commitment_count; i++)
        look_again(notify, renew(notify, plan->division, promise_of_commitment(plan, &plan->commitments[i]), false));
    for (size_t i = 0; i < notify->watches.count; i++) {
        struct watch *watch = notify->watches.entries[i].value;
        if (is_commitment_of(watch, plan->division, plan->year))
            sweep(notify, watch, CAUSE_DROPPED);
    }
}

/* A plan also says which groups, names and rules hold for every project of the division. */
static void plan_published(struct notify *notify, const struct plan *published)
{
    const struct plan *plan = registry_plan(notify->registry, published->division, published->year);
    if (plan == NULL)
        return;
    renew_commitments(notify, plan);
    const struct map *projects = registry_projects(notify->registry, plan->division);
    for (size_t i = 0; i < projects->count; i++)
        renew_project(notify, plan->division, projects->entries[i].value);
}

static void withdrawn(struct notify *notify, uint64_t sequence)
{
    const struct work *work = works_withdraw(notify->works, sequence);
    if (work != NULL)
        look_at_work(notify, work);
}

void notify_update(struct notify *notify, const struct update *update)
{
    pass(notify, update->received_us);
    if (registry_concerns(update->kind))
        registry_apply(notify->registry, update);
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        plan_published(notify, update->plan);
        break;
    case UPDATE_PROJECT_REGISTERED:
        project_changed(notify, update->division, update->registered->id);
        break;
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        project_changed(notify, update->division, update->project);
        break;
    case UPDATE_MILESTONE_REACHED:
        look_at_work(notify, works_report(notify->works, update));
        break;
    case UPDATE_WITHDRAWN:
        withdrawn(notify, update->withdrawal.sequence);
        break;
    case UPDATE_MEASUREMENT_REPORTED: /* metrics says what it means */
    case UPDATE_TARGET_ADJUSTED:
    case UPDATE_EXTENSION_REQUESTED:
    case UPDATE_EXTENSION_DECIDED:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
}

void notify_standing(struct notify *notify, int64_t at_us, const struct standing *standing)
{
    pass(notify, at_us);
    struct watch *watch = watch_for(notify, standing->division, standing->year, standing->indicator);
    watch->known = standing->known;
    watch->reached = standing->reached;
    watch->value = standing->known ? standing->value : decimal_whole(0);
    watch->observed_on = standing->observed_on;
    watch->promise.target = standing->target;
    if (!standing->retired)
        look_again(notify, watch);
}

void notify_advance(struct notify *notify, int64_t until_us)
{
    pass(notify, until_us);
}

void notify_drain(struct notify *notify, int64_t now_us, int64_t grace_us, notify_emit_fn *emit, void *context)
{
    outbox_drain(notify->outbox, now_us, grace_us, emit, context);
}

void notify_deadlines(const struct notify *notify, notify_deadline_fn *answer, void *context)
{
    for (size_t i = 0; i < notify->watches.count; i++) {
        const struct watch *watch = notify->watches.entries[i].value;
        if (watch->version == 0)
            continue;
        struct deadline deadline = watch_state(watch, notify->now_us);
        answer(context, &deadline);
    }
}
