#include "metrics/metrics.h"

#include "metrics/evaluate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Address space for what is remembered of each commitment ever published. */
#define LIVE_BYTES ((size_t)1 << 30)

/* That a commitment was red in a calendar year: first on this day, when everything up to this update was known. */
struct red {
    int year;
    day_number day;
    uint64_t sequence;
    const struct red *before; /* of an earlier year; null at first */
};

/* One commitment through all revisions of its plan: a revision keeps what was emitted and when it was red. */
struct live_commitment {
    const struct plan *plan; /* the newest revision that has it */
    const struct commitment *commitment;
    bool retired;          /* the newest revision leaves it out */
    bool touched;          /* may stand elsewhere than it did */
    const struct red *red; /* the latest year in which it was; null when it never was */
    bool emitted;
    struct standing last; /* as emitted */
};

struct live_plan {
    const struct plan *plan;
    struct map commitments; /* id → struct live_commitment */
    bool touched;           /* one of them is */
};

struct live_division {
    struct map plans; /* "2020" → struct live_plan */
};

struct metrics {
    metrics_emit_fn *emit;
    void *context;
    struct registry *registry;
    struct reports *reports;
    struct arena *arena;
    struct map divisions; /* code → struct live_division */
    int64_t now_us;       /* up to here everything has been passed; the open batch was received then */
    bool batch_open;
    bool plan_known; /* from then on midnights matter */
    day_number next_midnight;
    uint64_t last_sequence;
};

struct metrics *metrics_new(metrics_emit_fn *emit, void *context)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    REQUIRE(metrics != NULL);
    *metrics = (struct metrics){
        .emit = emit,
        .context = context,
        .registry = registry_new(),
        .reports = reports_new(),
        .arena = arena_new(LIVE_BYTES),
        .now_us = INT64_MIN,
    };
    REQUIRE(metrics->arena != NULL);
    return metrics;
}

void metrics_free(struct metrics **metrics)
{
    if (*metrics == NULL)
        return;
    struct map *divisions = &(*metrics)->divisions;
    for (size_t i = 0; i < divisions->count; i++) {
        struct live_division *division = divisions->entries[i].value;
        for (size_t j = 0; j < division->plans.count; j++)
            map_done(&((struct live_plan *)division->plans.entries[j].value)->commitments);
        map_done(&division->plans);
    }
    map_done(divisions);
    arena_free(&(*metrics)->arena);
    reports_free(&(*metrics)->reports);
    registry_free(&(*metrics)->registry);
    free(*metrics);
    *metrics = NULL;
}

static void follow_plan(struct metrics *metrics, const struct plan *plan);
static void touch_concerned(struct metrics *metrics, const struct update *update);
static void touch_users(struct metrics *metrics, const struct line *line);

void metrics_apply(struct metrics *metrics, const struct update *update)
{
    if (update->received_us > metrics->now_us)
        metrics_advance(metrics, update->received_us);
    metrics->batch_open = true;
    metrics->last_sequence = update->sequence;
    registry_apply(metrics->registry, update);
    const struct line *line = reports_apply(metrics->reports, update);
    if (update->kind == UPDATE_PLAN_PUBLISHED)
        follow_plan(metrics, registry_plan(metrics->registry, update->plan->division, update->plan->year));
    touch_concerned(metrics, update);
    if (line != NULL)
        touch_users(metrics, line);
}

static struct live_plan *live_plan_for(struct metrics *metrics, const struct plan *plan)
{
    struct live_division *division = map_get(&metrics->divisions, plan->division);
    if (division == NULL) {
        division = arena_must(arena_alloc(metrics->arena, sizeof *division));
        map_put(&metrics->divisions, plan->division, division);
    }
    char *year = arena_must(arena_printf(metrics->arena, "%04u", plan->year));
    struct live_plan *live = map_get(&division->plans, year);
    if (live == NULL) {
        live = arena_must(arena_alloc(metrics->arena, sizeof *live));
        map_put(&division->plans, year, live);
    }
    return live;
}

static struct live_plan *find_live_plan(const struct metrics *metrics, const char *code, uint32_t year)
{
    const struct live_division *division = map_get(&metrics->divisions, code);
    char key[16];
    snprintf(key, sizeof key, "%04u", year);
    return division == NULL ? NULL : map_get(&division->plans, key);
}

