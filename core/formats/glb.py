"""Animations into a binary glTF 2.0 file that has none: sampled channels, linear in between.

Blender's own exporter asks for every bone in every frame by itself, which takes minutes for a clip
of minutes, and takes a rate of 30000/1001 for 30030/1000.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ..data.arrays import F32, check_fields, of_shape
from ..data.errors import OutputError

_MAGIC: Final = b"glTF"
_JSON: Final = int.from_bytes(b"JSON", "little")
_BINARY: Final = int.from_bytes(b"BIN\0", "little")
_FLOAT: Final = 5126
"""glTF's number of a component type, OpenGL's: single precision."""
_TYPES: Final = {"translation": "VEC3", "scale": "VEC3", "rotation": "VEC4", "weights": "SCALAR"}
_STEADY: Final = 1e-6
"""A channel that never leaves its first value by more than this gets one key."""


@dataclass(frozen=True, slots=True, eq=False)
class NodeChannel:
    """What moves a node: its number in the file; ``path`` of ``translation``, ``rotation`` (x y z
    w), ``scale`` or ``weights`` of morph targets; ``values`` (t, k)."""

    node: int
    path: str
    values: F32 = field(metadata=of_shape("t", None))

    def __post_init__(self) -> None:
        check_fields(self)
        if self.path not in _TYPES:
            raise ValueError(f"NodeChannel.path is {self.path}")


@dataclass(frozen=True, slots=True, eq=False)
class NodeAnimation:
    """An animation under its ``name``: channels of t values at ``times_s`` (t,)."""

    name: str
    times_s: F32 = field(metadata=of_shape("t"))
    channels: tuple[NodeChannel, ...]

    def __post_init__(self) -> None:
        check_fields(self)
        if any(len(one.values) != len(self.times_s) for one in self.channels):
            raise ValueError("NodeAnimation.channels must have a value for every time")


def read_document(content: bytes) -> dict[str, Any]:
    """The JSON of a binary glTF file. Raises OutputError for another file."""
    return _parts(content)[0]


def with_animations(content: bytes, animations: Sequence[NodeAnimation]) -> bytes:
    """The binary glTF file ``content`` with ``animations`` after those it has.

    Raises OutputError for a file that isn't one.
    """
    document, binary = _parts(content)
    added = _Added(document, len(binary))
    entries = [added.animation(one) for one in animations if len(one.times_s) and one.channels]
    if not entries:
        return content
    document.setdefault("animations", []).extend(entries)
    document.setdefault("buffers", [{}])[0]["byteLength"] = added.length
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    whole = [binary, *added.parts]
    size = sum(map(len, whole))
    head = struct.pack("<4sII", _MAGIC, 2, 12 + 8 + len(text) + 8 + size)
    lead = head + struct.pack("<II", len(text), _JSON) + text
    return b"".join([lead, struct.pack("<II", size, _BINARY), *whole])


class _Added:
    """What comes behind a file's binary part of ``length`` bytes."""

    def __init__(self, document: dict[str, Any], length: int) -> None:
        self.length = length
        self.parts: list[bytes] = []
        self._views: list[Any] = document.setdefault("bufferViews", [])
        self._accessors: list[Any] = document.setdefault("accessors", [])

    def animation(self, one: NodeAnimation) -> dict[str, Any]:
        """An animation's entry; channels that keep still have one key, at the first time."""
        times = self._accessor(one.times_s, "SCALAR", has_bounds=True)
        first = self._accessor(one.times_s[:1], "SCALAR", has_bounds=True)
        channels: list[Any] = []
        samplers: list[Any] = []
        for channel in one.channels:
            values, at = channel.values, times
            if np.ptp(values, axis=0).max(initial=0.0) <= _STEADY:
                values, at = values[:1], first
            output = self._accessor(values, _TYPES[channel.path])
            channels.append(
                {
                    "sampler": len(samplers),
                    "target": {"node": channel.node, "path": channel.path},
                }
            )
            samplers.append({"input": at, "interpolation": "LINEAR", "output": output})
        return {"name": one.name, "channels": channels, "samplers": samplers}

    def _accessor(self, values: F32, kind: str, *, has_bounds: bool = False) -> int:
        content = np.ascontiguousarray(values, "<f4").tobytes()
        view = {"buffer": 0, "byteOffset": self.length, "byteLength": len(content)}
        entry = {
            "bufferView": len(self._views),
            "componentType": _FLOAT,
            # Weights of all targets at one time follow each other.
            "count": values.size if kind == "SCALAR" else len(values),
            "type": kind,
        }
        if has_bounds:
            entry |= {"min": [float(values.min())], "max": [float(values.max())]}
        self._views.append(view)
        self._accessors.append(entry)
        self.parts.append(content)
        self.length += len(content)
        return len(self._accessors) - 1


def _parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON and the binary part, which is padded to whole words."""
    try:
        magic, version, _ = struct.unpack_from("<4sII", content)
        size, kind = struct.unpack_from("<II", content, 12)
        if magic != _MAGIC or version != 2 or kind != _JSON:
            raise ValueError(magic)
        document = json.loads(content[20 : 20 + size])
        rest = content[20 + size :]
        binary = b""
        if rest:
            length, kind = struct.unpack_from("<II", rest)
            binary = rest[8 : 8 + length] if kind == _BINARY else b""
    except (struct.error, ValueError) as error:
        raise OutputError("Blender wrote a file that is no binary glTF.") from error
    return document, binary + b"\0" * (-len(binary) % 4)
