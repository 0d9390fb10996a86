"""What operators share that work on the take of the figures in the scene."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import bpy

from ...core.data.errors import LimnError, TakeError
from ...core.data.take_file import load_take
from ...core.data.writing import write_text
from ...scene.figures.contacts import Edits, edits_as_json
from ...scene.figures.rebuild import rebuild_take
from ...scene.figures.record import figures_of
from ...scene.keeping.take_link import find_take
from ..run.modal import RunsWorker
from ..run.outcome import show_outcome
from ..settings.preferences import keep_takes, users_model
from .take_files import CHOOSE

LINKED: Final = "These figures are linked; change them in the file that they come from"

__all__ = ["CHOOSE", "WorksOnFigures", "edits_options"]


class WorksOnFigures(RunsWorker):
    """Mixin of operators that run the worker on the take of the figures at hand."""

    report: Any
    """Blender's own, of every operator."""
    _uids: list[int]

    @classmethod
    def lacks(cls, context: bpy.types.Context) -> str:
        """Figures, when there are none, or none that this file may change."""
        figures = figures_of(context)
        is_linked = any(one.library or one.override_library for one in figures)
        return (LINKED if is_linked else "") if figures else CHOOSE

    def take_at_hand(
        self, context: bpy.types.Context
    ) -> tuple[list[bpy.types.Object], Path] | None:
        """The figures and their take; None after reporting that its file is gone."""
        figures = figures_of(context)
        try:
            return figures, find_take(figures[0])
        except TakeError as error:
            self.report({"ERROR"}, str(error))
            return None

    def remember(self, figures: Sequence[bpy.types.Object]) -> None:
        """Which figures a run is about. Names may change while it goes on, and undo makes new
        Python objects of them; what tells them apart in a session stays."""
        self._uids = [figure.session_uid for figure in figures]

    def remembered(self, context: bpy.types.Context, path: str) -> list[bpy.types.Object]:
        """Those of them that are still in the scene; none after reporting where the take is."""
        there = {one.session_uid: one for one in context.scene.objects}
        figures = [there[uid] for uid in self._uids if uid in there]
        if not figures:
            self.report(
                {"ERROR"}, f"The figures aren't in this scene; load the take {path} to see it."
            )
        return figures

    def rebuild(
        self,
        context: bpy.types.Context,
        path: str,
        figures: Sequence[bpy.types.Object],
        *,
        only: Collection[int] | None = None,
        added: int | None = None,
    ) -> bool:
        """Give ``figures`` the motion of the take at ``path``; False after reporting an error.

        ``only`` and ``added`` as for ``rebuild_take``.
        """
        try:
            take = load_take(path)
            model = users_model(context)
            report = rebuild_take(
                context, take, figures, take_path=path, smplx=model, only=only, added=added
            )
        except LimnError as error:
            self.report({"ERROR"}, str(error))
            return False
        show_outcome(context, take, report)
        keep_takes(context)
        for warning in report.warnings:
            self.report({"WARNING"}, warning)
        return True


def edits_options(edits: dict[int, Edits]) -> dict[str, str]:
    """Write contacts set by hand for the worker and word the option; nothing without any."""
    if not edits:
        return {}
    # Blender empties this folder when it ends.
    file = Path(bpy.app.tempdir) / "limn_contacts.json"
    write_text(file, edits_as_json(edits))
    return {"edits": str(file)}
