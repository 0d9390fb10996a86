"""Which networks look at a clip in each quality, and how large a picture the detector sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..core.data.observations import SECOND_LOOK

QUALITY_PASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "fast": ("full",),
    "balanced": ("heavy", "full"),
    "best": ("heavy", "heavy_mirrored", SECOND_LOOK, "full"),
}
"""The landmark passes of each quality, by ``LandmarkModel.name``; people are followed by the last.
"""

DETECTOR_SIDE_PX: Final[Mapping[str, int]] = {"fast": 320, "balanced": 384, "best": 384}
"""The picture's longer side as the detector sees it: 320 takes 70 % of the time of 384 and finds
single people as well; of two people behind each other it misses the hidden one more often."""

DETECTOR_MOST_PX: Final[Mapping[str, int | None]] = {
    "fast": 320 * 224,
    "balanced": None,
    "best": None,
}
"""The most pixels of the detector's input. The networks of "fast" are so quick that looking for
people in a square picture would take a third of the time."""
