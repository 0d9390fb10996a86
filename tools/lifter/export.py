"""Writes a trained network as ONNX with its weights stored in half precision."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ...core.data.writing import replacing
from ...core.lifting.features import FEATURES
from .network import LifterNetwork, Shape

INPUT: Final = "features"
OUTPUTS: Final = ("joints", "sigma", "log_depth", "contact")
_OPSET: Final = 17
_SMALL: Final = 1024
"""Tensors of fewer numbers stay as they are: halving them saves nothing."""


class _WithChances(nn.Module):
    """The network with contacts as chances instead of logits."""

    def __init__(self, network: LifterNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See ``LifterNetwork.forward``."""
        joints, sigma, log_depth, contact = self.network(features)
        return joints, sigma, log_depth, contact.sigmoid()


def load_network(weights: Path, shape: Shape) -> LifterNetwork:
    """The network with the weights of a run's average.pt."""
    network = LifterNetwork(shape)
    network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    return network.eval()


def read_exported(path: Path, shape: Shape) -> LifterNetwork:
    """The network of a file written by ``export``, to train on: Limn's own weights, say.

    Raises ValueError when the file holds another network.
    """
    graph = onnx.load(path).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    network = LifterNetwork(shape)
    state = network.state_dict()
    linear = [name for name, values in state.items() if values.ndim == 2]
    found = {name.removeprefix("network."): values for name, values in stored.items()}
    found |= dict(zip(linear, _in_order(graph, stored), strict=False))
    for name, values in state.items():
        if name not in found or found[name].shape != tuple(values.shape):
            raise ValueError(f"{path} holds another network: its {name} doesn't fit")
        state[name] = torch.from_numpy(found[name].astype(np.float32))
    network.load_state_dict(state)
    return network


def _in_order(graph: onnx.GraphProto, stored: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Matrices as PyTorch has them, in the order of their products."""
    casts = {n.output[0]: n.input[0] for n in graph.node if n.op_type == "Cast"}
    factors = [n.input[1] for n in graph.node if n.op_type == "MatMul"]
    return [stored[casts.get(name, name)].T for name in factors]


def export(network: LifterNetwork, path: Path) -> tuple[int, str]:
    """Write ``path`` and return its size in bytes and its sha256, for the registry."""
    example = torch.zeros(2, 32, FEATURES)
    axes = {name: {0: "people", 1: "frames"} for name in (INPUT, *OUTPUTS)}
    return write_onnx(_WithChances(network).eval(), example, path, INPUT, OUTPUTS, axes)


def write_onnx(
    network: nn.Module,
    example: Tensor,
    path: Path,
    entry: str,
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]] | None = None,
) -> tuple[int, str]:
    """Write a network of one input, large tensors in half precision; its size and sha256.

    ``axes`` names the dimensions that may vary, by tensor.
    """
    with replacing(path) as temporary:
        torch.onnx.export(
            network,
            (example,),
            temporary,
            input_names=[entry],
            output_names=list(outputs),
            dynamic_axes={name: dict(free) for name, free in (axes or {}).items()},
            opset_version=_OPSET,
            dynamo=False,
        )
        model = onnx.load(temporary)
        _store_halves(model.graph)
        onnx.checker.check_model(model)
        content = model.SerializeToString()
        temporary.write_bytes(content)
    return len(content), hashlib.sha256(content).hexdigest()


def _store_halves(graph: onnx.GraphProto) -> None:
    """Half-precision storage: a Cast back to float, which the runtime folds when it loads."""
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _SMALL:
            continue
        stored = f"{tensor.name}_half"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), stored))
        graph.node.insert(
            0, helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT)
        )
