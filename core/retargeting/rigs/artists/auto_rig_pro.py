"""Auto-Rig Pro: its controls, and what it exports."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

AUTO_RIG_PRO: Final = RigProfile(
    (".l", ".r"),
    {
        "pelvis": "c_root_master.x",
        "spine": "c_spine_01.x c_spine_02.x c_spine_03.x",
        "neck": "c_neck.x",
        "head": "c_head.x",
        "jaw": "c_jawbone.x",
        "collar": "c_shoulder*",
        "shoulder": "c_arm_fk*",
        "elbow": "c_forearm_fk*",
        "wrist": "c_hand_fk*",
        "hip": "c_thigh_fk*",
        "knee": "c_leg_fk*",
        "ankle": "c_foot_fk*",
        "foot": "c_toes_fk*",
    },
    {f: f"c_{f}#*" for f in ("thumb", "index", "middle", "ring", "pinky")},
    {("c_hand_ik*", "ik_fk_switch"): 1.0, ("c_foot_ik*", "ik_fk_switch"): 1.0},
)
AUTO_RIG_PRO_EXPORT: Final = RigProfile(
    (".l", ".r"),
    {
        "pelvis": "root.x",
        "spine": "spine_01.x spine_02.x spine_03.x",
        "neck": "neck.x",
        "head": "head.x",
        "jaw": "jawbone.x",
        "collar": "shoulder*",
        "shoulder": "arm_stretch*",
        "elbow": "forearm_stretch*",
        "wrist": "hand*",
        "hip": "thigh_stretch*",
        "knee": "leg_stretch*",
        "ankle": "foot*",
        "foot": "toes_01*",
    },
    {f: f"{f}#*" for f in ("thumb", "index", "middle", "ring", "pinky")},
)
