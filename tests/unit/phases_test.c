/* Every row of the tables of docs/domain.md, section 6 and 7, that notify_test does not have. */
#include "support/notify_story.h"

#include <stdio.h>
#include <string.h>

/* Words */

/* A plan without upcoming alerts, so that others stand out. */
static struct story *begin_without_reminders(void)
{
    struct story *story = begin();
    story->plan.rules.lead_day_count = 0;
    return story;
}

static void escalate_after(struct story *story, uint32_t working_days)
{
    story->plan.rules.escalate_after_working_days = working_days;
}

/* A measure of the first commitment that is to be reported every so many days. */
static void report_every(struct story *story, const char *id, uint32_t days)
{
    size_t i = story->plan.measure_count++;
    assert_true(i < LIST_MAX);
    story->measures[i] = (struct measure){id, "噪声", "Noise", "个", MEASURE_INCREMENT, days};
    story->measured[i] = id;
    struct indicator *indicator = &story->commitments[0].indicator;
    *indicator = (struct indicator){.rule = RULE_SUM,
                                    .unit = "个",
                                    .numerator = story->measured,
                                    .numerator_count = i + 1,
                                    .group = "",
                                    .milestone = "",
                                    .factor = dec("1")};
}

static void report(struct story *story, const char *when, const char *measure)
{
    tell(story, when,
         (struct update){.kind = UPDATE_MEASUREMENT_REPORTED,
                         .measurement = {measure, "", dec("0"), "个", day("2020-01-01"), ""}});
}

/* A value below the target of 2. */
static void looks(struct story *story, const char *when, enum colour colour, bool misses)
{
    struct standing standing = standing_of(story, SEGMENTS, "1", "2020-01-31");
    standing.colour = colour;
    standing.attainment = dec("50");
    standing.expected = dec("75.5");
    standing.has_forecast = true;
    standing.forecast = (struct forecast){.since = day("2020-01-01"),
                                          .weekly_pace = dec("0.125"),
                                          .reaches = true,
                                          .reached_on = day("2020-06-12"),
                                          .value_at_deadline = dec("1.4"),
                                          .misses = misses,
                                          .pace_needed_known = true,
                                          .weekly_pace_needed = dec("0.333333333")};
    notify_standing(story->notify, instant(when), &standing);
    story->clock_us = instant(when);
}

/* The target of 2. */
static void meets(struct story *story, const char *when, enum colour colour)
{
    struct standing standing = standing_of(story, SEGMENTS, "2", "2020-01-31");
    standing.colour = colour;
    notify_standing(story->notify, instant(when), &standing);
    story->clock_us = instant(when);
}

static void sign(struct story *story, const char *when, const char *alert)
{
    tell(story, when, (struct update){.kind = UPDATE_ALERT_ACKNOWLEDGED, .acknowledgement = {alert, "王科长"}});
}

/* The id of an alert of SEGMENTS. */
static const char *id_of(uint32_t version, enum phase phase, uint32_t occurrence, const char *recipient)
{
    static char id[ALERT_ID_BYTES];
    struct alert alert = {.division = CITY,
                          .year = 2020,
                          .deadline = SEGMENTS,
                          .version = version,
                          .phase = phase,
                          .occurrence = occurrence,
                          .unit = "housing",
                          .recipient = recipient};
    return alert_id(&alert, id);
}

static void adjust(struct story *story, const char *when, const char *target)
{
    tell(story, when,
         (struct update){.kind = UPDATE_TARGET_ADJUSTED,
                         .adjustment = {2020, SEGMENTS, dec(target), "区人大常委会", day_of_instant(instant(when))}});
}

/* The request's id is "x" and its source "//test", as those of all updates of a story. */
static void ask_for(struct story *story, const char *when, const char *due)
{
    tell(story, when,
         (struct update){.kind = UPDATE_EXTENSION_REQUESTED, .request = {2020, SEGMENTS, day(due), "雨季"}});
}

static void decide(struct story *story, const char *when, bool granted)
{
    tell(story, when, (struct update){.kind = UPDATE_EXTENSION_DECIDED, .decision = {"//test", "x", granted, "同意"}});
}

static void expect_digests(struct story *story, const char *lines)
{
    drain(story, story->clock_us, FOREVER_US);
    assert_string_equal(story->digested, lines);
    story->digested[0] = '\0';
    story->told[0] = '\0';
}

/* upcoming */

static void upcoming_comes_calendar_days_and_working_days_before(void **state)
{
    (void)state;
    struct story *story = begin();
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_day_count = 1;
    commit_to(story, SEGMENTS, "2020-05-05"); /* within the May holidays: the last working day before is 30 April */
    publish(story, "2020-01-01");
    until(story, "2020-05-05");
    expect(story, SEGMENTS " v1 2020-04-05T01:00 upcoming 30 blue\n" SEGMENTS
                           " v1 2020-04-28T01:00 upcoming 7 blue\n" SEGMENTS " v1 2020-04-30T01:00 upcoming 5 blue\n");
    end(story);
}

static void upcoming_of_a_make_up_working_day_is_that_day(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_day_count = 1;
    commit_to(story, SEGMENTS, "2020-04-27"); /* a Monday; Sunday the 26th makes up for the May holidays */
    publish(story, "2020-01-01");
    until(story, "2020-04-27");
    expect(story, SEGMENTS " v1 2020-04-26T01:00 upcoming 1 blue\n");
    end(story);
}

static void two_leads_on_one_morning_are_one_alert(void **state)
{
    (void)state;
    struct story *story = begin();
    story->plan.rules.lead_days[0] = 1;
    story->plan.rules.lead_day_count = 1;
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_day_count = 1;
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-30");
    expect(story, SEGMENTS " v1 2020-04-29T01:00 upcoming 1 blue\n");
    end(story);
}

static void upcoming_follows_the_extension_of_the_spring_festival_of_2020(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_day_count = 1;
    commit_to(story, SEGMENTS, "2020-02-03");
    publish(story, "2020-01-02");
    until(story, "2020-02-03");
    /* By the first notice it was 1 February; on 27 January it became known that the last working day was the 23rd. */
    expect(story, SEGMENTS " v1 2020-01-27T01:00 upcoming 7 blue\n");
    end(story);
}

static void upcoming_comes_once_for_each_lead_in_working_days(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_days[1] = 5;
    story->plan.rules.lead_working_day_count = 2;
    commit_to(story, SEGMENTS, "2020-04-30"); /* before it: 29, 28, 27, Sunday the 26th, which makes up, and the 24th */
    publish(story, "2020-01-01");
    until(story, "2020-04-30");
    expect(story, SEGMENTS " v1 2020-04-24T01:00 upcoming 6 blue\n" SEGMENTS " v1 2020-04-29T01:00 upcoming 1 blue\n");
    end(story);
}

static void a_year_without_data_is_never_guessed(void **state)
{
    (void)state;
    struct story *story = begin();
    story->plan.rules.lead_working_days[0] = 1;
    story->plan.rules.lead_working_day_count = 1;
    escalate_after(story, 1);
    commit_to(story, SEGMENTS, "2018-06-29"); /* no notice is told of 2018 */
    publish(story, "2018-06-20");
    until(story, "2018-07-10");
    expect(story,
           SEGMENTS " v1 2018-06-22T01:00 upcoming 7 blue\n" SEGMENTS " v1 2018-06-29T01:00 due 0 yellow\n" SEGMENTS
                    " v1 2018-06-30T01:00 overdue 1 orange\n" SEGMENTS " v1 2018-07-07T01:00 overdue 8 orange\n");
    end(story);
}

