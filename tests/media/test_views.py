"""Clips that hold two views or a panorama, and recordings that begin amid a group of pictures."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from limn.media.clips import open_clip
from odd_footage import picture, write

_TS_PACKET = 188


@pytest.mark.parametrize(
    ("packing", "said"), [("3", "two views, side by side"), ("4", "two views, one above the other")]
)
def test_two_views_in_one_picture_are_told(packing: str, said: str, tmp_path: Path) -> None:
    film = [np.hstack([picture(k)] * 2) for k in range(4)]
    options = {"crf": "12", "x264-params": f"frame-packing={packing}"}
    clip = open_clip(write(tmp_path / "3d.mp4", film, options=options))
    assert [s for s in clip.warnings if said in s]
    assert not open_clip(write(tmp_path / "flat.mp4", film)).warnings


def boxed(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def test_a_panorama_is_told(tmp_path: Path) -> None:
    """With the boxes of Google's spherical video metadata, version 2."""
    whole = bytearray(write(tmp_path / "flat.mp4", [picture(k) for k in range(3)]).read_bytes())
    sphere = boxed(
        b"sv3d",
        boxed(b"svhd", bytes(4), b"camera\0"),
        boxed(
            b"proj", boxed(b"prhd", bytes(4), bytes(12)), boxed(b"equi", bytes(4), bytes(16))
        ),
    )  # fmt: skip
    at = 0
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = whole.index(kind, at) - 4
        (size,) = struct.unpack_from(">I", whole, at)
        struct.pack_into(">I", whole, at, size + len(sphere))
        end, at = at + size, at + 4
    whole[end:end] = sphere
    path = tmp_path / "all_around.mp4"
    path.write_bytes(whole)
    clip = open_clip(path)
    assert len(list(clip.frames())) == 3
    assert [s for s in clip.warnings if "panorama all around" in s]


def test_a_recording_that_begins_amid_a_group_lacks_its_beginning_not_its_end(
    tmp_path: Path,
) -> None:
    film = [np.kron(picture(k), np.ones((2, 2, 1), np.uint8)) for k in range(40)]
    options = {"crf": "6", "g": "20", "bf": "0", "x264-params": "scenecut=0"}
    whole = write(tmp_path / "whole.ts", film, options=options, container="mpegts")
    content = whole.read_bytes()
    path = tmp_path / "late.ts"
    # Of pictures of like size a quarter goes, so that half of the first group is left.
    path.write_bytes(content[_TS_PACKET * (len(content) // _TS_PACKET // 4) :])
    clip = open_clip(path)
    assert len(list(clip.frames())) == 20
    assert [s for s in clip.warnings if "begins amid a group" in s]
    assert not [s for s in clip.warnings if "ends early" in s]
    complete = open_clip(whole)
    assert len(list(complete.frames())) == 40
    assert not complete.warnings
