"""Every word that the panel shows: names of classes, fields and choices, and texts in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from blender_takes import MODULE

OPERATORS = Path(__file__).resolve().parents[2] / "operators"
NOT_WORDS = {"Limn", "FK", "IK", "SMPL-X", "", "_", "..."}
"""Names, which are the same everywhere."""
_SPOKEN = ("text", "heading", "placeholder", "title", "confirm_text")


def registered() -> list[Any]:
    register = import_module(f"{MODULE}.operators")
    return [cls for module in register._modules() for cls in getattr(module, "CLASSES", ())]


def of_classes(properties: list[tuple[str, Any]]) -> Iterator[str]:
    """Labels of classes, names of fields and choices that aren't hidden."""
    for cls in registered():
        yield from (getattr(cls, name, "") for name in ("bl_label", "import_label", "cancelled"))
    for who, prop in properties:
        if prop.is_hidden or (prop.type in ("POINTER", "COLLECTION") and "." not in who):
            continue
        if who.partition(".")[0] in ("LIMN_PG_line", "LIMN_PG_run"):
            continue
        yield prop.name
        if prop.type == "ENUM":
            yield from (
                item.name for item in prop.enum_items if not item.identifier.startswith(".")
            )


def of_presets() -> Iterator[str]:
    """Names of the presets that Limn brings, as Blender makes them of their files' names."""
    bpy = import_module("bpy")
    shipped = import_module(f"{MODULE}.operators.settings.presets").SHIPPED
    for file in sorted(shipped.rglob("*.py")):
        yield bpy.path.display_name(file.name)


def of_core() -> Iterator[str]:
    """What is told in the core's own words: stages of a run and lines of the quality report."""
    for module, name in (
        ("core.pipeline.observe", "STAGE"),
        ("core.tracking.following.turned_looks", "STAGE"),
        ("core.solving.motion_estimator", "SOLVING"),
        ("core.depth.relief", "STAGE"),
    ):
        yield getattr(import_module(f"{MODULE}.{module}"), name)
    yield import_module(f"{MODULE}.core.perspective.camera_motion").ROW_BY_ROW
    yield "Starting"  # of a run that has told no stage yet
    labels = import_module(f"{MODULE}.core.evaluation.wording").LABELS
    yield from (label for label, _ in labels.values())


def of_code() -> Iterator[str]:
    """Texts that the code draws: constants of layout calls and of ``iface``."""
    for file in sorted(OPERATORS.rglob("*.py")):
        if "background" in file.parts or "translations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            translated = [k.value for k in node.keywords if k.arg == "translate"]
            if any(isinstance(v, ast.Constant) and v.value is False for v in translated):
                continue
            said = [k.value for k in node.keywords if k.arg in _SPOKEN]
            if getattr(node.func, "id", "") == "iface":
                said += node.args[:1]
            for value in said:
                yield from _plain(value)


def _plain(value: ast.expr) -> Iterator[str]:
    """Constants, also those chosen between; what is put together is no word of its own."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _plain(value.body)
        yield from _plain(value.orelse)
