# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""The preferences' list of other networks: offline it refuses, files go in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from blender_takes import MODULE
from model_files import depth_descriptor, depth_network, write

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy


@pytest.fixture
def models(extension: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """The module of the list, on a folder of its own."""
    before = os.environ.get("LIMN_MODELS")
    os.environ["LIMN_MODELS"] = str(tmp_path / "models")
    yield import_module(f"{MODULE}.operators.models.model_list")
    if before is None:
        del os.environ["LIMN_MODELS"]
    else:
        os.environ["LIMN_MODELS"] = before


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A model file with its descriptor beside it."""
    (tmp_path / "mine.json").write_text(depth_descriptor().to_json(), "utf-8")
    return write(tmp_path / "mine.onnx", depth_network())


def _state(models: Any, name: str) -> Any:
    return next((row for row in models.rows() if row.name == name), None)


def test_models_lie_in_the_extensions_user_folder(extension: ModuleType) -> None:
    folder = Path(os.environ["LIMN_MODELS"])
    user = Path(bpy.utils.extension_path_user(MODULE))
    assert folder == user / "models"
    assert not folder.exists(), "nothing is made before there is a model"
    worker = import_module(f"{MODULE}.operators.run.worker")
    assert worker.worker_environment()["LIMN_MODELS"] == str(folder)
    extension.unregister()
    assert "LIMN_MODELS" not in os.environ
    extension.register()
    assert Path(os.environ["LIMN_MODELS"]) == folder


def test_the_list_shows_every_model_and_what_is_to_know(models: Any) -> None:
    rows = {row.name: row for row in models.rows()}
    assert {"rtmpose-m", "midas-small", "centernet-dla34"} <= set(rows)
    assert not any(row.is_installed or row.fault for row in rows.values())
    assert "Apache-2.0" in models.note_of("rtmpose-m")
    assert "Nobody has told of a run" in models.note_of("rtmpose-m")
    assert "fetch" in models.note_of("centernet-dla34")


def test_offline_nothing_is_downloaded_and_the_button_says_why(models: Any) -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match="Blender is offline"):
        bpy.ops.limn.model_download(model="midas-small")
    with pytest.raises(RuntimeError, match="Blender is offline"):
        bpy.ops.limn.model_work(action="DOWNLOAD", model="midas-small")
    assert not models.library().folder.exists()


def test_buttons_wait_for_a_run(models: Any) -> None:
    run = bpy.context.window_manager.limn_run
    run.is_running = True
    try:
        for call in (bpy.ops.limn.model_add, bpy.ops.limn.model_remove):
            assert not call.poll()
    finally:
        run.is_running = False
    for call in (bpy.ops.limn.model_add, bpy.ops.limn.model_remove):
        assert call.poll()


def test_a_file_of_ones_own_goes_in_and_out(models: Any, own: Path) -> None:
    assert bpy.ops.limn.model_add(filepath=str(own)) == {"FINISHED"}
    assert models.rows()[0].name == "my-depth"
    assert models.rows()[0].is_installed
    lines = [line.text for line in bpy.context.window_manager.limn_run.models]
    assert lines == ["Installed my-depth"]
    assert models.library().open_model("my-depth")[1] == own.read_bytes()
    assert bpy.ops.limn.model_remove(model="my-depth") == {"FINISHED"}
    assert _state(models, "my-depth") is None
    assert list(models.library().folder.iterdir()) == []


def test_another_file_than_a_listed_model_is_one_sentence(models: Any, own: Path) -> None:
    for name, says in (("vitpose-b", "pixel_values"), ("midas-small", "cut short")):
        with pytest.raises(RuntimeError) as caught:
            bpy.ops.limn.model_add(filepath=str(own), model=name)
        assert says in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert not _state(models, name).is_installed


def test_a_file_without_a_descriptor_is_one_sentence(models: Any, own: Path) -> None:
    own.with_suffix(".json").unlink()
    with pytest.raises(RuntimeError, match=r"The descriptor .*mine\.json does not exist"):
        bpy.ops.limn.model_add(filepath=str(own))


def test_a_model_that_is_damaged_is_shown_and_can_be_removed(models: Any, own: Path) -> None:
    bpy.ops.limn.model_add(filepath=str(own))
    models.library().file_of("my-depth").unlink()
    row = _state(models, "my-depth")
    assert "is missing" in row.fault
    bpy.ops.limn.model_remove(model="my-depth")
    assert _state(models, "my-depth") is None


def test_the_page_draws_itself_in_every_state(models: Any, own: Path) -> None:
    bpy.ops.limn.model_add(filepath=str(own))
    (models.library().folder / "broken.json").write_text("{")
    drawn = _Layout()
    bpy.context.window_manager.limn_run.is_running = True
    try:
        models.draw_models(drawn, bpy.context)
    finally:
        bpy.context.window_manager.limn_run.is_running = False
    texts = " ".join(drawn.texts)  # sentences go over several lines
    assert "A depth network depth, MIT" in texts
    assert "broken.jsonisnotJSON" in texts.replace(" ", "")  # a long path is cut anywhere
    assert "Blender is offline" in texts
    assert {"limn.model_download", "limn.model_add", "limn.model_remove"} <= set(drawn.operators)


class _Layout:
    """Stands in for Blender's layout, which exists only while a window is drawn."""

    def __init__(self, parent: _Layout | None = None) -> None:
        self.texts: list[str] = parent.texts if parent else []
        self.operators: list[str] = parent.operators if parent else []
        self.model = ""

    def label(self, text: str = "", **_more: Any) -> None:
        self.texts.append(text)

    def operator(self, name: str, **_more: Any) -> _Layout:
        self.operators.append(name)
        return _Layout(self)

    def progress(self, **_more: Any) -> None:
        """Nothing to look at."""

    def box(self) -> _Layout:
        return _Layout(self)

    def row(self, **_more: Any) -> _Layout:
        return _Layout(self)

    def column(self, **_more: Any) -> _Layout:
        return _Layout(self)

    def split(self, **_more: Any) -> _Layout:
        return _Layout(self)


def test_buttons_have_tooltips(extension: ModuleType) -> None:
    for name in ("model_download", "model_add", "model_remove", "model_work"):
        rna = getattr(bpy.ops.limn, name).get_rna_type()
        assert len(rna.description) > 10, name


def test_no_file_chosen_is_said(extension: ModuleType) -> None:
    with pytest.raises(RuntimeError, match="Choose the model's file"):
        bpy.ops.limn.model_add()
