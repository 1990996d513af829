/* Everything about duban that can be set, from the environment. One table for all programs: `--help` prints it, and an
 * unknown name that begins with DUBAN_ is an error, so that a misspelt one is not silently ignored. */
#ifndef DUBAN_BASE_SETTINGS_H
#define DUBAN_BASE_SETTINGS_H

#include "base/clock.h"
#include "base/err.h"

#include <stdio.h>

#define SETTING_BYTES 512

enum service_id { SERVICE_INGEST, SERVICE_METRICS, SERVICE_NOTIFY, SERVICE_COUNT };

struct settings {
    char directory[SETTING_BYTES];                /* sockets of the services, and of the private cluster */
    char database[SETTING_BYTES];                 /* libpq connection string, without a password */
    char password_file[SETTING_BYTES];            /* with the database's password; empty: it asks for none */
    char front[SERVICE_COUNT][SETTING_BYTES];     /* ZeroMQ endpoints of each ROUTER, see base/endpoints.h */
    char publisher[SERVICE_COUNT][SETTING_BYTES]; /* and of each XPUB */
    char keys[SETTING_BYTES];                     /* folder of the services' certificates */
    char key[SETTING_BYTES];                      /* file of the command's own certificate, with its secret key */
    char rights[SETTING_BYTES];                   /* folder of the certificates that are let in */
    bool insecure;                                /* not from the environment: --insecure was typed */
    struct clock clock;
    char witness[SETTING_BYTES]; /* folder to which the heads are written */
    int64_t witness_interval_us; /* between two heads there; real time */
    int64_t head_interval_us;    /* between two heads without events; real time */
    int64_t database_timeout_us; /* the longest that a statement may take; real time */
    int64_t lease_us;            /* on a service's stream, without a renewal; real time */
    int64_t grace_us;            /* an alert sent later than this after its instant is late; in the clock's time */
    int64_t patience_us;         /* without a head from upstream before notify goes on by its own clock; real time */
};

/* Reads the environment. RC_REFUSED names the variable and what is wrong with it. */
enum rc settings_read(struct settings *out_settings, struct err *err) MUST_CHECK;

/* "ingest", "metrics", "notify". */
const char *service_name(enum service_id service);

/* One line for each variable: name, default, meaning. */
void settings_help(FILE *out);

#endif
