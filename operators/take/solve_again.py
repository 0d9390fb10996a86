"""Solve Again: other settings and contacts set by hand, without running the networks.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty

from ...core.data.errors import LimnError
from ...core.data.take_file import load_take
from ...core.pipeline.request import Request
from ...scene.figures.contacts import Edits, edits_by_person, keep_edits
from ...scene.figures.record import PERSON_KEY, TOLD_HEIGHT_KEY
from ..estimate.request import camera_options, solve_options
from ..settings.preferences import fresh_take
from ..settings.props import settings_of
from ..views.props import leave_out_options
from .take_operator import WorksOnFigures, edits_options


def heights_option(
    figures: Sequence[bpy.types.Object], everyones: float | str
) -> dict[str, float | str]:
    """Word the heights that single figures were given, beside ``everyones``, metres or "auto"."""
    told = {int(one[PERSON_KEY]): float(one.get(TOLD_HEIGHT_KEY, 0.0)) for one in figures}
    if not any(told.values()):
        return {"height_m": everyones}
    each = (told.get(number, 0.0) for number in range(max(told) + 1))
    listed = ",".join(str(round(height, 4) if height else everyones) for height in each)
    # With one person only a comma tells that it is theirs.
    return {"height_m": listed if "," in listed else f"{listed},auto"}


class LIMN_OT_solve_again(WorksOnFigures, bpy.types.Operator):
    """Solve the take of these figures once more"""

    bl_idname = "limn.solve_again"
    bl_label = "Solve Again"
    bl_options = {"UNDO"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Solve Again"

    if TYPE_CHECKING:
        forget_contacts: bool
    else:
        forget_contacts: BoolProperty(
            name="Forget Contacts",
            description="Drop the contacts that were set by hand and let the solver find them",
            options={"SKIP_SAVE"},
        )

    _edits: dict[int, Edits]

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the two buttons apart."""
        if properties.forget_contacts:
            return "Solve again without the contacts that were set by hand; the solver finds them"
        return (
            "Solve the motion again with these settings and the foot contacts as they are keyed "
            "now. Takes seconds, as the clip isn't read; an action edited by hand stays beside the "
            "new one"
        )

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Write the edited contacts for the worker and word what it is asked."""
        at_hand = self.take_at_hand(context)
        if at_hand is None:
            return None
        figures, take = at_hand
        self._edits = {} if self.forget_contacts else edits_by_person(figures)
        try:
            settings = settings_of(context.scene)
            options = solve_options(settings)
            options |= heights_option(figures, options["height_m"])
            clip = Path(str(figures[0].get("limn_clip", "")))
            is_known = settings.camera == "given" and _has_given_camera(take)
            options |= camera_options(context, settings, clip, is_known=is_known)
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return None
        options |= {
            "take": str(take),
            "output": str(fresh_take(take)),
            **edits_options(self._edits),
            **leave_out_options(context.scene, take),
        }
        self.remember(figures)
        return Request("solve", options)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Give the figures the new motion."""
        path = str(result["take"])
        figures = self.remembered(context, path)
        if not figures:
            return {"CANCELLED"}
        if not self.rebuild(context, path, figures):
            return {"CANCELLED"}
        for figure in figures:
            keep_edits(figure, self._edits.get(int(figure[PERSON_KEY]), {}))
        self.report({"INFO"}, self._summary())
        return {"FINISHED"}

    def _summary(self) -> str:
        count = sum(len(edits) for edits in self._edits.values())
        frames = "1 frame" if count == 1 else f"{count} frames"
        return f"Solved again with contacts set by hand in {frames}" if count else "Solved again"


CLASSES = (LIMN_OT_solve_again,)


def _has_given_camera(take: Path) -> bool:
    """Whether a take was estimated with a camera of a file or Blender's. Raises TakeError."""
    observed = load_take(take).observed
    return observed is not None and observed.given is not None
