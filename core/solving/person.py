"""One person's solve, step by step, and the person of a take that comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F64, Bools, Floats, check_fields, of_shape
from ..data.faces.shapes import no_shapes
from ..data.observations import TrackObservations
from ..data.profiling.resting import let_rest
from ..data.profiling.stages import staged
from ..data.settings import ASSUMED_HEIGHT_M, Settings
from ..data.types import Camera, Person
from ..faces.posing import FaceMotion
from ..geometry.camera import world_from_camera
from ..hands.posing import HandMotion
from ..lifting.lifter import Lifter
from ..perspective.camera_motion import TrackCamera
from .evidence.cut_bodies import rest_legs, settle_cut_trunk, without_legs
from .evidence.detector_fusion import fuse_detector
from .evidence.evidence import Evidence, gather_evidence
from .evidence.keypoints import keypoints_of
from .evidence.lifter_fusion import fuse_lifted
from .evidence.other_views import best_hands, held_firmly
from .floor.contacts import SharedViews, foot_contacts, spans, unseen_stands, weights_per_point
from .floor.flight import falls
from .floor.ground import Ground
from .floor.standing import SOLE, heel_and_toe_contacts, settle_on_floor
from .posing.confidence import joint_confidence
from .posing.forearms import turn_forearms
from .posing.hands import directions_with, hand_motion, set_fingers
from .posing.heads import face_motion, head_of, looking_less_up, set_jaw
from .posing.posing import pose_from_points
from .posing.proportions import rest_skeleton
from .track.bone_lengths import enforce_lengths, person_lengths, stature
from .track.evidence_noise import precision, tightened
from .track.terms import Sigmas
from .track.track import Planted, initial_points, solve_track

SIGMAS: Final = Sigmas()
_MOVED_ACCELERATION: Final = 0.6
"""Before a camera that moves what trembles is noise in smaller accelerations already: its shaking
and blur tremble in points too; tuned on seven renders of carried cameras (notebook/moving.md)."""
_RESOLVE_ROUNDS: Final = 4
"""Gauss-Newton rounds of a solve that starts from one; by hand."""
_REACH: Final = 0.12
"""Feet higher than this share of the body's height don't stand on the floor."""
_LONGEST_BRIDGE_S: Final = 1.0
"""Seconds of a hole that is bridged where long ones stay empty; by hand."""
_BY_HAND: Final = 30.0
"""Times as much as found contacts do those count that somebody set; by hand."""
_SEEN_SCORE: Final = 0.05
"""Score of the best limb over which somebody is seen; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """A track after the solve: ``X`` (t, 19, 3) camera space metres, ``contacts`` (t, 2).

    ``sigmas`` is how far each kind of its evidence was trusted; ``hands`` and ``face`` in the same
    axes, None where nobody looked at them.
    """

    track: TrackObservations
    evidence: Evidence
    lengths: F64 = field(metadata=of_shape(len(points.RIGID_BONES)))
    X: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    contacts: F64 = field(metadata=of_shape("t", 2))
    sigmas: Sigmas = SIGMAS
    hands: HandMotion | None = None
    face: FaceMotion | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def height_m(self) -> float:
        """The body height these bones belong to."""
        return stature(self.lengths)


@staged("evidence")
def solve_person(
    track: TrackObservations,
    camera: Camera,
    fps: float,
    settings: Settings,
    lifter: Lifter | None = None,
    filming: TrackCamera | None = None,
    sigmas: Sigmas | None = None,
) -> Solved:
    """The whole-track solve of one person, first without, then with their standing feet.

    ``filming`` as in ``gather_evidence``; ``sigmas`` as in ``solve_evidence``.
    """
    evidence = gather_evidence(track, camera, fps, filming)
    if settings.body == "upper":
        evidence = without_legs(evidence)
    turns = None if filming is None else filming.R
    hands = hand_motion(track, camera, evidence, turns, settings)
    face = face_motion(track, camera, fps, turns, settings)
    let_rest()
    sigmas = sigmas or _usual(evidence, turns)
    solved = solve_evidence(track, evidence, settings, lifter, hands, sigmas)
    return replace(solved, face=face)


