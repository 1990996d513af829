/* What the fuzz targets share. A target is one source with LLVMFuzzerTestOneInput; what must hold it says by REQUIRE,
 * which ends the process in every build, and by the sanitizers. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/slice.h"
#include "domain/reason.h"
#include "wire/cloudevent.h"

/* One input; returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* The target's arena, of 1 GiB and empty. It is the same for every input: mapping one anew would cost more than most
 * inputs. */
struct arena *fuzz_arena(void);

/* Another, with room for so many bytes, 64 KiB at most: what is too small for an input is a way to fail, too. */
struct arena *fuzz_small_arena(size_t room_bytes);

/* The input as a text in an arena. */
const char *fuzz_text(const uint8_t *data, size_t bytes, struct arena *arena);

/* A reason that may be told: a code with a name, and texts that are UTF-8 without control characters. */
void fuzz_check_reason(const struct reason *reason);

/* Reads the data of an event whose envelope was read; if that is an update, what is written of it reads the same. */
void fuzz_check_update(const struct event *event, struct arena *arena);

/* Packs, checks, unpacks and packs again: that must succeed and give the same bytes. */
void fuzz_check_message(const ProtobufCMessage *message, struct arena *arena);

#endif
