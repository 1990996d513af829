#include "cli/question.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {{"division", required_argument, NULL, 'd'},
                                        {"year", required_argument, NULL, 'y'},
                                        {"unit", required_argument, NULL, 'u'},
                                        {"commitment", required_argument, NULL, 'c'},
                                        {"phase", required_argument, NULL, 'p'},
                                        {"as-of", required_argument, NULL, 'a'},
                                        {"sequence", required_argument, NULL, 's'},
                                        {"until", required_argument, NULL, 'w'},
                                        {"format", required_argument, NULL, 'f'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};

int read_options(int argc, char **argv, const char *known, struct question *question, bool *out_help)
{
    static char none[] = "";
    *question = (struct question){none, none, none, none, none, 0, 0, INT64_MIN, FORMAT_TABLE};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h') {
            *out_help = true;
            return EXIT_DONE;
        }
        if (option == '?' || strchr(known, option) == NULL)
            return EXIT_USAGE;
        char *end = none;
        if (option == 'd')
            question->division = optarg;
        else if (option == 'u')
            question->unit = optarg;
        else if (option == 'c')
            question->commitment = optarg;
        else if (option == 'a')
            question->as_of = optarg;
        else if (option == 'p')
            question->phase = optarg;
        else if (option == 'y')
            question->year = (uint32_t)strtoul(optarg, &end, 10);
        else if (option == 's')
            question->sequence = strtoull(optarg, &end, 10);
        else if ((option == 'f' && !table_format_find(optarg, &question->format)) ||
                 (option == 'w' && !instant_parse(optarg, &question->until_us)))
            return EXIT_USAGE;
        if (*end != '\0')
            return EXIT_USAGE;
    }
    if (strchr(known, '1') != NULL) {
        if (optind == argc)
            return EXIT_USAGE;
        question->commitment = argv[optind++];
    }
    if (!table_format_fits(question->format))
        return fail(EXIT_USAGE, "a workbook is not written to a terminal: %s --format xlsx >FILE.xlsx", argv[0]);
    return optind == argc ? EXIT_DONE : EXIT_USAGE;
}

const char *word(const ProtobufCEnumDescriptor *type, int value, const char *prefix, char out[32])
{
    const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
    snprintf(out, 32, "%s", found == NULL ? "?" : found->name + strlen(prefix));
    for (char *c = out; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    return out;
}

const char *short_decimal(const char *text, char out[DECIMAL_TEXT_BYTES])
{
    struct decimal value;
    if (!decimal_parse_computed(text, &value))
        return text;
    decimal_format_places(value, 2, out);
    if (decimal_parse_computed(out, &value))
        decimal_format(value, out);
    return out;
}

const char *instant_text(const Google__Protobuf__Timestamp *time, char out[INSTANT_TEXT_BYTES])
{
    return time == NULL ? "" : instant_format(timestamp_read(time), out);
}

const char *local_minute(const Google__Protobuf__Timestamp *time, char out[INSTANT_TEXT_BYTES])
{
    return time == NULL ? "" : minute_format(timestamp_read(time), out);
}

int ask_indicators(struct cli *cli, const struct question *question, const Duban__V1__IndicatorRows **out_rows)
{
    Duban__V1__IndicatorQuery query = DUBAN__V1__INDICATOR_QUERY__INIT;
    Duban__V1__Request request = DUBAN__V1__REQUEST__INIT;
    query.division = question->division;
    query.year = question->year;
    query.unit = question->unit;
    query.commitment = question->commitment;
    query.as_of = question->as_of;
    query.as_of_sequence = question->sequence;
    request.kind_case = DUBAN__V1__REQUEST__KIND_INDICATORS;
    request.indicators = &query;
    struct reply reply;
    int status = ask_or_fail(cli, SERVICE_METRICS, &request, &reply);
    if (status == EXIT_DONE)
        *out_rows = reply.message->indicators;
    return status;
}

const char *colour_shown(Duban__V1__Colour colour)
{
    static const char *const shown[] = {"?", "grey 灰", "green 绿", "yellow 黄", "red 红"};
    return shown[colour <= DUBAN__V1__COLOUR__COLOUR_RED ? colour : 0];
}

struct decimal read_decimal(const char *text)
{
    struct decimal value;
    return decimal_parse_computed(text, &value) ? value : decimal_whole(0);
}