def solve_evidence(
    track: TrackObservations,
    evidence: Evidence,
    settings: Settings,
    lifter: Lifter | None = None,
    hands: HandMotion | None = None,
    sigmas: Sigmas | None = None,
) -> Solved:
    """The solve of what was gathered of a track, with the ``hands`` that were looked at.

    ``sigmas`` are what usual evidence is trusted, None chooses them by how the camera is held.
    """
    share = precision(evidence)
    if lifter is not None:
        evidence = fuse_lifted(evidence, lifter)
    # The lifter weighs both sources by itself; it learnt from each alone.
    evidence = turn_forearms(settle_cut_trunk(fuse_detector(evidence)), hands)
    lengths = person_lengths(evidence.xyz_m[evidence.seen], evidence.fps, share)
    # One camera can't tell a tall person far away from a short one near by.
    scale = (settings.height_m or ASSUMED_HEIGHT_M) / stature(lengths)
    lengths = lengths * scale
    evidence = replace(evidence, xyz_m=evidence.xyz_m * scale)
    sigmas = tightened(sigmas or _usual(evidence, None), share)
    if evidence.sigma_2d:
        sigmas = replace(sigmas, picture=evidence.sigma_2d)
    solved = solve_from(track, evidence, lengths, settings, sigmas)
    return replace(solved, hands=hands)


def _usual(evidence: Evidence, turns: F64 | None) -> Sigmas:
    """As usual evidence is trusted; ``turns`` (t, 3, 3) are the camera's, None where it rests."""
    moves = evidence.axes is not None or (turns is not None and np.ptp(turns, axis=0).any())
    return replace(SIGMAS, acceleration=SIGMAS.acceleration * (_MOVED_ACCELERATION if moves else 1))


def resolve_person(solved: Solved, settings: Settings) -> Solved:
    """The same solve again, after ``solved.evidence`` was bettered; bones keep their lengths."""
    again = solve_from(solved.track, solved.evidence, solved.lengths, settings, solved.sigmas)
    return replace(again, hands=solved.hands, face=solved.face)


def solve_from(
    track: TrackObservations,
    evidence: Evidence,
    lengths: F64,
    settings: Settings,
    sigmas: Sigmas,
    start: F64 | None = None,
) -> Solved:
    """The solve of a person of known bone ``lengths`` (b,), from ``start`` (t, 19, 3) if given."""
    begin = initial_points(evidence) if start is None else start
    X = solve_track(evidence, begin, lengths, sigmas)
    if settings.contacts == "off":
        return Solved(track, evidence, lengths, X, np.zeros((len(evidence), 2)), sigmas)
    score, views = evidence.best_score, _views_of(evidence)
    contacts = foot_contacts(X, score, evidence.fps, None, np.inf, evidence.origin, views)
    unseen = unseen_stands(X, score, evidence.fps, contacts)
    weight = weights_per_point(np.maximum(contacts, unseen))
    planted = Planted(held_firmly(weight, evidence.shared))
    standing = solve_track(evidence, X, lengths, sigmas, planted, rounds=_RESOLVE_ROUNDS)
    return Solved(track, evidence, lengths, standing, contacts, sigmas)


@staged("posing")
def _views_of(evidence: Evidence) -> SharedViews | None:
    if evidence.shared is None:
        return None
    return SharedViews(evidence.weight, evidence.others, evidence.shared)


def ground_person(
    solved: Solved, ground: Ground, settings: Settings, edited: Floats | None = None
) -> Solved:
    """Once more with the floor known: who stands on it, at which height, and who is in the air.

    ``edited`` (t, 2) are contacts that a person set by hand, from the track's first frame to its
    last; they are taken as they are.
    """
    if settings.contacts == "off" and edited is None:
        return solved
    X, evidence = solved.X, solved.evidence
    feet = np.stack([ground.height(X[:, f[1:]]).min(1) for f in points.FEET], axis=-1)
    if ground.rise is not None:
        feet -= ground.rise
    if edited is None:
        reach = _REACH * solved.height_m
        views, origin = _views_of(evidence), evidence.origin
        contacts = foot_contacts(
            X, evidence.best_score, evidence.fps, feet, reach, origin, views, doubt=_doubt(solved)
        )
    else:
        contacts = np.asarray(edited, np.float64)
    unseen = unseen_stands(X, evidence.best_score, evidence.fps, contacts)
    weight = held_firmly(weights_per_point(np.maximum(contacts, unseen)), evidence.shared)
    if edited is not None:
        # The hand that set them may contradict the picture, and it wins.
        weight = weight * _BY_HAND
    on_floor = weights_per_point(contacts)
    on_floor[:, [foot[0] for foot in points.FEET]] = 0.0
    height = np.full(weight.shape, ground.offset + SOLE * solved.height_m)
    if ground.rise is not None:
        for side, foot in enumerate(points.FEET):
            height[:, list(foot)] += ground.rise[:, side : side + 1]
    fallen = falls(X, evidence.seen, contacts, evidence.fps, ground.normal)
    planted = Planted(weight, ground.normal, height, on_floor, fallen)
    settled = solve_track(
        evidence, X, solved.lengths, solved.sigmas, planted, rounds=_RESOLVE_ROUNDS
    )
    return replace(solved, X=settled, contacts=contacts)


