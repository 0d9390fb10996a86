"""Footage as cameras and people really make it: interlaced, mirrored, stretched, torn, animated."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition
from limn.core.data.errors import ClipError
from limn.core.data.settings import CORES_VARIABLE
from limn.media.clips import open_clip, takes_a_rate
from limn.media.opencv import load_cv2
from odd_footage import FPS, RATE_HZ, SIZE, add_stream, frame_of, picture, sound_of, woven, write

INTERLACED = {"crf": "12", "flags": "+ildct+ilme", "x264-params": "tff=1"}
_ONE = 65536
MATRICES = {
    "mirrored": ((-_ONE, 0, 0, 0, _ONE, 0, 0, 0, 1 << 30), lambda p: p[:, ::-1]),
    "upside down": ((_ONE, 0, 0, 0, -_ONE, 0, 0, 0, 1 << 30), lambda p: p[::-1]),
    "half a turn": ((-_ONE, 0, 0, 0, -_ONE, 0, 0, 0, 1 << 30), lambda p: p[::-1, ::-1]),
    "clockwise": ((0, _ONE, 0, -_ONE, 0, 0, 0, 0, 1 << 30), lambda p: np.rot90(p, -1)),
    "anticlockwise": ((0, -_ONE, 0, _ONE, 0, 0, 0, 0, 1 << 30), np.rot90),
    "a selfie on its side": ((0, _ONE, 0, _ONE, 0, 0, 0, 0, 1 << 30), lambda p: p.swapaxes(0, 1)),
    "the other selfie": (
        (0, -_ONE, 0, -_ONE, 0, 0, 0, 0, 1 << 30),
        lambda p: p[::-1, ::-1].swapaxes(0, 1),
    ),
}


def _off(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b).mean())


def test_interlaced_frames_are_deinterlaced_the_same_at_every_run(tmp_path: Path) -> None:
    path = write(tmp_path / "tff.mp4", woven(12), options=INTERLACED)
    clip = open_clip(path)
    frames = list(clip.frames())
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(12) / FPS)
    combs = woven(12)
    for k, frame in enumerate(frames):
        lines = frame.bgr[: SIZE[1] // 2].astype(float)
        teeth = np.abs(lines[1:-1] - (lines[:-2] + lines[2:]) / 2).mean()
        woven_lines = combs[k][: SIZE[1] // 2].astype(float)
        comb = np.abs(woven_lines[1:-1] - (woven_lines[:-2] + woven_lines[2:]) / 2).mean()
        assert teeth < comb / 2, f"frame {k} is combed"
        assert _off(frame.bgr, picture(k)) < 6
    again = [frame.bgr for frame in open_clip(path).frames()]
    assert all((a.bgr == b).all() for a, b in zip(frames, again, strict=True))


def test_a_range_of_an_interlaced_clip_gives_the_frames_of_the_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "tff.mp4", woven(12), options=INTERLACED)
    whole = {frame.index: frame.bgr for frame in open_clip(path).frames()}
    part = list(open_clip(path, 3, 9, 3).frames())
    assert [frame.index for frame in part] == [3, 6, 9]
    for frame in part:
        np.testing.assert_array_equal(frame.bgr, whole[frame.index])


@pytest.mark.parametrize("name", MATRICES)
def test_display_matrices_turn_and_mirror(name: str, tmp_path: Path) -> None:
    matrix, as_seen = MATRICES[name]
    path = write(tmp_path / "clip.mp4", [picture(k) for k in range(3)], mirror=matrix)
    clip = open_clip(path)
    wanted = as_seen(picture(0))
    assert clip.info.size_px == wanted.shape[1::-1]
    assert _off(next(iter(clip.frames())).bgr, wanted) < 6


@pytest.mark.parametrize(
    ("aspect", "size_px"), [(Fraction(4, 3), (171, 96)), (Fraction(1, 2), (128, 192))]
)
def test_pixels_become_square_without_losing_lines(
    aspect: Fraction, size_px: tuple[int, int], tmp_path: Path
) -> None:
    path = write(tmp_path / "clip.mkv", [picture(k) for k in range(3)], aspect=aspect)
    clip = open_clip(path)
    assert clip.info.size_px == size_px
    assert next(iter(clip.frames())).bgr.shape == (*size_px[::-1], 3)


def test_a_shape_that_changes_is_fitted_not_stretched(tmp_path: Path) -> None:
    wide = write(tmp_path / "a.ts", [picture(k) for k in range(4)], container="mpegts")
    tall = write(tmp_path / "b.ts", [picture(k, (96, 128)) for k in range(4)], container="mpegts")
    same = write(tmp_path / "c.ts", [picture(k, (256, 192)) for k in range(4)], container="mpegts")
    path = tmp_path / "all.ts"
    path.write_bytes(wide.read_bytes() + tall.read_bytes() + same.read_bytes())
    clip = open_clip(path)
    frames = list(clip.frames())
    assert {frame.bgr.shape[1::-1] for frame in frames} == {SIZE}
    assert len(frames) == 12
    assert [w for w in clip.warnings if "shape changes" in w and "4 frames" in w]
    fitted = frames[5].bgr
    assert not fitted[:, :25].max() > 30, "black beside what was fitted in"
    assert _off(frames[9].bgr, frames[1].bgr) < 8


def test_of_two_video_streams_the_largest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.mkv"
    sizes = (64, 48), SIZE
    with av.open(str(path), "w") as out:
        streams = [
            add_stream(out, "libx264", FPS, width=w, height=h, pix_fmt="yuv420p") for w, h in sizes
        ]
        for k in range(4):
            for stream, size in zip(streams, sizes, strict=True):
                out.mux(stream.encode(frame_of(picture(k, size), k, FPS)))
        for stream in streams:
            out.mux(stream.encode(None))
    clip = open_clip(path)
    assert clip.info.size_px == SIZE
    assert clip.warnings == ("The clip has 2 video streams; the largest, 128 x 96, is read.",)


def test_cover_art_is_no_clip(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    with av.open(str(path), "w") as out:
        sound = add_stream(out, "mp3", RATE_HZ)
        cover = add_stream(out, "png", 1, width=SIZE[0], height=SIZE[1], pix_fmt="rgb24")
        cover.disposition = Disposition.attached_pic
        out.mux(cover.encode(frame_of(picture(0), 0, 1, "rgb24")))
        out.mux(cover.encode(None))
        out.mux(sound.encode(sound_of(2, "s16")))
        out.mux(sound.encode(None))
    with pytest.raises(ClipError, match="cover picture, but no video"):
        open_clip(path)


def test_a_bare_stream_is_told_to_hold_no_times(tmp_path: Path) -> None:
    path = write(tmp_path / "bare.h264", [picture(k) for k in range(8)], rate=50, container="h264")
    clip = open_clip(path)
    assert takes_a_rate(clip)
    assert "holds no times" in clip.warnings[0]
    assert "--fps" in clip.warnings[0]
    slow = open_clip(path, sequence_fps=10)
    assert [frame.time_s for frame in slow.frames()] == pytest.approx(np.arange(8) / 10)
    assert slow.warnings == ()
    assert not takes_a_rate(open_clip(write(tmp_path / "own.mp4", [picture(0)] * 3)))


@pytest.mark.parametrize("cores", ["1", "2"])
def test_damage_is_told_as_a_share_and_never_handed_on(
    cores: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CORES_VARIABLE, cores)
    pictures = [picture(k) for k in range(40)]
    whole = write(tmp_path / "w.mp4", pictures, options={"crf": "12", "g": "5", "bf": "0"})
    data = bytearray(whole.read_bytes())
    chance = np.random.default_rng(2)
    first, last = data.find(b"mdat") + 1500, data.find(b"moov")
    for at in chance.integers(first, last, 60):
        data[at] = chance.integers(256)
    path = tmp_path / "torn.mp4"
    path.write_bytes(data)
    runs = []
    for _ in range(2):
        clip = open_clip(path)
        runs.append([(frame.time_s, frame.bgr) for frame in clip.frames()])
        read = len(runs[-1])
        assert 0 < read < 40
        assert clip.damaged_share == pytest.approx(1 - read / 40)
        assert f"{read} of 40 frames could be read" in clip.warnings[0]
        assert f"{1 - read / 40:.0%} are unreadable" in clip.warnings[0]
    for (time_a, a), (time_b, b) in zip(*runs, strict=True):
        assert time_a == time_b
        if cores == "1":
            np.testing.assert_array_equal(a, b)
            continue
        # FFmpeg's threads conceal a torn block by what of its neighbours is decoded by then.
        assert (a != b).mean() < 0.02


def test_a_clip_of_damage_alone_ends_with_that_sentence(tmp_path: Path) -> None:
    whole = write(tmp_path / "w.mp4", [picture(k) for k in range(10)])
    data = bytearray(whole.read_bytes())
    first, last = data.find(b"mdat") + 4, data.find(b"moov") - 4
    data[first:last] = np.random.default_rng(0).integers(0, 256, last - first, np.uint8).tobytes()
    path = tmp_path / "quiet.mp4"
    path.write_bytes(data)
    with pytest.raises(ClipError, match="damaged"):
        list(open_clip(path).frames())


def test_pictures_after_the_end_that_a_file_names_are_left_out(tmp_path: Path) -> None:
    # Reordered frames at a variable rate: the muxer leaves the last ones out of the duration.
    times = [0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17]
    path = write(tmp_path / "vfr.mov", [picture(k) for k in times], times)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        shown_s = float(stream.duration * stream.time_base)
    got = [frame.time_s for frame in open_clip(path).frames()]
    assert got == pytest.approx([t / FPS for t in times if t / FPS < shown_s - 1e-4])
    assert open_clip(path).warnings == ()


def test_a_longer_sound_track_is_no_early_end(tmp_path: Path) -> None:
    path = tmp_path / "sound.mkv"
    with av.open(str(path), "w") as out:
        sound = add_stream(out, "aac", RATE_HZ)
        film = add_stream(out, "libx264", FPS, width=SIZE[0], height=SIZE[1], pix_fmt="yuv420p")
        for k in range(10):
            out.mux(film.encode(frame_of(picture(k), k, FPS)))
        out.mux(film.encode(None))
        out.mux(sound.encode(sound_of(3, "fltp")))
        out.mux(sound.encode(None))
    clip = open_clip(path)
    assert len(list(clip.frames())) == 10
    assert clip.warnings == ()


@pytest.mark.parametrize(
    ("name", "codec", "form"), [("a.gif", "gif", "rgb8"), ("a.png", "apng", "rgb24")]
)
def test_animations_play(name: str, codec: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with av.open(str(path), "w", format=codec) as out:
        stream = add_stream(out, codec, 10, width=SIZE[0], height=SIZE[1], pix_fmt=form)
        for k in range(5):
            out.mux(stream.encode(frame_of(picture(k), k, 10, form)))
        out.mux(stream.encode(None))
    _five_pictures(path)


def test_an_animated_webp_plays(tmp_path: Path) -> None:
    cv2 = load_cv2()
    animation = cv2.Animation()
    alpha = np.full((SIZE[1], SIZE[0], 1), 255, np.uint8)
    animation.frames = [np.concatenate([picture(k), alpha], axis=-1) for k in range(5)]
    animation.durations = [100] * 5
    path = tmp_path / "a.webp"
    assert cv2.imwriteanimation(str(path), animation)
    _five_pictures(path)
    clip = open_clip(path, 1, 3, 2)
    assert [(f.index, round(f.time_s, 3)) for f in clip.frames()] == [(1, 0.0), (3, 0.2)]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ClipError, match="damaged"):
        list(open_clip(path).frames())


def _five_pictures(path: Path) -> None:
    clip = open_clip(path)
    assert not clip.info.is_still
    assert clip.info.size_px == SIZE
    frames = list(clip.frames())
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert all(_off(a.bgr, b.bgr) > 0.5 for a, b in pairwise(frames))


def test_pictures_too_large_or_thin_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    for (width, height), said in {(20_000, 20_000): "smaller", (3000, 2): "too thin"}.items():
        header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
        with pytest.raises(ClipError, match=said):
            open_clip(path)


def test_a_jpeg_too_large_is_read_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limn.media.reading.pictures.MOST_PIXELS", 5000)
    path = tmp_path / "large.jpg"
    load_cv2().imwrite(str(path), picture(0))
    assert open_clip(path).info.size_px == (64, 48)
