#include "metrics/explain.h"

#include <stdlib.h>
#include <string.h>

/* The answer to a question about exactly one commitment. */
struct search {
    const char *division;
    bool found;
    struct metrics_answer answer;
};

static void take_answer(void *context, const struct metrics_answer *answer)
{
    struct search *search = context;
    if (strcmp(answer->standing.division, search->division) != 0)
        return; /* a division below it */
    search->found = true;
    search->answer = *answer;
}

/* A report that the figure took, in the role in which it did. */
struct counted {
    enum report_role role;
    uint64_t sequence;
};

struct gathering {
    const struct subject *subject;
    const char *scope; /* of the figure, or null */
    struct counted *counted;
    size_t counted_count, counted_capacity;
    struct explanation *explanation;
};

static void take_counted(void *context, enum report_role role, const struct report *report)
{
    struct gathering *gathering = context;
    gathering->counted = array_grow(gathering->counted, gathering->counted_count, &gathering->counted_capacity,
                                    sizeof *gathering->counted);
    gathering->counted[gathering->counted_count++] = (struct counted){role, report->sequence};
}

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_counted(const void *first, const void *second)
{
    const struct counted *a = first, *b = second;
    return a->role != b->role ? (int)a->role - (int)b->role : order(a->sequence, b->sequence);
}

static bool is_counted(const struct gathering *gathering, enum report_role role, const struct report *report)
{
    const struct counted wanted = {role, report->sequence};
    return gathering->counted_count > 0 &&
           bsearch(&wanted, gathering->counted, gathering->counted_count, sizeof wanted, compare_counted) != NULL;
}

static enum report_use use_of(const struct gathering *gathering, const struct sight *sight, const struct report *report)
{
    if (is_counted(gathering, sight->role, report))
        return USE_COUNTED;
    if (report_withdrawn(report, gathering->subject->view.as_of_sequence))
        return USE_WITHDRAWN;
    if (sight->given_up || report->day < sight->from || report->day > sight->until)
        return USE_OUTSIDE;
    if (gathering->scope == NULL || strcmp(sight->line->scope, gathering->scope) != 0)
        return USE_OTHER_SCOPE;
    return USE_REPLACED;
}

/* A base is looked for on one day only; what was reported about other days has its place above the line. */
static bool belongs(const struct sight *sight, const struct report *report)
{
    return sight->role != ROLE_BASE || report->day == sight->from;
}

static void take_line(void *context, const struct sight *sight)
{
    struct gathering *gathering = context;
    struct explanation *explanation = gathering->explanation;
    for (size_t i = 0; i < sight->line->count; i++) {
        const struct report *report = &sight->line->reports[i];
        if (report->sequence > gathering->subject->view.as_of_sequence || !belongs(sight, report))
            continue;
        explanation->reports = array_grow(explanation->reports, explanation->report_count,
                                          &explanation->report_capacity, sizeof *explanation->reports);
        explanation->reports[explanation->report_count++] =
            (struct explained_report){sight->role, use_of(gathering, sight, report), sight->line, report};
    }
}

static int compare_reports(const void *first, const void *second)
{
    const struct explained_report *a = first, *b = second;
    int by = (int)a->role - (int)b->role;
    if (by == 0)
        by = strcmp(a->line->measure, b->line->measure);
    if (by == 0)
        by = strcmp(a->line->project, b->line->project);
    if (by == 0)
        by = strcmp(a->line->milestone, b->line->milestone);
    if (by == 0)
        by = a->report->day - b->report->day;
    return by != 0 ? by : order(a->report->sequence, b->report->sequence);
}

/* The figure code itself says which reports count; the others are found on the lines that it looks at. */
static void gather_reports(struct explanation *explanation)
{
    const struct subject *subject = &explanation->answer.subject;
    struct gathering gathering = {.subject = subject, .scope = figure_scope(subject), .explanation = explanation};
    struct figure figure;
    (void)!figure_compute(subject, take_counted, &gathering, &figure);
    if (gathering.counted_count > 0)
        qsort(gathering.counted, gathering.counted_count, sizeof *gathering.counted, compare_counted);
    figure_look(subject, take_line, &gathering);
    free(gathering.counted);
    if (explanation->report_count > 0)
        qsort(explanation->reports, explanation->report_count, sizeof *explanation->reports, compare_reports);
}

/* What was changed beside the plan, seen from the day and the sequence, the first change first. */
static void gather_changes(struct explanation *explanation)
{
    const struct subject *subject = &explanation->answer.subject;
    const struct terms *terms = &subject->terms;
    const struct change *change =
        registry_changes(subject->view.registry, subject->plan->division, subject->plan->year, subject->commitment->id);
    for (; change != NULL; change = change->before) {
        if (change->sequence > subject->view.as_of_sequence || change->since > subject->view.as_of)
            continue;
        explanation->changes = array_grow(explanation->changes, explanation->change_count,
                                          &explanation->change_capacity, sizeof *explanation->changes);
        memmove(explanation->changes + 1, explanation->changes,
                explanation->change_count * sizeof *explanation->changes);
        bool in_force = change == terms->adjustment || change == terms->extension;
        explanation->changes[0] = (struct explained_change){change, in_force};
        explanation->change_count++;
    }
}

bool metrics_explain(const struct metrics *metrics, const struct metrics_question *question,
                     struct explanation *out_explanation)
{
    struct search search = {.division = question->division};
    struct metrics_question about = *question;
    about.unit = "";
    if (*question->commitment == '\0' || question->year == 0)
        return false;
    metrics_ask(metrics, &about, take_answer, &search);
    if (!search.found)
        return false;
    *out_explanation = (struct explanation){.answer = search.answer};
    gather_reports(out_explanation);
    gather_changes(out_explanation);
    return true;
}

void explanation_done(struct explanation *explanation)
{
    free(explanation->reports);
    free(explanation->changes);
    *explanation = (struct explanation){.reports = NULL};
}
