"""The quality report in the panel: figures in plain units, and buttons that go to the bad frames.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface
from bpy.props import FloatProperty, StringProperty

from ...core.evaluation.wording import figure_of, label_of
from ...scene.figures.record import Record, figures_of, read_record
from ..tab.sections import Section, section_panels

_ICONS: Final = {"good": "CHECKMARK", "check": "INFO", "poor": "ERROR"}
_ORDER: Final = ("good", "check", "poor")
_BUTTONS_IN_ROW: Final = 4


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the report; ``look_at`` are scene frames, one for every run of bad frames."""

    label: str
    figure: str
    word: str
    look_at: tuple[float, ...]


def checks_of(figure: bpy.types.Object, fps: float) -> list[Check]:
    """Word the report that ``figure`` carries, in the order of ``core.evaluation.quality``."""
    record = read_record(figure)
    if record is None:
        return []
    try:
        told = json.loads(str(figure.get("limn_report", "{}")))
        checks = told["people"][record.person]["checks"].items()
        return [_check(name, found, record, fps) for name, found in checks]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return []  # made without a report, or somebody changed it by hand


def overall(checks: Sequence[Check]) -> str:
    """The worst word of ``checks``."""
    return max((check.word for check in checks), key=_ORDER.index, default="good")


def _check(name: str, found: Mapping[str, Any], record: Record, fps: float) -> Check:
    figure = figure_of(name, float(found["value"]), _step_s(record, fps))
    return Check(
        label_of(name), figure, str(found["word"]), _scene_frames(found["look_at"], record)
    )


def _step_s(record: Record, fps: float) -> float:
    steps = np.diff(record.scene_frames)
    return float(np.median(steps)) / fps if len(steps) else 0.0


def _scene_frames(look_at: Sequence[int], record: Record) -> tuple[float, ...]:
    """Where the playhead goes for frames of the file: the first of every run of neighbours."""
    rows = np.flatnonzero(np.isin(record.source_frames, look_at))
    firsts = rows[np.r_[True, np.diff(rows) > 1]] if len(rows) else rows
    return tuple(record.scene_frames[firsts].tolist())


class LIMN_OT_look_at_frame(bpy.types.Operator):
    """Put the playhead on this frame and select the figure"""

    bl_idname = "limn.look_at_frame"
    bl_label = "Look at Frame"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    if TYPE_CHECKING:
        frame: float
        figure: str
    else:
        frame: FloatProperty(
            name="Frame", description="Scene frame to go to", options={"SKIP_SAVE"}
        )
        figure: StringProperty(name="Figure", description="Figure to select", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Go there."""
        whole = int(np.floor(self.frame))
        context.scene.frame_set(whole, subframe=self.frame - whole)
        figure = context.view_layer.objects.get(self.figure)
        if figure is not None:
            context.view_layer.objects.active = figure
        return {"FINISHED"}


class QualitySection(Section):
    """How good the motion of the take at hand is."""

    key = "quality"
    bl_label = "Quality"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only where there is something to report on."""
        return bool(figures_of(context))

    def draw(self, context: bpy.types.Context) -> None:
        """Draw everybody's checks."""
        render = context.scene.render
        for figure in figures_of(context):
            _draw_person(self.layout, figure, render.fps / render.fps_base)


def _draw_person(layout: bpy.types.UILayout, figure: bpy.types.Object, fps: float) -> None:
    checks = checks_of(figure, fps)
    word = overall(checks)
    header, body = layout.panel(f"limn_quality_{figure.name}", default_closed=word == "good")
    header.label(text=f"{figure.name}: {iface(word)}", icon=_ICONS[word], translate=False)
    if body is None:
        return
    lines = body.column(align=True)
    for check in checks:
        row = lines.row()
        told = iface(check.label)
        told = told if check.word == "good" else f"{told}: {iface(check.word)}"
        row.label(text=told, icon=_ICONS[check.word], translate=False)
        value = row.row()
        value.alignment = "RIGHT"
        value.label(text=check.figure)
        if check.word != "good" and check.look_at:
            _draw_frames(lines, figure, check.look_at)


def _draw_frames(
    box: bpy.types.UILayout, figure: bpy.types.Object, frames: Sequence[float]
) -> None:
    for first in range(0, len(frames), _BUTTONS_IN_ROW):
        row = box.row(align=True)
        row.label(text="", icon="BLANK1")
        for frame in frames[first : first + _BUTTONS_IN_ROW]:
            button = row.operator("limn.look_at_frame", text=f"{frame:g}")
            button.frame, button.figure = frame, figure.name


CLASSES = (LIMN_OT_look_at_frame, *section_panels(QualitySection))
