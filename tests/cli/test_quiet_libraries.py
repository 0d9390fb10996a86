"""What libraries in C print goes nowhere; what Limn says is shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's streams")

_SCRIPT = """\
import os, sys
from limn.cli import main, starting
def run():
    os.write(2, b"libpng error: bad adaptive filter value\\n")
    sys.stderr.write("limn: No.\\n")
    os.write(starting.words_go_to(), b"limn: Late.\\n")
    return 7
main.run = run
sys.exit(starting.main())
"""


def test_what_c_libraries_print_stands_beside_no_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENCV_LOG_LEVEL", raising=False)
    command = [sys.executable, "-c", _SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 7
    assert done.stderr == "limn: No.\nlimn: Late.\n"


def test_whoever_wants_opencvs_words_is_left_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "INFO")
    command = [sys.executable, "-c", _SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "libpng error" in done.stderr
