"""Opens and runs a network of the user's that a descriptor describes; nothing of it is trusted."""

from __future__ import annotations

import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.data.arrays import U8
from ...core.data.errors import ModelError
from ...core.decoding.placement import Placement
from ..devices import ON_PROCESSOR, Device
from ..isolation.isolated import IsolatedNetwork, Limits, RunFailed, TensorInfo
from ..user.descriptor import Descriptor
from .inputs import as_tensor, place, placed

_MOST_PX: Final = 1 << 22
_MOST_VALUE: Final = 1e12
_CARD_OPENS_S: Final = 60.0
"""What opening on a card may add to the first picture: some build their programs then."""
_DTYPES: Final = {"float32": "tensor(float)", "int32": "tensor(int32)", "uint8": "tensor(uint8)"}


class DescribedNetwork:
    """One model file, opened at its first run; any number of threads may run it at once."""

    def __init__(self, descriptor: Descriptor, path: Path, device: Device = ON_PROCESSOR) -> None:
        self.descriptor = descriptor
        self.path = path
        self._device = device
        self._opening = threading.Lock()
        self._network: IsolatedNetwork | None = None
        self._failure = ""
        self._close: weakref.finalize[..., DescribedNetwork] | None = None
        self._input_name = ""
        self._output_names: list[str] = []
        self._fixed_px: tuple[int | None, int | None] = (None, None)

    @property
    def source(self) -> str:
        """What sentences about this network begin with."""
        return f"The network {self.path}"

    def close(self) -> None:
        """End its process; what forgets the network does so too."""
        if self._close is not None:
            self._close()

    def open(self) -> None:
        """Read and check the file now. Raises ModelError."""
        self._opened()

    def place(self, picture_px: tuple[int, int]) -> Placement:
        """How a picture (width, height) would lie in the input. Raises ModelError."""
        self._opened()
        placement = place(picture_px, self.descriptor.input, self._fixed_px)
        width, height = placement.size_px
        if width * height > _MOST_PX:
            raise ModelError(
                f"{self.source} wants pictures of {width} x {height} pixels, where "
                f"{_MOST_PX >> 20} megapixels are the most."
            )
        return placement

    def look(self, bgr: U8) -> tuple[dict[str, NDArray[Any]], Placement]:
        """Outputs by role for a whole picture (h, w, 3), and how it lay in the input."""
        placement = self.place((bgr.shape[1], bgr.shape[0]))
        return self.run(placed(bgr, placement, self.descriptor.input.pad)), placement

    def run(self, bgr: U8) -> dict[str, NDArray[Any]]:
        """Outputs by role for a picture that has the input's size.

        Raises ModelError when the file is missing, altered, no network, of other tensors than
        described, fails on the picture, or takes more time or memory than it may.
        """
        network = self._opened()
        outputs = self.descriptor.outputs
        tensor = as_tensor(bgr, self.descriptor.input)
        try:
            values = network.run(self._output_names, self._input_name, tensor)
        except RunFailed as reason:
            raise ModelError(
                f"{self.source} fails on a picture of {bgr.shape[1]} x {bgr.shape[0]} pixels "
                f"({reason}); its descriptor '{self.descriptor.name}' may be wrong."
            ) from None
        except ModelError:
            if not self._leave_card(network):
                raise
            return self.run(bgr)
        return dict(zip(outputs, map(_within_reason, values), strict=True))

    def _opened(self) -> IsolatedNetwork:
        network = self._network
        if network is None:
            with self._opening:
                if self._network is None:
                    self._network = self._open()
                network = self._network
        return network

    def _leave_card(self, network: IsolatedNetwork) -> bool:
        """Open the file again on the processor if its process ended while a card was in use."""
        with self._opening:
            if self._network is network and self._device is not ON_PROCESSOR:
                card = self._device
                card.keep(self.descriptor.name, f"'{card.chosen}' ended its process")
                self._device, self._network = ON_PROCESSOR, None
                network.close()
                return True
            return self._network is not network

    def _open(self) -> IsolatedNetwork:
        if self._failure:
            raise ModelError(self._failure)
        try:
            size = _size_of(self.path)
            limits = Limits.of_size(size)
            if not self._device.takes(size):
                self._device = ON_PROCESSOR
            if self._device is not ON_PROCESSOR:
                limits = replace(limits, run_s=limits.run_s + _CARD_OPENS_S)
            network = IsolatedNetwork(self.source, self.path, self.descriptor, limits, self._device)
            self._close = weakref.finalize(self, network.close)
            self._check(network)
        except ModelError as error:
            # Whoever waits to open it too would take as long to fail alike.
            self._failure = str(error)
            self.close()
            raise
        return network

    def _check(self, network: IsolatedNetwork) -> None:
        """Find the input and see that every tensor of the descriptor is there."""
        entry, inputs = self.descriptor.input, network.inputs
        names = [tensor.name for tensor in inputs]
        wanted = entry.tensor or (names[0] if len(names) == 1 else "")
        if wanted not in names or len(names) != 1:
            raise self._differs(
                "inputs", names, f"one input{f' {entry.tensor!r}' * bool(entry.tensor)}"
            )
        given = [tensor.name for tensor in network.outputs]
        if not given:
            raise ModelError(f"{self.source} has no outputs; get another export of it.")
        # A decoder's only output need not be named: then it is the file's first.
        self._output_names = [name or given[0] for name in self.descriptor.outputs.values()]
        missing = [name for name in self._output_names if name not in given]
        if missing:
            raise self._differs("outputs", given, ", ".join(missing))
        self._input_name, self._fixed_px = wanted, self._sides(inputs[0])

    def _sides(self, tensor: TensorInfo) -> tuple[int | None, int | None]:
        """Width and height of the input's pictures, None where they are open."""
        entry, shape = self.descriptor.input, tensor.shape
        channel = 1 if entry.layout == "NCHW" else 3
        # One picture at a time: a file of a fixed larger batch would want as many.
        is_picture = len(shape) == 4 and all(
            shape[axis] in (side, None) for axis, side in ((0, 1), (channel, 3))
        )
        height, width = (shape[i] for i in (1, 2, 3) if i != channel) if is_picture else (0, 0)
        if not is_picture or tensor.type != _DTYPES[entry.dtype] or 0 in (width, height):
            sides = ", ".join("open" if side is None else str(side) for side in shape)
            found = f"{tensor.type} [{sides}]"
            raise self._differs("input", [found], f"{entry.dtype} {entry.layout}")
        return width, height

    def _differs(self, role: str, found: list[str], wanted: str) -> ModelError:
        return ModelError(
            f"{self.source} has the {role} {', '.join(found)} where its descriptor "
            f"'{self.descriptor.name}' expects {wanted}."
        )


def _within_reason(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers larger than any pixel, metre or logit as NaN, which no decoder calculates with."""
    if values.dtype.kind != "f" or values.itemsize < 4:
        return values
    is_sane = np.abs(values) <= _MOST_VALUE
    return values if is_sane.all() else np.where(is_sane, values, np.nan).astype(values.dtype)


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # which opening it tells better
