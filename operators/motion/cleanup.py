"""Clean Up: a range smoothed, a foot locked, a cycle found, root motion, floor and camera.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...scene import camera_aim
from ...scene.figures.record import PERSON_KEY
from ...scene.keeping.take_link import TAKE_KEY, find_take
from ...scene.motion import cleaning
from ...scene.motion.foot_lock import lock_foot
from ...scene.motion.root_motion import extract_root
from ..take.take_files import CHOOSE
from .cleanup_props import CLEANUP_MENU, cleanup_of
from .ops import EditsMotion


def range_of(scene: bpy.types.Scene) -> tuple[int, int]:
    """The scene's preview range where that is on, else its frame range."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


class _Cleans(EditsMotion):
    """Mixin: runs an edit that words what it did."""

    menu_of_topic = CLEANUP_MENU

    def tell(self, edit: Callable[[], str]) -> set[str]:
        """Run ``edit`` and report its sentence; a wrong input is one sentence too."""
        report: Callable[[set[str], str], None] = self.report  # type: ignore[attr-defined]
        try:
            said = edit()
        except LimnError as error:
            report({"ERROR"}, str(error))
            return {"CANCELLED"}
        report({"INFO"}, said)
        return {"FINISHED"}


class LIMN_OT_smooth_motion(_Cleans, bpy.types.Operator):
    """Calm the motion within the frame range, or the preview range when that is on. In pose mode
    the selected bones only; keys outside stay"""

    bl_idname = "limn.smooth_motion"
    bl_label = "Smooth Range"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Smooth the active armature's action."""
        scene, owner = context.scene, context.active_object
        first, last = range_of(scene)
        chosen = [bone.name for bone in context.selected_pose_bones or ()]
        only = chosen if context.mode == "POSE" and chosen else None

        def smooth() -> str:
            hertz = cleanup_of(scene).cutoff_hz
            count = cleaning.smooth(scene, owner, first, last, hertz, only)
            return f"Smoothed {count} bones from frame {first} to {last}"

        return self.tell(smooth)


class LIMN_OT_lock_foot(_Cleans, bpy.types.Operator):
    """Hold a foot within the frame range, or the preview range when that is on"""

    bl_idname = "limn.lock_foot"
    bl_label = "Lock Foot"

    if TYPE_CHECKING:
        side: str
    else:
        side: EnumProperty(
            name="Foot",
            description="Which foot to hold",
            items=(
                ("left", "Left", "The character's own left foot"),
                ("right", "Right", "The character's own right foot"),
            ),
        )

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the buttons apart."""
        return (
            f"Hold the {properties.side} foot over the range as it is at the playhead, or in the "
            "middle of the range when the playhead is elsewhere. Keys thigh, shin and foot"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Lock the foot of the active armature."""
        scene, owner = context.scene, context.active_object
        first, last = range_of(scene)

        def lock() -> str:
            ease = cleanup_of(scene).ease
            short = lock_foot(scene, owner, self.side, first, last, ease)
            said = f"The {self.side} foot is held from frame {first} to {last}"
            return f"{said}; the leg is up to {100 * short:.1f} cm short" if short > 1e-3 else said

        return self.tell(lock)


class LIMN_OT_find_cycle(_Cleans, bpy.types.Operator):
    """Set the preview range to the stretch whose first and last frame are most alike; then trim to
    it and make it a cycle. No key changes"""

    bl_idname = "limn.find_cycle"
    bl_label = "Find Cycle"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Look through the active armature's action."""
        scene, owner = context.scene, context.active_object

        def find() -> str:
            shortest = cleanup_of(scene).shortest
            first, last, cycle = cleaning.search_cycle(
                scene, owner, scene.frame_start, scene.frame_end, shortest, None
            )
            scene.use_preview_range = True
            scene.frame_preview_start, scene.frame_preview_end = first, last
            return (
                f"Frames {first} and {last} are most alike, {100 * cycle.apart_m:.1f} cm apart on "
                "average; they are the preview range now"
            )

        return self.tell(find)


class LIMN_OT_extract_root_motion(_Cleans, bpy.types.Operator):
    """Put the travel over the floor on the root bone, or on the armature object where the rig has
    none, as game engines expect it. What is seen stays the same"""

    bl_idname = "limn.extract_root_motion"
    bl_label = "Extract Root Motion"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Extract it from the active armature's action."""
        owner, turn = context.active_object, cleanup_of(context.scene).turn
        return self.tell(lambda: f"{extract_root(owner, turn=turn)} carries the motion now")


class LIMN_OT_set_floor(_Cleans, bpy.types.Operator):
    """Raise or lower the whole motion so that the character's lowest point, as it stands at the
    playhead, touches the floor at height 0"""

    bl_idname = "limn.set_floor"
    bl_label = "Set Floor Here"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Move the active armature's action."""

        def move() -> str:
            rise = cleaning.set_floor(context.scene, context.active_object)
            return f"The motion was {'raised' if rise > 0 else 'lowered'} by {abs(rise):.3f} m"

        return self.tell(move)


class LIMN_OT_aim_camera(_Cleans, bpy.types.Operator):
    """Bring the camera after the motion"""

    bl_idname = "limn.aim_camera"
    bl_label = "Re-aim Camera"

    if TYPE_CHECKING:
        how: str
    else:
        how: EnumProperty(
            name="How",
            description="What the camera is turned to",
            items=(
                (
                    "FOOTAGE",
                    "Over Footage",
                    "Move Limn's camera as this figure was moved since it was made, so that it "
                    "lies over the footage again",
                ),
                (
                    "CENTRE",
                    "Centre",
                    "Turn the scene's camera so that the character is in its middle at the "
                    "playhead",
                ),
            ),
        )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Any armature."""
        owner = context.active_object
        if owner is None or owner.type != "ARMATURE":
            cls.poll_message_set("Select an armature")
            return False
        return True

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the buttons apart."""
        items = cls.bl_rna.properties["how"].enum_items  # type: ignore[attr-defined]
        return items[properties.how].description

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Aim it."""
        scene, owner = context.scene, context.active_object
        if self.how == "CENTRE":
            return self.tell(lambda: f"{camera_aim.aim_at(scene, owner).name} is aimed at it")
        if TAKE_KEY not in owner or PERSON_KEY not in owner:
            self.report({"ERROR"}, f"{CHOOSE}; {owner.name} is none, so only Centre works on it.")
            return {"CANCELLED"}

        def aim() -> str:
            take = load_take(find_take(owner))
            camera = camera_aim.aim_over_footage(scene, owner, take)
            return f"{camera.name} follows {owner.name}"

        return self.tell(aim)


CLASSES = (
    LIMN_OT_smooth_motion,
    LIMN_OT_lock_foot,
    LIMN_OT_find_cycle,
    LIMN_OT_extract_root_motion,
    LIMN_OT_set_floor,
    LIMN_OT_aim_camera,
)
