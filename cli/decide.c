/* Releasing and discarding what was kept aside: each number in a transaction of its own, in which its row is locked. */
#include "cli/quarantine.h"

#include "base/day.h"
#include "base/digest.h"
#include "db/db.h"
#include "domain/text.h"
#include "duban_cli_core_queries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RELEASE_TIMEOUT_MS 10000

/* Submits the bytes again, and gives the receipt. */
static enum rc submit_again(struct cli *cli, struct slice body, const Duban__V1__Receipt **out_receipt, struct err *err)
{
    Duban__V1__SubmitRequest submit = DUBAN__V1__SUBMIT_REQUEST__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    request.kind_case = DUBAN__V1__REQUEST__KIND_SUBMIT;
    request.submit = &submit;
    struct slice batch = message_of_field(1, body, cli->arena); /* a CloudEventBatch of one */
    REQUIRE(batch.data != NULL);
    struct reply reply;
    enum rc rc = ask(cli, SERVICE_INGEST, &request, batch, RELEASE_TIMEOUT_MS, cli->arena, &reply, err);
    if (rc != RC_OK)
        return rc;
    if (reply.message->kind_case != DUBAN__V1__REPLY__KIND_RECEIPTS || reply.message->receipts->n_receipts != 1)
        return err_set(err, RC_REFUSED, "ingest: the reply is none to a submission");
    *out_receipt = reply.message->receipts->receipts[0];
    if ((*out_receipt)->outcome == DUBAN__V1__OUTCOME__OUTCOME_UNAVAILABLE)
        return err_set(err, RC_AGAIN, "ingest is not available");
    return RC_OK;
}

static int record(PGconn *connection, const struct quarantined *event, const char *state, uint64_t sequence,
                  const struct order *order)
{
    struct db_params params = {0};
    db_int8(&params, (int64_t)event->number);
    db_text(&params, state);
    db_text(&params, order->by);
    db_text(&params, order->why);
    db_int8(&params, (int64_t)sequence);
    PGresult *done = run_statement(connection, decide_quarantined_sql, &params);
    PQclear(done);
    return done == NULL ? EXIT_UNREACHABLE : EXIT_DONE;
}

static int print_refusal(const struct quarantined *event, const Duban__V1__Receipt *receipt)
{
    const ProtobufCEnumValue *outcome =
        protobuf_c_enum_descriptor_get_value(&duban__v1__outcome__descriptor, (int)receipt->outcome);
    const Duban__V1__Reason *reason = receipt->reason;
    return fail(EXIT_NEGATIVE, "%" PRIu64 ": still %s, and waits: %s %s: %s / %s", event->number,
                outcome == NULL ? "?" : outcome->name + strlen("OUTCOME_"), reason == NULL ? "" : reason->code,
                reason == NULL ? "" : reason->field, reason == NULL ? "" : reason->text_zh,
                reason == NULL ? "" : reason->text_en);
}

static int release_one(struct cli *cli, PGconn *connection, const PGresult *row, const struct quarantined *event,
                       const struct order *order)
{
    struct slice body = quarantined_body(row), kept;
    struct digest digest = digest_of(body.data, body.bytes);
    kept.data = db_get_bytes(row, 0, 14, &kept.bytes);
    if (kept.bytes != sizeof digest.bytes || memcmp(kept.data, digest.bytes, kept.bytes) != 0)
        return fail(EXIT_NEGATIVE, "%" PRIu64 ": somebody has changed its bytes, it is not what was kept aside",
                    event->number);
    const Duban__V1__Receipt *receipt = NULL;
    struct err err;
    enum rc rc = submit_again(cli, body, &receipt, &err);
    if (rc != RC_OK)
        return fail(rc == RC_AGAIN ? EXIT_UNREACHABLE : EXIT_NEGATIVE,
                    "%" PRIu64 ": %s; nothing is decided, type it again", event->number, err.text);
    if (receipt->outcome != DUBAN__V1__OUTCOME__OUTCOME_ACCEPTED &&
        receipt->outcome != DUBAN__V1__OUTCOME__OUTCOME_DUPLICATE)
        return print_refusal(event, receipt);
    int status = record(connection, event, "released", receipt->sequence, order);
    if (status == EXIT_DONE)
        printf("%" PRIu64 ": released, %s %" PRIu64 "\n", event->number,
               receipt->outcome == DUBAN__V1__OUTCOME__OUTCOME_ACCEPTED ? "accepted as sequence"
                                                                        : "which was in the log as sequence",
               receipt->sequence);
    return status;
}

static int discard_one(PGconn *connection, const struct quarantined *event, const struct order *order)
{
    int status = record(connection, event, "discarded", 0, order);
    if (status == EXIT_DONE)
        printf("%" PRIu64 ": discarded\n", event->number);
    return status;
}

static int tell_decided(const struct quarantined *event, const char *state)
{
    char instant[INSTANT_TEXT_BYTES];
    bool same = strcmp(event->state, state) == 0;
    fprintf(same ? stdout : stderr, "%s%" PRIu64 ": was %s on %s by %s: %s\n", same ? "" : "duban: ", event->number,
            event->state, instant_format(event->decided_us, instant), event->decided_by, event->why);
    return same ? EXIT_DONE : EXIT_NEGATIVE;
}

static bool run_simple(PGconn *connection, const char *sql)
{
    PGresult *done = run_statement(connection, sql, &(struct db_params){0});
    PQclear(done);
    return done != NULL;
}

static int decide_locked(struct cli *cli, PGconn *connection, const char *number, const struct order *order,
                         const char *state)
{
    int status;
    PGresult *row = quarantined_find(connection, number, &status);
    if (row == NULL)
        return status;
    struct quarantined event;
    quarantined_read(row, 0, &event);
    if (strcmp(event.state, "waiting") != 0)
        status = tell_decided(&event, state);
    else if (strcmp(state, "released") == 0)
        status = release_one(cli, connection, row, &event, order);
    else
        status = discard_one(connection, &event, order);
    PQclear(row);
    return status;
}

/* Everybody else who would decide about it waits until this is done, and finds it decided. */
static int decide_one(struct cli *cli, PGconn *connection, const char *number, const struct order *order,
                      const char *state)
{
    struct db_params params = {0};
    db_int8(&params, (int64_t)strtoull(number, NULL, 10));
    PGresult *locked =
        run_simple(connection, "BEGIN") ? run_statement(connection, lock_quarantined_sql, &params) : NULL;
    int status = locked == NULL ? EXIT_UNREACHABLE : decide_locked(cli, connection, number, order, state);
    PQclear(locked);
    if (!run_simple(connection, status == EXIT_DONE ? "COMMIT" : "ROLLBACK"))
        return EXIT_UNREACHABLE;
    return status;
}

int quarantine_decide(struct cli *cli, PGconn *connection, const struct order *order, const char *state)
{
    struct reason reason;
    char text[REASON_TEXT_BYTES];
    if (check_text(order->why, 1, NOTE_MAX_BYTES, "why", &reason) != RC_OK ||
        check_text(order->by, 1, NAME_MAX_BYTES, "by", &reason) != RC_OK)
        return fail(EXIT_USAGE, "--%s: %s", reason.field, reason_text_en(&reason, text));
    int worst = EXIT_DONE;
    for (int i = 0; i < order->number_count && worst != EXIT_UNREACHABLE; i++) {
        int status = decide_one(cli, connection, order->numbers[i], order, state);
        if (status > worst)
            worst = status;
    }
    return worst;
}
