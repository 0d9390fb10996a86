"""Zero-phase smoothing of signals with weights; no lag, strikes keep their amplitude."""

from __future__ import annotations

from typing import Any, Final, TypeAlias, cast

import numpy as np

from ..data.arrays import F64, Floats

_PREFERENCE: Final = 4
"""How clearly better sources are preferred: shares go with this power of their worth."""


_FEW: Final = 8
"""Columns up to which they are smoothed one by one."""


def eased(share: Floats) -> Floats:
    """A soft change from 0 to 1 over [0, 1], flat outside."""
    u = np.clip(share, 0, 1)
    return u * u * (3 - 2 * u)


def blur(values: Floats, sigma: float) -> F64:
    """Gaussian blur of (t,) along time, ends held; ``sigma`` in frames."""
    reach = max(int(3 * sigma), 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    padded = np.pad(np.asarray(values, np.float64), reach, mode="edge")
    return cast(F64, np.convolve(padded, kernel / kernel.sum(), mode="valid"))


def interpolate_columns(at: Floats, known_at: Floats, values: Floats) -> F64:
    """(m, k) at the increasing places ``at`` (m,): ``values`` (n, k) joined by straight lines.

    ``known_at`` (n,), increasing, is where the values lie; n is at least 1. Ends are held.
    """
    columns = [cast(F64, np.interp(at, known_at, column)) for column in values.T]
    return np.stack(columns, axis=-1)


def smooth_weighted(values: Floats, weight: Floats, strength: Floats | float) -> F64:
    """Minimise sum w (x - v)^2 + s |second difference of x|^2 over time (Whittaker, 1923).

    ``values`` (t, k), ``weight`` (t, k) >= 0, ``strength`` a number or (k,). Where weights are zero
    the curve is the smoothest through its neighbours. Pentadiagonal Cholesky, all columns at once.
    """
    t, k = values.shape
    strength = np.broadcast_to(np.asarray(strength, float), (k,))
    d = weight + 1e-9 * np.maximum(strength, 1.0)
    e, f = np.zeros((t, k)), np.zeros((t, k))
    if t >= 3:
        d[:-2] += strength
        d[1:-1] += 4 * strength
        d[2:] += strength
        e[1 : t - 1] -= 2 * strength
        e[2:] -= 2 * strength
        f[2:] += strength
    y = weight * values
    is_alike = bool((d == d[:, :1]).all() and (strength == strength[0]).all())
    if k > _FEW and not is_alike:
        return np.array(_substituted(_factor(list(d), list(e), list(f)), list(y)))
    # Python's own numbers, one by one, are far faster than rows of few.
    factor = _factor(*(band[:, 0].tolist() for band in (d, e, f)))
    if k > _FEW:
        return np.array(_substituted(factor, list(y)))
    out = np.empty((t, k))
    for j in range(k):
        if j and not is_alike:
            factor = _factor(*(band[:, j].tolist() for band in (d, e, f)))
        out[:, j] = _substituted(factor, y[:, j].tolist())
    return out


_Bands: TypeAlias = tuple[list[Any], list[Any], list[Any], list[Any], list[Any]]


def _factor(d: list[Any], e: list[Any], f: list[Any]) -> _Bands:
    """L D L' of a diagonal and couplings with one and two frames before, each a number or a row a
    frame: the shares of one and two frames before, D, and the couplings with frames to come."""
    one, two = [0.0] * len(d), [0.0] * len(d)
    for i in range(1, len(d)):
        if i > 1:
            two[i] = f[i] / d[i - 2]
            e[i] = e[i] - two[i] * e[i - 1]
            d[i] = d[i] - two[i] * f[i]
        one[i] = e[i] / d[i - 1]
        d[i] = d[i] - one[i] * e[i]
    return one, two, d, e, f


def _substituted(factor: _Bands, y: list[Any]) -> list[Any]:
    """The solution for ``y``, a number or a row a frame, which is overwritten."""
    one, two, d, e, f = factor
    t = len(y)
    for i in range(1, t):
        here = y[i]
        if i > 1:
            here = here - two[i] * y[i - 2]
        y[i] = here - one[i] * y[i - 1]
    y[-1] = y[-1] / d[-1]
    for i in range(t - 2, -1, -1):
        back = y[i] - e[i + 1] * y[i + 1]
        if i + 2 < t:
            back = back - f[i + 2] * y[i + 2]
        y[i] = back / d[i]
    return y


def strength_for_cutoff(cutoff_hz: float, fps: float) -> float:
    """The ``strength`` of ``smooth_weighted`` that halves a wave of ``cutoff_hz``, unit weights."""
    omega = 2 * np.pi * min(cutoff_hz / fps, 0.5)
    return float(1 / (2 * np.sin(omega / 2)) ** 4)


def shares_by_worth(worth: Floats, sigma: float) -> F64:
    """Shares (n, t, ...) of n sources that are worth ``worth`` (n, t, ...), the best ones clearly
    preferred and none taking over at once: over about ``sigma`` frames."""
    flat = np.moveaxis(worth, 1, -1)
    each = [blur(one, max(sigma, 0.5)) for one in flat.reshape(-1, flat.shape[-1])]
    calm = np.moveaxis(np.stack(each).reshape(flat.shape), -1, 1)
    share = (calm + 1e-6) ** _PREFERENCE
    return np.asarray(share / share.sum(0), np.float64)
