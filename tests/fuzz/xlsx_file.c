/* A file that begins like a workbook, of today or of before 2007. */
#include "fuzz/fuzz.h"
#include "fuzz/reports.h"

#include "cli/xlsx_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct slice file = {data, bytes};
    if (xlsx_read_concerns(file))
        fuzz_check_reports(file);
    return 0;
}
