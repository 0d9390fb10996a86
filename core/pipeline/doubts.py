"""Sentences about what of a take is to be doubted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..data.arrays import Floats
from ..data.timing import time_gaps
from ..data.types import Take
from ..evaluation.quality import distinct_levels
from ..perspective.camera_motion import shots_of

_ZOOMS: Final = 1.05
"""Largest by smallest focal length of a shot that zooms: shots may just have other lenses."""


def doubts_about(take: Take, floor_is_measured: bool) -> tuple[str, ...]:
    """Sentences about shots, jumps in time, floors and people who were hidden for long."""
    out: list[str] = []
    if len(take.cuts):
        out.append(f"The clip has {len(take.cuts) + 1} shots; people are separate in each.")
    out += _time_jumps(take)
    if not floor_is_measured:
        out.append("No foot was seen standing, so the floor is a guess.")
    for person in take.people:
        share = float(person.bridged.mean()) if len(person.frames) else 0.0
        if share > 0.1:
            out.append(f"{person.name} could not be seen in {share:.0%} of their frames.")
    return tuple(out)


def floor_doubts(floors_m: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """A sentence about floors of several heights, of everybody's ``floors_m``."""
    levels = distinct_levels(floors_m)
    if len(levels) < 2:
        return ()
    listed = ", ".join(f"{level:.2f}" for level in levels[:-1])
    return (
        f"People stand on floors of {len(levels)} heights, {listed} and {levels[-1]:.2f} m; "
        "the lowest is the world's floor.",
    )


def motion_doubts(take: Take, wants_depth: bool) -> tuple[str, ...]:
    """Sentences about a take whose camera turns, zooms or is carried."""
    if not len(take.turns):
        return ()
    most = float(np.degrees(np.linalg.norm(take.turns, axis=-1).max()))
    says = f"The camera turns by up to {most:.1f} degrees"
    shots = shots_of(take.cuts, len(take.time_s))
    ways_m = [_way_m(take.path[shot]) for shot in shots] if len(take.path) else []
    if ways_m:
        says += f", is carried {sum(ways_m):.1f} m"
        if len(shots) > 1:
            says += f" in {sum(way > 0 for way in ways_m)} of {len(shots)} shots"
    if len(take.zoom):
        zooms = max(float(take.zoom[shot].max() / take.zoom[shot].min()) for shot in shots)
        says += f", zooms by {zooms:.1f}" if zooms >= _ZOOMS else ""
    only = "" if len(take.path) or len(take.zoom) else ", as far as it only turns"
    out = (f"{says} and is followed{only}.",)
    if wants_depth:
        out += ("Depth doesn't place people while the camera turns.",)
    return out


def _way_m(path: Floats) -> float:
    return float(np.linalg.norm(np.diff(path.astype(np.float64), axis=0), axis=1).sum())


def _time_jumps(take: Take) -> list[str]:
    """Whether shots begin because so much time lies between two frames."""
    jumps_s = time_gaps(take.time_s, take.clip.fps / take.clip.step)
    if not len(jumps_s):
        return []
    times = "once" if len(jumps_s) == 1 else f"{len(jumps_s)} times"
    return [f"The clip's time jumps {times}, by up to {jumps_s.max():.1f} s; a shot begins there."]
