"""Finding execution providers, and a user's networks on them in a process of their own."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import numpy as np
import pytest
from limn.api import open_networks
from limn.core.data.settings import Settings
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.models import providers
from limn.models.devices import LEAST_BYTES, Device
from limn.models.isolation import isolated
from limn.models.isolation.messages import write_message
from limn.models.networks.described import DescribedNetwork
from limn.models.registry import NETWORKS
from limn.models.runtime import NetworkRunner
from limn.tools.jobs import finished
from model_files import depth_descriptor, depth_network, write
from onnx_files import constant_network, need_runtime
from synthetic import watch
from synthetic_motion import walking

need_runtime()

FULL = NETWORKS["blazepose_full"]


def _plug_in(
    monkeypatch: pytest.MonkeyPatch, ep_name: str, kinds: Sequence[str]
) -> tuple[dict[str, Any], SimpleNamespace]:
    """A plug-in's Python module and an ONNX Runtime that knows its devices."""
    kind = SimpleNamespace(CPU="cpu", GPU="gpu")
    told: dict[str, Any] = {"registered": [], "devices": []}
    devices = [SimpleNamespace(ep_name=ep_name, device=SimpleNamespace(type=one)) for one in kinds]

    class Options:
        def add_provider_for_devices(self, chosen: object, _options: object) -> None:
            told["devices"] = chosen

    def opened(_content: bytes, _options: Options, **how: object) -> SimpleNamespace:
        told["how"] = how
        return session

    session = SimpleNamespace(get_providers=lambda: [ep_name, "CPUExecutionProvider"])
    runtime = SimpleNamespace(
        # Registering adds the name, as in ONNX Runtime 1.31.
        get_available_providers=lambda: ["CPUExecutionProvider", *dict(told["registered"])],
        register_execution_provider_library=lambda *a: told["registered"].append(a),
        get_ep_devices=lambda: devices if told["registered"] else [],
        OrtHardwareDeviceType=kind,
        InferenceSession=opened,
    )
    module = SimpleNamespace(get_ep_name=lambda: ep_name, get_library_path=lambda: "lib.so")
    monkeypatch.setitem(sys.modules, "onnxruntime_ep_webgpu", module)
    monkeypatch.setattr(providers, "load_onnxruntime", lambda: runtime)
    monkeypatch.setattr(providers, "options_of", lambda _runtime: Options())
    monkeypatch.setattr(providers, "_registered", set())
    return told, session


def test_a_plug_in_is_registered_once_and_gives_one_card(monkeypatch: pytest.MonkeyPatch) -> None:
    told, session = _plug_in(monkeypatch, "WebGpuExecutionProvider", ("cpu", "gpu", "gpu"))
    assert providers.open_on("webgpu", b"") is session
    assert providers.open_on("webgpu", b"") is session
    assert told["registered"] == [("WebGpuExecutionProvider", "lib.so")]
    assert [one.device.type for one in told["devices"]] == ["gpu"]
    assert told["how"] == {"enable_fallback": 0}


def test_a_built_in_provider_that_fails_is_no_processor_in_disguise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, session = _plug_in(monkeypatch, "CUDAExecutionProvider", ())
    runtime = providers.load_onnxruntime()
    there = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(runtime, "get_available_providers", lambda: there)
    assert providers.open_on("cuda", b"") is session
    asked = [("CUDAExecutionProvider", {"use_tf32": "0"}), "CPUExecutionProvider"]
    assert told["how"] == {"enable_fallback": 0, "providers": asked}
    monkeypatch.setattr(session, "get_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(RuntimeError, match="no part"):
        providers.open_on("cuda", b"")


def test_a_plug_in_without_hardware_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    _plug_in(monkeypatch, "WebGpuExecutionProvider", ())
    with pytest.raises(RuntimeError, match="no hardware"):
        providers.open_on("webgpu", b"")


def test_no_plug_in_is_imported_by_looking_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "onnxruntime_ep_webgpu.py").write_text("raise ImportError('no driver')\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "webgpu" in providers.providers_here()
    assert "onnxruntime_ep_webgpu" not in sys.modules
    device = Device("auto")
    picture = np.zeros(FULL.inputs[0].shape, np.float32)
    NetworkRunner.named("blazepose_full", device=device).run(picture)
    assert device.sentences() == (
        "blazepose_full.onnx runs on the processor, as 'webgpu' fails (no driver).",
    )


def _large_depth_network() -> bytes:
    """A depth network in a file that is large enough for a card."""
    ramp = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    more = np.zeros(LEAST_BYTES // 4, np.float32)
    return constant_network({"inverse_depth": ramp, "more": more})


GREY = np.full((64, 64, 3), 128, np.uint8)


def test_networks_of_the_users_tell_why_they_stay_on_the_processor(tmp_path: Path) -> None:
    path = write(tmp_path / "mine.onnx", _large_depth_network())
    device = Device("cuda")
    network = DescribedNetwork(depth_descriptor(), path, device)
    alone = DescribedNetwork(depth_descriptor(), path).run(GREY)["depth"]
    for _ in range(2):
        assert np.array_equal(network.run(GREY)["depth"], alone)
    assert device.sentences() == (
        "my-depth runs on the processor, as the execution provider 'cuda' isn't installed here.",
    )
    small = Device("cuda")
    DescribedNetwork(depth_descriptor(), write(path, depth_network()), small).run(GREY)
    assert small.sentences() == ()


def test_a_card_that_ends_the_process_of_a_users_network_costs_nothing_but_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "onnxruntime_ep_webgpu.py").write_text("import os\nos._exit(3)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    path = write(tmp_path / "mine.onnx", _large_depth_network())
    device = Device("webgpu")
    network = DescribedNetwork(depth_descriptor(), path, device)
    assert network.run(GREY)["depth"].shape == (1, 64, 64)
    assert network.run(GREY)["depth"].shape == (1, 64, 64)
    assert device.sentences() == ("my-depth runs on the processor, as 'webgpu' ended its process.",)


def test_the_memory_of_a_users_network_is_bounded_on_the_processor_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, Any]] = []

    def heard(stream: IO[bytes], told: Mapping[str, Any], arrays: Sequence[Any] = ()) -> None:
        asked.append(told)
        write_message(stream, told, arrays)

    monkeypatch.setattr(isolated, "write_message", heard)
    path = write(tmp_path / "mine.onnx", _large_depth_network())
    for device in (Device("cpu"), Device("auto", lambda: ()), Device("cuda")):
        DescribedNetwork(depth_descriptor(), path, device).open()
    assert ["memory_bytes" in told for told in asked] == [True, True, False]
    assert asked[-1]["device"] == "cuda"


def test_a_take_says_why_networks_stayed_on_the_processor() -> None:
    settings = Settings(quality="fast", device="cuda")
    networks = open_networks(settings)
    assert networks.remarks is not None
    assert networks.remarks() == ()  # nothing is opened yet
    networks.detector.detect(GREY)
    told = "movenet_multipose.onnx runs on the processor, as the execution provider 'cuda' isn't"
    assert networks.remarks()[0].startswith(told)
    clip = watch(walking(seconds=1.0))
    eyes = clip.detector(), (clip.model(),)
    take = finished(estimate(clip.source(), Networks(*eyes, remarks=networks.remarks), settings))
    assert any(one.startswith(told) for one in take.warnings)
