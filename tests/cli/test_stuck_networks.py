"""Commands that run a network of the user's which never ends can be stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import hostile_onnx
import pytest
from fake_networks import Result
from limn.models.isolation.isolated import Limits
from model_files import depth_descriptor, depth_network, vouched, write

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COMMANDS = {
    "adding": ("models", "add", "mine.onnx", "--descriptor", "mine.json"),
    "estimating": (
        "estimate", str(EXAMPLES / "park.mp4"), "--last-frame", "30", "--quality", "fast",
        "--depth-model", "mine.onnx", "-o", "out.take.npz",
    ),
    "comparing": (
        "compare", str(EXAMPLES / "park.mp4"), "--last-frame", "30", "--quality", "fast",
        "--depth-model", "mine.onnx", "--estimators", "blazepose,movenet",
    ),
    "checking": ("models", "check"),
    "testing": ("doctor",),
}  # fmt: skip
Limn = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an endless network and its descriptor."""
    write(tmp_path / "mine.onnx", hostile_onnx.endless())
    (tmp_path / "mine.json").write_text(depth_descriptor().to_json(), "utf-8")
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _install(folder: Path) -> None:
    """Put the network where an earlier Limn, which tried less, would have put it."""
    (folder / "models").mkdir()
    content = (folder / "mine.onnx").read_bytes()
    write(folder / "models" / "my-depth.onnx", content)
    known = vouched(depth_descriptor(), content)
    (folder / "models" / "my-depth.json").write_text(known.to_json(), "utf-8")


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if not path.is_dir()}


def _children(process: int) -> list[int]:
    """Those it started, and theirs: a command runs in a fork of its own."""
    listed = Path(f"/proc/{process}/task").glob("*/children")
    own = [int(child) for told in listed for child in told.read_text().split()]
    return [*own, *(one for child in own for one in _children(child))]


def _is_busy(process: int) -> bool:
    """Whether it has used a second of a processor, as only an endless run does so soon."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK") > 1.0


@pytest.mark.networks
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_stuck_network_does_not_keep_a_run_from_being_cancelled(
    folder: Path, name: str, number: signal.Signals
) -> None:
    if name in ("checking", "testing"):
        _install(folder)
    before = _files(folder)
    command = [sys.executable, "-m", "limn.cli", *COMMANDS[name]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=folder) as run:
        while not (children := [c for c in _children(run.pid) if _is_busy(c)]):
            assert run.poll() is None, "it ended by itself"
            time.sleep(0.05)
        run.send_signal(number)
        _, errors = run.communicate(timeout=60)
    assert run.returncode == 130, errors
    assert errors.endswith("limn: Cancelled; no half-finished file was left.\n")
    assert "Traceback" not in errors
    assert not any(_is_busy(child) for child in children)
    assert _files(folder) == before


def test_without_a_signal_it_ends_too(
    folder: Path, limn: Limn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limits, "of_size", lambda _size: Limits(5.0, 0.5, 448 << 20))
    result = limn(*COMMANDS["adding"])
    assert result.code == 4
    assert result.err.startswith("limn: The network mine.onnx took longer than")
    assert result.err.count("\n") == 1
    assert list((folder / "models").iterdir()) == []


@pytest.mark.parametrize("name", ["", "folder.onnx", "pipe.onnx", "pipe.zip", "/dev/zero"])
def test_what_is_no_file_is_one_sentence(folder: Path, limn: Limn, name: str) -> None:
    if sys.platform == "win32":
        pytest.skip("no pipes in folders")
    (folder / "folder.onnx").mkdir()
    for pipe in ("pipe.onnx", "pipe.zip", "pipe.json"):
        os.mkfifo(folder / pipe)
    write(folder / "empty.onnx", b"")
    runs: list[tuple[str, ...]] = [
        ("models", "add", name or "empty.onnx", "--descriptor", "mine.json")
    ]
    if name.endswith(".onnx"):
        clip = str(EXAMPLES / "park.mp4")
        runs.append(("estimate", clip, "--depth-model", name, "-o", "out.take.npz"))
    runs.append(("models", "add", "mine.onnx", "--descriptor", "pipe.json"))
    for arguments in runs:
        result = limn(*arguments)
        assert result.code == 4, result.err
        assert result.err.count("\n") == 1
    assert not (folder / "out.take.npz").exists()


def test_an_installed_model_that_became_a_pipe_is_told(folder: Path, limn: Limn) -> None:
    if sys.platform == "win32":
        pytest.skip("no pipes in folders")
    write(folder / "mine.onnx", depth_network())
    assert limn(*COMMANDS["adding"]).code == 0
    stored = folder / "models" / "my-depth.onnx"
    stored.unlink()
    os.mkfifo(stored)
    checked = limn("models", "check")
    assert checked.code == 1
    assert "my-depth" in checked.out
