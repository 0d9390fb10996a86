"""COLMAP's models, text and binary, as cameras of a clip (colmap.github.io/format.html)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...data.arrays import F64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ...data.types import ClipInfo
from ...geometry.camera import distort
from ...geometry.rotations import matrix_from_quat
from .lens import for_size
from .numbering import in_clip

MODELS: Final = {
    "SIMPLE_PINHOLE": ("f", "cx", "cy"),
    "PINHOLE": ("fx", "fy", "cx", "cy"),
    "SIMPLE_RADIAL": ("f", "cx", "cy", "k1"),
    "RADIAL": ("f", "cx", "cy", "k1", "k2"),
    "OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"),
    "OPENCV_FISHEYE": ("fx", "fy", "cx", "cy", "f1", "f2", "f3", "f4"),
    "FULL_OPENCV": ("fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
}
"""What the numbers after width and height are, by the camera's model; in COLMAP's order."""
_KNOWN: Final = ("k1", "k2", "p1", "p2")
_OTHERS: Final = ("f1", "f2", "f3", "f4", "k3", "k4", "k5", "k6")
"""Distortions that Limn doesn't know, unless they are 0."""
_SAMPLES: Final = 24  # radii at which lenses are compared; by hand
LONGEST_NAME: Final = 4096  # characters of an image's name, bounds work on damaged files
_MOST: Final = 1e6  # no pose or lens has larger numbers, whatever the unit


@dataclass(frozen=True, slots=True)
class Lens:
    """A camera of the model: its ``kind``, the picture's size and the numbers in ``MODELS``."""

    kind: str
    size_px: tuple[float, float]
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """A registered picture: ``pose`` qw qx qy qz tx ty tz from the world to its axes."""

    name: str
    lens: str
    pose: tuple[float, ...]


def text_model(images: str, cameras: str) -> tuple[list[Image], dict[str, Lens]]:
    """The pictures and lenses of a model in text. Raises Damaged."""
    lenses: dict[str, Lens] = {}
    for line in _lines(cameras):
        fields = line.split()
        if len(fields) < 5:
            raise Damaged(f"cameras.txt has a camera of {len(fields)} fields")
        width, height, *numbers = (_number(field) for field in fields[2:])
        lenses[fields[0]] = Lens(fields[1], (width, height), tuple(numbers))
    return list(_images(images)), lenses


def _images(text: str) -> Iterator[Image]:
    """After a picture's line comes one with its points, which may be empty, and which some tools
    and editors leave out."""
    for line in _lines(text):
        fields = line.split(maxsplit=9)
        if _is_points(fields):
            continue
        if len(fields) < 10:
            raise Damaged(f"images.txt has an image of {len(fields)} fields")
        pose = tuple(_number(field) for field in fields[1:8])
        yield Image(fields[9].strip(), fields[8], pose)


