/* A plan as people write it: a YAML file (plans/zhongyuan-2020/plan.yaml shows every key) becomes a checked struct
 * plan, and whatever is wrong with it is shown where it stands in the file. A day on which something is due may be a
 * phrase of domain/phrase.h. */
#ifndef DUBAN_CLI_PLAN_FILE_H
#define DUBAN_CLI_PLAN_FILE_H

#include "domain/plan.h"

struct plan_file_problem {
    size_t line, column;  /* counted from 1; columns are characters */
    struct reason reason; /* field: the path in the message Plan; a key unknown to it stands as it was written */
};

/* Receives each problem, in the order of the file. */
typedef void plan_file_problem_fn(void *context, const struct plan_file_problem *problem);

/* Reads the text of a whole file. RC_OK and the plan, revision 0, in the arena; or RC_REFUSED after at least one call
 * of `problem`. All problems of form and meaning are found in one run, except that a file that is not YAML ends at its
 * first error, and that references are not checked while a part of the plan as a whole is missing or wrong. */
enum rc plan_file_read(const char *text, size_t bytes, struct arena *arena, plan_file_problem_fn *problem,
                       void *context, struct plan **out_plan) MUST_CHECK;

#endif
