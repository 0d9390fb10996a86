"""The free body as it was baked: its mesh, weights, sliders, face units and pose correctives.

The file is assets/body/free_body.npz, made by tools/bake_body; reading it never unpickles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from ..data.arrays import F32, I32, check_finite, check_shape
from ..data.errors import ModelError
from ..data.reading import open_npz, parse_json, refusing
from ..data.skeletons import SMPLX_55

FORMAT: Final = "limn-body"
VERSION: Final = 1  # of the file's layout
FREE_BODY: Final = Path(__file__).parents[2] / "assets" / "body" / "free_body.npz"
_JOINTS: Final = len(SMPLX_55)
_MOST_HEADER: Final = 1_000_000  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Corrective:
    """Offsets at rest (4, n * 3) metres of ``vertices`` (n,), linear in the features
    (w - 1, x, y, z) of the quaternion of joint ``joint``."""

    joint: int
    vertices: I32
    offsets: F32

    def __post_init__(self) -> None:
        check_shape("Corrective.offsets", self.offsets, (4, 3 * len(self.vertices)))
        check_finite("Corrective.offsets", self.offsets)


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Offsets ``xyz`` (n, 3) metres of ``vertices`` (n,)."""

    vertices: I32
    xyz: F32

    def __post_init__(self) -> None:
        check_shape("Sparse.xyz", self.xyz, (len(self.vertices), 3))
        check_finite("Sparse.xyz", self.xyz)


@dataclass(frozen=True, slots=True, eq=False)
class FreeBody:
    """The mannequin in the SMPL-X zero pose, body frame, metres, pelvis at the origin.

    * ``xyz`` (v, 3), ``joints`` (55, 3), ``quads`` (q, 4) seen from outside anticlockwise;
    * ``uv`` (u, 2) in [0, 1] and ``quad_uv`` (q, 4); ``material`` (q,) indexes ``materials``;
    * ``weight_joint`` (v, 4) and ``weight`` (v, 4), rows sum to one;
    * per slider, offsets at +1: ``slider_xyz`` (s, v, 3) and ``slider_joints`` (s, 55, 3);
    * ``face_units`` by ARKit name, ``correctives`` per bending joint.
    """

    xyz: F32
    joints: F32
    quads: I32
    uv: F32
    quad_uv: I32
    material: I32
    materials: tuple[str, ...]
    weight_joint: I32
    weight: F32
    sliders: tuple[str, ...]
    slider_xyz: F32
    slider_joints: F32
    face_units: Mapping[str, Sparse]
    correctives: tuple[Corrective, ...]

    def __post_init__(self) -> None:
        v, q, s = len(self.xyz), len(self.quads), len(self.sliders)
        check_shape("FreeBody.xyz", self.xyz, (v, 3))
        check_shape("FreeBody.joints", self.joints, (_JOINTS, 3))
        check_shape("FreeBody.quads", self.quads, (q, 4))
        check_shape("FreeBody.uv", self.uv, (None, 2))
        check_shape("FreeBody.quad_uv", self.quad_uv, (q, 4))
        check_shape("FreeBody.material", self.material, (q,))
        check_shape("FreeBody.weight_joint", self.weight_joint, (v, 4))
        check_shape("FreeBody.weight", self.weight, (v, 4))
        check_shape("FreeBody.slider_xyz", self.slider_xyz, (s, v, 3))
        check_shape("FreeBody.slider_joints", self.slider_joints, (s, _JOINTS, 3))
        for name in ("xyz", "joints", "uv", "weight", "slider_xyz", "slider_joints"):
            check_finite(f"FreeBody.{name}", getattr(self, name))
        limits = (("quads", v), ("quad_uv", len(self.uv)), ("weight_joint", _JOINTS))
        for name, limit in (*limits, ("material", len(self.materials))):
            if getattr(self, name).max(initial=0) >= limit:
                raise ValueError(f"FreeBody.{name} points past its end")
        for part in (*self.face_units.values(), *self.correctives):
            if part.vertices.max(initial=0) >= v:
                raise ValueError("FreeBody's units or correctives point past its vertices")


def load_free_body(path: Path = FREE_BODY) -> FreeBody:
    """Read the body; it is kept in memory. Raises ModelError in one sentence for any other file."""
    return _load(Path(path))


@lru_cache(maxsize=2)
def _load(path: Path) -> FreeBody:
    if not path.is_file():
        raise ModelError(f"The body {path} is missing; install Limn again.")
    is_not = "not a Limn body; install Limn again"
    with refusing(path, "the body", is_not, ModelError), open_npz(path) as archive:
        given = parse_json(archive.text("header", _MOST_HEADER))
        header = cast(dict[str, Any], given) if isinstance(given, dict) else None
        if header is None or header.get("format") != FORMAT:
            raise ModelError(f"{path} is not a Limn body; install Limn again.")
        if header.get("version") != VERSION:
            raise ModelError(f"{path} is a body of another Limn; install Limn again.")
        names = [name for name in archive.names if name != "header"]
        return _body_from(header, {name: archive.read_as(name, "fiu") for name in names})


def _body_from(header: dict[str, Any], arrays: dict[str, Any]) -> FreeBody:
    if tuple(header["joints"]) != SMPLX_55:
        raise ValueError("its joints are not the 55 of SMPL-X")
    whole = np.float32(np.iinfo(np.uint16).max)
    return FreeBody(
        xyz=arrays["xyz"].astype(np.float32),
        joints=arrays["joints"].astype(np.float32),
        quads=arrays["quads"].astype(np.int32),
        uv=arrays["uv"].astype(np.float32) / whole,
        quad_uv=arrays["quad_uv"].astype(np.int32),
        material=arrays["material"].astype(np.int32),
        materials=tuple(header["materials"]),
        weight_joint=arrays["weight_joint"].astype(np.int32),
        weight=arrays["weight"].astype(np.float32) / whole,
        sliders=tuple(header["sliders"]),
        slider_xyz=arrays["slider_xyz"].astype(np.float32),
        slider_joints=arrays["slider_joints"].astype(np.float32),
        face_units=_face_units(header, arrays),
        correctives=_correctives(arrays),
    )


def _face_units(header: dict[str, Any], arrays: dict[str, Any]) -> dict[str, Sparse]:
    ends = np.cumsum(arrays["unit_count"].astype(np.int64))[:-1]
    vertices = np.split(arrays["unit_vertex"].astype(np.int32), ends)
    offsets = np.split(arrays["unit_xyz"].astype(np.float32), ends)
    rows = zip(header["face_units"], vertices, offsets, strict=True)
    return {str(name): Sparse(where, xyz) for name, where, xyz in rows}


def _correctives(arrays: dict[str, Any]) -> tuple[Corrective, ...]:
    ends = np.cumsum(arrays["corrective_count"].astype(np.int64))[:-1]
    vertices = np.split(arrays["corrective_vertex"].astype(np.int32), ends)
    offsets = np.split(arrays["corrective_xyz"].astype(np.float32), ends)
    rows = zip(arrays["corrective_joint"].tolist(), vertices, offsets, strict=True)
    return tuple(
        Corrective(int(joint), where, np.ascontiguousarray(xyz.transpose(1, 0, 2)).reshape(4, -1))
        for joint, where, xyz in rows
    )
