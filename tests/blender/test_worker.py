"""The worker's protocol, with made-up workers; needs neither bpy nor networks."""

# ruff: noqa: ANN401 - the module under test is loaded by hand
from __future__ import annotations

import importlib.util
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest
from limn.core.pipeline.request import Request

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def worker_module() -> Any:
    name = "limn_for_worker_tests"
    spec = importlib.util.spec_from_file_location(
        name, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return importlib.import_module(f"{name}.operators.run.worker")


def start(module: Any, script: str) -> Any:
    return module.Worker(command=[sys.executable, "-c", textwrap.dedent(script)])


def test_progress_then_done(worker_module: Any) -> None:
    worker = start(
        worker_module,
        """
        import json
        print("a library says hello")
        for i in range(3):
            print(json.dumps({"event": "progress", "stage": "Finding", "done": i, "total": 3}))
        print("[1, 2]"); print('{"event": "unheard of"}'); print('{"half": ')
        print(json.dumps({"event": "done", "take": "x.npz", "people": []}))
    """,
    )
    steps: list[Any] = []
    outcome = worker.wait(steps.append)
    assert outcome == worker_module.Done({"take": "x.npz", "people": []})
    assert [(s.stage, s.done, s.total) for s in steps] == [("Finding", i, 3) for i in range(3)]


def test_an_error_keeps_its_sentence_and_code(worker_module: Any) -> None:
    worker = start(
        worker_module,
        """
        import json, sys
        event = {"event": "error", "message": "No person found in a.mp4.", "exit_code": 6}
        print(json.dumps(event))
        sys.exit(6)
    """,
    )
    assert worker.wait(lambda _: None) == worker_module.Failed("No person found in a.mp4.", 6)


def test_a_crash_is_one_sentence_with_its_last_words(worker_module: Any) -> None:
    worker = start(
        worker_module,
        """
        import os, sys
        print('{"event": "progress", "stage": "a", "done": 1, "total": 9}', flush=True)
        sys.stderr.write("loading\\nillegal instruction\\n\\n"); sys.stderr.flush()
        os._exit(77)
    """,
    )
    outcome = worker.wait(lambda _: None)
    assert outcome.exit_code == 77
    assert outcome.message == (
        "The worker stopped without a result (exit code 77): illegal instruction."
    )


def test_a_chatty_worker_is_not_blocked(worker_module: Any) -> None:
    worker = start(
        worker_module,
        """
        import sys
        for i in range(20000): sys.stderr.write("warning " * 10 + "\\n")
        print('{"event": "done"}')
    """,
    )
    assert worker.wait(lambda _: None) == worker_module.Done({})


def test_cancel_returns_at_once_and_ends_the_process(worker_module: Any) -> None:
    worker = start(
        worker_module,
        """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # deaf: has to be killed
        print('{"event": "progress", "stage": "a", "done": 0, "total": 1}', flush=True)
        time.sleep(60)
    """,
    )
    while not worker.poll():
        time.sleep(0.01)
    worker.cancel()
    assert worker._process.poll() is None  # didn't wait for it
    assert worker.outcome.exit_code == 130
    assert worker._process.wait(10) != 0


def test_a_missing_interpreter_is_a_sentence(worker_module: Any) -> None:
    worker = worker_module.Worker(command=["/no/such/python"])
    assert "can't be started" in worker.wait(lambda _: None).message


def test_the_package_runs_whatever_its_folder_is_called(worker_module: Any) -> None:
    command = worker_module.worker_command(["info", "--help"])
    assert command[0] == sys.executable
    done = subprocess.run(
        command, env=worker_module.worker_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout


def test_a_request_is_answered_through_the_pipe(worker_module: Any, tmp_path: Path) -> None:
    options = {"clips": [str(tmp_path / "none.mp4")], "output": str(tmp_path / "o.take.npz")}
    worker = worker_module.Worker(Request("estimate", options))
    outcome = worker.wait(lambda _: None)
    assert outcome.exit_code == 3, outcome
    assert "none.mp4" in outcome.message
    assert not list(tmp_path.iterdir())
