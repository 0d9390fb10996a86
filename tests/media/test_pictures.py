"""Photos and numbered pictures."""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.media.clips import open_clip
from limn.media.opencv import load_cv2
from limn.media.reading.picture_headers import tiff_pages
from limn.media.reading.pictures import pictures_of

cv2 = load_cv2()


def _scene() -> np.ndarray:
    """Blue on the left, red on the right, with a white top edge."""
    bgr = np.zeros((40, 60, 3), np.uint8)
    bgr[:, :30, 0] = bgr[:, 30:, 2] = 220
    bgr[:6] = 255
    return bgr


def _only_frame(path: Path) -> np.ndarray:
    clip = open_clip(path)
    assert clip.info.is_still
    frames = list(clip.frames())
    assert [(frame.index, frame.time_s) for frame in frames] == [(0, 0.0)]
    assert clip.info.size_px == frames[0].bgr.shape[1::-1]
    assert frames[0].bgr.dtype == np.uint8
    return frames[0].bgr


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp", ".jpg"])
def test_a_photo_is_a_still_of_one_frame(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"foto ä 写真{suffix}"
    path.write_bytes(cv2.imencode(suffix, _scene())[1].tobytes())
    difference = np.abs(_only_frame(path).astype(int) - _scene())
    assert difference.mean() < 4


def test_grey_deep_and_transparent_pictures_become_bgr(tmp_path: Path) -> None:
    grey = np.full((20, 30), 77, np.uint8)
    deep = np.full((20, 30, 3), 77 * 257, np.uint16)
    clear = np.dstack([_scene(), np.full((40, 60), 128, np.uint8)])
    for name, picture in (("grey", grey), ("deep", deep), ("clear", clear)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    cv2.imwrite(str(tmp_path / "deep.tiff"), deep[..., 0])
    for name in ("grey.png", "deep.png", "deep.tiff"):
        assert (_only_frame(tmp_path / name) == 77).all(), name
    np.testing.assert_array_equal(_only_frame(tmp_path / "clear.png"), _scene())


@pytest.mark.parametrize(("orientation", "turns"), [(1, 0), (8, 1), (3, 2), (6, 3)])
def test_photos_stand_upright(tmp_path: Path, orientation: int, turns: int) -> None:
    # EXIF says by how much the camera was turned; stored is the scene turned the other way.
    stored = np.rot90(_scene(), -turns)
    path = tmp_path / "phone.jpg"
    jpeg = cv2.imencode(".jpg", np.ascontiguousarray(stored))[1].tobytes()
    tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    path.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:])
    upright = _only_frame(path)
    assert upright.shape == _scene().shape
    assert np.abs(upright.astype(int) - _scene()).mean() < 6


_FOUR_INKS = (
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpK"
    "PjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBKUVJP/8AAFAgAEAAQBEMRAE0RAFkRAEsRAP/EABcAAAMBAAAA"
    "AAAAAAAAAAAAAAAGBwj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oADgRDAE0AWQBLAAA/AGwklVTjE0Iv"
    "ALrPaDgxNCLwH//Z"
)
"""A JPEG in CMYK as picture editors write it: (200, 40, 60) in RGB, white on the right."""


def test_a_photo_in_printing_inks_shows_its_colours(tmp_path: Path) -> None:
    (path := tmp_path / "print.jpg").write_bytes(base64.b64decode(_FOUR_INKS))
    bgr = _only_frame(path).astype(int)
    assert np.abs(bgr[8, 3] - (60, 40, 200)).max() < 12
    assert bgr[8, 13].min() > 240


def test_a_photo_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "misnamed.mp4"
    path.write_bytes(cv2.imencode(".png", _scene())[1].tobytes())
    np.testing.assert_array_equal(_only_frame(path), _scene())


def _write_numbered(folder: Path, names: dict[str, int]) -> None:
    for name, level in names.items():
        cv2.imwrite(str(folder / name), np.full((20, 30, 3), level, np.uint8))


def _levels(path: Path, **wanted: float) -> list[tuple[int, float, int]]:
    frames = open_clip(path, **wanted).frames()  # pyright: ignore[reportArgumentType]
    return [(f.index, round(f.time_s, 6), int(f.bgr[0, 0, 0])) for f in frames]


