"""Decoders on maps with known answers, and on tensors that mean nothing."""

from __future__ import annotations

import numpy as np
import pytest
from centernet_maps import bump
from limn.core.data.errors import ModelError
from limn.core.decoding.direct import decode_movenet, decode_movenet_people, decode_rtmo
from limn.core.decoding.heatmaps import decode_heatmaps
from limn.core.decoding.placement import letterboxed, stretched
from limn.core.decoding.schemes import SCHEMES, landmarks_from, presence_of, scheme_named
from limn.core.decoding.simcc import decode_simcc

SIZES = [(640, 360), (479, 641), (33, 1000), (512, 512), (1920, 1080)]
INPUTS = [(512, 512), (384, 256), (640, 640)]


@pytest.mark.parametrize("picture_px", SIZES)
@pytest.mark.parametrize("size_px", INPUTS)
@pytest.mark.parametrize("how", ["centred", "corner", "stretched"])
def test_the_way_into_an_input_and_back_is_exact(
    picture_px: tuple[int, int], size_px: tuple[int, int], how: str
) -> None:
    if how == "stretched":
        placement = stretched(picture_px, size_px)
    else:
        placement = letterboxed(picture_px, size_px, centred=how == "centred")
    corners = np.array([[-0.5, -0.5], np.array(picture_px) - 0.5])
    inside = placement.to_input(corners)
    assert (inside > -0.51).all()
    assert (inside < np.array(size_px) - 0.49).all()
    assert (np.ptp(inside, axis=0) >= np.array(size_px) - 1).any(), "as large as it fits"
    points = np.random.default_rng(0).uniform(0, picture_px, (50, 2))
    back = placement.to_picture(placement.to_input(points).astype(np.float64))
    assert np.abs(back - points).max() < 1e-3 * max(picture_px) / 100


@pytest.mark.parametrize(("refinement", "off_px"), [("dark", 0.05), ("quarter", 1.1), ("none", 2)])
def test_heatmaps_are_read_below_the_cell(refinement: str, off_px: float) -> None:
    rng = np.random.default_rng(5)
    xy = rng.uniform([4, 12], [40, 48], (17, 2))
    maps = np.stack([bump((64, 48), x, y, 2.0) for x, y in xy])[None] * 0.9
    found, score = decode_heatmaps(maps, 17, (192, 256), refinement)
    assert np.abs(found - xy * 4).max() <= off_px
    assert np.allclose(score, maps.max((0, 2, 3)), atol=1e-6)


def test_corner_aligned_heatmaps_reach_the_inputs_last_pixel() -> None:
    maps = np.zeros((2, 64, 48))
    maps[0, 0, 0] = maps[1, 63, 47] = 1
    xy, _ = decode_heatmaps(maps, 2, (192, 256), corner_aligned=True)
    assert xy.tolist() == [[0, 0], [191, 255]]
    xy, _ = decode_heatmaps(maps, 2, (192, 256))
    assert xy.tolist() == [[0, 0], [188, 252]]


def test_heatmaps_at_the_border_and_of_nothing_stay_in_the_input() -> None:
    maps = np.zeros((4, 16, 12))
    maps[0, 0, 0] = maps[1, 15, 11] = 1
    maps[2] = np.nan
    maps[3] = 0.5
    for refinement in ("dark", "quarter", "none"):
        xy, score = decode_heatmaps(maps, 4, (48, 64), refinement)
        assert np.isfinite(xy).all()
        assert ((xy >= 0) & (xy < [48, 64])).all()
        assert score.tolist() == [1, 1, 0, 0.5]
    with pytest.raises(ModelError):
        decode_heatmaps(maps, 5, (48, 64))


def test_simcc_is_read_below_the_bin() -> None:
    rng = np.random.default_rng(6)
    xy = rng.uniform(10, 180, (26, 2))
    axes = [
        0.8 * np.exp(-0.5 * ((np.arange(2 * side)[None] / 2 - xy[:, [k]]) / 2.5) ** 2)[None]
        for k, side in enumerate((192, 256))
    ]
    found, score = decode_simcc(*axes, 26, 2.0)
    assert np.abs(found - xy).max() < 0.02
    assert np.allclose(score, 0.8, atol=0.01)
    axes[0][0, 3] = np.nan
    found, score = decode_simcc(*axes, 26, 2.0)
    assert score[3] == 0
    assert np.isfinite(found).all()
    for wrong in (axes[0][:, :25], axes[0][0, 0], axes[0][:, :, :0]):
        with pytest.raises(ModelError):
            decode_simcc(wrong, axes[1], 26)


