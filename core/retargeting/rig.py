"""A target rig as numbers: its rest pose, and only the bones that the map moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..data.arrays import F64, Bools, check_shape

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

    def parents_first(self) -> list[int]:
        """Rows in an order in which a parent comes before its children."""
        depth = [0] * len(self.names)
        for row in range(len(self.names)):
            up = self.parents[row]
            while up >= 0:
                depth[row] += 1
                up = self.parents[up]
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
