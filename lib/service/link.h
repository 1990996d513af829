/* A client's way to a service: over ipc, or over tcp with its own certificate and the service's. */
#ifndef DUBAN_SERVICE_LINK_H
#define DUBAN_SERVICE_LINK_H

#include "base/settings.h"

/* Connects a socket to one endpoint of a service. Over tcp `own` is the file of the client's certificate with its
 * secret key, and the service's public one is in the folder of keys; with --insecure neither is needed. RC_REFUSED says
 * what is wrong with the endpoint or a certificate. */
enum rc link_connect(void *socket, const struct settings *settings, const char *endpoint, enum service_id service,
                     const char *own, struct err *err) MUST_CHECK;

/* The same for all of a list of endpoints, for a socket that may hear several. */
enum rc link_connect_all(void *socket, const struct settings *settings, const char *endpoints, enum service_id service,
                         const char *own, struct err *err) MUST_CHECK;

#endif
