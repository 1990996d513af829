#include "metrics/forecast.h"

#include "metrics/evaluate.h"

#include <string.h>

#define PACE_REPORTS_MAX 100 /* plan_check */
#define WEEK decimal_whole(7)

/* What a figure was on a day. */
struct point {
    day_number day;
    struct decimal value;
};

/* A straight line through two points: `rise` in `days`, which are above 0. */
struct pace {
    struct point to;
    struct decimal rise;
    day_number days;
};

/* The figure on an earlier day. False when it is unknown or of another scope. */
static bool find_point(const struct subject *subject, const char *scope, day_number day, struct point *out_point)
{
    const struct subject then = subject_on(subject, day);
    struct figure figure;
    out_point->day = day;
    return figure_compute(&then, NULL, NULL, &figure) && strcmp(figure.scope, scope) == 0 &&
           figure_value(&then.commitment->indicator, &figure, &out_point->value);
}

static bool all_cumulative(const struct subject *subject)
{
    const struct indicator *indicator = &subject->commitment->indicator;
    for (size_t i = 0; i < indicator->numerator_count; i++)
        if (plan_measure(subject->plan, indicator->numerator[i])->kind != MEASURE_CUMULATIVE)
            return false;
    return true;
}

/* Where the way began, for figures that are known to begin somewhere; with nothing above the line the value is the
 * offset. False for others. */
static bool find_origin(const struct subject *subject, day_number newest, struct point *out_origin)
{
    const struct commitment *commitment = subject->commitment;
    enum rule rule = commitment->indicator.rule;
    *out_origin = (struct point){commitment->start - 1, commitment->indicator.offset};
    if (commitment->has_baseline) {
        out_origin->value = commitment->baseline;
        return true;
    }
    if (rule == RULE_LATEST && all_cumulative(subject)) {
        out_origin->day = day_year_start(day_year(newest)) - 1;
        return true;
    }
    return rule == RULE_SUM || rule == RULE_COUNT || rule == RULE_SHARE;
}

/* The point that the pace is taken from: so many days with reports before the newest, else the origin, else the oldest
 * day. */
static bool find_start(const struct subject *subject, const struct standing *standing, struct point *out_start)
{
    size_t wanted = subject->plan->rules.pace_reports;
    size_t back = wanted == 0 ? PACE_REPORTS_DEFAULT : wanted;
    day_number days[PACE_REPORTS_MAX + 1];
    REQUIRE(back <= PACE_REPORTS_MAX);
    size_t count = figure_days(subject, days, back + 1);
    REQUIRE(count > 0 && days[0] == standing->observed_on);
    if (count <= back && find_origin(subject, standing->observed_on, out_start))
        return true;
    return find_point(subject, standing->scope, days[count - 1], out_start);
}

static bool find_pace(const struct subject *subject, const struct standing *standing, struct pace *out_pace)
{
    struct point start;
    out_pace->to = (struct point){standing->observed_on, standing->value};
    if (!find_start(subject, standing, &start) || start.day >= standing->observed_on)
        return false;
    out_pace->days = standing->observed_on - start.day;
    return decimal_subtract(standing->value, start.value, &out_pace->rise);
}

/* Whether the target is reached n days after the newest report: n × rise ÷ days is compared with what is missing,
 * without dividing. */
static bool reached_after(const struct pace *pace, enum comparison comparison, struct decimal missing, day_number n)
{
    return comparison_holds(comparison,
                            decimal_compare_products(decimal_whole(n), pace->rise, missing, decimal_whole(pace->days)));
}

/* The first day on which the target is reached. On a straight line it is never left again in the direction in which it
 * is reached, so when it is not reached at first, the days are halved. */
static bool find_reached(const struct pace *pace, enum comparison comparison, struct decimal missing,
                         day_number *out_day)
{
    day_number low = 0, high = day_year_start(2100) - 1 - pace->to.day;
    if (reached_after(pace, comparison, missing, 0))
        high = 0;
    else if (!reached_after(pace, comparison, missing, high))
        return false;
    while (low < high) {
        day_number middle = low + (high - low) / 2;
        if (reached_after(pace, comparison, missing, middle))
            high = middle;
        else
            low = middle + 1;
    }
    *out_day = pace->to.day + high;
    return true;
}

bool forecast_compute(const struct subject *subject, const struct standing *standing, struct forecast *out_forecast)
{
    const struct commitment *commitment = subject->commitment;
    if (commitment->hold != HOLD_BY_DEADLINE || standing->reached || standing->as_of > standing->due)
        return false;
    struct pace pace;
    struct decimal missing;
    if (!find_pace(subject, standing, &pace) || !decimal_subtract(standing->target, standing->value, &missing))
        return false;
    struct forecast forecast = {.since = pace.to.day - pace.days};
    struct decimal days = decimal_whole(pace.days);
    if (!decimal_ratio(WEEK, pace.rise, days, &forecast.weekly_pace) ||
        !decimal_ratio_plus(pace.rise, decimal_whole(standing->due - pace.to.day), days, standing->value,
                            &forecast.value_at_deadline))
        return false;
    forecast.reaches = find_reached(&pace, commitment->comparison, missing, &forecast.reached_on);
    forecast.misses = !forecast.reaches || forecast.reached_on > standing->due;
    forecast.pace_needed_known = standing->as_of < standing->due;
    if (forecast.pace_needed_known &&
        !decimal_ratio(WEEK, missing, decimal_whole(standing->due - standing->as_of), &forecast.weekly_pace_needed))
        return false;
    *out_forecast = forecast;
    return true;
}
