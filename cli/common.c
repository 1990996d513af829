#include "cli/cli.h"

#include "cli/plan_file.h"

#include "base/day.h"
#include "db/stream.h"

#include "duban/v1/publications.pb-c.h"
#include "duban/v1/updates.pb-c.h"
#include "duban_db_queries.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)256 << 20)

int fail(int status, const char *format, ...)
{
    fputs("duban: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

PGconn *connect_database(struct cli *cli)
{
    struct db_address address = {cli->settings.database, cli->settings.password_file, 0};
    struct err err;
    PGconn *connection = NULL;
    if (db_address_check(&address, &err) == RC_OK)
        connection = db_address_connect(&address, "duban", "duban", &err);
    if (connection == NULL) {
        fail(EXIT_UNREACHABLE, "DUBAN_DATABASE: %s", err.text);
        return NULL;
    }
    if (PQstatus(connection) == CONNECTION_OK)
        return connection;
    fail(EXIT_UNREACHABLE, "%s", PQerrorMessage(connection));
    PQfinish(connection);
    return NULL;
}

PGresult *run_statement(PGconn *connection, const char *sql, const struct db_params *params)
{
    PGresult *result =
        PQexecParams(connection, sql, params->count, NULL, params->values, params->lengths, db_binary, 1);
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return result;
    fail(EXIT_UNREACHABLE, "%s", PQerrorMessage(connection));
    PQclear(result);
    return NULL;
}

bool read_stream(PGconn *connection, int stream, uint64_t after,
                 bool (*take)(void *context, const struct stream_event *event), void *context)
{
    for (;;) {
        struct db_params params = {0};
        db_int8(&params, stream);
        db_int8(&params, (int64_t)after);
        db_int8(&params, INT64_MAX);
        db_text(&params, "");
        db_int8(&params, 1000);
        db_int8(&params, (int64_t)READING_BYTES);
        PGresult *rows = run_statement(connection, read_sql, &params);
        if (rows == NULL)
            return false;
        int count = PQntuples(rows);
        bool taken = true;
        for (int row = 0; taken && row < count; row++) {
            struct stream_event event;
            stream_event_read(rows, row, &event);
            after = event.sequence;
            taken = take(context, &event);
        }
        PQclear(rows);
        if (!taken || count == 0)
            return taken;
    }
}

enum rc read_file(const char *path, struct arena *arena, struct slice *out_text, struct err *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (file == NULL)
        return err_set(err, RC_REFUSED, "%s: %s", path, strerror(errno));
    size_t bytes = 0, capacity = 0;
    char *text = NULL;
    enum rc rc = RC_OK;
    for (size_t got = 1; rc == RC_OK && got > 0; bytes += got) {
        if (bytes == capacity) {
            capacity = capacity == 0 ? 65536 : capacity * 2;
            text = realloc(text, capacity);
            REQUIRE(text != NULL);
        }
        got = fread(text + bytes, 1, capacity - bytes, file);
        if (bytes + got > FILE_MAX_BYTES)
            rc = err_set(err, RC_REFUSED, "%s: larger than %zu MiB", path, FILE_MAX_BYTES >> 20);
    }
    if (rc == RC_OK && ferror(file))
        rc = err_set(err, RC_REFUSED, "%s: %s", path, strerror(errno));
    if (rc == RC_OK) {
        *out_text = (struct slice){(const uint8_t *)arena_text(arena, text, bytes), bytes};
        REQUIRE(out_text->data != NULL);
    }
    free(text);
    if (file != stdin)
        fclose(file);
    return rc;
}

static void print_problem(void *context, const struct plan_file_problem *problem)
{
    const char *path = context;
    char zh[REASON_TEXT_BYTES], en[REASON_TEXT_BYTES];
    fprintf(stderr, "%s:%zu:%zu: %s %s: %s / %s\n", path, problem->line, problem->column,
            reason_name(problem->reason.code), problem->reason.field, reason_text_zh(&problem->reason, zh),
            reason_text_en(&problem->reason, en));
}

int read_plan_or_fail(struct cli *cli, const char *path, struct plan **out_plan)
{
    struct slice text;
    struct err err;
    if (read_file(path, cli->arena, &text, &err) != RC_OK)
        return fail(EXIT_USAGE, "%s", err.text);
    enum rc rc = plan_file_read((const char *)text.data, text.bytes, cli->arena, print_problem, (void *)(uintptr_t)path,
                                out_plan);
    return rc == RC_OK ? EXIT_DONE : EXIT_NEGATIVE;
}

static json_t *json_of(const ProtobufCMessage *message);

static json_t *json_bytes(const ProtobufCBinaryData *bytes)
{
    char *hex = calloc(bytes->len * 2 + 1, 1);
    REQUIRE(hex != NULL);
    for (size_t i = 0; i < bytes->len; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes->data[i]);
    json_t *json = json_string(hex);
    free(hex);
    return json;
}

static json_t *json_value(const ProtobufCFieldDescriptor *field, const void *value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)value);
    case PROTOBUF_C_TYPE_BYTES:
        return json_bytes(value);
    case PROTOBUF_C_TYPE_MESSAGE:
        return json_of(*(ProtobufCMessage *const *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)value);
    case PROTOBUF_C_TYPE_ENUM: {
        const ProtobufCEnumValue *word = protobuf_c_enum_descriptor_get_value(field->descriptor, *(const int *)value);
        return word == NULL ? json_integer(*(const int *)value) : json_string(word->name);
    }
    case PROTOBUF_C_TYPE_INT32:
        return json_integer(*(const int32_t *)value);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
        return json_integer((json_int_t) * (const int64_t *)value);
    default:
        return json_null(); /* types that the contract does not use */
    }
}

