"""Meshes of a take's people as OBJ, PLY, GLB, PC2, MDD or AMASS, chosen by the file's suffix.

OBJ and GLB have y up, as their readers expect; PLY, PC2, MDD and AMASS keep the world's z up. A
range of frames becomes numbered files where the format holds one shape only.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..bodies.body_file import load_free_body
from ..bodies.free_body import BodyMesh, fit_body, person_vertices
from ..bodies.smplx_model import SmplxModel, shape_smplx
from ..bodies.smplx_pose import refit_person
from ..data.arrays import F32
from ..data.errors import OutputError
from ..data.types import Person, Take
from ..data.writing import write_bytes
from ..geometry.even_time import at_even_time
from . import motion
from .amass import save_amass, unbroken_rows
from .pointcache import save_mdd, save_pc2

if TYPE_CHECKING:
    import trimesh

SHAPES: Final = (".obj", ".ply", ".glb")
CACHES: Final = (".pc2", ".mdd")
AMASS: Final = ".amass.npz"
SUFFIXES: Final = (*SHAPES, *CACHES, AMASS, *motion.SUFFIXES)
BLENDER_FORMATS: Final = (".fbx", ".glb", ".usdc", ".usd", ".abc")
"""Formats whose moving figures Blender's own exporters write."""
_WITHOUT_TIMES: Final = (AMASS, ".pc2", *motion.ONE_PERSON, *motion.TRACKS)
"""Formats that hold a rate and no times: an uneven take is brought to a constant rate for them."""
BLENDER_SUFFIXES: Final = (".fbx", ".usdc", ".usd", ".abc")

_COLOURS: Final = (
    (242, 115, 26),
    (26, 166, 230),
    (140, 204, 38),
    (217, 51, 140),
    (242, 204, 38),
    (128, 89, 230),
)
_Y_UP: Final = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]], np.float32)
"""Rows of a z-up mesh times this are y-up."""


def export_take(
    take: Take,
    path: str | Path,
    person: str | None = None,
    frames: Sequence[int] | None = None,
    smplx: SmplxModel | None = None,
    space: str = "world",
) -> list[Path]:
    """Write ``take`` to ``path``, the format by its suffix; returns what was written.

    ``person`` is a name (everybody, if None; BVH, SMPL, PC2, MDD and AMASS hold one person).
    ``frames`` are positions in ``take.time_s`` (all, if None). With ``smplx`` meshes and AMASS
    files hold that model itself, refitted to the take's joints. Only the motion formats know
    another ``space`` than "world": "camera". Formats that hold no times get an uneven take at a
    constant rate, with poses between its frames.

    Raises OutputError for an unknown suffix, person or frame, and where nothing can be written.
    """
    path = Path(path)
    name = path.name.lower()
    chosen = _chosen_frames(take, frames)
    if name.endswith(_WITHOUT_TIMES):
        take, frames = at_even_time(take, frames)
    people = _chosen_people(take, person)
    if name.endswith(AMASS):
        return [_export_amass(take, _only(people, AMASS), path, frames, smplx)]
    suffix = path.suffix.lower()
    if name.endswith(motion.SUFFIXES):
        who = [_only(people, suffix)] if suffix in motion.ONE_PERSON else [p for _, p in people]
        return [motion.export_motion(take, who, path, frames, space)]
    if suffix in SHAPES:
        return _export_shapes(people, path, chosen, smplx)
    if suffix in CACHES:
        return [_export_cache(take, _only(people, suffix), path, frames, smplx)]
    if suffix in BLENDER_SUFFIXES:
        raise OutputError(f"{suffix} files are written by Blender: build the take, then export it.")
    raise OutputError(f"Limn can't write {path.name}; the suffixes are {', '.join(SUFFIXES)}.")


def _chosen_people(take: Take, name: str | None) -> list[tuple[int, Person]]:
    people = [(i, p) for i, p in enumerate(take.people) if name is None or p.name == name]
    if not people:
        names = ", ".join(p.name for p in take.people) or "nobody"
        raise OutputError(f"The take has no {name or 'people'}; it holds {names}.")
    return people


def _only(people: list[tuple[int, Person]], suffix: str) -> Person:
    if len(people) > 1:
        names = ", ".join(p.name for _, p in people)
        raise OutputError(f"A {suffix} file holds one person; choose one of {names}.")
    return people[0][1]


def _chosen_frames(take: Take, frames: Sequence[int] | None) -> list[int]:
    chosen = list(range(len(take.time_s))) if frames is None else sorted({int(f) for f in frames})
    if not chosen or chosen[0] < 0 or chosen[-1] >= len(take.time_s):
        raise OutputError(f"The take has frames 0 to {len(take.time_s) - 1}; choose among them.")
    return chosen


def _fit(person: Person, smplx: SmplxModel | None) -> tuple[Person, BodyMesh]:
    """The body to write, and the person as this body moves."""
    if smplx is not None:
        return refit_person(smplx, person)
    return person, fit_body(load_free_body(), person.rest_xyz_body)


def _export_shapes(
    people: list[tuple[int, Person]], path: Path, frames: list[int], smplx: SmplxModel | None
) -> list[Path]:
    bodies = [(number, *_fit(person, smplx)) for number, person in people]
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
        raise OutputError(f"Nobody is there in the chosen frames; {path.name} was not written.")
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


def _export_cache(
    take: Take,
    person: Person,
    path: Path,
    frames: Sequence[int] | None,
    smplx: SmplxModel | None,
) -> Path:
    rows = unbroken_rows(person, frames)
    person, body = _fit(person, smplx)
    count = len(person_vertices(body, person, int(rows[0])))
    meshes = (person_vertices(body, person, int(row)) for row in rows)
    if path.suffix.lower() == ".pc2":
        save_pc2(path, meshes, count, len(rows))
    else:
        save_mdd(path, meshes, count, take.time_s[person.frames[rows]])
    return path


def _export_amass(
    take: Take, person: Person, path: Path, frames: Sequence[int] | None, smplx: SmplxModel | None
) -> Path:
    if smplx is None:
        save_amass(take, person, path, frames)
    else:
        refitted, body = refit_person(smplx, person)
        _, joints = shape_smplx(smplx, body.betas)
        save_amass(take, refitted, path, frames, body.betas, joints[0])
    return path
