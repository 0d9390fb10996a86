"""What a picture looks like, sampled: whether two show one scene, perhaps in another light."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from ...data.arrays import F32, I64, U8, check_fields, of_shape
from ...data.profiling.stages import staged

_GRID: Final = (18, 32)  # rows and columns of pixels compared; by hand
_BINS: Final = 4  # of each colour channel; by hand
_PLACES: Final = np.array([_BINS**2, _BINS, 1], np.uint8)
"""What the bins of the three channels are worth in the number of a colour."""
_LAYOUT: Final = 28.0
"""Mean change of a sampled pixel, of 255."""
_COLOURS: Final = 0.30
"""Share of the colour histogram that moved."""
_DARK: Final = 4.0  # grey levels of 255; by hand
_BURNT: Final = 251.0  # grey levels of 255; by hand
_WHITE: Final = 0.97
"""Share of pixels burnt out in two colours from which on a picture shows nothing; by hand."""
_MOSTLY: Final = 0.5
"""Share of pixels burnt out from which on these tell what a flash is; by hand."""
_TELLING: Final = 0.15
"""Share of the sampled pixels that must tell whether only the light has changed; by hand."""
_CONTRAST: Final = 3.0  # standard deviation in grey levels; by hand
_ALIKE: Final = 0.95
"""Correlation of one picture in two lights; other footage reaches 0.44."""
_LEFT: Final = 12
"""Fewer sampled pixels that a flash left, or that it burnt out, tell nothing; by hand."""
_SORTED: Final = 0.95
"""How well what was there tells which pixels a flash burnt out (0.5 = not at all); other footage
reaches 0.9."""
_EDGE: Final = 24.0  # grey levels of 255 between neighbouring samples; by hand
_MOST_EDGES: Final = 6
"""A picture with no more edges shows nothing; real footage has 138 and more."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """Sampled pixels in BGR, the shares of their colours, and whether nothing can be seen."""

    layout: F32 = field(metadata=of_shape(None, 3))
    colours: F32 = field(metadata=of_shape(_BINS**3))
    is_blank: bool

    def __post_init__(self) -> None:
        check_fields(self)


@staged("shot cuts")
def look_of(bgr: U8) -> Look:
    """The look of a picture (h, w, 3)."""
    layout = bgr[_sampled(*bgr.shape[:2])].reshape(-1, 3)
    flat = (layout // (256 // _BINS)) @ _PLACES
    colours = np.bincount(flat, minlength=_BINS**3) / len(flat)
    levels = layout.astype(np.float32)
    return Look(levels, colours.astype(np.float32), _is_blank(levels.reshape(*_GRID, 3)))


@lru_cache(maxsize=4)
def _sampled(height: int, width: int) -> tuple[I64, I64]:
    """The rows (r, 1) and columns (c,) of a picture that are compared."""
    rows = np.linspace(0, height - 1, _GRID[0]).astype(np.int64)
    return rows[:, None], np.linspace(0, width - 1, _GRID[1]).astype(np.int64)


def _is_blank(levels: F32) -> bool:
    """Whether a picture (rows, columns, 3) has next to no edges, or is burnt out nearly all over:
    no person can be seen in it."""
    if np.sort((levels >= _BURNT).mean(axis=(0, 1)))[1] >= _WHITE:
        return True
    edges = sum(
        int((np.abs(np.diff(levels, axis=axis)).max(axis=-1) > _EDGE).sum()) for axis in (0, 1)
    )
    return edges <= _MOST_EDGES


def change(a: Look, b: Look) -> float:
    """Mean change of a sampled pixel in grey levels."""
    return float(np.abs(a.layout - b.layout).mean())


def differ(a: Look, b: Look) -> bool:
    """Whether layout and colours differ as those of two scenes do, and not by their light alone."""
    if change(a, b) < _LAYOUT:
        return False
    if float(np.abs(a.colours - b.colours).sum()) / 2 <= _COLOURS:
        return False
    return not is_relit(a.layout, b.layout)


def is_relit(a: F32, b: F32) -> bool:
    """Whether both show the same in another light: a lamp, a flash that fades, a new exposure."""
    alike = _correlation(a, b)
    if alike is not None and alike > _ALIKE:
        return True
    dark, lit = sorted((a, b), key=lambda layout: float(layout.mean()))
    # The few pixels that a flash didn't burn out are near white and tell badly.
    is_told = alike is not None and float((lit >= _BURNT).mean()) < _MOSTLY
    return not is_told and _is_burnt_out(dark, lit)


def _correlation(a: F32, b: F32) -> float | None:
    """How well the levels of each colour agree but for a factor and an offset, of the worst colour;
    None where too few pixels neither burn out nor sink into black."""
    alike: list[float] = []
    for x, y in zip(a.T, b.T, strict=True):
        tells = (np.minimum(x, y) > _DARK) & (np.maximum(x, y) < _BURNT)
        if tells.mean() < _TELLING or min(x[tells].std(), y[tells].std()) < _CONTRAST:
            continue
        alike.append(float(np.corrcoef(x[tells], y[tells])[0, 1]))
    return min(alike) if len(alike) > 1 else None


def _is_burnt_out(dark: F32, lit: F32) -> bool:
    """Whether ``lit`` (n, 3) is ``dark`` in a flash that left few pixels: the darkest ones."""
    told: list[float] = []
    for x, y in zip(dark.T, lit.T, strict=True):
        burnt = y >= _BURNT
        count = int(burnt.sum())
        if not _LEFT <= count <= len(y) - _LEFT:
            continue
        _, which, shares = np.unique(x, return_inverse=True, return_counts=True)
        ranks = (np.cumsum(shares) - (shares - 1) / 2)[which]
        above = float(ranks[burnt].sum()) - count * (count + 1) / 2
        told.append(above / (count * (len(y) - count)))
    return len(told) > 1 and min(told) > _SORTED
