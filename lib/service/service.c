#include "service/service.h"

#include "service/confine.h"
#include "service/endpoint.h"
#include "service/head.h"
#include "service/limits.h"
#include "service/link.h"
#include "service/publisher.h"
#include "service/replay.h"
#include "service/witness.h"

#include "wire/message.h"

#include "base/chaos.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define CALLS_A_TURN 256
#define STOP_TIMEOUT_US 10000000
#define ENDPOINT_RETRY_MS 100

struct service {
    const struct service_spec *spec;
    void *self;
    struct settings settings;
    struct endpoint_locks endpoints;
    void *zmq;
    struct guard *guard;
    struct door *door;
    struct publisher *publisher;
    void *heads[2]; /* SUB sockets for the heads of the streams it follows */
    struct follower *followers[2];
    struct writer *writer;
    struct reader *reader;
    struct replays *replays;
    struct witness witness;
    int signals;
    bool claimed, stopping, done, failed;
    int64_t now_us, monotonic_us, next_head_us, stop_deadline_us;
};

const struct settings *service_settings(const struct service *service)
{
    return &service->settings;
}

struct writer *service_writer(struct service *service)
{
    return service->writer;
}

struct reader *service_reader(struct service *service)
{
    return service->reader;
}

struct follower *service_follower(struct service *service, enum stream_id stream)
{
    for (size_t i = 0; i < 2; i++)
        if (service->followers[i] != NULL && follower_stream(service->followers[i]) == stream)
            return service->followers[i];
    return NULL;
}

int64_t service_now_us(const struct service *service)
{
    return service->now_us;
}

int64_t service_monotonic_us(const struct service *service)
{
    return service->monotonic_us;
}

void service_fail(struct service *service)
{
    service->failed = true;
}

/* The watermark as a message; false when it is not known yet, or when another process may have the stream by now, whose
 * events may be earlier than this one's clock. */
static bool watermark(const struct service *service, Google__Protobuf__Timestamp *out_time)
{
    int64_t time_us = service->spec->watermark_us(service->self);
    if (time_us == INT64_MIN || !writer_leased(service->writer, clock_monotonic_us()))
        return false;
    timestamp_write(time_us, out_time);
    return true;
}

static void publish_head(struct service *service)
{
    Google__Protobuf__Timestamp time;
    Duban__V1__StreamHead message;
    bool known = watermark(service, &time);
    head_write(writer_head(service->writer), service->spec->stream, known ? &time : NULL, &message);
    uint8_t body[512];
    REQUIRE(duban__v1__stream_head__get_packed_size(&message) <= sizeof body);
    size_t bytes = duban__v1__stream_head__pack(&message, body);
    char topic[32];
    snprintf(topic, sizeof topic, "head.%s.", stream_name(service->spec->stream));
    publisher_send(service->publisher, topic, (struct slice){body, bytes});
    service->next_head_us = service->monotonic_us + service->settings.head_interval_us;
    CHAOS_POINT("head-published");
}

void service_publish(struct service *service, const struct stream_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        publisher_send(service->publisher, events[i].topic, events[i].body);
        CHAOS_POINT("publishing");
    }
    publish_head(service);
}

static void answer_head(struct service *service, struct call *call)
{
    if (!service->claimed) {
        call_refuse(&call, REASON_UNAVAILABLE, "");
        return;
    }
    Google__Protobuf__Timestamp time;
    Duban__V1__StreamHead message;
    bool known = watermark(service, &time);
    head_write(writer_head(service->writer), service->spec->stream, known ? &time : NULL, &message);
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_HEAD;
    reply.head = &message;
    call_answer(&call, &reply, NULL, 0);
}

static void take_call(struct service *service, struct call *call)
{
    switch (call->request->kind_case) {
    case DUBAN__V1__REQUEST__KIND_HEAD:
        answer_head(service, call);
        break;
    case DUBAN__V1__REQUEST__KIND_REPLAY:
        replays_take(service->replays, call);
        break;
    default:
        if (!service->spec->request(service->self, call))
            call_refuse(&call, REASON_UNKNOWN_REQUEST, "");
    }
}

static bool accepts_calls(const struct service *service)
{
    return !service->stopping && !service->spec->busy(service->self);
}

static void take_calls(struct service *service)
{
    for (int i = 0; i < CALLS_A_TURN && accepts_calls(service); i++) {
        struct call *call = door_next(service->door);
        if (call == NULL)
            break;
        take_call(service, call);
    }
}

