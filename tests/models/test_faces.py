"""The face network on a real picture: both ways of looking agree, in pixels and in depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.faces.eyes import EYE_POINTS
from limn.core.data.faces.mesh import MESH_MIRROR
from limn.core.data.types import Region
from limn.models.networks.faces import EyeNetwork, FaceNetwork, open_eyes, open_faces
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


def test_eyes_lie_on_the_mesh_and_change_sides_in_a_mirror(
    picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    bgr = picture("face")
    around = Region((66.0, 80.0), 192.0, 0.0, (0.0, 0.0, 192.0, 192.0))
    mesh = FaceNetwork(runners["face_landmark"]).locate(bgr, around).xyz_px
    network = EyeNetwork(runners["iris_landmark"])
    seen = network.look(bgr, mesh).reshape(2, EYE_POINTS, 2)
    for eye, corners in zip(seen, ((362, 263), (33, 133)), strict=True):
        right, left = mesh[list(corners), :2]
        width = np.linalg.norm(left - right)
        assert np.linalg.norm(eye.mean(0) - (left + right) / 2) < 0.3 * width
        assert 0.6 * width < np.ptp(eye[:, 0]) < 1.4 * width
    across = bgr.shape[1] - 1
    mirrored = mesh[list(MESH_MIRROR)] * [-1, 1, 1] + [across, 0, 0]
    other = network.look(np.ascontiguousarray(bgr[:, ::-1]), mirrored)
    other = other.reshape(2, EYE_POINTS, 2)[::-1] * [-1, 1] + [across, 0]
    assert np.abs(other - seen).max() < 0.1 * np.ptp(seen[0, :, 0])


def test_opening_reads_nothing() -> None:
    assert isinstance(open_faces(), FaceNetwork)
    assert isinstance(open_eyes(), EyeNetwork)
