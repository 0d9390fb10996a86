"""BlazePose GHUM: 33 landmarks of the one person in a region, in the picture and in metres.

Pre- and post-processing follow MediaPipe 0.10.21 (pose_landmark_cpu, RefineLandmarksFromHeatmap),
apart from the mask, which keeps neighbours out, and from the joints in metres, which a head of
Limn's own reads out of the network's features.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...core.data.arrays import F32, U8, Floats
from ...core.data.observations import PassWorth
from ...core.data.profiling.stages import staged
from ...core.data.skeletons import BLAZEPOSE_MIRROR, BLAZEPOSE_SKELETON, Skeleton
from ...core.data.types import Landmarks, Region
from ...core.decoding.blazepose import BlazePoseAnswer, decode_blazepose
from ...core.decoding.joints import with_joints
from ..runtime import NetworkRunner
from .crops import Crop, cut
from .joint_head import JointHead

CROP_PX: Final = 256
_ROLES: Final = ("landmarks", "presence", "heatmap", "world", "features")
_PRECISE: Final = ("heavy",)
"""Variants whose pixels are the better ones: heavy errs half as far as full on real video."""
_MIRROR: Final = np.array(BLAZEPOSE_MIRROR)


class BlazePose:
    """A pass of one variant ("full" or "heavy"), upright or on the mirrored crop.

    Passes of a variant share one ``NetworkRunner`` and one ``head``; without a head, joints are
    BlazePose's own. Implements ``core.data.types.LandmarkModel``.
    """

    def __init__(
        self,
        variant: str,
        network: NetworkRunner,
        head: JointHead | None = None,
        *,
        mirrored: bool = False,
        is_brief: bool = False,
    ) -> None:
        """Crops are cut as briefly as may be where it ``is_brief``."""
        self._network = network
        self._is_brief = is_brief
        self._head = head
        self._mirrored = mirrored
        self._name = f"{variant}_mirrored" if mirrored else variant
        self._worth = PassWorth(variant, is_precise=variant in _PRECISE, has_3d=True)

    @property
    def name(self) -> str:
        """The pass as ``qualities.QUALITY_PASSES`` spells it."""
        return self._name

    @property
    def skeleton(self) -> Skeleton:
        """BlazePose's 33 landmarks."""
        return BLAZEPOSE_SKELETON

    @property
    def worth(self) -> PassWorth:
        """3D of every variant, pixels of "heavy" before the others'."""
        return self._worth

    def open(self) -> None:
        """See ``core.pipeline.pace.opening.Opening``."""
        self._network.open()
        if self._head is not None:
            self._head.open()

    @staged("network inputs and answers")
    def locate(self, bgr: U8, region: Region) -> Landmarks:
        """Return the landmarks of the person in ``region`` of the picture ``bgr``.

        Raises ModelError when the network can't be opened.
        """
        import cv2

        crop = cut(bgr, region, CROP_PX, is_brief=self._is_brief)
        shown = crop.bgr[:, ::-1] if self._mirrored else crop.bgr
        rgb = cv2.cvtColor(np.ascontiguousarray(shown), cv2.COLOR_BGR2RGB)
        image = np.multiply(rgb, np.float32(1 / 255), dtype=np.float32)[None]
        answers = zip(_ROLES, self._network.run(image), strict=True)
        outputs: dict[str, Floats] = dict(answers)
        seen = decode_blazepose(outputs, CROP_PX, f"The network {self._name}")
        if self._head is not None:
            joints = self._head.joints(outputs["features"])
            seen = replace(seen, xyz_crop=with_joints(seen.xyz_crop, joints))
        return landmarks_of(_mirrored(seen) if self._mirrored else seen, crop, region)


def landmarks_of(seen: BlazePoseAnswer, crop: Crop, region: Region) -> Landmarks:
    """What was seen in the ``crop`` of a ``region``, in the picture's pixels and axes."""
    return Landmarks(
        xy_px=crop.to_picture(seen.xy_crop),
        score=seen.score,
        xyz_m=_turned(seen.xyz_crop, region.rotation_rad),
        presence=seen.presence,
    )


def _mirrored(seen: BlazePoseAnswer) -> BlazePoseAnswer:
    """The answer to a mirrored crop as one to the crop itself."""
    xy, xyz = seen.xy_crop[_MIRROR], seen.xyz_crop[_MIRROR]
    xy[:, 0] = CROP_PX - xy[:, 0]
    xyz[:, 0] *= -1
    return BlazePoseAnswer(xy, seen.score[_MIRROR], xyz, seen.presence)


def _turned(xyz_crop: F32, rotation_rad: float) -> F32:
    """Turn metres from the crop's axes to the picture's; z, along the view, stays."""
    cos, sin = np.cos(rotation_rad), np.sin(rotation_rad)
    R_picture_crop = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float32)
    return xyz_crop @ R_picture_crop.T
