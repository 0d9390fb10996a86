"""The equations of the bundle adjustment: what each view saw, bones, and what is known before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F64, Floats, check_fields, of_shape
from ...data.types import FOCAL_DOUBT
from ...geometry.rotations import hat
from ...solving.track.bone_lengths import person_lengths
from ..clocks.hearing import RATE as QUARTZ
from ..rig import Rig
from ..sightings import Sample, Viewpoint
from ..start import Group
from ..triangulation import met_about
from .sums import BONE_ENDS, CameraSums, FrameSums, PersonSystem, System

CAMERA: Final = 10
"""Unknowns of a camera: rotation 0 to 2, place 3 to 5, focal length, shift, rate and size."""
FOCAL: Final = 6
"""Which of them is the logarithm of the focal length."""
SHIFT: Final = 7
"""Which of them is the clock's shift, seconds."""
RATE: Final = 8
"""Which of them is the clock's rate."""
SIZE: Final = 9
"""Which of them is the logarithm of its path's size, of a carried one."""
GROUPS: Final = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 5])
"""Which length each of ``BONE_ENDS`` has: upper arm, forearm, thigh, shank, hips, shoulders."""
BONES: Final = 6
"""How many lengths a person has."""
_A, _B = (np.array(ends) for ends in zip(*BONE_ENDS, strict=True))
_P: Final = points.COUNT

