/* Workbooks made by hand, part by part, for what a writer of workbooks would not write. */
#include "cli/xlsx_read.h"

#include "cli/xlsx_part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)1 << 30)

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

/* The parts of a workbook; null: the usual one, "": none. */
struct parts {
    const char *root, *relationships, *workbook, *styles, *shared, *sheet;
    size_t sheet_bytes; /* 0: up to its end */
};

#define RELATIONS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define RELATION(id, type, target) "<Relationship Id=\"" id "\" Type=\"" RELATIONS "/" type "\" Target=\"" target "\"/>"
#define SHEET(rows) "<worksheet><sheetData>" rows "</sheetData></worksheet>"
#define ROW(cells) "<row r=\"1\">" cells "</row>"

static const struct parts usual = {
    .root = "<Relationships>" RELATION("a", "officeDocument", "xl/workbook.xml") "</Relationships>",
    .relationships = "<Relationships>" RELATION("rId1", "worksheet", "worksheets/sheet1.xml")
        RELATION("rId2", "styles", "/xl/styles.xml") RELATION("rId3", "sharedStrings", "sharedStrings.xml")
            RELATION("rId4", "worksheet", "worksheets/other.xml")
                RELATION("rId5", "chartsheet", "chart.xml") "</Relationships>",
    .workbook = "<workbook xmlns:r=\"" RELATIONS "\"><sheets><sheet name=\"x\" sheetId=\"1\" r:id=\"rId1\"/>"
                "</sheets></workbook>",
    .styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/>"
              "</numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/>"
              "<xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"10\"/></cellXfs><other><xf "
              "numFmtId=\"14\"/></other></styleSheet>",
    .shared = "<sst><si><t>第一</t></si><si><r><rPr><b/></rPr><t>数</t></r><r><t xml:space=\"preserve\">值 </t></r>"
              "<rPh sb=\"0\" eb=\"1\"><t>shuzhi</t></rPh></si><si/></sst>",
    .sheet = SHEET(""),
};

static void add(zip_t *zip, const char *path, const char *text, const char *otherwise, size_t bytes)
{
    text = text == NULL ? otherwise : text;
    if (*text == '\0')
        return;
    zip_source_t *source = zip_source_buffer(zip, text, bytes == 0 ? strlen(text) : bytes, 0);
    assert_non_null(source);
    zip_int64_t index = zip_file_add(zip, path, source, 0);
    assert_true(index >= 0);
    assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_DEFLATE, 1), 0);
}

static struct slice pack(const struct parts *parts)
{
    zip_error_t error;
    zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    zip_source_keep(archive);
    add(zip, "other.txt", NULL, "so that it never is empty", 0);
    add(zip, "_rels/.rels", parts->root, usual.root, 0);
    add(zip, "xl/_rels/workbook.xml.rels", parts->relationships, usual.relationships, 0);
    add(zip, "xl/workbook.xml", parts->workbook, usual.workbook, 0);
    add(zip, "xl/styles.xml", parts->styles, usual.styles, 0);
    add(zip, "xl/SharedStrings.xml", parts->shared, usual.shared, 0); /* names know no case */
    add(zip, "xl/worksheets/sheet1.xml", parts->sheet, usual.sheet, parts->sheet_bytes);
    assert_int_equal(zip_close(zip), 0);
    assert_int_equal(zip_source_open(archive), 0);
    zip_source_seek(archive, 0, SEEK_END);
    size_t bytes = (size_t)zip_source_tell(archive);
    uint8_t *data = arena_alloc(arena, bytes);
    assert_non_null(data);
    zip_source_seek(archive, 0, SEEK_SET);
    assert_int_equal(zip_source_read(archive, data, bytes), bytes);
    zip_source_close(archive);
    zip_source_free(archive);
    return (struct slice){data, bytes};
}

/* What came, as text: "1:a|b=2020-04-30|\n". */
struct seen {
    char text[1024];
    size_t rows, stop_after;
};

static bool see(void *context, const struct sheet_row *row)
{
    struct seen *seen = context;
    char *out = seen->text;
    size_t room = sizeof seen->text;
    snprintf(out + strlen(out), room - strlen(out), "%zu:", row->number);
    for (size_t i = 0; i < row->count; i++)
        snprintf(out + strlen(out), room - strlen(out), "%s%s%s|", row->cells[i].text,
                 row->cells[i].day == NULL ? "" : "=", row->cells[i].day == NULL ? "" : row->cells[i].day);
    snprintf(out + strlen(out), room - strlen(out), "\n");
    return ++seen->rows != seen->stop_after;
}

