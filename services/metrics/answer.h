/* Questions to metrics and their answers: indicators, explain and roll_ups of proto/README.md. */
#ifndef DUBAN_METRICS_ANSWER_H
#define DUBAN_METRICS_ANSWER_H

#include "metrics/metrics.h"
#include "service/door.h"

/* Whether a request is one of these. */
bool answer_knows(const Duban__V1__Request *request);

/* Answers and frees the call. now_us: what "today" is; complete_us: the instant up to which updates are in it. */
void answer_call(const struct metrics *metrics, int64_t now_us, int64_t complete_us, struct call *call);

#endif
