#include "service/guard.h"

#include "base/endpoints.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/map.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define ZAP_FRAMES_MAX 8
#define ZAP_FRAME_BYTES 256
#define REFRESH_US 250000
#define REFUSAL_LOG_US 1000000
#define RIGHTS_ARENA_BYTES ((size_t)1 << 30)
#define LOCALS_ARENA_BYTES ((size_t)1 << 20)

/* The ZAP domains tell the handler what let the connection in. */
#define DOMAIN_FILE "file"
#define DOMAIN_KEY "key"
#define DOMAIN_INSECURE "insecure"

/* The certificates of the folder, as it was when it was read last. */
struct table {
    struct arena *arena;
    struct map keys; /* public key → struct holder */
    bool incomplete; /* a file could not be read this time: it is tried again */
};

struct holder {
    const char *file;
    const char *text; /* of the certificate, by which a change is seen */
    struct rights rights;
    bool ambiguous; /* two files have this key: it opens nothing */
};

struct guard {
    const char *folder;
    void *socket;
    bool has_key, insecure;
    struct certificate key;
    struct table table;
    struct digest seen; /* names and times of the folder's files */
    bool readable;
    int64_t next_refresh_us, next_refusal_log_us;
    uint64_t refusals; /* since they were logged last */
    struct map locals; /* user id → struct rights: who came by file, or insecurely */
    struct arena *locals_arena;
};

/* Reading the folder. */

static int skip_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What tells whether anything in the folder has changed. False when it cannot be read. */
static bool look(const char *folder, struct digest *out_seen)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, skip_hidden, alphasort);
    if (count < 0)
        return false;
    struct digest seen = {{0}};
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX], line[PATH_MAX + 128];
        struct stat status = {0};
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        (void)stat(path, &status); /* one that is gone counts as empty */
        int length = snprintf(line, sizeof line, "%s %lld.%09ld %lld.%09ld %lld %llu %o", entries[i]->d_name,
                              (long long)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                              (long long)status.st_ctim.tv_sec, status.st_ctim.tv_nsec, (long long)status.st_size,
                              (unsigned long long)status.st_ino, status.st_mode);
        seen = digest_chain(DIGEST_SHA256, &seen, line, (size_t)length);
        free(entries[i]);
    }
    free(entries);
    *out_seen = seen;
    return true;
}

static void add_holder(struct table *table, const char *file, const struct certificate *certificate,
                       const struct rights *rights)
{
    struct holder *known = map_get(&table->keys, certificate->public_key);
    if (known != NULL) {
        log_error("RIGHTS-KEY-TWICE", "files=%s,%s effect=\"neither is let in\"", known->file, file);
        known->ambiguous = true;
        return;
    }
    struct holder *holder = arena_must(arena_alloc(table->arena, sizeof *holder));
    *holder = (struct holder){.file = arena_must(arena_copy(table->arena, file)),
                              .text = arena_must(certificate_text(certificate, false, table->arena)),
                              .rights = *rights};
    map_put(&table->keys, arena_must(arena_copy(table->arena, certificate->public_key)), holder);
}

static void read_file(struct table *table, const char *folder, const char *file)
{
    char path[PATH_MAX];
    struct stat status;
    struct err err;
    struct certificate certificate;
    struct rights rights;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return;
    enum rc rc = certificate_load(path, table->arena, &certificate, &err);
    if (rc == RC_OK && *certificate.secret_key != '\0')
        rc = err_set(&err, RC_REFUSED, "%s: a secret key does not belong here", path);
    certificate_forget(&certificate);
    table->incomplete = table->incomplete || rc == RC_FAILED;
    if (rc == RC_OK)
        rc = rights_read(&certificate, table->arena, &rights, &err);
    if (rc == RC_OK)
        add_holder(table, file, &certificate, &rights);
    else
        log_error("RIGHTS-FILE", "file=\"%s\" reason=\"%s\" effect=\"this key is not let in\"", file, err.text);
}

