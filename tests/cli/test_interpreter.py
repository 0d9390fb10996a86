"""The package in another Python: whatever its folder is called, and whatever lies around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from limn import interpreter

_ROOT = Path(interpreter.ROOT)
_TOLD = """\
import json, os, sys
print(json.dumps({"name": __name__, "package": __package__, "argv": sys.argv[1:],
                  "nice": os.nice(0), "path": sys.path}))
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in a folder of another name, with a neighbour that a search would find."""
    folder = tmp_path / "other name-1.0"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""A package."""\n')
    (folder / "told.py").write_text(_TOLD)
    (folder / "interpreter.py").write_text((_ROOT / "interpreter.py").read_text("utf-8"))
    for place in (folder, tmp_path):
        (place / "json.py").write_text("raise SystemExit('a module beside the package was found')")
    return folder


def _run(command: list[str], package: Path) -> dict[str, object]:
    script = str(_ROOT / "interpreter.py")
    here = [str(package / "interpreter.py") if part == script else part for part in command]
    done = subprocess.run(
        here, capture_output=True, text=True, check=False, timeout=60, cwd=package.parent
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_module_runs_under_the_packages_name_with_its_arguments(package: Path) -> None:
    given = ["a b", "--", "--nice", "-x"]
    told = _run(interpreter.python_command("told", given), package)
    assert told["name"] == "__main__"
    assert told["package"] == "limn"
    assert told["argv"] == given
    assert not {str(package), str(package.parent), ""} & set(told["path"])  # type: ignore[call-overload]


@pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities by number there")
def test_in_the_background_it_lets_others_go_first(package: Path) -> None:
    front = _run(interpreter.python_command("told"), package)["nice"]
    back = _run(interpreter.python_command("told", in_background=True), package)["nice"]
    assert isinstance(front, int)
    assert back == min(front + 5, 19)


def test_blender_is_told_to_end_with_the_scripts_error(package: Path) -> None:
    command = interpreter.blender_command("blender", "told", ["x"])
    assert command[0] == "blender"
    # Blender heeds the first only for scripts that come after it.
    assert command.index("--python-exit-code") < command.index("--python")
    assert command[-3:] == ["--", "told", "x"]
    # As Blender does it: its own arguments stay in sys.argv, the script is run as __main__.
    stand_in = package.parent / "blender.py"
    stand_in.write_text(
        "import sys\nscript = sys.argv[sys.argv.index('--python') + 1]\n"
        "exec(open(script).read(), {'__name__': '__main__', '__file__': script})\n"
    )
    told = _run([sys.executable, "-P", str(stand_in), *command[1:]], package)
    assert told["argv"] == ["x"]
    assert told["package"] == "limn"
