"""Three nodes of PostgreSQL under Patroni and etcd on this machine, as long as a test lasts."""

import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness import *  # noqa: E402

CONFIG = """\
scope: duban
name: {name}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{hosts: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    # How long a dead leader is waited for: the lease of its key. 20 s is the least that Patroni takes.
    ttl: 20
    loop_wait: 5
    retry_timeout: 5
    # Only a standby that has every commit may become the leader, and commits wait for one.
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{synchronous_commit: "on", fsync: "on", full_page_writes: "on", max_connections: 60, wal_log_hints: "on"}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: {data}
  bin_dir: {bin}
  pgpass: {data}.pgpass
  parameters: {{unix_socket_directories: "{directory}", shared_buffers: 32MB, timezone: UTC}}
  pg_hba: ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust", "local all all trust"]
  authentication:
    superuser: {{username: duban}}
    replication: {{username: replicator}}
    rewind: {{username: duban}}
"""


def free_ports(count):
    """Ports of this moment; kept open together, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Patroni:
    """What Duban() takes as the database it is installed on."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dfo-", dir="/var/tmp"))
        os.chmod(self.directory, 0o700)
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.directory, self.user)
        self.processes = {}
        atexit.register(self.remove)
        client, peer, *rest = free_ports(8)
        self.etcd_port = client
        self.ports, self.apis = dict(zip("abc", rest[:3])), dict(zip("abc", rest[3:]))
        self._launch("etcd", ["etcd", "--name", "e", "--data-dir", self.directory / "etcd",
                              "--listen-client-urls", f"http://127.0.0.1:{client}",
                              "--advertise-client-urls", f"http://127.0.0.1:{client}",
                              "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                              "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                              "--initial-cluster", f"e=http://127.0.0.1:{peer}"])
        for node in self.ports:
            self.start(node)

    def _launch(self, name, command):
        with open(self.directory / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([*map(str, command)], cwd="/", user=self.user, stdin=subprocess.DEVNULL,
                                                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True)

    def _data(self, node):
        return self.directory / node

    def start(self, node):
        path = self.directory / f"{node}.yml"
        path.write_text(CONFIG.format(name=node, api=self.apis[node], etcd=self.etcd_port, port=self.ports[node],
                                      data=self._data(node), bin=POSTGRES_BIN, directory=self.directory))
        self._launch(node, ["patroni", path])

    def members(self):
        """Of each node that is there: role and state, as any of them has it."""
        for api in self.apis.values():
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{api}/cluster", timeout=2) as answer:
                    return {member["name"]: member for member in json.load(answer)["members"]}
            except OSError:
                continue
        return {}

    def leader(self):
        return next((name for name, member in self.members().items() if member["role"] == "leader" and member["state"] == "running"), None)

    def wait_for_standbys(self, count, patience_s=180):
        """Until there are a leader and so many standbys, one of them synchronous; gives the leader."""
        def complete():
            members = self.members()
            roles = [member["role"] for member in members.values() if member["state"] in ("running", "streaming")]
            return roles.count("leader") == 1 and "sync_standby" in roles and len(roles) == count + 1 and self.leader()
        return wait_until(f"a leader and {count} standbys", complete, patience_s, 0.2)

    def kill(self, node):
        """kill -9 of Patroni, and of the server and all its children."""
        postmaster = self._postmaster(node)
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, check=False).stdout.split()
        patroni = self.processes.pop(node)
        patroni.kill()
        for process in [postmaster, *map(int, children)]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        patroni.wait()

    def _postmaster(self, node):
        try:
            return int((self._data(node) / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError):
            return None

    # The interface of the harness's Cluster.

    def conninfo(self, database):
        hosts = ",".join("127.0.0.1" for _ in self.ports)
        return f"host={hosts} port={','.join(map(str, self.ports.values()))} dbname={database}"

    def sql(self, database, text, user="duban"):
        done = subprocess.run(["psql", f"{self.conninfo(database)} user={user} target_session_attrs=read-write", "-XAtq", "-F", "\x1f",
                               "-v", "ON_ERROR_STOP=1", "-c", text], capture_output=True, check=False)
        if done.returncode != 0:
            raise SqlError(done.stderr.decode())
        return [row.split("\x1f") for row in done.stdout.decode().splitlines()]

    def new_database(self):
        self.sql("postgres", "CREATE DATABASE duban")
        for port in self.ports.values():  # libpq goes no further than a host that has no such database yet
            wait_until("the database on every node", lambda: subprocess.run(
                ["psql", f"host=127.0.0.1 port={port} dbname=duban user=duban", "-c", ""], capture_output=True, check=False).returncode == 0)
        subprocess.run([BIN / "duban", "db", "migrate"], check=True, stdout=subprocess.DEVNULL,
                       env=environment(DUBAN_DIR=self.directory, DUBAN_DATABASE=self.conninfo("duban")))
        return "duban"

    def remove(self):
        for node in list(self.ports):
            process = self.processes.pop(node, None)
            if process is not None:
                process.kill()
                process.wait()
            postmaster = self._postmaster(node)
            # What a killed node has left may be the number of somebody else's process by now.
            if postmaster and str(self._data(node)) in command_line(postmaster):
                os.kill(postmaster, signal.SIGQUIT)
                wait_until("the server ends", lambda: not command_line(postmaster))
        etcd = self.processes.pop("etcd", None)
        if etcd is not None:
            etcd.kill()
            etcd.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


def command_line(process):
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""
