#include "notify/watch.h"

#include "notify/mornings.h"

#include <string.h>

void watch_done(struct watch *watch)
{
    marks_done(&watch->marks);
    silence_done(&watch->silence);
}

static bool of_commitment(const struct watch *watch)
{
    return *watch->promise.project == '\0';
}

/* Recipient, phase, occurrence, level and the rest are the caller's to add. */
static struct decision decision_about(const struct watch *watch, int64_t at_us)
{
    const struct promise *promise = &watch->promise;
    return (struct decision){
        .key = watch->key,
        .promise = *promise,
        .knowledge = watch->now,
        .why = {.note = ""},
        .alert =
            {
                .at_us = at_us,
                .division = watch->division,
                .year = promise->year,
                .deadline = promise->id,
                .version = watch->version,
                .unit = promise->unit,
                .supervising_unit = promise->supervising_unit,
                .commitment = promise->commitment,
                .project = promise->project,
                .milestone = promise->milestone,
                .due = promise->due,
                .days_left = promise->due - day_of_instant(at_us),
                .value_known = of_commitment(watch) && watch->now.known,
                .value = watch->now.value,
                .target = promise->target,
                .value_unit = promise->value_unit,
                .simulated = watch->now.simulated,
            },
    };
}

static void decide(struct watch *watch, struct decision *decision, const char *recipient, struct outbox *outbox)
{
    decision->alert.recipient = recipient;
    const char *id = outbox_add(outbox, decision);
    if (id != NULL)
        marks_add(&watch->marks, (struct mark){decision->alert.phase, decision->alert.occurrence, recipient, id, 0});
}

/* Who signs for an overdue alert gets no more of them. */
static bool signed_off(const struct watch *watch, enum phase phase, const char *recipient)
{
    return phase == PHASE_OVERDUE && marks_signed_at(&watch->marks, phase, recipient) > 0;
}

/* Red goes to two. */
static void decide_by_level(struct watch *watch, struct decision *decision, struct outbox *outbox)
{
    const char *unit = watch->promise.unit, *supervising_unit = watch->promise.supervising_unit;
    if (!signed_off(watch, decision->alert.phase, unit))
        decide(watch, decision, unit, outbox);
    if (decision->alert.level == LEVEL_RED && strcmp(unit, supervising_unit) != 0 &&
        !signed_off(watch, decision->alert.phase, supervising_unit))
        decide(watch, decision, supervising_unit, outbox);
}

/* Lists the alerts that one recipient was sent since the last good news. */
static void list_taken_back(const struct watch *watch, const char *recipient, struct alert *alert,
                            struct outbox *outbox)
{
    const char **ids = outbox_keep(outbox, watch->marks.count * sizeof *ids);
    alert->withdrawn_count = 0;
    for (size_t i = 0; i < watch->marks.count; i++) {
        const struct mark *mark = &watch->marks.list[i];
        if (strcmp(mark->recipient, recipient) != 0)
            continue;
        if (mark->phase == PHASE_MET)
            alert->withdrawn_count = 0;
        else
            ids[alert->withdrawn_count++] = mark->id;
    }
    alert->withdrawn = ids;
}

/* Takes back the alerts of this version; nobody needs to hear of it when there were none. */
static void take_back(const struct watch *watch, struct withdrawal_cause why, int64_t at_us, struct outbox *outbox)
{
    struct decision decision = decision_about(watch, at_us);
    decision.alert.phase = PHASE_WITHDRAWN;
    decision.why = why;
    const char *recipient = NULL;
    while ((recipient = marks_next_recipient(&watch->marks, recipient)) != NULL) {
        list_taken_back(watch, recipient, &decision.alert, outbox);
        decision.alert.recipient = recipient;
        if (decision.alert.withdrawn_count > 0)
            (void)outbox_add(outbox, &decision);
    }
}

static void begin_version(struct watch *watch)
{
    watch->version++;
    watch->wanted = true;
    watch->met = watch->broken = false;
    watch->told = 0;
    watch->marks.count = 0;
}

/* What makes another version of one that is promised already. */
static struct withdrawal_cause difference(const struct promise *before, const struct promise *after)
{
    if (before->due != after->due && after->extension != NULL)
        return (struct withdrawal_cause){CAUSE_EXTENDED, after->due, {0}, after->extension->note};
    if (before->due != after->due)
        return (struct withdrawal_cause){CAUSE_MOVED, after->due, {0}, ""};
    if (decimal_compare(before->target, after->target) != 0)
        return (struct withdrawal_cause){CAUSE_TARGET, 0, after->target,
                                         after->adjustment == NULL ? "" : after->adjustment->note};
    if (before->comparison != after->comparison || before->hold != after->hold)
        return (struct withdrawal_cause){CAUSE_REDEFINED, 0, {0}, ""};
    return (struct withdrawal_cause){CAUSE_NONE, 0, {0}, ""};
}

