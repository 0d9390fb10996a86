"""The list of people: its rows are the figures of the scene, its active row the active object."""

from __future__ import annotations

import bpy
from bpy.props import IntProperty

from ...scene.figures.record import PERSON_KEY, figures_of, read_record
from .pictures import picture_of


class LIMN_UL_people(bpy.types.UIList):
    """The figures of the take at hand, in the order of its people."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: bpy.types.Collection | bpy.types.Scene,
        figure: bpy.types.Object,
        _icon: int,
        _active_data: bpy.types.WindowManager,
        _active_property: str,
    ) -> None:
        """Draw a tick, the picture where there is one, the name and the frames."""
        line = layout.row(align=True)
        line.prop(figure, "limn_is_ticked", text="")
        picture = picture_of(figure)
        if picture is None:
            line.prop(figure, "name", text="", emboss=False, icon="ARMATURE_DATA")
        else:
            line.prop(figure, "name", text="", emboss=False, icon_value=picture)
        frames = layout.row()
        frames.alignment = "RIGHT"
        frames.label(text=frames_of(figure), translate=False)

    def filter_items(
        self, context: bpy.types.Context, data: bpy.types.Collection | bpy.types.Scene, name: str
    ) -> tuple[list[int], list[int]]:
        """Show figures only, sorted by their number in the take."""
        objects, figures = list(getattr(data, name)), figures_of(context)
        wanted = self.filter_name.casefold()
        shown = [one in figures and wanted in one.name.casefold() for one in objects]
        flags = [self.bitflag_filter_item if is_shown else 0 for is_shown in shown]
        places = sorted(range(len(objects)), key=lambda at: _number(objects[at]))
        order = [0] * len(objects)
        for place, at in enumerate(places):
            order[at] = place
        return flags, order


def _number(owner: bpy.types.Object) -> int:
    return int(owner.get(PERSON_KEY, 1 << 30))


def frames_of(figure: bpy.types.Object) -> str:
    """The clip's frames in which the person is, from 1: "31-90"."""
    record = read_record(figure)
    if record is None or not len(record.source_frames):
        return ""
    first, last = record.source_frames[[0, -1]] + 1
    return f"{first}-{last}"


def home_of(
    context: bpy.types.Context, figures: list[bpy.types.Object]
) -> bpy.types.Collection | bpy.types.Scene:
    """Whose objects the list shows: the collection that all figures lie in, else the scene."""
    shared = (g for g in figures[0].users_collection if all(f.name in g.objects for f in figures))
    return next(shared, context.scene)


def _active_row(_manager: bpy.types.WindowManager) -> int:
    context = bpy.context
    figures, active = figures_of(context), context.view_layer.objects.active
    if not figures or active is None:
        return -1
    return int(home_of(context, figures).objects.find(active.name))


def _choose_row(_manager: bpy.types.WindowManager, row: int) -> None:
    context = bpy.context
    figures = figures_of(context)
    if not figures:
        return
    chosen = home_of(context, figures).objects[row]
    if chosen.name not in context.view_layer.objects:
        return  # in a collection that is excluded
    for other in context.selected_objects:
        other.select_set(other == chosen)
    chosen.select_set(True)
    context.view_layer.objects.active = chosen


CLASSES = (LIMN_UL_people,)


def attach() -> None:
    """Tie the list's active row to the scene's active object."""
    bpy.types.WindowManager.limn_person = IntProperty(
        name="Person",
        description="The person of the active figure; choosing another selects their figure",
        get=_active_row,
        set=_choose_row,
    )


def detach() -> None:
    """Untie them."""
    del bpy.types.WindowManager.limn_person
