"""The one table of formats: commands, menus, suffixes and the guide's table all come from it.

A format is a module beside this one, whose writer takes an ``Asked``, and a row here. Where only
Blender can write it, the module is scene/files/exporters.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..bodies.smplx_model import SmplxModel
from ..data.errors import OutputError
from ..data.types import Person, Take
from ..geometry.even_time import at_even_time
from .amass import export_amass
from .asked import Asked
from .bvh import export_bvh, load_bvh
from .c3d import export_c3d
from .calibration.camera_files import export_camera_json, export_camera_toml
from .calibration.rig_file import read_calibration
from .cameras.writing import export_camera_table
from .file_axes import SPACES
from .joint_tables import export_csv, export_json
from .keypoints.coco import export_coco
from .keypoints.mediapipe import export_mediapipe
from .mesh import export_mdd, export_pc2, export_shapes
from .pointcache import load_pc2
from .smpl import export_smpl
from .trc import export_trc, load_trc

Writer = Callable[[Asked], list[Path]]


@dataclass(frozen=True, slots=True)
class Format:
    """A row of the table.

    * ``suffix``: how its files' names end; ``title``: what the field calls it;
    * ``holds``: what is in it and for whom, ``units``: its lengths and axes, for people to read;
    * ``write``: the writer of this package; ``by_blender``: Blender's exporter writes it, moving
      armature and body together, unless bodies that stand still are asked for;
    * ``from_scene``: in Blender it is written from the scene, edits included, not from the take;
    * ``one_person``: it holds one person without gaps; else everybody, each while they are there;
    * ``one_frame``: it holds one frame, so that several become numbered files;
    * ``has_space``: positions can be told in the camera's axes too;
    * ``has_body``: it holds a body's mesh or shape, so that a SMPL-X model has a use;
    * ``is_even``: it holds a rate and no times: an uneven take is brought to a constant rate;
    * ``package``: what has to be installed for it; ``read``: reads a file of it back;
    * ``is_common``: it has a button of its own.
    """

    suffix: str
    title: str
    holds: str
    units: str
    write: Writer | None = None
    by_blender: bool = False
    from_scene: bool = False
    one_person: bool = False
    one_frame: bool = False
    has_space: bool = False
    has_body: bool = False
    is_even: bool = False
    package: str = ""
    read: Callable[[Path], object] | None = None
    is_common: bool = False

    def blender_writes(self, *, still: bool = False) -> bool:
        """Whether a file is Blender's to write, ``still`` or moving."""
        return self.by_blender and not still


_BLENDERS = Format(
    "", "", "", "as Blender's", by_blender=True, from_scene=True, has_body=True
)  # fmt: skip
_SHAPE = Format(
    "", "", "the bodies as they stand in a frame", "m, y up", export_shapes, from_scene=True,
    one_frame=True, has_body=True, package="trimesh",
)  # fmt: skip
_CACHE = Format(
    "", "", "the body's vertices, frame by frame", "m, z up", one_person=True, has_body=True
)

FORMATS: tuple[Format, ...] = (
    replace(_BLENDERS, suffix=".fbx", title="FBX", is_common=True,
            holds="armature and body, for engines and animation programs"),
    replace(_BLENDERS, suffix=".glb", title="glTF", is_common=True, write=export_shapes,
            package="trimesh", one_frame=True,
            holds="armature and body, for engines and the web"),
    replace(_BLENDERS, suffix=".usdc", title="USD", is_common=True,
            holds="armature and body, for film"),
    replace(_BLENDERS, suffix=".usd", title="USD", holds="armature and body, for film"),
    replace(_BLENDERS, suffix=".abc", title="Alembic", holds="the body's mesh, frame by frame"),
    Format(".bvh", "BVH", "skeleton and rotations, for Maya, MotionBuilder and Blender (importer "
           "scale 0.01)", "cm, y up", export_bvh, one_person=True, has_space=True, is_even=True,
           read=load_bvh, is_common=True),
    Format(".amass.npz", "AMASS", "SMPL-X rotations, for researchers; betas are zeros, Limn's body "
           "having none of SMPL-X's, or those fitted of your own model", "m, z up", export_amass,
           one_person=True, has_body=True, is_even=True),
    Format(".smpl", "SMPL codec", "SMPL-X rotations, compact; betas are zeros", "m, z up",
           export_smpl, one_person=True, is_even=True),
    Format(".trc", "TRC", "joints as markers, for OpenSim", "m, y up", export_trc, has_space=True,
           is_even=True, read=load_trc),
    Format(".c3d", "C3D", "joints as markers, for biomechanics", "mm, z up", export_c3d,
           has_space=True, is_even=True, package="ezc3d"),
    Format(".csv", "CSV", "positions, rotations and confidence of every joint", "m, z up",
           export_csv, has_space=True),
    Format(".json", "JSON", "positions, rotations and confidence of every joint", "m, z up",
           export_json, has_space=True),
    Format(".coco.json", "COCO keypoints", "the 2D keypoints that the networks saw, 17 a "
           "person; hands and feet in COCO-WholeBody's fields", "pixels", export_coco),
    Format(".mediapipe.json", "MediaPipe", "landmarks of bodies and hands in the layout of "
           "MediaPipe's results", "shares of the picture", export_mediapipe),
    Format(".toml", "Calibration", "where every camera stands and its lens, for Pose2Sim and "
           "Caliscope", "m, z up", export_camera_toml, read=read_calibration),
    Format(".cameras.json", "JSON", "where every camera stands, its lens, clip and clock",
           "m, z up", export_camera_json),
    Format(".camera.csv", "Camera", "where the clip's camera is and looks in every frame, and its "
           "lens; --camera reads it", "m, z up", export_camera_table),
    replace(_SHAPE, suffix=".obj", title="OBJ"),
    replace(_SHAPE, suffix=".ply", title="PLY", units="m, z up"),
    replace(_CACHE, suffix=".pc2", title="Point cache", write=export_pc2, is_even=True,
            read=load_pc2),
    replace(_CACHE, suffix=".mdd", title="Point cache", write=export_mdd),
)  # fmt: skip


