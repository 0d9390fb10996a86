"""Folders of BVH or ASF/AMC files to one file of joints, like shared/training/cmu_joints.npz.

Made for the CMU database's common BVH edition (cgspeed); other skeletons work when their joints
have the usual names. Nose, ears and heels are no joints of such skeletons: they are derived.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, Floats
from ...core.data.writing import write_npz
from ...core.lifting.features import CANONICAL_M, body_size
from .asf import read_amc
from .body import JOINTS, TO_POINTS, joint
from .motion import FPS
from .recorded import Recorded, read_bvh

_NAMES: Final = {
    "pelvis": ("Hips", "hip"),
    "spine": ("Spine1", "Spine", "chest"),
    "neck": ("Neck1", "Neck", "neck"),
    "hip": ("UpLeg", "Thigh", "hip"),
    "knee": ("Leg", "Shin", "knee"),
    "ankle": ("Foot", "foot"),
    "toe": ("ToeBase", "Toe", "toe"),
    "shoulder": ("Arm", "Shldr", "shoulder"),
    "elbow": ("ForeArm", "elbow"),
    "wrist": ("Hand", "hand"),
}
_READERS: Final = {".bvh": read_bvh, ".amc": read_amc}
_HEAD: Final = ("Head", "head")
_NOSE: Final = np.array([0.0, 0.03, 0.11])
_EAR: Final = np.array([0.07, 0.05, 0.01])
"""From the head's joint in canonical metres: left, up, front."""
_HEEL_BACK_M: Final = 0.05
_FROM_Y_UP: Final = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


@dataclass(frozen=True, slots=True)
class Split:
    """Subjects (a file's name up to its first underscore) held out and left out altogether."""

    held_out: frozenset[str]
    left_out: frozenset[str]


def collect(folder: Path, output: Path, split: Split, report: Callable[[str], None]) -> None:
    """Write every BVH and AMC file below ``folder`` into ``output``; unusable ones are told.

    Raises ValueError when none can.
    """
    clips: list[F64] = []
    names: list[str] = []
    for path in sorted(path for kind in _READERS for path in folder.rglob(f"*{kind}")):
        if _subject(path.stem) in split.left_out:
            continue
        try:
            clips.append(joints_of(_READERS[path.suffix](path)))
            names.append(path.stem)
        except ValueError as error:
            report(str(error))
    if not clips:
        raise ValueError(f"{folder} holds no BVH or AMC file that can be used")
    subjects = [_subject(name) for name in names]
    joints_mm = np.round(1000 * np.concatenate(clips)).clip(-32768, 32767)
    arrays = {
        "joints_mm": joints_mm.astype(np.int16),
        "start": np.cumsum([0, *map(len, clips)]).astype(np.int32),
        "clip": np.array(names),
        "subject": np.array(subjects),
        "val": np.array([subject in split.held_out for subject in subjects]),
        "names": np.array(JOINTS),
        "fps": int(FPS),
    }
    write_npz(output, arrays)


def _subject(stem: str) -> str:
    return stem.partition("_")[0]


def joints_of(motion: Recorded) -> F64:
    """The tree's joints (t, 22, 3) at 30 frames a second, z up, at canonical size, near the origin.

    Raises ValueError when a joint is missing.
    """
    pick = {name: _find(motion.names, *_wanted(name)) for name in JOINTS if _is_measured(name)}
    head = _find(motion.names, _HEAD, "")
    xyz = np.zeros((len(motion.xyz), len(JOINTS), 3))
    for name, j in pick.items():
        xyz[:, joint(name)] = motion.xyz[:, j]
    xyz[:, 0] = (xyz[:, joint("left_hip")] + xyz[:, joint("right_hip")]) / 2
    unit = np.median(body_size(xyz[:, TO_POINTS])) / CANONICAL_M
    R_head = motion.R_world_joint[:, head]
    for name, offset in (("nose", _NOSE), ("left_ear", _EAR), ("right_ear", _EAR * [-1, 1, 1])):
        xyz[:, joint(name)] = motion.xyz[:, head] + unit * (R_head @ offset)
    for side in ("left", "right"):
        ankle, toe = (motion.rest[pick[f"{side}_{part}"]] for part in ("ankle", "toe"))
        ahead = np.array([toe[0] - ankle[0], 0, toe[2] - ankle[2]])
        ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
        heel = [0, toe[1] - ankle[1], 0] - _HEEL_BACK_M * unit * ahead
        R_foot = motion.R_world_joint[:, pick[f"{side}_ankle"]]
        xyz[:, joint(f"{side}_heel")] = xyz[:, joint(f"{side}_ankle")] + R_foot @ heel
    return _settle(_resample(xyz / unit, motion.fps) @ _FROM_Y_UP.T)


def _is_measured(name: str) -> bool:
    return not name.endswith(("nose", "ear", "heel"))


def _wanted(name: str) -> tuple[Sequence[str], str]:
    side, _, part = name.partition("_")
    return (_NAMES[part], side) if part else (_NAMES[name], "")


def _find(names: Sequence[str], wanted: Sequence[str], side: str) -> int:
    """LeftUpLeg, lThigh, left_hip, mixamorig:LeftUpLeg ...: whatever the side is written like."""
    sides = (side.capitalize(), side[:1], f"{side}_") if side else ("",)
    for part in wanted:
        for prefix in sides:
            for j, name in enumerate(names):
                if name.rpartition(":")[2] == prefix + part:
                    return j
    raise ValueError(f"no joint is the {side} {wanted[0]}".replace("  ", " "))


def _resample(xyz: Floats, fps: float) -> F64:
    t = len(xyz)
    at = np.arange(0, t - 1 + 1e-9, fps / FPS)
    flat = xyz.reshape(t, -1).T
    out = np.stack([np.interp(at, np.arange(t), column) for column in flat], axis=-1)
    return out.reshape(len(at), *xyz.shape[1:])


def _settle(xyz: Floats) -> F64:
    """Begin over the origin, with the lowest soles near the floor z = 0."""
    return xyz - np.array([*xyz[0, 0, :2], np.percentile(xyz[..., 2].min(1), 5)])
