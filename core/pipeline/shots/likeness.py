"""Whether two pictures show one place: what a camera's or a body's motion moved is found again.

Blocks of the one are looked for in the other, wherever a third of a second of ordinary motion can
have taken them. Colours and brightness may be alike in two places, as in two rooms of one house.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ...data.arrays import F32, U8

_ROWS: Final = 54
"""Of cells in the small picture that is compared; by hand."""
_COLUMNS: Final = 96
"""Of the same; by hand."""
_SAMPLES: Final = 4
"""Pixels along each side of a cell that are averaged: fine texture doesn't matter; by hand."""
_BLOCK: Final = 12
"""Cells along the side of a block, and how far it is looked for; by hand."""
_PLAIN: Final = 3.0
"""Standard deviation, in grey levels, below which a block shows nothing to be found; by hand."""
_FEWEST: Final = 6
"""Blocks that show something, for the pictures to be compared at all; by hand."""
_ALIKE: Final = 0.66
"""Median correlation from which blocks are found again: at least 0.71 in 200 pairs of frames that
lie up to a tenth of a second apart before carried cameras, at most 0.61 in nine of ten cuts."""
_FOUND: Final = 0.6  # correlation; by hand
_TOGETHER: Final = 2
"""Cells within which blocks have moved alike; by hand."""


def are_of_one_place(before: U8, after: U8) -> bool:
    """Whether two pictures (h, w, 3) of one clip may show one place; True too where one shows too
    little to tell."""
    found = _found(miniature(before), miniature(after))
    return len(found) < _FEWEST or float(np.median(found[:, 2])) >= _ALIKE


def agreement(before: F32, after: F32) -> float | None:
    """Share of the blocks of one ``miniature`` that are found in another, all moved alike; None
    where one shows too little to tell.

    A block of another place is found somewhere too, by chance, but each elsewhere.
    """
    found = _found(before, after)
    return None if len(found) < _FEWEST else _together(found)[0]


def moved_together(before: F32, after: F32) -> tuple[float, float]:
    """``agreement``, and by how many cells those blocks have moved; 0 where nothing tells."""
    found = _found(before, after)
    return (0.0, 0.0) if len(found) < _FEWEST else _together(found)


def _together(found: F32) -> tuple[float, float]:
    """The largest share of blocks, as ``_found`` tells of them, that moved alike, and how far."""
    moved, is_found = found[:, :2] - _BLOCK, found[:, 2] >= _FOUND
    apart = np.abs(moved[:, None] - moved[None]).max(axis=-1)
    alike = (apart <= _TOGETHER) & is_found
    best = alike[int(alike.mean(axis=1).argmax())]
    way = np.median(moved[best], axis=0) if best.any() else np.zeros(2)
    return float(best.mean()), float(np.linalg.norm(way))


def _found(before: F32, after: F32) -> F32:
    """(n, 3) for every block of ``after`` that shows something: the rows and columns by which it
    has moved since ``before``, and how well it correlates there."""
    found: list[tuple[float, float, float]] = []
    padded = np.pad(before, _BLOCK, mode="edge")
    for row in range(0, _ROWS - _BLOCK + 1, _BLOCK):
        for column in range(0, _COLUMNS - _BLOCK + 1, _BLOCK):
            block = after[row : row + _BLOCK, column : column + _BLOCK]
            if block.std() < _PLAIN:
                continue
            around = padded[row : row + 3 * _BLOCK, column : column + 3 * _BLOCK]
            found.append(_best(around, block))
    return np.asarray(found, np.float32).reshape(-1, 3)


def _best(around: F32, block: F32) -> tuple[float, float, float]:
    """Where in ``around`` a ``block`` (b, b) correlates most, in rows and columns, and how well."""
    parts = sliding_window_view(around, block.shape)
    spread = np.maximum(parts.std(axis=(2, 3)), 1.0)
    unit = (block - block.mean()) / (block.std() * block.size)
    correlation = np.einsum("ijkl,kl->ij", parts, unit) / spread
    row, column = np.unravel_index(int(correlation.argmax()), correlation.shape)
    return float(row), float(column), float(correlation[row, column])


def miniature(bgr: U8) -> F32:
    """The green of a picture (h, w, 3) in ``_ROWS`` by ``_COLUMNS`` cells."""
    height, width = map(int, bgr.shape[:2])
    rows = np.linspace(0, height - 1, _SAMPLES * _ROWS).astype(int)
    columns = np.linspace(0, width - 1, _SAMPLES * _COLUMNS).astype(int)
    green = bgr[rows, :, 1][:, columns].reshape(_ROWS, _SAMPLES, _COLUMNS, _SAMPLES)
    return green.mean(axis=(1, 3), dtype=np.float32)
