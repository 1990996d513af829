#include "cli/xlsx_book.h"

#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 512

/* More than any workbook of Excel has; without bounds, looking one up for each of the others takes for ever. */
#define RELATIONSHIPS_MAX 1024
#define SHEETS_MAX 1024
#define FORMATS_MAX 4096
#define STYLES_MAX 65536

static const char *keep(struct arena *arena, const char *text)
{
    return arena_must(arena_copy(arena, text == NULL ? "" : text));
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length >= wanted && strcmp(text + length - wanted, end) == 0;
}

/* Relationships: which part plays which role for another. */

struct relationship {
    const char *id, *type, *target;
};

struct relationships {
    struct arena *arena;
    struct relationship *list;
    size_t count, capacity;
    struct reason *problem;
};

static bool refuse_many(struct reason *problem, const char *what)
{
    return xlsx_refuse(problem, REASON_TOO_LONG, "条目过多 too many entries", what) == RC_OK;
}

static bool start_relationship(void *context, const char *name, const char *const *attributes)
{
    struct relationships *all = context;
    if (strcmp(name, "Relationship") != 0)
        return true;
    if (all->count == RELATIONSHIPS_MAX)
        return refuse_many(all->problem, name);
    all->list = array_grow(all->list, all->count, &all->capacity, sizeof *all->list);
    all->list[all->count++] = (struct relationship){keep(all->arena, xlsx_attribute(attributes, "Id")),
                                                    keep(all->arena, xlsx_attribute(attributes, "Type")),
                                                    keep(all->arena, xlsx_attribute(attributes, "Target"))};
    return true;
}

/* Reads the relationships of a part: those of xl/workbook.xml stand in xl/_rels/workbook.xml.rels; of the package as a
 * whole, "", in _rels/.rels. */
static enum rc read_relationships(struct xlsx_package *package, const char *part, struct relationships *all,
                                  struct reason *out_problem)
{
    static const struct xlsx_handler handler = {.start = start_relationship};
    const char *slash = strrchr(part, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - part);
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%.*s_rels/%s.rels", folder, part, part + folder);
    return xlsx_part_read(package, path, &handler, all, out_problem);
}

/* By id, or, when it is null, the first of a type, which is given by its end: the beginning differs between the two
 * forms of the standard. */
static const struct relationship *find_relationship(const struct relationships *all, const char *id, const char *type)
{
    for (size_t i = 0; i < all->count; i++)
        if ((id == NULL || strcmp(all->list[i].id, id) == 0) && ends_with(all->list[i].type, type))
            return &all->list[i];
    return NULL;
}

/* The path of a target, as seen from a part. */
static const char *target_path(const char *part, const char *target, struct arena *arena)
{
    const char *slash = strrchr(part, '/');
    int folder = slash == NULL || *target == '/' ? 0 : (int)(slash + 1 - part);
    return arena_must(arena_printf(arena, "%.*s%s", folder, part, target + (*target == '/')));
}

/* xl/workbook.xml. */

struct workbook {
    struct xlsx_book *book;
    struct arena *arena;
    const struct relationships *relationships;
    const struct relationship *sheet; /* the first worksheet that is seen */
    size_t sheets;
};

static bool start_in_workbook(void *context, const char *name, const char *const *attributes)
{
    struct workbook *workbook = context;
    if (strcmp(name, "workbookPr") == 0)
        workbook->book->date1904 = xlsx_attribute_true(attributes, "date1904");
    const char *id = xlsx_attribute(attributes, "id"), *state = xlsx_attribute(attributes, "state");
    bool hidden = state != NULL && strcmp(state, "visible") != 0;
    if (strcmp(name, "sheet") == 0 && workbook->sheet == NULL && !hidden && id != NULL &&
        workbook->sheets++ < SHEETS_MAX)
        workbook->sheet = find_relationship(workbook->relationships, id, "/worksheet");
    return true;
}

/* xl/styles.xml: a cell names a line of cellXfs, which names a format, whose code is among numFmts unless built in. */

struct styles {
    struct xlsx_book *book;
    struct {
        unsigned long id;
        enum xlsx_style style;
    } * formats;
    size_t format_count, format_capacity;
    bool in_cells;
    struct reason *problem;
};

static bool start_in_styles(void *context, const char *name, const char *const *attributes)
{
    struct styles *styles = context;
    struct xlsx_book *book = styles->book;
    const char *id_text = xlsx_attribute(attributes, "numFmtId"), *code = xlsx_attribute(attributes, "formatCode");
    unsigned long id = id_text == NULL ? 0 : strtoul(id_text, NULL, 10);
    if (styles->format_count == FORMATS_MAX || book->style_count == STYLES_MAX)
        return refuse_many(styles->problem, name);
    if (strcmp(name, "numFmt") == 0 && code != NULL) {
        styles->formats =
            array_grow(styles->formats, styles->format_count, &styles->format_capacity, sizeof *styles->formats);
        styles->formats[styles->format_count].id = id;
        styles->formats[styles->format_count++].style = xlsx_style_of_code(code);
    } else if (strcmp(name, "cellXfs") == 0) {
        styles->in_cells = true;
    } else if (strcmp(name, "xf") == 0 && styles->in_cells) {
        enum xlsx_style style = xlsx_style_builtin(id);
        for (size_t i = 0; i < styles->format_count; i++)
            if (styles->formats[i].id == id)
                style = styles->formats[i].style;
        book->styles = array_grow(book->styles, book->style_count, &book->style_capacity, sizeof *book->styles);
        book->styles[book->style_count++] = style;
    }
    return true;
}

