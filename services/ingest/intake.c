#include "ingest/intake.h"

#include "ingest/ingest.h"

#include "wire/update_wire.h"

#include "base/chaos.h"
#include "base/log.h"
#include "base/map.h"
#include "base/queue.h"
#include "duban_ingest_queries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS_IN_SUBMISSION_MAX 1000
#define EVENTS_IN_BATCH_MAX 4096
/* What waits, of all clients and of one. A client always gets in with one submission of any size. */
#define EVENTS_WAITING_MAX 8192
#define BYTES_WAITING_MAX ((size_t)64 << 20)
#define CLIENT_EVENTS_MAX (EVENTS_WAITING_MAX / 4)
#define CLIENT_BYTES_MAX (BYTES_WAITING_MAX / 4)
/* A batch takes no more events when a quarter is used: one event more needs at most 72 times its 4 MiB, and what is
 * accepted is written once more. */
#define BATCH_ARENA_BYTES ((size_t)1 << 30)
#define SCRATCH_ARENA_BYTES ((size_t)512 << 20)
/* What reading one event may take: a quarter of what metrics, notify and the command give an event of the log. */
#define EVENT_MEMORY_MAX ((size_t)64 << 20)

enum { STATEMENT_KNOWN, STATEMENT_REGISTRY, STATEMENT_QUARANTINE, STATEMENT_ALERT };

const struct db_statement intake_statements[] = {
    [STATEMENT_KNOWN] = {"known", known_sql},
    [STATEMENT_REGISTRY] = {"registry", registry_sql},
    [STATEMENT_QUARANTINE] = {"quarantine", quarantine_sql},
    [STATEMENT_ALERT] = {"alert", alert_sql},
};
const size_t intake_statement_count = sizeof intake_statements / sizeof *intake_statements;

/* What became of one event of a submission. */
struct result {
    const char *source, *id; /* in the call's arena */
    enum outcome outcome;
    uint64_t sequence;
    struct digest digest;
    struct reason reason;
};

/* A request to submit, until every event of it has its result. */
struct submission {
    struct call *call;
    bool dry_run;
    bool unsure;          /* something of it may be stored: it is run again until that is known */
    struct slice *events; /* in the call's attachment */
    struct result *results;
    size_t count;
    size_t decided; /* results that are final: those before this one */
};

/* An event in the batch that is being worked on. Everything lives in the batch's arena. */
struct item {
    struct submission *submission;
    size_t index;
    struct intake *intake;
    struct candidate candidate;
    struct event event;
    struct update update;
    struct digest content;
    const char *key; /* source and id, for the batch's own duplicates */
    uint64_t known_sequence, target_sequence;
    struct digest known_digest;
    struct update target; /* of a withdrawal, as the log has it */
};

enum intake_state { INTAKE_AWAY, INTAKE_LOADING, INTAKE_IDLE, INTAKE_LOOKING_UP, INTAKE_STORING };

struct intake {
    struct service *service;
    enum intake_state state;
    struct registry *registry;
    uint64_t loaded_to;
    size_t loaded_rows;
    struct queue *queue;   /* of submissions */
    struct arena *arena;   /* of the batch */
    struct arena *scratch; /* of one comparison with the log */
    struct item *items;
    size_t item_count;
    size_t narrow;        /* so many events are to be stored one by one, because a batch with them was refused */
    struct map accepted;  /* key → item, of this batch */
    bool refused;         /* the database refused the batch: it is there, and what waits may go on waiting */
    int64_t stamp_us;     /* received time of the batch */
    int64_t next_pass_us; /* monotonic: when the head is told again that nothing has come */
};

struct intake *intake_new(void)
{
    struct intake *intake = calloc(1, sizeof *intake);
    REQUIRE(intake != NULL);
    intake->queue = queue_new(&(struct queue_limits){.items = EVENTS_WAITING_MAX,
                                                     .bytes = BYTES_WAITING_MAX,
                                                     .share_items = CLIENT_EVENTS_MAX,
                                                     .share_bytes = CLIENT_BYTES_MAX});
    intake->arena = arena_new(BATCH_ARENA_BYTES);
    intake->scratch = arena_new(SCRATCH_ARENA_BYTES);
    REQUIRE(intake->arena != NULL && intake->scratch != NULL);
    return intake;
}

