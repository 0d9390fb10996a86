"""People who walk out of the picture, and pictures that nobody is in, with the real networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.errors import LimnError
from limn.core.data.types import ClipInfo, Frame, FrameSource, Take

pytestmark = pytest.mark.networks

FPS, STAYS, LEAVES, EMPTY = 30.0, 20, 25, 30
"""Frames in which the woman is there, in which she slides out, and in which the street is empty."""
STREET_PX = (480, 320)


class Street:
    """A woman before a street of dull noise, who slides out of the picture to the left."""

    warnings = ()
    damaged_share = 0.0

    def __init__(self, portrait: U8, *, with_her: bool) -> None:
        rng = np.random.default_rng(0)
        coarse = rng.integers(70, 150, (10, 15, 3)).astype(np.uint8)
        self._street = cv2.resize(coarse, STREET_PX, interpolation=cv2.INTER_CUBIC)
        self._portrait = portrait if with_her else None
        self.info = ClipInfo("street.mp4", STREET_PX, FPS, STAYS + LEAVES + EMPTY)

    def frames(self) -> Iterator[Frame]:
        for k in range(self.info.frame_count):
            bgr = self._street.copy()
            if self._portrait is not None:
                width = self._portrait.shape[1]
                gone = max(k - STAYS, 0) * (width + 40) // LEAVES
                left = 40 - gone
                part = self._portrait[:, max(-left, 0) :]
                if part.shape[1]:
                    bgr[:, max(left, 0) : max(left, 0) + part.shape[1]] = part
            yield Frame(k, k / FPS, bgr)


def test_who_walks_out_ends_there(portrait: U8, fast_take: Callable[[FrameSource], Take]) -> None:
    take = fast_take(Street(portrait, with_her=True))
    (person,) = take.people
    assert person.frames[0] == 0
    last = int(person.frames[-1])
    # Half of her is outside after half of LEAVES, all of her after LEAVES.
    assert STAYS + 0.3 * LEAVES < last < STAYS + LEAVES, f"she is keyed until frame {last}"


def test_a_street_without_people_is_told_in_a_sentence(
    portrait: U8, fast_take: Callable[[FrameSource], Take]
) -> None:
    with pytest.raises(LimnError, match=r"(?i)nobody|no person|no people"):
        fast_take(Street(portrait, with_her=False))
