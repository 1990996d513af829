#include "base/settings.h"

#include "base/day.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

enum kind { TEXT, NUMBER, INSTANT };

static const struct setting {
    const char *name;
    enum kind kind;
    const char *fallback; /* null: worked out from DUBAN_DIR */
    int64_t min, max;
    const char *help;
} table[] = {
    {"DUBAN_DIR", TEXT, "var", 0, 0, "folder of the sockets and of the private PostgreSQL cluster"},
    {"DUBAN_DATABASE", TEXT, NULL, 0, 0, "libpq connection string [host=DUBAN_DIR dbname=duban]"},
    {"DUBAN_DATABASE_PASSWORD_FILE", TEXT, "", 0, 0, "file with the database's password, mode 0600"},
    {"DUBAN_DATABASE_TIMEOUT_MS", NUMBER, "30000", 1000, 3600000,
     "real milliseconds after which a service gives up a statement, and a server that does not answer"},
    {"DUBAN_INGEST_FRONT", TEXT, NULL, 0, 0,
     "endpoints of ingest's ROUTER, ipc:// and tcp://, separated by spaces [ipc://DUBAN_DIR/ingest.front]"},
    {"DUBAN_INGEST_PUBLISHER", TEXT, NULL, 0, 0, "endpoints of ingest's XPUB [ipc://DUBAN_DIR/ingest.publisher]"},
    {"DUBAN_METRICS_FRONT", TEXT, NULL, 0, 0, "likewise"},
    {"DUBAN_METRICS_PUBLISHER", TEXT, NULL, 0, 0, "likewise"},
    {"DUBAN_NOTIFY_FRONT", TEXT, NULL, 0, 0, "likewise"},
    {"DUBAN_NOTIFY_PUBLISHER", TEXT, NULL, 0, 0, "likewise"},
    {"DUBAN_KEYS", TEXT, NULL, 0, 0, "folder of the services' certificates, for tcp:// [DUBAN_DIR/keys]"},
    {"DUBAN_KEY", TEXT, NULL, 0, 0,
     "certificate with which the command connects over tcp:// [DUBAN_KEYS/duban_secret]"},
    {"DUBAN_RIGHTS", TEXT, NULL, 0, 0, "folder of the certificates that are let in over tcp:// [DUBAN_DIR/rights]"},
    {"DUBAN_WITNESS", TEXT, NULL, 0, 0,
     "folder to which the heads are written, outside the database [DUBAN_DIR/witness]"},
    {"DUBAN_WITNESS_INTERVAL_S", NUMBER, "60", 1, 86400, "real seconds between two heads written there"},
    {"DUBAN_CLOCK_START", INSTANT, "", 0, 0, "simulated instant or day at DUBAN_CLOCK_EPOCH; empty: the wall clock"},
    {"DUBAN_CLOCK_EPOCH", NUMBER, "0", 0, INT64_MAX / 1000000,
     "real instant of the simulated start, seconds since 1970"},
    {"DUBAN_CLOCK_SPEED", NUMBER, "1", 1, 10000000, "simulated seconds in a real one"},
    {"DUBAN_CLOCK_END", INSTANT, "", 0, 0, "instant or day at which simulated time stops; empty: never"},
    {"DUBAN_HEAD_INTERVAL_MS", NUMBER, "1000", 10, 60000, "real milliseconds between two heads when nothing happens"},
    {"DUBAN_LEASE_MS", NUMBER, "3000", 300, 60000,
     "real milliseconds without a sign of life after which a standby takes a service's place"},
    {"DUBAN_NOTIFY_GRACE_S", NUMBER, "21600", 1, 315360000, "an alert sent so many seconds after its instant is late"},
    {"DUBAN_NOTIFY_PATIENCE_S", NUMBER, "30", 1, 86400,
     "real seconds without a head from upstream before notify goes on alone"},
};

#define SETTINGS (sizeof table / sizeof *table)

const char *service_name(enum service_id service)
{
    static const char *const names[] = {"ingest", "metrics", "notify"};
    REQUIRE(service < SERVICE_COUNT);
    return names[service];
}

static const struct setting *find(const char *name, size_t length)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

static enum rc refuse_unknown(struct err *err)
{
    for (char **entry = environ; *entry != NULL; entry++) {
        size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "DUBAN_", 6) == 0 && find(*entry, length) == NULL)
            return err_set(err, RC_REFUSED, "%.*s: there is no such setting", (int)length, *entry);
    }
    return RC_OK;
}

static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? value : find(name, strlen(name))->fallback;
}

static enum rc take_text(const char *name, const char *fallback, char out[SETTING_BYTES], struct err *err)
{
    const char *value = value_of(name);
    int length = snprintf(out, SETTING_BYTES, "%s", value == NULL || *value == '\0' ? fallback : value);
    return length < SETTING_BYTES ? RC_OK
                                  : err_set(err, RC_REFUSED, "%s: longer than %d bytes", name, SETTING_BYTES - 1);
}

