"""What makes rigs of one naming differ: rest pose, spelling, extra or missing bones, the object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ....core.data.arrays import F64
from ....core.geometry.rotations import exp_so3
from .naming import Naming
from .skeleton import FINGERS, Bone, renamed
from .structures import STRUCTURES, Change

_LOWERED: Final = 0.8  # radians of an A-pose
_SIDES: Final = ("left", "right")


def _up(by: float) -> F64:
    return np.array([0.0, 0.0, by])


def _as_is(bones: list[Bone], _naming: Naming) -> list[Bone]:
    return bones


@dataclass(frozen=True, slots=True)
class Oddity:
    """``change`` of the bones; ``turn`` (3,) and ``scale`` of the object, whose bones are
    ``1 / |scale|`` as large, so that it looks the same; ``then`` names what is done in Blender."""

    change: Change = _as_is
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    then: str = ""


def _moved(bones: list[Bone], tops: dict[str, F64]) -> list[Bone]:
    """Everything under the bones whose joint is in ``tops`` turned about its head."""
    out: dict[str, Bone] = {}
    turns: dict[str, tuple[F64, F64, F64]] = {}
    for bone in bones:
        R, old, new = turns.get(bone.parent, (np.eye(3), np.zeros(3), np.zeros(3)))
        head = new + R @ (bone.head - old)
        if bone.joint in tops:
            R = tops[bone.joint] @ R
        tail = head + R @ (bone.tail - bone.head)
        turns[bone.name] = R, bone.head, head
        out[bone.name] = replace(bone, head=head, tail=tail)
    return list(out.values())


def _a_pose(bones: list[Bone], _naming: Naming) -> list[Bone]:
    turn = {
        f"{side}_shoulder": exp_so3(np.array([0.0, sign * _LOWERED, 0.0]))
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    spread = {
        f"{side}_hip": exp_so3(np.array([0.0, -sign * 0.08, 0.0]))
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    return _moved(bones, {**turn, **spread})


def _bent_arms(bones: list[Bone], _naming: Naming) -> list[Bone]:
    elbows = {
        f"{side}_elbow": exp_so3(np.array([0.0, 0.0, -sign * 0.4]))
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    return _moved(_a_pose(bones, _naming), elbows)


def _rolled(bones: list[Bone], _naming: Naming) -> list[Bone]:
    rolls = np.random.default_rng(7).uniform(-3, 3, len(bones))
    return [replace(bone, roll=float(roll)) for bone, roll in zip(bones, rolls, strict=True)]


def _upright_tails(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """As importers leave bones whose ends no file names."""
    return [replace(bone, tail=bone.head + _up(0.05)) for bone in bones]


def _without(*joints: str) -> Change:
    """Bones with these joints, and all that hangs on them; what is left hangs higher."""

    def change(bones: list[Bone], _naming: Naming) -> list[Bone]:
        gone: set[str] = set()
        for bone in bones:
            if any(bone.joint.endswith(one) for one in joints) or bone.parent in gone:
                gone.add(bone.name)
        return [bone for bone in bones if bone.name not in gone]

    return change


def _no_neck(bones: list[Bone], naming: Naming) -> list[Bone]:
    neck = set(naming.words(naming.neck))
    chest = naming.words(naming.spine)[-1]
    kept = [bone for bone in bones if bone.name not in neck]
    return [replace(bone, parent=chest) if bone.parent in neck else bone for bone in kept]


def _no_collars(bones: list[Bone], naming: Naming) -> list[Bone]:
    above = {w for n in (0, 1) for w in naming.words(naming.arm.split("|")[0], n)}
    chest = naming.words(naming.spine)[-1]
    kept = [bone for bone in bones if bone.name not in above]
    return [replace(bone, parent=chest) if bone.parent in above else bone for bone in kept]


def _strand(name: str, parent: str, start: F64, step: F64, count: int) -> list[Bone]:
    out: list[Bone] = []
    for n in range(count):
        out.append(Bone(f"{name}{n}", start + n * step, start + (n + 1) * step, parent))
        parent = f"{name}{n}"
    return out


def _dressed(bones: list[Bone], naming: Naming) -> list[Bone]:
    """Skirt, wings, tail, hair, and a prop in the hand."""
    pelvis, chest = naming.words(naming.pelvis)[0], naming.words(naming.spine)[-1]
    head = naming.words(naming.head)[0]
    at = {bone.name: bone.head for bone in bones}
    out = list(bones)
    for side, x in (("L", 1.0), ("R", -1.0)):
        start = at[pelvis] + [0.22 * x, 0, -0.05]
        out += _strand(f"skirt_{side}_", pelvis, start, np.array([0.02 * x, 0, -0.17]), 5)
        back = at[chest] + [0.08 * x, 0.1, 0.0]
        out += _strand(f"wing_{side}_", chest, back, np.array([0.28 * x, 0.16, 0.1]), 4)
        out += _strand(f"hair_{side}_", head, at[head] + [0.1 * x, 0, 0.15], np.array(
            [0.01 * x, 0.01, -0.15]), 6)  # fmt: skip
    out += _strand("tail_", pelvis, at[pelvis] + [0, 0.1, 0], np.array([0, 0.2, -0.05]), 6)
    hand = next(bone.name for bone in bones if bone.joint == "right_wrist")
    return [*out, *_strand("sword_", hand, at[hand], np.array([0, -0.5, 0]), 2)]


def _with_ik(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Targets and poles under a root of their own, as animators' rigs have."""
    at = {bone.joint: bone.head for bone in bones if bone.joint}
    out = [*bones, Bone("MASTER", np.zeros(3), np.array([0, 0.3, 0]), "")]
    for side, mark in zip(_SIDES, "LR", strict=True):
        for part, ahead in (("ankle", 0.15), ("wrist", 0.1)):
            place = at[f"{side}_{part}"]
            out.append(Bone(f"IK_{part}.{mark}", place, place + np.array([0, ahead, 0]), "MASTER"))
        for part, y in (("knee", -0.5), ("elbow", 0.5)):
            place = at[f"{side}_{part}"] + [0, y, 0]
            out.append(Bone(f"pole_{part}.{mark}", place, place + _up(0.1), "MASTER"))
    return out


