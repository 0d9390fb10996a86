"""Streams without times of their own, and animations that few programs know."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from limn.media.clips import open_clip, takes_a_rate
from odd_footage import picture, write

_PICTURES = [picture(k) for k in range(12)]


@pytest.mark.parametrize(
    ("codec", "container", "suffix"),
    [
        ("mpeg1video", "mpeg1video", ".m1v"),
        ("mpeg2video", "mpeg2video", ".m2v"),
        ("libx264", "h264", ".h264"),
        ("mjpeg", "mjpeg", ".mjpeg"),
        ("mjpeg", "mjpeg", ".mjpg"),
    ],
)
@pytest.mark.parametrize("fps", [None, 50.0])
def test_every_picture_of_a_bare_stream_comes_a_frame_later(
    codec: str, container: str, suffix: str, fps: float | None, tmp_path: Path
) -> None:
    path = tmp_path / f"bare{suffix}"
    if codec == "mjpeg":
        path.write_bytes(b"".join(cv2.imencode(".jpg", bgr)[1].tobytes() for bgr in _PICTURES))
    else:
        options = {"crf": "12"} if codec == "libx264" else {"b": "2000000"}
        write(path, _PICTURES, codec=codec, container=container, options=options)
    clip = open_clip(path, sequence_fps=fps)
    assert takes_a_rate(clip)
    times = [frame.time_s for frame in clip.frames()]
    assert clip.info.fps == (fps or 25.0)
    assert clip.info.frame_count == 0, "a bare stream's length is a guess"
    np.testing.assert_allclose(times, np.arange(12) / (fps or 25.0), atol=1e-9)
    assert all("ends early" not in sentence for sentence in clip.warnings)


def test_bare_dv_knows_how_many_pictures_it_has(tmp_path: Path) -> None:
    large = [cv2.resize(bgr, (720, 576)) for bgr in _PICTURES]
    path = write(tmp_path / "tape.dv", large, codec="dvvideo", container="dv", options={"b": "0"})
    assert open_clip(path).info.frame_count == len(list(open_clip(path).frames())) == 12


def test_an_animated_avif_plays(tmp_path: Path) -> None:
    if not cv2.haveImageWriter("x.avif"):
        pytest.skip("this OpenCV writes no AVIF")
    animation = cv2.Animation()
    opaque = np.full((*_PICTURES[0].shape[:2], 1), 255, np.uint8)
    animation.frames = [np.concatenate([bgr, opaque], axis=-1) for bgr in _PICTURES]
    animation.durations = [40] * len(_PICTURES)
    path = tmp_path / "moving.avif"
    assert cv2.imwriteanimation(str(path), animation)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert (len(frames), clip.info.frame_count, clip.warnings) == (12, 12, ())
    assert not clip.info.is_still
    assert np.abs(frames[11].bgr.astype(int) - _PICTURES[11]).mean() < 6
    assert frames[11].time_s == pytest.approx(0.44)


def test_a_last_picture_that_is_held_is_no_early_end(tmp_path: Path) -> None:
    animation = cv2.Animation()
    animation.frames, animation.durations = _PICTURES, [40] * 11 + [3000]
    path = tmp_path / "held.gif"
    assert cv2.imwriteanimation(str(path), animation)
    clip = open_clip(path)
    assert (len(list(clip.frames())), clip.warnings) == (12, ())


def test_a_still_avif_stays_a_photo(tmp_path: Path) -> None:
    path = tmp_path / "still.avif"
    if not cv2.haveImageWriter("x.avif"):
        pytest.skip("this OpenCV writes no AVIF")
    assert cv2.imwrite(str(path), _PICTURES[0])
    assert open_clip(path).info.is_still
