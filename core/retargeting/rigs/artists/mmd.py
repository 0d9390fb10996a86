"""MikuMikuDance models, named as in their files, and as Blender's importer turns sides about.

Trunk and legs hang on the lower body, chest and arms on the upper one; the centre carries both.
Full-width letters and digits count as the usual ones.
"""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile

_ROLES: Final = {
    "root": "センター",
    "pelvis": "下半身",
    "spine": "上半身 上半身2 上半身3",
    "neck": "首",
    "head": "頭",
}
_LIMBS: Final = {
    "collar": "肩",
    "shoulder": "腕",
    "elbow": "ひじ",
    "wrist": "手首",
    "hip": "足",
    "knee": "ひざ",
    "ankle": "足首",
    "foot": "足先ex",
}
_FINGERS: Final = {
    "thumb": ("親指0", "親指1", "親指2"),
    "index": ("人指1", "人指2", "人指3"),
    "middle": ("中指1", "中指2", "中指3"),
    "ring": ("薬指1", "薬指2", "薬指3"),
    "pinky": ("小指1", "小指2", "小指3"),
}

MMD: Final = RigProfile(
    ("左", "右"),
    {**_ROLES, **{role: f"*{name}" for role, name in _LIMBS.items()}},
    {finger: " ".join(f"*{name}" for name in names) for finger, names in _FINGERS.items()},
)
MMD_BLENDER: Final = RigProfile(
    (".l", ".r"),
    {**_ROLES, **{role: f"{name}*" for role, name in _LIMBS.items()}},
    {finger: " ".join(f"{name}*" for name in names) for finger, names in _FINGERS.items()},
)
