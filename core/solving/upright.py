"""How far people lean towards the camera: what they do tells more of it than a picture.

Along the line of sight networks and lifter see a trunk's lean to 5 or 6 degrees and a leg's to 4.5,
alike over a whole clip. Beside that it is known where in a body their hips lie, and how people's
trunks and legs lean while they walk or stand (CMU motion data, means over a second). What hangs on
hips and shoulders is moved along the line of sight, so the picture stays as it is. Limits and
measurements: docs/notebook/upright.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Floats, check_fields, of_shape
from ..geometry.rotations import normalize
from ..geometry.smoothing import blur
from .floor.ground import Ground
from .leaning import STEEPEST_M, leaned, nearer, way_nearer
from .person import Solved
from .posture import SeenLean, likeliest_along
from .track.bone_lengths import bone_lengths, stature

_FORWARD_DEG: Final = 5.0
"""Mean lean forward of a walker's trunk, hips to shoulders (CMU, whose rest is set plumb)."""
_BACK_DEG: Final = 4.0
"""By how much trunks of lifter and networks together lean back, alike from all sides (220 renders:
5.0, standard error 0.7; hips of film lie further back): hip joints of CMU's skeletons, after which
the joint heads' pictures were posed, lie 4 cm in front of a figure's, and the unseen is told nearer
to plumb than it is."""
_VIEW_DEG: Final = (3.0, 0.35)
"""By how much trunks lean too far towards a level camera, and more for every degree that it looks
up at them, whatever they do upright (122 renders of 35 people, whose standard errors are 0.6 and
0.06; 1.2 and 0.31 of 137 others, many of whom bend)."""
_VIEWED_DEG: Final = (-35.0, 12.0)
"""Degrees that people are seen above the level within which that was measured."""
_LANDS: Final = 0.67
"""Share of what evidence is leaned by that is left after the next solve (300 renders)."""
_LEGS_FORWARD_DEG: Final = 3.5
"""Mean lean forward of legs, ankles to hips (CMU)."""
_LEGS_WALKING_DEG: Final = (2.0, 1.5)
_LEGS_STANDING_DEG: Final = (4.0, 3.0)
"""Their spread forward and aside of walkers, and of whoever stands."""
_LEGS_BIAS_DEG: Final = 3.5
"""By how much legs lean too far towards the camera (renders): bones that are a few per cent too
long for the picture find room only there."""
_LEGS_SEEN_DEG: Final = 4.5
"""The spread of that."""
_AGAIN: Final = 0.5
"""Share of what the solve leaned legs beyond its evidence that remains; at 0 walkers stand at -0.9
degrees, at 1 at 4; by hand."""
_USUAL_DEG: Final = (8.0, 5.0)
"""Lean in the picture, forward and aside, of whoever stands or walks; by hand."""
_USUAL_AWAY_DEG: Final = 12.0
"""The same towards the camera; who is seen to lean farther does something else. By hand."""
_WINDOW_S: Final = 0.5
"""Standard deviation of the time over which leans are averaged."""
_SPEED_BLUR_S: Final = 0.3
"""Over which the hips' way is averaged, to tell whether somebody walks; by hand."""
_WALKS_MPS: Final = (0.4, 0.8)
"""Forward speeds from which somebody begins to walk and surely walks; by hand."""
_LEGS_STRAIGHT: Final = (0.6, 0.8)
"""Height of the hips over the ankles, of the legs' length, from which somebody isn't sitting."""
_LEVEL: Final = (0.5, 0.8)
"""Cosine of how far the camera looks down from which leans along the view aren't told, and are."""
_SHOULDERS: Final = [points.POINTS.index(f"{side}_shoulder") for side in ("left", "right")]
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
_KNEES: Final = [points.POINTS.index(f"{side}_knee") for side in ("left", "right")]
_ANKLES: Final = [points.POINTS.index(f"{side}_ankle") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class _Stance:
    """A body's axes in every frame: ``to_camera`` (t, 3) level unit vectors, ``facing`` and
    ``left`` (t,) the cosines of where it faces and where its left is against those, ``toward`` and
    ``aside`` (t,) degrees of its trunk's lean towards the camera and in the picture, the latter off
    what is usual; ``told`` (t,) degrees of the former that the view's height makes; ``walks``
    and ``stands`` (t,) in [0, 1], 0 of who sits, lies or is seen from far above."""

    to_camera: F64 = field(metadata=of_shape("t", 3))
    facing: F64 = field(metadata=of_shape("t"))
    left: F64 = field(metadata=of_shape("t"))
    toward: F64 = field(metadata=of_shape("t"))
    aside: F64 = field(metadata=of_shape("t"))
    told: F64 = field(metadata=of_shape("t"))
    walks: F64 = field(metadata=of_shape("t"))
    stands: F64 = field(metadata=of_shape("t"))

    def __post_init__(self) -> None:
        check_fields(self)


def stand_upright(solved: Solved, ground: Ground) -> Solved:
    """``solved`` with its legs and trunk, and its evidence's, leaning as is likeliest.

    Bones take the lengths that the picture then gives them; the body's height stays.
    """
    evidence, up, fps = solved.evidence, ground.normal, solved.evidence.fps
    # Lines of sight begin where the camera is in each frame.
    eye = np.zeros((1, 1, 3)) if evidence.origin is None else evidence.origin[:, None]
    X, lengths = solved.X - eye, solved.lengths
    stance = _stance(X, fps, up)
    legs, trust = _legs_correction(X, stance, fps, up)
    trunk = _trunk_correction(stance, fps)
    moved = leaned(X, _risen(X, X, stance, up, legs, trust, fps), stance.to_camera, up, trunk)
    # The solve leans legs farther than its evidence does, and will again by about half of that.
    apart = _legs_deg(X, stance, up) - _legs_deg(evidence.xyz_m, stance, up)
    xyz_m = _risen(
        X, evidence.xyz_m, stance, up, legs + _AGAIN * trust * _mean(apart, fps), trust, fps
    )
    # Of trunks the solve tells more than its evidence, as the picture and all bones have a say, if
    # hips are in the picture. Of what evidence is leaned by the next solve leaves a part.
    told = _mean(evidence.score[:, _HIPS].mean(1), fps)
    bent = lean_deg(X, stance.to_camera, up) - lean_deg(evidence.xyz_m, stance.to_camera, up)
    bent = told * stance.stands * _mean(bent, fps) + trunk * (1 + told * (1 / _LANDS - 1))
    xyz_m = leaned(X, xyz_m, stance.to_camera, up, bent)
    lengths = lengths * _symmetric(bone_lengths(moved) / bone_lengths(X))
    scale = stature(solved.lengths) / stature(lengths)
    evidence = replace(evidence, xyz_m=scale * xyz_m)
    return replace(solved, X=scale * moved + eye, lengths=scale * lengths, evidence=evidence)


def _symmetric(values: Floats) -> F64:
    """Values (b,) of ``RIGID_BONES``, left and right alike."""
    index = {bone: k for k, bone in enumerate(points.RIGID_BONES)}
    out = values.copy()
    for (a, b), k in index.items():
        twin = index.get((int(points.MIRROR[a]), int(points.MIRROR[b])))
        out[k] = values[k] if twin is None else (values[k] + values[twin]) / 2
    return out


def lean_deg(xyz: Floats, toward: Floats, up: Floats) -> F64:
    """Degrees (t,) by which trunks of ``xyz`` (t, 19, 3) lean along ``toward`` (t, 3)."""
    trunk = xyz[:, _SHOULDERS].mean(1) - xyz[:, _HIPS].mean(1)
    return np.degrees(np.arctan2((trunk * toward).sum(-1), trunk @ up))


def level_axes(X: Floats, up: Floats) -> tuple[F64, F64, F64]:
    """Level unit vectors (t, 3) from ``X`` (t, 19, 3) to the camera, ahead and to their left."""
    to_camera = _level(-X[:, _HIPS].mean(1), up)
    across = X[:, _HIPS[0]] - X[:, _HIPS[1]] + X[:, _SHOULDERS[0]] - X[:, _SHOULDERS[1]]
    left = _level(across, up)
    return to_camera, np.cross(left, up), left


def _height_deg(X: Floats, up: Floats) -> F64:
    """Degrees (t,) by which hips are seen above the camera's own height."""
    return np.degrees(np.arcsin(np.clip(normalize(X[:, _HIPS].mean(1)) @ up, -1, 1)))


def _level(vectors: Floats, up: Floats) -> F64:
    return normalize(vectors - (vectors @ up)[:, None] * up)


def _stance(X: Floats, fps: float, up: Floats) -> _Stance:
    to_camera, ahead, left = level_axes(X, up)
    across = np.cross(up, to_camera)
    level = _ramp((-normalize(X[:, _HIPS].mean(1)) * to_camera).sum(-1), _LEVEL)
    hips = np.stack([blur(c, max(_SPEED_BLUR_S * fps, 0.5)) for c in X[:, _HIPS].mean(1).T], -1)
    velocity = np.gradient(hips, axis=0) * fps if len(X) > 1 else np.zeros_like(hips)
    speed = _mean(np.abs((velocity * ahead).sum(-1)), fps)
    return _Stance(
        to_camera=to_camera,
        facing=(ahead * to_camera).sum(-1),
        left=(left * to_camera).sum(-1),
        toward=lean_deg(X, to_camera, up),
        told=_VIEW_DEG[0] + _VIEW_DEG[1] * np.clip(_height_deg(X, up), *_VIEWED_DEG),
        aside=lean_deg(X, across, up) - _FORWARD_DEG * (ahead * across).sum(-1),
        walks=_ramp(speed, _WALKS_MPS),
        stands=_straight(X, fps, up) * level,
    )


def _trunk_correction(stance: _Stance, fps: float) -> F64:
    """Degrees (t,) to lean trunks farther towards the camera: how landmarks lie in bodies and how
    high they are seen, then the mean of what was seen and is usual, by their variances."""
    facing2, left2 = stance.facing**2, stance.left**2
    usual = _FORWARD_DEG * stance.facing
    across = _mean(stance.aside, fps)
    # In the picture ahead and aside change places.
    seen = across**2 / _mean(_variance(left2, facing2, _USUAL_DEG), fps)
    away = (_mean(stance.toward - stance.told - usual, fps) / _USUAL_AWAY_DEG) ** 2
    trust = stance.stands * _trust(seen + away, stance.walks)
    shift = trust * _BACK_DEG * stance.facing - stance.stands * _mean(stance.told, fps)
    off = _mean(stance.toward + shift - usual, fps)
    facing, left = _mean(stance.facing, fps), _mean(stance.left, fps)
    told = SeenLean(facing, left, across, off, stance.walks, trust)
    return shift + trust * (likeliest_along(told, fps) - off)


def _legs_deg(X: Floats, stance: _Stance, up: Floats) -> F64:
    leg = X[:, _HIPS].mean(1) - X[:, _ANKLES].mean(1)
    return _angle(leg, stance.to_camera, up)


def _legs_correction(X: Floats, stance: _Stance, fps: float, up: Floats) -> tuple[F64, F64]:
    """Degrees (t,) to lean the legs, ankles to hips, farther towards the camera, and how far (t,)
    in [0, 1] they are known to stand or walk."""
    facing2, left2 = stance.facing**2, stance.left**2
    across = np.cross(up, stance.to_camera)
    leg = X[:, _HIPS].mean(1) - X[:, _ANKLES].mean(1)
    aside, toward = _angle(leg, across, up), _angle(leg, stance.to_camera, up)
    usual = _LEGS_FORWARD_DEG * stance.facing
    off = _mean(toward - _LEGS_BIAS_DEG - usual, fps)
    seen = _mean(np.abs(aside) - _LEGS_FORWARD_DEG * np.abs(stance.left), fps) ** 2 / _mean(
        _variance(left2, facing2, _USUAL_DEG), fps
    )
    trust = stance.stands * _trust(seen + (off / _USUAL_AWAY_DEG) ** 2, stance.walks)
    walking = stance.walks * _variance(facing2, left2, _LEGS_WALKING_DEG)
    standing = (1 - stance.walks) * _variance(facing2, left2, _LEGS_STANDING_DEG)
    share = _LEGS_SEEN_DEG**2 / (_LEGS_SEEN_DEG**2 + _mean(walking + standing, fps))
    return -trust * (_LEGS_BIAS_DEG + share * off), trust


def _trust(away: Floats, walks: Floats) -> F64:
    """1 for whoever does as people do, less with the square ``away`` from that, later for who is
    seen to walk."""
    return 1 / (1 + np.maximum(away - walks, 0))


def _angle(vectors: Floats, toward: Floats, up: Floats) -> F64:
    return np.degrees(np.arctan2((vectors * toward).sum(-1), vectors @ up))


def _variance(ahead2: Floats, aside2: Floats, sigma_deg: tuple[float, float]) -> F64:
    return ahead2 * sigma_deg[0] ** 2 + aside2 * sigma_deg[1] ** 2


def _straight(X: Floats, fps: float, up: Floats) -> F64:
    """1 while the hips are as high over the ankles as of who stands, 0 of who sits or lies."""
    leg = X[:, _HIPS].mean(1) - X[:, _ANKLES].mean(1)
    length = max(float(np.percentile(np.linalg.norm(leg, axis=-1), 90)), STEEPEST_M)
    return _ramp(_mean(leg @ up, fps) / length, _LEGS_STRAIGHT)


def _ramp(values: Floats, ends: tuple[float, float]) -> F64:
    return np.clip((values - ends[0]) / (ends[1] - ends[0]), 0.0, 1.0)


def _mean(values: Floats, fps: float) -> F64:
    return blur(values, max(_WINDOW_S * fps, 0.5))


def _risen(
    X: Floats,
    xyz: Floats,
    stance: _Stance,
    up: Floats,
    degrees: Floats,
    trust: Floats,
    fps: float,
) -> F64:
    """``xyz`` (t, 19, 3) with all but the feet moved towards the camera, each point along its own
    line of sight, so that legs lean ``degrees`` (t,) farther towards it.

    It is shanks that lean: of legs as solved ankles lie 28 mm too far from the camera against the
    hips, knees 11 mm too near (renders). Knees of whoever walks across the view bend ahead, so on
    average they don't leave the line from ankles to hips towards the camera.
    """
    leg = xyz[:, _HIPS].mean(1) - xyz[:, _ANKLES].mean(1)
    way = way_nearer(leg, X[:, _HIPS].mean(1), stance.to_camera, up, degrees)
    out = nearer(X, xyz, [*_KNEES, *_HIPS, *points.UPPER], way)
    line = (out[:, _HIPS].mean(1) + out[:, _ANKLES].mean(1)) / 2
    bent = ((out[:, _KNEES].mean(1) - line) * stance.to_camera).sum(-1)
    return nearer(X, out, _KNEES, -trust * stance.walks * stance.left**2 * _mean(bent, fps))
