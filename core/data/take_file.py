"""Reading and writing takes: one ``.npz`` of numbers and JSON text, never pickles.

Layout of version 1, documented field by field in docs/take.md:

* ``header``: JSON text with format, version, clip, settings, report, warnings, people's names;
* ``time_s``, ``source_frame``, ``cuts``, ``T_world_shots``;
* ``camera.K``, ``camera.dist``, ``camera.T_world_camera``, ``camera.turns``;
* ``person_<i>.<field>`` for every array field of ``Person``;
* ``track_<i>.<field>`` and ``track_<i>.<network>.<field>``, ``depth_grid``, ``lines``, ``turns``:
  what was seen.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from . import take_layout as layout
from .errors import TakeError
from .observations import Observed, PassObservations, TrackObservations
from .reading import NpzArchive, open_npz, parse_json, refusing
from .reading.fields import Sizes, read_fields
from .reading.json_fields import whole
from .types import Camera, Person, Take
from .writing import write_npz

VERSION: Final = 1
FORMAT: Final = "limn-take"
_PASS_ARRAYS: Final = tuple(f.name for f in fields(PassObservations))
_OPTIONAL_ARRAYS: Final = ("colours", "depth")
_TRACK_ARRAYS: Final = tuple(
    f.name for f in fields(TrackObservations) if f.name not in ("passes", *_OPTIONAL_ARRAYS)
)
_ARRAYS: Final = tuple(f.name for f in fields(Person) if f.name not in ("name", "height_m"))


def save_take(take: Take, path: str | Path) -> None:
    """Write ``take`` to ``path``; an earlier file stays until the new one is whole.

    Raises OutputError when the folder is missing, read-only or full.
    """
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "clip": asdict(take.clip),
        "camera": {"size_px": take.camera.size_px, "focal_doubt": take.camera.focal_doubt},
        "people": [{"name": p.name, "height_m": p.height_m} for p in take.people],
        "settings": take.settings,
        "report": take.report,
        "warnings": list(take.warnings),
    }
    arrays: dict[str, Any] = {
        "time_s": take.time_s,
        "source_frame": take.source_frame,
        "cuts": take.cuts,
        "T_world_shots": take.T_world_shots,
        "camera.turns": take.turns,
        "camera.K": take.camera.K,
        "camera.dist": take.camera.dist,
        "camera.T_world_camera": take.camera.T_world_camera,
    }
    for i, person in enumerate(take.people):
        arrays |= {f"person_{i}.{name}": getattr(person, name) for name in _ARRAYS}
    if take.observed is not None:
        header["tracks"] = [sorted(track.passes) for track in take.observed.tracks]
        arrays |= _track_arrays(take.observed)
    arrays["header"] = np.array(json.dumps(header))
    write_npz(path, arrays)


def load_take(path: str | Path) -> Take:
    """Read a take. Raises TakeError with one sentence for any file that isn't a whole take."""
    with refusing(path, "the take", "not a Limn take", TakeError), open_npz(path) as archive:
        if "header" not in archive:
            raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
        header = parse_json(archive.text("header", layout.MOST_HEADER), layout.MOST_HEADER)
        _check_version(header, path)
        return _take_from(header, archive)


def _track_arrays(seen: Observed) -> dict[str, Any]:
    clipwide = {"depth_grid": seen.depth_grid, "lines": seen.lines, "turns": seen.turns}
    out: dict[str, Any] = {name: v for name, v in clipwide.items() if v is not None}
    for i, track in enumerate(seen.tracks):
        out |= {f"track_{i}.{name}": getattr(track, name) for name in _TRACK_ARRAYS}
        given = {name: getattr(track, name) for name in _OPTIONAL_ARRAYS}
        out |= {f"track_{i}.{name}": v for name, v in given.items() if v is not None}
        for name, one in track.passes.items():
            out |= {f"track_{i}.{name}.{field}": getattr(one, field) for field in _PASS_ARRAYS}
    return out


def _check_version(header: Any, path: str | Path) -> None:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
    version = whole(header.get("version"), "version", 1, 1_000_000)
    if version > VERSION:
        raise TakeError(
            f"{path} was written by a newer Limn (take version {version}, this one "
            f"reads up to {VERSION}); update Limn to open it."
        )


def _take_from(header: dict[str, Any], archive: NpzArchive) -> Take:
    clip, (size_px, focal_doubt) = layout.clip_of(header), layout.camera_facts(header)
    entries = layout.people_of(header)
    passes = layout.passes_of(header, len(entries))
    sizes: Sizes = {}
    arrays = read_fields(archive, "", layout.CLIP_ARRAYS, sizes, layout.MOST)
    layout.check_clip_arrays(arrays)
    return Take(
        clip=clip,
        camera=Camera(
            K=arrays["camera.K"],
            dist=arrays["camera.dist"],
            T_world_camera=arrays["camera.T_world_camera"],
            size_px=size_px,
            focal_doubt=focal_doubt,
        ),
        time_s=arrays["time_s"],
        source_frame=arrays["source_frame"],
        cuts=arrays["cuts"],
        T_world_shots=arrays["T_world_shots"],
        turns=arrays.get("camera.turns", np.zeros((0, 3), np.float32)),
        people=tuple(
            _person_from(archive, i, entry, sizes["T"]) for i, entry in enumerate(entries)
        ),
        settings=layout.settings_in(header),
        report=layout.report_in(header),
        warnings=layout.warnings_in(header),
        observed=None if passes is None else _observed_from(archive, passes, arrays, sizes),
    )


def _person_from(archive: NpzArchive, i: int, entry: tuple[str, float], frames: int) -> Person:
    arrays = read_fields(archive, f"person_{i}.", layout.PERSON_ARRAYS, {}, layout.MOST)
    layout.check_person_arrays(arrays, i, frames)
    name, height_m = entry
    return Person(name=name, height_m=height_m, **arrays)


def _observed_from(
    archive: NpzArchive, passes: list[list[str]], clip: dict[str, Any], sizes: Sizes
) -> Observed:
    seen = read_fields(archive, "", layout.OBSERVED_ARRAYS, sizes, layout.MOST)
    if "lines" in seen:
        layout.check_lines(seen["lines"], sizes["T"])
    return Observed(
        time_s=clip["time_s"],
        source_frame=clip["source_frame"],
        tracks=tuple(_track_from(archive, i, p, sizes["T"]) for i, p in enumerate(passes)),
        cuts=clip["cuts"],
        depth_grid=seen.get("depth_grid"),
        lines=seen.get("lines"),
        turns=seen.get("turns"),
    )


def _track_from(archive: NpzArchive, i: int, passes: list[str], frames: int) -> TrackObservations:
    sizes: Sizes = {}
    arrays = read_fields(archive, f"track_{i}.", layout.TRACK_ARRAYS, sizes, layout.MOST)
    layout.check_track_arrays(arrays, i, frames)
    return TrackObservations(
        **{name: arrays.get(name) for name in (*_TRACK_ARRAYS, *_OPTIONAL_ARRAYS)},  # type: ignore[arg-type]
        passes={
            name: PassObservations(
                **read_fields(archive, f"track_{i}.{name}.", layout.PASS_ARRAYS, sizes, layout.MOST)
            )
            for name in passes
        },
    )
