"""One body that was followed as two for a moment, when a new track began before the old one ended.

Somebody who leaps may be too far from where they were expected, or of another size, to be found
again at once: a track begins, while the old one is still held by what landmark networks see.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...data.arrays import I32
from ...data.observations import TrackObservations
from ..gating import cut
from ..similarity import colour_distance
from ..track_record import join_tracks

_LONGEST_S: Final = 0.4
"""Seconds for which both are there at most; by hand."""
_FEWEST, _ALIKE = 2, 0.6
"""Frames in which both are there, and the share of them in which they are one body; by hand."""
_ASIDE: Final = 0.2
"""Share of the crop's side by which its landmarks are apart at most, as the old track's crop may
cut the body off: a third of a metre; by hand."""
_OTHER_COLOURS: Final = 0.4  # distance of torso colours; by hand


def as_one(tracks: list[TrackObservations], cuts: I32, fps: float) -> list[TrackObservations]:
    """``tracks`` with those joined of which one ends on the body on which another has just begun.

    What the later one tells of the frames of both is kept.
    """
    out = sorted(tracks, key=lambda track: int(track.frames[0]))
    a = 0
    while a < len(out):
        b = next((b for b in range(a + 1, len(out)) if _goes_on(out[a], out[b], cuts, fps)), None)
        if b is None:
            a += 1
            continue
        before = cut(out[a], np.flatnonzero(out[a].frames < out[b].frames[0]))
        out[a] = join_tracks(before, out[b])
        del out[b]
    return out


def _goes_on(a: TrackObservations, b: TrackObservations, cuts: I32, fps: float) -> bool:
    """Whether ``a`` ends on the body of ``b``, which began later and goes on longer."""
    begins, ends = int(b.frames[0]), int(a.frames[-1])
    if not int(a.frames[0]) < begins <= ends <= int(b.frames[-1]):
        return False
    if ends - begins > _LONGEST_S * fps or ((begins < cuts) & (cuts <= ends)).any():
        return False
    if colour_distance(a.colours, b.colours) > _OTHER_COLOURS:
        return False
    _, mine, theirs = np.intersect1d(a.frames, b.frames, return_indices=True)
    if len(mine) < _FEWEST or not a.passes:
        return False
    apart = [
        np.linalg.norm(one.xy_px[mine] - b.passes[name].xy_px[theirs], axis=-1).mean(1)
        for name, one in a.passes.items()
    ]
    return bool((np.mean(apart, axis=0) < _ASIDE * b.side_px[theirs]).mean() >= _ALIKE)
