/* What was kept aside, and what a person decides about it: duban quarantine. */
#include "cli/quarantine.h"

#include "base/day.h"
#include "db/db.h"
#include "domain/text.h"
#include "duban_cli_core_queries.h"
#include "wire/update_wire.h"

#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIST_MAX 10000

static const char help[] =
    "usage: duban quarantine list [--all] [--code CODE] [--source URI] [--format table|csv|json|xlsx]\n"
    "       duban quarantine show NUMBER\n"
    "       duban quarantine release NUMBER… --why TEXT [--by NAME]\n"
    "       duban quarantine discard NUMBER… --why TEXT [--by NAME]\n"
    "Events that were understood and could not be applied. list: those that wait; --all: also what is settled.\n"
    "release submits an event again as it came, in the administrator's name: ingest checks it as any other, and it "
    "stays\n"
    "where it is when it is still refused. discard settles it without. A decision is made once and kept, with who and\n"
    "why; typing the same one again changes nothing.\n"
    "  --by NAME  who decides [the name you are logged in with]\n";

void quarantined_read(const PGresult *rows, int row, struct quarantined *out_event)
{
    *out_event = (struct quarantined){
        .number = (uint64_t)db_get_int8(rows, row, 0),
        .received_us = db_get_instant(rows, row, 1),
        .source = db_get_text(rows, row, 2),
        .id = db_get_text(rows, row, 3),
        .sender = db_get_text(rows, row, 4),
        .code = db_get_text(rows, row, 5),
        .state = db_get_text(rows, row, 8),
        .decided_us = db_get_instant(rows, row, 9),
        .decided_by = db_get_text(rows, row, 10),
        .why = db_get_text(rows, row, 11),
        .sequence = (uint64_t)db_get_int8(rows, row, 12),
        .since = (uint64_t)db_get_int8(rows, row, 13),
    };
    enum reason_code code = REASON_NONE;
    bool known = reason_find(out_event->code, &code);
    (void)reason_set(&out_event->reason, known ? code : REASON_NONE, db_get_text(rows, row, 6), "%s",
                     db_get_text(rows, row, 7));
}

/* Its sender has sent it again meanwhile, as it was or corrected, and that is in the log. */
static bool accepted_since(const struct quarantined *event)
{
    return strcmp(event->state, "waiting") == 0 && event->since != 0;
}

static const char *state_shown(const struct quarantined *event)
{
    return accepted_since(event)                   ? "accepted since 后已收"
           : strcmp(event->state, "waiting") == 0  ? "waiting 待处理"
           : strcmp(event->state, "released") == 0 ? "released 已放行"
                                                   : "discarded 已作废";
}

static uint64_t sequence_of(const struct quarantined *event)
{
    return event->sequence != 0 ? event->sequence : event->since;
}

enum column_id {
    LIST_NUMBER,
    LIST_RECEIVED_SHOWN,
    LIST_RECEIVED,
    LIST_SOURCE,
    LIST_ID,
    LIST_SENDER,
    LIST_CODE,
    LIST_FIELD,
    LIST_REASON_ZH,
    LIST_REASON_EN,
    LIST_STATE_SHOWN,
    LIST_STATE,
    LIST_SEQUENCE,
    LIST_DECIDED,
    LIST_BY,
    LIST_WHY,
    LIST_COLUMNS,
};

static const struct column list_columns[LIST_COLUMNS] = {
    [LIST_NUMBER] = {"number", "NUMBER 序号", true},
    [LIST_RECEIVED_SHOWN] = {"received_shown", "RECEIVED 收到", false},
    [LIST_RECEIVED] = {"received", NULL, false},
    [LIST_SOURCE] = {"source", "SOURCE 来源", false},
    [LIST_ID] = {"id", "ID 编号", false},
    [LIST_SENDER] = {"sender", NULL, false},
    [LIST_CODE] = {"code", "CODE", false},
    [LIST_FIELD] = {"field", "FIELD", false},
    [LIST_REASON_ZH] = {"reason_zh", "原因", false},
    [LIST_REASON_EN] = {"reason_en", NULL, false},
    [LIST_STATE_SHOWN] = {"state_shown", "STATE 状态", false},
    [LIST_STATE] = {"state", NULL, false},
    [LIST_SEQUENCE] = {"sequence", "SEQUENCE", true},
    [LIST_DECIDED] = {"decided", NULL, false},
    [LIST_BY] = {"decided_by", "BY 谁", false},
    [LIST_WHY] = {"why", "WHY 为何", false},
};

