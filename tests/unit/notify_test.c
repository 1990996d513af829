#include "support/notify_story.h"

#include <stdio.h>
#include <string.h>

/* The calendar */

static void alerts_fall_at_nine_on_the_days_of_the_calendar(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-03-31T00:59:59Z");
    expect(story, "");
    until(story, "2020-03-31T01:00:00Z");
    assert_int_equal(story->clock_us, instant("2020-03-31T09:00:00+08:00"));
    expect(story, SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n");
    until(story, "2020-05-20");
    expect(story,
           SEGMENTS " v1 2020-04-23T01:00 upcoming 7 blue\n" SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n" SEGMENTS
                    " v1 2020-05-01T01:00 overdue 1 orange\n" SEGMENTS
                    " v1 2020-05-08T01:00 overdue 8 orange\n" SEGMENTS " v1 2020-05-15T01:00 overdue 15 orange\n");
    end(story);
}

static void ids_are_the_same_for_ever(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-01T01:00:00Z");
    pass_over(story);
    assert_int_equal(story->id_count, 4);
    /* printf 410102/2020/road-demo-segments/1/upcoming/30 | sha256sum */
    assert_string_equal(story->ids[0], "338df2e6be0cd687497f1c4e6b52c605");
    assert_string_equal(story->ids[1], "ac08a50ea84b0068f6c1d96867aaa401");
    assert_string_equal(story->ids[2], "838b1c0a5262a12bb1729410ad9fef1d");
    assert_string_equal(story->ids[3], "e49c4c6793e78fe6eb51756d523192e8");
    end(story);
}

static void alert_says_who_must_do_what(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-20", SEGMENTS, "1", "2020-04-19");
    until(story, "2020-04-23T01:00:00Z");
    pass_over(story);
    assert_string_equal(story->last.division, CITY);
    assert_int_equal(story->last.year, 2020);
    assert_string_equal(story->last.unit, "housing");
    assert_string_equal(story->last.supervising_unit, "office");
    assert_string_equal(story->last.commitment, SEGMENTS);
    assert_string_equal(story->last.project, "");
    assert_string_equal(story->last.milestone, "");
    assert_int_equal(story->last.due, day("2020-04-30"));
    assert_int_equal(story->last.days_left, 7);
    assert_true(story->last.value_known);
    assert_int_equal(decimal_compare(story->last.value, dec("1")), 0);
    assert_int_equal(decimal_compare(story->last.target, dec("2")), 0);
    assert_string_equal(story->last.value_unit, "条");
    until(story, "2020-05-08T01:00:00Z");
    pass_over(story);
    assert_int_equal(story->last.days_left, -8);
    end(story);
}

static void expect_texts(struct story *story, const char *when, const char *zh, const char *en)
{
    until(story, when);
    pass_over(story);
    assert_string_equal(story->text_zh, zh);
    assert_string_equal(story->text_en, en);
}

static void sentences_of_a_commitment_differ_by_phase(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    expect_texts(story, "2020-03-31T01:00:00Z", "市定示范段综合改造：还有30天到期（2020-04-30），目前未知，目标≥2条。",
                 "Demonstration segments rebuilt: due in 30 days (2020-04-30); now unknown, target ≥ 2 条.");
    stands(story, "2020-04-29", SEGMENTS, "1.5", "2020-04-28");
    expect_texts(story, "2020-04-30T01:00:00Z", "市定示范段综合改造：今天到期（2020-04-30），目前1.5条，目标≥2条。",
                 "Demonstration segments rebuilt: due today (2020-04-30); now 1.5 条, target ≥ 2 条.");
    expect_texts(story, "2020-05-01T01:00:00Z",
                 "市定示范段综合改造：已逾期1天（2020-04-30到期），目前1.5条，目标≥2条。",
                 "Demonstration segments rebuilt: overdue by 1 day (was due 2020-04-30); now 1.5 条, target ≥ 2 条.");
    stands(story, "2020-05-04", SEGMENTS, "2", "2020-05-03");
    expect_texts(story, "2020-05-04", "市定示范段综合改造：已完成，逾期3天（2020-04-30到期），目前2条，目标≥2条。",
                 "Demonstration segments rebuilt: done 3 days late (was due 2020-04-30); now 2 条, target ≥ 2 条.");
    assert_string_equal(story->reason, "");
    end(story);
}

static void sentences_of_a_milestone_name_project_and_milestone(void **state)
{
    (void)state;
    struct story *story = begin_road();
    expect_texts(story, "2020-04-23T01:00:00Z", "嵩山路示范段·通车：还有7天到期（2020-04-30）。",
                 "Songshan Road, opened: due in 7 days (2020-04-30).");
    reach(story, "2020-04-29", "opened", "2020-04-28");
    expect_texts(story, "2020-04-29", "嵩山路示范段·通车：已按期完成（2020-04-30到期）。",
                 "Songshan Road, opened: done on time (due 2020-04-30).");
    end(story);
}

static void expect_target(enum comparison comparison, const char *zh, const char *en)
{
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30")->comparison = comparison;
    publish(story, "2020-01-01");
    until(story, "2020-04-01");
    pass_over(story);
    assert_non_null(strstr(story->text_zh, zh));
    assert_non_null(strstr(story->text_en, en));
    end(story);
}

static void sentences_show_how_value_and_target_compare(void **state)
{
    (void)state;
    expect_target(COMPARISON_AT_LEAST, "目标≥2条", "target ≥ 2 条");
    expect_target(COMPARISON_MORE_THAN, "目标>2条", "target > 2 条");
    expect_target(COMPARISON_AT_MOST, "目标≤2条", "target ≤ 2 条");
    expect_target(COMPARISON_LESS_THAN, "目标<2条", "target < 2 条");
}

/* What a red goal's alert says of its forecast; null for no forecast. */
static void expect_forecast(const struct forecast *forecast, const char *zh, const char *en)
{
    struct story *story = begin_segments();
    struct standing standing = standing_of(story, SEGMENTS, "1", "2020-01-31");
    standing.colour = COLOUR_RED;
    standing.attainment = dec("50");
    standing.expected = dec("81");
    standing.has_forecast = forecast != NULL;
    if (forecast != NULL)
        standing.forecast = *forecast;
    notify_standing(story->notify, instant("2020-02-01"), &standing);
    until(story, "2020-02-03");
    pass_over(story);
    assert_non_null(strstr(story->text_zh, zh));
    assert_non_null(strstr(story->text_en, en));
    end(story);
}

static void sentences_tell_of_a_forecast_what_is_known(void **state)
{
    (void)state;
    struct forecast never = {.weekly_pace = dec("-0.1"), .value_at_deadline = dec("0.7"), .misses = true};
    expect_forecast(&never, "目标≥2条；照近期进度将达不到目标，时限日为0.7条。",
                    "target ≥ 2 条; at this pace never reached, 0.7 条 on the deadline.");
    expect_forecast(NULL, "完成率50%，序时进度81%，目前1条，目标≥2条。",
                    "attained 50 %, expected 81 %; now 1 条, target ≥ 2 条.");
}

static void sentences_and_alerts_say_what_rests_on_made_up_reports(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    struct standing standing = standing_of(story, SEGMENTS, "1", "2020-01-31");
    standing.simulated = true;
    notify_standing(story->notify, instant("2020-02-01"), &standing);
    expect_texts(story, "2020-03-31T01:00:00Z",
                 "【模拟】市定示范段综合改造：还有30天到期（2020-04-30），目前1条，目标≥2条。",
                 "[simulated] Demonstration segments rebuilt: due in 30 days (2020-04-30); now 1 条, target ≥ 2 条.");
    assert_true(story->last.simulated);
    end(story);
}

static void plan_published_late_sends_only_what_is_still_to_come(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-04-23T01:00:00Z"); /* at the very instant of a reminder */
    until(story, "2020-05-01");
    expect(story, SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

static void plan_published_after_the_deadline_joins_the_repeats(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-05-10");
    until(story, "2020-05-23");
    expect(story,
           SEGMENTS " v1 2020-05-15T01:00 overdue 15 orange\n" SEGMENTS " v1 2020-05-22T01:00 overdue 22 orange\n");
    end(story);
}

static void later_hour_of_alerts_sends_nothing_twice(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-30T01:30:00Z");
    pass_over(story);
    story->plan.rules.alert_minute = 600;
    publish(story, "2020-04-30T01:45:00Z");
    until(story, "2020-05-02");
    expect(story, SEGMENTS " v1 2020-05-01T02:00 overdue 1 orange\n");
    end(story);
}

static void one_id_is_decided_once_and_is_not_announced_as_the_next(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    publish(story, "2020-04-30");
    until(story, "2020-04-30T01:30:00Z");
    expect(story, SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n");
    story->plan.rules.alert_minute = 600;
    publish(story, "2020-04-30T01:45:00Z");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-05-01T02:00\n");
    end(story);
}

/* Met */

static void met_after_overdue_says_how_late(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-10");
    pass_over(story);
    stands(story, "2020-05-14T03:00:00Z", SEGMENTS, "2", "2020-05-12");
    until(story, "2020-12-31");
    expect(story, SEGMENTS " v1 2020-05-14T03:00 met 1 - days-late=12\n");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 met next=-\n");
    end(story);
}

static void met_a_day_late_is_late(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-01T02:00:00Z");
    stands(story, "2020-05-02", SEGMENTS, "2", "2020-05-01");
    expect_texts(story, "2020-05-02", "市定示范段综合改造：已完成，逾期1天（2020-04-30到期），目前2条，目标≥2条。",
                 "Demonstration segments rebuilt: done 1 day late (was due 2020-04-30); now 2 条, target ≥ 2 条.");
    end(story);
}

static void met_on_time_after_a_reminder_is_announced(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-02T03:00:00Z", SEGMENTS, "2", "2020-04-01");
    until(story, "2020-12-31");
    expect(story,
           SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n" SEGMENTS " v1 2020-04-02T03:00 met 1 - days-late=0\n");
    end(story);
}

static void met_without_an_alert_before_is_silent(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-02-01", SEGMENTS, "2", "2020-01-31");
    until(story, "2020-12-31");
    expect(story, "");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 met next=-\n");
    end(story);
}

static void correction_opens_it_again_and_the_calendar_goes_on(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-01T03:00:00Z", SEGMENTS, "2", "2020-03-31");
    stands(story, "2020-04-24T03:00:00Z", SEGMENTS, "1", "2020-03-31"); /* the 23rd is not made up for */
    stands(story, "2020-05-02T03:00:00Z", SEGMENTS, "2", "2020-05-01");
    until(story, "2020-12-31");
    expect(story,
           SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n" SEGMENTS
                    " v1 2020-04-01T03:00 met 1 - days-late=0\n" SEGMENTS " v1 2020-04-30T01:00 due 0 yellow\n" SEGMENTS
                    " v1 2020-05-01T01:00 overdue 1 orange\n" SEGMENTS " v1 2020-05-02T03:00 met 2 - days-late=1\n");
    end(story);
}

static void value_for_the_due_day_reported_in_february_is_on_time(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, "revenue", "2020-12-31");
    publish(story, "2020-01-01");
    until(story, "2021-02-01");
    pass_over(story);
    stands(story, "2021-02-02T03:00:00Z", "revenue", "2", "2020-12-31");
    expect(story, "revenue v1 2021-02-02T03:00 met 1 - days-late=0\n");
    end(story);
}

static void standing_of_a_retired_commitment_decides_nothing(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    pass_over(story);
    struct standing standing = standing_of(story, SEGMENTS, "2", "2020-04-01");
    standing.retired = true;
    notify_standing(story->notify, instant("2020-04-02"), &standing);
    expect(story, "");
    end(story);
}

/* Floors and ceilings that must hold all year */

static void floor_that_holds_is_met_in_silence_when_its_last_day_is_over(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, "air-quality", "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", "air-quality", "3", "2020-01-31");
    until(story, "2020-12-31T15:59:59Z");
    expect_deadlines(story, "410102/2020/air-quality v1 open next=-\n");
    until(story, "2020-12-31T16:00:00Z");
    expect_deadlines(story, "410102/2020/air-quality v1 met next=-\n");
    until(story, "2021-03-01");
    expect(story, "");
    end(story);
}

static void floor_is_asked_for_while_unknown_and_met_at_the_end(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, "air-quality", "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-12-05", "air-quality", "3", "2020-12-04");
    until(story, "2021-03-01");
    expect(story, "air-quality v1 2020-12-01T01:00 upcoming 30 blue\n"
                  "air-quality v1 2020-12-31T16:00 met 1 - days-late=0\n");
    end(story);
}

static void floor_broken_at_the_end_is_overdue_until_it_is_reached(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, "air-quality", "2020-12-31");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", "air-quality", "3", "2020-01-31");
    stands(story, "2020-12-30", "air-quality", "1", "2020-12-29");
    stands(story, "2021-01-05T03:00:00Z", "air-quality", "2", "2021-01-04");
    until(story, "2021-03-01");
    expect(story, "air-quality v1 2020-12-29T16:00 breach 1 red\n"
                  "air-quality v1 2020-12-29T16:00 breach 1 red to office\n"
                  "air-quality v1 2020-12-31T01:00 due 0 yellow\n"
                  "air-quality v1 2021-01-01T01:00 overdue 1 orange\n"
                  "air-quality v1 2021-01-05T03:00 met 1 - days-late=4\n"
                  "air-quality v1 2021-01-05T03:00 met 1 - to office days-late=4\n");
    assert_non_null(strstr(story->text_zh, "已完成，逾期4天"));
    assert_non_null(strstr(story->text_en, "done 4 days late"));
    end(story);
}

static void floor_for_the_due_day_reported_in_february_is_on_time(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, "air-quality", "2020-12-31");
    publish(story, "2020-12-25");
    stands(story, "2021-02-02T03:00:00Z", "air-quality", "2", "2020-12-31");
    pass_over(story);
    assert_int_equal(story->last.phase, PHASE_MET);
    assert_int_equal(story->last.days_late, 0);
    end(story);
}