static enum rc take_number(const char *name, int64_t *out_number, struct err *err)
{
    const struct setting *setting = find(name, strlen(name));
    const char *value = value_of(name);
    char *end;
    long long number = strtoll(value, &end, 10);
    if (*value == '\0' || *end != '\0' || number < setting->min || number > setting->max)
        return err_set(err, RC_REFUSED, "%s=%s: not a whole number from %" PRId64 " to %" PRId64, name, value,
                       setting->min, setting->max);
    *out_number = number;
    return RC_OK;
}

static enum rc take_instant(const char *name, int64_t *out_instant_us, struct err *err)
{
    const char *value = value_of(name);
    if (*value == '\0' || instant_parse(value, out_instant_us))
        return RC_OK;
    return err_set(err, RC_REFUSED, "%s=%s: neither YYYY-MM-DD nor YYYY-MM-DDTHH:MM:SSZ", name, value);
}

static enum rc read_clock(struct clock *clock, struct err *err)
{
    enum rc rc = take_instant("DUBAN_CLOCK_START", &clock->start_us, err);
    if (rc == RC_OK)
        rc = take_instant("DUBAN_CLOCK_END", &clock->end_us, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_CLOCK_EPOCH", &clock->epoch_us, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_CLOCK_SPEED", &clock->speed, err);
    clock->epoch_us *= SECOND_US;
    clock->simulated = *value_of("DUBAN_CLOCK_START") != '\0';
    return rc;
}

static enum rc read_endpoints(struct settings *settings, enum service_id service, struct err *err)
{
    char name[64], upper[16] = "", fallback[SETTING_BYTES + 32];
    for (size_t i = 0; service_name(service)[i] != '\0'; i++)
        upper[i] = (char)(service_name(service)[i] - 'a' + 'A');
    snprintf(name, sizeof name, "DUBAN_%s_FRONT", upper);
    snprintf(fallback, sizeof fallback, "ipc://%s/%s.front", settings->directory, service_name(service));
    enum rc rc = take_text(name, fallback, settings->front[service], err);
    if (rc != RC_OK)
        return rc;
    snprintf(name, sizeof name, "DUBAN_%s_PUBLISHER", upper);
    snprintf(fallback, sizeof fallback, "ipc://%s/%s.publisher", settings->directory, service_name(service));
    return take_text(name, fallback, settings->publisher[service], err);
}

enum rc settings_read(struct settings *out_settings, struct err *err)
{
    struct settings *settings = out_settings;
    *settings = (struct settings){0};
    enum rc rc = refuse_unknown(err);
    if (rc == RC_OK)
        rc = take_text("DUBAN_DIR", "var", settings->directory, err);
    char absolute[PATH_MAX], fallback[PATH_MAX + 64];
    if (rc == RC_OK && realpath(settings->directory, absolute) == NULL)
        snprintf(absolute, sizeof absolute, "%s", settings->directory);
    snprintf(fallback, sizeof fallback, "host=%s dbname=duban", absolute);
    if (rc == RC_OK)
        rc = take_text("DUBAN_DATABASE", fallback, settings->database, err);
    if (rc == RC_OK)
        rc = take_text("DUBAN_DATABASE_PASSWORD_FILE", "", settings->password_file, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_DATABASE_TIMEOUT_MS", &settings->database_timeout_us, err);
    snprintf(fallback, sizeof fallback, "%s/keys", settings->directory);
    if (rc == RC_OK)
        rc = take_text("DUBAN_KEYS", fallback, settings->keys, err);
    snprintf(fallback, sizeof fallback, "%s/duban_secret", settings->keys);
    if (rc == RC_OK)
        rc = take_text("DUBAN_KEY", fallback, settings->key, err);
    snprintf(fallback, sizeof fallback, "%s/rights", settings->directory);
    if (rc == RC_OK)
        rc = take_text("DUBAN_RIGHTS", fallback, settings->rights, err);
    for (int service = 0; rc == RC_OK && service < SERVICE_COUNT; service++)
        rc = read_endpoints(settings, (enum service_id)service, err);
    snprintf(fallback, sizeof fallback, "%s/witness", settings->directory);
    if (rc == RC_OK)
        rc = take_text("DUBAN_WITNESS", fallback, settings->witness, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_WITNESS_INTERVAL_S", &settings->witness_interval_us, err);
    if (rc == RC_OK)
        rc = read_clock(&settings->clock, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_HEAD_INTERVAL_MS", &settings->head_interval_us, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_LEASE_MS", &settings->lease_us, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_NOTIFY_GRACE_S", &settings->grace_us, err);
    if (rc == RC_OK)
        rc = take_number("DUBAN_NOTIFY_PATIENCE_S", &settings->patience_us, err);
    settings->witness_interval_us *= SECOND_US;
    settings->head_interval_us *= 1000;
    settings->database_timeout_us *= 1000;
    settings->lease_us *= 1000;
    settings->grace_us *= SECOND_US;
    settings->patience_us *= SECOND_US;
    return rc;
}

void settings_help(FILE *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        fprintf(out, "  %-28s %s", table[i].name, table[i].help);
        if (table[i].fallback != NULL && *table[i].fallback != '\0')
            fprintf(out, " [%s]", table[i].fallback);
        fputc('\n', out);
    }
}