def _doubt(solved: Solved) -> float:
    """How much what feet do on the floor is the networks' doubt: 1 of usual evidence before one
    camera at rest, 0 where several cameras, a carried one or another tool tell it."""
    evidence = solved.evidence
    if evidence.shared is not None or evidence.origin is not None or evidence.placed is not None:
        return 0.0
    return min(1.0, solved.sigmas.picture / SIGMAS.picture)


def make_person(
    name: str, solved: Solved, camera: Camera, floor_m: Floats, settings: Settings
) -> Person:
    """Rotations, confidence and contacts of the frames in which the person is there.

    ``floor_m`` (t or 1, 2) is the height of what is under each foot over the world's floor.
    """
    evidence, track = solved.evidence, solved.track
    world = world_from_camera(camera, enforce_lengths(solved.X, solved.lengths))
    mode, fps = settings.contacts, evidence.fps
    X = settle_on_floor(world, solved.contacts, solved.height_m, mode, fps, floor_m)
    contact = heel_and_toe_contacts(X, solved.contacts, solved.height_m)
    rest = rest_skeleton(solved.X, solved.lengths)
    body_hands = best_hands(evidence.hands, evidence.hand_score, evidence.others)
    hands, hand_score = directions_with(solved.hands, *body_hands)
    hands = hands @ camera.T_world_camera[:3, :3].T
    head = head_of(solved.face, camera)
    looking = looking_less_up(X, evidence, camera)
    pose = pose_from_points(looking, evidence.best_score, rest, hands, hand_score, fps, head)
    set_fingers(pose.quat_parent_joint, solved.hands)
    set_jaw(pose.quat_parent_joint, solved.face)
    if settings.body == "upper":
        rest_legs(pose.quat_parent_joint)
    first = int(track.frames[0])
    bridged, keep = _presence(evidence, settings)
    let_rest()
    xy_px, xy_score, xy_skeleton = keypoints_of(track, first, len(evidence))
    # Of all frames nothing is copied: keypoints are as many numbers as all the rest.
    kept = slice(None) if keep.all() else keep
    return Person(
        name=name,
        frames=(np.flatnonzero(keep) + first).astype(np.int32),
        rest_xyz_body=rest,
        root_xyz_world=pose.root_xyz[kept],
        quat_parent_joint=pose.quat_parent_joint[kept],
        confidence=joint_confidence(evidence, solved.hands, solved.face)[kept],
        contact=contact[kept],
        bridged=bridged[kept],
        xy_px=xy_px[kept],
        xy_score=xy_score[kept],
        height_m=solved.height_m,
        xy_skeleton=xy_skeleton,
        face_weights=no_shapes()
        if solved.face is None
        else solved.face.weights[kept].astype(np.float32),
    )


def _presence(evidence: Evidence, settings: Settings) -> tuple[Bools, Bools]:
    """(bridged, kept): short holes are bridged, long ones left out unless they shall be held."""
    seen = evidence.seen & (evidence.score[:, : points.LIMBS].max(1) > _SEEN_SCORE)
    if evidence.others:
        seen |= evidence.best_score[:, : points.LIMBS].max(1) > _SEEN_SCORE
    keep = np.ones(len(evidence), bool)
    for start, stop in spans(~seen):
        is_inside = start > 0 and stop < len(seen)
        if not is_inside or (
            settings.gaps == "unkeyed" and stop - start > _LONGEST_BRIDGE_S * evidence.fps
        ):
            keep[start:stop] = False
    if not keep.any():
        keep[:] = True
    return ~seen, keep
