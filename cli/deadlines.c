/* The commands that ask notify: deadlines, alerts and units. */
#include "cli/cli.h"

#include "cli/question.h"

#include "base/day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char deadlines_help[] =
    "usage: duban deadlines [--division PREFIX] [--year YEAR] [--unit UNIT] [--commitment ID]\n"
    "                       [--format table|csv|json|xlsx]\n"
    "Every deadline of commitments and of projects' milestones, and when it alerts next.\n";

int command_deadlines(struct cli *cli, int argc, char **argv)
{
    static const struct column columns[] = {{"division", NULL, false},
                                            {"year", NULL, true},
                                            {"deadline", "DEADLINE 时限", false},
                                            {"version", "VERSION", true},
                                            {"unit", "UNIT 单位", false},
                                            {"commitment", NULL, false},
                                            {"due", "DUE 到期日", false},
                                            {"state", "STATE 状态", false},
                                            {"next_alert", "NEXT ALERT 下次提醒", false},
                                            {"approved_due", NULL, false},
                                            {"extensions", "EXTENDED 延期", true}};
    struct question question;
    bool help = false;
    int status = read_options(argc, argv, "dyucf", &question, &help);
    if (status != EXIT_DONE || help)
        return fputs(deadlines_help, help ? stdout : stderr), status;
    Duban__V1__DeadlineQuery query = DUBAN__V1__DEADLINE_QUERY__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    query.division = question.division;
    query.year = question.year;
    query.unit = question.unit;
    query.commitment = question.commitment;
    request.kind_case = DUBAN__V1__REQUEST__KIND_DEADLINES;
    request.deadlines = &query;
    struct reply reply;
    status = ask_or_fail(cli, SERVICE_NOTIFY, &request, &reply);
    if (status != EXIT_DONE)
        return status;
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < reply.message->deadlines->n_rows; i++) {
        const Duban__V1__DeadlineRow *row = reply.message->deadlines->rows[i];
        char state[32], instant[INSTANT_TEXT_BYTES];
        table_row(table);
        table_set(table, 0, row->division);
        table_set_number(table, 1, row->year);
        table_set(table, 2, row->deadline);
        table_set_number(table, 3, row->version);
        table_set(table, 4, row->unit);
        table_set(table, 5, row->commitment);
        table_set(table, 6, row->due);
        table_set(table, 7, word(&duban__v1__deadline_state__descriptor, (int)row->state, "DEADLINE_STATE_", state));
        table_set(table, 8,
                  question.format == FORMAT_TABLE ? local_minute(row->next_alert, instant)
                                                  : instant_text(row->next_alert, instant));
        table_set(table, 9, row->approved_due);
        table_set_number(table, 10, row->extensions);
    }
    return table_finish(&table, question.format);
}

static const char alerts_help[] =
    "usage: duban alerts [--division PREFIX] [--unit UNIT] [--commitment ID] [--phase PHASE] [--sequence N]\n"
    "                    [--format table|csv|json|xlsx]\n"
    "Alerts that were sent, oldest first, and who has signed for them. UNIT: to whom they went; PHASE: upcoming, due,\n"
    "overdue, pace, silent, breach, met or withdrawn; --sequence: only later ones.\n";

enum alert_column {
    ALERT_SEQUENCE,
    ALERT_ID,
    ALERT_TIME,
    ALERT_INSTANT,
    ALERT_DIVISION,
    ALERT_DEADLINE,
    ALERT_PHASE,
    ALERT_OCCURRENCE,
    ALERT_LEVEL,
    ALERT_DUE,
    ALERT_UNIT,
    ALERT_LATE,
    ALERT_SKIPPED,
    ALERT_TEXT_ZH,
    ALERT_TEXT_EN,
    ALERT_RECIPIENT,
    ALERT_SIGNED_BY,
    ALERT_SIGNED_AT,
    ALERT_SIMULATED,
    ALERT_COLUMNS,
};

