"""Networks of the user's in their own process: whatever they do there is one sentence here."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hostile_onnx
import numpy as np
import pytest
from limn.core.data.errors import ModelError
from limn.models.isolation import live
from limn.models.isolation.isolated import Limits
from limn.models.isolation.messages import Ended, read_message, write_message
from limn.models.networks.depth import DescribedDepth
from limn.models.networks.described import DescribedNetwork
from limn.models.onnx_runtime import load_session, refusals
from limn.models.selftest import try_model
from limn.models.user.onnx_file import check_onnx
from model_files import depth_descriptor, depth_network, write
from onnx_files import OnnxGraph, constant_network, part

GREY = np.full((64, 64, 3), 128, np.uint8)
NOISE = np.random.default_rng(0).integers(0, 255, GREY.shape, np.uint8)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second for whatever a network is asked."""
    monkeypatch.setattr(Limits, "of_size", lambda _size: Limits(5.0, 1.0, 448 << 20))


@pytest.fixture
def allowed() -> Iterator[None]:
    yield
    live.allow_all()


def _network(folder: Path, content: bytes) -> DescribedNetwork:
    return DescribedNetwork(depth_descriptor(), write(folder / "mine.onnx", content))


def _refused(folder: Path, content: bytes) -> str:
    with pytest.raises(ModelError) as caught:
        try_model(depth_descriptor(), write(folder / "mine.onnx", content))
    sentence = str(caught.value)
    assert sentence.startswith(f"The network {folder / 'mine.onnx'} ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    "content", [pytest.param(content, id=name) for name, content in hostile_onnx.external()]
)
def test_weights_in_another_file_are_refused_wherever_they_are(content: bytes) -> None:
    with pytest.raises(ModelError, match="keeps weights in another file"):
        check_onnx(content, "It")


def test_weights_in_another_file_are_not_read_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "side.bin").write_bytes(np.ones(hostile_onnx.SHAPE, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    content = dict(hostile_onnx.external())["initializer"]
    assert "keeps weights in another file" in _refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (hostile_onnx.hungry(), "needs more than 448 MB of memory"),
        (hostile_onnx.talkative(), "answers with 95 MB for one picture"),
        (hostile_onnx.words(), "something else than arrays of numbers"),
        (hostile_onnx.sequence(), "something else than arrays of numbers"),
        (hostile_onnx.no_text(), "names are no text"),
        (hostile_onnx.nested(20), "can't be opened"),
        (hostile_onnx.nested(2000), "more than 100 deep"),
        (part(7, b"\x12\x00" * 1_000_001), "more than 1000000 parts"),
        (b"\x3a\xff\xff\xff\xff\x0f" + bytes(90), "is no ONNX file"),
        (b"\x08\x00\x00\x00ORTM" + bytes(90), "ONNX Runtime's own format"),
        (bytes(1000), "is no ONNX file"),
    ],
    ids="memory answer text list names graphs deep parts claim format zeros".split(),
)
def test_what_no_network_does_is_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    if says.startswith("needs") and not sys.platform.startswith("linux"):
        pytest.skip("only Linux bounds a process's memory")
    assert says in _refused(tmp_path, content)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("content", [hostile_onnx.endless(), hostile_onnx.folding()])
def test_a_network_that_never_ends_is_ended(tmp_path: Path, content: bytes) -> None:
    assert "took longer than" in _refused(tmp_path, content)


def test_a_crash_costs_the_networks_process_only(tmp_path: Path) -> None:
    network = _network(tmp_path, hostile_onnx.endless())
    network.open()
    isolated = network._network
    assert isolated is not None
    process = isolated._process
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(network.run, GREY)
        while not isolated._questions:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGSEGV)
        with pytest.raises(ModelError, match=r"makes ONNX Runtime break down .*SEGV"):
            running.result()
    with pytest.raises(ModelError, match="break down"):
        network.run(GREY)


@pytest.mark.usefixtures("allowed")
def test_everything_that_waits_is_let_go_when_a_run_is_cancelled(tmp_path: Path) -> None:
    network = _network(tmp_path, hostile_onnx.endless())
    network.open()
    isolated = network._network
    assert isolated is not None
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(network.run, GREY) for _ in range(3)]
        while len(isolated._questions) < 3:
            time.sleep(0.01)
        live.stop_all()
        for one in running:
            assert isinstance(one.exception(), ModelError)
    with pytest.raises(ModelError, match="stopped"):
        _network(tmp_path, depth_network()).open()
    live.allow_all()
    _network(tmp_path, depth_network()).open()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30, -3e38])
