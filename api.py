"""Limn from Python, the same as from the shell: clips in, takes out, and takes into other programs.

    import limn

    take = limn.estimate("dance.mp4", limn.Settings(quality="best"))
    path = limn.joint_path(take.people[0], "left_wrist")  # (frames, 3), metres, z up
    limn.export(take, "dance.bvh", person=take.people[0])

Everything here is an attribute of the package too; numpy, OpenCV and the networks' runtime come
with the first call that needs them. Whatever goes wrong is a LimnError, whose text is a sentence
for people. Where a function takes a take, the path of its file will do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from .core.data.errors import (
    Cancelled,
    ClipError,
    DownloadError,
    LimnError,
    ModelError,
    NoPersonError,
    OutputError,
    RigError,
    SettingsError,
    TakeError,
)
from .core.data.settings import KEYPOINTS_ONLY, Settings

if TYPE_CHECKING:
    from .core.data.arrays import F64
    from .core.data.observations import GivenCamera
    from .core.data.take_file import load_take as load
    from .core.data.take_file import save_take as save
    from .core.data.types import Camera, FrameSource, Person, Progress, Take
    from .core.depth.maps import DepthModel
    from .core.geometry.kinematics import joint_path
    from .core.pipeline.films.film import KnownFilm
    from .core.pipeline.job import Job, Written
    from .core.pipeline.networks import Networks
    from .core.pipeline.solve_again import settings_of
    from .imports import import_motion
    from .media.footage import open_clip, open_clip_of
    from .models.networks.depth import open_depth
    from .scene.child_blender import Waiting
    from .scene.headless import build, check_build, retarget

    Clips = Sequence["FilePath | FrameSource"]
    __version__: str

__all__ = [
    "Camera", "Cancelled", "ClipError", "DownloadError", "Job", "KnownFilm", "LimnError",
    "ModelError", "Networks", "NoPersonError", "OutputError", "Person", "Progress", "RigError",
    "Settings", "SettingsError", "Take", "TakeError", "Written", "__version__", "build",
    "check_build", "estimate", "estimate_job", "export", "import_motion", "joint_path", "load",
    "open_clip", "open_clip_of", "open_depth", "open_networks", "preview", "preview_job",
    "retarget", "save", "settings_of", "solve", "solve_job",
]  # fmt: skip

_LATE: Final = {
    "Camera": "core.data.types:Camera",
    "Job": "core.pipeline.job:Job",
    "KnownFilm": "core.pipeline.films.film:KnownFilm",
    "Networks": "core.pipeline.networks:Networks",
    "Person": "core.data.types:Person",
    "Progress": "core.data.types:Progress",
    "Take": "core.data.types:Take",
    "Written": "core.pipeline.job:Written",
    "build": "scene.headless:build",
    "check_build": "scene.headless:check_build",
    "import_motion": "imports:import_motion",
    "joint_path": "core.geometry.kinematics:joint_path",
    "load": "core.data.take_file:load_take",
    "open_clip": "media.footage:open_clip",
    "open_clip_of": "media.footage:open_clip_of",
    "open_depth": "models.networks.depth:open_depth",
    "retarget": "scene.headless:retarget",
    "save": "core.data.take_file:save_take",
    "settings_of": "core.pipeline.solve_again:settings_of",
}
"""What is imported when it is first asked for, as numpy comes with it."""

FilePath = str | Path
Tell = Callable[["Progress"], object]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    from importlib import import_module

    if name == "__version__":
        import tomllib

        manifest = Path(__file__).with_name("blender_manifest.toml")
        return tomllib.loads(manifest.read_text("utf-8"))["version"]
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _LATE[name].partition(":")
    return getattr(import_module(f".{module}", __package__), attribute)


def open_networks(settings: Settings | None = None) -> Networks:
    """Find the networks of ``settings``, to be used for any number of clips.

    Nothing is loaded yet: a network opens at its first use. Networks of the user's run in processes
    of their own, which end with the object. Raises ModelError and SettingsError.
    """
    from .core.pipeline.networks import Networks
    from .media.background import OpenCVBackground
    from .media.reading.sound import read_sound
    from .media.scene_finder import OpenCVScene
    from .models.closeups import open_closeups
    from .models.devices import Device
    from .models.estimators import MOVENET, open_named
    from .models.networks.depth import open_depth
    from .models.networks.lifter import open_lifter

    settings = settings or Settings()
    device = Device(settings.device)
    is_plain = settings.estimator in KEYPOINTS_ONLY
    eyes = open_named(MOVENET if is_plain else settings.estimator, settings.quality, device=device)
    asked = settings.depth_model, settings.depth_input
    depth = open_depth(*asked, device=device) if settings.depth_model else None
    parts = open_closeups(settings, device)
    seeing = OpenCVScene, parts[0], OpenCVBackground, device.sentences, read_sound, None
    return Networks(*eyes, open_lifter(), depth, *seeing, *parts[1:])


def estimate(
    clip: FilePath | FrameSource | Clips,
    settings: Settings | None = None,
    *,
    camera: Camera | GivenCamera | Sequence[KnownFilm] | None = None,
    networks: Networks | None = None,
    progress: Tell | None = None,
) -> Take:
    """Estimate everybody's motion in a clip, a path or what ``open_clip`` opened, or in several, of
    one scene filmed at once: one take with the times of the first.

    ``camera`` gives intrinsics that are known, or a ``KnownFilm`` of every clip; ``networks`` those
    of an earlier clip of the same settings; ``progress`` is called with every step. Raises
    ClipError, NoPersonError, ModelError and SettingsError.
    """
    return estimate_job(clip, settings, camera=camera, networks=networks).run(progress)


def estimate_job(
    clip: FilePath | FrameSource | Clips,
    settings: Settings | None = None,
    *,
    camera: Camera | GivenCamera | Sequence[KnownFilm] | None = None,
    networks: Networks | None = None,
) -> Job[Take]:
    """``estimate``, step by step: iterate over the job for its progress, then read ``result``."""
    from .core.pipeline.estimate import estimate_together
    from .core.pipeline.films.film import known_films
    from .core.pipeline.job import Job
    from .media.footage import open_clip
    from .media.opencv import on_own_threads

    settings = settings or Settings()
    clips = cast("Clips", clip if isinstance(clip, list | tuple) else [clip])
    sources = [open_clip(one) if isinstance(one, str | Path) else one for one in clips]
    known, networks = known_films(camera, len(sources)), networks or open_networks(settings)
    return Job(on_own_threads(estimate_together(sources, networks, settings, known)))


def solve(
    take: Take | FilePath,
    settings: Settings | None = None,
    *,
    contacts: FilePath | Mapping[int, F64] | None = None,
    networks: Networks | None = None,
    progress: Tell | None = None,
) -> Take:
    """Solve a take again from what the networks saw, with other settings (None: the take's own).

    ``contacts`` are those of feet set by hand: a JSON file as docs/guide/take.md tells, or values
    (t, 2) in [0, 1] of left and right foot by person's index, from the first of their frames to
    the last. Raises TakeError when the take was saved without what the networks saw.
    """
    return solve_job(take, settings, contacts=contacts, networks=networks).run(progress)


def solve_job(
    take: Take | FilePath,
    settings: Settings | None = None,
    *,
    contacts: FilePath | Mapping[int, F64] | None = None,
    networks: Networks | None = None,
) -> Job[Take]:
    """``solve``, step by step."""
    from .core.pipeline.job import Job
    from .core.pipeline.solve_again import read_contact_edits, settings_of, solve_again
    from .models.networks.lifter import open_lifter

    take = _taken(take)
    if isinstance(contacts, str | Path):
        contacts = read_contact_edits(Path(contacts), take)
    lifter = open_lifter() if networks is None else networks.lifter
    return Job(solve_again(take, settings or settings_of(take), contacts, lifter))


def export(
    take: Take | FilePath,
    path: FilePath,
    *,
    person: Person | str | None = None,
    first_frame: int | None = None,
    last_frame: int | None = None,
    space: str = "world",
    smplx: FilePath | None = None,
    gender: str = "neutral",
    still: bool = False,
    blender: str | None = None,
    waiting: Waiting | None = None,
) -> Written:
    """Write a take for another program, the format by the suffix of ``path``.

    * ``person``: one of the take's people, or their name; None: everybody;
    * ``first_frame``, ``last_frame``: a stretch, in frames of the clip;
    * ``space``: "world" or "camera", for formats that know both;
    * ``smplx``: the user's own SMPL-X .npz, or the folder of them of which ``gender`` chooses, as
      everybody's body;
    * ``still``: for .glb, bodies that stand still, one file a frame;
    * ``blender``: the Blender executable for formats that only Blender writes, where this Python
      has no bpy module; ``waiting`` is called for a context for the time it runs.

    Raises OutputError for what the format can't say, and where nothing can be written.
    """
    from .core.bodies.smplx_model import find_smplx, load_smplx
    from .core.editing.trimming import frames_between
    from .core.formats.table import check_asked, export_take, format_of
    from .core.pipeline.job import Written
    from .scene.headless import export_by_blender

    path, taken = Path(path), _taken(take)
    who = person if isinstance(person, str | None) else person.name
    frames = frames_between(taken, first_frame, last_frame)
    row = format_of(path)
    check_asked(row, space, has_smplx=smplx is not None, still=still)
    if row.blender_writes(still=still):
        file = None if smplx is None else find_smplx(smplx, gender)
        return export_by_blender(take, path, who, frames, file, blender, waiting)
    model = None if smplx is None else load_smplx(smplx, gender)
    return Written(tuple(export_take(taken, path, who, frames, model, space)))


def preview(
    take: Take | FilePath,
    path: FilePath,
    *,
    clip: FilePath | FrameSource | None = None,
    style: str = "overlay",
    with_bodies: bool = False,
    depth: DepthModel | None = None,
    progress: Tell | None = None,
) -> Path:
    """Draw a take over its footage, beside a turning view: an .mp4, a .gif or a .png.

    ``clip`` is the footage if it moved; ``style`` is "overlay" or "gallery"; ``with_bodies`` draws
    bodies instead of skeletons; ``depth`` puts the map of a network (``open_depth``) in the
    footage's place. Raises ClipError and OutputError.
    """
    job = preview_job(take, path, clip=clip, style=style, with_bodies=with_bodies, depth=depth)
    return job.run(progress)


def preview_job(
    take: Take | FilePath,
    path: FilePath,
    *,
    clip: FilePath | FrameSource | None = None,
    style: str = "overlay",
    with_bodies: bool = False,
    depth: DepthModel | None = None,
) -> Job[Path]:
    """``preview``, step by step."""
    from .core.pipeline.job import Job
    from .media.drawing.depth_view import render_depth_preview
    from .media.drawing.preview import render_preview
    from .media.footage import open_clip_of

    taken = _taken(take)
    source = open_clip_of(taken, clip) if isinstance(clip, str | Path | None) else clip
    shown = taken, source, path
    if depth is None:
        steps = render_preview(*shown, style=style, with_bodies=with_bodies)
    else:
        steps = render_depth_preview(*shown, depth, style=style, with_bodies=with_bodies)
    return Job(steps)


def _taken(take: Take | FilePath) -> Take:
    from .core.data.take_file import load_take

    return load_take(take) if isinstance(take, str | Path) else take
