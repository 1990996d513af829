/* Deadlines in words: two bytes that choose the plan's year, and the phrase. */
#include "fuzz/fuzz.h"

#include "domain/phrase.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes < 2)
        return 0;
    struct arena *arena = fuzz_arena();
    uint32_t year = 1990 + (data[0] * 256U + data[1]) % 110;
    const char *text = fuzz_text(data + 2, bytes - 2, arena);
    day_number day, again;
    char date[DAY_TEXT_BYTES];
    if (!deadline_phrase(text, year, &day))
        return 0;
    REQUIRE(day_parse(day_format(day, date), &again) && again == day);
    REQUIRE(deadline_phrase(date, year, &again) && again == day);
    const char *before = arena_must(arena_printf(arena, "%s前", text)); /* says nothing else, where it may be said */
    REQUIRE(!deadline_phrase(before, year, &again) || again == day);
    return 0;
}
