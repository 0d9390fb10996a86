"""MoveNet Thunder sees on a crop what BlazePose sees there, in the picture's pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.observations import SECOND_LOOK
from limn.core.data.skeletons import COCO_17
from limn.core.data.types import Region
from limn.models.networks.blazepose import BlazePose
from limn.models.networks.thunder import Thunder
from limn.models.runtime import NetworkRunner

pytestmark = pytest.mark.networks
LIMBS = COCO_17[5:]
HIPS_PX = (125.0, 190.0)
REGION = Region(HIPS_PX, 330.0, 0.0, (0.0, 0.0, 256.0, 320.0))


@pytest.mark.parametrize("turn", [0.0, 0.15])
def test_it_stands_where_blazepose_does(
    turn: float, portrait: U8, runners: dict[str, NetworkRunner]
) -> None:
    region = replace(REGION, rotation_rad=turn)
    seen = Thunder(runners["movenet_thunder"]).locate(portrait, region)
    other = BlazePose("heavy", runners["blazepose_heavy"]).locate(portrait, region)
    own = seen.skeleton.select(LIMBS).of(seen.xy_px)
    away = np.linalg.norm(own - other.skeleton.select(LIMBS).of(other.xy_px), axis=-1)
    assert np.median(away) < 0.08 * REGION.side_px / 2.5
    assert seen.presence == 1
    assert not seen.xyz_m.any()


def test_it_has_no_say_in_metres(runners: dict[str, NetworkRunner]) -> None:
    look = Thunder(runners["movenet_thunder"])
    assert look.name == look.worth.network == SECOND_LOOK
    assert not look.worth.has_3d
    assert not look.worth.is_precise
