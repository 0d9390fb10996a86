"""Runs tests over a copy of the tree in which one file is changed; the tree itself is only read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_LEFT_OUT: Final = (".*", "__pycache__", "build", "dist", "out", "*.blend")
_NO_TESTS: Final = 5
"""pytest's exit code when it found none to run."""
_SLACK: Final = 6.0
_SLACK_S: Final = 30.0
"""A mutant gets this much longer than the tests took without it: some never end."""


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the tree, which is gone afterwards."""
    with TemporaryDirectory(prefix="mutants") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        yield copy


@dataclass
class Runner:
    """Runs test files in the copy ``root``; what they take unchanged is measured once each."""

    root: Path
    marks: str = "not networks and not bpy"
    _seconds: dict[str, float] = field(default_factory=dict)

    def usable(self, tests: Sequence[str]) -> list[str]:
        """Those of ``tests`` that pass with the tree as it is."""
        for test in tests:
            if test not in self._seconds:
                started_s = time.monotonic()
                code = self._run([test], None)
                took_s = time.monotonic() - started_s
                self._seconds[test] = took_s if code == 0 else float("inf")
        return [test for test in tests if self._seconds[test] < float("inf")]

    def killer(self, file: str, source: str, tests: Sequence[str]) -> str | None:
        """The first of ``tests`` that fails with ``source`` in the place of ``file``, or None."""
        path = self.root / file
        before = path.read_bytes()
        # A cache is judged by its file's second and size, which a mutant may share.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
        path.write_text(source, "utf-8")
        try:
            for test in tests:
                if self._run([test], _SLACK * self._seconds[test] + _SLACK_S) != 0:
                    return test
            return None
        finally:
            path.write_bytes(before)

    def _run(self, tests: Sequence[str], timeout_s: float | None) -> int:
        """pytest's exit code, 1 for a timeout; files without a test to run count as passed."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", self.marks, *tests]
        environment = os.environ | {"PYTHONPATH": ""}
        if timeout_s is not None:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return 1
        return 0 if done.returncode == _NO_TESTS else done.returncode
