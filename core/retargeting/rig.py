"""A target rig as numbers: its rest pose, and the bones that the map moves by their roles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, check_shape
from ..data.skeletons import joint
from .bonemap import BoneMap
from .roles import SIDES

_AT_HEAD: Final = 0.02
"""Share of a rig's size within which a child begins where its parent does."""


@dataclass(frozen=True, slots=True, eq=False)
class RestBones:
    """Bones at rest, upright: world axes and metres, the rig's origin at (0, 0, 0).

    ``parents`` index into ``names`` (-1: none; a parent may come after its child), ``head_xyz`` and
    ``tail_xyz`` (n, 3), ``R_rest`` (n, 3, 3) the bones' own axes, ``inherits_rotation`` (n,).
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    head_xyz: F64
    tail_xyz: F64
    R_rest: F64
    inherits_rotation: Bools

    def __post_init__(self) -> None:
        n = len(self.names)
        check_shape("RestBones.head_xyz", self.head_xyz, (n, 3))
        check_shape("RestBones.tail_xyz", self.tail_xyz, (n, 3))
        check_shape("RestBones.R_rest", self.R_rest, (n, 3, 3))
        check_shape("RestBones.inherits_rotation", self.inherits_rotation, (n,))

    def row(self, name: str) -> int:
        """Return where a bone is in the arrays."""
        return self.names.index(name)

    def above(self, row: int) -> list[int]:
        """The rows of what a bone hangs on, the nearest first."""
        rows: list[int] = []
        while (row := self.parents[row]) >= 0:
            rows.append(row)
        return rows

    def parents_first(self) -> list[int]:
        """Rows in an order in which a parent comes before its children."""
        depth = [len(self.above(row)) for row in range(len(self.names))]
        return sorted(range(len(self.names)), key=lambda row: depth[row])

    def kept(self, names: tuple[str, ...]) -> RestBones:
        """Only the bones ``names``, hung on their nearest kept ancestors."""
        rows = [self.row(name) for name in names]
        parents: list[int] = []
        for row in rows:
            up = self.parents[row]
            while up >= 0 and up not in rows:
                up = self.parents[up]
            parents.append(rows.index(up) if up >= 0 else -1)
        return RestBones(
            names,
            tuple(parents),
            self.head_xyz[rows],
            self.tail_xyz[rows],
            self.R_rest[rows],
            self.inherits_rotation[rows],
        )

    def turned(self, R: F64) -> RestBones:
        """The same turned about the origin by ``R`` (3, 3)."""
        return replace(
            self,
            head_xyz=self.head_xyz @ R.T,
            tail_xyz=self.tail_xyz @ R.T,
            R_rest=R @ self.R_rest,
        )

    def ending_at_children(self, name: str) -> RestBones:
        """The same with the bone's tail amid its children's heads, which say where a hand points
        as no tail of an imported rig does; unchanged where it has fewer than two apart from it."""
        row = self.row(name)
        away = self.head_xyz - self.head_xyz[row]
        near = _AT_HEAD * float(np.ptp(self.head_xyz, axis=0).max())
        far = np.linalg.norm(away, axis=-1) > near
        children = [n for n, up in enumerate(self.parents) if up == row and far[n]]
        if len(children) < 2:
            return self
        tails = self.tail_xyz.copy()
        tails[row] = self.head_xyz[children].mean(0)
        return replace(self, tail_xyz=tails)

    def heads(self, R_pose: F64) -> F64:
        """Where the heads are, (t, n, 3), when bones have axes ``R_pose`` (t, n, 3, 3)."""
        xyz = np.empty((*R_pose.shape[:2], 3))
        for row in self.parents_first():
            parent = self.parents[row]
            if parent < 0:
                xyz[:, row] = self.head_xyz[row]
                continue
            offset = self.R_rest[parent].T @ (self.head_xyz[row] - self.head_xyz[parent])
            xyz[:, row] = xyz[:, parent] + R_pose[:, parent] @ offset
        return xyz

    def basis(self, R_pose: F64) -> F64:
        """What the bones themselves turn by, (t, n, 3, 3), to have axes ``R_pose``."""
        out = np.empty_like(R_pose)
        for row, parent in enumerate(self.parents):
            own = self.R_rest[row].T
            if parent >= 0 and self.inherits_rotation[row]:
                own = own @ self.R_rest[parent] @ np.swapaxes(R_pose[:, parent], -1, -2)
            out[:, row] = own @ R_pose[:, row]
        return out


class Target:
    """The rig's bones by their roles."""

    def __init__(self, rig: RestBones, bone_map: BoneMap) -> None:
        self.rig = rig
        self.rows = {
            role: [rig.row(name) for name in names] for role, names in bone_map.chains.items()
        }
        hips = [self.rows.get(f"{side}_hip") for side in SIDES]
        self.has_hips = all(hips)
        self._middle = (
            [rows[0] for rows in hips if rows] if self.has_hips else self.rows["pelvis"][:1]
        )

    @property
    def spine_under_legs(self) -> int:
        """How many spine bones carry the legs, as the first one of older Bipeds does."""
        spine = self.rows.get("spine", [])
        carrying = 0
        for side in SIDES:
            for hip in self.rows.get(f"{side}_hip", ())[:1]:
                found = [spine.index(row) + 1 for row in self.rig.above(hip) if row in spine]
                carrying = max([carrying, *found])
        return carrying

    def trunk_over(self, row: int) -> int | None:
        """The bone of the trunk that carries a bone."""
        trunk = [r for role in ("root", "pelvis", "spine") for r in self.rows.get(role, ())]
        return next((up for up in (row, *self.rig.above(row)) if up in trunk), None)

    def carries_legs(self, row: int) -> bool:
        """Whether a bone is above a hip, and hips are what travels."""
        return self.has_hips and any(row in self.rig.above(hip) for hip in self._middle)

    def share_of_back(self, row: int, top: int) -> float:
        """How far up the way from the pelvis by a bone to ``top`` it begins, 0 to 1."""
        heads = self.rig.head_xyz[[self.rows["pelvis"][0], row, top]]
        below, above = np.linalg.norm(np.diff(heads, axis=0), axis=-1)
        return float(below / max(below + above, 1e-9))

    def place(self, role: str) -> F64 | None:
        """Where a role's bone begins at rest."""
        rows = self.rows.get(role)
        return self.rig.head_xyz[rows[0]] if rows else None

    def middle(self, heads: F64) -> F64:
        """What travels of ``heads`` (..., n, 3): midway between the hips, as all rigs have them."""
        return heads[..., self._middle, :].mean(axis=-2)

    def tip(self, role: str) -> F64 | None:
        """Where the last bone of a role ends at rest."""
        rows = self.rows.get(role)
        return self.rig.tail_xyz[rows[-1]] if rows else None

    def middle_of_body(self, xyz: F64) -> F64:
        """What of a person's joints (..., 55, 3) corresponds to ``middle``."""
        names = [f"{side}_hip" for side in SIDES] if self.has_hips else ["pelvis"]
        return xyz[..., [joint(name) for name in names], :].mean(axis=-2)