static void floor_that_holds_at_midnight_is_met_before_an_alert_of_midnight(void **state)
{
    (void)state;
    struct story *story = begin();
    floor_to_hold(story, "air-quality", "2020-12-31");
    story->plan.rules.alert_minute = 0;
    publish(story, "2020-12-05");
    stands(story, "2020-12-26", "air-quality", "2", "2020-12-25");
    until(story, "2021-03-01");
    expect(story, "air-quality v1 2020-12-23T16:00 upcoming 7 blue\n"
                  "air-quality v1 2020-12-31T16:00 met 1 - days-late=0\n");
    end(story);
}

/* Revisions */

static void deadline_moved_takes_its_alerts_back_and_begins_version_2(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-24");
    pass_over(story);
    story->commitments[0].due = day("2020-06-30");
    publish(story, "2020-04-25T03:00:00Z");
    expect(story, SEGMENTS " v1 2020-04-25T03:00 withdrawn 0 - takes-back=2\n");
    assert_string_equal(story->last_withdrawn[0], "338df2e6be0cd687497f1c4e6b52c605");
    assert_string_equal(story->last_withdrawn[1], "ac08a50ea84b0068f6c1d96867aaa401");
    assert_int_equal(story->last.due, day("2020-04-30"));
    assert_string_equal(story->reason,
                        "完成时限由2020-04-30改为2020-06-30 / the deadline moved from 2020-04-30 to 2020-06-30");
    assert_string_equal(story->text_zh,
                        "市定示范段综合改造：2020-04-30期限的提醒撤回：完成时限由2020-04-30改为2020-06-30。");
    assert_string_equal(story->text_en, "Demonstration segments rebuilt: the alerts for 2020-04-30 are taken back: "
                                        "the deadline moved from 2020-04-30 to 2020-06-30.");
    until(story, "2020-06-24");
    expect(story, SEGMENTS " v2 2020-05-31T01:00 upcoming 30 blue\n" SEGMENTS " v2 2020-06-23T01:00 upcoming 7 blue\n");
    end(story);
}

