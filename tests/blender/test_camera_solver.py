# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Blender's own camera solver, on the points that Limn followed behind people."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_takes import MODULE, core

bpy = pytest.importorskip("bpy")
cv2 = pytest.importorskip("cv2")
from limn.core.data.take_file import save_take  # noqa: E402 - as the tests' own takes do
from moving_room import MovingRoom, smooth  # noqa: E402
from synthetic import camera_at, watch  # noqa: E402
from synthetic_motion import walking  # noqa: E402

pytestmark = pytest.mark.bpy
COUNT = 40


def write_film(path: Path) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 30.0, (1280, 720))
    for grey in range(COUNT):
        writer.write(np.full((720, 1280, 3), 40 + grey, np.uint8))
    writer.release()


def write_take(folder: Path, name: str, path: np.ndarray | None, turns: np.ndarray) -> Path:
    """The take of somebody before a camera that is carried along ``path`` and ``turns``."""
    motion = walking(30.0, COUNT / 30).moved(yaw_deg=80)
    clip = watch(motion, camera=camera_at(), turns=turns, path=path)
    room = MovingRoom([clip.camera_at(i) for i in range(COUNT)])
    take = clip.estimate(background=room)
    if path is None:  # what nobody watches here
        take = replace(take, turns=turns.astype(np.float32))
    film = folder / f"{name}.mp4"
    write_film(film)
    out = folder / f"{name}.take.npz"
    save_take(replace(take, clip=replace(take.clip, path=str(film))), out)
    return out


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    along = np.linspace(0, 1.6, COUNT)
    path = np.stack([along, 0 * along, 0.3 * along], -1) + smooth(COUNT, (0.02, 0.03, 0.02))
    turns = np.radians(smooth(COUNT, (0.5, 1.0, 0.3), seed=1))
    return write_take(tmp_path_factory.mktemp("carried"), "carried", path, turns)


@pytest.fixture(scope="module")
def panned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    u = np.linspace(0, 1, COUNT)
    turns = np.stack([0.05 * u, 0.35 * u, 0 * u], -1)
    return write_take(tmp_path_factory.mktemp("panned"), "panned", None, turns)


def footage_of(take: Path) -> Any:
    path = str(core("data.take_file").load_take(take).clip.path)
    return bpy.data.movieclips.load(path, check_existing=True)


def load(take: Path) -> Any:
    assert bpy.ops.limn.load_take(filepath=str(take)) == {"FINISHED"}
    return footage_of(take)


def test_blender_finds_the_camera_that_limn_found(scene: Any, carried: Path) -> None:
    clip = load(carried)
    assert bpy.ops.limn.solve_camera() == {"FINISHED"}
    assert scene.limn.camera == "given"
    told = [line.text for line in bpy.context.window_manager.limn_run.outcome]
    assert "Solve Again uses it" in " ".join(told)
    take = core("data.take_file").load_take(carried)
    table = import_module(f"{MODULE}.scene.given_camera").camera_table(scene, Path(take.clip.path))
    given = core("formats.cameras.table").read_table(table, take.clip)
    assert len(given.frames) == COUNT
    # The lens is Limn's to the pixel: a free one would fit as well and be wrong.
    assert given.K[0, 0, 0] == pytest.approx(take.camera.K[0, 0], rel=1e-4)
    own = core("geometry.camera").cameras_at(take, np.arange(COUNT, dtype=np.int32))[:, :3, 3]
    near = core("geometry.alignment").align_similarity(given.T_world_camera[:, :3, 3], own)
    assert np.linalg.norm(near - own, axis=1).max() < 0.02
    assert bpy.ops.limn.solve_camera() == {"FINISHED"}
    assert clip.tracking.reconstruction.is_valid, "once more begins anew"


def test_a_camera_that_only_turns_is_solved_as_a_tripod(scene: Any, panned: Path) -> None:
    clip = load(panned)
    assert bpy.ops.limn.solve_camera() == {"FINISHED"}
    places = np.array([np.array(one.matrix)[:3, 3] for one in clip.tracking.reconstruction.cameras])
    assert len(places) == COUNT
    assert np.ptp(places, axis=0).max() < 1e-6


def test_tracks_of_ones_own_are_never_touched(scene: Any, carried: Path) -> None:
    clip = load(carried)
    for track in clip.tracking.tracks:
        track.select = True
    mine = clip.tracking.tracks.new(name="Mine", frame=1)
    mine.markers.insert_frame(2, co=(0.25, 0.5))
    with pytest.raises(RuntimeError, match="tracks of your own"):
        bpy.ops.limn.solve_camera()
    assert "Mine" in clip.tracking.tracks
    assert clip.tracking.tracks["Mine"].markers.find_frame(2).co[0] == pytest.approx(0.25)
    bpy.data.movieclips.remove(clip)


def test_a_solve_that_is_wrong_is_told_and_taken_away(
    scene: Any, carried: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = load(carried)
    solving = import_module(f"{MODULE}.scene.solver.solving")
    set_up = solving._set_up

    def with_another_lens(clip: Any, *rest: Any) -> None:
        set_up(clip, *rest)
        clip.tracking.camera.focal_length_pixels *= 0.5

    monkeypatch.setattr(solving, "_set_up", with_another_lens)
    with pytest.raises(RuntimeError, match=r"not to be believed.*pixels off"):
        bpy.ops.limn.solve_camera()
    assert not len(clip.tracking.tracks)
    assert not clip.tracking.reconstruction.is_valid
    assert scene.limn.camera != "given"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cuts": np.array([20], np.int32)}, "one shot"),
        ({"zoom": np.linspace(1, 1.5, COUNT).astype(np.float32)}, "one focal length"),
        ({"observed": None}, "Nothing was followed"),
    ],
)
def test_what_blender_cannot_solve_is_said(
    extension: Any, carried: Path, change: dict[str, Any], reason: str
) -> None:
    take = core("data.take_file").load_take(carried)
    if "cuts" in change:
        change = {**change, "T_world_shots": np.eye(4)[None]}
        seen = replace(take.observed, cuts=change["cuts"])
        change["observed"] = seen
    take = replace(take, **change)
    with pytest.raises(Exception, match=reason):
        import_module(f"{MODULE}.scene.solver.markers").followed_of(take)


def test_it_is_grey_without_figures(scene: Any) -> None:
    assert not bpy.ops.limn.solve_camera.poll()


def test_leaving_it_halfway_leaves_nothing_behind(scene: Any, carried: Path) -> None:
    clip = load(carried)
    take = core("data.take_file").load_take(carried)
    solve = import_module(f"{MODULE}.scene.solver.solving").solve_steps(bpy.context, clip, take)
    next(solve), next(solve)
    assert len(clip.tracking.tracks) > 50
    solve.close()
    assert not len(clip.tracking.tracks)