def format_of(path: str | Path) -> Format:
    """The row of a file, by the longest suffix that its name ends in. Raises OutputError."""
    name = Path(path).name.lower()
    rows = [row for row in FORMATS if name.endswith(row.suffix)]
    if not rows:
        raise OutputError(f"Limn can't write {Path(path).name}; the suffixes are {suffixes()}.")
    return max(rows, key=lambda row: len(row.suffix))


def suffixes(rows: Sequence[Format] | None = None, joint: str = ", ") -> str:
    """The suffixes of ``rows``, of the whole table if None, one after the other."""
    return joint.join(row.suffix for row in (FORMATS if rows is None else rows))


def check_asked(row: Format, space: str, *, has_smplx: bool, still: bool = False) -> None:
    """Raise OutputError for what a format can't say."""
    if space not in SPACES:
        raise OutputError(f"There is no space {space}; choose among {', '.join(SPACES)}.")
    if space != "world" and not row.has_space:
        raise OutputError(f"{row.suffix} files hold world space only.")
    if has_smplx and not row.has_body:
        raise OutputError(f"{row.suffix} files hold no body, so a SMPL-X model has no use.")
    if still and not (row.by_blender and row.write is not None):
        raise OutputError(f"Standing still is for {suffixes(both_write())} files.")


def both_write() -> list[Format]:
    """The formats that Blender writes moving, and this package as bodies that stand still."""
    return [row for row in FORMATS if row.by_blender and row.write is not None]


def export_take(
    take: Take,
    path: str | Path,
    person: str | None = None,
    frames: Sequence[int] | None = None,
    smplx: SmplxModel | None = None,
    space: str = "world",
) -> list[Path]:
    """Write ``take`` to ``path``, the format by its suffix; returns what was written.

    ``person`` is a name (everybody, if None), ``frames`` are positions in ``take.time_s`` (all, if
    None). With ``smplx`` bodies are that model itself, refitted to the take's joints. Formats that
    hold no times get an uneven take at a constant rate, with poses between its frames.

    Raises OutputError for an unknown suffix, person, frame or space, for what the format can't say,
    and where nothing can be written.
    """
    path = Path(path)
    row = format_of(path)
    if row.write is None:
        raise OutputError(
            f"{row.suffix} files are written by Blender: build the take, then export it."
        )
    check_asked(row, space, has_smplx=smplx is not None)
    _check_frames(take, frames)
    if row.is_even:
        take, frames = at_even_time(take, frames)
    people = _chosen_people(take, person)
    if row.one_person and len(people) > 1:
        names = ", ".join(p.name for _, p in people)
        raise OutputError(f"A {row.suffix} file holds one person; choose one of {names}.")
    return row.write(Asked(take, people, path, frames, space, smplx))


def _chosen_people(take: Take, name: str | None) -> list[tuple[int, Person]]:
    people = [(i, p) for i, p in enumerate(take.people) if name is None or p.name == name]
    if not people:
        names = ", ".join(p.name for p in take.people) or "nobody"
        raise OutputError(f"The take has no {name or 'people'}; it holds {names}.")
    return people


def _check_frames(take: Take, frames: Sequence[int] | None) -> None:
    count = len(take.time_s)
    chosen = (0, count - 1) if frames is None else sorted(frames)
    if not count or not len(chosen) or chosen[0] < 0 or chosen[-1] >= count:
        raise OutputError(f"The take has frames 0 to {count - 1}; choose among them.")


def as_markdown() -> str:
    """The table for people to read, as the guide has it."""
    lines = ["| suffix | format | what, and for whom | units and axes | written by |"]
    lines.append("|---|---|---|---|---|")
    for row in FORMATS:
        cells = (f"`{row.suffix}`", row.title, "; ".join(_told(row)), row.units, _written_by(row))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _told(row: Format) -> Iterator[str]:
    yield row.holds
    if row.one_person:
        yield "one person, no gaps"
    if row.has_space:
        yield "world or camera space"


def _written_by(row: Format) -> str:
    ours = f"Limn with `{row.package}`" if row.package else "Limn"
    if not row.by_blender:
        return ours
    return "Blender" if row.write is None else f"Blender; with `--still` {ours}"