static void submission_free(struct submission *submission)
{
    free(submission->events);
    free(submission->results);
    free(submission);
}

void intake_free(struct intake **intake)
{
    if (*intake == NULL)
        return;
    registry_free(&(*intake)->registry);
    map_done(&(*intake)->accepted);
    arena_free(&(*intake)->arena);
    arena_free(&(*intake)->scratch);
    queue_free(&(*intake)->queue);
    free(*intake);
    *intake = NULL;
}

void intake_started(void *self, struct service *service)
{
    struct intake *intake = self;
    intake->service = service;
}

/* Loading: the registry is folded anew from the log whenever the stream has been claimed. */

static void load_more(struct intake *intake);

static void load_row(struct intake *intake, const PGresult *rows, int row)
{
    struct slice body;
    body.data = db_get_bytes(rows, row, 1, &body.bytes);
    struct event event;
    struct update update;
    struct reason reason;
    arena_reset(intake->arena);
    if (event_read(body, intake->arena, &event, &reason) != RC_OK ||
        update_read(&event, intake->arena, &update, &reason) != RC_OK) {
        log_error("LOG-UNREADABLE", "stream=updates sequence=%lld reason=%s", (long long)db_get_int8(rows, row, 0),
                  reason_name(reason.code));
        service_fail(intake->service);
        return;
    }
    registry_apply(intake->registry, &update);
}

static void load_rows(void *context, const PGresult *rows)
{
    struct intake *intake = context;
    intake->loaded_rows = (size_t)PQntuples(rows);
    CHAOS_POINT("registry-read");
    for (int row = 0; row < PQntuples(rows); row++) {
        load_row(intake, rows, row);
        intake->loaded_to = (uint64_t)db_get_int8(rows, row, 0);
    }
}

/* A statement that the database refuses for no fault of an event: try again on a new connection. */
static void give_up(struct intake *intake, const char *doing, const struct err *err)
{
    log_error("STATEMENT-REFUSED", "doing=%s reason=\"%s\"", doing, err->text);
    db_reset(writer_db(service_writer(intake->service)));
}

static void loaded(void *context, enum rc rc, const struct err *err)
{
    struct intake *intake = context;
    if (rc == RC_REFUSED)
        give_up(intake, "loading", err);
    if (rc != RC_OK)
        return; /* the connection is made anew, and everything begins again */
    if (intake->loaded_rows > 0)
        load_more(intake);
    else
        intake->state = INTAKE_IDLE;
}

static void load_more(struct intake *intake)
{
    struct writer *writer = service_writer(intake->service);
    struct db_params params = {0};
    db_int8(&params, (int64_t)intake->loaded_to);
    writer_send(writer, STATEMENT_REGISTRY, &params, load_rows, intake);
    db_sync(writer_db(writer), loaded, intake);
}

void intake_claimed(void *self)
{
    struct intake *intake = self;
    registry_free(&intake->registry);
    intake->registry = registry_new();
    intake->loaded_to = 0;
    intake->state = INTAKE_LOADING;
    load_more(intake);
}

bool intake_busy(void *self)
{
    const struct intake *intake = self;
    return queue_full(intake->queue);
}

/* Taking submissions. */

/* Finds the events in a CloudEventBatch. False when it is none, or has too many or too few. */
static bool split_batch(struct slice batch, struct slice events[EVENTS_IN_SUBMISSION_MAX], size_t *out_count)
{
    size_t count = 0, offset = 0;
    struct slice event;
    enum rc rc;
    while ((rc = message_next(batch, 1, &offset, &event)) == RC_OK) {
        if (count == EVENTS_IN_SUBMISSION_MAX)
            return false;
        events[count++] = event;
    }
    *out_count = count;
    return rc == RC_AGAIN && count > 0;
}

