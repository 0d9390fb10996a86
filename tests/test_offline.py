"""Nothing leaves the machine: whole runs, watched for sockets and for files nobody asked for.

Files are told by folders that only the run uses; sockets, and files anywhere else, by strace, where
it is installed and may trace (``dev.py test`` installs it where it can).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from limn.models.onnx_runtime import TELEMETRY_SWITCH
from limn.operators.run.worker import worker_command, worker_environment
from model_files import depth_descriptor, depth_network

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "examples" / "park.mp4"
TIMEOUT_S = 300

_ESTIMATE = (
    "estimate", str(CLIP), "--last-frame", "8", "--quality", "fast", "-o", "a.take.npz",
)  # fmt: skip
_STRACE = ("strace", "-f", "-s", "4096", "-e", "trace=%network,%file")
_SHELL = (sys.executable, "-m", "limn.cli")


def test_telemetry_is_off_before_the_import_whatever_the_environment_says(tmp_path: Path) -> None:
    script = (
        "import os\n"
        "from limn.models.onnx_runtime import load_onnxruntime\n"
        "load_onnxruntime()\n"
        f"print(os.environ[{TELEMETRY_SWITCH!r}])"
    )
    for told in ("0", ""):
        environment = _environment(tmp_path) | {TELEMETRY_SWITCH: told}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True,
            check=True, timeout=TIMEOUT_S,
        )  # fmt: skip
        assert done.stdout.strip() == "1"
        assert done.stderr == ""
    assert _files(tmp_path) == set()


def _environment(folder: Path) -> dict[str, str]:
    """An environment whose home, caches and temporary files lie in ``folder``, and empty so far."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    kept.pop(TELEMETRY_SWITCH, None)
    for name in ("home", "temporary", "work"):
        (folder / name).mkdir(exist_ok=True)
    home, temporary = str(folder / "home"), str(folder / "temporary")
    return kept | {
        "HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home, "APPDATA": home,
        "TMPDIR": temporary, "TEMP": temporary, "TMP": temporary,
        "LIMN_MODELS": str(folder / "models"), "BLENDER_USER_RESOURCES": str(folder / "blender"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


def _worker(*arguments: str) -> list[str]:
    return worker_command([*arguments, "--progress", "json"])


def _shell(*arguments: str) -> list[str]:
    return [*_SHELL, *arguments]


RUNS: dict[str, tuple[Callable[..., list[str]], tuple[str, ...], set[str]]] = {
    "estimate": (
        _shell,
        _ESTIMATE,
        {"work/a.take.npz"},
    ),
    "panel worker": (
        _worker,
        (*_ESTIMATE, "--depth-model", "mine.onnx"),
        {"work/a.take.npz"},
    ),
    "self-test": (_worker, ("doctor",), set()),
    "adding a network": (
        _shell,
        ("models", "add", "mine.onnx", "--descriptor", "mine.json"),
        {"models/my-depth.onnx", "models/my-depth.json"},
    ),
    "build": (_shell, ("build", "a.take.npz", "-o", "a.blend"), {"work/a.blend"}),
}  # fmt: skip


def _prepare(folder: Path, name: str) -> tuple[list[str], dict[str, str]]:
    make, arguments, _ = RUNS[name]
    environment = _environment(folder)
    if make is _worker:
        environment = worker_environment() | environment
    work = folder / "work"
    (work / "mine.onnx").write_bytes(depth_network())
    (work / "mine.json").write_text(depth_descriptor().to_json(), "utf-8")
    if name == "build":
        if find_spec("bpy") is None:
            pytest.skip("building needs Blender's module")
        _run(_shell(*RUNS["estimate"][1]), environment, work)
    return make(*arguments), environment


def _run(command: list[str], environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False,
        timeout=TIMEOUT_S, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Watched:
    """What a run left: new files of its folder, and its trace where one can be made."""

    name: str
    folder: Path
    files: set[str]
    trace: str | None


def _can_trace(folder: Path) -> bool:
    if shutil.which("strace") is None:
        return False
    told = folder / "trial.txt"
    trial = subprocess.run(["strace", "-f", "-o", told, "true"], capture_output=True, check=False)
    return trial.returncode == 0 and "exited with 0" in told.read_text()


@pytest.fixture(scope="module")
def can_trace(tmp_path_factory: pytest.TempPathFactory) -> bool:
    return _can_trace(tmp_path_factory.mktemp("trial"))


@pytest.fixture
def _tracing(can_trace: bool) -> None:
    if not can_trace:
        pytest.skip("strace isn't installed here, or may not trace")


@pytest.fixture(scope="module", params=RUNS)
def watched(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, can_trace: bool
) -> Watched:
    """Each run once, for every test that looks at it."""
    folder, told = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("trace") / "trace.txt"
    command, environment = _prepare(folder, request.param)
    before = _files(folder)
    watch = [*_STRACE, "-o", str(told)] if can_trace else []
    _run([*watch, *command], environment, folder / "work")
    trace = told.read_text("utf-8", "replace") if can_trace else None
    return Watched(request.param, folder, _files(folder) - before, trace)


_SOCKET = re.compile(r"\bsocket\((AF_\w+|\w+)")
_OPENED = re.compile(r'\b(?:open|openat|openat2|creat)\((?:AT_FDCWD, )?"([^"]+)"')
_FOR_WRITING = re.compile(r"\bcreat\(|O_WRONLY|O_RDWR|O_CREAT")
_MADE = re.compile(
    r'\b(?:mkdir|mkdirat|symlink|symlinkat|link|linkat|rename|renameat|renameat2|mknod)\(.*"([^"]+)"'
)


def _strangers(trace: str, folder: Path) -> list[str]:
    """Where a run wrote outside ``folder``; devices are no files."""
    paths: list[Path] = []
    for line in trace.splitlines():
        opened = _OPENED.search(line)
        found = opened if opened and _FOR_WRITING.search(line) else _MADE.search(line)
        if found and " = -1 " not in line:
            paths.append(Path(found[1]))
    outside = [p for p in paths if p.is_absolute() and not p.is_relative_to(folder)]
    return [str(p) for p in outside if p.parts[1] not in ("dev", "proc")]


@pytest.mark.networks
def test_a_run_writes_what_was_asked_for_and_nothing_else(watched: Watched) -> None:
    # Blender 5.2 puts a picture of the file where the system's file browser looks for it.
    left = {file for file in watched.files if not file.startswith("home/.cache/thumbnails/")}
    assert left == RUNS[watched.name][2]


@pytest.mark.networks
def test_a_run_opens_no_socket_and_writes_nowhere_else(watched: Watched) -> None:
    trace = watched.trace
    if trace is None:
        pytest.skip("strace isn't installed here, or may not trace")
    assert "execve(" in trace
    # Blender asks the system's name service for the user's home by a socket of this machine, and
    # 5.2's urllib3 sees by one that it binds to itself and drops whether there is IPv6.
    families = {"AF_UNIX", "AF_INET6"} if watched.name == "build" else set[str]()
    assert set(_SOCKET.findall(trace)) <= families
    addressed = [line for line in trace.splitlines() if re.search(r"sin6?_port=", line)]
    assert [x for x in addressed if not re.search(r'\bbind\(.*"::1"', x)] == []
    assert _strangers(trace, watched.folder) == []


@pytest.mark.networks
@pytest.mark.usefixtures("_tracing")
def test_nothing_is_sent_later_either(tmp_path: Path) -> None:
    """ONNX Runtime keeps its events for nine seconds before it looks its server up."""
    script = (
        "import time\n"
        "from limn.models.selftest import run_checks\n"
        "assert all(check.ok for check in run_checks())\n"
        "time.sleep(14)\n"
    )
    environment, told = _environment(tmp_path), tmp_path / "trace.txt"
    watch = ["strace", "-f", "-e", "trace=%network", "-o", str(told)]
    _run([*watch, sys.executable, "-c", script], environment, tmp_path / "work")
    assert _SOCKET.findall(told.read_text("utf-8", "replace")) == []
    assert _files(tmp_path) == {"trace.txt"}


_SERVER = "http://127.0.0.1:9"
_LEADING_AWAY = {
    "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{_SERVER}/a.ts\n#EXT-X-ENDLIST\n",
    "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{_SERVER}/a.ts\n#EXT-X-ENDLIST\n",
    "stream.sdp": "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "parts.ffconcat": f"ffconcat version 1.0\nfile {_SERVER}/a.mp4\n",
    "parts.mp4": f"ffconcat version 1.0\nfile {_SERVER}/a.mp4\n",
    "show.mpd": "<MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'><Period><AdaptationSet>"
    f"<Representation id='1'><BaseURL>{_SERVER}/a.mp4</BaseURL></Representation></AdaptationSet>"
    "</Period></MPD>",
}


@pytest.mark.usefixtures("_tracing")
def test_no_clip_leads_to_a_server(tmp_path: Path) -> None:
    environment, told = _environment(tmp_path), tmp_path / "trace.txt"
    for name, text in _LEADING_AWAY.items():
        (tmp_path / "work" / name).write_text(text)
    clips = [*_LEADING_AWAY, f"{_SERVER}/a.mp4", "rtsp://127.0.0.1/a"]
    for clip in clips:
        command = [*_STRACE, "-o", str(told), *_shell("estimate", clip, "-o", "a.take.npz")]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path / "work", capture_output=True, text=True,
            check=False, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 3, done.stderr
        assert done.stderr.count("\n") == 1
        assert _SOCKET.findall(told.read_text("utf-8", "replace")) == []


@pytest.mark.usefixtures("_tracing")
def test_the_watch_sees_who_asks_a_server_and_who_writes_elsewhere(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, socket\n"
        "folder = pathlib.Path.home() / '.cache'; folder.mkdir(); (folder / 'id').write_text('1')\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))\n"
    )
    environment, told = _environment(tmp_path), tmp_path / "trace.txt"
    watch = ["strace", "-f", "-e", "trace=%network,%file", "-o", str(told)]
    _run([*watch, sys.executable, "-c", script], environment, tmp_path / "work")
    trace = told.read_text("utf-8", "replace")
    assert "AF_INET" in _SOCKET.findall(trace)
    assert re.search(r"sin6?_port=", trace)
    assert _files(tmp_path / "home") == {".cache/id"}
    assert len(_strangers(trace, tmp_path / "work")) >= 2
