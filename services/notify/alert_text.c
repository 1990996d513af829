#include "notify/alert_text.h"

#include <string.h>

/* What both languages need to say it. */
struct wording {
    struct arena *arena;
    const struct alert *alert;
    const struct decision *decision;
    const struct promise *promise;
    char due[DAY_TEXT_BYTES], moved_to[DAY_TEXT_BYTES], reached_on[DAY_TEXT_BYTES];
    char value[DECIMAL_TEXT_BYTES], target[DECIMAL_TEXT_BYTES], target_to[DECIMAL_TEXT_BYTES];
    char attainment[DECIMAL_TEXT_BYTES], expected[DECIMAL_TEXT_BYTES];
    char pace[DECIMAL_TEXT_BYTES], pace_needed[DECIMAL_TEXT_BYTES], value_at_deadline[DECIMAL_TEXT_BYTES];
};

static const char *must(const char *text)
{
    REQUIRE(text != NULL);
    return text;
}

static bool is_commitment(const struct wording *w)
{
    return *w->promise->project == '\0';
}

static const char *sign(enum comparison comparison)
{
    switch (comparison) {
    case COMPARISON_AT_LEAST:
        return "≥";
    case COMPARISON_MORE_THAN:
        return ">";
    case COMPARISON_AT_MOST:
        return "≤";
    case COMPARISON_LESS_THAN:
        return "<";
    }
    return "";
}

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* The supervising unit must be told whose it is, and everybody what is made up. */
static bool of_another(const struct wording *w)
{
    return strcmp(w->alert->recipient, w->alert->unit) != 0;
}

static const char *subject_zh(const struct wording *w)
{
    return must(arena_printf(w->arena, "%s%s%s%s%s%s%s", w->alert->simulated ? "【模拟】" : "",
                             of_another(w) ? "【" : "", of_another(w) ? w->promise->unit_zh : "",
                             of_another(w) ? "】" : "", w->promise->name_zh, is_commitment(w) ? "" : "·",
                             w->promise->milestone_zh));
}

static const char *subject_en(const struct wording *w)
{
    return must(arena_printf(w->arena, "%s%s%s%s%s%s%s", w->alert->simulated ? "[simulated] " : "",
                             of_another(w) ? "[" : "", of_another(w) ? w->promise->unit_en : "",
                             of_another(w) ? "] " : "", w->promise->name_en, is_commitment(w) ? "" : ", ",
                             w->promise->milestone_en));
}

/* Where the commitment stands; nothing for a milestone, which is reached or not. */
static const char *standing_zh(const struct wording *w)
{
    const char *unit = w->alert->value_unit;
    if (!is_commitment(w))
        return "";
    return must(arena_printf(w->arena, "，目前%s%s，目标%s%s%s", w->alert->value_known ? w->value : "未知",
                             w->alert->value_known ? unit : "", sign(w->promise->comparison), w->target, unit));
}

static const char *standing_en(const struct wording *w)
{
    const char *unit = w->alert->value_unit;
    if (!is_commitment(w))
        return "";
    return must(arena_printf(w->arena, "; now %s%s%s, target %s %s %s", w->alert->value_known ? w->value : "unknown",
                             w->alert->value_known ? " " : "", w->alert->value_known ? unit : "",
                             sign(w->promise->comparison), w->target, unit));
}

static const char *in_brackets(const struct wording *w, const char *open, const char *note, const char *close)
{
    return *note == '\0' ? "" : must(arena_printf(w->arena, "%s%s%s", open, note, close));
}

static const char *cause_zh(const struct wording *w)
{
    const struct withdrawal_cause *why = &w->decision->why;
    switch (why->cause) {
    case CAUSE_MOVED:
        return must(arena_printf(w->arena, "完成时限由%s改为%s", w->due, w->moved_to));
    case CAUSE_EXTENDED:
        return must(arena_printf(w->arena, "延期获批，完成时限由%s延至%s%s", w->due, w->moved_to,
                                 in_brackets(w, "（", why->note, "）")));
    case CAUSE_TARGET:
        return must(arena_printf(w->arena, "目标值由%s调整为%s%s%s", w->target, w->target_to, w->alert->value_unit,
                                 in_brackets(w, "（", why->note, "）")));
    case CAUSE_REDEFINED:
        return "考核要求已改变";
    case CAUSE_DROPPED:
        return must(arena_printf(w->arena, "该事项已不在%u年度计划中", w->promise->year));
    case CAUSE_CANCELLED:
        return "项目已取消";
    case CAUSE_NONE:
        break;
    }
    return "";
}

