#include "cli/table.h"

#include "cli/xlsx_part.h"
#include "cli/xlsx_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)64 << 20)

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(ARENA_BYTES);
    return arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static const struct column columns[] = {{"name_zh", "目标任务", false},
                                        {"division", NULL, false},
                                        {"value", "VALUE 现值", true},
                                        {"evidence", NULL, false}};

/* What is printed on standard output. */
static struct slice print(const char *const (*rows)[4], size_t count, enum table_format format)
{
    struct table *table = table_new(columns, 4);
    for (size_t i = 0; i < count; i++) {
        table_row(table);
        for (size_t c = 0; c < 4; c++)
            table_set(table, c, rows[i][c]);
    }
    fflush(stdout);
    FILE *caught = tmpfile();
    int terminal = dup(STDOUT_FILENO);
    dup2(fileno(caught), STDOUT_FILENO);
    bool fits = table_format_fits(format), printed = table_print(table, format);
    fflush(stdout);
    dup2(terminal, STDOUT_FILENO);
    close(terminal);
    assert_true(fits);
    assert_true(printed);
    table_free(&table);
    rewind(caught);
    char *bytes = arena_alloc(arena, 1 << 20);
    size_t length = fread(bytes, 1, (1 << 20) - 1, caught);
    fclose(caught);
    return (struct slice){(const uint8_t *)bytes, length};
}

static void csv_is_what_excel_opens(void **state)
{
    (void)state;
    static const char *const rows[][4] = {{"新增绿地", "410102", "-1.28", "a,\"b\"\r\nc"}, {"", "", "", ""}};
    assert_string_equal(print(rows, 2, FORMAT_CSV).data, "\xef\xbb\xbfname_zh,division,value,evidence\r\n"
                                                         "新增绿地,410102,-1.28,\"a,\"\"b\"\"\r\nc\"\r\n"
                                                         ",,,\r\n");
}

static void csv_is_guarded_against_formulas(void **state)
{
    (void)state;
    static const char *const rows[][4] = {
        {"=1+1", "+1", "-1", "@SUM(A1)"},
        {"\tx", "\rx", "-1.", "-1.5"},
        {"=HYPERLINK(\"x\",\"y\")", "-", "-1-1", "-.5"},
        {"＝1", "＋1", "－1", "＠x"},
        {"1=1", "a-b", "≥ 75", "'x"},
    };
    assert_string_equal(print(rows, 5, FORMAT_CSV).data, "\xef\xbb\xbfname_zh,division,value,evidence\r\n"
                                                         "'=1+1,'+1,-1,'@SUM(A1)\r\n"
                                                         "'\tx,\"'\rx\",'-1.,-1.5\r\n"
                                                         "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\",'-,'-1-1,'-.5\r\n"
                                                         "'＝1,'＋1,'－1,'＠x\r\n"
                                                         "1=1,a-b,≥ 75,'x\r\n");
}

static void json_is_as_it_was(void **state)
{
    (void)state;
    static const char *const rows[][4] = {{"=1", "410102", "1.0", ""}};
    assert_string_equal(print(rows, 1, FORMAT_JSON).data,
                        "[\n  {\n    \"name_zh\": \"=1\",\n    \"division\": \"410102\",\n    \"value\": \"1.0\",\n"
                        "    \"evidence\": \"\"\n  }\n]\n");
}

/* Cells of a worksheet with their kind, "n 1.5|s text|". */
struct seen {
    char text[4096];
    bool formula, in_value;
};

static bool see_start(void *context, const char *name, const char *const *attributes)
{
    struct seen *seen = context;
    char *end = seen->text + strlen(seen->text);
    size_t room = sizeof seen->text - strlen(seen->text);
    const char *kind = xlsx_attribute(attributes, "t");
    seen->formula = seen->formula || strcmp(name, "f") == 0;
    seen->in_value = strcmp(name, "v") == 0;
    if (strcmp(name, "c") == 0)
        snprintf(end, room, "%s=%s ", xlsx_attribute(attributes, "r"), kind == NULL ? "n" : kind);
    else if (strcmp(name, "autoFilter") == 0)
        snprintf(end, room, "filter %s ", xlsx_attribute(attributes, "ref"));
    else if (strcmp(name, "pane") == 0)
        snprintf(end, room, "%s %s ", xlsx_attribute(attributes, "topLeftCell"), xlsx_attribute(attributes, "state"));
    return true;
}

