"""How Limn's camera was made, so that what somebody did to it since outlives another solve."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ..camera_aim import first_place, keyed_path, move_camera
from .edited import is_edited, is_somebodys, keep_edited, mark_as_made
from .taking_over import take_over_action

_PLACE_KEY: Final = "limn_made_place"
"""Custom property of a camera: its first place as it was made, the rows of (4, 4)."""
_PATH_KEY: Final = "limn_made_path"
"""Custom property of a camera: its ``keyed_path`` as it was made, the number first."""
_LENS_KEY: Final = "limn_made_lens"
"""Custom property of a camera's data: its ``_LENS`` as they were made."""
_LENS: Final = ("lens", "sensor_width", "shift_x", "shift_y")
_SAME: Final = 1e-4  # metres, shares and turns that are rounding


def mark_camera(camera: bpy.types.Object) -> None:
    """Remember how ``camera`` stands, looks and is keyed now."""
    camera[_PLACE_KEY] = first_place(camera).ravel().tolist()
    camera[_PATH_KEY] = _path_of(camera)
    camera.data[_LENS_KEY] = [float(getattr(camera.data, name)) for name in _LENS]
    for block in (camera, camera.data):
        mark_as_made(block)


def take_over_camera(new: bpy.types.Object, old: bpy.types.Object) -> list[str]:
    """Let ``old`` film as ``new`` does, moved and with the lens that somebody gave it.

    Returns the names of edited actions, which stay beside the new; one that isn't Limn's is left
    where it is.
    """
    is_free = not _has_own_action(old)
    moved = _moved_by_hand(old) if is_free else None
    lens, kept = _lens_by_hand(old.data), list[str]()
    for name in ("sensor_fit", *_LENS):
        if name not in lens:
            setattr(old.data, name, getattr(new.data, name))
    for now, before in ((new, old), (new.data, old.data)):
        if _has_own_action(before):
            continue
        action = before.animation_data.action if before.animation_data is not None else None
        is_kept = action is not None and is_edited(before)
        if now.animation_data is not None:  # it jumps at cuts, moves or zooms
            take_over_action(now, before)
        elif before.animation_data is not None:
            before.animation_data_clear()
        if action is not None and is_kept:
            keep_edited(action)
            kept.append(action.name)
    if is_free:
        old.rotation_mode = new.rotation_mode
        old.matrix_world = new.matrix_basis
        if moved is not None:
            move_camera(old, moved)
    _copy_mark(new, old)
    return kept


def standing_note(camera: bpy.types.Object) -> str:
    """The sentence on a ``camera`` that somebody moved, or gave another lens, without keys, and
    that gives way; empty where nobody did."""
    is_still = camera.animation_data is None or camera.animation_data.action is None
    if not (is_still and _moved_by_hand(camera) is not None) and not _lens_by_hand(camera.data):
        return ""
    return (
        f"{camera.name} was moved or given another lens by hand; the new one stands and looks as "
        "the clip's did."
    )


def _has_own_action(block: bpy.types.Object | bpy.types.Camera) -> bool:
    """Whether somebody animated ``block`` by an action that isn't Limn's."""
    animation = block.animation_data
    return animation is not None and animation.action is not None and is_somebodys(animation.action)


def _copy_mark(new: bpy.types.Object, old: bpy.types.Object) -> None:
    """Let ``old``, which takes over what ``new`` holds, be known as made so."""
    for key, now, before in (
        (_PLACE_KEY, new, old),
        (_PATH_KEY, new, old),
        (_LENS_KEY, new.data, old.data),
    ):
        if key in now:
            before[key] = now[key].to_list()


def _moved_by_hand(camera: bpy.types.Object) -> F64 | None:
    """The rigid move (4, 4) that somebody made of ``camera``; None where nobody moved it, it
    remembers no place, or its keys aren't those that it was made with."""
    told, path = camera.get(_PLACE_KEY), camera.get(_PATH_KEY)
    if told is None or len(told) != 16 or path is None or len(path) != 17:
        return None
    # Where the first keys are gone, the camera's own motion up to the next is no move of it.
    if not np.allclose(_path_of(camera), np.array(path, np.float64), atol=_SAME):
        return None
    made = np.array(told, np.float64).reshape(4, 4)
    D = first_place(camera) @ np.linalg.inv(made)
    return None if np.allclose(D, np.eye(4), atol=_SAME) else D


def _path_of(camera: bpy.types.Object) -> list[float]:
    count, last = keyed_path(camera)
    return [float(count), *last.ravel().tolist()]


def _lens_by_hand(data: bpy.types.Camera) -> set[str]:
    """Which of ``_LENS`` somebody changed; none of a lens that is keyed, or that remembers none."""
    told = data.get(_LENS_KEY)
    is_keyed = data.animation_data is not None and data.animation_data.action is not None
    if told is None or len(told) != len(_LENS) or is_keyed:
        return set()
    made = zip(_LENS, told, strict=True)
    return {name for name, was in made if abs(getattr(data, name) - was) > _SAME}
