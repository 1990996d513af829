/* What stands in a cell of a workbook, as text. Excel keeps numbers and days as binary fractions and writes them with
 * up to 17 digits; nothing here computes with such. */
#ifndef DUBAN_CLI_XLSX_VALUE_H
#define DUBAN_CLI_XLSX_VALUE_H

#include "base/day.h"

#define XLSX_NUMBER_BYTES 80

/* How a number is shown. */
enum xlsx_style { XLSX_STYLE_NUMBER, XLSX_STYLE_DATE, XLSX_STYLE_PERCENT };

/* By the id of a built-in format, or the code of a custom one ("yyyy\"年\"m\"月\""). */
enum xlsx_style xlsx_style_builtin(unsigned long id);
enum xlsx_style xlsx_style_of_code(const char *code);

/* The number that Excel shows and people mean: rounded to 15 significant digits (half up), times 10^shift, without
 * exponent and trailing zeros. "1.1000000000000001" gives "1.1", "1.2E3" "1200". False for what is no number or needs
 * more than 30 digits on a side of the point. */
bool xlsx_number(const char *text, int shift, char out_text[XLSX_NUMBER_BYTES]) MUST_CHECK;

/* The day of a serial number as xlsx_number has written it, the time of the day cut off. From 1900-01-01, with Excel's
 * 29 February 1900, which is no day; or from 1904-01-01. False when there is no such day until 9999. */
bool xlsx_day(const char *serial, bool date1904, char out_day[DAY_TEXT_BYTES]) MUST_CHECK;

#endif