static void see_text(void *context, const char *text, size_t bytes)
{
    struct seen *seen = context;
    if (seen->in_value)
        snprintf(seen->text + strlen(seen->text), sizeof seen->text - strlen(seen->text), "%.*s ", (int)bytes, text);
}

static bool take_row(void *context, const struct sheet_row *row)
{
    char *text = context;
    for (size_t i = 0; i < row->count; i++)
        sprintf(text + strlen(text), "%s|", row->cells[i].text);
    strcat(text, "\n");
    return true;
}

static void a_workbook_has_texts_and_exact_numbers(void **state)
{
    (void)state;
    static const char *const rows[][4] = {
        {"新增绿地", "410102", "77.045", "=1+1"},
        {"=cmd|' /C calc'!A0", "007", "-0.1", "http://example.org/"},
        {"", "", "123456789012345", "1.5"},
        {"", "", "1234567890123456", ""},
        {"", "", "≥ 75", ""},
        {"", "", "0.000000001", ""},
        {"", "", "0", ""},
    };
    struct slice bytes = print(rows, 7, FORMAT_XLSX);
    assert_true(xlsx_read_concerns(bytes));
    char shown[2048] = "";
    struct sheet_fault fault;
    assert_int_equal(xlsx_read_rows(bytes, arena, take_row, shown, &fault), RC_OK);
    assert_string_equal(shown, "目标任务|division 行政区划|VALUE 现值|evidence|\n"
                               "新增绿地|410102|77.045|=1+1|\n"
                               "=cmd|' /C calc'!A0|007|-0.1|http://example.org/|\n"
                               "||123456789012345|1.5|\n"
                               "||1234567890123456|\n"
                               "||≥ 75|\n"
                               "||0.000000001|\n"
                               "||0|\n");
    struct xlsx_package *package;
    struct reason problem;
    static const struct xlsx_handler handler = {.start = see_start, .text = see_text};
    struct seen seen = {.formula = false};
    assert_int_equal(xlsx_package_open(bytes, &package, &problem), RC_OK);
    assert_int_equal(xlsx_part_read(package, "xl/worksheets/sheet1.xml", &handler, &seen, &problem), RC_OK);
    xlsx_package_close(&package);
    assert_false(seen.formula);
    assert_non_null(strstr(seen.text, "A2 frozen "));
    assert_non_null(strstr(seen.text, "filter A1:D8 "));
    assert_non_null(strstr(seen.text, "B2=s "));
    assert_non_null(strstr(seen.text, "C2=n 77.045 "));
    assert_non_null(strstr(seen.text, "D2=s "));
    assert_non_null(strstr(seen.text, "A3=s "));
    assert_non_null(strstr(seen.text, "C3=n -0.1 "));
    assert_non_null(strstr(seen.text, "C4=n 123456789012345 "));
    assert_non_null(strstr(seen.text, "D4=s "));
    assert_non_null(strstr(seen.text, "C5=s "));
    assert_non_null(strstr(seen.text, "C7=n 1"));
}

static void a_table_without_rows_is_a_workbook(void **state)
{
    (void)state;
    char shown[2048] = "";
    struct sheet_fault fault;
    assert_int_equal(xlsx_read_rows(print(NULL, 0, FORMAT_XLSX), arena, take_row, shown, &fault), RC_OK);
    assert_string_equal(shown, "目标任务|division 行政区划|VALUE 现值|evidence|\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_what_excel_opens),
        cmocka_unit_test(csv_is_guarded_against_formulas),
        cmocka_unit_test(json_is_as_it_was),
        cmocka_unit_test(a_workbook_has_texts_and_exact_numbers),
        cmocka_unit_test(a_table_without_rows_is_a_workbook),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
