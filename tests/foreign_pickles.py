"""Files as PyTorch, joblib and plain pickle write them, made without any of those but pickle."""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {"<f4": "FloatStorage", "<f8": "DoubleStorage", "<i8": "LongStorage"}


class Tensor:
    """Stands for a tensor until ``_rebuild_tensor_v2`` is written in its place."""

    def __init__(
        self, array: np.ndarray[Any, Any], *, shape: tuple[int, ...] | None = None
    ) -> None:
        self.array = np.ascontiguousarray(array)
        self.shape = shape or self.array.shape
        steps = np.array(self.array.strides) // self.array.itemsize
        expanded = [0] * (len(self.shape) - self.array.ndim)
        self.strides = tuple(int(v) for v in (*expanded, *steps))


@contextmanager
def named_torch() -> Generator[types.ModuleType, None, None]:
    """Modules called ``torch`` with the functions that saved tensors name."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    storage = types.ModuleType("torch.storage")
    for name in _TYPES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2(*_: Any) -> None: ...  # noqa: ANN401
    def _load_from_bytes(*_: Any) -> None: ...  # noqa: ANN401

    for function, module in ((_rebuild_tensor_v2, utils), (_load_from_bytes, storage)):
        function.__module__, function.__qualname__ = module.__name__, function.__name__
        setattr(module, function.__name__, function)
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils", "torch.storage")}
    sys.modules |= {"torch": torch, "torch._utils": utils, "torch.storage": storage}
    try:
        yield torch
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module


class _Storage:
    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array


class _Pickler(pickle.Pickler):
    """Writes tensors as ``torch.save`` does; their numbers are kept in ``storages``."""

    def __init__(self, stream: io.BytesIO, torch: types.ModuleType, *, with_view: bool) -> None:
        super().__init__(stream, protocol=2)
        self.torch = torch
        self.with_view = with_view
        self.storages: list[np.ndarray[Any, Any]] = []

    def reducer_override(self, obj: Any) -> Any:  # noqa: ANN401
        if not isinstance(obj, Tensor):
            return NotImplemented
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (_Storage(obj.array), 0, obj.shape, obj.strides, False, {})

    def persistent_id(self, obj: Any) -> Any:  # noqa: ANN401
        if not isinstance(obj, _Storage):
            return None
        self.storages.append(obj.array)
        kind = getattr(self.torch, _TYPES[obj.array.dtype.str])
        key = str(len(self.storages) - 1)
        view = (None,) if self.with_view else ()
        return ("storage", kind, key, "cpu", obj.array.size, *view)


def save_torch(path: Path, value: Any) -> None:  # noqa: ANN401
    """``torch.save(value, path)`` of PyTorch 1.6 and later."""
    stream = io.BytesIO()
    with named_torch() as torch, zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        pickler = _Pickler(stream, torch, with_view=False)
        pickler.dump(value)
        archive.writestr("archive/data.pkl", stream.getvalue())
        archive.writestr("archive/byteorder", "little")
        for i, array in enumerate(pickler.storages):
            archive.writestr(f"archive/data/{i}", array.tobytes())
        archive.writestr("archive/version", "3\n")


def old_torch(value: Any) -> bytes:  # noqa: ANN401
    """What ``torch.save`` wrote before 1.6, and still writes of a storage on its own."""
    stream = io.BytesIO()
    with named_torch() as torch:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(part, stream, protocol=2)
        pickler = _Pickler(stream, torch, with_view=True)
        pickler.dump(value)
        pickle.dump([str(i) for i in range(len(pickler.storages))], stream, protocol=2)
        for array in pickler.storages:
            stream.write(array.size.to_bytes(8, "little") + array.tobytes())
    return stream.getvalue()


class PlainTensor(Tensor):
    """A tensor in a plain pickle, whose storage is bytes that ``old_torch`` made."""

    def __reduce__(self) -> Any:  # noqa: ANN401
        modules = sys.modules
        load, rebuild = modules["torch.storage"], modules["torch._utils"]
        inside = _Saved(load._load_from_bytes, old_torch_storage(self.array))
        return rebuild._rebuild_tensor_v2, (inside, 0, self.shape, self.strides, False, {})


class _Saved:
    def __init__(self, load: Any, data: bytes) -> None:  # noqa: ANN401
        self.call = load, (data,)

    def __reduce__(self) -> Any:  # noqa: ANN401
        return self.call


def old_torch_storage(array: np.ndarray[Any, Any]) -> bytes:
    """A storage on its own, as tensors in plain pickles hold it."""
    return old_torch(_Storage(array))


def save_pickle(path: Path, value: Any, protocol: int = 4) -> None:  # noqa: ANN401
    """``pickle.dump``, with ``PlainTensor``s in it or not."""
    with named_torch():
        path.write_bytes(pickle.dumps(value, protocol))
