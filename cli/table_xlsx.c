#include "cli/table_xlsx.h"

#include "cli/sheet.h"

#include "base/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

#define NUMBER_DIGITS 15 /* that a number of Excel holds exactly */
#define WIDTH_MIN 8
#define WIDTH_MAX 60

/* What columns are called in Chinese whose title does not say it, or that only files have. */
static const struct {
    const char *key, *zh;
} chinese[] = {
    {"division", "行政区划"},
    {"year", "年度"},
    {"commitment", "目标任务编号"},
    {"name_en", "英文名称"},
    {"unit", "责任单位"},
    {"value", "精确值"},
    {"numerator", "分子"},
    {"denominator", "分母"},
    {"comparison", "比较"},
    {"target", "目标值"},
    {"value_unit", "计量单位"},
    {"attainment", "完成率"},
    {"expected", "时序进度"},
    {"observed_on", "数据日期"},
    {"statistical_scope", "统计口径"},
    {"revision", "计划版本"},
    {"id", "编号"},
    {"time", "时间（UTC）"},
    {"occurrence", "次数"},
    {"late", "迟发"},
    {"skipped", "略过的提醒"},
    {"text_en", "英文内容"},
    {"incarnation", "日志世代"},
    {"version", "版本"},
    {"sequence", "序号"},
    {"level", "级别"},
    {"service", "服务"},
    {"stream", "事件流"},
    {"head", "末尾序号"},
    {"digest", "摘要"},
    {"build", "程序版本"},
};

/* A workbook while it is written. */
struct writing {
    lxw_workbook *workbook;
    lxw_worksheet *sheet;
    lxw_format *header;
    lxw_format *places[DECIMAL_PLACES + 1]; /* numbers with so many digits after the point */
};

static bool ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static void write_title(const struct column *column, char *out, size_t bytes)
{
    const char *title = column->title == NULL ? column->key : column->title;
    snprintf(out, bytes, "%s", title);
    for (size_t i = 0; ascii(title) && i < sizeof chinese / sizeof *chinese; i++)
        if (strcmp(chinese[i].key, column->key) == 0)
            snprintf(out, bytes, "%s %s", title, chinese[i].zh);
}

/* Digits after the point of a plain decimal that a number holds exactly; -1 for everything else, which stays text. */
static int number_places(const char *text)
{
    struct decimal value;
    if (!decimal_parse(text, &value))
        return -1;
    const char *point = strchr(text, '.');
    text += *text == '-';
    text += strspn(text, "0.");
    size_t digits = strlen(text) - (strchr(text, '.') != NULL);
    return digits > NUMBER_DIGITS ? -1 : point == NULL ? 0 : (int)strlen(point + 1);
}

static lxw_error write_cell(const struct writing *writing, const struct column *column, size_t row, size_t place,
                            const char *text)
{
    lxw_row_t r = (lxw_row_t)row;
    lxw_col_t c = (lxw_col_t)place;
    int places = column->right ? number_places(text) : -1;
    if (places >= 0) /* exact with so few digits: Excel shows the same decimal again */
        return worksheet_write_number(writing->sheet, r, c, strtod(text, NULL), writing->places[places]);
    return *text == '\0' ? LXW_NO_ERROR : worksheet_write_string(writing->sheet, r, c, text, NULL);
}

/* How wide a text is shown: a Chinese character is two columns, and has three bytes. */
static int shown_width(const char *text)
{
    int width = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        width += *c < 0x80 || (*c >= 0xc2 && *c < 0xe0) ? 1 : *c >= 0xe0 ? 2 : 0;
    return width;
}

static void begin(struct writing *writing, const char *path)
{
    writing->workbook = workbook_new(path);
    REQUIRE(writing->workbook != NULL);
    writing->sheet = workbook_add_worksheet(writing->workbook, "duban");
    writing->header = workbook_add_format(writing->workbook);
    REQUIRE(writing->sheet != NULL && writing->header != NULL);
    format_set_bold(writing->header);
    for (int i = 0; i <= DECIMAL_PLACES; i++) {
        char format[DECIMAL_PLACES + 3];
        snprintf(format, sizeof format, i == 0 ? "0" : "0.%.*s", i, "000000000");
        writing->places[i] = workbook_add_format(writing->workbook);
        REQUIRE(writing->places[i] != NULL);
        format_set_num_format(writing->places[i], format);
    }
}

/* One column, with its title; as wide as its widest cell, within bounds. */
static lxw_error write_column(const struct writing *writing, const struct column *columns, size_t column_count,
                              size_t place, char *const *cells, size_t rows)
{
    char title[128];
    write_title(&columns[place], title, sizeof title);
    lxw_error error = worksheet_write_string(writing->sheet, 0, (lxw_col_t)place, title, writing->header);
    int width = shown_width(title) + 3; /* the button of the filter */
    for (size_t row = 0; error == LXW_NO_ERROR && row < rows; row++) {
        const char *text = cells[row * column_count + place];
        error = write_cell(writing, &columns[place], row + 1, place, text);
        int wanted = shown_width(text) + 1;
        width = wanted > width ? wanted : width;
    }
    width = width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
    worksheet_set_column(writing->sheet, (lxw_col_t)place, (lxw_col_t)place, width, NULL);
    return error;
}

enum rc table_xlsx_write(const struct column *columns, size_t column_count, char *const *cells, size_t cell_count,
                         const char *path, struct err *err)
{
    size_t rows = cell_count / column_count;
    if (rows + 1 > SHEET_ROWS_MAX)
        return err_set(err, RC_REFUSED, "%zu rows are more than a worksheet has", rows);
    struct writing writing;
    begin(&writing, path);
    lxw_error error = LXW_NO_ERROR;
    for (size_t i = 0; error == LXW_NO_ERROR && i < column_count; i++)
        error = write_column(&writing, columns, column_count, i, cells, rows);
    lxw_row_t last_row = (lxw_row_t)rows;
    lxw_col_t last_column = (lxw_col_t)(column_count - 1);
    worksheet_freeze_panes(writing.sheet, 1, 0);
    worksheet_autofilter(writing.sheet, 0, 0, last_row, last_column);
    char range[LXW_MAX_CELL_RANGE_LENGTH];
    lxw_rowcol_to_range(range, 0, 0, last_row, last_column);
    worksheet_ignore_errors(writing.sheet, LXW_IGNORE_NUMBER_STORED_AS_TEXT, range); /* codes are text on purpose */
    lxw_error closed = workbook_close(writing.workbook);
    if (error == LXW_NO_ERROR)
        error = closed;
    return error == LXW_NO_ERROR ? RC_OK : err_set(err, RC_FAILED, "writing a workbook: %s", lxw_strerror(error));
}
