"""What is written can be read again; what fails leaves nothing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.errors import OutputError
from limn.media.clips import open_clip
from limn.media.writing.encoders import OpenCVVideo, open_video
from limn.media.writing.writers import SUFFIXES, open_writer


def _frames(count: int, size_px: tuple[int, int]) -> list[np.ndarray]:
    """A bright square that walks over a gradient."""
    width, height = size_px
    ramp = np.linspace(30, 120, width).astype(np.uint8)
    frames = []
    for n in range(count):
        bgr = np.dstack([np.tile(ramp, (height, 1))] * 3)
        bgr[10:30, 4 * n : 4 * n + 20] = (40, 80, 240)
        frames.append(bgr)
    return frames


def _write(path: Path, frames: list[np.ndarray], fps: float) -> None:
    with open_writer(path, fps, frames[0].shape[1::-1]) as writer:
        for frame in frames:
            writer.write(frame)


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001, 12.5])
@pytest.mark.parametrize("has_ffmpeg", [True, False])
def test_videos_keep_their_frames_and_rate(
    tmp_path: Path, fps: float, has_ffmpeg: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_ffmpeg:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    frames = _frames(12, (97, 65))
    _write(tmp_path / "film.mp4", frames, fps)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    clip = open_clip(tmp_path / "film.mp4")
    read = list(clip.frames())
    assert clip.info.size_px == (98, 66), "encoders need even sides"
    assert clip.info.fps == pytest.approx(fps, rel=1e-3)
    assert len(read) == len(frames)
    for frame, written in zip(read, frames, strict=True):
        assert np.abs(frame.bgr[:65, :97].astype(int) - written).mean() < 6


def test_without_an_ffmpeg_program_opencv_encodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    video = open_video(tmp_path / "a.mp4", tmp_path / "b.mp4", 25.0, (64, 48))
    assert isinstance(video, OpenCVVideo)
    video.abort()


@pytest.mark.parametrize(
    "error", [subprocess.TimeoutExpired("ffmpeg", 10), PermissionError(13, "no")], ids=type
)
def test_an_ffmpeg_that_does_not_answer_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def run(*_command: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr(shutil, "which", lambda _: "ffmpeg")
    monkeypatch.setattr(subprocess, "run", run)
    _write(tmp_path / "film.mp4", _frames(3, (64, 48)), 25.0)
    assert len(list(open_clip(tmp_path / "film.mp4").frames())) == 3


def test_a_gif_plays_its_frames_at_its_rate(tmp_path: Path) -> None:
    path = tmp_path / "film.GIF"
    frames = _frames(9, (96, 64))
    _write(path, frames, 12.0)
    assert b"NETSCAPE2.0\x03\x01\x00\x00" in path.read_bytes(), "it repeats for ever"
    read = list(open_clip(path).frames())
    assert len(read) == 9
    for n, (frame, written) in enumerate(zip(read, frames, strict=True)):
        # GIF counts hundredths of a second; their rounding must not add up.
        assert frame.time_s == pytest.approx(n / 12, abs=0.0051)
        assert np.abs(frame.bgr.astype(int) - written).mean() < 8


def test_a_gif_may_have_few_colours(tmp_path: Path) -> None:
    flat = [np.full((20, 30, 3), level, np.uint8) for level in (0, 128, 255)]
    _write(tmp_path / "flat.gif", flat, 10.0)
    read = [frame.bgr.mean() for frame in open_clip(tmp_path / "flat.gif").frames()]
    assert read == pytest.approx([0, 128, 255], abs=3)


def test_a_picture_is_written_as_it_is(tmp_path: Path) -> None:
    frames = _frames(1, (31, 33))
    _write(tmp_path / "one.png", frames, 1.0)
    np.testing.assert_array_equal(next(open_clip(tmp_path / "one.png").frames()).bgr, frames[0])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failed_run_leaves_the_earlier_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"old{suffix}"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_writer(path, 25.0, (64, 48)) as writer:
            writer.write(_frames(1, (64, 48))[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_of_another_size_is_refused(tmp_path: Path, suffix: str) -> None:
    with (
        pytest.raises(ValueError, match="expected"),
        open_writer(tmp_path / f"a{suffix}", 25.0, (64, 48)) as writer,
    ):
        writer.write(_frames(1, (62, 48))[0])


def test_targets_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").touch()
    for path in ("a.xyz", "a", "nowhere/a.mp4", "folder.mp4", "file/a.png"):
        with (
            pytest.raises(OutputError) as caught,
            open_writer(tmp_path / path, 25.0, (64, 48)),
        ):
            pass
        assert str(tmp_path / path) in str(caught.value)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".png"])
@pytest.mark.parametrize("has_ffmpeg", [True, False])
def test_a_full_disk_is_told(
    tmp_path: Path, suffix: str, has_ffmpeg: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource", reason="file sizes can be limited on Unix only")
    if not has_ffmpeg:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    path = tmp_path / f"full{suffix}"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="Can't write"):
            _write(path, [noise] * (1 if suffix == ".png" else 40), 25.0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
