"""A moment left out of one take is a cut where the camera moves; motion, light, stutter aren't."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pytest
from limn.core.data.types import Frame
from limn.core.pipeline.shots.shot_cuts import mark_cuts

_WALL = np.kron(np.random.default_rng(3).integers(0, 255, (24, 120)), np.ones((12, 12))).astype(
    np.uint8
)


def _cuts(steps: Sequence[int], light: Sequence[float] | None = None) -> list[int]:
    """Of a camera that pans along a wall by ``steps`` pixels a frame."""
    pictures = [
        np.repeat(_WALL[:216, x : x + 384, None], 3, axis=2) for x in accumulate(steps, initial=0)
    ]
    lit = [1.0] * len(pictures) if light is None else light
    frames = (
        Frame(k, k / 30, (picture * share).astype(np.uint8))
        for k, (picture, share) in enumerate(zip(pictures, lit, strict=True))
    )
    return [frame.index for frame, begins in mark_cuts(frames, 30.0) if begins]


@pytest.mark.parametrize("far", [24, 40])
def test_a_jump_within_one_view_is_a_cut(far: int) -> None:
    assert _cuts([1] * 10 + [far] + [1] * 10) == [11]


@pytest.mark.parametrize(
    "steps",
    [
        [1] * 20,
        [24] * 20,  # a pan, however quick
        [1] * 8 + [4, 10, 24, 24, 24, 10, 4] + [1] * 8,  # one that sets in
        [3] * 8 + [0, 0, 0, 0, 0, 0, 0, 24] + [3] * 8,  # pictures were held
        [1] * 10 + [24, -24] + [1] * 10,  # a jolt, which comes back
        [0] * 10 + [24] + [0] * 10,  # a camera that stands was pushed
        [1] * 10 + [24] + [6] * 10,  # pictures were held, all but a little
    ],
)
def test_motion_is_no_jump(steps: list[int]) -> None:
    assert _cuts(steps) == []


def test_light_that_changes_is_no_jump() -> None:
    assert _cuts([1] * 20, [1.0] * 10 + [0.8] * 11) == []
