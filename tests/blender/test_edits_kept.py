# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Nothing an animator made is lost: edited actions, others' figures, what undo brings back."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from blender_keys import snapshot
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
    """A take of two people, loaded; the first in frames 1 to 30, the second in 16 to 30."""
    path = Path(shutil.copy(walk, tmp_path))
    assert bpy.ops.limn.load_take(filepath=str(path)) == {"FINISHED"}
    return path


def figures() -> list[Any]:
    return sorted((o for o in bpy.data.objects if o.type == "ARMATURE"), key=lambda o: o.name)


def bend(figure: Any, bone: str = "head") -> None:
    figure.pose.bones[bone].rotation_quaternion = (0.9, 0.3, 0.3, 0.1)
    figure.keyframe_insert(f'pose.bones["{bone}"].rotation_quaternion', frame=20)


def outcome() -> list[str]:
    return [line.text for line in bpy.context.window_manager.limn_run.outcome]


def state(figure: Any) -> tuple[Any, ...]:
    """What must not change of a figure that a choice isn't about."""
    action = figure.animation_data.action
    return (
        figure, figure.data, figure.parent, action, action.name, snapshot(figure),
        tuple(figure.constraints), tuple(map(tuple, figure.matrix_world)),
        [child.name for child in figure.children],
    )  # fmt: skip


def put_things_on(figure: Any) -> Any:
    """An edit, a parent, a constraint and a hat."""
    bend(figure)
    collection = figure.users_collection[0]
    holder, hat = (bpy.data.objects.new(name, None) for name in ("holder", "hat"))
    for one in (holder, hat):
        collection.objects.link(one)
    holder.location = (1.0, 2.0, 0.0)
    figure.parent = holder
    hat.parent, hat.parent_type, hat.parent_bone = figure, "BONE", "head"
    figure.constraints.new("LIMIT_LOCATION")
    bpy.context.view_layer.update()
    return hat


def test_solving_again_keeps_an_edited_action_and_says_so(take: Path) -> None:
    first, second = figures()
    bend(first)
    edited, untouched = first.animation_data.action, second.animation_data.action.name
    keys, name = snapshot(first), edited.name
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert first.animation_data.action != edited
    assert (first.animation_data.action.name, edited.name) == (name, f"{name} edited")
    assert edited.use_fake_user
    assert any(f"'{edited.name}'" in text for text in outcome())
    assert f"{untouched} edited" not in " ".join(outcome())
    assert len(bpy.data.actions) == 3, "an action that nobody edited is replaced"
    # Nothing was edited since, so nothing more is kept.
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert len(bpy.data.actions) == 3
    first.animation_data.action = edited
    if bpy.app.version >= (4, 4, 0):
        first.animation_data.action_slot = edited.slots[0]
    assert snapshot(first) == keys


def test_somebodys_own_action_stays_under_its_name(take: Path) -> None:
    figure = figures()[0]
    own = bpy.data.actions.new("Dance")
    figure.animation_data.action = own
    figure.pose.bones["head"].keyframe_insert("rotation_quaternion", frame=3)
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    assert own.name == "Dance"
    assert own.use_fake_user
    assert figure.animation_data.action != own
    assert any("'Dance'" in text for text in outcome())


def test_another_run_keeps_an_edited_action(take: Path) -> None:
    bend(figures()[1])
    edited = figures()[1].animation_data.action
    assert bpy.ops.limn.load_take(filepath=str(take)) == {"FINISHED"}
    assert edited.name.endswith(" edited")
    assert any(edited.name in text for text in outcome())
    assert len(bpy.data.actions) == 3


@pytest.mark.parametrize("change", ["interpolation", "modifier", "deleted key", "own action"])
def test_every_kind_of_edit_counts(take: Path, change: str) -> None:
    edited = import_module(f"{MODULE}.scene.keeping.edited")
    curves = import_module(f"{MODULE}.scene.curves").curves_of
    first, second = figures()
    assert not edited.is_edited(first)
    assert not edited.is_edited(second)
    curve = curves(first)['pose.bones["pelvis"].location', 0]
    if change == "interpolation":
        curve.keyframe_points[3].interpolation = "BEZIER"
    elif change == "modifier":
        curve.modifiers.new("NOISE")
    elif change == "deleted key":
        curve.keyframe_points.remove(curve.keyframe_points[3])
    else:
        first.animation_data.action = first.animation_data.action.copy()
        bend(first)
    assert edited.is_edited(first)
    assert not edited.is_edited(second)


def test_who_a_choice_is_not_about_stays_untouched(take: Path) -> None:
    scene = bpy.context.scene
    first, second = figures()
    hat = put_things_on(second)
    before, camera = state(second), [tuple(row) for row in scene.camera.matrix_world]
    scene.frame_set(20)
    bpy.context.view_layer.objects.active = second
    bpy.ops.object.mode_set(mode="POSE")
    assert bpy.ops.limn.choose_people(action="SPLIT", person=0) == {"FINISHED"}
    assert second.mode == "POSE"
    bpy.ops.object.mode_set(mode="OBJECT")
    assert [f.name for f in figures()] == ["Person 1", "Person 1 (2)", "Person 2"]
    assert figures()[0] == first
    assert state(second) == before
    assert [f["limn_person"] for f in figures()] == [0, 1, 2]
    assert (scene.frame_current, bpy.context.view_layer.objects.active) == (20, second)
    later = figures()[1]
    for figure in figures():
        figure.limn_is_ticked = figure in (first, later)
    assert bpy.ops.limn.choose_people(action="MERGE") == {"FINISHED"}
    assert figures() == [first, second]
    assert state(second) == before
    first.name = "Anna"
    assert bpy.ops.limn.choose_people(action="NAMES") == {"FINISHED"}
    body = next(child for child in first.children if child.type == "MESH")
    assert (first.data.name, first.animation_data.action.name, body.name) == (
        "Anna", "Anna", "Anna body",
    )  # fmt: skip
    assert state(second) == before
    assert bpy.ops.limn.choose_people(action="DROP", person=0) == {"FINISHED"}
    assert figures() == [second]
    assert state(second) == before
    assert hat.parent == second
    assert [tuple(row) for row in scene.camera.matrix_world] == camera
    written = core("data.take_file").load_take(second["limn_take"])
    whole = core("data.take_file").load_take(take)
    assert (written.people[0].root_xyz_world == whole.people[1].root_xyz_world).all()
    assert (written.camera.K == whole.camera.K).all()