/* due */

static void due_comes_on_the_morning_of_the_day_and_on_no_other(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-30T00:59:59Z");
    expect(story, "");
    until(story, "2020-05-01T00:59:59Z");
    expect(story, SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    assert_int_equal(story->last.days_left, 0);
    end(story);
}

/* overdue and the ladder */

static void overdue_is_orange_then_red_after_working_days_and_goes_to_the_supervising_unit(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 5);
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-04-29");
    until(story, "2020-05-16");
    /* Working days after it: 6, 7, 8, Saturday the 9th, which makes up for the holidays, and Monday the 11th. */
    expect(story,
           SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n" SEGMENTS " v1 2020-05-01T01:00 overdue 1 orange\n" SEGMENTS
                    " v1 2020-05-08T01:00 overdue 8 orange\n" SEGMENTS " v1 2020-05-11T01:00 overdue 11 red\n" SEGMENTS
                    " v1 2020-05-11T01:00 overdue 11 red to office\n" SEGMENTS
                    " v1 2020-05-15T01:00 overdue 15 red\n" SEGMENTS " v1 2020-05-15T01:00 overdue 15 red to office\n");
    assert_string_equal(story->text_zh,
                        "【住建局】市定示范段综合改造：已逾期15天（2020-04-30到期），目前未知，目标≥2条。");
    assert_string_equal(story->text_en, "[Housing Bureau] Demonstration segments rebuilt: overdue by 15 days (was due "
                                        "2020-04-30); now unknown, target ≥ 2 条.");
    end(story);
}

static void escalation_on_a_day_of_the_repeats_is_one_alert(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 3); /* 6, 7 and 8 May */
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-05-02");
    until(story, "2020-05-09");
    expect(story,
           SEGMENTS " v1 2020-05-08T01:00 overdue 8 red\n" SEGMENTS " v1 2020-05-08T01:00 overdue 8 red to office\n");
    end(story);
}

static void a_supervising_unit_that_leads_is_told_once(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 1);
    commit_to(story, SEGMENTS, "2020-04-30")->unit = "office";
    publish(story, "2020-05-05");
    until(story, "2020-05-07");
    expect(story, SEGMENTS " v1 2020-05-06T01:00 overdue 6 red\n");
    end(story);
}

static void met_goes_to_whoever_was_told(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 3);
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-05-02");
    until(story, "2020-05-09");
    pass_over(story);
    stands(story, "2020-05-10", SEGMENTS, "2", "2020-05-09");
    expect(story, SEGMENTS " v1 2020-05-09T16:00 met 1 - days-late=9\n" SEGMENTS
                           " v1 2020-05-09T16:00 met 1 - to office days-late=9\n");
    end(story);
}

/* pace */