static struct live_commitment *live_commitment_for(struct metrics *metrics, struct live_plan *live_plan, const char *id)
{
    struct live_commitment *live = map_get(&live_plan->commitments, id);
    if (live == NULL) {
        live = arena_must(arena_alloc(metrics->arena, sizeof *live));
        map_put(&live_plan->commitments, id, live);
    }
    return live;
}

/* Takes up a new plan or revision. What it leaves out is retired, and may come back in a later one. */
static void follow_plan(struct metrics *metrics, const struct plan *plan)
{
    if (!metrics->plan_known)
        metrics->next_midnight = day_of_instant(metrics->now_us) + 1;
    metrics->plan_known = true;

    struct live_plan *live_plan = live_plan_for(metrics, plan);
    live_plan->plan = plan;
    live_plan->touched = true;
    for (size_t i = 0; i < live_plan->commitments.count; i++) {
        struct live_commitment *live = live_plan->commitments.entries[i].value;
        live->retired = true;
        live->touched = true;
    }
    for (size_t i = 0; i < plan->commitment_count; i++) {
        struct live_commitment *live = live_commitment_for(metrics, live_plan, plan->commitments[i].id);
        live->plan = plan;
        live->commitment = &plan->commitments[i];
        live->retired = false;
        live->touched = true;
    }
}

/* Whether a commitment has to do with a line; null stands for any change of the projects. */
typedef bool uses_fn(const struct live_commitment *live, const struct line *line);

static void touch(struct metrics *metrics, const char *code, uses_fn *uses, const struct line *line)
{
    struct live_division *division = map_get(&metrics->divisions, code);
    for (size_t i = 0; division != NULL && i < division->plans.count; i++) {
        struct live_plan *live_plan = division->plans.entries[i].value;
        for (size_t j = 0; j < live_plan->commitments.count; j++) {
            struct live_commitment *live = live_plan->commitments.entries[j].value;
            if (live->touched || live->retired || !uses(live, line))
                continue;
            live->touched = true;
            live_plan->touched = true;
        }
    }
}

static bool counts_projects(const struct live_commitment *live, const struct line *line)
{
    (void)line;
    enum rule rule = live->commitment->indicator.rule;
    return rule == RULE_COUNT || rule == RULE_SHARE;
}

static bool names(const char *const *measures, size_t count, const char *measure)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(measures[i], measure) == 0)
            return true;
    return false;
}

static bool uses_measure(const struct live_commitment *live, const struct line *line)
{
    const struct indicator *indicator = &live->commitment->indicator;
    return names(indicator->numerator, indicator->numerator_count, line->measure) ||
           names(indicator->denominator, indicator->denominator_count, line->measure);
}

static bool uses_milestone(const struct live_commitment *live, const struct line *line)
{
    return counts_projects(live, line) &&
           group_milestone(plan_group(live->plan, live->commitment->indicator.group), line->milestone) >= 0;
}

/* A target or deadline was changed: touches this commitment alone. */
static void touch_commitment(struct metrics *metrics, const char *division, uint32_t year, const char *commitment)
{
    struct live_plan *live_plan = find_live_plan(metrics, division, year);
    struct live_commitment *live = live_plan == NULL ? NULL : map_get(&live_plan->commitments, commitment);
    if (live == NULL || live->retired)
        return;
    live->touched = true;
    live_plan->touched = true;
}

/* The commitments that may stand elsewhere after an update of the registry. */
static void touch_concerned(struct metrics *metrics, const struct update *update)
{
    switch (update->kind) {
    case UPDATE_PLAN_PUBLISHED: /* brings projects with it, which other plans may count */
    case UPDATE_PROJECT_REGISTERED:
    case UPDATE_PROJECT_SUSPENDED:
    case UPDATE_PROJECT_RESUMED:
    case UPDATE_PROJECT_CANCELLED:
        touch(metrics, update->division, counts_projects, NULL);
        break;
    case UPDATE_TARGET_ADJUSTED:
        touch_commitment(metrics, update->division, update->adjustment.year, update->adjustment.commitment);
        break;
    case UPDATE_EXTENSION_DECIDED: {
        const struct extension *extension = registry_extension(
            metrics->registry, update->division, update->decision.request_source, update->decision.request_id);
        if (extension != NULL && extension->granted)
            touch_commitment(metrics, update->division, extension->year, extension->commitment);
        break;
    }
    case UPDATE_MEASUREMENT_REPORTED:
    case UPDATE_MILESTONE_REACHED:
    case UPDATE_WITHDRAWN:
    case UPDATE_EXTENSION_REQUESTED:
    case UPDATE_ALERT_ACKNOWLEDGED:
        break;
    }
}

