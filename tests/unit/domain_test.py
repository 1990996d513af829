#!/usr/bin/python3
"""Every row of the tables of docs/domain.md has a test that names it, among the tests of the service that decides it."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STORIES = {"2": "metrics_story.h", "3": "metrics_story.h", "6": "notify_story.h"}  # section: what its tests are told with
ROWS = {
    "2": ["sum", "latest", "count", "share", "ratio", "growth"],
    "3": ["grey", "red", "yellow", "green"],
    "6": ["upcoming", "due", "overdue", "pace", "silent", "breach", "met", "withdrawn"],
}


def rows(text, section):
    """The first words of the rows of a section's table, without its heading."""
    body = re.search(rf"(?ms)^## {section}\. .*?(?=^## |\Z)", text).group()
    return re.findall(r"(?m)^\| ([a-z]+) \|", body)[1:]


def tests_told_with(story):
    """The names of the tests that are defined and run, of all programs that include a story."""
    names = set()
    for path in sorted((ROOT / "tests/unit").glob("*.c")):
        text = path.read_text()
        if f'#include "support/{story}"' in text:
            defined = re.findall(r"(?m)^static void (\w+)\(void \*\*state\)", text)
            main = text[text.index("\nint main(void)"):]
            names.update(name for name in defined if re.search(rf"\({name}[,)]", main))
    return names


class Domain(unittest.TestCase):
    def test_the_tables_are_found(self):
        text = (ROOT / "docs/domain.md").read_text()
        for section, words in ROWS.items():
            self.assertEqual(rows(text, section), words)

    def test_every_row_has_a_test_that_names_it(self):
        text = (ROOT / "docs/domain.md").read_text()
        for section, story in STORIES.items():
            words = [set(name.split("_")) for name in tests_told_with(story)]
            for row in rows(text, section):
                with self.subTest(section=section, row=row):
                    self.assertTrue(any(row in name for name in words))

    def test_every_test_that_is_defined_is_run(self):
        for path in sorted((ROOT / "tests").rglob("*_test.c")):
            text = path.read_text()
            main = text[text.index("\nint main(void)"):]
            for name in re.findall(r"(?m)^static void (\w+)\(void \*\*state\)", text):
                with self.subTest(file=path.name, test=name):
                    self.assertRegex(main, rf"\({name}[,)]")


if __name__ == "__main__":
    unittest.main()
