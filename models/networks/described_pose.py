"""Described networks as the two things the pipeline is handed: detectors and landmark models."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ...core.data.arrays import F32, F64, U8
from ...core.data.errors import ModelError
from ...core.data.observations import PassWorth
from ...core.data.skeletons import COCO_17, Skeleton
from ...core.data.types import Detections, Landmarks, Region
from ...core.decoding.blazepose import decode_blazepose
from ...core.decoding.centernet import decode_centernet
from ...core.decoding.direct import decode_movenet, decode_movenet_people, decode_rtmo
from ...core.decoding.heatmaps import decode_heatmaps
from ...core.decoding.metres import (
    about_hips,
    decode_joints,
    joint_scores,
    metres_about_hips,
    one_each,
)
from ...core.decoding.schemes import landmarks_from, scheme_named
from ...core.decoding.simcc import decode_depth, decode_simcc
from ..devices import ON_PROCESSOR, Device
from ..user.descriptor import Descriptor
from .blazepose import landmarks_of
from .crops import cut
from .described import DescribedNetwork

_TRIAL_PX: Final = 256
_SPATIAL: Final = ("blazepose", "simcc3d", "joints3d")
"""The decoders that read 3D."""
_QUARTER_RAD: Final = np.pi / 2
_SQUARE_PADDING: Final = 1.25
"""How much larger than the person a region's square is."""
_MASK_SHARE: Final = 1 / 12
"""A region's mask is the person's box and a tenth of its longer side all round."""


class DescribedPeople:
    """A network that finds everybody with their joints. Implements ``core.data.types.Detector``."""

    def __init__(self, network: DescribedNetwork) -> None:
        self._network = network
        self._skeleton = _skeleton(network.descriptor)

    @property
    def name(self) -> str:
        """The descriptor's name."""
        return self._network.descriptor.name

    def detect(self, bgr: U8) -> Detections:
        """Everybody the network reports, doubles included, in picture pixels. Raises ModelError."""
        outputs, placement = self._network.look(bgr)
        size_px, source = placement.size_px, self._network.source
        decoder = self._network.descriptor.decoder
        if decoder == "centernet":
            found = decode_centernet(outputs, size_px, source=source)
        elif decoder == "movenet":
            found = decode_movenet_people(outputs["people"], size_px, source)
        elif decoder == "rtmo":
            coco = self._skeleton.select(COCO_17).rows.tolist()
            found = decode_rtmo(outputs["boxes"], outputs["keypoints"], coco, source)
        else:
            raise ModelError(f"{source} has the decoder '{decoder}', which finds no people.")
        return placement.people_to_picture(found)


class DescribedPose:
    """A network that places one person's joints. Implements ``core.data.types.LandmarkModel``."""

    def __init__(self, network: DescribedNetwork) -> None:
        self._network = network
        self._skeleton = _skeleton(network.descriptor)

    @property
    def name(self) -> str:
        """The descriptor's name."""
        return self._network.descriptor.name

    @property
    def skeleton(self) -> Skeleton:
        """The descriptor's keypoints."""
        return self._skeleton

    @property
    def worth(self) -> PassWorth:
        """Precise 2D, as it looks alone; 3D where the decoder reads some."""
        has_3d = self._network.descriptor.decoder in _SPATIAL
        return PassWorth(self.name, is_precise=True, has_3d=has_3d)

    def locate(self, bgr: U8, region: Region) -> Landmarks:
        """Landmarks of the person in ``region``, with 3D as ``worth`` says. Raises ModelError."""
        network = self._network
        size_px = network.place((bgr.shape[1], bgr.shape[0])).size_px
        if network.descriptor.decoder == "blazepose":
            return self._locate_upright(bgr, region, size_px)
        crop, A_picture_crop = cut_box(bgr, region, size_px, network.descriptor.padding)
        outputs = network.run(crop)
        xy, score = self._decode(outputs, size_px)
        # Crops count from the outer edge of their first pixel.
        xy_px = ((xy + 0.5) @ A_picture_crop[:, :2].T + A_picture_crop[:, 2]).astype(np.float32)
        xyz_m = self._metres(outputs, xy_px, score, A_picture_crop)
        return landmarks_from(xy_px, score, self._skeleton, xyz_m)

    def _metres(
        self, outputs: dict[str, F32], xy_px: F32, score: F32, A_picture_crop: F64
    ) -> F32 | None:
        """Metres (n, 3) from the hips in the picture's axes; None of decoders without 3D."""
        descriptor, skeleton = self._network.descriptor, self._skeleton
        count, source = len(skeleton), self._network.source
        if descriptor.decoder == "simcc3d":
            depth_m = decode_depth(outputs["z"], count, descriptor.depth_range_m, source)
            return metres_about_hips(xy_px, depth_m, score, skeleton)
        if descriptor.decoder == "joints3d":
            told = outputs["pixels"], outputs["joints"]
            xyz = decode_joints(*told, count, descriptor.unit_m, source)[1]
            turn = A_picture_crop[:, :2] / np.linalg.norm(A_picture_crop[:, 0])
            xyz[:, :2] = xyz[:, :2] @ turn.T
            return about_hips(xyz, skeleton)
        return None

    def _locate_upright(self, bgr: U8, region: Region, size_px: tuple[int, int]) -> Landmarks:
        """BlazePose's way: the square round the hips, turned until the trunk stands."""
        network = self._network
        side = size_px[0]
        if size_px[1] != side:
            raise ModelError(
                f"{network.source} has an input of {size_px[0]} x {size_px[1]} pixels where its "
                "decoder 'blazepose' expects a square."
            )
        padding = network.descriptor.padding / _SQUARE_PADDING
        crop = cut(bgr, replace(region, side_px=region.side_px * padding), side)
        seen = decode_blazepose(network.run(crop.bgr), side, network.source)
        return landmarks_of(seen, crop, region)

    def _decode(self, outputs: dict[str, F32], size_px: tuple[int, int]) -> tuple[F32, F32]:
        descriptor, source = self._network.descriptor, self._network.source
        count = len(self._skeleton)
        if descriptor.decoder == "heatmap":
            aligned = descriptor.corner_aligned
            maps = outputs["heatmaps"]
            return decode_heatmaps(maps, count, size_px, source=source, corner_aligned=aligned)
        if descriptor.decoder == "joints3d":
            told = outputs["pixels"], outputs["joints"]
            pixels, xyz_m = decode_joints(*told, count, descriptor.unit_m, source)
            sure, unsure = (
                one_each(outputs[name], count, name, source) if name in outputs else None
                for name in ("confidence", "uncertainty")
            )
            unsure = None if unsure is None else unsure * descriptor.unit_m
            return pixels.astype(np.float32), joint_scores(pixels, xyz_m, size_px, sure, unsure)
        if descriptor.decoder in ("simcc", "simcc3d"):
            return decode_simcc(outputs["x"], outputs["y"], count, descriptor.split, source)
        if descriptor.decoder == "movenet":
            return decode_movenet(outputs["people"], size_px, source)
        raise ModelError(
            f"{source} has the decoder '{descriptor.decoder}', which places no joints."
        )


