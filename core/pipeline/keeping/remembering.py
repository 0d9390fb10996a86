"""Networks that are asked once about a picture, and remember."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...data.arrays import F32, F64, U8, Floats
from ...data.types import (
    CloseDetector,
    Detections,
    Detector,
    Landmarks,
    Region,
)
from ...faces.eyes.regions import region_of_eye
from ...faces.seen import EyeModel, FaceModel, FaceSeen
from ...hands.seen import HandModel, HandSeen
from ...tracking.following.quiet import WindowDetector
from ..networks import Networks
from .answers import Answer, numbers_of
from .memory import Memory
from .wrapped_landmarks import WrappedLandmarks

_NOWHERE: Final[F64] = np.zeros(0)
"""Where to look, of a look at all of a picture."""


def remembering(networks: Networks, memory: Memory) -> Networks:
    """``networks`` that ask ``memory`` first. Depth networks aren't among them: their maps are
    larger than the pictures."""
    detector, hands, faces = networks.detector, networks.hands, networks.faces
    eyes = networks.eyes
    return replace(
        networks,
        detector=_remembering_people(detector, memory),
        landmark_models=tuple(_Landmarks(one, memory) for one in networks.landmark_models),
        hands=None if hands is None else _Hands(hands, memory),
        faces=None if faces is None else _Faces(faces, memory),
        eyes=None if eyes is None else _Eyes(eyes, memory),
    )


def _remembering_people(detector: Detector, memory: Memory) -> Detector:
    if isinstance(detector, WindowDetector):
        return _WindowLook(detector, memory)
    if isinstance(detector, CloseDetector):
        return _CloseLook(detector, memory)
    return _Look(detector, memory)


@dataclass(frozen=True, slots=True)
class _Look:
    """Implements ``data.types.Detector``."""

    inner: Detector
    memory: Memory

    def detect(self, bgr: U8) -> Detections:
        return _people(
            self.memory.answer("detect", bgr, _NOWHERE, lambda: _told(self.inner.detect(bgr)))
        )


@dataclass(frozen=True, slots=True)
class _CloseLook:
    """Implements ``data.types.CloseDetector``."""

    inner: CloseDetector
    memory: Memory

    def detect(self, bgr: U8) -> Detections:
        return _Look(self.inner, self.memory).detect(bgr)

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        window = np.array(window_px, np.float64)
        return _people(
            self.memory.answer(
                "look_into", bgr, window, lambda: _told(self.inner.look_into(bgr, window_px))
            )
        )

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        name = "search_still" if is_still else "search"
        return _people(
            self.memory.answer(
                name, bgr, _NOWHERE, lambda: _told(self.inner.search(bgr, is_still=is_still))
            )
        )


@dataclass(frozen=True, slots=True)
class _WindowLook(_CloseLook):
    """Implements ``tracking.following.quiet.WindowDetector``."""

    inner: WindowDetector

    def detect_in(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        window = np.array(window_px, np.float64)
        return _people(
            self.memory.answer(
                "detect_in", bgr, window, lambda: _told(self.inner.detect_in(bgr, window_px))
            )
        )

    def search_briefly(self, bgr: U8) -> Detections:
        return _people(
            self.memory.answer(
                "search_briefly", bgr, _NOWHERE, lambda: _told(self.inner.search_briefly(bgr))
            )
        )


@dataclass(frozen=True, slots=True)
class _Landmarks(WrappedLandmarks):
    """Implements ``data.types.LandmarkModel``."""

    memory: Memory

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        def ask() -> Answer:
            seen = self.inner.locate(bgr, region)
            return seen.xy_px, seen.score, seen.xyz_m, np.array([seen.presence], np.float64)

        name = f"locate {self.inner.name}"
        xy, score, xyz, presence = self.memory.answer(name, bgr, numbers_of(region), ask)
        return Landmarks(xy, score, xyz, float(presence[0]), self.inner.skeleton)


@dataclass(frozen=True, slots=True)
class _Hands:
    """Implements ``hands.seen.HandModel``."""

    inner: HandModel
    memory: Memory

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> HandSeen:
        def ask() -> Answer:
            seen = self.inner.locate(bgr, region, mirrored=mirrored)
            return seen.xy_px, seen.xyz_m, np.array([seen.presence, seen.right], np.float64)

        name = "hand mirrored" if mirrored else "hand"
        xy, xyz, chances = self.memory.answer(name, bgr, numbers_of(region), ask)
        return HandSeen(xy, xyz, float(chances[0]), float(chances[1]))


@dataclass(frozen=True, slots=True)
class _Faces:
    """Implements ``faces.seen.FaceModel``."""

    inner: FaceModel
    memory: Memory

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> FaceSeen:
        def ask() -> Answer:
            seen = self.inner.locate(bgr, region, mirrored=mirrored)
            return seen.xyz_px, np.array([seen.presence], np.float64)

        name = "face mirrored" if mirrored else "face"
        xyz, presence = self.memory.answer(name, bgr, numbers_of(region), ask)
        return FaceSeen(xyz, float(presence[0]))


@dataclass(frozen=True, slots=True)
class _Eyes:
    """Implements ``faces.seen.EyeModel``."""

    inner: EyeModel
    memory: Memory

    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        regions = [region_of_eye(mesh_px, is_left=is_left) for is_left in (True, False)]
        where = np.concatenate([numbers_of(region) for region in regions])
        (xy,) = self.memory.answer("eyes", bgr, where, lambda: (self.inner.look(bgr, mesh_px),))
        return xy.astype(np.float32)


def _told(found: Detections) -> Answer:
    return found.xy_px, found.keypoint_score, found.boxes_px, found.score


def _people(answer: Answer) -> Detections:
    xy, keypoint_score, boxes, score = answer
    return Detections(xy, keypoint_score, boxes, score)
