#include "cli/yaml_form.h"

#include "domain/text.h"

#include "base/map.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define PATH_BYTES sizeof((struct reason){0}.field)
#define DETAIL_BYTES sizeof((struct reason){0}.detail)

struct form {
    const struct form_source *source;
    void *object;
    yaml_document_t document;
    bool *used; /* for each node of the document: whether it has been read */
    struct plan_file_problem *problems;
    size_t problem_count, problem_capacity;
    bool broken; /* a field of the object itself is missing or wrong */
};

struct form_value {
    const yaml_node_t *node;
    const char *path;
};

static bool load(struct form *form);
static void read_value(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
static void tell(struct form *form);

enum rc form_read(const struct form_source *source, void *object)
{
    struct form form = {.source = source, .object = object};
    if (load(&form)) {
        read_value(&form, &(struct form_value){yaml_document_get_root_node(&form.document), ""}, source->root, object);
        if (!form.broken)
            source->check(&form, object);
        yaml_document_delete(&form.document);
    }
    tell(&form);
    free(form.used);
    free(form.problems);
    return form.problem_count == 0 ? RC_OK : RC_REFUSED;
}

const void *form_whole(const struct form *form)
{
    return form->object;
}

void form_leave(const struct form *form, void *object)
{
    (void)form;
    (void)object;
}

/* Problems */

static void add_problem(struct form *form, yaml_mark_t mark, const struct reason *reason)
{
    form->problems = array_grow(form->problems, form->problem_count, &form->problem_capacity, sizeof *form->problems);
    form->problems[form->problem_count++] = (struct plan_file_problem){mark.line + 1, mark.column + 1, *reason};
}

/* A problem of form, which all that refers to the field would repeat if it is one of the file as a whole. */
static void add_fault(struct form *form, yaml_mark_t mark, const struct reason *reason)
{
    form->broken |= strpbrk(reason->field, ".[") == NULL && reason->code != REASON_UNKNOWN_FIELD;
    add_problem(form, mark, reason);
}

/* A problem at a place that is no value: where the parser stopped, at a key, or where a key is missing. */
static void fault_at(struct form *form, yaml_mark_t mark, enum reason_code code, const char *path, const char *detail)
{
    struct reason reason;
    if (reason_set(&reason, code, path, "%s", detail) != RC_OK)
        add_fault(form, mark, &reason);
}

void form_fault(struct form *form, const struct form_value *value, enum reason_code code, const char *format, ...)
{
    char detail[DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    fault_at(form, value->node->start_mark, code, value->path, detail);
}

static int in_file_order(const void *left, const void *right)
{
    const struct plan_file_problem *a = left, *b = right;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    int fields = strcmp(a->reason.field, b->reason.field);
    return fields != 0 ? fields : (int)a->reason.code - (int)b->reason.code;
}

static void tell(struct form *form)
{
    if (form->problem_count > 0)
        qsort(form->problems, form->problem_count, sizeof *form->problems, in_file_order);
    for (size_t i = 0; i < form->problem_count; i++)
        form->source->problem(form->source->context, &form->problems[i]);
}

/* From text to nodes */

/* Where the parser stopped. Bytes that are no text at all stop it before it counts lines. */
static yaml_mark_t parser_mark(const struct form_source *source, const yaml_parser_t *parser)
{
    if (parser->error != YAML_READER_ERROR)
        return parser->problem_mark;
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < source->bytes && i < parser->problem_offset; i++) {
        if (source->text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)source->text[i] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static bool load_document(struct form *form, yaml_parser_t *parser, yaml_document_t *out_document)
{
    if (yaml_parser_load(parser, out_document))
        return true;
    const char *problem = parser->problem == NULL ? "out of memory" : parser->problem;
    fault_at(form, parser_mark(form->source, parser), REASON_INVALID_SYNTAX, "", problem);
    return false;
}

/* The file is one document with nothing after it. */
static void load_end(struct form *form, yaml_parser_t *parser)
{
    yaml_document_t next;
    if (!load_document(form, parser, &next))
        return;
    const yaml_node_t *root = yaml_document_get_root_node(&next);
    if (root != NULL)
        fault_at(form, next.start_mark, REASON_INVALID_SYNTAX, "", "a second document begins here");
    yaml_document_delete(&next);
}

static bool load(struct form *form)
{
    yaml_parser_t parser;
    REQUIRE(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(&parser, (const unsigned char *)form->source->text, form->source->bytes);
    bool loaded = load_document(form, &parser, &form->document);
    if (loaded && yaml_document_get_root_node(&form->document) == NULL) {
        fault_at(form, (yaml_mark_t){0}, REASON_INVALID_SYNTAX, "", "the file is empty");
        yaml_document_delete(&form->document);
        loaded = false;
    }
    if (loaded) {
        load_end(form, &parser);
        form->used = calloc((size_t)(form->document.nodes.top - form->document.nodes.start), sizeof *form->used);
        REQUIRE(form->used != NULL);
    }
    yaml_parser_delete(&parser);
    return loaded;
}

/* Nodes */

static const yaml_node_t *node_at(const struct form *form, int index)
{
    return &form->document.nodes.start[index - 1];
}

static bool is_text(const yaml_node_t *node, const char *text)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(text) &&
           memcmp(node->data.scalar.value, text, strlen(text)) == 0;
}

/* The first pair of a mapping that has this key, or null. */
static const yaml_node_pair_t *find_pair(const struct form *form, const yaml_node_t *node, const char *key)
{
    if (node->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
        if (is_text(node_at(form, pair->key), key))
            return pair;
    return NULL;
}

static size_t item_count(const yaml_node_t *node)
{
    if (node->type != YAML_SEQUENCE_NODE)
        return 0;
    return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
}

static const yaml_node_t *item_at(const struct form *form, const yaml_node_t *node, size_t i)
{
    return node_at(form, node->data.sequence.items.start[i]);
}

/* Values */

/* Each node is read once: that keeps the work in proportion to the file, and nobody follows a node into itself. */
static void read_value(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    bool *used = &form->used[value->node - form->document.nodes.start];
    if (*used) {
        form_fault(form, value, REASON_INVALID_SYNTAX, "an alias (*) repeats this: write it out there");
    } else if (is_text(value->node, "")) {
        form_fault(form, value, REASON_MISSING_FIELD, "no value");
    } else {
        *used = true;
        field->read(form, value, field, object);
    }
}

static const char *kind_name(yaml_node_type_t type)
{
    return type == YAML_SCALAR_NODE ? "a text or number" : type == YAML_SEQUENCE_NODE ? "a list" : "a mapping";
}

static bool must_be(struct form *form, const struct form_value *value, yaml_node_type_t type)
{
    if (value->node->type == type)
        return true;
    form_fault(form, value, REASON_INVALID_SYNTAX, "%s is wanted here, not %s", kind_name(type),
               kind_name(value->node->type));
    return false;
}

const char *form_scalar(struct form *form, const struct form_value *value)
{
    if (!must_be(form, value, YAML_SCALAR_NODE))
        return NULL;
    const char *text = (const char *)value->node->data.scalar.value;
    if (strlen(text) == value->node->data.scalar.length)
        return text;
    form_fault(form, value, REASON_INVALID_TEXT, "%s", text);
    return NULL;
}

static void *slot(const struct form_field *field, void *object)
{
    return (char *)object + field->at;
}

/* Memory of the arena, or null after a problem. */
static void *room(struct form *form, const struct form_value *value, size_t count, size_t bytes)
{
    void *memory = arena_array(form->source->arena, count, bytes);
    if (memory == NULL)
        form_fault(form, value, REASON_TOO_COMPLEX, "%s", value->path);
    return memory;
}

void form_text(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const char **out_text = slot(field, object);
    const char *text = form_scalar(form, value);
    char *copy = text == NULL ? NULL : room(form, value, strlen(text) + 1, 1);
    if (copy != NULL)
        *out_text = strcpy(copy, text);
}

void form_take_decimal(struct form *form, const struct form_value *value, const char *text, struct decimal *out_value)
{
    struct reason reason;
    if (check_decimal(text, value->path, out_value, &reason) != RC_OK)
        add_fault(form, value->node->start_mark, &reason);
}

void form_decimal(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const char *text = form_scalar(form, value);
    if (text != NULL)
        form_take_decimal(form, value, text, slot(field, object));
}

void form_day(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const char *text = form_scalar(form, value);
    struct reason reason;
    if (text != NULL && check_day(text, value->path, slot(field, object), &reason) != RC_OK)
        add_fault(form, value->node->start_mark, &reason);
}

void form_number(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const char *text = form_scalar(form, value);
    if (text == NULL)
        return;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != '\0')
        form_fault(form, value, REASON_OUT_OF_RANGE, "%s is not a whole number", text);
    else
        *(uint32_t *)slot(field, object) = (uint32_t)strtoul(text, NULL, 10);
}

void form_word(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    const char *text = form_scalar(form, value);
    if (text == NULL)
        return;
    char choice[DETAIL_BYTES] = "";
    for (unsigned i = 0; field->words[i] != NULL; i++) {
        if (strcmp(text, field->words[i]) == 0) {
            *(unsigned *)slot(field, object) = i + 1; /* the type that gcc and clang give these enumerations */
            return;
        }
        size_t length = strlen(choice);
        snprintf(choice + length, sizeof choice - length, "%s%s", i == 0 ? "" : ", ", field->words[i]);
    }
    form_fault(form, value, REASON_OUT_OF_RANGE, "%.32s is none of %s", text, choice);
}

/* Before anything is read: what is missing or wrong stays empty, so that the rest can be checked all the same. */
static void empty_texts(const struct form_field *fields, size_t field_count, void *object)
{
    for (size_t i = 0; i < field_count; i++)
        if (fields[i].read == form_text)
            *(const char **)slot(&fields[i], object) = "";
}

/* Where the elements of a list go, or null after a problem. */
static void *list_room(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    size_t count = item_count(value->node);
    if (field->array_length == 0)
        return *(void **)slot(field, object) = room(form, value, count, field->item->bytes);
    if (count <= field->array_length)
        return slot(field, object);
    form_fault(form, value, REASON_TOO_LONG, "%zu", field->array_length);
    return NULL;
}

void form_list(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    if (!must_be(form, value, YAML_SEQUENCE_NODE))
        return;
    const struct form_field *item = field->item;
    size_t count = item_count(value->node);
    char *elements = list_room(form, value, field, object);
    if (elements == NULL)
        return;
    *(size_t *)((char *)object + field->count_at) = count;
    for (size_t i = 0; i < count; i++) {
        char *element = elements + i * item->bytes;
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%.100s[%zu]", value->path, i);
        empty_texts(item, 1, element);
        empty_texts(item->fields, item->field_count, element);
        read_value(form, &(struct form_value){item_at(form, value->node, i), path}, item, element);
    }
}

static const char *join(const char *path, const char *name, char out_path[PATH_BYTES])
{
    snprintf(out_path, PATH_BYTES, "%.88s%s%.36s", path, *path == '\0' ? "" : ".", name);
    return out_path;
}

static const struct form_field *find_field(const struct form_field *mapping, const yaml_node_t *key)
{
    for (size_t i = 0; i < mapping->field_count; i++)
        if (is_text(key, mapping->fields[i].key))
            return &mapping->fields[i];
    return NULL;
}

/* Every key stands in the table, and in the file once. */
static void check_keys(struct form *form, const struct form_value *value, const struct form_field *mapping)
{
    const yaml_node_t *node = value->node;
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(form, pair->key);
        const struct form_field *field = find_field(mapping, key);
        const char *name = key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "?";
        char path[PATH_BYTES];
        if (field == NULL)
            fault_at(form, key->start_mark, REASON_UNKNOWN_FIELD, join(value->path, name, path), name);
        else if (find_pair(form, node, field->key) != pair)
            fault_at(form, key->start_mark, REASON_INVALID_SYNTAX, join(value->path, field->name, path),
                     "the key stands here twice");
    }
}

void form_mapping(struct form *form, const struct form_value *value, const struct form_field *field, void *object)
{
    void *inner = slot(field, object);
    empty_texts(field->fields, field->field_count, inner);
    if (!must_be(form, value, YAML_MAPPING_NODE))
        return;
    check_keys(form, value, field);
    for (size_t i = 0; i < field->field_count; i++) {
        const struct form_field *part = &field->fields[i];
        const yaml_node_pair_t *pair = find_pair(form, value->node, part->key);
        char path[PATH_BYTES];
        join(value->path, part->name, path);
        if (pair != NULL)
            read_value(form, &(struct form_value){node_at(form, pair->value), path}, part, inner);
        else if (part->absent != NULL)
            part->absent(form, inner);
        else
            fault_at(form, value->node->start_mark, REASON_MISSING_FIELD, path, part->key);
    }
}

/* From a path back to a node */

/* The node of the message field that stands `path` below this node, or the nearest one around it. */
static const yaml_node_t *find_node(const struct form *form, const yaml_node_t *node, const struct form_field *field,
                                    const char *path)
{
    if (*path == '[') {
        char *rest;
        size_t i = strtoul(path + 1, &rest, 10);
        if (i >= item_count(node) || field->item == NULL)
            return node;
        return find_node(form, item_at(form, node, i), field->item, rest + 1);
    }
    path += *path == '.';
    for (size_t i = 0; i < field->field_count; i++) {
        const struct form_field *part = &field->fields[i];
        size_t length = strlen(part->name);
        if (strncmp(part->name, path, length) != 0 || strchr(".[", path[length]) == NULL)
            continue;
        const yaml_node_pair_t *pair = find_pair(form, node, part->key);
        return pair == NULL ? node : find_node(form, node_at(form, pair->value), part, path + length);
    }
    return node;
}

/* Whether the field, or one that it is part of, is known to be wrong in form. */
static bool known_wrong(const struct form *form, const char *field)
{
    for (size_t i = 0; i < form->problem_count; i++) {
        const char *wrong = form->problems[i].reason.field;
        size_t length = strlen(wrong);
        if (strncmp(field, wrong, length) == 0 && strchr(".[", field[length]) != NULL)
            return true;
    }
    return false;
}

void form_refuse(void *context, const struct reason *reason)
{
    struct form *form = context;
    const yaml_node_t *root = yaml_document_get_root_node(&form->document);
    if (!known_wrong(form, reason->field))
        add_problem(form, find_node(form, root, form->source->root, reason->field)->start_mark, reason);
}
