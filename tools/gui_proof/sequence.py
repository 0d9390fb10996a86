# ruff: noqa: ANN401 - bpy has no types here
"""Ten things an animator does, one after the other, and what must be true after each.

The same steps run in a real window (``faults.py``) and, with what needs no window, in Blender's
module (tests/blender/test_sequence.py). A driver gives ``do``, which runs one of Limn's operators
to its end as one undo step. Before them the scene holds two figures of a take that lies in
``folder``.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import bpy

Steps = Generator[float, None, None]
Do = Callable[..., Steps]
PLAYHEAD: Final = 17


class FaultError(AssertionError):
    """Something was lost, or is stale; the text says what."""


def expect(is_so: object, what: str) -> None:
    """Raise FaultError unless it is so."""
    if not is_so:
        raise FaultError(what)


def figures() -> list[Any]:
    """Limn's figures by name; undo makes new Python objects of them, so they aren't kept."""
    found = [o for o in bpy.context.scene.objects if "limn_person" in o]
    return sorted(found, key=lambda o: o.name)


def keys_of(owner: Any) -> str:
    """A hash of every key of an object's action."""
    data, out = owner.animation_data, hashlib.sha256()
    if data is None or data.action is None:
        return ""
    for curve in _curves(data):
        out.update(f"{curve.data_path}[{curve.array_index}]".encode())
        for point in curve.keyframe_points:
            out.update(f"{point.co[0]:.4f} {point.co[1]:.6f} {point.interpolation}".encode())
    return out.hexdigest()[:16]


def _curves(data: Any) -> list[Any]:
    action = data.action
    if hasattr(action, "fcurves"):
        return list(action.fcurves)
    bags = (strip.channelbag(data.action_slot) for layer in action.layers for strip in layer.strips)
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def print_of(owner: Any) -> dict[str, Any]:
    """What must not change of an object that a step isn't about."""
    return {
        "keys": keys_of(owner),
        "parent": owner.parent.name if owner.parent else None,
        "children": sorted(child.name for child in owner.children),
        "constraints": [one.type for one in owner.constraints],
        "place": tuple(round(value, 5) for row in owner.matrix_world for value in row),
        "take": take_of(owner).name,
    }


def state() -> dict[str, Any]:
    """All figures, the camera and the playhead."""
    scene = bpy.context.scene
    camera = scene.camera
    return {
        "figures": {one.name: print_of(one) for one in figures()},
        "camera": (camera.name, tuple(round(v, 5) for row in camera.matrix_world for v in row)),
        "playhead": scene.frame_current,
        "range": (scene.frame_start, scene.frame_end),
    }


def take_of(owner: Any) -> Path:
    """The file that a figure comes from, as the extension finds it. Raises FaultError."""
    name = next(name for name in sys.modules if name.endswith(".limn.scene.keeping.take_link"))
    try:
        return Path(sys.modules[name].find_take(owner))
    except Exception as error:
        if type(error).__name__ == "TakeError":
            raise FaultError(f"{owner.name} doesn't find its take: {error}") from error
        raise


def hashes(folder: Path) -> dict[str, str]:
    """A hash of every take in ``folder``."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("*.take.npz")
    }


def sequence(folder: Path, do: Do, rigs: tuple[Any, Any]) -> Steps:
    """Everything in order. ``rigs`` are two characters of different naming. Raises FaultError."""
    names = [rig.name for rig in rigs]
    work_by_hand()
    blend = folder / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    bpy.ops.ed.undo_push(message="By hand")
    first = hashes(folder)
    yield from splitting(do)
    yield from solving(folder, do)
    yield from merging(do)
    yield from retargeting(do, names)
    yield from exporting(folder, do)
    now = hashes(folder)
    expect(all(now[name] == told for name, told in first.items()), "a take was overwritten")
    bpy.ops.wm.save_mainfile()
    yield from moving(folder, blend)
    yield from appending(folder)


def work_by_hand() -> None:
    """What an animator adds: keys, a parent, a constraint, something held."""
    scene = bpy.context.scene
    scene.frame_set(PLAYHEAD)
    owner = figures()[1]
    bone = owner.pose.bones["head"]
    bone.rotation_quaternion = (0.9, 0.3, 0.3, 0.1)
    bone.keyframe_insert("rotation_quaternion", frame=PLAYHEAD + 3)
    holder, hat = (bpy.data.objects.new(name, None) for name in ("holder", "hat"))
    for one in (holder, hat):
        scene.collection.objects.link(one)
    holder.location = (1.0, 2.0, 0.0)
    owner.parent = holder
    hat.parent, hat.parent_type, hat.parent_bone = owner, "BONE", "head"
    owner.constraints.new("LIMIT_SCALE")
    bpy.context.view_layer.update()


def splitting(do: Do) -> Steps:
    """1: a split changes one figure; undo and redo bring back both states whole."""
    before = state()
    owner, other = (one.name for one in figures())
    yield from do("choose_people", action="SPLIT", person=0)
    after = state()
    expect(len(figures()) == 3, "a split makes one person more")
    kept, was = dict(after["figures"][other]), dict(before["figures"][other])
    for told in (kept, was):
        told.pop("take")  # the new take holds them too
    expect(kept == was, f"splitting {owner} changed {other}")
    for name in ("camera", "playhead", "range"):
        expect(after[name] == before[name], f"splitting changed the {name}")
    bpy.ops.ed.undo()
    expect(state() == before, "undo of a split brings back something else")
    bpy.ops.ed.redo()
    expect(state() == after, "redo of a split brings back something else")
    bpy.ops.ed.undo()


def solving(folder: Path, do: Do) -> Steps:
    """2, 4, 8: another solve has a file of its own, undo undoes it, its field of view stays."""
    before, there, scene = state(), hashes(folder), bpy.context.scene
    edited = figures()[1].animation_data.action.name
    scene.limn.use_height, scene.limn.height_m = True, 1.85
    bpy.ops.ed.undo_push(message="Height")
    yield from do("solve_again")
    expect(len(hashes(folder)) == len(there) + 1, "a solve writes one take of its own")
    expect(
        any(action.name == f"{edited} edited" for action in bpy.data.actions),
        "the action that was edited by hand is gone",
    )
    heights = {round(one["limn_height_m"], 3) for one in figures()}
    told = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    bpy.ops.ed.undo()
    expect(state() == before, "undo of Solve Again leaves something of it")
    now = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    expect(now != told, "the notes are those of what was undone")
    expect({round(one["limn_height_m"], 3) for one in figures()} != heights, "a height stayed")
    bpy.ops.ed.undo()


def merging(do: Do) -> Steps:
    """7: people who are seen at the same time aren't merged without a word."""
    before = state()
    for one in figures():
        one.limn_is_ticked = True
    try:
        yield from do("choose_people", action="MERGE")
    except RuntimeError as error:
        expect("both seen" in str(error), f"another refusal: {error}")
    expect(state() == before, "a merge that nobody agreed to changed something")


