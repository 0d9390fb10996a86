"""What the hand network sees wrongly, put right: a small network that Limn was taught.

MediaPipe's points lie off in ways that depend on the pose and on the view: bent fingers come out
too straight, thumbs too near to the palm, and of hands seen edge on depth is turned over. Looking
more often doesn't help, as every look errs alike. The file is assets/hands/hand_reader.npz, made
by tools/hands; its README is the model card.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ..data.arrays import F32, F64, Floats, check_fields, check_finite, of_shape
from ..data.hand_points import KNUCKLES, POINTS
from ..data.reading.weights import load_weights

HAND_READER: Final = Path(__file__).parents[2] / "assets" / "hands" / "hand_reader.npz"
SHA256: Final = "58511ed3c07b34c6e36001ea378473349485164a5dc64d9b16cd54746ac740e7"
"""Of the file that belongs to this version."""
FEATURES: Final = 5 * POINTS
OUTPUTS: Final = 3 * POINTS
_PALM_M: Final = 0.0852
"""Mean distance of the reference adult's knuckles from the wrist."""
_LEAST: Final = 1e-9
"""Divisors are no smaller."""
_AT_ONCE: Final = 512
"""Hands read at a time: what that needs doesn't grow with the clip."""


@dataclass(frozen=True, slots=True, eq=False)
class HandReader:
    """The weights, h hidden units: features are scaled, ``centre`` and ``spread`` (105,), and read
    by ``hidden`` (106, h), the last row offsets; ``out`` (h + 106, 63) reads hidden units, features
    and an offset."""

    centre: F32 = field(metadata=of_shape(FEATURES))
    spread: F32 = field(metadata=of_shape(FEATURES))
    hidden: F32 = field(metadata=of_shape(FEATURES + 1, "h"))
    out: F32 = field(metadata=of_shape(None, OUTPUTS))

    def __post_init__(self) -> None:
        check_fields(self)
        for one in fields(self):
            check_finite(f"HandReader.{one.name}", getattr(self, one.name))

    def read(self, xy: Floats, xyz: Floats) -> tuple[F64, F64]:
        """Better points of left hands, or right ones in a mirror, that were looked straight at.

        ``xy`` (t, 21, 2) in the picture, in any unit, and ``xyz`` (t, 21, 3), in any unit around
        any middle; returns both, the latter in metres around the middle.
        """
        if len(xy) > _AT_ONCE:
            starts = range(0, len(xy), _AT_ONCE)
            parts = [self.read(xy[k : k + _AT_ONCE], xyz[k : k + _AT_ONCE]) for k in starts]
            better, deep = zip(*parts, strict=True)
            return np.concatenate(better), np.concatenate(deep)
        told = Described.of(xy, xyz)
        points = told.base + self.offsets(told.features)
        flat = points[..., :2] - points[..., :2].mean(1, keepdims=True)
        own = np.einsum("tba,tpb->tpa", told.turn, points)
        seen = np.einsum("tab,tpb->tpa", told.turn[:, :2, :2], told.xy)
        size = (seen * flat).sum((1, 2)) / np.maximum((flat**2).sum((1, 2)), _LEAST)
        middle = xy.mean(1, keepdims=True)
        placed = own[..., :2] - own[..., :2].mean(1, keepdims=True)
        return middle + placed * size[:, None, None], own * _PALM_M

    def offsets(self, features: Floats) -> F64:
        """What the points lie off (t, 21, 3), by features (t, 105)."""
        x = (features - self.centre) / self.spread
        x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
        told = np.concatenate([np.tanh(x @ self.hidden), x], axis=1) @ self.out
        return told.reshape(-1, POINTS, 3).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Hands in axes of their own: ``turn`` (t, 3, 3) about the view brings those of the picture to
    ones in which the hand points up; ``base`` (t, 21, 3) are the points there, in palms,
    ``features`` (t, 105) what is asked of them, ``xy`` (t, 21, 2) the picture's around its
    middle."""

    turn: F64 = field(metadata=of_shape("t", 3, 3))
    base: F64 = field(metadata=of_shape("t", POINTS, 3))
    features: F64 = field(metadata=of_shape("t", FEATURES))
    xy: F64 = field(metadata=of_shape("t", POINTS, 2))

    def __post_init__(self) -> None:
        check_fields(self)

    @classmethod
    def of(cls, xy: Floats, xyz: Floats) -> Described:
        """The hands of these points, as ``HandReader.read`` takes them."""
        flat = np.asarray(xy - xy.mean(1, keepdims=True), np.float64)
        deep = np.asarray(xyz - xyz.mean(1, keepdims=True), np.float64)
        along = flat[:, KNUCKLES[1]] - flat[:, 0]
        angle = np.arctan2(along[:, 0], -along[:, 1])
        turn = np.zeros((len(flat), 3, 3))
        turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
        turn[:, 0, 1] = np.sin(angle)
        turn[:, 1, 0] = -turn[:, 0, 1]
        turn[:, 2, 2] = 1
        upright = np.einsum("tab,tpb->tpa", turn, deep)
        shown = np.einsum("tab,tpb->tpa", turn[:, :2, :2], flat)
        features = [_of_size_one(upright), _of_size_one(shown)]
        base = upright / np.maximum(palms(upright), _LEAST)[:, None, None]
        return cls(turn, base, np.concatenate(features, axis=1), flat)


def palms(xyz: Floats) -> F64:
    """Mean distances (t,) of the knuckles of hands (t, 21, 3) from the wrist."""
    return np.linalg.norm(xyz[:, list(KNUCKLES)] - xyz[:, :1], axis=-1).mean(1)


def _of_size_one(points: Floats) -> F64:
    """Points (t, n, k) as rows (t, n k) of length one."""
    rows = points.reshape(len(points), -1)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _LEAST)


def load_hand_reader(path: Path = HAND_READER) -> HandReader:
    """Read the weights; they are kept in memory. Raises ModelError in one sentence for any other
    file than the one that belongs to this version."""
    return _load(Path(path))


@lru_cache(maxsize=1)
def _load(path: Path) -> HandReader:
    return load_weights(path, HandReader, "hand reader", SHA256)
