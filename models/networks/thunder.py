"""MoveNet Thunder: COCO's 17 keypoints of the one person in a region, in the picture alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...core.data.arrays import U8
from ...core.data.observations import SECOND_LOOK, PassWorth
from ...core.data.profiling.stages import staged
from ...core.data.skeletons import COCO_SKELETON, Skeleton
from ...core.data.types import Landmarks, Region
from ...core.decoding.direct import decode_movenet
from ...core.decoding.schemes import landmarks_from
from ..runtime import NetworkRunner
from .crops import cut

_CROP_PX: Final = 256


class Thunder:
    """Looks where BlazePose saw somebody, see ``core.pipeline.second_look``.

    Implements ``core.data.types.LandmarkModel``.
    """

    def __init__(self, network: NetworkRunner) -> None:
        self._network = network

    @property
    def name(self) -> str:
        """The pass as ``qualities.QUALITY_PASSES`` spells it."""
        return SECOND_LOOK

    @property
    def skeleton(self) -> Skeleton:
        """COCO's 17 keypoints."""
        return COCO_SKELETON

    @property
    def worth(self) -> PassWorth:
        """Keypoints that stand beside the detector's, see ``core.pipeline.second_look``."""
        return PassWorth(SECOND_LOOK, is_precise=False, has_3d=False)

    def open(self) -> None:
        """See ``core.pipeline.pace.opening.Opening``."""
        self._network.open()

    @staged("network inputs and answers")
    def locate(self, bgr: U8, region: Region) -> Landmarks:
        """Return the keypoints of the person in ``region`` of the picture ``bgr``, without 3D.

        Raises ModelError when the network can't be opened.
        """
        crop = cut(bgr, region, _CROP_PX)
        rgb = np.ascontiguousarray(crop.bgr[..., ::-1]).astype(np.int32)
        (keypoints,) = self._network.run(rgb[None])
        xy, score = decode_movenet(keypoints, (_CROP_PX, _CROP_PX), f"The network {SECOND_LOOK}")
        # Crops count from the outer edge of their first pixel.
        return landmarks_from(crop.to_picture(xy + 0.5), score, COCO_SKELETON)