static void add_row(struct table *table, const struct quarantined *event)
{
    char text[REASON_TEXT_BYTES], instant[INSTANT_TEXT_BYTES];
    table_row(table);
    table_set_number(table, LIST_NUMBER, event->number);
    table_set(table, LIST_RECEIVED_SHOWN, minute_format(event->received_us, instant));
    table_set(table, LIST_RECEIVED, instant_format(event->received_us, instant));
    table_set(table, LIST_SOURCE, event->source);
    table_set(table, LIST_ID, event->id);
    table_set(table, LIST_SENDER, event->sender);
    table_set(table, LIST_CODE, event->code);
    table_set(table, LIST_FIELD, event->reason.field);
    table_set(table, LIST_REASON_ZH, reason_text_zh(&event->reason, text));
    table_set(table, LIST_REASON_EN, reason_text_en(&event->reason, text));
    table_set(table, LIST_STATE_SHOWN, state_shown(event));
    table_set(table, LIST_STATE, accepted_since(event) ? "accepted" : event->state);
    if (sequence_of(event) != 0)
        table_set_number(table, LIST_SEQUENCE, sequence_of(event));
    if (event->decided_us != INT64_MIN)
        table_set(table, LIST_DECIDED, instant_format(event->decided_us, instant));
    table_set(table, LIST_BY, event->decided_by);
    table_set(table, LIST_WHY, event->why);
}

static int list(struct cli *cli, PGconn *connection, const struct order *order)
{
    (void)cli;
    struct db_params params = {0};
    db_int8(&params, order->all);
    db_text(&params, order->code);
    db_text(&params, order->source);
    db_int8(&params, LIST_MAX + 1);
    PGresult *rows = run_statement(connection, quarantined_sql, &params);
    if (rows == NULL)
        return EXIT_UNREACHABLE;
    struct table *table = table_new(list_columns, LIST_COLUMNS);
    for (int row = 0; row < PQntuples(rows) && row < LIST_MAX; row++) {
        struct quarantined event;
        quarantined_read(rows, row, &event);
        add_row(table, &event);
    }
    if (PQntuples(rows) > LIST_MAX)
        fprintf(stderr, "duban: only the first %d are listed: ask for a --code or --source\n", LIST_MAX);
    PQclear(rows);
    return table_finish(&table, order->format);
}

PGresult *quarantined_find(PGconn *connection, const char *number, int *out_status)
{
    char *end;
    unsigned long long value = strtoull(number, &end, 10);
    if (*number < '0' || *number > '9' || *end != '\0' || value > INT64_MAX) {
        *out_status = fail(EXIT_USAGE, "%s: not a number of duban quarantine list", number);
        return NULL;
    }
    struct db_params params = {0};
    db_int8(&params, (int64_t)value);
    PGresult *rows = run_statement(connection, quarantined_one_sql, &params);
    *out_status = rows == NULL ? EXIT_UNREACHABLE : EXIT_DONE;
    if (rows != NULL && PQntuples(rows) == 0) {
        *out_status = fail(EXIT_NEGATIVE, "%s: there is no such event", number);
        PQclear(rows);
        return NULL;
    }
    return rows;
}

struct slice quarantined_body(const PGresult *row)
{
    struct slice body;
    body.data = db_get_bytes(row, 0, 15, &body.bytes);
    return body;
}

static void print_event(struct slice body, struct arena *arena)
{
    struct event event;
    struct update update;
    struct reason reason;
    if (event_read(body, arena, &event, &reason) == RC_OK) {
        char *json = event_json(&event, arena);
        printf("event       %s\n", json);
        free(json);
        if (update_read(&event, arena, &update, &reason) == RC_OK)
            return;
    }
    printf("bytes       "); /* of which not everything could be shown */
    for (size_t i = 0; i < body.bytes; i++)
        printf("%02x", body.data[i]);
    putchar('\n');
}

