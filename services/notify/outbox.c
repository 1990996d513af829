#include "notify/outbox.h"

#include "notify/alert_text.h"

#include "base/ids.h"

#include <stdlib.h>
#include <string.h>

/* Texts and lists of one alert or digest. A list names at most all alerts of one deadline; 80 years of daily ones are
 * 3 MB. */
#define SENDING_ARENA_BYTES ((size_t)256 << 20)

struct entry {
    struct decision decision;
    size_t order; /* in which it was decided */
    bool late, skipped;
    struct entry *const *earlier; /* for the newest of its deadline and recipient: those before it */
    size_t earlier_count;
};

struct digest_entry {
    struct unit_digest digest; /* all but the items */
    struct decision *items;    /* from malloc */
    size_t item_count;
};

struct outbox {
    struct desks *desks;
    struct arena *lasting;
    struct arena *sending; /* of the alert being handed over */
    struct ids letters;    /* id → struct letter */
    struct entry *entries;
    size_t count, capacity;
    struct digest_entry *digests; /* in the order of their instants */
    size_t digest_count, digest_capacity;
    /* While they are handed over: both kinds of order, and how many of each have gone. */
    struct entry **lines, **ordered; /* null when nothing is under way */
    size_t entries_gone, digests_gone;
};

struct outbox *outbox_new(struct desks *desks, struct arena *arena)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);
    REQUIRE(outbox != NULL);
    outbox->desks = desks;
    outbox->lasting = arena;
    outbox->sending = arena_new(SENDING_ARENA_BYTES);
    REQUIRE(outbox->sending != NULL);
    return outbox;
}

static void forget_all(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->digest_count; i++)
        free(outbox->digests[i].items);
    free(outbox->digests);
    free(outbox->entries);
    free(outbox->lines);
    free(outbox->ordered);
    outbox->lines = outbox->ordered = NULL;
    outbox->entries_gone = outbox->digests_gone = 0;
    outbox->entries = NULL;
    outbox->digests = NULL;
    outbox->count = outbox->capacity = outbox->digest_count = outbox->digest_capacity = 0;
}

void outbox_free(struct outbox **outbox)
{
    if (*outbox == NULL)
        return;
    forget_all(*outbox);
    ids_done(&(*outbox)->letters);
    arena_free(&(*outbox)->sending);
    free(*outbox);
    *outbox = NULL;
}

void *outbox_keep(struct outbox *outbox, size_t bytes)
{
    return arena_must(arena_alloc(outbox->lasting, bytes));
}

const char *outbox_add(struct outbox *outbox, const struct decision *decision)
{
    REQUIRE(outbox->ordered == NULL);
    outbox->entries = array_grow(outbox->entries, outbox->count, &outbox->capacity, sizeof *outbox->entries);
    struct entry *entry = &outbox->entries[outbox->count];
    *entry = (struct entry){.decision = *decision, .order = outbox->count};
    struct alert *alert = &entry->decision.alert;
    alert_id(alert, alert->id);
    if (ids_get(&outbox->letters, alert->id) != NULL)
        return NULL;
    char *id = outbox_keep(outbox, ALERT_ID_BYTES);
    memcpy(id, alert->id, ALERT_ID_BYTES);
    struct letter *letter = outbox_keep(outbox, sizeof *letter);
    *letter = (struct letter){
        .key = decision->key, .division = alert->division, .recipient = alert->recipient, .year = alert->year};
    ids_put(&outbox->letters, id, letter);
    desks_take(outbox->desks, &entry->decision);
    outbox->count++;
    return id;
}

struct letter *outbox_letter(const struct outbox *outbox, const char *id)
{
    return ids_get(&outbox->letters, id);
}

struct morning {
    struct outbox *outbox;
    int64_t at_us;
};

static void add_digest(void *context, const struct desk *desk)
{
    const struct morning *morning = context;
    struct outbox *outbox = morning->outbox;
    outbox->digests =
        array_grow(outbox->digests, outbox->digest_count, &outbox->digest_capacity, sizeof *outbox->digests);
    outbox->digests[outbox->digest_count++] = (struct digest_entry){.digest = {.at_us = morning->at_us,
                                                                               .division = desk->division,
                                                                               .year = desk->year,
                                                                               .unit = desk->unit,
                                                                               .burden = desk->burden},
                                                                    .items = desk->items,
                                                                    .item_count = desk->item_count};
}

