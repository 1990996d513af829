/* A plan as people write it, in YAML. */
#include "fuzz/fuzz.h"

#include "cli/plan_file.h"
#include "wire/plan_wire.h"

#include <string.h>

struct seen {
    size_t count, line, column, lines;
};

/* Problems come in the order of the file, and stand in it. */
static void take_problem(void *context, const struct plan_file_problem *problem)
{
    struct seen *seen = context;
    fuzz_check_reason(&problem->reason);
    REQUIRE(problem->line >= 1 && problem->column >= 1 && problem->line <= seen->lines + 1);
    REQUIRE(problem->line > seen->line || (problem->line == seen->line && problem->column >= seen->column));
    seen->line = problem->line;
    seen->column = problem->column;
    seen->count++;
}

static void count_problem(void *context, const struct reason *problem)
{
    (void)problem;
    (*(size_t *)context)++;
}

/* A good plan is good as a message, too. */
static void check_plan(const struct plan *plan, struct arena *arena)
{
    size_t problems = 0;
    REQUIRE(plan_check(plan, count_problem, &problems) == 0 && problems == 0);
    struct plan read;
    struct reason reason;
    const Duban__V1__Plan *message = arena_must(plan_write(plan, arena));
    fuzz_check_message(&message->base, arena);
    REQUIRE(plan_read(message, "", arena, &read, &reason) == RC_OK);
    REQUIRE(plan_check(&read, count_problem, &problems) == 0);
    struct slice one = message_pack(message, arena), other = message_pack(plan_write(&read, arena), arena);
    REQUIRE(one.bytes == other.bytes && memcmp(one.data, other.data, one.bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct arena *arena = fuzz_arena();
    struct seen seen = {.lines = 1};
    struct plan *plan;
    for (size_t i = 0; i < bytes; i++)
        seen.lines += data[i] == '\n' || data[i] == '\r' || data[i] == 0x85 || data[i] == 0xa8 || data[i] == 0xa9;
    enum rc rc = plan_file_read((const char *)data, bytes, arena, take_problem, &seen, &plan);
    REQUIRE((rc == RC_OK) == (seen.count == 0));
    if (rc == RC_OK)
        check_plan(plan, arena);
    return 0;
}
