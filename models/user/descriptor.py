"""A model file described as data: what it is for, how it is fed, what its outputs mean.

Adding a model needs no code where its decoder exists. Limn's own descriptors are the JSON files in
``models/descriptors``; a user's stand beside their model files (see ``models.user.library``). Every
field is checked when a descriptor is read or made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ...core.data.errors import ModelError
from ...core.data.reading import parse_json, read_text, refusing
from .fields import Mistake, check, check_choice, check_types, known_fields

ROLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "heatmap": ("heatmaps",),
        "simcc": ("x", "y"),
        "simcc3d": ("x", "y", "z"),
        "joints3d": ("pixels", "joints"),
        "centernet": (
            "centers", "sizes", "center_offsets", "joints", "joint_heatmaps", "joint_offsets",
        ),
        "movenet": ("people",),
        "blazepose": ("landmarks", "presence", "heatmap", "world"),
        "rtmo": ("boxes", "keypoints"),
        "midas": ("depth",),
        "blendshapes": ("shapes",),
    }
)  # fmt: skip
"""The decoders, and the outputs each of them reads."""
MORE_ROLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"joints3d": ("confidence", "uncertainty")}
)
"""Outputs that a decoder reads where a network has them."""

DECODERS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "pose": ("heatmap", "simcc", "simcc3d", "joints3d", "movenet", "blazepose"),
        "people": ("centernet", "movenet", "rtmo"),
        "depth": ("midas",),
        "face": ("blendshapes",),
    }
)
"""The jobs, and the decoders that do each: "pose" places one person's joints in the crop round
them, "people" finds everybody's joints in the whole picture, "depth" tells every pixel's, and
"face" ARKit's shapes from the points that Limn's own face mesh finds in an ``input``."""

KEYPOINTS: Final[Mapping[str, int]] = MappingProxyType(
    {"coco17": 17, "halpe26": 26, "wholebody133": 133, "blazepose33": 33, "face_mesh": 468}
)
"""Keypoint schemes and their number of points; the first 17 of the middle two are COCO's."""

DEPTH_SENSES: Final = ("inverse", "metric")
"""What a depth network's numbers say: larger is nearer, up to scale and shift; or metres."""

MOST_BYTES: Final = (1 << 31) - 1
"""The largest model that is taken: an ONNX file without others beside it can't be larger."""

_MOST_TEXT: Final = 1 << 20

DESCRIPTORS_DIR: Final = Path(__file__).parents[1] / "descriptors"

_LAYOUTS: Final = ("NCHW", "NHWC")
_CHANNELS: Final = ("rgb", "bgr")
_DTYPES: Final = ("float32", "int32", "uint8")
_FITS: Final = ("box", "center", "corner", "stretch")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}[a-z0-9]")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,90}\.(onnx|task)")
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MOST_SIDE_PX: Final = 4096