static int show(struct cli *cli, PGconn *connection, const struct order *order)
{
    int status;
    PGresult *rows = quarantined_find(connection, order->numbers[0], &status);
    if (rows == NULL)
        return status;
    struct quarantined event;
    char text[REASON_TEXT_BYTES], instant[INSTANT_TEXT_BYTES];
    quarantined_read(rows, 0, &event);
    printf("number      %" PRIu64 "\nreceived    %s\n", event.number, instant_format(event.received_us, instant));
    printf("source      %s\nid          %s\nsender      %s\n", event.source, event.id, event.sender);
    printf("reason      %s %s\n            %s\n", event.code, event.reason.field, reason_text_zh(&event.reason, text));
    printf("            %s\nstate       %s\n", reason_text_en(&event.reason, text), state_shown(&event));
    if (sequence_of(&event) != 0)
        printf("sequence    %" PRIu64 "\n", sequence_of(&event));
    if (event.decided_us != INT64_MIN)
        printf("decided     %s\nby          %s\nwhy         %s\n", instant_format(event.decided_us, instant),
               event.decided_by, event.why);
    print_event(quarantined_body(rows), cli->arena);
    PQclear(rows);
    return EXIT_DONE;
}

static int release(struct cli *cli, PGconn *connection, const struct order *order)
{
    return quarantine_decide(cli, connection, order, "released");
}

static int discard(struct cli *cli, PGconn *connection, const struct order *order)
{
    return quarantine_decide(cli, connection, order, "discarded");
}

/* Who has typed this, also behind sudo. */
static const char *login_name(struct arena *arena)
{
    const char *behind = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(geteuid());
    return behind != NULL && *behind != '\0' ? behind
           : user != NULL                    ? user->pw_name
                                             : arena_must(arena_printf(arena, "uid %u", (unsigned)geteuid()));
}

static const struct action {
    const char *name;
    int (*run)(struct cli *cli, PGconn *connection, const struct order *order);
    const char *options; /* that it takes, by their letters */
    int least, most;     /* numbers */
} actions[] = {{"list", list, "acsf", 0, 0},
               {"show", show, "", 1, 1},
               {"release", release, "wb", 1, INT32_MAX},
               {"discard", discard, "wb", 1, INT32_MAX}};

/* Null when it was used wrongly. */
static const struct action *find_action(const char *name, const char *given, int numbers)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i].name, name) == 0 && strspn(given, actions[i].options) == strlen(given) &&
            numbers >= actions[i].least && numbers <= actions[i].most)
            return &actions[i];
    return NULL;
}

int command_quarantine(struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = {
        {"all", no_argument, NULL, 'a'},          {"code", required_argument, NULL, 'c'},
        {"source", required_argument, NULL, 's'}, {"format", required_argument, NULL, 'f'},
        {"why", required_argument, NULL, 'w'},    {"by", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},         {0}};
    struct order order = {.code = "", .source = "", .why = "", .by = login_name(cli->arena)};
    char given[16] = "";
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(help, stdout) < 0;
        if (option == '?' || strlen(given) + 1 == sizeof given ||
            (option == 'f' && !table_format_find(optarg, &order.format)))
            return fputs(help, stderr), EXIT_USAGE;
        given[strlen(given)] = (char)option;
        order.all = order.all || option == 'a';
        order.code = option == 'c' ? optarg : order.code;
        order.source = option == 's' ? optarg : order.source;
        order.why = option == 'w' ? optarg : order.why;
        order.by = option == 'b' ? optarg : order.by;
    }
    order.numbers = argv + optind + 1;
    order.number_count = argc - optind - 1;
    const struct action *action = optind < argc ? find_action(argv[optind], given, order.number_count) : NULL;
    if (action == NULL)
        return fputs(help, stderr), EXIT_USAGE;
    if (!table_format_fits(order.format))
        return fail(EXIT_USAGE, "a workbook is not written to a terminal: %s --format xlsx >FILE.xlsx", argv[0]);
    PGconn *connection = connect_database(cli);
    if (connection == NULL)
        return EXIT_UNREACHABLE;
    int status = action->run(cli, connection, &order);
    PQfinish(connection);
    return status;
}
