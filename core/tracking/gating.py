"""Which of the landmark networks' answers are about the person who was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import F32, F64, Bools, Floats
from ..data.observations import (
    PASS_ARRAYS,
    PER_FRAME,
    RADIUS_PER_SIDE,
    PassObservations,
    TrackObservations,
    are_legs_cut,
)
from ..data.skeletons import BLAZEPOSE_33, COCO_17

_LIMBS: Final = COCO_17[5:]
_FOREIGN: Final = 0.45
"""Landmarks this far from their own detection, in body radii, belong to somebody else."""
_NEARER: Final = 0.4
"""So do landmarks that are nearer to a neighbour's detection by this factor ..."""
_ASIDE: Final = 0.2
"""... unless they lie within this many radii of their own."""
_LEAST_RADIUS_PX: Final = 1e-3
"""Pixels that no body's radius goes below: it is divided by."""
_UNSEEN: Final = 0.05
"""A network that is this unsure of every landmark, or answers with NaN, has seen nobody."""
_MOSTLY_SEEN: Final = 6
"""Of the twelve limb joints, inside the picture: with fewer most of the pose would be a guess."""
_USUALLY_SEEN: Final = 0.5
"""Of somebody whom the border always cuts, or who turns a side to the camera, less is enough."""
_SEEN_OF_HALF: Final = 1.5
"""Two limbs by a network that is sure of the person: of half figures at the border more may lie
below the picture."""
_SURELY: Final = 0.3
"""Score over which a limb is surely there; by hand."""
_DRAWN_IN: Final = 0.03
"""Networks draw the joints of a cut body into the picture: this near its border, in sides of the
region, or with scores below that, a joint is no evidence that it is inside."""
_AGREEMENT: Final = 0.05
"""Networks that differ by this, in body radii, hardly agree: their usual error of 4 to 8 %."""


def gate_tracks(tracks: Sequence[TrackObservations]) -> list[TrackObservations]:
    """Score every answer against its own detection and the neighbours'; trim what nobody saw.

    Answers that don't pass get presence 0. People in whom no network saw anybody are left out,
    and so are frames before the first and after the last in which one did.
    """
    out: list[TrackObservations] = []
    for track in tracks:
        others = [other for other in tracks if other is not track]
        passes = {name: _check_pass(one, track, others) for name, one in track.passes.items()}
        seen = np.any([one.presence > 0 for one in passes.values()], axis=0)
        if seen.any():
            rows = np.flatnonzero(seen)
            passes = _agreed(passes, track.side_px * RADIUS_PER_SIDE)
            out.append(cut(replace(track, passes=passes), slice(rows[0], rows[-1] + 1)))
    return out


def within_picture(track: TrackObservations, size_px: tuple[int, int]) -> TrackObservations:
    """Without the frames at either end in which most of the body isn't seen to be in the picture.

    What isn't seen of somebody who comes or goes is a guess; a body always cut by the border stays,
    and of half figures the shoulders are enough, in whichever network's eyes.
    """
    margin = _DRAWN_IN * track.side_px[:, None, None]
    inside: list[F64] = []
    for one in track.passes.values():
        pick = one.skeleton.select(_LIMBS)
        xy, sure = pick.of(one.xy_px), pick.scores(one.score) > _SURELY
        is_inside = np.all((xy >= margin) & (xy <= size_px - margin), axis=-1)
        inside.append(one.presence * (is_inside & sure).sum(1))
    count = np.mean(inside, axis=0) if inside else np.zeros(0)
    if not len(count):
        return track
    needed = min(_MOSTLY_SEEN, _USUALLY_SEEN * float(np.median(count)))
    score = track.detected_skeleton.select(COCO_17).scores(track.detected_score)
    cut_off = are_legs_cut(track.boxes_px, score, size_px[1])
    half = np.max(inside, axis=0) >= _SEEN_OF_HALF
    rows = np.flatnonzero((count >= needed) | (cut_off & half))
    return cut(track, slice(rows[0], rows[-1] + 1))


