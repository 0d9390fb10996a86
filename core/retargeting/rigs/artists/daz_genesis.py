"""Daz Studio's Genesis 3 to 9."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

DAZ_GENESIS_8: Final = RigProfile(
    ("l", "r"),
    {
        "root": "hip",
        "pelvis": "pelvis",
        "spine": "abdomenlower abdomenupper chestlower chestupper",
        "neck": "necklower neckupper",
        "head": "head",
        "jaw": "lowerjaw",
        "collar": "*collar",
        "shoulder": "*shldrbend *shldrtwist",
        "elbow": "*forearmbend *forearmtwist",
        "wrist": "*hand",
        "hip": "*thighbend *thightwist",
        "knee": "*shin",
        "ankle": "*foot",
        "foot": "*toe",
    },
    {
        finger: f"*{name}#"
        for finger, name in (
            ("thumb", "thumb"),
            ("index", "index"),
            ("middle", "mid"),
            ("ring", "ring"),
            ("pinky", "pinky"),
        )
    },
)
DAZ_GENESIS_9: Final = RigProfile(
    ("l_", "r_"),
    {
        "root": "hip",
        "pelvis": "pelvis",
        "spine": "spine1 spine2 spine3 spine4",
        "neck": "neck1 neck2",
        "head": "head",
        "jaw": "lowerjaw",
        "collar": "*shoulder",
        "shoulder": "*upperarm",
        "elbow": "*forearm",
        "wrist": "*hand",
        "hip": "*thigh",
        "knee": "*shin",
        "ankle": "*foot",
        "foot": "*toes",
        "shoulder_twist": "*upperarmtwist1 *upperarmtwist2",
        "elbow_twist": "*forearmtwist1 *forearmtwist2",
        "hip_twist": "*thightwist1 *thightwist2",
    },
    {
        finger: f"*{name}#"
        for finger, name in (
            ("thumb", "thumb"),
            ("index", "index"),
            ("middle", "mid"),
            ("ring", "ring"),
            ("pinky", "pinky"),
        )
    },
)
