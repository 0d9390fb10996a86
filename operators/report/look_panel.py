"""The section Look: previews, the gallery, depth, and the comparison of estimators."""

from __future__ import annotations

import bpy

from ...scene.figures.record import figures_of
from ..estimate.request import why_not
from ..settings.props import settings_of
from ..tab.sections import Section, section_panels


class LookSection(Section):
    """Ways to look at the take or the clip at hand."""

    key = "look"
    bl_label = "Look"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there are figures, or a clip to compare estimators on."""
        return bool(figures_of(context)) or not why_not(settings_of(context.scene))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the preview with its choices, then the rest."""
        layout, settings = self.layout, settings_of(context.scene)
        if figures_of(context):
            row = layout.row(align=True)
            row.operator("limn.render_preview", icon="FILE_MOVIE")
            row.prop(settings, "preview_bodies", text="", icon="OUTLINER_OB_MESH")
            row.prop(settings, "preview_gallery", text="", icon="IMAGE_PLANE")
            row.prop(settings, "preview_depth", text="", icon="MOD_OCEAN")
            row = layout.row(align=True)
            row.operator("limn.make_gallery", icon="SCENE_DATA")
            row.operator("limn.add_depth", icon="MOD_OCEAN")
        layout.operator("limn.compare", icon="IMGDISPLAY")
        if figures_of(context):
            layout.operator("limn.compare_take", icon="IMGDISPLAY")


CLASSES = section_panels(LookSection)