static struct submission *submission_new(struct call *call)
{
    struct slice events[EVENTS_IN_SUBMISSION_MAX];
    size_t count;
    if (!split_batch(call->attachment, events, &count))
        return NULL;
    struct submission *submission = calloc(1, sizeof *submission);
    REQUIRE(submission != NULL);
    submission->call = call;
    submission->dry_run = call->request->submit->dry_run;
    submission->events = calloc(count, sizeof *submission->events);
    submission->results = calloc(count, sizeof *submission->results);
    REQUIRE(submission->events != NULL && submission->results != NULL);
    memcpy(submission->events, events, count * sizeof *events);
    submission->count = count;
    for (size_t i = 0; i < count; i++)
        event_identity(events[i], call->arena, &submission->results[i].source, &submission->results[i].id);
    return submission;
}

static bool fill_receipt(struct intake *intake, const struct result *result, bool dry_run, struct arena *arena,
                         Duban__V1__Receipt *receipt)
{
    duban__v1__receipt__init(receipt);
    receipt->source = (char *)(uintptr_t)result->source;
    receipt->id = (char *)(uintptr_t)result->id;
    receipt->outcome = (Duban__V1__Outcome)result->outcome;
    if (result->outcome == OUTCOME_ACCEPTED || result->outcome == OUTCOME_DUPLICATE) {
        if (dry_run)
            return true;
        const struct stream_head *head = writer_head(service_writer(intake->service));
        receipt->sequence = result->sequence;
        receipt->incarnation = (ProtobufCBinaryData){INCARNATION_BYTES, (uint8_t *)(uintptr_t)head->incarnation};
        receipt->digest = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)(uintptr_t)result->digest.bytes};
        return true;
    }
    receipt->reason = arena_alloc(arena, sizeof *receipt->reason);
    return receipt->reason != NULL && reason_message(&result->reason, arena, receipt->reason);
}

/* Answers a submission of which every event has its result, and frees it. */
static void answer(struct intake *intake, struct submission *submission)
{
    struct arena *arena = submission->call->arena;
    Duban__V1__Receipts receipts = DUBAN__V1__RECEIPTS__INIT;
    Duban__V1__Receipt *messages = arena_array(arena, submission->count, sizeof *messages);
    receipts.receipts = arena_array(arena, submission->count, sizeof *receipts.receipts);
    bool complete = messages != NULL && receipts.receipts != NULL;
    for (size_t i = 0; complete && i < submission->count; i++) {
        receipts.receipts[receipts.n_receipts++] = &messages[i];
        complete = fill_receipt(intake, &submission->results[i], submission->dry_run, arena, &messages[i]);
    }
    Duban__V1__Reply reply = DUBAN__V1__REPLY__INIT;
    reply.kind_case = DUBAN__V1__REPLY__KIND_RECEIPTS;
    reply.receipts = &receipts;
    if (complete)
        call_answer(&submission->call, &reply, NULL, 0);
    else
        call_refuse(&submission->call, REASON_TOO_COMPLEX, "");
    submission_free(submission);
}

/* Answers a submission of which nothing was stored, and which may come again. */
static void answer_unavailable(struct intake *intake, struct submission *submission, enum reason_code why)
{
    for (size_t i = 0; i < submission->count; i++) {
        submission->results[i].outcome = OUTCOME_UNAVAILABLE;
        (void)reason_set(&submission->results[i].reason, why, "", "%s", "");
    }
    answer(intake, submission);
}

static bool in_batch(const struct intake *intake, const struct submission *submission)
{
    for (size_t i = 0; i < intake->item_count; i++)
        if (intake->items[i].submission == submission)
            return true;
    return false;
}

/* Submissions of which something may be stored keep their place and are run again; the others are told to come back. */
void intake_lost(void *self)
{
    struct intake *intake = self;
    bool unsure = intake->state == INTAKE_STORING;
    size_t kept = 0;
    while (kept < queue_count(intake->queue)) {
        struct submission *submission = queue_at(intake->queue, kept);
        submission->unsure |= unsure && in_batch(intake, submission);
        if (intake->refused || submission->decided > 0 || submission->unsure) {
            kept++;
        } else {
            queue_remove(intake->queue, kept);
            answer_unavailable(intake, submission, REASON_UNAVAILABLE);
        }
    }
    intake->refused = false;
    intake->item_count = 0;
    intake->state = INTAKE_AWAY;
}

