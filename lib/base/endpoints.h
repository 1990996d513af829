/* ZeroMQ endpoints in one setting, separated by spaces: "ipc:///run/duban/ingest.front tcp://[::]:5551". */
#ifndef DUBAN_BASE_ENDPOINTS_H
#define DUBAN_BASE_ENDPOINTS_H

#include "base/settings.h"

/* Takes the next endpoint from the list and moves *list past it. False at the end. */
bool endpoints_next(const char **list, char out_endpoint[SETTING_BYTES]);

/* Whether one of them begins with this. */
bool endpoints_any(const char *list, const char *prefix);

/* Those that begin with this, separated by spaces. */
void endpoints_select(const char *list, const char *prefix, char out_list[SETTING_BYTES]);

#endif
