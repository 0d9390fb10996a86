"""BlazePose under the symmetries of a picture, and its refinement against a plain loop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from limn.core.data.arrays import F32, U8
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_MIRROR
from limn.core.data.types import Region
from limn.core.decoding.blazepose import refine
from limn.models.networks.blazepose import CROP_PX, BlazePose
from limn.models.runtime import NetworkRunner

MIRROR = np.array(BLAZEPOSE_MIRROR)
REGION = Region((120.0, 185.0), 270.0, 0.1, (20.0, 50.0, 210.0, 312.0))


@pytest.fixture(params=["full", "heavy"])
def variant(request: pytest.FixtureRequest) -> str:
    return request.param


def _passes(variant: str, runners: dict[str, NetworkRunner]) -> tuple[BlazePose, BlazePose]:
    runner = runners[f"blazepose_{variant}"]
    return BlazePose(variant, runner), BlazePose(variant, runner, mirrored=True)


def test_the_name_says_the_pass(runners: dict[str, NetworkRunner]) -> None:
    assert [p.name for p in _passes("heavy", runners)] == ["heavy", "heavy_mirrored"]


@pytest.mark.networks
def test_a_walking_woman_is_where_she_is(
    variant: str, portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    for model in _passes(variant, runners):
        landmarks = model.locate(portrait, REGION)
        assert landmarks.presence > 0.9
        xy = dict(zip(BLAZEPOSE_33, landmarks.xy_px, strict=True))
        # Read off the picture by eye.
        assert np.abs(xy["nose"] - (92, 97)).max() < 6
        assert np.abs(xy["left_ankle"] - (155, 287)).max() < 6
        assert np.abs(xy["right_ankle"] - (58, 285)).max() < 6
        xyz = dict(zip(BLAZEPOSE_33, landmarks.xyz_m, strict=True))
        assert xyz["nose"][1] < -0.4, "y points down: the nose is above the hips"
        assert np.linalg.norm(xyz["left_hip"] + xyz["right_hip"]) < 0.1, "hip-centred"


@pytest.mark.networks
def test_turning_picture_and_region_turns_the_landmarks(
    variant: str, portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    model, _ = _passes(variant, runners)
    last = portrait.shape[1] - 1
    x, y = REGION.center_px
    x0, y0, x1, y1 = REGION.mask_px
    turned_region = Region(
        (y, last - x),
        REGION.side_px,
        REGION.rotation_rad - np.pi / 2,
        (y0, last - x1, y1, last - x0),
    )
    plain = model.locate(portrait, REGION)
    turned = model.locate(np.ascontiguousarray(np.rot90(portrait)), turned_region)
    expected_px = np.column_stack([plain.xy_px[:, 1], last - plain.xy_px[:, 0]])
    expected_m = np.column_stack([plain.xyz_m[:, 1], -plain.xyz_m[:, 0], plain.xyz_m[:, 2]])
    assert np.abs(turned.xy_px - expected_px).max() < 0.5
    assert np.abs(turned.xyz_m - expected_m).max() < 0.01


@pytest.mark.networks
def test_the_mirrored_pass_of_a_mirrored_picture_is_the_plain_pass_mirrored(
    variant: str, portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    plain_model, mirrored_model = _passes(variant, runners)
    last = portrait.shape[1] - 1
    x, y = REGION.center_px
    x0, y0, x1, y1 = REGION.mask_px
    mirrored_region = Region(
        (last - x, y), REGION.side_px, -REGION.rotation_rad, (last - x1, y0, last - x0, y1)
    )
    plain = plain_model.locate(portrait, REGION)
    mirrored = mirrored_model.locate(np.ascontiguousarray(portrait[:, ::-1]), mirrored_region)
    expected_px = plain.xy_px[MIRROR] * (-1, 1) + (last, 0)
    assert np.abs(mirrored.xy_px - expected_px).max() < 0.5
    assert np.abs(mirrored.xyz_m - plain.xyz_m[MIRROR] * (-1, 1, 1)).max() < 0.01
    assert np.abs(mirrored.score - plain.score[MIRROR]).max() < 0.02


@pytest.mark.networks
def test_a_neighbour_outside_the_mask_changes_nothing(
    portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    model, _ = _passes("full", runners)
    crowded = portrait.copy()
    crowded[:, 215:] = portrait[:, 60:101]
    plain, beside = model.locate(portrait, REGION), model.locate(crowded, REGION)
    assert np.array_equal(plain.xy_px, beside.xy_px)
    assert np.array_equal(plain.xyz_m, beside.xyz_m)


@pytest.mark.networks
def test_an_empty_picture_holds_no_person(variant: str, runners: dict[str, NetworkRunner]) -> None:
    for model in _passes(variant, runners):
        assert model.locate(np.zeros((320, 256, 3), np.uint8), REGION).presence < 0.1


@pytest.mark.networks
def test_threads_get_the_same_answers_as_one_alone(
    portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    plain, mirrored = _passes("full", runners)
    jobs = [(model, dx) for dx in range(3) for model in (plain, mirrored)]

    def locate(job: tuple[BlazePose, int]) -> F32:
        model, dx = job
        return model.locate(np.roll(portrait, dx, axis=1), REGION).xy_px

    alone = [locate(job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(locate, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def _refine_by_loop(xy_crop: F32, heatmap: F32) -> F32:
    """MediaPipe's RefineLandmarksFromHeatmap, one landmark and one cell at a time."""
    cells = len(heatmap)
    refined = xy_crop.copy()
    for k, (x, y) in enumerate(xy_crop):
        col, row = int(x / 256 * cells), int(y / 256 * cells)
        if not (0 <= col < cells and 0 <= row < cells):
            continue
        total = peak = at_x = at_y = 0.0
        for r in range(max(0, row - 3), min(cells, row + 4)):
            for c in range(max(0, col - 3), min(cells, col + 4)):
                weight = 1 / (1 + np.exp(-float(heatmap[r, c, k])))
                total, peak = total + weight, max(peak, weight)
                at_x, at_y = at_x + c * weight, at_y + r * weight
        if peak >= 0.5 and total > 0:
            refined[k] = at_x / total / cells * 256, at_y / total / cells * 256
    return refined


@pytest.mark.parametrize("seed", range(5))
def test_the_refinement_agrees_with_a_plain_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Points on, beyond and well outside the border; peaks below and above one half.
    xy_crop = rng.uniform(-40, 296, (33, 2)).astype(np.float32)
    xy_crop[:6] = [(0, 0), (255.9, 255.9), (256, 128), (-0.5, 3), (2, -3.9), (128, 128)]
    heatmap = rng.normal(-4, 2.5, (64, 64, 39)).astype(np.float32)
    got, expected = refine(xy_crop, heatmap, CROP_PX), _refine_by_loop(xy_crop, heatmap)
    moved = (expected != xy_crop).any(axis=1)
    assert 0 < moved.sum() < 33, "the case must hold both kinds"
    assert np.abs(got - expected).max() < 1e-3
    assert np.array_equal(got[~moved], xy_crop[~moved])


def test_the_refinement_finds_a_peak_beside_the_landmark() -> None:
    heatmap = np.full((64, 64, 1), -30, np.float32)
    heatmap[30, 22] = 5
    assert refine(np.array([[84.0, 116.0]], np.float32), heatmap, CROP_PX) == pytest.approx(
        np.array([[22 * 4, 30 * 4]])
    )
