#include "cli/report_file.h"

#include "wire/update_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)1 << 30)

static struct arena *arena;
static struct report_file file;

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

static enum rc read_slice(struct slice text)
{
    static const struct report_options options = {.source = "/test", .division = "410102"};
    return report_file_read(text, &options, arena, &file);
}

static enum rc read_bytes(const char *text, size_t bytes)
{
    arena_reset(arena);
    return read_slice((struct slice){(const uint8_t *)text, bytes});
}

static enum rc read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

/* A fault as it is told: "3:2 INVALID_DECIMAL value 「数值」1e3". */
static void assert_fault(const struct sheet_fault *fault, const char *wanted)
{
    char told[600], column[REPORT_COLUMN_BYTES];
    snprintf(told, sizeof told, "%zu:%s %s %s 「%s」%s", fault->row, report_file_column(&file, fault->column, column),
             reason_name(fault->reason.code), fault->reason.field, report_file_heading(&file, fault->column),
             fault->reason.detail);
    assert_string_equal(told, wanted);
}

/* The faults of all rows in order; the last is null. */
static void assert_faults(const char *const *wanted)
{
    for (size_t i = 0; i < file.count; i++)
        for (size_t k = 0; k < file.reports[i].fault_count; k++) {
            assert_non_null(*wanted);
            assert_fault(&file.reports[i].faults[k], *wanted++);
        }
    assert_null(*wanted);
}

static void assert_id(size_t report, const char *wanted)
{
    assert_true(report < file.count);
    if (file.reports[report].fault_count > 0)
        assert_fault(file.reports[report].faults, "no fault");
    assert_string_equal(file.reports[report].event.id, wanted);
}

/* Ids that the first release gave. A row that was sent then and is sent again must be the same report. */

#define HEADER                                                                                                         \
    "type,division,measure,project,milestone,value,unit,observed_on,statistical_scope,evidence,reason,withdraws,"      \
    "name_zh,name_en,responsible_unit,groups,deadlines,id,reported_on\n"
static const char plain[] = HEADER
    "MeasurementReported,410102,green-area,,,1234567.8,平方米,2020-04-30,全区,\"月报，第3期\",,,,,,,,,2020-05-01\n"
    ",410102,green-area,,,-1.28,平方米,2020-04-30,,,,,,,,,,,\n"
    "MilestoneReached,410102,,road-1,opened,,,2020-04-30,,验收单,,,,,,,,,\n"
    "ProjectRegistered,410102,,north,,,,,,,,,北园,North,parks-office,parks;city,"
    "started=2020-06-30;opened=2020-12-31,,\n"
    "ProjectSuspended,410102,,north,,,,,,,资金未到位,,,,,,,,\n"
    "UpdateWithdrawn,410102,,,,,,,,,填错,row-1,,,,,,,\n";
static const char *const plain_ids[] = {"row-325189541973d97ccf82ecd4edd10d92", "row-a3a27c462a967c477897b1bc9b3cf41d",
                                        "row-af581ae7ea79b7f6c551af85a7e9743f", "row-791606f7a4d3a43b48965402ec70961f",
                                        "row-f5462068ec6fe9cb976c8f22d254da69", "row-3632783aa86237c426bdf9be57c9c593"};

