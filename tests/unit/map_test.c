#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEYS 500

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct map map = {0};
    assert_null(map_get(&map, ""));
    map_done(&map);
}

static void entries_stand_in_the_order_of_their_keys(void **state)
{
    (void)state;
    static char keys[KEYS][8];
    struct map map = {0};
    for (size_t i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof keys[i], "%zu", i * 7919 % 1000003 % 10000);
        map_put(&map, keys[i], keys[i]);
    }
    assert_int_equal(map.count, KEYS);
    for (size_t i = 0; i < KEYS; i++) {
        assert_ptr_equal(map_get(&map, keys[i]), keys[i]);
        assert_true(i == 0 || strcmp(map.entries[i - 1].key, map.entries[i].key) < 0);
    }
    assert_null(map_get(&map, "not there"));
    map_done(&map);
    assert_int_equal(map.count, 0);
}

static void a_second_put_replaces_value_and_key(void **state)
{
    (void)state;
    struct map map = {0};
    char old_key[] = "road", new_key[] = "road";
    int old_value, new_value;
    map_put(&map, old_key, &old_value);
    map_put(&map, new_key, &new_value);
    old_key[0] = '\0'; /* may be gone now */
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map.entries[0].key, new_key);
    assert_ptr_equal(map_get(&map, "road"), &new_value);
    map_done(&map);
}

static void keys_compare_as_bytes(void **state)
{
    (void)state;
    struct map map = {0};
    int value;
    map_put(&map, "绿", &value);
    map_put(&map, "z", &value);
    map_put(&map, "", &value);
    assert_string_equal(map.entries[0].key, "");
    assert_string_equal(map.entries[2].key, "绿");
    map_done(&map);
}

static void what_is_removed_is_gone_and_the_rest_stays(void **state)
{
    (void)state;
    struct map map = {0};
    int a, b, c;
    map_put(&map, "a", &a);
    map_put(&map, "b", &b);
    map_put(&map, "c", &c);
    map_remove(&map, "b");
    map_remove(&map, "not there");
    assert_int_equal(map.count, 2);
    assert_null(map_get(&map, "b"));
    assert_ptr_equal(map_get(&map, "a"), &a);
    assert_ptr_equal(map_get(&map, "c"), &c);
    map_done(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(entries_stand_in_the_order_of_their_keys),
        cmocka_unit_test(a_second_put_replaces_value_and_key),
        cmocka_unit_test(keys_compare_as_bytes),
        cmocka_unit_test(what_is_removed_is_gone_and_the_rest_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
