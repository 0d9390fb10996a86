# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Choosing among the people in the scene, through the real worker."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from blender_takes import MODULE, core

bpy = pytest.importorskip("bpy")
pytest.importorskip("cv2")
from solved_takes import solved_take  # noqa: E402 - needs cv2

pytestmark = pytest.mark.bpy


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return solved_take(tmp_path_factory.mktemp("walk"))[0]


@pytest.fixture
def take(scene: Any, walk: Path, tmp_path: Path) -> Path:
    """A take of two people, loaded."""
    path = Path(shutil.copy(walk, tmp_path))
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    return path


def figures() -> list[Any]:
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


def tick(*chosen: Any) -> None:
    for figure in figures():
        figure.limn_is_ticked = figure in chosen


def choose(action: str, person: int = -1) -> set[str]:
    return bpy.ops.limn.choose_people(action=action, person=person)


def test_who_is_left_out_leaves_the_others_as_they_were(take: Path) -> None:
    _, second = figures()
    second.location = (1.0, 2.0, 0.0)
    before = take.read_bytes()
    assert choose("DROP", 0) == {"FINISHED"}
    assert figures() == [second], "the other figure is the same object"
    assert tuple(second.location) == (1.0, 2.0, 0.0)
    assert second["limn_person"] == 0
    assert take.read_bytes() == before, "the earlier take stays"
    written = take.with_name("walk (2).take.npz")
    assert Path(second["limn_take"]) == written
    assert [p.name for p in core("data.take_file").load_take(written).people] == ["Person 2"]
    loose = [o for o in bpy.data.objects if o.type == "MESH" and o.parent is None]
    assert [o.name for o in loose] in ([], ["Limn Ground"])


def test_who_was_moved_to_another_collection_stays_of_the_take(take: Path) -> None:
    first, second = figures()
    mine = bpy.data.collections.new("Mine")
    bpy.context.scene.collection.children.link(mine)
    for collection in second.users_collection:
        collection.objects.unlink(second)
    mine.objects.link(second)
    bpy.context.view_layer.objects.active = second
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    takes = {Path(bpy.path.abspath(one["limn_take"])) for one in (first, second)}
    assert takes == {take.with_name("walk (2).take.npz")}
    assert choose("DROP", 0) == {"FINISHED"}
    assert figures() == [second]
    assert second.users_collection == (mine,)
    assert second["limn_person"] == 0


def test_only_the_ticked_are_kept(take: Path) -> None:
    first, _ = figures()
    tick(first)
    assert choose("KEEP") == {"FINISHED"}
    assert figures() == [first]


def test_split_at_the_playhead_and_merged_again(take: Path) -> None:
    scene = bpy.context.scene
    scene.frame_set(scene.frame_start + 20)
    assert choose("SPLIT", 0) == {"FINISHED"}
    assert [f.name for f in figures()] == ["Person 1", "Person 1 (2)", "Person 2"]
    split = core("data.take_file").load_take(take.with_name("walk (2).take.npz"))
    assert split.people[0].frames[-1] == 19
    assert split.people[1].frames[0] == 20
    one, later, _ = figures()
    tick(one, later)
    assert choose("MERGE") == {"FINISHED"}
    assert [f.name for f in figures()] == ["Person 1", "Person 2"]
    assert (
        len(core("data.take_file").load_take(take.with_name("walk (3).take.npz")).people[0].frames)
        == 30
    )


def test_contacts_set_by_hand_outlive_every_choice(take: Path) -> None:
    """Both feet of the second figure are planted by hand in six frames."""
    contacts = import_module(f"{MODULE}.scene.figures.contacts")
    points = core("data.skeletons").CONTACT_POINTS
    second = figures()[1]
    record = import_module(f"{MODULE}.scene.figures.record").read_record(second)
    frames = [int(frame) for frame in record.scene_frames[4:10]]
    for frame in frames:
        for point in points:
            second[f"contact_{point}"] = 1.0
            second.keyframe_insert(f'["contact_{point}"]', frame=frame)
    positions = {int(at) for at in record.positions[4:10]}
    assert positions <= contacts.contact_edits(second).keys()
    assert choose("DROP", 0) == {"FINISHED"}
    assert positions <= contacts.contact_edits(second).keys()
    bpy.context.scene.frame_set(frames[3])
    assert choose("SPLIT", 0) == {"FINISHED"}
    halves = [set(contacts.contact_edits(figure)) & positions for figure in figures()]
    later = core("data.take_file").load_take(figures()[1]["limn_take"]).people[1]
    assert later.contact[:3].reshape(3, 2, 2).max(-1).min() > 0.9
    assert halves == [set(sorted(positions)[:3]), set(sorted(positions)[3:])]
    tick(*figures())
    assert choose("MERGE") == {"FINISHED"}
    (whole,) = figures()
    assert positions <= contacts.contact_edits(whole).keys()


