#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#define PAGE ((size_t)4096)

static void memory_is_aligned_for_any_type_and_zero(void **state)
{
    (void)state;
    struct arena *arena = arena_new(PAGE);
    for (size_t bytes = 1; bytes < 40; bytes++) {
        unsigned char *memory = arena_alloc(arena, bytes);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < bytes; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, bytes);
    }
    arena_free(&arena);
    assert_null(arena);
}

static void a_full_arena_gives_null_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct arena *arena = arena_new(PAGE);
    char *text = arena_copy(arena, "kept");
    assert_null(arena_alloc(arena, PAGE));
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_printf(arena, "%5000d", 1));
    assert_non_null(arena_alloc(arena, PAGE - 16));
    assert_null(arena_alloc(arena, 1));
    assert_null(arena_copy(arena, ""));
    assert_string_equal(text, "kept");
    arena_free(&arena);
}

static void an_arena_can_be_used_to_its_last_byte(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1); /* rounded up to a page */
    char *memory = arena_alloc(arena, PAGE);
    assert_non_null(memory);
    memory[PAGE - 1] = 1;
    assert_int_equal(arena_used(arena), PAGE);
    assert_null(arena_alloc(arena, 1));
    arena_free(&arena);
}

static void an_array_whose_size_overflows_is_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(PAGE);
    assert_null(arena_array(arena, SIZE_MAX / 2, 4));
    assert_null(arena_array(arena, SIZE_MAX, SIZE_MAX));
    assert_non_null(arena_array(arena, 0, 8));
    assert_non_null(arena_array(arena, 16, 8));
    arena_free(&arena);
}

static void a_reset_gives_everything_back_as_zeros(void **state)
{
    (void)state;
    const size_t large = (size_t)3 << 20; /* above what stays in memory */
    struct arena *arena = arena_new(large);
    for (int round = 0; round < 3; round++) {
        unsigned char *memory = arena_alloc(arena, large);
        assert_non_null(memory);
        assert_int_equal(memory[0] | memory[large / 2] | memory[large - 1], 0);
        memset(memory, 0xff, large);
        assert_null(arena_alloc(arena, 1));
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
    arena_free(&arena);
}

static void texts_are_copied_and_terminated(void **state)
{
    (void)state;
    struct arena *arena = arena_new(PAGE);
    assert_string_equal(arena_text(arena, "督办of", 6), "督办");
    assert_string_equal(arena_text(arena, NULL, 0), "");
    assert_string_equal(arena_printf(arena, "%s/%d", "plan", 2020), "plan/2020");
    arena_free(&arena);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    struct arena *arena = NULL;
    arena_free(&arena);
}

/* So that AddressSanitizer sees a step from one object into the next, and the use of what was given back. */
static void what_is_no_object_may_not_be_touched(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    struct arena *arena = arena_new(PAGE);
    for (size_t bytes = 1; bytes < 40; bytes++) {
        char *first = arena_alloc(arena, bytes), *second = arena_alloc(arena, 1);
        assert_null(__asan_region_is_poisoned(first, bytes));
        assert_null(__asan_region_is_poisoned(second, 1));
        assert_true(first + bytes < second && __asan_address_is_poisoned(first + bytes));
        arena_reset(arena);
        assert_true(__asan_address_is_poisoned(first) && __asan_address_is_poisoned(second));
    }
    arena_free(&arena);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_for_any_type_and_zero),
        cmocka_unit_test(a_full_arena_gives_null_and_keeps_what_it_has),
        cmocka_unit_test(an_arena_can_be_used_to_its_last_byte),
        cmocka_unit_test(an_array_whose_size_overflows_is_refused),
        cmocka_unit_test(a_reset_gives_everything_back_as_zeros),
        cmocka_unit_test(texts_are_copied_and_terminated),
        cmocka_unit_test(freeing_nothing_is_allowed),
        cmocka_unit_test(what_is_no_object_may_not_be_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
