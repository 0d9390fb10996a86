"""Lifting 2D tracks to 3D: what a temporal lifter is given, what it answers, and how it is run.

``lift_with`` brings a track to the frame rate and the form the network knows (``lifter_features``),
runs the network over it in overlapping windows and brings the answer back. The network itself comes
from ``models.networks.lifter``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F32, F64, Bools, Floats, check_fields, check_finite, check_shape, of_shape
from .features import CONTEXT, Encoded, encode, mirror_features, mirror_joints

Answer: TypeAlias = tuple[F32, F32, F32, F32]
"""Joints (b, t, 19, 3), sigma across and along (b, t, 19, 2), log depth (b, t), contact (b, t, 4),
in the units of ``Encoded``."""
Network: TypeAlias = Callable[[F32], Answer]
"""From features (b, t, 155) to an answer."""

_TRAINED_FPS: Final = 30.0  # of the network's training
_SLOWEST_FPS: Final = 20.0  # below it frames are put between
_FASTEST_FPS: Final = 42.0  # above it means of frames are taken
_MOST_BETWEEN: Final = 4
"""Frames put between two of a slow clip, at most: beyond, nobody knows what happened there."""
_SHORTEST: Final = 2 * CONTEXT + 1
_WINDOW: Final = 450  # frames lifted at once, bounds memory
_MIRROR_CONTACT: Final = [2, 3, 0, 1]
_HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]


@dataclass(frozen=True, slots=True, eq=False)
class LifterInput:
    """One person, every frame of a track without holes; p = the 19 ``points.POINTS``.

    * ``xy`` (t, p, 2) undistorted picture coordinates x/z, y/z; ``score`` (t, p), 0 = no evidence;
    * ``detected_xy`` (t, 12, 2) and ``detected_score`` (t, 12) the detector's limbs, same unit;
    * ``xyz_m`` (t, p, 3) the networks' 3D in camera axes, any origin, metres;
    * ``fps``; ``seen`` (t,) False where nothing of the frame is to be believed;
    * ``shows_3d`` False keeps ``xyz_m`` from the network, except for its scale: the answer alone is
      worse, but its errors are not those of ``xyz_m`` again, which a join of both gains from;
    * ``cut`` (t,) how far the picture's lower border cuts off the legs, None where it never does.
    """

    xy: Floats
    score: Floats
    detected_xy: Floats
    detected_score: Floats
    xyz_m: Floats
    fps: float
    seen: Bools
    shows_3d: bool = True
    cut: F64 | None = None

    def __post_init__(self) -> None:
        t, p = len(self.seen), points.COUNT
        shapes = {
            "xy": (t, p, 2),
            "score": (t, p),
            "detected_xy": (t, points.LIMBS, 2),
            "detected_score": (t, points.LIMBS),
            "xyz_m": (t, p, 3),
            "seen": (t,),
        }
        for name, shape in shapes.items():
            check_shape(f"LifterInput.{name}", getattr(self, name), shape)
            check_finite(f"LifterInput.{name}", getattr(self, name))
        if self.cut is not None:
            check_shape("LifterInput.cut", self.cut, (t,))
        if t == 0 or not self.fps > 0:
            raise ValueError(f"LifterInput needs frames at some rate, not {t} at {self.fps} fps")


@dataclass(frozen=True, slots=True, eq=False)
class Lifted:
    """What the lifter makes of a track; p = the 19 ``points.POINTS``.

    * ``xyz_m`` (t, p, 3) camera axes, origin between the hips, at the scale of the input's 3D: the
      track's median ``body_size`` is taken from there;
    * ``sigma_m`` (t, p) expected error of one coordinate, one standard deviation at that scale;
      ``sigma_view_m`` (t, p, 2) the same across and along the line of sight;
    * ``contact`` (t, 4) chance that left heel, left toe, right heel, right toe stand still;
    * ``log_depth`` (t,) natural logarithm of the hips' depth (camera z) in metres at that scale.
    """

    xyz_m: F64
    sigma_m: F64
    sigma_view_m: F64
    contact: F64
    log_depth: F64

    def __post_init__(self) -> None:
        t, p = len(self.xyz_m), points.COUNT
        shapes = {
            "xyz_m": (t, p, 3),
            "sigma_m": (t, p),
            "sigma_view_m": (t, p, 2),
            "contact": (t, 4),
            "log_depth": (t,),
        }
        for name, shape in shapes.items():
            check_shape(f"Lifted.{name}", getattr(self, name), shape)


class Lifter(Protocol):
    """Turns 2D tracks with what the networks say of depth into better 3D."""

    def lift(self, view: LifterInput) -> Lifted:
        """Lift one person's track; any number of frames from one upwards."""
        ...


def between(a: Lifted, b: Lifted, share: Floats) -> Lifted:
    """``share`` (t,) of the way from the answer ``a`` to ``b``."""

    def mixed(own: F64, other: F64) -> F64:
        part = share.reshape(-1, *[1] * (own.ndim - 1))
        return own + part * (other - own)

    return Lifted(
        mixed(a.xyz_m, b.xyz_m),
        mixed(a.sigma_m, b.sigma_m),
        mixed(a.sigma_view_m, b.sigma_view_m),
        mixed(a.contact, b.contact),
        mixed(a.log_depth, b.log_depth),
    )