static const char *cause_en(const struct wording *w)
{
    const struct withdrawal_cause *why = &w->decision->why;
    switch (why->cause) {
    case CAUSE_MOVED:
        return must(arena_printf(w->arena, "the deadline moved from %s to %s", w->due, w->moved_to));
    case CAUSE_EXTENDED:
        return must(arena_printf(w->arena, "the deadline was extended from %s to %s%s", w->due, w->moved_to,
                                 in_brackets(w, " (", why->note, ")")));
    case CAUSE_TARGET:
        return must(arena_printf(w->arena, "the target was adjusted from %s to %s %s%s", w->target, w->target_to,
                                 w->alert->value_unit, in_brackets(w, " (", why->note, ")")));
    case CAUSE_REDEFINED:
        return "what is demanded has changed";
    case CAUSE_DROPPED:
        return must(arena_printf(w->arena, "it is no longer in the plan of %u", w->promise->year));
    case CAUSE_CANCELLED:
        return "the project was cancelled";
    case CAUSE_NONE:
        break;
    }
    return "";
}

static const char *forecast_zh(const struct wording *w)
{
    const struct forecast *forecast = &w->decision->knowledge.forecast;
    if (!w->decision->knowledge.has_forecast)
        return "";
    const char *reached =
        forecast->reaches ? must(arena_printf(w->arena, "预计%s达到目标", w->reached_on)) : "将达不到目标";
    const char *needed = forecast->pace_needed_known
                             ? must(arena_printf(w->arena, "，每周需%s，近期每周%s", w->pace_needed, w->pace))
                             : "";
    return must(arena_printf(w->arena, "；照近期进度%s，时限日为%s%s%s", reached, w->value_at_deadline,
                             w->alert->value_unit, needed));
}

static const char *forecast_en(const struct wording *w)
{
    const struct forecast *forecast = &w->decision->knowledge.forecast;
    if (!w->decision->knowledge.has_forecast)
        return "";
    const char *reached =
        forecast->reaches ? must(arena_printf(w->arena, "reached on %s", w->reached_on)) : "never reached";
    const char *needed = forecast->pace_needed_known
                             ? must(arena_printf(w->arena, "; needs %s a week, lately %s", w->pace_needed, w->pace))
                             : "";
    return must(arena_printf(w->arena, "; at this pace %s, %s %s on the deadline%s", reached, w->value_at_deadline,
                             w->alert->value_unit, needed));
}

static const char *silent_names(const struct wording *w, bool chinese)
{
    const char *names = "";
    for (size_t i = 0; i < w->alert->silent_measure_count; i++) {
        const struct measure *measure = w->decision->silent[i];
        names = must(arena_printf(w->arena, "%s%s%s", names,
                                  i == 0    ? ""
                                  : chinese ? "、"
                                            : ", ",
                                  chinese ? measure->name_zh : measure->name_en));
    }
    return names;
}

static const char *text_zh(const struct wording *w)
{
    const struct alert *alert = w->alert;
    const char *subject = subject_zh(w);
    switch (alert->phase) {
    case PHASE_UPCOMING:
        return arena_printf(w->arena, "%s：还有%u天到期（%s）%s。", subject, alert->occurrence, w->due, standing_zh(w));
    case PHASE_DUE:
        return arena_printf(w->arena, "%s：今天到期（%s）%s。", subject, w->due, standing_zh(w));
    case PHASE_OVERDUE:
        return arena_printf(w->arena, "%s：已逾期%u天（%s到期）%s。", subject, alert->occurrence, w->due,
                            standing_zh(w));
    case PHASE_MET:
        if (alert->days_left >= 0 && w->promise->hold == HOLD_ALL_YEAR)
            return arena_printf(w->arena, "%s：已恢复达标（至%s须保持）%s。", subject, w->due, standing_zh(w));
        if (alert->days_late == 0)
            return arena_printf(w->arena, "%s：已按期完成（%s到期）%s。", subject, w->due, standing_zh(w));
        return arena_printf(w->arena, "%s：已完成，逾期%u天（%s到期）%s。", subject, alert->days_late, w->due,
                            standing_zh(w));
    case PHASE_WITHDRAWN:
        return arena_printf(w->arena, "%s：%s期限的提醒撤回：%s。", subject, w->due, cause_zh(w));
    case PHASE_PACE:
        return arena_printf(w->arena, "%s：进度落后（%s到期），完成率%s%%，序时进度%s%%%s%s。", subject, w->due,
                            w->attainment, w->expected, standing_zh(w), forecast_zh(w));
    case PHASE_SILENT:
        return arena_printf(w->arena, "%s：逾上报周期未报：%s。", subject, silent_names(w, true));
    case PHASE_BREACH:
        return arena_printf(w->arena, "%s：未保持在要求之内（至%s须保持）%s。", subject, w->due, standing_zh(w));
    }
    return NULL;
}

