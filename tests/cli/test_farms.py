"""Farms carry the same items: a real Dask cluster on this machine, OpenJD's own runner."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_networks import Result
from limn.cli.farms.dask_work import DaskCluster
from limn.cli.farms.tasks import Task
from limn.cli.main import run
from limn.core.data.errors import SettingsError
from limn.core.data.take_file import load_take
from onnx_files import need_runtime

Limn = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[2]
posix = pytest.mark.skipif(sys.platform == "win32", reason="the farm's script is for bash")


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    folder = tmp_path / "footage"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(ROOT / "examples" / "walk.mp4", folder / name)
    (folder / "d.mp4").write_text("no video")
    return folder


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers, each a process of its own."""
    pytest.importorskip("distributed")
    told = tmp_path / "scheduler.json"
    started = (
        "import sys; sys.path[:0] = [" + repr(str(ROOT / "tests")) + "]; import conftest\n"
        "from distributed.cli.{0} import main\n"
        "main(sys.argv[1:])"
    )

    def start(kind: str, *words: str) -> subprocess.Popen[bytes]:
        script = started.replace("{0}", f"dask_{kind}")
        command = [sys.executable, "-c", script, *words]
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    quiet = ("--no-dashboard", "--host", "127.0.0.1")
    main = start("scheduler", "--port", "0", *quiet, "--scheduler-file", str(told))
    while not (address := _address_in(told)) and main.poll() is None:
        time.sleep(0.05)
    one = ("--nthreads", "1", "--no-nanny", *quiet)
    workers = [start("worker", address, *one) for _ in range(2)]
    yield address, workers
    for process in (*workers, main):
        process.kill()
        process.wait()


@pytest.mark.networks
def test_dask_carries_a_batch_and_outlives_a_worker(
    limn: Limn, footage: Path, scheduler: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    need_runtime()
    address, workers = scheduler
    takes = footage.with_name("takes")
    short = ("--quality", "fast", "--last-frame", "8", "--hands", "off")
    asked = ("batch", footage, "-o", takes, "--dask", address, "--json", *short)
    told: list[Any] = []

    def kill_one(*_: object) -> None:
        if not told and takes.exists() and list(takes.glob("*.lease")):
            workers[0].kill()
            told.append(True)

    import limn.cli.farms.batch_command as command

    tell = command._teller

    def telling(*given: Any) -> Any:  # noqa: ANN401
        inner = tell(*given)
        return lambda: (inner(), kill_one())

    command._teller = telling
    try:
        result = limn(*asked)
    finally:
        command._teller = tell
    assert told, "no worker was killed"
    assert result.code == 1
    rows = {Path(row["clip"]).name: row for row in json.loads(result.out)["clips"]}
    assert {name for name, row in rows.items() if "error" in row} == {"d.mp4"}, rows
    for name in ("a", "b", "c"):
        assert load_take(takes / f"{name}.take.npz").people
    done = [row.get("skipped") for row in json.loads(limn(*asked).out)["clips"]
            if "error" not in row]  # fmt: skip
    assert done == [True] * 3


@pytest.mark.networks
def test_a_cluster_shares_the_stretches_of_a_long_clip(
    limn: Limn,
    footage: Path,
    scheduler: tuple[str, list[subprocess.Popen[bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    need_runtime()
    address, _ = scheduler
    takes, whole = footage.with_name("takes"), footage.with_name("whole.npz")
    short = ("--quality", "fast", "--last-frame", "17", "--hands", "off")
    given: list[str] = []
    submit = DaskCluster._submit

    def submitted(self: DaskCluster, task: Task) -> None:
        given.append(task.item.file.name)
        submit(self, task)

    monkeypatch.setattr(DaskCluster, "_submit", submitted)
    asked = ("batch", footage / "a.mp4", "-o", takes, "--dask", address)
    result = limn(*asked, "--stretch-length", "0.4", *short)
    assert result.code == 0, result.out
    assert given == ["a.take.npz", "000009-000017-whole.part.npz"]
    assert limn("estimate", footage / "a.mp4", "-o", whole, *short).code == 0
    one, other = (load_take(file).people[0] for file in (takes / "a.take.npz", whole))
    np.testing.assert_array_equal(one.quat_parent_joint, other.quat_parent_joint)
    assert not list(takes.glob("*.parts"))


def test_no_cluster_is_one_sentence(limn: Limn, footage: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(SettingsError, match="No Dask scheduler answers"):
        DaskCluster("tcp://127.0.0.1:1")
    result = limn("batch", footage, "-o", footage / "takes", "--dask", "tcp://127.0.0.1:1")
    assert (result.code, result.err.count("\n")) == (2, 1)


def _address_in(told: Path) -> str:
    """The scheduler's address, once its file is whole."""
    try:
        return str(json.loads(told.read_text())["address"])
    except (OSError, ValueError):
        return ""


@posix
def test_the_openjd_template_is_right_and_runs(clip: Path, tmp_path: Path) -> None:
    pytest.importorskip("openjd")
    template = ROOT / "farms" / "openjd" / "limn.yaml"

    def openjd(*words: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "openjd", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    checked = openjd("check", template)
    assert checked.returncode == 0, checked.stdout
    folder, takes = tmp_path / "clips", tmp_path / "takes"
    folder.mkdir()
    takes.mkdir()
    shutil.copy(clip, folder / "one clip.mp4")
    limn = tmp_path / "limn"
    limn.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/words"\n')
    limn.chmod(0o755)
    given = {"ClipFolder": folder, "TakeFolder": takes, "Clips": "0-0", "Limn": limn}
    words = [word for name, value in given.items() for word in ("-p", f"{name}={value}")]
    ran = openjd("run", template, "--step", "Estimate", *words)
    assert ran.returncode == 0, ran.stdout[-2000:]
    said = (tmp_path / "words").read_text().splitlines()
    assert said[:4] == ["estimate", str(folder / "one clip.mp4"), "-o",
                        str(takes / "one clip.take.npz")]  # fmt: skip
    assert "--if-changed" in said
    assert said[said.index("--parts") + 1] == str(takes / "one clip.take.parts")
    # What the template says is a command that there is.
    with pytest.raises(SystemExit) as stop:
        run([*said[:4], *said[4:], "--help"])
    assert stop.value.code == 0
    ran = openjd("run", template, "--step", "Estimate", *words, "-p", "Clips=5-5")
    assert ran.returncode != 0
    assert "no clip number 5" in ran.stdout + ran.stderr
