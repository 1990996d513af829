#include "metrics/evaluate.h"

#define PERCENT decimal_whole(100)

/* How a known figure compares with the target. */
struct verdict {
    struct decimal value, attainment;
    bool reached;
};

static bool judge(const struct commitment *commitment, const struct figure *figure, struct verdict *out_verdict);
static struct decimal expected_percent(const struct commitment *commitment, day_number as_of);
static enum colour colour_of(const struct rules *rules, const struct commitment *commitment,
                             const struct standing *standing);

struct standing evaluate(const struct view *view, const struct plan *plan, const struct commitment *commitment)
{
    struct standing standing = {
        .division = plan->division,
        .year = plan->year,
        .revision = plan->revision,
        .indicator = commitment->id,
        .unit = commitment->unit,
        .as_of = view->as_of,
        .value_unit = commitment->indicator.unit,
        .target = commitment->target,
        .expected = expected_percent(commitment, view->as_of),
        .colour = COLOUR_GREY,
        .scope = "",
    };
    struct figure figure;
    struct verdict verdict;
    if (!figure_compute(view, plan, commitment, &figure) || !judge(commitment, &figure, &verdict))
        return standing;
    standing.known = true;
    standing.numerator = figure.numerator;
    standing.denominator = figure.denominator;
    standing.observed_on = figure.observed_on;
    standing.scope = figure.scope;
    standing.value = verdict.value;
    standing.attainment = verdict.attainment;
    standing.reached = verdict.reached;
    standing.colour = colour_of(&plan->rules, commitment, &standing);
    return standing;
}

static bool compute_value(const struct indicator *indicator, const struct figure *figure, struct decimal *out_value)
{
    struct decimal quotient;
    return decimal_ratio(indicator->factor, figure->numerator, figure->denominator, &quotient) &&
           decimal_add(quotient, indicator->offset, out_value);
}

static bool fulfils(enum comparison comparison, int order)
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
static bool decide_reached(const struct commitment *commitment, const struct figure *figure, bool *out_reached)
{
    const struct indicator *indicator = &commitment->indicator;
    struct decimal wanted;
    if (!decimal_subtract(commitment->target, indicator->offset, &wanted))
        return false;
    int order = decimal_compare_products(indicator->factor, figure->numerator, wanted, figure->denominator);
    *out_reached = fulfils(commitment->comparison, order);
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
static bool compute_attainment(const struct commitment *commitment, struct decimal value, bool reached,
                               struct decimal *out_percent)
{
    bool raise = commitment->comparison == COMPARISON_AT_LEAST || commitment->comparison == COMPARISON_MORE_THAN;
    struct decimal baseline = commitment->has_baseline ? commitment->baseline : decimal_whole(0);
    int way = decimal_compare(commitment->target, baseline);
    if (raise ? way > 0 : commitment->has_baseline && way < 0)
        return part_of_way(baseline, commitment->target, value, out_percent);
    if (!reached && !raise && decimal_sign(commitment->target) > 0)
        return decimal_ratio(PERCENT, commitment->target, value, out_percent);
    *out_percent = reached ? PERCENT : decimal_whole(0);
    return true;
}

/* False when a number grew too large to be written. */
static bool judge(const struct commitment *commitment, const struct figure *figure, struct verdict *out_verdict)
{
    return compute_value(&commitment->indicator, figure, &out_verdict->value) &&
           decide_reached(commitment, figure, &out_verdict->reached) &&
           compute_attainment(commitment, out_verdict->value, out_verdict->reached, &out_verdict->attainment);
}

static struct decimal on_line(struct curve_point from, struct curve_point to, day_number day)
{
    if (day <= from.day)
        return from.percent;
    struct decimal rise, percent;
    REQUIRE(decimal_subtract(to.percent, from.percent, &rise) &&
            decimal_ratio(rise, decimal_whole(day - from.day), decimal_whole(to.day - from.day), &percent) &&
            decimal_add(percent, from.percent, &percent));
    return percent;
}

/* Expected at the end of a day. The curve begins with 0 on the evening before the start; without a curve a straight
 * line leads to 100 on the due day. */
static struct decimal expected_percent(const struct commitment *commitment, day_number as_of)
{
    if (commitment->hold == HOLD_ALL_YEAR)
        return as_of < commitment->start ? decimal_whole(0) : PERCENT;
    const struct curve_point straight = {commitment->due, PERCENT};
    const struct curve_point *curve = commitment->curve_count > 0 ? commitment->curve : &straight;
    size_t count = commitment->curve_count > 0 ? commitment->curve_count : 1;
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
static enum colour colour_of(const struct rules *rules, const struct commitment *commitment,
                             const struct standing *standing)
{
    if (standing->reached)
        return COLOUR_GREEN;
    bool overdue = standing->as_of > commitment->due;
    bool broken = commitment->hold == HOLD_ALL_YEAR && standing->as_of >= commitment->start;
    if (overdue || broken || compare_attainment(standing, rules->red_points) < 0)
        return COLOUR_RED;
    return compare_attainment(standing, rules->yellow_points) <= 0 ? COLOUR_YELLOW : COLOUR_GREEN;
}
