"""Motion capture as windows of joint positions, with the feet's contacts read off it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, I32, Floats
from .anatomy import at_rest_like_a_figure
from .body import JOINTS, SOLES
from .chance import Chance

FPS: Final = 30.0
_STILL_M_S: Final = 0.35
_LOW_M: Final = 0.06
_SHORTEST_CLIP: Final = 20
_SLOWEST, _FASTEST = 0.6, 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Clips one after the other: ``xyz_m`` (n, 22, 3) z-up, ``contact`` (n, 4), clips' ``start``.

    ``length`` (c,) frames of each clip and ``chance`` (c,) of drawing it: subjects count by the
    square root of their frames, so that one who was filmed long does not rule.
    """

    xyz_m: Floats
    contact: Floats
    start: I32
    length: I32
    chance: F64

    @property
    def minutes(self) -> float:
        """How much there is."""
        return float(self.length.sum()) / FPS / 60


def load_motion(path: Path, split: str) -> Motion:
    """Read a file laid out like cmu_joints.npz; ``split`` is "train", "validation" or "all".

    Trunks of each skeleton are turned as ``anatomy`` tells; a subject has one in each of the
    file's formats (``source``, where it is there).

    Raises OSError when it can't be read and KeyError when an array or a joint is missing.
    """
    with np.load(path) as file:
        names = file["names"].tolist()
        if missing := [name for name in JOINTS if name not in names]:
            raise KeyError(f"{path} has no {', '.join(missing)}")
        pick = [names.index(name) for name in JOINTS]
        xyz_m = file["joints_mm"][:, pick].astype(np.float32) / 1000
        edges, subjects, held_out = file["start"], file["subject"], file["val"]
        kinds = file["source"] if "source" in file else np.full(len(subjects), "")
        fps = float(file["fps"])
    if fps != FPS:
        raise ValueError(f"{path} has {fps} frames a second, not {FPS}")
    length = np.diff(edges)
    for kind, subject in sorted(set(zip(kinds.tolist(), subjects.tolist(), strict=True))):
        frames = np.repeat((kinds == kind) & (subjects == subject), length)
        xyz_m[frames] = at_rest_like_a_figure(xyz_m[frames])
    wanted = {"all": np.ones_like(held_out), "validation": held_out, "train": ~held_out}[split]
    keep = np.flatnonzero(wanted & (length >= _SHORTEST_CLIP))
    frames = {s: length[keep][subjects[keep] == s].sum() for s in np.unique(subjects[keep])}
    weight = np.array([length[c] / frames[subjects[c]] ** 0.5 for c in keep])
    contact = np.zeros((len(xyz_m), 4), np.float32)
    for c in keep:
        clip = slice(int(edges[c]), int(edges[c + 1]))
        contact[clip] = _contacts(xyz_m[clip])
    return Motion(
        xyz_m,
        contact,
        edges[keep].astype(np.int32),
        length[keep].astype(np.int32),
        weight / weight.sum(),
    )


def _contacts(xyz_m: Floats) -> Floats:
    """Soles that lie low and hardly move."""
    soles = xyz_m[:, SOLES]
    speed = np.linalg.norm(np.gradient(soles, axis=0), axis=-1) * FPS
    floor = np.percentile(soles[..., 2], 5)
    return (speed < _STILL_M_S) & (soles[..., 2] < floor + _LOW_M)


def draw_windows(
    motion: Motion, count: int, frames: int, chance: Chance, *, stretch: bool
) -> tuple[Floats, Floats]:
    """``count`` windows: joints (b, t, 22, 3) and contacts (b, t, 4), some slower or faster."""
    clip = chance.rng.choice(len(motion.chance), count, p=motion.chance)
    room = motion.length[clip] - 2.0
    speed = np.ones(count)
    if stretch:
        speed = np.exp(chance.rng.uniform(np.log(_SLOWEST), np.log(_FASTEST), count))
    speed = np.minimum(speed, room / (frames - 1))
    begin = chance.rng.random(count) * (room - speed * (frames - 1))
    order = np.arange(frames)
    if stretch:
        # Backwards is as good as another motion: standing, reaching, even walking.
        order = np.where(chance.happens(0.5, count, 1), order[::-1], order)
    at = begin[:, None] + speed[:, None] * order
    low = at.astype(int)
    part = (at - low).astype(np.float32)[..., None, None]
    row = low + motion.start[clip][:, None]
    xyz = motion.xyz_m[row] * (1 - part) + motion.xyz_m[row + 1] * part
    return xyz, motion.contact[row]
