"""Made-up motion in the layout of the training data, so that tests need no data of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from limn.core.data.solver_points import LIMBS
from limn.tools.lifter.augment import to_canonical
from limn.tools.lifter.body import JOINTS, TO_POINTS
from limn.tools.lifter.camera import film
from limn.tools.lifter.chance import Chance
from limn.tools.lifter.detectors import project
from limn.tools.lifter.pair_file import Pair

_STANDING_M = {
    "pelvis": (0, 0, 0.95), "hip": (-0.1, 0, 0.95), "knee": (-0.11, 0, 0.52),
    "ankle": (-0.12, 0.03, 0.09), "heel": (-0.12, 0.08, 0.02), "toe": (-0.13, -0.1, 0.02),
    "spine": (0, 0.02, 1.25), "neck": (0, 0.02, 1.48), "nose": (0, -0.1, 1.62),
    "ear": (-0.07, 0, 1.64), "shoulder": (-0.18, 0, 1.43), "elbow": (-0.25, 0.02, 1.15),
    "wrist": (-0.27, -0.06, 0.92),
}  # fmt: skip
"""Right half of a person facing -y, metres, z up."""


def _standing() -> np.ndarray:
    out = []
    for name in JOINTS:
        side, _, part = name.partition("_")
        x, y, z = _STANDING_M[part or name]
        out.append((-x if side == "left" else x, y, z))
    return np.array(out)


def figure(t: int, seed: int = 0) -> np.ndarray:
    """(t, 22, 3) somebody who stands on the left foot and swings the other limbs."""
    rng = np.random.default_rng(seed)
    out = np.repeat(_standing()[None], t, axis=0)
    phase = np.linspace(0, 2 * np.pi * t / 40, t) + rng.uniform(0, 6)
    for root, names, reach in (
        ("left_shoulder", ("left_elbow", "left_wrist"), 0.6),
        ("right_shoulder", ("right_elbow", "right_wrist"), -0.6),
        ("right_hip", ("right_knee", "right_ankle", "right_heel", "right_toe"), 0.5),
    ):
        c, s = np.cos(reach * np.sin(phase)), np.sin(reach * np.sin(phase))
        at = out[:, [JOINTS.index(root)]]
        limb = out[:, [JOINTS.index(name) for name in names]] - at
        y, z = limb[..., 1] * c[:, None], limb[..., 2] * c[:, None]
        limb = np.stack(
            [limb[..., 0], y - limb[..., 2] * s[:, None], z + limb[..., 1] * s[:, None]], axis=-1
        )
        out[:, [JOINTS.index(name) for name in names]] = at + limb
    return out


def write_motion(path: Path, clips: int = 6, frames: int = 60) -> Path:
    """Write clips of two subjects, the last third held out."""
    joints = np.concatenate([figure(frames, seed) for seed in range(clips)])
    held_out = np.arange(clips) >= 2 * clips // 3
    np.savez(
        path,
        joints_mm=(1000 * joints).astype(np.int16),
        start=np.arange(clips + 1, dtype=np.int32) * frames,
        subject=np.where(held_out, "b", "a"),
        val=held_out,
        names=np.array(JOINTS),
        fps=30,
    )
    return path


def windows(b: int, t: int, seed: int) -> np.ndarray:
    """(b, t, 19, 3) figures before cameras, at the network's body size."""
    xyz = np.stack([figure(t, seed + k) for k in range(b)]).astype(np.float32)
    return film(to_canonical(xyz), Chance(seed))[:, :, TO_POINTS]


def pair_of(xyz: np.ndarray, off_m: np.ndarray, clip: str = "a") -> Pair:
    """A track seen ``off_m`` (2,) beside the truth, with flat 3D."""
    hips = xyz[:, 6:8].mean(1, keepdims=True)
    xy = project(xyz) + off_m / hips[..., 2:]
    columns = {
        "xy": xy,
        "score": np.full(xy.shape[:2], 0.5),
        "detected_xy": xy[:, :LIMBS],
        "detected_score": np.full((len(xy), LIMBS), 0.4),
        "xyz_m": (xyz - hips) * [1, 1, 0.5],
        "truth_m": xyz,
        "hidden": np.zeros(xy.shape[:2]),
    }
    return Pair(clip, "balanced", False, {k: v.astype(np.float32) for k, v in columns.items()})
