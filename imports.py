"""Other tools' motion from Python: their files in, takes out.

take = limn.import_motion("openpose_output", limn.ImportSettings(size_px=(1920, 1080), fps=25))
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.bodies.smplx_model import SmplxModel
    from .core.data.settings import Settings
    from .core.data.types import ClipInfo, FrameSource, Take
    from .core.importing.as_take import ImportSettings
    from .core.pipeline.job import Job
    from .core.pipeline.networks import Networks
    from .scene.child_blender import Waiting


def import_motion(
    path: str | Path,
    settings: ImportSettings | None = None,
    *,
    clip: ClipInfo | None = None,
    up: str = "auto",
    model: SmplxModel | None = None,
    footage: str | Path | FrameSource | None = None,
    look: Settings | None = None,
) -> Take:
    """Another tool's motion, or the keypoints that it found in pictures, as a take.

    * ``path``: a file, or a folder of keypoints with a file a frame;
    * ``clip``: facts of the footage that it was made from;
    * ``up``: the axis of the file's world that points up, or "auto"; ``model``: the user's SMPL-X;
    * ``footage`` with ``look``: the clip itself, at which Limn's own networks look too, as these
      settings say: what the file tells is evidence beside theirs.

    Raises TakeError for files that hold nothing of the kind, SettingsError, NoPersonError and
    ClipError.
    """
    job = import_job(path, settings, clip=clip, up=up, model=model, footage=footage, look=look)
    return job.run()


def import_job(
    path: str | Path,
    settings: ImportSettings | None = None,
    *,
    clip: ClipInfo | None = None,
    up: str = "auto",
    model: SmplxModel | None = None,
    footage: str | Path | FrameSource | None = None,
    look: Settings | None = None,
    networks: Networks | None = None,
) -> Job[Take]:
    """``import_motion``, step by step: iterate over the job for its progress, then ``result``.

    ``networks`` are those of an earlier clip of the same ``look``.
    """
    from .api import open_networks
    from .core.importing.as_take import ImportSettings
    from .core.pipeline.foreign.beside import Looking
    from .core.pipeline.foreign.importing import import_file
    from .core.pipeline.job import Job
    from .media.footage import open_clip
    from .media.opencv import on_own_threads
    from .models.networks.lifter import open_lifter

    asked, looking = settings or ImportSettings(), None
    if look is not None and footage is not None:
        source = open_clip(footage) if isinstance(footage, str | Path) else footage
        clip = source.info
        looking = Looking(source, networks or open_networks(look), look)
    steps = import_file(
        path, asked, clip=clip, up=up, model=model, lifter=open_lifter(), looking=looking
    )
    return Job(steps if looking is None else on_own_threads(steps))


def sample(
    blend: str | Path,
    path: str | Path,
    *,
    armature: str | None = None,
    blender: str | None = None,
    waiting: Waiting | None = None,
) -> None:
    """Write what an armature of a .blend file does to ``path``, an .npz for ``import_motion``.

    ``armature`` is its name (None: the only one); ``blender`` the executable where this Python has
    no bpy module; ``waiting`` is called for a context for the time it runs. Raises RigError,
    SettingsError and LimnError.
    """
    from .scene import headless

    headless.sample(blend, path, armature=armature, blender=blender, waiting=waiting)
