/* Where the pace of the last reports leads: when the target in force will be reached, and whether that is in time
 * (docs/domain.md, section 4). */
#ifndef DUBAN_METRICS_FORECAST_H
#define DUBAN_METRICS_FORECAST_H

#include "metrics/figure.h"

#include "domain/standing.h"

/* False when nothing can be told: a floor or ceiling, unknown, reached, after the deadline in force, no day to take a
 * pace from, or a number that grew too large. `standing` is that of the subject, complete but for the forecast. */
bool forecast_compute(const struct subject *subject, const struct standing *standing,
                      struct forecast *out_forecast) MUST_CHECK;

#endif
