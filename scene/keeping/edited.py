"""Whether somebody changed a figure's action since it was made, so that no run drops their work."""

from __future__ import annotations

import hashlib
from typing import Final

import bpy
import numpy as np

from ..curves import curves_of, kinds_of, read_keys

_Animated = bpy.types.Object | bpy.types.Key | bpy.types.Camera
_MARK_KEY: Final = "limn_keys"
"""Custom property of an action: what its keys were when it was made."""
_CONTACTS: Final = '["contact_'
MADE_KEY: Final = "limn_made"
"""Custom property of what Limn made itself, and may therefore remove when a run is repeated."""


def mark_as_made(owner: _Animated) -> None:
    """Let the action of ``owner`` be known as Limn's, and remember its keys as they are now."""
    if owner.animation_data is not None and owner.animation_data.action is not None:
        action = owner.animation_data.action
        action[MADE_KEY], action[_MARK_KEY] = True, _mark(owner)


def is_edited(owner: _Animated) -> bool:
    """Whether the action of ``owner`` isn't as it was made, or isn't one that Limn made.

    Contacts don't count, as every solve follows them, nor does where the whole action lies in time.
    """
    animation = owner.animation_data
    if animation is None or animation.action is None:
        return False
    return str(animation.action.get(_MARK_KEY, "")) != _mark(owner)


def is_somebodys(action: bpy.types.Action) -> bool:
    """Whether ``action`` was never one that Limn made."""
    return _MARK_KEY not in action and MADE_KEY not in action


def keep_edited(action: bpy.types.Action) -> None:
    """Let an edited action stay in the file, used or not, under a name that tells it; one that
    Limn didn't make keeps its own."""
    action.use_fake_user = True
    if is_somebodys(action):
        return
    name = action.name.removesuffix(" earlier")
    action.name = f"{name.removesuffix(' edited')} edited"
    if MADE_KEY in action:
        del action[MADE_KEY]


def keep_if_edited(owner: _Animated) -> str:
    """Let the action of ``owner`` stay in the file if somebody edited it; returns its name, empty
    where nobody did."""
    animation = owner.animation_data
    if animation is None or animation.action is None or not is_edited(owner):
        return ""
    keep_edited(animation.action)
    return animation.action.name


def _mark(owner: _Animated) -> str:
    curves = [(k, curve) for k, curve in sorted(curves_of(owner).items()) if _CONTACTS not in k[0]]
    keys = [read_keys(curve) for _, curve in curves]
    start = min((float(one[0, 0]) for one in keys if len(one)), default=0.0)
    digest = hashlib.sha256()
    for (path, curve), points in zip(curves, keys, strict=True):
        digest.update(repr((path, len(curve.modifiers), curve.mute)).encode())
        # 0.0 takes the sign from -0.0.
        digest.update((np.round(points - [start, 0.0], 4) + 0.0).astype(np.float32).tobytes())
        digest.update(kinds_of(curve).tobytes())
    return digest.hexdigest()[:16]
