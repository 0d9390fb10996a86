"""A still picture of a person in a moving clip, with the real networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.types import ClipInfo, Frame, FrameSource, Take
from limn.media.clips import open_clip
from limn.media.opencv import load_cv2

pytestmark = pytest.mark.networks

CLIP = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"


class WithPoster:
    """The example's footage with a still of somebody on it, a little noisy, as films are."""

    warnings = ()

    def __init__(self) -> None:
        self._clip = open_clip(CLIP, 0, 69)
        self.info: ClipInfo = replace(self._clip.info)
        still = load_cv2().imread(str(Path(__file__).parent / "references" / "portrait.png"))
        self._still = load_cv2().resize(still, None, fx=0.75, fy=0.75)

    def frames(self) -> Iterator[Frame]:
        rng = np.random.default_rng(0)
        height, width = self._still.shape[:2]
        for frame in self._clip.frames():
            bgr = frame.bgr.copy()
            noise = rng.normal(0, 2, self._still.shape)
            bgr[:height, :width] = np.clip(self._still + noise, 0, 255).astype(np.uint8)
            yield replace(frame, bgr=bgr)


def test_somebody_on_a_poster_gets_no_pose(fast_take: Callable[[FrameSource], Take]) -> None:
    take = fast_take(WithPoster())
    for person in take.people:
        x, y = np.median(person.xy_px, axis=(0, 1))
        assert not (x < 200 and y < 240), f"{person.name} is the poster"
    assert take.people
    assert any("picture" in warning for warning in take.warnings)