_PICTURE: Final = 0.024
"""Of a landmark, as a share of the body's radius, as ``Sigmas.picture``."""
_DIRECTION: Final = np.array([0.20, 0.20, 0.28])
"""Of a bone across and along the view, radians, as ``Sigmas``."""
_DIRECTIONS_SHARE: Final = 0.5
"""Rays and directions of one network aren't independent; by hand."""
_LENGTH_M: Final = np.array([0.008] * 8 + [0.024] * 2)
"""Metres by which a bone's length may change from frame to frame; by hand."""
_SHAPE: Final = 0.06
"""How far a person's bones lie from where one view put them, in the logarithm; by hand."""
_SIZE: Final = (0.01, 0.04, 0.2)
"""Likewise the mean of limbs, which gives the scene's size: of one person, of several, who differ,
and where cameras' places give the size already; by hand."""
_UP: Final = 0.03
"""Radians by which each view's up may be wrong; by hand."""
_CLOCK_S: Final = 0.05
"""Seconds by which the clocks found from signals may be wrong; by hand."""
_PATH: Final = 0.03
"""By what share a carried camera's path may be longer than standing feet tell in its own clip."""
_SURE: Final = 0.5
"""Weight over which a ray should meet the others'; by hand."""
_KERNEL: Final = 9.0
"""Geman and McClure's: squared residuals beyond this lose their say."""
_BONE_KERNEL: Final = 4.0
"""Bones let go later; by hand."""
_NEAREST_M: Final = 0.3
"""Metres before the lens within which no point is projected; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """The present ``rig``, everybody's ``points`` (t, 19, 3) in the first camera's axes and
    ``log_lengths`` (g, 6)."""

    rig: Rig
    points: list[F64] = field(metadata=of_shape(None, _P, 3))
    log_lengths: F64 = field(metadata=of_shape("g", BONES))

    def __post_init__(self) -> None:
        check_fields(self)


def _robust(r2: Floats, kernel: float = _KERNEL) -> tuple[Floats, Floats]:
    """(weight, cost) of squared residuals."""
    return (kernel / (kernel + r2)) ** 2, kernel * r2 / (kernel + r2)


def _median(parts: Sequence[F64]) -> float:
    values = np.concatenate([*parts, np.zeros(0)])
    return float(np.median(values)) if len(values) else 0.0


class Equations:
    """The equations for some views of some people, of a few frames of each."""

    def __init__(
        self,
        views: Sequence[Viewpoint],
        groups: Sequence[Group],
        rig: Rig,
        most_frames: int,
        *,
        in_metres: bool = False,
        rate_sigma: Floats | None = None,
    ) -> None:
        self._rate_sigma = np.full(len(views), QUARTZ) if rate_sigma is None else rate_sigma
        self._in_metres = in_metres
        self._views, self._groups = views, groups
        self._before = rig
        each = max(most_frames // max(len(groups), 1), 8)
        self._times = [self._common_times(group, rig, each) for group in groups]
        self._log_before = np.zeros((len(groups), BONES))

    def start(self, rig: Rig) -> Guess:
        """Everybody where rays meet, about where the mean of the views has them: whoever is
        smaller than one view knows is off there by more than rays let go at."""
        every: list[F64] = []
        for i, (group, times) in enumerate(zip(self._groups, self._times, strict=True)):
            total, weight = np.zeros((len(times), _P, 3)), np.full((len(times), 1, 1), 1e-9)
            for c, seen in self._samples(group, rig, times):
                w = seen.is_seen[:, None, None] + 1e-6
                total += w * ((seen.X - rig.t[c]) @ rig.R[c])
                weight += w
            mean = total / weight
            every.append(met_about(self._samples(group, rig, times), rig, mean))
            lengths = np.log(person_lengths(mean, 30.0)[: len(BONE_ENDS)])
            self._log_before[i] = [lengths[k == GROUPS].mean() for k in range(BONES)]
        return Guess(rig, every, self._log_before.copy())

    def at(self, guess: Guess) -> System:
        """The normal equations about ``guess``."""
        n = CAMERA * len(self._views) + BONES * len(self._groups)
        work = CameraSums(np.zeros((n, n)), np.zeros(n), len(self._views))
        blocks: list[PersonSystem] = []
        for i, (group, times) in enumerate(zip(self._groups, self._times, strict=True)):
            frames = FrameSums(guess.points[i], n)
            lengths = np.exp(guess.log_lengths[i])[GROUPS]
            for c, seen in self._samples(group, guess.rig, times):
                _add_rays(work, frames, guess.rig, c, seen, times)
                _add_directions(work, frames, guess.rig, c, seen, lengths)
            column = CAMERA * len(self._views) + BONES * i + GROUPS
            _add_bones(work, frames, lengths, column)
            g = frames.g.reshape(len(times), -1)
            blocks.append(PersonSystem(frames.blocks(), g, frames.coupling()))
            self._add_shape(work, guess, i)
        self._add_cameras(work, guess.rig)
        off = np.array([_median(r) for r in work.off])
        costs = work.ray_cost / np.maximum(work.joints, 1.0)
        per_joint = float(work.ray_cost.sum() / max(work.joints.sum(), 1.0))
        return System(work.H, work.g, tuple(blocks), work.cost, per_joint, costs, off)

    def _samples(self, group: Group, rig: Rig, times: Floats) -> list[tuple[int, Sample]]:
        return [
            (c, self._views[c].people[who].at(rig.time_of(c, times)))
            for c, who in enumerate(group)
            if who is not None
        ]

    def _common_times(self, group: Group, rig: Rig, most: int) -> F64:
        """Times (n,) of the first one's clock at which two views or more show a person."""
        times = np.zeros(0)
        for c, who in enumerate(group):
            if who is not None:
                own = rig.first_time_of(c, self._views[c].people[who].time_s)
                is_new = (own < times.min(initial=np.inf)) | (own > times.max(initial=-np.inf))
                times = np.sort(np.concatenate([times, own[is_new]]))
        shown = np.sum([seen.is_seen for _, seen in self._samples(group, rig, times)], axis=0)
        common = times[shown >= 2] if (shown >= 2).any() else times
        step = max(len(common) / most, 1.0)
        return common[np.arange(0, len(common), step).astype(int)]

    def _add_shape(self, work: CameraSums, guess: Guess, i: int) -> None:
        at = CAMERA * len(self._views) + BONES * i + np.arange(BONES)
        off = guess.log_lengths[i] - self._log_before[i]
        work.add_prior(at, off, _SHAPE)
        sigma = _SIZE[0] if len(self._groups) == 1 else _SIZE[1]
        sigma = _SIZE[2] if self._in_metres else sigma
        limbs = at[:4]
        mean = float(off[:4].mean())
        work.H[np.ix_(limbs, limbs)] += 1 / (4 * sigma) ** 2
        work.g[limbs] += mean / (4 * sigma**2)
        work.cost += (mean / sigma) ** 2

    def _add_cameras(self, work: CameraSums, rig: Rig) -> None:
        for c, view in enumerate(self._views):
            own = CAMERA * c
            if c:
                up = rig.R[c] @ self._views[0].up
                J, r = -hat(up) / _UP, (up - view.up) / _UP
                # One clip's lines in ten tell something else.
                weight, cost = _robust(np.asarray(r @ r))
                work.H[own : own + 3, own : own + 3] += weight * J.T @ J
                work.g[own : own + 3] += weight * J.T @ r
                work.cost += float(cost)
                moved = np.array([rig.shift_s[c] - self._before.shift_s[c]])
                work.add_prior(np.array([own + SHIFT]), moved, _CLOCK_S)
                faster = rig.rate[c : c + 1] - self._before.rate[c : c + 1]
                work.add_prior(np.array([own + RATE]), faster, float(self._rate_sigma[c]))
            doubt = view.camera.focal_doubt or FOCAL_DOUBT
            work.add_prior(np.array([own + FOCAL]), np.log(rig.focal[c : c + 1]), doubt)
            if view.is_carried:
                longer = np.array([np.log(rig.size_of(c))])
                work.add_prior(np.array([own + SIZE]), longer, _PATH)