static day_number later(day_number a, day_number b)
{
    return a > b ? a : b;
}

/* Terms that were changed and changed back within one transaction of ingest are those that the last standing was about:
 * then metrics has nothing to say. */
static bool was_told_of(const struct watch *watch)
{
    return watch->now.revision == watch->promise.plan->revision && watch->now.due == watch->promise.due &&
           decimal_compare(watch->now.target, watch->promise.target) == 0;
}

void watch_promise(struct watch *watch, const struct promise *promise, bool suspended, int64_t at_us,
                   struct outbox *outbox)
{
    struct withdrawal_cause why = {0};
    if (watch->wanted)
        why = difference(&watch->promise, promise);
    else
        watch->entered = day_of_instant(at_us);
    if (why.cause != CAUSE_NONE)
        take_back(watch, why, at_us, outbox);
    bool anew = why.cause != CAUSE_NONE || !watch->wanted;
    if (anew)
        begin_version(watch);
    watch->promise = *promise;
    watch->schedule = schedule_of(promise->rules, promise->due);
    watch->silence.since = later(watch->entered, promise->start - 1);
    watch->suspended = suspended;
    if (anew)
        watch->awaiting = watch->version > 1 && of_commitment(watch) && !was_told_of(watch);
}

void watch_withdraw(struct watch *watch, enum cause cause, int64_t at_us, struct outbox *outbox)
{
    take_back(watch, (struct withdrawal_cause){.cause = cause, .note = ""}, at_us, outbox);
    watch->wanted = false;
}

static bool holds_all_year(const struct watch *watch)
{
    return watch->promise.hold == HOLD_ALL_YEAR;
}

/* A floor that holds now says nothing yet: whether it held is known when its last day is over. */
static bool is_met(const struct watch *watch, int64_t at_us)
{
    bool in_time_to_tell = !holds_all_year(watch) || at_us >= schedule_end_us(watch->promise.due);
    return watch->now.known && watch->now.reached && in_time_to_tell;
}

/* Good news interests those who were warned. */
/* The next of a phase whose occurrences are counted as they come. */
static struct decision next_of(const struct watch *watch, enum phase phase, enum level level, int64_t at_us)
{
    struct decision decision = decision_about(watch, at_us);
    decision.alert.phase = phase;
    decision.alert.occurrence = marks_last_occurrence(&watch->marks, phase) + 1;
    decision.alert.level = level;
    return decision;
}

static void announce_met(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    struct decision decision = next_of(watch, PHASE_MET, LEVEL_NONE, at_us);
    day_number days_late = watch->now.observed_on - watch->promise.due;
    decision.alert.days_late = days_late > 0 ? (uint32_t)days_late : 0;
    const char *recipient = NULL;
    while ((recipient = marks_next_recipient(&watch->marks, recipient)) != NULL)
        decide(watch, &decision, recipient, outbox);
}

static void announce_breach(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    struct decision decision = next_of(watch, PHASE_BREACH, LEVEL_RED, at_us);
    decide_by_level(watch, &decision, outbox);
}

/* A floor or ceiling within its time: broken, or mended. While nothing is known it stays what it was. */
static void settle_breach(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    day_number day = day_of_instant(at_us);
    if (!holds_all_year(watch) || day < watch->promise.start || day > watch->promise.due)
        return;
    if (!watch->now.known || watch->broken != watch->now.reached)
        return;
    watch->broken = !watch->broken;
    if (watch->broken)
        announce_breach(watch, at_us, outbox);
    else
        announce_met(watch, at_us, outbox);
}

void watch_settle(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    if (!watch->wanted || watch->suspended || watch->awaiting)
        return;
    settle_breach(watch, at_us, outbox);
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
    return holds_all_year(watch) && watch->now.known && watch->now.reached && !watch->awaiting;
}

/* A morning that has been is not to come although its hour is: of the day of such a morning, the instant that it now
 * has counts as past. */
static int64_t past_us(const struct watch *watch, int64_t after_us)
{
    int64_t morning = morning_us(watch->promise.rules, watch->promise.morning_past);
    return morning > after_us ? morning : after_us;
}

/* The next alert that was not decided already: a revision may put the hour of an alert back after it was sent. */
static struct step next_step(const struct watch *watch, int64_t after_us)
{
    struct step step = schedule_next(&watch->schedule, past_us(watch, after_us));
    while (marks_have(&watch->marks, step.phase, step.occurrence))
        step = schedule_next(&watch->schedule, step.at_us);
    return step;
}

static void run_calendar(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    struct step step = next_step(watch, at_us - 1);
    if (holds(watch) || step.at_us != at_us)
        return;
    struct decision decision = decision_about(watch, at_us);
    decision.alert.phase = step.phase;
    decision.alert.occurrence = step.occurrence;
    decision.alert.level = step.level;
    decide_by_level(watch, &decision, outbox);
}

