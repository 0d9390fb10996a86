"""Reading and writing takes: one ``.npz`` of numbers and JSON text, never pickles.

Layout of version 2, documented field by field in docs/take.md:

* ``header``: JSON text with format, version, clip, settings, report, warnings, people's names,
  skeletons and what every network's pass is worth;
* ``time_s``, ``source_frame``, ``cuts``, ``T_world_shots``;
* ``camera.K``, ``camera.dist``, ``camera.T_world_camera``, ``camera.turns``;
* ``person_<i>.<field>`` for every array field of ``Person``;
* ``track_<i>.<field>`` and ``track_<i>.<network>.<field>``, ``depth_grid``, ``lines``, ``turns``:
  what was seen.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np

from .errors import TakeError
from .observations import (
    PASS_ARRAYS,
    PER_FRAME,
    Observed,
    PassObservations,
    PassWorth,
    TrackObservations,
)
from .skeletons import BLAZEPOSE_SKELETON, COCO_SKELETON, Skeleton
from .types import FOCAL_DOUBT, Camera, ClipInfo, Person, Take
from .writing import write_npz

VERSION: Final = 2
_DAMAGES: Final = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    MemoryError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged archive ends in: wrong numbers, names, sizes, methods of compression."""
FORMAT: Final = "limn-take"
_OPTIONAL_ARRAYS: Final = ("colours", "depth")
_ARRAYS: Final = tuple(
    f.name for f in fields(Person) if f.name not in ("name", "height_m", "xy_skeleton")
)


def save_take(take: Take, path: str | Path) -> None:
    """Write ``take`` to ``path``; an earlier file stays until the new one is whole.

    Raises OutputError when the folder is missing, read-only or full.
    """
    skeletons: list[Skeleton] = []
    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "clip": asdict(take.clip),
        "camera": {"size_px": take.camera.size_px, "focal_doubt": take.camera.focal_doubt},
        "people": [
            {
                "name": person.name,
                "height_m": person.height_m,
                "skeleton": _listed(person.xy_skeleton, skeletons),
            }
            for person in take.people
        ],
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
        header["tracks"] = [_track_entry(track, skeletons) for track in take.observed.tracks]
        arrays |= _track_arrays(take.observed)
    header["skeletons"] = [asdict(skeleton) for skeleton in skeletons]
    arrays["header"] = np.array(json.dumps(header))
    write_npz(path, arrays)


def load_take(path: str | Path) -> Take:
    """Read a take. Raises TakeError with one sentence for any file that isn't a whole take."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            data = stream.read()
        with np.load(io.BytesIO(data), allow_pickle=False) as npz:
            if "header" not in npz:
                raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
            header = json.loads(str(npz["header"][()]))
            _check_version(header, path)
            return _take_from(header, {name: npz[name] for name in npz.files if name != "header"})
    except FileNotFoundError as error:
        raise TakeError(f"The take {path} does not exist.") from error
    except IsADirectoryError as error:
        raise TakeError(f"{path} is a folder, not a take.") from error
    except OSError as error:
        raise TakeError(f"Can't read the take {path}: {error.strerror or error}.") from error
    except _DAMAGES as error:
        raise TakeError(f"{path} is damaged or not a Limn take ({error}).") from error


def _track_arrays(seen: Observed) -> dict[str, Any]:
    clipwide = {"depth_grid": seen.depth_grid, "lines": seen.lines, "turns": seen.turns}
    out: dict[str, Any] = {name: v for name, v in clipwide.items() if v is not None}
    for i, track in enumerate(seen.tracks):
        out |= {f"track_{i}.{name}": getattr(track, name) for name in PER_FRAME}
        given = {name: getattr(track, name) for name in _OPTIONAL_ARRAYS}
        out |= {f"track_{i}.{name}": v for name, v in given.items() if v is not None}
        for name, one in track.passes.items():
            out |= {f"track_{i}.{name}.{field}": getattr(one, field) for field in PASS_ARRAYS}
    return out


def _listed(skeleton: Skeleton, skeletons: list[Skeleton]) -> int:
    """The place of ``skeleton`` in ``skeletons``, at whose end it is put if it isn't there."""
    if skeleton not in skeletons:
        skeletons.append(skeleton)
    return skeletons.index(skeleton)


def _track_entry(track: TrackObservations, skeletons: list[Skeleton]) -> dict[str, Any]:
    passes = {
        name: {**asdict(one.worth), "skeleton": _listed(one.skeleton, skeletons)}
        for name, one in track.passes.items()
    }
    return {"skeleton": _listed(track.detected_skeleton, skeletons), "passes": passes}


