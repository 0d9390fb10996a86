"""The camera brought after a motion that was edited: over the footage again, or onto a character.

A camera that turns or cuts keeps its keys: each is moved the same way.
"""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np
from mathutils import Matrix

from ..core.data.arrays import F64, Floats
from ..core.data.errors import RigError
from ..core.data.types import Person, Take
from ..core.editing.rigid_move import rigid
from ..core.geometry.camera import camera_at
from ..core.geometry.kinematics import person_joints_world
from ..core.geometry.rotations import (
    matrix_from_quat,
    multiply_quats,
    nearest_rotation,
    normalize,
    quat_from_matrix,
    swing_between,
)
from .camera import OPENCV_TO_BLENDER
from .curves import curves_of, read_keys
from .figures.playing.person import playing_person
from .figures.record import person_of, read_record
from .keeping.edited import MADE_KEY
from .keeping.take_link import figures_of_take
from .motion.key_edit import shift_keys
from .units import units_per_metre

_BODY: Final = 22
"""The joints that are compared: the fingers would count more than the rest."""


def aim_over_footage(
    scene: bpy.types.Scene, figure: bpy.types.Object, take: Take
) -> bpy.types.Object:
    """Move Limn's camera as ``figure``'s motion was moved since the take, by the rigid move that
    fits best (Kabsch 1976): what only moved lies over the footage as it did. Returns the camera.

    Raises RigError when the figure's camera isn't there any more.
    """
    camera = camera_of(figure)
    made = person_of(take, figure)
    T = _moved_since(scene, figure, made)
    first = camera_at(take, 0).T_world_camera
    wanted = T @ first @ OPENCV_TO_BLENDER
    unit = units_per_metre(scene)
    wanted[:3, 3] *= unit
    move_camera(camera, wanted @ np.linalg.inv(first_place(camera)))
    return camera


def aim_at(scene: bpy.types.Scene, owner: bpy.types.Object) -> bpy.types.Object:
    """Turn the scene's camera where it stands so that ``owner`` is in the middle of its view."""
    camera = scene.camera
    if camera is None:
        raise RigError("The scene has no camera to aim; add one.")
    now = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    heads = [now.matrix_world @ bone.head for bone in now.pose.bones]
    xyz = np.array(heads, np.float64)
    middle = (xyz.min(0) + xyz.max(0)) / 2
    place = np.array(camera.matrix_world, np.float64)
    ahead = normalize(-place[:3, 2])
    wanted = normalize(middle - place[:3, 3])
    move_camera(camera, rigid(swing_between(ahead, wanted), place[:3, 3], place[:3, 3]))
    return camera


def camera_of(figure: bpy.types.Object) -> bpy.types.Object:
    """The camera that was made with ``figure``. Raises RigError when it is gone."""
    # Somebody may have moved the figure to another collection; the others tell the first one then.
    family = [figure, *figures_of_take(figure)]
    homes = dict.fromkeys(home for one in family for home in one.users_collection)
    for one in (one for home in homes for one in home.objects):
        if one.type == "CAMERA" and one.get(MADE_KEY):
            return one
    raise RigError(f"The camera that was made with {figure.name} isn't there any more.")


def _moved_since(scene: bpy.types.Scene, figure: bpy.types.Object, made: Person) -> F64:
    """The rigid move (4, 4) from the take's motion to the one that plays, in metres."""
    playing = playing_person(scene, figure, made)
    record = read_record(figure)
    if record is None or not len(playing.scene_frames) or not len(made.frames):
        raise RigError(f"{figure.name} has no motion that the camera could follow.")
    rows = np.interp(playing.scene_frames, record.scene_frames, np.arange(len(record.scene_frames)))
    rows = np.clip(np.round(rows), 0, len(made.frames) - 1).astype(np.int64)
    was = person_joints_world(made)[rows, :_BODY].reshape(-1, 3).astype(np.float64)
    now = person_joints_world(playing.person)[:, :_BODY].reshape(-1, 3).astype(np.float64)
    middles = was.mean(0), now.mean(0)
    R = nearest_rotation((now - middles[1]).T @ (was - middles[0]))
    return rigid(R, middles[0], middles[1])


