#!/usr/bin/python3
"""Who may include whom, as ARCHITECTURE.md says; and the format of the code."""
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATED = re.compile(r"pb-c\.h$")
LIB = ["base", "domain", "wire", "db", "service"]
WAYS = {"ingest": ["intake"], "metrics": ["tally", "answer"], "notify": ["dispatch", "answer"]}


def allowed(path):
    """Folders whose headers the file may include, and the outside libraries it may use."""
    parts = path.relative_to(ROOT).parts
    if parts[0] == "lib":
        return {
            "base": (["base"], {"openssl"}),
            "domain": (["base", "domain"], set()),
            "wire": (["base", "domain", "wire"], {"protobuf"}),
            "db": (["base", "db"], {"libpq"}),
            "service": (LIB, {"protobuf", "zmq"}),
        }[parts[1]]
    if parts[0] == "services":
        if path.stem in [*WAYS[parts[1]], "main"]:
            return LIB + [parts[1]], {"protobuf"}
        return ["base", "domain", parts[1]], set()
    return LIB + ["cli", *WAYS], {"protobuf", "libpq", "zmq", "openssl"}


def outside(include):
    for name, pattern in {"protobuf": r"protobuf-c|pb-c\.h", "libpq": r"libpq|postgres", "zmq": r"zmq", "openssl": r"openssl"}.items():
        if re.search(pattern, include):
            return name
    return None


def sources(*folders):
    return sorted(p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in (".c", ".h"))


class Structure(unittest.TestCase):
    def test_includes(self):
        for path in sources("lib", "services", "cli"):
            folders, libraries = allowed(path)
            for include in re.findall(r'^#include [<"]([^">]+)[">]', path.read_text(), re.M):
                with self.subTest(file=str(path.relative_to(ROOT)), include=include):
                    folder = include.split("/")[0]
                    library = outside(include)
                    if library:
                        self.assertIn(library, libraries)
                    elif folder in LIB + ["cli", *WAYS]:
                        self.assertIn(folder, folders)

    def test_no_binary_fractions(self):
        for path in sources("lib", "services", "cli"):
            with self.subTest(file=str(path.relative_to(ROOT))):
                self.assertNotRegex(path.read_text(), r"(?m)^[^/*]*\b(float|double)\b [a-z]")

    def test_logs_use_only_conversions_that_the_log_knows(self):
        """base/log.c reads its formats itself; the compiler would let pass what it does not know."""
        calls = 0
        for path in sources("lib", "services", "cli"):
            if path.match("base/log.[ch]"):
                continue
            text = path.read_text()
            formats = re.findall(r'\blog_(?:info|warning|error)\("[A-Z-]+",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)[,)]', text)
            with self.subTest(file=str(path.relative_to(ROOT))):
                self.assertEqual(len(formats), len(re.findall(r"\blog_(?:info|warning|error)\(", text)))
                for form in formats:
                    self.assertNotRegex(form, r"%(?!s|d|u|ld|lu|lld|llu|zu)")
            calls += len(formats)
        self.assertGreater(calls, 20)

    def test_format(self):
        files = [str(p) for p in sources("lib", "services", "cli", "tests")]
        result = subprocess.run(["clang-format-14", "--dry-run", "--Werror", *files], capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr[:2000])


if __name__ == "__main__":
    unittest.main()
