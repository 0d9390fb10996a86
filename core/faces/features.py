"""What a face's mesh tells once place, size and how the head is turned are taken away."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..data.arrays import F64, Floats
from ..data.faces.mesh import KEPT, rows_of
from ..geometry.rotations import log_so3, nearest_rotation

_GAPS: Final = (
    *((386, 374), (385, 380), (387, 373), (159, 145), (158, 153), (160, 144)),
    *((13, 14), (82, 87), (312, 317), (0, 17), (61, 291), (78, 308)),
    *((105, 159), (66, 159), (52, 159), (334, 386), (296, 386), (282, 386)),
    *((152, 1), (61, 33), (291, 263), (55, 285)),
)
"""Pairs of points whose distances tell shapes plainly: lids, lips, brows over lids, chin, corners
of the mouth under those of the eyes, between the brows."""
_PAIRS: Final = np.array([rows_of(pair) for pair in _GAPS])
GAPS: Final = len(_GAPS)
POINTS: Final = len(KEPT)


def sized(points: Floats) -> F64:
    """Points (t, n, 3) about their middle, of mean square distance 1 from it."""
    about = points - points.mean(1, keepdims=True)
    size = np.sqrt((about**2).sum(2).mean(1))
    return about / np.maximum(size, 1e-9)[:, None, None]


def turn_onto(points: Floats, template: Floats, weight: Floats) -> F64:
    """Rotations (t, 3, 3) from the axes of ``template`` (n, 3) to those of ``points`` (t, n, 3),
    by least squares weighed by ``weight`` (n,); both about any middle."""
    share = weight / weight.sum()
    a = points - np.einsum("tna,n->ta", points, share)[:, None]
    b = template - share @ template
    return nearest_rotation(np.einsum("tna,nb,n->tab", a, b, share))


def faced(points: Floats, R: Floats, rigid: Floats) -> F64:
    """Points (t, n, 3) as the head's own axes see them, of size 1, about what doesn't move: the
    middle weighed by ``rigid`` (n,); ``R`` (t, 3, 3) from there to the points' axes."""
    own = np.einsum("tba,tnb->tna", R, points)
    middle = np.einsum("tna,n->ta", own, rigid / rigid.sum())[:, None]
    spread = np.einsum("tna,n->t", (own - middle) ** 2, rigid / rigid.sum())
    return (own - middle) / np.sqrt(np.maximum(spread, 1e-12))[:, None, None]


def described(face: Floats, neutral: Floats, R: Floats) -> F64:
    """Features (t, 3 n + GAPS + 6) of faces (t, n, 3) of ``faced`` against a person's ``neutral``
    (n, 3) or (t, n, 3), with how the head is turned, ``R`` (t, 3, 3): meshes err with the view."""
    gaps = _gaps(face) - _gaps(np.broadcast_to(neutral, face.shape))
    turn = log_so3(R)
    moved = (face - neutral).reshape(len(face), -1)
    return np.concatenate([moved, gaps, turn, turn**2], axis=1)


def _gaps(face: Floats) -> F64:
    return np.linalg.norm(face[:, _PAIRS[:, 0]] - face[:, _PAIRS[:, 1]], axis=-1)
