"""Opens and runs a network of the user's that a descriptor describes; nothing of it is trusted."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..core.arrays import U8
from ..core.decoding.placement import Placement
from ..core.errors import ModelError
from .descriptor import Descriptor
from .inputs import as_tensor, place, placed
from .onnx_runtime import load_session, refusals

if TYPE_CHECKING:
    import onnxruntime

_DTYPES: Final = {"float32": "tensor(float)", "int32": "tensor(int32)", "uint8": "tensor(uint8)"}


class DescribedNetwork:
    """One model file, opened at its first run; any number of threads may run it at once."""

    def __init__(self, descriptor: Descriptor, path: Path) -> None:
        self.descriptor = descriptor
        self.path = path
        self._opening = threading.Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._input_name = ""
        self._output_names: list[str] = []
        self._fixed_px: tuple[int | None, int | None] = (None, None)

    @property
    def source(self) -> str:
        """What sentences about this network begin with."""
        return f"The network {self.path}"

    def open(self) -> None:
        """Read and check the file now. Raises ModelError."""
        self._opened()

    def place(self, picture_px: tuple[int, int]) -> Placement:
        """How a picture (width, height) would lie in the input. Raises ModelError."""
        self._opened()
        return place(picture_px, self.descriptor.input, self._fixed_px)

    def look(self, bgr: U8) -> tuple[dict[str, NDArray[Any]], Placement]:
        """Outputs by role for a whole picture (h, w, 3), and how it lay in the input."""
        placement = self.place((bgr.shape[1], bgr.shape[0]))
        return self.run(placed(bgr, placement, self.descriptor.input.pad)), placement

    def run(self, bgr: U8) -> dict[str, NDArray[Any]]:
        """Outputs by role for a picture that has the input's size.

        Raises ModelError when the file is missing, altered, no network, of other tensors than
        described, or fails on the picture.
        """
        session = self._opened()
        outputs = self.descriptor.outputs
        feed = {self._input_name: as_tensor(bgr, self.descriptor.input)}
        try:
            values = session.run(self._output_names, feed)
        except refusals() as error:
            raise ModelError(
                f"{self.source} fails on a picture of {bgr.shape[1]} x {bgr.shape[0]} pixels "
                f"({_reason(error)}); its descriptor '{self.descriptor.name}' may be wrong."
            ) from error
        return {role: np.asarray(value) for role, value in zip(outputs, values, strict=True)}

    def _opened(self) -> onnxruntime.InferenceSession:
        session = self._session
        if session is None:
            with self._opening:
                if self._session is None:
                    self._session = self._open()
                session = self._session
        return session

    def _open(self) -> onnxruntime.InferenceSession:
        content = _read(self.descriptor, self.path)
        session = load_session(
            content, f"{self.source} can't be opened", "get the file again or another export of it."
        )
        self._check(session)
        return session

    def _check(self, session: onnxruntime.InferenceSession) -> None:
        """Find the input and see that every tensor of the descriptor is there."""
        entry, inputs = self.descriptor.input, session.get_inputs()
        names = [tensor.name for tensor in inputs]
        wanted = entry.tensor or (names[0] if len(names) == 1 else "")
        if wanted not in names or len(names) != 1:
            raise self._differs(
                "inputs", names, f"one input{f' {entry.tensor!r}' * bool(entry.tensor)}"
            )
        given = [tensor.name for tensor in session.get_outputs()]
        # A decoder's only output need not be named: then it is the file's first.
        self._output_names = [name or given[0] for name in self.descriptor.outputs.values()]
        missing = [name for name in self._output_names if name not in given]
        if missing:
            raise self._differs("outputs", given, ", ".join(missing))
        shape, dtype = inputs[0].shape, inputs[0].type
        channel = 1 if entry.layout == "NCHW" else 3
        sides = [i for i in (1, 2, 3) if i != channel]
        # One picture at a time: a file of a fixed larger batch would want as many.
        is_picture = len(shape) == 4 and all(
            shape[axis] == side or not isinstance(shape[axis], int)
            for axis, side in ((0, 1), (channel, 3))
        )
        if not is_picture or dtype != _DTYPES[entry.dtype]:
            raise self._differs("input", [f"{dtype} {shape}"], f"{entry.dtype} {entry.layout}")
        height, width = (shape[i] if isinstance(shape[i], int) else None for i in sides)
        self._input_name, self._fixed_px = wanted, (width, height)

    def _differs(self, role: str, found: list[str], wanted: str) -> ModelError:
        return ModelError(
            f"{self.source} has the {role} {', '.join(found)} where its descriptor "
            f"'{self.descriptor.name}' expects {wanted}."
        )


def _read(descriptor: Descriptor, path: Path) -> bytes:
    """The very bytes that are run, if they are those the descriptor vouches for."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelError(f"The network {path} is missing; add the model again.") from None
    except (OSError, MemoryError) as error:
        raise ModelError(f"The network {path} can't be read ({error}).") from error
    size = descriptor.size_bytes
    if size is not None and len(content) < size:
        raise ModelError(
            f"The network {path} is cut short, {len(content)} of {size} bytes; get it again."
        )
    if descriptor.sha256 is not None and hashlib.sha256(content).hexdigest() != descriptor.sha256:
        raise ModelError(
            f"The network {path} is not the file that '{descriptor.name}' stands for (its sha256 "
            "differs); get it again."
        )
    return content


def _reason(error: Exception) -> str:
    """The telling part of what ONNX Runtime says, without its codes and source lines."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.split(" : ")[-1].split(". ")[0].rstrip(".")[:160]
