"""The bones of a rig of one naming, with the person's own proportions, in T-pose, facing -y."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ....core.data.arrays import F64
from ....core.data.skeletons import REST_XYZ_BODY, joint
from ....core.geometry.kinematics import R_WORLD_BODY_REST
from .naming import Naming

FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
_ARM: Final = ("collar", "shoulder", "elbow", "wrist")
_LEG: Final = ("hip", "knee", "ankle", "foot")
_SPINES: Final = {1: (1,), 2: (1, 3), 3: (1, 2, 3)}
"""Which of the three spine joints a rig's spine bones lie at."""


@dataclass(frozen=True, slots=True)
class Bone:
    """A bone at rest, metres; ``joint`` is where its head lies, "" where nothing is measured."""

    name: str
    head: F64
    tail: F64
    parent: str
    joint: str = ""
    roll: float = 0.0


def joints_at_rest() -> dict[str, F64]:
    """Where every joint is in T-pose, z up, facing -y, feet on the floor."""
    xyz = REST_XYZ_BODY.astype(np.float64) @ R_WORLD_BODY_REST.T
    xyz = xyz - [0, 0, xyz[joint("left_foot"), 2] - 0.02]
    sides = ("left", "right")
    limbs = [f"{side}_{part}" for side in sides for part in (*_ARM, *_LEG)]
    tips = [f"{side}_{finger}{n}" for side in sides for finger in FINGERS for n in (1, 2, 3)]
    trunk = ["pelvis", "spine1", "spine2", "spine3", "neck", "head"]
    return {name: xyz[joint(name)] for name in (*trunk, *limbs, *tips)}


def skeleton(naming: Naming) -> list[Bone]:
    """The bones of ``naming``, parents before their children."""
    at = joints_at_rest()
    bones: list[Bone] = []
    top = ""
    for name in naming.words(naming.above):
        place = at["pelvis"] if name != naming.words(naming.above)[0] else np.zeros(3)
        bones.append(Bone(name, place, place + np.array([0, 0, 0.1]), top))
        top = name
    pelvis = naming.words(naming.pelvis)[0]
    bones.append(Bone(pelvis, at["pelvis"], at["spine1"], top, "pelvis"))
    bones += _trunk(naming, at, pelvis)
    chest = naming.words(naming.spine)[-1]
    bones += _beside(naming, at, bones, sided=False)
    legs_on = naming.words(naming.legs_on)[0] if naming.legs_on else pelvis
    for number, side in enumerate(("left", "right")):
        for limb, parts, above in (
            (naming.arm, _ARM, chest),
            (naming.leg, _LEG, legs_on),
        ):
            bones += _limb(naming, at, limb.split("|"), parts, above, number, side)
        hand = naming.words(naming.arm.split("|")[3], number)[0]
        for finger, text in zip(FINGERS, naming.fingers, strict=False):
            bones += _chain(
                naming.words(text, number), [f"{side}_{finger}{n}" for n in (1, 2, 3)], at, hand
            )
    return bones + _beside(naming, at, bones, sided=True)


def _trunk(naming: Naming, at: dict[str, F64], pelvis: str) -> list[Bone]:
    spine, neck = naming.words(naming.spine), naming.words(naming.neck)
    ways = _SPINES.get(len(spine))
    if ways:
        points = [at[f"spine{n}"] for n in ways]
        known = [f"spine{n}" for n in ways]
    else:
        share = np.linspace(0, 1, len(spine))
        points = [at["spine1"] + s * (at["spine3"] - at["spine1"]) for s in share]
        known = ["spine1", *[""] * (len(spine) - 2), "spine3"]
    share = np.arange(len(neck)) / len(neck)
    points += [at["neck"] + s * (at["head"] - at["neck"]) for s in share]
    known += ["neck", *[""] * (len(neck) - 1)]
    points += [at["head"], at["head"] + [0, 0, 0.2]]
    names = [*spine, *neck, naming.words(naming.head)[0]]
    known.append("head")
    parents = [naming.words(naming.spine_on)[0] if naming.spine_on else pelvis, *names[:-1]]
    return [
        Bone(name, points[k], points[k + 1], parents[k], known[k]) for k, name in enumerate(names)
    ]


def _limb(
    naming: Naming, at: dict[str, F64], texts: list[str], parts: tuple[str, ...], above: str,
    number: int, side: str,
) -> list[Bone]:  # fmt: skip
    out: list[Bone] = []
    for text, part, after in zip(texts, parts, (*parts[1:], ""), strict=True):
        start = at[f"{side}_{part}"]
        end = at[f"{side}_{after}"] if after else start + _onward(part, side)
        pieces = naming.words(text, number)
        for k, name in enumerate(pieces):
            a, b = (start + (end - start) * n / len(pieces) for n in (k, k + 1))
            out.append(Bone(name, a, b, above, f"{side}_{part}" if k == 0 else ""))
            above = name
    return out


def _onward(part: str, side: str) -> F64:
    if part == "foot":
        return np.array([0.0, -0.07, 0.0])
    return np.array([0.15 if side == "left" else -0.15, 0.0, 0.0])


def _chain(names: list[str], joints: list[str], at: dict[str, F64], above: str) -> list[Bone]:
    out: list[Bone] = []
    for k, (name, which) in enumerate(zip(names, joints, strict=True)):
        start = at[which]
        end = at[joints[k + 1]] if k < 2 else start + (start - at[joints[k - 1]])
        out.append(Bone(name, start, end, above, which))
        above = name
    return out


def _beside(naming: Naming, at: dict[str, F64], bones: list[Bone], *, sided: bool) -> list[Bone]:
    known = {bone.name for bone in bones}
    out: list[Bone] = []
    for text, where, parent in naming.beside:
        if ("*" in text) != sided and not (sided and where == "wrist" and "*" not in text):
            continue
        for number, side in enumerate(("left", "right") if "*" in text else ("",)):
            name, above = naming.words(text, number)[0], naming.words(parent, number)[0]
            if name in known or above not in known | {bone.name for bone in out}:
                continue
            place = at.get(f"{side or 'right'}_{where}", at.get(where, np.zeros(3)))
            out.append(Bone(name, place, place + np.array([0, 0, 0.08]), above))
    return out


def renamed(bones: list[Bone], spell: dict[str, str]) -> list[Bone]:
    """The same bones by other names."""
    return [
        replace(b, name=spell.get(b.name, b.name), parent=spell.get(b.parent, b.parent))
        for b in bones
    ]
