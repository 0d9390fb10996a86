"""Shapes of characters are known by ARKit's, VRM's and VRoid's names, whatever their spelling."""

from __future__ import annotations

import numpy as np
import pytest
from limn.core.data.faces.shapes import FACE_SHAPES, SHAPE_MIRROR, shape, shape_twin
from limn.core.retargeting.shapes.naming import shapes_of, shares_of


def test_there_are_52_shapes_in_the_free_bodys_order() -> None:
    from limn.core.bodies.body_file import load_free_body

    assert tuple(load_free_body().face_units) == FACE_SHAPES
    assert len(set(FACE_SHAPES)) == 52
    assert [SHAPE_MIRROR[k] for k in SHAPE_MIRROR] == list(range(52))
    assert shape_twin("jawLeft") == "jawRight"
    assert shape_twin("jawOpen") == "jawOpen"


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("eyeBlinkLeft", "eyeBlinkLeft"),
        ("EyeBlink_L", "eyeBlinkLeft"),
        ("eyeBlink.R", "eyeBlinkRight"),
        ("blendShape1.mouthSmile_R", "mouthSmileRight"),
        ("CC_Base_Body.jaw_open", "jawOpen"),
        ("browInnerUp", "browInnerUp"),
    ],
)
def test_arkits_names_are_known_in_any_spelling(name: str, means: str) -> None:
    assert shapes_of([name, "Basis", "fat"]) == {name: (means,)}


def test_vrms_names_are_known_and_both_lids_twice_are_not_driven() -> None:
    old = shapes_of(["A", "I", "U", "E", "O", "Blink", "Blink_L", "Blink_R", "Joy"])
    assert old == {"A": ("jawOpen",), "Blink_L": ("eyeBlinkLeft",), "Blink_R": ("eyeBlinkRight",)}
    assert shapes_of(["aa", "blink"]) == {
        "aa": ("jawOpen",),
        "blink": ("eyeBlinkLeft", "eyeBlinkRight"),
    }
    vroid = shapes_of(["Face.M_F00_000_00_Fcl_MTH_A", "Face.M_F00_000_00_Fcl_EYE_Close_L"])
    assert sorted(vroid.values()) == [("eyeBlinkLeft",), ("jawOpen",)]
    # What is called A by itself may be anything, and ARKit's names come first.
    assert shapes_of(["A", "Bigger"]) == {}
    assert shapes_of(["jawOpen", "aa"]) == {"jawOpen": ("jawOpen",)}


def test_shares_are_the_means_of_what_a_shape_is() -> None:
    weights = np.zeros((3, 52), np.float32)
    weights[:, shape("eyeBlinkLeft")] = [0, 0.5, 1]
    assert shares_of(["blink"], weights)["blink"].tolist() == [0, 0.25, 0.5]
