/* Reads a YAML file into structs by tables: each key of a mapping is a row that says how its value is read and where it
 * goes. Every problem is kept with the line and column it stands at. Knows no key of any file itself. */
#ifndef DUBAN_CLI_YAML_FORM_H
#define DUBAN_CLI_YAML_FORM_H

#include "cli/plan_file.h" /* struct plan_file_problem */

struct form; /* one run over a file */

/* A value in the file, and the path of the message field that it becomes. */
struct form_value;

/* A key of a mapping. Rows are read in the order of their table, so that a default can look at the fields above it. */
struct form_field {
    const char *key;  /* in the file */
    const char *name; /* of the message field, relative to the object; may be a path */
    size_t at;        /* offset in the object's struct */
    void (*read)(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
    void (*absent)(const struct form *form, void *object); /* gives the default; null: the key is required */
    const char *const *words;                              /* of an enumeration: the words for 1, 2, …, then null */
    const struct form_field *item;                         /* of a list: how each element is read */
    size_t count_at;                                       /* of a list: offset of the number of elements */
    size_t array_length;             /* of a list in an array of the struct: its length; 0: in the arena */
    size_t bytes;                    /* of an element */
    const struct form_field *fields; /* of a mapping: its keys */
    size_t field_count;
};

/* How values are read. Texts and lists go into the arena; texts of an object are never null, whatever is wrong. A
 * number is a uint32_t of at most nine digits. */
void form_text(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_decimal(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_day(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_number(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_word(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_list(struct form *form, const struct form_value *value, const struct form_field *field, void *object);
void form_mapping(struct form *form, const struct form_value *value, const struct form_field *field, void *object);

/* The default that leaves the object as it is. */
void form_leave(const struct form *form, void *object);

/* For readers and defaults of a file's own: the text of a scalar, or null after a problem; a problem at the value; the
 * decimal that a text at this value is; the object of the whole file. */
const char *form_scalar(struct form *form, const struct form_value *value);
void form_fault(struct form *form, const struct form_value *value, enum reason_code code, const char *format, ...)
    PRINTF_LIKE(4, 5);
void form_take_decimal(struct form *form, const struct form_value *value, const char *text, struct decimal *out_value);
const void *form_whole(const struct form *form);

struct form_source {
    const char *text;
    size_t bytes;
    struct arena *arena;
    const struct form_field *root;                        /* of the whole file */
    void (*check)(struct form *form, const void *object); /* finds what is wrong in meaning, by form_refuse */
    plan_file_problem_fn *problem;
    void *context;
};

/* Reads the file into a zeroed object. RC_OK, or RC_REFUSED after the problems, in the order of the file. */
enum rc form_read(const struct form_source *source, void *object) MUST_CHECK;

/* A plan_problem_fn for `check`: adds a problem at the value of the reason's field, or the nearest one around it,
 * unless a problem with that very field is known already. */
void form_refuse(void *form, const struct reason *reason);

#endif
