"""Axes of the body's parts: left, up along the part and forward, in which landmarks lie."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats
from ...data.skeletons import part_of
from ...geometry.rotations import normalize

PARTS: Final = tuple(part_of(name) for name in points.POINTS)
"""Of every point, without its side."""
MIRRORED: Final = np.array([-1.0 if name.startswith("right_") else 1.0 for name in points.POINTS])
"""-1 for points of the right side, whose axes are those of the left in a mirror."""
_INDEX: Final = {name: i for i, name in enumerate(points.POINTS)}
_SIDES: Final = ("left", "right")


def body_axes(X: Floats) -> F64:
    """(t, 19, 3, 3) for points ``X`` (t, 19, 3): of the part that each belongs to the rows left, up
    and forward.

    Hips and shoulders have the trunk's, knees and elbows those of the bone above, what lies further
    out those of the bone that ends at wrist or ankle, the head its own.
    """
    middle = {name: _middle(X, name) for name in ("hip", "shoulder", "ear")}
    across = {name: X[:, _INDEX[f"left_{name}"]] - X[:, _INDEX[f"right_{name}"]] for name in middle}
    trunk = middle["shoulder"] - middle["hip"]
    out = np.empty((*X.shape[:2], 3, 3))
    face = X[:, _INDEX["nose"]] - middle["ear"]
    out[:, [_INDEX[name] for name in ("nose", "left_ear", "right_ear")]] = _axes(
        np.cross(face, across["ear"]), across["ear"]
    )[:, None]
    for side in _SIDES:
        out[:, _INDEX[f"{side}_shoulder"]] = _axes(trunk, across["shoulder"])
        out[:, _INDEX[f"{side}_hip"]] = _axes(trunk, across["hip"])
        for root, bend, end in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")):
            at = [X[:, _INDEX[f"{side}_{part}"]] for part in (root, bend, end)]
            out[:, _INDEX[f"{side}_{bend}"]] = _axes(at[0] - at[1], across[root])
            outer = _axes(at[1] - at[2], across[root])
            ends = (end, "heel", "foot_index") if end == "ankle" else (end,)
            out[:, [_INDEX[f"{side}_{part}"] for part in ends]] = outer[:, None]
    return out


def trunk_axes(X: Floats) -> F64:
    """(t, 3, 3) of the trunk alone, as ``body_axes``."""
    across = X[:, _INDEX["left_hip"]] - X[:, _INDEX["right_hip"]]
    return _axes(_middle(X, "shoulder") - _middle(X, "hip"), across)


def _middle(X: Floats, part: str) -> Floats:
    return (X[:, _INDEX[f"left_{part}"]] + X[:, _INDEX[f"right_{part}"]]) / 2


def _axes(up: Floats, left: Floats) -> F64:
    """(t, 3, 3) with ``up`` (t, 3) kept and ``left`` (t, 3) made square to it."""
    up = normalize(up)
    left = normalize(left - (left * up).sum(-1, keepdims=True) * up)
    return np.stack([left, up, np.cross(left, up)], axis=1)
