"""``limn info``: what a take holds, or how long and large a clip is."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from ... import api
from ...core.data.take_file import load_take
from ...core.data.types import ClipInfo
from ..cancelling import Cancellation
from ..outcome import as_text, describe
from ..reporting import Reporter


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn info``."""
    parser = commands.add_parser(
        "info",
        help="show what a take holds, or how long and large a clip is",
        description="Show what a take holds, or how long and large a clip is.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a .take.npz file, or a clip")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.set_defaults(execute=_info)


def _info(arguments: argparse.Namespace, reporter: Reporter, _cancellation: Cancellation) -> int:
    if _is_clip(arguments.file):
        info = api.open_clip(arguments.file).info
        told = clip_in_words(info)
        reporter.done({**_facts(info), "told": told}, told)
        return 0
    outcome = describe(load_take(arguments.file), arguments.file)
    reporter.done(outcome, as_text(outcome))
    return 0


def _is_clip(path: Path) -> bool:
    if path.suffix.lower() == ".npz":
        return False
    return bool(path.suffix) or os.path.exists(path)


def _facts(info: ClipInfo) -> dict[str, Any]:
    return {
        "clip": info.path,
        "frames": info.frame_count,
        "fps": round(info.fps, 3),
        "size_px": list(info.size_px),
        "is_still": info.is_still,
    }


def clip_in_words(info: ClipInfo) -> str:
    """How long and large a clip is, on a line: "102 frames, 4.1 s, 640 x 360, 25 fps"."""
    width, height = info.size_px
    size = f"{width} x {height}"
    if info.is_still:
        return f"photo, {size}"
    frames = info.frame_count
    words = [f"{frames} {'frame' if frames == 1 else 'frames'}"] if frames else []
    words += [_duration(frames / info.fps)] if frames and info.fps > 0 else []
    return ", ".join([*words, size, f"{info.fps:.4g} fps"])


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