def _add_rays(
    work: CameraSums, frames: FrameSums, rig: Rig, c: int, seen: Sample, times: Floats
) -> None:
    """Joints lie where view ``c`` saw them."""
    focal, own = rig.focal[c], CAMERA * c
    R, t = rig.seen_from(c, seen.way)
    Y = frames.X @ np.swapaxes(R, 1, 2) + t[:, None]
    z = np.maximum(Y[..., 2], _NEAREST_M)
    u = Y[..., :2] / z[..., None] * focal
    sigma = _PICTURE * seen.radius[:, None]
    r = u - seen.xy
    r2 = (r**2).sum(-1) / sigma**2
    weight, cost = _robust(r2)
    w = seen.weight * weight / sigma**2
    work.ray_cost[c] += float((seen.weight * cost).sum())
    work.joints[c] += float(seen.weight.sum())
    work.cost += float((seen.weight * cost).sum())
    sure = seen.weight[:, : points.LIMBS] > _SURE
    work.off[c].append(np.sqrt(r2[:, : points.LIMBS])[sure])
    dY = np.zeros((*Y.shape[:2], 2, 3))
    dY[..., 0, 0] = dY[..., 1, 1] = focal / z
    dY[..., :, 2] = -u / z[..., None]
    Jx = dY @ R[:, None]
    Jc = np.zeros((*Y.shape[:2], 2, CAMERA))
    speed = seen.xy_speed
    turned = frames.X @ rig.R[c].T
    if seen.way is not None:
        passing = seen.way.passing(turned + rig.t[c], rig.size_of(c))
        speed = speed - np.einsum("tpka,tpa->tpk", dY, passing)
        dY = dY @ np.swapaxes(seen.way.axes, 1, 2)[:, None]
        gone = -rig.size_of(c) * seen.way.origin[:, None, :, None]
        Jc[..., SIZE] = (dY @ gone)[..., 0]
    Jc[..., :3] = -dY @ hat(turned)
    Jc[..., 3:6] = dY
    Jc[..., FOCAL] = u
    Jc[..., SHIFT] = -speed
    Jc[..., RATE] = -speed * times[:, None, None]
    each = np.arange(_P)
    weighed = w[..., None, None] * Jx
    frames.H[:, each, each] += np.swapaxes(weighed, -1, -2) @ Jx
    frames.g += (weighed * r[..., None]).sum(-2)
    frames.coupled[..., own : own + CAMERA] += np.swapaxes(weighed, -1, -2) @ Jc
    flat = Jc.reshape(-1, CAMERA)
    both = np.repeat(w.reshape(-1), 2)[:, None] * flat
    work.H[own : own + CAMERA, own : own + CAMERA] += both.T @ flat
    work.g[own : own + CAMERA] += both.T @ r.reshape(-1)


