#include "cli/simulated_year.h"

#include "base/day.h"
#include "domain/text.h"

#include <string.h>

#define NANO 1000000000
#define SLOTS_MAX 64
#define CREWS_MAX 3
/* Figures above this are left to those who know them. */
#define LARGEST ((decimal_units)1000000000000000 * NANO)

/* One measure of one project, or of the division as a whole: what is reported of it at a time. */
struct slot {
    const struct measure *measure;
    const char *project;
    int64_t weight;
    struct decimal total; /* reported up to now */
};

/* What stands above or below the line. */
struct side {
    struct slot slots[SLOTS_MAX];
    size_t count;
};

/* The reports of one commitment while they are made up. */
struct series {
    struct year *year;
    struct course *course;
    struct dice days;
    struct side numerator, denominator; /* below the line only for ratios */
    decimal_units step;                 /* the smallest difference between two figures */
    int64_t size;                       /* of the denominator, or of last year's figure, in a year */
    const char *scope;
    bool in_another_unit; /* now and then: 万平方米 for 平方米 */
    day_number bases_on;  /* last year's figures come in a table of this day, or later with this year's */
    size_t reports;
    size_t replaced, withdrawn, late, elsewhere, rescoped; /* which reports something happens to; SIZE_MAX: none */
    size_t broken_from, broken_to;                         /* for limits; broken_to is the first that holds again */
};

/* One day's figures. */
struct occasion {
    day_number observed_on;
    int64_t at_us;
    const char *scope;
};

static decimal_units absolute(decimal_units nano)
{
    return nano < 0 ? -nano : nano;
}

static struct decimal part(struct decimal value, int64_t millionths)
{
    return (struct decimal){value.nano / MILLION * millionths + value.nano % MILLION * millionths / MILLION};
}

/* Down to a multiple of the step. */
static struct decimal whole_steps(struct decimal value, decimal_units step)
{
    decimal_units rest = value.nano % step;
    return (struct decimal){value.nano - (rest < 0 ? rest + step : rest)};
}

/* How much of the year is gone, in millionths: totals begin anew with each year, additions do not. */
static int64_t year_gone(const struct series *series, enum measure_kind kind, day_number day)
{
    day_number start = kind == MEASURE_INCREMENT ? series->year->first_day : day_year_start(day_year(day));
    return (int64_t)(day - start + 1) * MILLION / 366;
}

/* The denominator of a ratio, or what was reported a year before: whole, above 0, and the same whenever it is asked
 * for. */
static struct decimal base_on(const struct series *series, const struct measure *measure, day_number day)
{
    if (measure->kind == MEASURE_LEVEL)
        return decimal_whole(series->size * (1000 + day * 31 % 17) / 1000);
    return decimal_whole(series->size * year_gone(series, measure->kind, day) / MILLION + 40);
}

static const struct measure *base_measure(const struct series *series)
{
    return series->denominator.count > 0 ? series->denominator.slots[0].measure : series->numerator.slots[0].measure;
}

static bool has_base(const struct series *series)
{
    enum rule rule = series->course->commitment->indicator.rule;
    return rule == RULE_RATIO || rule == RULE_GROWTH;
}

static bool is_growth(const struct series *series)
{
    return series->course->commitment->indicator.rule == RULE_GROWTH;
}

static struct decimal denominator_on(const struct series *series, day_number day)
{
    return has_base(series) ? base_on(series, base_measure(series), day) : decimal_whole(1);
}

/* The value from which the way to the target begins. */
static struct decimal origin(const struct course *course)
{
    const struct commitment *commitment = course->commitment;
    bool raised = goal_raised(commitment);
    struct decimal from = commitment->has_baseline ? commitment->baseline : decimal_whole(0);
    int order = decimal_compare(from, course->aim);
    if (raised ? order < 0 : commitment->has_baseline && order > 0)
        return from;
    decimal_units away = absolute(course->aim.nano) / 2 + (decimal_units)24 * NANO;
    return (struct decimal){course->aim.nano + (raised ? -away : away)};
}

/* What has to stand above the line for a value; rounded to steps so that it is reached or not, as wanted. */
static struct decimal numerator_for(const struct series *series, struct decimal value, struct decimal denominator,
                                    bool wanted)
{
    const struct commitment *commitment = series->course->commitment;
    struct decimal level = {value.nano - commitment->indicator.offset.nano}, exact;
    if (!decimal_ratio(level, denominator, commitment->indicator.factor, &exact))
        return decimal_whole(0);
    struct decimal numerator = whole_steps(exact, series->step);
    bool upwards = (goal_raised(commitment) == (decimal_sign(commitment->indicator.factor) > 0)) == wanted;
    for (int i = 0; i < 3 && figure_reached(commitment, series->course->aim, numerator, denominator) != wanted; i++)
        numerator.nano += upwards ? series->step : -series->step;
    return numerator;
}