def test_an_edited_figure_that_is_left_out_or_merged_leaves_its_action(take: Path) -> None:
    first, second = figures()
    hat = put_things_on(second)
    place = hat.matrix_world.copy()
    edited = second.animation_data.action
    assert bpy.ops.limn.choose_people(action="DROP", person=1) == {"FINISHED"}
    assert figures() == [first]
    assert edited.name.endswith(" edited")
    assert any(edited.name in text for text in outcome())
    assert hat.parent is None
    bpy.context.view_layer.update()
    np.testing.assert_allclose(hat.matrix_world, place, atol=1e-5)


def test_people_seen_together_are_merged_only_when_it_is_meant(take: Path) -> None:
    for figure in figures():
        figure.limn_is_ticked = True
    with pytest.raises(RuntimeError, match="both seen in 15 frames"):
        bpy.ops.limn.choose_people(action="MERGE")
    assert len(figures()) == 2
    asked: list[Any] = []
    people = import_module(f"{MODULE}.operators.people.ops")
    operator = SimpleNamespace(action="MERGE", even_if_both=False)
    manager = SimpleNamespace(
        invoke_confirm=lambda *_, **words: asked.append(words["message"]) or {"RUNNING_MODAL"}
    )
    context = SimpleNamespace(
        window_manager=manager, scene=bpy.context.scene, view_layer=bpy.context.view_layer
    )
    assert people.LIMN_OT_choose_people.invoke(operator, context, None) == {"RUNNING_MODAL"}
    assert "15 frames" in asked[0]
    assert bpy.ops.limn.choose_people(action="MERGE", even_if_both=True) == {"FINISHED"}
    assert len(figures()) == 1


def told(figure: Any) -> tuple[Any, ...]:
    return (
        figure.name, figure["limn_take"], round(figure["limn_height_m"], 3), snapshot(figure),
        round(figure.data.bones["left_knee"].length, 4),
    )  # fmt: skip


def test_undo_brings_back_figures_and_take_together(scene: Any, take: Path) -> None:
    bpy.ops.ed.undo_push(message="start")
    before, said = [told(figure) for figure in figures()], outcome()
    scene.limn.use_height, scene.limn.height_m = True, 1.87
    bpy.ops.ed.undo_push(message="height")
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    bpy.ops.ed.undo_push(message="Solve Again")  # Blender's own, where a window is
    after = [told(figure) for figure in figures()]
    assert all(b != a for b, a in zip(before, after, strict=True))
    solved = outcome()
    assert solved != said
    bpy.ops.ed.undo()
    assert [told(figure) for figure in figures()] == before
    assert outcome() == said, "what is said is about the figures that are there"
    files = core("data.take_file")
    heights = [p.height_m for p in files.load_take(figures()[0]["limn_take"]).people]
    assert [round(figure["limn_height_m"], 3) for figure in figures()] == [
        round(height, 3) for height in heights
    ]
    bpy.ops.ed.redo()
    assert [told(figure) for figure in figures()] == after
    assert outcome() == solved


def test_a_choice_is_one_undo_step(take: Path) -> None:
    bpy.ops.ed.undo_push(message="start")
    before = [told(figure) for figure in figures()]
    people = import_module(f"{MODULE}.operators.people.ops")
    assert "UNDO" not in people.LIMN_OT_choose_people.bl_options
    assert bpy.ops.limn.choose_people(action="DROP", person=0) == {"FINISHED"}
    assert [figure.name for figure in figures()] == ["Person 2"]
    bpy.ops.ed.undo()
    assert [told(figure) for figure in figures()] == before
    assert Path(figures()[0]["limn_take"]) == take


@pytest.mark.parametrize("meanwhile", ["renamed", "deleted", "all deleted"])
def test_a_run_is_about_the_same_figures_whatever_happens_to_them_meanwhile(
    meanwhile: str, take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modal = import_module(f"{MODULE}.operators.run.modal")
    first, second = figures()

    class Slow(modal.Worker):  # type: ignore[misc, name-defined]
        def wait(self, tell: Any) -> Any:
            outcome = super().wait(tell)
            if meanwhile == "renamed":
                second.name = "Alice"
            else:
                bpy.data.batch_remove([second] if meanwhile == "deleted" else [first, second])
            return outcome

    monkeypatch.setattr(modal, "Worker", Slow)
    if meanwhile == "all deleted":
        with pytest.raises(RuntimeError, match="aren't in this scene; load the take"):
            bpy.ops.limn.solve_again()
        return
    assert bpy.ops.limn.solve_again() == {"FINISHED"}
    there = [first, second] if meanwhile == "renamed" else [first]
    assert {Path(one["limn_take"]).name for one in there} == {"walk (2).take.npz"}
