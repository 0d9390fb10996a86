"""Reads what a TensorFlow.js graph model's files hold: weights, nodes in order, attributes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Node: TypeAlias = dict[str, Any]
"""A node of the graph, or the attributes of one, as the JSON file has it."""


def read_weights(file: Node, folder: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every weight by name; raise ValueError when the bytes are too few or too many."""
    for group in file["weightsManifest"]:
        content = b"".join((folder / name).read_bytes() for name in group["paths"])
        offset = 0
        for entry in group["weights"]:
            dtype = np.dtype(entry.get("quantization", entry)["dtype"])
            if dtype.itemsize == 1:
                raise NotImplementedError(f"8-bit TensorFlow.js weights in {entry['name']}")
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(content, dtype, count, offset).reshape(entry["shape"])
            offset += count * dtype.itemsize
            yield entry["name"], values.astype(entry["dtype"])
        if offset != len(content):
            raise ValueError(f"the weights end at byte {offset} of {len(content)}")


def in_order(nodes: list[Node]) -> list[Node]:
    """Return ``nodes`` sorted so that each comes after what it reads.

    A name that begins with a caret only says what runs before, and carries no values.
    """
    by_name = {node["name"]: node for node in nodes}
    ordered: dict[str, Node] = {}
    stack = list(reversed(nodes))
    while stack:
        node = stack[-1]
        reads = [by_name[name.partition(":")[0]] for name in tensors_of(node)]
        missing = [read for read in reads if read["name"] not in ordered]
        if missing:
            stack += missing
        else:
            ordered[node["name"]] = stack.pop()
    return list(ordered.values())


def tensors_of(node: Node) -> list[str]:
    """Return the names of the tensors that ``node`` reads."""
    return [name for name in node.get("input", []) if not name.startswith("^")]


def has_bit(attr: Node, mask: str, k: int) -> bool:
    """Return whether bit ``k`` of a mask attribute is set."""
    return bool(integer(attr, mask) >> k & 1)


def integer(attr: Node, key: str) -> int:
    """Return an integer attribute, 0 when it is absent."""
    return int(attr.get(key, {}).get("i", 0))


def integers(attr: Node, key: str) -> list[int]:
    """Return a list attribute of integers."""
    return [int(value) for value in attr[key]["list"]["i"]]


def texts(attr: Node, key: str) -> list[str]:
    """Return a list attribute of texts, empty when it is absent."""
    coded = attr.get(key, {}).get("list", {}).get("s", [])
    return [base64.b64decode(text).decode() for text in coded]


def padding(attr: Node) -> str:
    """Return ONNX's name of the padding attribute."""
    kind = base64.b64decode(attr["padding"]["s"]).decode()
    return {"SAME": "SAME_UPPER", "VALID": "VALID"}[kind]