static void assert_seen(const struct parts *parts, const char *wanted)
{
    struct seen seen = {0};
    struct sheet_fault fault = {0};
    arena_reset(arena);
    if (xlsx_read_rows(pack(parts), arena, see, &seen, &fault) != RC_OK)
        fail_msg("%s %s", reason_name(fault.reason.code), fault.reason.detail);
    assert_string_equal(seen.text, wanted);
}

static void assert_bytes_refused(struct slice bytes, enum reason_code code, const char *detail)
{
    struct seen seen = {0};
    struct sheet_fault fault = {0};
    assert_int_equal(xlsx_read_rows(bytes, arena, see, &seen, &fault), RC_REFUSED);
    assert_int_equal(fault.reason.code, code);
    assert_string_equal(fault.reason.field, "xlsx");
    if (strstr(fault.reason.detail, detail) == NULL)
        fail_msg("%s is not in: %s", detail, fault.reason.detail);
}

static void assert_refused(const struct parts *parts, enum reason_code code, const char *detail)
{
    arena_reset(arena);
    assert_bytes_refused(pack(parts), code, detail);
}

static void cells_of_every_kind_are_read(void **state)
{
    (void)state;
    static const struct parts parts = {
        .sheet =
            SHEET(ROW("<c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
                      "<c r=\"C1\" t=\"inlineStr\"><is><r><t>内</t></r><r><t>联</t></r><rPh><t>nl</t></rPh></is></c>"
                      "<c r=\"D1\" t=\"b\"><v>1</v></c><c r=\"E1\" t=\"b\"><v>0</v></c>"
                      "<c r=\"F1\"><f>1.1+0</f><v>1.1000000000000001</v></c>"
                      "<c r=\"G1\" t=\"str\"><f>\"a\"&amp;\"b\"</f><v>ab</v></c><c r=\"H1\" t=\"e\"><v>#N/A</v></c>"
                      "<c r=\"I1\" t=\"n\"><v>1.2E3</v></c><c r=\"J1\" t=\"s\"><v>2</v></c>"))};
    assert_seen(&parts, "1:第一|数值 |内联|TRUE|FALSE|1.1|ab|#N/A|1200||\n");
}

static void gaps_stay_gaps_and_rows_keep_their_numbers(void **state)
{
    (void)state;
    static const struct parts gaps = {
        .sheet = SHEET("<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"E2\"><v>2</v></c><c r=\"XFD2\" s=\"1\"/></row>"
                       "<row r=\"3\"><c r=\"A3\" s=\"1\"/></row><row r=\"7\"><c r=\"AB7\"><v>3</v></c></row>")};
    assert_seen(&gaps, "2:|1|||2|\n7:|||||||||||||||||||||||||||3|\n");
    static const struct parts unnamed = {.sheet = SHEET("<row><c><v>1</v></c><c><v>2</v></c></row>"
                                                        "<row><c/><c><v>3</v></c></row>")};
    assert_seen(&unnamed, "1:1|2|\n2:|3|\n");
}

static void dates_have_their_day_and_percentages_their_sign(void **state)
{
    (void)state;
    static const char sheet[] =
        SHEET(ROW("<c r=\"A1\" s=\"1\"><v>43951</v></c><c r=\"B1\" s=\"2\"><v>43951.5</v></c>"
                  "<c r=\"C1\"><v>43951</v></c><c r=\"D1\" s=\"3\"><v>0.77049999999999996</v></c>"
                  "<c r=\"E1\" s=\"1\"><v>60</v></c><c r=\"F1\" s=\"4\"><v>5</v></c>"
                  "<c r=\"G1\" t=\"d\"><v>2020-04-30T00:00:00</v></c>"));
    assert_seen(&(struct parts){.sheet = sheet}, "1:43951=2020-04-30|43951.5=2020-04-30|43951|77.05%|60|5|"
                                                 "2020-04-30T00:00:00=2020-04-30|\n");
    static const struct parts of1904 = {
        .workbook = "<workbook><workbookPr date1904=\"1\"/><sheets><sheet id=\"rId1\"/></sheets></workbook>",
        .sheet = SHEET(ROW("<c r=\"A1\" s=\"1\"><v>42489</v></c>"))};
    assert_seen(&of1904, "1:42489=2020-04-30|\n");
    assert_seen(&(struct parts){.styles = "",
                                .shared = "",
                                .relationships = "<Relationships>" RELATION("rId1", "worksheet",
                                                                            "worksheets/sheet1.xml") "</Relationships>",
                                .sheet = SHEET(ROW("<c r=\"A1\" s=\"1\"><v>43951</v></c>"))},
                "1:43951|\n");
}

