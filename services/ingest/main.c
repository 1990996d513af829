#include "ingest/intake.h"

int main(int argc, char **argv)
{
    const struct service_spec spec = {
        .id = SERVICE_INGEST,
        .stream = STREAM_UPDATES,
        .role = "duban_ingest",
        .refused = WRITER_CLAIMS_AGAIN, /* what was refused is tried one by one, and refused alone */
        .purpose = "takes project updates from other systems and writes them down for ever",
        .statements = intake_statements,
        .statement_count = intake_statement_count,
        .started = intake_started,
        .claimed = intake_claimed,
        .lost = intake_lost,
        .standby = intake_standby,
        .busy = intake_busy,
        .request = intake_request,
        .work = intake_work,
        .done = intake_done,
        .watermark_us = intake_watermark_us,
    };
    struct intake *intake = intake_new();
    int status = service_main(argc, argv, &spec, intake);
    intake_free(&intake);
    return status;
}
