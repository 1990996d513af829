"""The file through which a test tells faults.so, in a running service, which call shall fail; and hears what was called how often."""

import collections
import errno
import functools
import mmap
import struct
import subprocess

NAME_BYTES, KINDS, CALLERS, PLACES = 16, 64, 8, 4096
NAMES = NAME_BYTES * (KINDS + CALLERS)
ORDER = NAMES + 16 * PLACES
ORDER_FORMAT = struct.Struct("=qQiI")  # countdown, place, error, fired

HALF = 0  # instead of an errno: half of the bytes are read or written

Place = collections.namedtuple("Place", "caller kind offset code")  # code: as the library writes it
Fault = collections.namedtuple("Fault", "place number error")  # the number-th call from there fails


@functools.cache
def line_of(program, offset):
    """Where our own code is: arena_new at arena.c:30."""
    command = ["addr2line", "-f", "-s", "-e", program, hex(offset - 1)]
    function, line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[:2]
    return f"{function} at {line.split(' ')[0]}"


def told(fault, program):
    place = fault.place
    where = line_of(program, place.offset) if place.caller == "own" else f"{place.caller}+{place.offset:#x}"
    return f"{place.kind} in {where}, call {fault.number}, {errno.errorcode.get(fault.error, 'HALF')}"


class Control:
    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(ORDER + ORDER_FORMAT.size))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 0)

    def _names(self, start, most):
        cells = (self.memory[start + i * NAME_BYTES:start + (i + 1) * NAME_BYTES] for i in range(most))
        return [cell.rstrip(b"\0").decode() for cell in cells]

    def forget(self):
        """All counts begin at 0 again."""
        self.memory[NAMES:ORDER] = bytes(ORDER - NAMES)

    def counts(self):
        """How often each place has called."""
        kinds, callers = self._names(0, KINDS), self._names(NAME_BYTES * KINDS, CALLERS)
        found = collections.Counter()
        for code, count in struct.iter_unpack("=QQ", self.memory[NAMES:ORDER]):
            if code:
                found[Place(callers[code >> 48 & 0xff], kinds[code >> 56], code & (1 << 48) - 1, code)] = count
        return found

    def order(self, fault):
        self.cancel()
        ORDER_FORMAT.pack_into(self.memory, ORDER, 0, fault.place.code, fault.error, 0)
        struct.pack_into("=q", self.memory, ORDER, fault.number)

    def cancel(self):
        ORDER_FORMAT.pack_into(self.memory, ORDER, 0, 0, 0, 0)

    def fired(self):
        return bool(ORDER_FORMAT.unpack_from(self.memory, ORDER)[3])
