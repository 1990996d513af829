/* A plan being written, a history being told to metrics, and what it made of it: how its tests are told. Names are
 * short, for they are read as sentences. */
#ifndef DUBAN_TESTS_METRICS_STORY_H
#define DUBAN_TESTS_METRICS_STORY_H

#include "metrics/metrics.h"
#include "support/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DIVISION "410102"
#define SCOPE_2019 "district scope of 2019"
#define SCOPE_2020 "district scope of 2020"
#define HOUR_US (60 * MINUTE_US)
#define LIST_MAX 8
#define LOG_MAX 512

/* Where the history is cut into calls beside those that hand over updates. */
enum cut { CUT_NOWHERE, CUT_AFTER_BATCHES, CUT_EVERY_HOUR };

struct emission {
    int64_t at_us;
    struct standing standing;
};

/* A plan being written, a history being told, and what metrics made of it. */
struct story {
    struct arena *arena;
    struct metrics *metrics;
    enum cut cut;
    int64_t clock_us;
    uint64_t sequence;  /* of the last update */
    const char *source; /* of what is told; "/office" unless a test changes it */

    struct plan plan;
    struct unit unit;
    struct measure measures[LIST_MAX];
    struct group groups[LIST_MAX];
    struct commitment commitments[LIST_MAX];

    struct emission log[LOG_MAX];
    size_t log_count;
};

#define STORY CLEANUP(end) struct story *s = begin(CUT_NOWHERE)

void assert_decimal(struct decimal value, const char *text);
struct story *begin(enum cut cut);
void end(struct story **story);
void measure(struct story *s, const char *id, const char *unit, enum measure_kind kind);
void group(struct story *s, const char *id, uint32_t scope_count);
struct commitment *promise(struct story *s, const char *id, enum rule rule, enum comparison comparison,
                           const char *target);
void above(struct story *s, struct commitment *commitment, const char *term);
void below(struct story *s, struct commitment *commitment, const char *term);
struct commitment *promise_smes(struct story *s, const char *target);
struct commitment *promise_level(struct story *s, enum comparison comparison, const char *target);
struct commitment *promise_spending_share(struct story *s);
struct commitment *promise_revenue_growth(struct story *s);
struct commitment *promise_roads(struct story *s, enum rule rule, enum comparison comparison, const char *target,
                                 uint32_t scope_count);
void expect_sixty(struct story *s, struct commitment *commitment);
void moment(struct story *s, const char *text);
uint64_t tell(struct story *s, struct update update);
uint64_t publish(struct story *s);
uint64_t report_all(struct story *s, struct measurement measurement);
const char *unit_of(const struct story *s, const char *id);
uint64_t report(struct story *s, const char *id, const char *value, const char *on);
uint64_t report_project(struct story *s, const char *id, const char *project, const char *value, const char *on);
uint64_t report_scope(struct story *s, const char *id, const char *scope, const char *value, const char *on);
void register_road(struct story *s, const char *id);
uint64_t reach(struct story *s, const char *project, const char *milestone, const char *on);
void cancel(struct story *s, const char *project);
uint64_t withdraw(struct story *s, uint64_t sequence);
uint64_t adjust(struct story *s, const char *commitment, const char *target, const char *decided_on);
/* Asks for a later deadline and returns the id of the request; decides on one; both at once, granted. */
const char *ask_for(struct story *s, const char *commitment, const char *due);
uint64_t decide(struct story *s, const char *request, bool granted);
uint64_t extend(struct story *s, const char *commitment, const char *due);
struct standing ask(const struct story *s, const char *commitment, const char *as_of, uint64_t as_of_sequence);
struct standing as_of(const struct story *s, const char *on);
void assert_value(struct standing standing, const char *value);
void assert_unknown(struct standing standing);
void assert_emitted(const struct story *s, size_t index, const char *at, const char *id, enum colour colour);
void advance(struct story *s, const char *until);

#endif
