"""Depth maps placed in metres: a drawn scene of known depth, told with unknown scale and shift."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError, LimnError, ModelError, OutputError, TakeError
from limn.core.data.skeletons import BODY_JOINTS, SMPLX_55, SMPLX_PARENTS
from limn.core.data.types import ClipInfo, Frame, Take
from limn.core.depth.maps import DepthMap
from limn.core.depth.relief import Relief, read_relief, relief_px, relief_shape, spread_of
from limn.core.depth.relief_file import load_relief, save_relief
from limn.core.geometry.camera import camera_at, camera_from_world, project
from limn.core.geometry.kinematics import person_joints_world
from synthetic_take import assert_one_sentence
from walking import walking_take

FRAMES, SIZE_PX, WALL_M = 16, (160, 90), 14.0
SKIN_M = {"hip": 0.115, "spine": 0.115, "collar": 0.115, "head": 0.09}


@pytest.fixture(scope="module")
def take() -> Take:
    return walking_take(Path("walk.mp4"), FRAMES, SIZE_PX, people=2)


@functools.cache
def true_depth(take: Take, position: int) -> np.ndarray:
    """Camera z (h, w) of the floor, a far wall and everybody as flat discs along their bones."""
    camera = camera_at(take, position)
    px = np.stack(np.meshgrid(np.arange(SIZE_PX[0]), np.arange(SIZE_PX[1])), axis=-1)
    ray = np.concatenate([px, np.ones((*px.shape[:2], 1))], axis=-1) @ np.linalg.inv(camera.K).T
    down = (ray @ camera.T_world_camera[:3, :3].T)[..., 2]
    z = np.full(px.shape[:2], WALL_M)
    floor = -camera.T_world_camera[2, 3] / np.where(down < 0, down, -1e-9)
    z = np.minimum(z, floor)
    for person in take.people:
        if position not in person.frames:
            continue
        joints = person_joints_world(person)[np.searchsorted(person.frames, position)]
        for i in range(1, BODY_JOINTS):
            part = SMPLX_55[i].rpartition("_")[2].rstrip("123")
            for share in np.linspace(0, 1, 8):
                world = (1 - share) * joints[i] + share * joints[SMPLX_PARENTS[i]]
                skin = camera_from_world(camera, world)[2] - SKIN_M.get(part, 0.05)
                radius = 0.07 * camera.K[0, 0] / skin
                near = np.linalg.norm(px - project(camera, world), axis=-1) < radius
                z[near] = np.minimum(z[near], skin)
    return z


@dataclass
class Told:
    """A depth network that knows the scene; ``sense`` -1 tells far for near."""

    take: Take
    sense: float = 1.0
    blind: tuple[int, ...] = ()
    name: str = "the network"

    def estimate(self, bgr: np.ndarray) -> DepthMap | None:
        k = int(bgr[0, 0, 0])
        if k in self.blind:
            return None
        inverse = 1 / true_depth(self.take, k)
        flicker = 1 + 0.1 * np.sin(2.1 * k)
        told = 700 * flicker * self.sense * inverse + 300 * (1 + 0.05 * np.cos(1.3 * k))
        return DepthMap(told.astype(np.float32), (1.0, 1.0))


@dataclass
class Numbered:
    """Pictures that tell their frame's number."""

    info: ClipInfo
    first: int = 0
    warnings: tuple[str, ...] = ()
    closed: list[int] = field(default_factory=list)

    def frames(self) -> Iterator[Frame]:
        for k in range(self.first, self.first + self.info.frame_count):
            bgr = np.full((SIZE_PX[1], SIZE_PX[0], 3), k % 256, np.uint8)
            yield Frame(k, k / self.info.fps, bgr)


def placed(take: Take, model: Told) -> Relief:
    job = read_relief(take, Numbered(take.clip), model)
    steps = []
    while True:
        try:
            steps.append(next(job))
        except StopIteration as end:
            assert [step.done for step in steps] == list(range(1, FRAMES + 1))
            return end.value


def ratios(take: Take, relief: Relief, position: int) -> tuple[np.ndarray, np.ndarray]:
    """Placed over true depth, of people and of the floor near them."""
    shape = relief.z_m.shape[1], relief.z_m.shape[2]
    cell = np.clip(np.rint(relief_px(SIZE_PX, shape)), 0, np.array(SIZE_PX) - 1).astype(int)
    true = true_depth(take, position)
    empty = true_depth(replace(take, people=()), position)
    true, empty = (one[cell[..., 1], cell[..., 0]] for one in (true, empty))
    share = relief.z_m[position] / true
    is_body = true < empty - 0.2
    return share[is_body], share[~is_body & (true < WALL_M - 1)]


def test_people_and_floor_lie_where_they_are(take: Take) -> None:
    relief = placed(take, Told(take))
    middles = []
    for position in range(FRAMES):
        bodies, floor = ratios(take, relief, position)
        assert np.abs(np.median(bodies) - 1) < 0.03, position
        assert np.abs(np.median(floor) - 1) < 0.05, position
        middles.append(np.median(floor))
    assert np.std(middles) < 0.01, "the network's flicker is gone"
    low, high = spread_of(relief)
    assert 0 < low < 1 / 5 < high