def _add_directions(
    work: CameraSums, frames: FrameSums, rig: Rig, c: int, seen: Sample, lengths: Floats
) -> None:
    """Bones point where view ``c``'s networks' 3D points; about that camera's axes."""
    R, own = rig.R[c], CAMERA * c
    told = seen.xyz_m[:, _B] - seen.xyz_m[:, _A]
    told = told / np.maximum(np.linalg.norm(told, axis=-1, keepdims=True), 1e-6)
    turned = (frames.X[:, _B] - frames.X[:, _A]) @ R.T
    axes = np.eye(3)[None] if seen.way is None else np.swapaxes(seen.way.axes, 1, 2)
    length = lengths[:, None]
    r = (turned @ np.swapaxes(axes, 1, 2) - told * length) / length / _DIRECTION
    weight, cost = _robust((r**2).sum(-1))
    sure = np.minimum(seen.weight[:, _A], seen.weight[:, _B]) * _DIRECTIONS_SHARE
    w = sure * weight
    work.cost += float((sure * cost).sum())
    across = axes[:, None] / _DIRECTION[:, None] / lengths[:, None, None]
    Jb = across @ R
    M = np.swapaxes(Jb, -1, -2) @ Jb
    frames.add_differences(w[..., None, None] * M, w[..., None] * np.einsum("tbk,tbka->tba", r, Jb))
    Jr = -across @ hat(turned)
    coupling = w[..., None, None] * (np.swapaxes(Jb, -1, -2) @ Jr)
    for k, (a, b) in enumerate(BONE_ENDS):
        frames.coupled[:, b, :, own : own + 3] += coupling[:, k]
        frames.coupled[:, a, :, own : own + 3] -= coupling[:, k]
    flat = Jr.reshape(-1, 3)
    both = np.repeat(w.reshape(-1), 3)[:, None] * flat
    work.H[own : own + 3, own : own + 3] += both.T @ flat
    work.g[own : own + 3] += both.T @ r.reshape(-1)


def _add_bones(work: CameraSums, frames: FrameSums, lengths: Floats, column: Floats) -> None:
    """Bones keep their lengths (b,), which are unknowns ``column`` (b,) themselves."""
    bone = frames.X[:, _B] - frames.X[:, _A]
    here = np.maximum(np.linalg.norm(bone, axis=-1), 1e-6)
    along = bone / here[..., None]
    r = (here - lengths) / _LENGTH_M
    weight, cost = _robust(r * r / _BONE_KERNEL)
    work.cost += float(cost.sum()) * _BONE_KERNEL
    M = (weight / _LENGTH_M**2)[..., None, None] * along[..., :, None] * along[..., None, :]
    frames.add_differences(M, (weight * r / _LENGTH_M)[..., None] * along)
    slope = -lengths / _LENGTH_M
    pull = (weight / _LENGTH_M * slope)[..., None] * along
    for k, (a, b) in enumerate(BONE_ENDS):
        at = int(column[k])
        frames.coupled[:, b, :, at] += pull[:, k]
        frames.coupled[:, a, :, at] -= pull[:, k]
        work.H[at, at] += float((weight[:, k] * slope[k] ** 2).sum())
        work.g[at] += float((weight[:, k] * slope[k] * r[:, k]).sum())
