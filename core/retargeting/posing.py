"""Every mapped bone's rotation and the root's path, for every frame of a person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from ..data.arrays import F64, I32, check_fields, of_shape
from ..data.errors import RigError
from ..data.types import Person
from . import trunk
from .aligning import align, blend, upright_turn
from .bonemap import BoneMap
from .feet.planting import Leg, legs_of, plant
from .hanging import hung_as_a_body, places, travelling
from .rig import RestBones, Target
from .roles import SIDES, next_role, source_joint
from .source import SourceMotion, source_motion


@dataclass(frozen=True, slots=True)
class RetargetOptions:
    """``in_place`` keeps the root over its spot; ``plant_feet`` holds standing feet; ``twist`` is
    the share of a limb's twist that its twist bones take."""

    in_place: bool = False
    plant_feet: bool = True
    twist: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class RetargetedMotion:
    """What to key: ``names`` of n bones, ``R_basis`` (t, n, 3, 3) against their rest.

    ``carrier`` is the bone that travels, ``carrier_xyz`` (t, 3) where its head goes, upright metres
    from the rig's origin. ``frames`` (t,) positions in the take. ``R_pose`` and ``head_xyz`` are
    the bones' axes and heads. ``scale`` is target over source. ``moved`` are bones that hang on
    what carries them in no body, ``moved_xyz`` (t, k, 3) where they go from rest, along their own
    axes.
    """

    names: tuple[str, ...]
    R_basis: F64 = field(metadata=of_shape("t", "n", 3, 3))
    carrier: str
    carrier_xyz: F64 = field(metadata=of_shape("t", 3))
    frames: I32 = field(metadata=of_shape("t"))
    R_pose: F64 = field(metadata=of_shape("t", "n", 3, 3))
    head_xyz: F64 = field(metadata=of_shape("t", "n", 3))
    scale: float
    moved: tuple[str, ...]
    moved_xyz: F64 = field(metadata=of_shape("t", "k", 3))

    def __post_init__(self) -> None:
        check_fields(self)


def retarget(
    person: Person, rest: RestBones, bone_map: BoneMap, fps: float, options: RetargetOptions,
    fixed: Collection[str] = (),
) -> RetargetedMotion:  # fmt: skip
    """Move ``person``'s motion onto a rig at rest.

    Bones that hang elsewhere than a body's do are moved, except those in ``fixed``. Raises RigError
    when the person has no pose, or the map can't drive the rig.
    """
    if not len(person.frames):
        raise RigError(f"{person.name} has no pose in any frame; there is nothing to retarget.")
    bone_map.check(rest.names, "The rig")
    for side in SIDES:
        hand = bone_map.chains.get(f"{side}_wrist")
        if hand and f"{side}_middle1" not in bone_map.chains:
            rest = rest.ending_at_children(hand[-1])
    hung = rest.kept(bone_map.bones)
    rig, loose = hung_as_a_body(hung, bone_map, fixed)
    rig = rig.turned(upright_turn(Target(rig, bone_map).place))
    source = source_motion(person)
    target = Target(rig, bone_map)
    turns = _bone_turns(source, target, options)
    aligned = _bone_alignment(source, target)
    standing = aligned @ rig.R_rest
    R_pose = turns @ standing
    trunk.lean(source, target, R_pose)
    legs = legs_of(rig, bone_map)
    scale, lift = _proportions(source, rig, standing, legs, target)
    middle = _scaled(target.middle_of_body(source.xyz), scale) + np.array([0.0, 0.0, lift])
    if options.in_place:
        middle = middle * [0, 0, 1] + target.middle(hung.head_xyz) * [1, 1, 0]
    heads = rig.heads(R_pose)
    heads += (middle - target.middle(heads))[:, None]
    if options.plant_feet and legs and not options.in_place:
        R_pose, heads = plant(source, rig, legs, R_pose, heads, scale, fps)
    carrier = travelling(hung, bone_map)
    return RetargetedMotion(
        rig.names, hung.basis(R_pose), rig.names[carrier], heads[:, carrier], person.frames,
        R_pose, heads, scale,
        tuple(rig.names[row] for row in loose), places(hung, loose, R_pose, heads),
    )  # fmt: skip


def _bone_turns(source: SourceMotion, target: Target, options: RetargetOptions) -> F64:
    """How every bone turns away from the source's rest, (t, n, 3, 3)."""
    rows, rig = target.rows, target.rig
    out = np.tile(np.eye(3), (len(source.xyz), len(rig.names), 1, 1))
    for role, chain in rows.items():
        if not role.endswith("_twist"):
            turn = source.turn_of(source_joint(role))
            for row in chain:
                out[:, row] = turn
    if "spine" in rows:
        for row, turn in zip(rows["spine"], _spine(source, target), strict=True):
            out[:, row] = turn
    if "neck" in rows:
        turns = trunk.neck_turns(source, len(rows["neck"]))
        for row, turn in zip(rows["neck"], turns, strict=True):
            out[:, row] = turn
    for side in SIDES:
        for part, above, below in (
            ("shoulder", "collar", None), ("hip", "pelvis", None),
            ("elbow", None, "wrist"), ("knee", None, "ankle"),
        ):  # fmt: skip
            for row, turn in _twisted(source, target, side, part, above, below, options.twist):
                out[:, row] = turn
    return out


