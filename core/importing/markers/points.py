"""Points of people in three dimensions, from whichever tool, as joint rotations of a take."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, I32, Bools, Floats, check_fields, check_increasing, of_shape
from ...data.faces.ibug import CONTOUR
from ...data.hand_points import POINTS, SIDES, hand_names
from ...data.reading.files import Damaged
from ...geometry.rotations import normalize
from ...geometry.smoothing import interpolate_columns
from ..keypoints.names import FACE
from ..motion import WORLD_UP, ImportedCamera
from ..placing import AUTO, R_WORLD_FILE
from ..units import metres_per_unit
from .names import HELPERS, solver_columns

_NEEDED: Final = points.POINTS[: points.LIMBS]
_LEAST_SEEN: Final = 8  # of the twelve limb points, of a frame that is kept
_COMPLETED: Final = 0.3  # score of points that were put in place by their neighbours
_P: Final = {name: i for i, name in enumerate(points.POINTS)}
_HEAD_UP: Final = 0.45  # of the trunk's length, from between the shoulders to between the ears
_NOSE_AHEAD: Final = 0.2  # of the trunk's length
_EAR_ASIDE: Final = 0.15  # of the trunk's length
_HEEL_BEHIND: Final = 0.12  # of the shank's length; by hand
_SOLE_UNDER: Final = 0.11  # of it
_TOE_AHEAD: Final = 0.36  # of it


@dataclass(frozen=True, slots=True, eq=False)
class MarkerTrack:
    """One person's points as a file has them: ``names`` of n, ``xyz`` (t, n, 3) in its unit and
    axes, NaN where a point isn't there; ``frames`` (t,) increasing positions from 0."""

    name: str
    names: tuple[str, ...]
    frames: I32 = field(metadata=of_shape("t"))
    xyz: F64 = field(metadata=of_shape("t", "n", 3, has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.names))
        check_increasing("MarkerTrack.frames", self.frames)


