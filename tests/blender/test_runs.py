# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Runs in a window: Esc belongs to the panel, Repeat Last never blocks."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from blender_takes import MODULE

bpy = pytest.importorskip("bpy")

pytestmark = pytest.mark.bpy


def region(kind: str, x: int, category: str = "Limn") -> Any:
    return SimpleNamespace(
        type=kind, x=x, y=0, width=100, height=500, active_panel_category=category
    )


@pytest.mark.parametrize(
    ("x", "category", "key", "cancels"),
    [
        (950, "Limn", "ESC", True),
        (950, "Item", "ESC", False),
        (400, "Limn", "ESC", False),
        (950, "Limn", "SPACE", False),
    ],
)
def test_esc_cancels_only_over_the_panel(
    extension: Any, x: int, category: str, key: str, cancels: bool
) -> None:
    modal = import_module(f"{MODULE}.operators.run.modal")
    view = SimpleNamespace(
        type="VIEW_3D", regions=[region("WINDOW", 0), region("UI", 900, category)]
    )
    context = SimpleNamespace(window=SimpleNamespace(screen=SimpleNamespace(areas=[view])))
    event = SimpleNamespace(type=key, value="PRESS", mouse_x=x, mouse_y=20)
    assert modal.asks_to_cancel(context, event) is cancels


def test_repeated_in_a_window_an_operator_starts_a_run(
    extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    modal = import_module(f"{MODULE}.operators.run.modal")
    called: list[Any] = []
    ops = SimpleNamespace(limn=SimpleNamespace(solve_again=lambda *a, **k: called.append((a, k))))
    app = SimpleNamespace(background=False)
    monkeypatch.setattr(modal, "bpy", SimpleNamespace(app=app, ops=ops))
    operator = SimpleNamespace(
        bl_idname="LIMN_OT_solve_again", as_keywords=lambda: {"forget_contacts": True}
    )
    result = modal.RunsWorker.execute(operator, SimpleNamespace(window=object()))
    assert result == {"CANCELLED"}, "what is in Blender's list of what was done stays as it is"
    assert called == [(("INVOKE_DEFAULT",), {"forget_contacts": True})]


def test_leaving_the_question_before_a_run_is_no_error(extension: Any) -> None:
    import_module(f"{MODULE}.operators.run.modal").RunsWorker().cancel(bpy.context)


def test_a_result_goes_to_the_scene_in_which_the_run_was_begun(scene: Any) -> None:
    modal = import_module(f"{MODULE}.operators.run.modal")
    other = bpy.data.scenes.new("Other")
    window = SimpleNamespace(scene=other)
    context = SimpleNamespace(window=window, window_manager=SimpleNamespace(windows=[]))
    seen: list[Any] = []

    class Operator(modal.RunsWorker):
        report = staticmethod(lambda *told: seen.append(told))
        tell = staticmethod(lambda _context, text, _icon: seen.append(text))

        def finish(self, context: Any, result: dict[str, Any]) -> set[str]:
            seen.append(context.window.scene)
            return {"CANCELLED"}

    operator = Operator()
    operator._scene = scene.session_uid
    try:
        operator._conclude(context, modal.Done({"take": "a.take.npz"}))
        assert seen == [scene]
        assert window.scene == other
        operator._scene = 0
        operator._conclude(context, modal.Done({"take": "a.take.npz"}))
        assert "is gone; its take is a.take.npz." in seen[1]
    finally:
        bpy.data.scenes.remove(other)


def test_switched_off_amid_a_run_limn_ends_it(extension: Any) -> None:
    props = import_module(f"{MODULE}.operators.run.props")
    manager, ended = bpy.context.window_manager, []

    def stop(context: Any) -> None:
        ended.append(context)
        props.end_run(context.window_manager)

    props.begin_run(manager, "Estimate Pose", stop)
    assert manager.limn_run.is_running
    props.detach()
    props.attach()
    assert ended == [bpy.context]
    assert not manager.limn_run.is_running
    props.detach()
    props.attach()
    assert len(ended) == 1
