"""Checks that this installation can run its networks, for ``limn doctor`` and the preferences."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np

from ..core.data.errors import ModelError
from ..core.data.faces.mesh import FACE_SKELETON
from .devices import ComparedSession, Device, Session
from .networks.blendshapes.network import open_task
from .networks.depth import DescribedDepth
from .networks.described import DescribedNetwork
from .networks.described_pose import try_pose_model
from .onnx_runtime import load_onnxruntime
from .providers import open_on, providers_here
from .registry import NETWORKS, Network
from .runtime import NetworkRunner, open_session
from .store import WEIGHTS_DIR, read_weights
from .user.descriptor import Descriptor
from .user.library import Library

_LIBRARIES: Final = {
    "NumPy": partial(importlib.import_module, "numpy"),
    "OpenCV": partial(importlib.import_module, "cv2"),
    "PyAV": partial(importlib.import_module, "av"),
    "ONNX Runtime": load_onnxruntime,
}
_ON_CARD: Final = "blazepose_full"  # what cards are tried with
_OPEN_SIDE_PX: Final = 64  # stands in for a side that a network leaves open


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried: its name, whether it works, and a sentence about it."""

    name: str
    ok: bool
    message: str


def run_checks(folder: Path = WEIGHTS_DIR) -> list[Check]:
    """Import every library, verify every network's file, and run each network once.

    A network is run only when all that it needs is in order, and graphics cards are tried when
    everything is. Takes about two seconds.
    """
    libraries = [_check_library(name, load) for name, load in _LIBRARIES.items()]
    usable = all(check.ok for check in libraries)
    checks = libraries
    for name, network in NETWORKS.items():
        weights = _check_weights(name, network, folder)
        checks = [*checks, weights]
        if usable and weights.ok:
            checks.append(_check_run(name, network, folder))
    return [*checks, *check_cards(folder)] if all(check.ok for check in checks) else checks


def check_cards(
    folder: Path = WEIGHTS_DIR,
    here: Callable[[], Sequence[str]] = providers_here,
    opener: Callable[[str, bytes], Session] = open_on,
) -> list[Check]:
    """Try a network on every execution provider that is installed beside the processor's.

    None of them has to work: the processor does what a card can't.
    """
    found = here()
    if not found:
        told = "Networks run on the processor; no execution provider for a card is installed."
        return [Check("device", True, told)]
    return [_check_card(name, folder, lambda: found, opener) for name in found]


def _check_card(
    name: str,
    folder: Path,
    here: Callable[[], Sequence[str]],
    opener: Callable[[str, bytes], Session],
) -> Check:
    device, network = Device(name, here, opener), NETWORKS[_ON_CARD]
    session = open_session(network, folder, device)
    shape = [size or _OPEN_SIDE_PX for size in network.inputs[0].shape]
    picture = np.random.default_rng(0).random(shape, np.float32)
    session.run([one.name for one in network.outputs], {network.inputs[0].name: picture})
    if not (isinstance(session, ComparedSession) and session.is_on_card):
        return Check(f"device {name}", True, " ".join(device.sentences()))
    mine_ms, card_ms = (1000 * seconds for seconds in session.seconds)
    told = (
        f"{network.file} answers as on the processor (they differ by {session.difference:.1g}), "
        f"in {card_ms:.1f} ms where that takes {mine_ms:.1f} ms."
    )
    return Check(f"device {name}", True, told)


def check_models(library: Library) -> list[Check]:
    """Verify and open every model of the user's that is installed."""
    checks = [Check(name, False, fault) for name, fault in library.faults().items()]
    for name, descriptor in library.installed().items():
        try:
            try_model(descriptor, library.file_of(name))
        except ModelError as error:
            checks.append(Check(name, False, str(error)))
        else:
            checks.append(Check(name, True, f"{descriptor.title} is unaltered and can be opened."))
    return checks


def try_model(descriptor: Descriptor, path: Path) -> None:
    """Open a model file and run it once, if its descriptor fits it. Raises ModelError."""
    if descriptor.job == "depth":
        entry = descriptor.input
        grey = np.full((entry.height, entry.width, 3), 128, np.uint8)
        # Of a grey picture a network need not know anything, but its answer has to be a map.
        with closing(DescribedNetwork(descriptor, path)) as network:
            DescribedDepth(network).estimate(grey)
    elif descriptor.job == "face":
        mesh = np.random.default_rng(0).uniform(0, 192, (1, len(FACE_SKELETON), 2))
        open_task(path, descriptor.name).shapes(mesh)
    else:
        try_pose_model(descriptor, path)


def _check_library(name: str, load: Callable[[], ModuleType]) -> Check:
    try:
        version = load().__version__
    except ImportError as error:
        return Check(name, False, f"{name} can't be loaded ({error}); install Limn again.")
    except ModelError as error:
        return Check(name, False, str(error))
    return Check(name, True, f"{name} {version} is there.")


def _check_weights(name: str, network: Network, folder: Path) -> Check:
    label = f"{name} file"
    try:
        read_weights(network, folder)
    except ModelError as error:
        return Check(label, False, str(error))
    return Check(label, True, f"{network.file} is complete and unaltered.")


def _check_run(name: str, network: Network, folder: Path) -> Check:
    label = f"{name} run"
    entry = network.inputs[0]
    image = np.zeros([size or _OPEN_SIDE_PX for size in entry.shape], entry.dtype)
    try:
        outputs = NetworkRunner(network, folder).run(image)
    except ModelError as error:
        return Check(label, False, str(error))
    if not all(np.isfinite(output).all() for output in outputs):
        return Check(label, False, f"{network.file} answers with numbers that are not finite.")
    return Check(label, True, f"{network.file} runs.")