/* What is still kept may be stored or not, in part or whole; only the other process can tell. */
void intake_standby(void *self)
{
    struct intake *intake = self;
    while (queue_count(intake->queue) > 0) {
        struct submission *submission = queue_at(intake->queue, 0);
        queue_remove(intake->queue, 0);
        call_drop(&submission->call);
        submission_free(submission);
    }
    intake->narrow = 0;
}

bool intake_request(void *self, struct call *call)
{
    struct intake *intake = self;
    if (call->request->kind_case != DUBAN__V1__REQUEST__KIND_SUBMIT)
        return false;
    if (!rights_submits(call_rights(call))) {
        call_refuse(&call, REASON_NOT_ALLOWED, "submit");
        return true;
    }
    struct submission *submission = submission_new(call);
    if (submission == NULL) {
        call_refuse(&call, REASON_BATCH_SIZE, "");
        return true;
    }
    if (intake->state == INTAKE_AWAY) {
        answer_unavailable(intake, submission, REASON_UNAVAILABLE);
        return true;
    }
    char sender[CALL_SENDER_BYTES];
    call_sender(call, sender);
    if (queue_add(intake->queue, sender, submission->count, call->attachment.bytes, submission) != RC_OK)
        answer_unavailable(intake, submission, REASON_TOO_MANY_WAITING);
    CHAOS_POINT("request-taken");
    return true;
}

/* Putting a batch together. */

static void read_item(struct intake *intake, struct item *item)
{
    struct slice bytes = item->submission->events[item->index];
    struct result *result = &item->submission->results[item->index];
    struct candidate *candidate = &item->candidate;
    size_t used = arena_used(intake->arena);
    candidate->has_identity = *result->source != '\0' && *result->id != '\0';
    if (event_read_submitted(bytes, intake->arena, &item->event, &candidate->problem) != RC_OK)
        return;
    candidate->type = item->event.type;
    if (update_read(&item->event, intake->arena, &item->update, &candidate->problem) != RC_OK)
        return;
    const char *subject = update_subject(&item->update, intake->arena);
    if (subject == NULL || !event_normalise(&item->event, subject, intake->arena) ||
        !event_content(&item->event, intake->arena, &item->content)) {
        (void)reason_set(&candidate->problem, REASON_TOO_COMPLEX, "", "%s", "");
        return;
    }
    if (arena_used(intake->arena) - used > EVENT_MEMORY_MAX)
        (void)reason_set(&candidate->problem, REASON_TOO_COMPLEX, "", "%s", "");
    else
        candidate->update = &item->update;
}

/* Compares what is stored with what is submitted. Unreadable content equals nothing. */
static enum existing compare(struct item *item, struct slice stored)
{
    struct event event;
    struct digest content;
    struct arena *scratch = item->intake->scratch;
    arena_reset(scratch);
    bool readable = item->candidate.update != NULL && event_read(stored, scratch, &event, NULL) == RC_OK &&
                    event_content(&event, scratch, &content);
    return readable && memcmp(content.bytes, item->content.bytes, sizeof content.bytes) == 0 ? EXISTING_SAME
                                                                                             : EXISTING_OTHER;
}

static void take_known(void *context, const PGresult *rows)
{
    struct item *item = context;
    if (PQntuples(rows) == 0 || CHAOS_PLANTED("no-duplicate-check"))
        return;
    struct slice body, digest;
    digest.data = db_get_bytes(rows, 0, 1, &digest.bytes);
    body.data = db_get_bytes(rows, 0, 4, &body.bytes);
    item->known_sequence = (uint64_t)db_get_int8(rows, 0, 0);
    memcpy(item->known_digest.bytes, digest.data, sizeof item->known_digest.bytes);
    item->candidate.existing = compare(item, body);
}

static void take_target(void *context, const PGresult *rows)
{
    struct item *item = context;
    struct arena *arena = item->intake->arena;
    struct event event;
    struct slice body;
    if (PQntuples(rows) == 0 ||
        !ingest_may_withdraw(db_get_text(rows, 0, 2), db_get_text(rows, 0, 3), item->update.division))
        return;
    body.data = db_get_bytes(rows, 0, 4, &body.bytes);
    if (event_read(body, arena, &event, NULL) == RC_OK && update_read(&event, arena, &item->target, NULL) == RC_OK)
        item->candidate.facts.withdrawn = &item->target;
    item->candidate.target_found = true;
    item->target_sequence = (uint64_t)db_get_int8(rows, 0, 0);
}

