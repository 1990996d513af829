/* A message that contains itself can be nested until the parser's stack is full. None of ours may. */
#include "base/map.h"

#include "duban/v1/publications.pb-c.h"
#include "duban/v1/requests.pb-c.h"
#include "duban/v1/updates.pb-c.h"
#include "io/cloudevents/v1/cloudevents.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DEPTH_MAX 32

/* The way from a root to the message that is looked at. */
struct walk {
    const ProtobufCMessageDescriptor *path[DEPTH_MAX];
    size_t depth;
    struct map seen; /* full name → descriptor */
};

/* True when a message of this type can contain one of a type on the path to it. */
static bool contains_itself(struct walk *walk, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < walk->depth; i++)
        if (walk->path[i] == type)
            return true;
    assert_true(walk->depth < DEPTH_MAX);
    walk->path[walk->depth++] = type;
    map_put(&walk->seen, type->name, (void *)(uintptr_t)type);
    bool found = false;
    for (unsigned i = 0; i < type->n_fields && !found; i++)
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            found = contains_itself(walk, type->fields[i].descriptor);
    walk->depth--;
    return found;
}

/* What is received and published; the others are parts of these, or the data of events. */
static const ProtobufCMessageDescriptor *const roots[] = {
    &duban__v1__request__descriptor,
    &duban__v1__reply__descriptor,
    &io__cloudevents__v1__cloud_event_batch__descriptor,
    &duban__v1__plan_published__descriptor,
    &duban__v1__project_registered__descriptor,
    &duban__v1__measurement_reported__descriptor,
    &duban__v1__milestone_reached__descriptor,
    &duban__v1__project_suspended__descriptor,
    &duban__v1__project_resumed__descriptor,
    &duban__v1__project_cancelled__descriptor,
    &duban__v1__update_withdrawn__descriptor,
    &duban__v1__target_adjusted__descriptor,
    &duban__v1__extension_requested__descriptor,
    &duban__v1__extension_decided__descriptor,
    &duban__v1__alert_acknowledged__descriptor,
    &duban__v1__indicator_changed__descriptor,
    &duban__v1__deadline_alert__descriptor,
    &duban__v1__unit_digest__descriptor,
    &duban__v1__stream_head__descriptor,
};

static int walk_all(void **state)
{
    static struct walk walk;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (contains_itself(&walk, roots[i])) {
            print_error("%s\n", roots[i]->name);
            return -1;
        }
    *state = &walk;
    return 0;
}

static int forget(void **state)
{
    map_done(&((struct walk *)*state)->seen);
    return 0;
}

static void no_message_contains_itself(void **state)
{
    const struct walk *walk = *state; /* walk_all fails otherwise */
    assert_true(walk->seen.count > 40);
}

static void every_message_of_a_file_was_looked_at(const struct map *seen, const char *folder, const char *file,
                                                  const char *package)
{
    char path[256], line[256], message[128], name[256];
    snprintf(path, sizeof path, "%s/proto/%s/%s", DUBAN_SOURCE_DIR, folder, file);
    FILE *proto = fopen(path, "r");
    assert_non_null(proto);
    while (fgets(line, sizeof line, proto) != NULL)
        if (sscanf(line, "message %127[A-Za-z]", message) == 1) {
            snprintf(name, sizeof name, "%s.%s", package, message);
            if (map_get(seen, name) == NULL)
                fail_msg("%s was not looked at", name);
        }
    fclose(proto);
}

static void every_message_of_the_contract_was_looked_at(void **state)
{
    const struct walk *walk = *state;
    static const char *const files[] = {"plan.proto", "publications.proto", "requests.proto", "updates.proto"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        every_message_of_a_file_was_looked_at(&walk->seen, "duban/v1", files[i], "duban.v1");
    every_message_of_a_file_was_looked_at(&walk->seen, "io/cloudevents/v1", "cloudevents.proto", "io.cloudevents.v1");
}

/* message Folder { File newest = 1; }  message File { string name = 1; Folder inside = 2; } */
static void the_walk_finds_a_message_that_contains_itself_by_another(void **state)
{
    (void)state;
    ProtobufCMessageDescriptor folder = {.name = "Folder"}, file = {.name = "File"};
    const ProtobufCFieldDescriptor newest[] = {
        {.name = "newest", .type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &file}};
    const ProtobufCFieldDescriptor name_and_inside[] = {
        {.name = "name", .type = PROTOBUF_C_TYPE_STRING},
        {.name = "inside", .type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &folder}};
    folder.fields = newest;
    folder.n_fields = 1;
    file.fields = name_and_inside;
    file.n_fields = 2;
    struct walk walk = {.depth = 0};
    assert_true(contains_itself(&walk, &folder));
    walk.depth = 0;
    assert_true(contains_itself(&walk, &file));
    file.n_fields = 1; /* without `inside` */
    walk.depth = 0;
    assert_false(contains_itself(&walk, &folder));
    map_done(&walk.seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_contains_itself),
        cmocka_unit_test(every_message_of_the_contract_was_looked_at),
        cmocka_unit_test(the_walk_finds_a_message_that_contains_itself_by_another),
    };
    return cmocka_run_group_tests(tests, walk_all, forget);
}
