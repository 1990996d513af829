/* The way of a submission through ingest: queue, look-up, decision, one transaction for many events, receipts. A batch
 * is a function of the submitted bytes and the database alone: when its outcome is unknown it is simply run again. */
#ifndef DUBAN_INGEST_INTAKE_H
#define DUBAN_INGEST_INTAKE_H

#include "service/service.h"

struct intake;

struct intake *intake_new(void);
void intake_free(struct intake **intake);

/* The statements that intake sends, in its own order. */
extern const struct db_statement intake_statements[];
extern const size_t intake_statement_count;

/* The callbacks of a service_spec; self is the intake. */
void intake_started(void *self, struct service *service);
void intake_claimed(void *self);
void intake_lost(void *self);
void intake_standby(void *self);
bool intake_busy(void *self);
bool intake_request(void *self, struct call *call);
void intake_work(void *self);
bool intake_done(void *self);
int64_t intake_watermark_us(void *self);

#endif