void outbox_digest(struct outbox *outbox, int64_t at_us)
{
    struct morning morning = {outbox, at_us};
    desks_run(outbox->desks, at_us, add_digest, &morning);
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

/* Of one deadline, to one recipient. */
static int compare_line(const struct entry *a, const struct entry *b)
{
    int keys = strcmp(a->decision.key, b->decision.key);
    return keys != 0 ? keys : strcmp(a->decision.alert.recipient, b->decision.alert.recipient);
}

static int by_line(const void *left, const void *right)
{
    int order = compare_line(*(struct entry *const *)left, *(struct entry *const *)right);
    return order != 0 ? order : by_instant(left, right);
}

static struct entry **sorted(struct outbox *outbox, int (*order)(const void *, const void *))
{
    struct entry **list = reallocarray(NULL, outbox->count + 1, sizeof *list);
    REQUIRE(list != NULL);
    for (size_t i = 0; i < outbox->count; i++)
        list[i] = &outbox->entries[i];
    qsort(list, outbox->count, sizeof *list, order);
    return list;
}

static bool late(const struct notify_drain *drain, int64_t at_us)
{
    return drain->now_us - at_us > drain->grace_us;
}

/* Marks what is late, and what the newest alert of each line replaces. */
static void settle_lateness(struct entry *const *list, size_t count, const struct notify_drain *drain)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = list[i];
        bool newest = i + 1 == count || compare_line(entry, list[i + 1]) != 0;
        entry->late = late(drain, entry->decision.alert.at_us);
        entry->skipped = entry->late && !newest && phase_may_be_skipped(entry->decision.alert.phase);
        if (newest) {
            entry->earlier = list + first;
            entry->earlier_count = i - first;
            first = i + 1;
        }
    }
}

static void list_skipped(struct outbox *outbox, const struct entry *newest, struct alert *alert)
{
    const char **ids = arena_must(arena_array(outbox->sending, newest->earlier_count, sizeof *ids));
    for (size_t i = 0; i < newest->earlier_count; i++)
        if (newest->earlier[i]->skipped)
            ids[alert->skipped_count++] = newest->earlier[i]->decision.alert.id;
    alert->skipped = ids;
}

static void hand_over(struct outbox *outbox, const struct entry *entry, const struct notify_drain *drain)
{
    struct alert alert = entry->decision.alert;
    alert.late = entry->late;
    list_skipped(outbox, entry, &alert);
    alert_text_fill(&alert, &entry->decision, outbox->sending);
    drain->alert(drain->context, &alert);
    arena_reset(outbox->sending);
}

static void fill_item(struct outbox *outbox, const struct decision *decision, struct digest_item *item)
{
    struct alert alert = decision->alert;
    alert_text_fill(&alert, decision, outbox->sending);
    *item = (struct digest_item){.deadline = alert.deadline,
                                 .phase = alert.phase,
                                 .level = alert.level,
                                 .text_zh = alert.text_zh,
                                 .text_en = alert.text_en};
    memcpy(item->id, alert.id, sizeof item->id);
}

static void hand_over_digest(struct outbox *outbox, const struct digest_entry *entry, const struct notify_drain *drain)
{
    struct unit_digest digest = entry->digest;
    struct digest_item *items = arena_must(arena_array(outbox->sending, entry->item_count, sizeof *items));
    for (size_t i = 0; i < entry->item_count; i++)
        fill_item(outbox, &entry->items[i], &items[i]);
    digest.items = items;
    digest.item_count = entry->item_count;
    digest.late = late(drain, digest.at_us);
    digest_id(&digest, digest.id);
    drain->digest(drain->context, &digest);
    arena_reset(outbox->sending);
}

/* The next of both, in the order of their instants; at one instant alerts first. */
static void hand_over_next(struct outbox *outbox, const struct notify_drain *drain)
{
    const struct entry *entry = outbox->entries_gone < outbox->count ? outbox->ordered[outbox->entries_gone] : NULL;
    const struct digest_entry *digest =
        outbox->digests_gone < outbox->digest_count ? &outbox->digests[outbox->digests_gone] : NULL;
    if (digest != NULL && (entry == NULL || digest->digest.at_us < entry->decision.alert.at_us)) {
        hand_over_digest(outbox, digest, drain);
        outbox->digests_gone++;
        return;
    }
    if (!entry->skipped)
        hand_over(outbox, entry, drain);
    outbox->entries_gone++;
}

bool outbox_drain(struct outbox *outbox, const struct notify_drain *drain)
{
    if (outbox->count == 0 && outbox->digest_count == 0)
        return true;
    if (outbox->ordered == NULL) {
        outbox->lines = sorted(outbox, by_line);
        outbox->ordered = sorted(outbox, by_instant);
        settle_lateness(outbox->lines, outbox->count, drain);
    }
    while (outbox->entries_gone < outbox->count || outbox->digests_gone < outbox->digest_count) {
        if (drain->full != NULL && drain->full(drain->context))
            return false;
        hand_over_next(outbox, drain);
    }
    forget_all(outbox);
    return true;
}