static void touch_users(struct metrics *metrics, const struct line *line)
{
    touch(metrics, line->division, *line->measure != '\0' ? uses_measure : uses_milestone, line);
}

static bool any(const struct live_commitment *live, const struct line *line)
{
    (void)live;
    (void)line;
    return true;
}

static void touch_everything(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->divisions.count; i++)
        touch(metrics, metrics->divisions.entries[i].key, any, NULL);
}

static void settle(struct metrics *metrics, int64_t at_us);

void metrics_advance(struct metrics *metrics, int64_t until_us)
{
    if (until_us < metrics->now_us)
        return;
    if (metrics->batch_open)
        settle(metrics, metrics->now_us);
    metrics->batch_open = false;
    while (metrics->plan_known && day_start_us(metrics->next_midnight) <= until_us) {
        touch_everything(metrics);
        settle(metrics, day_start_us(metrics->next_midnight));
        metrics->next_midnight++;
    }
    metrics->now_us = until_us;
}

static void settle_plan(struct metrics *metrics, struct live_plan *live_plan, int64_t at_us);

/* Emits what changed among all that was touched. */
static void settle(struct metrics *metrics, int64_t at_us)
{
    for (size_t i = 0; i < metrics->divisions.count; i++) {
        struct live_division *division = metrics->divisions.entries[i].value;
        for (size_t j = 0; j < division->plans.count; j++) {
            struct live_plan *live_plan = division->plans.entries[j].value;
            if (live_plan->touched)
                settle_plan(metrics, live_plan, at_us);
            live_plan->touched = false;
        }
    }
}

static void settle_commitment(struct metrics *metrics, struct live_commitment *live, int64_t at_us);
static void settle_retired(struct metrics *metrics, struct live_commitment *live, uint32_t revision, int64_t at_us);

static void settle_plan(struct metrics *metrics, struct live_plan *live_plan, int64_t at_us)
{
    const struct plan *plan = live_plan->plan;
    for (size_t i = 0; i < plan->commitment_count; i++) {
        struct live_commitment *live = map_get(&live_plan->commitments, plan->commitments[i].id);
        if (live->touched)
            settle_commitment(metrics, live, at_us);
        live->touched = false;
    }
    for (size_t i = 0; i < live_plan->commitments.count; i++) {
        struct live_commitment *live = live_plan->commitments.entries[i].value;
        if (live->touched)
            settle_retired(metrics, live, plan->revision, at_us);
        live->touched = false;
    }
}

static void emit(struct metrics *metrics, struct live_commitment *live, int64_t at_us, const struct standing *standing)
{
    live->last = *standing;
    live->last.as_of = day_of_instant(at_us);
    live->last.updates_sequence = metrics->last_sequence;
    live->emitted = true;
    metrics->emit(metrics->context, at_us, &live->last);
}

static bool same_decimal(struct decimal a, struct decimal b)
{
    return decimal_compare(a, b) == 0;
}

/* Of a forecast, what is still needed changes every day and is no news. */
static bool same_forecast(const struct standing *a, const struct standing *b)
{
    const struct forecast *f = &a->forecast, *g = &b->forecast;
    return a->has_forecast == b->has_forecast &&
           (!a->has_forecast || (f->since == g->since && same_decimal(f->weekly_pace, g->weekly_pace) &&
                                 f->reaches == g->reaches && (!f->reaches || f->reached_on == g->reached_on) &&
                                 same_decimal(f->value_at_deadline, g->value_at_deadline) && f->misses == g->misses));
}

/* Whether two standings say the same. What only the passing of days changes, such as `expected`, says nothing new. */
static bool same(const struct standing *a, const struct standing *b)
{
    return a->revision == b->revision && a->known == b->known && same_decimal(a->numerator, b->numerator) &&
           same_decimal(a->denominator, b->denominator) && same_decimal(a->value, b->value) &&
           same_decimal(a->target, b->target) && same_decimal(a->attainment, b->attainment) &&
           same_decimal(a->approved_target, b->approved_target) &&
           same_decimal(a->approved_attainment, b->approved_attainment) && a->due == b->due && same_forecast(a, b) &&
           a->simulated == b->simulated && a->colour == b->colour && a->reached == b->reached &&
           a->observed_on == b->observed_on && strcmp(a->scope, b->scope) == 0 && a->retired == b->retired;
}

