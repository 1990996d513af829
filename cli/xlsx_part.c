#include "cli/xlsx_part.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define CHUNK_BYTES 65536
#define ELEMENT_MAX_BYTES (4 << 20) /* a start tag, with its attributes */

struct xlsx_package {
    zip_t *zip;
    size_t unpacked;
};

enum rc xlsx_refuse(struct reason *out_problem, enum reason_code code, const char *what, const char *where)
{
    return reason_set(out_problem, code, "xlsx", "%s%s%s", what, *where == '\0' ? "" : ": ", where);
}

enum rc xlsx_package_open(struct slice bytes, struct xlsx_package **out_package, struct reason *out_problem)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.data, bytes.bytes, 0, &error);
    zip_t *zip = source == NULL ? NULL : zip_open_from_source(source, ZIP_RDONLY, &error);
    enum rc rc = RC_OK;
    if (zip == NULL) {
        rc = xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "文件已损坏 a damaged ZIP", zip_error_strerror(&error));
        zip_source_free(source);
    } else {
        struct xlsx_package *package = calloc(1, sizeof *package);
        REQUIRE(package != NULL);
        package->zip = zip;
        *out_package = package;
    }
    zip_error_fini(&error);
    return rc;
}

void xlsx_package_close(struct xlsx_package **package)
{
    if (*package == NULL)
        return;
    zip_discard((*package)->zip);
    free(*package);
    *package = NULL;
}

/* Names of parts know no case (ECMA-376, part 2). */
static zip_int64_t find_part(struct xlsx_package *package, const char *path)
{
    return zip_name_locate(package->zip, path, ZIP_FL_NOCASE);
}

bool xlsx_part_exists(struct xlsx_package *package, const char *path)
{
    return find_part(package, path) >= 0;
}

/* XML. */

struct parsing {
    XML_Parser parser;
    const struct xlsx_handler *handler;
    void *context;
    int depth;
    bool stopped; /* by the handler, which has said why */
    const char *forbidden;
};

static const char *local_name(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

const char *xlsx_attribute(const char *const *attributes, const char *name)
{
    for (; *attributes != NULL; attributes += 2)
        if (strncmp(attributes[0], "xmlns", 5) != 0 && strcmp(local_name(attributes[0]), name) == 0)
            return attributes[1];
    return NULL;
}

bool xlsx_attribute_true(const char *const *attributes, const char *name)
{
    const char *value = xlsx_attribute(attributes, name);
    return value != NULL && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
}

static void forbid(struct parsing *parsing, const char *what)
{
    parsing->forbidden = what;
    XML_StopParser(parsing->parser, XML_FALSE);
}

static void stop(struct parsing *parsing)
{
    parsing->stopped = true;
    XML_StopParser(parsing->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct parsing *parsing = context;
    if (++parsing->depth > XLSX_DEPTH_MAX)
        forbid(parsing, "元素嵌套过深 elements too deep in each other");
    else if (!parsing->handler->start(parsing->context, local_name(name), (const char *const *)attributes))
        stop(parsing);
}

static void on_end(void *context, const char *name)
{
    struct parsing *parsing = context;
    parsing->depth--;
    /* An empty element ends even when its start has stopped the reading. */
    if (!parsing->stopped && parsing->forbidden == NULL && parsing->handler->end != NULL &&
        !parsing->handler->end(parsing->context, local_name(name)))
        stop(parsing);
}

static void on_text(void *context, const char *text, int bytes)
{
    struct parsing *parsing = context;
    parsing->handler->text(parsing->context, text, (size_t)bytes);
}

static void on_doctype(void *context, const char *name, const char *system_id, const char *public_id, int internal)
{
    (void)name, (void)system_id, (void)public_id, (void)internal;
    forbid(context, "不得含有 DTD a document type is not allowed");
}

/* Feeds one piece, the last when it is empty. */
static enum rc feed(struct parsing *parsing, const char *piece, size_t bytes, size_t total, const char *path,
                    struct reason *out_problem)
{
    enum XML_Status status = XML_Parse(parsing->parser, piece, (int)bytes, bytes == 0);
    if (parsing->stopped)
        return RC_REFUSED;
    if (parsing->forbidden != NULL)
        return xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, parsing->forbidden, path);
    if (status != XML_STATUS_OK)
        return xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "不是 XML not XML", path);
    /* What waits for its end is looked at anew with every piece. */
    if (total - (size_t)XML_GetCurrentByteIndex(parsing->parser) > ELEMENT_MAX_BYTES)
        return xlsx_refuse(out_problem, REASON_TOO_LONG, "元素过长 an element is too long", path);
    return RC_OK;
}

static enum rc read_opened(struct xlsx_package *package, zip_file_t *file, const char *path, struct parsing *parsing,
                           struct reason *out_problem)
{
    char piece[CHUNK_BYTES];
    enum rc rc = RC_OK;
    zip_int64_t got = 1;
    for (size_t total = 0; rc == RC_OK && got > 0; total += (size_t)got) {
        got = zip_fread(file, piece, sizeof piece);
        if (got < 0)
            return xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "无法解压 cannot be unpacked", path);
        package->unpacked += (size_t)got;
        if (package->unpacked > XLSX_UNPACKED_MAX_BYTES)
            return xlsx_refuse(out_problem, REASON_TOO_LONG, "解压后超过 256 MiB more than 256 MiB unpacked", path);
        rc = feed(parsing, piece, (size_t)got, total + (size_t)got, path, out_problem);
    }
    return rc;
}

enum rc xlsx_part_read(struct xlsx_package *package, const char *path, const struct xlsx_handler *handler,
                       void *context, struct reason *out_problem)
{
    zip_int64_t index = find_part(package, path);
    if (index < 0)
        return xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "不是 Excel 工作簿（.xlsx） not an Excel workbook",
                           path);
    zip_file_t *file = zip_fopen_index(package->zip, (zip_uint64_t)index, 0);
    if (file == NULL)
        return xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "无法解压 cannot be unpacked", path);
    struct parsing parsing = {.parser = XML_ParserCreate(NULL), .handler = handler, .context = context};
    REQUIRE(parsing.parser != NULL);
    XML_SetUserData(parsing.parser, &parsing);
    XML_SetElementHandler(parsing.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(parsing.parser, on_doctype);
    if (handler->text != NULL)
        XML_SetCharacterDataHandler(parsing.parser, on_text);
    enum rc rc = read_opened(package, file, path, &parsing, out_problem);
    XML_ParserFree(parsing.parser);
    zip_fclose(file);
    return rc;
}

void xlsx_text_add(struct xlsx_text *text, const char *piece, size_t bytes)
{
    if (bytes > XLSX_TEXT_MAX_BYTES - text->length) {
        text->too_long = true;
        return;
    }
    if (text->length + bytes + 1 > text->capacity) {
        text->capacity = (text->length + bytes + 1) * 2;
        text->bytes = realloc(text->bytes, text->capacity);
        REQUIRE(text->bytes != NULL);
    }
    memcpy(text->bytes + text->length, piece, bytes);
    text->length += bytes;
    text->bytes[text->length] = '\0';
}

void xlsx_text_clear(struct xlsx_text *text)
{
    text->length = 0;
    text->too_long = false;
    if (text->bytes != NULL)
        *text->bytes = '\0';
}

void xlsx_text_done(struct xlsx_text *text)
{
    free(text->bytes);
    *text = (struct xlsx_text){0};
}
