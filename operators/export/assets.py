"""Mark as Asset: the motion of the selected armatures in Blender's asset browser."""

from __future__ import annotations

import bpy

from ...core.data.footage.places import name_of
from ...scene.figures.record import PERSON_KEY


def actions_of(context: bpy.types.Context) -> list[bpy.types.Action]:
    """The actions of the selected armatures, the active one's among them, each once."""
    active = context.view_layer.objects.active
    owners = [*context.selected_objects, *([active] if active is not None else [])]
    found: list[bpy.types.Action] = []
    for owner in owners:
        data = owner.animation_data if owner.type == "ARMATURE" else None
        if data is not None and data.action is not None and data.action not in found:
            found.append(data.action)
    return found


class LIMN_OT_mark_assets(bpy.types.Operator):
    """Put the motion of the selected armatures into Blender's asset browser"""

    bl_idname = "limn.mark_assets"
    bl_label = "Mark Motion as Asset"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        if actions_of(context):
            return True
        cls.poll_message_set("Select an armature that moves")
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Mark every action and say in the asset where it is from."""
        actions = actions_of(context)
        for action in actions:
            if action.asset_data is None:
                action.asset_mark()
            data: bpy.types.AssetMetaData | None = action.asset_data
            if data is None:  # linked actions can't be marked
                self.report({"WARNING"}, f"{action.name} can't be an asset of this file")
                continue
            data.description = _origin(context, action)
            for tag in ("Motion", "Limn"):
                data.tags.new(tag, skip_if_exists=True)
        self.report({"INFO"}, f"In the asset browser: {', '.join(one.name for one in actions)}")
        return {"FINISHED"}


def _origin(context: bpy.types.Context, action: bpy.types.Action) -> str:
    """Which clip and person an action shows, where a figure plays it."""
    for owner in context.scene.objects:
        data = owner.animation_data
        if PERSON_KEY in owner and data is not None and data.action == action:
            clip = name_of(str(owner.get("limn_clip", "")))
            return f"{owner.name}, {clip}" if clip else owner.name
    return ""


CLASSES = (LIMN_OT_mark_assets,)
