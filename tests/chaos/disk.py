"""A PostgreSQL on a disk that can lose its power, fill up, and be put back to an older copy.

The disk is ext4 in a file on a tmpfs, through a loop device. What was never written to the device – what still sits in the page cache
of the mounted file system – is not in that file. So a copy of the file, taken while nothing is written, is what a machine finds after
its power came back. A write that the device has answered counts as durable: the cache of a real disk is not played.
"""

import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from common import Cluster, wait_until

MEGABYTES = 1024


def run(*command):
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.decode().strip()} (chaos needs root, loop devices and mount)")
    return done.stdout.decode().strip()


class Disk:
    """Mounted at `root`; `image` is what is on the platters."""

    def __init__(self, owner):
        self.ram = pathlib.Path(tempfile.mkdtemp(prefix="dbd-", dir="/var/tmp"))
        atexit.register(self.remove)
        run("mount", "-t", "tmpfs", "-o", f"size={4 * MEGABYTES}m,mode=755", "duban-chaos", self.ram)
        self.image, self.root = self.ram / "image", self.ram / "root"
        self.root.mkdir()
        self.device = None
        run("truncate", "-s", f"{MEGABYTES}M", self.image)
        # Nothing may be written in the background later: a copy is only taken while the device is quiet.
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-J", "size=16", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        self.mount()
        shutil.chown(self.root, owner)

    def mount(self):
        self.device = run("losetup", "--find", "--show", self.image)
        run("mount", "-t", "ext4", "-o", "discard", self.device, self.root)
        run("losetup", "--detach", self.device)  # as soon as it is unmounted, by whomever

    def unmount(self):
        run("umount", self.root)

    def written(self):
        """What the device has done and is doing, reads left out."""
        fields = pathlib.Path(f"/sys/block/{pathlib.Path(self.device).name}/stat").read_text().split()
        return fields[4], fields[6], fields[8], fields[11]  # writes, sectors written, under way, discards

    def copy(self, name):
        """What would be found after a power cut at this instant. Whoever writes was frozen before."""
        while True:
            before = self.written()
            run("cp", "--sparse=always", self.image, self.ram / name)
            if before[2] == "0" and self.written() == before:
                return

    def become(self, name, keep=False):
        """Throws the disk away and takes the copy instead. Nothing may be open on it."""
        self.unmount()
        if keep:
            run("cp", "--sparse=always", self.ram / name, self.image)
        else:
            (self.ram / name).rename(self.image)
        self.mount()

    def fill(self):
        """Takes all space that is left."""
        with open(self.root / "ballast", "wb", buffering=0) as ballast:
            for piece in (1 << 24, 1 << 20, 4096):
                try:
                    while True:
                        ballast.write(bytes(piece))
                except OSError:
                    pass

    def free(self):
        (self.root / "ballast").unlink()

    def remove(self):
        for command in (("umount", self.root), ("umount", self.ram)):
            subprocess.run(command, capture_output=True, check=False)
        shutil.rmtree(self.ram, ignore_errors=True)


class DiskCluster(Cluster):
    """A Cluster whose data lie on such a disk; every promise of durability is on."""

    def __init__(self):
        self.disk = Disk("postgres")
        super().__init__()
        with open(self._data() / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write("max_wal_size = 96MB\ncheckpoint_timeout = 30s\n")
        self.stop()
        self.start()
        run("sync", "--file-system", self.disk.root)  # initdb was told to leave that out

    def _data(self):
        return self.disk.root / "cluster"

    def start(self):
        self.running = False
        try:
            super().start()
        except subprocess.CalledProcessError as error:
            tail = (self.directory / "postgres.log").read_text(errors="replace")[-2000:]
            raise RuntimeError(f"PostgreSQL does not start:\n{tail}") from error

    def processes(self):
        """The ids of the postmaster and its children."""
        try:
            postmaster = int((self._data() / "postmaster.pid").read_text().split()[0])
        except (FileNotFoundError, IndexError):
            return []
        children = []
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                rest = path.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(rest[1]) == postmaster:
                children.append(int(path.parent.name))
        return [postmaster, *children]

    def _signal(self, number, pids):
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self):
        """No process of it does anything any more; a write that is under way is ended first."""
        def frozen():
            running = [pid for pid in self.processes() if state_of(pid) not in "TZ-"]
            self._signal(signal.SIGSTOP, running)
            return not running
        wait_until("PostgreSQL is frozen", frozen)

    def thaw(self):
        self._signal(signal.SIGCONT, self.processes())

    def crash(self):
        """Ends at once, without a checkpoint, and comes back."""
        if self.alive():
            self._tool("pg_ctl", "-D", self._data(), "-m", "immediate", "-w", "-s", "stop")
        self.start()

    def alive(self):
        return bool(self.processes()) and state_of(self.processes()[0]) not in "Z-"

    def lose_power(self, meanwhile):
        """A copy of what is on the platters at this instant becomes the disk. `meanwhile` ends whatever else lost its power."""
        self.freeze()
        self.disk.copy("after-the-cut")
        meanwhile()
        self._die()
        self.disk.become("after-the-cut")
        self._start_over()

    def back_up(self):
        """Keeps a copy of the disk as it is now; life goes on."""
        self.freeze()
        self.disk.copy("backup")
        self.thaw()

    def restore(self, database):
        """Puts the kept copy in the place of the disk, and gives the log a new incarnation as docs/operation.md says."""
        self._die()
        self.disk.become("backup", keep=True)
        self._start_over()
        self.sql(database, "UPDATE duban.stream SET incarnation = (SELECT gen_random_uuid())")

    def _die(self):
        self.freeze()  # so that there are not more of them in the meantime
        pids = self.processes()
        self._signal(signal.SIGKILL, pids)
        wait_until("PostgreSQL is dead", lambda: all(state_of(pid) in "Z-" for pid in pids))

    def remove(self):
        if self.running:
            self._die()
            self.running = False
        super().remove()

    def _start_over(self):
        (self._data() / "postmaster.pid").unlink(missing_ok=True)
        self.start()


def state_of(pid):
    """The letter that /proc has for a process: T when it is stopped, Z or - when it is dead."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "-"
