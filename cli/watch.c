/* The commands that follow a stream: watch and replay. Both get every event of their topics exactly once: publications
 * are shown as they come, and whenever a head shows more than was seen, the log is asked for the rest. */
#include "cli/cli.h"

#include "base/day.h"
#include "base/map.h"
#include "db/stream.h"
#include "service/link.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

static const char watch_help[] =
    "usage: duban watch [--after N] [--until INSTANT] [--json] PREFIX…\n"
    "Prints the events whose topics begin with a PREFIX (update., indicator., deadline.410102., digest. …) as they\n"
    "are published, and misses none. --after N: begins after that sequence, else with what comes now;\n"
    "--until INSTANT: ends when the service has come to that instant.\n";
static const char replay_help[] =
    "usage: duban replay [--after N] [--json] PREFIX\n"
    "Prints the events of the log whose topics begin with PREFIX, from sequence N+1 on.\n";

/* One prefix that is followed. */
struct following {
    struct cli *cli;
    enum service_id service;
    enum stream_id stream;
    const char *prefix;
    void *socket;
    uint64_t covered; /* everything up to here has been printed */
    uint64_t *ahead;  /* sequences after it that were printed */
    size_t ahead_count, ahead_capacity;
    uint64_t head; /* as told by the service */
    int64_t time_us;
    bool json;
};

static bool find_stream(const char *prefix, enum service_id *out_service, enum stream_id *out_stream)
{
    static const struct {
        const char *word;
        enum service_id service;
        enum stream_id stream;
    } topics[] = {{"update.", SERVICE_INGEST, STREAM_UPDATES},
                  {"indicator.", SERVICE_METRICS, STREAM_INDICATORS},
                  {"deadline.", SERVICE_NOTIFY, STREAM_ALERTS},
                  {"digest.", SERVICE_NOTIFY, STREAM_ALERTS}};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        const char *word = topics[i].word;
        size_t length = strlen(prefix) < strlen(word) ? strlen(prefix) : strlen(word);
        if (length > 0 && strncmp(prefix, word, length) == 0) {
            *out_service = topics[i].service;
            *out_stream = topics[i].stream;
            return true;
        }
    }
    return false;
}

static const char *text_field(const ProtobufCMessage *data, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(data->descriptor, name);
    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING)
        return "";
    return *(char *const *)(const void *)((const char *)data + field->offset);
}

/* What the unit was told, a line for each alert, and how much it was asked this year. */
static void print_digest(const Duban__V1__UnitDigest *digest)
{
    printf("  %s  %s: %zu alerts 条提醒; asked 催报 %u, reminded 督促 %u, signed 签收 %u, extensions 延期 %u/%u/%u",
           digest->division, digest->unit, digest->n_items, digest->asked, digest->reminded, digest->alerts_signed,
           digest->extensions_requested, digest->extensions_granted, digest->extensions_refused);
    for (size_t i = 0; i < digest->n_items; i++)
        printf("\n    %s / %s", digest->items[i]->text_zh, digest->items[i]->text_en);
}

static void print_plain(const struct event *event, const ProtobufCMessage *data)
{
    char instant[INSTANT_TEXT_BYTES];
    int64_t at_us = event->time_us != 0 ? event->time_us : event->stamp.received_us;
    printf("%s  %llu  %s", minute_format(at_us, instant), (unsigned long long)event->stamp.sequence, event->type);
    if (data != NULL && *text_field(data, "text_zh") != '\0') {
        const Duban__V1__DeadlineAlert *alert = (const Duban__V1__DeadlineAlert *)(const void *)data;
        const ProtobufCEnumValue *phase =
            protobuf_c_enum_descriptor_get_value(&duban__v1__phase__descriptor, (int)alert->phase);
        printf("  %s  %s  %s / %s", alert->deadline, phase == NULL ? "?" : phase->name, alert->text_zh, alert->text_en);
    } else if (data != NULL && data->descriptor == &duban__v1__unit_digest__descriptor) {
        print_digest((const Duban__V1__UnitDigest *)(const void *)data);
    } else if (data != NULL) {
        char *json = message_json(data);
        printf("  %s", json);
        free(json);
    }
    putchar('\n');
}

static void print_json_line(const struct event *event, struct arena *arena)
{
    char *line = event_json(event, arena);
    puts(line);
    free(line);
}

static bool printed_ahead(const struct following *following, uint64_t sequence)
{
    for (size_t i = 0; i < following->ahead_count; i++)
        if (following->ahead[i] == sequence)
            return true;
    return false;
}

