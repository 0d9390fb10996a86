"""People whom only other films show: they are people of the take all the same.

They get a track in the reference in which nobody saw them, all scores 0, behind all others', and
the motion that those films tell, before the reference's camera.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ...data import solver_points as points
from ...data.arrays import F32, F64, I32, Floats, check_fields, of_shape
from ...data.observations import RADIUS_PER_SIDE, Observed, PassObservations, TrackObservations
from ...data.settings import Settings
from ...data.types import Camera
from ...data.views.part import PartView
from ...faces.several import best_face
from ...geometry.camera import project_camera
from ...geometry.inbetween import curve_through, straight_through
from ...hands.several import best_motion
from ...solving.person import Solved
from ...solving.track.bone_lengths import stature
from ...together.adjusting.equations import GROUPS
from ...together.cameras import Found
from ...together.joint_solve import solve_jointly
from ...together.rig import Rig
from ...together.sightings import HIPS, Sighting, Viewpoint
from ...together.triangulation import body_in_focus
from ...tracking.gating import cut

_SHORTEST_S: Final = 0.5
"""Seconds for which somebody is shown at least; by hand."""
_SAME_M: Final = 0.5
"""Metres from somebody of the take within which a body is theirs, told twice; by hand."""
_SAME_RADII: Final = 1.0
"""Of somebody whom the reference alone shows likewise, in its picture and bodies' radii: how far
off they are nobody knows; by hand."""
_NEAREST_M: Final = 0.1
"""Metres before the lens from which a body can be in the picture at all; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Lent:
    """Somebody of film ``c`` who is shown in the ``frames`` (n,) of the reference, without holes.

    ``one`` is their motion in the axes of film ``c``, in the scene's metres, at the times of
    ``sighting``; ``X`` (n, 19, 3) in the reference's axes.
    """

    c: int
    one: Solved
    sighting: Sighting
    frames: I32 = field(metadata=of_shape("n"))
    X: F64 = field(metadata=of_shape("n", points.COUNT, 3))

    def __post_init__(self) -> None:
        check_fields(self)


def without_elsewhere(seen: Observed) -> Observed:
    """``seen`` without the tracks in which nobody was ever seen."""
    tracks = tuple(track for track in seen.tracks if _is_seen(track))
    return seen if len(tracks) == len(seen.tracks) else replace(seen, tracks=tracks)


def people_elsewhere(
    found: Found,
    views: Sequence[Viewpoint],
    solved: Sequence[Sequence[Solved]],
    reference: int,
    time_s: Floats,
    settings: Settings,
) -> tuple[list[Lent], tuple[str, ...]]:
    """Who is in other films and not in ``reference``, at its frames ``time_s`` (t,), and sentences
    about them, and about those who can't be told from somebody there.

    ``views`` are the films' people, ``solved`` their solves, every film by itself.
    """
    lent: list[Lent] = []
    doubts: list[str] = []
    for c in range(len(views)):
        if c == reference:
            continue
        unclear = 0
        for one, sighting in _only_there(found, views, solved, reference, c, settings):
            body = _lent(c, one, sighting, found.rig, reference, time_s)
            if body is None or any(_is_one(body, other) for other in lent):
                continue
            if _is_there(body, found, views, solved[reference], reference, time_s):
                unclear += 1
                continue
            lent.append(body)
            doubts.append(
                f"Only {views[c].name} shows Person {len(solved[reference]) + len(lent)}: how far "
                "they are from its camera is as doubtful as with one clip."
            )
        if unclear:
            who = "somebody" if unclear == 1 else f"{unclear} people"
            doubts.append(
                f"{views[c].name} shows {who} who can't be told from others in "
                f"{views[reference].name}; they are left out, give it first to have them."
            )
    return lent, tuple(doubts)


def with_tracks(seen: Observed, lent: Sequence[Lent], camera: Camera) -> Observed:
    """``seen`` with a track for each of those whom only other films show, before ``camera``."""
    return replace(seen, tracks=(*seen.tracks, *(_track(one, camera) for one in lent)))


