#include "cli/cli.h"

#include "io/cloudevents/v1/cloudevents.pb-c.h"
#include "wire/plan_wire.h"
#include "wire/update_wire.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The revision that is published now: the newest PlanPublished of the division and year in the log. Null when there is
 * none. */
static int find_published(struct cli *cli, const struct plan *plan, const struct plan **out_published)
{
    char prefix[64];
    snprintf(prefix, sizeof prefix, "update.%s.plan.%u.", plan->division, plan->year);
    uint64_t after = 0, head = 1;
    *out_published = NULL;
    while (after < head) {
        Duban__V1__ReplayRequest replay = DUBAN__V1__REPLAY_REQUEST__INIT;
        Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
        replay.stream = (char *)(uintptr_t) "updates";
        replay.topic_prefix = prefix;
        replay.after = after;
        request.kind_case = DUBAN__V1__REQUEST__KIND_REPLAY;
        request.replay = &replay;
        struct reply reply;
        int status = ask_or_fail(cli, SERVICE_INGEST, &request, &reply);
        if (status != EXIT_DONE)
            return status;
        for (size_t i = 0; i < reply.event_count; i++) {
            struct event event;
            struct update *update = arena_must(arena_alloc(cli->arena, sizeof *update));
            if (event_read(reply.events[i], cli->arena, &event, NULL) == RC_OK &&
                update_read(&event, cli->arena, update, NULL) == RC_OK && update->kind == UPDATE_PLAN_PUBLISHED)
                *out_published = update->plan;
        }
        after = reply.message->replay->complete_to;
        head = reply.message->replay->head->head;
    }
    return EXIT_DONE;
}

/* Differences are found on the messages, so that every field that travels is compared. */

static const ProtobufCMessage *find_by_id(ProtobufCMessage *const *messages, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(messages[i]->descriptor, "id");
        if (strcmp(*(char *const *)(const void *)((const char *)messages[i] + field->offset), id) == 0)
            return messages[i];
    }
    return NULL;
}

static bool same(struct cli *cli, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    struct slice x = message_pack(a, cli->arena), y = message_pack(b, cli->arena);
    REQUIRE(x.data != NULL && y.data != NULL);
    return x.bytes == y.bytes && memcmp(x.data, y.data, x.bytes) == 0;
}

/* Prints two messages of one type if they differ. */
static void print_fields(const char *path, const ProtobufCMessage *before, const ProtobufCMessage *after)
{
    char *old_json = message_json(before), *new_json = message_json(after);
    if (strcmp(old_json, new_json) != 0)
        printf("~ %s\n    - %s\n    + %s\n", path, old_json, new_json);
    free(old_json);
    free(new_json);
}

struct list {
    const char *name;
    size_t offset, count_offset;
};

#define LIST(field)                                                                                                    \
    {                                                                                                                  \
#field, offsetof(Duban__V1__Plan, field), offsetof(Duban__V1__Plan, n_##field)                                 \
    }

static ProtobufCMessage *const *elements(const Duban__V1__Plan *plan, const struct list *list, size_t *out_count)
{
    *out_count = *(const size_t *)(const void *)((const char *)plan + list->count_offset);
    return *(ProtobufCMessage * *const *)(const void *)((const char *)plan + list->offset);
}

static const char *id_of(const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "id");
    return *(char *const *)(const void *)((const char *)message + field->offset);
}

static void print_list_changes(struct cli *cli, const struct list *list, const Duban__V1__Plan *before,
                               const Duban__V1__Plan *after)
{
    size_t old_count, new_count;
    ProtobufCMessage *const *old_elements = elements(before, list, &old_count);
    ProtobufCMessage *const *new_elements = elements(after, list, &new_count);
    for (size_t i = 0; i < new_count; i++) {
        char path[160];
        snprintf(path, sizeof path, "%s %s", list->name, id_of(new_elements[i]));
        const ProtobufCMessage *old = find_by_id(old_elements, old_count, id_of(new_elements[i]));
        if (old == NULL)
            printf("+ %s\n", path);
        else if (!same(cli, old, new_elements[i]))
            print_fields(path, old, new_elements[i]);
    }
    for (size_t i = 0; i < old_count; i++)
        if (find_by_id(new_elements, new_count, id_of(old_elements[i])) == NULL)
            printf("- %s %s\n", list->name, id_of(old_elements[i]));
}

