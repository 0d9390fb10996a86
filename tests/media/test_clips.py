"""Videos: times, turns, ranges, streaming."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.core.pipeline.pace.thinning import ThinnedSource
from limn.media.clips import open_clip
from limn.media.reading.prefetch import depth_for, read_ahead
from walking import FPS, write_footage

DATA = Path(__file__).parent / "data"


def test_frames_of_variable_rate_keep_their_own_time() -> None:
    # The brightness of these clips' frames is 20 + 60 t (luma): the pictures tell their time.
    for name in ("vfr.mp4", "vfr.mkv"):
        clip = open_clip(DATA / name)
        times, shown = [], []
        for frame in clip.frames():
            times.append(frame.time_s)
            shown.append((frame.bgr.mean() * 219 / 255 + 16 - 20) / 60)
        assert times[0] == 0.0
        gaps = np.diff(times)
        assert gaps.min() == pytest.approx(1 / 30, abs=0.001), name
        assert gaps.max() == pytest.approx(1 / 10, abs=0.001), name
        error = np.abs(np.array(times) - (np.array(shown) - np.mean(shown) + np.mean(times)))
        assert error.max() < 0.02, f"{name}: a time is {1000 * error.max():.0f} ms off its picture"
        assert clip.warnings == ()


def test_rotation_of_phone_clips_is_applied_and_told() -> None:
    clip = open_clip(DATA / "rotated.mp4")
    assert clip.info.size_px == (90, 160)
    for frame in clip.frames():
        assert frame.bgr.shape == (160, 90, 3)
        # Stored red beside blue; ffmpeg shows it with blue on top.
        top, bottom = frame.bgr[:60].mean(axis=(0, 1)), frame.bgr[-60:].mean(axis=(0, 1))
        assert top[0] - top[2] > 150
        assert bottom[2] - bottom[0] > 150


@pytest.mark.parametrize(
    ("name", "size_px", "count"),
    [("tenbit.mp4", (64, 48), 5), ("grey_odd.mkv", (65, 49), 3), ("no_times.h264", (64, 48), 10)],
)
def test_unusual_footage_is_ordinary_pictures(
    name: str, size_px: tuple[int, int], count: int
) -> None:
    clip = open_clip(DATA / name)
    assert clip.info.size_px == size_px
    frames = list(clip.frames())
    assert len(frames) == count
    for frame in frames:
        assert frame.bgr.dtype == np.uint8
        assert frame.bgr.shape == (*size_px[::-1], 3)
        assert np.ptp(frame.bgr) > 100
    times = [frame.time_s for frame in frames]
    assert times == pytest.approx(np.arange(count) / clip.info.fps)


def test_a_range_gives_the_frames_of_the_whole_clip(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_footage(path, 30)
    whole = {frame.index: frame for frame in open_clip(path).frames()}
    assert sorted(whole) == list(range(30))
    clip = open_clip(path, 7, 22, 4)
    part = list(clip.frames())
    assert [frame.index for frame in part] == [7, 11, 15, 19]
    assert (clip.info.first_frame, clip.info.step, clip.info.frame_count) == (7, 4, 4)
    for frame in part:
        assert frame.time_s == pytest.approx((frame.index - 7) / FPS)
        np.testing.assert_array_equal(frame.bgr, whole[frame.index].bgr)


@pytest.mark.parametrize("wanted", [(0, None, 1), (7, 22, 4), (3, 11, 1), (0, 0, 1)])
@pytest.mark.parametrize("every", [2, 3])
def test_frames_passed_over_are_told_and_the_others_are_the_clips(
    tmp_path: Path, wanted: tuple[int, int | None, int], every: int
) -> None:
    path = tmp_path / "clip.mp4"
    write_footage(path, 30)
    whole = list(open_clip(path, *wanted).frames())
    source = ThinnedSource(open_clip(path, *wanted), every)
    seen = list(source.frames())
    chosen = [f for k, f in enumerate(whole) if k % every == 0 or k == len(whole) - 1]
    assert [frame.index for frame in seen] == [frame.index for frame in chosen]
    assert source.passed.index == [frame.index for frame in whole]
    assert source.passed.time_s == [frame.time_s for frame in whole]
    for ours, theirs in zip(seen, chosen, strict=True):
        assert ours.time_s == theirs.time_s
        np.testing.assert_array_equal(ours.bgr, theirs.bgr)


def test_a_range_past_the_end_is_cut_with_a_word(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_footage(path, 10)
    clip = open_clip(path, 4, 99)
    assert [frame.index for frame in clip.frames()] == [4, 5, 6, 7, 8, 9]
    assert len(clip.warnings) == 1
    assert "10 frames" in clip.warnings[0]


@pytest.mark.parametrize("wanted", [(10, None, 1), (-1, None, 1), (5, 4, 1), (0, None, 0)])
def test_a_range_outside_the_clip_is_refused(
    tmp_path: Path, wanted: tuple[int, int | None, int]
) -> None:
    path = tmp_path / "clip.mp4"
    write_footage(path, 10)
    with pytest.raises(ClipError):
        open_clip(path, *wanted)


def test_a_range_outside_a_clip_of_unknown_length_is_refused() -> None:
    clip = open_clip(DATA / "no_times.h264", 50)
    with pytest.raises(ClipError, match="has 10 frames"):
        list(clip.frames())


def test_closing_stops_the_reader_and_frees_the_file(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_footage(path, 60)
    before = threading.active_count()
    frames = open_clip(path).frames()
    next(frames)
    assert threading.active_count() == before + 1
    assert path.name in _open_files()
    frames.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert threading.active_count() == before
    assert path.name not in _open_files()


def _open_files() -> set[str]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("open files can only be listed on Linux")
    return {link.resolve().name for link in folder.iterdir()}


def test_of_large_pictures_fewer_are_read_ahead() -> None:
    assert depth_for((1088, 1920)) > depth_for((3840, 2160)) == depth_for((2160, 3840)) >= 1


def test_reading_ahead_is_bounded_and_keeps_order_and_errors() -> None:
    made = []

    def numbers():  # noqa: ANN202
        for n in range(50):
            made.append(n)
            yield n
        raise ClipError("the end is torn off")

    ahead = read_ahead(numbers, depth=3)
    for n in range(50):
        assert next(ahead) == n
        assert len(made) <= n + 1 + 3
    with pytest.raises(ClipError, match="torn"):
        next(ahead)


def test_pixels_that_are_not_square_are_made_so() -> None:
    clip = open_clip(DATA / "wide_pixels.mp4")  # 64 x 48 of 16:11
    assert clip.info.size_px == (93, 48)
    assert {frame.bgr.shape for frame in clip.frames()} == {(48, 93, 3)}
    assert clip.warnings == ()
