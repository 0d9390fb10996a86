"""The self-test: the worker checks the installation, the preferences list what it found."""

from __future__ import annotations

from typing import Any

import bpy

from ...core.pipeline.request import Request
from ..run.modal import RunsWorker
from ..run.props import add_line, run_of


class LIMN_OT_self_test(RunsWorker, bpy.types.Operator):
    """Check packages, network files and one inference, and name what is wrong"""

    bl_idname = "limn.self_test"
    bl_label = "Test the Installation"
    bl_options = {"INTERNAL"}  # noqa: RUF012 - Blender reads the set, nobody writes it
    title = "Self-test"

    def prepare(self, context: bpy.types.Context) -> Request:
        """Forget the last findings."""
        run_of(context.window_manager).checks.clear()
        return Request("doctor")

    def tell(self, context: bpy.types.Context, text: str, icon: str) -> None:
        """Show the failure where the findings would have been."""
        add_line(run_of(context.window_manager).checks, text, icon)

    def finish(self, context: bpy.types.Context, result: dict[str, Any]) -> set[str]:
        """List the findings, and report the first that is wrong."""
        run = run_of(context.window_manager)
        checks = [check for check in result.get("checks", ()) if isinstance(check, dict)]
        for check in checks:
            icon = "CHECKMARK" if check.get("ok") else "ERROR"
            add_line(run.checks, f"{check.get('name')}: {check.get('message')}", icon)
        wrong = [check for check in checks if not check.get("ok")]
        if wrong:
            self.report({"WARNING"}, f"{wrong[0].get('name')}: {wrong[0].get('message')}")
        else:
            self.report({"INFO"}, "Everything Limn needs is here")
        return {"FINISHED"}


CLASSES = (LIMN_OT_self_test,)
