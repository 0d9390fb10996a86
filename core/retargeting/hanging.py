"""What bones hang on, against what a body's would: hands under a root, thighs under no pelvis.

Such bones stay behind when only rotations are keyed; what is keyed of them besides is where they
go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from ..data.arrays import F64
from ..data.errors import RigError
from .bonemap import BoneMap
from .rig import RestBones
from .roles import FINGERS, SIDES

_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot"))


def hung_as_a_body(
    rig: RestBones, bone_map: BoneMap, fixed: Collection[str] = ()
) -> tuple[RestBones, tuple[int, ...]]:
    """Return the mapped bones ``rig`` on what carries them in a body, and the rows of those that
    hung on something else.

    Bones whose names are ``fixed`` are left as they are: something unknown may carry them.
    Raises RigError where the body's bones hang on each other the wrong way round.
    """
    chains = {
        role: [rig.row(name) for name in names] for role, names in bone_map.chains.items() if names
    }
    parents, loose = list(rig.parents), list[int]()
    carrier = _top(rig, chains)
    for row, carriers in _carriers(chains).items():
        if row == carrier or parents[row] in carriers or rig.names[row] in fixed or not carriers:
            continue
        parents[row] = carriers[-1]
        loose.append(row)
    _check_tree(rig, parents)
    return replace(rig, parents=tuple(parents)), tuple(loose)


def travelling(rig: RestBones, bone_map: BoneMap) -> int:
    """The row of the bone that travels: the topmost mapped one over the pelvis."""
    return _top(rig, {role: [rig.row(n) for n in b] for role, b in bone_map.chains.items() if b})


def places(rig: RestBones, loose: tuple[int, ...], R_pose: F64, head_xyz: F64) -> F64:
    """Where loose bones go, (t, k, 3): metres along the axes in which they are carried at rest."""
    out = np.empty((len(R_pose), len(loose), 3))
    for column, row in enumerate(loose):
        parent, axes, at = rig.parents[row], rig.R_rest[row], rig.head_xyz[row]
        turn: F64 = np.eye(3)[None]
        if parent >= 0:
            turn = R_pose[:, parent] @ rig.R_rest[parent].T
            at = head_xyz[:, parent] + turn @ (at - rig.head_xyz[parent])
        out[:, column] = np.einsum("tba,tb->ta", turn @ axes, head_xyz[:, row] - at)
    return out


def _top(rig: RestBones, chains: Mapping[str, list[int]]) -> int:
    pelvis = chains["pelvis"][0]
    return [pelvis, *rig.above(pelvis)][-1]


def _carriers(chains: Mapping[str, list[int]]) -> dict[int, list[int]]:
    """Each bone's rows that may carry it, the usual one last; the trunk's lowest and twists and
    the jaw may hang anywhere."""
    out: dict[int, list[int]] = {}
    trunk = [*chains.get("root", ()), *chains["pelvis"]]
    spine, neck = chains.get("spine", []), chains.get("neck", [])
    for n, row in enumerate(spine):
        out[row] = [*trunk, *spine[:n]]
    upper = spine or trunk
    for n, row in enumerate(neck):
        out[row] = [*upper, *neck[:n]]
    for n, row in enumerate(chains.get("head", ())):
        out[row] = [*upper, *neck, *chains["head"][:n]]
    for side in SIDES:
        collar = chains.get(f"{side}_collar", [])
        for n, row in enumerate(collar):
            out[row] = [*neck, *upper, *collar[:n]]
        for parts, above in zip(_LIMBS, ([*neck, *upper, *collar], [*spine, *trunk]), strict=True):
            carriers = above
            for part in parts:
                pieces = chains.get(f"{side}_{part}", [])
                for n, row in enumerate(pieces):
                    out[row] = [*carriers, *pieces[:n]]
                if pieces:
                    carriers = [*chains.get(f"{side}_{part}_twist", ()), *pieces]
        out |= _finger_carriers(chains, side)
    return out


def _finger_carriers(chains: Mapping[str, list[int]], side: str) -> dict[int, list[int]]:
    arm = [
        *chains.get(f"{side}_elbow_twist", ()),
        *(row for part in ("elbow", "wrist") for row in chains.get(f"{side}_{part}", ())),
    ]
    out: dict[int, list[int]] = {}
    for finger in FINGERS:
        before: list[int] = []
        for number in (1, 2, 3):
            for row in chains.get(f"{side}_{finger}{number}", ()):
                out[row] = [*arm, *before]
                before.append(row)
    return out


def _check_tree(rig: RestBones, parents: list[int]) -> None:
    for row in range(len(parents)):
        up, steps = parents[row], 0
        while up >= 0 and steps <= len(parents):
            up, steps = parents[up], steps + 1
        if up >= 0:
            raise RigError(
                f"{rig.names[row]} hangs on what it should carry; give another bone map."
            )