def _spine(source: SourceMotion, target: Target) -> list[F64]:
    turns = trunk.spine_turns(source, _spine_places(target))
    carrying = target.spine_under_legs
    return [source.turn_of("pelvis")] * carrying + turns[carrying:]


def _spine_places(target: Target) -> F64:
    rig, chain = target.rig, target.rows["spine"]
    end = target.place("neck")
    end = end if end is not None else target.place("head")
    end = end if end is not None else rig.tail_xyz[chain[-1]]
    heads = rig.head_xyz[[target.rows["pelvis"][0], *chain]]
    return trunk.middles(heads, end)[1:]


def _twisted(
    source: SourceMotion, target: Target, side: str, part: str, above: str | None,
    below: str | None, share: float,
) -> list[tuple[int, F64]]:  # fmt: skip
    """Turns of twist bones, and of a limb's pieces when they lie on one line.

    At the body's end (upper arm, thigh) pieces take up the twist outwards; at the far end (forearm,
    shin) they take over the hand's or foot's.
    """
    role = f"{side}_{part}"
    pieces, beside = target.rows.get(role, []), target.rows.get(f"{role}_twist", [])
    end_role = next_role(role) or ""
    end = target.place(end_role)
    if not pieces or end is None:
        return []
    axis = source.rest(end_role) - source.rest(role)
    axis = axis / np.linalg.norm(axis)
    turn = source.turn_of(role)
    out: list[tuple[int, F64]] = []
    straight = len(pieces) > 1 and trunk.is_straight(target.rig.head_xyz[pieces], end)
    if above is not None:
        parent = source.turn_of(above if above == "pelvis" else f"{side}_{above}")
        inner = [*(pieces[:-1] if straight else []), *beside]
        out += [(row, trunk.share_twist(turn, parent, axis, share)) for row in inner]
    if below is not None:
        child = source.turn_of(f"{side}_{below}")
        outer = [*(pieces[1:] if straight else []), *beside]
        out += [(row, trunk.take_twist(turn, child, axis, share)) for row in outer]
    return out


def _bone_alignment(source: SourceMotion, target: Target) -> F64:
    """The rest alignment (n, 3, 3) of every bone."""
    A = align(source.rest, target.place, target.tip)
    rows, rig = target.rows, target.rig
    out = np.tile(np.eye(3), (len(rig.names), 1, 1))
    for role, chain in rows.items():
        for row in chain:
            out[row] = A.get(role.removesuffix("_twist"), A["chest"])
    if "spine" in rows:
        for row, at in zip(rows["spine"], _spine_places(target), strict=True):
            out[row] = blend(A["pelvis"], A["chest"], float(np.clip(at, 0, 1)))
        out[rows["spine"][-1]] = A["chest"]
        out[rows["spine"][: target.spine_under_legs]] = A["pelvis"]
    for number, row in enumerate(rows.get("neck", [])):
        out[row] = blend(A["chest"], A["head"], (number + 0.5) / len(rows["neck"]))
    return out


def _proportions(
    source: SourceMotion, rig: RestBones, standing: F64, legs: list[Leg], target: Target
) -> tuple[float, float]:
    """Target over source by leg length, and how far the pelvis is lifted after scaling.

    Both stand on their floors in the source's rest pose.
    """
    own = [
        np.linalg.norm(source.rest(f"{side}_{a}") - source.rest(f"{side}_{b}"))
        for side in SIDES
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    ]
    if not legs:
        return _by_trunk(source, target), 0.0
    scale = float(np.mean([leg.length for leg in legs]) / (np.sum(own) / 2))
    heads = rig.heads(standing[None])[0]
    middle = target.middle(heads)[2]
    below = np.mean([middle - heads[leg.ankle][2] + leg.ankle_height for leg in legs])
    source_below = target.middle_of_body(source.rest_xyz)[2] + source.floor_below_pelvis
    return scale, float(below - scale * source_below)


def _scaled(path: F64, scale: float) -> F64:
    """A path (t, 3) of another size, over the floor about where it starts."""
    start = path[0] * [1, 1, 0]
    return start + (path - start) * scale


def _by_trunk(source: SourceMotion, target: Target) -> float:
    top = target.place("head")
    if top is None:
        return 1.0
    ours = np.linalg.norm(source.rest("head") - source.rest("pelvis"))
    return float(np.linalg.norm(top - target.rig.head_xyz[target.rows["pelvis"][0]]) / ours)