def test_names_in_the_scene_become_those_of_the_take(take: Path) -> None:
    figures()[0].name = "Anna"
    assert choose("NAMES") == {"FINISHED"}
    named = core("data.take_file").load_take(take.with_name("walk (2).take.npz"))
    assert [p.name for p in named.people] == ["Anna", "Person 2"]
    assert core("data.take_file").load_take(take).people[0].name == "Person 1"
    assert choose("DROP", 1) == {"FINISHED"}
    left = core("data.take_file").load_take(take.with_name("walk (3).take.npz"))
    assert [p.name for p in left.people] == ["Anna"]


def test_everybody_gets_a_picture(take: Path) -> None:
    people = import_module(f"{MODULE}.operators.people.pictures")
    assert choose("PICTURES") == {"FINISHED"}
    assert set(people._pictures["people"].keys()) == {f"{take}:0", f"{take}:1"}
    people.detach()
    assert not people._pictures


@pytest.mark.parametrize(
    ("action", "person", "sentence"),
    [("MERGE", -1, "two people"), ("SPLIT", 0, "playhead"), ("DROP", 7, "Select one")],
)
def test_what_is_missing_is_said(take: Path, action: str, person: int, sentence: str) -> None:
    tick(figures()[0])
    bpy.context.scene.frame_set(bpy.context.scene.frame_start)
    with pytest.raises(RuntimeError, match=sentence):
        choose(action, person)
    assert len(figures()) == 2
    assert sorted(p.name for p in take.parent.glob("*.npz")) == ["walk.take.npz"]


def the_list() -> tuple[Any, Any, str]:
    """The arguments with which the panel draws its list: collection, owner and name of the row."""
    panel = import_module(f"{MODULE}.operators.people.panel")
    layout = MagicMock()
    panel.PeopleSection.draw(SimpleNamespace(layout=layout), bpy.context)
    kind, _, home, name, owner, row = layout.row().template_list.call_args.args
    assert (kind, name) == ("LIMN_UL_people", "objects")
    return home, owner, row


def test_the_list_shows_figures_only_in_the_takes_order(take: Path) -> None:
    home, _, _ = the_list()
    people = import_module(f"{MODULE}.operators.people.people_list")
    figures()[0].name = "Zoe"  # Blender sorts by name
    shown = SimpleNamespace(filter_name="", bitflag_filter_item=1)
    flags, order = people.LIMN_UL_people.filter_items(shown, bpy.context, home, "objects")
    rows = sorted(
        (at, owner) for owner, flag, at in zip(home.objects, flags, order, strict=True) if flag
    )
    assert [owner.name for _, owner in rows] == ["Zoe", "Person 2"]
    assert [people.frames_of(owner) for _, owner in rows] == ["1-30", "16-30"]
    shown.filter_name = "zo"
    flags, _ = people.LIMN_UL_people.filter_items(shown, bpy.context, home, "objects")
    assert sum(flags) == 1


def test_the_list_and_the_scene_select_each_other(take: Path) -> None:
    home, owner, row = the_list()
    first, second = figures()
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 20)  # the second isn't hidden
    layer = bpy.context.view_layer
    setattr(owner, row, home.objects.find(second.name))
    assert layer.objects.active == second
    assert [one for one in (first, second) if one.select_get()] == [second]
    layer.objects.active = first
    assert home.objects[getattr(owner, row)] == first
    layer.objects.active = None
    assert getattr(owner, row) == -1


def test_notes_follow_undo_and_stay_away_once_dismissed(take: Path) -> None:
    notes = import_module(f"{MODULE}.operators.run.outcome")
    run, scene = bpy.context.window_manager.limn_run, bpy.context.scene

    def shown() -> list[str]:
        return [line.text for line in run.outcome]

    loaded, key = shown(), scene.limn_notes
    assert loaded[0].startswith("Person 1")
    notes.show_notes(bpy.context, [("Exported", "EXPORT")])
    notes.add_note(bpy.context, "Kept")
    assert shown() == ["Exported", "Kept"]
    later, scene.limn_notes = scene.limn_notes, key  # as undo does
    notes.recall_notes(bpy.context)
    assert shown() == loaded
    assert bpy.ops.limn.dismiss_notes() == {"FINISHED"}
    assert shown() == []
    scene.limn_notes = later
    notes.recall_notes(bpy.context)
    assert shown() == ["Exported", "Kept"]
    scene.limn_notes = key
    notes.recall_notes(bpy.context)
    assert shown() == []
