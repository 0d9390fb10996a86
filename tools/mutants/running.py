"""Runs tests over a copy of the tree in which one file is changed; the tree itself is only read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_LEFT_OUT: Final = (".*", "__pycache__", "build", "dist", "out", "*.blend")
_PASSED: Final = (0, 5)
"""pytest's exit codes: all is well, and there was nothing to run."""
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (tests/[^:\s]+\.py)", re.MULTILINE)
_LONGEST_S: Final = 600.0
"""Some mutants never end: those count as noticed."""


@contextmanager
def copied(root: Path) -> Iterator[Path]:
    """A copy of the tree, which is gone afterwards."""
    with TemporaryDirectory(prefix="mutants") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        yield copy


@dataclass
class Runner:
    """Runs test files in the copy ``root``, without those that run real networks."""

    root: Path
    marks: str = "not networks"
    _passes: dict[str, bool] = field(default_factory=dict)
    """Of test files that failed with a mutant, whether they pass without any."""

    def killer(self, file: str, source: str, tests: Sequence[str]) -> str | None:
        """The first of ``tests`` that fails only with ``source`` in ``file``'s place, or None."""
        left = list(tests)
        while left:
            failed = self._failed_with(file, source, left)
            if failed is None:
                return None
            if self._passes_without(failed):
                return failed
            left = [test for test in left if test != failed]
        return None

    def _failed_with(self, file: str, source: str, tests: Sequence[str]) -> str | None:
        path = self.root / file
        before = path.read_bytes()
        # A cache is judged by its file's second and size, which a mutant may share.
        Path(cache_from_source(str(path))).unlink(missing_ok=True)
        path.write_text(source, "utf-8")
        try:
            return self._first_failed(tests, "1")
        finally:
            path.write_bytes(before)

    def _passes_without(self, test: str) -> bool:
        if test not in self._passes:
            self._passes[test] = self._first_failed([test], "") is None
        return self._passes[test]

    def _first_failed(self, tests: Sequence[str], no_bytecode: str) -> str | None:
        """The first file that fails; the first of all where pytest breaks down or never ends."""
        command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=no", "-m", self.marks, *tests]
        environment = os.environ | {"PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": no_bytecode}
        try:
            done = subprocess.run(
                command,
                cwd=self.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_LONGEST_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return tests[0]
        if done.returncode in _PASSED:
            return None
        found = _FAILED.search(done.stdout)
        return found.group(1) if found else tests[0]
