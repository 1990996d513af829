"""What every part of tests/chaos takes from the end-to-end tests: the harness, clients with keys, and the independent models."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "model")]

from keyed import *  # noqa: E402, F401, F403