static const struct column alert_columns[ALERT_COLUMNS] = {
    [ALERT_SEQUENCE] = {"sequence", "SEQUENCE", true},
    [ALERT_ID] = {"id", NULL, false},
    [ALERT_TIME] = {"time_shown", "TIME 时间", false},
    [ALERT_INSTANT] = {"time", NULL, false},
    [ALERT_DIVISION] = {"division", NULL, false},
    [ALERT_DEADLINE] = {"deadline", "DEADLINE 时限", false},
    [ALERT_PHASE] = {"phase", "PHASE 阶段", false},
    [ALERT_OCCURRENCE] = {"occurrence", NULL, true},
    [ALERT_LEVEL] = {"level", "LEVEL", false},
    [ALERT_DUE] = {"due", "DUE 到期日", false},
    [ALERT_UNIT] = {"unit", NULL, false},
    [ALERT_LATE] = {"late", NULL, false},
    [ALERT_SKIPPED] = {"skipped", NULL, false},
    [ALERT_TEXT_ZH] = {"text_zh", "内容", false},
    [ALERT_TEXT_EN] = {"text_en", NULL, false},
    [ALERT_RECIPIENT] = {"recipient", "TO 收件单位", false},
    [ALERT_SIGNED_BY] = {"signed_by", "SIGNED 签收", false},
    [ALERT_SIGNED_AT] = {"signed_at", NULL, false},
    [ALERT_SIMULATED] = {"simulated", NULL, false},
};

/* A year without notify may leave hundreds. */
static void set_skipped(struct table *table, const Duban__V1__DeadlineAlert *alert)
{
    size_t bytes = 1;
    for (size_t i = 0; i < alert->n_skipped_alerts; i++)
        bytes += strlen(alert->skipped_alerts[i]) + 1;
    char *list = malloc(bytes), *end = list;
    REQUIRE(list != NULL);
    *list = '\0';
    for (size_t i = 0; i < alert->n_skipped_alerts; i++)
        end += sprintf(end, "%s%s", i == 0 ? "" : " ", alert->skipped_alerts[i]);
    table_set(table, ALERT_SKIPPED, list);
    free(list);
}

static void add_alert_row(struct table *table, const Duban__V1__AlertRow *row)
{
    const Duban__V1__DeadlineAlert *alert = row->alert;
    char text[32], instant[INSTANT_TEXT_BYTES];
    table_row(table);
    table_set_number(table, ALERT_SEQUENCE, row->sequence);
    table_set(table, ALERT_ID, row->id);
    table_set(table, ALERT_TIME, local_minute(row->time, instant));
    table_set(table, ALERT_INSTANT, instant_text(row->time, instant));
    table_set(table, ALERT_DIVISION, alert->division);
    table_set(table, ALERT_DEADLINE, alert->deadline);
    table_set(table, ALERT_PHASE, word(&duban__v1__phase__descriptor, (int)alert->phase, "PHASE_", text));
    table_set_number(table, ALERT_OCCURRENCE, alert->occurrence);
    table_set(table, ALERT_LEVEL,
              alert->level == DUBAN__V1__LEVEL__LEVEL_UNSPECIFIED
                  ? ""
                  : word(&duban__v1__level__descriptor, (int)alert->level, "LEVEL_", text));
    table_set(table, ALERT_DUE, alert->due);
    table_set(table, ALERT_UNIT, alert->unit);
    table_set(table, ALERT_LATE, alert->late ? "late" : "");
    set_skipped(table, alert);
    table_set(table, ALERT_TEXT_ZH, alert->text_zh);
    table_set(table, ALERT_TEXT_EN, alert->text_en);
    table_set(table, ALERT_RECIPIENT, alert->recipient);
    table_set(table, ALERT_SIGNED_BY, row->signed_by);
    table_set(table, ALERT_SIGNED_AT, instant_text(row->signed_at, instant));
    table_set(table, ALERT_SIMULATED, alert->simulated ? "simulated" : "");
}

/* The phase of a word, or -1. */
static int find_phase(const char *name)
{
    char found[32];
    for (int phase = DUBAN__V1__PHASE__PHASE_UPCOMING; phase <= DUBAN__V1__PHASE__PHASE_BREACH; phase++)
        if (strcmp(word(&duban__v1__phase__descriptor, phase, "PHASE_", found), name) == 0)
            return phase;
    return *name == '\0' ? DUBAN__V1__PHASE__PHASE_UNSPECIFIED : -1;
}

