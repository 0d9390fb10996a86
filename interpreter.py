"""A module of this package, run by another Python or another Blender, wherever the package lies.

Inside Blender the package isn't called limn, so that no other process could import it by its name;
and with its parent's folder on the path, what lies beside it would shadow modules. So this file is
a script too, which loads its own folder as ``limn`` and runs ``limn.MODULE``:

    python -P interpreter.py [--nice] MODULE ARGUMENTS...
    blender --background --python interpreter.py -- MODULE ARGUMENTS...

Nothing but the standard library's smallest modules is imported here: see cli/starting.py.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence

ROOT = os.path.dirname(os.path.abspath(__file__))
"""The package's folder, as its caller sees it: links are not followed."""
_SCRIPT = os.path.join(ROOT, "interpreter.py")
_NICE = "--nice"


def python_command(
    module: str, arguments: Sequence[str] = (), *, in_background: bool = False
) -> list[str]:
    """Return the command that runs ``module`` (``cli.clips.clip_worker``) in another Python.

    ``in_background`` lets whoever sits at the computer go first.
    """
    nice = [_NICE] if in_background else []
    # -P: neither the current folder nor the package's own is searched for modules.
    return [sys.executable, "-P", _SCRIPT, *nice, module, *arguments]


def blender_command(executable: str, module: str, arguments: Sequence[str] = ()) -> list[str]:
    """Return the command that runs ``module`` in a Blender without a window and add-ons."""
    return [
        executable, "--background", "--factory-startup", "--python-exit-code", "1",
        "--python", _SCRIPT, "--", module, *arguments,
    ]  # fmt: skip


def load_package() -> None:
    """Load the package this file lies in as ``limn``, whatever its folder is called."""
    spec = importlib.util.spec_from_file_location(
        "limn", os.path.join(ROOT, "__init__.py"), submodule_search_locations=[ROOT]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"There is no package in {ROOT}.")
    sys.modules["limn"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["limn"])


def _main() -> None:
    import runpy

    # Python's own arguments are ours from the first on; Blender keeps those after its "--" for us.
    is_python = os.path.basename(sys.argv[0]) == os.path.basename(_SCRIPT)
    given = sys.argv[1 if is_python else sys.argv.index("--") + 1 :]
    if given[0] == _NICE:
        given = given[1:]
        if hasattr(os, "nice"):
            os.nice(5)
    module, *arguments = given
    sys.argv[:] = ["limn", *arguments]
    load_package()
    runpy.run_module(f"limn.{module}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
