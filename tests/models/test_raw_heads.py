"""The decoder on a real CenterNet's raw maps: MoveNet MultiPose's, beside the graph's own decoding.

The shipped graph decodes inside; its six heads are opened by naming them as further outputs.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.types import Detections
from limn.core.decoding.centernet import decode_centernet
from limn.core.decoding.direct import decode_movenet_people
from limn.core.decoding.placement import letterboxed
from limn.models.onnx_runtime import load_session
from limn.models.store import WEIGHTS_DIR
from onnx_files import OnnxGraph

HEADS = {
    "centers": ("transpose_865", 1),
    "sizes": ("transpose_860", 2),
    "center_offsets": ("transpose_855", 2),
    "joints": ("transpose_845", 34),
    "joint_heatmaps": ("transpose_850", 17),
    "joint_offsets": ("transpose_840", 34),
}
SIZE_PX = (384, 224)


def _look(bgr: U8) -> tuple[Detections, Detections]:
    """What the graph says and what the decoder makes of its maps, in the picture's pixels."""
    opened = OnnxGraph()
    for name, channels in HEADS.values():
        opened.output(name, ("n", "h", "w", channels))
    # Appended to a message, the fields of a second one are merged into the first's.
    content = (WEIGHTS_DIR / "movenet_multipose.onnx").read_bytes() + opened.outputs_only
    session = load_session(content, "It can't be opened", "why?")
    placement = letterboxed((bgr.shape[1], bgr.shape[0]), SIZE_PX, centred=False)
    image = np.zeros((1, SIZE_PX[1], SIZE_PX[0], 3), np.int32)
    width, height = placement.covered_px
    small = cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA)
    image[0, :height, :width] = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    names = ["people", *(name for name, _ in HEADS.values())]
    people, *maps = (np.asarray(v) for v in session.run(names, {"image": image}))
    heads = dict(zip(HEADS, maps, strict=True))
    for role in ("sizes", "center_offsets", "joints", "joint_offsets"):
        values = heads[role]  # TensorFlow's order is y, x
        heads[role] = values.reshape(*values.shape[:3], -1, 2)[..., ::-1].reshape(values.shape)
    found = decode_centernet(heads, SIZE_PX)
    own = decode_movenet_people(people, SIZE_PX)
    return placement.people_to_picture(own), placement.people_to_picture(found)


@pytest.mark.networks
@pytest.mark.parametrize("name", ["landscape", "portrait"])
def test_the_decoder_finds_what_the_graph_finds(picture: Callable[[str], U8], name: str) -> None:
    own, found = _look(picture(name))
    sure = np.flatnonzero(own.score > 0.3)
    assert len(sure) == {"landscape": 2, "portrait": 1}[name]
    # CenterNet counts from pixels' centres, MoveNet from their edges.
    pitch = np.float32(
        max(picture(name).shape[1] / SIZE_PX[0], picture(name).shape[0] / SIZE_PX[1])
    )
    half = 0.5 * pitch
    found_middle = (found.boxes_px[:, :2] + found.boxes_px[:, 2:]) / 2 - half
    chosen = []
    for i in sure:
        middle = (own.boxes_px[i, :2] + own.boxes_px[i, 2:]) / 2
        away = np.linalg.norm(found_middle - middle, axis=-1)
        k = int(away.argmin())
        chosen.append(k)
        assert away[k] < 0.02 * pitch
        assert np.abs(found.boxes_px[k] - half - own.boxes_px[i]).max() < 0.02 * pitch
        off = np.linalg.norm(found.xy_px[k] - half - own.xy_px[i], axis=-1) / pitch
        assert (off < 0.01).sum() >= 14
        assert off.max() < 4, "a joint may be matched to another peak near by"
        assert np.abs(found.keypoint_score[k] - own.keypoint_score[i]).max() < 0.3
    assert sorted(chosen) == list(range(len(sure))), "they are the best ones"
