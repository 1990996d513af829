/* The sentences of an alert, in Chinese and in English, for the people who must act on it. */
#ifndef DUBAN_NOTIFY_ALERT_TEXT_H
#define DUBAN_NOTIFY_ALERT_TEXT_H

#include "notify/decision.h"

/* Fills text_zh, text_en and reason of an alert that is otherwise complete, from what it was decided by. The texts live
 * in the arena, which must have room. */
void alert_text_fill(struct alert *alert, const struct decision *decision, struct arena *arena);

#endif
