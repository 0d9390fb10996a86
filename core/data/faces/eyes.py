"""The points of eyes that MediaPipe's iris network tells, as takes keep them: data only."""

from __future__ import annotations

from typing import Final

from ..hand_points import SIDES
from ..skeletons import Skeleton

LID_POINTS: Final = 15
"""Of an eye: a corner, the lower lid, the other corner, then the upper lid in the same order."""
IRIS_POINTS: Final = 5
"""The iris' middle and its rim on four sides."""
EYE_POINTS: Final = LID_POINTS + IRIS_POINTS
CORNERS: Final = (0, 8)
"""An eye's corners among its points."""
OUTLINE: Final = (*range(9), *range(14, 8, -1))
"""An eye's lids among its points, once around."""

EYES_SKELETON: Final = Skeleton(
    tuple(
        f"{side}_{part}_{k}"
        for side in SIDES
        for part, count in (("lid", LID_POINTS), ("iris", IRIS_POINTS))
        for k in range(count)
    ),
    (-1,) * (2 * EYE_POINTS),
    tuple((k + EYE_POINTS) % (2 * EYE_POINTS) for k in range(2 * EYE_POINTS)),
)
"""Both eyes, the person's left one first; nothing hangs on anything."""
