#include "metrics/tally.h"

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .id = SERVICE_METRICS,
        .stream = STREAM_INDICATORS,
        .role = "duban_metrics",
        .purpose = "works out where each commitment stands",
        .statements = tally_statements,
        .statement_count = tally_statement_count,
        .follows = {STREAM_UPDATES},
        .started = tally_started,
        .claimed = tally_claimed,
        .lost = tally_lost,
        .busy = tally_busy,
        .request = tally_request,
        .work = tally_work,
        .done = tally_done,
        .watermark_us = tally_watermark_us,
    };
    struct tally *tally = tally_new();
    int status = service_main(argc, argv, &spec, tally);
    tally_free(&tally);
    return status;
}
