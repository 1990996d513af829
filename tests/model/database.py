"""A throwaway PostgreSQL for the indicator model, and psql as its driver."""

import atexit
import os
import pathlib
import shutil
import subprocess
import tempfile

POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


class Cluster:
    """A cluster of its own on a Unix socket, gone when the process ends."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="dbm-", dir="/var/tmp"))
        os.chmod(self.directory, 0o700)
        self.user = "postgres" if os.geteuid() == 0 else None
        self.owner = os.getpid()
        self.running = False
        if self.user:
            shutil.chown(self.directory, self.user)
        atexit.register(self.remove)
        self._tool("initdb", "-D", self.directory / "cluster", "-U", "duban", "--auth=trust", "--encoding=UTF8", "--locale=C", "-N")
        with open(self.directory / "cluster/postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.directory}'\nfsync = off\n"
                       "shared_buffers = 32MB\nautovacuum = off\n")
        self._tool("pg_ctl", "-D", self.directory / "cluster", "-l", self.directory / "postgres.log", "-w", "-s", "start")
        self.running = True
        self.conninfo = f"host={self.directory} user=duban dbname=postgres"

    def _tool(self, name, *arguments):
        subprocess.run([POSTGRES_BIN / name, *arguments], check=True, cwd="/", user=self.user, stdout=subprocess.DEVNULL)

    def remove(self):
        if os.getpid() != self.owner:
            return
        if self.running:
            self._tool("pg_ctl", "-D", self.directory / "cluster", "-m", "immediate", "-w", "-s", "stop")
            self.running = False
        shutil.rmtree(self.directory, ignore_errors=True)


def psql(conninfo, script):
    """Runs a script and gives what it prints; an error of the database is raised."""
    done = subprocess.run([POSTGRES_BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", conninfo],
                          input=script.encode(), capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode())
    return done.stdout.decode()
