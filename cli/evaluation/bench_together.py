"""``limn bench --together``: several clips as one take, a prediction of each and the cameras."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from ... import api
from ...core.data.errors import SettingsError
from ...core.data.settings import Settings
from ...core.data.types import Take
from ...core.data.writing import write_npz
from ...core.evaluation.benchmark import find_clips
from ...core.evaluation.predictions import prediction_of, save_prediction
from ...core.evaluation.truth import read_intrinsics
from ...core.pipeline.estimate import scene_of_clips
from ...core.pipeline.films.film import KnownFilm
from ...core.pipeline.films.scene import Scene
from ...media.opencv import on_own_threads
from ..cancelling import Cancellation, drive
from ..clips.session import open_session
from ..outputs import check_output
from ..reporting import Reporter


def run_together(
    arguments: argparse.Namespace,
    settings: Settings,
    reporter: Reporter,
    cancellation: Cancellation,
) -> int:
    """Solve the chosen clips together and write what ``--out`` is to hold."""
    folders = _in_order(arguments.bench, arguments.clips)
    if len(folders) < 2:
        raise SettingsError(
            "--together needs two clips of one scene or more; name them by --clips."
        )
    started_s = time.perf_counter()
    files = [arguments.out / f"{folder.name}.npz" for folder in folders]
    for file, folder in zip(files, folders, strict=True):
        check_output(file, (".npz",), (folder / "video.mp4", folder / "gt.npz"))
    sources = [api.open_clip(folder / "video.mp4") for folder in folders]
    known = [KnownFilm()] * len(folders)
    if not arguments.no_intrinsics:
        pairs = zip(folders, sources, strict=True)
        known = [KnownFilm(read_intrinsics(f, source.info.size_px)) for f, source in pairs]
    session = open_session(settings, reporter, cancellation)
    steps = scene_of_clips(sources, session.networks, settings, known)
    scene = drive(on_own_threads(steps), reporter, cancellation)
    takes = scene.takes()
    seconds = time.perf_counter() - started_s
    cancellation.check()
    for take, file in zip(takes, files, strict=True):
        save_prediction(prediction_of(take, seconds / len(takes)), file)
        if arguments.save_takes:
            api.save(take, file.with_name(f"{file.stem}.take.npz"))
    _save_rig(scene, arguments.out / "rig.npz")
    rows = [_row(f.name, take, seconds) for f, take in zip(folders, takes, strict=True)]
    told = {"quality": settings.quality, "clips": rows, "failed": 0}
    reporter.done(told, "\n".join(f"{row['clip']}: {row['people']} people" for row in rows))
    return 0


def _in_order(bench: Path, wanted: list[str] | None) -> list[Path]:
    """The clips in the order in which they were named."""
    out: list[Path] = []
    for name in wanted or [None]:
        found = find_clips(bench, None if name is None else [name])
        out += [folder for folder in found if folder not in out]
    return out


def _save_rig(scene: Scene, path: Path) -> None:
    """Cameras in the order of the clips: ``R`` (n, 3, 3), ``t`` (n, 3) from the first one's axes to
    each, ``K`` (n, 3, 3), and ``shift_s`` (n,) of each clock against the first."""
    rig = scene.found.rig
    K = np.stack([scene.camera(c).K for c in range(len(rig))])
    write_npz(path, {"R": rig.R, "t": rig.t, "K": K, "shift_s": rig.shift_s})


def _row(clip: str, take: Take, seconds: float) -> dict[str, Any]:
    return {
        "clip": clip,
        "frames": len(take.time_s),
        "people": len(take.people),
        "seconds": round(seconds, 3),
        "warnings": list(take.warnings),
    }