def lift_with(network: Network, view: LifterInput) -> Lifted:
    """Lift a track of any length and frame rate with a network."""
    track = at_trained_rate(view)
    encoded = encode(
        track.xy,
        track.score,
        track.detected_xy,
        track.detected_score,
        track.xyz_m,
        view.shows_3d,
    )
    joints, sigma, log_depth, contact = _ask(network, encoded.features)
    R = encoded.R_virtual_camera
    scale = float(encoded.scale_m)
    sigma = sigma * scale
    spread = np.sqrt((2 * sigma[..., 0] ** 2 + sigma[..., 1] ** 2) / 3)
    depth = log_depth - np.log(encoded.size) + np.log(scale) - np.log(_along_view(track, encoded))
    columns = [joints @ R * scale, spread, sigma, contact, depth]
    t = len(view.seen)
    xyz, spread, sigma, contact, depth = (_at_frames(c, track.at, t) for c in columns)
    return Lifted(xyz, spread, sigma, contact, depth)


@dataclass(frozen=True, slots=True, eq=False)
class ResampledInput:
    """A ``LifterInput`` at another rate; ``at`` (n,) are its frames' places in the original."""

    at: F64 = field(metadata=of_shape("n"))
    xy: F32 = field(metadata=of_shape("n", points.COUNT, 2))
    score: F32 = field(metadata=of_shape("n", points.COUNT))
    detected_xy: F32 = field(metadata=of_shape("n", points.LIMBS, 2))
    detected_score: F32 = field(metadata=of_shape("n", points.LIMBS))
    xyz_m: F32 = field(metadata=of_shape("n", points.COUNT, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def at_trained_rate(view: LifterInput) -> ResampledInput:
    """About 30 frames a second: fast clips in means of frames, slow ones with frames between."""
    t = len(view.seen)
    weights = (
        np.where(view.seen[:, None], view.score, 0.0),
        np.where(view.seen[:, None], view.detected_score, 0.0),
        np.where(view.seen, 1.0, 1e-6)[:, None],
    )
    values = (view.xy, view.detected_xy, view.xyz_m)
    at = np.arange(t, dtype=np.float64)
    if view.fps > _FASTEST_FPS:
        first = np.arange(0, t, round(view.fps / _TRAINED_FPS))
        count = np.diff(np.append(first, t))[:, None]
        values = tuple(_means(v, w, first) for v, w in zip(values, weights, strict=True))
        weights = tuple(np.add.reduceat(w, first) / count for w in weights)
        at = np.add.reduceat(at, first) / count[:, 0]
    elif view.fps < _SLOWEST_FPS and t > 1:
        between = min(round(_TRAINED_FPS / view.fps), _MOST_BETWEEN)
        finer = np.linspace(0, t - 1, (t - 1) * between + 1)
        values = tuple(_at_places(v, at, finer) for v in values)
        weights = tuple(_at_places(w, at, finer) for w in weights)
        at = finer
    xy, detected_xy, xyz_m = (v.astype(np.float32) for v in values)
    score, detected_score, _ = (w.astype(np.float32) for w in weights)
    return ResampledInput(at, xy, score, detected_xy, detected_score, xyz_m)


def _means(values: Floats, weight: Floats, first: Floats) -> Floats:
    """Weighted means of the groups of frames that begin at ``first``."""
    w = (weight + 1e-9)[..., None]
    return np.add.reduceat(values * w, first) / np.add.reduceat(w, first)


def _at_places(values: Floats, known: Floats, wanted: Floats) -> F64:
    """Straight lines through ``values`` (n, ...) at places ``known``, read off at ``wanted``."""
    columns = values.reshape(len(values), -1).T
    out = np.stack([np.interp(wanted, known, column) for column in columns], axis=-1)
    return out.reshape(len(wanted), *values.shape[1:])


def _at_frames(values: Floats, at: F64, t: int) -> F64:
    frames = np.arange(t)
    if len(at) == t:
        return values.astype(np.float64)
    return _at_places(values, at, frames)


def _along_view(track: ResampledInput, encoded: Encoded) -> Floats:
    """Depth along the virtual camera's axis per depth along the real one's, at the hips (t,)."""
    R = encoded.R_virtual_camera
    hips = np.concatenate([track.xy[:, _HIPS].mean(1), np.ones((len(track.at), 1))], axis=-1)
    known = track.score[:, _HIPS].min(1) > 0
    # Where the hips aren't seen, the virtual camera's own axis stands in for their ray.
    return np.where(known, np.einsum("ta,ta->t", R[:, 2], hips), 1 / R[:, 2, 2])


def _ask(network: Network, features: F32) -> Answer:
    """The mean of what the network says of the person and of their mirror image, (t, ...) each."""
    parts = [_ask_window(network, features[wide], core) for wide, core in _windows(len(features))]
    joints, sigma, depth, contact = (np.concatenate(c) for c in zip(*parts, strict=True))
    return joints, sigma, depth, contact


def _ask_window(network: Network, features: F32, core: slice) -> Answer:
    missing = max(_SHORTEST - len(features), 0)
    before = missing // 2
    padded = np.pad(features, ((before, missing - before), (0, 0)), mode="edge")
    joints, sigma, depth, contact = network(np.stack([padded, mirror_features(padded)]))
    keep = slice(core.start + before, core.stop + before)
    joints = (joints[0] + mirror_joints(joints[1])) / 2
    sigma = (sigma[0] + sigma[1][:, points.MIRROR]) / 2
    contact = (contact[0] + contact[1][:, _MIRROR_CONTACT]) / 2
    return joints[keep], sigma[keep], depth.mean(0)[keep], contact[keep]


def _windows(t: int) -> list[tuple[slice, slice]]:
    """(what the network sees, the part of that which is kept), together covering t frames.

    Every kept frame has all the context it can have, so windows change nothing.
    """
    edges = np.linspace(0, t, -(-t // _WINDOW) + 1).astype(int).tolist()
    out: list[tuple[slice, slice]] = []
    for begin, end in itertools.pairwise(edges):
        wide = slice(max(begin - CONTEXT, 0), min(end + CONTEXT, t))
        out.append((wide, slice(begin - wide.start, end - wide.start)))
    return out
