"""What is drawn of a person: points, limbs with a thickness, colours. Plain geometry, no pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...core.bodies.person_colours import PERSON_SRGB
from ...core.data.arrays import F32, I32, Bools
from ...core.data.faces.ibug import FACE_68
from ...core.data.skeletons import REST_XYZ_BODY, SMPLX_55, joint
from ...core.data.types import Person
from ...core.geometry.kinematics import forward
from ...core.geometry.rotations import matrix_from_quat

Colour = tuple[int, int, int]
"""Blue, green, red in 0..255."""

# (name, joint it is fixed to, offset in metres in that joint's frame at the reference stature)
_FIXED_POINTS: Final = (
    ("face", "head", (0.0, 0.045, 0.030)),
    ("crown", "head", (0.0, 0.115, 0.015)),
    ("left_heel", "left_ankle", (0.0, -0.055, -0.055)),
    ("left_toe", "left_foot", (0.0, -0.012, 0.075)),
    ("right_heel", "right_ankle", (0.0, -0.055, -0.055)),
    ("right_toe", "right_foot", (0.0, -0.012, 0.075)),
)
POINTS: Final = SMPLX_55 + tuple(name for name, _, _ in _FIXED_POINTS)

# (from, to, radius there in metres, radius here in metres) at the reference stature
_MIDDLE: Final = (
    ("pelvis", "spine1", 0.070, 0.062),
    ("spine1", "spine2", 0.062, 0.066),
    ("spine2", "spine3", 0.066, 0.060),
    ("spine3", "neck", 0.056, 0.040),
    ("neck", "face", 0.036, 0.038),
    ("face", "crown", 0.072, 0.088),
)
_SIDE: Final = (
    ("spine3", "{}_collar", 0.046, 0.044),
    ("{}_collar", "{}_shoulder", 0.044, 0.044),
    ("{}_shoulder", "{}_elbow", 0.044, 0.034),
    ("{}_elbow", "{}_wrist", 0.034, 0.024),
    ("{}_wrist", "{}_middle1", 0.026, 0.024),
    ("{}_wrist", "{}_index1", 0.020, 0.014),
    ("{}_wrist", "{}_pinky1", 0.020, 0.013),
    ("{}_wrist", "{}_thumb1", 0.018, 0.014),
    ("pelvis", "{}_hip", 0.064, 0.062),
    ("{}_hip", "{}_knee", 0.062, 0.045),
    ("{}_knee", "{}_ankle", 0.045, 0.030),
    ("{}_ankle", "{}_heel", 0.030, 0.026),
    ("{}_ankle", "{}_foot", 0.034, 0.028),
    ("{}_heel", "{}_foot", 0.026, 0.026),
    ("{}_foot", "{}_toe", 0.028, 0.020),
)
_FINGERS: Final = tuple(
    (f"{{}}_{finger}{n}", f"{{}}_{finger}{n + 1}", 0.012, 0.010)
    for finger in ("thumb", "index", "middle", "ring", "pinky")
    for n in (1, 2)
)
MARKED_JOINTS: Final = (
    *(joint(name) for name in ("pelvis", "spine3", "neck")),
    *(
        joint(f"{side}_{part}")
        for side in ("left", "right")
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot")
    ),
)
"""The joints that get a dot."""

PALETTE: Final[tuple[Colour, ...]] = tuple((b, g, r) for r, g, b in PERSON_SRGB)
"""Everybody's colours, blue first as OpenCV wants them."""


@dataclass(frozen=True, slots=True)
class Limb:
    """A tapered bone between two of ``POINTS``; ``side`` is "left", "right" or "middle"."""

    start: int
    end: int
    start_radius_m: float
    end_radius_m: float
    side: str
    is_finger: bool = False


def _limb(row: tuple[str, str, float, float], side: str, *, is_finger: bool = False) -> Limb:
    start, end = (POINTS.index(name.format(side)) for name in row[:2])
    return Limb(start, end, row[2], row[3], side, is_finger)


LIMBS: Final = (
    *(_limb(row, "middle") for row in _MIDDLE),
    *(_limb(row, side) for row in _SIDE for side in ("left", "right")),
    *(_limb(row, side, is_finger=True) for row in _FINGERS for side in ("left", "right")),
)
LIMB_ENDS: Final = np.array([(limb.start, limb.end) for limb in LIMBS])
LIMB_RADII_M: Final = np.array([(limb.start_radius_m, limb.end_radius_m) for limb in LIMBS])
IS_FINGER: Final = np.array([limb.is_finger for limb in LIMBS])
"""``LIMBS`` as arrays: (n, 2) indices, (n, 2) metres, (n,)."""


_FACE_SEEN: Final = 0.3
"""Score of all points of a face from which it is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """A person in one frame: ``xyz_world`` (len(POINTS), 3) metres, ``confidence`` (len(POINTS),),
    ``contact`` (4,), ``scale`` stature over the reference; ``face_px`` (68, 2) of ``FACE_68`` in
    the footage, None where nobody saw the face."""

    name: str
    tints: dict[str, Colour]
    scale: float
    xyz_world: F32
    confidence: F32
    contact: F32
    is_bridged: bool
    face_px: F32 | None = None


class Figure:
    """A person of a take, ready to be drawn at any of its frames."""

    def __init__(self, person: Person, number: int) -> None:
        self.name = person.name
        self.tints = tints(PALETTE[number % len(PALETTE)])
        self.frames: I32 = person.frames
        self.scale = float(np.ptp(person.rest_xyz_body[:, 1]) / np.ptp(REST_XYZ_BODY[:, 1]))
        self.contact: F32 = person.contact
        self.bridged: Bools = person.bridged
        face = person.xy_skeleton.select(FACE_68.names)
        self._face_px: F32 = person.xy_px[:, face.rows]
        self._face_score: F32 = face.scores(person.xy_score).astype(np.float32)
        holders = [joint(holder) for _, holder, _ in _FIXED_POINTS]
        offsets = np.array([offset for _, _, offset in _FIXED_POINTS], np.float32) * self.scale
        xyz, R = forward(
            person.rest_xyz_body, person.root_xyz_world, matrix_from_quat(person.quat_parent_joint)
        )
        fixed = xyz[:, holders] + np.einsum("tjab,jb->tja", R[:, holders], offsets)
        self.xyz_world: F32 = np.concatenate([xyz, fixed], axis=1).astype(np.float32)
        self.confidence: F32 = np.concatenate(
            [person.confidence, person.confidence[:, holders]], axis=1
        )

    def at(self, position: int) -> Pose | None:
        """The pose at a position in ``Take.time_s``, None where the person has none."""
        k = int(np.searchsorted(self.frames, position))
        if k == len(self.frames) or self.frames[k] != position:
            return None
        return Pose(
            name=self.name,
            tints=self.tints,
            scale=self.scale,
            xyz_world=self.xyz_world[k],
            confidence=self.confidence[k],
            contact=self.contact[k],
            is_bridged=bool(self.bridged[k]),
            face_px=self._face_px[k] if self._face_score[k].min() > _FACE_SEEN else None,
        )


def tints(base: Colour) -> dict[str, Colour]:
    """Lighter on the left, darker on the right, so that swapped sides show."""
    return {
        "left": mixed(base, (255, 255, 255), 0.5),
        "middle": base,
        "right": mixed(base, (40, 20, 20), 0.42),
    }


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """``a`` with ``share`` of ``b``."""
    blue, green, red = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return blue, green, red