/* The way to a goal: a straight line that is a little crooked, and what was reached stays reached. */
static struct decimal goal_on(struct series *series, day_number day, struct decimal denominator)
{
    struct course *course = series->course;
    bool reached = course->reached_on != 0 && day >= course->reached_on;
    day_number seen = day + (day_number)dice_between(&course->dice, -2, 2);
    if (!reached && course->reached_on != 0 && seen >= course->reached_on)
        seen = course->reached_on - 1;
    struct decimal from = origin(course);
    struct decimal way = {course->aim.nano - from.nano};
    struct decimal gone = part(way, reached ? MILLION : course_progress(course, seen));
    if (reached && dice_chance(&course->dice, 40))
        gone.nano += part(way, dice_between(&course->dice, 0, 120000)).nano;
    return numerator_for(series, (struct decimal){from.nano + gone.nano}, denominator, reached);
}

/* A floor or ceiling, held or broken by a little. What grows through the year is within its limit by a part of it. */
static struct decimal limit_on(struct series *series, day_number day, struct decimal denominator, bool held)
{
    struct course *course = series->course;
    enum measure_kind kind = series->numerator.slots[0].measure->kind;
    bool raised = goal_raised(course->commitment);
    struct decimal value = course->aim;
    if (held && !raised && !has_base(series) && kind != MEASURE_LEVEL && decimal_sign(course->aim) > 0)
        value = part(part(course->aim, year_gone(series, kind, day)), 800000);
    else {
        int64_t margin = held ? dice_between(&course->dice, 1, 18) : dice_between(&course->dice, 5, 60);
        decimal_units away = absolute(course->aim.nano) / 1000 * margin;
        value.nano += raised == held ? away : -away;
        if (!held && decimal_sign(course->aim) == 0)
            value.nano += (raised ? -1 : 1) * (decimal_units)dice_between(&course->dice, 1, 3) * NANO;
    }
    return numerator_for(series, value, denominator, held);
}

/* Which measures are reported for the commitment, split over which projects. */

static bool fill_side(struct series *series, const char *const *measures, size_t count, const struct project **crews,
                      size_t crew_count, struct side *side)
{
    struct year *year = series->year;
    for (size_t i = 0; i < count; i++) {
        const struct measure *measure = plan_measure(year->plan, measures[i]);
        if (map_get(&year->claimed, measure->id) != NULL)
            continue;
        map_put(&year->claimed, measure->id, series->course);
        for (size_t j = 0; j < (crew_count == 0 ? 1 : crew_count); j++)
            side->slots[side->count++] = (struct slot){.measure = measure,
                                                       .project = crew_count == 0 ? "" : crews[j]->id,
                                                       .weight = dice_between(&series->course->dice, 2, 9)};
    }
    return side->count > 0;
}

static size_t draw_crews(struct series *series, const struct project *crews[CREWS_MAX])
{
    struct year *year = series->year;
    struct dice *dice = &series->course->dice;
    bool sum_limit = course_is_limit(series->course->commitment) && !has_base(series);
    bool short_time = series->course->due - series->course->from < 60;
    if (year->crew_count < CREWS_MAX || sum_limit || short_time || !dice_chance(dice, 22))
        return 0;
    size_t count = (size_t)dice_between(dice, 2, CREWS_MAX);
    size_t first = (size_t)dice_between(dice, 0, (int64_t)(year->crew_count - count));
    memcpy(crews, year->crews + first, count * sizeof *crews);
    return count;
}

/* Whole figures where the target is whole, or stands for a quotient of large ones. */
static decimal_units draw_step(const struct series *series)
{
    const struct commitment *commitment = series->course->commitment;
    struct decimal level = {commitment->target.nano - commitment->indicator.offset.nano}, exact;
    bool fits = decimal_ratio(level, decimal_whole(1), commitment->indicator.factor, &exact);
    return has_base(series) || !fits || exact.nano % NANO == 0 ? NANO : NANO / 100;
}

