"""What a person may choose before a run, checked once, carried into the take."""

from __future__ import annotations

import os
from dataclasses import dataclass
from numbers import Real
from typing import Final, cast

from .errors import SettingsError

QUALITIES: Final = ("fast", "balanced", "best")
CONTACT_MODES: Final = ("auto", "always", "off")
GAP_MODES: Final = ("unkeyed", "hold")
BODY_PARTS: Final = ("whole", "upper")
CLOSEUP_MODES: Final = ("auto", "on", "off")
CAMERA_MODES: Final = ("auto", "still", "moving", "given")
ESTIMATORS: Final = ("blazepose", "centernet-depth", "as-published", "flat")
"""BlazePose; a CenterNet network's 17 keypoints on fitted depth; on depth by the formula of the
project Limn began as; and with no depth at all, a baseline."""
AUTOMATIC: Final = "auto"
PROCESSOR: Final = "cpu"
DEVICES: Final = (
    AUTOMATIC, PROCESSOR,
    *("cuda", "rocm", "migraphx", "directml", "coreml", "webgpu", "openvino", "tensorrt-rtx"),
)  # fmt: skip
"""What networks may run on: ONNX Runtime's execution providers by short names."""
KEYPOINTS_ONLY: Final = ("centernet-depth", "as-published", "flat")
NEED_DEPTH: Final = ("centernet-depth", "as-published")

