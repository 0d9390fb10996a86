"""The command line of another Python that runs a module of this package, wherever it lies."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The package's folder."""

# Loaded from its folder: an extension of Blender's isn't called limn, and what -m searches first,
# the current folder, may hold a numpy.py of anybody's.
_LOADING: Final = """\
import importlib.util, runpy, sys
root, module = sys.argv[1:3]
sys.argv[:3] = ["limn"]
spec = importlib.util.spec_from_file_location(
    "limn", root + "/__init__.py", submodule_search_locations=[root])
sys.modules["limn"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["limn"])
runpy.run_module("limn." + module, run_name="__main__", alter_sys=True)
"""


def python_command(module: str, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that runs ``module`` ("models.isolation.child") in another Python."""
    # -P: the current folder is not searched for modules.
    return [sys.executable, "-P", "-c", _LOADING, str(ROOT), module, *arguments]
