"""What else a batch makes of each take: scenes, previews, files for other programs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...core.data.errors import LimnError, SettingsError
from ...core.data.safe_text import showable
from ...core.data.take_file import load_take
from ...core.formats import table
from ...interpreter import python_command

_PREVIEWS: Final = (".mp4", ".gif", ".png")
_BLENDERS: Final = {row.suffix for row in table.FORMATS if row.blender_writes()}
_MOST_OF_LAST_WORDS: Final = 300


def check_suffixes(suffixes: Sequence[str]) -> None:
    """Raise SettingsError for a suffix that nothing writes."""
    known = [".blend", *_PREVIEWS, *(row.suffix for row in table.FORMATS)]
    for suffix in suffixes:
        if suffix not in known:
            raise SettingsError(f"Nothing writes {suffix}; --also takes {', '.join(known)}.")


def make_further(
    take_file: Path, suffixes: Sequence[str], blender: str | None = None
) -> tuple[list[str], list[str]]:
    """Write what is missing or older than the take: (files, sentences of what failed).

    What only Blender writes is written by the executable ``blender``, if it is given.
    Each is made by a process of its own, so that whatever ends it costs that file alone.
    """
    files: list[str] = []
    failed: list[str] = []
    for suffix in suffixes:
        of_blender = suffix == ".blend" or suffix in _BLENDERS
        by_it = ["--blender", blender] if blender is not None and of_blender else []
        for output, words in _commands(take_file, suffix):
            if not _is_newer(output, take_file):
                try:
                    _run([*words, *by_it])
                except LimnError as error:
                    failed.append(f"{output.name}: {error}")
                    continue
            files.append(str(output))
    return files, failed


def _commands(take_file: Path, suffix: str) -> list[tuple[Path, list[str]]]:
    stem = take_file.name.removesuffix(".npz").removesuffix(".take")
    output = take_file.with_name(stem + suffix)
    if suffix == ".blend":
        return [(output, ["build", str(take_file), "-o", str(output)])]
    if suffix in _PREVIEWS:
        if _is_beside_clip(take_file):
            output = take_file.with_name(f"{stem}.preview{suffix}")
        return [(output, ["preview", str(take_file), "-o", str(output)])]
    export = ["export", str(take_file), "--to"]
    people = len(load_take(take_file).people)
    if not table.format_of(output).one_person or people < 2:
        return [(output, [*export, str(output)])]
    each = [take_file.with_name(f"{stem}.{n}{suffix}") for n in range(1, people + 1)]
    return [(one, [*export, str(one), "--person", str(n)]) for n, one in enumerate(each, 1)]


def _is_beside_clip(take_file: Path) -> bool:
    """Whether takes lie among the clips, any of which a preview may be called like."""
    clip = Path(load_take(take_file).clip.path)
    try:
        return os.path.samefile(clip.parent, take_file.parent)
    except OSError:
        return False


def _is_newer(output: Path, take_file: Path) -> bool:
    try:
        return os.path.getmtime(output) >= os.path.getmtime(take_file)
    except OSError:
        return False


def _run(words: Sequence[str]) -> None:
    ended = subprocess.run(
        python_command("cli.__main__", words),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if ended.returncode:
        said = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise LimnError(showable(said.removeprefix("limn: "), _MOST_OF_LAST_WORDS))
