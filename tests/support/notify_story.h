/* A plan being written, a history being told to notify, and what notify said: how its tests are told. Names are short,
 * for they are read as sentences. */
#ifndef DUBAN_TESTS_NOTIFY_STORY_H
#define DUBAN_TESTS_NOTIFY_STORY_H

#include "notify/notify.h"
#include "support/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CITY "410102"
#define SEGMENTS "road-demo-segments"
#define FOREVER_US INT64_MAX
#define HOUR_US (60 * MINUTE_US)
#define LIST_MAX 4
#define ID_MAX 256

/* A plan being written, a history being told to notify, and what notify said. */
struct story {
    struct notify *notify;
    uint64_t sequence; /* of the last update */
    bool hourly;       /* pass every hour on its own */
    int64_t clock_us;

    struct plan plan;
    struct unit units[2]; /* housing, which leads, and office, which supervises */
    struct measure measures[LIST_MAX];
    const char *measured[LIST_MAX];
    struct milestone milestones[3];
    struct group group;
    struct commitment commitments[LIST_MAX];
    struct project project;
    const char *project_groups[1];
    struct milestone_deadline promised[LIST_MAX];

    char told[1 << 15];               /* a line for each alert handed over since the last expect() */
    char ids[ID_MAX][ALERT_ID_BYTES]; /* of all alerts, handed over or skipped */
    size_t id_count;
    char text_zh[512], text_en[512], reason[512]; /* of the last alert */
    char last_withdrawn[ID_MAX][ALERT_ID_BYTES], last_skipped[ID_MAX][ALERT_ID_BYTES];
    struct alert last;      /* its texts are as long-lived as notify; its lists are the copies above */
    char last_silent[256];  /* measures */
    char digested[1 << 14]; /* a line for each digest since the last expect_digests() */
    char last_items[1024];  /* of the last digest: a line for each alert */
    struct digest_item last_item;
    char item_text_zh[512], item_text_en[512];
    int64_t handed_us, digested_us; /* instants of the last alert and digest in this drain */
};

struct story *begin(void);
void end(struct story *story);
struct commitment *commit_to(struct story *story, const char *id, const char *due);
void floor_to_hold(struct story *story, const char *id, const char *due);
void promise_milestone(struct story *story, const char *milestone, const char *due);
void until(struct story *story, const char *when);
void tell(struct story *story, const char *when, struct update update);
void publish(struct story *story, const char *when);
void register_project(struct story *story, const char *when);
void change_project(struct story *story, const char *when, enum update_kind kind);
uint64_t reach(struct story *story, const char *when, const char *milestone, const char *reached_on);
void withdraw(struct story *story, const char *when, uint64_t sequence);
struct standing standing_of(const struct story *story, const char *id, const char *value, const char *observed_on);
void stands(struct story *story, const char *when, const char *id, const char *value, const char *observed_on);
void drain(struct story *story, int64_t now_us, int64_t grace_us);
void expect_told(struct story *story, const char *lines);
void expect(struct story *story, const char *lines);
void expect_after_downtime(struct story *story, const char *now, int64_t grace_us, const char *lines);
void pass_over(struct story *story);
void expect_deadlines(struct story *story, const char *lines);
struct story *begin_segments(void);
struct story *begin_road(void);

#endif
