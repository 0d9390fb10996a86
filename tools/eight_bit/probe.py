"""A network that tells whether a processor computes 8 bits exactly, see ``models.runtime``."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
from limn.models.registry import EIGHT_BIT_PROBE
from onnx import TensorProto, helper, numpy_helper

_OPSET: Final = 18
_LARGEST: Final = 127


def probe() -> onnx.ModelProto:
    """Sums of the largest products there are, scaled to be 1 for inputs of 1."""
    channels = EIGHT_BIT_PROBE.inputs[0].shape[1] or 1
    values: dict[str, Any] = {
        "step": np.float32(1 / 255),
        "zero": np.uint8(0),
        "w": np.full((channels, channels, 1, 1), _LARGEST, np.int8),
        "w_step": np.full(channels, 1 / _LARGEST / channels, np.float32),
        "w_zero": np.zeros(channels, np.int8),
    }
    told, told_w = ["step", "zero"], ["w", "w_step", "w_zero"]
    nodes = [
        helper.make_node("QuantizeLinear", ["image", *told], ["image_8"]),
        helper.make_node("DequantizeLinear", ["image_8", *told], ["image_seen"]),
        helper.make_node("DequantizeLinear", told_w, ["w_seen"], axis=0),
        helper.make_node("Conv", ["image_seen", "w_seen"], ["made"], kernel_shape=[1, 1]),
        helper.make_node("QuantizeLinear", ["made", *told], ["made_8"]),
        helper.make_node("DequantizeLinear", ["made_8", *told], ["sums"]),
    ]
    ends = [
        helper.make_tensor_value_info(one.name, TensorProto.FLOAT, one.shape)
        for one in (*EIGHT_BIT_PROBE.inputs, *EIGHT_BIT_PROBE.outputs)
    ]
    weights = [numpy_helper.from_array(np.array(v), name) for name, v in values.items()]
    graph = helper.make_graph(nodes, "limn", ends[:1], ends[1:], weights)
    doc = "Made by Limn: sums of products of 8 bits that are exactly 1."
    opset = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8, doc_string=doc)
