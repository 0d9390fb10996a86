"""A network as quantising wants it: channels first throughout, weights whole, padding in the
convolutions that want it.

The files of ``models/weights`` keep the layout (N, H, W, C) of where they come from, with two
transposes round each convolution, and weights as float16 with a Cast.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

FIRST: Final = [0, 3, 1, 2]
LAST: Final = [0, 2, 3, 1]
_POINTWISE: Final = ("Clip", "Add", "Relu", "Sigmoid", "Mul", "Sub", "Identity")


@dataclass(slots=True)
class Net:
    """Nodes in an order in which they can run, and constants by name."""

    nodes: list[onnx.NodeProto]
    constants: dict[str, NDArray[Any]]
    inputs: list[onnx.ValueInfoProto]
    outputs: list[onnx.ValueInfoProto]
    opset: int
    doc: str
    _count: int = field(default=0)

    def fresh(self, name: str) -> str:
        """A name that nothing has."""
        self._count += 1
        return f"{name}_{self._count}"

    def copy(self) -> Net:
        """The same again, to be changed by itself."""
        nodes: list[onnx.NodeProto] = []
        for node in self.nodes:
            nodes.append(onnx.NodeProto())
            nodes[-1].CopyFrom(node)
        rest = self.inputs, self.outputs, self.opset, self.doc
        return Net(nodes, dict(self.constants), *rest, self._count)

    def readers(self) -> dict[str, list[onnx.NodeProto]]:
        """By tensor, the nodes that read it."""
        out: dict[str, list[onnx.NodeProto]] = {}
        for node in self.nodes:
            for name in node.input:
                out.setdefault(name, []).append(node)
        return out

    def makers(self) -> dict[str, onnx.NodeProto]:
        """By tensor, the node that makes it."""
        return {name: node for node in self.nodes for name in node.output}

    def convolutions(self) -> list[onnx.NodeProto]:
        """Those with constant weights, in order."""
        return [n for n in self.nodes if n.op_type == "Conv" and n.input[1] in self.constants]

    def model(self, wanted: list[str] | None = None) -> onnx.ModelProto:
        """As a file's content; with ``wanted`` only what those tensors need, and they come out."""
        outputs = self.outputs
        if wanted is not None:
            outputs = [helper.make_empty_tensor_value_info(name) for name in wanted]
        used = {one.name for one in outputs}
        kept: list[onnx.NodeProto] = []
        for node in reversed(self.nodes):
            if used.intersection(node.output):
                kept.append(node)
                used.update(node.input)
        weights = [
            numpy_helper.from_array(np.array(values, order="C"), name)
            for name, values in self.constants.items()
            if name in used
        ]
        graph = helper.make_graph(kept[::-1], "limn", self.inputs, outputs, weights)
        opset = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=opset, ir_version=8, doc_string=self.doc)


def attributes_of(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes by name."""
    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def plain(model: onnx.ModelProto) -> Net:
    """``model`` in that form; it answers the same."""
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    opset = next(one.version for one in model.opset_import if not one.domain)
    rest = list(model.graph.input), list(model.graph.output), opset, model.doc_string
    net = Net([], constants, *rest)
    turned: dict[str, str] = {}
    """By the name of a tensor (N, H, W, C), that of the same with channels first."""
    for node in model.graph.node:
        _take(net, node, turned)
    _fold_padding(net)
    return net


def _take(net: Net, node: onnx.NodeProto, turned: dict[str, str]) -> None:
    kind, told = node.op_type, attributes_of(node)
    if kind == "Cast" and node.input[0] in net.constants:
        net.constants[node.output[0]] = net.constants.pop(node.input[0]).astype(np.float32)
        return
    if kind == "Transpose" and list(told["perm"]) == LAST:
        turned[node.output[0]] = node.input[0]
        return
    if kind == "Transpose" and list(told["perm"]) == FIRST and node.input[0] in turned:
        source = turned[node.input[0]]
        net.nodes.append(helper.make_node("Identity", [source], [node.output[0]]))
        return
    moving = [name for name in node.input if name and name not in net.constants]
    is_whole = all(name in turned for name in moving) and bool(moving)
    names_out = {one.name for one in net.outputs}
    if is_whole and kind in _POINTWISE and not names_out.intersection(node.output):
        inputs = [turned.get(name) or _first(net, name) for name in node.input]
        made = net.fresh(node.output[0])
        net.nodes.append(helper.make_node(kind, inputs, [made], **told))
        turned[node.output[0]] = made
        return
    if is_whole and kind == "Pad" and not told:
        pads = net.constants[node.input[1]].reshape(2, 4)[:, FIRST].ravel()
        name, made = net.fresh("pads"), net.fresh(node.output[0])
        net.constants[name] = pads
        net.nodes.append(helper.make_node("Pad", [turned[node.input[0]], name], [made]))
        turned[node.output[0]] = made
        return
    for name in moving:
        if name in turned and name not in net.makers():
            net.nodes.append(helper.make_node("Transpose", [turned[name]], [name], perm=LAST))
    own = onnx.NodeProto()
    own.CopyFrom(node)
    net.nodes.append(own)


def _first(net: Net, name: str) -> str:
    """A constant that is added, or the like, to what has its channels first now."""
    values = net.constants.get(name)
    if values is None or values.ndim == 0 or values.size == 1:
        return name
    made = f"{name}_first"
    shape = (1,) * (4 - values.ndim) + values.shape
    net.constants[made] = values.reshape(shape).transpose(FIRST)
    return made


def _fold_padding(net: Net) -> None:
    """Zeros that a Pad adds are added by the convolution; names that only repeat others go."""
    same: dict[str, str] = {}
    outputs = {one.name for one in net.outputs}
    nodes: list[onnx.NodeProto] = []
    for node in net.nodes:
        for k, name in enumerate(node.input):
            node.input[k] = same.get(name, name)
        if node.op_type == "Identity" and node.output[0] not in outputs:
            same[node.output[0]] = node.input[0]
        else:
            nodes.append(node)
    net.nodes = nodes
    makers, readers = net.makers(), net.readers()
    for node in net.convolutions():
        pad = makers.get(node.input[0])
        if pad is None or pad.op_type != "Pad" or len(readers[node.input[0]]) > 1:
            continue
        told = attributes_of(node)
        if told.get("auto_pad", b"NOTSET") not in (b"NOTSET", b"VALID"):
            continue
        added = net.constants[pad.input[1]].reshape(2, 4)[:, 2:].ravel()
        told.pop("auto_pad", None)
        told["pads"] = [int(v) for v in np.add(told.get("pads", [0] * 4), added)]
        del node.attribute[:]
        node.attribute.extend(helper.make_attribute(k, v) for k, v in told.items())
        node.input[0] = pad.input[0]
        net.nodes.remove(pad)