def test_points_lie_on_the_pixels_rays(take: Take) -> None:
    shape = relief_shape(SIZE_PX, FRAMES)
    assert shape == (72, 128)
    rng = np.random.default_rng(0)
    relief = Relief(rng.uniform(2, 9, (1, *shape)).astype(np.float32))
    xyz = relief.xyz_camera(0, take.camera)
    px = xyz @ take.camera.K.T
    assert np.allclose(px[..., :2] / px[..., 2:], relief_px(SIZE_PX, shape), atol=1e-3)
    assert np.array_equal(xyz[..., 2], relief.z_m[0])
    px = relief_px(SIZE_PX, shape)
    assert (px[0, 0] == -0.5).all()
    assert (px[-1, -1] == np.array(SIZE_PX) - 0.5).all()


def test_long_clips_get_a_coarser_relief() -> None:
    for frames in (1, 3000, 20_000, 200_000):
        rows, columns = relief_shape((1920, 1080), frames)
        assert columns > rows >= 9 or frames > 100_000
        assert rows * columns * frames < 60_000_000
    assert relief_shape((1080, 1920), 10) == (128, 72)


def test_frames_that_show_nothing_stand_in_for(take: Take) -> None:
    relief = placed(take, Told(take, blind=(0, 7, 15)))
    assert np.isfinite(relief.z_m).all()
    assert np.array_equal(relief.z_m[0], relief.z_m[1])
    assert np.array_equal(relief.z_m[15], relief.z_m[14])


def test_every_shot_has_a_scale_of_its_own(take: Take) -> None:
    cut = replace(
        take, cuts=np.array([8], np.int32), T_world_shots=take.camera.T_world_camera[None]
    )
    relief = placed(cut, Told(cut))
    for position in (2, 12):
        assert np.abs(np.median(ratios(take, relief, position)[0]) - 1) < 0.03


@pytest.mark.parametrize("changes", [{"sense": -1.0}, {"sense": 0.0}, {"blind": range(FRAMES)}])
def test_maps_that_fit_nobody_are_one_sentence(take: Take, changes: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="doesn't fit the people") as error:
        placed(take, replace(Told(take), **changes))  # type: ignore[arg-type]
    assert "the network" in str(error.value)
    with pytest.raises(ModelError, match="doesn't fit"):
        placed(replace(take, people=()), Told(take))


def test_a_clip_with_other_frames_is_one_sentence(take: Take) -> None:
    job = read_relief(take, Numbered(take.clip, first=900), Told(take))
    with pytest.raises(ClipError, match="none of the frames") as error:
        list(job)
    assert_one_sentence(error.value)


def test_a_file_brings_it_back(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "walk.depth.npz"
    relief = Relief(np.random.default_rng(0).uniform(1, 20, (FRAMES, 9, 16)).astype(np.float32))
    save_relief(relief, take, path)
    assert np.abs(load_relief(path, take).z_m / relief.z_m - 1).max() < 1e-3
    assert [entry.name for entry in tmp_path.iterdir()] == ["walk.depth.npz"]
    with pytest.raises(OutputError):
        save_relief(relief, take, tmp_path / "nowhere" / "walk.depth.npz")


def _damaged(path: Path, how: str, take: Take) -> Take:
    good = {"z_m": np.ones((FRAMES, 4, 4), np.float16), "source_frame": take.source_frame}
    wrong = {
        "nan": {"z_m": np.full((FRAMES, 4, 4), np.nan, np.float16)},
        "behind": {"z_m": -good["z_m"]},
        "kind": {"z_m": np.ones((FRAMES, 4, 4))},
        "rank": {"z_m": np.ones(FRAMES, np.float16)},
        "thin": {"z_m": np.ones((FRAMES, 1, 4), np.float16)},
        "objects": {"z_m": np.array([{}], object)},
        "count": {"z_m": good["z_m"][1:]},
    }
    np.savez(path, **(good | wrong.get(how, {})))  # type: ignore[arg-type]
    if how == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    if how == "text":
        path.write_text("no depth")
    if how == "gone":
        path.unlink()
    if how == "fields":
        np.savez(path, z_m=good["z_m"])
    return replace(take, source_frame=take.source_frame + 1) if how == "take" else take


HOW = "nan behind kind rank thin objects count cut text gone fields take".split()


@pytest.mark.parametrize("how", HOW)
def test_a_file_that_is_none_is_one_sentence(take: Take, tmp_path: Path, how: str) -> None:
    path = tmp_path / "walk.depth.npz"
    mine = _damaged(path, how, take)
    with pytest.raises(TakeError) as error:
        load_relief(path, mine)
    assert isinstance(error.value, LimnError)
    assert str(path) in str(error.value)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)
