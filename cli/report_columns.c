#include "cli/report_columns.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *zh, *zh_also; /* the second may be null */
    enum report_cells cells;
    const char *help;
} columns[COLUMNS] = {
    [COLUMN_TYPE] = {"type", "类型", NULL, CELLS_TYPE, "see below; absent or empty: MeasurementReported"},
    [COLUMN_DIVISION] = {"division", "行政区划", NULL, CELLS_DIVISION, "GB/T 2260 code; or --division for all rows"},
    [COLUMN_MEASURE] = {"measure", "计量项", NULL, CELLS_CODE, "identifier in the plan"},
    [COLUMN_PROJECT] = {"project", "项目", NULL, CELLS_CODE, "identifier"},
    [COLUMN_MILESTONE] = {"milestone", "节点", NULL, CELLS_CODE, "identifier in the plan"},
    [COLUMN_VALUE] = {"value", "数值", NULL, CELLS_NUMBER, "1234567.8 or 1,234,567.8"},
    [COLUMN_UNIT] = {"unit", "单位", "计量单位", CELLS_TEXT, "of measurement"},
    [COLUMN_DAY] = {"observed_on", "日期", "数据日期", CELLS_DAY, "2020-04-30, 2020/4/30, 2020.4.30 or 2020年4月30日"},
    [COLUMN_SCOPE] = {"statistical_scope", "统计口径", NULL, CELLS_TEXT, "may be empty"},
    [COLUMN_EVIDENCE] = {"evidence", "依据", NULL, CELLS_TEXT, "may be empty"},
    [COLUMN_REASON] = {"reason", "原因", NULL, CELLS_TEXT, ""},
    [COLUMN_WITHDRAWS] = {"withdraws", "撤回编号", NULL, CELLS_TEXT, "id of the report that is taken back"},
    [COLUMN_NAME_ZH] = {"name_zh", "中文名称", NULL, CELLS_TEXT, ""},
    [COLUMN_NAME_EN] = {"name_en", "英文名称", NULL, CELLS_TEXT, ""},
    [COLUMN_RESPONSIBLE] = {"responsible_unit", "责任单位", NULL, CELLS_CODE, "identifier in the plan"},
    [COLUMN_GROUPS] = {"groups", "项目类别", NULL, CELLS_CODE, "a;b"},
    [COLUMN_DEADLINES] = {"deadlines", "节点时限", NULL, CELLS_DEADLINES, "started=2020-06-30;opened=…"},
    [COLUMN_ID] = {"id", "编号", NULL, CELLS_TEXT, "of the event; empty: a hash of the row, so twice is one report"},
    [COLUMN_REPORTED] = {"reported_on", "上报日期", NULL, CELLS_TEXT, "for the reader only; not sent"},
    [COLUMN_YEAR] = {"year", "年度", "计划年度", CELLS_YEAR, "of the plan"},
    [COLUMN_COMMITMENT] = {"commitment", "目标任务", NULL, CELLS_CODE, "identifier in the plan"},
    [COLUMN_TARGET] = {"target", "目标值", "调整后目标值", CELLS_NUMBER, "in the indicator's unit"},
    [COLUMN_DECIDED_BY] = {"decided_by", "决定机关", NULL, CELLS_TEXT, ""},
    [COLUMN_DECIDED_ON] = {"decided_on", "决定日期", NULL, CELLS_DAY, ""},
    [COLUMN_DUE] = {"due", "完成时限", "申请时限", CELLS_DAY, "the later deadline that is asked for"},
    [COLUMN_REQUEST_SOURCE] = {"request_source", "申请来源", NULL, CELLS_TEXT, "empty: the file's own --source"},
    [COLUMN_REQUEST_ID] = {"request_id", "申请编号", NULL, CELLS_TEXT, "id of the request that is decided"},
    [COLUMN_GRANTED] = {"granted", "是否同意", NULL, CELLS_YES, "是 or 否, yes or no"},
    [COLUMN_ALERT] = {"alert", "提醒编号", NULL, CELLS_TEXT, "id of the alert that is signed for"},
    [COLUMN_SIGNED_BY] = {"signed_by", "签收人", NULL, CELLS_TEXT, ""},
};

