"""What the real detectors make of rendered people: observations beside truth, in one file.

A clip is a folder with numbered pictures and ``gt.npz`` as shared/bench/tools/render.py writes it:
``joints3d`` (t, people, joints, 3) camera metres, ``names``, ``K``, ``fps``, and if it is known
``hidden`` (t, people, joints): 0 in view, 1 behind the own body, 2 somebody else, 3 a thing. The
product's own path looks at it as it is, or worn: blurred, dim, noisy, compressed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ...core.data import solver_points as points
from ...core.data.arrays import U8, Floats
from ...core.data.observations import TrackObservations
from ...core.data.settings import Settings
from ...core.data.types import Camera, ClipInfo, Detector, Frame, FrameSource, LandmarkModel
from ...core.evaluation.truth import read_truth
from ...core.lifting.lifter import LifterInput, at_trained_rate
from ...core.pipeline import observe as observing
from ...core.pipeline.second_look import told_with_detector
from ...core.solving.evidence.evidence import gather_evidence
from ...core.tracking.track_merging import settle_tracks
from ...models.estimators import open_estimator
from ...models.qualities import QUALITY_PASSES
from ..jobs import finished
from .chance import Chance
from .pair_file import Pair, read_pairs, write_pairs

OUTSIDE: Final = 4
_SAME_PERSON: Final = 0.5
"""A track belongs to whom its limbs are nearest, on average within this many body radii."""
_SHORTEST: Final = 20
_WORN: Final = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class KnownClip:
    """What is known of a clip: ``xyz_m`` (t, people, 19, 3) camera metres, ``hidden`` likewise as
    in ``Pair``, without what lies outside the picture; the camera; whether it is held out."""

    xyz_m: Floats
    hidden: Floats
    camera: Camera
    held_out: bool


@dataclass(slots=True)
class Pictures:
    """A ``FrameSource`` of pictures that are in memory."""

    info: ClipInfo
    pictures: Sequence[U8]
    warnings: Sequence[str] = field(default_factory=tuple)
    damaged_share: float = 0.0

    def frames(self) -> Iterator[Frame]:
        """One after the other, at the clip's rate."""
        for i, bgr in enumerate(self.pictures):
            yield Frame(i, i / self.info.fps, bgr)


def measure(folder: Path, output: Path, report: Callable[[str], None]) -> None:
    """Observe every clip below ``folder`` and write the pairs; clips of a former run are kept.

    The networks of "best" run once; the other qualities are made of the passes they have. Raises
    ValueError when there is no clip.
    """
    pairs = read_pairs(output) if output.exists() else []
    done = {pair.clip for pair in pairs}
    clips = [path.parent for path in sorted(folder.glob("*/gt.npz"))]
    if not clips:
        raise ValueError(f"{folder} holds no folder with pictures and gt.npz")
    detector, models = open_estimator("best")
    for clip in clips:
        if clip.name not in done:
            source, truth = _open(clip)
            found = list(pairs_of(clip.name, source, truth, detector, models))
            pairs += found
            report(f"{clip.name}: {len(found)} tracks")
            if found:
                write_pairs(output, pairs)


def pairs_of(
    name: str,
    source: FrameSource,
    truth: KnownClip,
    detector: Detector,
    models: Sequence[LandmarkModel],
) -> Iterator[Pair]:
    """Everybody whom the networks follow in a clip, once for each quality that they serve."""
    settings, fps = Settings(quality="best"), source.info.fps
    seen = finished(observing.observe(source, detector, models, settings))
    settled = settle_tracks(seen.tracks, seen.cuts, fps, is_still=False, settings=settings)
    for track in settled.tracks:
        yield from pairs_of_track(name, track, truth, fps)


def pairs_of_track(
    name: str, track: TrackObservations, truth: KnownClip, fps: float
) -> Iterator[Pair]:
    """One person whom the networks followed, once for each quality that they serve."""
    for quality, names in QUALITY_PASSES.items():
        if not set(names) <= set(track.passes):
            continue
        passes = {name: track.passes[name] for name in names}
        seen = told_with_detector(replace(track, passes=passes))
        evidence = gather_evidence(seen, truth.camera, fps)
        view = LifterInput(
            evidence.xy,
            evidence.score,
            evidence.detected_xy,
            evidence.detected_score,
            evidence.xyz_m,
            fps,
            evidence.seen,
        )
        columns = _columns(view, int(track.frames[0]), truth)
        if columns is not None and len(columns["xy"]) >= _SHORTEST:
            yield Pair(name, quality, truth.held_out, columns)