int command_alerts(struct cli *cli, int argc, char **argv)
{
    struct question question;
    bool help = false;
    int status = read_options(argc, argv, "ducpsf", &question, &help);
    int phase = status == EXIT_DONE ? find_phase(question.phase) : -1;
    if (status != EXIT_DONE || help || phase < 0)
        return fputs(alerts_help, help ? stdout : stderr), help ? EXIT_DONE : EXIT_USAGE;
    struct table *table = table_new(alert_columns, ALERT_COLUMNS);
    uint64_t before;
    do {
        Duban__V1__AlertQuery query = DUBAN__V1__ALERT_QUERY__INIT;
        Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
        before = query.after = question.sequence;
        query.division = question.division;
        query.unit = question.unit;
        query.commitment = question.commitment;
        query.phase = (Duban__V1__Phase)phase;
        request.kind_case = DUBAN__V1__REQUEST__KIND_ALERTS;
        request.alerts = &query;
        struct reply reply;
        status = ask_or_fail(cli, SERVICE_NOTIFY, &request, &reply);
        if (status != EXIT_DONE)
            break;
        for (size_t i = 0; i < reply.message->alerts->n_rows; i++)
            add_alert_row(table, reply.message->alerts->rows[i]);
        question.sequence = reply.message->alerts->complete_to;
    } while (question.sequence > before);
    if (status == EXIT_DONE && !table_print(table, question.format))
        status = EXIT_USAGE;
    table_free(&table);
    return status;
}

static const char units_help[] =
    "usage: duban units [--division PREFIX] [--year YEAR] [--unit UNIT] [--format table|csv|json|xlsx]\n"
    "How much each unit was asked and reminded this plan year, what it signed for, its extensions and its deadlines.\n";

int command_units(struct cli *cli, int argc, char **argv)
{
    static const struct column columns[] = {{"division", NULL, false},
                                            {"year", NULL, true},
                                            {"unit", "UNIT", false},
                                            {"name_zh", "单位", false},
                                            {"name_en", NULL, false},
                                            {"open", "OPEN 未到期", true},
                                            {"overdue", "OVERDUE 逾期", true},
                                            {"asked", "ASKED 催报", true},
                                            {"reminded", "REMINDED 督促", true},
                                            {"signed", "SIGNED 签收", true},
                                            {"extensions_requested", "EXTENSIONS 申请延期", true},
                                            {"extensions_granted", "GRANTED 批准", true},
                                            {"extensions_refused", "REFUSED 未批", true}};
    struct question question;
    bool help = false;
    int status = read_options(argc, argv, "dyuf", &question, &help);
    if (status != EXIT_DONE || help)
        return fputs(units_help, help ? stdout : stderr), status;
    Duban__V1__UnitQuery query = DUBAN__V1__UNIT_QUERY__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    query.division = question.division;
    query.year = question.year;
    query.unit = question.unit;
    request.kind_case = DUBAN__V1__REQUEST__KIND_UNITS;
    request.units = &query;
    struct reply reply;
    status = ask_or_fail(cli, SERVICE_NOTIFY, &request, &reply);
    if (status != EXIT_DONE)
        return status;
    struct table *table = table_new(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < reply.message->units->n_rows; i++) {
        const Duban__V1__UnitRow *row = reply.message->units->rows[i];
        const Duban__V1__UnitDigest *counts = row->counts;
        const uint32_t numbers[] = {row->open,
                                    row->overdue,
                                    counts->asked,
                                    counts->reminded,
                                    counts->alerts_signed,
                                    counts->extensions_requested,
                                    counts->extensions_granted,
                                    counts->extensions_refused};
        table_row(table);
        table_set(table, 0, counts->division);
        table_set_number(table, 1, counts->year);
        table_set(table, 2, counts->unit);
        table_set(table, 3, row->name_zh);
        table_set(table, 4, row->name_en);
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
            table_set_number(table, 5 + n, numbers[n]);
        }
    }
    return table_finish(&table, question.format);
}