def test_numbers_without_a_meaning_are_told_or_left_out(tmp_path: Path, value: float) -> None:
    ramp = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    ramp[0, 5, 5] = value
    network = _network(tmp_path, constant_network({"inverse_depth": ramp}))
    answer = network.run(GREY)["depth"]
    assert np.isnan(answer[0, 5, 5])
    assert np.isfinite(answer).sum() == ramp.size - 1
    with pytest.raises(ModelError, match="numbers that are none"):
        DescribedDepth(network).estimate(
            np.random.default_rng(0).integers(0, 255, GREY.shape, np.uint8)
        )


def test_many_threads_get_their_own_answers(tmp_path: Path) -> None:
    graph = hostile_onnx.started()
    network = _network(tmp_path, hostile_onnx.depth_of(graph, "image"))
    levels = [int(level) for level in np.random.default_rng(0).integers(0, 255, 200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda v: network.run(np.full((64, 64, 3), v, np.uint8)), levels))
    for level, answer in zip(levels, answers, strict=True):
        assert np.allclose(answer["depth"], level / 255, atol=1e-6)


_HOLDER = """
import sys, threading, time
from pathlib import Path
from limn.models.networks.described import DescribedNetwork
from model_files import depth_descriptor
import numpy as np
network = DescribedNetwork(depth_descriptor(), Path(sys.argv[1]))
network.open()
threading.Thread(target=network.run, args=(np.zeros((64, 64, 3), np.uint8),), daemon=True).start()
time.sleep(0.3)
print(network._network._process.pid, flush=True)
time.sleep(600)
"""


def test_the_networks_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    file = write(tmp_path / "mine.onnx", hostile_onnx.endless())
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _HOLDER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdout is not None
        child = int(holder.stdout.readline())
        os.kill(child, 0)
        holder.kill()
    _wait_until(lambda: not _runs(child))


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or ") Z " not in state.read_text()


def _wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError


def test_onnx_runtime_says_nothing_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for content in (hostile_onnx.hungry(), hostile_onnx.nested(20), depth_network()[:-200]):
        _refused(tmp_path, content)
    captured = capfd.readouterr()
    assert captured.err == ""
    assert captured.out == ""


def test_onnx_runtime_says_nothing_in_this_process_either(
    capfd: pytest.CaptureFixture[str],
) -> None:
    graph = OnnxGraph()
    graph.input("index", "int64", (1,))
    graph.op("Gather", [graph.constant("few", np.zeros(3, np.float32)), "index"], "one", axis=0)
    graph.output("one", (1,))
    session = load_session(graph.content, "It can't be opened", "why?")
    with pytest.raises(refusals()):
        session.run(None, {"index": np.array([99])})
    with pytest.raises(ModelError):
        load_session(hostile_onnx.nested(5), "It can't be opened", "why?")
    captured = capfd.readouterr()
    assert captured.err + captured.out == ""


def test_messages_come_over_as_they_were() -> None:
    arrays = [
        np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros((0, 4), np.int64),
        np.array(7, np.uint8), np.ones((2, 2), np.float16)[:, ::-1],
    ]  # fmt: skip
    stream = io.BytesIO()
    write_message(stream, {"name": "\udce9\x1b"}, arrays)
    stream.seek(0)
    told, got = read_message(stream, 1000)
    assert told == {"name": "\udce9\x1b"}
    for one, other in zip(arrays, got, strict=True):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert np.array_equal(one, other)
    with pytest.raises(Ended):
        read_message(stream, 1000)


def _message(text: bytes, total: int, content: bytes = b"") -> bytes:
    return struct.pack("<IQ", len(text), total) + text + content


@pytest.mark.parametrize(
    "content",
    [
        b"", b"abc", _message(b"[]", 0), _message(b"{}", 0), _message(b'{"arrays": 1}', 0),
        _message(b'{"arrays": [{"dtype": "object", "shape": [1]}]}', 8, bytes(8)),
        _message(b'{"arrays": [{"dtype": "int8", "shape": [-1]}]}', 8, bytes(8)),
        _message(b'{"arrays": [{"dtype": "int8", "shape": [9]}]}', 8, bytes(9)),
        _message(b'{"arrays": [{"dtype": "int8", "shape": [8]}]}', 8, bytes(7)),
        _message(b'{"arrays": []}', 1 << 40), struct.pack("<IQ", 1 << 31, 0),
        _message(b"[" * 100_000, 0),
    ],
)  # fmt: skip
def test_what_is_no_message_ends_the_talk(content: bytes) -> None:
    with pytest.raises(Ended):
        read_message(io.BytesIO(content), 1 << 20)


def test_a_process_that_can_not_be_started_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:  # noqa: ANN401
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert "no process can be started for it" in _refused(tmp_path, depth_network())
    assert threading.active_count() < 50
