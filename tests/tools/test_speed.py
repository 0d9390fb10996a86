"""Speed beside others: the system's accounting of a process, and ratios within a turn."""

from __future__ import annotations

import sys

import pytest
from limn.tools.evaluation.speed.methods import MEDIAPIPE
from limn.tools.evaluation.speed.running import Run, run, summary, table

BUSY = """
import os
block = bytearray(96 << 20)
for i in range(0, len(block), 4096):
    block[i] = 1
while sum(os.times()[:2]) < 0.3:
    pass
print("a word")
print('{"ratio": 1.5}')
"""


@pytest.mark.skipif(not hasattr(__import__("os"), "wait4"), reason="the system tells no usage")
def test_a_process_is_accounted_for_and_its_last_line_read() -> None:
    busy = run([sys.executable, "-c", BUSY])
    idle = run([sys.executable, "-c", "pass"])
    assert busy.says == {"ratio": 1.5}
    assert idle.says == {}
    assert busy.cpu_s >= 0.3 > idle.cpu_s
    assert 96 < busy.peak_mb < idle.peak_mb + 130


def test_what_fails_is_told() -> None:
    with pytest.raises(SystemExit, match="out of luck"):
        run([sys.executable, "-c", "raise SystemExit('out of luck')"])


def test_ratios_are_of_the_same_turn() -> None:
    """The machine is three times slower in the second turn: no ratio notices."""
    slow = (1.0, 3.0, 1.0)
    runs = {
        "fast": [Run(2.0 * s, 1.0 * s, 400.0) for s in slow],
        MEDIAPIPE: [Run(4.0 * s, 4.0 * s, 200.0) for s in slow],
        "start fast": [Run(0.5 * s, 0.5 * s, 100.0) for s in slow],
        f"start {MEDIAPIPE}": [Run(1.0 * s, 1.0 * s, 100.0) for s in slow],
        "networks fast": [Run(9.0, 9.0, 900.0, dict.fromkeys(NETWORKS, 1.2)) for _ in slow],
    }
    found = summary(runs, MEDIAPIPE, 100, ["fast"])
    fast, base = found["methods"]["fast"], found["methods"][MEDIAPIPE]
    assert (fast["fps_ratio"], fast["cpu_ratio"], fast["peak_ratio"]) == (2.0, 0.25, 2.0)
    assert (base["fps_ratio"], base["cpu_ratio"]) == (1.0, 1.0)
    assert fast["fps"] == 50.0
    assert fast["start_s"] == 0.5
    assert fast["networks"]["cpu_ratio"] == 1.2
    lines = table(found).splitlines()
    assert lines[0] == "ratios to mediapipe"
    assert [line.split()[0] for line in lines[2:]] == ["fast", MEDIAPIPE]


NETWORKS = ("ratio", "cpu_ratio", "pipeline_cpu_s", "networks_cpu_s")