def _is_points(fields: Sequence[str]) -> bool:
    """Whether a line is of points, x y and a number each, not of an image, which has a name."""
    if len(fields) < 10:
        return len(fields) % 3 == 0
    if len(fields[9]) > LONGEST_NAME:
        return True
    told = [*fields[:9], *fields[9].split()]
    return len(told) % 3 == 0 and _is_number(told[9])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def camera_of(
    images: Sequence[Image], lenses: dict[str, Lens], clip: ClipInfo, clip_name: str
) -> GivenCamera:
    """The camera of a clip whose pictures were registered, one image a frame.

    The last number in an image's name is its frame's, see ``numbering``. Of several folders of
    images that which is called as the clip is taken. Raises Damaged.
    """
    found: dict[int, Image] = {}
    for image in _of_clip(images, clip_name):
        numbers = re.findall(r"\d+", image.name.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        if not numbers:
            raise Damaged(f"the image {image.name[:80]} has no number in its name")
        if image.lens not in lenses:
            raise Damaged(f"it has no camera {image.lens[:80]}")
        number = int(numbers[-1][-9:])
        if number in found:
            raise Damaged(f"frame {number} has two images")
        found[number] = image
    if not found:
        raise Damaged("it has no images")
    order = sorted(found)
    frames = in_clip(np.array(order, np.int64), clip, are_names=True)
    kept = [found[number] for number, frame in zip(order, frames, strict=True) if frame >= 0]
    K, dist = _with_one_distortion([lenses[image.lens] for image in kept], clip.size_px)
    T = np.stack([_placed(image.pose) for image in kept])
    return GivenCamera(frames[frames >= 0].astype(np.int32), T, K, dist)


def _of_clip(images: Sequence[Image], clip_name: str) -> Sequence[Image]:
    folders = {image.name.rpartition("/")[0] for image in images}
    if len(folders) < 2:
        return images
    own = {one for one in folders if clip_name.lower() in one.lower().split("/")}
    if len(own) == 1:
        return [image for image in images if image.name.rpartition("/")[0] in own]
    listed = ", ".join(sorted(one[:40] or "no folder" for one in folders)[:8])
    raise Damaged(f"none of its folders of images ({listed}) is called as the clip, {clip_name}")


def _with_one_distortion(lenses: Sequence[Lens], size_px: tuple[int, int]) -> tuple[F64, F64]:
    """K (n, 3, 3) in pixels of the clip and the dist (4,) that all share: where every image was
    given a lens of its own, the median one, with focal lengths that put the picture as theirs."""
    own = {lens: _told(lens, size_px) for lens in set(lenses)}
    K = np.stack([own[lens][0] for lens in lenses])
    dists = np.stack([own[lens][1] for lens in lenses])
    dist = np.median(dists, axis=0)
    for k, one in zip(K, dists, strict=True):
        if (one == dist).all():
            continue
        across: F64 = np.linspace(0, max(size_px) / 2 / float(k[0, 0]), _SAMPLES)[1:]
        xy = np.stack([across, 0 * across], axis=-1)
        mine, shared = distort(xy, one)[:, 0], distort(xy, dist)[:, 0]
        k[:2, :2] *= (mine @ shared) / (shared @ shared)
    return K, dist


def _told(lens: Lens, size_px: tuple[int, int]) -> tuple[F64, F64]:
    """K (3, 3) in pixels of the clip and dist (4,)."""
    names = MODELS.get(lens.kind)
    if names is None:
        known = ", ".join(MODELS)
        raise Damaged(f"it has a camera of the model {lens.kind[:80]}, not one of {known}")
    if len(lens.numbers) != len(names):
        raise Damaged(f"it has a {lens.kind} of {len(lens.numbers)} numbers")
    of = dict(zip(names, lens.numbers, strict=True))
    if any(of.get(name) for name in _OTHERS) or lens.kind == "OPENCV_FISHEYE":
        raise Damaged(
            f"it has a {lens.kind}, whose distortion Limn doesn't know; let COLMAP undistort the "
            "images, or use the model OPENCV"
        )
    fx, fy = of.get("fx", of.get("f", 0.0)), of.get("fy", of.get("f", 0.0))
    if min(*lens.size_px, fx, fy) <= 0:
        raise Damaged("it has a camera without size or focal length")
    # COLMAP's pixels begin at 0, ours have their middles at whole numbers.
    K = np.array([[fx, 0, of["cx"] - 0.5], [0, fy, of["cy"] - 0.5], [0, 0, 1.0]])
    return for_size(K, lens.size_px, size_px), np.array([of.get(name, 0.0) for name in _KNOWN])


def _placed(pose: Sequence[float]) -> F64:
    """``T_world_camera`` (4, 4) of a quaternion and translation (7,) from world to camera."""
    values = np.array([checked(value) for value in pose])
    norm = float(np.linalg.norm(values[:4]))
    if norm < 1e-6:
        raise Damaged("it has a rotation that is none")
    T: F64 = np.eye(4)
    R = np.asarray(matrix_from_quat(values[:4] / norm), np.float64)
    T[:3, :3], T[:3, 3] = R.T, -R.T @ values[4:]
    return T


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _number(text: str) -> float:
    try:
        return checked(float(text))
    except ValueError as error:
        raise Damaged(f"'{text[:80]}' is no likely number") from error


def checked(value: float) -> float:
    """``value`` if a model may hold it. Raises Damaged."""
    if not math.isfinite(value) or abs(value) > _MOST:
        raise Damaged(f"'{value:g}' is no likely number")
    return value
