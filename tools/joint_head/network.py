"""A head on BlazePose's features: its own last layer, corrected by a small perceptron."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ...core.data import solver_points as points
from ...core.data.arrays import F32

FEATURES: Final = 1152
_SMALLEST_SPREAD: Final = 0.01
OUT: Final = 3 * points.COUNT


class HeadNetwork(nn.Module):
    """Features (b, 1152) to joints (b, 57), metres from somewhere near the hips.

    BlazePose's own layer stays as it is and is where training begins; what is learnt is the
    difference. ``mean`` and ``spread`` (1152,) of the features bring them to one scale.
    """

    def __init__(self, hidden: int, own: tuple[F32, F32], mean: F32, spread: F32) -> None:
        super().__init__()
        self.own_weight = nn.Parameter(torch.from_numpy(own[0]), requires_grad=False)
        self.own_bias = nn.Parameter(torch.from_numpy(own[1]), requires_grad=False)
        self.mean = nn.Parameter(torch.from_numpy(mean), requires_grad=False)
        wide = np.maximum(spread, _SMALLEST_SPREAD)
        self.spread = nn.Parameter(torch.from_numpy(wide), requires_grad=False)
        self.straight = nn.Linear(FEATURES, OUT)
        self.enter = nn.Linear(FEATURES, hidden)
        self.leave = nn.Linear(hidden, OUT)
        for layer in (self.straight, self.leave):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor, dropout: float = 0.0) -> Tensor:
        """Joints (b, 57); ``dropout`` is the share of features that are hidden from both parts."""
        scaled = (features - self.mean) / self.spread

        def some() -> Tensor:
            return nn.functional.dropout(scaled, dropout) if dropout else scaled

        learnt = self.straight(some()) + self.leave(nn.functional.gelu(self.enter(some())))
        return features @ self.own_weight.T + self.own_bias + learnt


def blazepose_layer(path: Path) -> tuple[F32, F32]:
    """Weights (57, 1152) and bias (57,) with which BlazePose tells the solve's 19 points.

    Raises ValueError when ``path`` is no BlazePose file of Limn's.
    """
    graph = onnx.load(path).graph
    made_by = {name: node for node in graph.node for name in node.output}
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def constant(name: str) -> F32:
        while name not in stored:
            name = made_by[name].input[0]
        return stored[name].astype(np.float32)

    name = "world"
    while name in made_by and made_by[name].op_type != "Conv":
        name = made_by[name].input[0]
    if name not in made_by:
        raise ValueError(f"{path} has no layer that tells 'world'")
    layer = made_by[name]
    weight, bias = constant(layer.input[1]), constant(layer.input[2])
    # Features come rows, columns, channels; the layer has channels first.
    flat = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    rows = (3 * points.FROM_BLAZEPOSE[:, None] + np.arange(3)).ravel()
    return np.ascontiguousarray(flat[rows]), bias[rows]


class Exported(nn.Module):
    """The same in two layers: BlazePose's, the straight one and the scale folded into one."""

    def __init__(self, head: HeadNetwork) -> None:
        super().__init__()
        self.straight = nn.Linear(FEATURES, OUT)
        self.enter = nn.Linear(FEATURES, head.enter.out_features)
        self.leave = nn.Linear(head.enter.out_features, OUT)
        with torch.no_grad():
            scaled = head.straight.weight / head.spread
            self.straight.weight.copy_(head.own_weight + scaled)
            self.straight.bias.copy_(head.own_bias + head.straight.bias - scaled @ head.mean)
            entered = head.enter.weight / head.spread
            self.enter.weight.copy_(entered)
            self.enter.bias.copy_(head.enter.bias - entered @ head.mean)
            self.leave.load_state_dict(head.leave.state_dict())

    def forward(self, features: Tensor) -> Tensor:
        """Features (1, 2, 2, 288) to joints (1, 57)."""
        flat = features.reshape(1, FEATURES)
        return self.straight(flat) + self.leave(nn.functional.gelu(self.enter(flat)))
