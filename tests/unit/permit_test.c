/* The table of who may send what: proto/README.md, "Keys and rights". */
#include "ingest/permit.h"

#include "support/sample_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct registry *registry;
static struct sample sample;

static int setup(void **state)
{
    (void)state;
    sample_make(&sample);
    registry = registry_new();
    struct update update = sample_publication(&sample.plan);
    registry_apply(registry, &update);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    registry_free(&registry);
    return 0;
}

static bool may(const char *unit, struct update update, struct permit_facts facts)
{
    struct rights rights = {.name = unit, .unit = unit};
    struct reason reason = {.code = REASON_NONE};
    enum rc rc = permit_responsibility(registry, &rights, &update, &facts, &reason);
    if (rc != RC_OK) {
        assert_int_equal(reason.code, REASON_NOT_RESPONSIBLE);
        assert_int_equal(strncmp(reason.field, "data.", 5), 0);
    }
    return rc == RC_OK;
}

/* office supervises and leads spending; parks leads greening and owns road-1; finance is nobody here. */
#define ONLY(units, update, ...)                                                                                       \
    do {                                                                                                               \
        static const char *const all[] = {"office", "parks", "finance", "*"};                                          \
        for (size_t unit = 0; unit < sizeof all / sizeof *all; unit++)                                                 \
            assert_int_equal(may(all[unit], update, (struct permit_facts){__VA_ARGS__}),                               \
                             strstr(units, all[unit]) != NULL);                                                        \
    } while (0)

static void only_the_supervising_unit_publishes_plans_adjusts_and_decides(void **state)
{
    (void)state;
    ONLY("office", sample_publication(&sample.plan), 0);
    ONLY("office", sample_adjustment("greening", "1", "2020-07-01"), 0);
    ONLY("office", sample_decision("1", true), 0);
}

static void the_first_plan_of_a_division_names_who_may_publish_it(void **state)
{
    (void)state;
    struct plan plan = sample.plan;
    plan.division = "410103";
    ONLY("office", sample_publication(&plan), 0);
    plan.supervising_unit = "parks";
    ONLY("parks", sample_publication(&plan), 0);
    plan.division = SAMPLE_DIVISION; /* no revision makes another unit the supervisor of its own accord */
    plan.year = 2021;
    ONLY("office", sample_publication(&plan), 0);
}

static void a_measure_is_reported_by_who_works_on_a_commitment_that_needs_it(void **state)
{
    (void)state;
    ONLY("office parks *", sample_report("green-area", "1", "平方米", "2020-07-01"), 0);
    ONLY("office parks *", sample_report("spending", "1", "元", "2020-07-01"), 0);
}

static void a_measure_of_no_commitment_is_anybodys(void **state)
{
    (void)state;
    ONLY("office parks finance *", sample_report("unused", "1", "个", "2020-07-01"), 0);
}

static void what_is_of_a_project_is_its_units(void **state)
{
    (void)state;
    ONLY("office parks *", sample_milestone("road-1", "opened", "2020-06-01"), 0);
    ONLY("office parks *", sample_change(UPDATE_PROJECT_SUSPENDED, "road-1"), 0);
    ONLY("office parks *", sample_change(UPDATE_PROJECT_CANCELLED, "road-1"), 0);
    struct update report = sample_report("livelihood", "1", "元", "2020-07-01");
    report.measurement.project = "road-1";
    assert_true(may("parks", report, (struct permit_facts){0}));
    assert_false(may("finance", report, (struct permit_facts){0}));
}

static void nobody_takes_a_project_from_another_unit(void **state)
{
    (void)state;
    struct project project = sample.projects[0];
    ONLY("office parks *", sample_registration(&project), 0);
    project.unit = "finance";
    ONLY("office *", sample_registration(&project), 0);
    project.id = "road-2";
    ONLY("office finance *", sample_registration(&project), 0);
}

static void who_may_report_may_take_back(void **state)
{
    (void)state;
    struct update reached = sample_milestone("road-1", "opened", "2020-06-01");
    ONLY("office parks *", sample_withdrawal("1"), .withdrawn = &reached);
    ONLY("office", sample_withdrawal("1"), 0);
}

static void an_extension_is_asked_for_by_who_leads(void **state)
{
    (void)state;
    ONLY("office parks *", sample_request("2", "greening", "2021-01-31"), 0);
}

static void nobody_signs_for_another(void **state)
{
    (void)state;
    ONLY("parks *", sample_signature("1"), .alerted_unit = "parks");
    ONLY("office *", sample_signature("1"), .alerted_unit = "office");
    ONLY("", sample_signature("1"), 0);
}

static void rights_come_before_responsibility(void **state)
{
    (void)state;
    static const char *const types[] = {"MeasurementReported"}, *const divisions[] = {"410102"},
                             *const sources[] = {"/a/"};
    const struct rights rights = {
        .name = "parks", .unit = "parks", .divisions = {divisions, 1}, .submit = {types, 1}, .sources = {sources, 1}};
    struct update report = sample_report("green-area", "1", "平方米", "2020-07-01");
    struct reason reason;
    report.source = "/a/1";
    assert_int_equal(permit_rights(&rights, &report, "duban.v1.MeasurementReported", &reason), RC_OK);
    assert_int_equal(permit_rights(&rights, &report, "duban.v1.PlanPublished", &reason), RC_REFUSED);
    assert_string_equal(reason.field, "type");
    report.division = "410103";
    assert_int_equal(permit_rights(&rights, &report, "duban.v1.MeasurementReported", &reason), RC_REFUSED);
    assert_string_equal(reason.field, "data.division");
    report.source = "/b";
    assert_int_equal(permit_rights(&rights, &report, "duban.v1.MeasurementReported", &reason), RC_REFUSED);
    assert_string_equal(reason.field, "source");
    assert_int_equal(reason.code, REASON_NOT_ALLOWED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_supervising_unit_publishes_plans_adjusts_and_decides, setup, teardown),
        cmocka_unit_test_setup_teardown(the_first_plan_of_a_division_names_who_may_publish_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_measure_is_reported_by_who_works_on_a_commitment_that_needs_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_measure_of_no_commitment_is_anybodys, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_of_a_project_is_its_units, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_takes_a_project_from_another_unit, setup, teardown),
        cmocka_unit_test_setup_teardown(who_may_report_may_take_back, setup, teardown),
        cmocka_unit_test_setup_teardown(an_extension_is_asked_for_by_who_leads, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_signs_for_another, setup, teardown),
        cmocka_unit_test_setup_teardown(rights_come_before_responsibility, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