VIDEO_SUFFIXES: Final = frozenset(
    ".mp4 .mov .m4v .avi .mkv .webm .mpg .mpeg .mts .m2ts .m2t .vob .mxf .dv .flv .wmv .3gp "
    ".ogv".split()
)
"""What the names of videos end with, where a choice is offered; any file may be named."""
_HEIGHTS_M: Final = (0.3, 2.8)  # from a toddler to the tallest who ever lived
ASSUMED_HEIGHT_M: Final = 1.70
"""Body height of people whose height nobody told: the mean adult. What the networks themselves
measure is no height: they make people of 1.57 m and of 1.95 m alike about 1.57 m tall."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a run.

    * ``quality``: which networks run, see ``models.qualities.QUALITY_PASSES``;
    * ``max_people``: the most people kept, those seen longest and largest;
    * ``min_confidence``: detections below this score start no person, in (0, 1);
    * ``min_track_s``: people seen for a shorter time are dropped, in seconds;
    * ``height_m``: body height of everyone, None = ``ASSUMED_HEIGHT_M``;
    * ``heights_m``: body heights of single people in their order, 0 = as everyone;
    * ``fov_deg``: field of view over the picture's longer side, None = estimated;
    * ``contacts``: "auto" plants feet where they stand, "always" keeps the lowest foot on the floor
      even in jumps, "off" leaves feet alone;
    * ``gaps``: stretches over a second in which a person isn't seen are left "unkeyed" or "hold";
    * ``estimator``: one of ``ESTIMATORS`` or the name of an installed pose model;
    * ``depth_model``: a depth network's name or file, empty = none, with ``depth_input`` what of
      its descriptor is to be changed, see ``models.networks.depth.changed``;
    * ``hands``: "auto" poses fingers where hands are large enough in the picture to be read, "on"
      looks at and trusts hands of every size, "off" leaves them at rest;
    * ``face``: the same of faces, which tell shapes and how the head is turned; ``face_shapes`` is
      the installed model that tells the shapes, empty = Limn's own reader;
    * ``device``: one of ``DEVICES``, what the larger networks run on, see ``models.devices``;
    * ``body``: "whole", or of half figures the "upper" one alone: legs rest, whatever was seen;
    * ``camera``: "auto" follows it as simply as the background allows, "still" takes it to stand,
      "moving" to be carried wherever that explains what is seen, "given" is one somebody named.
    """

    quality: str = "balanced"
    max_people: int = 6
    min_confidence: float = 0.25
    min_track_s: float = 0.25
    height_m: float | None = None
    heights_m: tuple[float, ...] = ()
    fov_deg: float | None = None
    contacts: str = "auto"
    gaps: str = "unkeyed"
    estimator: str = "blazepose"
    depth_model: str = ""
    depth_input: str = ""
    hands: str = "auto"
    face: str = "auto"
    face_shapes: str = ""
    device: str = AUTOMATIC
    body: str = "whole"
    camera: str = "auto"

    def __post_init__(self) -> None:
        _one_of("quality", self.quality, QUALITIES)
        _one_of("contacts", self.contacts, CONTACT_MODES)
        _one_of("gaps", self.gaps, GAP_MODES)
        _one_of("camera", self.camera, CAMERA_MODES)
        _one_of("hands", self.hands, CLOSEUP_MODES)
        _one_of("face", self.face, CLOSEUP_MODES)
        _one_of("device", self.device, DEVICES)
        _one_of("body", self.body, BODY_PARTS)
        self._check_estimator()
        _within("max people", self.max_people, 1, 32)
        if int(self.max_people) != self.max_people:
            raise SettingsError(f"The max people are {self.max_people:g}, not a whole number.")
        _within("minimum confidence", self.min_confidence, 0.01, 0.99)
        _within("minimum track length", self.min_track_s, 0.0, 3600.0)
        if self.height_m is not None:
            _within("body height", self.height_m, *_HEIGHTS_M)
        self._check_heights()
        if self.fov_deg is not None:
            _within("field of view", self.fov_deg, 5.0, 170.0)

    def height_of(self, index: int) -> float | None:
        """The body height that was told of person ``index``, in metres; None where none was."""
        told = self.heights_m[index] if index < len(self.heights_m) else 0.0
        return told or self.height_m

    def _check_heights(self) -> None:
        given = cast(object, self.heights_m)
        if not isinstance(given, tuple | list):
            raise SettingsError("The heights of single people are no list.")
        heights = tuple(cast("tuple[float, ...]", given))
        for height in heights:
            if isinstance(cast(object, height), bool) or height != 0:
                _within("body height", height, *_HEIGHTS_M)
        if any(heights) and self.estimator in KEYPOINTS_ONLY:
            raise SettingsError(
                f"The estimator '{self.estimator}' places everybody alike; it takes one height."
            )
        # JSON has no tuples.
        object.__setattr__(self, "heights_m", heights if any(heights) else ())

    def _check_estimator(self) -> None:
        for name in ("estimator", "depth_model", "depth_input", "face_shapes"):
            if not isinstance(getattr(self, name), str):
                raise SettingsError(f"The {name.replace('_', ' ')} is no name.")
        if not self.estimator:
            raise SettingsError("The estimator has no name; leave it out for blazepose.")
        if self.estimator in NEED_DEPTH and not self.depth_model:
            raise SettingsError(
                f"The estimator '{self.estimator}' needs a depth network: name one, such as an "
                "installed model of 'limn models' or a MiDaS file of your own."
            )


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"The {name} is '{value}'; it must be one of {', '.join(allowed)}.")


def _within(name: str, value: float, low: float, high: float) -> None:
    # Settings may come from JSON: what is annotated need not be what is there.
    if not isinstance(cast(object, value), Real) or isinstance(value, bool):
        raise SettingsError(f"The {name} is no number.")
    if not low <= value <= high:
        raise SettingsError(f"The {name} is {value:g}; it must lie between {low:g} and {high:g}.")


CORES_VARIABLE: Final = "LIMN_CORES"
"""The environment variable by which a batch shares the cores among its workers."""


def usable_cores(most: int) -> int:
    """Cores for this process: the environment's word, else those it may run on, ``most`` at most.

    A word that is no positive number counts as none.
    """
    told = os.environ.get(CORES_VARIABLE, "")
    if told.isdecimal() and int(told) > 0:
        return min(int(told), most)
    if hasattr(os, "sched_getaffinity"):
        return max(1, min(len(os.sched_getaffinity(0)), most))
    return max(1, min(os.cpu_count() or 1, most))
