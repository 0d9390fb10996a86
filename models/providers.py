"""ONNX Runtime's execution providers by short names: which are here, and opening a network on one.

A provider is compiled into the ``onnxruntime`` that is installed (CoreML in the macOS wheel, CUDA
or DirectML in builds of a user's own), or lies beside it as a plug-in library in a Python package
(``onnxruntime-ep-webgpu`` and its kin). No plug-in is imported before a network is to run on it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from .onnx_runtime import load_onnxruntime, options_of, own_errors

if TYPE_CHECKING:
    import onnxruntime


@dataclass(frozen=True, slots=True)
class Provider:
    """An execution provider: ONNX Runtime's ``name`` of it, its ``options``, and the Python module
    ``plugin`` that brings it where it isn't compiled in; empty where there is none."""

    name: str
    plugin: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])


PROVIDERS: Final[Mapping[str, Provider]] = {
    # TF32 keeps 10 bits of a product's 23: landmarks would move by tenths of a pixel.
    "cuda": Provider("CUDAExecutionProvider", options={"use_tf32": "0"}),
    "rocm": Provider("ROCMExecutionProvider"),
    "migraphx": Provider("MIGraphXExecutionProvider"),
    "directml": Provider("DmlExecutionProvider"),
    "coreml": Provider("CoreMLExecutionProvider"),
    "webgpu": Provider("WebGpuExecutionProvider", "onnxruntime_ep_webgpu"),
    "openvino": Provider("OpenVINOExecutionProvider", "onnxruntime_ep_openvino"),
    "tensorrt-rtx": Provider("NvTensorRTRTXExecutionProvider", "onnxruntime_ep_nv_tensorrt_rtx"),
}
"""By the names of ``core.data.settings.DEVICES``."""

_registering = threading.Lock()
_registered: set[str] = set()


def providers_here() -> tuple[str, ...]:
    """The names of ``PROVIDERS`` that are installed, whether or not there is hardware for them.

    Raises ModelError when ONNX Runtime can't be imported.
    """
    built_in = load_onnxruntime().get_available_providers()
    return tuple(
        name
        for name, provider in PROVIDERS.items()
        if provider.name in built_in or (provider.plugin and find_spec(provider.plugin))
    )


def open_on(name: str, content: bytes) -> onnxruntime.InferenceSession:
    """Open the network ``content`` on the provider ``name``.

    What it can't compute there runs on the processor within the same session. Raises one of
    ``failures`` when it can't be loaded, finds no hardware or refuses the network.
    """
    runtime, provider = load_onnxruntime(), PROVIDERS[name]
    options = options_of(runtime)
    options.enable_mem_pattern = False  # DirectML refuses it
    # A plug-in's name joins the available ones, but only its devices bring it into a session.
    is_plug_in = provider.plugin in _registered
    if not is_plug_in and provider.name in runtime.get_available_providers():
        asked = [(provider.name, dict(provider.options)), "CPUExecutionProvider"]
        how: dict[str, Any] = {"providers": asked}
        known = provider.name
    else:
        known = _plug_in(runtime, provider, options)
        how = {}
    # Else ONNX Runtime prints what failed, into a worker's answers, and takes the processor.
    session = runtime.InferenceSession(content, options, enable_fallback=0, **how)
    if known not in session.get_providers():
        raise RuntimeError("it takes no part of the network")
    return session


def failures() -> tuple[type[Exception], ...]:
    """What opening or running on a provider may raise."""
    plain = AttributeError, ImportError, MemoryError, OSError, RuntimeError, TypeError, ValueError
    return (*own_errors(), *plain)


def _plug_in(runtime: Any, provider: Provider, options: Any) -> str:  # noqa: ANN401 - no types
    """Have ``options`` use a plug-in; the name it goes by in sessions."""
    module = importlib.import_module(provider.plugin)
    known = str(module.get_ep_name())
    with _registering:
        if provider.plugin not in _registered:
            runtime.register_execution_provider_library(known, module.get_library_path())
            _registered.add(provider.plugin)
    devices = [device for device in runtime.get_ep_devices() if device.ep_name == known]
    if not devices:
        raise RuntimeError("it finds no hardware here")
    # One at a time is all that WebGPU takes; OpenVINO lists the processor beside the card.
    devices.sort(key=lambda device: device.device.type != runtime.OrtHardwareDeviceType.GPU)
    options.add_provider_for_devices(devices[:1], dict(provider.options))
    return known