static void assert_plain_ids(void)
{
    assert_int_equal(file.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_id(i, plain_ids[i]);
}

static void ids_are_those_of_the_first_release(void **state)
{
    (void)state;
    assert_int_equal(read_text(plain), RC_OK);
    assert_plain_ids();
    assert_int_equal(file.reports[5].row, 7);
    assert_string_equal(file.reports[0].event.type, "duban.v1.MeasurementReported");
    struct update update;
    struct reason reason;
    assert_int_equal(update_read(&file.reports[3].event, arena, &update, &reason), RC_OK);
    assert_string_equal(update.registered->groups[1], "city");
    assert_int_equal(update.registered->deadline_count, 2);
}

static void the_same_facts_as_officials_write_them_are_the_same(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf类型,行政区划,计量项,项目,节点,\"数值\n（万平方米）\",计量单位,数据日期（年月日）,统计口径,依据, "
        "原因　,撤回编号 (编号),中文名称,英文名称,责任单位,项目类别,节点时限,编号,上报日期\r\n"
        "数据上报,４１０１０２,green-area,,,\"１,234,567.80\",　平方米 ,2020年4月30日,全区,\"月报，第3期\",,,,,,,,,\r\n"
        "\r\n"
        " ,410102,green-area,,,-1.280,平方米,2020/4/30,,,,,,,,,,,\r\n"
        ",,　,,,,,,,,,,,,,,,,\r\n"
        "节点完成,410102,,ｒｏａｄ－1,opened,,,2020.04.30,,验收单,,,,,,,,,\r\n"
        "项目登记,410102,,north,,,,,,,,,北园,North,parks-office,parks；city,started=2020/6/"
        "30；opened=2020年12月31日,,\r\n"
        "项目暂停,410102,,north,,,,,,,资金未到位,,,,,,,,\r\n"
        "撤回上报,410102,,,,,,,,,填错,row-1,,,,,,,\r\n";
    assert_int_equal(read_text(text), RC_OK);
    assert_plain_ids();
    assert_int_equal(file.reports[1].row, 5); /* the header has two lines, and row 4 is empty */
    assert_int_equal(file.reports[2].row, 7);
    assert_string_equal(report_file_heading(&file, 6), "数值 （万平方米）");
}

static void gb18030_is_read(void **state)
{
    (void)state;
    /* 计量项,数值,单位,日期,依据 / noise,1,个,2020-03-01,㐀 : two bytes, and four for U+3400 */
    static const char gb[] =
        "\xbc\xc6\xc1\xbf\xcf\xee,\xca\xfd\xd6\xb5,\xb5\xa5\xce\xbb,\xc8\xd5\xc6\xda,\xd2\xc0\xbe\xdd\r\n"
        "noise,1,\xb8\xf6,2020-03-01,\x81\x39\xee\x39\r\n";
    assert_int_equal(read_text(gb), RC_OK);
    assert_int_equal(file.count, 1);
    assert_int_equal(file.reports[0].fault_count, 0);
    char id[64];
    snprintf(id, sizeof id, "%s", file.reports[0].event.id);
    assert_int_equal(read_text("measure,value,unit,observed_on,evidence\nnoise,1,个,2020-03-01,㐀\n"), RC_OK);
    assert_id(0, id);
}

static void text_in_no_encoding_is_refused(void **state)
{
    (void)state;
    static const char neither[] = "measure,value\nnoise,\xff\xff\n";
    assert_int_equal(read_text(neither), RC_REFUSED);
    assert_int_equal(file.count, 0);
    assert_fault(&file.faults[0], "2:- INVALID_TEXT line 「」既非 UTF-8 也非 GB18030 neither UTF-8 nor GB18030");
    static const char mixed[] = "measure,unit\nnoise,个\nnoise,\xb8\xf6,\n";
    assert_int_equal(read_text(mixed), RC_REFUSED);
    assert_int_equal(file.faults[0].row, 3);
    static const char marked[] = "\xef\xbb\xbfmeasure,unit\nnoise,\xb8\xf6\n";
    assert_int_equal(read_text(marked), RC_REFUSED);
    assert_int_equal(file.faults[0].reason.code, REASON_INVALID_TEXT);
    static const char zero[] = "measure,unit\nnoise,a\0b\n";
    assert_int_equal(read_bytes(zero, sizeof zero - 1), RC_REFUSED);
    static const char utf16[] = "\xff\xfe"
                                "m\0e\0a\0s\0";
    assert_int_equal(read_bytes(utf16, sizeof utf16 - 1), RC_REFUSED);
    /* Control characters are a matter of their cell. */
    assert_int_equal(read_text("measure,value,unit,observed_on\nnoise,1,\"a\x01\xc2\x85\",2020-03-01\n"), RC_OK);
    assert_faults((const char *const[]){"2:3 INVALID_TEXT unit 「unit」a???", NULL});
}

static void every_fault_of_a_row_is_told_by_its_column(void **state)
{
    (void)state;
    assert_int_equal(read_text("数值（万元）,日期,计量项,类型\n"
                               "1e3,2020/2/30,noise,\n"
                               "\"1,23\",,noise,数据上报\n"
                               "\"12,345,67\",2020-1,,数据上报\n"
                               ",,,好的\n"
                               "1,2020-03-01,noise\n"
                               "1,2020-03-01,noise,,more\n"),
                     RC_OK);
    assert_faults((const char *const[]){
        "2:1 INVALID_DECIMAL value 「数值（万元）」1e3",
        "2:- MISSING_FIELD unit 「」单位 unit",
        "2:2 INVALID_DAY observed_on 「日期」2020-02-30",
        "3:1 INVALID_DECIMAL value 「数值（万元）」1,23",
        "3:- MISSING_FIELD unit 「」单位 unit",
        "3:2 MISSING_FIELD observed_on 「日期」",
        "4:3 MISSING_FIELD measure 「计量项」",
        "4:1 INVALID_DECIMAL value 「数值（万元）」12,345,67",
        "4:- MISSING_FIELD unit 「」单位 unit",
        "4:2 INVALID_DAY observed_on 「日期」2020-1",
        "5:4 UNKNOWN_TYPE type 「类型」好的",
        "6:- INVALID_SYNTAX  「」单元格数 cells: 3 ≠ 4",
        "7:5 INVALID_SYNTAX  「」本列没有列名 a column without a heading: more",
        NULL,
    });
}

static void a_header_tells_all_its_faults(void **state)
{
    (void)state;
    assert_int_equal(read_text("\n,\n数值,value (x),颜色,单位 元,,计量项\n1,2,3,4,5,6\n"), RC_REFUSED);
    assert_int_equal(file.fault_count, 3);
    assert_fault(&file.faults[0], "3:2 DUPLICATE_IDENTIFIER value 「value (x)」数值");
    assert_fault(&file.faults[1], "3:3 UNKNOWN_FIELD 颜色 「颜色」");
    assert_fault(&file.faults[2], "3:4 UNKNOWN_FIELD 单位 元 「单位 元」");
    assert_int_equal(file.count, 0);
    assert_int_equal(read_text(" \n"), RC_REFUSED);
    assert_fault(&file.faults[0], "1:- MISSING_FIELD header 「」列名 header");
    assert_int_equal(read_text("数值,单位\n\"1"), RC_REFUSED);
    assert_fault(&file.faults[0], "2:- INVALID_SYNTAX line 「」引号未结束 a quote that does not end");
}

/* Whatever a heading is told in goes to a terminal: DEL and C1 are control characters, too. */
static void a_heading_has_no_control_characters(void **state)
{
    (void)state;
    assert_int_equal(read_text("\"a\x01"
                               "b\",c\x7f"
                               "d,\xc2\x9b"
                               "2J,颜\xc2\x85色\n"),
                     RC_REFUSED);
    static const char *const told[] = {"a b", "c d", "  2J", "颜  色"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(report_file_heading(&file, i + 1), told[i]);
}

static void a_column_without_a_heading_may_be_empty(void **state)
{
    (void)state;
    assert_int_equal(read_text("measure,,value,unit,observed_on,\nnoise,,1,个,2020-03-01,\nnoise,x,1,个,2020-03-01,\n"),
                     RC_OK);
    assert_faults((const char *const[]){"3:2 INVALID_SYNTAX  「」本列没有列名 a column without a heading: x", NULL});
    assert_int_equal(file.reports[0].fault_count, 0);
}

static void json_is_read_with_names_in_both_languages(void **state)
{
    (void)state;
    static const char csv[] = "measure,value,unit,observed_on\nnoise,5,个,2020-03-01\n";
    assert_int_equal(read_text(csv), RC_OK);
    char id[64];
    snprintf(id, sizeof id, "%s", file.reports[0].event.id);
    assert_int_equal(
        read_text("\xef\xbb\xbf [{\"计量项\": \"noise\", \"数值\": 5, \"unit\": \"个\", \"日期\": \"2020/3/1\"}]"),
        RC_OK);
    assert_id(0, id);
    assert_int_equal(read_text("[{\"value\": \"1\", \"数值\": \"2\"}]"), RC_REFUSED);
    assert_fault(&file.faults[0], "1:- DUPLICATE_IDENTIFIER [0] 「」数值");
    assert_int_equal(read_text("[{}, {\"value\": 1.5}]"), RC_REFUSED);
    assert_fault(&file.faults[0], "2:- INVALID_SYNTAX [1] 「」values are strings or whole numbers");
}

/* The update that a row became, as a reader of the log has it. */
static struct update update_of(size_t report)
{
    struct event event;
    struct update update;
    struct reason reason;
    if (file.reports[report].fault_count > 0)
        assert_fault(file.reports[report].faults, "no fault");
    struct slice bytes = event_stamp(&file.reports[report].event, &(struct stamp){.sequence = 1}, arena);
    assert_int_equal(event_read(bytes, arena, &event, &reason), RC_OK);
    assert_int_equal(update_read(&event, arena, &update, &reason), RC_OK);
    return update;
}

static void targets_extensions_and_signatures_are_rows_too(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("类型,年度,目标任务,目标值,决定机关,决定日期,完成时限,申请编号,是否同意,提醒编号,签收人,原因\n"
                  "目标调整,2020,greening,\"1,500,000\",区人大常委会,2020年10月15日,,,,,,\n"
                  "延期申请,2020,greening,,,,2021/3/31,,,,,雨季\n"
                  "延期决定,,,,,,,row-1,是,,,同意\n"
                  "签收,,,,,,,,,0f0f,王科长,\n"),
        RC_OK);
    struct update adjusted = update_of(0), asked = update_of(1), decided = update_of(2), sign = update_of(3);
    char text[DECIMAL_TEXT_BYTES], day[DAY_TEXT_BYTES];
    assert_int_equal(adjusted.kind, UPDATE_TARGET_ADJUSTED);
    assert_int_equal(adjusted.adjustment.year, 2020);
    assert_string_equal(adjusted.adjustment.commitment, "greening");
    assert_string_equal(decimal_format(adjusted.adjustment.target, text), "1500000");
    assert_string_equal(adjusted.adjustment.decided_by, "区人大常委会");
    assert_string_equal(day_format(adjusted.adjustment.decided_on, day), "2020-10-15");
    assert_int_equal(asked.kind, UPDATE_EXTENSION_REQUESTED);
    assert_string_equal(day_format(asked.request.due, day), "2021-03-31");
    assert_string_equal(asked.request.reason, "雨季");
    assert_int_equal(decided.kind, UPDATE_EXTENSION_DECIDED);
    assert_string_equal(decided.decision.request_source, "/test");
    assert_string_equal(decided.decision.request_id, "row-1");
    assert_true(decided.decision.granted);
    assert_int_equal(sign.kind, UPDATE_ALERT_ACKNOWLEDGED);
    assert_string_equal(sign.acknowledgement.alert, "0f0f");
    assert_string_equal(sign.acknowledgement.signed_by, "王科长");

    static const char *const wanted[] = {"2:5 OUT_OF_RANGE granted 「granted」yes, no, 是, 否",
                                         "3:2 OUT_OF_RANGE year 「year」1990 … 2099", NULL};
    assert_int_equal(read_text("type,year,commitment,request_id,granted,due,reason\n"
                               "ExtensionDecided,,,x,maybe,,why\n"
                               "ExtensionRequested,20,greening,,,2021-03-31,why\n"),
                     RC_OK);
    assert_faults(wanted);
}

static void fields_of_receipts_lead_back_to_columns(void **state)
{
    (void)state;
    assert_int_equal(read_text(plain), RC_OK);
    static const struct {
        size_t report, column;
        const char *field;
    } cases[] = {
        {0, 6, "data.value"},
        {0, 7, "data.unit"},
        {0, 8, "data.observed_on"},
        {0, 3, "data.measure"},
        {0, 2, "data.division"},
        {0, 4, "data.project"},
        {0, 9, "data.statistical_scope"},
        {0, 18, "id"},
        {0, 0, "source"},
        {0, 0, "data"},
        {0, 0, ""},
        {2, 8, "data.reached_on"},
        {2, 5, "data.milestone"},
        {3, 15, "data.project.unit"},
        {3, 16, "data.project.groups[1]"},
        {3, 17, "data.project.deadlines[0].milestone"},
        {3, 4, "data.project.id"},
        {3, 13, "data.project.name_zh"},
        {4, 11, "data.reason"},
        {5, 12, "data.id"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (report_file_place(&file, &file.reports[cases[i].report], cases[i].field) != cases[i].column)
            fail_msg("%s", cases[i].field);
    char column[REPORT_COLUMN_BYTES];
    file.letters = true;
    assert_string_equal(report_file_column(&file, 1, column), "A");
    assert_string_equal(report_file_column(&file, 26, column), "Z");
    assert_string_equal(report_file_column(&file, 27, column), "AA");
    assert_string_equal(report_file_column(&file, 1024, column), "AMJ");
    assert_string_equal(report_file_column(&file, 0, column), "-");
}

/* Workbooks as a program writes them. */

static struct slice read_back(const char *path)
{
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *bytes = arena_alloc(arena, (size_t)1 << 20);
    size_t length = fread(bytes, 1, (size_t)1 << 20, in);
    fclose(in);
    unlink(path);
    return (struct slice){(const uint8_t *)bytes, length};
}

static void a_workbook_is_read_like_csv(void **state)
{
    (void)state;
    char path[] = "/tmp/duban-test-XXXXXX";
    close(mkstemp(path));
    lxw_workbook *workbook = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(workbook, NULL);
    lxw_format *date = workbook_add_format(workbook), *percent = workbook_add_format(workbook);
    format_set_num_format(date, "yyyy\"年\"m\"月\"d\"日\"");
    format_set_num_format(percent, "0.00%");
    static const char *const headings[] = {"类型", "行政区划", "计量项",   "数值（平方米）",
                                           "单位", "日期",     "统计口径", "依据"};
    for (lxw_col_t i = 0; i < 8; i++)
        worksheet_write_string(sheet, 2, (lxw_col_t)(i + 1), headings[i], NULL);
    for (lxw_row_t row = 4; row < 8; row++) {
        worksheet_write_string(sheet, row, 1, "数据上报", NULL);
        worksheet_write_number(sheet, row, 2, 410102, NULL);
        worksheet_write_string(sheet, row, 3, "green-area", NULL);
        worksheet_write_string(sheet, row, 5, "平方米", NULL);
        worksheet_write_string(sheet, row, 7, "全区", NULL);
        worksheet_write_string(sheet, row, 8, "月报，第3期", NULL);
    }
    worksheet_write_number(sheet, 4, 4, 1234567.8, NULL);
    worksheet_write_number(sheet, 4, 6, 43951, date);
    worksheet_write_string(sheet, 5, 4, "1,234,567.8", NULL);
    worksheet_write_string(sheet, 5, 6, "2020.4.30", NULL);
    worksheet_write_formula_num(sheet, 6, 4, "=1234567+0.8", NULL, 1234567.8);
    worksheet_write_number(sheet, 6, 6, 43951, NULL);
    worksheet_write_number(sheet, 7, 4, 0.7705, percent);
    worksheet_write_number(sheet, 7, 6, 43951, date);
    worksheet_write_string(sheet, 8, 5, "  ", NULL);
    worksheet_write_string(sheet, 9, 30, "备注", NULL);
    assert_int_equal(workbook_close(workbook), LXW_NO_ERROR);
    arena_reset(arena);
    assert_int_equal(read_slice(read_back(path)), RC_OK);
    assert_int_equal(file.count, 5);
    assert_id(0, plain_ids[0]);
    assert_id(1, plain_ids[0]);
    assert_int_equal(file.reports[0].row, 5);
    assert_faults((const char *const[]){
        "7:G INVALID_DAY observed_on 「日期」43951",
        "8:E INVALID_DECIMAL value 「数值（平方米）」77.05%",
        "10:AE INVALID_SYNTAX  「」本列没有列名 a column without a heading: 备注",
        NULL,
    });
}

static void a_workbook_of_no_kind_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_text("PK\3\4 no ZIP"), RC_REFUSED);
    assert_int_equal(file.faults[0].reason.code, REASON_INVALID_SYNTAX);
    assert_string_equal(file.faults[0].reason.field, "xlsx");
    assert_int_equal(file.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_those_of_the_first_release),
        cmocka_unit_test(the_same_facts_as_officials_write_them_are_the_same),
        cmocka_unit_test(gb18030_is_read),
        cmocka_unit_test(text_in_no_encoding_is_refused),
        cmocka_unit_test(every_fault_of_a_row_is_told_by_its_column),
        cmocka_unit_test(a_header_tells_all_its_faults),
        cmocka_unit_test(a_heading_has_no_control_characters),
        cmocka_unit_test(a_column_without_a_heading_may_be_empty),
        cmocka_unit_test(json_is_read_with_names_in_both_languages),
        cmocka_unit_test(targets_extensions_and_signatures_are_rows_too),
        cmocka_unit_test(fields_of_receipts_lead_back_to_columns),
        cmocka_unit_test(a_workbook_is_read_like_csv),
        cmocka_unit_test(a_workbook_of_no_kind_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