static void pace_speaks_on_the_morning_after_the_forecast_misses_or_the_colour_falls(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    looks(story, "2020-02-01T03:00:00Z", COLOUR_GREEN, false);
    looks(story, "2020-02-03T03:00:00Z", COLOUR_GREEN, true); /* after nine in the morning */
    until(story, "2020-02-10");
    expect(story, SEGMENTS " v1 2020-02-04T01:00 pace 1 yellow\n");
    assert_string_equal(
        story->text_zh,
        "市定示范段综合改造：进度落后（2020-04-30到期），完成率50%，序时进度75.5%，目前1条，目标≥2条；照近期进度预计"
        "2020-06-12达到目标，时限日为1.4条，每周需0.33，近期每周0.12。");
    assert_string_equal(
        story->text_en,
        "Demonstration segments rebuilt: behind (due 2020-04-30), attained 50 %, expected 75.5 %; now 1 "
        "条, target ≥ 2 条; at this pace reached on 2020-06-12, 1.4 条 on the deadline; needs 0.33 a "
        "week, lately 0.12.");
    looks(story, "2020-02-11T00:00:00Z", COLOUR_YELLOW, false); /* the same trouble */
    looks(story, "2020-02-12T00:00:00Z", COLOUR_RED, false);
    until(story, "2020-02-20");
    expect(story, SEGMENTS " v1 2020-02-12T01:00 pace 2 red\n" SEGMENTS " v1 2020-02-12T01:00 pace 2 red to office\n");
    looks(story, "2020-03-01", COLOUR_GREEN, false);
    looks(story, "2020-03-05", COLOUR_YELLOW, false);
    until(story, "2020-04-30T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-03-05T01:00 pace 3 yellow\n" SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

static void pace_is_silent_about_what_is_mended_before_the_morning(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    looks(story, "2020-02-03T03:00:00Z", COLOUR_RED, true);
    looks(story, "2020-02-03T05:00:00Z", COLOUR_GREEN, false);
    until(story, "2020-02-20");
    expect(story, "");
    end(story);
}

static void pace_ends_before_the_day_of_the_deadline_and_when_it_is_met(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    looks(story, "2020-04-29T03:00:00Z", COLOUR_RED, true);
    until(story, "2020-05-01");
    expect(story, SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

static void pace_comes_up_to_the_morning_before_the_deadlines_day(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-01-01");
    looks(story, "2020-04-28T03:00:00Z", COLOUR_YELLOW, false);
    until(story, "2020-04-30");
    expect(story, SEGMENTS " v1 2020-04-29T01:00 pace 1 yellow\n");
    end(story);
}

static void pace_is_silent_about_a_goal_that_was_red_and_is_met(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    looks(story, "2020-02-03T03:00:00Z", COLOUR_RED, true);
    meets(story, "2020-02-03T05:00:00Z", COLOUR_YELLOW); /* the red is remembered */
    until(story, "2020-02-20");
    expect(story, "");
    end(story);
}

static void nothing_of_the_calendar_pace_or_silence_is_sent_while_it_is_met(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    story->plan.rules.lead_days[0] = 7; /* 23 April */
    story->plan.rules.lead_day_count = 1;
    report_every(story, "noise", 112); /* 23 April likewise */
    publish(story, "2020-01-01");
    looks(story, "2020-04-20T03:00:00Z", COLOUR_RED, true);
    until(story, "2020-04-22");
    pass_over(story);
    meets(story, "2020-04-22T03:00:00Z", COLOUR_YELLOW); /* less trouble, which is seen on the 23rd */
    until(story, "2020-04-24");
    expect(story, SEGMENTS " v1 2020-04-22T03:00 met 1 - days-late=0\n" SEGMENTS
                           " v1 2020-04-22T03:00 met 1 - to office days-late=0\n");
    end(story);
}

static void pace_begins_each_version_with_no_trouble_and_waits_for_its_standing(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    looks(story, "2020-02-03T03:00:00Z", COLOUR_RED, false);
    until(story, "2020-02-05");
    pass_over(story);
    adjust(story, "2020-02-05T02:00:00Z", "3");
    pass_over(story);
    looks(story, "2020-02-05T02:00:00Z", COLOUR_RED, false);
    until(story, "2020-02-10");
    expect(story, SEGMENTS " v2 2020-02-06T01:00 pace 1 red\n" SEGMENTS " v2 2020-02-06T01:00 pace 1 red to office\n");
    adjust(story, "2020-02-10T02:00:00Z", "4");
    pass_over(story);
    until(story, "2020-02-12");
    expect(story, ""); /* what is known was said about the version before */
    looks(story, "2020-02-12T03:00:00Z", COLOUR_RED, false);
    until(story, "2020-02-14");
    expect(story, SEGMENTS " v3 2020-02-13T01:00 pace 1 red\n" SEGMENTS " v3 2020-02-13T01:00 pace 1 red to office\n");
    end(story);
}

static void pace_says_nothing_of_a_floor(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    looks(story, "2020-02-03T03:00:00Z", COLOUR_RED, true);
    until(story, "2020-02-20");
    expect(story,
           SEGMENTS " v1 2020-02-03T03:00 breach 1 red\n" SEGMENTS " v1 2020-02-03T03:00 breach 1 red to office\n");
    end(story);
}

/* silent */

static struct story *begin_monthly(void)
{
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    report_every(story, "noise", 30);
    publish(story, "2020-01-01");
    return story;
}

static void silent_is_asked_about_after_each_period_without_a_report(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    until(story, "2020-03-02T02:00:00Z");
    /* The plan came on 1 January: 31 January is within the 30 days, 1 February is not. */
    expect(story, SEGMENTS " v1 2020-02-01T01:00 silent 1 yellow\n" SEGMENTS " v1 2020-03-02T01:00 silent 2 yellow\n");
    end(story);
}

static void silent_ends_with_a_report_even_of_zero_and_begins_again(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    report(story, "2020-01-20T08:00:00Z", "noise"); /* 20 January in Shanghai */
    until(story, "2020-02-19T02:00:00Z");
    expect(story, "");
    until(story, "2020-02-20T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-02-20T01:00 silent 1 yellow\n");
    assert_string_equal(story->text_zh, "市定示范段综合改造：逾上报周期未报：噪声。");
    assert_string_equal(story->text_en,
                        "Demonstration segments rebuilt: no report for longer than the reporting period: Noise.");
    report(story, "2020-02-25", "noise");
    until(story, "2020-03-26T02:00:00Z");
    expect(story, "");
    until(story, "2020-04-30T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-03-27T01:00 silent 2 yellow\n" SEGMENTS
                           " v1 2020-04-26T01:00 silent 3 yellow\n" SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

static void silent_names_every_measure_that_is(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    report_every(story, "noise", 30);
    report_every(story, "dust", 20);
    report_every(story, "light", 0); /* nobody asks for it */
    publish(story, "2020-01-01");
    until(story, "2020-01-22T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-01-22T01:00 silent 1 yellow\n");
    assert_string_equal(story->last_silent, "dust ");
    until(story, "2020-02-01T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-02-01T01:00 silent 2 yellow\n");
    assert_string_equal(story->last_silent, "noise dust ");
    end(story);
}

static void silent_rests_when_met_and_before_the_start_and_after_the_deadline(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30")->start = day("2020-03-01");
    report_every(story, "noise", 10);
    publish(story, "2020-01-01");
    until(story, "2020-03-11T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-03-11T01:00 silent 1 yellow\n");
    stands(story, "2020-03-12", SEGMENTS, "2", "2020-03-11");
    pass_over(story);
    until(story, "2020-04-25");
    expect(story, "");
    stands(story, "2020-04-28", SEGMENTS, "1", "2020-03-11");
    until(story, "2020-05-12");
    /* 20 April was passed while it was met; 30 April is the sixth time ten days are over. */
    expect(story,
           SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n" SEGMENTS " v1 2020-04-30T01:00 silent 2 yellow\n" SEGMENTS
                    " v1 2020-05-01T01:00 overdue 1 orange\n" SEGMENTS " v1 2020-05-08T01:00 overdue 8 orange\n");
    end(story);
}

static void silent_names_each_measure_once_when_it_is_silent_for_longer_than_its_period(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    report_every(story, "dust", 20);
    report_every(story, "noise", 21);
    struct indicator *indicator = &story->commitments[0].indicator;
    indicator->numerator_count = 1; /* dust ÷ (dust + noise) */
    indicator->denominator = story->measured;
    indicator->denominator_count = 2;
    publish(story, "2020-01-01");
    until(story, "2020-01-22T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-01-22T01:00 silent 1 yellow\n");
    assert_string_equal(story->last_silent, "dust ");
    publish(story, "2020-01-22T03:00:00Z");
    until(story, "2020-01-23T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-01-23T01:00 silent 2 yellow\n");
    assert_string_equal(story->last_silent, "dust noise ");
    assert_string_equal(story->text_zh, "市定示范段综合改造：逾上报周期未报：噪声、噪声。");
    assert_non_null(strstr(story->text_en, "period: Noise, Noise."));
    end(story);
}

static void silent_counts_from_the_evening_before_the_start_when_a_report_came_earlier(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    story->commitments[0].start = day("2020-03-01");
    publish(story, "2020-01-02");
    report(story, "2020-02-15", "noise");
    until(story, "2020-04-01");
    expect(story, SEGMENTS " v1 2020-03-31T01:00 silent 1 yellow\n");
    end(story);
}

static void silent_counts_from_the_day_on_which_the_commitment_came_back_into_the_plan(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    story->plan.commitment_count = 0;
    publish(story, "2020-01-15");
    story->plan.commitment_count = 1;
    publish(story, "2020-03-01");
    until(story, "2020-04-02");
    expect(story, SEGMENTS " v2 2020-04-01T01:00 silent 1 yellow\n");
    end(story);
}

static void silent_asks_also_of_a_floor_that_holds(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    report_every(story, "noise", 30);
    publish(story, "2020-01-01");
    report(story, "2020-02-01", "noise");
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    until(story, "2020-03-04");
    expect(story, SEGMENTS " v1 2020-03-03T01:00 silent 1 yellow\n");
    end(story);
}

/* breach */

static void breach_is_told_at_once_and_to_both_and_again_when_broken_again(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    stands(story, "2020-03-01T03:30:00Z", SEGMENTS, "1", "2020-02-29");
    expect(story,
           SEGMENTS " v1 2020-03-01T03:30 breach 1 red\n" SEGMENTS " v1 2020-03-01T03:30 breach 1 red to office\n");
    assert_string_equal(story->text_zh,
                        "【住建局】市定示范段综合改造：未保持在要求之内（至2020-12-31须保持），目前1条，"
                        "目标≥2条。");
    stands(story, "2020-03-05T03:30:00Z", SEGMENTS, "0", "2020-03-04"); /* still broken */
    expect(story, "");
    stands(story, "2020-04-01T03:30:00Z", SEGMENTS, "2", "2020-03-31");
    expect(story, SEGMENTS " v1 2020-04-01T03:30 met 1 - days-late=0\n" SEGMENTS
                           " v1 2020-04-01T03:30 met 1 - to office days-late=0\n");
    assert_string_equal(story->text_en,
                        "[Housing Bureau] Demonstration segments rebuilt: holds again (to be held until "
                        "2020-12-31); now 2 条, target ≥ 2 条.");
    stands(story, "2020-05-01T03:30:00Z", SEGMENTS, "1", "2020-04-30");
    expect(story,
           SEGMENTS " v1 2020-05-01T03:30 breach 2 red\n" SEGMENTS " v1 2020-05-01T03:30 breach 2 red to office\n");
    end(story);
}

static void breach_waits_for_the_start_and_ends_with_the_deadline(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    floor_to_hold(story, SEGMENTS, "2020-06-30");
    story->commitments[0].start = day("2020-03-01");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31");
    until(story, "2020-03-02");
    expect(story,
           SEGMENTS " v1 2020-03-01T01:00 breach 1 red\n" SEGMENTS " v1 2020-03-01T01:00 breach 1 red to office\n");
    stands(story, "2020-03-03", SEGMENTS, "2", "2020-03-02");
    until(story, "2020-07-10");
    pass_over(story);
    stands(story, "2020-07-11", SEGMENTS, "1",
           "2020-06-29"); /* a late report: what was met opens again, and is overdue */
    until(story, "2020-07-20");
    expect(story, SEGMENTS " v1 2020-07-15T01:00 overdue 15 orange\n");
    end(story);
}

static void breach_is_told_on_the_last_day_too(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    floor_to_hold(story, SEGMENTS, "2020-06-30");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    stands(story, "2020-06-30T05:00:00Z", SEGMENTS, "1", "2020-06-30");
    expect(story,
           SEGMENTS " v1 2020-06-30T05:00 breach 1 red\n" SEGMENTS " v1 2020-06-30T05:00 breach 1 red to office\n");
    stands(story, "2020-06-30T06:00:00Z", SEGMENTS, "2", "2020-06-30");
    pass_over(story);
    assert_non_null(strstr(story->text_zh, "已恢复达标"));
    assert_non_null(strstr(story->text_en, "holds again"));
    end(story);
}

static void breach_is_told_again_in_a_new_version_that_is_broken_too(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31");
    until(story, "2020-03-01");
    pass_over(story);
    adjust(story, "2020-03-01T02:00:00Z", "3");
    stands(story, "2020-03-01T02:00:00Z", SEGMENTS, "1", "2020-01-31");
    expect(story,
           SEGMENTS " v1 2020-03-01T02:00 withdrawn 0 - takes-back=1\n" SEGMENTS
                    " v1 2020-03-01T02:00 withdrawn 0 - to office takes-back=1\n" SEGMENTS
                    " v2 2020-03-01T02:00 breach 1 red\n" SEGMENTS " v2 2020-03-01T02:00 breach 1 red to office\n");
    until(story, "2020-03-03");
    pass_over(story);
    assert_string_equal(story->last_items, SEGMENTS " withdrawn -\n" SEGMENTS " breach red\n"); /* as decided */
    end(story);
}

static void calendar_alerts_of_a_floor_rest_while_it_holds_and_silence_goes_on(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-03-10");
    report_every(story, "noise", 30);
    publish(story, "2020-01-01");
    report(story, "2020-02-01", "noise");
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    until(story, "2020-03-04");
    expect(story, SEGMENTS " v1 2020-03-03T01:00 silent 1 yellow\n"); /* and no reminder, 7 days before */
    end(story);
}

static void breach_that_is_unknown_for_a_while_is_mended_when_it_holds(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31");
    pass_over(story);
    stands(story, "2020-02-02", SEGMENTS, NULL, NULL);
    stands(story, "2020-02-03", SEGMENTS, "0", "2020-02-02"); /* as before */
    expect(story, "");
    stands(story, "2020-02-04", SEGMENTS, NULL, NULL);
    stands(story, "2020-02-05", SEGMENTS, "2", "2020-02-04");
    expect(story, SEGMENTS " v1 2020-02-04T16:00 met 1 - days-late=0\n" SEGMENTS
                           " v1 2020-02-04T16:00 met 1 - to office days-late=0\n");
    end(story);
}

static void breach_is_not_told_of_what_a_revision_has_redefined(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    story->commitments[0].start = day("2020-06-01");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31"); /* before its time */
    story->commitments[0].start = day("2020-01-01");
    publish(story, "2020-03-01T02:00:00Z");
    stands(story, "2020-03-01T02:00:00Z", SEGMENTS, "2", "2020-01-31"); /* by the revision it holds */
    until(story, "2020-04-01");
    expect(story, "");
    end(story);
}

/* withdrawn: extensions, targets */

static void extension_granted_begins_a_version_and_takes_the_alerts_back(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-24");
    pass_over(story);
    ask_for(story, "2020-04-24T02:00:00Z", "2020-06-30");
    expect(story, "");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-04-30T01:00\n");
    decide(story, "2020-04-27T02:00:00Z", true);
    expect(story, SEGMENTS " v1 2020-04-27T02:00 withdrawn 0 - takes-back=2\n");
    assert_string_equal(story->last_withdrawn[0], id_of(1, PHASE_UPCOMING, 30, "housing"));
    assert_string_equal(story->reason,
                        "延期获批，完成时限由2020-04-30延至2020-06-30（雨季） / the deadline was extended "
                        "from 2020-04-30 to 2020-06-30 (雨季)");
    stands(story, "2020-04-27T02:00:00Z", SEGMENTS, NULL, NULL);
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 open next=2020-05-31T01:00\n");
    until(story, "2020-07-02");
    expect(story,
           SEGMENTS " v2 2020-05-31T01:00 upcoming 30 blue\n" SEGMENTS " v2 2020-06-23T01:00 upcoming 7 blue\n" SEGMENTS
                    " v2 2020-06-30T01:00 due 0 yellow\n" SEGMENTS " v2 2020-07-01T01:00 overdue 1 orange\n");
    end(story);
}

static void extension_refused_changes_nothing_but_the_count(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    ask_for(story, "2020-04-01T02:00:00Z", "2020-06-30");
    decide(story, "2020-04-02T02:00:00Z", false);
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-04-23T01:00\n");
    until(story, "2020-04-04");
    expect_digests(story, "housing 2020-03-31 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-04-02 items=0 asked=1 reminded=0 signed=0 extensions=1/0/0\n"
                          "housing 2020-04-03 items=0 asked=1 reminded=0 signed=0 extensions=1/0/1\n");
    end(story);
}

/* A revision gives the commitment to another unit, or leaves it out, between request and decision. */
static void extension_counts_for_the_unit_that_asked(void **state)
{
    (void)state;
    for (int dropped = 0; dropped < 2; dropped++) {
        struct story *story = begin_segments();
        commit_to(story, "other", "2020-12-31");
        publish(story, "2020-01-02");
        ask_for(story, "2020-01-03T02:00:00Z", "2020-06-30");
        until(story, "2020-01-05");
        pass_over(story);
        story->digested[0] = '\0';
        if (dropped) {
            story->commitments[0] = story->commitments[1];
            story->plan.commitment_count = 1;
        } else {
            story->commitments[0].unit = "office";
        }
        publish(story, "2020-01-05T02:00:00Z");
        decide(story, "2020-01-05T03:00:00Z", !dropped);
        until(story, "2020-01-07");
        expect_digests(story, dropped ? "housing 2020-01-06 items=0 asked=0 reminded=0 signed=0 extensions=1/0/1\n"
                                      : "housing 2020-01-06 items=0 asked=0 reminded=0 signed=0 extensions=1/1/0\n");
        end(story);
    }
}

static void withdrawn_goes_to_each_recipient_when_an_extension_is_decided_late(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 3);
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-04-29");
    ask_for(story, "2020-04-30T10:00:00Z", "2020-06-30");
    until(story, "2020-05-09");
    pass_over(story);
    decide(story, "2020-05-10T02:00:00Z", true);
    expect(story, SEGMENTS " v1 2020-05-10T02:00 withdrawn 0 - takes-back=3\n" SEGMENTS
                           " v1 2020-05-10T02:00 withdrawn 0 - to office takes-back=1\n");
    assert_string_equal(story->last_withdrawn[0], id_of(1, PHASE_OVERDUE, 8, "office"));
    end(story);
}

static void target_adjusted_begins_a_version_and_waits_for_its_standing(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31");
    pass_over(story);
    adjust(story, "2020-03-01T02:00:00Z", "1");
    struct standing standing = standing_of(story, SEGMENTS, "1", "2020-01-31"); /* it was below 2, and now holds */
    standing.target = dec("1");
    standing.reached = true;
    notify_standing(story->notify, instant("2020-03-01T02:00:00Z"), &standing);
    until(story, "2020-06-01");
    expect(story, SEGMENTS " v1 2020-03-01T02:00 withdrawn 0 - takes-back=1\n" SEGMENTS
                           " v1 2020-03-01T02:00 withdrawn 0 - to office takes-back=1\n");
    assert_string_equal(story->reason, "目标值由2调整为1条（区人大常委会） / the target was adjusted from 2 to 1 条 "
                                       "(区人大常委会)");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 open next=-\n");
    end(story);
}

static void a_new_version_is_not_met_before_its_standing(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    adjust(story, "2020-03-01T02:00:00Z", "3");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 open next=2020-03-31T01:00\n");
    stands(story, "2020-03-01T02:00:00Z", SEGMENTS, "3", "2020-01-31");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 met next=-\n");
    expect(story, "");
    end(story);
}

static void a_new_version_of_a_floor_does_not_hold_before_its_standing(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    adjust(story, "2020-03-01T02:00:00Z", "3");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 open next=2020-12-01T01:00\n");
    end(story);
}

static void target_changed_by_a_revision_begins_a_version(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    story->commitments[0].target = dec("3");
    publish(story, "2020-04-01T03:00:00Z");
    expect(story, SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n" SEGMENTS
                           " v1 2020-04-01T03:00 withdrawn 0 - takes-back=1\n");
    assert_string_equal(story->reason, "目标值由2调整为3条 / the target was adjusted from 2 to 3 条");
    end(story);
}

static void comparison_changed_by_a_revision_begins_a_version(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    story->commitments[0].comparison = COMPARISON_MORE_THAN;
    publish(story, "2020-04-01T03:00:00Z");
    pass_over(story);
    assert_string_equal(story->reason, "考核要求已改变 / what is demanded has changed");
    end(story);
}

static void hold_changed_by_a_revision_begins_a_version(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    pass_over(story);
    story->commitments[0].hold = HOLD_ALL_YEAR;
    publish(story, "2020-04-01T03:00:00Z");
    expect(story, SEGMENTS " v1 2020-04-01T03:00 withdrawn 0 - takes-back=1\n");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 open next=2020-04-23T01:00\n");
    end(story);
}

static void take_deadline(void *context, const struct deadline *deadline)
{
    *(struct deadline *)context = *deadline;
}

static void expect_extensions(const struct story *story, uint32_t extensions, const char *due, const char *approved_due)
{
    struct deadline deadline;
    notify_deadlines(story->notify, take_deadline, &deadline);
    assert_int_equal(deadline.extensions, extensions);
    assert_int_equal(deadline.due, day(due));
    assert_int_equal(deadline.approved_due, day(approved_due));
}

static void deadlines_tell_how_often_they_were_extended_since_the_plan_set_them(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    adjust(story, "2020-02-01", "3");
    expect_extensions(story, 0, "2020-04-30", "2020-04-30");
    ask_for(story, "2020-02-02", "2020-06-30");
    decide(story, "2020-02-03", true);
    expect_extensions(story, 1, "2020-06-30", "2020-04-30");
    ask_for(story, "2020-02-04", "2020-07-31");
    decide(story, "2020-02-05", true);
    expect_extensions(story, 2, "2020-07-31", "2020-04-30");
    story->commitments[0].due = day("2020-08-31");
    publish(story, "2020-02-06");
    expect_extensions(story, 0, "2020-08-31", "2020-08-31");
    ask_for(story, "2020-02-07", "2020-09-30");
    decide(story, "2020-02-08", true);
    expect_extensions(story, 1, "2020-09-30", "2020-08-31");
    end(story);
}

static void an_extension_that_stands_begins_one_version_only(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    ask_for(story, "2020-04-01T02:00:00Z", "2020-06-30");
    decide(story, "2020-04-01T03:00:00Z", true);
    stands(story, "2020-04-01T03:00:00Z", SEGMENTS, "1", "2020-03-31");
    until(story, "2020-06-01");
    pass_over(story);
    publish(story, "2020-06-01T02:00:00Z");
    expect(story, "");
    adjust(story, "2020-06-01T03:00:00Z", "3");
    expect(story, SEGMENTS " v2 2020-06-01T03:00 withdrawn 0 - takes-back=1\n");
    assert_non_null(strstr(story->reason, "the target was adjusted from 2 to 3 条"));
    end(story);
}

/* 签收 */

static void signature_stops_the_repeats_to_the_unit_and_not_the_escalation(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 5);
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-04-30T02:00:00Z");
    until(story, "2020-05-02");
    expect(story, SEGMENTS " v1 2020-05-01T01:00 overdue 1 orange\n");
    sign(story, "2020-05-02T02:00:00Z", id_of(1, PHASE_OVERDUE, 1, "housing"));
    until(story, "2020-05-16");
    expect(story, SEGMENTS " v1 2020-05-11T01:00 overdue 11 red to office\n" SEGMENTS
                           " v1 2020-05-15T01:00 overdue 15 red to office\n");
    sign(story, "2020-05-16T02:00:00Z", id_of(1, PHASE_OVERDUE, 15, "office"));
    until(story, "2020-06-30");
    expect(story, "");
    stands(story, "2020-07-01", SEGMENTS, "2", "2020-06-30");
    expect(story, SEGMENTS " v1 2020-06-30T16:00 met 1 - days-late=61\n" SEGMENTS
                           " v1 2020-06-30T16:00 met 1 - to office days-late=61\n");
    end(story);
}

static void signature_of_a_reminder_does_not_stop_the_calendar(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    pass_over(story);
    sign(story, "2020-04-01T02:00:00Z", id_of(1, PHASE_UPCOMING, 30, "housing"));
    until(story, "2020-04-24");
    expect(story, SEGMENTS " v1 2020-04-23T01:00 upcoming 7 blue\n");
    const char *signed_by;
    int64_t at_us;
    assert_true(notify_signature(story->notify, id_of(1, PHASE_UPCOMING, 30, "housing"), &signed_by, &at_us));
    assert_string_equal(signed_by, "王科长");
    assert_true(at_us == instant("2020-04-01T02:00:00Z"));
    assert_false(notify_signature(story->notify, id_of(1, PHASE_UPCOMING, 7, "housing"), &signed_by, &at_us));
    end(story);
}

static void signature_of_another_phase_does_not_stop_the_repeats(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-30T02:00:00Z");
    pass_over(story);
    sign(story, "2020-04-30T02:00:00Z", id_of(1, PHASE_DUE, 0, "housing"));
    until(story, "2020-05-02");
    expect(story, SEGMENTS " v1 2020-05-01T01:00 overdue 1 orange\n");
    sign(story, "2020-05-02T02:00:00Z", id_of(1, PHASE_UPCOMING, 7, "housing"));
    until(story, "2020-05-09");
    expect(story, SEGMENTS " v1 2020-05-08T01:00 overdue 8 orange\n");
    end(story);
}

static void signature_of_an_older_overdue_alert_stops_the_repeats_too(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-09");
    pass_over(story);
    sign(story, "2020-05-09T02:00:00Z", id_of(1, PHASE_OVERDUE, 1, "housing"));
    until(story, "2020-06-30");
    expect(story, "");
    end(story);
}

static void signature_under_silence_holds_until_a_report_of_one_of_the_measures(void **state)
{
    (void)state;
    struct story *story = begin_without_reminders();
    commit_to(story, SEGMENTS, "2020-04-30");
    report_every(story, "dust", 20);
    report_every(story, "noise", 21);
    publish(story, "2020-01-01");
    until(story, "2020-01-22T02:00:00Z");
    pass_over(story);
    sign(story, "2020-01-22T02:00:00Z", id_of(1, PHASE_SILENT, 1, "housing"));
    until(story, "2020-02-10");
    expect(story, "");
    report(story, "2020-02-10", "dust");
    until(story, "2020-02-14");
    expect(story, SEGMENTS " v1 2020-02-13T01:00 silent 2 yellow\n");
    assert_string_equal(story->last_silent, "noise ");
    end(story);
}

static void signature_under_silence_holds_until_a_report(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    until(story, "2020-02-02");
    pass_over(story);
    sign(story, "2020-02-02T02:00:00Z", id_of(1, PHASE_SILENT, 1, "housing"));
    until(story, "2020-03-10");
    expect(story, "");
    report(story, "2020-03-10T02:00:00Z", "noise");
    until(story, "2020-04-10T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-04-10T01:00 silent 2 yellow\n");
    end(story);
}

static void signature_ends_with_its_version(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-02");
    pass_over(story);
    sign(story, "2020-05-02T02:00:00Z", id_of(1, PHASE_OVERDUE, 1, "housing"));
    story->commitments[0].due = day("2020-05-03");
    publish(story, "2020-05-03T02:00:00Z");
    until(story, "2020-05-05");
    expect(story, SEGMENTS " v1 2020-05-03T02:00 withdrawn 0 - takes-back=4\n" SEGMENTS
                           " v2 2020-05-04T01:00 overdue 1 orange\n");
    end(story);
}

/* Digest and burden */

static void digest_lists_a_morning_and_counts_the_year(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 3);
    commit_to(story, SEGMENTS, "2020-04-30");
    commit_to(story, "other", "2020-04-30");
    publish(story, "2020-04-29T03:00:00Z");
    until(story, "2020-05-01T03:00:00Z");
    sign(story, "2020-05-01T04:00:00Z", id_of(1, PHASE_OVERDUE, 1, "housing"));
    until(story, "2020-05-09");
    expect_digests(story, "housing 2020-04-30 items=2 asked=2 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-05-01 items=2 asked=4 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-05-02 items=0 asked=4 reminded=0 signed=1 extensions=0/0/0\n"
                          "housing 2020-05-08 items=1 asked=4 reminded=1 signed=1 extensions=0/0/0\n"
                          "office 2020-05-08 items=2 asked=0 reminded=2 signed=0 extensions=0/0/0\n");
    end(story);
}

static void digest_of_what_came_in_the_day_is_of_the_next_morning(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01T00:59:59Z", SEGMENTS, "1", "2020-01-31");
    stands(story, "2020-02-01T01:00:00Z", SEGMENTS, "2", "2020-01-31"); /* nine o'clock: the digest is made */
    until(story, "2020-02-03");
    expect_digests(story, "housing 2020-02-01 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "office 2020-02-01 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-02-02 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "office 2020-02-02 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n");
    end(story);
}

static void digest_says_of_each_alert_what_the_alert_said(void **state)
{
    (void)state;
    struct story *story = begin();
    promise_milestone(story, "opened", "2020-04-30");
    publish(story, "2020-04-01");
    until(story, "2020-04-24");
    pass_over(story);
    assert_string_equal(story->last_items, "songshan-road/opened upcoming blue\n");
    assert_string_equal(story->last_item.id, story->last.id);
    assert_string_equal(story->item_text_zh, story->text_zh);
    assert_string_equal(story->item_text_en, story->text_en);
    end(story);
}

static void digest_lists_alerts_by_instant_and_then_by_deadline(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, "b", "2020-04-30");
    commit_to(story, "a", "2020-04-30");
    commit_to(story, "c", "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-01");
    pass_over(story);
    stands(story, "2020-04-01T02:00:00Z", "c", "2", "2020-03-31");
    story->commitments[0].due = story->commitments[1].due = day("2020-06-30");
    publish(story, "2020-04-01T03:00:00Z");
    until(story, "2020-04-03");
    expect(story, "c v1 2020-04-01T02:00 met 1 - days-late=0\n"
                  "a v1 2020-04-01T03:00 withdrawn 0 - takes-back=1\n"
                  "b v1 2020-04-01T03:00 withdrawn 0 - takes-back=1\n");
    assert_string_equal(story->last_items, "c met -\na withdrawn -\nb withdrawn -\n");
    end(story);
}

static void digest_of_each_plan_comes_at_its_own_hour(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    story->plan.year = 2021;
    story->plan.rules.alert_minute = 600;
    story->commitments[0].due = day("2021-04-30");
    publish(story, "2020-01-01");
    until(story, "2021-03-31T01:15:00Z");
    pass_over(story);
    story->digested[0] = '\0';
    story->plan.year = 2020;
    stands(story, "2021-03-31T01:30:00Z", SEGMENTS, "2", "2020-04-30"); /* after nine and before ten */
    until(story, "2021-04-02");
    expect_digests(story, "housing 2021-03-31 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2021-04-01 items=1 asked=4 reminded=47 signed=0 extensions=0/0/0\n");
    end(story);
}

static void burden_counts_what_was_asked_and_reminded_and_no_good_news(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    until(story, "2020-03-03");
    expect_digests(story, "housing 2020-02-01 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-03-02 items=1 asked=1 reminded=1 signed=0 extensions=0/0/0\n");
    story->commitments[0].due = day("2020-06-30");
    publish(story, "2020-03-03T02:00:00Z");
    stands(story, "2020-03-03T02:00:00Z", SEGMENTS, "1", "2020-03-02");
    until(story, "2020-03-05");
    expect_digests(story, "housing 2020-03-04 items=1 asked=1 reminded=1 signed=0 extensions=0/0/0\n");
    end(story);
}

static void burden_of_a_signature_is_counted_once_and_for_whom_the_alert_went_to(void **state)
{
    (void)state;
    struct story *story = begin();
    escalate_after(story, 3);
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-05-02");
    until(story, "2020-05-09");
    pass_over(story);
    story->digested[0] = '\0';
    const char *alert = id_of(1, PHASE_OVERDUE, 8, "office"), *signed_by;
    sign(story, "2020-05-09T02:00:00Z", alert);
    tell(story, "2020-05-09T03:00:00Z",
         (struct update){.kind = UPDATE_ALERT_ACKNOWLEDGED, .acknowledgement = {alert, "李科长"}});
    until(story, "2020-05-11");
    expect_digests(story, "office 2020-05-10 items=0 asked=0 reminded=1 signed=1 extensions=0/0/0\n");
    int64_t at_us;
    assert_true(notify_signature(story->notify, alert, &signed_by, &at_us));
    assert_string_equal(signed_by, "王科长");
    assert_true(at_us == instant("2020-05-09T02:00:00Z"));
    end(story);
}

static void burden_counts_extensions_granted(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    ask_for(story, "2020-02-02", "2020-06-30");
    decide(story, "2020-02-03", true);
    until(story, "2020-02-05");
    expect_digests(story, "housing 2020-02-02 items=0 asked=0 reminded=0 signed=0 extensions=1/0/0\n"
                          "housing 2020-02-03 items=0 asked=0 reminded=0 signed=0 extensions=1/1/0\n");
    end(story);
}

static void digests_are_never_skipped(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-22");
    pass_over(story);
    story->digested[0] = '\0';
    until(story, "2020-05-02");
    drain(story, instant("2020-05-02"), HOUR_US);
    assert_string_equal(story->digested,
                        "housing 2020-04-23 items=1 asked=2 reminded=0 signed=0 extensions=0/0/0 late\n"
                        "housing 2020-04-30 items=1 asked=3 reminded=0 signed=0 extensions=0/0/0 late\n"
                        "housing 2020-05-01 items=1 asked=4 reminded=0 signed=0 extensions=0/0/0 late\n");
    end(story);
}

/* A revision may put the hour of alerts back on a morning that was: a day has one morning, and one digest. */
static void digest_comes_once_a_day_although_the_hour_is_put_back(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-03-31T02:00:00Z"); /* ten o'clock: the morning was at nine */
    story->plan.rules.alert_minute = 11 * 60;
    commit_to(story, "other", "2020-04-30");
    publish(story, "2020-03-31T02:00:00Z"); /* too late for the 30 days of the new one */
    ask_for(story, "2020-03-31T02:30:00Z", "2020-06-30");
    until(story, "2020-04-03");
    expect_digests(story, "housing 2020-03-31 items=1 asked=1 reminded=0 signed=0 extensions=0/0/0\n"
                          "housing 2020-04-01 items=0 asked=1 reminded=0 signed=0 extensions=1/0/0\n");
    end(story);
}

static void silence_is_asked_about_once_a_day_although_the_hour_is_put_back(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    until(story, "2020-02-01T02:00:00Z");
    expect(story, SEGMENTS " v1 2020-02-01T01:00 silent 1 yellow\n");
    story->plan.rules.alert_minute = 11 * 60;
    publish(story, "2020-02-01T02:00:00Z");
    looks(story, "2020-02-01T02:30:00Z", COLOUR_RED, false);
    until(story, "2020-02-02T04:00:00Z");
    expect(story, SEGMENTS " v1 2020-02-02T03:00 pace 1 red\n" SEGMENTS " v1 2020-02-02T03:00 pace 1 red to office\n");
    end(story);
}

/* What was decided twice in one transaction of ingest may end where it began: metrics then has nothing to say. */
static void target_that_is_what_it_was_does_not_wait_for_a_standing(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-01", SEGMENTS, "2", "2020-03-31");
    pass_over(story);
    adjust(story, "2020-04-02T02:00:00Z", "3");
    adjust(story, "2020-04-02T02:00:00Z", "2");
    until(story, "2020-06-01");
    expect(story, "");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v3 met next=-\n");
    end(story);
}

/* Room for one more, three times. */
static bool has_room_for_few(void *context)
{
    (void)context;
    static int asked;
    return ++asked % 4 == 0;
}

static void forget_alert(void *context, const struct alert *alert)
{
    struct story *story = context;
    size_t used = strlen(story->told);
    snprintf(story->told + used, sizeof story->told - used, "%s %u\n", phase_name(alert->phase), alert->occurrence);
}

static void forget_digest(void *context, const struct unit_digest *digest)
{
    struct story *story = context;
    size_t used = strlen(story->told);
    snprintf(story->told + used, sizeof story->told - used, "digest %zu\n", digest->item_count);
}

static void what_is_handed_over_in_pieces_is_the_same(void **state)
{
    (void)state;
    char whole[1024];
    for (int pieces = 0; pieces < 2; pieces++) {
        struct story *story = begin_segments();
        until(story, "2020-05-20");
        const struct notify_drain drain = {instant("2020-05-20"), 6 * DAY_US, forget_alert,
                                           forget_digest,         story,      pieces ? has_room_for_few : NULL};
        int calls = 1;
        while (!notify_drain(story->notify, &drain))
            calls++;
        assert_true(notify_drain(story->notify, &drain));
        if (pieces)
            assert_string_equal(story->told, whole);
        else
            snprintf(whole, sizeof whole, "%s", story->told);
        assert_int_equal(calls > 1, pieces);
        end(story);
    }
    assert_string_equal(whole, "digest 1\ndigest 1\ndigest 1\ndigest 1\ndigest 1\noverdue 15\ndigest 1\n");
}

static void count_unit(void *context, const struct unit_row *row)
{
    char *lines = context;
    size_t used = strlen(lines);
    snprintf(lines + used, 1024 - used, "%s/%u/%s asked=%u open=%u overdue=%u\n", row->division, row->year,
             row->unit->id, row->burden.asked, row->open, row->overdue);
}

static void units_tell_their_burden_and_their_deadlines(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    commit_to(story, "other", "2020-12-31");
    publish(story, "2020-01-02");
    until(story, "2020-05-02");
    char lines[1024] = "";
    notify_units(story->notify, count_unit, lines);
    assert_string_equal(lines, "410102/2020/housing asked=4 open=1 overdue=1\n"
                               "410102/2020/office asked=0 open=0 overdue=0\n");
    end(story);
}

static void units_tell_of_each_plan_its_own_deadlines(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-01-02", SEGMENTS, "2", "2020-01-01");
    story->plan.year = 2021;
    story->commitments[0].due = day("2021-04-30");
    publish(story, "2020-01-03");
    story->plan.division = "410103";
    publish(story, "2020-01-03");
    char lines[1024] = "";
    notify_units(story->notify, count_unit, lines);
    assert_string_equal(lines, "410102/2020/housing asked=0 open=0 overdue=0\n"
                               "410102/2020/office asked=0 open=0 overdue=0\n"
                               "410102/2021/housing asked=0 open=1 overdue=0\n"
                               "410102/2021/office asked=0 open=0 overdue=0\n"
                               "410103/2021/housing asked=0 open=1 overdue=0\n"
                               "410103/2021/office asked=0 open=0 overdue=0\n");
    end(story);
}

/* Downtime, for pace and silence too */

static void late_pace_and_silence_are_skipped_for_what_is_newer_of_the_same_recipient(void **state)
{
    (void)state;
    struct story *story = begin_monthly();
    looks(story, "2020-01-15", COLOUR_RED, false);
    until(story, "2020-03-05");
    expect_after_downtime(story, "2020-03-05", HOUR_US,
                          SEGMENTS " v1 2020-01-15T01:00 pace 1 red to office late skips=0\n" SEGMENTS
                                   " v1 2020-03-02T01:00 silent 2 yellow late skips=2\n");
    end(story);
}

static void downtime_skips_no_breach(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, SEGMENTS, "2020-12-31");
    story->commitments[0].unit = "office";
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", SEGMENTS, "1", "2020-01-31");
    stands(story, "2020-02-02", SEGMENTS, "2", "2020-02-01");
    stands(story, "2020-02-03", SEGMENTS, "1", "2020-02-02");
    expect_after_downtime(story, "2020-03-05", HOUR_US,
                          SEGMENTS " v1 2020-01-31T16:00 breach 1 red late skips=0\n" SEGMENTS
                                   " v1 2020-02-01T16:00 met 1 - days-late=0 late skips=0\n" SEGMENTS
                                   " v1 2020-02-02T16:00 breach 2 red late skips=0\n");
    end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upcoming_comes_calendar_days_and_working_days_before),
        cmocka_unit_test(upcoming_of_a_make_up_working_day_is_that_day),
        cmocka_unit_test(two_leads_on_one_morning_are_one_alert),
        cmocka_unit_test(upcoming_follows_the_extension_of_the_spring_festival_of_2020),
        cmocka_unit_test(upcoming_comes_once_for_each_lead_in_working_days),
        cmocka_unit_test(a_year_without_data_is_never_guessed),
        cmocka_unit_test(due_comes_on_the_morning_of_the_day_and_on_no_other),
        cmocka_unit_test(overdue_is_orange_then_red_after_working_days_and_goes_to_the_supervising_unit),
        cmocka_unit_test(escalation_on_a_day_of_the_repeats_is_one_alert),
        cmocka_unit_test(a_supervising_unit_that_leads_is_told_once),
        cmocka_unit_test(met_goes_to_whoever_was_told),
        cmocka_unit_test(pace_speaks_on_the_morning_after_the_forecast_misses_or_the_colour_falls),
        cmocka_unit_test(pace_is_silent_about_what_is_mended_before_the_morning),
        cmocka_unit_test(pace_ends_before_the_day_of_the_deadline_and_when_it_is_met),
        cmocka_unit_test(pace_comes_up_to_the_morning_before_the_deadlines_day),
        cmocka_unit_test(pace_is_silent_about_a_goal_that_was_red_and_is_met),
        cmocka_unit_test(nothing_of_the_calendar_pace_or_silence_is_sent_while_it_is_met),
        cmocka_unit_test(pace_begins_each_version_with_no_trouble_and_waits_for_its_standing),
        cmocka_unit_test(pace_says_nothing_of_a_floor),
        cmocka_unit_test(silent_is_asked_about_after_each_period_without_a_report),
        cmocka_unit_test(silent_ends_with_a_report_even_of_zero_and_begins_again),
        cmocka_unit_test(silent_names_every_measure_that_is),
        cmocka_unit_test(silent_rests_when_met_and_before_the_start_and_after_the_deadline),
        cmocka_unit_test(silent_names_each_measure_once_when_it_is_silent_for_longer_than_its_period),
        cmocka_unit_test(silent_counts_from_the_evening_before_the_start_when_a_report_came_earlier),
        cmocka_unit_test(silent_counts_from_the_day_on_which_the_commitment_came_back_into_the_plan),
        cmocka_unit_test(silent_asks_also_of_a_floor_that_holds),
        cmocka_unit_test(breach_is_told_at_once_and_to_both_and_again_when_broken_again),
        cmocka_unit_test(breach_waits_for_the_start_and_ends_with_the_deadline),
        cmocka_unit_test(breach_is_told_on_the_last_day_too),
        cmocka_unit_test(breach_is_told_again_in_a_new_version_that_is_broken_too),
        cmocka_unit_test(calendar_alerts_of_a_floor_rest_while_it_holds_and_silence_goes_on),
        cmocka_unit_test(breach_that_is_unknown_for_a_while_is_mended_when_it_holds),
        cmocka_unit_test(breach_is_not_told_of_what_a_revision_has_redefined),
        cmocka_unit_test(extension_granted_begins_a_version_and_takes_the_alerts_back),
        cmocka_unit_test(extension_refused_changes_nothing_but_the_count),
        cmocka_unit_test(extension_counts_for_the_unit_that_asked),
        cmocka_unit_test(withdrawn_goes_to_each_recipient_when_an_extension_is_decided_late),
        cmocka_unit_test(target_adjusted_begins_a_version_and_waits_for_its_standing),
        cmocka_unit_test(a_new_version_is_not_met_before_its_standing),
        cmocka_unit_test(a_new_version_of_a_floor_does_not_hold_before_its_standing),
        cmocka_unit_test(target_changed_by_a_revision_begins_a_version),
        cmocka_unit_test(comparison_changed_by_a_revision_begins_a_version),
        cmocka_unit_test(hold_changed_by_a_revision_begins_a_version),
        cmocka_unit_test(deadlines_tell_how_often_they_were_extended_since_the_plan_set_them),
        cmocka_unit_test(an_extension_that_stands_begins_one_version_only),
        cmocka_unit_test(signature_stops_the_repeats_to_the_unit_and_not_the_escalation),
        cmocka_unit_test(signature_of_a_reminder_does_not_stop_the_calendar),
        cmocka_unit_test(signature_of_another_phase_does_not_stop_the_repeats),
        cmocka_unit_test(signature_of_an_older_overdue_alert_stops_the_repeats_too),
        cmocka_unit_test(signature_under_silence_holds_until_a_report_of_one_of_the_measures),
        cmocka_unit_test(signature_under_silence_holds_until_a_report),
        cmocka_unit_test(signature_ends_with_its_version),
        cmocka_unit_test(digest_lists_a_morning_and_counts_the_year),
        cmocka_unit_test(digest_of_what_came_in_the_day_is_of_the_next_morning),
        cmocka_unit_test(digest_says_of_each_alert_what_the_alert_said),
        cmocka_unit_test(digest_lists_alerts_by_instant_and_then_by_deadline),
        cmocka_unit_test(digest_of_each_plan_comes_at_its_own_hour),
        cmocka_unit_test(burden_counts_what_was_asked_and_reminded_and_no_good_news),
        cmocka_unit_test(burden_of_a_signature_is_counted_once_and_for_whom_the_alert_went_to),
        cmocka_unit_test(burden_counts_extensions_granted),
        cmocka_unit_test(digests_are_never_skipped),
        cmocka_unit_test(digest_comes_once_a_day_although_the_hour_is_put_back),
        cmocka_unit_test(silence_is_asked_about_once_a_day_although_the_hour_is_put_back),
        cmocka_unit_test(target_that_is_what_it_was_does_not_wait_for_a_standing),
        cmocka_unit_test(what_is_handed_over_in_pieces_is_the_same),
        cmocka_unit_test(units_tell_their_burden_and_their_deadlines),
        cmocka_unit_test(units_tell_of_each_plan_its_own_deadlines),
        cmocka_unit_test(late_pace_and_silence_are_skipped_for_what_is_newer_of_the_same_recipient),
        cmocka_unit_test(downtime_skips_no_breach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
