#include "support/notify_story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Beginning and end */

struct story *begin(void)
{
    struct story *story = calloc(1, sizeof *story);
    assert_non_null(story);
    story->notify = notify_new();
    story->units[0] = (struct unit){"housing", "住建局", "Housing Bureau"};
    story->units[1] = (struct unit){"office", "督查室", "Supervision Office"};
    story->milestones[0] = (struct milestone){"started", "开工", "started"};
    story->milestones[1] = (struct milestone){"paved", "铺装", "paved"};
    story->milestones[2] = (struct milestone){"opened", "通车", "opened"};
    story->group = (struct group){"roads", "道路", "Roads", story->milestones, 3, 0};
    story->project_groups[0] = "roads";
    story->project = (struct project){
        "songshan-road", "嵩山路示范段", "Songshan Road", "housing", story->project_groups, 1, story->promised, 0};
    story->plan = (struct plan){
        .division = CITY,
        .year = 2020,
        .name_zh = "计划",
        .name_en = "Plan",
        .supervising_unit = "office",
        .rules = {.lead_days = {30, 7},
                  .lead_day_count = 2,
                  .overdue_every_days = 7,
                  .alert_minute = 540,
                  .yellow_points = dec("10"),
                  .red_points = dec("30")},
        .units = story->units,
        .unit_count = 2,
        .measures = story->measures,
        .groups = &story->group,
        .group_count = 1,
        .commitments = story->commitments,
        .projects = &story->project,
    };
    return story;
}

void end(struct story *story)
{
    notify_free(&story->notify);
    assert_null(story->notify);
    free(story);
}

/* Writing the plan */

struct commitment *commit_to(struct story *story, const char *id, const char *due)
{
    assert_true(story->plan.commitment_count < LIST_MAX);
    struct commitment *commitment = &story->commitments[story->plan.commitment_count++];
    *commitment = (struct commitment){
        .id = id,
        .theme = "city",
        .name_zh = "市定示范段综合改造",
        .name_en = "Demonstration segments rebuilt",
        .unit = "housing",
        .indicator = {.rule = RULE_COUNT, .unit = "条", .group = "roads", .milestone = "opened", .factor = dec("1")},
        .comparison = COMPARISON_AT_LEAST,
        .target = dec("2"),
        .hold = HOLD_BY_DEADLINE,
        .start = day("2020-01-01"),
        .due = day(due),
    };
    return commitment;
}

void floor_to_hold(struct story *story, const char *id, const char *due)
{
    commit_to(story, id, due)->hold = HOLD_ALL_YEAR;
}

void promise_milestone(struct story *story, const char *milestone, const char *due)
{
    assert_true(story->project.deadline_count < LIST_MAX);
    story->promised[story->project.deadline_count++] = (struct milestone_deadline){milestone, day(due)};
    story->plan.project_count = 1;
}

/* Telling the history */

void until(struct story *story, const char *when)
{
    int64_t until_us = instant(when);
    if (story->hourly && story->clock_us != 0)
        for (int64_t at_us = story->clock_us + HOUR_US; at_us < until_us; at_us += HOUR_US)
            notify_advance(story->notify, at_us);
    if (story->hourly)
        notify_advance(story->notify, until_us);
    story->clock_us = until_us;
    notify_advance(story->notify, until_us);
}

void tell(struct story *story, const char *when, struct update update)
{
    if (story->hourly)
        until(story, when);
    update.sequence = ++story->sequence;
    update.received_us = instant(when);
    if (update.source == NULL)
        update.source = "//test";
    update.id = "x";
    update.division = story->plan.division;
    notify_update(story->notify, &update);
    story->clock_us = update.received_us;
}

void publish(struct story *story, const char *when)
{
    story->plan.revision++;
    tell(story, when, (struct update){.kind = UPDATE_PLAN_PUBLISHED, .plan = &story->plan});
}

void register_project(struct story *story, const char *when)
{
    tell(story, when, (struct update){.kind = UPDATE_PROJECT_REGISTERED, .registered = &story->project});
}

void change_project(struct story *story, const char *when, enum update_kind kind)
{
    tell(story, when, (struct update){.kind = kind, .project = "songshan-road"});
}