def _twists(bones: list[Bone], _naming: Naming) -> list[Bone]:
    out = list(bones)
    for bone in bones:
        if bone.joint.split("_")[-1] in ("shoulder", "elbow", "hip", "knee"):
            half = (bone.head + bone.tail) / 2
            out.append(Bone(f"{bone.name}_extraTwist", half, bone.tail, bone.name))
    return out


def _spelled(spell: Callable[[str], str]) -> Change:
    def change(bones: list[Bone], _naming: Naming) -> list[Bone]:
        return renamed(bones, {bone.name: spell(bone.name) for bone in bones})

    return change


def _facing_back(bones: list[Bone], _naming: Naming) -> list[Bone]:
    half = np.array([-1.0, -1.0, 1.0])
    return [replace(bone, head=bone.head * half, tail=bone.tail * half) for bone in bones]


def _stray_first(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Lone bones that hang on nothing, before all others."""
    lone = [Bone(f"lone{n}", np.array([n * 0.3 - 0.5, 1.0, 0.0]), np.array(
        [n * 0.3 - 0.5, 1.0, 0.2]), "") for n in range(4)]  # fmt: skip
    return [*lone, *bones]


def _hung_hips(bones: list[Bone], naming: Naming) -> list[Bone]:
    """Hips at the end of a bone that stands on the floor, to which they can be connected."""
    pelvis = naming.words(naming.pelvis)[0]
    hips = next(bone for bone in bones if bone.name == pelvis)
    above = {bone.name: bone for bone in bones}.get(hips.parent)
    stand = Bone("Stand", np.zeros(3), hips.head, above.name if above else "")
    out = [replace(b, parent="Stand") if b.name == pelvis else b for b in bones]
    out.insert(next(n for n, bone in enumerate(out) if bone.name == pelvis), stand)
    return out


_QUARTER: Final = float(np.pi / 2)
ODDITIES: Final[dict[str, Oddity]] = {
    "plain": Oddity(),
    "a-pose": Oddity(_a_pose),
    "bent-arms": Oddity(_bent_arms),
    "rolled": Oddity(_rolled),
    "upright-tails": Oddity(_upright_tails),
    "hundredth": Oddity(scale=(0.01, 0.01, 0.01)),
    "hundredfold": Oddity(scale=(100.0, 100.0, 100.0)),
    "y-up": Oddity(turn=(_QUARTER, 0.0, 0.0), scale=(0.01, 0.01, 0.01)),
    "turned": Oddity(turn=(0.0, 0.0, 0.7)),
    "facing-back": Oddity(_facing_back),
    "mirrored": Oddity(scale=(-1.0, 1.0, 1.0)),
    "no-fingers": Oddity(_without(*(f"{finger}1" for finger in FINGERS))),
    "no-toes": Oddity(_without("_foot")),
    "no-neck": Oddity(_no_neck),
    "no-collars": Oddity(_no_collars),
    "no-hands": Oddity(_without("_wrist")),
    "dressed": Oddity(_dressed),
    "ik": Oddity(_with_ik),
    "twists": Oddity(_twists),
    "stray-bones": Oddity(_stray_first),
    "namespace": Oddity(_spelled(lambda name: f"Char01:rig:{name}")),
    "path-prefix": Oddity(_spelled(lambda name: f"Armature|{name}")),
    "copied": Oddity(_spelled(lambda name: f"{name}.001")),
    "upper-case": Oddity(_spelled(str.upper)),
    "underscored": Oddity(_spelled(lambda name: name.replace(" ", "_"))),
    "comma": Oddity(_spelled(lambda name: name.replace("_", ",") + ",")),
    "shuffled": Oddity(then="shuffled"),
    "euler": Oddity(then="euler"),
    "axis-angle": Oddity(then="axis-angle"),
    "locked": Oddity(then="locked"),
    "hidden": Oddity(then="hidden"),
    "own-rotation": Oddity(then="own-rotation"),
    "left-posed": Oddity(then="left-posed"),
    "connected": Oddity(then="connected"),
    "hips-connected": Oddity(_hung_hips, then="connected"),
    "limits": Oddity(then="limits"),
    "drivers": Oddity(then="drivers"),
    "under-parent": Oddity(then="under-parent"),
    "nla": Oddity(then="nla"),
    **{name: Oddity(change) for name, change in STRUCTURES.items()},
}
"""By name; the first is the rig as its naming makes it."""