static void take_alert(void *context, const PGresult *rows)
{
    struct item *item = context;
    item->candidate.target_found =
        PQntuples(rows) > 0 && ingest_may_sign(db_get_text(rows, 0, 0), item->update.division, item->intake->arena,
                                               &item->candidate.facts.alerted_unit);
}

static void look_up_alert(struct intake *intake, struct item *item)
{
    struct db_params params = {0};
    db_text(&params, item->update.acknowledgement.alert);
    writer_send(service_writer(intake->service), STATEMENT_ALERT, &params, take_alert, item);
}

static void look_up(struct intake *intake, const char *source, const char *id, db_result_fn *take, struct item *item)
{
    struct db_params params = {0};
    db_text(&params, source);
    db_text(&params, id);
    writer_send(service_writer(intake->service), STATEMENT_KNOWN, &params, take, item);
}

static void decide_and_store(struct intake *intake);

static void looked_up(void *context, enum rc rc, const struct err *err)
{
    struct intake *intake = context;
    if (rc == RC_OK)
        decide_and_store(intake);
    else if (rc == RC_REFUSED)
        give_up(intake, "looking-up", err);
}

static void start_batch(struct intake *intake)
{
    size_t most = queue_items(intake->queue), started = 0;
    if (most > EVENTS_IN_BATCH_MAX)
        most = EVENTS_IN_BATCH_MAX;
    if (intake->narrow > 0)
        most = 1;
    arena_reset(intake->arena);
    intake->items = arena_must(arena_array(intake->arena, most, sizeof *intake->items));
    intake->item_count = 0;
    intake->accepted.count = 0;
    for (; started < queue_count(intake->queue) && intake->item_count < most; started++) {
        struct submission *submission = queue_at(intake->queue, started);
        for (size_t i = submission->decided; i < submission->count && intake->item_count < most; i++) {
            if (intake->item_count > 0 && arena_used(intake->arena) > BATCH_ARENA_BYTES / 4)
                most = intake->item_count;
            if (intake->item_count == most)
                break;
            struct item *item = &intake->items[intake->item_count++];
            *item = (struct item){.submission = submission, .index = i, .intake = intake};
            read_item(intake, item);
        }
    }
    queue_start(intake->queue, started);
    for (size_t i = 0; i < intake->item_count; i++) {
        struct item *item = &intake->items[i];
        const struct result *result = &item->submission->results[item->index];
        if (item->candidate.has_identity)
            look_up(intake, result->source, result->id, take_known, item);
        if (item->candidate.update != NULL && item->update.kind == UPDATE_WITHDRAWN)
            look_up(intake, item->update.source, item->update.withdrawal.id, take_target, item);
        if (item->candidate.update != NULL && item->update.kind == UPDATE_ALERT_ACKNOWLEDGED)
            look_up_alert(intake, item);
    }
    db_sync(writer_db(service_writer(intake->service)), looked_up, intake);
    intake->state = INTAKE_LOOKING_UP;
    CHAOS_POINT("looking-up");
}

/* Deciding, in the order of the queue. */

static const char *identity_key(struct intake *intake, const char *source, const char *id)
{
    return arena_must(arena_printf(intake->arena, "%s\n%s", source, id)); /* neither can contain a line feed */
}

