#!/usr/bin/env python3
"""Nothing that is secret comes out of a service: not by its log, its sockets and files, or what it leaves when it crashes."""

import os
import pathlib
import resource
import signal
import stat
import subprocess
import unittest

from harness import *

SECRET = "geheim-7f3a"

# Connection strings with a secret in them, well-formed and not.
STRINGS = {
    "a password": f"host=/nowhere dbname=duban password={SECRET}",
    "the password of a key": f"host=/nowhere dbname=duban sslpassword={SECRET}",
    "a password in a URI": f"postgresql://duban:{SECRET}@localhost/duban",
    "a password as a parameter": f"postgresql://duban@localhost/duban?password={SECRET}",
    "a space in the password": f"host=/nowhere password=x {SECRET}",
    "a quote that does not end": f"host=/nowhere password='{SECRET}",
    "a slash in the password": f"postgresql://duban:{SECRET}/{SECRET}@localhost/duban",
    "a number and a slash in the password": f"postgresql://duban:5432/{SECRET}@localhost/duban",
    "a question mark in the password": f"postgresql://duban:{SECRET}?{SECRET}@localhost/duban",
    "a misspelt keyword": f"host=/nowhere pasword={SECRET}",
    "a string too long": f"host=/nowhere password={SECRET}{'x' * 600}",
}


class Secrets(DubanTest):
    def test_a_connection_string_with_a_secret_is_refused_and_not_shown(self):
        duban = self.install()
        commands = [[BIN / f"duban-{service}"] for service in SERVICES] + [[BIN / "duban", "db", "status"], [BIN / "duban", "verify"]]
        for what, string in STRINGS.items():
            for command in commands:
                with self.subTest(what, command=command[0].name):
                    done = subprocess.run(command, env=environment(**duban.settings | {"DUBAN_DATABASE": string}),
                                          capture_output=True, text=True, timeout=PATIENCE_S, check=False)
                    self.assertIn(done.returncode, (2, 3))
                    self.assertIn("DUBAN_DATABASE", done.stderr)
                    self.assertNotIn(SECRET, done.stdout + done.stderr)

    def test_help_shows_no_value(self):
        for service in SERVICES:
            done = subprocess.run([BIN / f"duban-{service}", "--help"], env=environment(DUBAN_DATABASE=f"password={SECRET}"),
                                  capture_output=True, text=True, check=True)
            self.assertIn("DUBAN_DATABASE", done.stdout)
            self.assertNotIn(SECRET, done.stdout + done.stderr)

    def test_a_password_from_a_file_is_not_in_the_log(self):
        duban = self.install()
        passfile = duban.file("passwords", f"*:*:*:*:{SECRET}\n")
        passfile.chmod(0o600)
        duban.set(DUBAN_DATABASE=duban.cluster.conninfo(f"nowhere passfile={passfile}"))
        with open(duban.log_path("ingest"), "ab") as log:
            duban.processes["ingest"] = duban._launch("ingest", log)
        text = wait_until("a failed connection",
                          lambda: duban.log_path("ingest").read_text() if "DB-LOST" in duban.log_path("ingest").read_text() else None)
        self.assertIn("nowhere", text)
        self.assertNotIn(SECRET, text)

    def test_no_row_of_the_database_is_in_the_log(self):
        duban = self.install()
        duban.freeze("2020-03-02")
        duban.sql("ALTER TABLE duban.event_updates ADD CONSTRAINT never CHECK (id NOT LIKE 'bad%')")
        duban.start()
        duban.apply(PLAN)
        with duban.client() as client:
            receipt = client.submit([measured("bad", "benches", "1", "2020-03-01", source=f"/{SECRET}")])[0]
        self.assertEqual(outcome_of(receipt), "REJECTED STORAGE_REFUSED")
        log = duban.log_path("ingest").read_text()
        self.assertIn("STORAGE-REFUSED", log)
        self.assertIn("never", log)
        self.assertNotIn(SECRET, log)

    def test_sockets_are_closed_to_others_and_no_privilege_can_come(self):
        duban = self.install().start()
        for service in SERVICES:
            for kind in ("front", "publisher"):
                mode = stat.S_IMODE(os.stat(duban.directory / f"{service}.{kind}").st_mode)
                self.assertEqual(mode & 0o077, 0, f"{service}.{kind} {mode:o}")
            status = pathlib.Path(f"/proc/{duban.processes[service].pid}/status").read_text()
            self.assertIn("NoNewPrivs:\t1", status)

    def crash(self, directory, command, **settings):
        """Starts a program where core dumps are welcome, aborts it, and says whether it left one."""
        def welcome():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
        process = subprocess.Popen(command, cwd=directory, env=environment(**settings), preexec_fn=welcome,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ready = directory / "ingest.front"
        wait_until("it runs", lambda: ready.exists() if command[0] != "sleep" else True)
        os.kill(process.pid, signal.SIGABRT)
        status = os.waitpid(process.pid, 0)[1]
        process.returncode = status
        self.assertEqual(os.WTERMSIG(status), signal.SIGABRT)
        return os.WCOREDUMP(status)

    def test_a_crash_leaves_no_core_dump(self):
        duban = self.install()
        if not self.crash(duban.directory, ["sleep", "60"]):
            self.skipTest("nothing leaves a core dump on this machine")
        self.assertFalse(self.crash(duban.directory, [BIN / "duban-ingest"], **duban.settings))


if __name__ == "__main__":
    unittest.main()