static bool too_large(const struct series *series)
{
    const struct commitment *commitment = series->course->commitment;
    const decimal_units levels[] = {commitment->target.nano, commitment->baseline.nano,
                                    commitment->indicator.offset.nano};
    for (size_t i = 0; i < 3; i++) {
        struct decimal numerator;
        if (absolute(levels[i]) > LARGEST ||
            !decimal_ratio((struct decimal){levels[i]}, decimal_whole(series->size), commitment->indicator.factor,
                           &numerator) ||
            absolute(numerator.nano) > LARGEST)
            return true;
    }
    return false;
}

static size_t some(struct dice *dice, int percent, int64_t least, int64_t most)
{
    return dice_chance(dice, percent) ? (size_t)dice_between(dice, least, most) : SIZE_MAX;
}

static void draw_accidents(struct series *series)
{
    struct course *course = series->course;
    struct dice *dice = &course->dice;
    bool corrected = course->character == CHARACTER_CORRECTED;
    series->replaced = some(dice, corrected ? 100 : 5, 0, 2);
    series->withdrawn = some(dice, corrected ? 100 : 5, 2, 4);
    series->late = some(dice, 25, 1, 6);
    series->elsewhere = some(dice, 8, 1, 7);
    series->rescoped = some(dice, 3, 4, 8);
    series->broken_from = series->broken_to = SIZE_MAX;
    if (course->character == CHARACTER_BROKEN) {
        series->broken_from = (size_t)dice_between(dice, 1, 4);
        series->broken_to = series->broken_from + (size_t)dice_between(dice, 1, 2);
    } else if (course->character == CHARACTER_NEVER) {
        series->broken_from = (size_t)dice_between(dice, 0, 2);
    }
}

/* Sending. */

/* The same figure in the unit with or without 万 in front; the measure's own where that does not come out even. */
static void convert(struct series *series, struct measurement *report)
{
    static const char wan[] = "万";
    struct decimal other;
    int power;
    bool has_wan = strncmp(report->unit, wan, strlen(wan)) == 0 && report->unit[strlen(wan)] != '\0';
    if (!has_wan && absolute(report->value.nano) < (decimal_units)10000 * NANO)
        return;
    const char *unit = has_wan ? report->unit + strlen(wan) : made_up(series->year, "%s%s", wan, report->unit);
    if (strlen(unit) > MEASUREMENT_UNIT_MAX_BYTES || !measurement_unit_shift(unit, report->unit, &power) ||
        !decimal_shift(report->value, -power, &other) || absolute(other.nano) > LARGEST * 100)
        return;
    report->unit = unit;
    report->value = other;
}

static const char *report(struct series *series, const struct slot *slot, struct decimal value,
                          const struct occasion *occasion)
{
    struct simulated_event event = {.at_us = occasion->at_us,
                                    .note = "模拟数据，并非真实上报 simulated, nobody reported this",
                                    .character = series->course->character};
    event.update.kind = UPDATE_MEASUREMENT_REPORTED;
    event.update.measurement = (struct measurement){.measure = slot->measure->id,
                                                    .project = slot->project,
                                                    .value = value,
                                                    .unit = slot->measure->unit,
                                                    .observed_on = occasion->observed_on,
                                                    .scope = occasion->scope};
    if (series->in_another_unit && dice_chance(&series->course->dice, 40))
        convert(series, &event.update.measurement);
    return tell(series->year, series->course->commitment->unit, event);
}

static struct occasion later(struct series *series, const struct occasion *occasion, int64_t least, int64_t most)
{
    day_number day = day_of_instant(occasion->at_us) + (day_number)dice_between(&series->course->dice, least, most);
    return (struct occasion){occasion->observed_on, office_instant(series->year, &series->course->dice, day),
                             occasion->scope};
}

static void take_back(struct series *series, const char *id, int64_t at_us)
{
    struct simulated_event event = {.at_us = at_us,
                                    .note = "模拟：误报，撤回重报 simulated: wrong, taken back and sent anew",
                                    .character = series->course->character};
    event.update.kind = UPDATE_WITHDRAWN;
    event.update.withdrawal = (struct withdrawal){.id = id};
    tell(series->year, series->course->commitment->unit, event);
}

/* A typing error, and what is done about it: the right figure for the same day replaces it, or it is taken back and the
 * right one is sent in its stead. */
static void report_wrongly(struct series *series, const struct slot *slot, struct decimal wrong, struct decimal right,
                           const struct occasion *occasion, bool withdrawn)
{
    const char *id = report(series, slot, wrong, occasion);
    struct occasion corrected = later(series, occasion, withdrawn ? 4 : 1, withdrawn ? 30 : 12);
    if (id != NULL && withdrawn)
        take_back(series, id, corrected.at_us);
    if (withdrawn && dice_chance(&series->course->dice, 50))
        corrected = later(series, &corrected, 1, 5);
    (void)report(series, slot, right, &corrected);
}

