"""Depth estimators on the benchmark, with depth rendered from the clips' truth.

What the benchmark's evaluator is given: of "as published" and "flat" the joints themselves, as
their formulas place them; of the others what their takes hold. The clip with a figure that has no
truth, and so can't be rendered, is left out.
"""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from limn import api
from limn.core.baselines.per_frame import BASELINES
from limn.core.data import solver_points as points
from limn.core.data.settings import Settings
from limn.core.data.timing import frame_rate
from limn.core.data.types import Detections, Landmarks, Region, Take
from limn.core.evaluation.benchmark import find_clips
from limn.core.evaluation.predictions import Prediction, prediction_of, save_prediction
from limn.core.evaluation.truth import read_intrinsics
from limn.core.geometry.camera import project_camera
from limn.core.pipeline.networks import Networks
from limn.media.clips import open_clip
from limn.models.estimators import MOVENET, open_named
from limn.models.networks.lifter import open_lifter
from limn.tools.evaluation.depth_truth import FIELD, TrueDepth, true_maps

ROWS: Final = (
    ("Flat depth, keypoints", "flat", 0.0),
    ("As published", "as-published", FIELD),
    ("Keypoints, no depth", MOVENET, 0.0),
    ("Keypoints + depth", "centernet-depth", FIELD),
    ("Keypoints + poor depth", "centernet-depth", 4 * FIELD),
    ("BlazePose + depth", "blazepose", FIELD),
    ("BlazePose + poor depth", "blazepose", 4 * FIELD),
)
"""Title, estimator and the smooth error of the rendered depth as a share of its range; 0 = none."""
_UNRENDERED: Final = ("p2s_multi_cam03",)
_QUALITY: Final = "balanced"


def folder_of(title: str, work: Path) -> Path:
    """Where a row's predictions lie."""
    return work / title.lower().replace(",", "").replace(" + ", "_").replace(" ", "_")


def write_depth_rows(bench: Path, work: Path, *, reuse: bool) -> list[tuple[str, Path]]:
    """Write every row's predictions, or only those that aren't there; (title, folder) of each."""
    rows = [(title, folder_of(title, work)) for title, _, _ in ROWS]
    for clip in find_clips(bench, None):
        out = [folder / f"{clip.name}.npz" for _, folder in rows]
        if clip.name in _UNRENDERED or (reuse and all(path.exists() for path in out)):
            continue
        networks = {name: _remembering(name) for name in ("blazepose", MOVENET)}
        maps = {share: true_maps(clip, share) for share in {row[2] for row in ROWS} - {0.0}}
        for (_, estimator, share), path in zip(ROWS, out, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            depth = TrueDepth(clip, maps[share]) if share else None
            chosen = networks["blazepose" if estimator == "blazepose" else MOVENET]
            _run(clip, estimator, chosen, depth, path)
    return rows


class _Remembered:
    """A network that answers the same question from memory: rows differ in depth alone."""

    def __init__(self, network: Any) -> None:  # noqa: ANN401 - a detector or a landmark model
        self._network = network
        for declared in ("name", "skeleton", "worth"):
            setattr(self, declared, getattr(network, declared, None))
        self._answers: dict[tuple[object, ...], Any] = {}

    def detect(self, bgr: np.ndarray) -> Detections:
        """Everybody in a picture."""
        return self._answer("detect", bgr)

    def look_into(self, bgr: np.ndarray, window_px: tuple[int, int, int, int]) -> Detections:
        """People in a window."""
        return self._answer("look_into", bgr, window_px)

    def search(self, bgr: np.ndarray, *, is_still: bool) -> Detections:
        """People of all sizes."""
        return self._answer("search", bgr, is_still=is_still)

    def locate(self, bgr: np.ndarray, region: Region) -> Landmarks:
        """One person's landmarks."""
        return self._answer("locate", bgr, region)

    def _answer(self, what: str, bgr: np.ndarray, *more: object, **named: object) -> Any:  # noqa: ANN401
        key = (what, zlib.crc32(np.ascontiguousarray(bgr).data), repr(more), repr(named))
        if key not in self._answers:
            self._answers[key] = getattr(self._network, what)(bgr, *more, **named)
        return self._answers[key]


def _remembering(name: str) -> Networks:
    detector, models = open_named(name, _QUALITY)
    kept: Any = _Remembered(detector), tuple(_Remembered(model) for model in models)
    return Networks(*kept, open_lifter())


def _run(
    clip: Path,
    estimator: str,
    networks: Networks,
    depth: TrueDepth | None,
    out: Path,
) -> None:
    settings = Settings(
        quality=_QUALITY,
        estimator=estimator,
        depth_model="" if depth is None else depth.name,
    )
    source = open_clip(clip / "video.mp4", None, None, 1)
    camera = read_intrinsics(clip, source.info.size_px)
    networks = replace(networks, depth=depth)
    take = api.estimate(source, settings, camera=camera, networks=networks)
    if estimator in BASELINES:
        _save_raw(take, settings, out)
    else:
        save_prediction(prediction_of(take), out)


def _save_raw(take: Take, settings: Settings, out: Path) -> None:
    """The joints of a baseline as its formula places them, before any skeleton."""
    assert take.observed is not None
    fps = frame_rate(take.time_s, take.clip.fps)
    people = BASELINES[settings.estimator].solve(take.observed, take.camera, fps, settings)
    shape = (len(take.time_s), len(people), points.LIMBS)
    xyz, px = np.full((*shape, 3), np.nan), np.full((*shape, 2), np.nan)
    for slot, one in enumerate(people):
        rows = one.track.frames
        own = rows - rows[0]
        xyz[rows, slot] = one.X[own, : points.LIMBS]
        ray = np.concatenate([one.evidence.xy, np.ones_like(one.evidence.xy[..., :1])], axis=-1)
        px[rows, slot] = project_camera(take.camera, ray)[own, : points.LIMBS]
    names = points.POINTS[: points.LIMBS]
    save_prediction(Prediction(names, xyz, px, is_absolute=False), out)
