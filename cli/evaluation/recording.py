"""The calls of networks during a run, recorded without the pictures that they were given.

A picture of the clip is noted by its frame's number, and is read again for the call to be made
again: a run that kept them all would spend as much on memory as on networks.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from ...core.data.arrays import F32, U8, Floats
from ...core.data.types import (
    ClipInfo,
    CloseDetector,
    Detections,
    Detector,
    Frame,
    FrameSource,
    Landmarks,
    Region,
)
from ...core.faces.seen import EyeModel
from ...core.lifting.lifter import Lifted, Lifter, LifterInput
from ...core.pipeline.keeping.wrapped_landmarks import WrappedLandmarks
from ...core.pipeline.networks import Networks
from ...core.pipeline.pace.thinning import PassedOver, ThinningSource
from ...core.tracking.following.quiet import WindowDetector

S_co = TypeVar("S_co", covariant=True)

Look = Callable[[U8], Any]
"""A call of a network with everything but the picture."""


@dataclass(slots=True)
class Recording:
    """The calls of a run in the order they came, and the most that were under way at once.

    ``by_frame`` holds the calls with frames' own pictures, ``others`` those with any other, or
    none, whole.
    """

    by_frame: dict[int, list[Look]] = field(default_factory=dict[int, list[Look]])
    others: list[Callable[[], object]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    most_at_once: int = 0
    _shown: dict[int, tuple[weakref.ref[U8], int]] = field(default_factory=dict)
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def show(self, frame: Frame) -> None:
        """Note whose picture comes."""
        self._shown[id(frame.bgr)] = weakref.ref(frame.bgr), frame.index

    def look(self, name: str, bgr: U8, look: Look) -> Any:  # noqa: ANN401 - passes through
        """Note a call with the picture ``bgr`` and make it."""
        picture, index = self._shown.get(id(bgr), (None, 0))
        with self._lock:
            if picture is not None and picture() is bgr:
                self.by_frame.setdefault(index, []).append(look)
            else:
                self.others.append(lambda: look(bgr))
        return self._make(name, lambda: look(bgr))

    def ask(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes through
        """Note a call without a picture and make it."""
        with self._lock:
            self.others.append(call)
        return self._make(name, call)

    def _make(self, name: str, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - passes through
        with self._lock:
            self.names.append(name)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return call()
        finally:
            with self._lock:
                self._under_way -= 1


class _Shown:
    """A ``FrameSource`` that tells the recording of its frames."""

    def __init__(self, inner: FrameSource, recording: Recording) -> None:
        self._inner, self._recording = inner, recording

    @property
    def info(self) -> ClipInfo:
        """The source's own."""
        return self._inner.info

    @property
    def warnings(self) -> Any:  # noqa: ANN401 - passes through
        """The source's own."""
        return self._inner.warnings

    @property
    def damaged_share(self) -> float:
        """The source's own."""
        return self._inner.damaged_share

    def frames(self) -> Iterator[Frame]:
        """The source's own, told of."""
        return self._told(self._inner.frames())

    def _told(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self._recording.show(frame)
            yield frame


class _ShownSparsely(_Shown):
    """The same of one that passes frames over."""

    def __init__(self, inner: ThinningSource, recording: Recording) -> None:
        super().__init__(inner, recording)
        self._sparse = inner

    def thinned(self, every: int, passed: PassedOver) -> Iterator[Frame]:
        """See ``core.pipeline.pace.thinning.ThinningSource``."""
        return self._told(self._sparse.thinned(every, passed))


def shown(source: FrameSource, recording: Recording) -> FrameSource:
    """``source``, whose frames the recording is told of."""
    if isinstance(source, ThinningSource):
        return _ShownSparsely(source, recording)
    return _Shown(source, recording)


@dataclass(frozen=True, slots=True)
class _RecordedDetector:
    inner: Detector
    recording: Recording

    def detect(self, bgr: U8) -> Detections:
        return self.recording.look("detector", bgr, self.inner.detect)


@dataclass(frozen=True, slots=True)
class _RecordedCloseDetector(_RecordedDetector):
    inner: CloseDetector

    def look_into(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.recording.look("detector", bgr, lambda b: self.inner.look_into(b, window_px))

    def search(self, bgr: U8, *, is_still: bool) -> Detections:
        return self.recording.look("search", bgr, lambda b: self.inner.search(b, is_still=is_still))


@dataclass(frozen=True, slots=True)
class _RecordedWindowDetector(_RecordedCloseDetector):
    inner: WindowDetector

    def detect_in(self, bgr: U8, window_px: tuple[int, int, int, int]) -> Detections:
        return self.recording.look("detector", bgr, lambda b: self.inner.detect_in(b, window_px))

    def search_briefly(self, bgr: U8) -> Detections:
        return self.recording.look("search", bgr, self.inner.search_briefly)


def _recorded(detector: Detector, recording: Recording) -> Detector:
    if isinstance(detector, WindowDetector):
        return _RecordedWindowDetector(detector, recording)
    if isinstance(detector, CloseDetector):
        return _RecordedCloseDetector(detector, recording)
    return _RecordedDetector(detector, recording)


@dataclass(frozen=True, slots=True)
class _RecordedModel(WrappedLandmarks):
    recording: Recording

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        return self.recording.look(self.name, bgr, lambda b: self.inner.locate(b, region))


class _PartModel(Protocol[S_co]):
    """A network that looks at a hand or a face."""

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> S_co: ...


@dataclass(frozen=True, slots=True)
class _RecordedPart(Generic[S_co]):
    name: str
    inner: _PartModel[S_co]
    recording: Recording

    def locate(self, bgr: U8, region: Region, *, mirrored: bool = False) -> S_co:
        return self.recording.look(
            self.name, bgr, lambda b: self.inner.locate(b, region, mirrored=mirrored)
        )


@dataclass(frozen=True, slots=True)
class _RecordedEyes:
    inner: EyeModel
    recording: Recording

    def look(self, bgr: U8, mesh_px: Floats) -> F32:
        return self.recording.look("eyes", bgr, lambda b: self.inner.look(b, mesh_px))


@dataclass(frozen=True, slots=True)
class _RecordedLifter:
    inner: Lifter
    recording: Recording

    def lift(self, view: LifterInput) -> Lifted:
        return self.recording.ask("lifter", lambda: self.inner.lift(view))


def watched(networks: Networks, recording: Recording) -> Networks:
    """The same networks with their calls recorded, those of a depth network of the user's not."""
    hands, faces, lifter = networks.hands, networks.faces, networks.lifter
    eyes = networks.eyes
    return replace(
        networks,
        detector=_recorded(networks.detector, recording),
        landmark_models=tuple(
            _RecordedModel(model, recording) for model in networks.landmark_models
        ),
        hands=None if hands is None else _RecordedPart("hands", hands, recording),
        faces=None if faces is None else _RecordedPart("face", faces, recording),
        eyes=None if eyes is None else _RecordedEyes(eyes, recording),
        lifter=None if lifter is None else _RecordedLifter(lifter, recording),
    )