static void what_was_met_is_not_taken_back(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-02", SEGMENTS, "2", "2020-04-01");
    pass_over(story);
    story->commitments[0].due = day("2020-06-30");
    publish(story, "2020-04-25T03:00:00Z");
    stands(story, "2020-04-25T03:00:00Z", SEGMENTS, "2", "2020-04-01");
    until(story, "2020-12-31");
    expect(story, "");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v2 met next=-\n");
    end(story);
}

static void withdrawn_takes_back_what_was_sent_after_the_last_met(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-01T03:00:00Z", SEGMENTS, "2", "2020-03-31");
    stands(story, "2020-04-24T03:00:00Z", SEGMENTS, "1", "2020-03-31");
    until(story, "2020-04-30T02:00:00Z");
    pass_over(story);
    story->commitments[0].due = day("2020-05-31");
    publish(story, "2020-04-30T03:00:00Z");
    expect(story, SEGMENTS " v1 2020-04-30T03:00 withdrawn 0 - takes-back=1\n");
    assert_string_equal(story->last_withdrawn[0], "838b1c0a5262a12bb1729410ad9fef1d"); /* due, not upcoming 30 */
    end(story);
}

static void deadline_moved_before_any_alert_is_silent(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    story->commitments[0].due = day("2020-06-30");
    publish(story, "2020-02-01");
    until(story, "2020-05-31T01:00:00Z");
    expect(story, SEGMENTS " v2 2020-05-31T01:00 upcoming 30 blue\n");
    end(story);
}

