/* What the three services share: one process, one thread, one loop; a front door, a publisher, a writer of its own
 * stream, a reader of the log, the heads of the streams it follows, signals. The service itself gets callbacks. */
#ifndef DUBAN_SERVICE_SERVICE_H
#define DUBAN_SERVICE_SERVICE_H

#include "service/door.h"
#include "service/follower.h"

#include "base/settings.h"

struct service;

struct service_spec {
    enum service_id id;
    enum stream_id stream;                 /* that it writes */
    const char *role;                      /* in PostgreSQL */
    enum writer_refused refused;           /* what to do when the database refuses a transaction */
    const char *purpose;                   /* a sentence for --help */
    const struct db_statement *statements; /* its own, for writer_send */
    size_t statement_count;
    enum stream_id follows[2]; /* streams it reads; 0 for none */

    /* All are called from the loop. `self` is what was given to service_main. */
    void (*started)(void *self, struct service *service);
    void (*claimed)(void *self);                    /* the stream is ours: load what is known */
    void (*lost)(void *self);                       /* the database is gone: forget what came from it */
    void (*standby)(void *self);                    /* another process has the stream: let go of what waits; or null */
    bool (*busy)(void *self);                       /* has as many requests as it can hold: do not read more */
    bool (*request)(void *self, struct call *call); /* true: it will answer; false: it does not know this kind */
    void (*work)(void *self);                       /* after everything that happened */
    bool (*done)(void *self);                       /* stopping: nothing is under way any more */
    int64_t (*watermark_us)(
        void *self); /* nothing that is appended later will have been received at or before; INT64_MIN: not known yet */
};

/* Runs until SIGTERM or SIGINT. Returns the exit status: 0 after a signal, 1 when something failed, 2 for wrong usage
 * or settings. */
int service_main(int argc, char **argv, const struct service_spec *spec, void *self);

const struct settings *service_settings(const struct service *service);
struct writer *service_writer(struct service *service);
struct reader *service_reader(struct service *service);
struct follower *service_follower(struct service *service, enum stream_id stream);

/* The instant of this turn of the loop, and its monotonic counterpart. */
int64_t service_now_us(const struct service *service);
int64_t service_monotonic_us(const struct service *service);

/* Publishes events that were committed, and then the head. */
void service_publish(struct service *service, const struct stream_event *events, size_t count);

/* Ends the loop with a failure that is logged by the caller. */
void service_fail(struct service *service);

#endif
