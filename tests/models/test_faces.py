"""The face network on a real picture: both ways of looking agree, in pixels and in depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.types import Region
from limn.models.networks.faces import FaceNetwork, open_faces
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks


def test_a_face_is_placed_the_same_in_a_mirror_and_turned(
    picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    network = FaceNetwork(runners["face_landmark"])
    bgr = picture("face")  # 36 pixels of a distant face, enlarged
    around = Region((66.0, 80.0), 192.0, 0.0, (0.0, 0.0, 192.0, 192.0))
    plain = network.locate(bgr, around)
    size = float(np.ptp(plain.xyz_px[:, 1]))
    assert 100 < size < 160
    # Eyes over the mouth, the person's left eye on the right of the picture, the nose in front.
    assert plain.xyz_px[[33, 263], 1].max() < plain.xyz_px[13, 1]
    assert plain.xyz_px[33, 0] < plain.xyz_px[263, 0]
    assert plain.xyz_px[1, 2] < plain.xyz_px[[33, 263], 2].min()
    for turn, mirrored in ((0.0, True), (0.15, False), (-0.15, True)):
        region = replace(around, rotation_rad=turn)
        other = network.locate(bgr, region, mirrored=mirrored)
        away = np.linalg.norm(other.xyz_px - plain.xyz_px, axis=1)
        assert np.median(away) < 0.05 * size
    nobody = network.locate(picture("landscape"), around)
    assert nobody.presence < plain.presence


def test_opening_reads_nothing() -> None:
    assert isinstance(open_faces(), FaceNetwork)
