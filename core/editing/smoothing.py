"""A stretch of motion made calmer, joined without a jump to what lies beside it and stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, Floats
from ..data.errors import SettingsError
from ..data.timing import take_frame_rate
from ..data.types import Person, Take
from ..geometry.rotations import continuous_quats, normalize
from ..geometry.smoothing import smooth_weighted, strength_for_cutoff

_PINNED: Final = 1e6
"""Weight of frames beside the stretch against 1 within: they move by less than a millionth."""
CUTOFF_HZ: Final = (0.2, 30.0)
"""Cut-offs that are taken: slower ones leave no motion, faster ones change nothing."""


def smooth_take(take: Take, first: int, last: int, cutoff_hz: float) -> Take:
    """``take`` with everybody's poses at positions ``first`` to ``last`` smoothed.

    Raises SettingsError for a cut-off outside ``CUTOFF_HZ``.
    """
    fps = take_frame_rate(take)
    check_cutoff(cutoff_hz)
    people = tuple(_smooth_person(one, first, last, cutoff_hz, fps) for one in take.people)
    return replace(take, people=people, observed=None)


def check_cutoff(cutoff_hz: float) -> None:
    """Raise SettingsError for a cut-off that isn't one."""
    low, high = CUTOFF_HZ
    if not low <= cutoff_hz <= high:
        raise SettingsError(
            f"The cut-off is {cutoff_hz:g} Hz; it must lie between {low} and {high:g}."
        )


def smooth_vectors(values: Floats, inside: Bools, cutoff_hz: float, fps: float) -> F64:
    """``values`` (t, k) at an even rate, smoothed where ``inside`` (t,), the same elsewhere.

    A wave of ``cutoff_hz`` is halved (Whittaker's smoother, see ``smooth_weighted``); rows beside
    the stretch hold its ends in place and speed.
    """
    if len(values) < 3 or not inside.any():
        return values.astype(np.float64)
    weight = np.repeat(np.where(inside, 1.0, _PINNED)[:, None], values.shape[1], axis=1)
    strength = strength_for_cutoff(cutoff_hz, fps)
    calm = smooth_weighted(values.astype(np.float64), weight, strength)
    return np.where(inside[:, None], calm, values)


def smooth_quats(quats: Floats, inside: Bools, cutoff_hz: float, fps: float) -> F64:
    """Rotations (t, 4), the same way: means of neighbouring quaternions, brought to length 1."""
    one_side = continuous_quats(quats.astype(np.float64))
    calm = normalize(smooth_vectors(one_side, inside, cutoff_hz, fps))
    return np.where(inside[:, None], calm, one_side)


def _smooth_person(person: Person, first: int, last: int, cutoff_hz: float, fps: float) -> Person:
    """Each unbroken run of poses by itself: nothing is drawn over a gap."""
    root = person.root_xyz_world.astype(np.float64)
    quats = person.quat_parent_joint.astype(np.float64)
    inside = (person.frames >= first) & (person.frames <= last)
    for rows in np.split(np.arange(len(root)), np.flatnonzero(np.diff(person.frames) > 1) + 1):
        root[rows] = smooth_vectors(root[rows], inside[rows], cutoff_hz, fps)
        for j in range(quats.shape[1]):
            quats[rows, j] = smooth_quats(quats[rows, j], inside[rows], cutoff_hz, fps)
    kept = person.quat_parent_joint.copy()
    kept[inside] = quats[inside]
    moved = person.root_xyz_world.copy()
    moved[inside] = root[inside]
    face = person.face_weights
    if len(face):
        calm = smooth_vectors(face.astype(np.float64), inside, cutoff_hz, fps)
        face = np.where(inside[:, None], np.clip(calm, 0, 1), face).astype(np.float32)
    return replace(person, root_xyz_world=moved, quat_parent_joint=kept, face_weights=face)