static bool end_in_styles(void *context, const char *name)
{
    struct styles *styles = context;
    if (strcmp(name, "cellXfs") == 0)
        styles->in_cells = false;
    return true;
}

static enum rc read_styles(struct xlsx_package *package, const char *path, struct xlsx_book *book,
                           struct reason *out_problem)
{
    static const struct xlsx_handler handler = {.start = start_in_styles, .end = end_in_styles};
    struct styles styles = {.book = book, .problem = out_problem};
    enum rc rc = xlsx_part_read(package, path, &handler, &styles, out_problem);
    free(styles.formats);
    return rc;
}

/* xl/sharedStrings.xml. */

struct shared {
    struct xlsx_book *book;
    struct arena *arena;
    struct xlsx_text text;
    bool in_text, in_reading_aid;
    struct reason *problem;
};

static bool start_in_shared(void *context, const char *name, const char *const *attributes)
{
    (void)attributes;
    struct shared *shared = context;
    if (strcmp(name, "si") == 0)
        xlsx_text_clear(&shared->text);
    else if (strcmp(name, "rPh") == 0) /* pinyin or kana above the text */
        shared->in_reading_aid = true;
    else if (strcmp(name, "t") == 0)
        shared->in_text = !shared->in_reading_aid;
    return true;
}

static bool end_in_shared(void *context, const char *name)
{
    struct shared *shared = context;
    struct xlsx_book *book = shared->book;
    if (strcmp(name, "t") == 0) {
        shared->in_text = false;
    } else if (strcmp(name, "rPh") == 0) {
        shared->in_reading_aid = false;
    } else if (strcmp(name, "si") == 0) {
        if (shared->text.too_long)
            return xlsx_refuse(shared->problem, REASON_TOO_LONG, "文本超过 32767 字 a text beyond 32,767 characters",
                               "") == RC_OK;
        book->texts = array_grow(book->texts, book->text_count, &book->text_capacity, sizeof *book->texts);
        book->texts[book->text_count++] = keep(shared->arena, shared->text.bytes);
    }
    return true;
}

static void text_in_shared(void *context, const char *text, size_t bytes)
{
    struct shared *shared = context;
    if (shared->in_text)
        xlsx_text_add(&shared->text, text, bytes);
}

static enum rc read_shared(struct xlsx_package *package, const char *path, struct arena *arena, struct xlsx_book *book,
                           struct reason *out_problem)
{
    static const struct xlsx_handler handler = {start_in_shared, end_in_shared, text_in_shared};
    struct shared shared = {.book = book, .arena = arena, .problem = out_problem};
    enum rc rc = xlsx_part_read(package, path, &handler, &shared, out_problem);
    xlsx_text_done(&shared.text);
    return rc;
}

/* All of it. */

static enum rc read_workbook(struct xlsx_package *package, const char *path, struct relationships *all,
                             struct xlsx_book *book, struct reason *out_problem)
{
    static const struct xlsx_handler handler = {.start = start_in_workbook};
    struct workbook workbook = {.book = book, .arena = all->arena, .relationships = all};
    all->count = 0;
    enum rc rc = read_relationships(package, path, all, out_problem);
    if (rc == RC_OK)
        rc = xlsx_part_read(package, path, &handler, &workbook, out_problem);
    if (rc == RC_OK && workbook.sheet == NULL)
        rc = xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "没有可见的工作表 no worksheet that is seen", "");
    if (rc != RC_OK)
        return rc;
    book->sheet = target_path(path, workbook.sheet->target, all->arena);
    const struct relationship *styles = find_relationship(all, NULL, "/styles");
    if (styles != NULL)
        rc = read_styles(package, target_path(path, styles->target, all->arena), book, out_problem);
    const struct relationship *shared = find_relationship(all, NULL, "/sharedStrings");
    if (rc == RC_OK && shared != NULL)
        rc = read_shared(package, target_path(path, shared->target, all->arena), all->arena, book, out_problem);
    return rc;
}

enum rc xlsx_book_read(struct xlsx_package *package, struct arena *arena, struct xlsx_book *out_book,
                       struct reason *out_problem)
{
    *out_book = (struct xlsx_book){0};
    struct relationships all = {.arena = arena, .problem = out_problem};
    enum rc rc = read_relationships(package, "", &all, out_problem);
    const struct relationship *document = rc == RC_OK ? find_relationship(&all, NULL, "/officeDocument") : NULL;
    if (rc == RC_OK && document == NULL)
        rc = xlsx_refuse(out_problem, REASON_INVALID_SYNTAX, "不是 Excel 工作簿（.xlsx） not an Excel workbook", "");
    if (rc == RC_OK)
        rc = read_workbook(package, target_path("", document->target, arena), &all, out_book, out_problem);
    free(all.list);
    return rc;
}

void xlsx_book_done(struct xlsx_book *book)
{
    free(book->texts);
    free(book->styles);
    *book = (struct xlsx_book){0};
}
