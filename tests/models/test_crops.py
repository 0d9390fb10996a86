"""Crops and the way back to the picture: to a fraction of a pixel, at every size and rotation."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.types import Region
from limn.models.networks.crops import OUTSIDE_LEVEL, cut, shrunk

SIZE_PX = 256
EVERYTHING = (-1e4, -1e4, 1e4, 1e4)


def _blob(xy_px: tuple[float, float], sigma_px: float, shape: tuple[int, int]) -> U8:
    y, x = np.mgrid[: shape[0], : shape[1]]
    squared = (x - xy_px[0]) ** 2 + (y - xy_px[1]) ** 2
    grey = 255 * np.exp(-squared / (2 * sigma_px**2))
    return np.repeat(grey[..., None], 3, axis=2).round().astype(np.uint8)


@pytest.mark.parametrize("side_px", [100.0, 256.0, 511.0, 700.0, 1500.0])
@pytest.mark.parametrize("rotation_rad", [0.0, 0.4, -1.9, np.pi])
def test_a_point_found_in_the_crop_goes_back_to_where_it_is(
    side_px: float, rotation_rad: float
) -> None:
    scale = side_px / SIZE_PX
    where = (700.3 + 20 * scale, 500.7 - 35 * scale)
    picture = _blob(where, 4 * max(scale, 1), (1000, 1400))
    crop = cut(picture, Region((700.3, 500.7), side_px, rotation_rad, EVERYTHING), SIZE_PX)
    weight = crop.bgr[..., 0].astype(float)
    centers = np.arange(SIZE_PX) + 0.5
    found = np.array([weight.sum(axis=0) @ centers, weight.sum(axis=1) @ centers]) / weight.sum()
    error_px = np.abs(crop.to_picture(found[None])[0] - where).max()
    assert error_px < 0.1 * max(scale, 0.5), f"{error_px:.3f} px off"


def test_a_region_turned_clockwise_gives_a_crop_turned_back(portrait: U8) -> None:
    upright = cut(portrait, Region((127.5, 150.5), 256, 0.0, EVERYTHING), SIZE_PX).bgr
    turned = cut(portrait, Region((127.5, 150.5), 256, np.pi / 2, EVERYTHING), SIZE_PX).bgr
    assert np.abs(np.rot90(upright).astype(int) - turned).max() <= 1


def test_a_crop_of_a_mirrored_picture_is_the_mirrored_crop(portrait: U8) -> None:
    width = portrait.shape[1]
    mask = (40.0, 60.0, 220.0, 300.0)
    mirrored_mask = (width - 1 - mask[2], mask[1], width - 1 - mask[0], mask[3])
    plain = cut(portrait, Region((120.2, 170.9), 300, 0.3, mask), SIZE_PX).bgr
    mirrored = cut(
        np.ascontiguousarray(portrait[:, ::-1]),
        Region((width - 1 - 120.2, 170.9), 300, -0.3, mirrored_mask),
        SIZE_PX,
    ).bgr
    difference = np.abs(plain[:, ::-1].astype(int) - mirrored)
    # Warping rounds positions to fractions of a pixel, not always to the same side.
    assert difference.mean() < 0.5


def test_a_crop_aligned_with_the_picture_is_the_picture(portrait: U8) -> None:
    # 256 px around the middle of columns 0..255 and rows 20..275: every pixel on a pixel.
    crop = cut(portrait, Region((127.5, 147.5), 256, 0.0, EVERYTHING), SIZE_PX)
    assert np.array_equal(crop.bgr, portrait[20:276])


@pytest.mark.parametrize("side_px", [200.0, 600.0])
def test_nothing_outside_the_mask_is_seen(portrait: U8, side_px: float) -> None:
    region = Region((128.0, 150.0), side_px, 0.2, (60.0, 40.0, 180.0, 250.0))
    rng = np.random.default_rng(0)
    disturbed = rng.integers(0, 256, portrait.shape, np.uint8)
    disturbed[40:251, 60:181] = portrait[40:251, 60:181]
    assert np.array_equal(cut(portrait, region, SIZE_PX).bgr, cut(disturbed, region, SIZE_PX).bgr)


@pytest.mark.parametrize(
    "region",
    [
        Region((-500.0, -500.0), 100.0, 0.3, EVERYTHING),
        Region((128.0, 150.0), 100.0, 0.0, (900.0, 900.0, 950.0, 950.0)),
        Region((128.0, 150.0), 100.0, 0.0, (80.0, 80.0, 20.0, 20.0)),
    ],
)
def test_a_region_that_shows_nothing_gives_a_blank_crop(portrait: U8, region: Region) -> None:
    assert (cut(portrait, region, SIZE_PX).bgr == OUTSIDE_LEVEL).all()


def test_shrinking_averages_noise_away() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(128, 30, (1100, 1100, 1)).clip(0, 255).astype(np.uint8)
    picture = np.repeat(noise, 3, axis=2)
    crop = cut(picture, Region((550.0, 550.0), 1024, 0.0, EVERYTHING), SIZE_PX)
    # Sixteen pixels fall on each pixel of the crop; warping alone would average four at most.
    assert crop.bgr.std() < 30 / 3


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 6, 8, 11])
def test_brief_shrinking_halves_and_is_a_level_brighter_at_most(portrait: U8, factor: int) -> None:
    brief, by = shrunk(portrait, factor, is_brief=True)
    assert factor / 2 < by <= factor
    assert by & (by - 1) == 0
    plain, _ = shrunk(portrait, by)
    assert brief.shape == plain.shape
    off = brief.astype(int) - plain
    assert np.abs(off).max() <= 1
    assert abs(float(off.mean())) < 0.5


@pytest.mark.parametrize("side_px", [700.0, 900.0, 1023.0])
def test_a_brief_crop_shows_what_a_plain_one_does(portrait: U8, side_px: float) -> None:
    """Within what warping from a picture twice as fine skips."""
    height, width = portrait.shape[:2]
    region = Region((width / 2, height / 2), side_px, 0.3, EVERYTHING)
    plain, brief = (cut(portrait, region, SIZE_PX, is_brief=how).bgr for how in (False, True))
    off = brief.astype(int) - plain
    assert abs(float(off.mean())) < 0.5
    assert float(np.sqrt((off**2).mean())) < 3.0
