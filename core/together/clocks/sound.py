"""How far two clips' clocks differ, from what both microphones heard.

Onsets of a few bands find the place, whatever rooms and microphones do to a sound; then stretches
of both are laid over each other by their phases (generalised cross correlation with phase
transform, Knapp and Carter, IEEE Trans. ASSP 24, 1976), which is finer than a sample, and a line
through their delays tells how much faster one clock goes. What repeats itself, or only one heard,
tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, Bools, Floats, check_fields, of_shape
from ...data.views.view import Heard

RATE_HZ: Final = 8000.0
"""Samples a second of every sound: what tells time in voices, steps and claps."""
_HOP: Final = 80
"""Samples between two onsets, 10 ms."""
_FRAME: Final = 256
"""Samples of a spectrum; by hand."""
_BANDS_HZ: Final = (200.0, 450.0, 800.0, 1300.0, 2000.0, 2800.0, 3800.0)
"""Bands of the onsets, without the hum below and the hiss above; by hand."""
_FLAT_S: Final = 0.5
"""Seconds over which a band's own loudness is taken out; by hand."""
_LEAST_OVERLAP_S: Final = 1.5
"""Seconds that both microphones must have heard; by hand."""
_QUIET: Final = 1e-4
"""Root mean square under which there is silence, full scale 1: below the noise of any phone."""
_CLEAR: Final = (7.5, 1.25)
"""The peak of the correlation over all shifts, in robust standard deviations of the others and as a
share of the next one: chance reaches 5.5 and 1.1, music that repeats itself 1.0; by hand."""
_APART_S: Final = 0.25
"""Shifts nearer than this to the peak belong to it; by hand."""
_PIECE_S: Final = 2.0
"""Seconds of a stretch whose phases are compared; by hand."""
_MOST_PIECES: Final = 60
"""More tell no more; bounds time."""
_NEAR_S: Final = 0.05
"""Seconds about the coarse shift, and as far as clocks drift, in which delays are sought."""
_DRIFT: Final = 3e-4
"""Rates by which clocks of phones differ at most."""
_BAND_HZ: Final = (250.0, 3600.0)
"""Frequencies whose phases are compared; by hand."""
_SHARP: Final = (6.0, 9.0)
"""Standard deviations by which a stretch's peak must stand out, and that of one alone; by hand."""
_PEAK_S: Final = 0.0006
"""Seconds about a peak that belong to it; by hand."""
_AGREE_S: Final = 0.003
"""Seconds within which stretches tell the same; reflections lie within; by hand."""
_COARSE_S: Final = 0.01
"""Doubt of a shift that onsets alone tell."""
_COARSE: Final = (12.0, 12.0)
"""Seconds heard by both, and standard deviations, from which onsets alone may tell a shift: a few
claps fall together by chance; by hand."""
_LONG_S: Final = 20.0
"""Seconds over which stretches must reach before they tell a rate; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What a clip's microphone heard: ``samples`` (n,) of one channel, full scale 1, ``RATE_HZ`` a
    second, the first one at ``start_s`` of the clip's own clock."""

    start_s: float
    samples: F32 = field(metadata=of_shape("n"))

    def __post_init__(self) -> None:
        check_fields(self)


def hear(a: Sound, b: Sound) -> Heard | None:
    """How much more the clock of ``b`` shows than that of ``a`` by what both heard; None where they
    heard nothing in common, or what repeats itself."""
    if min(_loudness(a), _loudness(b)) < _QUIET:
        return None
    found = _coarse(_onsets(a.samples), _onsets(b.samples))
    if found is None:
        return None
    lag_s, clearness, overlap_s = found
    fine = _fine(a.samples, b.samples, lag_s)
    offset = b.start_s - a.start_s
    if fine is None:
        if overlap_s < _COARSE[0] or clearness < _COARSE[1]:
            return None
        return Heard(lag_s + offset, 0.0, _COARSE_S, clearness)
    shift_s, rate, doubt_s = fine
    # The line is in seconds from the first sample of a.
    return Heard(shift_s + offset - rate * a.start_s, rate, doubt_s, clearness)


