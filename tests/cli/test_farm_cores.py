"""Workers share the cores."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from limn.cli.farms.pool import Pool
from limn.core.data.settings import CORES_VARIABLE, usable_cores


def test_workers_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CORES_VARIABLE, "3")
    assert usable_cores(8) == 3
    assert usable_cores(2) == 2
    for word in ("", "0", "-1", "many"):
        monkeypatch.setenv(CORES_VARIABLE, word)
        assert 1 <= usable_cores(8) <= 8


def test_every_worker_has_its_share_of_the_cores_however_often_a_pool_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watched folder makes a pool for whatever arrives."""
    monkeypatch.setenv(CORES_VARIABLE, "8")
    told = tmp_path / "cores"
    script = (
        "import os, sys\n"
        f"open({str(told)!r}, 'a').write(os.environ['LIMN_CORES'] + ' ')\n"
        "sys.stdin.readline()\n"
        'print(\'{"event": "ready"}\', flush=True)\n'
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-S", "-c", script]
    monkeypatch.setattr("limn.cli.clips.clip_process.worker_command", lambda: command)
    for _ in range(3):
        pool = Pool(2)
        pool.warm_up({})
        list(pool.run([], lambda: None))
        pool.close()
    assert told.read_text() == "4 4 4 "
    assert os.environ[CORES_VARIABLE] == "8"
