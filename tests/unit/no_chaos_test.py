#!/usr/bin/python3
"""Nothing of tests/chaos is left in the programs that people use."""
import os
import pathlib
import unittest

BIN = pathlib.Path(os.environ["DUBAN_TEST_BIN"])


class NoChaos(unittest.TestCase):
    def test_no_point_and_no_planted_bug(self):
        programs = sorted(BIN.glob("duban*"))
        self.assertGreaterEqual(len(programs), 4)
        for program in programs:
            content = program.read_bytes()
            for trace in (b"chaos:", b"chaos_point", b"chaos_planted", b"CHAOS_AT", b"CHAOS_PLANTED"):
                with self.subTest(program=program.name, trace=trace):
                    self.assertNotIn(trace, content)


if __name__ == "__main__":
    unittest.main()
