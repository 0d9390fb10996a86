"""Each committed network answers as the original file does in its own runtime, on real frames.

``tools/convert/record_references.py`` recorded the answers: LiteRT for the networks of
MediaPipe, TensorFlow.js for MoveNet. Recorded, because the original packages weigh 186 MB and the
runtimes more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.models.registry import CONVERTED
from limn.models.runtime import NetworkRunner
from numpy.typing import NDArray

pytestmark = pytest.mark.networks

HEATMAP_STEP = 4
INNER = "features"
"""No output of the originals; "world" is made of it, and is compared."""
# Float32 on another processor sums in another order; each limit is a few times what was measured.
LIMITS = {
    "people": 2e-5,  # of the picture's side
    "keypoints": 2e-5,  # of the picture's side
    "landmarks": 1e-2,  # pixels of 256, and logits
    "presence": 1e-5,
    "heatmap": 3e-3,  # logits up to 90
    "world": 1e-4,  # metres
    "right": 1e-5,
    "lids": 1e-2,  # pixels of 64
    "iris": 1e-2,
}


@pytest.mark.parametrize(
    ("name", "picture_name"),
    [
        ("movenet_multipose", "landscape"),
        ("movenet_multipose", "portrait"),
        ("movenet_thunder", "walking"),
        ("movenet_thunder", "arms_raised"),
        ("blazepose_full", "walking"),
        ("blazepose_full", "arms_raised"),
        ("blazepose_heavy", "walking"),
        ("blazepose_heavy", "arms_raised"),
        ("hand_landmark", "raised_hand"),
        ("face_landmark", "face"),
        ("iris_landmark", "eye"),
    ],
)
def test_a_converted_network_answers_like_its_original(
    name: str,
    picture_name: str,
    picture: Callable[[str], U8],
    runners: dict[str, NetworkRunner],
    answers: dict[str, NDArray[np.float32]],
) -> None:
    network = CONVERTED[name]
    rgb = np.ascontiguousarray(picture(picture_name)[None, ..., ::-1])
    is_whole = network.inputs[0].dtype == "int32"
    outputs = runners[name].run(rgb.astype(np.int32) if is_whole else rgb.astype(np.float32) / 255)
    for tensor, output in zip(network.outputs, outputs, strict=True):
        if tensor.name == INNER:
            continue
        expected = answers[f"{name}/{picture_name}/{tensor.name}"]
        got = output[:, ::HEATMAP_STEP, ::HEATMAP_STEP] if tensor.name == "heatmap" else output
        assert got.shape == expected.shape
        worst = np.abs(got - expected).max()
        assert worst <= LIMITS[tensor.name], f"{tensor.name} differs by {worst:.2e}"


def test_the_recorded_answers_see_people(answers: dict[str, NDArray[np.float32]]) -> None:
    assert (answers["movenet_multipose/landscape/people"][0, :2, -1] > 0.4).all()
    assert answers["movenet_multipose/portrait/people"][0, 0, -1] > 0.4
    presences = {key: values.item() for key, values in answers.items() if "presence" in key}
    people = [sure for key, sure in presences.items() if key.startswith("blazepose")]
    assert len(people) == 4
    assert answers["movenet_thunder/walking/keypoints"][..., 2].mean() > 0.5
    assert min(people) > 0.99
    assert presences["hand_landmark/raised_hand/presence"] > 0.5
