"""Controls for inverse kinematics: where hands, feet and their pole targets go, from a posed rig.

The rig's own solver bends the limb then, so what it needs is where the limb ends, turned as the
hand or foot is, and a pole in the plane of its bend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..data.arrays import F64, check_fields, of_shape
from ..data.errors import RigError
from ..geometry.rotations import normalize
from .bonemap import BoneMap
from .posing import RetargetedMotion
from .rig import RestBones
from .rigs.profiles import PROFILES
from .roles import SIDES

CONTROLS: Final = ("fk", "ik")
_CLEAR: Final = (0.02, 0.06)
"""Sines of a limb's fold between which its own bend plane takes over from the pole at rest."""


@dataclass(frozen=True, slots=True, eq=False)
class ControlPath:
    """One control's keys: ``R_basis`` (t, 3, 3) against its rest, None for a pole; ``xyz`` (t, 3)
    where its head goes, None where it doesn't travel; both upright, metres from the rig's origin.
    """

    name: str
    R_basis: F64 | None = field(metadata=of_shape("t", 3, 3))
    xyz: F64 | None = field(metadata=of_shape("t", 3))

    def __post_init__(self) -> None:
        check_fields(self)


def ik_paths(
    motion: RetargetedMotion, rest: RestBones, bone_map: BoneMap
) -> tuple[list[ControlPath], dict[tuple[str, str], float]]:
    """Return what to key on a rig's IK controls, and its switches, to pose it as ``motion`` does.

    ``rest`` are all the rig's bones. Raises RigError for a rig whose IK controls are not known.
    """
    profile = PROFILES.get(bone_map.convention)
    sides, limbs = (profile.ik_sides, profile.ik) if profile is not None else ((), ())
    paths: list[ControlPath] = []
    switches: dict[tuple[str, str], float] = {}
    for side, spelled in zip(SIDES, sides, strict=False):
        for limb in limbs:
            chains = [bone_map.chains.get(f"{side}_{role}", ()) for role in limb.roles]
            control, pole, toe = (
                name.replace("*", spelled) for name in (limb.control, limb.pole, limb.toe)
            )
            if not all(chains) or control not in rest.names or pole not in rest.names:
                continue
            bones = [chain[0] for chain in chains]
            paths += [
                _at_end(motion, rest, bones[2], control),
                _pole(motion, rest, bones, pole),
            ]
            toes = bone_map.chains.get(f"{side}_foot", ())
            if toe in rest.names and toes and "ankle" in limb.roles:
                paths.append(_copied(motion, rest, toes[0], bones[2], toe))
            switches |= {
                (bone.replace("*", spelled), key): value
                for (bone, key), value in limb.switches.items()
            }
    if not paths:
        raise RigError(
            "The rig has no IK controls that Limn knows (those of a generated Rigify rig); "
            "key its FK controls."
        )
    return paths, switches


def _at_end(motion: RetargetedMotion, rest: RestBones, bone: str, control: str) -> ControlPath:
    """A control that goes with ``bone`` as if it were a part of it."""
    column, row, own = motion.names.index(bone), rest.row(bone), rest.row(control)
    turn = motion.R_pose[:, column] @ rest.R_rest[row].T
    offset = rest.head_xyz[own] - rest.head_xyz[row]
    xyz = motion.head_xyz[:, column] + turn @ offset
    return ControlPath(control, rest.R_rest[own].T @ turn @ rest.R_rest[own], xyz)


def _copied(
    motion: RetargetedMotion, rest: RestBones, bone: str, parent: str, control: str
) -> ControlPath:
    """A control that turns against ``parent`` as ``bone`` does."""
    own = rest.R_rest[rest.row(control)]
    turns = [
        motion.R_pose[:, motion.names.index(name)] @ rest.R_rest[rest.row(name)].T
        for name in (parent, bone)
    ]
    return ControlPath(control, own.T @ np.swapaxes(turns[0], -1, -2) @ turns[1] @ own, None)


def _pole(
    motion: RetargetedMotion, rest: RestBones, bones: Sequence[str], pole: str
) -> ControlPath:
    """Beside the limb's middle joint, on the side to which it bends, as far as at rest."""
    start, middle, end = (motion.head_xyz[:, motion.names.index(name)] for name in bones)
    upper = motion.names.index(bones[0])
    turn = motion.R_pose[:, upper] @ rest.R_rest[rest.row(bones[0])].T
    at_rest = rest.head_xyz[rest.row(pole)] - rest.head_xyz[rest.row(bones[1])]
    line = normalize(end - start)
    fold = np.cross(normalize(middle - start), normalize(end - middle))
    low, high = _CLEAR
    share = np.clip((np.linalg.norm(fold, axis=-1) - low) / (high - low), 0, 1)[:, None]
    own = normalize(_across(middle - start, line))
    wanted = share * own + (1 - share) * normalize(_across(turn @ at_rest, line))
    # Both opposite: the pole at rest stays, a moment of it is better than a jump.
    wanted = np.where(np.linalg.norm(wanted, axis=-1, keepdims=True) > 1e-3, wanted, own)
    return ControlPath(pole, None, middle + normalize(wanted) * np.linalg.norm(at_rest))


def _across(v: F64, line: F64) -> F64:
    """The part of ``v`` (t, 3) that is perpendicular to ``line`` (t, 3)."""
    return v - (v * line).sum(-1, keepdims=True) * line
