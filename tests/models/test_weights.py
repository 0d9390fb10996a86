"""The weights: as registered, refused with one sentence when they aren't, credited in NOTICE."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.errors import ModelError
from limn.models import onnx_runtime
from limn.models.devices import Device
from limn.models.estimators import open_estimator
from limn.models.networks.multipose import MultiPose
from limn.models.qualities import QUALITY_PASSES
from limn.models.registry import (
    CONVERTED,
    EIGHT_BIT,
    EIGHT_BIT_PROBE,
    LIFTERS,
    NETWORKS,
    Network,
    Tensor,
)
from limn.models.runtime import NetworkRunner, open_session
from limn.models.selftest import run_checks
from limn.models.store import WEIGHTS_DIR, read_weights

ROOT = Path(__file__).resolve().parents[2]
FULL = NETWORKS["blazepose_full"]


def _assert_helpful(error: pytest.ExceptionInfo[ModelError], path: Path) -> None:
    sentence = str(error.value)
    assert str(path) in sentence
    assert "install Limn again" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert error.value.exit_code == 4


def _registered(content: bytes, folder: Path) -> Network:
    """Put ``content`` into ``folder`` as if it were the file of the full network."""
    (folder / FULL.file).write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return dataclasses.replace(FULL, size_bytes=len(content), sha256=sha256)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_committed_file_is_the_registered_one(name: str) -> None:
    network = NETWORKS[name]
    content = (WEIGHTS_DIR / network.file).read_bytes()
    assert len(content) == network.size_bytes
    assert hashlib.sha256(content).hexdigest() == network.sha256


@pytest.mark.parametrize("name", CONVERTED)
def test_no_network_has_a_prelu(name: str) -> None:
    """ONNX Runtime's takes more time than all of the convolutions between them."""
    assert b"PRelu" not in (WEIGHTS_DIR / CONVERTED[name].file).read_bytes()


@pytest.mark.parametrize("name", CONVERTED)
def test_notice_credits_every_converted_network(name: str) -> None:
    network = CONVERTED[name]
    notice = (ROOT / "NOTICE").read_text("utf-8")
    package = network.package
    for fact in (
        network.file,
        network.sha256,
        *network.members.values(),
        f"{package.name} {package.version}",
        package.sha256,
        network.licence,
    ):
        assert fact in notice


@pytest.mark.parametrize("network", [*EIGHT_BIT.values(), EIGHT_BIT_PROBE])
def test_notice_and_model_card_tell_of_what_was_rounded(network: Network) -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    card = (WEIGHTS_DIR / "eight_bit.md").read_text("utf-8")
    for text in (notice, card):
        assert network.file in text
        assert network.sha256 in text


def test_notice_and_model_card_credit_the_lifters_motion() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    card = (WEIGHTS_DIR / "lifter.md").read_text("utf-8")
    credit = "The data used in this project was obtained from mocap.cs.cmu.edu."
    for text in (notice, card):
        for network in LIFTERS.values():
            assert network.file in text
            assert network.sha256 in text
        assert credit in " ".join(text.split())


def test_no_other_network_lies_in_the_folder() -> None:
    assert {path.name for path in WEIGHTS_DIR.glob("*.onnx")} == {n.file for n in NETWORKS.values()}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is missing") as error:
        read_weights(FULL, tmp_path)
    _assert_helpful(error, tmp_path / FULL.file)


def test_a_directory_in_its_place_is_named(tmp_path: Path) -> None:
    (tmp_path / FULL.file).mkdir()
    with pytest.raises(ModelError, match="can't be read") as error:
        read_weights(FULL, tmp_path)
    _assert_helpful(error, tmp_path / FULL.file)


@pytest.mark.parametrize("size", [0, 1, FULL.size_bytes - 1])
def test_a_truncated_file_is_named(tmp_path: Path, size: int) -> None:
    (tmp_path / FULL.file).write_bytes((WEIGHTS_DIR / FULL.file).read_bytes()[:size])
    with pytest.raises(ModelError, match="cut short") as error:
        read_weights(FULL, tmp_path)
    _assert_helpful(error, tmp_path / FULL.file)


def test_one_altered_bit_is_refused(tmp_path: Path) -> None:
    content = bytearray((WEIGHTS_DIR / FULL.file).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / FULL.file).write_bytes(content)
    with pytest.raises(ModelError, match="sha256 differs") as error:
        open_session(FULL, tmp_path)
    _assert_helpful(error, tmp_path / FULL.file)


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": (Tensor("picture", "float32", (1, 256, 256, 3)),)},
        {"inputs": (Tensor("image", "int32", (1, 256, 256, 3)),)},
        {"outputs": FULL.outputs[:-1]},
        {"outputs": (*FULL.outputs[:-1], Tensor("world", "float32", (1, 99)))},
    ],
)
def test_other_tensors_than_registered_are_refused(change: dict[str, tuple[Tensor, ...]]) -> None:
    with pytest.raises(ModelError, match="where Limn expects") as error:
        open_session(dataclasses.replace(FULL, **change))
    _assert_helpful(error, WEIGHTS_DIR / FULL.file)


