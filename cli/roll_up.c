/* The command roll-up: what the divisions below a code reach together. */
#include "cli/cli.h"

#include "cli/question.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: duban roll-up --division CODE [--year YEAR] [--commitment ID] [--as-of DAY] [--sequence N]\n"
    "                     [--format table|csv|json|xlsx]\n"
    "What the divisions below a code reach together: 4101 is the city, 41 the province. Numerators and denominators "
    "are\n"
    "added and then divided; a division of which nothing is known is missing, not zero. The year may be left out "
    "where\n"
    "there are plans of one year only.\n";

/* The year of the plans below the code. EXIT_DONE to go on; the year stays 0 when there are none. */
static int find_year(struct cli *cli, struct question *question)
{
    const Duban__V1__IndicatorRows *rows;
    if (question->year != 0)
        return EXIT_DONE;
    int status = ask_indicators(cli, question, &rows);
    for (size_t i = 0; status == EXIT_DONE && i < rows->n_rows; i++) {
        uint32_t year = rows->rows[i]->indicator->year;
        if (question->year != 0 && question->year != year)
            return fail(EXIT_USAGE, "there are plans of %u and %u: add --year", question->year, year);
        question->year = year;
    }
    return status;
}

enum roll_up_column {
    ROLL_UP_DIVISION,
    ROLL_UP_YEAR,
    ROLL_UP_INDICATOR,
    ROLL_UP_NAME_ZH,
    ROLL_UP_NAME_EN,
    ROLL_UP_VALUE_SHOWN,
    ROLL_UP_VALUE,
    ROLL_UP_UNIT,
    ROLL_UP_FROM,
    ROLL_UP_NUMERATOR,
    ROLL_UP_DENOMINATOR,
    ROLL_UP_SCOPE,
    ROLL_UP_KNOWN,
    ROLL_UP_MISSING,
    ROLL_UP_INCOMPARABLE,
    ROLL_UP_SIMULATED,
    ROLL_UP_COLUMNS,
};

static const struct column columns[ROLL_UP_COLUMNS] = {
    [ROLL_UP_DIVISION] = {"division", NULL, false},
    [ROLL_UP_YEAR] = {"year", NULL, true},
    [ROLL_UP_INDICATOR] = {"indicator", "INDICATOR", false},
    [ROLL_UP_NAME_ZH] = {"name_zh", "目标任务", false},
    [ROLL_UP_NAME_EN] = {"name_en", NULL, false},
    [ROLL_UP_VALUE_SHOWN] = {"value_shown", "TOGETHER 合计", true},
    [ROLL_UP_VALUE] = {"value", NULL, true},
    [ROLL_UP_UNIT] = {"value_unit", NULL, false},
    [ROLL_UP_FROM] = {"from", "FROM 依据", true},
    [ROLL_UP_NUMERATOR] = {"numerator", NULL, true},
    [ROLL_UP_DENOMINATOR] = {"denominator", NULL, true},
    [ROLL_UP_SCOPE] = {"statistical_scope", "SCOPE 口径", false},
    [ROLL_UP_KNOWN] = {"known", "KNOWN 已上报", false},
    [ROLL_UP_MISSING] = {"missing", "MISSING 缺报", false},
    [ROLL_UP_INCOMPARABLE] = {"incomparable", NULL, false},
    [ROLL_UP_SIMULATED] = {"simulated", NULL, false},
};

/* Codes with blanks between them, in the arena. */
static const char *list_text(char **codes, size_t count, struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_must(arena_printf(arena, "%s%s%s", text, i == 0 ? "" : " ", codes[i]));
    return text;
}

static void add_row(struct table *table, const Duban__V1__RollUpRow *row, struct arena *arena)
{
    bool known = *row->value != '\0';
    char text[256], number[DECIMAL_TEXT_BYTES];
    table_row(table);
    table_set(table, ROLL_UP_DIVISION, row->division);
    table_set_number(table, ROLL_UP_YEAR, row->year);
    table_set(table, ROLL_UP_INDICATOR, row->indicator);
    table_set(table, ROLL_UP_NAME_ZH, row->name_zh);
    table_set(table, ROLL_UP_NAME_EN, row->name_en);
    snprintf(text, sizeof text, "%s %s%s", short_decimal(row->value, number), row->value_unit,
             row->simulated ? " (simulated 模拟)" : "");
    table_set(table, ROLL_UP_VALUE_SHOWN, known ? text : row->incomparable ? "not comparable 不可比" : "unknown 未知");
    table_set(table, ROLL_UP_VALUE, row->value);
    table_set(table, ROLL_UP_UNIT, row->value_unit);
    snprintf(text, sizeof text, "%s ÷ %s", row->numerator, row->denominator);
    table_set(table, ROLL_UP_FROM, known && strcmp(row->denominator, "1") != 0 ? text : "");
    table_set(table, ROLL_UP_NUMERATOR, row->numerator);
    table_set(table, ROLL_UP_DENOMINATOR, row->denominator);
    table_set(table, ROLL_UP_SCOPE, row->statistical_scope);
    table_set(table, ROLL_UP_KNOWN, list_text(row->known, row->n_known, arena));
    table_set(table, ROLL_UP_MISSING, list_text(row->missing, row->n_missing, arena));
    table_set(table, ROLL_UP_INCOMPARABLE, row->incomparable ? "true" : "false");
    table_set(table, ROLL_UP_SIMULATED, row->simulated ? "true" : "false");
}

static int print_rows(struct cli *cli, const struct question *question, const Duban__V1__RollUpRows *rows)
{
    struct table *table = table_new(columns, ROLL_UP_COLUMNS);
    for (size_t i = 0; i < rows->n_rows; i++)
        add_row(table, rows->rows[i], cli->arena);
    return table_finish(&table, question->format);
}

int command_roll_up(struct cli *cli, int argc, char **argv)
{
    struct question question;
    bool wants_help = false;
    int status = read_options(argc, argv, "dycasf", &question, &wants_help);
    if (status == EXIT_DONE && !wants_help && *question.division == '\0')
        status = EXIT_USAGE;
    if (status != EXIT_DONE || wants_help)
        return fputs(help, wants_help ? stdout : stderr), status;
    status = find_year(cli, &question);
    if (status != EXIT_DONE)
        return status;
    if (question.year == 0)
        return fail(EXIT_USAGE, "there are no plans below %s", question.division);
    Duban__V1__RollUpQuery query = DUBAN__V1__ROLL_UP_QUERY__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    query.division = question.division;
    query.year = question.year;
    query.indicator = question.commitment;
    query.as_of = question.as_of;
    query.as_of_sequence = question.sequence;
    request.kind_case = DUBAN__V1__REQUEST__KIND_ROLL_UPS;
    request.roll_ups = &query;
    struct reply reply;
    status = ask_or_fail(cli, SERVICE_METRICS, &request, &reply);
    return status == EXIT_DONE ? print_rows(cli, &question, reply.message->roll_ups) : status;
}
