#include "notify/works.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a report is, for withdrawals, which know only its sequence. */
struct filing {
    uint64_t sequence;
    struct work *work;
};

struct works {
    struct arena *arena;
    struct map by_key;      /* "division/project" → struct work */
    struct filing *filings; /* sequences rising */
    size_t filing_count, filing_capacity;
};

struct works *works_new(struct arena *arena)
{
    struct works *works = calloc(1, sizeof *works);
    REQUIRE(works != NULL);
    works->arena = arena;
    return works;
}

void works_free(struct works **works)
{
    if (*works == NULL)
        return;
    for (size_t i = 0; i < (*works)->by_key.count; i++) {
        struct work *work = (*works)->by_key.entries[i].value;
        free(work->watches);
        free(work->reports);
    }
    map_done(&(*works)->by_key);
    free((*works)->filings);
    free(*works);
    *works = NULL;
}

static char *copy(struct works *works, const char *text)
{
    return arena_must(arena_copy(works->arena, text));
}

struct work *works_get(struct works *works, const char *division, const char *project)
{
    char key[160];
    int length = snprintf(key, sizeof key, "%s/%s", division, project);
    REQUIRE(length > 0 && (size_t)length < sizeof key);
    struct work *work = map_get(&works->by_key, key);
    if (work == NULL) {
        work = arena_must(arena_alloc(works->arena, sizeof *work));
        work->division = copy(works, division);
        work->project = copy(works, project);
        map_put(&works->by_key, copy(works, key), work);
    }
    return work;
}

void work_watch(struct work *work, struct watch *watch)
{
    for (size_t i = 0; i < work->watch_count; i++)
        if (work->watches[i] == watch)
            return;
    work->watches = array_grow(work->watches, work->watch_count, &work->watch_capacity, sizeof *work->watches);
    work->watches[work->watch_count++] = watch;
}

struct work *works_report(struct works *works, const struct update *update)
{
    struct work *work = works_get(works, update->division, update->reached.project);
    work->reports = array_grow(work->reports, work->report_count, &work->report_capacity, sizeof *work->reports);
    work->reports[work->report_count++] = (struct report){
        .sequence = update->sequence,
        .milestone = copy(works, update->reached.milestone),
        .reached_on = update->reached.reached_on,
        .simulated = strncmp(update->source, SIMULATED_SOURCE, strlen(SIMULATED_SOURCE)) == 0,
    };
    works->filings = array_grow(works->filings, works->filing_count, &works->filing_capacity, sizeof *works->filings);
    works->filings[works->filing_count++] = (struct filing){update->sequence, work};
    return work;
}

bool work_report_counts(const struct work *work, size_t index)
{
    const struct report *report = &work->reports[index];
    for (size_t i = index + 1; i < work->report_count; i++)
        if (!work->reports[i].withdrawn && strcmp(work->reports[i].milestone, report->milestone) == 0)
            return false;
    return !report->withdrawn;
}

static void withdraw_report(struct work *work, uint64_t sequence)
{
    for (size_t i = 0; i < work->report_count; i++)
        if (work->reports[i].sequence == sequence)
            work->reports[i].withdrawn = true;
}

struct work *works_withdraw(struct works *works, uint64_t sequence)
{
    size_t i = works->filing_count;
    while (i > 0 && works->filings[i - 1].sequence > sequence) /* what is taken back is mostly recent */
        i--;
    if (i == 0 || works->filings[i - 1].sequence != sequence)
        return NULL;
    withdraw_report(works->filings[i - 1].work, sequence);
    return works->filings[i - 1].work;
}
