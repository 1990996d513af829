/* Where tests/chaos lets a service die or freeze, and the bugs that it plants to prove that it would see them. Only a
 * build with DUBAN_CHAOS (the preset chaos) has either; in every other build nothing is left of them. */
#ifndef DUBAN_BASE_CHAOS_H
#define DUBAN_BASE_CHAOS_H

#include <stdbool.h>

#ifdef DUBAN_CHAOS
#define CHAOS_POINT(name) chaos_point("chaos:" name)
#define CHAOS_POINT_WHEN(condition, name) ((condition) ? chaos_point("chaos:" name) : (void)0)
#define CHAOS_PLANTED(name) chaos_planted("chaos:" name)
#else
#define CHAOS_POINT(name) ((void)0)
#define CHAOS_POINT_WHEN(condition, name) ((void)0)
#define CHAOS_PLANTED(name) false
#endif

/* A step of a service. CHAOS_AT="NAME:COUNT:KILL" in the environment makes the process kill itself with SIGKILL when it
 * comes to the point NAME for the COUNTth time; STOP freezes it with SIGSTOP. */
void chaos_point(const char *name);

/* Whether the bug of this name is wanted: CHAOS_PLANTED="NAME" in the environment. */
bool chaos_planted(const char *name);

#endif