static void revision_that_does_not_move_the_deadline_changes_no_version(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-01");
    story->commitments[0].name_zh = "示范段改造";
    publish(story, "2020-04-01T03:00:00Z");
    until(story, "2020-04-23T01:00:00Z");
    expect(story, SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n" SEGMENTS " v1 2020-04-23T01:00 upcoming 7 blue\n");
    assert_string_equal(story->text_zh, "示范段改造：还有7天到期（2020-04-30），目前未知，目标≥2条。");
    end(story);
}

static void commitment_removed_takes_its_alerts_back_and_may_return(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    story->plan.revision = 0;
    commit_to(story, "zero-accidents", "2020-12-31");
    publish(story, "2020-01-02");
    until(story, "2020-04-01");
    pass_over(story);
    story->plan.commitments = &story->commitments[1];
    story->plan.commitment_count = 1;
    publish(story, "2020-04-02T03:00:00Z");
    expect(story, SEGMENTS " v1 2020-04-02T03:00 withdrawn 0 - takes-back=1\n");
    assert_string_equal(story->reason, "该事项已不在2020年度计划中 / it is no longer in the plan of 2020");
    until(story, "2020-05-10");
    expect(story, "");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 withdrawn next=-\n"
                            "410102/2020/zero-accidents v1 open next=2020-12-01T01:00\n");
    story->plan.commitments = story->commitments;
    story->plan.commitment_count = 2;
    publish(story, "2020-05-10");
    until(story, "2020-05-16");
    expect(story, SEGMENTS " v2 2020-05-15T01:00 overdue 15 orange\n");
    end(story);
}

static void commitment_removed_after_it_was_met_is_silent(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    commit_to(story, "zero-accidents", "2020-12-31");
    stands(story, "2020-04-02", SEGMENTS, "2", "2020-04-01");
    pass_over(story);
    story->plan.commitments = &story->commitments[1];
    story->plan.commitment_count = 1;
    publish(story, "2020-04-03");
    until(story, "2020-11-01");
    expect(story, "");
    end(story);
}

/* Milestones of projects */

static void milestone_alert_names_its_project_and_the_commitment_it_serves(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, "roads-paved", "2020-12-31")->indicator.milestone = "paved";
    commit_to(story, SEGMENTS, "2020-12-31");
    promise_milestone(story, "opened", "2020-04-30");
    promise_milestone(story, "started", "2020-03-31");
    publish(story, "2020-01-01");
    until(story, "2020-03-01T01:00:00Z");
    expect(story, "songshan-road/started v1 2020-03-01T01:00 upcoming 30 blue\n");
    assert_string_equal(story->last.commitment, "roads-paved"); /* none counts starts: the first to which it leads */
    until(story, "2020-03-31T01:00:00Z");
    drain(story, story->clock_us, FOREVER_US);
    assert_string_equal(story->last.deadline, "songshan-road/started");
    reach(story, "2020-03-31T02:00:00Z", "started", "2020-03-31");
    until(story, "2020-04-23T01:00:00Z");
    pass_over(story);
    assert_string_equal(story->last.deadline, "songshan-road/opened");
    assert_string_equal(story->last.commitment, SEGMENTS);
    assert_string_equal(story->last.project, "songshan-road");
    assert_string_equal(story->last.milestone, "opened");
    assert_string_equal(story->last.unit, "housing");
    assert_string_equal(story->last.supervising_unit, "office");
    assert_string_equal(story->last.value_unit, "");
    assert_false(story->last.value_known);
    end(story);
}

