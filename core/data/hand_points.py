"""The 21 points of a hand, as MediaPipe counts them and COCO-WholeBody names them: data only."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from .skeletons import Skeleton, hung, mirror_order

SIDES: Final = ("left", "right")
"""The person's own, in the order of every array of hands."""
FINGERS: Final = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
"""Each has four points, from its base to its tip."""
POINTS: Final = 21  # of a hand
WRIST: Final = 0  # its row among them
KNUCKLES: Final = (5, 9, 13, 17)
"""Of forefinger, middle, ring and little finger."""

CHAINS: Final = tuple(tuple(range(1 + 4 * finger, 5 + 4 * finger)) for finger in range(5))
"""The points of every finger."""


def hand_names(side: str) -> tuple[str, ...]:
    """The names of a hand's points."""
    fingers = (f"{side}_{finger}{k}" for finger in FINGERS for k in range(1, 5))
    return (f"{side}_hand_root", *fingers)


def hand_lines(side: str) -> dict[str, str]:
    """What each point of a hand but the root hangs on."""
    names = hand_names(side)
    out: dict[str, str] = {}
    for chain in CHAINS:
        on = [names[WRIST], *(names[k] for k in chain)]
        out |= {child: parent for parent, child in pairwise(on)}
    return out


_NAMES: Final = (*hand_names("left"), *hand_names("right"))

HANDS_SKELETON: Final = Skeleton(
    _NAMES,
    hung(_NAMES, {**hand_lines("left"), **hand_lines("right")}),
    mirror_order(_NAMES),
)
"""Both hands, the left one first."""