@pytest.mark.parametrize("content", [b"", b"not a network", b"\x08\x08" * 50])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    network = _registered(content, tmp_path)
    with pytest.raises(ModelError, match="can't be opened") as error:
        open_session(network, tmp_path)
    _assert_helpful(error, tmp_path / FULL.file)


@pytest.mark.parametrize(
    ("name", "keeps"),
    [("movenet_multipose", True), ("lifter", False), ("blazepose_full", True)],
)
def test_memory_is_kept_for_pictures_in_one_place(name: str, keeps: bool) -> None:
    """Of tracks it would be what the longest ever took."""
    options: Any = open_session(NETWORKS[name]).get_session_options()  # type: ignore[attr-defined]
    assert options.enable_cpu_mem_arena == keeps
    if keeps:
        assert options.get_session_config_entry("session.use_env_allocators") == "1"


@pytest.mark.parametrize("error", [RuntimeError, TypeError, AttributeError])
def test_who_was_first_with_an_arena_stops_nobody(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another add-on in Blender's process: ONNX Runtime 1.20 refuses a second arena."""

    def refuse(*_: object) -> None:
        raise error("An allocator for this device has already been registered for sharing.")

    runtime = onnx_runtime.load_onnxruntime()
    monkeypatch.setattr(runtime, "create_and_register_allocator", refuse)
    monkeypatch.setattr(onnx_runtime, "_shares_an_arena", onnx_runtime._shares_an_arena.__wrapped__)
    options = onnx_runtime.options_of(runtime, keeps_memory=True)
    assert options.enable_cpu_mem_arena
    with pytest.raises(RuntimeError):
        options.get_session_config_entry("session.use_env_allocators")


class _Noting:
    """A session that notes how its runs are to treat memory, "" where nothing is said."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def run(
        self,
        _names: list[str],
        _feed: dict[str, np.ndarray],
        options: Any = None,  # noqa: ANN401 - onnxruntime's own
    ) -> list[np.ndarray]:
        key = "memory.enable_memory_arena_shrinkage"
        self.told.append("" if options is None else options.get_run_config_entry(key))
        return [np.zeros((1, 6, 56), np.float32)]


def test_what_a_search_takes_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An arena would keep 60 MB for the largest picture."""
    session = _Noting()
    runner = NetworkRunner.named("movenet_multipose")
    monkeypatch.setattr(runner, "_session", session)
    detector, picture = MultiPose(runner, 320), np.zeros((640, 360, 3), np.uint8)
    detector.detect(picture)
    detector.detect_in(picture, (0, 0, 100, 200))
    detector.search_briefly(picture)
    assert session.told == ["", "", "cpu:0"]


def test_opening_an_estimator_reads_nothing_and_its_first_use_does(tmp_path: Path) -> None:
    detector, _ = open_estimator("best", tmp_path)
    with pytest.raises(ModelError, match=r"movenet_multipose\.onnx is missing"):
        detector.detect(np.zeros((32, 32, 3), np.uint8))


@pytest.mark.parametrize("quality", QUALITY_PASSES)
def test_a_quality_opens_its_passes_in_order(quality: str) -> None:
    _, passes = open_estimator(quality)
    assert tuple(model.name for model in passes) == QUALITY_PASSES[quality]


def test_a_runner_opens_its_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Session:
        def run(self, names: list[str], feed: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [feed["image"]]

    def open_fake(network: Network, folder: Path, _device: Device) -> Session:
        opened.append(network.file)
        return Session()

    monkeypatch.setattr("limn.models.runtime.open_session", open_fake)
    runner = NetworkRunner(FULL)
    for value in (1.0, 2.0):
        assert runner.run(np.full((1,), value))[0] == value
    assert opened == [FULL.file]


@pytest.mark.networks
def test_the_self_test_passes_here() -> None:
    checks = run_checks()
    assert [check.message for check in checks if not check.ok] == []
    assert {f"{name} run" for name in NETWORKS} <= {check.name for check in checks}


def test_the_self_test_names_what_is_missing(tmp_path: Path) -> None:
    failed = {check.name: check.message for check in run_checks(tmp_path) if not check.ok}
    assert set(failed) == {f"{name} file" for name in NETWORKS}
    for name, network in NETWORKS.items():
        assert network.file in failed[f"{name} file"]
