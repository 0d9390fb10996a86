"""A person's motion as the mean over solves that trust their evidence differently, for ``best``.

How far landmarks, directions and smoothness are to be trusted differs from clip to clip, and
nothing in a clip tells it. Where evidence says little, along the view above all, the answer hangs
on it. The mean over all that may well be errs less than most of them (Bayesian model averaging:
Hoeting et al., Statistical Science 14, 1999).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ..data.arrays import F64
from ..data.observations import PassObservations, TrackObservations
from ..data.settings import Settings
from .person import Solved, solve_from

TRUSTS: Final[tuple[dict[str, float], ...]] = (
    {"picture": 1.5},
    {"picture": 1 / 1.5},
    {"direction_xy": 1.5, "direction_z": 1.5},
    {"direction_xy": 1 / 1.5, "direction_z": 1 / 1.5},
    {"acceleration": 2.0},
    {"acceleration": 0.5},
    {"picture": 1.5, "acceleration": 0.5},
    {"direction_xy": 1.5, "direction_z": 1.5, "acceleration": 0.5},
)
"""What some of ``Sigmas`` are multiplied by, beside the solve at all as they are; by hand."""


def is_averaged(solved: Solved) -> bool:
    """Whether one camera at rest tells all of somebody, of whom so much remains to be guessed."""
    evidence = solved.evidence
    return all(one is None for one in (evidence.shared, evidence.origin, evidence.placed))


def one_look_each(track: TrackObservations) -> TrackObservations:
    """``track`` as it is without a network's further looks, as in the mirror; itself without any.

    A second look steadies renders and moves real people's limbs alike: half the solves do without.
    """
    kept: dict[str, PassObservations] = {}
    networks: set[str] = set()
    for name, one in track.passes.items():
        if one.worth.network not in networks:
            networks.add(one.worth.network)
            kept[name] = one
    return track if len(kept) == len(track.passes) else replace(track, passes=kept)


def under(solved: Solved, trust: dict[str, float], settings: Settings) -> Solved:
    """The solve of the same evidence anew, with sigmas multiplied by ``trust``."""
    if not is_averaged(solved):
        return solved
    by = {name: getattr(solved.sigmas, name) * share for name, share in trust.items()}
    sigmas = replace(solved.sigmas, **by)
    again = solve_from(solved.track, solved.evidence, solved.lengths, settings, sigmas)
    return replace(again, hands=solved.hands, face=solved.face)


def at_mean(solved: Solved, X: F64) -> Solved:
    """``solved`` at the mean ``X`` (t, 19, 3) of its and other solves' points."""
    return replace(solved, X=X) if is_averaged(solved) else solved