/* Prints an event unless it was printed before. */
static void print_once(struct following *following, struct slice body)
{
    struct arena *arena = arena_new((size_t)256 << 20);
    REQUIRE(arena != NULL);
    struct event event;
    if (event_read(body, arena, &event, NULL) == RC_OK && event.stamp.sequence > following->covered &&
        !printed_ahead(following, event.stamp.sequence)) {
        if (following->json)
            print_json_line(&event, arena);
        else
            print_plain(&event, event_data(&event, arena));
        fflush(stdout);
        following->ahead =
            array_grow(following->ahead, following->ahead_count, &following->ahead_capacity, sizeof *following->ahead);
        following->ahead[following->ahead_count++] = event.stamp.sequence;
    }
    arena_free(&arena);
}

static void cover(struct following *following, uint64_t complete_to)
{
    if (complete_to > following->covered)
        following->covered = complete_to;
    size_t kept = 0;
    for (size_t i = 0; i < following->ahead_count; i++)
        if (following->ahead[i] > following->covered)
            following->ahead[kept++] = following->ahead[i];
    following->ahead_count = kept;
}

/* Reads from the log what has not been printed. RC_AGAIN when the service does not answer: the next head is another
 * chance. */
static enum rc catch_up(struct following *following, struct err *err)
{
    enum rc rc = RC_OK;
    for (uint64_t head = following->covered + 1; rc == RC_OK && following->covered < head;) {
        struct arena *arena = arena_new((size_t)1 << 30);
        REQUIRE(arena != NULL);
        Duban__V1__ReplayRequest replay = DUBAN__V1__REPLAY_REQUEST__INIT;
        Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
        replay.stream = (char *)(uintptr_t)stream_name(following->stream);
        replay.topic_prefix = (char *)(uintptr_t)following->prefix;
        replay.after = following->covered;
        request.kind_case = DUBAN__V1__REQUEST__KIND_REPLAY;
        request.replay = &replay;
        struct reply reply;
        rc = ask(following->cli, following->service, &request, (struct slice){NULL, 0}, 5000, arena, &reply, err);
        if (rc == RC_OK) {
            for (size_t i = 0; i < reply.event_count; i++)
                print_once(following, reply.events[i]);
            head = reply.message->replay->head->head;
            cover(following, reply.message->replay->complete_to);
        }
        arena_free(&arena);
    }
    return rc;
}

static enum rc subscribe(struct following *following, struct err *err)
{
    const struct settings *settings = &following->cli->settings;
    following->socket = zmq_socket(following->cli->zmq, ZMQ_SUB);
    REQUIRE(following->socket != NULL);
    int linger_ms = 0, retry_ms = 20, queue = 0;
    zmq_setsockopt(following->socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_setsockopt(following->socket, ZMQ_RECONNECT_IVL, &retry_ms, sizeof retry_ms);
    zmq_setsockopt(following->socket, ZMQ_RCVHWM, &queue, sizeof queue);
    char head[32];
    snprintf(head, sizeof head, "head.%s.", stream_name(following->stream));
    zmq_setsockopt(following->socket, ZMQ_SUBSCRIBE, following->prefix, strlen(following->prefix));
    zmq_setsockopt(following->socket, ZMQ_SUBSCRIBE, head, strlen(head));
    return link_connect_all(following->socket, settings, settings->publisher[following->service], following->service,
                            settings->key, err);
}

static void take_head(struct following *following, const void *data, size_t bytes)
{
    Duban__V1__StreamHead *head = duban__v1__stream_head__unpack(NULL, bytes, data);
    if (head == NULL)
        return;
    following->head = head->head;
    if (head->time != NULL)
        following->time_us = timestamp_read(head->time);
    duban__v1__stream_head__free_unpacked(head, NULL);
    struct err err;
    if (following->head > following->covered && catch_up(following, &err) == RC_REFUSED)
        fail(EXIT_NEGATIVE, "%s", err.text);
}

static void take_publication(struct following *following)
{
    zmq_msg_t topic, body;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    if (zmq_msg_recv(&topic, following->socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&topic) &&
        zmq_msg_recv(&body, following->socket, 0) >= 0) {
        bool head = zmq_msg_size(&topic) >= 5 && memcmp(zmq_msg_data(&topic), "head.", 5) == 0;
        if (head)
            take_head(following, zmq_msg_data(&body), zmq_msg_size(&body));
        else
            print_once(following, (struct slice){zmq_msg_data(&body), zmq_msg_size(&body)});
    }
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
}

static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool finished(const struct following *followings, size_t count, int64_t until_us)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && followings[i].time_us >= until_us && followings[i].covered >= followings[i].head;
    return all || interrupted;
}

