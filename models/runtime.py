"""Runs a registered network with ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..core.data.errors import ModelError
from ..core.data.profiling.freed_memory import give_back
from ..core.data.profiling.stages import stage
from .devices import ON_PROCESSOR, Device, Session
from .onnx_runtime import load_session, run_once
from .registry import EIGHT_BIT, EIGHT_BIT_PROBE, NETWORKS, Network, Tensor
from .store import WEIGHTS_DIR, read_weights

_MUCH_BYTES: Final = 2_000_000
"""What is freed after a file smaller than this was opened isn't worth giving back to the system."""
_PICTURES: Final = 4
"""Axes of a batch of pictures."""
_PROBE_ERROR: Final = 0.02
"""What is exact is within a step of 1/255; sums of pairs that don't fit are about half."""


class NetworkRunner:
    """One network, opened and verified at its first run; any number of threads may run it at once.

    Each run uses the calling thread alone: Limn runs several frames side by side, which serves a
    laptop better than several threads that wait for each other inside a frame.
    """

    def __init__(
        self,
        network: Network,
        folder: Path = WEIGHTS_DIR,
        device: Device = ON_PROCESSOR,
        in_8_bits: Network | None = None,
    ) -> None:
        """``in_8_bits`` is the same network for processors, taken where they compute it exactly."""
        self._network = network
        self._in_8_bits = in_8_bits
        self._device = device
        self._folder = folder
        self._stage = f"network {Path(network.file).stem}"
        self._output_names = [tensor.name for tensor in network.outputs]
        self._opening = threading.Lock()
        self._session: Session | None = None

    @classmethod
    def named(
        cls,
        name: str,
        folder: Path = WEIGHTS_DIR,
        device: Device = ON_PROCESSOR,
        *,
        is_brief: bool = False,
    ) -> NetworkRunner:
        """Return the runner of a network by its key in ``registry.NETWORKS``; one that ``is_brief``
        runs in 8 bits where there is a file of that and the processor can."""
        return cls(NETWORKS[name], folder, device, EIGHT_BIT.get(name) if is_brief else None)

    def open(self) -> None:
        """Open the network if it isn't open yet. Raises ModelError as ``run``."""
        if self._session is None:
            self._open()

    def run(self, image: NDArray[Any], *, is_rare: bool = False) -> list[NDArray[np.float32]]:
        """Return the outputs in the registry's order for one input; one that ``is_rare`` is larger
        than others, and the memory that it takes is given back.

        Raises ModelError when the file is missing, altered or of other tensors than registered.
        """
        session = self._session or self._open()
        feed = {self._network.inputs[0].name: image}
        with stage(self._stage):
            runs_once = is_rare and not self._device.chosen
            run = partial(run_once, session) if runs_once else session.run
            outputs: Any = run(self._output_names, feed)
        return outputs

    def _open(self) -> Session:
        with self._opening:
            if self._session is None:
                with stage("opening networks"):
                    chosen = self._chosen()
                    self._session = open_session(chosen, self._folder, self._device)
                    if chosen.size_bytes > _MUCH_BYTES:
                        give_back()
            return self._session

    def _chosen(self) -> Network:
        """Cards have their own ways of being quick, so 8 bits are for the processor alone."""
        lighter = self._in_8_bits
        if lighter is None or self._device.chosen or not computes_8_bits(self._folder):
            return self._network
        return lighter


@cache
def computes_8_bits(folder: Path = WEIGHTS_DIR) -> bool:
    """Whether this processor sums products of 8 bits exactly.

    Those without instructions for it (VNNI, or Arm's dot products) may add pairs in 16 bits, where
    large ones don't fit; the probe's sums are such. Raises ModelError as ``open_session``.
    """
    session = open_session(EIGHT_BIT_PROBE, folder)
    ones = np.ones([side or 1 for side in EIGHT_BIT_PROBE.inputs[0].shape], np.float32)
    (sums,) = session.run(["sums"], {"image": ones})
    return bool(np.abs(sums - 1).max() < _PROBE_ERROR)


def open_session(
    network: Network, folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR
) -> Session:
    """Verify the file of ``network`` and open it for single-threaded runs on the CPU, and on a
    ``device`` that answers alike.

    Raises ModelError when ONNX Runtime is missing, or the file is missing, altered, no network, or
    has other tensors than the registry says.
    """
    content = read_weights(network, folder)
    path = folder / network.file
    failure, advice = f"The network {path} can't be opened", "install Limn again."
    keeps = _is_of_pictures(network)
    session = load_session(content, failure, advice, keeps_memory=keeps)
    _check_tensors(path, "input", network.inputs, session.get_inputs())
    _check_tensors(path, "output", network.outputs, session.get_outputs())
    return device.session(session, content, network.file)


def _is_of_pictures(network: Network) -> bool:
    """Whether inputs are about as large as each other; how long a track is nobody knows."""
    shapes = [tensor.shape for tensor in network.inputs]
    return all(len(shape) == _PICTURES or None not in shape for shape in shapes)


_DTYPES = {"tensor(float)": "float32", "tensor(int32)": "int32"}


def _check_tensors(path: Path, role: str, wanted: tuple[Tensor, ...], found: Sequence[Any]) -> None:
    # ONNX Runtime names an open dimension by a string; the registry calls it None.
    got = tuple(
        Tensor(
            tensor.name,
            _DTYPES.get(tensor.type, str(tensor.type)),
            tuple(size if isinstance(size, int) else None for size in tensor.shape),
        )
        for tensor in found
    )
    if got != wanted:
        raise ModelError(
            f"The network {path} has the {role}s {_describe(got)} where Limn expects "
            f"{_describe(wanted)}; install Limn again."
        )


def _describe(tensors: tuple[Tensor, ...]) -> str:
    return ", ".join(f"{t.name} {t.dtype} {t.shape}" for t in tensors)
