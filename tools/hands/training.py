"""Teaches the hand reader on drawn hands: a network of one hidden layer, in numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.reading.weights import weights_of
from ...core.geometry.alignment import aligned_error
from ...core.hands.model import MIRROR
from ...core.hands.reader import OUTPUTS, Described, HandReader, palms

_SURE: Final = 0.5
_ASTRAY: Final = 0.45
"""Palms in the picture from which a look is of something else."""
_MEMBERS: Final = 3
_HIDDEN: Final = 320
_ROUNDS: Final = 120
_BATCH: Final = 128
_STEP: Final = 1.5e-3
_DECAY: Final = 3e-4
_FADE: Final = 0.05
"""Noise on the features while teaching, in their standard deviations."""
HALF: Final = ("hidden", "out")
"""What is written in half precision."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """n looks at left hands, or right ones in a mirror: ``xy`` (n, 21, 2), ``xyz`` (n, 21, 3), and
    the ``truth`` (n, 21, 3), all looked straight at."""

    xy: F64
    xyz: F64
    truth: F64


def read_hands(folder: Path, *, held_out: bool) -> Lesson:
    """Everything that ``shoot`` wrote for one split. Raises FileNotFoundError without any."""
    split = "held_out" if held_out else "train"
    files = sorted(folder.glob(f"{split}_[0-9]*[0-9].npz"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no {split}_*.npz; run 'shoot' first")
    xy, xyz, truth = [], [], []
    for path in files:
        with np.load(path) as file:
            looks = file["xy_px"].shape[1]
            true = np.repeat(file["xyz_ray"][:, None], looks, axis=1)
            right = np.repeat(file["is_right"][:, None] > 0, looks, axis=1)
            flip = np.where(right[..., None, None], MIRROR, 1.0)
            seen = file["xy_px"] * flip[..., :2], file["xyz_m"] * flip, true * flip
            sure = (file["presence"] > _SURE) & (_astray(seen[0], seen[2]) < _ASTRAY)
            for out, values in zip((xy, xyz, truth), seen, strict=True):
                out.append(values[sure].astype(np.float64))
    return Lesson(np.concatenate(xy), np.concatenate(xyz), np.concatenate(truth))


def _astray(xy: Floats, truth: Floats) -> F64:
    """How far looks (n, k, 21, 2) lie off the truth's picture, in palms, placed and sized as one:
    a look at something else has another shape."""
    a = xy - xy.mean(-2, keepdims=True)
    b = truth[..., :2] - truth[..., :2].mean(-2, keepdims=True)
    size = (a * b).sum((-1, -2)) / np.maximum((b**2).sum((-1, -2)), 1e-12)
    off = np.linalg.norm(a - size[..., None, None] * b, axis=-1).mean(-1)
    palm = np.linalg.norm(truth[..., [5, 9, 13, 17], :] - truth[..., :1, :], axis=-1).mean(-1)
    return off / np.maximum(np.abs(size) * palm, 1e-9) + np.where(size > 0, 0, np.inf)


def train_reader(lesson: Lesson, seed: int, report: Callable[[str], None]) -> HandReader:
    """Teach a reader: the mean of some networks that began otherwise, as one."""
    every = [_train(lesson, seed + k, report) for k in range(_MEMBERS)]
    units = [len(one.hidden[0]) for one in every]
    inner = [one.out[:n] / _MEMBERS for one, n in zip(every, units, strict=True)]
    direct = np.mean([one.out[n:] for one, n in zip(every, units, strict=True)], axis=0)
    return replace(
        every[0],
        hidden=np.concatenate([one.hidden for one in every], axis=1),
        out=np.concatenate([*inner, direct]),
    )


def _train(lesson: Lesson, seed: int, report: Callable[[str], None]) -> HandReader:
    """One network, by Adam."""
    told = Described.of(lesson.xy, lesson.xyz)
    truth = np.einsum("tab,tpb->tpa", told.turn, lesson.truth)
    truth = (truth - truth.mean(1, keepdims=True)) / palms(truth)[:, None, None]
    target = (truth - told.base).reshape(len(truth), OUTPUTS)
    centre, spread = told.features.mean(0), told.features.std(0) + 1e-3
    x = (told.features - centre) / spread
    rng = np.random.default_rng(seed)
    n, width = x.shape
    weights = [
        rng.standard_normal((width + 1, _HIDDEN)) / np.sqrt(width),
        0.1 * rng.standard_normal((_HIDDEN + width + 1, OUTPUTS)) / np.sqrt(_HIDDEN),
    ]
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]
    step = 0
    for k in range(_ROUNDS):
        order = rng.permutation(n)
        rate = _STEP * 0.5 * (1 + np.cos(np.pi * k / _ROUNDS))
        loss = 0.0
        for start in range(0, n - _BATCH + 1, _BATCH):
            rows = order[start : start + _BATCH]
            noisy = x[rows] + _FADE * rng.standard_normal((len(rows), width))
            cost, slopes = _slopes(weights, noisy, target[rows])
            loss += cost * len(rows) / n
            step += 1
            for i, g in enumerate(slopes):
                first[i] += 0.1 * (g - first[i])
                second[i] += 0.001 * (g * g - second[i])
                mean, square = first[i] / (1 - 0.9**step), second[i] / (1 - 0.999**step)
                way = mean / (np.sqrt(square) + 1e-8)
                weights[i] -= rate * (way + _DECAY / _STEP * weights[i])
        if k % 20 == 19:
            report(f"round {k + 1}: {np.sqrt(loss * 3):.4f} palms")
    arrays = {"centre": centre, "spread": spread, "hidden": weights[0], "out": weights[1]}
    return weights_of(HandReader, arrays)


def _slopes(weights: list[F64], x: Floats, target: Floats) -> tuple[float, list[F64]]:
    """Mean squared error and its derivatives."""
    hidden, out = weights
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    inner = np.tanh(x @ hidden)
    full = np.concatenate([inner, x], axis=1)
    off = full @ out - target
    g = 2 * off / off.size
    back = (g @ out[: hidden.shape[1]].T) * (1 - inner**2)
    return float((off**2).mean()), [x.T @ back, full.T @ g]


def judge(reader: HandReader, lesson: Lesson) -> list[str]:
    """Rows about a lesson: as seen and as read."""
    xy, xyz = reader.read(lesson.xy, lesson.xyz)
    truth = lesson.truth
    rows = []
    for name, flat, deep in (("as seen", lesson.xy, lesson.xyz), ("as read", xy, xyz)):
        off = aligned_error(deep, truth).mean(1)
        rows.append(
            f"{name}: {1e3 * off.mean():.1f} mm after alignment, median "
            f"{1e3 * np.median(off):.1f}; "
            f"{_astray(flat[:, None], truth[:, None]).mean():.3f} palms off in the picture"
        )
    return rows