def _skeletons_from(header: dict[str, Any]) -> list[Skeleton]:
    return [
        Skeleton(
            tuple(str(name) for name in entry["names"]),
            tuple(int(parent) for parent in entry["parents"]),
            tuple(int(twin) for twin in entry["mirror"]),
        )
        for entry in header["skeletons"]
    ]


def _pass_from(
    arrays: dict[str, Any], prefix: str, entry: dict[str, Any] | None, skeletons: list[Skeleton]
) -> PassObservations:
    """A pass of version 2, or, without an ``entry``, of version 1."""
    given = {field: arrays[f"{prefix}.{field}"] for field in PASS_ARRAYS}
    if entry is None:
        name = prefix.partition(".")[2]
        has_3d = bool(given["xyz_m"].any())
        # Version 1 knew what a pass is worth by its name, and that it has no 3D by zeros.
        is_precise = name.startswith("heavy") or not has_3d
        worth = PassWorth(name.partition("_")[0], is_precise, has_3d)
        return PassObservations(**given, worth=worth, skeleton=BLAZEPOSE_SKELETON)
    worth = PassWorth(
        str(entry["network"]),
        bool(entry["is_precise"]),
        bool(entry["has_3d"]),
        float(entry["sigma_3d"]),
    )
    return PassObservations(**given, worth=worth, skeleton=skeletons[entry["skeleton"]])


def _tracks_from(
    header: dict[str, Any], arrays: dict[str, Any], skeletons: list[Skeleton]
) -> Observed | None:
    if "tracks" not in header:
        return None
    tracks = []
    for i, entry in enumerate(header["tracks"]):
        is_first = isinstance(entry, list)
        passes = dict.fromkeys(entry) if is_first else entry["passes"]
        tracks.append(
            TrackObservations(
                **{name: arrays[f"track_{i}.{name}"] for name in PER_FRAME},
                passes={
                    name: _pass_from(arrays, f"track_{i}.{name}", told, skeletons)
                    for name, told in passes.items()
                },
                colours=arrays.get(f"track_{i}.colours"),
                depth=arrays.get(f"track_{i}.depth"),
                detected_skeleton=COCO_SKELETON if is_first else skeletons[entry["skeleton"]],
            )
        )
    return Observed(
        arrays["time_s"],
        arrays["source_frame"],
        tuple(tracks),
        arrays["cuts"],
        arrays.get("depth_grid"),
        arrays.get("lines"),
        arrays.get("turns"),
    )


def _check_version(header: dict[str, Any], path: Path) -> None:
    if header.get("format") != FORMAT:
        raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
    if not isinstance(header.get("version"), int) or header["version"] > VERSION:
        raise TakeError(
            f"{path} was written by a newer Limn (take version {header.get('version')}, this one "
            f"reads up to {VERSION}); update Limn to open it."
        )


def _focal_doubt(camera: dict[str, Any]) -> float:
    """Earlier takes knew only whether the field of view was a guess."""
    return float(camera.get("focal_doubt", FOCAL_DOUBT if camera.get("is_estimated") else 0.0))


def _take_from(header: dict[str, Any], arrays: dict[str, Any]) -> Take:
    is_first = header["version"] < 2
    skeletons = [] if is_first else _skeletons_from(header)
    clip = dict(header["clip"])
    clip["size_px"] = tuple(clip["size_px"])
    camera = Camera(
        K=arrays["camera.K"],
        dist=arrays["camera.dist"],
        T_world_camera=arrays["camera.T_world_camera"],
        size_px=tuple(header["camera"]["size_px"]),
        focal_doubt=_focal_doubt(header["camera"]),
    )
    people = tuple(
        Person(
            name=str(entry["name"]),
            height_m=float(entry["height_m"]),
            xy_skeleton=BLAZEPOSE_SKELETON if is_first else skeletons[entry["skeleton"]],
            **{name: arrays[f"person_{i}.{name}"] for name in _ARRAYS},
        )
        for i, entry in enumerate(header["people"])
    )
    return Take(
        clip=ClipInfo(**clip),
        camera=camera,
        time_s=arrays["time_s"],
        source_frame=arrays["source_frame"],
        cuts=arrays["cuts"],
        T_world_shots=arrays["T_world_shots"],
        turns=arrays.get("camera.turns", np.zeros((0, 3), np.float32)),
        people=people,
        settings=header["settings"],
        report=header["report"],
        warnings=tuple(header["warnings"]),
        observed=_tracks_from(header, arrays, skeletons),
    )
