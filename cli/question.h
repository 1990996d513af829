/* What the commands that ask a service have in common: their options, and words for what is answered. */
#ifndef DUBAN_CLI_QUESTION_H
#define DUBAN_CLI_QUESTION_H

#include "cli/cli.h"
#include "cli/table.h"

#include "base/day.h"
#include "base/decimal.h"

/* What the options said. Texts are never null. */
struct question {
    char *division, *unit, *commitment, *as_of, *phase;
    uint32_t year;
    uint64_t sequence;
    int64_t until_us;
    enum table_format format;
};

/* Reads the options that a command knows, given by their first letters (until: w, sequence: s); 1 stands for a
 * commitment without an option. EXIT_DONE to go on; *out_help when help was asked for. */
int read_options(int argc, char **argv, const char *known, struct question *question, bool *out_help);

/* Asks metrics where commitments stand. Prints what went wrong and returns the exit status, 0 when all is well. */
int ask_indicators(struct cli *cli, const struct question *question, const Duban__V1__IndicatorRows **out_rows);

/* The word of an enumeration, small, without its prefix: COLOUR_RED gives "red". */
const char *word(const ProtobufCEnumDescriptor *type, int value, const char *prefix, char out[32]);

/* A traffic light in both languages: "red 红". */
const char *colour_shown(Duban__V1__Colour colour);

/* A decimal as people read it: at most two places. Empty stays empty. */
const char *short_decimal(const char *text, char out[DECIMAL_TEXT_BYTES]);

/* What duban has written; a text that is no decimal is a bug of the service, and counts as 0. */
struct decimal read_decimal(const char *text);

/* RFC 3339; and the instant in Asia/Shanghai, to the minute. Empty when there is none. */
const char *instant_text(const Google__Protobuf__Timestamp *time, char out[INSTANT_TEXT_BYTES]);
const char *local_minute(const Google__Protobuf__Timestamp *time, char out[INSTANT_TEXT_BYTES]);

#endif
