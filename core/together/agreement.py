"""Whether a view belongs to the others, and the sentence about what is doubtful of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.views.view import Agreement
from .clocks.movement import Link
from .rig import Rig
from .sightings import HIPS, Viewpoint
from .start import Group

STRANGE_COST: Final = 0.55
"""Cost of rays per joint from which two clips can't be of one scene: 0.18 to 0.44 where they are,
0.4 to 2.4 where they aren't."""
_DOUBTFUL_COST: Final = 0.43
"""Likewise from which it is doubted."""
_DOUBTFUL_OFF: Final = 0.40
"""Median miss of a ray in sigmas, likewise: up to 0.36 where they are, from 0.40 mostly."""
_DOUBTFUL: Final = 0.6
"""Mean correlation under which it is doubted: 0.68 to 0.96 of one scene."""
_ALIKE_DEG: Final = 12.0
"""Degrees, as people see them, under which two cameras tell little more than one; by hand."""


def judge(link: Link, cost: float, off: float, angle: float, has_rival: bool) -> Agreement:
    """How well a view agrees with the one that it was placed by, from the two of them alone.

    ``cost`` of rays per joint, ``off`` how far they miss joints in sigmas, ``angle`` in degrees,
    ``has_rival``: they would fit nearly as well at another time.
    """
    correlation = float(link.correlation.mean())
    doubts = sum(
        [cost > _DOUBTFUL_COST, off > _DOUBTFUL_OFF, correlation < _DOUBTFUL, angle < _ALIKE_DEG]
    )
    is_poor = cost > STRANGE_COST or doubts > 1
    return Agreement(
        word="poor" if is_poor else "check" if doubts or has_rival else "good",
        correlation=correlation,
        off=off,
        cost=cost,
        angle_deg=angle,
        overlap_s=link.overlap_s,
    )


def angle_deg(
    views: Sequence[Viewpoint], groups: Sequence[Group], rig: Rig, a: int, b: int
) -> float:
    """Degrees between the cameras ``a`` and ``b`` as people see them."""
    seen = [
        (views[a].people[i].X[:, HIPS].mean(1) - rig.t[a]) @ rig.R[a]
        for group in groups
        if (i := group[a]) is not None and group[b] is not None
    ]
    middle = np.median(np.concatenate(seen), axis=0)
    rays = [-rig.R[c].T @ rig.t[c] - middle for c in (a, b)]
    cosine = rays[0] @ rays[1] / (np.linalg.norm(rays[0]) * np.linalg.norm(rays[1]) + 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def doubt_of(name: str, other: str, agreement: Agreement, rival_s: float | None) -> str:
    """A sentence about what is doubtful of a view; empty where nothing is.

    With ``rival_s`` seconds it would fit nearly as well if it began so much later.
    """
    if agreement.angle_deg < _ALIKE_DEG:
        return (
            f"{name} was filmed from nearly the same place as {other} "
            f"({agreement.angle_deg:.0f} degrees apart) and adds little: put the phones 50 to 135 "
            "degrees apart."
        )
    if agreement.word == "good":
        return ""
    if rival_s is not None and agreement.word == "check":
        when = f"{abs(rival_s):.1f} s {'later' if rival_s > 0 else 'earlier'}"
        return (
            f"{name} would fit {other} nearly as well if it began {when}, as one step of an even "
            "walk looks like the next: look through its camera, and give its offset if people "
            "aren't where it shows them; a clap, a jump or a turn in both films tells."
        )
    if agreement.word == "check":
        return (
            f"{name} fits {other} less well than most clips do: look through its camera, and leave "
            "it out if people aren't where it shows them."
        )
    return (
        f"{name} fits {other} badly and may show other people or another time: look through its "
        "camera, and leave it out if people aren't where it shows them."
    )
