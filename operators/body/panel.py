"""The section Body: sliders of the active person's shape.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import Any

import bpy
from bpy.app.translations import pgettext_iface as iface

from ...scene.figures.body import BODY_KEY, body_of
from ...scene.figures.record import TOLD_HEIGHT_KEY, figures_of
from ..tab.sections import Section, section_panels


def shaped_body(context: bpy.types.Context) -> bpy.types.Object | None:
    """The body of the active figure, or the active body itself, where it has sliders."""
    active = context.view_layer.objects.active
    if active is None:
        return None
    body = active if BODY_KEY in active else body_of(active) if active.type == "ARMATURE" else None
    return body if body is not None and body.data.shape_keys is not None else None


def sliders_of(body: bpy.types.Object) -> list[bpy.types.ShapeKey]:
    """The keys that shape the whole body: those that go both ways and that no pose drives."""
    keys: Any = body.data.shape_keys
    animation = keys.animation_data
    driven = {driver.data_path for driver in animation.drivers} if animation is not None else set()
    return [
        key
        for key in keys.key_blocks[1:]
        if key.slider_min < 0
        and f"{key.path_from_id()}.value" not in driven
        and not key.name.startswith("Expression")
    ]


class LIMN_OT_reset_body(bpy.types.Operator):
    """Give this person the shape back that was fitted to their bones"""

    bl_idname = "limn.reset_body"
    bl_label = "Reset Shape"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where a slider was moved."""
        body = shaped_body(context)
        if body is None or not any(key.value for key in sliders_of(body)):
            cls.poll_message_set("No slider of this person's body was moved")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put all sliders to 0."""
        body = shaped_body(context)
        assert body is not None
        for key in sliders_of(body):
            key.value = 0.0
        return {"FINISHED"}


class BodySection(Section):
    """Sliders of the active person's shape."""

    key = "body"
    parent = "people"
    bl_label = "Body"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only for a person with a body."""
        return bool(figures_of(context)) and shaped_body(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a slider a line."""
        body = shaped_body(context)
        if body is None or body.parent is None:
            return
        if TOLD_HEIGHT_KEY in body.parent:
            self.layout.prop(body.parent, f'["{TOLD_HEIGHT_KEY}"]', text="Height (m)")
        column = self.layout.column(align=True)
        for key in sliders_of(body):
            column.prop(key, "value", text=_told(key.name), slider=True, translate=False)
        self.layout.operator("limn.reset_body", icon="LOOP_BACK")


def _told(key: str) -> str:
    """What a slider is called in the person's language; a key of their own by its name."""
    return {
        "Height": iface("Height"),
        "Weight": iface("Body Weight"),  # not the weight that blends motions
        "Muscle": iface("Muscle"),
        "Proportions": iface("Proportions"),
        "Sex": iface("Sex"),
        "Age": iface("Age"),
    }.get(key, key)


CLASSES = (LIMN_OT_reset_body, *section_panels(BodySection, ("VIEW_3D",)))
