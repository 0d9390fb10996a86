"""Part files: what networks answered about a stretch of a clip, as an ``.npz`` of numbers.

``FIRST-LAST-NAME.part.npz`` in a folder, by the numbers of the stretch's frames in the clip. The
array ``header`` is JSON text with ``format``, ``version``, ``made_by`` (which networks, of which
Limn), ``item`` (whatever names a work item) and ``networks``, the names of those that answered;
the arrays of the k-th begin with ``k.``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from ...data.errors import ClipError, OutputError
from ...data.reading import open_npz, parse_json, refusing
from ...data.writing import write_npz
from .answers import AnswerTable, from_arrays

SUFFIX: Final = ".part.npz"
_NAME: Final = re.compile(r"([0-9]{1,12})-([0-9]{1,12})-([0-9a-z]{1,64})\.part\.npz")
_FORMAT: Final = "limn-part"
_VERSION: Final = 1  # of the layout
_MOST: Final = 1_000_000  # characters of a header


@dataclass(frozen=True, slots=True)
class PartName:
    """A part file and the frames of the clip, ``first`` to ``last``, that it is about."""

    path: Path
    first: int
    last: int


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What a part file holds: a table for each network by name."""

    made_by: str
    item: str
    tables: Mapping[str, AnswerTable]


def name_of(folder: Path, first: int, last: int, name: str) -> Path:
    """Where the part of those frames lies; ``name`` of small letters and digits tells twins."""
    return folder / f"{first:06d}-{last:06d}-{name}{SUFFIX}"


def parts_in(folder: Path) -> list[PartName]:
    """The part files in ``folder`` by their names, sorted; none where there is no such folder."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    found = [(name, _NAME.fullmatch(name)) for name in names]
    return [PartName(folder / name, int(m[1]), int(m[2])) for name, m in found if m]


def save_part(path: Path, part: Part) -> None:
    """Write a part file. Raises OutputError."""
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "made_by": part.made_by,
        "item": part.item,
        "networks": list(part.tables),
    }
    arrays: dict[str, Any] = {"header": np.array(json.dumps(header))}
    for k, table in enumerate(part.tables.values()):
        arrays |= {f"{k}.{name}": values for name, values in table.as_arrays().items()}
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"Can't write {path}: {error.strerror or error}.") from error
    write_npz(path, arrays, is_packed=False)


def load_part(path: Path) -> Part:
    """Read a part file. Raises ClipError, one sentence, for anything else."""
    with refusing(path, "the part", "no part of a clip", ClipError), open_npz(path) as archive:
        header = parse_json(archive.text("header", _MOST), _MOST)
        given = cast(dict[str, Any], header) if isinstance(header, dict) else {}
        if given.get("format") != _FORMAT or given.get("version") != _VERSION:
            raise ClipError(f"{path} is no part of a clip that this Limn reads.")
        tables: dict[str, AnswerTable] = {}
        for k, name in enumerate(given["networks"]):
            prefix = f"{k}."
            inside = [one for one in archive.names if one.startswith(prefix)]
            arrays = {one.removeprefix(prefix): archive.read_as(one, "fiu") for one in inside}
            tables[str(name)] = from_arrays(arrays)
        return Part(str(given["made_by"]), str(given["item"]), tables)


def is_part_of(path: Path, made_by: str, item: str) -> bool:
    """Whether ``path`` opens and is the part that such networks made of this work item."""
    try:
        part = load_part(path)
    except ClipError:
        return False
    return (part.made_by, part.item) == (made_by, item)


def remove_parts(folder: Path) -> None:
    """Remove the part files in ``folder``, and the folder if nothing else is in it."""
    for part in parts_in(folder):
        with suppress(OSError):
            part.path.unlink()
    with suppress(OSError):
        folder.rmdir()
