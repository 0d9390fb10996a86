"""``limn doctor``: what is wrong with the installation, if anything."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from importlib.util import find_spec
from typing import Any

from ..cancelling import Cancellation
from ..reporting import Reporter


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn doctor``."""
    parser = commands.add_parser(
        "doctor",
        help="check the installation and name what is wrong",
        description="Check the installation: packages, network files, one inference, Blender.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument(
        "--progress",
        choices=("json", "none"),
        default="none",
        help="json: speak to Blender's panel",
    )
    parser.set_defaults(execute=_doctor)


def _doctor(_arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ...models.selftest import check_models, run_checks
    from ...models.user.library import Library, default_folder

    # Of the user's own models only those that fail are news; 'limn models check' tells of all.
    failing = [check for check in check_models(Library(default_folder())) if not check.ok]
    cancellation.check()  # what was stopped by it hasn't failed
    checks = [
        {"name": check.name, "ok": bool(check.ok), "message": check.message}
        for check in (*run_checks(), *failing)
    ]
    ok = all(check["ok"] for check in checks)
    checks.append({"name": "Blender", "ok": True, "message": _blender()})
    system = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    lines = [
        f"{'ok  ' if check['ok'] else 'FAIL'}  {check['name']}: {check['message']}"
        for check in checks
    ]
    verdict = "Everything needed is here." if ok else "The installation is not complete, see above."
    reporter.done(
        {"ok": ok, "system": system, "checks": checks}, "\n".join([system, *lines, verdict])
    )
    return 0 if ok else 1


def _blender() -> str:
    if find_spec("bpy") is not None:
        return f"the bpy module is installed in {sys.executable}"
    found = shutil.which("blender")
    if found is not None:
        return f"{found} is on the PATH"
    return "not found; only 'limn build' needs it"
