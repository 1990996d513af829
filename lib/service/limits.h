/* What the sockets of a service are bounded by, all in one place. */
#ifndef DUBAN_SERVICE_LIMITS_H
#define DUBAN_SERVICE_LIMITS_H

#include "service/peers.h"

/* Largest frame that is let in by a front door, and by a publisher, which takes subscriptions only. */
#define FRONT_FRAME_MAX_BYTES ((int64_t)4 << 20)
#define PUBLISHER_FRAME_MAX_BYTES 4096

/* Sets the options of a ROUTER or an XPUB, before it is bound. */
void limits_front(void *socket);
void limits_publisher(void *socket);

/* How many may be connected to each, and how far behind. Fewer when the process may not open enough descriptors. */
struct peers_limits limits_of_peers(void);

/* Lets the process open as many descriptors as it may. */
void limits_raise_descriptors(void);

#endif
