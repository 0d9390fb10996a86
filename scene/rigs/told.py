"""What keeps a motion's keys from being seen and can't be cleared away: said in a sentence each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import bpy
import numpy as np

from ...core.data.arrays import F64
from ...core.retargeting.posing import RetargetedMotion
from .bones import (
    LEFT,
    PLACES,
    ROTATIONS,
    acts,
    carriers_of,
    driven_paths,
    paths_of,
    played_beneath,
    rest_rotation,
    varying_paths,
)

_HARMLESS: Final = frozenset(("IK", "SPLINE_IK", "MAINTAIN_VOLUME", "LIMIT_SCALE"))
"""Constraints that leave a bone where its keys say; IK is let go of."""
_WITHOUT_TARGET: Final = frozenset(("LIMIT_ROTATION", "LIMIT_LOCATION"))
_OFF: Final = 0.03
"""Bones within this share of the character's size of where they are keyed are there."""
_UNSCALED: Final = 1e-3
"""A copied scale that differs from 1 by less doesn't show."""


def overruled(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Mapped bones with constraints, and what carries them where it follows nothing of the rig.

    In control rigs the bones above follow others of the rig, which are keyed.
    """
    found = [
        name for name in mapped if any(_overrules(c) for c in rig.pose.bones[name].constraints)
    ]
    found += [
        name
        for name in carriers_of(rig, mapped)
        if any(acts(c) and _is_from_outside(c, rig) for c in rig.pose.bones[name].constraints)
    ]
    return [f"Constraints of {some(found)} may overrule the keys."] if found else []


def _overrules(constraint: Any) -> bool:  # noqa: ANN401 - one of many
    if not acts(constraint) or constraint.type in _HARMLESS:
        return False
    target = getattr(constraint, "target", None)
    if constraint.type != "COPY_SCALE" or target is None:
        return True
    bone = target.pose.bones.get(constraint.subtarget) if target.type == "ARMATURE" else None
    M = target.matrix_world if bone is None else target.matrix_world @ bone.matrix
    return bool(np.abs(np.abs(M.to_scale()) - 1.0).max() > _UNSCALED)


def _is_from_outside(constraint: Any, rig: bpy.types.Object) -> bool:  # noqa: ANN401 - one of many
    target = getattr(constraint, "target", None)
    if target is None:
        return constraint.type in _WITHOUT_TARGET
    return target != rig and _overrules(constraint)


def driven(rig: bpy.types.Object, mapped: Collection[str]) -> list[str]:
    """Mapped bones whose rotations drivers set, whatever is keyed, and bones that drivers hold
    elsewhere than at rest, or may later: mapped ones moved or scaled, and what carries them."""
    paths, varying = driven_paths(rig), varying_paths(rig)
    turned = [name for name in mapped if paths_of(rig.pose.bones[name], ROTATIONS) & paths]
    found: list[str] = []
    if turned:
        found.append(f"Drivers set rotations of {some(turned)}, whatever the keys are.")
    held = [name for name in mapped if _is_held(rig, name, ("location", "scale"), paths, varying)]
    held += [
        name for name in carriers_of(rig, mapped) if _is_held(rig, name, PLACES, paths, varying)
    ]
    if held:
        found.append(f"Drivers move or scale {some(held)}, which the motion doesn't know of.")
    return found


def _is_held(
    rig: bpy.types.Object, name: str, props: Collection[str], paths: set[str], varying: set[str]
) -> bool:
    bone = rig.pose.bones[name]
    turn, unturned = rest_rotation(bone)
    rests = {"location": np.zeros(3), "scale": np.ones(3), turn: unturned}
    return any(
        path in varying
        or (path in paths and np.abs(np.array(getattr(bone, prop), np.float64) - rest).max() > LEFT)
        for prop, rest in rests.items()
        if prop in props and (path := bone.path_from_id(prop))
    )


def moved_besides(rig: bpy.types.Object) -> list[str]:
    """What moves the object itself while it plays, as a horse does or a path."""
    movers = ["its constraints"] if any(acts(c) for c in rig.constraints) else []
    if driven_paths(rig) & set(PLACES):
        movers.append("its drivers")
    strips = {path.removeprefix("delta_") for path, _ in played_beneath(rig)}
    if strips & set(PLACES):
        movers.append("its NLA tracks")
    above = rig.parent
    while above is not None:
        animation = above.animation_data
        plays = animation is not None and (
            animation.action or len(animation.drivers) or len(animation.nla_tracks)
        )
        if plays or any(acts(c) for c in above.constraints):
            movers.append(above.name)
        above = above.parent
    if not movers:
        return []
    return [f"{rig.name} itself is moved by {some(movers)}; the motion adds to that."]


def nla_hides(rig: bpy.types.Object) -> list[str]:
    """How NLA tracks hide the action, or a part of it."""
    animation = rig.animation_data
    if animation is None:
        return []
    alone = [track.name for track in animation.nla_tracks if track.is_solo]
    if alone:
        return [f"The NLA track {alone[0]} plays alone, which hides the new action; end its solo."]
    if animation.action_influence < 1 or animation.action_blend_type != "REPLACE":
        return [f"The action of {rig.name} is blended with NLA tracks; its keys show in part."]
    return []


def some(names: list[str]) -> str:
    """The first of many names."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def seen_elsewhere(
    rig: bpy.types.Object, motion: RetargetedMotion, frames: F64, origin: F64
) -> list[str]:
    """Say where a bone isn't where its keys put it at the scene's present frame, whatever the
    reason.

    ``frames`` (t,) are the scene's frames of the motion, ``origin`` (3,) where in the world its
    heads are counted from. Nothing is said of a character that isn't seen, whose pose Blender
    doesn't work out, nor amid frames in which nobody was seen, of which the keys tell nothing.
    """
    layer = bpy.context.view_layer
    if layer is None or layer.objects.get(rig.name) != rig or not rig.visible_get():
        return []
    now = bpy.context.scene.frame_current_final
    if frames[0] < now < frames[-1] and np.abs(frames - now).min() > np.median(np.diff(frames)):
        return []
    layer.update()
    posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
    place = np.array(posed.matrix_world, np.float64)
    heads = np.array([posed.pose.bones[name].head for name in motion.names], np.float64)
    got = heads @ place[:3, :3].T + place[:3, 3] - origin
    flat = motion.head_xyz.reshape(len(frames), -1)
    want = np.array([np.interp(now, frames, column) for column in flat.T]).reshape(-1, 3)
    off = np.linalg.norm(got - want, axis=-1)
    worst = int(off.argmax())
    if off[worst] < _OFF * _size(rig, motion.names):
        return []
    return [
        f"{motion.names[worst]} is {off[worst]:.2g} m from where it is keyed at frame {now:g}; "
        "something else moves it."
    ]


def _size(rig: bpy.types.Object, names: Collection[str]) -> float:
    """The longest side, metres, of the box around some bones at rest; one bone has a length too."""
    bones = [rig.data.bones[name] for name in names]
    ends = np.array([end for b in bones for end in (b.head_local, b.tail_local)], np.float64)
    M = np.array(rig.matrix_world.to_3x3(), np.float64)
    return float(np.ptp(ends @ M.T, axis=0).max())
