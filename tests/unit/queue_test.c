#include "base/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct queue_limits LIMITS = {.items = 8, .bytes = 800, .share_items = 4, .share_bytes = 400};

/* Things are texts; adds one of 1 item and 10 bytes. */
static void add(struct queue *queue, const char *sender, const char *thing)
{
    assert_int_equal(queue_add(queue, sender, 1, 10, (void *)(uintptr_t)thing), RC_OK);
}

/* Everything that waits, as one text. */
static const char *all(const struct queue *queue)
{
    static char text[256];
    text[0] = '\0';
    for (size_t i = 0; i < queue_count(queue); i++)
        strcat(strcat(text, i > 0 ? " " : ""), queue_at(queue, i));
    return text;
}

static void one_sender_is_served_as_it_sent(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    add(queue, "a", "a1");
    add(queue, "a", "a2");
    add(queue, "a", "a3");
    assert_string_equal(all(queue), "a1 a2 a3");
    queue_free(&queue);
    assert_null(queue);
}

static void senders_are_served_in_turn_whoever_came_first(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    add(queue, "a", "a1");
    add(queue, "a", "a2");
    add(queue, "a", "a3");
    add(queue, "b", "b1");
    add(queue, "c", "c1");
    add(queue, "b", "b2");
    assert_string_equal(all(queue), "a1 b1 c1 a2 b2 a3");
    queue_free(&queue);
}

static void a_thing_of_many_items_takes_as_many_turns(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    assert_int_equal(queue_add(queue, "a", 3, 0, "a1-3"), RC_OK);
    add(queue, "a", "a4");
    add(queue, "b", "b1");
    add(queue, "b", "b2");
    add(queue, "b", "b3");
    add(queue, "b", "b4");
    assert_string_equal(all(queue), "a1-3 b1 b2 b3 a4 b4");
    queue_free(&queue);
}

static void nothing_comes_before_what_is_being_worked_on(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    add(queue, "a", "a1");
    add(queue, "a", "a2");
    add(queue, "a", "a3");
    queue_start(queue, 2);
    add(queue, "b", "b1");
    add(queue, "c", "c1");
    assert_string_equal(all(queue), "a1 a2 b1 c1 a3");
    queue_remove(queue, 0);
    queue_remove(queue, 0);
    assert_string_equal(all(queue), "b1 c1 a3");
    queue_free(&queue);
}

/* However long somebody floods: who sends one thing at a time waits for at most one thing of each other sender. */
static void a_flood_does_not_move_a_small_sender_back(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    int served = 0;
    for (int i = 0; i < 1000; i++) {
        while (queue_add(queue, "flood", 1, 10, "f") == RC_OK)
            ;
        if (i % 3 == 0)
            add(queue, "small", "s");
        queue_start(queue, 1);
        served += strcmp(queue_at(queue, 0), "s") == 0;
        queue_remove(queue, 0);
        assert_true(i % 3 != 2 || served == i / 3 + 1);
    }
    queue_free(&queue);
}

static void a_sender_has_a_share_of_items_and_of_bytes(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    assert_int_equal(queue_add(queue, "a", 4, 10, "a1"), RC_OK);
    assert_int_equal(queue_add(queue, "a", 1, 10, "a2"), RC_AGAIN);
    assert_int_equal(queue_add(queue, "b", 1, 400, "b1"), RC_OK);
    assert_int_equal(queue_add(queue, "b", 1, 1, "b2"), RC_AGAIN);
    assert_int_equal(queue_add(queue, "c", 1, 401, "c1"), RC_AGAIN);
    assert_string_equal(all(queue), "a1 b1");
    queue_remove(queue, 0);
    add(queue, "a", "a3");
    assert_string_equal(all(queue), "b1 a3");
    assert_int_equal(queue_items(queue), 2);
    queue_free(&queue);
}

static void it_is_full_when_all_together_have_too_much(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    assert_int_equal(queue_add(queue, "a", 4, 400, "a"), RC_OK);
    assert_false(queue_full(queue));
    assert_int_equal(queue_add(queue, "b", 1, 400, "b"), RC_OK);
    assert_true(queue_full(queue)); /* by bytes */
    queue_remove(queue, 1);
    assert_false(queue_full(queue));
    assert_int_equal(queue_add(queue, "b", 4, 0, "b"), RC_OK);
    assert_true(queue_full(queue)); /* by items */
    queue_free(&queue);
}

static void any_thing_can_be_taken_out(void **state)
{
    (void)state;
    struct queue *queue = queue_new(&LIMITS);
    add(queue, "a", "a1");
    add(queue, "b", "b1");
    add(queue, "a", "a2");
    add(queue, "b", "b2");
    queue_remove(queue, 1);
    assert_string_equal(all(queue), "a1 a2 b2");
    queue_remove(queue, 2);
    queue_remove(queue, 0);
    assert_string_equal(all(queue), "a2");
    queue_remove(queue, 0);
    assert_int_equal(queue_count(queue), 0);
    assert_int_equal(queue_items(queue), 0);
    queue_free(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sender_is_served_as_it_sent),
        cmocka_unit_test(senders_are_served_in_turn_whoever_came_first),
        cmocka_unit_test(a_thing_of_many_items_takes_as_many_turns),
        cmocka_unit_test(nothing_comes_before_what_is_being_worked_on),
        cmocka_unit_test(a_flood_does_not_move_a_small_sender_back),
        cmocka_unit_test(a_sender_has_a_share_of_items_and_of_bytes),
        cmocka_unit_test(it_is_full_when_all_together_have_too_much),
        cmocka_unit_test(any_thing_can_be_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