static void milestone_is_met_directly_by_a_later_one_but_not_by_an_earlier(void **state)
{
    (void)state;
    struct story *story = begin();
    promise_milestone(story, "paved", "2020-04-30");
    publish(story, "2020-01-01");
    reach(story, "2020-04-01", "started", "2020-03-31");
    until(story, "2020-05-02");
    reach(story, "2020-05-02T03:00:00Z", "opened", "2020-05-02");
    until(story, "2020-12-31");
    expect(story, "songshan-road/paved v1 2020-03-31T01:00 upcoming 30 blue\n"
                  "songshan-road/paved v1 2020-04-23T01:00 upcoming 7 blue\n"
                  "songshan-road/paved v1 2020-04-30T01:00 due 0 yellow\n"
                  "songshan-road/paved v1 2020-05-01T01:00 overdue 1 orange\n"
                  "songshan-road/paved v1 2020-05-02T03:00 met 1 - days-late=2\n");
    end(story);
}

static void milestone_report_taken_back_opens_it_again_unless_another_stands(void **state)
{
    (void)state;
    struct story *story = begin_road();
    uint64_t first = reach(story, "2020-04-01T03:00:00Z", "opened", "2020-04-01");
    uint64_t second = reach(story, "2020-04-02T03:00:00Z", "opened", "2020-04-02");
    withdraw(story, "2020-04-03", first);
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 met next=-\n");
    withdraw(story, "2020-04-04", second);
    withdraw(story, "2020-04-05", 1); /* no report: changes nothing */
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 open next=2020-04-23T01:00\n");
    until(story, "2020-04-30T01:00:00Z");
    expect(story, "songshan-road/opened v1 2020-03-31T01:00 upcoming 30 blue\n"
                  "songshan-road/opened v1 2020-04-01T03:00 met 1 - days-late=0\n"
                  "songshan-road/opened v1 2020-04-23T01:00 upcoming 7 blue\n"
                  "songshan-road/opened v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

static void milestone_is_late_by_the_earliest_report_that_counts(void **state)
{
    (void)state;
    struct story *story = begin();
    promise_milestone(story, "started", "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-05-02");
    pass_over(story);
    change_project(story, "2020-05-02T02:00:00Z", UPDATE_PROJECT_SUSPENDED); /* so that all are known at once */
    reach(story, "2020-05-06", "opened", "2020-05-05");
    reach(story, "2020-05-06", "paved", "2020-05-02");
    reach(story, "2020-05-06", "started", "2020-05-03");
    change_project(story, "2020-05-07", UPDATE_PROJECT_RESUMED);
    expect(story, "songshan-road/started v1 2020-05-06T16:00 met 1 - days-late=2\n");
    assert_false(story->last.value_known); /* a milestone has no value */
    end(story);
}

static void milestones_last_report_received_counts_and_its_withdrawal_brings_back_the_one_before(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-05-02");
    pass_over(story);
    change_project(story, "2020-05-02T02:00:00Z", UPDATE_PROJECT_SUSPENDED);
    reach(story, "2020-05-09", "opened", "2020-05-03");
    uint64_t correction = reach(story, "2020-05-10", "opened", "2020-05-09");
    reach(story, "2020-05-10", "started", "2020-01-09"); /* another milestone replaces nothing */
    change_project(story, "2020-05-11", UPDATE_PROJECT_RESUMED);
    expect(story, "songshan-road/opened v1 2020-05-10T16:00 met 1 - days-late=9\n");
    change_project(story, "2020-05-12", UPDATE_PROJECT_SUSPENDED);
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 met next=-\n");
    withdraw(story, "2020-05-13", correction);
    change_project(story, "2020-05-14", UPDATE_PROJECT_RESUMED);
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 met next=-\n");
    expect(story, "");
    end(story);
}

static void milestone_reached_in_a_made_up_report_says_so(void **state)
{
    (void)state;
    struct story *story = begin();
    promise_milestone(story, "started", "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-01");
    pass_over(story);
    tell(story, "2020-04-02",
         (struct update){.kind = UPDATE_MILESTONE_REACHED,
                         .source = SIMULATED_SOURCE "works",
                         .reached = {"songshan-road", "started", day("2020-04-01")}});
    expect(story, "songshan-road/started v1 2020-04-01T16:00 met 1 - days-late=0\n");
    assert_true(story->last.simulated);
    assert_string_equal(story->text_zh, "【模拟】嵩山路示范段·开工：已按期完成（2020-04-30到期）。");
    end(story);
}

static void milestone_reached_on_one_day_by_two_reports_rests_on_the_first(void **state)
{
    (void)state;
    struct story *story = begin();
    promise_milestone(story, "started", "2020-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-01");
    pass_over(story);
    change_project(story, "2020-04-01T02:00:00Z", UPDATE_PROJECT_SUSPENDED);
    reach(story, "2020-04-02", "started", "2020-04-01");
    tell(story, "2020-04-02",
         (struct update){.kind = UPDATE_MILESTONE_REACHED,
                         .source = SIMULATED_SOURCE "works",
                         .reached = {"songshan-road", "paved", day("2020-04-01")}});
    change_project(story, "2020-04-03", UPDATE_PROJECT_RESUMED);
    expect(story, "songshan-road/started v1 2020-04-02T16:00 met 1 - days-late=0\n");
    assert_false(story->last.simulated);
    end(story);
}

static void milestone_of_a_moved_deadline_is_met_without_waiting_for_a_standing(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-04-01");
    story->promised[0].due = day("2020-05-31");
    register_project(story, "2020-04-01T03:00:00Z");
    until(story, "2020-05-02");
    pass_over(story);
    reach(story, "2020-05-10", "opened", "2020-05-09");
    expect(story, "songshan-road/opened v2 2020-05-09T16:00 met 1 - days-late=0\n");
    end(story);
}

static void milestones_are_left_alone_by_a_revision_that_keeps_them(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-04-01");
    pass_over(story);
    publish(story, "2020-04-01T03:00:00Z");
    expect(story, "");
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 open next=2020-04-23T01:00\n");
    end(story);
}

static void project_registered_later_is_watched_and_may_move_its_day(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, "zero-accidents", "2020-12-31");
    publish(story, "2020-01-01");
    promise_milestone(story, "opened", "2020-04-30");
    register_project(story, "2020-02-01");
    until(story, "2020-04-01");
    story->promised[0].due = day("2020-05-31");
    register_project(story, "2020-04-01T03:00:00Z");
    until(story, "2020-05-01T01:00:00Z");
    expect(story, "songshan-road/opened v1 2020-03-31T01:00 upcoming 30 blue\n"
                  "songshan-road/opened v1 2020-04-01T03:00 withdrawn 0 - takes-back=1\n"
                  "songshan-road/opened v2 2020-05-01T01:00 upcoming 30 blue\n");
    story->project.deadline_count = 0;
    register_project(story, "2020-05-02T03:00:00Z");
    until(story, "2020-07-01");
    expect(story, "songshan-road/opened v2 2020-05-02T03:00 withdrawn 0 - takes-back=1\n");
    end(story);
}

static void project_cancelled_takes_its_alerts_back(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-04-24");
    pass_over(story);
    change_project(story, "2020-04-25T03:00:00Z", UPDATE_PROJECT_CANCELLED);
    until(story, "2020-12-31");
    expect(story, "songshan-road/opened v1 2020-04-25T03:00 withdrawn 0 - takes-back=2\n");
    assert_string_equal(story->reason, "项目已取消 / the project was cancelled");
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 withdrawn next=-\n");
    end(story);
}

static void suspended_project_is_left_alone_until_it_is_resumed(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-04-01");
    pass_over(story);
    change_project(story, "2020-04-02", UPDATE_PROJECT_SUSPENDED);
    until(story, "2020-05-03");
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 suspended next=-\n");
    expect(story, "");
    change_project(story, "2020-05-04", UPDATE_PROJECT_RESUMED);
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 overdue next=2020-05-08T01:00\n");
    until(story, "2020-05-09");
    expect(story, "songshan-road/opened v1 2020-05-08T01:00 overdue 8 orange\n");
    end(story);
}

static void milestone_reached_while_suspended_is_announced_when_resumed(void **state)
{
    (void)state;
    struct story *story = begin_road();
    until(story, "2020-04-01");
    pass_over(story);
    change_project(story, "2020-04-02", UPDATE_PROJECT_SUSPENDED);
    reach(story, "2020-04-03", "opened", "2020-04-02");
    expect(story, "");
    change_project(story, "2020-05-04", UPDATE_PROJECT_RESUMED);
    expect(story, "songshan-road/opened v1 2020-05-03T16:00 met 1 - days-late=0\n");
    end(story);
}

/* Time */

static void short_downtime_within_the_grace_sends_everything(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-22");
    pass_over(story);
    until(story, "2020-05-02");
    expect_after_downtime(story, "2020-05-02", 30 * DAY_US,
                          SEGMENTS " v1 2020-04-23T01:00 upcoming 7 blue\n" SEGMENTS
                                   " v1 2020-04-30T01:00 due 0 yellow\n" SEGMENTS
                                   " v1 2020-05-01T01:00 overdue 1 orange\n");
    assert_int_equal(story->id_count, 4);
    end(story);
}

static void long_downtime_sends_the_newest_only_and_names_the_skipped(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-04-22");
    pass_over(story);
    until(story, "2020-05-02");
    expect_after_downtime(story, "2020-05-02", HOUR_US,
                          SEGMENTS " v1 2020-05-01T01:00 overdue 1 orange late skips=2\n");
    assert_string_equal(story->last_skipped[0], "ac08a50ea84b0068f6c1d96867aaa401");
    assert_string_equal(story->last_skipped[1], "838b1c0a5262a12bb1729410ad9fef1d");
    assert_int_equal(story->id_count, 4); /* the same as without downtime */
    end(story);
}

static void newest_within_the_grace_is_not_late_and_still_names_the_skipped(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-01T01:00:00Z");
    expect_after_downtime(story, "2020-05-01T02:00:00Z", HOUR_US, SEGMENTS " v1 2020-05-01T01:00 overdue 1 orange\n");
    assert_false(story->last.late);
    assert_int_equal(story->last.skipped_count, 3);
    end(story);
}

static void downtime_never_skips_met_or_withdrawn(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    stands(story, "2020-04-24T03:00:00Z", SEGMENTS, "2", "2020-04-24");
    stands(story, "2020-04-25T03:00:00Z", SEGMENTS, "1", "2020-04-24");
    story->commitments[0].due = day("2020-05-31");
    publish(story, "2020-05-02T03:00:00Z");
    until(story, "2020-05-26");
    expect_after_downtime(story, "2020-05-26", HOUR_US,
                          SEGMENTS " v1 2020-04-24T03:00 met 1 - days-late=0 late skips=0\n" SEGMENTS
                                   " v1 2020-05-02T03:00 withdrawn 0 - takes-back=2 late skips=0\n" SEGMENTS
                                   " v2 2020-05-24T01:00 upcoming 7 blue late skips=4\n");
    end(story);
}

static void clock_that_goes_back_sends_nothing_twice(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    until(story, "2020-05-02");
    pass_over(story);
    until(story, "2020-03-30");
    until(story, "2020-05-02");
    expect(story, "");
    stands(story, "2020-04-01", SEGMENTS, "2", "2020-03-31"); /* counts as now */
    expect(story, SEGMENTS " v1 2020-05-01T16:00 met 1 - days-late=0\n");
    end(story);
}

/* A year with something of everything. */
static struct story *tell_a_year(bool hourly)
{
    struct story *story = begin();
    story->hourly = hourly;
    commit_to(story, SEGMENTS, "2020-04-30");
    floor_to_hold(story, "air-quality", "2020-12-31");
    promise_milestone(story, "opened", "2020-06-30");
    publish(story, "2020-01-01");
    stands(story, "2020-02-01", "air-quality", "3", "2020-01-31");
    stands(story, "2020-04-20", SEGMENTS, "1", "2020-04-19");
    story->commitments[0].due = day("2020-05-31");
    publish(story, "2020-04-25T03:00:00Z");
    change_project(story, "2020-06-05", UPDATE_PROJECT_SUSPENDED);
    stands(story, "2020-06-12T01:00:00Z", SEGMENTS, "2", "2020-06-11");
    change_project(story, "2020-07-05", UPDATE_PROJECT_RESUMED);
    withdraw(story, "2020-08-10", reach(story, "2020-08-08", "opened", "2020-08-07"));
    stands(story, "2020-12-20", "air-quality", NULL, NULL);
    stands(story, "2020-12-30", "air-quality", "2", "2020-12-29");
    until(story, "2021-01-15");
    return story;
}

static void history_cut_into_hours_gives_the_same_alerts(void **state)
{
    (void)state;
    struct story *whole = tell_a_year(false);
    struct story *hours = tell_a_year(true);
    drain(whole, whole->clock_us, FOREVER_US);
    expect(hours, whole->told);
    assert_true(whole->id_count > 30);
    assert_int_equal(whole->id_count, hours->id_count);
    assert_memory_equal(whole->ids, hours->ids, sizeof whole->ids);
    end(whole);
    end(hours);
}

static void alerts_of_one_instant_come_in_the_order_of_their_deadlines(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, "b", "2020-04-30");
    commit_to(story, "a", "2020-04-30");
    publish(story, "2020-04-29");
    until(story, "2020-04-30T01:00:00Z");
    expect(story, "a v1 2020-04-30T01:00 due 0 yellow\n"
                  "b v1 2020-04-30T01:00 due 0 yellow\n");
    end(story);
}

