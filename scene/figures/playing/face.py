"""A face's shapes as a figure's body plays them: what somebody keyed on its shape keys."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np

from ....core.data.arrays import F32, F64, I32
from ....core.data.faces.shapes import FACE_SHAPES
from ....core.data.types import Person
from ...motion.keys import values_at
from ...motion.nla.leading import played_curves

_SAME: Final = 0.015
"""Shapes that differ by less are the take's own: those under 0.01 aren't keyed, and keys amid
others that are alike are left out."""


def played_face(body: bpy.types.Object | None, frames: F64, made: Person, near: I32) -> F32:
    """Weights (t, 52) of a figure's face at scene ``frames`` (t,): what is keyed on its ``body``,
    else what was ``made``, by the rows ``near`` (t,); (0, 52) where neither is.

    Shapes without a curve are as the take has them if they are too small for a key, else at rest.
    """
    weights = made.face_weights[near] if len(made.face_weights) else made.face_weights
    keys: Any = None if body is None else body.data.shape_keys
    if keys is None or (not len(weights) and keys.animation_data is None):
        return weights
    known = {block.name for block in keys.key_blocks}
    columns = [(k, name) for k, name in enumerate(FACE_SHAPES) if name in known]
    played = played_curves(keys, frames)
    if not columns or played is None:
        return weights
    out = np.zeros((len(frames), len(FACE_SHAPES)), np.float64)
    if len(weights):
        out[:] = weights
    is_keyed = False
    for k, name in columns:
        path = f'key_blocks["{bpy.utils.escape_identifier(name)}"].value'
        curve = played.curves.get((path, 0))
        if curve is not None:
            out[:, k] = values_at(curve, played.frames)
            is_keyed = True
        elif out[:, k].max(initial=0) > _SAME:
            out[:, k] = 0.0  # somebody took its curve away
    if not is_keyed and not len(weights):
        return weights
    return np.clip(out, 0, 1).astype(np.float32)


def is_face_changed(made: F32, now: F32) -> bool:
    """Whether shapes (t, 52) aren't those that were made."""
    if len(made) != len(now):
        return bool(np.abs(now).max(initial=0.0) > _SAME or len(made))
    return bool(np.abs(now - made).max(initial=0.0) > _SAME)