static struct table read_table(const char *folder, bool *out_readable)
{
    struct table table = {.arena = arena_new(RIGHTS_ARENA_BYTES)};
    REQUIRE(table.arena != NULL);
    struct dirent **entries;
    int count = scandir(folder, &entries, skip_hidden, alphasort);
    *out_readable = count >= 0;
    for (int i = 0; i < count; i++) {
        read_file(&table, folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return table;
}

static void table_done(struct table *table)
{
    map_done(&table->keys);
    arena_free(&table->arena);
}

/* Whether a key that had rights has other ones now, or none. */
static bool anything_taken(const struct table *before, const struct table *now)
{
    for (size_t i = 0; i < before->keys.count; i++) {
        const struct holder *was = before->keys.entries[i].value;
        const struct holder *is = map_get(&now->keys, before->keys.entries[i].key);
        if (is == NULL || is->ambiguous || strcmp(is->text, was->text) != 0)
            return true;
    }
    return false;
}

bool guard_refresh(struct guard *guard, int64_t now_us)
{
    struct digest seen = {{0}};
    if (now_us < guard->next_refresh_us)
        return false;
    guard->next_refresh_us = now_us + REFRESH_US;
    bool readable = look(guard->folder, &seen);
    if (readable == guard->readable && memcmp(seen.bytes, guard->seen.bytes, sizeof seen.bytes) == 0)
        return false;
    struct table table = read_table(guard->folder, &readable);
    if (!readable && guard->has_key)
        log_error("RIGHTS-UNREADABLE", "folder=\"%s\" reason=\"%s\" effect=\"nobody is let in over tcp\"",
                  guard->folder, strerror(errno));
    log_info("RIGHTS", "folder=\"%s\" keys=%zu", guard->folder, table.keys.count);
    bool taken = anything_taken(&guard->table, &table);
    table_done(&guard->table);
    guard->table = table;
    guard->readable = readable;
    guard->seen = table.incomplete ? (struct digest){{0}} : seen;
    return taken;
}

/* Opening. */

static enum rc load_key(struct guard *guard, const struct settings *settings, enum service_id service, struct err *err)
{
    char path[SETTING_BYTES + 32];
    bool needed =
        endpoints_any(settings->front[service], "tcp://") || endpoints_any(settings->publisher[service], "tcp://");
    if (!needed || settings->insecure)
        return RC_OK;
    snprintf(path, sizeof path, "%s/%s_secret", settings->keys, service_name(service));
    enum rc rc = certificate_load(path, guard->locals_arena, &guard->key, err);
    if (rc == RC_OK && *guard->key.secret_key == '\0')
        rc = err_set(err, RC_REFUSED, "%s: there is no secret key in it", path);
    guard->has_key = rc == RC_OK;
    return rc;
}

enum rc guard_open(void *zmq, const struct settings *settings, enum service_id service, struct guard **out_guard,
                   struct err *err)
{
    struct guard *guard = calloc(1, sizeof *guard);
    REQUIRE(guard != NULL);
    guard->folder = settings->rights;
    guard->insecure = settings->insecure;
    guard->readable = true; /* so that the first look tells when it is not */
    guard->table.arena = arena_new(RIGHTS_ARENA_BYTES);
    guard->locals_arena = arena_new(LOCALS_ARENA_BYTES);
    guard->socket = zmq_socket(zmq, ZMQ_REP);
    REQUIRE(guard->table.arena != NULL && guard->locals_arena != NULL && guard->socket != NULL);
    enum rc rc = load_key(guard, settings, service, err);
    if (rc == RC_OK && zmq_bind(guard->socket, ZAP_ENDPOINT) != 0)
        rc = err_set(err, RC_FAILED, "%s: %s", ZAP_ENDPOINT, zmq_strerror(errno));
    if (rc != RC_OK)
        guard_close(&guard);
    *out_guard = guard;
    return rc;
}

void guard_close(struct guard **guard)
{
    if (*guard == NULL)
        return;
    zmq_close((*guard)->socket);
    certificate_forget(&(*guard)->key);
    table_done(&(*guard)->table);
    map_done(&(*guard)->locals);
    arena_free(&(*guard)->locals_arena);
    free(*guard);
    *guard = NULL;
}

/* The options that the next bind takes. */
static enum rc protect(const struct guard *guard, void *socket, const char *endpoint, struct err *err)
{
    bool by_file = strncmp(endpoint, "ipc://", 6) == 0, over_tcp = strncmp(endpoint, "tcp://", 6) == 0;
    if (!by_file && !over_tcp)
        return err_set(err, RC_REFUSED, "%s: an endpoint is ipc://PATH or tcp://ADDRESS:PORT", endpoint);
    bool by_key = over_tcp && !guard->insecure;
    const char *domain = by_file ? DOMAIN_FILE : by_key ? DOMAIN_KEY : DOMAIN_INSECURE;
    int curve = by_key;
    if (zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, strlen(domain)) != 0)
        return err_set(err, RC_FAILED, "ZAP: %s", zmq_strerror(errno));
    if (by_key && zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, guard->key.secret_key, CURVE_KEY_BYTES) != 0)
        return err_set(err, RC_REFUSED, "the secret key: %s", zmq_strerror(errno));
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &curve, sizeof curve) != 0)
        return err_set(err, RC_FAILED, "CURVE: %s", zmq_strerror(errno));
    if (over_tcp && guard->insecure)
        log_error("INSECURE",
                  "endpoint=%s reason=\"--insecure: everybody who reaches it may do everything, unencrypted\"",
                  endpoint);
    return RC_OK;
}