def hear_all(sounds: Sequence[Sound | None]) -> list[Heard | None]:
    """Of every clip what its sound tells of its clock beside the first one's, through others where
    those two heard nothing in common; None for the first and where nothing is told."""
    told: list[Heard | None] = [None] * len(sounds)
    known: list[int] = [0]
    for a in known:  # grows while it is gone through
        for b, theirs in enumerate(sounds):
            own = sounds[a]
            if b in known or own is None or theirs is None:
                continue
            heard = hear(own, theirs)
            if heard is not None:
                before = told[a]
                told[b] = heard if before is None else _after(before, heard)
                known.append(b)
    return told


def _after(first: Heard, then: Heard) -> Heard:
    """The shift and rate of two links of a chain."""
    return Heard(
        then.shift_s + (1 + then.rate) * first.shift_s,
        (1 + then.rate) * (1 + first.rate) - 1,
        float(np.hypot(first.doubt_s, then.doubt_s)),
        min(first.clearness, then.clearness),
    )


def _loudness(one: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(one.samples)))) if len(one.samples) else 0.0


def _onsets(samples: Floats) -> F64:
    """How suddenly every band becomes louder, (n, 6), every ``_HOP`` samples."""
    count = max((len(samples) - _FRAME) // _HOP + 1, 0)
    edges = (np.array(_BANDS_HZ) / RATE_HZ * _FRAME).astype(int)
    window = np.hanning(_FRAME)
    energy = np.zeros((count, len(edges) - 1))
    frames = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP][:count]
    for begin in range(0, count, 4096):  # of a long clip not all spectra at once
        part = slice(begin, begin + 4096)
        power = np.abs(np.fft.rfft(frames[part] * window, axis=1)) ** 2
        energy[part] = np.stack([power[:, p:q].sum(1) for p, q in pairwise(edges.tolist())], axis=1)
    floor = 1e-3 * energy.mean(0) + 1e-12
    rise = np.diff(np.log(energy + floor), axis=0, prepend=np.log(energy[:1] + floor))
    rise = np.maximum(rise, 0.0)
    width = max(int(_FLAT_S * RATE_HZ / _HOP), 1)
    return rise - np.stack([_running_mean(column, width) for column in rise.T], axis=1)


def _running_mean(values: Floats, width: int) -> F64:
    summed = np.cumsum(np.concatenate([np.zeros(1), values]))
    at = np.arange(len(values))
    low, high = np.maximum(at - width, 0), np.minimum(at + width + 1, len(values))
    return (summed[high] - summed[low]) / (high - low)


def _coarse(a: Floats, b: Floats) -> tuple[float, float, float] | None:
    """(seconds by which ``b`` comes later in its own samples, how clearly, seconds that both
    heard) by onsets (n, 6)."""
    step_s = _HOP / RATE_HZ
    least = int(_LEAST_OVERLAP_S / step_s)
    if min(len(a), len(b)) < least:
        return None
    size = 1 << int(np.ceil(np.log2(len(a) + len(b))))
    lags = np.arange(least - len(a), len(b) - least + 1)

    def across(x: Floats, y: Floats) -> Floats:
        both = np.conj(np.fft.rfft(x, size, axis=0)) * np.fft.rfft(y, size, axis=0)
        return np.fft.irfft(both, size, axis=0)[lags % size]

    whole = [np.ones((len(one), 1)) for one in (a, b)]
    power = across((a * a).sum(1)[:, None], whole[1]) * across(whole[0], (b * b).sum(1)[:, None])
    alike = across(a, b).sum(1) / np.sqrt(np.maximum(power[:, 0], 1e-9))
    # Chance correlates short overlaps better.
    overlap = np.minimum(len(a), len(b) - lags) - np.maximum(0, -lags)
    vote = alike * np.sqrt(overlap)
    best = int(vote.argmax())
    others = np.abs(lags - lags[best]) > _APART_S / step_s
    if others.sum() < 8:
        return None
    spread = 1.4826 * float(np.median(np.abs(vote[others] - np.median(vote[others])))) + 1e-9
    clearness = float(vote[best] - np.median(vote[others])) / spread
    if clearness < _CLEAR[0] or vote[best] < _CLEAR[1] * vote[others].max():
        return None
    return float(lags[best]) * step_s, clearness, float(overlap[best]) * step_s


