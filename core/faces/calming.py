"""Landmarks of a face without their trembling, before a face is read from them.

A reader of shapes takes noise for shapes that open and close, never for less than none: lids of
noisy landmarks would hang half closed and flutter. So landmarks are averaged over time first, in
the face's own axes, over as many frames as their white noise asks for.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..data.arrays import F64, I32, Floats
from ..data.faces.ibug import CONTOUR
from ..geometry.smoothing import blur

Complexes: TypeAlias = npt.NDArray[np.complex128]
"""Points of a picture, x + i y, and how they are turned and sized."""
_FRAMES: Final = 50.0
"""Frames of the blur for noise as large as the face is tall: half a frame at 1 %. More takes blinks
for noise, less leaves lids flutter (docs/notebook/faces.md)."""
_LEAST_FRAMES: Final = 0.3  # of a blur that is worth while; by hand
_SHORTEST: Final = 5  # frames of a stretch whose noise can be told
_ROUNDS: Final = 3  # of finding the mean face; more change nothing
_LEAST: Final = 1e-9
"""Keeps what is divided by off zero."""


def calmed(xy: Floats, weight: Floats, frames: I32) -> F64:
    """Landmarks ``xy`` (t, 68, 2) that count ``weight`` (t, 68), in ``frames`` (t,), averaged over
    time as long as their noise asks for."""
    out = np.asarray(xy, np.float64).copy()
    breaks = np.flatnonzero(np.diff(frames) > 1) + 1
    for a, b in pairwise((0, *breaks.tolist(), len(frames))):
        if b - a >= _SHORTEST:
            out[a:b] = _calmed(out[a:b], np.asarray(weight[a:b], np.float64))
    return out


def _calmed(xy: F64, weight: F64) -> F64:
    share = weight[:, CONTOUR:] / np.maximum(weight[:, CONTOUR:].sum(1, keepdims=True), _LEAST)
    middle = np.einsum("tna,tn->ta", xy[:, CONTOUR:], share)[:, None]
    about = (xy - middle) @ np.array([1.0, 1.0j])
    turn = _turns(about, share)
    own = about / turn[:, None]
    height = float(np.ptp(np.median(own[:, CONTOUR:].imag, axis=0)))
    spread = _FRAMES * _noise(own[:, CONTOUR:]) / max(height, _LEAST)
    if spread < _LEAST_FRAMES:
        return xy
    told = np.maximum(_blurred(weight, spread), _LEAST)
    calm = (_blurred(own.real * weight, spread) + 1j * _blurred(own.imag * weight, spread)) / told
    moved = np.where(weight > 0, calm, own) * turn[:, None]
    return np.stack([moved.real, moved.imag], axis=-1) + middle


def _turns(about: Complexes, share: F64) -> Complexes:
    """How faces (t, 68), complex numbers about their middle, are turned and sized against their
    mean face: (t,) complex numbers, of mean size 1."""
    inner = about[:, CONTOUR:]
    turn: Complexes = np.ones(len(about), np.complex128)
    for _ in range(_ROUNDS):
        mean = ((inner / turn[:, None]) * share).sum(0) / np.maximum(share.sum(0), _LEAST)
        size = (share * np.abs(mean) ** 2).sum(1)
        turn = (share * inner * np.conj(mean)).sum(1) / np.maximum(size, _LEAST)
        turn = np.where(np.abs(turn) > _LEAST, turn, 1.0)
        turn = np.asarray(turn / max(float(np.abs(turn).mean()), _LEAST), np.complex128)
    return turn


def _noise(own: Complexes) -> float:
    """White noise of landmarks (t, n) over time, by fourth differences."""
    fourth = np.diff(np.stack([own.real, own.imag]), n=4, axis=1)
    return float(1.4826 * np.median(np.abs(fourth)) / np.sqrt(70.0))


def _blurred(values: Floats, spread: float) -> F64:
    return np.stack([blur(column, spread) for column in values.T], axis=-1)
