/* The yearly work plan as every service knows it: the message duban.v1.Plan, checked, with days and decimals read. All
 * texts and arrays live in an arena of the owner's and are never null; an absent text is "". */
#ifndef DUBAN_DOMAIN_PLAN_H
#define DUBAN_DOMAIN_PLAN_H

#include "domain/reason.h"

#include "base/arena.h"
#include "base/day.h"
#include "base/decimal.h"

#include <stdint.h>

/* The enumerations have the numbers of those in proto/duban/v1/plan.proto. */
enum measure_kind { MEASURE_INCREMENT = 1, MEASURE_CUMULATIVE, MEASURE_LEVEL };
enum rule { RULE_SUM = 1, RULE_LATEST, RULE_COUNT, RULE_SHARE, RULE_RATIO, RULE_GROWTH };
enum comparison { COMPARISON_AT_LEAST = 1, COMPARISON_MORE_THAN, COMPARISON_AT_MOST, COMPARISON_LESS_THAN };
enum hold { HOLD_BY_DEADLINE = 1, HOLD_ALL_YEAR };

struct unit {
    const char *id, *name_zh, *name_en;
};

struct measure {
    const char *id, *name_zh, *name_en;
    const char *unit; /* of measurement */
    enum measure_kind kind;
    uint32_t reporting_days; /* 0: no report is asked for */
};

struct milestone {
    const char *id, *name_zh, *name_en;
};

struct group {
    const char *id, *name_zh, *name_en;
    const struct milestone *milestones; /* in order: a later one implies those before it */
    size_t milestone_count;
    uint32_t scope_count; /* 0: as many as are registered */
};

struct milestone_deadline {
    const char *milestone;
    day_number due;
};

struct project {
    const char *id, *name_zh, *name_en;
    const char *unit;
    const char *const *groups;
    size_t group_count;
    const struct milestone_deadline *deadlines;
    size_t deadline_count;
};

struct indicator {
    enum rule rule;
    const char *unit;
    const char *const *numerator; /* measures */
    size_t numerator_count;
    const char *const *denominator; /* measures */
    size_t denominator_count;
    const char *group, *milestone;
    struct decimal factor, offset;
};

struct curve_point {
    day_number day;
    struct decimal percent;
};

struct commitment {
    const char *id, *theme, *name_zh, *name_en;
    const char *unit;
    const char *const *cooperating_units;
    size_t cooperating_unit_count;
    struct indicator indicator;
    enum comparison comparison;
    struct decimal target;
    bool has_baseline;
    struct decimal baseline;
    enum hold hold;
    day_number start, due;
    const struct curve_point *curve;
    size_t curve_count;
};

#define LEAD_DAYS_MAX 8
#define PACE_REPORTS_DEFAULT 3

struct rules {
    uint32_t lead_days[LEAD_DAYS_MAX]; /* falling */
    size_t lead_day_count;
    uint32_t overdue_every_days;
    uint32_t alert_minute; /* after midnight in Asia/Shanghai */
    struct decimal yellow_points, red_points;
    uint32_t lead_working_days[LEAD_DAYS_MAX]; /* falling */
    size_t lead_working_day_count;
    uint32_t escalate_after_working_days; /* 0: never */
    uint32_t pace_reports;                /* 0: PACE_REPORTS_DEFAULT */
};

struct plan {
    const char *division;
    uint32_t year, revision;
    const char *name_zh, *name_en;
    const char *supervising_unit;
    struct rules rules;
    const struct unit *units;
    size_t unit_count;
    const struct measure *measures;
    size_t measure_count;
    const struct group *groups;
    size_t group_count;
    const struct commitment *commitments;
    size_t commitment_count;
    const struct project *projects;
    size_t project_count;
};

/* Receives each problem of a plan. */
typedef void plan_problem_fn(void *context, const struct reason *problem);

/* Checks the plan in itself: identifiers, uniqueness, references, ranges, the order of days and curves, and that each
 * indicator's parts fit its rule (see plan.proto). Calls `problem` for each fault, with the field's path in the message
 * Plan
 * ("commitments[3].due"), and returns how many there were. */
size_t plan_check(const struct plan *plan, plan_problem_fn *problem, void *context);

/* Checks a project against a plan: identifiers, its unit, its groups and the milestones of its deadlines. `path` stands
 * before the field's name ("projects[3]."). Returns the number of faults. */
size_t plan_check_project(const struct plan *plan, const struct project *project, const char *path,
                          plan_problem_fn *problem, void *context);

/* Whether a goal is to be raised (≥, >); else it is to be lowered. */
bool comparison_raises(enum comparison comparison);

/* Look-ups by identifier; null when absent. */
const struct unit *plan_unit(const struct plan *plan, const char *id);
const struct measure *plan_measure(const struct plan *plan, const char *id);
const struct group *plan_group(const struct plan *plan, const char *id);
const struct commitment *plan_commitment(const struct plan *plan, const char *id);

/* Position of a milestone in its group, or -1. */
int group_milestone(const struct group *group, const char *milestone);

/* True when a project belongs to a group. */
bool project_in_group(const struct project *project, const char *group);

/* Factor between two units of measurement that differ only in 万 (10⁴) and 亿 (10⁸) in front: the power of ten by which
 * a value in `reported` is shifted to be in `wanted`. False when they are different units. */
bool measurement_unit_shift(const char *reported, const char *wanted, int *out_power) MUST_CHECK;

/* A copy of a plan in an arena of the caller's, which must have room. */
const struct plan *plan_copy(const struct plan *plan, struct arena *arena);

/* A copy of a project in an arena of the caller's; null when it is full. */
struct project *project_copy(const struct project *project, struct arena *arena);

#endif
