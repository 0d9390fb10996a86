"""Vertex caches: PC2 (3ds Max, Blender) and MDD (LightWave), plain lists of floats per frame."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..data.arrays import F32, Floats
from ..data.writing import new_file


def save_pc2(path: str | Path, meshes: Iterable[F32], vertices: int, frames: int) -> None:
    """Write ``meshes`` (v, 3), one per frame, as PC2 version 1. Raises OutputError."""
    header = struct.pack("<12siiffi", b"POINTCACHE2\0", 1, vertices, 0.0, 1.0, frames)
    _write(Path(path), header, meshes, "<f4")


def save_mdd(path: str | Path, meshes: Iterable[F32], vertices: int, time_s: Floats) -> None:
    """Write ``meshes`` (v, 3) at ``time_s`` (t,) seconds as MDD. Raises OutputError."""
    header = struct.pack(">ii", len(time_s), vertices) + time_s.astype(">f4").tobytes()
    _write(Path(path), header, meshes, ">f4")


def load_pc2(path: str | Path) -> F32:
    """Read a PC2 file back as (frames, vertices, 3). Raises ValueError for another file."""
    data = Path(path).read_bytes()
    magic, version, vertices, _, _, frames = struct.unpack_from("<12siiffi", data)
    if magic != b"POINTCACHE2\0" or version != 1:
        raise ValueError(f"{path} is no PC2 file")
    return np.frombuffer(data, "<f4", offset=32).reshape(frames, vertices, 3)


def _write(path: Path, header: bytes, meshes: Iterable[F32], kind: str) -> None:
    with new_file(path) as stream:
        stream.write(header)
        for xyz in meshes:
            stream.write(xyz.astype(kind).tobytes())
