"""Choosing among the people of the take at hand: keep, drop, rename, merge and split them.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ...core.pipeline.request import Request
from ...scene.figures.contacts import Edits, edits_by_person, keep_edits
from ...scene.figures.rebuild import name_parts, remove_figure
from ...scene.figures.record import PERSON_KEY, Record, figures_of, read_record
from ...scene.keeping.take_link import link_take
from ..run.outcome import add_note
from ..settings.preferences import fresh_take
from ..take.take_operator import CHOOSE, WorksOnFigures, edits_options
from .pictures import load_pictures

_ITEMS: Final = (
    ("DROP", "Leave Out", "Leave this person out of the take"),
    ("KEEP", "Keep Ticked", "Keep only the people who are ticked"),
    (
        "MERGE",
        "Merge Ticked",
        "The two who are ticked are one person, who keeps the first one's name",
    ),
    ("SPLIT", "Split Here", "From the playhead on this is somebody else"),
    ("NAMES", "Save Names", "Write the figures' names into the take"),
    ("PICTURES", "Show Pictures", "Cut a picture of everybody out of the clip"),
)
Choice = tuple[str, list[str]]
"""What to do, and with whom, as ``limn people`` takes it."""


class LIMN_OT_choose_people(WorksOnFigures, bpy.types.Operator):
    """Choose among the people of the take"""

    bl_idname = "limn.choose_people"
    bl_label = "Choose People"
    bl_options = {"REGISTER"}  # noqa: RUF012 - its undo step is named by what was done
    title = "Choose People"
    menu_choice = "action"

    if TYPE_CHECKING:
        action: str
        person: int
        even_if_both: bool
    else:
        action: EnumProperty(
            name="What",
            description="What to do with the people",
            items=_ITEMS,
            options={"SKIP_SAVE"},
        )
        person: IntProperty(
            name="Person",
            description="Which person of the take, from 0; -1 means that of the active figure",
            default=-1,
            min=-1,
            options={"SKIP_SAVE"},
        )
        even_if_both: BoolProperty(
            name="Even If Both Are There",
            description="Merge people who are seen at the same time; there the first one counts",
            options={"SKIP_SAVE"},
        )

    _kept: list[int]
    _edits: dict[int, Edits]

    @classmethod
    def description(
        cls, _context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """Tell the buttons apart."""
        text = next(item[2] for item in _ITEMS if item[0] == properties.action)
        if properties.action in ("NAMES", "PICTURES"):
            return text
        return f"{text}. Takes seconds and writes a new take; the earlier one stays on the disk"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask before two people who are seen at the same time are merged."""
        ticked = [figure for figure in figures_of(context) if is_ticked(figure)]
        if self.action != "MERGE" or self.even_if_both or len(ticked) != 2:
            return super().invoke(context, event)
        shared = shared_frames(ticked)
        if not shared:
            return super().invoke(context, event)
        self.even_if_both = True
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Merge People",
            message=f"Both are seen in {shared} frames; there only {ticked[0].name} stays",
            confirm_text="Merge",
        )

    def prepare(self, context: bpy.types.Context) -> Request | None:
        """Word the choice for the worker."""
        at_hand = self.take_at_hand(context)
        if at_hand is None:
            return None
        figures, take = at_hand
        self.remember(figures)
        if self.action == "PICTURES":
            folder = Path(bpy.app.tempdir) / "limn_people" / take.name
            folder.mkdir(parents=True, exist_ok=True)
            return Request("people", {"take": str(take), "thumbnails": str(folder)})
        choice = self._choice(context, figures)
        if choice is None:
            return None
        output = fresh_take(take)
        touched = self._kept if self.action in ("MERGE", "SPLIT") else []
        edits = edits_by_person(figures).items()
        self._edits = {number: held for number, held in edits if number in touched}
        options = {"take": str(take), "output": str(output), "choices": [*_names(figures), *choice]}
        return Request("people", options | edits_options(self._edits))

    def _choice(
        self, context: bpy.types.Context, figures: Sequence[bpy.types.Object]
    ) -> list[Choice] | None:
        """Return what is chosen; None after reporting what is missing."""
        numbers = [int(figure[PERSON_KEY]) for figure in figures]
        active = context.view_layer.objects.active
        if self.action == "NAMES":
            self.done = "Save Names"
            return []
        if self.action in ("KEEP", "MERGE"):
            chosen = [int(figure[PERSON_KEY]) for figure in figures if is_ticked(figure)]
            who = [figure.name for figure in figures if is_ticked(figure)]
            if self.action == "KEEP" and chosen:
                self._kept, self.done = chosen, f"Keep {', '.join(who)}"
                return [("keep", [str(number + 1) for number in chosen])]
            if self.action == "MERGE" and len(chosen) == 2:
                shared = shared_frames([one for one in figures if is_ticked(one)])
                if shared and not self.even_if_both:
                    self.report(
                        {"ERROR"},
                        f"{who[0]} and {who[1]} are both seen in {shared} frames, where only "
                        f"{who[0]} would stay; with even_if_both they are merged all the same.",
                    )
                    return None
                self._kept, self.done = chosen, f"Merge {who[0]} and {who[1]}"
                return [("merge", [str(number + 1) for number in chosen])]
            wanted = "the people to keep" if self.action == "KEEP" else "the two people to merge"
            self.report({"ERROR"}, f"Tick {wanted} first.")
            return None
        person = self.person
        if person < 0:
            person = int(active[PERSON_KEY]) if active in figures else -1
        if person not in numbers:
            self.report({"ERROR"}, f"{CHOOSE}.")
            return None
        self._kept, name = [person], figures[numbers.index(person)].name
        if self.action == "DROP" and len(figures) == 1:
            self.report({"ERROR"}, f"{name} is the only one left; delete the figure instead.")
            return None
        if self.action == "DROP":
            self.done = f"Leave Out {name}"
            return [("drop", [str(person + 1)])]
        record = read_record(figures[numbers.index(person)])
        frame = None if record is None else source_frame(record, context.scene.frame_current)
        if frame is None:
            self.report({"ERROR"}, "Put the playhead between this person's first and last frame.")
            return None
        self.done = f"Split {name}"
        return [("split", [f"{person + 1}@{frame}"])]

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """Show the new people, or their pictures."""
        if self.action == "PICTURES":
            paths = [str(person.get("thumbnail") or "") for person in result["people"]]
            load_pictures(figures_of(context), paths)
            return {"FINISHED"}
        path = str(result["take"])
        figures = self.remembered(context, path)
        if not figures:
            return {"CANCELLED"}
        if self.action == "NAMES":
            for figure in figures:
                link_take(figure, path)
                name_parts(figure)
            self.report({"INFO"}, "Names saved")
            return {"FINISHED"}
        return {"FINISHED"} if self._applied(context, path, figures) else {"CANCELLED"}

    def _applied(
        self, context: bpy.types.Context, path: str, figures: Sequence[bpy.types.Object]
    ) -> bool:
        """Touch the figures that the choice is about; the others only learn of the new take."""
        numbers = [int(figure[PERSON_KEY]) for figure in figures]
        renumbered = [self._number_of(number) for number in numbers]
        kept = [one for one, number in zip(figures, renumbered, strict=True) if number is not None]
        gone = [one for one in figures if one not in kept]
        for figure, number in zip(figures, renumbered, strict=True):
            figure[PERSON_KEY] = -1 if number is None else number
        touched = {self._kept[0]} if self.action in ("MERGE", "SPLIT") else set()
        added = self._kept[0] + 1 if self.action == "SPLIT" else None
        if not self.rebuild(context, path, kept, only=touched, added=added):
            for figure, number in zip(figures, numbers, strict=True):
                figure[PERSON_KEY] = number
            return False
        notes = [note for note in map(remove_figure, gone) if note]
        for note in notes:
            add_note(context, note)
        self._hand_on_edits(context, touched if added is None else {*touched, added})
        return True

    def _number_of(self, old: int) -> int | None:
        """Which number person ``old`` has in the new take; None when they are gone.

        ``_kept`` holds those who are kept, the two who are merged, or who is left out or split.
        """
        if self.action == "KEEP":
            return self._kept.index(old) if old in self._kept else None
        last = self._kept[-1]
        if self.action == "SPLIT":
            return old + (old > last)
        return None if old == last else old - (old > last)

    def _hand_on_edits(self, context: bpy.types.Context, numbers: set[int]) -> None:
        """Contacts set by hand belong to the new figures as their frames do."""
        for figure in figures_of(context):
            record = read_record(figure)
            if record is None or record.person not in numbers:
                continue
            there, mine = set(record.positions.tolist()), {}
            for old in self._kept[::-1]:  # the first one's count before the other's
                mine |= {at: row for at, row in self._edits.get(old, {}).items() if at in there}
            keep_edits(figure, mine)