/* How far a goal is from being on its way: 2 when red, 1 when yellow or forecast to miss. A milestone has neither. */
static uint32_t trouble_of(const struct watch *watch)
{
    const struct knowledge *now = &watch->now;
    if (holds_all_year(watch) || !now->known || watch->awaiting)
        return 0;
    if (now->colour == COLOUR_RED)
        return 2;
    return now->colour == COLOUR_YELLOW || (now->has_forecast && now->forecast.misses) ? 1 : 0;
}

static void run_pace(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    uint32_t trouble = trouble_of(watch);
    bool worse = trouble > watch->told;
    watch->told = trouble;
    if (!worse || at_rest(watch))
        return;
    struct decision decision = next_of(watch, PHASE_PACE, trouble == 2 ? LEVEL_RED : LEVEL_YELLOW, at_us);
    decide_by_level(watch, &decision, outbox);
}

/* Whether the unit has signed for a silent alert, and nothing was heard since. */
static bool silence_signed(const struct watch *watch)
{
    uint64_t signed_at = marks_signed_at(&watch->marks, PHASE_SILENT, watch->promise.unit);
    return signed_at > silence_broken_at(&watch->silence);
}

/* The next day on whose morning a report is asked for; false when none is. */
static bool next_silent_day(const struct watch *watch, day_number from, day_number *out_day)
{
    return !silence_signed(watch) && silence_next_day(&watch->silence, from, out_day) && *out_day <= watch->promise.due;
}

static void run_silence(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    day_number today = day_of_instant(at_us), day;
    if (!next_silent_day(watch, today, &day) || day != today)
        return;
    const struct measure **measures = outbox_keep(outbox, watch->silence.count * sizeof *measures);
    size_t count = silence_measures(&watch->silence, today, measures);
    const char **ids = outbox_keep(outbox, count * sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = measures[i]->id;
    struct decision decision = next_of(watch, PHASE_SILENT, LEVEL_YELLOW, at_us);
    decision.alert.silent_measures = ids;
    decision.alert.silent_measure_count = count;
    decision.silent = measures;
    decide_by_level(watch, &decision, outbox);
}

/* Whether an instant is a morning on which pace and silence are looked at. */
static bool is_morning(const struct watch *watch, int64_t at_us)
{
    day_number day = day_of_instant(at_us);
    return watch->wanted && day > watch->promise.morning_past && at_us == morning_us(watch->promise.rules, day);
}

void watch_run(struct watch *watch, int64_t at_us, struct outbox *outbox)
{
    watch_settle(watch, at_us, outbox);
    if (!at_rest(watch))
        run_calendar(watch, at_us, outbox);
    if (!is_morning(watch, at_us))
        return;
    if (day_of_instant(at_us) < watch->promise.due)
        run_pace(watch, at_us, outbox);
    if (!at_rest(watch))
        run_silence(watch, at_us, outbox);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* When a floor or ceiling is looked at although nothing was said of it: on the first morning of its time, when whatever
 * that midnight has changed has been said, and when its time is over. */
static int64_t next_turn_us(const struct watch *watch, int64_t after_us)
{
    if (!holds_all_year(watch))
        return WATCH_NEVER;
    int64_t first_us = morning_us(watch->promise.rules, watch->promise.start);
    int64_t end_us = schedule_end_us(watch->promise.due);
    return first_us > past_us(watch, after_us) ? first_us : end_us > after_us ? end_us : WATCH_NEVER;
}

int64_t watch_wake_us(const struct watch *watch, int64_t after_us)
{
    if (!watch->wanted)
        return WATCH_NEVER;
    int64_t wake_us = next_turn_us(watch, after_us);
    day_number morning = morning_to_come(watch->promise.rules, watch->promise.morning_past, after_us), day;
    if (trouble_of(watch) != watch->told && morning < watch->promise.due)
        wake_us = earlier(wake_us, morning_us(watch->promise.rules, morning));
    if (at_rest(watch))
        return wake_us;
    if (next_silent_day(watch, morning, &day))
        wake_us = earlier(wake_us, morning_us(watch->promise.rules, day));
    return holds(watch) ? wake_us : earlier(wake_us, next_step(watch, after_us).at_us);
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

/* Of those in force and before. */
static uint32_t count_extensions(const struct watch *watch)
{
    uint32_t count = 0;
    for (const struct change *change = watch->promise.extension; change != NULL; change = change->before)
        count += !change->of_target && !change->ended;
    return count;
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
        .approved_due = watch->promise.approved_due,
        .extensions = count_extensions(watch),
        .state = state_at(watch, at_us),
        .has_next = has_next,
        .next_us = has_next ? next_step(watch, at_us).at_us : 0,
    };
}
