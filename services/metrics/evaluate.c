#include "metrics/evaluate.h"

#include "metrics/forecast.h"

#define PERCENT decimal_whole(100)

static bool compare_with_targets(const struct subject *subject, const struct figure *figure, struct standing *standing);
static struct decimal expected_percent(const struct subject *subject);
static enum colour colour_of(const struct subject *subject, const struct standing *standing);

struct standing evaluate(const struct subject *subject)
{
    const struct plan *plan = subject->plan;
    const struct commitment *commitment = subject->commitment;
    struct standing standing = {
        .division = plan->division,
        .year = plan->year,
        .revision = plan->revision,
        .indicator = commitment->id,
        .unit = commitment->unit,
        .as_of = subject->view.as_of,
        .value_unit = commitment->indicator.unit,
        .target = subject->terms.target,
        .approved_target = subject->terms.approved_target,
        .due = subject->terms.due,
        .expected = expected_percent(subject),
        .colour = COLOUR_GREY,
        .scope = "",
    };
    struct standing known = standing;
    struct figure figure;
    if (!figure_compute(subject, NULL, NULL, &figure) || !compare_with_targets(subject, &figure, &known))
        return standing;
    known.known = true;
    known.numerator = figure.numerator;
    known.denominator = figure.denominator;
    known.observed_on = figure.observed_on;
    known.scope = figure.scope;
    known.simulated = figure.simulated;
    known.colour = colour_of(subject, &known);
    known.has_forecast = forecast_compute(subject, &known, &known.forecast);
    return known;
}

bool comparison_holds(enum comparison comparison, int order)
{
    switch (comparison) {
    case COMPARISON_AT_LEAST:
        return order >= 0;
    case COMPARISON_MORE_THAN:
        return order > 0;
    case COMPARISON_AT_MOST:
        return order <= 0;
    case COMPARISON_LESS_THAN:
        return order < 0;
    }
    return false;
}

/* Decided on the exact quotient: factor × numerator is compared with (target − offset) × denominator. That
 * keeps the order, because a denominator is above 0. */
static bool decide_reached(const struct commitment *commitment, struct decimal target, const struct figure *figure,
                           bool *out_reached)
{
    const struct indicator *indicator = &commitment->indicator;
    struct decimal wanted;
    if (!decimal_subtract(target, indicator->offset, &wanted))
        return false;
    int order = decimal_compare_products(indicator->factor, figure->numerator, wanted, figure->denominator);
    *out_reached = comparison_holds(commitment->comparison, order);
    return true;
}

/* The part of the way from baseline to target that is done, in per cent. */
static bool part_of_way(struct decimal baseline, struct decimal target, struct decimal value,
                        struct decimal *out_percent)
{
    struct decimal done, way;
    return decimal_subtract(value, baseline, &done) && decimal_subtract(target, baseline, &way) &&
           decimal_ratio(PERCENT, done, way, out_percent);
}

/* Where there is no way to go from the baseline, a goal to be raised is attained or not, and a goal to be lowered is
 * attained as far as the target is a part of the value. */
static bool compute_attainment(const struct commitment *commitment, struct decimal target, struct decimal value,
                               bool reached, struct decimal *out_percent)
{
    bool raise = comparison_raises(commitment->comparison);
    struct decimal baseline = commitment->has_baseline ? commitment->baseline : decimal_whole(0);
    int way = decimal_compare(target, baseline);
    if (raise ? way > 0 : commitment->has_baseline && way < 0)
        return part_of_way(baseline, target, value, out_percent);
    if (!reached && !raise && decimal_sign(target) > 0)
        return decimal_ratio(PERCENT, target, value, out_percent);
    *out_percent = reached ? PERCENT : decimal_whole(0);
    return true;
}

/* Fills the value, and how far it is on the way to the target in force and to the approved one. False when a number
 * grew too large to be written. */
static bool compare_with_targets(const struct subject *subject, const struct figure *figure, struct standing *standing)
{
    const struct commitment *commitment = subject->commitment;
    bool approved_reached;
    return figure_value(&commitment->indicator, figure, &standing->value) &&
           decide_reached(commitment, standing->target, figure, &standing->reached) &&
           decide_reached(commitment, standing->approved_target, figure, &approved_reached) &&
           compute_attainment(commitment, standing->target, standing->value, standing->reached,
                              &standing->attainment) &&
           compute_attainment(commitment, standing->approved_target, standing->value, approved_reached,
                              &standing->approved_attainment);
}

static struct decimal on_line(struct curve_point from, struct curve_point to, day_number day)
{
    if (day <= from.day)
        return from.percent;
    struct decimal rise, percent;
    REQUIRE(decimal_subtract(to.percent, from.percent, &rise) &&
            decimal_ratio_plus(rise, decimal_whole(day - from.day), decimal_whole(to.day - from.day), from.percent,
                               &percent));
    return percent;
}

/* Expected at the end of a day. The curve begins with 0 on the evening before the start; without a curve, or when the
 * deadline was extended, a straight line leads to 100 on the deadline in force. */
static struct decimal expected_percent(const struct subject *subject)
{
    const struct commitment *commitment = subject->commitment;
    day_number as_of = subject->view.as_of;
    if (commitment->hold == HOLD_ALL_YEAR)
        return as_of < commitment->start ? decimal_whole(0) : PERCENT;
    bool curved = commitment->curve_count > 0 && subject->terms.extension == NULL;
    const struct curve_point straight = {subject->terms.due, PERCENT};
    const struct curve_point *curve = curved ? commitment->curve : &straight;
    size_t count = curved ? commitment->curve_count : 1;
    struct curve_point from = {commitment->start - 1, decimal_whole(0)};
    for (size_t i = 0; i < count; i++) {
        if (as_of < curve[i].day)
            return on_line(from, curve[i], as_of);
        from = curve[i];
    }
    return from.percent;
}

/* Order of attainment and of what is expected less some points. */
static int compare_attainment(const struct standing *standing, struct decimal points)
{
    struct decimal bound;
    REQUIRE(decimal_subtract(standing->expected, points, &bound));
    return decimal_compare(standing->attainment, bound);
}

/* Of a known standing. */
static enum colour colour_of(const struct subject *subject, const struct standing *standing)
{
    const struct commitment *commitment = subject->commitment;
    const struct rules *rules = &subject->plan->rules;
    if (standing->reached)
        return COLOUR_GREEN;
    bool overdue = standing->as_of > standing->due;
    bool broken = commitment->hold == HOLD_ALL_YEAR && standing->as_of >= commitment->start;
    if (overdue || broken || compare_attainment(standing, rules->red_points) < 0)
        return COLOUR_RED;
    return compare_attainment(standing, rules->yellow_points) <= 0 ? COLOUR_YELLOW : COLOUR_GREEN;
}