/* Returns the report's sequence. */
uint64_t reach(struct story *story, const char *when, const char *milestone, const char *reached_on)
{
    tell(story, when,
         (struct update){.kind = UPDATE_MILESTONE_REACHED, .reached = {"songshan-road", milestone, day(reached_on)}});
    return story->sequence;
}

void withdraw(struct story *story, const char *when, uint64_t sequence)
{
    tell(story, when, (struct update){.kind = UPDATE_WITHDRAWN, .withdrawal = {"y", sequence}});
}

/* As the plan has it. */
static day_number due_of(const struct story *story, const char *id)
{
    for (size_t i = 0; i < story->plan.commitment_count; i++)
        if (strcmp(story->commitments[i].id, id) == 0)
            return story->commitments[i].due;
    return 0;
}

struct standing standing_of(const struct story *story, const char *id, const char *value, const char *observed_on)
{
    return (struct standing){
        .division = story->plan.division,
        .year = story->plan.year,
        .revision = story->plan.revision,
        .indicator = id,
        .unit = "housing",
        .known = value != NULL,
        .value = dec(value != NULL ? value : "0"),
        .value_unit = "条",
        .target = dec("2"),
        .due = due_of(story, id),
        .colour = COLOUR_GREEN,
        .reached = value != NULL && decimal_compare(dec(value), dec("2")) >= 0,
        .observed_on = value != NULL ? day(observed_on) : 0,
        .scope = "",
    };
}

/* The target is 2: a value of 2 or more has reached it. */
void stands(struct story *story, const char *when, const char *id, const char *value, const char *observed_on)
{
    if (story->hourly)
        until(story, when);
    struct standing standing = standing_of(story, id, value, observed_on);
    notify_standing(story->notify, instant(when), &standing);
    story->clock_us = instant(when);
}

/* What notify says */

static const char *level_name(enum level level)
{
    static const char *const names[] = {"-", "blue", "yellow", "orange", "red"};
    return names[level];
}

static void remember_id(struct story *story, const char *id)
{
    for (size_t i = 0; i < story->id_count; i++)
        assert_string_not_equal(story->ids[i], id); /* exactly once */
    assert_true(story->id_count < ID_MAX);
    memcpy(story->ids[story->id_count++], id, ALERT_ID_BYTES);
}

static void remember_last(struct story *story, const struct alert *alert)
{
    story->last = *alert;
    assert_true(alert->withdrawn_count < ID_MAX && alert->skipped_count < ID_MAX);
    for (size_t i = 0; i < alert->withdrawn_count; i++)
        memcpy(story->last_withdrawn[i], alert->withdrawn[i], ALERT_ID_BYTES);
    for (size_t i = 0; i < alert->skipped_count; i++)
        memcpy(story->last_skipped[i], alert->skipped[i], ALERT_ID_BYTES);
    story->last_silent[0] = '\0';
    for (size_t i = 0; i < alert->silent_measure_count; i++)
        snprintf(story->last_silent + strlen(story->last_silent), 100, "%s ", alert->silent_measures[i]);
    snprintf(story->text_zh, sizeof story->text_zh, "%s", alert->text_zh);
    snprintf(story->text_en, sizeof story->text_en, "%s", alert->text_en);
    snprintf(story->reason, sizeof story->reason, "%s", alert->reason);
}

/* "road-demo-segments v1 2020-03-31T01:00 upcoming 30 blue", and what else is remarkable. */
static void hear(void *context, const struct alert *alert)
{
    struct story *story = context;
    assert_true(alert->at_us >= story->handed_us && alert->at_us > story->digested_us);
    story->handed_us = alert->at_us;
    char at[INSTANT_TEXT_BYTES];
    size_t used = strlen(story->told);
    char *line = story->told + used;
    size_t room = sizeof story->told - used;
    int length =
        snprintf(line, room, "%s v%u %.16s %s %u %s", alert->deadline, alert->version, instant_format(alert->at_us, at),
                 phase_name(alert->phase), alert->occurrence, level_name(alert->level));
    if (strcmp(alert->recipient, alert->unit) != 0)
        length += snprintf(line + length, room - (size_t)length, " to %s", alert->recipient);
    if (alert->phase == PHASE_MET)
        length += snprintf(line + length, room - (size_t)length, " days-late=%u", alert->days_late);
    if (alert->phase == PHASE_WITHDRAWN)
        length += snprintf(line + length, room - (size_t)length, " takes-back=%zu", alert->withdrawn_count);
    if (alert->late)
        length += snprintf(line + length, room - (size_t)length, " late skips=%zu", alert->skipped_count);
    length += snprintf(line + length, room - (size_t)length, "\n");
    assert_true((size_t)length < room);

    char id[ALERT_ID_BYTES];
    assert_string_equal(alert->id, alert_id(alert, id));
    remember_id(story, alert->id);
    for (size_t i = 0; i < alert->skipped_count; i++)
        remember_id(story, alert->skipped[i]);
    remember_last(story, alert);
}

