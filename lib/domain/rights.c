#include "domain/rights.h"

#include "domain/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TYPE_PREFIX "duban.v1."
#define TOPIC_MAX_BYTES 512

const char *const rights_metadata[] = {"name", "unit", "divisions", "submit", "topics", "sources", "note"};

static bool is_star(const char *word)
{
    return strcmp(word, "*") == 0;
}

/* Splits at spaces and commas. False when the arena is full. */
static bool split(const char *text, struct arena *arena, struct words *out_words)
{
    static const char between[] = " ,\t";
    const char **list = arena_array(arena, strlen(text) / 2 + 1, sizeof *list);
    struct words words = {list, 0};
    for (const char *word = text + strspn(text, between); list != NULL && *word != '\0';) {
        size_t length = strcspn(word, between);
        list[words.count] = arena_text(arena, word, length);
        if (list[words.count++] == NULL)
            return false;
        word += length;
        word += strspn(word, between);
    }
    *out_words = words;
    return list != NULL;
}

static enum rc check_known(const struct certificate *certificate, struct err *err)
{
    for (size_t i = 0; i < certificate->metadata_count; i++) {
        bool found = false;
        for (size_t k = 0; k < RIGHTS_METADATA; k++)
            found |= strcmp(certificate->metadata[i].name, rights_metadata[k]) == 0;
        if (!found)
            return err_set(err, RC_REFUSED,
                           "metadata %s: there is no such; name, unit, divisions, submit, topics, "
                           "sources and note are known",
                           certificate->metadata[i].name);
    }
    return RC_OK;
}

static enum rc check_words(const struct rights *rights, struct err *err)
{
    for (size_t i = 0; i < rights->divisions.count; i++)
        if (!is_star(rights->divisions.list[i]) && !division_valid(rights->divisions.list[i]))
            return err_set(err, RC_REFUSED, "divisions: %s is no division code", rights->divisions.list[i]);
    for (size_t i = 0; i < rights->topics.count; i++)
        if (!is_star(rights->topics.list[i]) && strchr(rights->topics.list[i], '.') == NULL)
            return err_set(err, RC_REFUSED, "topics: %s is no beginning of a topic such as deadline.410102.",
                           rights->topics.list[i]);
    if (rights->submit.count > 0 && (*rights->unit == '\0' || rights->divisions.count == 0))
        return err_set(err, RC_REFUSED, "submit: needs a unit and divisions as well");
    return RC_OK;
}

enum rc rights_read(const struct certificate *certificate, struct arena *arena, struct rights *out_rights,
                    struct err *err)
{
    struct rights rights = {.name = certificate_value(certificate, "name"),
                            .unit = certificate_value(certificate, "unit")};
    enum rc rc = check_known(certificate, err);
    if (rc != RC_OK)
        return rc;
    if (!identifier_valid(rights.name))
        return err_set(err, RC_REFUSED, "name: must be 1 to 64 of a-z, 0-9 and '-'");
    if (*rights.unit != '\0' && !is_star(rights.unit) && !identifier_valid(rights.unit))
        return err_set(err, RC_REFUSED, "unit: must be an identifier of the plan, or *");
    if (!split(certificate_value(certificate, "divisions"), arena, &rights.divisions) ||
        !split(certificate_value(certificate, "submit"), arena, &rights.submit) ||
        !split(certificate_value(certificate, "topics"), arena, &rights.topics) ||
        !split(certificate_value(certificate, "sources"), arena, &rights.sources))
        return err_set(err, RC_REFUSED, "too large");
    rc = check_words(&rights, err);
    if (rc == RC_OK)
        *out_rights = rights;
    return rc;
}

/* Whether the text begins with one of the words. */
static bool begins_with_one(const struct words *words, const char *text)
{
    for (size_t i = 0; i < words->count; i++)
        if (is_star(words->list[i]) || text_begins_with(text, words->list[i]))
            return true;
    return false;
}

bool rights_submits(const struct rights *rights)
{
    return rights->everything || rights->submit.count > 0;
}

bool rights_may_submit(const struct rights *rights, const char *type)
{
    if (rights->everything)
        return true;
    const char *name = text_begins_with(type, TYPE_PREFIX) ? type + strlen(TYPE_PREFIX) : type;
    for (size_t i = 0; i < rights->submit.count; i++)
        if (is_star(rights->submit.list[i]) || strcmp(rights->submit.list[i], name) == 0)
            return true;
    return false;
}

bool rights_may_use_source(const struct rights *rights, const char *source)
{
    return rights->everything || rights->sources.count == 0 || begins_with_one(&rights->sources, source);
}

bool rights_cover(const struct rights *rights, const char *division)
{
    return rights->everything || begins_with_one(&rights->divisions, division);
}

bool rights_act_for(const struct rights *rights, const char *unit)
{
    return is_star(rights->unit) || rights_is_of(rights, unit);
}

bool rights_is_of(const struct rights *rights, const char *unit)
{
    return rights->everything || strcmp(rights->unit, unit) == 0;
}

bool rights_may_read(const struct rights *rights, const char *topic_format, ...)
{
    char topic[TOPIC_MAX_BYTES];
    va_list arguments;
    va_start(arguments, topic_format);
    int length = vsnprintf(topic, sizeof topic, topic_format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof topic)
        return rights->everything;
    return rights->everything || text_begins_with(topic, "head.") || begins_with_one(&rights->topics, topic);
}

bool rights_may_read_some(const struct rights *rights, const char *prefix)
{
    if (rights_may_read(rights, "%s", prefix) || text_begins_with("head.", prefix))
        return true;
    for (size_t i = 0; i < rights->topics.count; i++)
        if (text_begins_with(rights->topics.list[i], prefix))
            return true;
    return false;
}