def test_a_folder_plays_in_natural_order(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {"a10.png": 100, "a9.png": 90, "a1.png": 10})
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / ".hidden.png").write_text("no picture")
    assert _levels(tmp_path) == [(0, 0, 10), (1, round(1 / 24, 6), 90), (2, round(2 / 24, 6), 100)]
    assert _levels(tmp_path, sequence_fps=10)[2] == (2, 0.2, 100)
    assert _levels(tmp_path, first_frame=1, last_frame=1) == [(1, 0, 90)]


@pytest.mark.parametrize("name", ["take #2", "100%d", "%04d"])
def test_a_folder_named_like_a_pattern_is_a_folder(tmp_path: Path, name: str) -> None:
    (folder := tmp_path / name).mkdir()
    _write_numbered(folder, {"a9.png": 90, "a10.png": 100})
    assert [level for _, _, level in _levels(folder)] == [90, 100]
    assert len(pictures_of(folder)) == 2


@pytest.mark.parametrize("pattern", ["shot_###.png", "shot_%03d.png"])
def test_a_pattern_keeps_the_time_of_missing_pictures(tmp_path: Path, pattern: str) -> None:
    _write_numbered(tmp_path, {"shot_098.png": 98, "shot_099.png": 99, "shot_101.png": 101})
    _write_numbered(tmp_path, {"other_100.png": 1, "shot_100b.png": 2})
    assert _levels(tmp_path / pattern, sequence_fps=10) == [(0, 0, 98), (1, 0.1, 99), (3, 0.3, 101)]
    assert "1 picture is missing" in open_clip(tmp_path / pattern).warnings[0]


@pytest.mark.parametrize("name", ["shot_{:05d}.png", "shot{:04d}.png", "{:03d}.png", "a.{:d}.png"])
def test_negative_numbers_come_before_0(tmp_path: Path, name: str) -> None:
    numbers = (-12, -11, -10, *range(-8, 1), 2)
    _write_numbered(tmp_path, {name.format(n): 100 + n for n in numbers})
    wanted = [(n + 12, (n + 12) / 10, 100 + n) for n in numbers]
    assert _levels(tmp_path, sequence_fps=10) == wanted


def test_more_numbers_above_0_than_below_are_one_sequence_too(tmp_path: Path) -> None:
    """As Blender writes them: the digits of -10 to -1 are there again without a sign."""
    signed = {n: f"shot_{'-' if n < 0 else ''}{abs(n):04d}.png" for n in range(-10, 38)}
    _write_numbered(tmp_path, {name: 100 + n for n, name in signed.items()})
    assert [level for _, _, level in _levels(tmp_path)] == [100 + n for n in range(-10, 38)]


def test_negative_numbers_alone_count_upwards(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {f"shot_{n:04d}.png": 100 + n for n in (-3, -2, -1)})
    assert [level for _, _, level in _levels(tmp_path)] == [97, 98, 99]
    assert [level for _, _, level in _levels(tmp_path / "shot_####.png")] == [97, 98, 99]
    _write_numbered(tmp_path, {f"shot_{n:04d}.png": 100 + n for n in (0, 1)})
    assert [level for _, _, level in _levels(tmp_path / "shot_%04d.png")] == [97, 98, 99, 100, 101]


@pytest.mark.parametrize("name", ["shot-{:03d}.png", "shot--{:03d}.png", "2026-11-{:02d}.png"])
def test_a_dash_before_every_number_is_no_sign(tmp_path: Path, name: str) -> None:
    _write_numbered(tmp_path, {name.format(n): n for n in (1, 2, 3, 5)})
    assert [(index, level) for index, _, level in _levels(tmp_path)] == [
        (0, 1), (1, 2), (2, 3), (4, 5),
    ]  # fmt: skip


def test_a_pattern_goes_on_past_its_digits(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {"s_98.png": 98, "s_99.png": 99, "s_100.png": 100})
    assert [level for _, _, level in _levels(tmp_path / "s_##.png")] == [98, 99, 100]


@pytest.mark.parametrize(
    ("one", "other"),
    [("a_{:03d}.png", "b_{:03d}.png"), ("s{:02d}.png", "s{:02d}.bmp"), ("v2_{}.png", "v1_{}.png")],
)
def test_of_sequences_side_by_side_one_is_read_and_the_others_named(
    tmp_path: Path, one: str, other: str
) -> None:
    _write_numbered(tmp_path, {one.format(n): 100 + n for n in range(1, 7)})
    _write_numbered(tmp_path, {other.format(n): 200 + n for n in range(2, 6)})
    clip = open_clip(tmp_path)
    assert [level for _, _, level in _levels(tmp_path)] == [101, 102, 103, 104, 105, 106]
    (said,) = clip.warnings
    pattern = said.split("the pattern ")[1].split(" ")[0]
    assert [level for _, _, level in _levels(tmp_path / pattern)] == [202, 203, 204, 205]
    assert len(pictures_of(tmp_path)) == 6


