/* The way of the log through notify: merges updates and standings by their instants, lets time pass as far as both are
 * complete, and stores and publishes the alerts that come out. At the start the log is folded from its beginning;
 * alerts that were decided before come out again and are dropped. */
#ifndef DUBAN_NOTIFY_DISPATCH_H
#define DUBAN_NOTIFY_DISPATCH_H

#include "service/service.h"

struct dispatch;

struct dispatch *dispatch_new(void);
void dispatch_free(struct dispatch **dispatch);

extern const struct db_statement dispatch_statements[];
extern const size_t dispatch_statement_count;

/* The callbacks of a service_spec; self is the dispatch. */
void dispatch_started(void *self, struct service *service);
void dispatch_claimed(void *self);
void dispatch_lost(void *self);
bool dispatch_busy(void *self);
bool dispatch_request(void *self, struct call *call);
void dispatch_work(void *self);
bool dispatch_done(void *self);
int64_t dispatch_watermark_us(void *self);

#endif
