#include "domain/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct arena *arena;
static struct err err;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* Pairs of name and value, ended by null. */
static enum rc read_rights(struct rights *out_rights, ...)
{
    struct certificate certificate = {0};
    va_list pairs;
    va_start(pairs, out_rights);
    for (const char *name; (name = va_arg(pairs, const char *)) != NULL; certificate.metadata_count++) {
        certificate.metadata[certificate.metadata_count].name = name;
        certificate.metadata[certificate.metadata_count].value = va_arg(pairs, const char *);
    }
    va_end(pairs);
    return rights_read(&certificate, arena, out_rights, &err);
}

static void a_certificate_without_metadata_gives_nothing(void **state)
{
    (void)state;
    struct rights rights;
    assert_int_equal(read_rights(&rights, NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "parks", NULL), RC_OK);
    assert_false(rights_submits(&rights));
    assert_false(rights_may_submit(&rights, "duban.v1.MeasurementReported"));
    assert_false(rights_cover(&rights, "410102"));
    assert_false(rights_act_for(&rights, "parks"));
    assert_false(rights_may_read(&rights, "deadline.410102.parks.x.due."));
    assert_false(rights_may_read_some(&rights, "deadline."));
    assert_true(rights_may_read(&rights, "head.updates."));
}

static void types_divisions_and_sources_are_those_named(void **state)
{
    (void)state;
    struct rights rights;
    assert_int_equal(read_rights(&rights, "name", "parks", "unit", "parks-office", "divisions", "410102, 4103",
                                 "submit", "MeasurementReported MilestoneReached", "sources", "/parks/", NULL),
                     RC_OK);
    assert_true(rights_submits(&rights));
    assert_true(rights_may_submit(&rights, "duban.v1.MeasurementReported"));
    assert_false(rights_may_submit(&rights, "duban.v1.PlanPublished"));
    assert_false(rights_may_submit(&rights, "duban.v1.Measurement"));
    assert_false(rights_may_submit(&rights, "duban.v1.*"));
    assert_true(rights_cover(&rights, "410102"));
    assert_true(rights_cover(&rights, "410102001"));
    assert_true(rights_cover(&rights, "410305"));
    assert_false(rights_cover(&rights, "410103"));
    assert_false(rights_cover(&rights, "41"));
    assert_true(rights_may_use_source(&rights, "/parks/1"));
    assert_false(rights_may_use_source(&rights, "/finance"));
    assert_true(rights_act_for(&rights, "parks-office"));
    assert_false(rights_act_for(&rights, "finance"));
}

static void topics_are_prefixes(void **state)
{
    (void)state;
    struct rights rights;
    assert_int_equal(read_rights(&rights, "name", "city", "topics", "deadline.410102. digest.4101", NULL), RC_OK);
    assert_true(rights_may_read(&rights, "deadline.%s.%s.%s.", "410102", "parks", "x"));
    assert_true(rights_may_read(&rights, "deadline.410102."));
    assert_false(rights_may_read(&rights, "deadline.410102"));
    assert_false(rights_may_read(&rights, "deadline."));
    assert_false(rights_may_read(&rights, "deadline.4101020."));
    assert_true(rights_may_read(&rights, "digest.410102.parks."));
    assert_false(rights_may_read(&rights, "update.410102."));
    assert_true(rights_may_read_some(&rights, "deadline."));
    assert_true(rights_may_read_some(&rights, ""));
    assert_true(rights_may_read_some(&rights, "digest.41"));
    assert_false(rights_may_read_some(&rights, "deadline.4102"));
    assert_false(rights_may_read_some(&rights, "update."));
    char long_topic[600];
    memset(long_topic, 'x', sizeof long_topic);
    memcpy(long_topic, "deadline.410102.", 16);
    long_topic[sizeof long_topic - 1] = '\0';
    assert_false(rights_may_read(&rights, "%s", long_topic));
}

static void a_star_is_everything_of_its_kind(void **state)
{
    (void)state;
    struct rights rights;
    assert_int_equal(
        read_rights(&rights, "name", "platform", "unit", "*", "divisions", "*", "submit", "*", "topics", "*", NULL),
        RC_OK);
    assert_true(rights_may_submit(&rights, "duban.v1.PlanPublished"));
    assert_true(rights_cover(&rights, "11"));
    assert_true(rights_act_for(&rights, "anybody"));
    assert_false(rights_is_of(&rights, "anybody")); /* a platform supervises nobody */
    assert_true(rights_may_read(&rights, "update."));
}

static void every_fault_is_told(void **state)
{
    (void)state;
    struct rights rights;
    assert_int_equal(read_rights(&rights, "name", "Parks", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "local/0", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "divisons", "41", NULL), RC_REFUSED);
    assert_non_null(strstr(err.text, "divisons"));
    assert_int_equal(read_rights(&rights, "name", "a", "divisions", "41010", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "unit", "two units", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "topics", "deadline", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "submit", "*", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "submit", "*", "unit", "x", NULL), RC_REFUSED);
    assert_int_equal(read_rights(&rights, "name", "a", "submit", "*", "unit", "x", "divisions", "41", NULL), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_certificate_without_metadata_gives_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(types_divisions_and_sources_are_those_named, setup, teardown),
        cmocka_unit_test_setup_teardown(topics_are_prefixes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_star_is_everything_of_its_kind, setup, teardown),
        cmocka_unit_test_setup_teardown(every_fault_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
