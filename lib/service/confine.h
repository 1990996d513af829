/* What a service takes from itself at its start, before it has opened anything. */
#ifndef DUBAN_SERVICE_CONFINE_H
#define DUBAN_SERVICE_CONFINE_H

#include "base/err.h"

/* Sockets and files that the process makes from now on are its user's alone; it leaves no core dump, and other
 * processes of its user may not look into it; neither it nor a program it starts can get more rights. RC_FAILED when
 * the system refuses. */
enum rc confine(struct err *err) MUST_CHECK;

#endif