def test_movenet_speaks_in_shares_of_its_input() -> None:
    rng = np.random.default_rng(7)
    rows = rng.uniform(0, 1, (1, 1, 17, 3))
    xy, score = decode_movenet(rows, (256, 256))
    assert np.allclose(xy + 0.5, rows[0, 0, :, 1::-1] * 256, atol=1e-3)
    assert np.allclose(score, rows[0, 0, :, 2])
    people = rng.uniform(0, 1, (1, 6, 56))
    people[0, 1] = np.nan
    people[0, 2:, -1] = 0.01
    found = decode_movenet_people(people, (384, 256))
    assert len(found.score) == 1
    assert np.allclose(found.boxes_px[0, [1, 0]] + 0.5, people[0, 0, 51:53] * [256, 384], atol=1e-3)
    for wrong in (rows[..., :2], rows[:, :, :16], np.zeros(51)):
        with pytest.raises(ModelError):
            decode_movenet(wrong, (256, 256))
    with pytest.raises(ModelError):
        decode_movenet_people(people[..., :55], (384, 256))


def test_rtmo_speaks_in_pixels_of_its_input() -> None:
    rng = np.random.default_rng(8)
    dets = np.concatenate(
        [rng.uniform(0, 640, (1, 5, 4)), [[[0.9], [0.8], [0.05], [0.7], [0.6]]]], 2
    )
    points = rng.uniform(0, 1, (1, 5, 17, 3)) * [640, 640, 1]
    points[0, 3, 4] = np.inf
    found = decode_rtmo(dets, points)
    assert np.allclose(found.score, [0.9, 0.8, 0.6])
    assert np.allclose(found.xy_px, points[0, [0, 1, 4], :, :2], atol=1e-3)
    assert len(decode_rtmo(dets[:, :0], points[:, :0]).score) == 0
    for wrong in (points[:, :4], points[:, :, :16], points[0], points[..., :2]):
        with pytest.raises(ModelError):
            decode_rtmo(dets, wrong)


@pytest.mark.parametrize("name", SCHEMES)
def test_landmarks_keep_every_keypoint_of_their_network(name: str) -> None:
    skeleton = SCHEMES[name]
    xy = np.random.default_rng(9).uniform(0, 500, (len(skeleton), 2)).astype(np.float32)
    score = np.linspace(0.4, 0.9, len(skeleton), dtype=np.float32)
    seen = landmarks_from(xy, score, skeleton)
    assert seen.skeleton == skeleton
    np.testing.assert_array_equal(seen.xy_px, xy)
    np.testing.assert_array_equal(seen.score, score)
    assert seen.presence == 1
    assert not seen.xyz_m.any()


def test_unsure_keypoints_are_nobody() -> None:
    coco = SCHEMES["coco17"]
    xy = np.zeros((17, 2), np.float32)
    score = np.array([[0.1] * 17, [0.9] * 4 + [0.1] * 13, [0.9] * 9 + [0.0] * 8], np.float32)
    assert presence_of(score, coco).tolist() == [0, np.float32(8 / 17), 1]
    xy[3] = np.nan
    seen = landmarks_from(xy, score[2], coco)
    assert seen.presence == 0
    assert not seen.score.any()
    assert np.isfinite(seen.xy_px).all()
    with pytest.raises(ModelError):
        scheme_named("coco18")


def test_a_finger_that_is_no_number_costs_only_itself() -> None:
    whole = SCHEMES["wholebody133"]
    xy, score = np.ones((133, 2), np.float32), np.full(133, 0.9, np.float32)
    finger = whole.names.index("left_ring_finger3")
    xy[finger] = np.nan
    seen = landmarks_from(xy, score, whole)
    assert seen.presence == 1
    assert np.flatnonzero(seen.score == 0).tolist() == [finger]
    assert np.isfinite(seen.xy_px).all()
