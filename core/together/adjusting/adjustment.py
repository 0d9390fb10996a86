"""Bundle adjustment over people: cameras, focal lengths, clocks, bone lengths and joints at once.

Every frame's joints are eliminated first (Schur complement, as Triggs et al., Bundle adjustment: a
modern synthesis, 2000), so the cost is linear in frames; Levenberg-Marquardt with robust weights.
Nobody knows the scene's size: mean bones of the table give it, or people's heights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data.arrays import F64, Bools, check_fields, of_shape
from ...geometry.rotations import exp_so3
from ..rig import Rig
from ..sightings import Viewpoint
from ..start import Group
from .equations import BONES, CAMERA, FOCAL, RATE, SHIFT, SIZE, Equations, Guess
from .sums import System

_ROUNDS: Final = 25
"""Gauss-Newton steps at most; by hand."""
_DONE: Final = 1e-5
"""Share of the cost by which the last step must better it for another; by hand."""
_DAMPING: Final = (1e-3, 5.0, 8.0, 1e-7, 1e5)
"""Levenberg-Marquardt: at first, divided by after a good step, multiplied by after a bad one, least
and most; by hand."""
_MOST_FOCAL: Final = 0.2
"""Of the logarithm of a focal length a step; by hand."""
_MOST_SIZE: Final = 0.2
"""Of the logarithm of a path's size likewise; by hand."""
_MOST_SHIFT_S: Final = 0.03
"""Seconds by which a clock moves a step; by hand."""


@dataclass(frozen=True, slots=True)
class Free:
    """What of the cameras may be adjusted: ``poses``, ``focal`` for each, ``clocks``, ``rates``;
    ``rate_sigma`` (c,) by how much each rate may be wrong, None for what quartz allows; ``sizes``
    of carried cameras' paths, none where it is empty."""

    focal: tuple[bool, ...]
    poses: bool = True
    clocks: bool = True
    rates: bool = False
    rate_sigma: tuple[float, ...] | None = None
    sizes: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """The ``rig``, everybody's ``lengths`` (g, 6) in metres by ``equations.GROUPS``, ``cost`` of
    rays per joint that was seen and ``costs`` (c,) of each camera's, ``spread`` (c, 10) standard
    deviations of what was free of every camera and ``off`` (c,) how far rays miss joints, in sigmas
    (median)."""

    rig: Rig
    lengths: F64 = field(metadata=of_shape("g", BONES))
    cost: float
    costs: F64 = field(metadata=of_shape("c"))
    spread: F64 = field(metadata=of_shape("c", CAMERA))
    off: F64 = field(metadata=of_shape("c"))

    def __post_init__(self) -> None:
        check_fields(self)


def adjust(
    views: Sequence[Viewpoint],
    groups: Sequence[Group],
    rig: Rig,
    free: Free,
    most_frames: int,
    rounds: int = _ROUNDS,
) -> Adjusted:
    """The cameras and people that explain what every view saw, from the guess ``rig``.

    At most ``most_frames`` frames of everybody together are asked, those that two views show.
    """
    sigma = None if free.rate_sigma is None else np.array(free.rate_sigma)
    equations = Equations(
        views, groups, rig, most_frames, in_metres=not free.poses, rate_sigma=sigma
    )
    here = equations.start(rig)
    is_free = _free(len(views), len(groups), free)
    system = equations.at(here)
    damping, better, worse, least, most = _DAMPING
    for _ in range(rounds):
        there = _moved(here, system, is_free, damping)
        new = equations.at(there)
        if new.cost < system.cost:
            is_done = system.cost - new.cost < _DONE * system.cost
            here, system = there, new
            damping = max(damping / better, least)
            if is_done:
                break
        else:
            damping *= worse
            if damping > most:
                break
    spread = _spread(system, is_free, len(views))
    lengths = np.exp(here.log_lengths)
    return Adjusted(here.rig, lengths, system.per_joint, system.costs, spread, system.off)


def _free(cameras: int, people: int, free: Free) -> Bools:
    out = np.ones(CAMERA * cameras + BONES * people, bool)
    for c in range(cameras):
        own = CAMERA * c
        out[own : own + 6] = free.poses and c > 0
        out[own + FOCAL] = free.focal[c]
        out[own + SHIFT] = free.clocks and c > 0
        out[own + RATE] = free.rates and c > 0
        out[own + SIZE] = free.poses and bool(free.sizes) and free.sizes[c]
    return out


def _reduced(system: System, is_free: Bools, damping: float) -> tuple[F64, F64, list[F64]]:
    """Normal equations of cameras and bones alone, and each person's solved joints."""
    H_free = system.H[np.ix_(is_free, is_free)].copy()
    b = system.g[is_free].copy()
    index = np.arange(len(b))
    H_free[index, index] += damping * H_free[index, index] + 1e-9
    solved: list[F64] = []
    for one in system.people:
        H, g, E = one.H, one.g, one.E
        diagonal = np.arange(g.shape[1], dtype=np.int64)
        block = H.copy()
        block[:, diagonal, diagonal] *= 1 + damping
        coupling = E[:, :, is_free]
        sides = np.concatenate([coupling, g[..., None]], axis=-1)
        A = np.asarray(np.linalg.solve(block, sides), np.float64)
        flat = coupling.reshape(-1, len(b))
        H_free -= flat.T @ A[..., :-1].reshape(-1, len(b))
        b -= flat.T @ A[..., -1].reshape(-1)
        solved.append(A)
    return H_free, b, solved


def _moved(here: Guess, system: System, is_free: Bools, damping: float) -> Guess:
    S, b, solved = _reduced(system, is_free, damping)
    step = np.zeros(len(is_free))
    step[is_free] = -np.linalg.solve(S, b)
    rig, n = here.rig, len(here.rig)
    cameras = step[: CAMERA * n].reshape(n, CAMERA)
    size = np.ones(n) if rig.size is None else rig.size
    moved = Rig(
        R=np.asarray(exp_so3(cameras[:, :3]) @ rig.R, np.float64),
        t=rig.t + cameras[:, 3:6],
        focal=rig.focal * np.exp(np.clip(cameras[:, FOCAL], -_MOST_FOCAL, _MOST_FOCAL)),
        shift_s=rig.shift_s + np.clip(cameras[:, SHIFT], -_MOST_SHIFT_S, _MOST_SHIFT_S),
        rate=rig.rate + cameras[:, RATE],
        size=size * np.exp(np.clip(cameras[:, SIZE], -_MOST_SIZE, _MOST_SIZE)),
    )
    points = [
        X - (A[..., -1] + A[..., :-1] @ step[is_free]).reshape(X.shape)
        for X, A in zip(here.points, solved, strict=True)
    ]
    lengths = here.log_lengths + step[CAMERA * n :].reshape(-1, BONES)
    return replace(here, rig=moved, points=points, log_lengths=lengths)


def _spread(system: System, is_free: Bools, cameras: int) -> F64:
    S, _, _ = _reduced(system, is_free, 0.0)
    out = np.zeros(len(is_free))
    out[is_free] = np.sqrt(np.maximum(np.diagonal(np.linalg.pinv(S)), 0.0))
    return out[: CAMERA * cameras].reshape(cameras, CAMERA)