static void follow(struct following *followings, size_t count, int64_t until_us)
{
    zmq_pollitem_t items[16];
    for (size_t i = 0; i < count; i++)
        items[i] = (zmq_pollitem_t){.socket = followings[i].socket, .events = ZMQ_POLLIN};
    while (!finished(followings, count, until_us)) {
        if (zmq_poll(items, (int)count, 1000) <= 0)
            continue;
        for (size_t i = 0; i < count; i++)
            if (items[i].revents != 0)
                take_publication(&followings[i]);
    }
}

/* Where a follower begins that asks for what comes now. */
static enum rc find_head(struct following *following, struct err *err)
{
    Duban__V1__HeadRequest query = DUBAN__V1__HEAD_REQUEST__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    request.kind_case = DUBAN__V1__REQUEST__KIND_HEAD;
    request.head = &query;
    struct reply reply;
    enum rc rc = ask(following->cli, following->service, &request, (struct slice){NULL, 0}, 10000,
                     following->cli->arena, &reply, err);
    if (rc == RC_OK)
        following->covered = reply.message->head->head;
    return rc;
}

struct watch_options {
    bool json, has_after;
    uint64_t after;
    int64_t until_us;
};

static int read_options(int argc, char **argv, struct watch_options *options, bool *out_help)
{
    static const struct option known[] = {{"after", required_argument, NULL, 'a'},
                                          {"until", required_argument, NULL, 'u'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    *options = (struct watch_options){.until_us = INT64_MAX};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        char *end = "";
        if (option == 'a') {
            options->has_after = true;
            options->after = strtoull(optarg, &end, 10);
        } else if (option == 'j') {
            options->json = true;
        } else if (option == 'h') {
            *out_help = true;
        } else if (option != 'u' || !instant_parse(optarg, &options->until_us)) {
            return EXIT_USAGE;
        }
        if (*end != '\0')
            return EXIT_USAGE;
    }
    return *out_help || optind < argc ? EXIT_DONE : EXIT_USAGE;
}

static int begin(struct following *following, const struct watch_options *options)
{
    struct err err;
    enum rc rc = RC_OK;
    if (options->has_after)
        following->covered = options->after;
    else
        rc = find_head(following, &err);
    if (rc == RC_OK)
        rc = catch_up(following, &err);
    return rc == RC_OK ? EXIT_DONE : fail(rc == RC_AGAIN ? EXIT_UNREACHABLE : EXIT_USAGE, "%s", err.text);
}

int command_watch(struct cli *cli, int argc, char **argv)
{
    struct watch_options options;
    bool help = false;
    int status = read_options(argc, argv, &options, &help);
    if (status != EXIT_DONE || help)
        return fputs(watch_help, help ? stdout : stderr), status;
    struct following followings[16];
    size_t count = 0;
    for (int i = optind; i < argc; i++) {
        if (count == 16)
            return fail(EXIT_USAGE, "at most 16 prefixes");
        followings[count] =
            (struct following){.cli = cli, .prefix = argv[i], .json = options.json, .time_us = INT64_MIN};
        if (!find_stream(argv[i], &followings[count].service, &followings[count].stream))
            return fail(EXIT_USAGE, "%s: a prefix begins with update., indicator., deadline. or digest.", argv[i]);
        count++;
    }
    struct sigaction stop = {.sa_handler = on_signal};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    struct err err;
    for (size_t i = 0; status == EXIT_DONE && i < count;
         i++) /* first, so that nothing falls between log and publications */
        if (subscribe(&followings[i], &err) != RC_OK)
            status = fail(EXIT_USAGE, "%s", err.text);
    for (size_t i = 0; status == EXIT_DONE && i < count; i++)
        status = begin(&followings[i], &options);
    if (status == EXIT_DONE)
        follow(followings, count, options.until_us);
    for (size_t i = 0; i < count; i++) {
        if (followings[i].socket != NULL)
            zmq_close(followings[i].socket);
        free(followings[i].ahead);
    }
    return status;
}

int command_replay(struct cli *cli, int argc, char **argv)
{
    struct watch_options options;
    bool help = false;
    int status = read_options(argc, argv, &options, &help);
    if (status != EXIT_DONE || help || optind + 1 != argc)
        return fputs(replay_help, help ? stdout : stderr), help ? EXIT_DONE : EXIT_USAGE;
    struct following following = {.cli = cli, .prefix = argv[optind], .json = options.json};
    if (!find_stream(following.prefix, &following.service, &following.stream))
        return fail(EXIT_USAGE, "%s: a prefix begins with update., indicator., deadline. or digest.", following.prefix);
    options.has_after = true;
    status = begin(&following, &options);
    free(following.ahead);
    return status;
}
