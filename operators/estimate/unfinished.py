"""What a run saw before it was cancelled or crashed: kept in Limn's own folder, gone on from later.

A run of the same clip takes what is there (see ``core/pipeline/keeping``) and removes it when its
take is written.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import bpy

from ...core.pipeline.keeping.part_file import parts_in, remove_parts
from ...core.pipeline.request import Request
from ..models.model_list import PACKAGE
from ..settings.props import LIMN_PG_settings
from .request import clip_of, why_not

_FOLDER: Final = "unfinished"
_LONGEST_NAME: Final = 40
_KEPT_DAYS: Final = 30.0
"""What nobody has gone on with for so long is removed."""


def parts_folder(clip: Path) -> Path:
    """Where what was seen of ``clip`` is kept."""
    whole = os.path.normcase(os.path.abspath(clip))
    digest = hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    return _home() / f"{clip.stem[:_LONGEST_NAME].strip('. ') or 'clip'}-{digest[:12]}"


def going_on(request: Request, clip: Path) -> Request:
    """``request``, to go on with what is there of ``clip`` and to keep what it sees."""
    _home(create=True)
    _forget_old()
    return replace(request, options={**request.options, "parts": str(parts_folder(clip))})


def is_begun(settings: LIMN_PG_settings) -> bool:
    """Whether a run of the chosen clip can go on where another ended."""
    return not why_not(settings) and bool(parts_in(parts_folder(clip_of(settings))))


def _forget_old() -> None:
    """Remove what nobody has gone on with."""
    oldest_s = time.time() - _KEPT_DAYS * 24 * 3600
    with suppress(OSError):
        for folder in list(_home().iterdir()):
            times = [part.path.stat().st_mtime for part in parts_in(folder)]
            if times and max(times) < oldest_s:
                remove_parts(folder)


def _home(*, create: bool = False) -> Path:
    return Path(bpy.utils.extension_path_user(PACKAGE, path=_FOLDER, create=create))