static struct decimal mistaken(struct series *series, struct decimal right)
{
    struct dice *dice = &series->course->dice;
    decimal_units more = right.nano / 100 * dice_between(dice, 20, 900) + series->step;
    return whole_steps((struct decimal){right.nano + more}, series->step);
}

/* The slots' parts of a total, as each measure is reported: an addition, or as it stands. */
static void send_side(struct series *series, struct side *side, struct decimal total, const struct occasion *occasion)
{
    int64_t weights = 0;
    struct decimal rest = total;
    for (size_t i = 0; i < side->count; i++)
        weights += side->slots[i].weight;
    for (size_t i = 0; i < side->count; i++) {
        struct slot *slot = &side->slots[i];
        struct decimal share = whole_steps(part(total, slot->weight * MILLION / weights), series->step);
        if (i + 1 == side->count)
            share = rest;
        rest.nano -= share.nano;
        struct decimal value = {share.nano - (slot->measure->kind == MEASURE_INCREMENT ? slot->total.nano : 0)};
        slot->total = share;
        bool first = side == &series->numerator && i == 0;
        if (first && series->reports == series->replaced)
            report_wrongly(series, slot, mistaken(series, value), value, occasion, false);
        else if (first && series->reports == series->withdrawn)
            report_wrongly(series, slot, mistaken(series, value), value, occasion, true);
        else
            (void)report(series, slot, value, occasion);
    }
}

/* What was reported a year before, for growth. */
static void send_base(struct series *series, day_number observed_on, int64_t at_us)
{
    struct occasion occasion = {day_year_before(observed_on), at_us, series->scope};
    struct side side = series->numerator; /* the totals of this year stay as they are */
    size_t reports = series->reports;
    series->reports = SIZE_MAX - 1; /* nothing happens to these */
    send_side(series, &side, denominator_on(series, observed_on), &occasion);
    series->reports = reports;
}

/* The figure of the year before is in the table that was sent beforehand. */
static bool in_table(const struct series *series, day_number observed_on)
{
    return day_year_before(observed_on) <= series->bases_on;
}

static bool holds(const struct series *series)
{
    return series->reports < series->broken_from || series->reports >= series->broken_to;
}

/* An accident that is not one after all: the sum is above its ceiling until the report is taken back. */
static bool break_sum(struct series *series, struct decimal numerator, const struct occasion *occasion)
{
    struct slot *slot = &series->numerator.slots[0];
    if (holds(series) || slot->measure->kind != MEASURE_INCREMENT || series->numerator.count > 1 ||
        series->course->character != CHARACTER_BROKEN)
        return false;
    struct decimal one = decimal_whole(1);
    struct decimal broken = limit_on(series, occasion->observed_on, one, false);
    report_wrongly(series, slot, (struct decimal){broken.nano - slot->total.nano},
                   (struct decimal){numerator.nano - slot->total.nano}, occasion, true);
    slot->total = numerator;
    return true;
}

static void report_day(struct series *series, day_number day, const struct occasion *occasion)
{
    struct decimal denominator = denominator_on(series, occasion->observed_on);
    bool limit = course_is_limit(series->course->commitment);
    bool sum = series->numerator.slots[0].measure->kind == MEASURE_INCREMENT && !has_base(series);
    bool held = holds(series) || (sum && series->course->character == CHARACTER_BROKEN);
    struct decimal numerator =
        limit ? limit_on(series, occasion->observed_on, denominator, held) : goal_on(series, day, denominator);
    if (limit && sum && break_sum(series, numerator, occasion))
        return;
    send_side(series, &series->numerator, numerator, occasion);
    if (series->denominator.count > 0)
        send_side(series, &series->denominator, denominator, occasion);
    else if (is_growth(series) && !in_table(series, occasion->observed_on))
        send_base(series, occasion->observed_on, occasion->at_us);
}

/* One more report of the first measure on another scope, which must not be mixed with the others. */
static void report_elsewhere(struct series *series, const struct occasion *occasion)
{
    struct slot *slot = &series->numerator.slots[0];
    struct occasion other = later(series, occasion, 0, 9);
    other.scope = "模拟：另一口径 simulated: another scope";
    (void)report(series, slot, mistaken(series, slot->total), &other);
}

