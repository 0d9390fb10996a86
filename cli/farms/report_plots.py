"""Plots of a person's motion over a clip, as SVG to be put into a page."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ...core.data.arrays import F64
from ...core.data.types import Person, Take
from ...core.geometry.kinematics import person_joints_world

_WIDTH: Final = 460  # pixels of a plot
_LABEL: Final = 22
"""Pixels before and after it, for words."""
_JITTER, _CONTACTS, _AXIS = 44, 26, 14
"""Pixels of height."""
_MOST_POINTS: Final = 230  # of a plot's line
_BODY: Final = 22  # joints whose jitter is plotted
_FEWEST: Final = 4  # poses that have a jitter


def plots_of(person: Person, take: Take) -> str:
    """Jitter and contacts of a person over the whole clip; empty where they are hardly in it."""
    if len(person.frames) < _FEWEST:
        return ""
    xyz = person_joints_world(person)[:, :_BODY].astype(np.float64)
    times = take.time_s[person.frames]
    step = float(np.median(np.diff(times)))
    jitter = np.linalg.norm(np.diff(xyz, n=3, axis=0), axis=-1).mean(1) / step**3 / 10
    # Over a hole in which they weren't seen there is no jitter.
    holes = np.diff(person.frames) > 1
    jitter[holes[:-2] | holes[1:-1] | holes[2:]] = np.nan
    x = _x_of(times[1:-2], take)
    line = _line(x, jitter)
    feet = person.contact[:, :2].max(1), person.contact[:, 2:].max(1)
    rows = "".join(_row(k, foot, times, take) for k, foot in enumerate(feet))
    top = float(np.nanmax(jitter, initial=0.0))
    words = f"jitter, up to {top:.0f} (10 m/s³); left and right foot on the floor"
    return f'<div class="small">{words}</div>{_svg(line + rows + _axis(take))}'


def _x_of(times_s: F64, take: Take) -> F64:
    span_s = max(float(take.time_s[-1] - take.time_s[0]), 1e-9)
    return _LABEL + (times_s - take.time_s[0]) / span_s * _WIDTH


def _line(x: F64, values: F64) -> str:
    bins = np.minimum(((x - _LABEL) / _WIDTH * _MOST_POINTS).astype(int), _MOST_POINTS - 1)
    top = max(float(np.nanmax(values, initial=0.0)), 1e-9)
    y = _JITTER - 2 - values / top * (_JITTER - 4)
    strokes: list[list[str]] = [[]]
    for one in np.unique(bins):
        inside = np.flatnonzero(bins == one)
        if np.isnan(y[inside]).any():
            strokes.append([])
            continue
        highest = inside[np.argmin(y[inside])]  # each the largest of its stretch
        strokes[-1].append(f"{x[highest]:.1f},{y[highest]:.1f}")
    drawn = [" ".join(points) for points in strokes if points]
    return "".join(f'<polyline points="{p}" fill="none" stroke="#3a76c4"/>' for p in drawn)


def _row(k: int, contact: np.ndarray[Any, Any], times_s: F64, take: Take) -> str:
    height = _CONTACTS / 2
    y = _JITTER + k * height
    out = [f'<text x="4" y="{y + height - 3:.0f}">{"LR"[k]}</text>']
    edges = np.flatnonzero(np.diff(np.concatenate([[0], contact > 0.5, [0]]).astype(int)))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        left, right = _x_of(times_s[[a, b - 1]], take)
        out.append(
            f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{max(right - left, 1.0):.1f}" '
            f'height="{height - 4:.1f}" fill="#4c9a63"/>'
        )
    return "".join(out)


def _axis(take: Take) -> str:
    y = _JITTER + _CONTACTS + _AXIS - 3
    first, last = take.source_frame[0], take.source_frame[-1]
    return (
        f'<text x="{_LABEL}" y="{y}">frame {first}</text>'
        f'<text x="{_LABEL + _WIDTH}" y="{y}" text-anchor="end">{last}</text>'
    )


def _svg(inside: str) -> str:
    width, height = _WIDTH + 2 * _LABEL, _JITTER + _CONTACTS + _AXIS
    return f'<svg width="{width}" height="{height}" role="img">{inside}</svg>'
