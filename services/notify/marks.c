#include "notify/marks.h"

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

void marks_done(struct marks *marks)
{
    free(marks->list);
    *marks = (struct marks){0};
}

void marks_add(struct marks *marks, struct mark mark)
{
    marks->list = array_grow(marks->list, marks->count, &marks->capacity, sizeof *marks->list);
    marks->list[marks->count++] = mark;
}

bool marks_have(const struct marks *marks, enum phase phase, uint32_t occurrence)
{
    for (size_t i = marks->count; i-- > 0;)
        if (marks->list[i].phase == phase && marks->list[i].occurrence == occurrence)
            return true;
    return false;
}

uint32_t marks_last_occurrence(const struct marks *marks, enum phase phase)
{
    uint32_t last = 0;
    for (size_t i = 0; i < marks->count; i++)
        if (marks->list[i].phase == phase && marks->list[i].occurrence > last)
            last = marks->list[i].occurrence;
    return last;
}

static bool came_before(const struct marks *marks, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(marks->list[i].recipient, marks->list[index].recipient) == 0)
            return true;
    return false;
}

const char *marks_next_recipient(const struct marks *marks, const char *previous)
{
    bool passed = previous == NULL;
    for (size_t i = 0; i < marks->count; i++) {
        if (came_before(marks, i))
            continue;
        if (passed)
            return marks->list[i].recipient;
        passed = strcmp(marks->list[i].recipient, previous) == 0;
    }
    return NULL;
}

void marks_sign(struct marks *marks, const char *id, uint64_t sequence)
{
    for (size_t i = 0; i < marks->count; i++)
        if (strcmp(marks->list[i].id, id) == 0)
            marks->list[i].signed_at = sequence;
}

uint64_t marks_signed_at(const struct marks *marks, enum phase phase, const char *recipient)
{
    uint64_t sequence = 0;
    for (size_t i = 0; i < marks->count; i++) {
        const struct mark *mark = &marks->list[i];
        if (mark->phase == phase && mark->signed_at > sequence && strcmp(mark->recipient, recipient) == 0)
            sequence = mark->signed_at;
    }
    return sequence;
}
