"""Channels made equally large, which changes no answer.

A tensor has one scale for all of its channels, so that a channel a hundredth as large as another
keeps a hundredth of the steps. Where a convolution makes it and others read it, each channel can be
made larger by the one and smaller by the others (Nagel et al., "Data-free quantization through
weight equalization and bias correction", 2019). Behind a ReLU6 a channel grows only as far as it
never reaches 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

from .plain_graph import Net, attributes_of

ROOM: Final = 1.25
"""Times by which what later pictures show may be larger than what was seen."""
CEILING: Final = 6.0
"""Where a ReLU6 stops."""
_MOST: Final = 50.0
_EQUIVARIANT: Final = ("Clip", "Add", "Relu", "MaxPool", "Resize")


def is_clip6(net: Net, node: onnx.NodeProto) -> bool:
    """Whether it is a ReLU6."""
    if node.op_type != "Clip" or len(node.input) != 3:
        return False
    low, high = (net.constants.get(name) for name in node.input[1:])
    return low is not None and high is not None and (float(low), float(high)) == (0.0, CEILING)


def groups_of(net: Net) -> tuple[dict[str, str], set[str]]:
    """Tensors whose channels scale together: by tensor its group's name; and groups that can't."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    fixed: set[str] = {one.name for one in (*net.inputs, *net.outputs)}
    for node in net.nodes:
        if node.op_type == "Conv" and node.input[1] in net.constants:
            continue
        moving = [name for name in node.input if name and name not in net.constants]
        scales = node.op_type in _EQUIVARIANT and (node.op_type != "Clip" or is_clip6(net, node))
        if scales and all(name not in net.constants for name in _terms(node)):
            for name in moving:
                above[root(name)] = root(node.output[0])
        else:
            fixed.update((*moving, *node.output))
    names = {name for node in net.nodes for name in (*node.input, *node.output)}
    return {name: root(name) for name in names}, {root(name) for name in fixed}


def _terms(node: onnx.NodeProto) -> list[str]:
    return list(node.input) if node.op_type == "Add" else list(node.input[:1])


def equalise(net: Net, ranges: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Scale channels in place; returns by group the factors. ``ranges`` are of all tensors that
    convolutions, sums and ReLU6 make, see ``running.channel_ranges``."""
    group, fixed = groups_of(net)
    largest: dict[str, NDArray[np.float32]] = {}
    ceiling: dict[str, NDArray[np.float32]] = {}
    for node in net.nodes:
        name = node.output[0]
        if name not in ranges or group[name] in fixed:
            continue
        high = np.abs(ranges[name]).max(axis=0)
        if is_clip6(net, node):
            ceiling[group[name]] = np.maximum(ceiling.get(group[name], 0), high)
        is_before = any(is_clip6(net, reader) for reader in net.readers().get(name, ()))
        if not is_before:
            largest[group[name]] = np.maximum(largest.get(group[name], 0), high)
    factors: dict[str, NDArray[np.float32]] = {}
    for name, seen in largest.items():
        high = np.maximum(seen, seen.max() / _MOST + 1e-12)
        factor = high.max() / high
        if name in ceiling:
            room = CEILING / np.maximum(ceiling[name] * ROOM, CEILING / _MOST)
            factor = np.clip(room, 1, _MOST)
        factors[name] = factor.astype(np.float32)
    for node in net.convolutions():
        _scale(net, node, factors.get(group[node.input[0]]), factors.get(group[node.output[0]]))
    return factors


def _scale(
    net: Net,
    node: onnx.NodeProto,
    before: NDArray[np.float32] | None,
    after: NDArray[np.float32] | None,
) -> None:
    weight = net.constants[node.input[1]]
    if before is not None:
        parts = int(attributes_of(node).get("group", 1))
        own = before.reshape(parts, -1).repeat(len(weight) // parts, axis=0)
        weight = weight / own[:, :, None, None]
    if after is not None:
        weight = weight * after[:, None, None, None]
        if len(node.input) > 2:
            net.constants[node.input[2]] = (net.constants[node.input[2]] * after).astype(np.float32)
    net.constants[node.input[1]] = weight.astype(np.float32)
