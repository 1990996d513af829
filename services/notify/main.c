#include "notify/dispatch.h"

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .id = SERVICE_NOTIFY,
        .stream = STREAM_ALERTS,
        .role = "duban_notify",
        .purpose = "emits deadline alerts",
        .statements = dispatch_statements,
        .statement_count = dispatch_statement_count,
        .follows = {STREAM_UPDATES, STREAM_INDICATORS},
        .started = dispatch_started,
        .claimed = dispatch_claimed,
        .lost = dispatch_lost,
        .busy = dispatch_busy,
        .request = dispatch_request,
        .work = dispatch_work,
        .done = dispatch_done,
        .watermark_us = dispatch_watermark_us,
    };
    struct dispatch *dispatch = dispatch_new();
    int status = service_main(argc, argv, &spec, dispatch);
    dispatch_free(&dispatch);
    return status;
}
