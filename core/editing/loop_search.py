"""Where in a motion a cycle lies: the two frames whose poses and speeds are most alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..data.arrays import F64
from ..data.errors import OutputError, SettingsError
from ..data.timing import take_frame_rate
from ..data.types import Take
from ..geometry.kinematics import person_joints_world
from .rigid_move import first_person, heading

_SPEED_S: Final = 0.1
"""How much speed counts against place: metres for every metre per second; by hand."""
_MOST_STARTS: Final = 6000  # bounds time; in longer motions not every frame is tried as a start
_STILL_M: Final = 0.02
"""Points that stay this near to the first pose, on average, make no cycle."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Rows ``first`` and ``last`` of a motion that are alike, and how far apart points then are,
    metres on average."""

    first: int
    last: int
    apart_m: float


def find_cycle(xyz: F64, ahead: F64, fps: float, shortest: int, longest: int | None) -> Cycle:
    """The best cycle of ``shortest`` to ``longest`` steps in points ``xyz`` (t, n, 3), point 0 the
    one that carries them, looking along the level directions ``ahead`` (t, 3).

    Place and heading on the floor don't count. A pair is judged by its distance against how far the
    motion goes away in between, so that standing still is no cycle. Raises SettingsError where
    nothing comes back.
    """
    count = len(xyz)
    longest = count - 1 if longest is None else min(longest, count - 1)
    if not 2 <= shortest <= longest:
        raise SettingsError(
            f"There are {count} frames, too few for a cycle of {shortest} to {longest}."
        )
    stride = -(-count // _MOST_STARTS)
    features = _features(xyz, ahead, fps)
    size = (features**2).sum(-1)
    best: tuple[float, int, int, float] | None = None
    for first in range(0, count - shortest, stride):
        others = slice(first + 1, first + longest + 1)
        squares = size[others] + size[first] - 2 * features[others] @ features[first]
        apart = np.sqrt(np.maximum(squares, 0.0) / xyz.shape[1])
        away = np.maximum.accumulate(apart)
        share = np.where(away > _STILL_M, apart / np.maximum(away, 1e-9), np.inf)[shortest - 1 :]
        at = int(np.argmin(share))
        if np.isfinite(share[at]) and (best is None or share[at] < best[0]):
            best = (float(share[at]), first, first + shortest + at, float(apart[shortest - 1 + at]))
    if best is None or best[0] > 0.5:
        raise SettingsError("Nothing in these frames comes back to how it began; no cycle is here.")
    return Cycle(*best[1:])


def find_cycle_of(take: Take, shortest_s: float) -> tuple[int, int]:
    """Positions of the best cycle of the first person of ``take``, at least ``shortest_s`` long."""
    person = first_person(take)
    if len(person.frames) != person.frames[-1] - person.frames[0] + 1:
        raise OutputError(f"{person.name} is missing for a while; trim the take to one stretch.")
    fps = take_frame_rate(take)
    xyz = person_joints_world(person).astype(np.float64)
    ahead = np.stack([heading(person, row) for row in range(len(xyz))])
    found = find_cycle(xyz, ahead, fps, max(2, round(shortest_s * fps)), None)
    return int(person.frames[found.first]), int(person.frames[found.last])


def _features(xyz: F64, ahead: F64, fps: float) -> F64:
    """Places and weighed speeds (t, 6 n) as seen by somebody who goes and turns along."""
    moved = xyz - xyz[:, :1] * [1.0, 1.0, 0.0]
    speed = np.gradient(xyz, axis=0) * fps * _SPEED_S
    side = np.stack([-ahead[:, 1], ahead[:, 0], np.zeros(len(ahead))], axis=-1)
    up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), ahead.shape)
    axes = np.stack([ahead, side, up], axis=1)
    both = np.concatenate([moved, speed], axis=1)
    return np.einsum("tab,tkb->tka", axes, both).reshape(len(xyz), -1)