static void the_first_worksheet_that_is_seen_is_read(void **state)
{
    (void)state;
    static const struct parts parts = {
        .workbook = "<x:workbook xmlns:x=\"x\" xmlns:q=\"q\"><x:sheets><x:sheet q:id=\"rId5\"/>"
                    "<x:sheet q:id=\"rId4\" state=\"hidden\"/><x:sheet q:id=\"rId1\" state=\"visible\"/></x:sheets>"
                    "</x:workbook>",
        .sheet = "<x:worksheet xmlns:x=\"x\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\"><x:v>1</x:v></x:c></x:row>"
                 "</x:sheetData><x:row><x:c r=\"A2\"><x:v>no</x:v></x:c></x:row></x:worksheet>"};
    assert_seen(&parts, "1:1|\n");
}

static void reading_stops_when_it_is_told(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 1};
    struct sheet_fault fault;
    arena_reset(arena);
    struct slice bytes =
        pack(&(struct parts){.sheet = SHEET("<row><c><v>1</v></c></row><row><c><v>2</v></c></row>") "no XML"});
    assert_int_equal(xlsx_read_rows(bytes, arena, see, &seen, &fault), RC_OK);
    assert_string_equal(seen.text, "1:1|\n");
}

static void what_is_no_workbook_is_refused(void **state)
{
    (void)state;
    static const char damaged[] = "PK\3\4 and then nothing that a ZIP has";
    arena_reset(arena);
    assert_true(xlsx_read_concerns((struct slice){(const uint8_t *)damaged, sizeof damaged}));
    assert_bytes_refused((struct slice){(const uint8_t *)damaged, sizeof damaged}, REASON_INVALID_SYNTAX,
                         "a damaged ZIP");
    static const char old[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    assert_true(xlsx_read_concerns((struct slice){(const uint8_t *)old, sizeof old}));
    assert_bytes_refused((struct slice){(const uint8_t *)old, sizeof old}, REASON_INVALID_SYNTAX, "without a password");
    assert_false(xlsx_read_concerns((struct slice){(const uint8_t *)"PK", 2}));
    assert_false(xlsx_read_concerns((struct slice){(const uint8_t *)"measure", 7}));

    assert_refused(&(struct parts){.root = ""}, REASON_INVALID_SYNTAX, "not an Excel workbook");
    assert_refused(&(struct parts){.root = "<Relationships/>"}, REASON_INVALID_SYNTAX, "not an Excel workbook");
    assert_refused(&(struct parts){.workbook = ""}, REASON_INVALID_SYNTAX, "xl/workbook.xml");
    assert_refused(&(struct parts){.workbook = "<workbook/>"}, REASON_INVALID_SYNTAX, "no worksheet");
    assert_refused(&(struct parts){.workbook = "<workbook><sheet id=\"rId5\"/></workbook>"}, REASON_INVALID_SYNTAX,
                   "no worksheet");
    assert_refused(&(struct parts){.sheet = ""}, REASON_INVALID_SYNTAX, "xl/worksheets/sheet1.xml");
    assert_refused(&(struct parts){.sheet = "<worksheet><sheetData>"}, REASON_INVALID_SYNTAX, "not XML");
    assert_refused(&(struct parts){.sheet = "<worksheet>\xb8\xf6</worksheet>"}, REASON_INVALID_SYNTAX, "not XML");
    assert_refused(&(struct parts){.sheet = SHEET(ROW("<c r=\"A1\" t=\"s\"><v>3</v></c>"))}, REASON_INVALID_SYNTAX,
                   "no such shared text");
    assert_refused(&(struct parts){.sheet = SHEET(ROW("<c r=\"B1\"/><c r=\"A1\"/>"))}, REASON_INVALID_SYNTAX,
                   "a cell at a wrong place");
    assert_refused(&(struct parts){.sheet = SHEET(ROW("<c r=\"1\"/>"))}, REASON_INVALID_SYNTAX,
                   "a cell at a wrong place");
    assert_refused(&(struct parts){.sheet = SHEET("<row r=\"2\"/><row r=\"2\"/>")}, REASON_INVALID_SYNTAX,
                   "a wrong number of a row");
    assert_refused(&(struct parts){.sheet = SHEET("<row r=\"1048577\"/>")}, REASON_INVALID_SYNTAX,
                   "a wrong number of a row");
    assert_refused(&(struct parts){.sheet = SHEET(ROW("<c r=\"AMK1\"><v>1</v></c>"))}, REASON_TOO_LONG,
                   "too many columns");
}

/* A row that began inside a cell made that cell end in no column. */
static void rows_and_cells_inside_each_other_are_refused(void **state)
{
    (void)state;
    assert_refused(&(struct parts){.sheet = SHEET("<row><c r=\"B1\"><v>1<row/>2</v></c></row>")}, REASON_INVALID_SYNTAX,
                   "a row inside a row");
    assert_refused(&(struct parts){.sheet = SHEET("<row><c><v>1</v><c><v>2</v></c></c></row>")}, REASON_INVALID_SYNTAX,
                   "a cell at a wrong place");
    assert_refused(&(struct parts){.sheet = SHEET("<c><v>1</v></c>")}, REASON_INVALID_SYNTAX,
                   "a cell at a wrong place");
    assert_refused(&(struct parts){.sheet = SHEET("<row><sheetData/><c/></row></sheetData><sheetData><row/>")},
                   REASON_INVALID_SYNTAX, "a row inside a row");
}

static void a_document_type_is_refused(void **state)
{
    (void)state;
    assert_refused(&(struct parts){.sheet = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" SHEET(
                                       ROW("<c r=\"A1\" t=\"str\"><v>&e;</v></c>"))},
                   REASON_INVALID_SYNTAX, "a document type is not allowed");
    assert_refused(&(struct parts){.shared = "<!DOCTYPE x><sst/>"}, REASON_INVALID_SYNTAX,
                   "a document type is not allowed");
}