static const struct report_type types[] = {
    {"MeasurementReported",
     "数据上报",
     UPDATE_MEASUREMENT_REPORTED,
     COLUMN_EVIDENCE,
     {COLUMN_MEASURE, COLUMN_VALUE, COLUMN_UNIT, COLUMN_DAY}},
    {"MilestoneReached",
     "节点完成",
     UPDATE_MILESTONE_REACHED,
     COLUMN_EVIDENCE,
     {COLUMN_PROJECT, COLUMN_MILESTONE, COLUMN_DAY}},
    {"ProjectRegistered",
     "项目登记",
     UPDATE_PROJECT_REGISTERED,
     COLUMN_REASON,
     {COLUMN_PROJECT, COLUMN_NAME_ZH, COLUMN_NAME_EN, COLUMN_RESPONSIBLE, COLUMN_GROUPS}},
    {"ProjectSuspended", "项目暂停", UPDATE_PROJECT_SUSPENDED, COLUMN_REASON, {COLUMN_PROJECT, COLUMN_REASON}},
    {"ProjectResumed", "项目恢复", UPDATE_PROJECT_RESUMED, COLUMN_REASON, {COLUMN_PROJECT, COLUMN_REASON}},
    {"ProjectCancelled", "项目取消", UPDATE_PROJECT_CANCELLED, COLUMN_REASON, {COLUMN_PROJECT, COLUMN_REASON}},
    {"UpdateWithdrawn", "撤回上报", UPDATE_WITHDRAWN, COLUMN_REASON, {COLUMN_WITHDRAWS, COLUMN_REASON}},
    {"TargetAdjusted",
     "目标调整",
     UPDATE_TARGET_ADJUSTED,
     COLUMN_REASON,
     {COLUMN_YEAR, COLUMN_COMMITMENT, COLUMN_TARGET, COLUMN_DECIDED_BY, COLUMN_DECIDED_ON}},
    {"ExtensionRequested",
     "延期申请",
     UPDATE_EXTENSION_REQUESTED,
     COLUMN_REASON,
     {COLUMN_YEAR, COLUMN_COMMITMENT, COLUMN_DUE, COLUMN_REASON}},
    {"ExtensionDecided",
     "延期决定",
     UPDATE_EXTENSION_DECIDED,
     COLUMN_REASON,
     {COLUMN_REQUEST_ID, COLUMN_GRANTED, COLUMN_REASON}},
    {"AlertAcknowledged", "签收", UPDATE_ALERT_ACKNOWLEDGED, COLUMN_REASON, {COLUMN_ALERT, COLUMN_SIGNED_BY}},
};

/* Fields of events that are not called like their column. */
static const struct {
    const char *field;
    enum update_kind kind;
    enum report_column column;
} renamed[] = {
    {"reached_on", UPDATE_MILESTONE_REACHED, COLUMN_DAY},
    {"id", UPDATE_WITHDRAWN, COLUMN_WITHDRAWS},
    {"id", UPDATE_PROJECT_REGISTERED, COLUMN_PROJECT},
    {"unit", UPDATE_PROJECT_REGISTERED, COLUMN_RESPONSIBLE},
};

const char *report_column_name(enum report_column column)
{
    return columns[column].name;
}

const char *report_column_name_zh(enum report_column column)
{
    return columns[column].zh;
}

enum report_cells report_column_cells(enum report_column column)
{
    return columns[column].cells;
}

static bool same(const char *name, const char *text, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, text, length) == 0;
}

/* Bytes before the blanks and the remark at the end of a heading without blanks before it. */
static size_t heading_bytes(const char *heading)
{
    static const char *const ends[] = {"（", "(", " ", "\t", "\r", "\n", "\u3000", "\u00a0"};
    size_t length = strlen(heading);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(heading, ends[i]);
        if (end != NULL && (size_t)(end - heading) < length)
            length = (size_t)(end - heading);
    }
    return length;
}

