#include "base/queue.h"

#include "base/map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct sender {
    char *name;
    size_t things, items, bytes; /* that wait */
    uint64_t next_turn;          /* of what it adds next: behind all its items */
};

struct entry {
    struct sender *sender;
    size_t items, bytes;
    void *thing;
    uint64_t turn;
};

/* Turns are counted in items. A thing gets its turn when it comes: where the sender's last one ends, or, when nothing
 * of the sender waits, where the queue is now. So of two senders that have items waiting each gets one for each of the
 * other's, as far as things can be divided. */
struct queue {
    struct queue_limits limits;
    struct entry *entries; /* from `first` on, by turn, and those of one turn as they came */
    size_t first, count, capacity, items, bytes;
    struct map senders; /* those of whom something waits */
    uint64_t turn;      /* of what was started last */
};

struct queue *queue_new(const struct queue_limits *limits)
{
    struct queue *queue = calloc(1, sizeof *queue);
    REQUIRE(queue != NULL);
    queue->limits = *limits;
    return queue;
}

static void sender_free(struct sender *sender)
{
    free(sender->name);
    free(sender);
}

void queue_free(struct queue **queue)
{
    if (*queue == NULL)
        return;
    for (size_t i = 0; i < (*queue)->senders.count; i++)
        sender_free((*queue)->senders.entries[i].value);
    map_done(&(*queue)->senders);
    free((*queue)->entries);
    free(*queue);
    *queue = NULL;
}

bool queue_full(const struct queue *queue)
{
    return queue->items >= queue->limits.items || queue->bytes >= queue->limits.bytes;
}

static struct entry *entry_at(const struct queue *queue, size_t index)
{
    return &queue->entries[queue->first + index];
}

static struct sender *find_sender(struct queue *queue, const char *name)
{
    struct sender *sender = map_get(&queue->senders, name);
    if (sender != NULL)
        return sender;
    sender = calloc(1, sizeof *sender);
    REQUIRE(sender != NULL);
    sender->name = strdup(name);
    REQUIRE(sender->name != NULL);
    map_put(&queue->senders, sender->name, sender);
    return sender;
}

static void forget_if_idle(struct queue *queue, struct sender *sender)
{
    if (sender->things > 0)
        return;
    map_remove(&queue->senders, sender->name);
    sender_free(sender);
}

/* Index behind all entries whose turn is this one or earlier. */
static size_t place(const struct queue *queue, uint64_t turn)
{
    size_t low = 0, high = queue->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (entry_at(queue, middle)->turn <= turn)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(struct queue *queue, const struct entry *entry)
{
    if (queue->first + queue->count == queue->capacity) {
        /* What was served leaves room in front; moving at most as much as was served since costs nothing much. */
        if (queue->first > queue->count) {
            memmove(queue->entries, entry_at(queue, 0), queue->count * sizeof *entry);
            queue->first = 0;
        }
        queue->entries =
            array_grow(queue->entries, queue->first + queue->count, &queue->capacity, sizeof *queue->entries);
    }
    size_t index = place(queue, entry->turn);
    memmove(entry_at(queue, index + 1), entry_at(queue, index), (queue->count - index) * sizeof *entry);
    *entry_at(queue, index) = *entry;
    queue->count++;
}

enum rc queue_add(struct queue *queue, const char *name, size_t items, size_t bytes, void *thing)
{
    struct sender *sender = find_sender(queue, name);
    if (sender->items + items > queue->limits.share_items || sender->bytes + bytes > queue->limits.share_bytes) {
        forget_if_idle(queue, sender);
        return RC_AGAIN;
    }
    uint64_t turn = sender->next_turn > queue->turn ? sender->next_turn : queue->turn;
    insert(queue, &(struct entry){sender, items, bytes, thing, turn});
    queue->items += items;
    queue->bytes += bytes;
    sender->things++;
    sender->items += items;
    sender->bytes += bytes;
    sender->next_turn = turn + items;
    return RC_OK;
}

size_t queue_count(const struct queue *queue)
{
    return queue->count;
}

size_t queue_items(const struct queue *queue)
{
    return queue->items;
}

void *queue_at(const struct queue *queue, size_t index)
{
    REQUIRE(index < queue->count);
    return entry_at(queue, index)->thing;
}

void queue_start(struct queue *queue, size_t count)
{
    REQUIRE(count <= queue->count);
    if (count > 0 && entry_at(queue, count - 1)->turn > queue->turn)
        queue->turn = entry_at(queue, count - 1)->turn;
}

void queue_remove(struct queue *queue, size_t index)
{
    REQUIRE(index < queue->count);
    struct entry entry = *entry_at(queue, index);
    queue->count--;
    if (index == 0)
        queue->first++;
    else
        memmove(entry_at(queue, index), entry_at(queue, index + 1), (queue->count - index) * sizeof entry);
    queue->items -= entry.items;
    queue->bytes -= entry.bytes;
    entry.sender->things--;
    entry.sender->items -= entry.items;
    entry.sender->bytes -= entry.bytes;
    forget_if_idle(queue, entry.sender);
}
