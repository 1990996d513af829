/* A whole submission, as ingest takes it to pieces and decides on it. The input stands for the two frames: field 1 is
 * the request, field 2 the CloudEventBatch. */
#include "fuzz/fuzz.h"

#include "ingest/ingest.h"
#include "io/cloudevents/v1/cloudevents.pb-c.h"
#include "service/door.h"
#include "support/sample_plan.h"
#include "wire/update_wire.h"

#include <string.h>

/* At first the sample plan is known, of which the seeds speak. */
static struct registry *sample_registry(void)
{
    struct sample sample;
    sample_make(&sample);
    struct update publication = sample_publication(&sample.plan);
    struct registry *registry = registry_new();
    registry_apply(registry, &publication);
    return registry;
}

static void check_event(struct slice bytes, struct registry *registry, struct arena *arena)
{
    const char *source, *id;
    struct event event;
    struct update update;
    /* A unit of the sample plan for whose reports there is a key, and who came by file. */
    static const char *const all[] = {"*"};
    static const struct rights senders[] = {
        {.everything = true, .name = "local", .unit = ""},
        {.name = "parks", .unit = "parks", .divisions = {all, 1}, .submit = {all, 1}},
    };
    const struct update reached = sample_milestone("road-1", "opened", "2020-04-30");
    struct candidate candidate = {.update = &update,
                                  .sender = &senders[bytes.bytes % 2],
                                  .target_found = true,
                                  .facts = {.withdrawn = &reached, .alerted_unit = "parks"}};
    event_identity(bytes, arena, &source, &id);
    candidate.has_identity = *source != '\0' && *id != '\0';
    if (event_read_submitted(bytes, arena, &event, &candidate.problem) != RC_OK ||
        update_read(&event, arena, &update, &candidate.problem) != RC_OK)
        candidate.update = NULL;
    else
        candidate.type = event.type;
    REQUIRE(candidate.has_identity || candidate.update == NULL);
    struct reason reason;
    enum outcome outcome = ingest_decide(registry, &candidate, sample_day("2020-04-30"), &reason);
    REQUIRE(outcome == OUTCOME_ACCEPTED || outcome == OUTCOME_QUARANTINED || outcome == OUTCOME_REJECTED);
    REQUIRE((outcome == OUTCOME_REJECTED) == !candidate.has_identity);
    if (outcome != OUTCOME_ACCEPTED) {
        fuzz_check_reason(&reason);
        return;
    }
    REQUIRE(candidate.update != NULL && ingest_topic(registry, &update, arena) != NULL);
    if (registry_concerns(update.kind))
        registry_apply(registry, &update);
}

/* The events are found twice: one after the other, as ingest does, and by protobuf-c. */
static void check_batch(struct slice batch, struct arena *arena)
{
    const ProtobufCMessageDescriptor *type = &io__cloudevents__v1__cloud_event_batch__descriptor;
    struct registry *registry = sample_registry();
    size_t count = 0, offset = 0;
    struct slice event;
    enum rc rc;
    while ((rc = message_next(batch, 1, &offset, &event)) == RC_OK) {
        check_event(event, registry, arena);
        count++;
    }
    registry_free(&registry);
    if (message_check(type, batch, "", NULL) != RC_OK)
        return;
    const Io__Cloudevents__V1__CloudEventBatch *whole = arena_must(message_unpack(type, batch, arena));
    REQUIRE(rc == RC_AGAIN && whole->n_events == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct slice input = {data, bytes}, request, batch;
    struct arena *arena = fuzz_arena();
    size_t offset = 0;
    if (message_next(input, 1, &offset, &request) == RC_OK)
        (void)request_read(request, arena);
    offset = 0;
    if (message_next(input, 2, &offset, &batch) == RC_OK)
        check_batch(batch, arena);
    return 0;
}