def solved_elsewhere(
    lent: Lent, track: TrackObservations, rig: Rig, reference: int, time_s: Floats, fps: float
) -> Solved:
    """Their motion at every frame of ``track``, first to last; ``time_s`` (t,) are the clip's, at
    ``fps`` frames a second."""
    own_s, X = _before(lent, rig, reference, time_s[track.frames[0] : track.frames[-1] + 1])
    R, _ = rig.between(lent.c, reference)
    seen, n = lent.sighting.at(own_s), len(own_s)
    evidence = replace(
        lent.one.evidence,
        xyz_m=X - X[:, HIPS].mean(1, keepdims=True),
        xy=X[..., :2] / np.maximum(X[..., 2:], _NEAREST_M),
        score=seen.score,
        radius=seen.radius,
        detected_xy=np.zeros((n, points.LIMBS, 2)),
        detected_score=np.zeros((n, points.LIMBS)),
        hands=seen.hands @ R.T,
        hand_score=seen.hand_score,
        seen=seen.is_seen > 0,
        fps=fps,
        others=(),
        shared=None,
        # Nothing of the reference's picture shows them: it has no say.
        trust=np.zeros((n, points.COUNT)),
        placed=X,
        cut=None,
        drawn_in=None,
        axes=None,
        origin=None,
    )
    views = [] if seen.motion is None else [PartView(seen.motion, R)]
    return replace(
        lent.one,
        track=track,
        evidence=evidence,
        X=X,
        contacts=straight_through(lent.sighting.time_s, lent.one.contacts, own_s),
        hands=best_motion(None, views, fps),
        face=best_face(None, [] if seen.face is None else [PartView(seen.face, R)], fps),
    )


def _only_there(
    found: Found,
    views: Sequence[Viewpoint],
    solved: Sequence[Sequence[Solved]],
    reference: int,
    c: int,
    settings: Settings,
) -> list[tuple[Solved, Sighting]]:
    """Who is in film ``c`` and not known to be in ``reference``, in the scene's metres: of those in
    several such films, the ones whose first it is, solved from all of them."""
    in_groups = {group[c] for group in found.groups}
    shared = {
        who
        for group in found.groups
        if (who := group[c]) is not None
        and group[reference] is None
        and all(earlier is None for earlier in group[:c])
    }
    every = [views[i].people for i in range(len(views))]
    jointly = (
        solve_jointly(solved[c], every, found.groups, found.lengths, found.rig, c, settings)
        if shared
        else solved[c]
    )
    sizes = [
        stature(lengths[GROUPS]) / solved[c][who].height_m
        for group, lengths in zip(found.groups, found.lengths, strict=True)
        if (who := group[c]) is not None
    ]
    size, focal = float(np.median(sizes)) if sizes else 1.0, float(found.rig.focal[c])
    out: list[tuple[Solved, Sighting]] = []
    for i, sighting in enumerate(views[c].people):
        if i in shared:
            out.append((jointly[i], sighting))
        elif i not in in_groups:
            one = solved[c][i]
            X = body_in_focus(one.X, focal, size)
            out.append((replace(one, X=X, lengths=one.lengths * size), sighting))
    return out


def _lent(
    c: int, one: Solved, sighting: Sighting, rig: Rig, reference: int, time_s: Floats
) -> Lent | None:
    """``one`` at the frames of the reference in which film ``c`` shows them; None where too few."""
    own_s = rig.time_of(c, rig.first_time_of(reference, time_s))
    shown = np.flatnonzero(sighting.at(own_s).is_seen)
    if not len(shown) or time_s[shown[-1]] - time_s[shown[0]] < _SHORTEST_S:
        return None
    frames = np.arange(shown[0], shown[-1] + 1, dtype=np.int32)
    whole = Lent(c, one, sighting, frames, np.zeros((len(frames), points.COUNT, 3)))
    return replace(whole, X=_before(whole, rig, reference, time_s[frames])[1])


