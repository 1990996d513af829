/* Which process of a service has its ipc endpoints. ZeroMQ's bind on ipc:// takes the path away from whoever listens
 * there, who then waits for nobody, unnoticed. So a process first locks a file beside the path, PATH.lock; the kernel
 * gives the lock back however the process ends. */
#ifndef DUBAN_SERVICE_ENDPOINT_H
#define DUBAN_SERVICE_ENDPOINT_H

#include "base/err.h"

#include <stddef.h>

#define ENDPOINT_LOCKS_MAX 16

/* Begins as {0}. */
struct endpoint_locks {
    int descriptors[ENDPOINT_LOCKS_MAX];
    size_t count;
};

/* Adds locks for all ipc endpoints of a list, separated by spaces. RC_AGAIN: another process has one of them;
 * RC_FAILED: a file cannot be made. err says which, and all locks are given back then. */
enum rc endpoint_lock(struct endpoint_locks *locks, const char *endpoints, struct err *err) MUST_CHECK;

/* Gives the locks back. Only after zmq_ctx_term: ZeroMQ removes the path of a closed socket at some time before that,
 * and it must not be another's by then. */
void endpoint_release(struct endpoint_locks *locks);

#endif
