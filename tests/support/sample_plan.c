#include "support/sample_plan.h"

day_number sample_day(const char *text)
{
    day_number day;
    REQUIRE(day_parse(text, &day));
    return day;
}

struct decimal sample_decimal(const char *text)
{
    struct decimal value;
    REQUIRE(decimal_parse(text, &value));
    return value;
}

static struct commitment commitment(const char *id, struct indicator indicator, const char *target)
{
    return (struct commitment){
        .id = id,
        .theme = "city",
        .name_zh = "任务",
        .name_en = "task",
        .unit = "parks",
        .indicator = indicator,
        .comparison = COMPARISON_AT_LEAST,
        .target = sample_decimal(target),
        .hold = HOLD_BY_DEADLINE,
        .start = sample_day("2020-01-01"),
        .due = sample_day("2020-12-31"),
    };
}

static struct indicator indicator(enum rule rule, const char *unit, const char *factor)
{
    return (struct indicator){
        .rule = rule, .unit = unit, .group = "", .milestone = "", .factor = sample_decimal(factor)};
}

static void make_commitments(struct sample *sample)
{
    sample->numerators[0][0] = "green-area";
    sample->numerators[1][0] = "livelihood";
    sample->denominator[0] = "spending";
    sample->cooperating[0] = "office";
    struct indicator greening = indicator(RULE_SUM, "平方米", "1");
    greening.numerator = sample->numerators[0];
    greening.numerator_count = 1;
    struct indicator share = indicator(RULE_RATIO, "%", "100");
    share.numerator = sample->numerators[1];
    share.denominator = sample->denominator;
    share.numerator_count = share.denominator_count = 1;
    struct indicator roads = indicator(RULE_SHARE, "%", "100");
    roads.group = "roads";
    roads.milestone = "opened";

    sample->commitments[0] = commitment("greening", greening, "1000000");
    sample->commitments[1] = commitment("livelihood-share", share, "75.5");
    sample->commitments[2] = commitment("roads-open", roads, "100");
    sample->commitments[0].cooperating_units = sample->cooperating;
    sample->commitments[0].cooperating_unit_count = 1;
    sample->curve[0] = (struct curve_point){sample_day("2020-03-31"), sample_decimal("10")};
    sample->curve[1] = (struct curve_point){sample_day("2020-06-30"), sample_decimal("62.5")};
    sample->commitments[0].curve = sample->curve;
    sample->commitments[0].curve_count = 2;
    sample->commitments[1].hold = HOLD_ALL_YEAR;
    sample->commitments[1].has_baseline = true;
    sample->commitments[1].baseline = sample_decimal("-0.5");
}

void sample_make(struct sample *sample)
{
    *sample = (struct sample){
        .units = {{"office", "督查室", "supervision office"}, {"parks", "园林局", "parks bureau"}},
        .measures = {{"green-area", "新增绿地", "green area added", "平方米", MEASURE_INCREMENT, 0},
                     {"spending", "公共支出", "public spending", "元", MEASURE_CUMULATIVE, 0},
                     {"livelihood", "民生支出", "spending on livelihood", "元", MEASURE_CUMULATIVE, 0}},
        .milestones = {{"started", "开工", "started"}, {"opened", "通车", "opened"}},
        .project_groups = {"roads"},
        .deadlines = {{"opened", sample_day("2020-06-30")}},
    };
    make_commitments(sample);
    sample->groups[0] = (struct group){"roads", "道路", "roads", sample->milestones, 2, 0};
    sample->projects[0] = (struct project){.id = "road-1",
                                           .name_zh = "一号路",
                                           .name_en = "road one",
                                           .unit = "parks",
                                           .groups = sample->project_groups,
                                           .group_count = 1,
                                           .deadlines = sample->deadlines,
                                           .deadline_count = 1};
    sample->plan = (struct plan){
        .division = SAMPLE_DIVISION,
        .year = 2020,
        .revision = 1,
        .name_zh = "中原区工作计划",
        .name_en = "work plan",
        .supervising_unit = "office",
        .rules = {.lead_days = {30, 7, 1},
                  .lead_day_count = 3,
                  .overdue_every_days = 7,
                  .alert_minute = 540,
                  .yellow_points = sample_decimal("10"),
                  .red_points = sample_decimal("30")},
        .units = sample->units,
        .unit_count = 2,
        .measures = sample->measures,
        .measure_count = 3,
        .groups = sample->groups,
        .group_count = 1,
        .commitments = sample->commitments,
        .commitment_count = 3,
        .projects = sample->projects,
        .project_count = 1,
    };
}

static struct update update_of(enum update_kind kind)
{
    return (struct update){.kind = kind, .source = "/zhongyuan/bureau", .id = "1", .division = SAMPLE_DIVISION};
}

struct update sample_publication(const struct plan *plan)
{
    struct update update = update_of(UPDATE_PLAN_PUBLISHED);
    update.division = plan->division;
    update.plan = plan;
    return update;
}

struct update sample_registration(const struct project *project)
{
    struct update update = update_of(UPDATE_PROJECT_REGISTERED);
    update.registered = project;
    return update;
}

struct update sample_report(const char *measure, const char *value, const char *unit, const char *observed_on)
{
    struct update update = update_of(UPDATE_MEASUREMENT_REPORTED);
    update.measurement = (struct measurement){.measure = measure,
                                              .project = "",
                                              .value = sample_decimal(value),
                                              .unit = unit,
                                              .observed_on = sample_day(observed_on),
                                              .scope = ""};
    return update;
}

struct update sample_milestone(const char *project, const char *milestone, const char *reached_on)
{
    struct update update = update_of(UPDATE_MILESTONE_REACHED);
    update.reached = (struct milestone_reached){project, milestone, sample_day(reached_on)};
    return update;
}

struct update sample_change(enum update_kind kind, const char *project)
{
    struct update update = update_of(kind);
    update.project = project;
    return update;
}

struct update sample_withdrawal(const char *id)
{
    struct update update = update_of(UPDATE_WITHDRAWN);
    update.withdrawal = (struct withdrawal){.id = id};
    return update;
}

struct update sample_adjustment(const char *commitment, const char *target, const char *decided_on)
{
    struct update update = update_of(UPDATE_TARGET_ADJUSTED);
    update.adjustment = (struct target_adjustment){.year = 2020,
                                                   .commitment = commitment,
                                                   .target = sample_decimal(target),
                                                   .decided_by = "区政府",
                                                   .decided_on = sample_day(decided_on)};
    return update;
}

struct update sample_request(const char *id, const char *commitment, const char *due)
{
    struct update update = update_of(UPDATE_EXTENSION_REQUESTED);
    update.id = id;
    update.request =
        (struct extension_request){.year = 2020, .commitment = commitment, .due = sample_day(due), .reason = "汛期"};
    return update;
}

struct update sample_decision(const char *request_id, bool granted)
{
    struct update update = update_of(UPDATE_EXTENSION_DECIDED);
    update.source = "/zhongyuan/office";
    update.decision = (struct extension_decision){
        .request_source = "/zhongyuan/bureau", .request_id = request_id, .granted = granted, .reason = "同意"};
    return update;
}

struct update sample_signature(const char *alert)
{
    struct update update = update_of(UPDATE_ALERT_ACKNOWLEDGED);
    update.acknowledgement = (struct acknowledgement){.alert = alert, .signed_by = "张三"};
    return update;
}
