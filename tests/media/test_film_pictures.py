"""Pictures of film and rendering: OpenEXR in layers, DPX, Radiance; others are named."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from limn.core.data.errors import ClipError
from limn.media.clips import open_clip
from limn.media.opencv import load_cv2

HEIGHT, WIDTH = 24, 32


def colours() -> np.ndarray:
    """(h, w, 3) BGR, a ramp of each."""
    x = np.linspace(0, 1, WIDTH)
    y = np.linspace(0, 1, HEIGHT)[:, None]
    return np.stack(np.broadcast_arrays(x, y, 1 - x * y), -1)


def exr(linear_bgr: np.ndarray, layer: str = "", extra: tuple[str, ...] = ()) -> bytes:
    """An uncompressed OpenEXR file of 32-bit floats, after its published layout."""
    names = sorted([f"{layer}{c}" for c in "BGR"] + list(extra))
    planes = {f"{layer}{c}": linear_bgr[..., k] for k, c in enumerate("BGR")}

    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<I", len(value)) + value

    window = struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)
    channels = b"".join(n.encode() + b"\0" + struct.pack("<iIii", 2, 0, 1, 1) for n in names)
    head = struct.pack("<II", 20000630, 2)
    head += attribute("channels", "chlist", channels + b"\0")
    head += attribute("compression", "compression", b"\0")
    head += attribute("dataWindow", "box2i", window) + attribute("displayWindow", "box2i", window)
    head += attribute("lineOrder", "lineOrder", b"\0")
    head += attribute("pixelAspectRatio", "float", struct.pack("<f", 1.0))
    head += attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0))
    head += attribute("screenWindowWidth", "float", struct.pack("<f", 1.0)) + b"\0"
    lines = []
    for y in range(HEIGHT):
        rows = [planes[n][y] if n in planes else np.full(WIDTH, 7.0) for n in names]
        data = np.array(rows, "<f4").tobytes()
        lines.append(struct.pack("<iI", y, len(data)) + data)
    start = len(head) + 8 * HEIGHT
    offsets = np.cumsum([start, *(len(line) for line in lines[:-1])]).astype("<u8")
    return head + offsets.tobytes() + b"".join(lines)


def as_srgb(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    low = 12.92 * linear
    return 255 * np.where(linear <= 0.0031308, low, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    ("layer", "extra"),
    [("", ()), ("View Layer.Combined.", ("View Layer.Depth.Z", "View Layer.Combined.A"))],
)
def test_linear_light_becomes_srgb(layer: str, extra: tuple[str, ...], tmp_path: Path) -> None:
    for k in range(3):
        (tmp_path / f"shot_{k}.exr").write_bytes(exr(colours(), layer, extra))
    frames = list(open_clip(tmp_path).frames())
    assert len(frames) == 3
    assert np.abs(frames[2].bgr - as_srgb(colours())).max() < 1.5


def test_a_file_that_was_cut_off_is_no_picture_with_black_lines(tmp_path: Path) -> None:
    content = exr(colours())
    for end in (len(content) - 4, len(content) // 2, 300, 5):
        path = tmp_path / f"cut{end}.exr"
        path.write_bytes(content[:end])
        with pytest.raises(ClipError, match="can't be decoded"):
            open_clip(path)


def test_a_huge_one_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    content = bytearray(exr(colours()))
    for name in (b"dataWindow\0box2i\0", b"displayWindow\0box2i\0"):
        at = content.index(name) + len(name) + 4
        content[at : at + 16] = struct.pack("<4i", 0, 0, 20000, 20000)
    path = tmp_path / "huge.exr"
    path.write_bytes(content)
    with pytest.raises(ClipError):
        open_clip(path)


def test_dpx_and_radiance_are_read(tmp_path: Path) -> None:
    cv2 = load_cv2()
    assert cv2.imwrite(str(tmp_path / "a.hdr"), colours().astype(np.float32))
    bgr = next(iter(open_clip(tmp_path / "a.hdr").frames())).bgr
    assert np.abs(bgr - 255 * colours() ** (1 / 2.2)).mean() < 4
    eight = np.round(255 * colours()).astype(np.uint8)
    with av.open(str(tmp_path / "a.dpx"), "w", format="image2") as out:
        stream = out.add_stream("dpx", rate=24, options={})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        frame = av.VideoFrame.from_ndarray(eight, format="bgr24").reformat(format="rgb24")
        frame.pts = 0
        for packet in stream.encode(frame):
            out.mux(packet)
    np.testing.assert_array_equal(next(iter(open_clip(tmp_path / "a.dpx").frames())).bgr, eight)
    (tmp_path / "a.hdr").write_bytes(b"no picture")
    with pytest.raises(ClipError, match="can't be decoded"):
        open_clip(tmp_path / "a.hdr")


@pytest.mark.parametrize(("suffix", "codec"), [(".sgi", "sgi"), (".rgb", "sgi"), (".qoi", "qoi")])
def test_pictures_of_older_renderers_are_read(suffix: str, codec: str, tmp_path: Path) -> None:
    eight = np.round(255 * colours()).astype(np.uint8)
    path = tmp_path / f"a{suffix}"
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "rgb24"
    encoder.time_base = Fraction(1, 24)
    frame = av.VideoFrame.from_ndarray(eight, format="bgr24").reformat(format="rgb24")
    path.write_bytes(b"".join(bytes(p) for p in (*encoder.encode(frame), *encoder.encode(None))))
    np.testing.assert_array_equal(next(iter(open_clip(path).frames())).bgr, eight)


@pytest.mark.parametrize("is_top_down", [False, True])
def test_targa_pictures_are_read(is_top_down: bool, tmp_path: Path) -> None:
    eight = np.round(255 * colours()).astype(np.uint8)
    path = tmp_path / "a_1.tga"
    head = struct.pack("<3B5xHHHHBB", 0, 0, 2, 0, 0, WIDTH, HEIGHT, 24, 0x20 * is_top_down)
    lines = eight if is_top_down else eight[::-1]
    path.write_bytes(head + lines.tobytes())
    np.testing.assert_array_equal(next(iter(open_clip(path).frames())).bgr, eight)
    (tmp_path / "a_2.tga").write_bytes(path.read_bytes())
    assert len(list(open_clip(tmp_path).frames())) == 2
    for content in (head + lines.tobytes()[:-200], head[:10]):
        path.write_bytes(content)
        with pytest.raises(ClipError, match="can't be decoded"):
            open_clip(path)


def test_a_folder_of_pictures_that_cant_be_read_names_their_kind(tmp_path: Path) -> None:
    (tmp_path / "IMG_1.HEIC").write_bytes(b"x")
    (tmp_path / "IMG_2.cr2").write_bytes(b"x")
    with pytest.raises(ClipError, match=r"are CR2, HEIC, which can't be read; export"):
        open_clip(tmp_path)