/* `count` times a text, between two others. Caller frees. */
static char *repeat(const char *before, const char *text, size_t count, const char *after)
{
    size_t length = strlen(text), start = strlen(before);
    char *all = malloc(start + length * count + strlen(after) + 1);
    assert_non_null(all);
    memcpy(all, before, start);
    for (size_t i = 0; i < count; i++)
        memcpy(all + start + i * length, text, length);
    strcpy(all + start + length * count, after);
    return all;
}

static void bombs_are_refused(void **state)
{
    (void)state;
    char *deep = repeat("", "<a>", XLSX_DEPTH_MAX + 1, "");
    assert_refused(&(struct parts){.sheet = deep}, REASON_INVALID_SYNTAX, "too deep");
    free(deep);
    char *long_tag = repeat("<a b=\"", "xxxxxxxxxxxxxxxx", 300000, "\"/>");
    assert_refused(&(struct parts){.sheet = long_tag}, REASON_TOO_LONG, "an element is too long");
    free(long_tag);
    char *long_text = repeat("<sst><si><t>", "x", XLSX_TEXT_MAX_BYTES + 1, "</t></si></sst>");
    assert_refused(&(struct parts){.shared = long_text}, REASON_TOO_LONG, "beyond 32,767 characters");
    free(long_text);
    /* A few cells that all show one long text. */
    char *shared = repeat("<sst><si><t>", "x", XLSX_TEXT_MAX_BYTES, "</t></si></sst>");
    char *rows =
        repeat("<worksheet><sheetData>", "<row><c t=\"s\"><v>0</v></c></row>", 2100, "</sheetData></worksheet>");
    assert_refused(&(struct parts){.shared = shared, .sheet = rows}, REASON_TOO_LONG, "more than 256 MiB in cells");
    free(shared);
    free(rows);
    /* One part that is read three times: what counts is all that was unpacked. */
    size_t bytes = XLSX_UNPACKED_MAX_BYTES / 3 + 1;
    char *blanks = malloc(bytes);
    assert_non_null(blanks);
    memset(blanks, ' ', bytes);
    memcpy(blanks, "<a>", 3);
    memcpy(blanks + bytes - 4, "</a>", 4);
    static const char same[] = "<Relationships>" RELATION("rId1", "worksheet", "worksheets/sheet1.xml")
        RELATION("rId2", "styles", "worksheets/sheet1.xml")
            RELATION("rId3", "sharedStrings", "worksheets/sheet1.xml") "</Relationships>";
    assert_refused(&(struct parts){.relationships = same, .sheet = blanks, .sheet_bytes = bytes}, REASON_TOO_LONG,
                   "more than 256 MiB unpacked");
    free(blanks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_of_every_kind_are_read),
        cmocka_unit_test(gaps_stay_gaps_and_rows_keep_their_numbers),
        cmocka_unit_test(dates_have_their_day_and_percentages_their_sign),
        cmocka_unit_test(the_first_worksheet_that_is_seen_is_read),
        cmocka_unit_test(reading_stops_when_it_is_told),
        cmocka_unit_test(what_is_no_workbook_is_refused),
        cmocka_unit_test(rows_and_cells_inside_each_other_are_refused),
        cmocka_unit_test(a_document_type_is_refused),
        cmocka_unit_test(bombs_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
