"""A network in 8 bits: activations of one scale a tensor, weights of one scale an output channel.

What comes out is the usual form, each tensor followed by QuantizeLinear and DequantizeLinear, which
ONNX Runtime fuses with the convolutions between them. Convolutions are rounded one after the other,
each on what those before it give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from onnx import helper

from ..convert.onnx_emit import same_padding
from .equalising import CEILING, ROOM, equalise, groups_of, is_clip6
from .plain_graph import Net, attributes_of
from .rounding import Varying, rounded
from .running import Picture, Walk, channel_ranges

_MADE_BY: Final = ("Conv", "Add", "Relu", "Clip", "MaxPool")
_FIRST: Final = 2
"""So many convolutions stay whole: of few channels in large pictures they are quicker so."""
_KEEPS_CHANNELS: Final = ("Clip", "Relu", "Add", "Resize", "MaxPool")
_LEAST: Final = 2.0**-29
"""Of a bias: what it is counted in, so that it fits 32 bits where no weight is large."""
_STEPS: Final = 255


@dataclass(slots=True)
class _Work:
    """A net under work; ``whole`` are the outputs of convolutions that stay as they are, ``steps``
    by tensor the size of a step."""

    net: Net
    whole: set[str]
    steps: dict[str, float] = field(default_factory=dict[str, float])

    def rounds(self, node: onnx.NodeProto | None) -> bool:
        """Whether it is a convolution that runs in 8 bits."""
        if node is None or node.op_type != "Conv" or node.input[1] not in self.net.constants:
            return False
        return node.output[0] not in self.whole


def whole_parts(net: Net) -> set[str]:
    """Outputs of the convolutions that stay whole: the first ones, and those whose answers come
    out, or go into anything but convolutions, which is where hundredths matter."""
    readers, ends = net.readers(), {one.name for one in net.outputs}
    nodes = net.convolutions()
    out = {node.output[0] for node in nodes[:_FIRST]}
    for node in nodes:
        todo = [node.output[0]]
        while todo:
            name = todo.pop()
            after = readers.get(name, [])
            if name in ends or any(n.op_type not in ("Conv", *_KEEPS_CHANNELS) for n in after):
                out.add(node.output[0])
                break
            todo += [n.output[0] for n in after if n.op_type in _KEEPS_CHANNELS]
    return out


def quantised(net: Net, pictures: Sequence[Picture], whole: set[str]) -> Net:
    """``net``, which is changed, in 8 bits for what ``pictures`` show; see ``whole_parts``."""
    group, fixed = groups_of(net)
    made = [node.output[0] for node in net.nodes if node.op_type in _MADE_BY]
    free = [name for name in made if group[name] not in fixed]
    equalise(net, channel_ranges(net, free, pictures))
    before, work = net.copy(), _Work(net, whole)
    todo = [node for node in net.convolutions() if work.rounds(node)]
    _step(work, pictures)
    old = {node.output[0]: node for node in before.convolutions()}
    now, then = Walk(net, pictures), Walk(before, pictures)
    for k, node in enumerate(todo):
        rest = todo[k + 1 :]
        seen = now.at(node.input[0], [one.input[0] for one in rest])
        was = then.at(old[node.output[0]].input[0], [old[one.output[0]].input[0] for one in rest])
        _round(work, node, before, zip(seen, was, strict=True))
    return net


def _step(work: _Work, pictures: Sequence[Picture]) -> None:
    """Put steps on what convolutions and sums read and make; a ReLU6 before them goes, as nothing
    over 6 has a step."""
    net = work.net
    wanted = _wanted(work)
    ranges = channel_ranges(net, wanted, pictures)
    makers = net.makers()
    renamed: dict[str, str] = {}
    nodes: list[onnx.NodeProto] = []
    for node in net.nodes:
        for k, name in enumerate(node.input):
            node.input[k] = renamed.get(name, name)
        name = node.output[0]
        if name not in ranges:
            nodes.append(node)
            continue
        low, high = min(float(ranges[name][0].min()) * ROOM, 0.0), float(ranges[name][1].max())
        high *= ROOM
        source = name
        if is_clip6(net, node):
            low, high = 0.0, min(high, CEILING)
            if work.rounds(makers.get(node.input[0])):
                source = node.input[0]
        if source == name:
            nodes.append(node)
        step = max(high - low, 1e-6) / _STEPS
        renamed[name] = _stepped(net, nodes, (source, name), step, round(-low / step))
        work.steps[renamed[name]] = step
    net.nodes = nodes


def _wanted(work: _Work) -> list[str]:
    """Tensors that get steps, in order."""
    net = work.net
    readers, makers = net.readers(), net.makers()
    wanted: list[str] = []
    for node in net.nodes:
        if work.rounds(node):
            after = readers.get(node.output[0], [])
            is_bent = len(after) == 1 and is_clip6(net, after[0])
            wanted += [node.input[0], after[0].output[0] if is_bent else node.output[0]]
    there = set(wanted)
    for node in net.nodes:
        if node.op_type == "Add" and there.issuperset(node.input):
            wanted.append(node.output[0])
            there.add(node.output[0])
    return list(dict.fromkeys(name for name in wanted if name in makers))


def _stepped(
    net: Net, nodes: list[onnx.NodeProto], names: tuple[str, str], step: float, zero: int
) -> str:
    source, name = names
    net.constants[f"{name}_step"] = np.array(step, np.float32)
    net.constants[f"{name}_zero"] = np.array(zero, np.uint8)
    told = [f"{name}_step", f"{name}_zero"]
    nodes.append(helper.make_node("QuantizeLinear", [source, *told], [f"{name}_q"]))
    nodes.append(helper.make_node("DequantizeLinear", [f"{name}_q", *told], [f"{name}_seen"]))
    return f"{name}_seen"


def _round(work: _Work, node: onnx.NodeProto, before: Net, views: Any) -> None:  # noqa: ANN401
    """Round a convolution; ``views`` are its inputs of each picture now and before."""
    weight = before.constants[node.input[1]].astype(np.float64)
    parts = int(attributes_of(node).get("group", 1))
    flat = weight.reshape(parts, len(weight) // parts, -1)
    varying = Varying(parts, flat.shape[2])
    for seen, was in views:
        varying.add(_patches(seen, node, parts), _patches(was, node, parts))
    bias = np.zeros(len(weight))
    if len(node.input) > 2:
        bias = before.constants[node.input[2]].astype(np.float64)
    least = _LEAST * np.abs(bias).reshape(parts, -1) / work.steps[node.input[0]]
    done = [rounded(flat[k], varying.of(k), least[k]) for k in range(parts)]
    steps = np.concatenate([one.steps for one in done]).reshape(weight.shape)
    scale = np.concatenate([one.scale for one in done]).astype(np.float32)
    _put(work, node, steps, scale, bias + np.concatenate([one.shift for one in done]))


def _put(
    work: _Work,
    node: onnx.NodeProto,
    steps: NDArray[np.int8],
    scale: NDArray[np.float32],
    bias: NDArray[np.float64],
) -> None:
    """Give a convolution its rounded weights."""
    name, constants = node.output[0], work.net.constants
    bias_step = np.float32(work.steps[node.input[0]]) * scale
    parts = {"w": (steps, scale), "b": (np.rint(bias / bias_step).astype(np.int32), bias_step)}
    at = work.net.nodes.index(node)
    for part, (values, step) in parts.items():
        told = [f"{name}_{part}", f"{name}_{part}_step", f"{name}_{part}_zero"]
        constants.update(zip(told, (values, step, np.zeros(len(step), values.dtype)), strict=True))
        made = helper.make_node("DequantizeLinear", told, [f"{name}_{part}_seen"], axis=0)
        work.net.nodes.insert(at, made)
    kept = [node.input[0], f"{name}_w_seen", f"{name}_b_seen"]
    del node.input[:]
    node.input.extend(kept)


_PLACES: Final = 400
"""Places of a picture that weights are fitted to, chosen evenly."""


def _patches(values: Picture, node: onnx.NodeProto, parts: int) -> NDArray[np.float64]:
    """What the kernel sees (parts, in, places) of a tensor (1, C, H, W)."""
    told = attributes_of(node)
    kernel, strides = told["kernel_shape"], told.get("strides", [1, 1])
    pads = told.get("pads", [0, 0, 0, 0])
    if told.get("auto_pad") == b"SAME_UPPER":
        pads = same_padding(values.shape[2:], kernel, strides, [1, 1])
    top, left, bottom, right = pads
    one = np.pad(values[0].astype(np.float64), ((0, 0), (top, bottom), (left, right)))
    seen = sliding_window_view(one, tuple(kernel), axis=(1, 2))
    seen = np.asarray(seen[:, :: strides[0], :: strides[1]])
    channels, h, w = seen.shape[:3]
    every = max(int(np.sqrt(h * w / _PLACES)), 1)
    seen = seen[:, every // 2 :: every, every // 2 :: every].transpose(0, 3, 4, 1, 2)
    return seen.reshape(parts, channels // parts * kernel[0] * kernel[1], -1)