/* A cumulative total is about the deadline's year: what comes later is about its last day. */
static day_number observed(const struct series *series, day_number day)
{
    int year = day_year(series->course->due);
    bool cumulative = series->numerator.slots[0].measure->kind == MEASURE_CUMULATIVE;
    return cumulative && day_year(day) > year ? day_year_start(year + 1) - 1 : day;
}

static day_number draw_cadence(struct series *series)
{
    static const int weights[] = {8, 14, 50, 16, 8, 4};
    static const day_number days[] = {7, 14, 29, 30, 45, 91};
    struct dice *dice = &series->course->dice;
    uint32_t asked = series->numerator.slots[0].measure->reporting_days;
    if (asked > 0 && dice_chance(dice, 85))
        return (day_number)dice_between(dice, asked > 6 ? asked / 2 : 3, asked > 6 ? asked - 3 : 6);
    return days[dice_weighted(dice, weights, sizeof weights / sizeof *weights)];
}

static day_number last_report_day(const struct series *series)
{
    const struct course *course = series->course;
    day_number last = course->due > course->reached_on ? course->due : course->reached_on;
    return last + 25 < series->year->last_day ? last + 25 : series->year->last_day;
}

/* The day on which the target is reached is always one of those reported. */
static day_number next_report_day(struct series *series, day_number day, day_number cadence)
{
    const struct course *course = series->course;
    day_number next = day + cadence + (day_number)dice_between(&series->days, -2, 2);
    if (next <= day)
        next = day + 1;
    return day < course->reached_on && next > course->reached_on ? course->reached_on : next;
}

static struct occasion draw_occasion(struct series *series, day_number day)
{
    struct dice *dice = &series->course->dice;
    int64_t delay = dice_chance(dice, 70) ? dice_between(dice, 0, 2) : dice_between(dice, 3, 9);
    if (series->reports == series->late)
        delay = dice_between(dice, 25, 70);
    return (struct occasion){observed(series, day), office_instant(series->year, dice, day + (day_number)delay),
                             series->scope};
}

/* A table of last year's figures for every day that will be reported and is past. */
static void send_bases_first(struct series *series, day_number day, day_number last, day_number cadence)
{
    int64_t at_us = office_instant(series->year, &series->course->dice, series->course->from + 20);
    struct dice days = series->days;
    series->bases_on = day_of_instant(at_us);
    for (; day <= last; day = next_report_day(series, day, cadence))
        if (in_table(series, observed(series, day)))
            send_base(series, observed(series, day), at_us);
    series->days = days;
}

static void report_series(struct series *series)
{
    struct course *course = series->course;
    day_number cadence = draw_cadence(series), last = last_report_day(series);
    day_number day = course->from + (day_number)dice_between(&series->days, 24, 24 + cadence);
    if (day > course->due)
        day = course->from + (course->due - course->from) / 2;
    if (is_growth(series) && dice_chance(&course->dice, 40))
        send_bases_first(series, day, last, cadence);
    for (; day <= last; day = next_report_day(series, day, cadence)) {
        if (day >= course->silent_from && (course->reached_on == 0 || day < course->reached_on))
            continue;
        if (series->reports == series->rescoped)
            series->scope = "模拟：新口径 simulated: new scope";
        struct occasion occasion = draw_occasion(series, day);
        report_day(series, day, &occasion);
        if (series->reports == series->elsewhere)
            report_elsewhere(series, &occasion);
        series->reports++;
    }
}

void tell_figures(struct year *year, struct course *course)
{
    const struct indicator *indicator = &course->commitment->indicator;
    if (indicator->rule == RULE_COUNT || indicator->rule == RULE_SHARE)
        return;
    struct series series = {.year = year,
                            .course = course,
                            .bases_on = INT32_MIN,
                            .days = dice_new(year->options.seed ^ 1, course->commitment->id)};
    struct dice *dice = &course->dice;
    const struct project *crews[CREWS_MAX];
    size_t crew_count = draw_crews(&series, crews);
    bool own =
        fill_side(&series, indicator->numerator, indicator->numerator_count, crews, crew_count, &series.numerator);
    (void)fill_side(&series, indicator->denominator, indicator->denominator_count, NULL, 0, &series.denominator);
    series.size = dice_between(dice, 400, 90000);
    series.step = draw_step(&series);
    series.scope = dice_chance(dice, 60) ? "" : "模拟：全区口径 simulated: district scope";
    series.in_another_unit = dice_chance(dice, 25);
    draw_accidents(&series);
    if (own && !too_large(&series))
        report_series(&series);
}
