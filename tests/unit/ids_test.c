#include "base/ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define MANY 20000

static void an_empty_set_has_nothing(void **state)
{
    (void)state;
    struct ids ids = {0};
    assert_null(ids_get(&ids, ""));
    ids_done(&ids);
}

static void what_was_put_is_found_and_nothing_else(void **state)
{
    (void)state;
    static char names[MANY][8];
    struct ids ids = {0};
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "%zu", i);
        ids_put(&ids, names[i], names[i]);
    }
    assert_int_equal(ids.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        char name[8];
        snprintf(name, sizeof name, "%zu", i);
        assert_ptr_equal(ids_get(&ids, name), names[i]);
    }
    assert_null(ids_get(&ids, "20000"));
    assert_null(ids_get(&ids, ""));
    ids_done(&ids);
    assert_null(ids_get(&ids, "1"));
}

static void the_last_value_counts(void **state)
{
    (void)state;
    struct ids ids = {0};
    int a, b;
    ids_put(&ids, "x", &a);
    ids_put(&ids, "x", &b);
    assert_ptr_equal(ids_get(&ids, "x"), &b);
    assert_int_equal(ids.count, 1);
    ids_done(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_set_has_nothing),
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(the_last_value_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
