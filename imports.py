"""Other tools' motion from Python: their files in, takes out.

take = limn.import_motion("openpose_output", limn.ImportSettings(size_px=(1920, 1080), fps=25))
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.bodies.smplx_model import SmplxModel
    from .core.data.types import ClipInfo, Take
    from .core.importing.as_take import ImportSettings
    from .core.pipeline.job import Job


def import_motion(
    path: str | Path,
    settings: ImportSettings | None = None,
    *,
    clip: ClipInfo | None = None,
    up: str = "auto",
    model: SmplxModel | None = None,
) -> Take:
    """Another tool's motion, or the keypoints that it found in pictures, as a take.

    * ``path``: a file, or a folder of keypoints with a file a frame;
    * ``clip``: facts of the footage that it was made from;
    * ``up``: the axis of the file's world that points up, or "auto"; ``model``: the user's SMPL-X.

    Raises TakeError for files that hold nothing of the kind, SettingsError and NoPersonError.
    """
    return import_job(path, settings, clip=clip, up=up, model=model).run()


def import_job(
    path: str | Path,
    settings: ImportSettings | None = None,
    *,
    clip: ClipInfo | None = None,
    up: str = "auto",
    model: SmplxModel | None = None,
) -> Job[Take]:
    """``import_motion``, step by step: iterate over the job for its progress, then ``result``."""
    from .core.importing.as_take import ImportSettings
    from .core.pipeline.foreign.importing import import_file
    from .core.pipeline.job import Job
    from .models.networks.lifter import open_lifter

    asked, lifter = settings or ImportSettings(), open_lifter()
    return Job(import_file(path, asked, clip=clip, up=up, model=model, lifter=lifter))
