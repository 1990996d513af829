/* Where one commitment stands, seen from a day and a sequence: its figure, put beside its targets and the calendar. */
#ifndef DUBAN_METRICS_EVALUATE_H
#define DUBAN_METRICS_EVALUATE_H

#include "metrics/figure.h"

#include "domain/standing.h"

/* The standing without updates_sequence, and with the colour as it is now: that it was red before is the caller's to
 * remember. Texts are those of the plan and the reports. When the value is unknown, whatever depends on it is zero. */
struct standing evaluate(const struct subject *subject);

/* Whether what was promised holds for a value that is so ordered against the target: −1 below, 0 equal, 1 above. */
bool comparison_holds(enum comparison comparison, int order);

#endif
