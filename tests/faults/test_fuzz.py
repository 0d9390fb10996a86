"""A budget of the fuzzers: no mutant of a file of others ends in anything but a sentence.

``python -m limn.tools.faults fuzz all --runs 2000`` is the long run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from limn.tools.faults.judging import judged, read_here

pytest.importorskip("hypothesis")
from limn.tools.faults.fuzz import KINDS, try_kind

pytestmark = pytest.mark.skipif(os.name != "posix", reason="alarms of Unix")
GOOD = Path(__file__).parents[1] / "data" / "takes" / "keypoints_v1.take.npz"
_RUNS = {
    "takes": 10, "maps": 150, "smplx": 30, "edits": 15, "descriptors": 60, "archives": 40,
    "networks": 2, "clips": 1,
}  # fmt: skip


@pytest.mark.parametrize("what", KINDS)
def test_mutants_end_in_a_sentence(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = try_kind(KINDS[what], GOOD, tmp_path, _RUNS[what])
    assert tried.report(what) == 0, capsys.readouterr().out
    assert tried.mutants >= _RUNS[what] // 2


@pytest.mark.parametrize(
    ("code", "out", "err", "fault"),
    [
        (0, "fine\n", "", ""),
        (5, "", "limn: It is damaged.\n", ""),
        (-11, "", "", "signal 11"),
        (1, "", "Traceback (most recent call last):\n  x\nValueError: y\n", "ValueError: y"),
        (77, "", "limn: It is damaged.\n", "exit code 77"),
        (0, "name\x1b[2J", "", "control characters"),
        (0, "\u202egpj.exe", "", "control characters"),
        (5, "", "limn: It is damaged.\nlibpng error\n", "not one sentence"),
        (5, "", "", "not one sentence"),
    ],
)
def test_what_ends_badly_is_noticed(code: int, out: str, err: str, fault: str) -> None:
    outcome = judged(code, out, err)
    assert bool(outcome.fault) == bool(fault)
    assert fault in outcome.fault


def test_memory_of_a_small_file_is_bounded() -> None:
    assert "MB" in judged(0, "", "", memory_mb=501).fault
    assert not judged(0, "", "", memory_mb=499).fault


def test_what_a_reader_raises_is_its_fault(tmp_path: Path) -> None:
    def reader(path: Path) -> None:
        raise ZeroDivisionError(path.name)

    assert read_here(reader, tmp_path / "m.json").fault.startswith("ZeroDivisionError m.json")