static const char *text_en(const struct wording *w)
{
    const struct alert *alert = w->alert;
    const char *subject = subject_en(w);
    uint32_t days = alert->phase == PHASE_MET ? alert->days_late : alert->occurrence;
    switch (alert->phase) {
    case PHASE_UPCOMING:
        return arena_printf(w->arena, "%s: due in %u day%s (%s)%s.", subject, days, plural(days), w->due,
                            standing_en(w));
    case PHASE_DUE:
        return arena_printf(w->arena, "%s: due today (%s)%s.", subject, w->due, standing_en(w));
    case PHASE_OVERDUE:
        return arena_printf(w->arena, "%s: overdue by %u day%s (was due %s)%s.", subject, days, plural(days), w->due,
                            standing_en(w));
    case PHASE_MET:
        if (alert->days_left >= 0 && w->promise->hold == HOLD_ALL_YEAR)
            return arena_printf(w->arena, "%s: holds again (to be held until %s)%s.", subject, w->due, standing_en(w));
        if (days == 0)
            return arena_printf(w->arena, "%s: done on time (due %s)%s.", subject, w->due, standing_en(w));
        return arena_printf(w->arena, "%s: done %u day%s late (was due %s)%s.", subject, days, plural(days), w->due,
                            standing_en(w));
    case PHASE_WITHDRAWN:
        return arena_printf(w->arena, "%s: the alerts for %s are taken back: %s.", subject, w->due, cause_en(w));
    case PHASE_PACE:
        return arena_printf(w->arena, "%s: behind (due %s), attained %s %%, expected %s %%%s%s.", subject, w->due,
                            w->attainment, w->expected, standing_en(w), forecast_en(w));
    case PHASE_SILENT:
        return arena_printf(w->arena, "%s: no report for longer than the reporting period: %s.", subject,
                            silent_names(w, false));
    case PHASE_BREACH:
        return arena_printf(w->arena, "%s: not held (to be held until %s)%s.", subject, w->due, standing_en(w));
    }
    return NULL;
}

/* As people read it: at most two places. */
static void format_short(struct decimal value, char out_text[DECIMAL_TEXT_BYTES])
{
    struct decimal rounded;
    decimal_format_places(value, 2, out_text);
    if (decimal_parse_computed(out_text, &rounded))
        decimal_format(rounded, out_text);
}

void alert_text_fill(struct alert *alert, const struct decision *decision, struct arena *arena)
{
    const struct knowledge *knowledge = &decision->knowledge;
    struct wording w = {.arena = arena, .alert = alert, .decision = decision, .promise = &decision->promise};
    day_format(alert->due, w.due);
    day_format(decision->why.moved_to, w.moved_to);
    day_format(knowledge->forecast.reached_on, w.reached_on);
    format_short(alert->value, w.value);
    decimal_format(alert->target, w.target);
    decimal_format(decision->why.target_to, w.target_to);
    format_short(knowledge->attainment, w.attainment);
    format_short(knowledge->expected, w.expected);
    format_short(knowledge->forecast.weekly_pace, w.pace);
    format_short(knowledge->forecast.weekly_pace_needed, w.pace_needed);
    format_short(knowledge->forecast.value_at_deadline, w.value_at_deadline);
    alert->text_zh = must(text_zh(&w));
    alert->text_en = must(text_en(&w));
    alert->reason = "";
    if (alert->phase == PHASE_WITHDRAWN)
        alert->reason = must(arena_printf(arena, "%s / %s", cause_zh(&w), cause_en(&w)));
}
