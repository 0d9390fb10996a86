"""Chooses what is seen: a close-fitting suit, head and hands, eyes, teeth and tongue.

The suit is MakeHuman's own clothes helper ("tights"), which follows every target; the skin under it
is left out, so the figure is never a nude.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.data.arrays import F64, I32, Bools
from ...core.data.skeletons import joint
from .deform import subtree
from .makehuman import BaseMesh

MATERIALS: Final = ("shirt", "trousers", "shoes", "skin", "eyes", "pupils", "teeth", "tongue")
_TUCK_M: Final = 0.02
"""How far the skin goes on under collar and cuffs, so that no gap opens when they move."""

_PUPIL_RAD: Final = 0.42
_WAIST_Y_M: Final = 0.197
"""Height of the belt in the base mesh's own frame."""

_SHOE_M: Final = 0.118
"""Height of the shoes over their soles: the ring of edges just over the ankle bone."""

_HAND_X_M: Final = 0.2
"""Cuffs are farther from the midline than this, the collar is nearer."""


@dataclass(frozen=True, slots=True)
class Dressed:
    """The visible mesh: ``vertices`` (v,) of the base mesh; ``quads`` (q, 4) index into them,
    ``quad_uv`` (q, 4) into ``uv`` (u, 2); ``material`` (q,) indexes ``MATERIALS``."""

    vertices: I32
    quads: I32
    uv: F64
    quad_uv: I32
    material: I32


def dress(base: BaseMesh, xyz: F64, weights: F64) -> Dressed:
    """Pick the visible faces by the standard figure ``xyz`` (n, 3) and its ``weights`` (n, 55)."""
    worn = ends_before_hands(base.quads["helper-tights"], xyz)
    suit = base.quads["helper-tights"][worn]
    keep = _bare_faces(base.quads["body"], suit, xyz, weights)
    parts = [
        (suit, base.quad_uv["helper-tights"][worn], _clothes(suit, xyz, weights)),
        (base.quads["body"][keep], base.quad_uv["body"][keep], "skin"),
    ]
    for side in "lr":
        group = f"helper-{side}-eye"
        parts.append((base.quads[group], base.quad_uv[group], _pupil(base.quads[group], xyz)))
    for group, material in (
        ("helper-upper-teeth", "teeth"),
        ("helper-lower-teeth", "teeth"),
        ("helper-tongue", "tongue"),
    ):
        parts.append((base.quads[group], base.quad_uv[group], material))
    quads = np.concatenate([part[0] for part in parts])
    quad_uv = np.concatenate([part[1] for part in parts])
    material = np.concatenate(
        [
            np.full(len(part[0]), MATERIALS.index(part[2])) if isinstance(part[2], str) else part[2]
            for part in parts
        ]
    )
    seen = np.unique(quads)
    # Vertices of one bone lie together in the file: skinning then works on few bones at a time.
    vertices = seen[np.argsort(weights[seen].argmax(axis=1), kind="stable")]
    place = np.zeros(len(xyz), np.int32)
    place[vertices] = np.arange(len(vertices))
    used_uv, local_uv = np.unique(quad_uv, return_inverse=True)
    return Dressed(
        vertices.astype(np.int32),
        place[quads],
        base.uv[used_uv],
        local_uv.reshape(-1, 4).astype(np.int32),
        material.astype(np.int32),
    )


def _clothes(suit: I32, xyz: F64, weights: F64) -> I32:
    """Material per suit face: shoes up to the ankle, trousers up to the waist.

    Where the mesh has a ring of edges round the ankle the shoe ends in a line; where weights change
    it would end in teeth.
    """
    heights = xyz[suit, 1].mean(axis=1)
    shoe = heights < xyz[np.unique(suit), 1].min() + _SHOE_M
    arms = [*subtree(joint("left_collar")), *subtree(joint("right_collar"))]
    on_trunk = (weights[:, arms].sum(axis=1)[suit] == 0).all(axis=1)
    below = on_trunk & (xyz[suit, 1].mean(axis=1) < _WAIST_Y_M)
    above_shoes = np.where(below, MATERIALS.index("trousers"), MATERIALS.index("shirt"))
    return np.where(shoe, MATERIALS.index("shoes"), above_shoes)


def ends_before_hands(suit: I32, xyz: F64) -> Bools:
    """Which faces of the suit (q,) aren't the ends of its sleeves: those lie 2 cm past the wrists,
    on hands that bend away from under them."""
    cuffs = [rim for rim in boundary_loops(suit) if abs(xyz[rim, 0].mean()) > _HAND_X_M]
    return np.asarray(~np.isin(suit, np.concatenate(cuffs)).any(axis=1), np.bool_)


def _pupil(eye: I32, xyz: F64) -> I32:
    """Material per face of an eyeball: the pupil is what looks forward."""
    center = xyz[np.unique(eye)].mean(axis=0)
    ray = xyz[eye].mean(axis=1) - center
    angle = np.arccos(ray[:, 2] / np.linalg.norm(ray, axis=1))
    return np.where(angle < _PUPIL_RAD, MATERIALS.index("pupils"), MATERIALS.index("eyes"))


def _bare_faces(body: I32, suit: I32, xyz: F64, weights: F64) -> Bools:
    """Faces of the body beyond the suit's collar and cuffs, and a little under them."""
    seen: Bools = np.zeros(len(xyz), np.bool_)
    for rim in boundary_loops(suit):
        center = xyz[rim].mean(axis=0)
        normal = np.linalg.svd(xyz[rim] - center)[2][2]
        # The suit lies on the inner side of each of its rims.
        inward = xyz[np.unique(suit)].mean(axis=0) - center
        normal = -normal if normal @ inward > 0 else normal
        beyond = (xyz - center) @ normal > -_TUCK_M
        seen |= beyond & (weights[:, subtree(joint(_limb_of(center)))].sum(axis=1) > 0)
    return np.asarray(seen[body].all(axis=1), np.bool_)


def _limb_of(rim_center: F64) -> str:
    """The joint from which everything that can be bare beyond a rim hangs."""
    if abs(rim_center[0]) < _HAND_X_M:
        return "neck"
    return "left_elbow" if rim_center[0] > 0 else "right_elbow"


def boundary_loops(quads: I32) -> Sequence[I32]:
    """Vertices of each open rim of a mesh: connected edges that belong to one face only."""
    corners = np.sort(np.stack([quads, np.roll(quads, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    count = Counter(map(tuple, corners.tolist()))
    neighbours: dict[int, list[int]] = {}
    for (a, b), times in count.items():
        if times == 1:
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
    loops, seen = [], set[int]()
    for start in neighbours:
        loop, waiting = [], [start]
        while waiting:
            vertex = waiting.pop()
            if vertex not in seen:
                seen.add(vertex)
                loop.append(vertex)
                waiting += neighbours[vertex]
        if loop:
            loops.append(np.array(loop, np.int32))
    return loops
