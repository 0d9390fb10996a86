"""Time by stage: each its own, over all threads, and nothing while nobody measures."""

from __future__ import annotations

import threading

import pytest
from limn.core.data.profiling.stages import StageTimes, measure, stage, staged


class Hands:
    """Two clocks that a test turns."""

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    def pass_by(self, wall_s: float, cpu_s: float) -> None:
        self.wall_s += wall_s
        self.cpu_s += cpu_s

    def times(self) -> StageTimes:
        return StageTimes(lambda: self.wall_s, lambda: self.cpu_s)


def test_an_inner_stage_stops_the_outer_ones_clock() -> None:
    clock = Hands()
    with measure(clock.times()) as times, stage("outer"):
        clock.pass_by(1.0, 0.5)
        for _ in range(2):
            with stage("inner"):
                clock.pass_by(3.0, 2.0)
        clock.pass_by(0.25, 0.125)
    rows = times.rows()
    assert list(rows) == ["inner", "outer"], "the dearest first"
    assert (rows["inner"].calls, rows["inner"].cpu_s, rows["inner"].wall_s) == (2, 4.0, 6.0)
    assert (rows["outer"].calls, rows["outer"].cpu_s, rows["outer"].wall_s) == (1, 0.625, 1.25)


def test_time_between_stages_is_nobodys() -> None:
    clock = Hands()
    with measure(clock.times()) as times:
        with stage("one"):
            clock.pass_by(1.0, 1.0)
        clock.pass_by(5.0, 5.0)
        with stage("two"):
            clock.pass_by(2.0, 2.0)
    assert {name: row.wall_s for name, row in times.rows().items()} == {"one": 1.0, "two": 2.0}


def test_an_error_ends_its_stage() -> None:
    clock = Hands()

    @staged("broken")
    def fail() -> None:
        clock.pass_by(1.0, 1.0)
        raise LookupError

    with measure(clock.times()) as times, stage("outer"):
        with pytest.raises(LookupError):
            fail()
        clock.pass_by(2.0, 2.0)
    assert times.rows()["broken"].wall_s == 1.0
    assert times.rows()["outer"].wall_s == 2.0


def test_threads_are_added_up_and_dont_stop_each_other() -> None:
    clock = Hands()
    with measure(clock.times()) as times, stage("here"):
        clock.pass_by(1.0, 1.0)

        def work() -> None:
            with stage("there"):
                clock.pass_by(1.0, 1.0)

        for _ in range(3):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    rows = times.rows()
    assert (rows["there"].calls, rows["there"].wall_s) == (3, 3.0)
    assert rows["here"].wall_s == 4.0, "the other threads' time passes here too"


def test_nothing_is_noted_while_nobody_measures() -> None:
    clock = Hands()
    times = clock.times()
    with stage("before"):
        clock.pass_by(1.0, 1.0)
    with measure(times):
        pass
    with stage("after"):
        clock.pass_by(1.0, 1.0)
    assert times.rows() == {}
    assert stage("a") is stage("b"), "off, a stage is one shared object that does nothing"
