/* The first frame of a request, as the front door of a service reads it. */
#include "fuzz/fuzz.h"

#include "service/door.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct slice frame = {data, bytes};
    struct arena *arena = fuzz_arena();
    const Duban__V1__Request *request = request_read(frame, arena);
    struct arena *small = fuzz_small_arena(bytes * 4);
    REQUIRE(request_read(frame, small) == NULL || request != NULL);
    if (request == NULL)
        return 0;
    REQUIRE(strlen(request->request_id) <= 64);
    fuzz_check_message(&request->base, arena);
    struct slice packed = message_pack(request, arena);
    REQUIRE(request_read(packed, arena) != NULL);
    return 0;
}