def _fine(a: Floats, b: Floats, lag_s: float) -> tuple[float, float, float] | None:
    """(shift in seconds at the first sample of ``a``, rate, doubt in seconds) from the delays of
    stretches; None where they don't agree."""
    begin, end = max(0.0, -lag_s), min(len(a), len(b) - lag_s * RATE_HZ) / RATE_HZ
    piece_s = min(_PIECE_S, end - begin - 1e-3)
    n = int(piece_s * RATE_HZ)
    step_s = max(_PIECE_S / 2, (end - begin) / _MOST_PIECES)
    starts = np.arange(begin, max(end - piece_s, begin + 1e-6), step_s)
    found: list[tuple[float, float, float]] = []
    for start_s in starts.tolist():
        i, j = int(start_s * RATE_HZ), round((start_s + lag_s) * RATE_HZ)
        if j < 0 or j + n > len(b) or i + n > len(a):
            continue
        told = _delay(a[i : i + n], b[j : j + n], _NEAR_S + _DRIFT * abs(start_s - begin))
        if told is not None:
            found.append((start_s + piece_s / 2, (j - i) / RATE_HZ + told[0], told[1]))
    if not found:
        return None
    at, delay_s, sharp = np.array(found).T
    line = _line(at, delay_s)
    is_alone = line is not None and (np.abs(delay_s - line[0] - line[1] * at) < _AGREE_S).sum() < 2
    return None if is_alone and sharp.max() < _SHARP[1] else line


def _delay(x: Floats, y: Floats, most_s: float) -> tuple[float, float] | None:
    """(seconds by which ``y`` comes later than ``x``, standard deviations by which that delay
    stands out); None where none does."""
    size = 2 * len(x)
    window = np.hanning(len(x))
    both = np.conj(np.fft.rfft(x * window, size)) * np.fft.rfft(y * window, size)
    frequency = np.fft.rfftfreq(size, 1 / RATE_HZ)
    is_in = (frequency > _BAND_HZ[0]) & (frequency < _BAND_HZ[1])
    phase = np.where(is_in, both / np.maximum(np.abs(both), 1e-12), 0.0)
    curve = np.fft.irfft(phase, size)
    reach = int(most_s * RATE_HZ)
    near = np.concatenate([curve[-reach:], curve[: reach + 1]])
    k = int(near.argmax())
    elsewhere = np.abs(np.arange(len(near)) - k) > _PEAK_S * RATE_HZ
    sharp = float(near[k] / (near[elsewhere].std() + 1e-12))
    if sharp < _SHARP[0] or not 0 < k < len(near) - 1:
        return None
    before, at, after = near[k - 1 : k + 2].tolist()
    bend = before - 2 * at + after
    part = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return (k - reach + part) / RATE_HZ, sharp


def _line(at: Floats, told: Floats) -> tuple[float, float, float] | None:
    """A line through most of the delays ``told`` (n,) at times ``at`` (n,): its value at 0, its
    slope and the doubt of its values."""
    is_long = float(np.ptp(at)) > _LONG_S and len(at) >= 6
    slope = 0.0
    if is_long:
        # The median of slopes between far-off stretches (Theil and Sen) lets outliers be.
        i, j = np.triu_indices(len(at), max(len(at) // 3, 1))
        slope = float(np.median((told[j] - told[i]) / (at[j] - at[i])))
    rest = told - slope * at
    middle = _densest(rest)
    agrees: Bools = np.abs(rest - middle) < _AGREE_S
    if agrees.sum() < max(2, 0.4 * len(at)) and len(at) > 1:
        return None
    offset = float(np.mean(rest[agrees]))
    if is_long and agrees.sum() >= 6:
        slope, offset = (float(v) for v in np.polyfit(at[agrees], told[agrees], 1))
    if abs(slope) > _DRIFT:
        return None
    doubt = float(np.std(told[agrees] - slope * at[agrees] - offset)) / np.sqrt(agrees.sum())
    return offset, slope, max(doubt, 0.5 / RATE_HZ)


def _densest(values: Floats) -> float:
    """The value that most others lie near."""
    near = np.abs(values[:, None] - values) < _AGREE_S
    return float(np.median(values[near[int(near.sum(1).argmax())]]))
