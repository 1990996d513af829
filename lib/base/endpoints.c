#include "base/endpoints.h"

#include <string.h>

bool endpoints_next(const char **list, char out_endpoint[SETTING_BYTES])
{
    const char *begin = *list + strspn(*list, " ");
    size_t length = strcspn(begin, " ");
    REQUIRE(length < SETTING_BYTES);
    memcpy(out_endpoint, begin, length);
    out_endpoint[length] = '\0';
    *list = begin + length;
    return length > 0;
}

bool endpoints_any(const char *list, const char *prefix)
{
    char endpoint[SETTING_BYTES];
    while (endpoints_next(&list, endpoint))
        if (strncmp(endpoint, prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

void endpoints_select(const char *list, const char *prefix, char out_list[SETTING_BYTES])
{
    char endpoint[SETTING_BYTES];
    size_t used = 0;
    out_list[0] = '\0';
    while (endpoints_next(&list, endpoint))
        if (strncmp(endpoint, prefix, strlen(prefix)) == 0)
            used += (size_t)snprintf(out_list + used, SETTING_BYTES - used, "%s%s", used > 0 ? " " : "", endpoint);
}
