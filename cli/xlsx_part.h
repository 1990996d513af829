/* The parts of a workbook: XML files in a ZIP. They are read within bounds, because a small ZIP may hold endless ones,
 * and without a document type, because a workbook has none and entities are how XML reads other files. */
#ifndef DUBAN_CLI_XLSX_PART_H
#define DUBAN_CLI_XLSX_PART_H

#include "domain/reason.h"

#include "base/slice.h"

/* All parts of one workbook together, unpacked; how deep elements may stand in each other; and one text in a cell:
 * Excel's 32,767 characters. */
#define XLSX_UNPACKED_MAX_BYTES ((size_t)256 << 20)
#define XLSX_DEPTH_MAX 64
#define XLSX_TEXT_MAX_BYTES ((size_t)4 * 32767)

struct xlsx_package;

/* The bytes are borrowed. RC_REFUSED with the reason when they are no ZIP. */
enum rc xlsx_package_open(struct slice bytes, struct xlsx_package **out_package, struct reason *out_problem) MUST_CHECK;
void xlsx_package_close(struct xlsx_package **package);

bool xlsx_part_exists(struct xlsx_package *package, const char *path);

/* What is called while a part is read, with names without their prefixes. `start` and `end` return false to stop, with
 * the reason set by themselves. */
struct xlsx_handler {
    bool (*start)(void *context, const char *name, const char *const *attributes);
    bool (*end)(void *context, const char *name);                /* may be null */
    void (*text)(void *context, const char *text, size_t bytes); /* may be null */
};

/* RC_REFUSED with the reason: no such part, not to be unpacked, not XML, too large; or the handler has stopped it. */
enum rc xlsx_part_read(struct xlsx_package *package, const char *path, const struct xlsx_handler *handler,
                       void *context, struct reason *out_problem) MUST_CHECK;

/* For handlers: an attribute by its name without prefix, or null; whether it is "1" or "true". */
const char *xlsx_attribute(const char *const *attributes, const char *name);
bool xlsx_attribute_true(const char *const *attributes, const char *name);

/* Refuses the workbook: `what` says why, in Chinese and in English. Returns RC_REFUSED. */
enum rc xlsx_refuse(struct reason *out_problem, enum reason_code code, const char *what, const char *where);

/* A text that comes in pieces. Zeroed, it is empty. */
struct xlsx_text {
    char *bytes; /* terminated; null before the first piece */
    size_t length, capacity;
    bool too_long; /* it ends at the limit, and pieces were left out */
};

void xlsx_text_add(struct xlsx_text *text, const char *piece, size_t bytes);
void xlsx_text_clear(struct xlsx_text *text);
void xlsx_text_done(struct xlsx_text *text);

#endif