static size_t element_bytes(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(int64_t);
    default:
        return sizeof(int32_t);
    }
}

static json_t *json_list(const ProtobufCFieldDescriptor *field, const void *elements, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_value(field, (const char *)elements + i * element_bytes(field)));
    return list;
}

static json_t *json_of(const ProtobufCMessage *message)
{
    if (message == NULL)
        return json_null();
    json_t *object = json_object();
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const void *value = (const char *)message + field->offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
            json_object_set_new(object, field->name, json_list(field, *(void *const *)value, count));
        } else {
            json_object_set_new(object, field->name, json_value(field, value));
        }
    }
    return object;
}

char *message_json(const ProtobufCMessage *message)
{
    json_t *json = json_of(message);
    char *text = json_dumps(json, JSON_COMPACT);
    REQUIRE(text != NULL);
    json_decref(json);
    return text;
}

static void set_instant(json_t *line, const char *name, int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];
    json_object_set_new(line, name, json_string(instant_format(instant_us, text)));
}

char *event_json(const struct event *event, struct arena *arena)
{
    const struct stamp *stamp = &event->stamp;
    json_t *line = json_object();
    if (stamp->sequence != 0)
        json_object_set_new(line, "sequence", json_integer((json_int_t)stamp->sequence));
    json_object_set_new(line, "id", json_string(event->id));
    json_object_set_new(line, "source", json_string(event->source));
    json_object_set_new(line, "type", json_string(event->type));
    set_instant(line, "time", event->time_us != 0 ? event->time_us : stamp->received_us);
    if (stamp->received_us != 0)
        set_instant(line, "received", stamp->received_us);
    if (stamp->withdraws != 0)
        json_object_set_new(line, "withdraws", json_integer((json_int_t)stamp->withdraws));
    json_object_set_new(line, "data", json_of(event_data(event, arena)));
    char *text = json_dumps(line, JSON_COMPACT);
    REQUIRE(text != NULL);
    json_decref(line);
    return text;
}

ProtobufCMessage *event_data(const struct event *event, struct arena *arena)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &duban__v1__plan_published__descriptor,       &duban__v1__project_registered__descriptor,
        &duban__v1__measurement_reported__descriptor, &duban__v1__milestone_reached__descriptor,
        &duban__v1__project_suspended__descriptor,    &duban__v1__project_resumed__descriptor,
        &duban__v1__project_cancelled__descriptor,    &duban__v1__update_withdrawn__descriptor,
        &duban__v1__target_adjusted__descriptor,      &duban__v1__extension_requested__descriptor,
        &duban__v1__extension_decided__descriptor,    &duban__v1__alert_acknowledged__descriptor,
        &duban__v1__indicator_changed__descriptor,    &duban__v1__deadline_alert__descriptor,
        &duban__v1__unit_digest__descriptor,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->name, event->type) == 0)
            return message_unpack(types[i], event->data, arena);
    return NULL;
}
