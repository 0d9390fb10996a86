"""MediaPipe's face mesh of 468 points, and those of them that a take keeps: data only."""

from __future__ import annotations

from typing import Final

from ..skeletons import Skeleton

MESH_POINTS: Final = 468  # of a face
_FIRST_LEFT: Final = 248  # of the mesh's points the first of the left half
_MIDLINE: Final = (
    *(0, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 94),
    *(151, 152, 164, 168, 175, 195, 197, 199, 200),
)


def _twins() -> tuple[int, ...]:
    """The mesh counts the midline and the person's right half up to 247, then the left half in the
    order of the right one."""
    out = list(range(MESH_POINTS))
    right = (k for k in range(_FIRST_LEFT) if k not in _MIDLINE)
    for left, twin in enumerate(right, start=_FIRST_LEFT):
        out[left], out[twin] = twin, left
    return tuple(out)


MESH_MIRROR: Final = _twins()
"""Each point's twin on the other side, itself on the midline."""

BLENDSHAPE_POINTS: Final = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63),
    *(65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133),
    *(136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163),
    *(168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270),
    *(276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317),
    *(318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379),
    *(380, 381, 382, 384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454),
    466,
)
"""What Google's blendshape network reads of the mesh, in its order; ten points of the irises
follow. From MediaPipe 0.10.21, face_blendshapes_graph.cc."""
_BESIDES: Final = (2, 48, 50, 97, 98, 205, 278, 280, 326, 327, 425)
"""The nose's base and wings, which COCO-WholeBody has too, and cheeks."""

KEPT: Final = tuple(sorted({*BLENDSHAPE_POINTS, *_BESIDES}))
"""The points of the mesh that a take keeps, in the order of ``FACE_SKELETON``."""


def rows_of(points: tuple[int, ...]) -> list[int]:
    """The rows among ``KEPT`` of points of the mesh."""
    return [KEPT.index(point) for point in points]


FACE_SKELETON: Final = Skeleton(
    tuple(f"face_mesh_{k}" for k in KEPT),
    (-1,) * len(KEPT),
    tuple(KEPT.index(MESH_MIRROR[k]) for k in KEPT),
)
"""A face's points in a take, by their numbers in the mesh; nothing hangs on anything."""

IBUG_68: Final = (
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    *(168, 197, 5, 4, 98, 97, 2, 326, 327),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 81, 13, 311, 308, 402, 14, 178),
)
"""The points nearest to iBUG's 68, which COCO-WholeBody's face has: jaw, brows, nose, eyes, lips,
each from the person's right to their left."""
