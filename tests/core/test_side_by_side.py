"""Pieces of a computation on several cores come out as on one."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from limn.core.data.arrays import F64
from limn.core.data.profiling.side_by_side import side_by_side
from limn.core.data.profiling.stages import measure, stage, stage_here
from limn.core.data.settings import CORES_VARIABLE
from limn.core.solving.person import SIGMAS
from limn.core.solving.track import track
from solved_people import somebody


def test_all_pieces_are_done_and_errors_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores in ("1", "3"):
        monkeypatch.setenv(CORES_VARIABLE, cores)
        done: list[int] = []
        side_by_side(done.append, range(20))
        assert sorted(done) == list(range(20))
        side_by_side(done.append, [])

        def fail(piece: int) -> None:
            if piece == 7:
                raise np.linalg.LinAlgError("not positive definite")

        with pytest.raises(np.linalg.LinAlgError):
            side_by_side(fail, range(20))


def test_several_cores_are_used_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CORES_VARIABLE, "3")
    meeting = threading.Barrier(3, timeout=30)
    side_by_side(lambda _: meeting.wait(), range(3))


def test_threads_work_for_the_stage_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CORES_VARIABLE, "3")
    named: list[str | None] = []
    with measure() as times, stage("solving"):
        side_by_side(lambda _: named.append(stage_here()), range(6))
    assert named == ["solving"] * 6
    assert times.rows()["solving"].calls == 7
    side_by_side(lambda _: named.append(stage_here()), range(2))
    assert named[6:] == [None, None]


def test_windows_of_a_track_solved_at_once_are_those_of_one_core_to_the_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(track, "_WINDOW", 20)
    monkeypatch.setattr(track, "_OVERLAP", 4)
    one = somebody(3, frames=110)
    solved: list[F64] = []
    for cores in ("1", "4"):
        monkeypatch.setenv(CORES_VARIABLE, cores)
        solved.append(track.solve_track(one.evidence, one.X, one.lengths, SIGMAS, rounds=4))
    np.testing.assert_array_equal(*solved)
    assert np.abs(solved[0] - one.X).max() > 0.01
