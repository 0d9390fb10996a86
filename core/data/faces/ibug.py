"""iBUG's 68 points of a face, as COCO-WholeBody names them: data only."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from ..skeletons import Skeleton

_POINTS: Final = 68  # of a face
FACE_LINES: Final = tuple(pairwise((0, 17, 22, 27, 31, 36, 42, 48, 60, _POINTS)))
"""First point of each line and the one after its last: jaw, brows, the nose's bridge and base,
right and left eye, outer and inner lips."""
_CLOSED: Final = 36
"""The lines from this point on are closed."""
_SUMS: Final = ((17, 16), (27, 43), (31, None), (36, 66))
"""Up to each point, twins add up to this; None: they lie on the midline."""
_TWINS: Final = (
    (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46), (48, 54), (49, 53), (50, 52),
    (55, 59), (56, 58), (60, 64), (61, 63), (65, 67),
)  # fmt: skip
"""The other twins; those in no pair lie on the midline."""


def _mirror() -> tuple[int, ...]:
    twins = list(range(_POINTS))
    first = 0
    for stop, total in _SUMS:
        for k in range(first, stop):
            twins[k] = k if total is None else total - k
        first = stop
    for a, b in _TWINS:
        twins[a], twins[b] = b, a
    return tuple(twins)


CONTOUR: Final = FACE_LINES[0][1]
"""The landmarks before this one are where the face ends in the picture, the others points of it."""
FACE_68: Final = Skeleton(tuple(f"face-{k}" for k in range(_POINTS)), (-1,) * _POINTS, _mirror())
"""The points by themselves; in a whole body they hang on each other."""
FACE_PATHS: Final = tuple(
    (*range(first, stop), first) if first >= _CLOSED else tuple(range(first, stop))
    for first, stop in FACE_LINES
)
"""What to draw of a face, as lines through its points."""