/* Takes in who is let in now, and ends what somebody may no longer hear. */
static void take_rights(struct service *service)
{
    if (guard_refresh(service->guard, service->monotonic_us))
        publisher_renew(service->publisher);
    guard_answer(service->guard, service->monotonic_us);
}

static void take_signal(struct service *service)
{
    struct signalfd_siginfo signal;
    if (read(service->signals, &signal, sizeof signal) != sizeof signal || service->stopping)
        return;
    log_info("STOPPING", "service=%s signal=%u", service_name(service->spec->id), signal.ssi_signo);
    service->stopping = true;
    service->stop_deadline_us = service->monotonic_us + STOP_TIMEOUT_US;
    CHAOS_POINT("stopping");
}

static void on_claimed(void *context)
{
    struct service *service = context;
    service->claimed = true;
    for (size_t i = 0; i < 2; i++)
        if (service->followers[i] != NULL)
            follower_restart(service->followers[i]);
    service->spec->claimed(service->self);
}

static void on_lost(void *context)
{
    struct service *service = context;
    service->claimed = false;
    service->spec->lost(service->self);
}

static void on_standby(void *context)
{
    struct service *service = context;
    if (service->spec->standby != NULL)
        service->spec->standby(service->self);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static zmq_pollitem_t database_item(const struct db *db)
{
    short events = db_events(db);
    return (zmq_pollitem_t){
        .fd = db_fd(db), .events = (short)((events & POLLIN ? ZMQ_POLLIN : 0) | (events & POLLOUT ? ZMQ_POLLOUT : 0))};
}

/* Waits for something to do, at most until wake_us, and takes it in. */
static void wait_and_receive(struct service *service, int64_t wake_us)
{
    enum { SIGNALS, WRITER, READER, GUARD, PUBLISHER, SUBSCRIBERS, CLIENTS, FRONT, HEADS, MOST = HEADS + 2 };
    zmq_pollitem_t items[MOST] = {
        [SIGNALS] = {.fd = service->signals, .events = ZMQ_POLLIN},
        [WRITER] = database_item(writer_db(service->writer)),
        [READER] = database_item(reader_db(service->reader)),
        [GUARD] = {.socket = guard_socket(service->guard), .events = ZMQ_POLLIN},
        [PUBLISHER] = {.socket = publisher_socket(service->publisher), .events = ZMQ_POLLIN},
        [SUBSCRIBERS] = {.socket = peers_socket(publisher_peers(service->publisher)), .events = ZMQ_POLLIN},
        [CLIENTS] = {.socket = peers_socket(door_peers(service->door)), .events = ZMQ_POLLIN},
        [FRONT] = {.socket = door_socket(service->door), .events = ZMQ_POLLIN},
    };
    int count = HEADS;
    for (size_t i = 0; i < 2; i++)
        if (service->heads[i] != NULL)
            items[count++] = (zmq_pollitem_t){.socket = service->heads[i], .events = ZMQ_POLLIN};
    /* A descriptor of -1 without a socket would be refused, and a full service does not look at its door. */
    zmq_pollitem_t wanted[MOST];
    int wanted_count = 0;
    for (int i = 0; i < count; i++)
        if ((items[i].socket != NULL || items[i].fd >= 0) && (i != FRONT || accepts_calls(service)))
            wanted[wanted_count++] = items[i];
    int64_t wait_us = wake_us - clock_monotonic_us();
    long wait_ms = wait_us <= 0 ? 0 : (long)((wait_us + 999) / 1000);
    zmq_poll(wanted, wanted_count, wait_ms);

    service->monotonic_us = clock_monotonic_us();
    service->now_us = clock_now_us(&service->settings.clock);
    take_signal(service);
    take_rights(service);
    publisher_subscriptions(service->publisher);
    for (size_t i = 0; i < 2; i++)
        if (service->heads[i] != NULL)
            head_take(service->heads[i], service->followers[i], service->monotonic_us);
    take_calls(service);
}

/* A service that has done its work gives its stream back, and then has nothing to do it with. */
static bool finished(struct service *service)
{
    service->done |= service->stopping && service->spec->done(service->self);
    return service->failed || (service->stopping && service->monotonic_us >= service->stop_deadline_us) ||
           (service->done && writer_release(service->writer));
}

static void run(struct service *service)
{
    int64_t wake_us = 0;
    while (!finished(service)) {
        wait_and_receive(service, wake_us);
        wake_us = service->monotonic_us + service->settings.head_interval_us;
        service->spec->work(service->self);
        for (size_t i = 0; i < 2; i++)
            if (service->followers[i] != NULL)
                wake_us = least(wake_us, follower_step(service->followers[i], service->monotonic_us));
        wake_us = least(wake_us, writer_step(service->writer, service->monotonic_us));
        wake_us = least(wake_us, publisher_step(service->publisher, service->monotonic_us));
        wake_us = least(wake_us, peers_step(publisher_peers(service->publisher), service->monotonic_us));
        wake_us = least(wake_us, peers_step(door_peers(service->door), service->monotonic_us));
        wake_us = least(wake_us, db_step(reader_db(service->reader), service->monotonic_us));
        replays_step(service->replays);
        if (service->claimed && service->monotonic_us >= service->next_head_us)
            publish_head(service);
        if (service->claimed)
            witness_step(&service->witness, writer_head(service->writer), service->now_us, service->monotonic_us);
    }
    if (service->claimed)
        witness_stop(&service->witness, writer_head(service->writer), service->now_us, service->monotonic_us);
}

static enum rc follow(struct service *service, size_t i, enum stream_id stream, struct err *err)
{
    enum service_id upstream = stream == STREAM_UPDATES ? SERVICE_INGEST : SERVICE_METRICS;
    const struct settings *settings = &service->settings;
    char topic[32], own[SETTING_BYTES + 32];
    snprintf(topic, sizeof topic, "head.%s.", stream_name(stream));
    snprintf(own, sizeof own, "%s/%s_secret", settings->keys, service_name(service->spec->id));
    void *socket = service->heads[i] = zmq_socket(service->zmq, ZMQ_SUB);
    REQUIRE(socket != NULL);
    int linger_ms = 0, retry_ms = 50, retry_most_ms = 1000;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &retry_ms, sizeof retry_ms);
    zmq_setsockopt(socket, ZMQ_RECONNECT_IVL_MAX, &retry_most_ms, sizeof retry_most_ms);
    zmq_setsockopt(socket, ZMQ_SUBSCRIBE, topic, strlen(topic));
    return link_connect_all(socket, settings, settings->publisher[upstream], upstream, own, err);
}