def shared_frames(figures: Sequence[bpy.types.Object]) -> int:
    """In how many frames two figures are both there."""
    a, b = (read_record(figure) for figure in figures)
    return 0 if a is None or b is None else len(np.intersect1d(a.positions, b.positions))


def source_frame(record: Record, scene_frame: float) -> int | None:
    """The clip's frame at the playhead; None where a split would leave nothing on one side."""
    row = int(np.searchsorted(record.scene_frames, scene_frame))
    return int(record.source_frames[row]) if 0 < row < len(record.source_frames) else None


def _names(figures: Sequence[bpy.types.Object]) -> list[Choice]:
    """Choices that give the people the names that the figures have in the scene."""
    return [("rename", [str(int(figure[PERSON_KEY]) + 1), figure.name]) for figure in figures]


def label_of(action: str) -> str:
    """What the button of an action says."""
    return next(item[1] for item in _ITEMS if item[0] == action)


def is_ticked(figure: bpy.types.Object) -> bool:
    """Whether the figure is ticked in the panel. No selection: who isn't there now is hidden."""
    return bool(figure.limn_is_ticked)


def attach() -> None:
    """Give figures their tick."""
    bpy.types.Object.limn_is_ticked = BoolProperty(
        name="Tick", description="Tick people to keep only them, or two people to merge them"
    )


def detach() -> None:
    """Take it off again."""
    del bpy.types.Object.limn_is_ticked


CLASSES = (LIMN_OT_choose_people,)
