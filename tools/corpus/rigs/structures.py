"""Rigs that hang together otherwise than a body does, stand otherwise, or are called otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

import numpy as np

from ....core.data.arrays import F64
from ....core.geometry.rotations import exp_so3
from .naming import Naming
from .skeleton import Bone, renamed

Change = Callable[[list[Bone], Naming], list[Bone]]


def counted(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """As a website for models numbers them."""
    return renamed(bones, {bone.name: f"{bone.name}_{n:02d}" for n, bone in enumerate(bones)})


def some_copied(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Some bones had a namesake when armatures were joined."""
    known = {bone.name for bone in bones}
    copies = {b.name: f"{b.name}.001" for n, b in enumerate(bones) if n % 3 == 0}
    return renamed(bones, {n: c for n, c in copies.items() if c not in known})


def two_people(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """A second character in the armature, bone by bone after the first one's."""
    out: list[Bone] = []
    for bone in bones:
        for space, aside in (("A", 0.0), ("B", 1.5)):
            away = np.array([aside, 0.0, 0.0])
            parent = f"{space}:{bone.parent}" if bone.parent else ""
            known = bone.joint if space == "A" else ""
            out.append(
                Bone(f"{space}:{bone.name}", bone.head + away, bone.tail + away, parent, known)
            )
    return out


def sides_swapped(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Left is called what lies at the left of who looks at the character."""
    by_joint = {bone.joint: bone.name for bone in bones if bone.joint}
    other = {"left": "right", "right": "left"}
    spell: dict[str, str] = {}
    for known, name in by_joint.items():
        side, _, part = known.partition("_")
        if side in other:
            spell[name] = by_joint[f"{other[side]}_{part}"]
    return renamed(bones, spell)


def _turned(R: F64, away: F64) -> Change:
    def change(bones: list[Bone], _naming: Naming) -> list[Bone]:
        return [
            replace(bone, head=R @ bone.head + away, tail=R @ bone.tail + away) for bone in bones
        ]

    return change


def grouped(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Every bone under a group of its own at the same place, as offsets are."""
    out: list[Bone] = []
    for bone in bones:
        group = f"{bone.name}_grp"
        half = (bone.head + bone.tail) / 2
        out += [Bone(group, bone.head, half, bone.parent), replace(bone, parent=group)]
    return out


def _on_root(*joints: str) -> Change:
    """Bones with these joints hang on a bone on the floor, as all does that hung on nothing."""

    def change(bones: list[Bone], _naming: Naming) -> list[Bone]:
        floor = Bone("Stand", np.zeros(3), np.array([0.0, 0.0, 0.1]), "")
        moved = [
            replace(b, parent="Stand") if not b.parent or b.joint.endswith(joints) else b
            for b in bones
        ]
        return [floor, *moved]

    return change


def flat(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """Nothing hangs on anything."""
    return [replace(bone, parent="") for bone in bones]


def hips_beside_spine(bones: list[Bone], naming: Naming) -> list[Bone]:
    """Hips and spine both hang on a bone at their place."""
    hips = next(bone for bone in bones if bone.joint == "pelvis")
    spine = naming.words(naming.spine)[0]
    middle = Bone("Middle", hips.head, hips.head + np.array([0.0, 0.0, 0.1]), hips.parent)
    moved = [replace(b, parent="Middle") if b.name in (hips.name, spine) else b for b in bones]
    moved.insert(next(n for n, bone in enumerate(moved) if bone.name == hips.name), middle)
    return moved


def _less(gone: Callable[[Naming], Collection[str]]) -> Change:
    """Without some bones; what hung on them hangs on the next above."""

    def change(bones: list[Bone], naming: Naming) -> list[Bone]:
        names, parents = gone(naming), {bone.name: bone.parent for bone in bones}

        def above(name: str) -> str:
            while name in names:
                name = parents[name]
            return name

        return [replace(b, parent=above(b.parent)) for b in bones if b.name not in names]

    return change


def heeled(bones: list[Bone], _naming: Naming) -> list[Bone]:
    """A bone from each ankle back to the heel, level and longer than the toes'."""
    out = list(bones)
    for bone in bones:
        if bone.joint.endswith("_ankle"):
            down = bone.head * [1.0, 1.0, 0.2]
            back = np.array([0.0, 0.05, 0.0])
            out.append(Bone(f"{bone.name}Back", down + back, down + 4 * back, bone.name))
    return out


_QUARTER: Final = np.pi / 2
_DOWN: Final = _turned(exp_so3(np.array([_QUARTER, 0.0, 0.0])), np.array([0.0, 0.0, 0.1]))
STRUCTURES: Final[dict[str, Change]] = {
    "counted": counted,
    "some-copied": some_copied,
    "two-people": two_people,
    "sides-swapped": sides_swapped,
    "lying": _DOWN,
    "head-down": _turned(np.diag([-1.0, 1.0, -1.0]), np.array([0.0, 0.0, 1.7])),
    "facing-x": _turned(exp_so3(np.array([0.0, 0.0, _QUARTER])), np.zeros(3)),
    "facing-aslant": _turned(exp_so3(np.array([0.0, 0.0, 0.8])), np.zeros(3)),
    "aside": _turned(np.eye(3), np.array([2.0, 1.0, 0.0])),
    "grouped": grouped,
    "hands-on-root": _on_root("_wrist"),
    "legs-on-root": _on_root("_hip"),
    "flat": flat,
    "hips-beside-spine": hips_beside_spine,
    "one-spine-bone": _less(lambda naming: naming.words(naming.spine)[1:]),
    "no-spine": _less(lambda naming: naming.words(naming.spine)),
    "heeled": heeled,
}
"""By name."""
