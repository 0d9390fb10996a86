"""Compare Estimators: all that can run on the clip, side by side as a picture and as figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.data.errors import LimnError
from ...core.data.safe_text import showable
from ...core.pipeline.request import Request
from ...scene.figures.record import figures_of
from ..estimate.clip_operator import RunsOnClip
from ..estimate.request import make_comparison, why_not
from ..run.outcome import Note, show_notes
from ..settings.props import settings_of
from ..take.take_operator import CHOOSE, WorksOnFigures


class ShowsComparison(RunsOnClip):
    """Mixin: asks for a comparison on the panel's clip, and shows it."""

    report: Any
    """Blender's own, of every operator."""

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Read the panel into what the worker is asked."""
        try:
            return make_comparison(context)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Show every estimator's figures, and the picture where there is one."""
        lines: list[Note] = [
            (told(row), "ERROR" if "error" in row else "POSE_HLT")
            for row in result.get("variants", ())
        ]
        lines += [(str(note), "INFO") for note in result.get("notes", ())]
        picture = result.get("picture")
        if picture is None:
            show_notes(context, lines)
            self.report({"ERROR"}, "No estimator could be run on this clip")
            return {"CANCELLED"}
        image = bpy.data.images.load(str(picture), check_existing=True)
        image.reload()  # an earlier comparison's may be in memory
        show_notes(context, [*lines, (f"Picture: {picture}", "IMAGE_DATA")])
        self.report({"INFO"}, f"The comparison is the image '{showable(Path(str(picture)).name)}'")
        return {"FINISHED"}


class LIMN_OT_compare(ShowsComparison, bpy.types.Operator):
    """Run every estimator that is there on the clip and show them side by side, as a picture
    beside the take and in the Image Editor. Takes as long as all of them together"""

    bl_idname = "limn.compare"
    bl_label = "Compare Estimators"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Compare Estimators"


class LIMN_OT_compare_take(WorksOnFigures, ShowsComparison, bpy.types.Operator):
    """Show these figures' take, such as an imported one, beside what Limn's own networks make of
    the chosen clip: as a picture and in figures. Takes as long as an estimate"""

    bl_idname = "limn.compare_take"
    bl_label = "Compare with Limn's Own"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Compare with Limn's Own"

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """Figures and a clip, when there are none."""
        return why_not(settings_of(context.scene)) if figures_of(context) else CHOOSE

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Read the panel into what the worker is asked, and name the take."""
        at_hand = self.take_at_hand(context)
        request = None if at_hand is None else super().prepare(context)
        if at_hand is None or request is None:
            return None
        return Request(request.command, {**request.options, "made": [str(at_hand[1])]})


def told(row: dict[str, Any]) -> str:
    """One estimator's line: what failed, or its figures."""
    if "error" in row:
        return f"{row['name']}: {row['error']}"
    figures = (
        ("found_share", "found in {:.0%} of the frames", 1.0),
        ("slide_mm", "feet slide {:.1f} mm a frame", 1.0),
        ("jitter_10m_s3", "jitter {:.1f}", 1.0),
        ("reprojection_share", "{:.1f} % beside the picture", 100.0),
        ("fps", "{:.1f} frames a second", 1.0),
    )
    words = [
        form.format(row[key] * unit) for key, form, unit in figures if row.get(key) is not None
    ]
    return f"{row['name']}: {', '.join(words)}"


CLASSES = (LIMN_OT_compare, LIMN_OT_compare_take)
