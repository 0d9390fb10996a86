"""Motion: what artists do with the active armature's action, one undo step each.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty

from ...core.data.errors import LimnError
from ...scene.motion import blend as motion_blend
from ...scene.motion import tools as motion
from .props import motion_of


class EditsMotion:
    """Mixin of the operators: they need an armature with an action and report one sentence."""

    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Say why the button is grey."""
        owner = context.active_object
        if owner is None or owner.type != "ARMATURE":
            cls.poll_message_set("Select an armature that moves")  # type: ignore[attr-defined]
            return False
        if owner.animation_data is None or owner.animation_data.action is None:
            cls.poll_message_set("The armature has no action")  # type: ignore[attr-defined]
            return False
        if owner.mode == "EDIT":  # whose undo steps hold bones only
            cls.poll_message_set("Leave Edit Mode first")  # type: ignore[attr-defined]
            return False
        return True

    def attempt(self, edit: Callable[[], object], done: str) -> set[str]:
        """Run ``edit``; a wrong input is one sentence and changes nothing."""
        report: Callable[[set[str], str], None] = self.report  # type: ignore[attr-defined]
        try:
            edit()
        except LimnError as error:
            report({"ERROR"}, str(error))
            return {"CANCELLED"}
        report({"INFO"}, done)
        return {"FINISHED"}


class LIMN_OT_trim_motion(EditsMotion, bpy.types.Operator):
    """Keep only what lies in the scene's frame range, or in its preview range when that is on"""

    bl_idname = "limn.trim_motion"
    bl_label = "Trim to Frame Range"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Trim the active armature's action."""
        scene, owner = context.scene, context.active_object
        first, last = scene.frame_start, scene.frame_end
        if scene.use_preview_range:
            first, last = scene.frame_preview_start, scene.frame_preview_end
        return self.attempt(
            lambda: motion.trim(owner, first, last), f"Trimmed to frames {first} to {last}"
        )


class LIMN_OT_mirror_motion(EditsMotion, bpy.types.Operator):
    """Swap left and right; the motion starts where it did, looking the same way"""

    bl_idname = "limn.mirror_motion"
    bl_label = "Mirror"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Mirror the active armature's action."""
        return self.attempt(lambda: motion.mirror(context.active_object), "Mirrored")


class LIMN_OT_loop_motion(EditsMotion, bpy.types.Operator):
    """Make the action a cycle: its last frame becomes the first again, in pose and speed"""

    bl_idname = "limn.loop_motion"
    bl_label = "Make Cycle"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Loop the active armature's action."""
        fields, owner = motion_of(context.scene), context.active_object
        return self.attempt(
            lambda: motion.loop(
                owner, fields.blend_frames, in_place=fields.in_place, repeat=fields.repeat
            ),
            "The action is a cycle",
        )


class LIMN_OT_place_motion(EditsMotion, bpy.types.Operator):
    """Move the whole motion over the floor"""

    bl_idname = "limn.place_motion"
    menu_choice = "to"
    bl_label = "Place"

    if TYPE_CHECKING:
        to: str
    else:
        to: EnumProperty(
            name="To",
            description="Where the motion starts afterwards",
            items=(
                ("CURSOR", "To Cursor", "Start over the 3D cursor, on the floor at its height"),
                ("ORIGIN", "To Origin", "Start over the world's origin"),
                ("HERE", "Turn Only", "Start over the same spot"),
            ),
        )

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the buttons apart."""
        items = cls.bl_rna.properties["to"].enum_items  # type: ignore[attr-defined]
        return items[properties.to].description

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Place the active armature's motion."""
        fields, owner = motion_of(context.scene), context.active_object
        cursor = tuple(context.scene.cursor.location)
        xyz = {"CURSOR": cursor, "ORIGIN": (0.0, 0.0, 0.0), "HERE": None}[self.to]
        facing = fields.facing_deg if fields.use_facing or self.to == "HERE" else None
        return self.attempt(lambda: motion.place(owner, xyz, facing), "Placed")


class LIMN_OT_blend_motion(EditsMotion, bpy.types.Operator):
    """Make a new action of two"""

    bl_idname = "limn.blend_motion"
    menu_choice = "how"
    bl_label = "Blend"

    if TYPE_CHECKING:
        how: str
    else:
        how: EnumProperty(
            name="How",
            description="How the two actions become one",
            items=(
                ("MIX", "Mix", "Both at once, by the weight, as a new action"),
                ("THEN", "Then", "One after the other from the same spot, as a new action"),
            ),
        )

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the buttons apart."""
        items = cls.bl_rna.properties["how"].enum_items  # type: ignore[attr-defined]
        return items[properties.how].description

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Blend the active armature's action with the chosen one."""
        fields, owner = motion_of(context.scene), context.active_object
        if self.how == "MIX":
            return self.attempt(
                lambda: motion_blend.mix(owner, fields.other, fields.weight), "Mixed"
            )
        return self.attempt(
            lambda: motion_blend.join(owner, fields.other, fields.overlap), "Joined"
        )


class LIMN_OT_push_down_motion(EditsMotion, bpy.types.Operator):
    """Put the action on an NLA track as a strip, to layer and repeat it there"""

    bl_idname = "limn.push_down_motion"
    bl_label = "Push Down to NLA"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Push the active armature's action down."""
        return self.attempt(lambda: motion.push_down(context.active_object), "Pushed down")


CLASSES = (
    LIMN_OT_trim_motion,
    LIMN_OT_mirror_motion,
    LIMN_OT_loop_motion,
    LIMN_OT_place_motion,
    LIMN_OT_blend_motion,
    LIMN_OT_push_down_motion,
)
