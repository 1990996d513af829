#include "notify/notify.h"

#include "notify/works.h"

#include "base/ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for all deadlines ever known and their texts; touched only as far as it is used. */
#define NOTIFY_BYTES ((size_t)4 << 30)

struct notify {
    struct arena *arena;
    struct registry *registry;
    struct map watches;  /* "division/year/id" → struct watch, which is also the order of alerts at one instant */
    struct map hearings; /* "division/measure" → struct hearing */
    struct works *works;
    struct mornings mornings;
    struct desks *desks;
    struct outbox *outbox;
    struct map requests; /* for extensions → struct desk of the unit that asked */
    int64_t now_us;      /* up to here everything is decided */
    int64_t next_us;     /* the passing of time changes nothing before this instant */
    uint64_t signed_at;  /* sequence of the last signature */
    uint64_t round;      /* of comparing what is promised with what is watched */
};

struct plans {
    const struct plan *list[REGISTRY_PLANS_MAX];
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
    notify->mornings = mornings_on(notify->arena);
    notify->desks = desks_new(notify->registry, &notify->mornings, notify->arena);
    notify->outbox = outbox_new(notify->desks, notify->arena);
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
    for (size_t i = 0; i < (*notify)->hearings.count; i++)
        free(((struct hearing *)(*notify)->hearings.entries[i].value)->watches);
    map_done(&(*notify)->hearings);
    works_free(&(*notify)->works);
    outbox_free(&(*notify)->outbox);
    map_done(&(*notify)->requests);
    desks_free(&(*notify)->desks);
    mornings_done(&(*notify)->mornings);
    registry_free(&(*notify)->registry);
    arena_free(&(*notify)->arena);
    free(*notify);
    *notify = NULL;
}

/* Digests are due on the next morning, when anything lies on a desk. */
static void await_digests(struct notify *notify)
{
    int64_t digest_us = desks_next_us(notify->desks, notify->now_us);
    if (digest_us < notify->next_us)
        notify->next_us = digest_us;
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
    outbox_digest(notify->outbox, notify->now_us);
    await_digests(notify);
}

/* Passes time up to and including an instant. When the clock went back, it stays now until time has caught up. */
static void pass(struct notify *notify, int64_t until_us)
{
    while (notify->next_us <= until_us)
        run_next_instant(notify);
    if (until_us > notify->now_us)
        notify->now_us = until_us;
}

/* The passing of time may change something at another instant than before. */
static void wake_anew(struct notify *notify, struct watch *watch)
{
    watch->wake_us = watch_wake_us(watch, notify->now_us);
    if (watch->wake_us < notify->next_us)
        notify->next_us = watch->wake_us;
}

/* Looks at a deadline again after what is promised or known about it has changed. */
static void look_again(struct notify *notify, struct watch *watch)
{
    watch_settle(watch, notify->now_us, notify->outbox);
    wake_anew(notify, watch);
}

static const char *copy(struct notify *notify, const char *text)
{
    return arena_must(arena_copy(notify->arena, text));
}

/* The deadline's, which is made when it is new. */
static struct watch *watch_for(struct notify *notify, const char *division, uint32_t year, const char *id)
{
    char key[PROMISE_ID_BYTES + 32];
    int length = snprintf(key, sizeof key, "%s/%04u/%s", division, year, id);
    REQUIRE(length > 0 && (size_t)length < sizeof key);
    struct watch *watch = map_get(&notify->watches, key);
    if (watch == NULL) {
        watch = arena_must(arena_alloc(notify->arena, sizeof *watch));
        watch->key = copy(notify, key);
        watch->division = copy(notify, division);
        watch->wake_us = WATCH_NEVER;
        map_put(&notify->watches, watch->key, watch);
    }
    return watch;
}

static struct watch *renew(struct notify *notify, const char *division, struct promise promise, bool suspended)
{
    struct watch *watch = watch_for(notify, division, promise.year, promise.id);
    promise.id = watch->key + strlen(division) + strlen("/2020/"); /* lives as long as the watch */
    promise.morning_past = mornings_past(&notify->mornings, division, promise.plan->year);
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
    plans.count = registry_plans(notify->registry, division, plans.list, REGISTRY_PLANS_MAX);
    return plans;
}