/* Divisions and years */

static void divisions_and_years_do_not_touch_each_other(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    story->plan.division = "410103";
    publish(story, "2020-01-01");
    story->plan.division = CITY;
    story->plan.year = 2021;
    story->commitments[0].due = day("2021-04-30");
    publish(story, "2020-01-01");
    until(story, "2020-04-01");
    expect(story,
           SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n" SEGMENTS " v1 2020-03-31T01:00 upcoming 30 blue\n");
    assert_string_equal(story->last.division, "410103");
    stands(story, "2020-04-02", SEGMENTS, "2", "2020-04-01"); /* CITY, 2021 */
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-04-23T01:00\n"
                            "410102/2021/" SEGMENTS " v1 met next=-\n"
                            "410103/2020/" SEGMENTS " v1 open next=2020-04-23T01:00\n");
    end(story);
}

static void projects_of_one_name_in_two_divisions_do_not_touch_each_other(void **state)
{
    (void)state;
    struct story *story = begin_road();
    story->plan.division = "410103";
    publish(story, "2020-01-01");
    reach(story, "2020-02-01", "opened", "2020-01-31");
    expect_deadlines(story, "410102/2020/songshan-road/opened v1 open next=2020-03-31T01:00\n"
                            "410103/2020/songshan-road/opened v1 met next=-\n");
    end(story);
}

