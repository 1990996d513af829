"""Installations whose services are reached over tcp, and clients with keys of their own."""

import shutil
import socket as sockets

import zmq.auth

from harness import *


def free_port():
    with sockets.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class KeyClient(Client):
    """A client over tcp with a key of its own."""

    def __init__(self, duban, name, keys=None):
        super().__init__(duban)
        self.own = keys or zmq.auth.load_certificate(str(duban.directory / f"clients/{name}_secret"))

    def endpoint(self, service, kind="front"):
        return f"tcp://127.0.0.1:{self.duban.ports[service, kind]}"

    def prepare(self, socket, service):
        socket.curve_serverkey = zmq.auth.load_certificate(str(self.duban.directory / f"keys/{service}"))[0]
        socket.curve_publickey, socket.curve_secretkey = self.own

    def outcome(self, made):
        return outcome_of(self.submit([made])[0])

    def error(self, service, request, *parts):
        reply, _ = self.ask(service, request, *parts)
        return reply.error.code if reply.WhichOneof("kind") == "error" else None


class KeyedTest(DubanTest):
    def prepare(self):
        """An installation whose services listen on ipc and on tcp, with keys of their own; nobody has rights yet."""
        duban = self.install()
        duban.ports = {(service, kind): free_port() for service in SERVICES for kind in ("front", "publisher")}
        duban.set(**{f"DUBAN_{service.upper()}_{kind.upper()}":
                     f"ipc://{duban.directory}/{service}.{kind} tcp://127.0.0.1:{port}"
                     for (service, kind), port in duban.ports.items()})
        for folder in ("keys", "clients", "rights"):
            (duban.directory / folder).mkdir(mode=0o700)
        for service in SERVICES:
            self.make_key(duban, service, "keys")
        for service in SERVICES:  # they listen to each other's heads over tcp as well
            shutil.copy(duban.directory / f"keys/{service}", duban.directory / "rights")
        duban.freeze("2020-03-02")
        return duban

    def begin(self):
        duban = self.prepare().start()
        duban.apply(PLAN)
        return duban

    def make_key(self, duban, file, folder="clients", **rights):
        options = [f"--{key}={value}" for key, value in rights.items()]
        duban.must("keygen", "--folder", duban.directory / folder, *options, file)

    def let_in(self, duban, file, **rights):
        """A client with a new key and these rights."""
        self.make_key(duban, file, **rights)
        shutil.copy(duban.directory / f"clients/{file}", duban.directory / "rights")
        return self.key_client(duban, file)

    def key_client(self, duban, name, keys=None):
        client = KeyClient(duban, name, keys)
        self.addCleanup(client.close)
        return client

    def grant(self, duban, name, **rights):
        """Other rights for a key that is there, as an administrator would write them."""
        public, _ = zmq.auth.load_certificate(str(duban.directory / f"clients/{name}"))
        lines = "".join(f'    {key} = "{value}"\n' for key, value in {"name": name, **rights}.items())
        made = duban.directory / f"rights/.{name}"
        made.write_text(f'metadata\n{lines}curve\n    public-key = "{public.decode()}"\n')
        made.rename(duban.directory / "rights" / name)