/* A heading is one word, so that whatever follows a blank must be the remark. */
static bool only_a_remark(const char *rest)
{
    rest += strspn(rest, " \t\r\n");
    while (strncmp(rest, "\u3000", 3) == 0)
        rest += 3;
    return *rest == '\0' || *rest == '(' || strncmp(rest, "（", strlen("（")) == 0;
}

bool report_column_find(const char *heading, enum report_column *out_column)
{
    size_t length = heading_bytes(heading);
    for (int i = 0; i < COLUMNS && only_a_remark(heading + length); i++)
        if (same(columns[i].name, heading, length) || same(columns[i].zh, heading, length) ||
            same(columns[i].zh_also, heading, length)) {
            *out_column = (enum report_column)i;
            return true;
        }
    return false;
}

bool report_column_of_field(enum update_kind kind, const char *field, enum report_column *out_column)
{
    static const char data[] = "data.", project[] = "project.";
    if (strncmp(field, data, strlen(data)) != 0) {
        *out_column = COLUMN_ID; /* of the envelope, a row fills in nothing else */
        return strcmp(field, "id") == 0;
    }
    field += strlen(data);
    if (strncmp(field, project, strlen(project)) == 0)
        field += strlen(project);
    size_t length = strcspn(field, ".[");
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (renamed[i].kind == kind && same(renamed[i].field, field, length)) {
            *out_column = renamed[i].column;
            return true;
        }
    for (int i = 0; i < COLUMNS; i++)
        if (same(columns[i].name, field, length)) {
            *out_column = (enum report_column)i;
            return true;
        }
    return false;
}

const struct report_type *report_type_find(const char *name)
{
    if (*name == '\0')
        return &types[0];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0 || strcmp(types[i].zh, name) == 0)
            return &types[i];
    return NULL;
}

/* The name in English; what is no type stays. Empty stays empty, because it always was another row. */
static const char *normal_type(const char *text, struct arena *arena)
{
    text = report_cell_text(text, arena);
    const struct report_type *type = report_type_find(text);
    return *text == '\0' || type == NULL ? text : type->name;
}

static const char *normal_yes(const char *text, struct arena *arena)
{
    static const struct {
        const char *word, *normal;
    } words[] = {{"是", "yes"}, {"同意", "yes"}, {"true", "yes"}, {"否", "no"}, {"不同意", "no"}, {"false", "no"}};
    text = report_cell_code(text, arena);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i].word, text) == 0)
            return words[i].normal;
    return text;
}

const char *report_column_normal(enum report_column column, const struct sheet_cell *cell, struct arena *arena)
{
    if (strlen(cell->text) > REPORT_CELL_MAX_BYTES)
        return cell->text;
    switch (columns[column].cells) {
    case CELLS_TYPE:
        return normal_type(cell->text, arena);
    case CELLS_CODE:
    case CELLS_DIVISION:
        return report_cell_code(cell->text, arena);
    case CELLS_NUMBER:
    case CELLS_YEAR:
        return report_cell_number(cell->text, arena);
    case CELLS_YES:
        return normal_yes(cell->text, arena);
    case CELLS_DAY:
        return cell->day != NULL ? cell->day : report_cell_day(cell->text, arena);
    case CELLS_DEADLINES:
        return report_cell_deadlines(cell->text, arena);
    case CELLS_TEXT:
        break;
    }
    return report_cell_text(cell->text, arena);
}

void report_columns_help(FILE *out)
{
    fputs("\n列名 Columns: a header in either language, or the names in JSON objects\n", out);
    for (int i = 0; i < COLUMNS; i++)
        fprintf(out, "  %-18s %s%s%s%s%s\n", columns[i].name, columns[i].zh, columns[i].zh_also == NULL ? "" : "、",
                columns[i].zh_also == NULL ? "" : columns[i].zh_also, *columns[i].help == '\0' ? "" : ": ",
                columns[i].help);
    fputs("\n类型 Types, and the columns that a row of each must fill, besides division\n", out);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        fprintf(out, "  %-20s %s:", types[i].name, types[i].zh);
        for (size_t n = 0; n < REPORT_NEEDS_MAX && types[i].needs[n] != COLUMN_TYPE; n++)
            fprintf(out, " %s", columns[types[i].needs[n]].name);
        fputc('\n', out);
    }
}