def _open(clip: Path) -> tuple[FrameSource, KnownClip]:
    known = read_truth(clip).joints(points.POINTS)
    pictures = [_read(path) for path in sorted(clip.glob("[0-9]*.png"))]
    h, w = pictures[0].shape[:2]
    info = ClipInfo(str(clip), (w, h), known.fps, len(pictures))
    chance = Chance(sum(clip.name.encode()))
    shown = worn(pictures, chance) if chance.happens(_WORN, 1)[0] else pictures
    hidden = np.zeros(known.valid.shape) if known.hidden is None else known.hidden
    camera = Camera(K=known.K, size_px=(w, h))
    truth = KnownClip(known.xyz_camera, hidden, camera, known.held_out)
    return Pictures(info, shown), truth


def _read(path: Path) -> U8:
    bgr = cv2.imread(str(path))
    if bgr is None:
        raise ValueError(f"{path} can't be read")
    return bgr.astype(np.uint8, copy=False)


def _columns(view: LifterInput, first: int, truth: KnownClip) -> dict[str, Floats] | None:
    """A track and the truth of the person it is of, or None when it is nobody's."""
    rows = slice(first, first + len(view.seen))
    rays = truth.xyz_m[rows, ..., :2] / np.maximum(truth.xyz_m[rows, ..., 2:], 0.1)
    limbs = slice(0, points.LIMBS)
    radius = np.sqrt(rays[:, :, limbs].var(2).sum(-1))
    away = np.linalg.norm(rays[:, :, limbs] - view.xy[:, None, limbs], axis=-1)
    distance = np.median(away.mean(-1) / radius, axis=0)
    who = int(distance.argmin())
    if distance[who] > _SAME_PERSON:
        return None
    xyz, K = truth.xyz_m[rows, who], truth.camera.K
    hidden = truth.hidden[rows, who].astype(np.float64)
    px = rays[:, who] * np.diag(K)[:2] + K[:2, 2]
    hidden[((px < 0) | (px > np.array(truth.camera.size_px) - 1)).any(-1)] = OUTSIDE
    track = at_trained_rate(view)
    low = np.floor(track.at).astype(int)
    part = (track.at - low)[:, None, None]
    after = np.minimum(low + 1, len(xyz) - 1)
    return {
        "xy": track.xy,
        "score": track.score,
        "detected_xy": track.detected_xy,
        "detected_score": track.detected_score,
        "xyz_m": track.xyz_m,
        "truth_m": (xyz[low] * (1 - part) + xyz[after] * part).astype(np.float32),
        "hidden": hidden[np.round(track.at).astype(int)].astype(np.float32),
    }


def worn(pictures: Sequence[U8], chance: Chance) -> list[U8]:
    """Faults of cheap cameras: one kind of wear for the whole clip, noise for every picture."""
    gain = float(chance.uniform(0.45, 1.3))
    gamma = float(chance.uniform(0.75, 1.4))
    noise = 14 * float(chance.uniform(0, 1)) ** 2
    blur = float(chance.uniform(0, 1.6))
    smear = int(chance.rng.integers(1, 8))
    quality = int(chance.rng.integers(15, 80))
    turned = cv2.getRotationMatrix2D((smear / 2, smear / 2), float(chance.uniform(0, 180)), 1)
    kernel = np.zeros((smear + 1, smear + 1), np.float32)
    kernel[(smear + 1) // 2] = 1
    kernel = cv2.warpAffine(kernel, turned, kernel.shape)
    kernel = np.asarray(kernel / max(float(kernel.sum()), 1e-3), np.float32)
    # One grain for all pictures, shifted: fresh noise would cost more than drawing them.
    grain = noise * chance.normal(*pictures[0].shape)
    curve = (255 * np.clip(gain * (np.arange(256) / 255) ** gamma, 0, 1)).astype(np.float32)
    out = []
    for bgr in pictures:
        shown = cv2.filter2D(bgr, -1, kernel)
        if blur > 0.3:
            shown = cv2.GaussianBlur(shown, (0, 0), blur)
        values = curve[np.asarray(shown, np.uint8)]
        away = chance.rng.integers(0, values.shape[0], 2)
        values += np.roll(grain, away, (0, 1))
        _, code = cv2.imencode(
            ".jpg", np.clip(values, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality]
        )
        out.append(np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8))
    return out
