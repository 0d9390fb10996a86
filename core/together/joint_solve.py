"""One person's motion from all cameras: the whole-track solve of one view, with the others' rays
and directions as further evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64
from ..data.settings import Settings
from ..data.views.part import PartView
from ..faces.several import best_face
from ..hands.several import best_motion
from ..solving.evidence.evidence import Evidence
from ..solving.evidence.other_views import OtherView, shared_frames
from ..solving.person import Solved, solve_from
from ..solving.track.bone_lengths import bone_lengths, person_lengths, stature
from .adjusting.equations import GROUPS
from .rig import Rig
from .sightings import Sample, Sighting, other_view
from .start import Group
from .triangulation import body_in_focus, carried_on, meeting_points

_SHARE: Final = 0.4
"""Errors of bones where rays meet, as a share of those of one view; by hand."""


def solve_jointly(
    solved: Sequence[Solved],
    sightings: Sequence[Sequence[Sighting]],
    groups: Sequence[Group],
    lengths: F64,
    rig: Rig,
    reference: int,
    settings: Settings,
) -> list[Solved]:
    """The people of view ``reference``, ``solved`` by itself, in its axes and at its frames.

    ``sightings`` of every view; ``groups`` say who is who, ``lengths`` (g, 6) are each group's
    bones in metres by ``equations.GROUPS``. Whoever no other view shows stays as they are.
    """
    mine = {group[reference]: k for k, group in enumerate(groups)}
    out: list[Solved] = []
    for i, one in enumerate(solved):
        seen: list[tuple[Sample, int]] = []
        if i in mine:
            first_s = rig.first_time_of(reference, sightings[reference][i].time_s)
            seen = [
                (sightings[c][who].at(rig.time_of(c, first_s)), c)
                for c, who in enumerate(groups[mine[i]])
                if who is not None and c != reference
            ]
        if seen:
            lens_and_size = float(rig.focal[reference]), rig.size_of(reference)
            others = tuple(_other_view(sample, rig, reference, c) for sample, c in seen)
            shared = shared_frames(others, one.evidence.fps)
            at_joints = _at_joints(one, sightings[reference][i], shared)
            lent = _lent(one, seen, rig, reference, lengths[mine[i]])
            jointly = _solved_with(
                at_joints, lens_and_size, others, lengths[mine[i]], settings, lent
            )
            fps, back = one.evidence.fps, {c: rig.between(reference, c)[0].T for _, c in seen}
            hands = [PartView(s.motion, back[c]) for s, c in seen if s.motion is not None]
            faces = [PartView(s.face, back[c]) for s, c in seen if s.face is not None]
            jointly = replace(jointly, hands=best_motion(one.hands, hands, fps))
            out.append(replace(jointly, face=best_face(one.face, faces, fps)))
        else:
            out.append(one)
    return out


def _other_view(seen: Sample, rig: Rig, reference: int, c: int) -> OtherView:
    turn, away = rig.seen_from(c, seen.way)
    R = turn @ rig.R[reference].T
    t = away - R @ rig.t[reference]
    hands = seen.hands @ rig.between(reference, c)[0]
    return replace(other_view(seen, R, t, float(rig.focal[c])), hands=hands)


def _at_joints(one: Solved, seen: Sighting, shared: F64) -> Solved:
    """``one`` whose rays and directions are those of joints where other views see them too, by
    ``shared`` (t,); frames of one view stay as they are."""
    before = one.evidence
    by = shared[:, None]
    evidence = replace(
        before,
        xy=before.xy + by[..., None] * (seen.xy - before.xy),
        xyz_m=before.xyz_m + by[..., None] * (seen.xyz_m - before.xyz_m),
        trust=1 + by * (seen.trust - 1),
        shared=shared,
    )
    return replace(one, evidence=evidence)


def _lent(
    one: Solved, seen: Sequence[tuple[Sample, int]], rig: Rig, reference: int, lengths: F64
) -> F64:
    """Bodies (t, 19, 3) in the reference's axes as the view has them that sees most of the person,
    in frames in which the reference's own sees nothing; NaN in all others."""
    scores = np.stack([sample.score[:, : points.LIMBS].mean(1) for sample, _ in seen])
    wanted = ~one.evidence.seen & (scores.max(0) > 0)
    out = np.full(one.X.shape, np.nan)
    for k, (sample, c) in enumerate(seen):
        at = np.flatnonzero(wanted & (scores.argmax(0) == k))
        if len(at):
            size = stature(lengths[GROUPS]) / stature(bone_lengths(sample.X))
            R, t = rig.between(c, reference)
            out[at] = body_in_focus(sample.X[at], float(rig.focal[c]), size) @ R.T + t
    return out


def _in_focus(evidence: Evidence, focal: float, size: float) -> Evidence:
    """``evidence`` for a focal length that is ``focal`` times the assumed one, and a carried
    camera's path that is ``size`` times as long."""
    return replace(
        evidence,
        xy=evidence.xy / focal,
        radius=evidence.radius / focal,
        detected_xy=evidence.detected_xy / focal,
        origin=None if evidence.origin is None else evidence.origin * size,
    )


def _solved_with(
    one: Solved,
    lens_and_size: tuple[float, float],
    others: tuple[OtherView, ...],
    lengths: F64,
    settings: Settings,
    lent: F64,
) -> Solved:
    focal = lens_and_size[0]
    own = _in_focus(one.evidence, *lens_and_size)
    turn, away = np.eye(3)[None], np.zeros((1, 3))
    if own.axes is not None and own.origin is not None:
        turn = np.swapaxes(own.axes, 1, 2)
        away = -np.einsum("tab,tb->ta", turn, own.origin)
    itself = OtherView(
        R=turn, t=away, xy=own.xy, score=own.weight * own.seen[:, None],
        trust=np.ones_like(own.score), radius=own.radius, xyz_m=own.xyz_m,
        hands=own.hands, hand_score=own.hand_score,
    )  # fmt: skip
    known = lengths[GROUPS]
    size = stature(known) / one.height_m
    body = body_in_focus(one.X, focal, size)
    body = np.where(np.isfinite(lent), lent, body)
    start = carried_on(meeting_points(itself, others), body)
    every = person_lengths(start, own.fps, _SHARE)
    every[: len(GROUPS)] = known
    evidence = replace(
        own,
        xyz_m=own.xyz_m * size,
        others=tuple(replace(view, xyz_m=view.xyz_m * size) for view in others),
    )
    return solve_from(one.track, evidence, every, settings, one.sigmas, start)


def median_height(lengths: Sequence[F64]) -> float:
    """Median body height in metres of people with ``lengths`` (6,) by ``equations.GROUPS``."""
    return float(np.median([stature(one[GROUPS][: len(points.LIMB_BONES)]) for one in lengths]))
