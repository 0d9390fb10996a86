"""Reading and writing takes: one ``.npz`` of numbers and JSON text, never pickles.

Layout of version 2, documented field by field in docs/guide/take.md:

* ``header``: JSON text with format, version, clip, settings, report, warnings, people's names,
  skeletons and what every network's pass is worth;
* ``time_s``, ``source_frame``, ``cuts``, ``T_world_shots``;
* ``camera.K``, ``camera.dist``, ``camera.T_world_camera``, ``camera.turns``,
  ``camera.path``, ``camera.zoom``;
* ``person_<i>.<field>`` for every array field of ``Person``;
* ``track_<i>.<field>`` and ``track_<i>.<network or closeup>.<field>``, ``depth_grid``, ``lines``,
  ``turns``: what was seen.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from .errors import TakeError
from .observations import (
    Background,
    GivenCamera,
    Observed,
    PassObservations,
    PassWorth,
    TrackObservations,
)
from .profiling.resting import let_rest
from .reading import Damaged, NpzArchive, open_npz, parse_json, refusing
from .reading import take_header as facts
from .reading import take_layout as layout
from .reading import take_views as view_facts
from .reading.fields import Sizes, read_fields
from .reading.json_fields import whole
from .reading.npz import Archive
from .reading.take_foreign import foreign_in
from .skeletons import Skeleton
from .types import Camera, Person, Take
from .views.view import View
from .writing import write_npz
from .writing.take_parts import (
    OPTIONAL_ARRAYS,
    clip_arrays,
    foreign_entry,
    listed,
    part_arrays,
    track_arrays,
    track_entry,
    view_entry,
)

VERSION: Final = 2  # of the file's layout; readers know all before
FORMAT: Final = "limn-take"
_ARRAYS: Final = tuple(
    f.name
    for f in fields(Person)
    if f.name not in ("name", "height_m", "xy_skeleton", "face_weights")
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
                "skeleton": listed(person.xy_skeleton, skeletons),
            }
            for person in take.people
        ],
        "settings": take.settings,
        "report": take.report,
        "warnings": list(take.warnings),
    }
    arrays = clip_arrays(take)
    for i, person in enumerate(take.people):
        arrays |= {f"person_{i}.{name}": getattr(person, name) for name in _ARRAYS}
        if len(person.face_weights):
            arrays[f"person_{i}.face_weights"] = person.face_weights
    if take.observed is not None:
        header["tracks"] = [track_entry(track, skeletons) for track in take.observed.tracks]
        arrays |= track_arrays(take.observed)
        if take.observed.foreign is not None:
            header["foreign"] = foreign_entry(take.observed.foreign)
    if take.views:
        header["views"] = [view_entry(view, skeletons) for view in take.views]
        for k, view in enumerate(take.views):
            arrays |= {f"view_{k}.{name}": v for name, v in part_arrays(view.part).items()}
    header["skeletons"] = [asdict(skeleton) for skeleton in skeletons]
    arrays["header"] = np.array(json.dumps(header))
    write_npz(path, arrays)


def load_take(path: str | Path) -> Take:
    """Read a take. Raises TakeError with one sentence for any file that isn't a whole take."""
    refused = refusing(path, "the take", "not a Limn take", TakeError)
    with refused, open_npz(path, rests=True) as archive:
        if "header" not in archive:
            raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
        most = facts.MOST_CHARACTERS
        header = parse_json(archive.text("header", most), most)
        _check_version(header, path)
        return _take_from(header, archive)


