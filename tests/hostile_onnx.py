"""ONNX files that mean no good, by name, each small; written with the messages of onnx_files."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from onnx_files import OnnxGraph, number, part, value_info

SHAPE = (1, 3, 64, 64)
_FLOAT, _STRING, _INT64 = 1, 8, 7
_TENSOR, _GRAPH, _TENSORS, _GRAPHS, _SPARSE, _SPARSES = (
    (5, 4), (6, 5), (10, 9), (11, 10), (22, 11), (23, 12),
)  # fmt: skip
"""Field and type of an attribute that holds such a thing."""


def _entry(key: str, value: str) -> bytes:
    return part(13, part(1, key) + part(2, value))


def outside(name: str = "w", location: str = "side.bin") -> bytes:
    """A TensorProto whose values lie in another file."""
    dims = b"".join(number(1, side) for side in SHAPE)
    told = _entry("location", location) + number(14, 1)
    return dims + number(2, _FLOAT) + part(8, name) + told


def _attribute(name: str, kind: tuple[int, int], *values: bytes) -> bytes:
    content = b"".join(part(kind[0], value) for value in values)
    return part(5, part(1, name) + content + number(20, kind[1]))


Names = tuple[str, ...]


def _node(kind: str, inputs: Names, outputs: Names, *attributes: bytes) -> bytes:
    names = b"".join(part(1, n) for n in inputs) + b"".join(part(2, n) for n in outputs)
    return names + part(4, kind) + b"".join(attributes)


def _body(*nodes: bytes, output: str, constants: tuple[bytes, ...] = ()) -> bytes:
    graph = b"".join(part(1, node) for node in nodes) + part(2, "body")
    graph += b"".join(part(5, constant) for constant in constants)
    return graph + part(12, value_info(output, "float32", SHAPE))


def depth_of(graph: OnnxGraph, seen: str) -> bytes:
    """The file of a graph, whose answer is the mean of ``seen`` over the colours."""
    graph.op("ReduceMean", [seen], "inverse_depth", axes=[1], keepdims=0)
    graph.output("inverse_depth", (1, 64, 64))
    return graph.content


def started() -> OnnxGraph:
    """A graph with an input and nothing done yet."""
    graph = OnnxGraph()
    graph.input("image", "float32", SHAPE)
    return graph


def _with_node(node: bytes) -> bytes:
    graph = started()
    graph.nodes.append(node)
    return depth_of(graph, "seen")


def external() -> Iterator[tuple[str, bytes]]:
    """Files with weights in another file, at every place that can hold a tensor."""
    graph = started()
    graph.constants.append(outside())
    yield "initializer", depth_of(graph, graph.op("Mul", ["image", "w"], "seen"))
    held = _attribute("value", _TENSOR, outside())
    yield "constant", _with_node(_node("Constant", (), ("seen",), held))
    branch = _body(_node("Identity", ("w",), ("b",)), output="b", constants=(outside(),))
    graphs = _attribute("then_branch", _GRAPH, branch), _attribute("else_branch", _GRAPH, branch)
    graph = started()
    graph.constant("yes", np.ones(1, np.uint8))
    yes = graph.op("Cast", ["yes"], "sure", to=9)
    graph.nodes.append(_node("If", (yes,), ("seen",), *graphs))
    yield "branch of If", depth_of(graph, "seen")
    deeper = _body(_node("If", ("sure",), ("b",), *graphs), output="b")
    for kind, name in (("Loop", "body"), ("Scan", "body")):
        node = _node(kind, ("image",), ("seen",), _attribute(name, _GRAPH, deeper))
        yield f"body of {kind}, nested", _with_node(node)
    for name, kind in (("graphs", _GRAPHS),):
        node = _node("Identity", ("image",), ("seen",), _attribute(name, kind, branch, branch))
        yield "list of graphs", _with_node(node)
    node = _node("Identity", ("image",), ("seen",), _attribute("tensors", _TENSORS, outside()))
    yield "list of tensors", _with_node(node)
    sparse = part(1, outside()) + part(2, outside("i"))
    node = _node("Constant", (), ("seen",), _attribute("sparse_value", _SPARSE, sparse))
    yield "sparse constant", _with_node(node)
    node = _node("Identity", ("image",), ("seen",), _attribute("sparse", _SPARSES, sparse))
    yield "list of sparse tensors", _with_node(node)
    plain = depth_of(started(), "image")
    yield "sparse initializer", plain + part(7, part(15, sparse))
    function = part(1, "f") + part(7, _node("Constant", (), ("y",), held)) + part(10, "own")
    yield "function", plain + part(25, function)
    default = part(1, "v") + part(5, outside()) + number(20, 4)
    yield "default of a function", plain + part(25, part(1, "f") + part(11, default))
    yield "training", plain + part(20, part(1, branch))
    yield "address in memory", plain + part(7, part(5, outside("w", "*/_ORT_MEM_ADDR_/*")))
    yield "above the folder", plain + part(7, part(5, outside("w", "../../side.bin")))
    # Protocol Buffers merge what comes twice: a file may tell the place by halves.
    dims = b"".join(number(1, side) for side in SHAPE) + number(2, _FLOAT) + part(8, "w")
    yield "place only", plain + part(7, part(5, dims + _entry("location", "side.bin")))
    yield "kind only", plain + part(7, part(5, dims + number(14, 1)))


def endless() -> bytes:
    """A Loop of 2 ** 62 steps."""
    graph = started()
    graph.constant("steps", np.array(1 << 62, np.int64))
    graph.constant("on", np.array(1, np.uint8))
    graph.op("Cast", ["on"], "go", to=9)
    body = part(1, _node("Identity", ("c",), ("c2",))) + part(1, _node("Identity", ("v",), ("v2",)))
    body += part(2, "body") + part(11, value_info("i", "int64", ()))
    for field, c, v in ((11, "c", "v"), (12, "c2", "v2")):
        body += part(field, value_info(c, "bool", ()))
        body += part(field, value_info(v, "float32", SHAPE))
    graph.nodes.append(
        _node("Loop", ("steps", "go", "image"), ("seen",), _attribute("body", _GRAPH, body))
    )
    return depth_of(graph, "seen")


def hungry(side: int = 60_000) -> bytes:
    """A picture made ``side`` x ``side`` pixels large while it is run, and small again."""
    graph = started()
    zero = graph.constant("zero", np.zeros(1, np.float32))
    many = graph.constant("many", np.array([side, side], np.int64))
    nothing = graph.op("Mul", [graph.op("ReduceMax", ["image"], "most", keepdims=0), zero], "none")
    large = graph.op("Expand", [nothing, many], "large")
    total = graph.op("ReduceSum", [graph.op("Exp", [large], "exp")], "total", keepdims=0)
    return depth_of(graph, graph.op("Add", ["image", total], "seen"))


def talkative(side: int = 5000) -> bytes:
    """An answer of 100 MB."""
    graph = started()
    many = graph.constant("many", np.array([1, side, side], np.int64))
    most = graph.op("ReduceMax", ["image"], "most", keepdims=0)
    graph.op("Expand", [most, many], "inverse_depth")
    graph.output("inverse_depth", (1, side, side))
    return graph.content


def folding(side: int = 4000, times: int = 200) -> bytes:
    """Products of large matrices of constants, which are worked out while the file is opened."""
    graph = started()
    one = graph.constant("one", np.ones(1, np.float32))
    many = graph.constant("many", np.array([side, side], np.int64))
    large = product = graph.op("Expand", [one, many], "large")
    for step in range(times):
        product = graph.op("MatMul", [product, large], f"product{step}")
    total = graph.op("ReduceMean", [product], "total", keepdims=0)
    return depth_of(graph, graph.op("Add", ["image", total], "seen"))


def words() -> bytes:
    """An answer of text."""
    graph = started()
    graph.op("Cast", ["image"], "inverse_depth", to=_STRING)
    graph.output("inverse_depth", SHAPE, "string")
    return graph.content


def sequence() -> bytes:
    """An answer of several arrays."""
    graph = started()
    graph.op("SplitToSequence", ["image"], "inverse_depth", axis=1)
    kind = part(4, part(1, part(1, number(1, _FLOAT))))
    graph.outputs.append(part(1, "inverse_depth") + part(2, kind))
    return graph.content


def no_text() -> bytes:
    """Names that are no UTF-8."""
    return depth_of(started(), "image").replace(b"image", b"im\xff\xfee")


def nested(depth: int) -> bytes:
    """Graphs in graphs in graphs."""
    body = _body(_node("Identity", ("image",), ("b",)), output="b")
    for _ in range(depth):
        body = _body(
            _node("If", ("c",), ("b",), _attribute("then_branch", _GRAPH, body)), output="b"
        )
    return _with_node(_node("If", ("c",), ("seen",), _attribute("then_branch", _GRAPH, body)))
