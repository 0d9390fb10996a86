"""Numbered pictures: where in time the number in a name puts each.

Numbers may be negative, as of frames before a scene's first. A dash is a sign only where nothing
else can be meant, since people put dashes before numbers too.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PICTURE_SUFFIXES: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".avif", ".jp2"),
        *(".ppm", ".pgm", ".exr", ".dpx", ".hdr", ".tga", ".sgi", ".rgb", ".qoi"),
    )
)
"""Of names of photos and of pictures that make a clip."""

_PLACEHOLDER: Final = re.compile(r"#+|%0?(\d*)d")
_NUMBER: Final = re.compile(r"\d+(?=\D*$)")
"""A name's last number."""
_SIGNED: Final = re.compile(r"-?\d+(?=\D*$)")
_SURELY_SIGNED: Final = re.compile(r"(?:^|[_.])-\d+\D*$")
"""A dash that begins the name or follows an underscore or a dot: -0010, shot_-0010."""
_SPARSEST: Final = 2
"""A sequence with more places than this for each picture is none; by hand."""
_FEWEST: Final = 3
"""Pictures of a sequence, for others to run beside it; by hand."""
_RICHER: Final = 1.5
"""A sequence as long, of files as many times as large, shows more: no mask, no depth; by hand."""
_PASS: Final = re.compile(
    r"(?:^|[\W_])(?:mask|matte|alpha|depth|normals?|zdepth|flow|segm?(?:entation)?|crypto\w*)"
    r"(?=[\W_\d]|$)",
    re.IGNORECASE,
)
"""A name of what belongs to a picture, and is none to look at."""


@dataclass(frozen=True, slots=True)
class NumberedPicture:
    """A picture of a sequence and its place in time, frames from the first one's 0.

    ``number`` is what its name says, None where it has no number.
    """

    place: int
    number: int | None
    path: Path


def is_pattern(path: Path) -> bool:
    """Whether the name stands for numbered pictures: ``shot_####.png`` or ``shot_%04d.png``."""
    return _PLACEHOLDER.search(path.name) is not None


def of_folder(files: Sequence[Path]) -> list[NumberedPicture]:
    """The pictures of a folder in order: a missing number leaves a gap.

    Names that differ in more than one number, or numbers of which most are missing, as in a folder
    of photos, are counted one by one. Of sequences that run side by side the longest is taken,
    of those as long one that is no mask or pass by its name, then that of larger files, then the
    first by name.
    """
    files, _ = _apart(files)
    number = _SIGNED if _have_signs(files) else _NUMBER
    files = sorted(files, key=lambda file: _natural_key(file, number))
    names = [number.search(file.stem) for file in files]
    rests = {number.sub("#", file.stem) for file in files}
    told = [int(match[0]) if match else None for match in names]
    numbers = [one for one in told if one is not None]
    places = list(range(len(files)))
    if len(rests) == 1 and len(set(numbers)) == len(files) > 1:
        stride = math.gcd(*(one - numbers[0] for one in numbers))
        by_number = [(one - numbers[0]) // stride for one in numbers]
        if by_number[-1] + 1 <= _SPARSEST * len(files):
            places = by_number
    return [NumberedPicture(*one) for one in zip(places, told, files, strict=True)]


def patterns_beside(files: Sequence[Path]) -> list[str]:
    """Patterns of a folder's sequences: first of what ``of_folder`` takes, then of those beside it
    (two cameras, passes of a render, JPEGs beside the same in PNG); none where nothing is left
    out."""
    _, groups = _apart(files)
    return [_pattern_of(group) for group in groups]


def _pattern_of(group: Sequence[Path]) -> str:
    number = _SIGNED if _have_signs(group) else _NUMBER
    place = number.sub(lambda match: "#" * len(match[0].lstrip("-")), group[0].stem)
    return place + group[0].suffix


def _apart(files: Sequence[Path]) -> tuple[list[Path], list[list[Path]]]:
    """The files without those of sequences beside the longest one, and all of these sequences, the
    longest first; none where nothing is left out."""
    groups: defaultdict[tuple[str, str], dict[str, Path]] = defaultdict(dict)
    alike: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for file in sorted(files, key=lambda file: _natural_key(file, _NUMBER)):
        alike[_SIGNED.sub("#", file.stem), file.suffix.lower()].append(file)
    for several in alike.values():
        number = _SIGNED if _have_signs(several) else _NUMBER
        for file in sorted(several, key=lambda file: _natural_key(file, number)):
            if match := number.search(file.stem):
                groups[number.sub("#", file.stem), file.suffix.lower()][match[0]] = file
    longest = dict[str, Path]()
    for group in groups.values():
        if not longest or _is_rather_meant(group, longest):
            longest = group
    beside = [
        list(group.values())
        for group in groups.values()
        if group is not longest
        and len(group) >= _FEWEST
        and 2 * len(group.keys() & longest.keys()) > len(group)
    ]
    left_out = {file for group in beside for file in group}
    kept = [file for file in files if file not in left_out]
    return kept, [list(longest.values()), *beside] if beside else []


def _is_rather_meant(group: dict[str, Path], other: dict[str, Path]) -> bool:
    """Whether somebody who chose a folder of both sequences means ``group``: what is longer, no
    mask by its name, or richer."""
    if len(group) != len(other):
        return len(group) > len(other)
    passes = [_PASS.search(next(iter(one.values())).stem) is not None for one in (group, other)]
    if passes[0] != passes[1]:
        return passes[1]
    return _bytes_of(group) > _RICHER * _bytes_of(other)


def _bytes_of(group: dict[str, Path]) -> int:
    """The size of a sequence's first file."""
    first = next(iter(group.values()))
    try:
        return first.stat().st_size
    except OSError:
        return 0


def of_pattern(pattern: Path, files: Sequence[Path]) -> list[NumberedPicture]:
    """Those of ``files`` whose name fits, in order: a missing number leaves a gap."""
    place = next(_PLACEHOLDER.finditer(pattern.name))
    # Longer numbers than the pattern's are kept: frame 10000 follows 9999. Some programs count a
    # sign among the digits.
    width = len(place[0]) if place[0].startswith("#") else int(place[1] or 1)
    name = re.compile(
        re.escape(pattern.name[: place.start()])
        + rf"(\d{{{width},}}|-\d{{{max(width - 1, 1)},}})"
        + re.escape(pattern.name[place.end() :])
    )
    found = ((name.fullmatch(file.name), file) for file in files)
    numbers = sorted((int(match[1]), file) for match, file in found if match)
    return [NumberedPicture(number - numbers[0][0], number, file) for number, file in numbers]


def _have_signs(files: Sequence[Path]) -> bool:
    """Whether dashes before the numbers are signs: some names have none, or all of them begin with
    one or have a separator before it."""
    stems = [file.stem for file in files]
    if len({_SIGNED.sub("#", stem) for stem in stems}) != 1:
        return False
    dashed = [stem for stem in stems if (m := _SIGNED.search(stem)) and m[0].startswith("-")]
    if len(dashed) < len(stems):
        return bool(dashed)
    return all(_SURELY_SIGNED.search(stem) for stem in dashed)


def _natural_key(path: Path, number: re.Pattern[str]) -> list[tuple[int, str]]:
    last = number.search(path.stem)
    if number is _SIGNED and last is not None:
        return [(int(last[0]), "")]
    parts = re.split(r"(\d+)", path.name.lower())
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