/* The red of the calendar year of a day, when it was seen not after that day and known at a sequence; else null. */
static const struct red *remembered_red(const struct live_commitment *live, day_number day, uint64_t sequence)
{
    const struct red *red = live->red;
    while (red != NULL && red->year != day_year(day))
        red = red->before;
    return red != NULL && red->day <= day && red->sequence <= sequence ? red : NULL;
}

/* Lateness is remembered to the end of the year: what was red and is made good becomes yellow, never green. */
static enum colour remembered_colour(const struct live_commitment *live, const struct standing *standing,
                                     uint64_t sequence)
{
    bool was_red = remembered_red(live, standing->as_of, sequence) != NULL;
    return was_red && standing->colour == COLOUR_GREEN ? COLOUR_YELLOW : standing->colour;
}

static void remember_red(struct metrics *metrics, struct live_commitment *live, day_number day)
{
    if (remembered_red(live, day, UINT64_MAX) != NULL)
        return;
    struct red *red = arena_must(arena_alloc(metrics->arena, sizeof *red));
    *red = (struct red){day_year(day), day, metrics->last_sequence, live->red};
    live->red = red;
}

static void settle_commitment(struct metrics *metrics, struct live_commitment *live, int64_t at_us)
{
    const struct view now = {metrics->registry, metrics->reports, day_of_instant(at_us), UINT64_MAX};
    const struct subject subject = subject_of(&now, live->plan, live->commitment);
    struct standing standing = evaluate(&subject);
    standing.colour = remembered_colour(live, &standing, UINT64_MAX);
    if (standing.colour == COLOUR_RED)
        remember_red(metrics, live, standing.as_of);
    if (!live->emitted || !same(&live->last, &standing))
        emit(metrics, live, at_us, &standing);
}

/* Says once that a commitment is no longer in the plan, under the revision that left it out, with its last values. */
static void settle_retired(struct metrics *metrics, struct live_commitment *live, uint32_t revision, int64_t at_us)
{
    if (!live->emitted || live->last.retired)
        return;
    struct standing standing = live->last;
    standing.revision = revision;
    standing.retired = true;
    emit(metrics, live, at_us, &standing);
}

static bool asks_for(const char *wanted, const char *id)
{
    return *wanted == '\0' || strcmp(wanted, id) == 0;
}

/* A commitment as it stands on a day, as known at a sequence, with what is remembered of it. */
static struct metrics_answer answer_about(const struct metrics *metrics, const struct subject *subject,
                                          const struct live_commitment *live)
{
    uint64_t sequence = subject->view.as_of_sequence;
    const struct red *red = remembered_red(live, subject->view.as_of, sequence);
    struct metrics_answer answer = {.subject = *subject, .standing = evaluate(subject), .was_red = red != NULL};
    answer.standing.colour = remembered_colour(live, &answer.standing, sequence);
    answer.standing.updates_sequence = sequence < metrics->last_sequence ? sequence : metrics->last_sequence;
    if (red != NULL) {
        answer.red_since = red->day;
        answer.red_sequence = red->sequence;
    }
    return answer;
}

static void answer_plan(const struct metrics *metrics, const struct live_plan *live_plan,
                        const struct metrics_question *question, metrics_answer_fn *answer, void *context)
{
    const struct plan *plan =
        registry_plan_at(metrics->registry, live_plan->plan->division, live_plan->plan->year, question->as_of_sequence);
    const struct view view = {metrics->registry, metrics->reports, question->as_of, question->as_of_sequence};
    for (size_t i = 0; plan != NULL && i < plan->commitment_count; i++) {
        const struct commitment *commitment = &plan->commitments[i];
        if (!asks_for(question->unit, commitment->unit) || !asks_for(question->commitment, commitment->id))
            continue;
        const struct subject subject = subject_of(&view, plan, commitment);
        const struct metrics_answer found =
            answer_about(metrics, &subject, map_get(&live_plan->commitments, commitment->id));
        answer(context, &found);
    }
}

void metrics_ask(const struct metrics *metrics, const struct metrics_question *question, metrics_answer_fn *answer,
                 void *context)
{
    for (size_t i = 0; i < metrics->divisions.count; i++) {
        const struct live_division *division = metrics->divisions.entries[i].value;
        if (strncmp(metrics->divisions.entries[i].key, question->division, strlen(question->division)) != 0)
            continue;
        for (size_t j = 0; j < division->plans.count; j++) {
            const struct live_plan *live_plan = division->plans.entries[j].value;
            if (question->year == 0 || question->year == live_plan->plan->year)
                answer_plan(metrics, live_plan, question, answer, context);
        }
    }
}