def take_id(path: str | Path) -> str:
    """A mark of what the take file at ``path`` holds; empty when it can't be read as a take.

    It is made of the checksums in the file's directory, so no array is read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted((member.filename, member.CRC) for member in archive.infolist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return ""
    return hashlib.sha256(repr(members).encode()).hexdigest()[:16]


def _check_version(given: object, path: str | Path) -> None:
    header = cast(dict[str, Any], given) if isinstance(given, dict) else None
    if header is None or header.get("format") != FORMAT:
        raise TakeError(f"{path} is not a Limn take; make one with 'limn estimate'.")
    version = whole(header.get("version"), "version", 1, 1_000_000)
    if version > VERSION:
        raise TakeError(
            f"{path} was written by a newer Limn (take version {version}, this one "
            f"reads up to {VERSION}); update Limn to open it."
        )


def _take_from(header: dict[str, Any], archive: NpzArchive) -> Take:
    clip, (size_px, focal_doubt) = facts.clip_of(header), facts.camera_facts(header)
    skeletons = facts.skeletons_in(header)
    people = facts.people_of(header, skeletons)
    tracks = facts.tracks_of(header, skeletons, len(people))
    sizes: Sizes = {}
    arrays = read_fields(archive, "", layout.CLIP_ARRAYS, sizes, layout.MOST)
    layout.check_clip_arrays(arrays)
    seen = None if tracks is None else _observed_from(archive, tracks, arrays, sizes)
    if seen is not None and (told := foreign_in(header, archive, sizes["T"])) is not None:
        if len(seen.tracks) not in (0, len(people)) or any(
            one.who >= len(people) for one in told.people
        ):
            raise Damaged("its imported people are not those of the take")
        seen = replace(seen, foreign=told)
    return Take(
        clip=clip,
        camera=_camera_from(arrays, size_px, focal_doubt),
        time_s=arrays["time_s"],
        source_frame=arrays["source_frame"],
        cuts=arrays["cuts"],
        T_world_shots=arrays["T_world_shots"],
        turns=arrays.get("camera.turns", np.zeros((0, 3), np.float32)),
        path=arrays.get("camera.path", np.zeros((0, 3), np.float32)),
        zoom=arrays.get("camera.zoom", np.zeros(0, np.float32)),
        people=tuple(_person_from(archive, i, one, sizes["T"]) for i, one in enumerate(people)),
        settings=facts.settings_in(header),
        report=facts.report_in(header),
        warnings=facts.warnings_in(header),
        observed=seen,
        views=tuple(
            _view_from(one, archive.part(f"view_{k}."), skeletons)
            for k, one in enumerate(view_facts.views_in(header))
        ),
    )


def _view_from(told: view_facts.ViewFacts, archive: Archive, skeletons: list[Skeleton]) -> View:
    tracks = facts.tracks_of(told.header, skeletons, None)
    (size_px, focal_doubt), sizes = facts.camera_facts(told.header), Sizes()
    arrays = read_fields(archive, "", layout.CLIP_ARRAYS, sizes, layout.MOST)
    layout.check_clip_arrays(arrays)
    part = Take(
        clip=facts.clip_of(told.header),
        camera=_camera_from(arrays, size_px, focal_doubt),
        time_s=arrays["time_s"],
        source_frame=arrays["source_frame"],
        cuts=arrays["cuts"],
        T_world_shots=arrays["T_world_shots"],
        turns=arrays.get("camera.turns", np.zeros((0, 3), np.float32)),
        path=arrays.get("camera.path", np.zeros((0, 3), np.float32)),
        zoom=arrays.get("camera.zoom", np.zeros(0, np.float32)),
        people=(),
        observed=None if tracks is None else _observed_from(archive, tracks, arrays, sizes),
    )
    how = told.agreement, told.given, told.heard
    return View(part, told.shift_s, told.rate, told.is_used, *how)


def _camera_from(arrays: dict[str, Any], size_px: tuple[int, int], focal_doubt: float) -> Camera:
    return Camera(
        K=arrays["camera.K"],
        dist=arrays["camera.dist"],
        T_world_camera=arrays["camera.T_world_camera"],
        size_px=size_px,
        focal_doubt=focal_doubt,
    )


def _person_from(
    archive: Archive, i: int, told: tuple[str, float, Skeleton], frames: int
) -> Person:
    name, height_m, skeleton = told
    sizes = {"n": len(skeleton)}
    arrays = read_fields(archive, f"person_{i}.", layout.PERSON_ARRAYS, sizes, layout.MOST)
    layout.check_person_arrays(arrays, i, frames)
    let_rest()
    return Person(name=name, height_m=height_m, xy_skeleton=skeleton, **arrays)


def _observed_from(
    archive: Archive, tracks: list[facts.TrackFacts], clip: dict[str, Any], sizes: Sizes
) -> Observed:
    seen = read_fields(archive, "", layout.OBSERVED_ARRAYS, sizes, layout.MOST)
    if "lines" in seen:
        layout.check_lines(seen["lines"], sizes["T"])
    return Observed(
        time_s=clip["time_s"],
        source_frame=clip["source_frame"],
        tracks=tuple(_track_from(archive, i, one, sizes["T"]) for i, one in enumerate(tracks)),
        cuts=clip["cuts"],
        depth_grid=seen.get("depth_grid"),
        lines=seen.get("lines"),
        turns=seen.get("turns"),
        background=_background_from(archive, sizes),
        given=_given_from(archive),
    )


def _background_from(archive: Archive, sizes: Sizes) -> Background | None:
    if "background.frames" not in archive:
        return None
    table = layout.BACKGROUND_ARRAYS
    arrays = read_fields(archive, "background.", table, {}, layout.MOST)
    layout.check_background(arrays, sizes["T"])
    return Background(**arrays)


def _given_from(archive: Archive) -> GivenCamera | None:
    if "given.frames" not in archive:
        return None
    arrays = read_fields(archive, "given.", layout.GIVEN_ARRAYS, {}, layout.MOST)
    layout.check_rigid("given.T_world_camera", arrays["T_world_camera"])
    return GivenCamera(**arrays)


def _track_from(archive: Archive, i: int, told: facts.TrackFacts, frames: int) -> TrackObservations:
    sizes = {"n": len(told.skeleton)}
    arrays = read_fields(archive, f"track_{i}.", layout.TRACK_ARRAYS, sizes, layout.MOST)
    layout.check_track_arrays(arrays, i, frames)
    passes, closeups = (
        {
            name: _pass_from(archive, i, name, skeleton, worth, sizes["t"])
            for name, (skeleton, worth) in which.items()
        }
        for which in (told.passes, told.closeups)
    )
    optional: dict[str, Any] = dict.fromkeys(OPTIONAL_ARRAYS)
    return TrackObservations(
        passes=passes,
        closeups=closeups,
        detected_skeleton=told.skeleton,
        **(optional | arrays),
    )


def _pass_from(
    archive: Archive, i: int, name: str, skeleton: Skeleton, worth: PassWorth | None, frames: int
) -> PassObservations:
    sizes = {"t": frames, "n": len(skeleton)}
    prefix = f"track_{i}.{name}."
    arrays = read_fields(archive, prefix, layout.PASS_ARRAYS, sizes, layout.MOST)
    if worth is None:
        has_3d = bool(arrays["xyz_m"].any())
        # Version 1 knew what a pass is worth by its name, and that it has no 3D by zeros.
        is_precise = name.startswith("heavy") or not has_3d
        worth = PassWorth(name.partition("_")[0], is_precise, has_3d)
    let_rest()
    return PassObservations(worth=worth, skeleton=skeleton, **arrays)
