#!/usr/bin/python3
"""Programs are built so that a defect in C is hard to use for anything: hardening_test.py PROGRAM…"""
import re
import subprocess
import sys
import unittest


def readelf(option, program):
    done = subprocess.run(["readelf", "--wide", option, program], capture_output=True, text=True, check=True)
    return done.stdout


def segments(program):
    """(type, flags) of each segment: ("LOAD", "RE")."""
    found = re.findall(r"^  ([A-Z_]+) +(?:0x[0-9a-f]+ +){5}([RWE ]{3})", readelf("--segments", program), re.M)
    return [(kind, flags.replace(" ", "")) for kind, flags in found]


class Hardening(unittest.TestCase):
    programs = []

    def setUp(self):
        self.assertTrue(self.programs)

    def test_programs_may_lie_anywhere_in_memory(self):
        for program in self.programs:
            self.assertRegex(readelf("--file-header", program), r"Type: +DYN")
            self.assertRegex(readelf("--dynamic", program), r"\(FLAGS_1\).*\bPIE\b")

    def test_addresses_of_functions_are_found_at_start_and_then_only_read(self):
        for program in self.programs:
            self.assertRegex(readelf("--dynamic", program), r"\(FLAGS_1\).*\bNOW\b")
            self.assertIn("GNU_RELRO", dict(segments(program)))

    def test_no_memory_is_written_and_run(self):
        for program in self.programs:
            found = segments(program)
            self.assertEqual([flags for kind, flags in found if kind == "GNU_STACK"], ["RW"])
            self.assertEqual(sorted(flags for kind, flags in found if kind == "LOAD"), ["R", "R", "RE", "RW"])

    def test_the_stack_and_the_calls_of_the_c_library_are_guarded(self):
        for program in self.programs:
            symbols = readelf("--dyn-syms", program)
            self.assertIn("__stack_chk_fail@", symbols)
            for name in ("snprintf", "vsnprintf"):
                self.assertIn(f"__{name}_chk@", symbols)

    def test_libraries_are_found_only_where_the_system_has_them(self):
        for program in self.programs:
            self.assertNotRegex(readelf("--dynamic", program), r"\((RPATH|RUNPATH)\)")


if __name__ == "__main__":
    Hardening.programs = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
