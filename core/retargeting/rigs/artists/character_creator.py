"""Reallusion's Character Creator 3 and 4."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

CHARACTER_CREATOR: Final = RigProfile(
    ("l_", "r_"),
    {
        "pelvis": "cc_base_hip",
        "spine": "cc_base_waist cc_base_spine01 cc_base_spine02",
        "neck": "cc_base_necktwist01 cc_base_necktwist02",
        "head": "cc_base_head",
        "jaw": "cc_base_jawroot",
        "collar": "cc_base_*clavicle",
        "shoulder": "cc_base_*upperarm",
        "elbow": "cc_base_*forearm",
        "wrist": "cc_base_*hand",
        "hip": "cc_base_*thigh",
        "knee": "cc_base_*calf",
        "ankle": "cc_base_*foot",
        "foot": "cc_base_*toebase",
        "shoulder_twist": "cc_base_*upperarmtwist01 cc_base_*upperarmtwist02",
        "elbow_twist": "cc_base_*forearmtwist01 cc_base_*forearmtwist02",
        "hip_twist": "cc_base_*thightwist01 cc_base_*thightwist02",
        "knee_twist": "cc_base_*calftwist01 cc_base_*calftwist02",
    },
    {
        finger: f"cc_base_*{name}#"
        for finger, name in (
            ("thumb", "thumb"),
            ("index", "index"),
            ("middle", "mid"),
            ("ring", "ring"),
            ("pinky", "pinky"),
        )
    },
)
