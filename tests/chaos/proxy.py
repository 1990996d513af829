"""A proxy between the services and PostgreSQL that cuts connections around COMMIT.

It reads just enough of the frontend's protocol to see the prepared statement `commit` being bound on a connection of a writer. The next
one, once `cut` was called, is cut:

    before     the COMMIT never arrives
    at         it arrives, and the connection is cut at once: nobody waits for the outcome
    after      it is carried out, and the answer never arrives
    within     the answer arrives but for its last byte
    hole       it never arrives, and nothing else does: silence, until the proxy gives up
    echo       it is carried out, then silence
"""

import pathlib
import selectors
import socket
import struct
import threading
import time

KINDS = ("before", "at", "after", "within", "hole", "echo")
SILENCE_S = 1.0


class Link:
    """One connection of a service, and the proxy's own to PostgreSQL."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.waiting = {client: bytearray(), server: bytearray()}  # what could not be sent at once
        self.role = ""
        self.started = False
        self.pending = b""
        self.kind = None  # how its COMMIT is being cut
        self.silent_until = None

    def writer_of(self):
        """The stream's service whose writer this is, or nothing."""
        return self.role.removeprefix("duban_").removesuffix(" writer") if self.role.endswith(" writer") else None

    def split(self, data):
        """The frontend's bytes before the next COMMIT, and those from it on (empty when there is none)."""
        self.pending += data
        at, buffer = 0, self.pending
        while True:
            head = 0 if not self.started else 1
            if len(buffer) - at < head + 4:
                break
            length = struct.unpack_from("!i", buffer, at + head)[0] + head
            if len(buffer) - at < length:
                break
            if not self.started:
                self.take_startup(buffer[at + 8:at + length])
            elif buffer[at:at + 1] == b"B" and buffer[at + 5:at + length].split(b"\0", 2)[1] == b"commit":
                return buffer[:at], buffer[at:]
            at += length
        self.pending = buffer[at:]
        return buffer[:at], b""

    def take_startup(self, parameters):
        words = parameters.split(b"\0")
        names = dict(zip(words[::2], words[1::2]))
        self.role = names.get(b"application_name", b"").decode()
        self.started = True


class Proxy(threading.Thread):
    def __init__(self, cluster):
        super().__init__(daemon=True)
        self.directory = pathlib.Path(cluster.directory) / "proxy"
        self.directory.mkdir(exist_ok=True)
        self.target = str(pathlib.Path(cluster.directory) / ".s.PGSQL.5432")
        self.selector = selectors.DefaultSelector()
        self.listener = socket.socket(socket.AF_UNIX)
        (self.directory / ".s.PGSQL.5432").unlink(missing_ok=True)
        self.listener.bind(str(self.directory / ".s.PGSQL.5432"))
        self.listener.listen(64)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.links = set()
        self.wanted = None  # (kind, service)
        self.cuts = {kind: 0 for kind in KINDS}
        self.ending = False
        self.start()

    def cut(self, kind, service):
        """The next COMMIT of a service is cut so."""
        self.wanted = (kind, service)

    def end(self):
        self.ending = True
        self.join()
        for link in list(self.links):
            self.close(link)
        self.listener.close()

    def run(self):
        while not self.ending:
            for key, events in self.selector.select(0.02):
                if key.fileobj is self.listener:
                    self.accept()
                if key.data in self.links and events & selectors.EVENT_WRITE:
                    self.send(key.data, key.fileobj, b"")
                if key.data in self.links and events & selectors.EVENT_READ:
                    self.move(key.data, key.fileobj)
            now = time.monotonic()
            for link in [link for link in self.links if link.silent_until and now > link.silent_until]:
                self.close(link)

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
        except OSError:  # PostgreSQL is away
            client.close()
            return
        link = Link(client, server)
        self.links.add(link)
        for end in (client, server):
            end.setblocking(False)
            self.selector.register(end, selectors.EVENT_READ, link)

    def close(self, link):
        if link not in self.links:
            return
        self.links.discard(link)
        for end in (link.client, link.server):
            self.selector.unregister(end)
            end.close()

    def send(self, link, end, data):
        """Sends what can be sent at once; neither side may hold the other up, or everybody else."""
        waiting = link.waiting[end]
        waiting += data
        try:
            del waiting[:end.send(waiting) if waiting else 0]
        except BlockingIOError:
            pass
        except OSError:
            self.close(link)
            return
        self.selector.modify(end, selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0), link)

    def move(self, link, end):
        try:
            data = end.recv(1 << 16)
            if not data:
                self.close(link)
            elif link.silent_until:
                pass
            elif end is link.client:
                self.forward(link, data)
            elif link.kind is None:
                self.send(link, link.client, data)
            else:
                self.answer(link, data)
        except BlockingIOError:
            pass
        except OSError:
            self.close(link)

    def forward(self, link, data):
        before, commit = link.split(data)
        self.send(link, link.server, before)
        while commit:
            if self.wanted is not None and self.wanted[1] == link.writer_of():
                return self.begin_cut(link, commit)
            length = struct.unpack_from("!i", commit, 1)[0] + 1
            self.send(link, link.server, commit[:length])
            link.pending = b""
            before, commit = link.split(commit[length:])
            self.send(link, link.server, before)

    def begin_cut(self, link, commit):
        link.kind, self.wanted = self.wanted[0], None
        self.cuts[link.kind] += 1
        link.pending = b""
        if link.kind in ("at", "after", "within", "echo"):
            self.send(link, link.server, commit)
        if link.kind in ("before", "at"):
            self.close(link)
        elif link.kind == "hole":
            link.silent_until = time.monotonic() + SILENCE_S

    def answer(self, link, data):
        """What PostgreSQL says on a connection whose COMMIT is being cut: once it says that it was carried out, the cut is made."""
        end = data.find(b"COMMIT\0")
        if end < 0:
            self.send(link, link.client, data)
        elif link.kind == "echo":
            link.silent_until = time.monotonic() + SILENCE_S
        else:
            if link.kind == "within":
                self.send(link, link.client, data[:end + 6])
            self.close(link)
