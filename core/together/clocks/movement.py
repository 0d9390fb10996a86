"""How far two clips' clocks differ, and who is who, from how bodies move up and down.

How high joints are over the hips, along each view's own up, and how fast the hips rise, look the
same from everywhere. Of every pair of people their correlation is taken at all shifts at once, by
fast Fourier transforms, each overlap about its own mean; one shift holds for everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, Floats, check_fields, of_shape
from ...geometry.assignment import assign
from ...geometry.inbetween import straight_through
from ...geometry.smoothing import blur
from ..sightings import HIPS, LIMBS, Sighting, Viewpoint

_HZ: Final = 60.0
"""Samples a second of the signals; the parabola through the best one's neighbours is finer."""
_BLUR_S: Final = 0.03
"""Seconds over which signals are averaged: landmarks tremble; by hand."""
_LEAST_OVERLAP_S: Final = 0.7
"""Seconds for which two clips must show somebody at once; by hand."""
_LIVELY_MPS: Final = 0.15
"""Mean speed of joints from which somebody's correlation counts in full: who stands still tells
nothing; by hand."""
LEAST_PAIR: Final = 0.45
"""Correlation of two people under which they aren't one; strangers reach -0.2 to 0.1 beside true
pairs of 0.57 to 0.97."""
_COLOURS: Final = 0.15
"""How much alike clothes count beside correlation: lenses and light change colours; by hand."""
_APART_S: Final = 0.15
"""Shifts nearer to each other than this are one; by hand."""
_HEARD: Final = (0.5, 0.06)
"""How much more a shift counts that the sounds tell too, and the seconds within which they do:
sound takes time to come, and phones lay it beside their pictures by 40 ms at most. Movement that
says something else is followed all the same. By hand."""
_CANDIDATES: Final = 24
"""Shifts at which everybody is paired in earnest, of those that look best; bounds time."""


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One way in which clip b may belong to clip a: b's clock shows ``shift_s`` more.

    ``pairs`` of people (in a, in b) with the ``correlation`` (n,) of each; ``score`` compares ways.
    ``overlap_s`` seconds in which both clips show somebody.
    """

    shift_s: float
    pairs: tuple[tuple[int, int], ...]
    correlation: F64 = field(metadata=of_shape("n"))
    score: float
    overlap_s: float

    def __post_init__(self) -> None:
        check_fields(self, n=len(self.pairs))


@dataclass(frozen=True, slots=True, eq=False)
class _Signal:
    """``heights`` (n, 17) over the hips in metres, ``speeds`` (n, 18) of them and of the hips, m/s,
    and how surely each was seen, ``weight`` (n,), every 1 / _HZ seconds from ``start_s`` on."""

    start_s: float
    heights: F64 = field(metadata=of_shape("n", None))
    speeds: F64 = field(metadata=of_shape("n", None))
    weight: F64 = field(metadata=of_shape("n"))
    liveliness: float
    colours: F32 | None = field(metadata=of_shape(None))

    def __post_init__(self) -> None:
        check_fields(self)


def _signal_of(one: Sighting, up: Floats, fps: float) -> _Signal:
    height = one.X @ up
    hips = height[:, HIPS].mean(1)
    columns = np.concatenate([np.delete(height - hips[:, None], HIPS, 1), hips[:, None]], axis=1)
    width = max(_BLUR_S * fps, 0.5)
    smooth = np.stack([blur(column, width) for column in columns.T], axis=-1)
    grid = np.arange(one.time_s[0], one.time_s[-1] + 1e-9, 1 / _HZ, dtype=np.float64)
    values = straight_through(one.time_s, smooth, grid)
    speeds = np.gradient(values, axis=0) * _HZ if len(grid) > 1 else np.zeros_like(values)
    sure = straight_through(one.time_s, np.clip(one.score[:, LIMBS].mean(1), 0, 1), grid)
    lively = float((np.abs(speeds).mean(1) * sure).sum() / (sure.sum() + 1e-9))
    return _Signal(float(one.time_s[0]), values[:, :-1], speeds, sure, lively, one.colours)


def find_links(
    a: Viewpoint,
    b: Viewpoint,
    given_shift_s: float | None = None,
    heard_shift_s: float | None = None,
) -> list[Link]:
    """Ways in which clip ``b`` may belong to ``a``, the likeliest first; none where the clips never
    show people at once. A ``given_shift_s`` is kept, and only who is who is sought; the shift that
    sounds tell, ``heard_shift_s``, counts for more than others."""
    own = [_signal_of(one, a.up, a.fps) for one in a.people]
    theirs = [_signal_of(one, b.up, b.fps) for one in b.people]
    shifts = _shifts(own, theirs, given_shift_s)
    if not len(shifts):
        return []
    curves = np.stack([[_curve(p, q, shifts) for q in theirs] for p in own])
    correlation, overlap_s = curves[:, :, 0], curves[:, :, 1]
    votes = _votes(own, theirs, correlation, overlap_s)
    if heard_shift_s is not None:
        gain, within_s = _HEARD
        votes *= 1 + gain * np.exp(-0.5 * ((shifts - heard_shift_s) / within_s) ** 2)
    bound = np.maximum(votes, 0).max(1).sum(0)
    found = [_link_at(k, shifts, votes, correlation, overlap_s) for k in _peaks(bound)]
    best = [link for link in found if link is not None]
    return sorted(best, key=lambda link: -link.score)


def _shifts(own: Sequence[_Signal], theirs: Sequence[_Signal], given_shift_s: float | None) -> F64:
    """All shifts at which some pair overlaps for long enough, a whole number of samples apart."""
    if given_shift_s is not None:
        return np.array([given_shift_s])
    ends = [(p, p.start_s + len(p.weight) / _HZ) for p in own]
    others = [(q, q.start_s + len(q.weight) / _HZ) for q in theirs]
    if not ends or not others:
        return np.zeros(0)
    low = min(q.start_s for q, _ in others) - max(end for _, end in ends) + _LEAST_OVERLAP_S
    high = max(end for _, end in others) - min(p.start_s for p, _ in ends) - _LEAST_OVERLAP_S
    return np.arange(low, high + 1e-9, 1 / _HZ, dtype=np.float64) if high >= low else np.zeros(0)


def _curve(p: _Signal, q: _Signal, shifts: Floats) -> F64:
    """Correlation and seconds of overlap (2, n) of two people at ``shifts`` (n,)."""
    lags = (shifts - q.start_s + p.start_s) * _HZ
    size = 1 << int(np.ceil(np.log2(len(p.weight) + len(q.weight) + 1)))

    def spectrum(values: Floats) -> Floats:
        return np.fft.rfft(values, size, axis=0)

    weights = spectrum(p.weight[:, None]), spectrum(q.weight[:, None])

    def across(left: Floats, right: Floats) -> Floats:
        """Sums of products (n, columns) at every lag of ``q`` behind ``p``."""
        every = np.fft.irfft(np.conj(left) * right, size, axis=0)
        whole = np.floor(lags).astype(int)
        share = (lags - whole)[:, None]
        return (1 - share) * every[whole % size] + share * every[(whole + 1) % size]

    overlap = np.maximum(across(*weights), 1e-6)

    def correlated(x: Floats, y: Floats, is_centred: bool) -> Floats:
        wx, wy = spectrum(x * p.weight[:, None]), spectrum(y * q.weight[:, None])
        xx, yy = spectrum(x * x * p.weight[:, None]), spectrum(y * y * q.weight[:, None])
        both, own, theirs = across(wx, wy), across(xx, weights[1]), across(weights[0], yy)
        if is_centred:
            left, right = across(wx, weights[1]), across(weights[0], wy)
            both = both - left * right / overlap
            own = own - left**2 / overlap
            theirs = theirs - right**2 / overlap
        power = np.maximum(own.sum(1), 1e-9) * np.maximum(theirs.sum(1), 1e-9)
        return np.clip(both.sum(1) / np.sqrt(power), -1, 1)

    mean = correlated(p.heights, q.heights, True) + correlated(p.speeds, q.speeds, False)
    seconds = _overlap_s(p, q, shifts)
    out = np.where(seconds >= _LEAST_OVERLAP_S, mean / 2, -1.0)
    return np.stack([out, seconds])


def _overlap_s(p: _Signal, q: _Signal, shifts: Floats) -> Floats:
    first = np.maximum(p.start_s, q.start_s - shifts)
    last = np.minimum(p.start_s + len(p.weight) / _HZ, q.start_s + len(q.weight) / _HZ - shifts)
    return np.maximum(last - first, 0.0)


def _votes(
    own: Sequence[_Signal], theirs: Sequence[_Signal], correlation: Floats, overlap_s: Floats
) -> F64:
    """What every pair of people says for every shift (a, b, n): Fisher's z times the root of the
    overlap, less of those who hardly move, a little more of those dressed alike."""
    votes = np.arctanh(np.clip(correlation, -0.99, 0.99)) * np.sqrt(overlap_s)
    for i, p in enumerate(own):
        for j, q in enumerate(theirs):
            votes[i, j] *= min(1.0, min(p.liveliness, q.liveliness) / _LIVELY_MPS)
            if p.colours is not None and q.colours is not None:
                alike = float(np.minimum(p.colours, q.colours).sum())
                votes[i, j] *= 1 + _COLOURS * alike
    return votes


def _peaks(bound: Floats) -> list[int]:
    """The places of the highest local maxima of ``bound`` (n,)."""
    padded = np.pad(bound, 1, constant_values=-1.0)
    is_peak = (bound >= padded[:-2]) & (bound > padded[2:]) & (bound > 0)
    at = np.flatnonzero(is_peak)
    if not len(at) and bound.max(initial=0.0) > 0:
        at = np.array([int(bound.argmax())])
    order = at[np.argsort(-bound[at])]
    out: list[int] = []
    for k in order.tolist():
        if all(abs(k - other) > _APART_S * _HZ for other in out):
            out.append(k)
        if len(out) == _CANDIDATES:
            break
    return out


def _link_at(
    k: int, shifts: Floats, votes: Floats, correlation: Floats, overlap_s: Floats
) -> Link | None:
    here = votes[:, :, k]
    pairs = [pair for pair in assign(-np.maximum(here, 0)) if correlation[pair][k] >= LEAST_PAIR]
    best = assign(-np.maximum(here, 0))
    kept = pairs or [max(best, key=lambda pair: here[pair])]
    total = np.sum([np.maximum(votes[pair], 0) for pair in kept], axis=0)
    shift = float(shifts[k])
    if 0 < k < len(shifts) - 1:
        before, at, after = total[k - 1 : k + 2].tolist()
        bend = before - 2 * at + after
        if bend < 0:
            shift += min(max(0.5 * (before - after) / bend, -1.0), 1.0) / _HZ
    return Link(
        shift_s=shift,
        pairs=tuple(kept),
        correlation=np.array([correlation[pair][k] for pair in kept]),
        score=float(total[k]),
        overlap_s=float(max(overlap_s[pair][k] for pair in kept)),
    )