/* The batch itself may hold the same event twice, or a report and its withdrawal. */
static void look_in_batch(struct intake *intake, struct item *item)
{
    const struct result *result = &item->submission->results[item->index];
    if (!item->candidate.has_identity)
        return;
    item->key = identity_key(intake, result->source, result->id);
    const struct item *twin = map_get(&intake->accepted, item->key);
    if (twin != NULL && item->candidate.existing == EXISTING_NONE) {
        bool same =
            item->candidate.update != NULL && memcmp(twin->content.bytes, item->content.bytes, DIGEST_BYTES) == 0;
        const struct result *first = &twin->submission->results[twin->index];
        item->candidate.existing = same ? EXISTING_SAME : EXISTING_OTHER;
        item->known_sequence = first->sequence;
        item->known_digest = first->digest;
    }
    if (item->candidate.update == NULL || item->update.kind != UPDATE_WITHDRAWN || item->candidate.target_found)
        return;
    const struct item *target =
        map_get(&intake->accepted, identity_key(intake, item->update.source, item->update.withdrawal.id));
    if (target != NULL &&
        (target->update.kind == UPDATE_MEASUREMENT_REPORTED || target->update.kind == UPDATE_MILESTONE_REACHED) &&
        strcmp(target->update.division, item->update.division) == 0) {
        item->candidate.target_found = true;
        item->candidate.facts.withdrawn = &target->update;
        item->target_sequence = target->submission->results[target->index].sequence;
    }
}

/* Adds an accepted event to the transaction. False when the arena is full. */
static bool add_accepted(struct intake *intake, struct item *item, struct result *result)
{
    struct writer *writer = service_writer(intake->service);
    struct stamp stamp = {.sequence = writer_next(writer),
                          .received_us = intake->stamp_us,
                          .withdraws = item->target_sequence,
                          .sender = item->candidate.sender->name};
    struct slice body = event_stamp(&item->event, &stamp, intake->arena);
    const char *topic = ingest_topic(intake->registry, &item->update, intake->arena);
    if (body.data == NULL || topic == NULL)
        return false;
    result->sequence = stamp.sequence;
    result->digest = writer_add(writer, &(struct stream_event){.source = item->event.source,
                                                               .id = item->event.id,
                                                               .type = item->event.type,
                                                               .topic = topic,
                                                               .received_us = stamp.received_us,
                                                               .body = body});
    registry_apply(intake->registry, &item->update);
    map_put(&intake->accepted, item->key, item);
    return true;
}

static void decide_item(struct intake *intake, struct item *item)
{
    struct result *result = &item->submission->results[item->index];
    item->update.received_us = intake->stamp_us;
    item->candidate.sender = call_rights(item->submission->call);
    look_in_batch(intake, item);
    result->outcome =
        ingest_decide(intake->registry, &item->candidate, day_of_instant(intake->stamp_us), &result->reason);
    if (result->outcome == OUTCOME_DUPLICATE) {
        result->sequence = item->known_sequence;
        result->digest = item->known_digest;
    }
    if (result->outcome == OUTCOME_ACCEPTED && !item->submission->dry_run && !add_accepted(intake, item, result)) {
        result->outcome = OUTCOME_REJECTED;
        (void)reason_set(&result->reason, REASON_TOO_COMPLEX, "", "%s", "");
    }
}

static void quarantine(struct intake *intake, const struct item *item)
{
    const struct result *result = &item->submission->results[item->index];
    struct slice body = item->submission->events[item->index];
    struct digest content = digest_of(body.data, body.bytes);
    struct db_params params = {0};
    db_text(&params, result->source);
    db_text(&params, result->id);
    db_bytes(&params, content.bytes, sizeof content.bytes);
    db_text(&params, reason_name(result->reason.code));
    db_text(&params, result->reason.field);
    db_text(&params, result->reason.detail);
    db_instant(&params, intake->stamp_us);
    db_bytes(&params, body.data, body.bytes);
    db_text(&params, item->candidate.sender->name);
    writer_send(service_writer(intake->service), STATEMENT_QUARANTINE, &params, NULL, NULL);
    CHAOS_POINT("quarantining");
}

static void store_quarantined(void *context)
{
    struct intake *intake = context;
    for (size_t i = 0; i < intake->item_count; i++) {
        const struct item *item = &intake->items[i];
        if (!item->submission->dry_run && item->submission->results[item->index].outcome == OUTCOME_QUARANTINED)
            quarantine(intake, item);
    }
}

