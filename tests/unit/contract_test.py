#!/usr/bin/python3
"""The contract in words says what the contract in code says: reason codes, comments and numbers of fields, examples."""
import hashlib
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOS = sorted((ROOT / "proto/duban/v1").glob("*.proto"))
README = (ROOT / "proto/README.md").read_text()
FIELD = re.compile(r"^\s+(?:repeated )?[\w.]+ \w+ = (\d+);$")
VALUE = re.compile(r"^\s+[A-Z][A-Z0-9_]* = (\d+);$")
# The host of a package registry or archive, wherever it is: installs must work with whatever the machine is set to.
REGISTRY = re.compile(r"\b(registry|deb|security|snapshot|pypi|files|proxy|index|static)\.[a-z]+\.(org|com|io|net)\b")


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def numbered_lines(path):
    """(block, number, line before, line) for each field and value; a oneof shares the numbers of its message."""
    blocks, before = [], ""
    for line in path.read_text().splitlines():
        found = FIELD.match(line) or VALUE.match(line)
        if re.match(r"\s*(message|enum) ", line) and not line.endswith("{}"):
            blocks.append(line.strip())
        elif re.match(r"\s*oneof ", line):
            blocks.append(blocks[-1])
        elif line.strip() == "}":
            blocks.pop()
        elif found:
            yield blocks[-1], int(found[1]), before, line.strip()
        elif re.match(r"\s+[^/\s]", line):
            raise AssertionError(f"{path.name}: what is this? {line}")
        before = line.strip()


class Contract(unittest.TestCase):
    def test_every_reason_code_is_explained_and_every_explained_one_exists(self):
        code = (ROOT / "lib/domain/reason.c").read_text()
        used = set(re.findall(r'\[REASON_\w+\] = \{"([A-Z_]+)"', code)) - {"NONE"}
        rows = re.findall(r"(?m)^\| (`[^|]+) \|", section("Reason codes"))
        explained = [name for row in rows for name in re.findall(r"[A-Z_]+", row)]
        self.assertGreater(len(used), 30)
        self.assertEqual(sorted(explained), sorted(used))

    def test_every_field_and_value_has_a_comment(self):
        for path in PROTOS:
            for block, _, before, line in numbered_lines(path):
                with self.subTest(file=path.name, block=block):
                    self.assertTrue(before.startswith("//"), line)

    def test_numbers_are_unique_in_their_block(self):
        for path in PROTOS:
            seen = set()
            for block, number, _, line in numbered_lines(path):
                with self.subTest(file=path.name, block=block):
                    self.assertNotIn((block, number), seen, line)
                seen.add((block, number))
            self.assertTrue(seen, path.name)

    def test_the_examples_are_right(self):
        facts, shown = re.search(r"printf %s (\S+) \| .*\n +(\w+)", section("Alert ids")).groups()
        self.assertEqual(hashlib.sha256(facts.encode()).hexdigest()[:32], shown)
        compile(re.search(r"(?s)```python\n(.*?)```", README)[1], "README.md", "exec")

    def test_no_file_names_a_registry(self):
        listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        for name in filter(None, subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split("\0")):
            text = (ROOT / name).read_bytes().decode(errors="replace") if (ROOT / name).is_file() else ""
            with self.subTest(file=name):
                self.assertNotRegex(text, REGISTRY)
                self.assertFalse(name.endswith("package-lock.json") and '"resolved"' in text)


if __name__ == "__main__":
    unittest.main()
