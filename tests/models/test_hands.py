"""The hand network on a real picture: both ways of looking agree, in pixels and in metres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.types import Region
from limn.models.networks.hands import HandNetwork, open_hands
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks

EVERYTHING = (0.0, 0.0, 224.0, 224.0)


def test_a_hand_is_placed_the_same_in_a_mirror_and_turned(
    picture: Callable[[str], U8], runners: dict[str, NetworkRunner]
) -> None:
    network = HandNetwork(runners["hand_landmark"])
    bgr = picture("raised_hand")
    plain = network.locate(bgr, Region((112.0, 112.0), 224.0, 0.0, EVERYTHING))
    assert plain.presence > 0.5
    size = np.ptp(plain.xy_px, axis=0).max()
    assert 60 < size < 224
    for turn, mirrored in ((0.0, True), (0.2, False), (-0.2, True)):
        region = Region((112.0, 112.0), 224.0, turn, EVERYTHING)
        other = network.locate(bgr, region, mirrored=mirrored)
        away = np.linalg.norm(other.xy_px - plain.xy_px, axis=1)
        assert np.median(away) < 0.12 * size
        # The hand's way in the picture, from wrist to knuckles, is the same in metres.
        ways = [(one.xyz_m[9] - one.xyz_m[0])[:2] for one in (plain, other)]
        ways = [way / np.linalg.norm(way) for way in ways]
        assert ways[0] @ ways[1] > 0.9


def test_opening_reads_nothing() -> None:
    assert isinstance(open_hands(), HandNetwork)
