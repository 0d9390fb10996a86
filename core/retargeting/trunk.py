"""Spines and necks of any number of bones, and limbs in several pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..data.arrays import F64
from ..data.skeletons import joint
from ..geometry.rotations import (
    matrix_from_quat,
    normalize,
    quat_from_matrix,
    slerp,
    swing_between,
)
from .rig import Target
from .source import SourceMotion

_SPINE = ("pelvis", "spine1", "spine2", "spine3")


def middles(heads: F64, end: F64) -> F64:
    """Where along the way from the first of ``heads`` (n, 3) to ``end`` each bone's middle lies.

    In [0, 1], by length; evenly spread where the heads don't go one way, as controls' may not.
    """
    points = np.concatenate([heads, end[None]])
    along = (points - points[0]) @ (end - points[0])
    if (np.diff(along) <= 1e-6).any():
        return (np.arange(len(heads)) + 0.5) / len(heads)
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=-1))])
    return (way[1:] + way[:-1]) / 2 / way[-1]


def spine_turns(source: SourceMotion, where: F64) -> list[F64]:
    """Turns (t, 3, 3) of spine bones whose middles lie at ``where`` (n,) between pelvis and neck.

    The last bone carries the arms and gets the whole chest.
    """
    heads = np.array([source.rest(name) for name in _SPINE])
    known = middles(heads, source.rest("neck"))
    # The chest of a rig may begin lower or higher than the source's.
    scaled = known[0] + (where - known[0]) * (known[-1] - known[0]) / (where[-1] - known[0])
    quats = [quat_from_matrix(source.turn_of(name)) for name in _SPINE]
    return [matrix_from_quat(_between(known, quats, float(at))) for at in scaled]


def lean(source: SourceMotion, target: Target, R_pose: F64) -> None:
    """Swing a spine of one bone, or of none, in ``R_pose`` (t, n, 3, 3) to where the neck is.

    As the chest turns it would lean too far: a back bends in several places.
    """
    spine = target.rows.get("spine", [])
    end = next((role for role in ("neck", "head") if role in target.rows), None)
    if len(spine) > 1 or end is None:
        return
    rig, top = target.rig, target.rows[end][0]
    row = target.trunk_over(top)
    if row is None:
        return
    if target.carries_legs(row):
        # It is the hips that are placed, and they turn with the bone.
        start, source_start = target.middle(rig.head_xyz), target.middle_of_body(source.xyz)
    else:
        start = rig.head_xyz[row]
        source_start = along_back(source, end, target.share_of_back(row, top))
    wanted = source.xyz[:, joint(end)] - source_start
    now = R_pose[:, row] @ rig.R_rest[row].T @ (rig.head_xyz[top] - start)
    R_pose[:, row] = swing_between(normalize(now), normalize(wanted)) @ R_pose[:, row]


def along_back(source: SourceMotion, end: str, share: float) -> F64:
    """The point (t, 3) of the back at ``share`` of its way at rest from the pelvis to ``end``."""
    names = [*_SPINE, end]
    rest = np.array([source.rest(name) for name in names])
    steps: F64 = np.linalg.norm(np.diff(rest, axis=0), axis=-1)
    way: F64 = np.concatenate([np.zeros(1), np.cumsum(steps)])
    at = float(share * way[-1])
    upper = int(np.clip(np.searchsorted(way, at), 1, len(way) - 1))
    part = (at - way[upper - 1]) / (way[upper] - way[upper - 1])
    a, b = (source.xyz[:, joint(name)] for name in names[upper - 1 : upper + 1])
    return a + part * (b - a)


def neck_turns(source: SourceMotion, count: int) -> list[F64]:
    """Turns (t, 3, 3) of ``count`` neck bones, between chest and head."""
    quats = [quat_from_matrix(source.turn_of(name)) for name in ("spine3", "neck", "head")]
    known = np.array([0.0, 0.5, 1.0])
    return [
        matrix_from_quat(_between(known, quats, (number + 0.5) / count)) for number in range(count)
    ]


def share_twist(turn: F64, parent: F64, axis: F64, share: float) -> F64:
    """Return ``turn`` (t, 3, 3) with only ``share`` of its twist against ``parent``.

    ``axis`` (3,) is the limb's direction at rest. The relative turn is a twist about it, then a
    swing.
    """
    relative = quat_from_matrix(np.swapaxes(parent, -1, -2) @ turn)
    along = relative[:, 1:] @ axis
    angle = 2 * np.arctan2(along, relative[:, 0])
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    back = -(1 - share) * np.unwrap(angle)
    half = np.stack([np.cos(back / 2), *(np.sin(back / 2) * a for a in axis)], axis=-1)
    return turn @ matrix_from_quat(half)


def take_twist(turn: F64, child: F64, axis: F64, share: float) -> F64:
    """Return ``turn`` (t, 3, 3) with ``share`` of the twist that ``child`` makes against it."""
    relative = quat_from_matrix(np.swapaxes(turn, -1, -2) @ child)
    angle = 2 * np.arctan2(relative[:, 1:] @ axis, relative[:, 0])
    angle = np.unwrap((angle + np.pi) % (2 * np.pi) - np.pi) * share
    half = np.stack([np.cos(angle / 2), *(np.sin(angle / 2) * a for a in axis)], axis=-1)
    return turn @ matrix_from_quat(half)


def is_straight(heads: F64, end: F64) -> bool:
    """Whether a limb's pieces lie on one line, so that twisting one doesn't move the next."""
    way = end - heads[0]
    length = np.linalg.norm(way)
    off = np.linalg.norm(np.cross(heads - heads[0], way), axis=-1) / max(length, 1e-9)
    return bool(off.max() < 0.02 * length)


def _between(known: F64, quats: Sequence[F64], at: float) -> F64:
    upper = int(np.clip(np.searchsorted(known, at), 1, len(known) - 1))
    span = known[upper] - known[upper - 1]
    share = float(np.clip((at - known[upper - 1]) / span, 0.0, 1.0))
    return slerp(quats[upper - 1], quats[upper], share)