/* Every item of the batch has its final result: answers the submissions that are complete. */
static void settle(struct intake *intake)
{
    for (size_t i = 0; i < intake->item_count; i++)
        intake->items[i].submission->decided++;
    intake->narrow -= intake->narrow > 0;
    intake->item_count = 0;
    while (queue_count(intake->queue) > 0) {
        struct submission *submission = queue_at(intake->queue, 0);
        if (submission->decided < submission->count)
            break;
        queue_remove(intake->queue, 0);
        answer(intake, submission);
        CHAOS_POINT("receipts-sent");
    }
    intake->state = INTAKE_IDLE;
}

static void stored(void *context, enum rc rc, const struct err *err)
{
    struct intake *intake = context;
    intake->refused = rc == RC_REFUSED;
    if (rc == RC_OK) {
        size_t count;
        const struct stream_event *events = writer_events(service_writer(intake->service), &count);
        service_publish(intake->service, events, count);
        CHAOS_POINT("published");
        settle(intake);
    } else if (rc == RC_REFUSED && intake->item_count == 1) {
        /* One event that the database will not take: it is refused alone, and the rest goes on. */
        struct result *result = &intake->items[0].submission->results[intake->items[0].index];
        log_error("STORAGE-REFUSED", "reason=\"%s\"", err->text);
        result->outcome = OUTCOME_REJECTED;
        (void)reason_set(&result->reason, REASON_STORAGE_REFUSED, "", "%s", "");
        settle(intake);
    } else if (rc == RC_REFUSED) {
        log_warning("BATCH-REFUSED", "events=%zu reason=\"%s\"", intake->item_count, err->text);
        intake->narrow = intake->item_count;
        CHAOS_POINT("batch-refused");
    }
    /* RC_UNSURE: the same batch runs again when the stream has been claimed anew; what was stored will be a duplicate.
     */
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Nothing that a dry run or a refusal without identity leaves behind needs a transaction. A duplicate does: its receipt
 * says that the event is stored, and only a commit makes that true on every synchronous standby. */
static bool needs_transaction(const struct intake *intake)
{
    for (size_t i = 0; i < intake->item_count; i++) {
        enum outcome outcome = intake->items[i].submission->results[intake->items[i].index].outcome;
        if (!intake->items[i].submission->dry_run && outcome != OUTCOME_REJECTED)
            return true;
    }
    return false;
}

static void decide_and_store(struct intake *intake)
{
    struct writer *writer = service_writer(intake->service);
    int64_t before = writer_head(writer)->received_us;
    intake->stamp_us = later(service_now_us(intake->service), before == INT64_MIN ? before : before + 1);
    for (size_t i = 0; i < intake->item_count; i++)
        decide_item(intake, &intake->items[i]);
    CHAOS_POINT("decided");
    if (needs_transaction(intake)) {
        intake->state = INTAKE_STORING;
        writer_commit(writer, store_quarantined, stored, intake);
        if (CHAOS_PLANTED("ack-before-commit"))
            settle(intake);
    } else {
        settle(intake);
    }
}

static void passed(void *context, enum rc rc, const struct err *err)
{
    struct intake *intake = context;
    if (rc == RC_OK)
        service_publish(intake->service, NULL, 0);
    else if (rc == RC_REFUSED)
        log_error("STATEMENT-REFUSED", "doing=passing-time reason=\"%s\"", err->text);
}

/* Nothing has come: says so in the log's head, from where it is told. */
static void pass_time(struct intake *intake)
{
    struct writer *writer = service_writer(intake->service);
    int64_t now_us = service_now_us(intake->service);
    if (now_us <= writer_head(writer)->received_us || service_monotonic_us(intake->service) < intake->next_pass_us)
        return;
    intake->next_pass_us = service_monotonic_us(intake->service) + service_settings(intake->service)->head_interval_us;
    writer_pass(writer, now_us);
    writer_commit(writer, NULL, passed, intake);
}

void intake_work(void *self)
{
    struct intake *intake = self;
    if (intake->state != INTAKE_IDLE || !writer_idle(service_writer(intake->service)))
        return;
    if (queue_count(intake->queue) > 0)
        start_batch(intake);
    else
        pass_time(intake);
}

bool intake_done(void *self)
{
    const struct intake *intake = self;
    return queue_count(intake->queue) == 0;
}

int64_t intake_watermark_us(void *self)
{
    const struct intake *intake = self;
    return writer_head(service_writer(intake->service))->received_us;
}