enum rc guard_bind_next(struct guard *guard, void *socket, const char **endpoints, struct err *err)
{
    char endpoint[SETTING_BYTES];
    const char *rest = *endpoints;
    if (!endpoints_next(&rest, endpoint))
        return RC_OK;
    enum rc rc = protect(guard, socket, endpoint, err);
    if (rc == RC_OK && zmq_bind(socket, endpoint) != 0)
        rc = err_set(err, errno == EADDRINUSE ? RC_AGAIN : RC_FAILED, "%s: %s", endpoint, zmq_strerror(errno));
    if (rc != RC_AGAIN)
        *endpoints = rest;
    return rc;
}

enum rc guard_bind(struct guard *guard, void *socket, const char *endpoints, struct err *err)
{
    enum rc rc = RC_OK;
    while (rc == RC_OK && *endpoints != '\0')
        rc = guard_bind_next(guard, socket, &endpoints, err);
    return rc;
}

/* Answering libzmq. */

struct zap_request {
    char frames[ZAP_FRAMES_MAX][ZAP_FRAME_BYTES]; /* version, request id, domain, address, routing id, mechanism, key */
    size_t bytes[ZAP_FRAMES_MAX];
    size_t count;
};
enum { ZAP_VERSION, ZAP_ID, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_ROUTING, ZAP_MECHANISM, ZAP_KEY };

static bool receive(void *socket, struct zap_request *request)
{
    bool more = true;
    for (request->count = 0; more; request->count++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, request->count == 0 ? ZMQ_DONTWAIT : 0) < 0)
            return false;
        if (request->count < ZAP_FRAMES_MAX) {
            size_t bytes = zmq_msg_size(&frame) < ZAP_FRAME_BYTES - 1 ? zmq_msg_size(&frame) : ZAP_FRAME_BYTES - 1;
            memcpy(request->frames[request->count], zmq_msg_data(&frame), bytes);
            request->frames[request->count][bytes] = '\0';
            request->bytes[request->count] = bytes;
        }
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return true;
}

/* Remembers who came otherwise than by a key: by the permissions of a file, whose user libzmq tells in the address, or
 * because everybody may. */
static const char *admit_local(struct guard *guard, const char *name, const char *detail)
{
    const char *id = arena_must(arena_printf(guard->locals_arena, "%s%s", name, detail));
    const struct rights *known = map_get(&guard->locals, id);
    if (known != NULL)
        return known->name;
    struct rights *rights = arena_must(arena_alloc(guard->locals_arena, sizeof *rights));
    *rights = (struct rights){.everything = true, .name = id, .unit = ""};
    map_put(&guard->locals, id, rights);
    return id;
}