@dataclass(frozen=True, slots=True, eq=False)
class MarkerMotion:
    """Everybody's points: ``tool``, ``fps`` or None, ``up`` the axis that the format says is up or
    "auto", ``is_in_camera`` as in ``ImportedMotion``."""

    tool: str
    people: tuple[MarkerTrack, ...]
    fps: float | None = None
    up: str = AUTO
    is_in_camera: bool = False
    notes: tuple[str, ...] = ()
    camera: ImportedCamera = field(default_factory=ImportedCamera)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPoints:
    """The solver's points of one person, world, z up, metres: ``X`` (t, 19, 3) with ``score``
    (t, 19), small where a point was put in place by its neighbours; ``hands`` (t, 2, 21, 3) of the
    left and right one and ``face`` (t, 68, 3), iBUG's landmarks, NaN where they weren't told, None
    where they never are."""

    name: str
    frames: I32 = field(metadata=of_shape("t"))
    X: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    score: F64 = field(metadata=of_shape("t", points.COUNT))
    hands: F64 | None = field(default=None, metadata=of_shape("t", 2, 21, 3, has_gaps=True))
    face: F64 | None = field(default=None, metadata=of_shape("t", 68, 3, has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, eq=False)
class PlacedMotion:
    """Everybody in the world, and the ``camera`` there."""

    people: tuple[PlacedPoints, ...]
    camera: ImportedCamera


def placed_points(motion: MarkerMotion, up: str = AUTO) -> PlacedMotion:
    """Everybody's points in the world. Raises Damaged where a person has not the body's points."""
    chosen = [_chosen(one) for one in motion.people]
    kept = [(one, *found) for one, found in zip(motion.people, chosen, strict=True) if found]
    if not kept:
        raise Damaged("nobody in it has hips, knees, ankles, shoulders, elbows and wrists")
    unit = metres_per_unit(float(np.median([_leg(raw) for _, raw, _, _ in kept])))
    axis = up if up != AUTO else motion.up
    if motion.is_in_camera:
        axis = "-y"
    if axis == AUTO:
        axis = _up_of([raw for _, raw, _, _ in kept])
    turn = R_WORLD_FILE[axis] * unit
    out: list[PlacedPoints] = []
    for one, raw, helpers, rows in kept:
        X, score = _completed(raw @ turn.T, helpers @ turn.T)
        hands, face = _hands(one, rows, turn), _face(one, rows, turn)
        out.append(PlacedPoints(one.name, one.frames[rows], X, score, hands, face))
    return PlacedMotion(tuple(out), _camera(motion, R_WORLD_FILE[axis], unit))


def _camera(motion: MarkerMotion, turn: F64, unit: float) -> ImportedCamera:
    """The camera in the world; people in its own axes are seen from their origin."""
    stands = motion.camera.T_file_camera
    if stands is None and motion.is_in_camera:
        stands = np.eye(4)[None]
    if stands is None:
        return motion.camera
    moved = stands.copy()
    moved[:, :3, :3] = turn @ stands[:, :3, :3]
    moved[:, :3, 3] = unit * stands[:, :3, 3] @ turn.T
    return replace(motion.camera, T_file_camera=moved)


def _hands(track: MarkerTrack, rows: I32, turn: F64) -> F64 | None:
    """Both hands' points in the world, None where the file has none of either."""
    column = {name: k for k, name in enumerate(track.names)}
    out = np.full((len(rows), len(SIDES), POINTS, 3), np.nan)
    for k, side in enumerate(SIDES):
        root, *rest = hand_names(side)
        names = [root if root in column else f"{side}_wrist", *rest]
        if all(name in column for name in names):
            out[:, k] = track.xyz[rows][:, [column[name] for name in names]] @ turn.T
    return out if np.isfinite(out).any() else None


def _face(track: MarkerTrack, rows: I32, turn: F64) -> F64 | None:
    """The face's landmarks in the world, None where the file has not all of those that make one."""
    column = {name: k for k, name in enumerate(track.names)}
    if not all(name in column for name in FACE[CONTOUR:]):
        return None
    out = np.full((len(rows), len(FACE), 3), np.nan)
    for k, name in enumerate(FACE):
        if name in column:
            out[:, k] = track.xyz[rows, column[name]] @ turn.T
    return out if np.isfinite(out).any() else None


def _chosen(track: MarkerTrack) -> tuple[F64, F64, I32] | None:
    """(t, 19, 3) with NaN, helpers (t, 2, 3), and the rows of frames in which enough is seen."""
    columns = solver_columns(track.names)
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise Damaged(f"its points have no {missing[0].replace('_', ' ')}")
    t = len(track.frames)

    def picked(names: tuple[str, ...]) -> F64:
        out = np.full((t, len(names), 3), np.nan)
        for k, name in enumerate(names):
            if name in columns:
                out[:, k] = track.xyz[:, columns[name]]
        return out

    raw = picked(points.POINTS)
    seen = np.isfinite(raw[:, : points.LIMBS]).all(-1).sum(1) >= _LEAST_SEEN
    rows = np.flatnonzero(seen).astype(np.int32)
    if len(rows) < 2:
        return None
    return raw[rows], picked(HELPERS)[rows], rows


def _leg(raw: Floats) -> float:
    legs = [
        np.linalg.norm(raw[:, _P[f"{s}_{a}"]] - raw[:, _P[f"{s}_{b}"]], axis=-1)
        for s in ("left", "right")
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    return float(np.nansum([np.nanmedian(one) for one in legs]) / 2)


def _up_of(bodies: list[F64]) -> str:
    """The axis nearest to where shoulders are over ankles."""
    total: F64 = np.zeros(3)
    for raw in bodies:
        rise = raw[:, 0:2].mean(1) - raw[:, 10:12].mean(1)
        total = total + normalize(np.nan_to_num(np.nanmedian(rise, axis=0)))
    return max(WORLD_UP, key=lambda name: float(R_WORLD_FILE[name][2] @ total))


def _completed(raw: F64, helpers: F64) -> tuple[F64, F64]:
    """Points (t, 19, 3) without holes, and their scores (t, 19)."""
    known: Bools = np.asarray(np.isfinite(raw).all(axis=-1))
    X = raw.copy()
    score: F64 = known.astype(np.float64)
    grid = np.arange(len(X))
    for p in range(points.COUNT):
        if known[:, p].any() and not known[:, p].all():
            X[:, p] = interpolate_columns(grid, grid[known[:, p]], raw[known[:, p], p])
    absent: Bools = ~np.asarray(known.any(axis=0))
    score[:, absent] = _COMPLETED
    _put_head(X, absent, helpers)
    _put_feet(X, absent)
    return X, score


def _put_head(X: F64, absent: Bools, helpers: F64) -> None:
    """Nose and ears that a file lacks, by neck, head and shoulders."""
    shoulders, hips = X[:, 0:2].mean(1), X[:, 6:8].mean(1)
    trunk = shoulders - hips
    length = np.linalg.norm(trunk, axis=-1, keepdims=True)
    neck, head = helpers[:, 0], helpers[:, 1]
    base = np.where(np.isfinite(neck), neck, shoulders)
    up = normalize(np.where(np.isfinite(head), head - base, trunk))
    left = normalize(X[:, 0] - X[:, 1])
    left = normalize(left - (left * up).sum(-1, keepdims=True) * up)
    nose, ears = _P["nose"], (_P["left_ear"], _P["right_ear"])
    if not absent[nose] and absent[list(ears)].all():
        middle = X[:, nose] - _NOSE_AHEAD * length * np.cross(left, up)
    else:
        middle = np.where(np.isfinite(head), head, shoulders + _HEAD_UP * length * up)
        if not absent[list(ears)].any():
            middle = X[:, list(ears)].mean(1)
    if absent[nose]:
        X[:, nose] = middle + _NOSE_AHEAD * length * np.cross(left, up)
    for ear, sign in zip(ears, (1.0, -1.0), strict=True):
        if absent[ear]:
            X[:, ear] = middle + sign * _EAR_ASIDE * length * left


def _put_feet(X: F64, absent: Bools) -> None:
    """Heels and toes that a file lacks, by the shank and where the body faces."""
    up = np.array([0.0, 0.0, 1.0])
    left = normalize(X[:, 6] - X[:, 7])
    facing = normalize(np.cross(left, np.broadcast_to(up, left.shape)))
    for side in ("left", "right"):
        knee, ankle = X[:, _P[f"{side}_knee"]], X[:, _P[f"{side}_ankle"]]
        heel, toe = _P[f"{side}_heel"], _P[f"{side}_foot_index"]
        shank = np.linalg.norm(knee - ankle, axis=-1, keepdims=True)
        down = normalize(ankle - knee)
        ahead = facing
        if not absent[toe]:
            ahead = X[:, toe] - ankle
        ahead = normalize(ahead - (ahead * down).sum(-1, keepdims=True) * down)
        sole = ankle + _SOLE_UNDER * shank * down
        if absent[heel]:
            X[:, heel] = sole - _HEEL_BEHIND * shank * ahead
        if absent[toe]:
            X[:, toe] = sole + _TOE_AHEAD * shank * ahead
