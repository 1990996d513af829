#include "notify/watch.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

void watch_done(struct watch *watch)
{
    free(watch->marks);
    watch->marks = NULL;
    watch->mark_count = watch->mark_capacity = 0;
}

/* Phase, occurrence, level and the rest are the caller's to add. */
static struct decision decision_about(const struct watch *watch, int64_t at_us)
{
    const struct promise *promise = &watch->promise;
    bool of_commitment = *promise->project == '\0';
    return (struct decision){
        .key = watch->key,
        .promise = *promise,
        .alert =
            {
                .at_us = at_us,
                .division = watch->division,
                .year = promise->year,
                .deadline = promise->id,
                .version = watch->version,
                .unit = promise->unit,
                .supervising_unit = promise->supervising_unit,
                .recipient = promise->unit,
                .commitment = promise->commitment,
                .project = promise->project,
                .milestone = promise->milestone,
                .due = promise->due,
                .days_left = promise->due - day_of_instant(at_us),
                .value_known = of_commitment && watch->known,
                .value = watch->value,
                .target = promise->target,
                .value_unit = promise->value_unit,
            },
    };
}

static void decide(struct watch *watch, const struct decision *decision, struct outbox *outbox)
{
    watch->marks = array_grow(watch->marks, watch->mark_count, &watch->mark_capacity, sizeof *watch->marks);
    watch->marks[watch->mark_count++] = (struct mark){decision->alert.phase, decision->alert.occurrence};
    outbox_add(outbox, decision);
}

static bool decided(const struct watch *watch, enum phase phase, uint32_t occurrence)
{
    for (size_t i = watch->mark_count; i-- > 0;)
        if (watch->marks[i].phase == phase && watch->marks[i].occurrence == occurrence)
            return true;
    return false;
}

/* Takes back the alerts of this version; nobody needs to hear of it when there were none. */
static void take_back(struct watch *watch, struct withdrawal_cause why, int64_t at_us, struct outbox *outbox)
{
    if (watch->mark_count == 0)
        return;
    struct decision decision = decision_about(watch, at_us);
    decision.alert.phase = PHASE_WITHDRAWN;
    decision.why = why;
    decision.taken_back = watch->marks;
    decision.taken_back_count = watch->mark_count;
    watch->marks = NULL;
    watch->mark_count = watch->mark_capacity = 0;
    outbox_add(outbox, &decision);
}

static void begin_version(struct watch *watch)
{
    watch->version++;
    watch->wanted = true;
    watch->met = false;
    watch->mark_count = 0;
}

void watch_promise(struct watch *watch, const struct promise *promise, bool suspended, int64_t at_us,
                   struct outbox *outbox)
{
    bool moved = watch->wanted && watch->promise.due != promise->due;
    if (moved)
        take_back(watch, (struct withdrawal_cause){CAUSE_MOVED, promise->due}, at_us, outbox);
    if (moved || !watch->wanted)
        begin_version(watch);
    watch->promise = *promise;
    watch->suspended = suspended;
}

void watch_withdraw(struct watch *watch, enum cause cause, int64_t at_us, struct outbox *outbox)
{
    if (!watch->met)
        take_back(watch, (struct withdrawal_cause){.cause = cause}, at_us, outbox);
    watch->wanted = false;
}

/* A floor that holds now says nothing yet: whether it held is known when its last day is over. */
static bool is_met(const struct watch *watch, int64_t at_us)
{
    bool in_time_to_tell = watch->promise.hold != HOLD_ALL_YEAR || at_us >= schedule_end_us(watch->promise.due);
    return watch->known && watch->reached && in_time_to_tell;
}

static uint32_t count_met(const struct watch *watch)
{
    uint32_t count = 0;
    for (size_t i = 0; i < watch->mark_count; i++)
        count += watch->marks[i].phase == PHASE_MET;
    return count;
}

/* Good news interests those who were warned. */
static void announce_met(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    if (watch->mark_count == 0)
        return;
    struct decision decision = decision_about(watch, at_us);
    day_number days_late = watch->observed_on - watch->promise.due;
    decision.alert.phase = PHASE_MET;
    decision.alert.occurrence = count_met(watch) + 1;
    decision.alert.days_late = days_late > 0 ? (uint32_t)days_late : 0;
    decide(watch, &decision, outbox);
}

void watch_settle(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    if (!watch->wanted || watch->suspended)
        return;
    bool met_before = watch->met;
    watch->met = is_met(watch, at_us);
    if (watch->met && !met_before)
        announce_met(watch, at_us, outbox);
}

static bool at_rest(const struct watch *watch)
{
    return !watch->wanted || watch->suspended || watch->met;
}

/* A floor that holds needs no reminder, only a look when its last day is over. */
static bool holds(const struct watch *watch)
{
    return watch->promise.hold == HOLD_ALL_YEAR && watch->known && watch->reached;
}

/* The next alert that was not decided already: a revision may put the hour of an alert back after it was sent. */
static struct step next_step(const struct watch *watch, int64_t after_us)
{
    struct step step = schedule_next(watch->promise.rules, watch->promise.due, after_us);
    while (decided(watch, step.phase, step.occurrence))
        step = schedule_next(watch->promise.rules, watch->promise.due, step.at_us);
    return step;
}

void watch_run(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    watch_settle(watch, at_us, outbox);
    if (at_rest(watch) || holds(watch))
        return;
    struct step step = next_step(watch, at_us - 1);
    if (step.at_us != at_us)
        return;
    struct decision decision = decision_about(watch, at_us);
    decision.alert.phase = step.phase;
    decision.alert.occurrence = step.occurrence;
    decision.alert.level = step.level;
    decide(watch, &decision, outbox);
}

int64_t watch_wake_us(const struct watch *watch, int64_t after_us)
{
    if (at_rest(watch))
        return WATCH_NEVER;
    if (holds(watch))
        return schedule_end_us(watch->promise.due);
    return next_step(watch, after_us).at_us;
}

static enum deadline_state state_at(const struct watch *watch, int64_t at_us)
{
    if (!watch->wanted)
        return DEADLINE_WITHDRAWN;
    if (watch->met)
        return DEADLINE_MET;
    if (watch->suspended)
        return DEADLINE_SUSPENDED;
    return at_us >= schedule_end_us(watch->promise.due) ? DEADLINE_OVERDUE : DEADLINE_OPEN;
}

struct deadline watch_state(const struct watch *watch, int64_t at_us)
{
    bool has_next = !at_rest(watch) && !holds(watch);
    return (struct deadline){
        .division = watch->division,
        .year = watch->promise.year,
        .id = watch->promise.id,
        .version = watch->version,
        .unit = watch->promise.unit,
        .commitment = watch->promise.commitment,
        .due = watch->promise.due,
        .state = state_at(watch, at_us),
        .has_next = has_next,
        .next_us = has_next ? next_step(watch, at_us).at_us : 0,
    };
}
