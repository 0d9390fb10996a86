# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""First impression: what a new scene is given, and that somebody's own scene keeps what it has."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core, make_take, walking_person

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


def built(tmp_path: Path, clip: str = "/no/such/folder/walk.mp4") -> Any:
    path = tmp_path / "walk.take.npz"
    take = make_take(clip_path=clip)
    core("data.take_file").save_take(take, path)
    build = import_module(f"{MODULE}.scene.build").build_take
    return build(bpy.context, take, take_path=str(path))


def picture(tmp_path: Path) -> str:
    """Footage in one colour that no body and no ground has."""
    image = bpy.data.images.new("green", 640, 480)
    image.pixels.foreach_set(np.tile(np.array([0.0, 1.0, 0.0, 1.0], np.float32), 640 * 480))
    image.filepath_raw, image.file_format = str(tmp_path / "green.png"), "PNG"
    image.save()
    bpy.data.images.remove(image)
    return str(tmp_path / "green.png")


def state_of(scene: Any) -> dict[str, Any]:
    """What Limn may not touch in somebody's own scene."""
    return {
        "world": scene.world,
        "transparent": scene.render.film_transparent,
        "engine": scene.render.engine,
        "view": scene.view_settings.view_transform,
        "nodes": scene.compositing_node_group
        if hasattr(scene, "compositing_node_group")
        else scene.use_nodes,
    }


@pytest.fixture
def fresh(scene: Any) -> Any:
    scene.render.film_transparent = False
    scene.view_settings.view_transform = "AgX"
    if hasattr(scene, "compositing_node_group"):
        scene.compositing_node_group = None
    else:
        scene.use_nodes = False
    return scene


def test_a_new_scene_gets_ground_light_and_sky(fresh: Any, tmp_path: Path) -> None:
    built(tmp_path, picture(tmp_path))
    names = {one.name for one in fresh.objects}
    assert {"Limn Ground", "Limn Sun"} <= names
    assert fresh.objects["Limn Ground"].is_shadow_catcher
    assert fresh.world.name.startswith("Limn Sky")
    assert fresh.render.film_transparent
    assert fresh.view_settings.view_transform == "Standard"
    again = built(tmp_path, picture(tmp_path))
    grounds = [one for one in fresh.objects if "limn_ground" in one and one.type == "MESH"]
    assert len(grounds) == 1, "a repeated run makes its ground anew, not a second one"
    assert again.armatures == ("Person 1",)


@pytest.mark.parametrize("whose", ["object", "file", "compositing"])
def test_somebodys_own_scene_keeps_its_settings(fresh: Any, tmp_path: Path, whose: str) -> None:
    if whose == "object":
        fresh.collection.objects.link(bpy.data.objects.new("mine", None))
    elif whose == "file":
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mine.blend"))
    elif hasattr(fresh, "compositing_node_group"):
        fresh.compositing_node_group = bpy.data.node_groups.new("mine", "CompositorNodeTree")
    else:
        fresh.use_nodes = True
        fresh.node_tree.nodes.new("CompositorNodeBlur")
    scene = bpy.context.scene
    before = state_of(scene)
    built(tmp_path, picture(tmp_path))
    assert state_of(scene) == before
    assert not any("limn_ground" in one for one in scene.objects)
    if whose == "compositing" and not hasattr(scene, "compositing_node_group"):
        scene.node_tree.nodes.clear()


def test_the_button_sets_it_up_and_leaves_somebodys_compositing(fresh: Any, tmp_path: Path) -> None:
    fresh.collection.objects.link(bpy.data.objects.new("mine", None))
    world = fresh.world
    built(tmp_path, picture(tmp_path))
    assert bpy.ops.limn.set_up_render() == {"FINISHED"}
    assert any("limn_ground" in one for one in fresh.objects)
    assert fresh.world == world or world is None, "a world that was there stays"
    assert fresh.render.film_transparent
    if hasattr(fresh, "compositing_node_group"):
        mine = fresh.compositing_node_group = bpy.data.node_groups.new("m", "CompositorNodeTree")
        bpy.ops.limn.set_up_render()
        assert fresh.compositing_node_group == mine
    else:
        fresh.node_tree.nodes.clear()
        fresh.node_tree.nodes.new("CompositorNodeBlur")
        bpy.ops.limn.set_up_render()
        assert [node.type for node in fresh.node_tree.nodes] == ["BLUR"]
        fresh.node_tree.nodes.clear()


