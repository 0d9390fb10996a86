"""Shape keys of a body: sliders for the shape, face units, and correctives driven by the pose."""

from __future__ import annotations

from typing import Final

import bpy
import numpy as np

from ...core.bodies.free_body import SLIDER_LIMIT, FittedBody, slider_offsets
from ...core.data.arrays import F32, I32, Floats
from ...core.data.skeletons import SMPLX_55
from ...core.geometry.kinematics import R_WORLD_BODY_REST

_FEATURES: Final = ("W", "X", "Y", "Z")


def add_keys(
    owner: bpy.types.Object, armature_object: bpy.types.Object, fitted: FittedBody
) -> None:
    """Give the body all its keys: at rest, with every value 0, it is as fitted."""
    writer = KeyWriter(owner)
    _add_sliders(writer, fitted)
    _add_face_units(writer, fitted)
    _add_correctives(writer, armature_object, fitted)


class KeyWriter:
    """Adds shape keys to ``owner``, as offsets of its mesh."""

    def __init__(self, owner: bpy.types.Object) -> None:
        basis = owner.shape_key_add(name="Basis", from_mix=False)
        xyz = np.empty(3 * len(basis.points), np.float32)
        basis.points.foreach_get("co", xyz)
        self._owner, self._basis = owner, xyz.reshape(-1, 3)

    def add(
        self,
        name: str,
        offsets_body: Floats,
        limits: tuple[float, float],
        vertices: I32 | None = None,
    ) -> bpy.types.ShapeKey:
        """Add a key that moves ``vertices`` (all, if None) by offsets in the body frame, metres."""
        moved: F32 = self._basis.copy()
        moved[slice(None) if vertices is None else vertices] += offsets_body @ R_WORLD_BODY_REST.T
        key = self._owner.shape_key_add(name=name, from_mix=False)
        key.points.foreach_set("co", moved.ravel())
        key.slider_min, key.slider_max = limits
        key.value = 0.0
        return key


def _add_sliders(writer: KeyWriter, fitted: FittedBody) -> None:
    """No value of a slider moves the skeleton."""
    for name, offsets in slider_offsets(fitted).items():
        writer.add(name.capitalize(), offsets, (-SLIDER_LIMIT, SLIDER_LIMIT))


def _add_face_units(writer: KeyWriter, fitted: FittedBody) -> None:
    for name, unit in fitted.body.face_units.items():
        writer.add(name, fitted.scale * unit.xyz, (0.0, 1.0), unit.vertices)


def _add_correctives(
    writer: KeyWriter, armature_object: bpy.types.Object, fitted: FittedBody
) -> None:
    """Four keys per corrected joint, driven by the pose bone's own quaternion.

    A bone's axes are not the body's: with C = body to armature and R0 = the bone's rest rotation,
    the body's vector part is M b, M = C^T R0, so the offsets are mixed by M once, here.
    """
    for corrective in fitted.body.correctives:
        name = SMPLX_55[corrective.joint]
        R0 = np.array(armature_object.data.bones[name].matrix_local.to_3x3(), np.float64)
        mix = np.eye(4)
        mix[1:, 1:] = R_WORLD_BODY_REST.T @ R0
        rows = fitted.scale * (mix.T @ corrective.offsets).reshape(4, -1, 3)
        for feature, offsets in zip(_FEATURES, rows, strict=True):
            label = f"pose {name} {feature.lower()}"
            key = writer.add(label, offsets, (-1.0, 1.0), corrective.vertices)
            formula = "w - 1" if feature == "W" else feature.lower()
            drive_by_bone(key, armature_object, name, formula)


def drive_by_bone(
    key: bpy.types.ShapeKey, armature_object: bpy.types.Object, bone: str, formula: str
) -> None:
    """Drive a key by a pose bone's own quaternion: ``formula`` in w, x, y and z, with + - * only.

    Blender evaluates such simple expressions itself: scripts need not be allowed to run.
    """
    driver = key.driver_add("value").driver
    for component in "wxyz":
        if component not in formula:
            continue
        variable = driver.variables.new()
        variable.name, variable.type = component, "TRANSFORMS"
        target = variable.targets[0]
        target.id, target.bone_target = armature_object, bone
        target.transform_type = f"ROT_{component.upper()}"
        target.rotation_mode = "QUATERNION"
        target.transform_space = "LOCAL_SPACE"
    driver.type = "SCRIPTED"
    driver.expression = formula