static void remember_items(struct story *story, const struct unit_digest *digest)
{
    story->last_items[0] = '\0';
    for (size_t i = 0; i < digest->item_count; i++) {
        const struct digest_item *item = &digest->items[i];
        size_t used = strlen(story->last_items);
        snprintf(story->last_items + used, sizeof story->last_items - used, "%s %s %s\n", item->deadline,
                 phase_name(item->phase), level_name(item->level));
        story->last_item = *item;
        snprintf(story->item_text_zh, sizeof story->item_text_zh, "%s", item->text_zh);
        snprintf(story->item_text_en, sizeof story->item_text_en, "%s", item->text_en);
    }
}

static void hear_digest(void *context, const struct unit_digest *digest)
{
    struct story *story = context;
    char day[DAY_TEXT_BYTES], id[ALERT_ID_BYTES];
    const struct burden *burden = &digest->burden;
    assert_string_equal(digest->id, digest_id(digest, id));
    assert_true(digest->at_us >= story->handed_us &&
                digest->at_us >= story->digested_us); /* at one instant alerts first */
    story->digested_us = digest->at_us;
    remember_items(story, digest);
    size_t used = strlen(story->digested);
    snprintf(story->digested + used, sizeof story->digested - used,
             "%s %s items=%zu asked=%u reminded=%u signed=%u extensions=%u/%u/%u%s\n", digest->unit,
             day_format(day_of_instant(digest->at_us), day), digest->item_count, burden->asked, burden->reminded,
             burden->alerts_signed, burden->extensions_requested, burden->extensions_granted,
             burden->extensions_refused, digest->late ? " late" : "");
    assert_true(strlen(story->digested) + 1 < sizeof story->digested);
}

void drain(struct story *story, int64_t now_us, int64_t grace_us)
{
    story->handed_us = story->digested_us = INT64_MIN;
    notify_drain(story->notify, &(struct notify_drain){now_us, grace_us, hear, hear_digest, story, NULL});
}

void expect_told(struct story *story, const char *lines)
{
    assert_string_equal(story->told, lines);
    story->told[0] = '\0';
}

/* Nothing is late. */
void expect(struct story *story, const char *lines)
{
    drain(story, story->clock_us, FOREVER_US);
    expect_told(story, lines);
}

/* Handed over only at `now`. */
void expect_after_downtime(struct story *story, const char *now, int64_t grace_us, const char *lines)
{
    drain(story, instant(now), grace_us);
    expect_told(story, lines);
}

void pass_over(struct story *story)
{
    drain(story, story->clock_us, FOREVER_US);
    story->told[0] = '\0';
}

static void list(void *context, const struct deadline *deadline)
{
    static const char *const states[] = {"", "open", "overdue", "met", "withdrawn", "suspended"};
    char *lines = context;
    size_t used = strlen(lines);
    char at[INSTANT_TEXT_BYTES] = "-";
    if (deadline->has_next)
        instant_format(deadline->next_us, at);
    snprintf(lines + used, 4096 - used, "%s/%u/%s v%u %s next=%.16s\n", deadline->division, deadline->year,
             deadline->id, deadline->version, states[deadline->state], at);
}

void expect_deadlines(struct story *story, const char *lines)
{
    char listed[4096] = "";
    notify_deadlines(story->notify, list, listed);
    assert_string_equal(listed, lines);
}

/* The real case: 4月底前, two segments. */
struct story *begin_segments(void)
{
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    return story;
}

/* A project that promised to open on 30 April. */
struct story *begin_road(void)
{
    struct story *story = begin();
    promise_milestone(story, "opened", "2020-04-30");
    publish(story, "2020-01-01");
    return story;
}