def _before(lent: Lent, rig: Rig, reference: int, time_s: Floats) -> tuple[F64, F64]:
    """The times (n,) of their film's clock that belong to the reference's ``time_s`` (n,), and
    their points (n, 19, 3) in its axes."""
    at = lent.sighting.time_s
    own_s = np.clip(rig.time_of(lent.c, rig.first_time_of(reference, time_s)), at[0], at[-1])
    R, t = rig.between(lent.c, reference)
    return own_s, np.asarray(curve_through(at, lent.one.X, own_s) @ R.T + t, np.float64)


def _is_one(body: Lent, other: Lent) -> bool:
    """Whether two films show the same person there, who wasn't told to be one."""
    _, a, b = np.intersect1d(body.frames, other.frames, return_indices=True)
    return bool(len(a)) and _apart_m(body.X[a], other.X[b]) < _SAME_M


def _is_there(
    body: Lent,
    found: Found,
    views: Sequence[Viewpoint],
    own: Sequence[Solved],
    reference: int,
    time_s: Floats,
) -> bool:
    """Whether somebody of the reference may be the same person."""
    known = {group[reference]: k for k, group in enumerate(found.groups)}
    focal = float(found.rig.focal[reference])
    for i, (one, sighting) in enumerate(zip(own, views[reference].people, strict=True)):
        there = sighting.at(time_s[body.frames])
        shown = there.is_seen > 0
        if not shown.any():
            continue
        if i in known:
            size = stature(found.lengths[known[i]][GROUPS]) / one.height_m
            X = body_in_focus(there.X[shown], focal, size)
            if _apart_m(X, body.X[shown]) < _SAME_M:
                return True
            continue
        hips = found.rig.before(reference, there.way, body.X)[shown][:, HIPS].mean(1)
        at = hips[:, :2] / np.maximum(hips[:, 2:], _NEAREST_M) * focal
        off = np.linalg.norm(at - there.xy[shown][:, HIPS].mean(1), axis=-1) / there.radius[shown]
        if np.median(off) < _SAME_RADII:
            return True
    return False


def _apart_m(a: Floats, b: Floats) -> float:
    """How far two bodies (n, 19, 3) are from each other, metres; the median of their hips."""
    return float(np.median(np.linalg.norm((a - b)[:, HIPS].mean(1), axis=-1)))


def _track(lent: Lent, camera: Camera) -> TrackObservations:
    """Somebody who isn't seen: every keypoint, at a score of 0, where the hips would be."""
    before = lent.one.track
    rows = np.linspace(0, len(before.frames) - 1, len(lent.frames)).round().astype(np.intp)
    there = cut(before, rows)
    X = np.concatenate([lent.X[..., :2], np.maximum(lent.X[..., 2:], _NEAREST_M)], axis=-1)
    px = project_camera(camera, X)
    size = np.maximum(np.ptp(px, axis=1).max(-1) / 2, 1.0).astype(np.float32)
    center = np.asarray(px[:, HIPS].mean(1), np.float32)

    def unseen(one: PassObservations) -> PassObservations:
        return replace(
            one,
            xy_px=_spread(center, one.xy_px.shape),
            score=np.zeros_like(one.score),
            presence=np.zeros_like(one.presence),
        )

    return replace(
        there,
        frames=lent.frames,
        detected_xy_px=_spread(center, there.detected_xy_px.shape),
        detected_score=np.zeros_like(there.detected_score),
        boxes_px=np.concatenate([center - size[:, None], center + size[:, None]], axis=1),
        center_px=center,
        side_px=size / np.float32(RADIUS_PER_SIDE),
        passes={name: unseen(one) for name, one in there.passes.items()},
        depth=None,
        closeups={},
    )


def _spread(center: F32, shape: tuple[int, ...]) -> F32:
    return np.array(np.broadcast_to(center[:, None], shape), np.float32)


def _is_seen(track: TrackObservations) -> bool:
    return bool(track.detected_score.any()) or any(
        bool(one.presence.any()) for one in track.passes.values()
    )
