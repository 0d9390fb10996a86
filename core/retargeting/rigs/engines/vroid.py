"""VRoid Studio's characters."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile
from .vrm import HUMANOID

VROID: Final = RigProfile(
    ("l_", "r_"),
    {
        **{
            role: " ".join(f"j_bip_c_{name}" for name in HUMANOID[role].split())
            for role in ("pelvis", "spine", "neck", "head")
        },
        **{
            role: f"j_bip_{name}"
            for role, name in HUMANOID.items()
            if role not in ("pelvis", "spine", "neck", "head", "foot")
        },
        "foot": "j_bip_*toebase",
    },
    {
        finger: f"j_bip_*{name}#"
        for finger, name in (
            ("thumb", "thumb"),
            ("index", "index"),
            ("middle", "middle"),
            ("ring", "ring"),
            ("pinky", "little"),
        )
    },
)