/* Whether the project reached a milestone; then the day and the kind of the earliest report that counts are known. */
static bool milestone_reached(const struct plans *plans, const struct work *work, const struct project *project,
                              const char *milestone, struct knowledge *knowledge)
{
    bool reached = false;
    for (size_t i = 0; i < work->report_count; i++) {
        const struct report *report = &work->reports[i];
        if (!work_report_counts(work, i) || (reached && report->reached_on >= knowledge->observed_on) ||
            !promise_implied(plans->list, plans->count, project, report->milestone, milestone))
            continue;
        reached = true;
        knowledge->observed_on = report->reached_on;
        knowledge->simulated = report->simulated;
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
        watch->now.known = watch->now.reached =
            milestone_reached(&plans, work, registered->project, watch->promise.milestone, &watch->now);
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

static struct hearing *hearing_of(struct notify *notify, const char *division, const char *measure)
{
    char key[PROMISE_ID_BYTES];
    int length = snprintf(key, sizeof key, "%s/%s", division, measure);
    REQUIRE(length > 0 && (size_t)length < sizeof key);
    struct hearing *hearing = map_get(&notify->hearings, key);
    if (hearing == NULL) {
        hearing = arena_must(arena_alloc(notify->arena, sizeof *hearing));
        map_put(&notify->hearings, copy(notify, key), hearing);
    }
    return hearing;
}

static void be_told(struct hearing *hearing, struct watch *watch)
{
    for (size_t i = 0; i < hearing->watch_count; i++)
        if (hearing->watches[i] == watch)
            return;
    hearing->watches =
        array_grow(hearing->watches, hearing->watch_count, &hearing->watch_capacity, sizeof *hearing->watches);
    hearing->watches[hearing->watch_count++] = watch;
}

/* Adds a measure that is to be reported from time to time, once. */
static void listen_to(struct notify *notify, struct watch *watch, const char *id)
{
    const struct measure *measure = plan_measure(watch->promise.plan, id);
    struct silence *silence = &watch->silence;
    for (size_t i = 0; i < silence->count; i++)
        if (silence->ears[i].measure == measure)
            return;
    if (measure == NULL || measure->reporting_days == 0)
        return;
    struct hearing *hearing = hearing_of(notify, watch->division, id);
    be_told(hearing, watch);
    silence->ears = array_grow(silence->ears, silence->count, &silence->capacity, sizeof *silence->ears);
    silence->ears[silence->count++] = (struct ear){measure, hearing};
}

static void listen(struct notify *notify, struct watch *watch)
{
    const struct indicator *indicator = watch->promise.indicator;
    watch->silence.count = 0;
    for (size_t i = 0; i < indicator->numerator_count; i++)
        listen_to(notify, watch, indicator->numerator[i]);
    for (size_t i = 0; i < indicator->denominator_count; i++)
        listen_to(notify, watch, indicator->denominator[i]);
}

static void renew_commitment(struct notify *notify, const struct plan *plan, const struct commitment *commitment)
{
    struct promise promise = promise_of_commitment(notify->registry, plan, commitment, day_of_instant(notify->now_us));
    struct watch *watch = renew(notify, plan->division, promise, false);
    listen(notify, watch);
    look_again(notify, watch);
}

/* A revision of the plan may compute something else: what was known waits for the standing that follows. */
static void revise_commitment(struct notify *notify, const struct plan *plan, const struct commitment *commitment)
{
    struct watch *watch = watch_for(notify, plan->division, plan->year, commitment->id);
    watch->awaiting = watch->wanted;
    renew_commitment(notify, plan, commitment);
}

static void renew_commitments(struct notify *notify, const struct plan *plan)
{
    notify->round++;
    for (size_t i = 0; i < plan->commitment_count; i++)
        revise_commitment(notify, plan, &plan->commitments[i]);
    for (size_t i = 0; i < notify->watches.count; i++) {
        struct watch *watch = notify->watches.entries[i].value;
        if (is_commitment_of(watch, plan->division, plan->year))
            sweep(notify, watch, CAUSE_DROPPED);
    }
}

/* A plan also says which groups, names and rules hold for every project of the division. */
static void plan_published(struct notify *notify, const struct plan *published, uint64_t sequence)
{
    const struct plan *before = registry_plan_at(notify->registry, published->division, published->year, sequence - 1);
    mornings_published(&notify->mornings, published, before, notify->now_us);
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

/* A report was received, whatever it says. */
static void heard(struct notify *notify, const struct update *update)
{
    struct hearing *hearing = hearing_of(notify, update->division, update->measurement.measure);
    day_number today = day_of_instant(notify->now_us);
    bool again = hearing->day == today && hearing->sequence > notify->signed_at;
    hearing->day = today;
    hearing->sequence = update->sequence;
    if (again) /* of thousands on one day the first says everything */
        return;
    for (size_t i = 0; i < hearing->watch_count; i++)
        wake_anew(notify, hearing->watches[i]);
}

/* What was changed beside the plan. */
static void terms_changed(struct notify *notify, const char *division, uint32_t year, const char *id)
{
    const struct plan *plan = registry_plan(notify->registry, division, year);
    const struct commitment *commitment = plan == NULL ? NULL : plan_commitment(plan, id);
    if (commitment != NULL)
        renew_commitment(notify, plan, commitment);
}

/* Of all requests for extension, by division, source and id. */
static char *request_key(struct notify *notify, const char *division, const char *source, const char *id)
{
    return arena_must(arena_printf(notify->arena, "%s\n%s\n%s", division, source, id));
}

/* It is the unit's that leads the commitment now, whoever does when it is decided. */
static void extension_requested(struct notify *notify, const struct update *update)
{
    const struct plan *plan = registry_plan(notify->registry, update->division, update->request.year);
    const struct commitment *commitment = plan == NULL ? NULL : plan_commitment(plan, update->request.commitment);
    if (commitment == NULL)
        return;
    struct desk *desk = desks_get(notify->desks, update->division, plan->year, commitment->unit);
    desk->burden.extensions_requested++;
    desk->changed = true;
    map_put(&notify->requests, request_key(notify, update->division, update->source, update->id), desk);
}

static void count_decision(struct notify *notify, const struct update *update, bool granted)
{
    struct desk *desk =
        map_get(&notify->requests,
                request_key(notify, update->division, update->decision.request_source, update->decision.request_id));
    if (desk == NULL)
        return;
    desk = desks_get(notify->desks, desk->division, desk->year, desk->unit);
    desk->burden.extensions_granted += granted;
    desk->burden.extensions_refused += !granted;
    desk->changed = true;
}

static void extension_decided(struct notify *notify, const struct update *update)
{
    const struct extension *extension = registry_extension(
        notify->registry, update->division, update->decision.request_source, update->decision.request_id);
    if (extension == NULL)
        return;
    count_decision(notify, update, extension->granted);
    if (extension->granted)
        terms_changed(notify, update->division, extension->year, extension->commitment);
}

static void acknowledged(struct notify *notify, const struct update *update)
{
    notify->signed_at = update->sequence;
    struct letter *letter = outbox_letter(notify->outbox, update->acknowledgement.alert);
    if (letter == NULL)
        return;
    struct watch *watch = map_get(&notify->watches, letter->key);
    marks_sign(&watch->marks, update->acknowledgement.alert, update->sequence);
    if (letter->signed_by != NULL)
        return;
    letter->signed_by = copy(notify, update->acknowledgement.signed_by);
    letter->signed_at_us = update->received_us;
    struct desk *desk = desks_get(notify->desks, letter->division, letter->year, letter->recipient);
    desk->burden.alerts_signed++;
    desk->changed = true;
}

static void take_update(struct notify *notify, const struct update *update)
{
    if (registry_concerns(update->kind))
        registry_apply(notify->registry, update);
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED:
        plan_published(notify, update->plan, update->sequence);
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
        heard(notify, update);
        break;
    case UPDATE_TARGET_ADJUSTED:
        terms_changed(notify, update->division, update->adjustment.year, update->adjustment.commitment);
        break;
    case UPDATE_EXTENSION_REQUESTED:
        extension_requested(notify, update);
        break;
    case UPDATE_EXTENSION_DECIDED:
        extension_decided(notify, update);
        break;
    case UPDATE_ALERT_ACKNOWLEDGED:
        acknowledged(notify, update);
        break;
    }
}

void notify_update(struct notify *notify, const struct update *update)
{
    pass(notify, update->received_us);
    take_update(notify, update);
    if (desks_touched(notify->desks) || update->kind == UPDATE_PLAN_PUBLISHED) /* which may move the mornings */
        await_digests(notify);
}

static struct knowledge knowledge_of(const struct standing *standing)
{
    return (struct knowledge){
        .known = standing->known,
        .reached = standing->reached,
        .value = standing->value,
        .attainment = standing->attainment,
        .expected = standing->expected,
        .observed_on = standing->observed_on,
        .colour = standing->colour,
        .has_forecast = standing->has_forecast,
        .forecast = standing->forecast,
        .simulated = standing->simulated,
        .revision = standing->revision,
        .target = standing->target,
        .due = standing->due,
    };
}

void notify_standing(struct notify *notify, int64_t at_us, const struct standing *standing)
{
    pass(notify, at_us);
    struct watch *watch = watch_for(notify, standing->division, standing->year, standing->indicator);
    watch->now = knowledge_of(standing);
    if (standing->retired)
        return;
    watch->awaiting = false;
    look_again(notify, watch);
    if (desks_touched(notify->desks))
        await_digests(notify);
}

void notify_advance(struct notify *notify, int64_t until_us)
{
    pass(notify, until_us);
}

bool notify_drain(struct notify *notify, const struct notify_drain *drain)
{
    return outbox_drain(notify->outbox, drain);
}

bool notify_signature(const struct notify *notify, const char *alert_id, const char **out_signed_by, int64_t *out_at_us)
{
    const struct letter *letter = outbox_letter(notify->outbox, alert_id);
    if (letter == NULL || letter->signed_by == NULL)
        return false;
    *out_signed_by = letter->signed_by;
    *out_at_us = letter->signed_at_us;
    return true;
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

/* Counts the deadlines of a plan year, each for its unit. */
static void count_deadlines(const struct notify *notify, const struct plan *plan, const struct ids *rows)
{
    for (size_t i = 0; i < notify->watches.count; i++) {
        const struct watch *watch = notify->watches.entries[i].value;
        if (watch->version == 0 || watch->promise.year != plan->year || strcmp(watch->division, plan->division) != 0)
            continue;
        struct unit_row *row = ids_get(rows, watch->promise.unit);
        if (row == NULL)
            continue;
        enum deadline_state state = watch_state(watch, notify->now_us).state;
        row->open += state == DEADLINE_OPEN;
        row->overdue += state == DEADLINE_OVERDUE;
    }
}

static void answer_units(const struct notify *notify, const struct plan *plan, notify_unit_fn *answer, void *context)
{
    struct ids by_unit = {0};
    struct unit_row *rows = calloc(plan->unit_count, sizeof *rows);
    REQUIRE(rows != NULL);
    for (size_t i = 0; i < plan->unit_count; i++) {
        rows[i] = (struct unit_row){.division = plan->division, .year = plan->year, .unit = &plan->units[i]};
        const struct desk *desk = desks_find(notify->desks, plan->division, plan->year, plan->units[i].id);
        if (desk != NULL)
            rows[i].burden = desk->burden;
        ids_put(&by_unit, plan->units[i].id, &rows[i]);
    }
    count_deadlines(notify, plan, &by_unit);
    for (size_t i = 0; i < plan->unit_count; i++)
        answer(context, &rows[i]);
    ids_done(&by_unit);
    free(rows);
}

void notify_units(const struct notify *notify, notify_unit_fn *answer, void *context)
{
    for (size_t i = 0; i < registry_division_count(notify->registry); i++) {
        struct plans plans = plans_of(notify, registry_division(notify->registry, i));
        for (size_t j = 0; j < plans.count; j++)
            answer_units(notify, plans.list[j], answer, context);
    }
}
