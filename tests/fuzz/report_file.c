/* A file of reports as it stands: CSV in UTF-8 or GB18030, JSON, or a workbook. */
#include "fuzz/fuzz.h"
#include "fuzz/reports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    fuzz_check_reports((struct slice){data, bytes});
    return 0;
}
