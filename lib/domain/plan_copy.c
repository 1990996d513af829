/* Copies of plans and projects that live as long as an arena. */
#include "domain/plan.h"

#include <string.h>

static const char *keep_text(struct arena *arena, const char *text)
{
    return arena_must(arena_copy(arena, text));
}

static void *keep_array(struct arena *arena, const void *array, size_t count, size_t element_bytes)
{
    void *copy = arena_must(arena_alloc(arena, count * element_bytes));
    if (count > 0)
        memcpy(copy, array, count * element_bytes);
    return copy;
}

static const char *const *keep_texts(struct arena *arena, const char *const *texts, size_t count)
{
    const char **copy = keep_array(arena, texts, count, sizeof *texts);
    for (size_t i = 0; i < count; i++)
        copy[i] = keep_text(arena, texts[i]);
    return copy;
}

static void keep_names(struct arena *arena, const char **id, const char **name_zh, const char **name_en)
{
    *id = keep_text(arena, *id);
    *name_zh = keep_text(arena, *name_zh);
    *name_en = keep_text(arena, *name_en);
}

static const struct group *keep_groups(struct arena *arena, const struct plan *plan)
{
    struct group *groups = keep_array(arena, plan->groups, plan->group_count, sizeof *groups);
    for (size_t i = 0; i < plan->group_count; i++) {
        struct group *group = &groups[i];
        keep_names(arena, &group->id, &group->name_zh, &group->name_en);
        struct milestone *milestones = keep_array(arena, group->milestones, group->milestone_count, sizeof *milestones);
        for (size_t j = 0; j < group->milestone_count; j++)
            keep_names(arena, &milestones[j].id, &milestones[j].name_zh, &milestones[j].name_en);
        group->milestones = milestones;
    }
    return groups;
}

static void keep_indicator(struct arena *arena, struct indicator *indicator)
{
    indicator->unit = keep_text(arena, indicator->unit);
    indicator->numerator = keep_texts(arena, indicator->numerator, indicator->numerator_count);
    indicator->denominator = keep_texts(arena, indicator->denominator, indicator->denominator_count);
    indicator->group = keep_text(arena, indicator->group);
    indicator->milestone = keep_text(arena, indicator->milestone);
}

static const struct commitment *keep_commitments(struct arena *arena, const struct plan *plan)
{
    struct commitment *commitments = keep_array(arena, plan->commitments, plan->commitment_count, sizeof *commitments);
    for (size_t i = 0; i < plan->commitment_count; i++) {
        struct commitment *commitment = &commitments[i];
        keep_names(arena, &commitment->id, &commitment->name_zh, &commitment->name_en);
        commitment->theme = keep_text(arena, commitment->theme);
        commitment->unit = keep_text(arena, commitment->unit);
        commitment->cooperating_units =
            keep_texts(arena, commitment->cooperating_units, commitment->cooperating_unit_count);
        keep_indicator(arena, &commitment->indicator);
        commitment->curve = keep_array(arena, commitment->curve, commitment->curve_count, sizeof *commitment->curve);
    }
    return commitments;
}

const struct plan *plan_copy(const struct plan *plan, struct arena *arena)
{
    struct plan *copy = keep_array(arena, plan, 1, sizeof *plan);
    copy->division = keep_text(arena, plan->division);
    copy->supervising_unit = keep_text(arena, plan->supervising_unit);
    copy->name_zh = keep_text(arena, plan->name_zh);
    copy->name_en = keep_text(arena, plan->name_en);
    struct unit *units = keep_array(arena, plan->units, plan->unit_count, sizeof *units);
    for (size_t i = 0; i < plan->unit_count; i++)
        keep_names(arena, &units[i].id, &units[i].name_zh, &units[i].name_en);
    copy->units = units;
    struct measure *measures = keep_array(arena, plan->measures, plan->measure_count, sizeof *measures);
    for (size_t i = 0; i < plan->measure_count; i++) {
        keep_names(arena, &measures[i].id, &measures[i].name_zh, &measures[i].name_en);
        measures[i].unit = keep_text(arena, measures[i].unit);
    }
    copy->measures = measures;
    copy->groups = keep_groups(arena, plan);
    copy->commitments = keep_commitments(arena, plan);
    struct project *projects = arena_must(arena_alloc(arena, plan->project_count * sizeof *projects));
    for (size_t i = 0; i < plan->project_count; i++) {
        const struct project *project = project_copy(&plan->projects[i], arena);
        REQUIRE(project != NULL);
        projects[i] = *project;
    }
    copy->projects = projects;
    return copy;
}

struct project *project_copy(const struct project *project, struct arena *arena)
{
    struct project *copy = arena_alloc(arena, sizeof *copy);
    const char **groups = arena_array(arena, project->group_count, sizeof *groups);
    struct milestone_deadline *deadlines = arena_array(arena, project->deadline_count, sizeof *deadlines);
    if (copy == NULL || groups == NULL || deadlines == NULL)
        return NULL;
    *copy = *project;
    bool complete = (copy->id = arena_copy(arena, project->id)) != NULL &&
                    (copy->name_zh = arena_copy(arena, project->name_zh)) != NULL &&
                    (copy->name_en = arena_copy(arena, project->name_en)) != NULL &&
                    (copy->unit = arena_copy(arena, project->unit)) != NULL;
    for (size_t i = 0; complete && i < project->group_count; i++)
        complete = (groups[i] = arena_copy(arena, project->groups[i])) != NULL;
    for (size_t i = 0; complete && i < project->deadline_count; i++) {
        deadlines[i].due = project->deadlines[i].due;
        complete = (deadlines[i].milestone = arena_copy(arena, project->deadlines[i].milestone)) != NULL;
    }
    copy->groups = groups;
    copy->deadlines = deadlines;
    return complete ? copy : NULL;
}
