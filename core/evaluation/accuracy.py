"""How far a prediction is from the truth: the figures of ``docs/accuracy.md``.

Twelve joints: shoulders, elbows, wrists, hips, knees, ankles; the root is the middle of the hips.
MPJPE and its Procrustes-aligned form are those of Ionescu et al. ("Human3.6M", 2014), PCK at 150 mm
that of Mehta et al. (3DV 2017). A person-frame is scored when all twelve are known and at least
eight of them are in the picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, Floats, check_fields, of_shape
from ..geometry.alignment import aligned_error
from .matching import changes, match_people, owners
from .predictions import Prediction
from .truth import Truth

LIMBS: Final = tuple(
    f"{side}_{part}"
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for side in ("left", "right")
)
"""The joints that are scored."""
_BONES: Final = ((0, 2), (2, 4), (1, 3), (3, 5), (6, 8), (8, 10), (7, 9), (9, 11))
"""Of arms and legs, columns of LIMBS."""
_LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP = 0, 1, 6, 7  # columns of LIMBS
_ANKLES: Final = (10, 11)  # columns of LIMBS
_INSIDE: Final = 8  # joints in the picture that a judged frame needs
_NEAR_M: Final = 0.15  # the error up to which 3DPCK counts a joint
_STANDING_M_S: Final = 0.15  # speed of a true ankle that stands
_STANDING_FRAMES: Final = 5  # it stands for at least
_NAN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The figures of one clip, or means of several; NaN where a figure can't be had.

    * ``found_percent``: scored person-frames that were matched to somebody;
    * ``pa_mm``: mean distance after Procrustes alignment of every frame; ``scaled_mm``:
      root-relative with one scale a person and clip, ``occluded_mm`` the same of hidden joints;
      ``root_mm``: root-relative at the size as predicted; ``absolute_mm`` and ``depth_percent``:
      where in the room joints and root are, of predictions that say so;
    * ``pck150_percent``: joints within 150 mm root-relative of all scored ones, misses wrong;
    * ``flip_percent``: frames whose trunk's right-to-left axis points against the truth;
    * ``bone_percent``: standard deviation over mean of eight limb bones;
    * ``acceleration_mm``: error of the root-relative second difference, mm/frame^2,
      ``acceleration_m_s2`` the same by the clock, ``true_acceleration_mm`` what the truth has;
    * ``slide_mm``: mm/frame that a predicted ankle moves while the true one stands (below 0.15 m/s
      for five frames), ``drift_mm`` its largest distance from its mean meanwhile;
    * ``id_switches``: how often a person's slot changes, ``hijacks``: a slot's person;
    * ``extra_per_frame``: predicted people who match nobody scored; ``fps``: of the prediction.
    """

    frames: int
    person_frames: int
    found_percent: float
    pa_mm: float
    scaled_mm: float
    occluded_mm: float
    root_mm: float
    pck150_percent: float
    flip_percent: float
    bone_percent: float
    acceleration_mm: float
    acceleration_m_s2: float
    true_acceleration_mm: float
    slide_mm: float
    drift_mm: float
    id_switches: int
    hijacks: int
    absolute_mm: float
    depth_percent: float
    extra_per_frame: float
    fps: float

    def as_json(self) -> dict[str, float | None]:
        """The figures by name; None for those that can't be had."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value if np.isfinite(value) else None for name, value in values.items()}


_COUNTS: Final = ("frames", "person_frames", "id_switches", "hijacks")
_OF_ALL: Final = ("found_percent", "pck150_percent")


def mean_accuracy(clips: Sequence[Accuracy]) -> Accuracy:
    """Means over clips weighted by person-frames, of found ones except for the two shares of all;
    counts are added. Raises ValueError without any clip."""
    if not clips:
        raise ValueError("there is no clip to take the mean of")
    scored = np.array([one.person_frames for one in clips], float)
    found = scored * np.nan_to_num([one.found_percent / 100 for one in clips])
    out: dict[str, float] = {}
    for name in (one.name for one in fields(Accuracy)):
        values = np.array([getattr(one, name) for one in clips], float)
        if name in _COUNTS:
            out[name] = int(values.sum())
            continue
        weight = scored if name in _OF_ALL else found
        known = np.isfinite(values) & (weight > 0)
        total = weight[known].sum()
        out[name] = float((values[known] * weight[known]).sum() / total) if total else _NAN
    return Accuracy(**out)  # pyright: ignore[reportArgumentType] - counts are made int above


def scored_frames(limbs: Truth) -> Bools:
    """(T, P) the person-frames that count of a truth of ``LIMBS``."""
    return limbs.valid.all(-1) & (limbs.inside().sum(-1) >= _INSIDE) & limbs.judged


def evaluate(truth: Truth, prediction: Prediction) -> Accuracy:
    """Score a prediction. Raises ClipError when the truth lacks a limb or the picture's size.

    Frames that a prediction lacks at its end count as frames without anybody, surplus ones don't
    count.
    """
    limbs = truth.joints(LIMBS)
    scored = scored_frames(limbs)
    predicted = prediction.joints(LIMBS).of_length(len(scored))
    match = match_people(predicted.complete_px(), limbs.pixels(), scored, limbs.inside())
    slots = predicted.xyz_camera.shape[1]
    total = int(scored.sum())
    errors = [
        _Errors.of(limbs, predicted, person, match[:, person])
        for person in range(match.shape[1])
        if (match[:, person] >= 0).any()
    ]
    there = np.isfinite(predicted.xyz_camera[..., 0]).all(-1).sum(1)
    near = sum(int((one.root < _NEAR_M).sum()) for one in errors)
    slides = [slide for one in errors for slide, _ in one.contacts]
    acceleration = _mean([one.acceleration for one in errors])
    return Accuracy(
        frames=len(scored),
        person_frames=total,
        found_percent=100 * float((match >= 0).sum()) / total if total else _NAN,
        pa_mm=1000 * _mean([one.aligned for one in errors]),
        scaled_mm=1000 * _mean([one.scaled for one in errors]),
        occluded_mm=1000 * _mean([one.occluded for one in errors]),
        root_mm=1000 * _mean([one.root for one in errors]),
        pck150_percent=100 * near / (total * len(LIMBS)) if total else _NAN,
        flip_percent=100 * _mean([one.flipped for one in errors]),
        bone_percent=_mean([one.bones for one in errors]),
        acceleration_mm=1000 * acceleration,
        acceleration_m_s2=acceleration * truth.fps**2,
        true_acceleration_mm=1000 * _mean([one.true_acceleration for one in errors]),
        slide_mm=1000 * _mean(slides),
        drift_mm=1000 * _mean([np.array([far]) for one in errors for _, far in one.contacts]),
        id_switches=sum(changes(match[:, person]) for person in range(match.shape[1])),
        hijacks=sum(changes(column) for column in owners(match, slots).T),
        absolute_mm=1000 * _mean([one.absolute for one in errors]),
        depth_percent=100 * _mean([one.depth for one in errors]),
        extra_per_frame=float((there - (match >= 0).sum(1)).mean()) if len(there) else _NAN,
        fps=len(scored) / predicted.seconds if predicted.seconds > 0 else _NAN,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """One true person's errors: metres, by frame and joint where not said otherwise."""

    aligned: Floats = field(metadata=of_shape(..., has_gaps=True))
    scaled: Floats = field(metadata=of_shape(..., has_gaps=True))
    occluded: Floats = field(metadata=of_shape(..., has_gaps=True))
    root: Floats = field(metadata=of_shape(..., has_gaps=True))
    flipped: Floats = field(metadata=of_shape(..., has_gaps=True))
    bones: Floats = field(metadata=of_shape(..., has_gaps=True))
    acceleration: Floats = field(metadata=of_shape(..., has_gaps=True))
    true_acceleration: Floats = field(metadata=of_shape(..., has_gaps=True))
    contacts: tuple[tuple[Floats, float], ...]
    """Of each time an ankle stands, its steps and how far it gets from its mean."""
    absolute: Floats = field(metadata=of_shape(..., has_gaps=True))
    depth: Floats = field(metadata=of_shape(..., has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of(cls, limbs: Truth, predicted: Prediction, person: int, slot: np.ndarray) -> _Errors:
        """Compare a person with the slots (T,) that show them; -1 where none does."""
        t = np.flatnonzero(slot >= 0)
        P = np.full((len(slot), len(LIMBS), 3), np.nan)
        P[t] = predicted.xyz_camera[t, slot[t]]
        G = limbs.xyz_camera[:, person]
        about_p, about_g = P - _root(P), G - _root(G)
        scale = (about_p[t] * about_g[t]).sum() / (about_p[t] ** 2).sum()
        scaled = np.linalg.norm(scale * about_p[t] - about_g[t], axis=-1)
        none = np.zeros(0)
        hidden = None if limbs.hidden is None else limbs.hidden[t, person] > 0
        bends, true_bends = (_second_difference(x, slot >= 0) for x in (about_p, about_g))
        placed = P if predicted.is_absolute else scale * about_p + _root(G)
        root_z = _root(G)[t, 0, 2]
        return cls(
            aligned=aligned_error(P[t], G[t]),
            scaled=scaled,
            occluded=none if hidden is None else scaled[hidden],
            root=np.linalg.norm(about_p[t] - about_g[t], axis=-1),
            flipped=(_right_to_left(P[t]) * _right_to_left(G[t])).sum(-1) < 0,
            bones=_bone_changes(P[t]),
            acceleration=np.linalg.norm(bends - true_bends, axis=-1),
            true_acceleration=np.linalg.norm(true_bends, axis=-1),
            contacts=tuple(_contacts(limbs, placed, G, slot >= 0)),
            absolute=np.linalg.norm(P[t] - G[t], axis=-1) if predicted.is_absolute else none,
            depth=np.abs(_root(P)[t, 0, 2] - root_z) / root_z if predicted.is_absolute else none,
        )


def bone_change(xyz: Floats) -> float:
    """Standard deviation over mean of the eight limb bones of (t, 12, 3), in per cent."""
    return float(_bone_changes(xyz).mean())


def _bone_changes(xyz: Floats) -> F64:
    a, b = np.array(_BONES).T
    lengths = np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1)
    return 100 * lengths.std(0) / np.maximum(lengths.mean(0), 1e-9)


def _root(xyz: Floats) -> Floats:
    """(t, 1, 3) the middle of the hips."""
    return xyz[:, [_LEFT_HIP, _RIGHT_HIP]].mean(1, keepdims=True)


def _right_to_left(xyz: Floats) -> Floats:
    """(t, 3) the trunk's axis across, shoulders and hips added."""
    shoulders = xyz[:, _LEFT_SHOULDER] - xyz[:, _RIGHT_SHOULDER]
    return shoulders + xyz[:, _LEFT_HIP] - xyz[:, _RIGHT_HIP]


def _second_difference(xyz: Floats, known: Bools) -> Floats:
    """(k, 12, 3) of (T, 12, 3) where three frames in a row are known."""
    if len(xyz) < 3:
        return np.zeros((0, *xyz.shape[1:]))
    whole = known[:-2] & known[1:-1] & known[2:]
    return (xyz[2:] - 2 * xyz[1:-1] + xyz[:-2])[whole]


def _contacts(
    limbs: Truth, placed: Floats, G: Floats, known: Bools
) -> Iterator[tuple[Floats, float]]:
    """Steps and largest distance from the mean, in the world, of every time an ankle stands."""
    if len(G) < _STANDING_FRAMES:
        return
    world, true_world = limbs.world(placed), limbs.world(G)
    for ankle in _ANKLES:
        speed = np.linalg.norm(np.gradient(true_world[:, ankle], axis=0), axis=-1) * limbs.fps
        stands = (speed < _STANDING_M_S) & known
        edges = np.flatnonzero(np.diff(np.concatenate([[False], stands, [False]])))
        for first, end in edges.reshape(-1, 2):
            if end - first >= _STANDING_FRAMES:
                xyz = world[first:end, ankle]
                steps = np.linalg.norm(np.diff(xyz, axis=0), axis=-1)
                yield steps, float(np.linalg.norm(xyz - xyz.mean(0), axis=-1).max())


def _mean(parts: Sequence[Floats]) -> float:
    """The mean over everything in ``parts``; NaN when that is nothing."""
    values = np.concatenate([np.ravel(part) for part in parts]) if parts else np.zeros(0)
    return float(values.mean()) if len(values) else _NAN