def retargeting(do: Do, names: list[str]) -> Steps:
    """5, 9: one character after another, each moving as the figure does in the scene."""
    scene, fields = bpy.context.scene, bpy.context.scene.limn_retarget
    fields.source = figures()[1]
    for name in names:
        fields.target = scene.objects[name]
        expect(fields.convention, f"{name} wasn't recognised when it was chosen")
        yield from do("retarget")
        expect(keys_of(scene.objects[name]), f"{name} has no keys")
    expect(len({keys_of(scene.objects[name]) for name in names}) == 2, "both have the same keys")
    plain = keys_of(scene.objects[names[0]])
    owner = figures()[1]
    for curve in _curves(owner.animation_data):
        if curve.data_path == 'pose.bones["left_shoulder"].rotation_quaternion':
            for point in curve.keyframe_points:
                point.co[1] = 1.0 if curve.array_index == 0 else 0.0
    fields.target = scene.objects[names[0]]
    yield from do("retarget")
    expect(keys_of(scene.objects[names[0]]) != plain, "an edit of the figure isn't retargeted")
    fields.source = None


def exporting(folder: Path, do: Do) -> Steps:
    """5: what is exported by the worker is what plays in the scene."""
    owner = figures()[1]
    bpy.context.view_layer.objects.active = owner
    before = folder / "before.csv"
    yield from do("export_take", filepath=str(before), suffix=".csv")
    for curve in _curves(owner.animation_data):
        if curve.data_path == 'pose.bones["pelvis"].location' and curve.array_index == 0:
            for point in curve.keyframe_points:
                point.co[1] += 0.5
    after = folder / "after.csv"
    yield from do("export_take", filepath=str(after), suffix=".csv")
    expect(before.read_bytes() != after.read_bytes(), "an edit of the figure isn't exported")


def moving(folder: Path, blend: Path) -> Steps:
    """3: a folder that was moved, opened from where it lies now."""
    before = state()
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    yield 0.5
    expect(state() == before, "saving and opening again lost something")
    elsewhere = folder.with_name(f"{folder.name}_moved")
    shutil.copytree(folder, elsewhere, dirs_exist_ok=True)
    for path in folder.glob("*.take.npz"):
        path.unlink()
    bpy.ops.wm.open_mainfile(filepath=str(elsewhere / blend.name))
    yield 0.5
    expect(state() == before, "in the moved folder something is lost")
    for one in figures():
        expect(take_of(one).parent == elsewhere, f"{one.name}'s take isn't the one beside it")


def appending(folder: Path) -> Steps:
    """10: figures that are appended to another file bring their motion and find their take."""
    elsewhere = folder.with_name(f"{folder.name}_moved")
    there = {one.name: keys_of(one) for one in figures()}
    group = next(c.name for c in figures()[0].users_collection)
    other = elsewhere / "other"
    other.mkdir(exist_ok=True)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)
    yield 0.5
    bpy.ops.wm.save_as_mainfile(filepath=str(other / "other.blend"))
    source = elsewhere / "shot.blend" / "Collection"
    bpy.ops.wm.append(directory=str(source), filename=group)
    yield 0.5
    expect({one.name: keys_of(one) for one in figures()} == there, "appended motion is another")
    for one in figures():
        expect(take_of(one).parent == elsewhere, f"{one.name}'s take isn't the one it came with")
