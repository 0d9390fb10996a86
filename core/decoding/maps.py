"""What the decoders of maps share: shapes, probabilities, peaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..data.arrays import F32, Bools, Floats, check_fields, of_shape
from ..data.errors import ModelError


def output(outputs: Mapping[str, Floats], role: str, source: str) -> Floats:
    """The output that plays ``role``. Raises ModelError when ``source`` has none."""
    if role not in outputs:
        has = ", ".join(outputs) or "none"
        raise ModelError(f"{source} gives no '{role}'; its outputs are {has}.")
    return outputs[role]


def as_maps(array: Floats, channels: int, role: str, source: str) -> F32:
    """One picture's maps as (channels, h, w), whichever axis the network puts them on.

    Values that aren't finite become minus infinity, which is no evidence as a logit and as a
    probability, and no place. Raises ModelError for any other shape.
    """
    maps = np.asarray(array)
    if maps.ndim == 4 and maps.shape[0] == 1:
        maps = maps[0]
    if maps.ndim == 2 and channels == 1:
        maps = maps[None]
    if maps.ndim == 3 and maps.shape[0] != channels and maps.shape[2] == channels:
        maps = np.moveaxis(maps, 2, 0)
    if maps.ndim != 3 or maps.shape[0] != channels or 0 in maps.shape:
        raise ModelError(
            f"{source} gives '{role}' of shape {np.shape(array)} where {channels} "
            f"map{'s' * (channels > 1)} of one picture were expected."
        )
    maps = maps.astype(np.float32)
    return np.where(np.isfinite(maps), maps, np.float32(-np.inf))


def as_probability(maps: F32, has_sigmoid: bool | None = None) -> F32:
    """Maps in [0, 1]; logits are told by values outside of it unless ``has_sigmoid`` says."""
    known = maps[np.isfinite(maps)]
    if has_sigmoid is None:
        # Some exports round a little past the ends.
        has_sigmoid = not len(known) or bool(known.min() >= -1e-3 and known.max() <= 1 + 1e-3)
    if has_sigmoid:
        return np.clip(np.where(maps == -np.inf, 0, maps), 0, 1).astype(np.float32)
    return (0.5 * (np.tanh(0.5 * maps) + 1)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The highest local maxima of one map: ``score`` (n,), ``row`` and ``col`` (n,)."""

    score: F32 = field(metadata=of_shape("n", has_gaps=True))
    row: np.ndarray = field(metadata=of_shape("n"))
    col: np.ndarray = field(metadata=of_shape("n"))

    def __post_init__(self) -> None:
        check_fields(self)


def find_peaks(one: F32, most: int, min_score: float) -> Peaks:
    """Cells (h, w) that are the largest of their 3 x 3 neighbours, the highest first."""
    is_peak = (one >= _neighbours(one)) & (one > min_score)
    row, col = np.nonzero(is_peak)
    score = one[row, col]
    order = np.argsort(-score, kind="stable")[:most]
    return Peaks(score[order], row[order], col[order])


def _neighbours(one: F32) -> F32:
    padded = np.pad(one, 1, constant_values=-np.inf)
    wide = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return np.maximum(np.maximum(wide[:-2], wide[1:-1]), wide[2:])


def finite_rows(*columns: Floats) -> Bools:
    """Which rows (n,) hold numbers only in every one of ``columns`` (n, ...)."""
    return np.all([np.isfinite(c).all(tuple(range(1, c.ndim))) for c in columns], axis=0)