def first_place(camera: bpy.types.Object) -> F64:
    """Where the camera is at its first key, or now without any, (4, 4) without its scale."""
    frames = _place_frames(camera)
    if len(frames):
        return _keyed_place(camera, float(frames.min()))
    place = np.array(camera.matrix_world, np.float64)
    place[:3, :3] /= np.linalg.norm(place[:3, :3], axis=0)
    return place


def keyed_path(camera: bpy.types.Object) -> tuple[int, F64]:
    """How many keys place the camera, and where it is at its last key as seen from its first,
    (4, 4), which a rigid move of all keys leaves alone; 0 and no move without any."""
    frames = _place_frames(camera)
    if not len(frames):
        return 0, np.eye(4)
    first, last = (_keyed_place(camera, float(at)) for at in (frames.min(), frames.max()))
    return len(frames), np.linalg.inv(first) @ last


def _place_frames(camera: bpy.types.Object) -> F64:
    """The frames (k,) of all keys that place the camera, those of each of its curves in turn."""
    curves = curves_of(camera).items()
    keyed = [read_keys(curve)[:, 0].astype(np.float64) for (p, _), curve in curves if _places(p)]
    return np.concatenate([np.zeros(0), *keyed])


def _keyed_place(camera: bpy.types.Object, frame: float) -> F64:
    """Where the keys have the camera at ``frame``, (4, 4)."""
    _check_quaternions(camera)
    place = np.eye(4)
    quat = _keyed(camera, "rotation_quaternion", frame)
    place[:3, :3] = matrix_from_quat(normalize(quat))
    place[:3, 3] = _keyed(camera, "location", frame)
    return place


def move_camera(camera: bpy.types.Object, D: F64) -> None:
    """Move the camera and all its keys by the rigid ``D`` (4, 4) in the world."""
    curves = curves_of(camera)
    if not any(_places(path) for path, _ in curves):
        camera.matrix_world = Matrix(D.tolist()) @ camera.matrix_world
        return
    _check_quaternions(camera)
    turn = quat_from_matrix(D[:3, :3])
    for path in ("location", "rotation_quaternion"):
        count = 3 if path == "location" else 4
        own = [curves.get((path, index)) for index in range(count)]
        at = [read_keys(c)[:, 0].astype(np.float64) for c in own if c is not None]
        frames = np.unique(np.concatenate(at)) if at else np.zeros(1)
        old = np.stack([_keyed(camera, path, frame) for frame in frames.tolist()])
        if path == "location":
            new = old @ D[:3, :3].T + D[:3, 3]
        else:
            new = multiply_quats(np.broadcast_to(turn, old.shape), old)
        for index, curve in enumerate(own):
            if curve is None:
                getattr(camera, path)[index] = new[0, index]
                continue
            mine = np.searchsorted(frames, read_keys(curve)[:, 0].astype(np.float64))
            moved = (new - old)[mine, index]
            shift_keys(curve, moved, np.ones(len(moved), np.bool_))


def _keyed(camera: bpy.types.Object, path: str, frame: float) -> Floats:
    now = np.array(getattr(camera, path)[:], np.float64)
    for index in range(len(now)):
        curve = curves_of(camera).get((path, index))
        if curve is not None:
            now[index] = curve.evaluate(frame)
    return now


def _places(path: str) -> bool:
    return path == "location" or path.startswith("rotation")


def _check_quaternions(camera: bpy.types.Object) -> None:
    if camera.rotation_mode != "QUATERNION" or camera.parent is not None:
        raise RigError(
            f"{camera.name} has keys in the mode {camera.rotation_mode}, or a parent; Limn re-aims "
            "cameras of its own, or without keys."
        )
