"""What only Blender can do for a take, done by a Blender without a window and of its own: .blend
files, a character's rig, other programs' formats. Nothing here needs bpy itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Final

from ..core.bodies.smplx_model import find_smplx
from ..core.data.errors import RigError, SettingsError
from ..core.data.take_file import load_take, save_take
from ..core.data.types import Person, Take
from ..core.data.writing import scratch_folder
from ..core.pipeline.job import Written
from .child_blender import Waiting, blender_command, run_file

MOST_TOLERANCE_DEG: Final = 180.0

FilePath = str | Path
_BUILD: Final = "build a .blend"
_SAMPLE: Final = "read a .blend"


def check_build(
    *,
    smplx: FilePath | None = None,
    gender: str = "neutral",
    style: str = "rig",
    blender: str | None = None,
) -> None:
    """Raise what ``build`` would raise before it starts, for who has long work to do for it."""
    if smplx is not None:
        find_smplx(smplx, gender)
        if style == "gallery":
            raise SettingsError("The gallery shows no bodies; leave out --smplx or --style.")
    blender_command(blender, "", (), _BUILD)


def build(
    take: FilePath,
    path: FilePath,
    *,
    smplx: FilePath | None = None,
    gender: str = "neutral",
    style: str = "rig",
    clip: FilePath | None = None,
    depth: FilePath | None = None,
    blender: str | None = None,
    waiting: Waiting | None = None,
) -> Written:
    """Make a .blend with one keyframed armature per person, the camera and the footage behind it.

    * ``take``: the take's file, to which the .blend refers;
    * ``smplx``: the user's own SMPL-X .npz, or the folder of them of which ``gender`` chooses;
    * ``style``: "rig", or "gallery" for coloured sticks before a photo wall;
    * ``clip``: the footage if it moved; ``depth``: what ``limn depth`` wrote;
    * ``blender``: the Blender executable, where this Python has no bpy module; ``waiting`` is
      called for a context for the time it runs.

    Raises TakeError, OutputError and SettingsError.
    """
    check_build(smplx=smplx, gender=gender, style=style, blender=blender)
    path = Path(path)
    given: list[str | Path] = [Path(take), path]
    given += [] if smplx is None else [Path(smplx), gender]
    given += ["--style", "gallery"] if style == "gallery" else []
    given += [] if clip is None else ["--clip", Path(clip)]
    given += [] if depth is None else ["--depth", Path(depth)]
    said = run_file("blend_file", _BUILD, given, path, blender, waiting or nullcontext)
    return Written((path,), tuple(said))


def export_by_blender(
    take: Take | FilePath,
    path: Path,
    person: str | None,
    frames: Sequence[int] | None,
    smplx: Path | None,
    blender: str | None,
    waiting: Waiting | None,
) -> Written:
    """Write ``path`` by Blender's own exporter: ``person`` by name (None: everybody) over
    ``frames``, positions in the take, with a ``smplx`` model's file as everybody's body.

    Raises LimnError with what Blender said.
    """
    with _file_of(take) as file:
        given: list[str | Path] = [file, path]
        given += [] if person is None else ["--person", person]
        if frames is not None:
            given += ["--first", str(frames[0]), "--last", str(frames[-1])]
        given += [] if smplx is None else ["--smplx", smplx]
        purpose = f"write {path.suffix} files"
        said = run_file("file_export", purpose, given, path, blender, waiting or nullcontext)
    return Written((path,), tuple(said))


def retarget(
    take: Take | FilePath,
    rig: FilePath,
    path: FilePath,
    *,
    armature: str | None = None,
    person: Person | str | None = None,
    bone_map: FilePath | None = None,
    save_map: FilePath | None = None,
    in_place: bool = False,
    plant_feet: bool = True,
    controls: str = "fk",
    tolerance_deg: float = 0.0,
    clip_rate: bool = False,
    blender: str | None = None,
    waiting: Waiting | None = None,
) -> Written:
    """Key a take's motion on a character's own rig, as one new action in a copy of its .blend file.

    * ``armature``: its name in the file ``rig`` (None: the only one);
    * ``person``: one of the take's people, or their name; None: the first;
    * ``bone_map``: a JSON preset of which bone is what (None: recognised); ``save_map`` writes what
      was used;
    * ``in_place``: don't travel over the floor; without ``plant_feet`` limbs point exactly as the
      person's, and feet slide;
    * ``controls``: "fk" or "ik", which controls of a generated Rigify rig drive arms and legs;
    * ``tolerance_deg``: leave out keys that lie this near to a line between others;
    * ``clip_rate``: give the file's scene the clip's frame rate and range, which otherwise stay.

    Raises RigError, TakeError, OutputError and SettingsError.
    """
    if not 0 <= tolerance_deg <= MOST_TOLERANCE_DEG:
        raise SettingsError(
            f"The --tolerance is {tolerance_deg:g}; it must lie between 0 and "
            f"{MOST_TOLERANCE_DEG:g} degrees."
        )
    path = Path(path)
    number = _number_of(take, person)
    with _file_of(take) as file:
        given: list[str | Path] = [file, Path(rig), path, "--person", str(number)]
        given += ["--tolerance", str(tolerance_deg), "--controls", controls]
        given += [] if armature is None else ["--armature", armature]
        given += [] if bone_map is None else ["--map", Path(bone_map)]
        given += [] if save_map is None else ["--save-map", Path(save_map)]
        given += ["--in-place"] if in_place else []
        given += [] if plant_feet else ["--no-planting"]
        given += ["--clip-rate"] if clip_rate else []
        said = run_file("retarget_file", "retarget", given, path, blender, waiting or nullcontext)
    return Written((path,), tuple(said))


def sample(
    rig: FilePath,
    path: FilePath,
    *,
    armature: str | None = None,
    blender: str | None = None,
    waiting: Waiting | None = None,
) -> None:
    """Write what an armature of the .blend file ``rig`` does to ``path``, for ``import_motion``.

    ``armature`` is its name (None: the only one). Raises RigError, SettingsError and LimnError.
    """
    given: list[str | Path] = [Path(rig), Path(path)]
    given += [] if armature is None else ["--armature", armature]
    run_file("armature_file", _SAMPLE, given, Path(path), blender, waiting or nullcontext)


def _number_of(take: Take | FilePath, person: Person | str | None) -> int:
    """The person's number in the take, from 1. Raises RigError where nobody is meant."""
    taken = take if isinstance(take, Take) else load_take(take)
    if not taken.people:
        raise RigError("The take holds nobody; there is nothing to retarget.")
    if person is None:
        return 1
    name = person if isinstance(person, str) else person.name
    for number, one in enumerate(taken.people, 1):
        if one.name == name:
            return number
    names = ", ".join(one.name for one in taken.people)
    raise RigError(f"The take has no person {name}; it holds {names}.")


@contextmanager
def _file_of(take: Take | FilePath) -> Iterator[Path]:
    """A file that holds ``take``."""
    if not isinstance(take, Take):
        yield Path(take)
        return
    with scratch_folder() as folder:
        save_take(take, folder / "scratch.take.npz")
        yield folder / "scratch.take.npz"
