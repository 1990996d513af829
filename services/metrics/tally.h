/* The way of the log through metrics: folds the stream of updates, and stores and publishes what comes out. At the
 * start the log is folded from its beginning; what was emitted before comes out again and is dropped. */
#ifndef DUBAN_METRICS_TALLY_H
#define DUBAN_METRICS_TALLY_H

#include "service/service.h"

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally **tally);

extern const struct db_statement tally_statements[];
extern const size_t tally_statement_count;

/* The callbacks of a service_spec; self is the tally. */
void tally_started(void *self, struct service *service);
void tally_claimed(void *self);
void tally_lost(void *self);
bool tally_busy(void *self);
bool tally_request(void *self, struct call *call);
void tally_work(void *self);
bool tally_done(void *self);
int64_t tally_watermark_us(void *self);

#endif
