"""Scale and shift of relative inverse depth: 1/z = alpha d + beta, per frame.

Fitted robustly to depths that are roughly known, those of solved people and of the floor. What one
frame's map says in another scale than the next is removed first, by the standing background; then
one slowly changing scale is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, cast

import numpy as np

from ..data.arrays import F64, Floats, check_fields, of_shape
from ..geometry.smoothing import blur

_ROUNDS: Final = 12  # of reweighting; by hand
_CUTOFF: Final = 2.5
"""Residuals of this many standard deviations have lost half their say."""
_TINY: Final = 1e-9  # keeps divisions finite
_LEAST_CELLS: Final = 12  # of the floor that tell a scale; by hand
_LEAST_SAMPLES: Final = 6  # in a frame that tell a scale; by hand
_MOST_PAIRED: Final = 32  # samples in repeated medians, which grow squared
_MOST_STARTS: Final = 200  # frames with a start of their own, bounds time
_STEADYING_ROUNDS: Final = 2  # of leaving strange frames out; by hand
_LEAST_STEADIED: Final = 0.5  # share of frames that must remain; by hand
_STRANGE, _STRANGE_SHARE = 4.0, 0.03
"""A frame's map fits the others' this many times worse than usual, or by this of their range."""


@dataclass(frozen=True, slots=True, eq=False)
class Affine:
    """``gain`` (t,) and ``shift`` (t,) of a map per frame; NaN where nothing could be fitted."""

    gain: F64 = field(metadata=of_shape("t", has_gaps=True))
    shift: F64 = field(metadata=of_shape("t", has_gaps=True))

    def __post_init__(self) -> None:
        check_fields(self)

    def apply(self, values: Floats) -> F64:
        """``gain * values + shift`` for values (t, ...)."""
        ones = (1,) * (values.ndim - 1)
        return self.gain.reshape(-1, *ones) * values + self.shift.reshape(-1, *ones)

    def after(self, first: Affine) -> Affine:
        """Applying ``first`` and then this, in one."""
        return Affine(self.gain * first.gain, self.gain * first.shift + self.shift)


def fit_scale(
    d: Floats, w: Floats, sigma: Floats, group: Floats, blur_frames: float = 0.0
) -> tuple[Affine, F64]:
    """Fit w = gain d + shift for every frame, and how well it explains the first group.

    ``d`` (t, m) relative inverse depths, ``w`` (t, m) known inverse depths, ``sigma`` (t, m) how
    well they are known (infinite = not at all). ``group`` (m,): columns of group 0 tell gain and
    shift; those of group 1 the gain alone, having a shift of their own. Frames within
    ``blur_frames`` share what they know. Residuals beyond the others' spread lose their say (Geman
    and McClure 1985), from a start by repeated medians, so that a good third of the samples may be
    anything. Returns (affine, spread (t,) of group 0's residuals in units of w);
    NaN where there are fewer than six samples, no variety, or nearer things look farther.
    """
    known = np.isfinite(d) & np.isfinite(w) & np.isfinite(sigma)
    d, w = np.where(known, d, 0.0), np.where(known, w, 0.0)
    base = np.where(known, 1 / np.where(known, sigma, 1.0) ** 2, 0.0)
    main = np.asarray(group) == 0
    center, unit = _unit_of(d, known)
    if blur_frames > 0 and len(d):  # frames that are summed need one origin
        center, unit = np.full_like(center, np.median(center)), np.full_like(unit, np.median(unit))
    x = (d - center[:, None]) / np.where(unit > 0, unit, 1.0)[:, None]
    gain, shifts = _start(x, w, known, main, blur_frames)
    spread = np.zeros(len(d))
    for _ in range(_ROUNDS):
        r = _residual(x, w, gain, shifts, main)
        spread = _spread(r, known, main, blur_frames)
        weight = base * (1 / (1 + (r / (_CUTOFF * spread[:, None] + _TINY)) ** 2)) ** 2
        gain, shifts = _solve(x, w, weight, main, blur_frames)
    enough = _blurred((known & main).sum(1).astype(float), blur_frames) >= _LEAST_SAMPLES
    good = enough & (gain > 0) & (unit > 0)
    gain = np.where(good, gain / np.where(unit > 0, unit, 1.0), np.nan)
    shift = np.where(good, shifts[0] - gain * center, np.nan)
    return Affine(gain, shift), np.where(good, spread, np.nan)


def steadied(grid: Floats) -> Affine:
    """What brings every frame's map to one common scale, by the standing part of the picture.

    ``grid`` (t, rows, columns) of relative depths. Robust, so people walking through don't matter;
    the identity where too little of the picture is known.
    """
    t = len(grid)
    cells = np.asarray(grid, np.float64).reshape(t, -1)
    same = Affine(np.ones(t), np.zeros(t))
    rows = np.all(np.isfinite(cells), axis=1)
    seen = int(rows.sum())
    if rows.any():
        low, mid, high = np.percentile(cells[rows], [10, 50, 90], axis=1)
        rows[rows] = high > low
    if not rows.any() or cells.shape[1] < _LEAST_CELLS:
        return same
    low, mid, high = np.percentile(cells[rows], [10, 50, 90], axis=1)
    brought = np.full(cells.shape, np.nan)
    brought[rows] = (cells[rows] - mid[:, None]) / (high - low)[:, None]
    fitted = same
    for _ in range(_STEADYING_ROUNDS):
        usual = np.broadcast_to(np.median(brought[rows], axis=0), cells.shape)
        fitted, spread = fit_scale(cells, usual, np.ones_like(cells), np.zeros(cells.shape[1]))
        # A map that is not the others' scene, however it is scaled, tells nothing.
        most = max(_STRANGE * float(np.nanmedian(spread)), _STRANGE_SHARE)
        rows = rows & (np.nan_to_num(spread, nan=np.inf) <= most)
        if not np.isfinite(most) or rows.sum() < _LEAST_STEADIED * seen:
            return same
        brought = fitted.apply(cells)
    # The common scale is that of the median frame, so that numbers stay what they were.
    size, level = np.median(fitted.gain[rows]), np.median(fitted.shift[rows])
    gain = np.where(rows, fitted.gain / size, np.nan)
    return Affine(gain, (fitted.shift - level) / size)


def likeness(grid: Floats, floor: Floats) -> float:
    """How alike maps (t, m) are to a floor's inverse depths (m,): the median frame's correlation.

    NaN where no frame tells twelve cells of it. Of ranks, so that single cells may be anything.
    """
    found: list[float] = []
    for row in grid:
        known = np.isfinite(row) & np.isfinite(floor)
        if known.sum() >= _LEAST_CELLS and np.ptp(row[known]) > 0 and np.ptp(floor[known]) > 0:
            seen, true = (one[known].argsort().argsort() for one in (row, floor))
            found.append(float(np.corrcoef(seen, true)[0, 1]))
    return float(np.median(found)) if found else np.nan


def _unit_of(d: Floats, known: Floats) -> tuple[F64, F64]:
    """Middle and width (t,) of the known values of every frame, by quartiles."""
    values = np.where(known, d, np.nan)
    center, unit = np.zeros(len(d)), np.zeros(len(d))
    rows = known.any(1)
    if rows.any():
        low, middle, high = np.nanpercentile(values[rows], [20, 50, 80], axis=1)
        center[rows], unit[rows] = middle, high - low
    usual = np.median(unit[unit > 0]) if (unit > 0).any() else 0.0
    return center, np.where(unit > 0, unit, usual)


def _start(
    x: Floats, w: Floats, known: Floats, main: Floats, blur_frames: float
) -> tuple[F64, F64]:
    """Repeated medians (Siegel 1982): half of the samples may be anything."""
    slopes = np.full(len(x), np.nan)
    shifts = np.zeros((2, len(x)))
    # Where frames share a scale, some of them tell where to start.
    step = 1 if blur_frames <= 0 else -(-len(x) // _MOST_STARTS)
    asked = np.arange(len(x)) % step == 0
    for columns in (main, ~main):
        for i in np.flatnonzero(asked & ~(slopes > 0)):
            rows = np.flatnonzero(known[i] & columns)
            if len(rows) >= _LEAST_SAMPLES:
                slopes[i] = _repeated_median(x[i, rows], w[i, rows])
    usual = float(np.nanmedian(slopes)) if np.isfinite(slopes).any() else 1.0
    gain = np.where(np.isfinite(slopes) & (blur_frames <= 0), slopes, usual)
    rest = np.where(known, w - gain[:, None] * x, np.nan)
    for g, columns in enumerate((main, ~main)):
        rows = known[:, columns].any(1)
        if rows.any():
            shifts[g, rows] = np.nanmedian(rest[rows][:, columns], axis=1)
    return gain, shifts


def _repeated_median(x: Floats, w: Floats) -> float:
    step = -(-len(x) // _MOST_PAIRED)
    x, w = x[::step], w[::step]
    dx, dw = x[:, None] - x, w[:, None] - w
    slope = np.where(dx == 0, np.nan, dw / np.where(dx == 0, 1.0, dx))
    rows = np.isfinite(slope).any(1)
    return float(np.median(np.nanmedian(slope[rows], axis=1))) if rows.any() else np.nan


def _residual(x: Floats, w: Floats, gain: Floats, shifts: Floats, main: Floats) -> F64:
    own = cast(F64, np.where(main[None], shifts[0][:, None], shifts[1][:, None]))
    return gain[:, None] * x + own - w


def _spread(r: Floats, known: Floats, main: Floats, blur_frames: float) -> F64:
    """Standard deviation (t,) of group 0's residuals by their median, over near frames."""
    own = np.where(known & main[None], np.abs(r), np.nan)
    out = np.full(len(r), np.nan)
    rows = np.isfinite(own).any(1)
    if rows.any():
        out[rows] = 1.4826 * np.nanmedian(own[rows], axis=1)
        usual = float(np.median(out[rows]))
        out = np.where(rows, out, usual)
    return _blurred(np.nan_to_num(out), blur_frames)


def _solve(
    x: Floats, w: Floats, weight: Floats, main: Floats, blur_frames: float
) -> tuple[F64, F64]:
    """Gain (t,) and both groups' shifts (2, t) by weighted least squares over near frames."""
    top, bottom, scale = (np.zeros(len(x)) for _ in range(3))
    means: list[tuple[F64, F64]] = []
    for columns in (main, ~main):
        v, a, b = weight[:, columns], x[:, columns], w[:, columns]
        sums = (
            v.sum(1),
            np.einsum("tm,tm->t", v, a),
            np.einsum("tm,tm->t", v, b),
            np.einsum("tm,tm,tm->t", v, a, a),
            np.einsum("tm,tm,tm->t", v, a, b),
        )
        s, sx, sw, sxx, sxw = (_blurred(one, blur_frames) for one in sums)
        safe = np.where(s > 0, s, 1.0)
        # Each group's own shift leaves its centred slope.
        top += sxw - sx * sw / safe
        bottom += sxx - sx * sx / safe
        scale += sxx
        means.append((sx / safe, sw / safe))
    gain = np.where(bottom > 1e-12 * np.maximum(scale, _TINY), top / np.maximum(bottom, 1e-300), 0)
    return gain, np.stack([mean_w - gain * mean_x for mean_x, mean_w in means])


def _blurred(values: Floats, blur_frames: float) -> F64:
    return blur(values, blur_frames) if blur_frames > 0 and len(values) > 1 else values