def _agreed(passes: dict[str, PassObservations], radius_px: F32) -> dict[str, PassObservations]:
    """Where two networks agree, the surer one's score holds for both.

    BlazePose heavy places a raised leg well and calls it invisible; full places it likewise and is
    sure of it.
    """
    out: dict[str, PassObservations] = {}
    for name, one in passes.items():
        score = one.score
        for other in passes.values():
            if other.worth.network == one.worth.network:
                continue  # the same network in a mirror is no other opinion
            pick = other.skeleton.select(one.skeleton.names)
            away = np.linalg.norm(one.xy_px - pick.of(other.xy_px), axis=-1) / radius_px[:, None]
            both = (one.presence > 0) & (other.presence > 0)
            theirs = pick.scores(other.score) * both[:, None]
            told = np.exp(-((away / _AGREEMENT) ** 2)) * theirs
            score = np.maximum(score, told.astype(np.float32))
        out[name] = replace(one, score=score)
    return out


def cut(track: TrackObservations, rows: slice | NDArray[np.intp]) -> TrackObservations:
    """A stretch, or the chosen rows, of a track."""
    arrays = {name: getattr(track, name)[rows] for name in PER_FRAME}
    passes, closeups = (
        {
            name: replace(one, **{field: getattr(one, field)[rows] for field in PASS_ARRAYS})
            for name, one in which.items()
        }
        for which in (track.passes, track.closeups)
    )
    depth = None if track.depth is None else track.depth[rows]
    return replace(track, **arrays, passes=passes, closeups=closeups, depth=depth)


def _check_pass(
    one: PassObservations, track: TrackObservations, others: Sequence[TrackObservations]
) -> PassObservations:
    every = np.arange(len(track.frames))
    error = _distance(one, track, every, track, every)
    score = one.skeleton.select(BLAZEPOSE_33).scores(one.score)
    is_seen = (error <= _FOREIGN) & (score.max(1) > _UNSEEN)
    is_seen &= np.isfinite(one.xyz_m).all((1, 2)) & np.isfinite(one.xy_px).all((1, 2))
    for other in others:
        _, mine, theirs = np.intersect1d(track.frames, other.frames, return_indices=True)
        if len(mine):
            is_nearer = _distance(one, track, mine, other, theirs) < _NEARER * error[mine]
            is_seen[mine] &= ~(is_nearer & (error[mine] > _ASIDE))
    return replace(
        one,
        xy_px=np.nan_to_num(one.xy_px),
        score=np.nan_to_num(one.score),
        xyz_m=np.nan_to_num(one.xyz_m),
        presence=np.where(is_seen, one.presence, 0.0).astype(np.float32),
    )


def _distance(
    one: PassObservations,
    track: TrackObservations,
    rows: np.ndarray,
    other: TrackObservations,
    other_rows: np.ndarray,
) -> Floats:
    """Mean distance (n,) of a network's limbs from a detection of ``other``, in body radii."""
    found = one.skeleton.select(_LIMBS).of(one.xy_px[rows])
    detected = other.detected_skeleton.select(_LIMBS)
    expected = detected.of(other.detected_xy_px[other_rows])
    weight = detected.scores(other.detected_score[other_rows]) + 1e-3
    radius = np.maximum(track.side_px[rows] * RADIUS_PER_SIDE, _LEAST_RADIUS_PX)[:, None]
    as_named = np.linalg.norm(found - expected, axis=-1) / radius
    # Left and right may be confused here: that is repaired later and is not foreign.
    swapped = np.linalg.norm(found[:, np.arange(12) ^ 1] - expected, axis=-1) / radius
    return np.minimum((weight * as_named).sum(1), (weight * swapped).sum(1)) / weight.sum(1)


def same_pose(
    a: TrackObservations, rows: np.ndarray, b: TrackObservations, on: np.ndarray
) -> Bools:
    """Where two people's landmarks (all networks) lie on each other: one body, found twice."""
    distances: list[F64] = []
    for name, one in a.passes.items():
        other = b.passes[name]
        mine = one.skeleton.select(BLAZEPOSE_33).of(one.xy_px[rows])
        theirs = other.skeleton.select(BLAZEPOSE_33).of(other.xy_px[on])
        distances.append(np.linalg.norm(mine - theirs, axis=-1).mean(1))
    return np.mean(distances, axis=0) < _ASIDE * a.side_px[rows] * RADIUS_PER_SIDE
