/* Questions to notify and their answers: deadlines, units and alerts of proto/README.md. */
#ifndef DUBAN_NOTIFY_ANSWER_H
#define DUBAN_NOTIFY_ANSWER_H

#include "notify/notify.h"

#include "db/stream.h"
#include "service/door.h"

/* Whether a request is for deadlines or units. */
bool answer_knows(const Duban__V1__Request *request);

/* Answers and frees the call. now_us: what "today" is; complete_us: the instant up to which everything is in it. */
void answer_call(const struct notify *notify, int64_t now_us, int64_t complete_us, struct call *call);

/* The same for alerts, from what the log has of them: the rows of a reader, complete up to a sequence. */
void answer_alerts(const struct notify *notify, const PGresult *rows, int row_count, uint64_t complete_to,
                   struct call *call);

#endif
