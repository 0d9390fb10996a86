"""3ds Max's Biped, of its older (Bip01) and newer (Bip001) name; spaces count as underscores."""

from __future__ import annotations

from typing import Final

from ..profile import RigProfile


def _both(name: str) -> str:
    return f"bip001_{name} bip01_{name}"


BIPED: Final = RigProfile(
    ("l_", "r_"),
    {
        "pelvis": _both("pelvis"),
        "spine": " ".join(_both(name) for name in ("spine", "spine1", "spine2", "spine3")),
        "neck": f"{_both('neck')} {_both('neck1')}",
        "head": _both("head"),
        "collar": _both("*clavicle"),
        "shoulder": _both("*upperarm"),
        "elbow": _both("*forearm"),
        "wrist": _both("*hand"),
        "hip": _both("*thigh"),
        "knee": _both("*calf"),
        "ankle": _both("*foot"),
        "foot": _both("*toe0"),
    },
    {
        # A finger's first bone has its number alone: Finger1, Finger11, Finger12.
        finger: " ".join(_both(f"*finger{number}{joint}") for joint in ("", "1", "2"))
        for number, finger in enumerate(("thumb", "index", "middle", "ring", "pinky"))
    },
)
