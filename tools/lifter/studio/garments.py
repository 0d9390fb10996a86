"""MakeHuman's clothes, hair and eyes (CC0 meshes): files to meshes that hang on any figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data.arrays import F64, I32, Floats

_DECIMETRE_M: Final = 0.1
"""The unit of MakeHuman's files, and of offsets without a span."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles of a Wavefront file: ``corner`` (m, 3) and ``corner_uv`` (m, 3) index ``uv``."""

    corner: I32
    corner_uv: I32
    uv: F64


@dataclass(frozen=True, slots=True, eq=False)
class Garment:
    """How each vertex of ``mesh`` hangs on the base mesh: three vertices ``on`` (n, 3) weighed by
    ``share`` (n, 3), and an ``offset`` (n, 3) in units of three lengths of the body,
    ``spans`` (3, 2) pairs of vertices; the vertices of the body that it ``covers``."""

    mesh: Mesh
    on: I32
    share: F64
    offset: F64
    spans: I32
    span_unit: F64
    covers: frozenset[int]

    def place(self, body_m: Floats) -> F64:
        """Vertices (n, 3) in metres on the base mesh ``body_m`` of some figure."""
        ends = np.abs(body_m[self.spans[:, 0]] - body_m[self.spans[:, 1]])
        unit = ends[np.arange(3), np.arange(3)] / self.span_unit
        unit[self.spans[:, 0] == self.spans[:, 1]] = _DECIMETRE_M
        return (body_m[self.on] * self.share[..., None]).sum(1) + self.offset * unit


@lru_cache(maxsize=64)
def read_garment(path: Path) -> Garment:
    """Read a ``.mhclo`` file and the mesh that it names. Raises OSError and ValueError."""
    rows: list[list[float]] = []
    spans, units = np.zeros((3, 2), np.int32), np.ones(3)
    covered: set[int] = set()
    mesh, reading = "", ""
    for line in path.read_text(errors="ignore").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "obj_file":
            mesh = words[1]
        elif words[0] in ("x_scale", "y_scale", "z_scale"):
            axis = "xyz".index(words[0][0])
            spans[axis] = [int(words[1]), int(words[2])]
            units[axis] = float(words[3])
        elif words[0] in ("verts", "delete_verts"):
            reading = words[0]
        elif not words[0].isdigit():
            continue  # some files have their material in the middle of the vertices
        elif reading == "verts":
            rows.append(_reference(words))
        elif reading == "delete_verts":
            covered |= _numbers(words)
    if not mesh or not rows:
        raise ValueError(f"{path} is not a MakeHuman garment")
    table = np.array(rows)
    return Garment(
        read_mesh(path.parent / mesh),
        table[:, :3].astype(np.int32),
        table[:, 3:6],
        table[:, 6:9],
        spans,
        units,
        frozenset(covered),
    )


def _reference(words: list[str]) -> list[float]:
    if len(words) < 9:
        return [float(words[0])] * 3 + [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    return [float(word) for word in words[:9]]


def _numbers(words: list[str]) -> set[int]:
    """Vertex numbers, ranges written as ``first - last``."""
    found: set[int] = set()
    k = 0
    while k < len(words):
        if k + 2 < len(words) and words[k + 1] == "-":
            found.update(range(int(words[k]), int(words[k + 2]) + 1))
            k += 3
        else:
            found.add(int(words[k]))
            k += 1
    return found


def read_mesh(path: Path) -> Mesh:
    """The triangles of a Wavefront ``.obj`` file; larger faces are cut into fans."""
    uv: list[list[float]] = []
    corners: list[list[list[int]]] = []
    for line in path.read_text(errors="ignore").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "vt":
            uv.append([float(word) for word in rest.split()[:2]])
        elif kind == "f":
            face = [_corner(word) for word in rest.split()]
            corners += [[face[0], face[k], face[k + 1]] for k in range(1, len(face) - 1)]
    table = np.array(corners, np.int32)
    return Mesh(table[:, :, 0], table[:, :, 1], np.array(uv or [[0.0, 0.0]]))


def _corner(word: str) -> list[int]:
    place, _, texture = word.partition("/")
    texture = texture.partition("/")[0]
    return [int(place) - 1, int(texture) - 1 if texture else 0]
