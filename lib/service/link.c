#include "service/link.h"

#include "base/certificate.h"
#include "base/endpoints.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#define ARENA_BYTES ((size_t)1 << 20)

static enum rc set_keys(void *socket, const struct certificate *own, const struct certificate *service, struct err *err)
{
    if (*own->secret_key == '\0')
        return err_set(err, RC_REFUSED, "the client's own certificate has no secret key in it");
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, service->public_key, CURVE_KEY_BYTES) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, own->public_key, CURVE_KEY_BYTES) != 0 ||
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, own->secret_key, CURVE_KEY_BYTES) != 0)
        return err_set(err, RC_REFUSED, "the keys: %s", zmq_strerror(errno));
    return RC_OK;
}

static enum rc protect(void *socket, const struct settings *settings, enum service_id service, const char *own_path,
                       struct err *err)
{
    struct certificate own = {0}, theirs = {0};
    char path[SETTING_BYTES + 32];
    struct arena *arena = arena_new(ARENA_BYTES);
    REQUIRE(arena != NULL);
    snprintf(path, sizeof path, "%s/%s", settings->keys, service_name(service));
    enum rc rc = certificate_load(own_path, arena, &own, err);
    if (rc == RC_OK)
        rc = certificate_load(path, arena, &theirs, err);
    if (rc == RC_OK)
        rc = set_keys(socket, &own, &theirs, err);
    certificate_forget(&own);
    arena_free(&arena);
    return rc;
}

enum rc link_connect(void *socket, const struct settings *settings, const char *endpoint, enum service_id service,
                     const char *own, struct err *err)
{
    enum rc rc = RC_OK;
    if (strncmp(endpoint, "tcp://", 6) == 0 && !settings->insecure)
        rc = protect(socket, settings, service, own, err);
    if (rc == RC_OK && zmq_connect(socket, endpoint) != 0)
        rc = err_set(err, RC_REFUSED, "%s: %s", endpoint, zmq_strerror(errno));
    return rc;
}

enum rc link_connect_all(void *socket, const struct settings *settings, const char *endpoints, enum service_id service,
                         const char *own, struct err *err)
{
    char endpoint[SETTING_BYTES];
    enum rc rc = RC_OK;
    while (rc == RC_OK && endpoints_next(&endpoints, endpoint))
        rc = link_connect(socket, settings, endpoint, service, own, err);
    return rc;
}
