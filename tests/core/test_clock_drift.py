"""Clocks that go at different rates, told by movement alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.settings import Settings
from limn.core.pipeline.films.scene import scene_of
from limn.tools.jobs import finished
from synthetic_motion import jumping
from synthetic_skeleton import Motion
from together_views import filmed

FPS = 12.0
DRIFT = 2e-4
"""Of the second clock: 200 parts in a million, 24 ms over the longer film."""


def _restless(seconds: float) -> Motion:
    """Jumps now slower and now faster, so that none is like another."""
    once = jumping(FPS)
    t = round(seconds * FPS)
    pace = 1 + 0.5 * np.sin(np.arange(t) / 31) * np.sin(np.arange(t) / 17)
    at = np.cumsum(pace).astype(int) % len(once)
    return replace(
        once,
        root_xyz=once.root_xyz[at],
        R_parent_joint=once.R_parent_joint[at],
        planted=once.planted[at],
    )


@pytest.mark.parametrize("seconds", [120.0, 20.0])
def test_long_films_tell_how_much_faster_one_clock_goes(seconds: float) -> None:
    motion = _restless(seconds)
    front, side = (filmed(motion, yaw, f"{yaw}.mp4", 1) for yaw in (0.0, 70.0))
    late = replace(side.seen, time_s=side.seen.time_s * (1 + DRIFT))
    rig = finished(scene_of([front, replace(side, seen=late)], Settings())).found.rig
    if seconds < 30:
        assert rig.rate[1] == 0
        return
    assert rig.rate[1] == pytest.approx(DRIFT, rel=0.5)
    end = np.array([0.0, seconds])
    told = rig.time_of(1, rig.first_time_of(0, end))
    np.testing.assert_allclose(told, end * (1 + DRIFT), atol=0.006)
