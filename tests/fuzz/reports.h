/* What must hold for every file of reports, whatever form it has. */
#ifndef TESTS_FUZZ_REPORTS_H
#define TESTS_FUZZ_REPORTS_H

#include "base/slice.h"

void fuzz_check_reports(struct slice file);

#endif