/* RC_AGAIN: another process has an endpoint. */
static enum rc open_sockets(struct service *service, struct err *err)
{
    const struct service_spec *spec = service->spec;
    const struct settings *settings = &service->settings;
    const char *front = settings->front[spec->id], *publisher = settings->publisher[spec->id];
    enum rc rc = endpoint_lock(&service->endpoints, front, err);
    if (rc == RC_OK)
        rc = endpoint_lock(&service->endpoints, publisher, err);
    if (rc != RC_OK)
        return rc;
    service->zmq = zmq_ctx_new();
    REQUIRE(service->zmq != NULL);
    rc = guard_open(service->zmq, settings, spec->id, &service->guard, err);
    if (rc == RC_OK)
        rc = door_open(service->zmq, service->guard, front, &service->door, err);
    if (rc == RC_OK)
        rc = publisher_open(service->zmq, service->guard, publisher, &service->publisher, err);
    for (size_t i = 0; i < 2; i++)
        if (rc == RC_OK && spec->follows[i] != 0)
            rc = follow(service, i, spec->follows[i], err);
    return rc;
}

static void close_sockets(struct service *service)
{
    for (size_t i = 0; i < 2; i++) {
        if (service->heads[i] != NULL)
            zmq_close(service->heads[i]);
        service->heads[i] = NULL;
    }
    publisher_close(&service->publisher);
    door_close(&service->door);
    guard_close(&service->guard);
    if (service->zmq != NULL)
        zmq_ctx_term(service->zmq);
    service->zmq = NULL;
    endpoint_release(&service->endpoints);
}

/* Opens the sockets, for which a second process on the same machine waits, without the database, until they are free.
 * RC_AGAIN when it is asked to end before that. */