static void print_changes(struct cli *cli, const Duban__V1__Plan *before, const Duban__V1__Plan *after)
{
    static const struct list lists[] = {LIST(units), LIST(measures), LIST(groups), LIST(commitments), LIST(projects)};
    if (strcmp(before->name_zh, after->name_zh) != 0 || strcmp(before->name_en, after->name_en) != 0)
        printf("~ name: %s / %s → %s / %s\n", before->name_zh, before->name_en, after->name_zh, after->name_en);
    if (strcmp(before->supervising_unit, after->supervising_unit) != 0)
        printf("~ supervising_unit: %s → %s\n", before->supervising_unit, after->supervising_unit);
    print_fields("rules", &before->rules->base, &after->rules->base);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        print_list_changes(cli, &lists[i], before, after);
}

static bool confirmed(void)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return true;
    printf("publish? 发布吗？[y/N] ");
    fflush(stdout);
    char answer[16];
    return fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

static int publish(struct cli *cli, const struct plan *plan)
{
    struct event event;
    const char *id = arena_printf(cli->arena, "plan-%s-%u-r%u", plan->division, plan->year, plan->revision);
    struct update update = {
        .kind = UPDATE_PLAN_PUBLISHED, .source = "/duban/plan", .id = id, .division = plan->division, .plan = plan};
    REQUIRE(id != NULL && update_write(&update, "", cli->arena, &event));
    Io__Cloudevents__V1__CloudEvent *events[] = {event.message};
    Io__Cloudevents__V1__CloudEventBatch batch = IO__CLOUDEVENTS__V1__CLOUD_EVENT_BATCH__INIT;
    batch.n_events = 1;
    batch.events = events;
    struct slice bytes = message_pack(&batch, cli->arena);
    REQUIRE(bytes.data != NULL);
    Duban__V1__SubmitRequest submit = DUBAN__V1__SUBMIT_REQUEST__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    request.kind_case = DUBAN__V1__REQUEST__KIND_SUBMIT;
    request.submit = &submit;
    struct reply reply;
    struct err err;
    if (ask(cli, SERVICE_INGEST, &request, bytes, 30000, cli->arena, &reply, &err) != RC_OK)
        return fail(EXIT_UNREACHABLE, "%s", err.text);
    const Duban__V1__Receipt *receipt = reply.message->receipts->receipts[0];
    if (receipt->reason != NULL)
        return fail(EXIT_NEGATIVE, "%s %s: %s / %s", receipt->reason->code, receipt->reason->field,
                    receipt->reason->text_zh, receipt->reason->text_en);
    printf("published revision %u of %s (%s %u), sequence %llu\n", plan->revision, plan->name_zh, plan->division,
           plan->year, (unsigned long long)receipt->sequence);
    return EXIT_DONE;
}

static int apply(struct cli *cli, struct plan *plan)
{
    const struct plan *published;
    int status = find_published(cli, plan, &published);
    if (status != EXIT_DONE)
        return status;
    if (published == NULL) {
        plan->revision = 1;
        printf("new plan: %zu commitments, %zu measures, %zu groups, %zu projects, %zu units\n", plan->commitment_count,
               plan->measure_count, plan->group_count, plan->project_count, plan->unit_count);
    } else {
        plan->revision = published->revision;
        const Duban__V1__Plan *before = plan_write(published, cli->arena), *after = plan_write(plan, cli->arena);
        REQUIRE(before != NULL && after != NULL);
        if (same(cli, &before->base, &after->base)) {
            printf("nothing changes: revision %u is the same\n", published->revision);
            return EXIT_DONE;
        }
        print_changes(cli, before, after);
        plan->revision++;
    }
    return confirmed() ? publish(cli, plan) : fail(EXIT_NEGATIVE, "not published");
}

int command_plan(struct cli *cli, int argc, char **argv)
{
    const char *help =
        "usage: duban plan check FILE.yaml   check a plan; faults are told as FILE:LINE:COLUMN\n"
        "       duban plan apply FILE.yaml   check it, show what changes and publish it as the next revision;\n"
        "                                    asks first when a person is at the terminal\n";
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(help, stdout) < 0;
    bool applying = argc == 3 && strcmp(argv[1], "apply") == 0;
    if (!applying && (argc != 3 || strcmp(argv[1], "check") != 0)) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    struct plan *plan;
    int status = read_plan_or_fail(cli, argv[2], &plan);
    if (status != EXIT_DONE || applying)
        return status != EXIT_DONE ? status : apply(cli, plan);
    printf("%s: good: %zu commitments\n", argv[2], plan->commitment_count);
    return EXIT_DONE;
}
