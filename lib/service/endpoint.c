#include "service/endpoint.h"

#include "base/endpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static enum rc lock_file(struct endpoint_locks *locks, const char *name, struct err *err)
{
    if (locks->count == ENDPOINT_LOCKS_MAX)
        return err_set(err, RC_FAILED, "%s: more than %d endpoints", name, ENDPOINT_LOCKS_MAX);
    int file = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return err_set(err, RC_FAILED, "%s: %s", name, strerror(errno));
    locks->descriptors[locks->count++] = file;
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return RC_OK;
    if (errno == EWOULDBLOCK)
        return err_set(err, RC_AGAIN, "%s: another process has locked it", name);
    return err_set(err, RC_FAILED, "%s: %s", name, strerror(errno));
}

/* An endpoint without a path of its own (the abstract namespace, or one that ZeroMQ chooses) cannot be taken away. */
static bool has_path(const char *endpoint)
{
    return strncmp(endpoint, "ipc://", 6) == 0 && strchr("@* ", endpoint[6]) == NULL;
}

enum rc endpoint_lock(struct endpoint_locks *locks, const char *endpoints, struct err *err)
{
    enum rc rc = RC_OK;
    char endpoint[SETTING_BYTES];
    while (rc == RC_OK && endpoints_next(&endpoints, endpoint)) {
        char name[SETTING_BYTES + 8];
        if (!has_path(endpoint))
            continue;
        snprintf(name, sizeof name, "%s.lock", endpoint + strlen("ipc://"));
        rc = lock_file(locks, name, err);
    }
    if (rc != RC_OK)
        endpoint_release(locks);
    return rc;
}

void endpoint_release(struct endpoint_locks *locks)
{
    while (locks->count > 0)
        close(locks->descriptors[--locks->count]);
}