static void deadlines_tell_their_state_and_next_alert(void **state)
{
    (void)state;
    struct story *story = begin_segments();
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-03-31T01:00\n");
    until(story, "2020-04-30T15:59:59Z");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 open next=2020-05-01T01:00\n");
    until(story, "2020-04-30T16:00:00Z");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 overdue next=2020-05-01T01:00\n");
    end(story);
}

static void standing_before_its_plan_is_remembered(void **state)
{
    (void)state;
    struct story *story = begin();
    commit_to(story, SEGMENTS, "2020-04-30");
    stands(story, "2020-01-01", SEGMENTS, "2", "2020-01-01");
    expect_deadlines(story, "");
    publish(story, "2020-01-02");
    expect_deadlines(story, "410102/2020/" SEGMENTS " v1 met next=-\n");
    end(story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alerts_fall_at_nine_on_the_days_of_the_calendar),
        cmocka_unit_test(ids_are_the_same_for_ever),
        cmocka_unit_test(alert_says_who_must_do_what),
        cmocka_unit_test(sentences_of_a_commitment_differ_by_phase),
        cmocka_unit_test(sentences_of_a_milestone_name_project_and_milestone),
        cmocka_unit_test(sentences_show_how_value_and_target_compare),
        cmocka_unit_test(sentences_tell_of_a_forecast_what_is_known),
        cmocka_unit_test(sentences_and_alerts_say_what_rests_on_made_up_reports),
        cmocka_unit_test(plan_published_late_sends_only_what_is_still_to_come),
        cmocka_unit_test(plan_published_after_the_deadline_joins_the_repeats),
        cmocka_unit_test(later_hour_of_alerts_sends_nothing_twice),
        cmocka_unit_test(one_id_is_decided_once_and_is_not_announced_as_the_next),
        cmocka_unit_test(met_after_overdue_says_how_late),
        cmocka_unit_test(met_a_day_late_is_late),
        cmocka_unit_test(met_on_time_after_a_reminder_is_announced),
        cmocka_unit_test(met_without_an_alert_before_is_silent),
        cmocka_unit_test(correction_opens_it_again_and_the_calendar_goes_on),
        cmocka_unit_test(value_for_the_due_day_reported_in_february_is_on_time),
        cmocka_unit_test(standing_of_a_retired_commitment_decides_nothing),
        cmocka_unit_test(floor_that_holds_is_met_in_silence_when_its_last_day_is_over),
        cmocka_unit_test(floor_is_asked_for_while_unknown_and_met_at_the_end),
        cmocka_unit_test(floor_broken_at_the_end_is_overdue_until_it_is_reached),
        cmocka_unit_test(floor_for_the_due_day_reported_in_february_is_on_time),
        cmocka_unit_test(floor_that_holds_at_midnight_is_met_before_an_alert_of_midnight),
        cmocka_unit_test(deadline_moved_takes_its_alerts_back_and_begins_version_2),
        cmocka_unit_test(what_was_met_is_not_taken_back),
        cmocka_unit_test(withdrawn_takes_back_what_was_sent_after_the_last_met),
        cmocka_unit_test(deadline_moved_before_any_alert_is_silent),
        cmocka_unit_test(revision_that_does_not_move_the_deadline_changes_no_version),
        cmocka_unit_test(commitment_removed_takes_its_alerts_back_and_may_return),
        cmocka_unit_test(commitment_removed_after_it_was_met_is_silent),
        cmocka_unit_test(milestone_alert_names_its_project_and_the_commitment_it_serves),
        cmocka_unit_test(milestone_is_met_directly_by_a_later_one_but_not_by_an_earlier),
        cmocka_unit_test(milestone_report_taken_back_opens_it_again_unless_another_stands),
        cmocka_unit_test(milestone_is_late_by_the_earliest_report_that_counts),
        cmocka_unit_test(milestones_last_report_received_counts_and_its_withdrawal_brings_back_the_one_before),
        cmocka_unit_test(milestone_reached_in_a_made_up_report_says_so),
        cmocka_unit_test(milestone_reached_on_one_day_by_two_reports_rests_on_the_first),
        cmocka_unit_test(milestone_of_a_moved_deadline_is_met_without_waiting_for_a_standing),
        cmocka_unit_test(milestones_are_left_alone_by_a_revision_that_keeps_them),
        cmocka_unit_test(project_registered_later_is_watched_and_may_move_its_day),
        cmocka_unit_test(project_cancelled_takes_its_alerts_back),
        cmocka_unit_test(suspended_project_is_left_alone_until_it_is_resumed),
        cmocka_unit_test(milestone_reached_while_suspended_is_announced_when_resumed),
        cmocka_unit_test(short_downtime_within_the_grace_sends_everything),
        cmocka_unit_test(long_downtime_sends_the_newest_only_and_names_the_skipped),
        cmocka_unit_test(newest_within_the_grace_is_not_late_and_still_names_the_skipped),
        cmocka_unit_test(downtime_never_skips_met_or_withdrawn),
        cmocka_unit_test(clock_that_goes_back_sends_nothing_twice),
        cmocka_unit_test(history_cut_into_hours_gives_the_same_alerts),
        cmocka_unit_test(alerts_of_one_instant_come_in_the_order_of_their_deadlines),
        cmocka_unit_test(divisions_and_years_do_not_touch_each_other),
        cmocka_unit_test(projects_of_one_name_in_two_divisions_do_not_touch_each_other),
        cmocka_unit_test(deadlines_tell_their_state_and_next_alert),
        cmocka_unit_test(standing_before_its_plan_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
