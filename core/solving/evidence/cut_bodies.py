"""What is known of people whose legs, or hips too, lie below the picture, and how well.

Networks learnt from whole bodies. Of cut ones they tell less in depth, most of all those that look
less precisely; where hips are out of sight they draw them into the picture, and the trunk comes out
too long or too short and leans along the view.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64, Bools, Floats
from ...data.observations import TrackObservations, are_legs_cut
from ...data.skeletons import COCO_17, REST_XYZ_BODY, joint, part_of
from ...geometry.smoothing import blur
from .occluded_legs import settle_hidden_legs, told_share

if TYPE_CHECKING:
    from .evidence import Evidence

NETWORKS_SIGMA: Final = 4.0
"""Errors of the networks' 3D of cut people over those of whole ones. The lifter, which learnt from
hidden legs, tells more: at 1, 3 and 4 crops of the benchmark at the thighs err by 52, 47, 45 mm."""
_BLUR_S: Final = 0.15
"""Seconds over which somebody becomes cut or whole, so that nothing jumps; by hand."""
_TRUNK_BELIEVED: Final = 0.2
"""How much of a cut trunk's length is as told, the rest as arms of this length have it; by hand."""
_TRUNK_LEAN: Final = 0.3
"""Share of the lean along the view that a trunk without visible hips loses: people in half
figures are upright more often than not."""
_SHORTEST_M: Final = 0.05
"""Metres that no trunk is shorter than: it is divided by."""
_IN_PICTURE: Final = {"hip": 0.4, "knee": 0.3}
"""What pixels of cut people's hips and knees count: BlazePose heavy has them 4 and 10 per cent of a
trunk from where it has them when it sees all of the person, shoulders 1.5 (204 looks at nine
clips, none of them the benchmark's half figures); more than by these figures, as the trunk's lean
aside is read off hips alone."""
_WORTH: Final = np.array([_IN_PICTURE.get(part_of(name), 1.0) for name in points.POINTS])
_LEG_PARTS: Final = ("knee", "ankle", "heel", "foot_index")
_LEGS: Final = [i for i, name in enumerate(points.POINTS) if name.endswith(_LEG_PARTS)]
LEG_JOINTS: Final = [
    joint(f"{side}_{part}")
    for side in ("left", "right")
    for part in ("hip", "knee", "ankle", "foot")
]
"""The joints of the skeleton whose rotations are those of legs."""
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


def cut_share(track: TrackObservations, height_px: int, fps: float) -> F64:
    """How far each row of a track shows somebody whose legs the picture's border cuts off:
    (t,) in [0, 1], smooth in time."""
    score = track.detected_skeleton.select(COCO_17).scores(track.detected_score)
    cut = are_legs_cut(track.boxes_px, score, height_px)
    return (
        blur(cut.astype(np.float64), max(_BLUR_S * fps, 0.5)) if cut.any() else np.zeros(len(cut))
    )


def without_legs(evidence: Evidence) -> Evidence:
    """``evidence`` as if nobody saw any legs: they stand under the hips."""
    score, detected = evidence.score.copy(), evidence.detected_score.copy()
    score[:, _LEGS] = 0.0
    detected[:, [leg for leg in _LEGS if leg < points.LIMBS]] = 0.0
    xyz = settle_hidden_legs(evidence.xyz_m, score, evidence.fps)
    return replace(evidence, xyz_m=xyz, score=score, detected_score=detected)


def picture_worth(evidence: Evidence) -> Floats:
    """What each point's pixels count beside its weight, (t, p), 1 of whole people.

    Legs that nobody sees hang: knees that networks draw onto the border would lift them.
    """
    if evidence.cut is None:
        return np.ones((1, points.COUNT))
    worth = np.tile(_WORTH, (len(evidence), 1))
    worth[:, _LEGS] *= told_share(evidence.score[:, _LEGS])
    return 1 - evidence.cut[:, None] * (1 - worth)


def rest_legs(quat_parent_joint: F32) -> None:
    """Put the legs of (t, 55, 4) rotations at rest, in place."""
    quat_parent_joint[:, LEG_JOINTS] = (1.0, 0.0, 0.0, 0.0)


def told_by_the_precise(weight: Bools, is_precise: Bools, cut: Floats) -> Floats:
    """Weights (n, t) of n networks' 3D: of cut people only the precise ones tell, if any does.

    ``weight`` (n, t) whose 3D counts at all, ``is_precise`` (n,), ``cut`` (t,) as ``cut_share``.
    """
    others = weight & ~is_precise[:, None] & (weight & is_precise[:, None]).any(0)
    return np.where(others, weight * (1 - cut), weight)


def settle_cut_trunk(evidence: Evidence) -> Evidence:
    """``evidence`` with the trunks of cut people as long as their arms tell, hips that nobody
    sees under the shoulders."""
    cut = evidence.cut
    if cut is None or not cut.any():
        return evidence
    xyz: F64 = evidence.xyz_m.copy()
    trunk = xyz[:, 0:2].mean(1) - xyz[:, _HIPS].mean(1)
    length = np.maximum(np.linalg.norm(trunk, axis=-1), _SHORTEST_M)
    own = float(np.median(length[cut > 0.5])) if (cut > 0.5).any() else float(np.median(length))
    wanted = _TRUNK_PER_ARM * _arm_m(xyz)
    scale = (wanted / own) ** ((1 - _TRUNK_BELIEVED) * cut)
    unseen = 1 - np.clip(evidence.score[:, _HIPS].mean(1), 0, 1)
    unseen = blur(unseen, max(_BLUR_S * evidence.fps, 0.5))
    upright = trunk.copy()
    upright[:, 2] *= 1 - _TRUNK_LEAN * unseen * cut
    upright *= (scale * length / np.maximum(np.linalg.norm(upright, axis=-1), 1e-6))[:, None]
    xyz[:, points.UPPER] += (upright - trunk)[:, None]
    return replace(evidence, xyz_m=xyz)


def _arm_m(xyz: Floats) -> float:
    """Median length of bodies' (t, 19, 3) arms from shoulder to wrist."""
    upper = np.linalg.norm(xyz[:, 2:4] - xyz[:, 0:2], axis=-1)
    lower = np.linalg.norm(xyz[:, 4:6] - xyz[:, 2:4], axis=-1)
    return float(np.median(upper) + np.median(lower))


def _rest_ratio() -> float:
    """Trunk per arm of the reference adult."""
    at = {part: REST_XYZ_BODY[joint(f"left_{part}")] for part in ("shoulder", "elbow", "wrist")}
    arm = np.linalg.norm(at["elbow"] - at["shoulder"]) + np.linalg.norm(at["wrist"] - at["elbow"])
    middle = [
        (REST_XYZ_BODY[joint(f"left_{part}")] + REST_XYZ_BODY[joint(f"right_{part}")]) / 2
        for part in ("shoulder", "hip")
    ]
    return float(np.linalg.norm(middle[0] - middle[1]) / arm)


_TRUNK_PER_ARM: Final = _rest_ratio()