def test_f12_shows_people_over_the_footage(fresh: Any, tmp_path: Path) -> None:
    built(tmp_path, picture(tmp_path))
    fresh.render.engine = "CYCLES"
    fresh.cycles.samples, fresh.cycles.use_denoising = 1, False
    fresh.render.resolution_percentage = 10
    fresh.render.filepath = str(tmp_path / "out.png")
    fresh.frame_set(10)
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(tmp_path / "out.png"))
    rgba = np.array(image.pixels[:]).reshape(-1, 4)
    is_footage = (rgba[:, 1] > 0.8) & (rgba[:, 0] < 0.2) & (rgba[:, 2] < 0.2)
    is_person = rgba[:, 2] > 0.2
    assert is_footage.mean() > 0.4, "the footage, in its own colour"
    assert is_person.sum() > 10, "somebody before it"
    assert (rgba[:, :3].max(1) < 0.02).mean() < 0.02, "no black but in the deepest shadow"


def test_footage_that_blender_cannot_play_is_told(fresh: Any, tmp_path: Path) -> None:
    # As of a browser's recording: Blender knows no length, and gives it a size all the same.
    (tmp_path / "live.webm").write_bytes(b"\x1a\x45\xdf\xa3 nothing")
    report = built(tmp_path, str(tmp_path / "live.webm"))
    assert any("can't play" in warning for warning in report.warnings)
    assert not any("can't play" in w for w in built(tmp_path, picture(tmp_path)).warnings)


def test_bodies_are_drawn_before_bones_until_asked(fresh: Any, tmp_path: Path) -> None:
    report = built(tmp_path)
    figure = bpy.data.objects[report.armatures[0]]
    assert (figure.show_in_front, figure.data.display_type) == (False, "WIRE")
    assert bpy.ops.limn.show_bones() == {"FINISHED"}
    assert (figure.show_in_front, figure.data.display_type) == (True, "OCTAHEDRAL")
    bpy.ops.limn.show_bones()
    assert (figure.show_in_front, figure.data.display_type) == (False, "WIRE")
    figure.data.display_type = "BBONE"
    bpy.ops.limn.show_bones()
    assert (figure.show_in_front, figure.data.display_type) == (True, "BBONE")


def test_the_view_goes_to_people_but_no_camera_view_is_stolen(fresh: Any, tmp_path: Path) -> None:
    looking = import_module(f"{MODULE}.scene.stage.looking")
    space = next(
        area.spaces.active
        for screen in bpy.data.screens
        for area in screen.areas
        if area.type == "VIEW_3D"
    )
    take, region = make_take(), space.region_3d
    region.view_perspective = "PERSP"
    region.view_location = (50.0, 0.0, 0.0)
    assert looking.frame_people(fresh, space, take)
    roots = take.people[0].root_xyz_world
    np.testing.assert_allclose(
        region.view_location[:], (roots.min(0) + roots.max(0)) / 2, atol=1e-5
    )
    assert region.view_distance > np.ptp(roots, axis=0).max()
    region.view_location = (50.0, 0.0, 0.0)
    region.view_perspective = "CAMERA"
    assert not looking.frame_people(fresh, space, take)
    assert region.view_location[0] == 50.0
    region.view_perspective = "PERSP"


def test_the_telling_frame_has_most_people_seen_best(fresh: Any) -> None:
    looking = import_module(f"{MODULE}.scene.stage.looking")
    one = walking_person(np.arange(0, 12), 1, "A")
    two = walking_person(np.arange(8, 20), 2, "B")
    confidence = np.full((12, 55), 0.4, np.float32)
    confidence[2] = 0.9
    people = (replace(one, confidence=confidence), replace(two, confidence=confidence))
    assert looking.telling_position(make_take(people=people)) == 10
    assert looking.telling_position(make_take(people=())) == 0


def test_the_view_comes_back_as_it_was_before_the_footage(fresh: Any, tmp_path: Path) -> None:
    looking = import_module(f"{MODULE}.scene.stage.looking")
    report = built(tmp_path)
    space = next(
        area.spaces.active
        for screen in bpy.data.screens
        for area in screen.areas
        if area.type == "VIEW_3D"
    )
    region = space.region_3d
    region.view_perspective = "PERSP"
    region.view_location, region.view_distance = (1.0, 2.0, 3.0), 7.0
    region.view_rotation = (0.8, 0.6, 0.0, 0.0)
    looking.look_through(fresh, space, bpy.data.objects[report.camera])
    assert region.view_perspective == "CAMERA"
    # So Blender does as soon as it draws the view.
    region.view_rotation, region.view_location = (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0)
    looking.look_through(fresh, space, bpy.data.objects[report.camera])
    looking.look_back(space)
    assert region.view_perspective == "PERSP"
    assert list(region.view_rotation) == pytest.approx([0.8, 0.6, 0.0, 0.0], abs=1e-5)
    assert list(region.view_location) == pytest.approx([1.0, 2.0, 3.0])
    assert region.view_distance == pytest.approx(7.0)
