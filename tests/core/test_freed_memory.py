"""Memory that was freed goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest
from limn.core.data.profiling.freed_memory import give_back

SCRIPT = """
import numpy as np
from limn.core.data.profiling.freed_memory import give_back

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2**20

blocks = [np.ones(60_000, np.uint8) for _ in range(2000)]
last = np.ones(60_000, np.uint8)
del blocks
before = resident()
give_back()
print(before - resident())
"""


def test_it_does_no_harm_anywhere() -> None:
    give_back()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_a_heap_under_something_that_lives_is_given_back() -> None:
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    assert float(told.stdout) > 80
