"""Parts of a clip: what networks answered, kept in a folder while its take is being made."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from ... import api
from ...core.data.errors import Cancelled, ClipError, LimnError, NoPersonError
from ...core.data.footage.numbered import is_pattern
from ...core.data.settings import Settings
from ...core.pipeline.keeping.memory import Memory
from ...core.pipeline.keeping.others import Others
from ...core.pipeline.keeping.part_file import parts_in, remove_parts
from ...core.pipeline.networks import Networks
from ...models.estimators import SHIPPED
from ...models.user.library import Library, default_folder
from ..cancelling import Cancellation


def add_parts(parser: argparse.ArgumentParser) -> None:
    """Add ``--parts``."""
    parser.add_argument(
        "--parts",
        type=Path,
        metavar="DIR",
        help="with -o: keep there what the networks see while they look, so that a run that is "
        "cancelled or killed goes on where it was when it is started again; removed with the take "
        "written",
    )


def made_by(settings: Settings) -> str:
    """A name for the networks of ``settings`` and this Limn, which answer alike everywhere."""
    told = [api.__version__, settings.estimator, settings.quality]
    if settings.estimator not in SHIPPED:
        told.append(_digest(Library(default_folder()).path_of(settings.estimator)))
    return json.dumps(told)


@cache
def _digest(network: Path) -> str:
    try:
        with open(network, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""  # whoever opens it says why


def remembering(
    networks: Networks, settings: Settings, folder: Path | None, others: Others | None = None
) -> Networks:
    """``networks`` whose answers are kept in ``folder``, if there is one; ``others`` look at
    stretches of the clip meanwhile."""
    if folder is None:
        return networks
    name = made_by(settings)
    return replace(networks, memory=lambda: Memory(folder, name, others=others))


@contextmanager
def kept(folder: Path | None, cancellation: Cancellation, clips: Sequence[Path]) -> Iterator[None]:
    """What the block observes of ``clips`` is removed when it ends well, or by what they hold, and
    so would again; it is told of when the run is cancelled, and kept whatever else ends it, such as
    a full disk or clips that are away."""
    try:
        yield
    except (KeyboardInterrupt, LimnError) as error:
        if cancellation.is_requested and folder is not None and parts_in(folder):
            raise Cancelled(
                f"Cancelled; what was seen until then is kept in {folder}, and the same run goes "
                "on from there."
            ) from None
        is_by_clip = isinstance(error, (NoPersonError, ClipError)) and all(map(_is_there, clips))
        if is_by_clip and folder is not None:
            remove_parts(folder)
        raise
    if folder is not None:
        remove_parts(folder)


def _is_there(clip: Path) -> bool:
    return clip.parent.is_dir() if is_pattern(clip) else clip.exists()
