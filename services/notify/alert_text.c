#include "notify/alert_text.h"

/* What both languages need to say it. */
struct wording {
    struct arena *arena;
    const struct alert *alert;
    const struct promise *promise;
    const struct withdrawal_cause *why;
    char due[DAY_TEXT_BYTES], moved_to[DAY_TEXT_BYTES];
    char value[DECIMAL_TEXT_BYTES], target[DECIMAL_TEXT_BYTES];
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

static const char *subject_zh(const struct wording *w)
{
    if (is_commitment(w))
        return w->promise->name_zh;
    return must(arena_printf(w->arena, "%s·%s", w->promise->name_zh, w->promise->milestone_zh));
}

static const char *subject_en(const struct wording *w)
{
    if (is_commitment(w))
        return w->promise->name_en;
    return must(arena_printf(w->arena, "%s, %s", w->promise->name_en, w->promise->milestone_en));
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

static const char *cause_zh(const struct wording *w)
{
    switch (w->why->cause) {
    case CAUSE_MOVED:
        return must(arena_printf(w->arena, "完成时限由%s改为%s", w->due, w->moved_to));
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
    switch (w->why->cause) {
    case CAUSE_MOVED:
        return must(arena_printf(w->arena, "the deadline moved from %s to %s", w->due, w->moved_to));
    case CAUSE_DROPPED:
        return must(arena_printf(w->arena, "it is no longer in the plan of %u", w->promise->year));
    case CAUSE_CANCELLED:
        return "the project was cancelled";
    case CAUSE_NONE:
        break;
    }
    return "";
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
        if (alert->days_late == 0)
            return arena_printf(w->arena, "%s：已按期完成（%s到期）%s。", subject, w->due, standing_zh(w));
        return arena_printf(w->arena, "%s：已完成，逾期%u天（%s到期）%s。", subject, alert->days_late, w->due,
                            standing_zh(w));
    case PHASE_WITHDRAWN:
        return arena_printf(w->arena, "%s：%s期限的提醒撤回：%s。", subject, w->due, cause_zh(w));
    case PHASE_PACE:
    case PHASE_SILENT:
    case PHASE_BREACH:
        break;
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
        if (days == 0)
            return arena_printf(w->arena, "%s: done on time (due %s)%s.", subject, w->due, standing_en(w));
        return arena_printf(w->arena, "%s: done %u day%s late (was due %s)%s.", subject, days, plural(days), w->due,
                            standing_en(w));
    case PHASE_WITHDRAWN:
        return arena_printf(w->arena, "%s: the alerts for %s are taken back: %s.", subject, w->due, cause_en(w));
    case PHASE_PACE:
    case PHASE_SILENT:
    case PHASE_BREACH:
        break;
    }
    return NULL;
}

void alert_text_fill(struct alert *alert, const struct promise *promise, const struct withdrawal_cause *why,
                     struct arena *arena)
{
    struct wording w = {.arena = arena, .alert = alert, .promise = promise, .why = why};
    day_format(alert->due, w.due);
    day_format(why->moved_to, w.moved_to);
    decimal_format(alert->value, w.value);
    decimal_format(alert->target, w.target);
    alert->text_zh = must(text_zh(&w));
    alert->text_en = must(text_en(&w));
    alert->reason = "";
    if (alert->phase == PHASE_WITHDRAWN)
        alert->reason = must(arena_printf(arena, "%s / %s", cause_zh(&w), cause_en(&w)));
}
