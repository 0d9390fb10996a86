"""Runs a registered network with ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.errors import ModelError
from ..core.data.profiling.freed_memory import give_back
from ..core.data.profiling.stages import stage
from .devices import ON_PROCESSOR, Device, Session
from .onnx_runtime import load_session
from .registry import NETWORKS, Network, Tensor
from .store import WEIGHTS_DIR, read_weights


class NetworkRunner:
    """One network, opened and verified at its first run; any number of threads may run it at once.

    Each run uses the calling thread alone: Limn runs several frames side by side, which serves a
    laptop better than several threads that wait for each other inside a frame.
    """

    def __init__(
        self, network: Network, folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR
    ) -> None:
        self._network = network
        self._device = device
        self._folder = folder
        self._stage = f"network {Path(network.file).stem}"
        self._output_names = [tensor.name for tensor in network.outputs]
        self._opening = threading.Lock()
        self._session: Session | None = None

    @classmethod
    def named(
        cls, name: str, folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR
    ) -> NetworkRunner:
        """Return the runner of a network by its key in ``registry.NETWORKS``."""
        return cls(NETWORKS[name], folder, device)

    def run(self, image: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Return the outputs in the registry's order for one input.

        Raises ModelError when the file is missing, altered or of other tensors than registered.
        """
        session = self._session or self._open()
        feed = {self._network.inputs[0].name: image}
        with stage(self._stage):
            outputs: Any = session.run(self._output_names, feed)
        return outputs

    def _open(self) -> Session:
        with self._opening:
            if self._session is None:
                with stage("opening networks"):
                    self._session = open_session(self._network, self._folder, self._device)
                    give_back()
            return self._session


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
    session = load_session(content, f"The network {path} can't be opened", "install Limn again.")
    _check_tensors(path, "input", network.inputs, session.get_inputs())
    _check_tensors(path, "output", network.outputs, session.get_outputs())
    return device.session(session, content, network.file)


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
