"""What a bone of a character can be: data only.

Roles are SMPL-X joint names, apart from the trunk: rigs differ in how many bones it has, so
"spine" and "neck" are chains of any length, and "root" is a bone above the pelvis that travels.
"""

from __future__ import annotations

from typing import Final

SIDES: Final = ("left", "right")
FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
ARM: Final = ("collar", "shoulder", "elbow", "wrist")
LEG: Final = ("hip", "knee", "ankle", "foot")
TWISTS: Final = ("shoulder", "elbow", "hip", "knee")
"""Limb parts that may have twist bones beside the limb: role "left_elbow_twist"."""

TRUNK: Final = ("root", "pelvis", "spine", "neck", "head", "jaw")
LIMBS: Final = tuple(f"{side}_{part}" for side in SIDES for part in (*ARM, *LEG))
FINGER_ROLES: Final = tuple(
    f"{side}_{finger}{number}" for side in SIDES for finger in FINGERS for number in (1, 2, 3)
)
TWIST_ROLES: Final = tuple(f"{side}_{part}_twist" for side in SIDES for part in TWISTS)
ROLES: Final = (*TRUNK, *LIMBS, *FINGER_ROLES, *TWIST_ROLES)

ESSENTIAL: Final = (
    "pelvis",
    *(f"{side}_{part}" for side in SIDES for part in ("shoulder", "elbow", "wrist")),
    *(f"{side}_{part}" for side in SIDES for part in ("hip", "knee", "ankle")),
)
"""A rig is recognised when it has these; a map made by hand may have fewer."""


def source_joint(role: str) -> str:
    """Return the SMPL-X joint whose motion a role takes; chains name their own."""
    return {"root": "pelvis", "spine": "spine3"}.get(role, role)


def next_role(role: str) -> str | None:
    """Return the role at the other end of a limb's part, by which its direction is told."""
    side, _, part = role.partition("_")
    limb = ("shoulder", "elbow", "wrist") if part in ARM else ("hip", "knee", "ankle")
    if part in limb[:-1]:
        return f"{side}_{limb[limb.index(part) + 1]}"
    if part == "wrist":
        return f"{side}_middle1"
    if part[-1:] in ("1", "2"):
        return f"{side}_{part[:-1]}{int(part[-1]) + 1}"
    return None
