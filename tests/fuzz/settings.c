/* The environment: lines of NAME=VALUE. */
#include "fuzz/fuzz.h"

#include "base/endpoints.h"

#include <string.h>
#include <unistd.h>

#define LINES_MAX 32

static void check_endpoints(const char *list)
{
    char endpoint[SETTING_BYTES], files[SETTING_BYTES];
    endpoints_select(list, "ipc://", files);
    for (const char *rest = list; endpoints_next(&rest, endpoint);)
        REQUIRE(*endpoint != '\0' && strchr(endpoint, ' ') == NULL && endpoints_any(list, endpoint));
    REQUIRE(endpoints_any(list, "ipc://") == (*files != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *lines[LINES_MAX + 1] = {NULL}, *rest;
    char *text = arena_must(arena_text(fuzz_arena(), (const char *)data, bytes));
    size_t count = 0;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL && count < LINES_MAX;
         line = strtok_r(NULL, "\n", &rest))
        lines[count++] = line;
    struct settings settings;
    struct err err = {""};
    char **before = environ;
    environ = lines;
    enum rc rc = settings_read(&settings, &err);
    environ = before;
    if (rc != RC_OK) {
        REQUIRE(rc == RC_REFUSED && *err.text != '\0');
        return 0;
    }
    REQUIRE(settings.clock.speed >= 1 && settings.clock.epoch_us >= 0 && settings.head_interval_us > 0 &&
            settings.grace_us > 0 && settings.patience_us > 0);
    REQUIRE(*settings.directory != '\0' && *settings.database != '\0');
    (void)clock_now_us(&settings.clock);
    for (int service = 0; service < SERVICE_COUNT; service++) {
        check_endpoints(settings.front[service]);
        check_endpoints(settings.publisher[service]);
    }
    return 0;
}