/* The user of "localhost:1000:1000:4711"; empty when it is told otherwise. */
static const char *peer_user(const char *address, char out_user[16])
{
    const char *colon = strchr(address, ':');
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    snprintf(out_user, 16, "%.*s", digits > 0 && digits < 12 ? (int)digits + 1 : 0, colon == NULL ? "" : colon);
    if (*out_user == ':')
        *out_user = '/';
    return out_user;
}

/* The user id that a connection gets, or null when it is not let in. */
static const char *admit(struct guard *guard, const struct zap_request *request, char out_key[CURVE_KEY_BYTES])
{
    char user[16];
    bool plain = strcmp(request->frames[ZAP_MECHANISM], "NULL") == 0;
    const char *domain = request->frames[ZAP_DOMAIN];
    *out_key = '\0';
    if (request->count < ZAP_KEY)
        return NULL;
    if (plain && strcmp(domain, DOMAIN_FILE) == 0)
        return admit_local(guard, "local", peer_user(request->frames[ZAP_ADDRESS], user));
    if (plain && strcmp(domain, DOMAIN_INSECURE) == 0 && guard->insecure)
        return admit_local(guard, "insecure", "");
    if (strcmp(domain, DOMAIN_KEY) != 0 || strcmp(request->frames[ZAP_MECHANISM], "CURVE") != 0 ||
        request->count <= ZAP_KEY || request->bytes[ZAP_KEY] != 32)
        return NULL;
    zmq_z85_encode(out_key, (const uint8_t *)request->frames[ZAP_KEY], 32);
    const struct holder *holder = map_get(&guard->table.keys, out_key);
    return holder == NULL || holder->ambiguous ? NULL : out_key;
}

/* Says at most once a second that somebody was not let in. */
static void tell_refusal(struct guard *guard, const struct zap_request *request, const char *key, int64_t now_us)
{
    guard->refusals++;
    if (now_us < guard->next_refusal_log_us)
        return;
    log_warning("KEY-REFUSED", "key=\"%s\" address=%s refusals=%llu", key, request->frames[ZAP_ADDRESS],
                (unsigned long long)guard->refusals);
    guard->refusals = 0;
    guard->next_refusal_log_us = now_us + REFUSAL_LOG_US;
}

void guard_answer(struct guard *guard, int64_t now_us)
{
    struct zap_request request = {0};
    while (receive(guard->socket, &request)) {
        char key[CURVE_KEY_BYTES];
        const char *user = admit(guard, &request, key);
        if (user == NULL)
            tell_refusal(guard, &request, key, now_us);
        /* 300 is "try again": libzmq then connects anew from time to time, so that a key that is added later is let in
         * without a restart of the client. After 400 it never would. */
        const char *replies[] = {"1.0",
                                 request.frames[ZAP_ID],
                                 user == NULL ? "300" : "200",
                                 user == NULL ? "not known" : "OK",
                                 user == NULL ? "" : user,
                                 ""};
        const size_t count = sizeof replies / sizeof *replies;
        for (size_t i = 0; i < count; i++)
            REQUIRE(zmq_send(guard->socket, replies[i], i == 1 ? request.bytes[ZAP_ID] : strlen(replies[i]),
                             i + 1 < count ? ZMQ_SNDMORE : 0) >= 0);
    }
}

void *guard_socket(const struct guard *guard)
{
    return guard->socket;
}

const struct rights *guard_rights(const struct guard *guard, zmq_msg_t *frame)
{
    const char *user = zmq_msg_gets(frame, "User-Id");
    if (user == NULL || *user == '\0')
        return NULL;
    const struct holder *holder = map_get(&guard->table.keys, user);
    if (holder != NULL)
        return holder->ambiguous ? NULL : &holder->rights;
    return map_get(&guard->locals, user);
}
