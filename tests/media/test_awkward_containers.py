"""Containers that tell less than others, or more: times of decoding alone, EXIF data."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.media.clips import open_clip
from limn.media.opencv import load_cv2
from odd_footage import FPS, SIZE, add_stream, frame_of, picture, write


def _off(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


@pytest.mark.parametrize(
    ("name", "container"), [("a.avi", None), ("a.mxf", None), ("a.wmv", "asf")]
)
def test_times_of_decoding_are_put_in_order(
    name: str, container: str | None, tmp_path: Path
) -> None:
    # These containers list when pictures are decoded, not when they are shown.
    film = [picture(k) for k in range(24)]
    rate = 30  # times in milliseconds are rounded
    options = {"crf": "12", "bf": "3", "b_strategy": "0"}
    path = write(tmp_path / name, film, rate=rate, options=options, container=container)
    clip = open_clip(path)
    frames = list(clip.frames())
    times = np.arange(24) / rate
    assert [frame.time_s for frame in frames] == pytest.approx(times, abs=1e-3)
    assert all(_off(frame.bgr, film[k]) < 6 for k, frame in enumerate(frames))
    assert clip.warnings == ()
    part = list(open_clip(path, 5, 9).frames())
    assert [frame.time_s for frame in part] == pytest.approx(times[:5], abs=1e-3)
    assert all((a.bgr == b.bgr).all() for a, b in zip(part, frames[5:10], strict=True))


def _blank(path: Path, numbers: tuple[int, ...]) -> None:
    """Fill packets of the video at ``path`` with zeros."""
    with av.open(str(path)) as file:
        packets = [bytes(packet) for packet in file.demux(file.streams.video[0]) if packet.size]
    data = path.read_bytes()
    for number in numbers:
        assert data.count(packets[number]) == 1
        data = data.replace(packets[number], bytes(len(packets[number])))
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["a.avi", "a.mxf"])
def test_damaged_packets_leave_later_times_as_they_are(name: str, tmp_path: Path) -> None:
    film, rate = [picture(k) for k in range(40)], 25
    options = {"crf": "12", "bf": "3", "b_strategy": "0", "g": "24"}
    path = write(tmp_path / name, film, rate=rate, options=options)
    _blank(path, (11, 14, 16, 19))
    frames = list(open_clip(path).frames())
    assert len(frames) == 36
    for frame in frames[-12:]:
        shown = min(range(40), key=lambda k: _off(frame.bgr, film[k]))
        assert frame.time_s == pytest.approx(shown / rate, abs=1e-3)


@pytest.mark.parametrize("name", ["a.avi", "a.mjpeg"])
def test_clips_of_photo_cameras_hold_exif_data(name: str, tmp_path: Path) -> None:
    cv2 = load_cv2()
    tags = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0%c\0\0\0\0\0\0"
    for orientation, turns in ((1, 0), (3, 2), (6, 3), (8, 1)):
        path, pictures = tmp_path / name, []
        for k in range(6):
            jpeg = cv2.imencode(".jpg", picture(k), (cv2.IMWRITE_JPEG_QUALITY, 95))[1].tobytes()
            exif = tags % orientation
            length = (len(exif) + 2).to_bytes(2, "big")
            pictures.append(jpeg[:2] + b"\xff\xe1" + length + exif + jpeg[2:])
        if path.suffix == ".avi":
            _mux_jpegs(path, pictures)
        else:
            path.write_bytes(b"".join(pictures))
        frames = list(open_clip(path).frames())
        assert len(frames) == 6
        assert all(_off(f.bgr, np.rot90(picture(k), turns)) < 6 for k, f in enumerate(frames))


def _mux_jpegs(path: Path, pictures: list[bytes]) -> None:
    with av.open(str(path), "w") as out:
        stream = add_stream(out, "mjpeg", FPS, width=SIZE[0], height=SIZE[1], pix_fmt="yuvj420p")
        for k, jpeg in enumerate(pictures):
            packet = av.Packet(jpeg)
            packet.pts = packet.dts = k
            packet.time_base, packet.stream = Fraction(1, FPS), stream
            packet.is_keyframe = True
            out.mux(packet)


def test_colours_that_cannot_be_converted_are_read_as_usual_ones(tmp_path: Path) -> None:
    options = {"crf": "12", "x264-params": "colormatrix=YCgCo"}
    clip = open_clip(write(tmp_path / "a.mp4", [picture(k) for k in range(3)], options=options))
    assert [_off(frame.bgr, picture(k)) < 6 for k, frame in enumerate(clip.frames())] == [True] * 3


def test_pixels_that_cannot_be_converted_are_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.nut"), "w") as out:
        stream = add_stream(out, "rawvideo", FPS, width=SIZE[0], height=SIZE[1], pix_fmt="rgb4")
        out.mux(stream.encode(frame_of(picture(0), 0, FPS, "rgb4")))
    with pytest.raises(ClipError, match="can't be read"):
        open_clip(tmp_path / "a.nut")


def test_an_encrypted_stream_is_no_cover_picture(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mov", [picture(0)])
    path.write_bytes(path.read_bytes().replace(b"avc1", b"encv"))
    with pytest.raises(ClipError, match="encrypted"):
        open_clip(path)
