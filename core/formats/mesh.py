"""Bodies of a take's people: as OBJ, PLY or GLB, one shape a file, and as vertex caches.

OBJ and GLB have y up, as their readers expect; PLY, PC2 and MDD keep the world's z up. A range of
frames becomes numbered files of shapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..bodies.body_file import load_free_body
from ..bodies.free_body import BodyMesh, fit_body, person_vertices
from ..bodies.smplx_model import SmplxModel
from ..bodies.smplx_pose import refit_person
from ..data.arrays import F32, I32
from ..data.errors import OutputError
from ..data.types import Person
from ..data.writing import write_bytes
from .amass import unbroken_rows
from .asked import Asked, nobody_there
from .pointcache import save_mdd, save_pc2

if TYPE_CHECKING:
    import trimesh

_COLOURS: Final = (  # 0 to 255, person after person; by hand
    (242, 115, 26),
    (26, 166, 230),
    (140, 204, 38),
    (217, 51, 140),
    (242, 204, 38),
    (128, 89, 230),
)
_Y_UP: Final = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]], np.float32)
"""Rows of a z-up mesh times this are y-up."""


def _fit(person: Person, smplx: SmplxModel | None) -> tuple[Person, BodyMesh]:
    """The body to write, and the person as this body moves."""
    if smplx is not None:
        return refit_person(smplx, person)
    return person, fit_body(load_free_body(), person.rest_xyz_body)


def export_shapes(asked: Asked) -> list[Path]:
    """Write the bodies as they stand in each frame, numbered where there are several.

    Raises OutputError.
    """
    bodies = [(number, *_fit(person, asked.smplx)) for number, person in asked.people]
    frames, path = asked.chosen.tolist(), asked.path
    written: list[Path] = []
    for frame in frames:
        shapes: list[tuple[str, int, F32, Any]] = []
        for number, person, body in bodies:
            row = np.flatnonzero(person.frames == frame)
            if len(row):
                xyz = person_vertices(body, person, int(row[0]))
                shapes.append((person.name, number, xyz, body.faces))
        if shapes:
            single = len(frames) == 1
            out = path if single else path.with_name(f"{path.stem}_{frame:06d}{path.suffix}")
            _write_shapes(shapes, out)
            written.append(out)
    if not written:
        raise nobody_there(path)
    return written


def _write_shapes(shapes: list[tuple[str, int, F32, Any]], path: Path) -> None:
    scene = _trimesh().Scene()
    for name, number, xyz, faces in shapes:
        up = xyz if path.suffix.lower() == ".ply" else xyz @ _Y_UP
        scene.add_geometry(_mesh(up, faces, number), node_name=name, geom_name=name)
    suffix = path.suffix.lower().lstrip(".")
    # A PLY file holds one mesh, whoever is in it.
    what = scene.to_mesh() if suffix == "ply" else scene
    data = what.export(file_type=suffix)
    write_bytes(path, data.encode() if isinstance(data, str) else data)


def _mesh(xyz: F32, faces: Any, number: int) -> trimesh.Trimesh:  # noqa: ANN401 - int array
    module = _trimesh()
    triangles = module.geometry.triangulate_quads(faces) if faces.shape[1] == 4 else faces
    mesh = module.Trimesh(xyz, triangles, process=False)
    mesh.visual.vertex_colors = (*_COLOURS[number % len(_COLOURS)], 255)
    return mesh


def _trimesh() -> Any:  # noqa: ANN401 - an optional package, imported where it is needed
    try:
        import trimesh
    except ImportError as error:
        raise OutputError("OBJ, PLY and GLB need trimesh: pip install 'limn[mesh]'.") from error
    return trimesh


def export_pc2(asked: Asked) -> list[Path]:
    """Write one body's vertices, frame by frame, as PC2. Raises OutputError."""
    rows, meshes, count = _vertices(asked)
    save_pc2(asked.path, meshes, count, len(rows))
    return [asked.path]


def export_mdd(asked: Asked) -> list[Path]:
    """Write one body's vertices, frame by frame, as MDD. Raises OutputError."""
    rows, meshes, count = _vertices(asked)
    save_mdd(asked.path, meshes, count, asked.take.time_s[asked.person.frames[rows]])
    return [asked.path]


def _vertices(asked: Asked) -> tuple[I32, Iterator[F32], int]:
    """The person's rows, their body's vertices (v, 3) in each of them, and v."""
    rows = unbroken_rows(asked.person, asked.frames)
    person, body = _fit(asked.person, asked.smplx)
    meshes = (person_vertices(body, person, int(row)) for row in rows)
    return rows, meshes, len(person_vertices(body, person, int(rows[0])))