def cut_box(bgr: U8, region: Region, size_px: tuple[int, int], padding: float) -> tuple[U8, F64]:
    """The person's box, ``padding`` times as large and of the input's shape, upright.

    Returns the crop (h, w, 3) and the map (2, 3) from it, counted from its outer edge, to the
    picture. Networks of this kind know people who lean, so only quarter turns are undone.
    """
    x0, y0, x1, y1 = region.mask_px
    margin = max(x1 - x0, y1 - y0) * _MASK_SHARE
    width, height = max(x1 - x0 - 2 * margin, 1.0), max(y1 - y0 - 2 * margin, 1.0)
    turns = round(region.rotation_rad / _QUARTER_RAD)
    if turns % 2:
        width, height = height, width
    scale = max(width / size_px[0], height / size_px[1]) * padding
    longer = max(size_px)
    square = replace(
        region,
        center_px=((x0 + x1) / 2, (y0 + y1) / 2),
        side_px=longer * scale,
        rotation_rad=turns * _QUARTER_RAD,
    )
    crop = cut(bgr, square, longer)
    left, top = ((longer - side) // 2 for side in size_px)
    A = crop.A_picture_crop.copy()
    A[:, 2] += A[:, :2] @ [left, top]
    part = crop.bgr[top : top + size_px[1], left : left + size_px[0]]
    return np.ascontiguousarray(part), A


def open_people(
    descriptor: Descriptor, path: Path, device: Device = ON_PROCESSOR
) -> DescribedPeople:
    """A detector from a model file; the file is read at the first use. Raises ModelError."""
    return DescribedPeople(DescribedNetwork(descriptor, path, device))


def open_pose(descriptor: Descriptor, path: Path, device: Device = ON_PROCESSOR) -> DescribedPose:
    """A landmark model from a model file; the file is read at the first use. Raises ModelError."""
    return DescribedPose(DescribedNetwork(descriptor, path, device))


def try_pose_model(descriptor: Descriptor, path: Path) -> None:
    """Run a model once on a grey picture. Raises ModelError when it can't do its job."""
    grey = np.full((_TRIAL_PX, _TRIAL_PX, 3), 128, np.uint8)
    with closing(DescribedNetwork(descriptor, path)) as network:
        if descriptor.job == "people":
            DescribedPeople(network).detect(grey)
        else:
            side = float(_TRIAL_PX)
            whole = Region((side / 2, side / 2), side, 0.0, (0.0, 0.0, side, side))
            DescribedPose(network).locate(grey, whole)


def _skeleton(descriptor: Descriptor) -> Skeleton:
    return scheme_named(descriptor.keypoints or "")
