/* A small good plan that tests change a part of: a division's office and parks bureau promise green area, a share of
 * spending, and that roads are opened. */
#ifndef TESTS_SUPPORT_SAMPLE_PLAN_H
#define TESTS_SUPPORT_SAMPLE_PLAN_H

#include "domain/update.h"

#define SAMPLE_DIVISION "410102"

struct sample {
    struct plan plan;
    struct unit units[2];           /* office, parks */
    struct measure measures[3];     /* green-area (increment, 平方米), spending and livelihood (cumulative, 元) */
    struct milestone milestones[2]; /* started, opened */
    struct group groups[1];         /* roads */
    const char *numerators[2][1];
    const char *denominator[1];
    const char *cooperating[1];
    struct curve_point curve[2];
    struct commitment commitments[3]; /* greening (sum, with a curve), livelihood-share (ratio), roads-open (share) */
    const char *project_groups[1];
    struct milestone_deadline deadlines[1];
    struct project projects[1]; /* road-1 */
};

void sample_make(struct sample *sample);

day_number sample_day(const char *text);
struct decimal sample_decimal(const char *text);

/* Updates as they come from the division; everything else about them can be set afterwards. */
struct update sample_publication(const struct plan *plan);
struct update sample_registration(const struct project *project);
struct update sample_report(const char *measure, const char *value, const char *unit, const char *observed_on);
struct update sample_milestone(const char *project, const char *milestone, const char *reached_on);
struct update sample_change(enum update_kind kind, const char *project);
struct update sample_withdrawal(const char *id);
struct update sample_adjustment(const char *commitment, const char *target, const char *decided_on);
struct update sample_request(const char *id, const char *commitment, const char *due);
struct update sample_decision(const char *request_id, bool granted);
struct update sample_signature(const char *alert);

#endif
