/* What people write into a cell of each column: its form is the same when it is brought to it again. */
#include "fuzz/fuzz.h"

#include "cli/report_columns.h"
#include "domain/text.h"

#include <string.h>

/* The input as the readers of files hand it on: UTF-8, perhaps with control characters. */
static const char *as_read(const uint8_t *data, size_t bytes, struct arena *arena)
{
    char *text = arena_must(arena_text(arena, (const char *)data, bytes));
    for (size_t valid = 0; (valid += text_valid_bytes(text + valid, bytes - valid)) < bytes; valid++)
        if ((unsigned char)text[valid] >= 0x80)
            text[valid] = '?';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct arena *arena = fuzz_arena();
    const char *text = as_read(data, bytes, arena);
    enum report_column column;
    if (report_column_find(text, &column))
        REQUIRE(column < COLUMNS);
    for (int i = 0; i < COLUMNS; i++) {
        enum update_kind kind = (enum update_kind)(i % UPDATE_ALERT_ACKNOWLEDGED + 1);
        if (report_column_of_field(kind, text, &column))
            REQUIRE(column < COLUMNS);
        column = (enum report_column)i;
        const char *normal = report_column_normal(column, &(struct sheet_cell){.text = text}, arena);
        const char *again = report_column_normal(column, &(struct sheet_cell){.text = normal}, arena);
        REQUIRE(strcmp(normal, again) == 0);
        if (text_valid_bytes(text, strlen(text)) == strlen(text))
            REQUIRE(text_valid_bytes(normal, strlen(normal)) == strlen(normal));
    }
    return 0;
}
