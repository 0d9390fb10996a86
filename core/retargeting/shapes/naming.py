"""Which shapes of somebody's character are which of a face's, by the names that they go by.

ARKit's names in any spelling (``eyeBlinkLeft``, ``EyeBlink_L``, ``face.eyeBlink.L``), those of
VRM's expressions (versions 0 and 1) and of VRoid Studio's meshes (``Fcl_EYE_Close_L``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from ...data.arrays import F32, Floats
from ...data.faces.shapes import FACE_SHAPES, shape

_SIDES: Final = {"l": "left", "r": "right"}
_PLAIN: Final = {name.lower(): name for name in FACE_SHAPES}
_VRM: Final[Mapping[str, tuple[str, ...]]] = {
    "aa": ("jawOpen",),
    "fclmtha": ("jawOpen",),
    "vrcvaa": ("jawOpen",),
    "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    "blinkleft": ("eyeBlinkLeft",),
    "blinkright": ("eyeBlinkRight",),
    "fcleyeclose": ("eyeBlinkLeft", "eyeBlinkRight"),
    "fcleyecloseleft": ("eyeBlinkLeft",),
    "fcleyecloseright": ("eyeBlinkRight",),
    "fclmthfun": ("mouthSmileLeft", "mouthSmileRight"),
    "fclbrwsurprised": ("browOuterUpLeft", "browOuterUpRight"),
}
"""VRM's and VRoid's names in lower case: the mean of these. ``happy``, ``Joy`` and their like are
whole faces with eyes half closed; nothing drives them."""
_WHOLE: Final[Mapping[str, tuple[str, str]]] = {
    "blink": ("blinkleft", "blinkright"),
    "fcleyeclose": ("fcleyecloseleft", "fcleyecloseright"),
}
"""What moves both sides, and what makes it superfluous."""
_VOWELS: Final = frozenset("aiueo")


def shapes_of(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For those of a mesh's shape ``names`` that are known: whose mean of ``FACE_SHAPES`` each is.

    A mesh that has some of ARKit's isn't driven by VRM's names as well.
    """
    plain = {name: _plain(name) for name in names}
    arkit = {name: (_PLAIN[word],) for name, word in plain.items() if word in _PLAIN}
    if arkit:
        return arkit
    words = set(plain.values())
    out = {name: _VRM[word] for name, word in plain.items() if word in _VRM}
    if words >= _VOWELS:  # of version 0; a shape that is called A by itself may be anything
        out |= {name: ("jawOpen",) for name, word in plain.items() if word == "a"}
    return {
        name: means
        for name, means in out.items()
        if not set(_WHOLE.get(plain[name], ("",))) <= words
    }


def shares_of(names: Iterable[str], weights: Floats) -> dict[str, F32]:
    """Shares (t,) of a mesh's shapes, by their names, for a face's ``weights`` (t, 52)."""
    return {
        name: np.asarray(weights[:, [shape(one) for one in means]].mean(1), np.float32)
        for name, means in shapes_of(names).items()
    }


def _plain(name: str) -> str:
    """A name in lower case without punctuation or what comes before it, its side spelt out."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    if len(words) > 1 and words[-1].lower() in _SIDES:
        words[-1] = _SIDES[words[-1].lower()]
    for first in range(len(words)):
        plain = "".join(words[first:]).lower()
        if plain in _PLAIN or plain in _VRM:
            return plain
    return "".join(words).lower()