@dataclass(frozen=True, slots=True)
class ModelInput:
    """How a picture is put before the network: value = (pixel * scale - mean) / std.

    * ``width``, ``height`` in pixels: the network's own, or what to aim at where the file leaves
      them open; then both sides are rounded to ``multiple_of``;
    * ``layout`` of the tensor, order of the ``channels``, its ``dtype``;
    * ``scale`` for pixels of 0..255; ``mean`` and ``std`` in the order of ``channels``;
    * ``fit``: "box" = the person's box, widened to the input's aspect; "center" and "corner" = the
      whole picture, its aspect kept, in the middle or at the top left; "stretch" = aspect not kept;
    * ``pad`` 0..255: the grey of what the picture does not fill;
    * ``tensor``: the input's name, None for a file's only one.
    """

    width: int
    height: int
    multiple_of: int = 1
    layout: str = "NCHW"
    channels: str = "rgb"
    dtype: str = "float32"
    scale: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    fit: str = "stretch"
    pad: float = 0.0
    tensor: str | None = None

    def __post_init__(self) -> None:
        check_types(self, "input ")
        for name in ("width", "height", "multiple_of"):
            check(0 < getattr(self, name) <= _MOST_SIDE_PX, f"input {name} must be 1 to 4096")
        for name, allowed in (
            ("layout", _LAYOUTS), ("channels", _CHANNELS), ("dtype", _DTYPES), ("fit", _FITS),
        ):  # fmt: skip
            check_choice(f"input {name}", getattr(self, name), allowed)
        check(all(value > 0.0 for value in self.std), "input std must be above 0")
        check(self.scale > 0.0, "input scale must be above 0")
        check(0.0 <= self.pad <= 255.0, "input pad must be 0 to 255")
        check(self.tensor != "", "input tensor is empty")


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A model that a person may bring.

    * ``name`` on the command line, ``title`` for people; ``job`` and ``decoder``: ``DECODERS_OF``;
    * ``file`` as its makers call it; ``sha256`` and ``size_bytes`` of it, None where nobody
      vouches for them; ``url`` (https) of it, or of a .zip that holds it as its only .onnx.
      Without a sha256 nothing is downloaded; ``page`` where people find the file;
    * ``licence`` of the weights, ``credit``, ``good_for``;
    * ``input``; ``outputs`` from the decoder's ``ROLES`` to the file's tensor names, of which a
      decoder's only one may be "", the file's first output;
    * ``keypoints`` a key of ``KEYPOINTS``, None for depth; ``depth`` one of ``DEPTH_SENSES``, None
      for joints;
    * ``padding``: how much larger than a person's box the crop is; ``split``: SimCC bins a pixel;
    * ``depth_range_m``: how far a third SimCC axis reaches before and behind the hips; ``unit_m``:
      metres that 1 of "joints" stands for;
    * ``corner_aligned``: a heatmap's outer cells lie on the input's outer pixels (MMPose's UDP);
    * ``checked``: somebody ran this very file with Limn; ``note``: what is not certain.
    """

    name: str
    title: str
    job: str
    decoder: str
    file: str
    licence: str
    credit: str
    good_for: str
    input: ModelInput
    outputs: Mapping[str, str]
    keypoints: str | None = None
    depth: str | None = None
    padding: float = 1.25
    split: float = 2.0
    depth_range_m: float = 2.1744869
    unit_m: float = 1.0
    corner_aligned: bool = False
    url: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    page: str | None = None
    checked: bool = False
    note: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        check_types(self, "")
        check(self.version == 1, "version must be 1")
        check(bool(_NAME.fullmatch(self.name)), "name must be of a-z, 0-9, '.', '_' and '-'")
        is_plain = bool(_FILE.fullmatch(self.file))
        check(is_plain, "file must be a plain name that ends in .onnx or .task")
        for name in ("name", "file"):
            check(not _DEVICES.fullmatch(getattr(self, name)), f"{name} is reserved on Windows")
        for name in ("title", "licence"):
            check(bool(getattr(self, name).strip()), f"{name} is empty")
        self._check_job()
        self._check_source()
        check(1.0 <= self.padding <= 4.0, "padding must be 1 to 4")
        check(1.0 <= self.split <= 16.0, "split must be 1 to 16")
        check(0.1 <= self.depth_range_m <= 100.0, "depth_range_m must be 0.1 to 100")
        check(0.0001 <= self.unit_m <= 10.0, "unit_m must be 0.0001 to 10")
        object.__setattr__(self, "outputs", MappingProxyType(dict(self.outputs)))

    def _check_job(self) -> None:
        check_choice("job", self.job, tuple(DECODERS_OF))
        check_choice("decoder", self.decoder, tuple(ROLES))
        check_choice(f"decoder of the job '{self.job}'", self.decoder, DECODERS_OF[self.job])
        wanted, more = ROLES[self.decoder], MORE_ROLES.get(self.decoder, ())
        has_names = len(wanted) == 1 or all(self.outputs.values())
        given = set(self.outputs)
        check(
            set(wanted) <= given <= {*wanted, *more} and has_names,
            f"outputs must name a tensor for each of {', '.join(wanted)}",
        )
        check((self.job == "depth") == (self.depth is not None), "depth is for depth models only")
        check(
            (self.job == "depth") == (self.keypoints is None),
            "keypoints are needed, except for depth",
        )
        if self.depth is not None:
            check_choice("depth", self.depth, DEPTH_SENSES)
        if self.keypoints is not None:
            check_choice("keypoints", self.keypoints, tuple(KEYPOINTS))
            is_mesh = self.keypoints == "face_mesh"
            check((self.job == "face") == is_mesh, "keypoints face_mesh are for faces, only they")
        is_task = self.file.endswith(".task")
        check((self.job == "face") == is_task, "a .task is the file of a face model, only it")
        if self.decoder == "blazepose":
            check(self.keypoints == "blazepose33", "keypoints of BlazePose must be blazepose33")
            check(self.input.width == self.input.height, "input of BlazePose must be square")

    def _check_source(self) -> None:
        for name in ("url", "page"):
            address = getattr(self, name)
            check(
                address is None or bool(re.fullmatch(r"https://[^\s/]+/\S*", address)),
                f"{name} must be a https address",
            )
        check(
            self.sha256 is None or bool(_SHA256.fullmatch(self.sha256)),
            "sha256 must be 64 digits of 0-9 and a-f",
        )
        size = self.size_bytes
        check(size is None or 0 < size <= MOST_BYTES, "size_bytes must be 1 to 2 GiB")

    @property
    def can_be_downloaded(self) -> bool:
        """Whether its address and its sha256 are known."""
        return self.url is not None and self.sha256 is not None

    def to_document(self) -> dict[str, Any]:
        """Return the descriptor as values that JSON has."""
        document = {f.name: getattr(self, f.name) for f in fields(self)}
        return document | {"outputs": dict(self.outputs), "input": asdict(self.input)}

    def to_json(self) -> str:
        """Return the descriptor as JSON text that ``parse_descriptor`` reads back alike."""
        return json.dumps(self.to_document(), indent=2) + "\n"


def parse_descriptor(text: str, where: str) -> Descriptor:
    """Read a descriptor from JSON; ``where`` names the file in errors. Raises ModelError."""
    try:
        document = parse_json(text, _MOST_TEXT)
        check(isinstance(document, dict), "it must be a JSON object")
        entry = known_fields(document.get("input", {}), ModelInput, "input ")
        for name in ("mean", "std"):
            if isinstance(entry.get(name), list):
                entry[name] = tuple(entry[name])
        return Descriptor(
            **{**known_fields(document, Descriptor, ""), "input": ModelInput(**entry)}
        )
    except Mistake as mistake:
        raise ModelError(f"The descriptor {where} can't be used: {mistake}.") from None
    except ValueError:
        raise ModelError(f"The descriptor {where} is not JSON.") from None


def load_descriptor(path: Path) -> Descriptor:
    """Read the descriptor file ``path``. Raises ModelError."""
    with refusing(path, "the descriptor", "no descriptor", ModelError):
        text = read_text(path, _MOST_TEXT)
    return parse_descriptor(text, str(path))


def shipped_descriptors() -> dict[str, Descriptor]:
    """Return the descriptors that come with Limn, by name. Raises ModelError."""
    return dict(_shipped())


@cache
def _shipped() -> Mapping[str, Descriptor]:
    files = sorted(DESCRIPTORS_DIR.glob("*.json"))
    return {descriptor.name: descriptor for descriptor in map(load_descriptor, files)}
