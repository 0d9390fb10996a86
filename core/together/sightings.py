"""People as every camera by itself tells of them, read at any time of that camera's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data import solver_points as points
from ..data.arrays import F32, F64, Floats, check_fields, check_increasing, of_shape
from ..data.skeletons import BLAZEPOSE_SKELETON
from ..data.types import Camera
from ..faces.posing import FaceMotion
from ..faces.several import face_at
from ..geometry.inbetween import curve_through, straight_through
from ..hands.posing import HandMotion
from ..hands.several import motion_at
from ..solving.evidence.other_views import OtherView
from ..solving.floor.ground import Ground
from ..solving.person import Solved
from .landmarks.seen_from import joint_rays, meant_points, trust
from .way import Way, way_of

HIPS: Final = [points.POINTS.index(f"{side}_hip") for side in ("left", "right")]
LIMBS: Final = slice(0, points.LIMBS)
_SEEN: Final = 0.05
"""Mean score of the limbs over which somebody is seen at all; by hand."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A person at n times, in one camera's axes.

    ``xy`` (n, 19, 2) x/z and y/z for the focal length that was assumed, ``xy_speed`` (n, 19, 2)
    their change a second, ``score`` (n, 19), zero outside the clip, ``trust`` (n, 19) what a ray
    counts beside that; ``radius`` (n,) the body's size as ``Evidence.radius``; ``xyz_m``
    (n, 19, 3) the networks' 3D, ``X`` (n, 19, 3) that clip's own solve, metres; ``hands``
    (n, 2, 2, 3) and ``hand_score`` (n, 2) as those of ``Evidence``; ``motion`` of the hands where
    that clip's were looked at, else None, and of the ``face``. Of a carried camera ``X`` and hands
    are in its shot's axes and the rest in its own as it stands in each frame, by ``way``.
    """

    xy: F64 = field(metadata=of_shape("n", points.COUNT, 2))
    xy_speed: F64 = field(metadata=of_shape("n", points.COUNT, 2))
    score: F64 = field(metadata=of_shape("n", points.COUNT))
    trust: F64 = field(metadata=of_shape("n", points.COUNT))
    radius: F64 = field(metadata=of_shape("n"))
    xyz_m: F64 = field(metadata=of_shape("n", points.COUNT, 3))
    X: F64 = field(metadata=of_shape("n", points.COUNT, 3))
    hands: F64 = field(metadata=of_shape("n", 2, 2, 3))
    hand_score: F64 = field(metadata=of_shape("n", 2))
    motion: HandMotion | None = None
    face: FaceMotion | None = None
    way: Way | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def weight(self) -> Floats:
        """(n, 19) what each point counts."""
        return self.score * self.trust

    @property
    def is_seen(self) -> F64:
        """(n,) 1 where the person is seen, else 0."""
        return (self.score[:, LIMBS].mean(1) > _SEEN).astype(np.float64)


def other_view(seen: Sample, R: F64, t: F64, focal: float) -> OtherView:
    """``seen`` by a camera of a focal length ``focal`` times the assumed one, to which ``R``
    (n, 3, 3) and ``t`` (n, 3) lead; its hands stay in its own axes."""
    return OtherView(
        R=R,
        t=t,
        xy=seen.xy / focal,
        score=seen.score,
        trust=seen.trust,
        radius=seen.radius / focal,
        xyz_m=seen.xyz_m,
        hands=seen.hands,
        hand_score=seen.hand_score,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person in one clip: t frames at ``time_s`` (t,) of that clip's clock, fields as those of
    ``Sample``, with ``xy`` moved from the networks' landmarks to joints and ``xyz_m`` to the same
    points; ``colours`` (64,) of the torso or None."""

    time_s: F64 = field(metadata=of_shape("t"))
    xy: F64 = field(metadata=of_shape("t", points.COUNT, 2))
    score: F64 = field(metadata=of_shape("t", points.COUNT))
    trust: F64 = field(metadata=of_shape("t", points.COUNT))
    radius: F64 = field(metadata=of_shape("t"))
    xyz_m: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    X: F64 = field(metadata=of_shape("t", points.COUNT, 3))
    hands: F64 = field(metadata=of_shape("t", 2, 2, 3))
    hand_score: F64 = field(metadata=of_shape("t", 2))
    colours: F32 | None = field(default=None, metadata=of_shape(None))
    motion: HandMotion | None = None
    face: FaceMotion | None = None
    way: Way | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        check_increasing("Sighting.time_s", self.time_s)

    def at(self, wanted_s: Floats) -> Sample:
        """What is known of the person at ``wanted_s`` (n,) of this clip's clock."""
        slack = 0.5 * float(np.median(np.diff(self.time_s))) if len(self.time_s) > 1 else 1e-3
        inside = (wanted_s > self.time_s[0] - slack) & (wanted_s < self.time_s[-1] + slack)
        at, span = self.time_s, np.clip(wanted_s, self.time_s[0], self.time_s[-1])
        if len(at) > 1:
            speed = straight_through(at, np.gradient(self.xy, at, axis=0), span)
        else:
            speed = np.zeros((len(wanted_s), *self.xy.shape[1:]))
        return Sample(
            xy=curve_through(at, self.xy, span),
            xy_speed=speed,
            score=straight_through(at, self.score, span) * inside[:, None],
            trust=straight_through(at, self.trust, span),
            radius=straight_through(at, self.radius, span),
            xyz_m=curve_through(at, self.xyz_m, span),
            X=curve_through(at, self.X, span),
            hands=straight_through(at, self.hands, span),
            hand_score=straight_through(at, self.hand_score, span) * inside[:, None],
            motion=None if self.motion is None else motion_at(self.motion, at, span, inside),
            face=None if self.face is None else face_at(self.face, at, span, inside),
            way=None if self.way is None else self.way.at(at, span),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Viewpoint:
    """One camera's clip: its people, ``up`` (3,) in its axes, and ``fps`` of their frames."""

    name: str
    camera: Camera
    up: F64 = field(metadata=of_shape(3))
    fps: float
    people: tuple[Sighting, ...]

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def is_carried(self) -> bool:
        """Whether the camera doesn't stay where it is."""
        return any(one.way is not None for one in self.people)

    @property
    def has_free_focal(self) -> bool:
        """Whether its focal length may be bettered: that of a carried camera's path is its own."""
        return self.camera.is_estimated and not self.is_carried


def viewpoint_of(
    name: str,
    camera: Camera,
    time_s: Floats,
    fps: float,
    solved: Sequence[Solved],
    grounds: Sequence[Ground],
) -> Viewpoint:
    """A clip's people after they were solved by themselves, on their floors.

    ``time_s`` (T,) are the clip's, ``fps`` frames a second.
    """
    people = tuple(_sighting_of(one, time_s) for one in solved)
    return Viewpoint(name, camera, grounds[0].normal, fps, people)


def _sighting_of(one: Solved, time_s: Floats) -> Sighting:
    first, evidence = int(one.track.frames[0]), one.evidence
    xy, xyz_m = evidence.xy, evidence.xyz_m
    at = time_s[first : first + len(evidence)]
    way = way_of(evidence.axes, evidence.origin, at)
    before = one.X if way is None else way.to_camera(one.X)
    if _is_blazepose(one):
        xy = joint_rays(xy, before, one.height_m)
        xyz_m = meant_points(xyz_m, before, one.height_m)
    return Sighting(
        time_s=at,
        xy=xy,
        trust=trust(before),
        score=evidence.score * evidence.seen[:, None],
        radius=evidence.radius,
        xyz_m=xyz_m,
        X=one.X,
        hands=evidence.hands,
        hand_score=evidence.hand_score,
        colours=one.track.colours,
        motion=one.hands,
        face=one.face,
        way=way,
    )


def _is_blazepose(one: Solved) -> bool:
    """Whether all that the rays are made of are landmarks whose places about joints are known."""
    passes = one.track.passes.values()
    precise = [each for each in passes if each.worth.is_precise] or list(passes)
    return all(each.skeleton == BLAZEPOSE_SKELETON for each in precise)
