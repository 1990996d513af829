#include "notify/outbox.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Texts and lists of one alert. Its lists name at most all alerts of one deadline; 80 years of daily ones are 3 MB. */
#define ALERT_ARENA_BYTES ((size_t)64 << 20)

struct entry {
    struct decision decision;
    size_t order; /* in which it was decided */
    bool late, skipped;
    struct entry *const *earlier; /* for the newest of its deadline: those of the same deadline before it */
    size_t earlier_count;
};

struct outbox {
    struct arena *arena; /* of the alert being handed over */
    struct entry *entries;
    size_t count, capacity;
};

struct outbox *outbox_new(void)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    REQUIRE(outbox != NULL);
    outbox->arena = arena_new(ALERT_ARENA_BYTES);
    REQUIRE(outbox->arena != NULL);
    return outbox;
}

static void forget_all(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->count; i++)
        free(outbox->entries[i].decision.taken_back);
    free(outbox->entries);
    outbox->entries = NULL;
    outbox->count = outbox->capacity = 0;
}

void outbox_free(struct outbox **outbox)
{
    if (*outbox == NULL)
        return;
    forget_all(*outbox);
    arena_free(&(*outbox)->arena);
    free(*outbox);
    *outbox = NULL;
}

void outbox_add(struct outbox *outbox, const struct decision *decision)
{
    outbox->entries = array_grow(outbox->entries, outbox->count, &outbox->capacity, sizeof *outbox->entries);
    outbox->entries[outbox->count] = (struct entry){.decision = *decision, .order = outbox->count};
    outbox->count++;
}

static int by_instant(const void *left, const void *right)
{
    const struct entry *a = *(struct entry *const *)left;
    const struct entry *b = *(struct entry *const *)right;
    if (a->decision.alert.at_us != b->decision.alert.at_us)
        return a->decision.alert.at_us < b->decision.alert.at_us ? -1 : 1;
    int keys = strcmp(a->decision.key, b->decision.key);
    return keys != 0 ? keys : (a->order > b->order) - (a->order < b->order);
}

static int by_deadline(const void *left, const void *right)
{
    const struct entry *a = *(struct entry *const *)left;
    const struct entry *b = *(struct entry *const *)right;
    int keys = strcmp(a->decision.key, b->decision.key);
    return keys != 0 ? keys : by_instant(left, right);
}

static struct entry **sorted(struct outbox *outbox, int (*order)(const void *, const void *))
{
    struct entry **list = reallocarray(NULL, outbox->count, sizeof *list);
    REQUIRE(list != NULL);
    for (size_t i = 0; i < outbox->count; i++)
        list[i] = &outbox->entries[i];
    qsort(list, outbox->count, sizeof *list, order);
    return list;
}

static bool of_the_calendar(enum phase phase)
{
    return phase == PHASE_UPCOMING || phase == PHASE_DUE || phase == PHASE_OVERDUE;
}

/* Marks what is late, and what the newest alert of each deadline replaces. */
static void settle_lateness(struct entry *const *list, size_t count, int64_t now_us, int64_t grace_us)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = list[i];
        bool newest = i + 1 == count || strcmp(entry->decision.key, list[i + 1]->decision.key) != 0;
        entry->late = now_us - entry->decision.alert.at_us > grace_us;
        entry->skipped = entry->late && !newest && of_the_calendar(entry->decision.alert.phase);
        if (newest) {
            entry->earlier = list + first;
            entry->earlier_count = i - first;
            first = i + 1;
        }
    }
}

static const char *id_of(struct outbox *outbox, const struct alert *alert, enum phase phase, uint32_t occurrence)
{
    char *id = arena_alloc(outbox->arena, ALERT_ID_BYTES);
    REQUIRE(id != NULL);
    struct alert facts = *alert;
    facts.phase = phase;
    facts.occurrence = occurrence;
    return alert_id(&facts, id);
}

static const char **new_list(struct outbox *outbox, size_t count)
{
    const char **list = arena_array(outbox->arena, count, sizeof *list);
    REQUIRE(list != NULL);
    return list;
}

/* What was met stays met: only the other alerts are taken back. */
static void list_withdrawn(struct outbox *outbox, const struct decision *decision, struct alert *alert)
{
    const char **ids = new_list(outbox, decision->taken_back_count);
    for (size_t i = 0; i < decision->taken_back_count; i++) {
        const struct mark *mark = &decision->taken_back[i];
        if (mark->phase != PHASE_MET)
            ids[alert->withdrawn_count++] = id_of(outbox, alert, mark->phase, mark->occurrence);
    }
    alert->withdrawn = ids;
}

static void list_skipped(struct outbox *outbox, const struct entry *newest, struct alert *alert)
{
    const char **ids = new_list(outbox, newest->earlier_count);
    for (size_t i = 0; i < newest->earlier_count; i++) {
        const struct alert *earlier = &newest->earlier[i]->decision.alert;
        if (newest->earlier[i]->skipped)
            ids[alert->skipped_count++] = id_of(outbox, earlier, earlier->phase, earlier->occurrence);
    }
    alert->skipped = ids;
}

static void hand_over(struct outbox *outbox, const struct entry *entry, notify_emit_fn *emit, void *context)
{
    struct alert alert = entry->decision.alert;
    alert_id(&alert, alert.id);
    alert.late = entry->late;
    list_withdrawn(outbox, &entry->decision, &alert);
    list_skipped(outbox, entry, &alert);
    alert_text_fill(&alert, &entry->decision.promise, &entry->decision.why, outbox->arena);
    emit(context, &alert);
    arena_reset(outbox->arena);
}

void outbox_drain(struct outbox *outbox, int64_t now_us, int64_t grace_us, notify_emit_fn *emit, void *context)
{
    if (outbox->count == 0)
        return;
    struct entry **grouped = sorted(outbox, by_deadline);
    struct entry **ordered = sorted(outbox, by_instant);
    settle_lateness(grouped, outbox->count, now_us, grace_us);
    for (size_t i = 0; i < outbox->count; i++)
        if (!ordered[i]->skipped)
            hand_over(outbox, ordered[i], emit, context);
    free(grouped);
    free(ordered);
    forget_all(outbox);
}