def test_of_sequences_as_long_the_one_that_shows_more_is_read(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    for n in range(4):
        cv2.imwrite(str(tmp_path / f"mask_{n}.png"), noise[..., :1] * 0)
        cv2.imwrite(str(tmp_path / f"shot_{n}.png"), noise)
        cv2.imwrite(str(tmp_path / f"tail_{n}.png"), noise)
    clip = open_clip(tmp_path)
    assert (next(iter(clip.frames())).bgr == noise).all()
    assert "shot_#.png is read" in clip.warnings[0]
    assert "mask_#.png or tail_#.png" in clip.warnings[0]


@pytest.mark.parametrize("name", ["mask_{}.png", "shot_depth_{}.png", "shot.normal.{}.png"])
def test_masks_and_passes_are_not_what_is_meant(name: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    for n in range(4):
        cv2.imwrite(str(tmp_path / name.format(n)), noise)
        cv2.imwrite(str(tmp_path / f"shot_{n}.png"), noise // 64)
        cv2.imwrite(str(tmp_path / f"tail_{n}.png"), noise // 64)
    assert "shot_#.png is read" in open_clip(tmp_path).warnings[0]


def test_pictures_that_follow_another_sequence_are_read_too(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {f"a_{n}.png": n for n in range(6)})
    _write_numbered(tmp_path, {f"b_{n}.png": 100 + n for n in range(6, 10)} | {"cover_1.png": 99})
    assert len(_levels(tmp_path)) == 11
    assert open_clip(tmp_path).warnings == ()


def test_a_tiff_of_several_pages_is_told(tmp_path: Path) -> None:
    cv2.imwritemulti(str(tmp_path / "stack.tif"), [_scene()] * 5)
    clip = open_clip(tmp_path / "stack.tif")
    assert clip.info.is_still
    assert "holds 5 pictures" in clip.warnings[0]
    cv2.imwrite(str(tmp_path / "one.tif"), _scene())
    assert open_clip(tmp_path / "one.tif").warnings == ()
    content = (tmp_path / "stack.tif").read_bytes()
    assert tiff_pages(content) == 5
    # A chain that bites its own tail, and one cut off.
    assert tiff_pages(b"II*\0\x08\0\0\0\0\0\x08\0\0\0") == 1
    assert tiff_pages(content[: len(content) // 2]) >= 1


def test_bad_pictures_are_left_out_with_a_word(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {f"s_{n}.png": n for n in range(5)})
    (tmp_path / "s_2.png").write_bytes(b"broken")
    cv2.imwrite(str(tmp_path / "s_3.png"), np.zeros((10, 10, 3), np.uint8))
    clip = open_clip(tmp_path)
    assert [frame.index for frame in clip.frames()] == [0, 1, 4]
    assert len(clip.warnings) == 2


def test_a_photo_has_only_frame_0(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {"one.png": 1})
    with pytest.raises(ClipError, match="can't begin at 1"):
        open_clip(tmp_path / "one.png", 1)


def test_missing_numbers_of_a_folder_leave_gaps_in_time(tmp_path: Path) -> None:
    _write_numbered(tmp_path, {f"shot_{n:03}.png": n for n in (7, 8, 10, 11)})
    assert [index for index, _, _ in _levels(tmp_path)] == [0, 1, 3, 4]
    assert "1 picture is missing" in open_clip(tmp_path).warnings[0]


@pytest.mark.parametrize(
    "numbers",
    [
        (2, 4, 6, 8),  # every second picture was kept
        (1003, 1050, 1051, 2200),  # photos, of which others lie elsewhere
    ],
)
def test_a_folder_that_is_no_sequence_is_counted(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    _write_numbered(tmp_path, {f"IMG_{n:04}.png": n % 250 for n in numbers})
    assert [index for index, _, _ in _levels(tmp_path)] == [0, 1, 2, 3]
    assert open_clip(tmp_path).warnings == ()