static enum rc wait_for_sockets(struct service *service, struct err *err)
{
    enum rc rc = RC_AGAIN;
    for (bool told = false; !service->stopping && (rc = open_sockets(service, err)) == RC_AGAIN; told = true) {
        close_sockets(service);
        if (!told)
            log_info("ENDPOINT-TAKEN", "service=%s reason=\"%s\"", service_name(service->spec->id), err->text);
        struct pollfd signals = {.fd = service->signals, .events = POLLIN};
        poll(&signals, 1, ENDPOINT_RETRY_MS);
        service->monotonic_us = clock_monotonic_us();
        take_signal(service);
    }
    return rc;
}

static struct db_address address_of(const struct settings *settings)
{
    return (struct db_address){settings->database, settings->password_file, settings->database_timeout_us};
}

static void open_database(struct service *service)
{
    const struct service_spec *spec = service->spec;
    struct db_address address = address_of(&service->settings);
    service->reader = reader_new(&address, spec->role);
    service->replays = replays_new(service->reader);
    for (size_t i = 0; i < 2; i++)
        if (spec->follows[i] != 0)
            service->followers[i] = follower_new(service->reader, spec->follows[i]);
    service->writer = writer_new(&(struct writer_options){.stream = spec->stream,
                                                          .refused = spec->refused,
                                                          .address = address,
                                                          .role = spec->role,
                                                          .statements = spec->statements,
                                                          .statement_count = spec->statement_count,
                                                          .lease_us = service->settings.lease_us,
                                                          .claimed = on_claimed,
                                                          .lost = on_lost,
                                                          .standby = on_standby,
                                                          .context = service});
}

static void close_service(struct service *service)
{
    writer_free(&service->writer);
    reader_free(&service->reader);
    replays_free(&service->replays);
    for (size_t i = 0; i < 2; i++)
        follower_free(&service->followers[i]);
    close_sockets(service);
    if (service->signals >= 0)
        close(service->signals);
}

static int open_signals(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int usage(FILE *out, const struct service_spec *spec, int status)
{
    fprintf(out,
            "duban-%s: %s\nusage: duban-%s [--help | --version | --insecure]\n"
            "  --insecure  tcp:// without keys: everybody who reaches it may do everything\n\n"
            "Everything else is set by environment variables:\n",
            service_name(spec->id), spec->purpose, service_name(spec->id));
    settings_help(out);
    return status;
}

int service_main(int argc, char **argv, const struct service_spec *spec, void *self)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, spec, 0);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return printf("%s\n", DUBAN_VERSION) < 0;
    bool insecure = argc == 2 && strcmp(argv[1], "--insecure") == 0;
    if (argc != 1 && !insecure)
        return usage(stderr, spec, 2);
    struct service service = {.spec = spec, .self = self, .signals = open_signals()};
    struct err err;
    if (service.signals < 0 || confine(&err) != RC_OK) {
        log_error("START", "service=%s reason=\"%s\"", service_name(spec->id),
                  service.signals < 0 ? strerror(errno) : err.text);
        return 1;
    }
    limits_raise_descriptors();
    if (settings_read(&service.settings, &err) != RC_OK) {
        log_error("SETTINGS", "reason=\"%s\"", err.text);
        return 2;
    }
    service.settings.insecure = insecure;
    struct db_address address = address_of(&service.settings);
    if (db_address_check(&address, &err) != RC_OK) {
        log_error("SETTINGS", "reason=\"DUBAN_DATABASE: %s\"", err.text);
        return 2;
    }
    service.now_us = clock_now_us(&service.settings.clock);
    service.monotonic_us = clock_monotonic_us();
    service.witness = (struct witness){.settings = &service.settings, .stream = spec->stream};
    enum rc rc = wait_for_sockets(&service, &err);
    if (rc == RC_OK) {
        open_database(&service);
        log_info("STARTED", "service=%s version=%s front=%s clock=%s", service_name(spec->id), DUBAN_VERSION,
                 service.settings.front[spec->id], service.settings.clock.simulated ? "simulated" : "wall");
        spec->started(self, &service);
        run(&service);
        CHAOS_POINT("drained");
    }
    if (rc == RC_OK || rc == RC_AGAIN)
        log_info("STOPPED", "service=%s", service_name(spec->id));
    else
        log_error("START", "service=%s reason=\"%s\"", service_name(spec->id), err.text);
    close_service(&service);
    if (rc == RC_OK || rc == RC_AGAIN)
        return service.failed ? 1 : 0;
    return rc == RC_REFUSED ? 2 : 1;
}
