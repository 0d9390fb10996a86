"""The 52 shapes of a face by ARKit's names: data only."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..arrays import F32, check_shape

_BOTH: Final = (
    *("browDown", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn"),
    *("eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide", "mouthDimple", "mouthFrown"),
    *("mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch", "mouthUpperUp", "noseSneer"),
)
_SIDEWAYS: Final = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")
_ALONE: Final = (
    *("browInnerUp", "cheekPuff", "jawForward", "jawOpen", "mouthClose", "mouthFunnel"),
    *("mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"),
    "tongueOut",
)
FACE_SHAPES: Final = tuple(
    sorted(
        (*(f"{name}{side}" for name in _BOTH for side in ("Left", "Right")), *_SIDEWAYS, *_ALONE)
    )
)
"""Left and right are the person's own."""

_TWIN: Final = {"Left": "Right", "Right": "Left"}


def shape_twin(name: str) -> str:
    """The same shape of the other side."""
    for side, other in _TWIN.items():
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


SHAPE_MIRROR: Final = tuple(FACE_SHAPES.index(shape_twin(name)) for name in FACE_SHAPES)
"""Each shape's twin on the other side."""


def shape(name: str) -> int:
    """The column of a shape in every array of them."""
    return FACE_SHAPES.index(name)


def no_shapes() -> F32:
    """The shapes of a face that nobody read, (0, 52)."""
    return np.zeros((0, len(FACE_SHAPES)), np.float32)


def check_shapes(name: str, weights: F32, poses: int) -> None:
    """Raise ValueError unless there are weights of all shapes for every pose, or for none."""
    check_shape(name, weights, (poses * (len(weights) > 0), len(FACE_SHAPES)))
