# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""Laws that hold for every class, property and section of the panel, whoever adds one."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from blender_takes import MODULE, core, make_take

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

OPERATORS = Path(__file__).resolve().parents[2] / "operators"
OWNERS = ("WindowManager", "Scene", "Object")
"""Blender's types that Limn hangs properties on."""
COMMAND_LINE = re.compile(
    r"(^|\s)--?[a-z]|\blimn (estimate|build|solve|export|preview|people|retarget)\b|\bstdin\b"
)


def registered() -> list[Any]:
    register = import_module(f"{MODULE}.operators")
    return [cls for module in register._modules() for cls in getattr(module, "CLASSES", ())]


def kind(base: str) -> list[Any]:
    return [cls for cls in registered() if issubclass(cls, getattr(bpy.types, base))]


def own_properties(cls: Any) -> Iterator[Any]:
    """The properties a class brings itself, as Blender knows them."""
    own = [one for one in cls.__mro__ if one.__module__.startswith(MODULE)]
    names = {name for one in own for name in getattr(one, "__annotations__", {})}
    inherited = {"filepath", "check_existing", "filename", "directory", "files", "rna_type", "name"}
    rna = cls.bl_rna
    if issubclass(cls, bpy.types.Operator):
        rna = getattr(bpy.ops.limn, cls.bl_idname.partition(".")[2]).get_rna_type()
    yield from (p for p in rna.properties if p.identifier in names - inherited)


def attached_properties() -> list[Any]:
    return [
        prop
        for owner in OWNERS
        for prop in getattr(bpy.types, owner).bl_rna.properties
        if prop.identifier.startswith("limn")
    ]


def every_property() -> list[tuple[str, Any]]:
    bases = ("Operator", "PropertyGroup", "AddonPreferences", "UIList")
    of_classes = [
        (f"{cls.__name__}.{prop.identifier}", prop)
        for base in bases
        for cls in kind(base)
        for prop in own_properties(cls)
    ]
    return [*of_classes, *((prop.identifier, prop) for prop in attached_properties())]


def test_every_property_says_what_it_is(extension: Any) -> None:
    found = every_property()
    assert len(found) > 60, "the walk finds them"
    silent = [who for who, prop in found if len(prop.description) < 8]
    assert not silent
    unnamed = [who for who, prop in found if not prop.name or prop.name == prop.identifier]
    assert not unnamed


def test_every_choice_says_what_it_is(extension: Any) -> None:
    silent = [
        f"{who}: {item.identifier}"
        for who, prop in every_property()
        if prop.type == "ENUM"
        for item in prop.enum_items
        if not item.name or len(item.description) < 4
    ]
    assert not silent


def test_every_operator_says_what_it_does(extension: Any) -> None:
    operators = kind("Operator")
    assert len(operators) > 25
    for cls in operators:
        assert cls.bl_label[:1].isupper(), cls
        rna = getattr(bpy.ops.limn, cls.bl_idname.partition(".")[2]).get_rna_type()
        assert len(rna.description) > 15, cls
        assert cls.bl_options & {"REGISTER", "UNDO", "INTERNAL"}, f"{cls} can't be found or hides"


def test_every_class_has_a_docstring_of_its_own(extension: Any) -> None:
    for cls in (*kind("Panel"), *kind("Menu"), *kind("UIList"), *kind("PropertyGroup")):
        assert (cls.__doc__ or "").strip(), cls


def test_no_word_of_the_command_line_is_in_the_panel(extension: Any) -> None:
    told = [(who, text) for who, prop in every_property() for text in (prop.name, prop.description)]
    for cls in kind("Operator"):
        rna = getattr(bpy.ops.limn, cls.bl_idname.partition(".")[2]).get_rna_type()
        told += [(cls.__name__, rna.description), (cls.__name__, cls.bl_label)]
    told += [(file.name, text) for file, text in _spoken()]
    wrong = [(who, text) for who, text in told if COMMAND_LINE.search(text)]
    assert not wrong
    assert COMMAND_LINE.search("give it by --fov"), "the law can fail"


def _spoken() -> Iterator[tuple[Path, str]]:
    """What operators label, report and say when they are grey; what is only written in the code."""
    for file in sorted(OPERATORS.rglob("*.py")):
        if "background" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("label", "report", "poll_message_set", "show_notes", "add_note"):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield file, part.value


class Drawn:
    """Stands in for a layout and remembers every property and operator that is drawn."""

    def __init__(self) -> None:
        self.props: list[tuple[str, str]] = []
        self.operators: list[str] = []

    def prop(self, owner: Any, name: str, **_: Any) -> None:
        self.props.append((getattr(owner.bl_rna, "identifier", ""), name))

    def operator(self, name: str, **_: Any) -> Any:
        self.operators.append(name)
        return SimpleNamespace()

    def operator_menu_enum(self, name: str, *_: Any, **__: Any) -> None:
        self.operators.append(name)

    def panel(self, *_: Any, **__: Any) -> Any:
        return self, self

    def __getattr__(self, name: str) -> Any:
        if name in ("row", "column", "box", "split", "grid_flow"):
            return lambda *_a, **_k: self
        return MagicMock()


@pytest.fixture
def full_scene(scene: Any, tmp_path: Path) -> Any:
    """A scene in which every section has something to show."""
    take = make_take()
    path = tmp_path / "walk.take.npz"
    core("data.take_file").save_take(take, path)
    build = import_module(f"{MODULE}.scene.build").build_take
    build(bpy.context, take, take_path=str(path))
    scene.limn.depth_model = "midas-small"
    yield scene
    scene.limn.property_unset("depth_model")


def sections(space: str) -> list[Any]:
    return [
        cls for cls in kind("Panel") if cls.bl_space_type == space and cls.bl_region_type == "UI"
    ]


def drawn(cls: Any, space: str) -> Drawn:
    layout = Drawn()
    area = SimpleNamespace(type=space)
    region = SimpleNamespace(width=300)
    context = SimpleNamespace(
        **{
            name: getattr(bpy.context, name)
            for name in ("scene", "window_manager", "view_layer", "active_object")
        },
        preferences=SimpleNamespace(
            system=SimpleNamespace(ui_scale=1.0),
            ui_styles=[SimpleNamespace(widget=SimpleNamespace(points=11))],
        ),
        area=area,
        region=region,
    )
    cls.draw(SimpleNamespace(layout=layout), context)
    return layout


@pytest.mark.parametrize("space", ["VIEW_3D", "CLIP_EDITOR"])
def test_every_section_draws_and_no_setting_is_there_twice(full_scene: Any, space: str) -> None:
    panels = sections(space)
    assert len(panels) >= 7
    shown = Counter[tuple[str, str]]()
    for cls in panels:
        poll = getattr(cls, "poll", None)
        assert poll is None or poll(bpy.context), f"{cls} has something to show"
        shown.update(set(drawn(cls, space).props))
    twice = [prop for prop, count in shown.items() if count > 1]
    assert not twice


def test_every_setting_of_the_scene_is_in_the_panel(full_scene: Any) -> None:
    shown = {name for cls in sections("VIEW_3D") for _, name in drawn(cls, "VIEW_3D").props}
    full_scene.limn.source = "FILE"
    settings = kind("PropertyGroup")
    (group,) = [cls for cls in settings if cls.__name__ == "LIMN_PG_settings"]
    hidden = {p.identifier for p in own_properties(group) if p.is_hidden}
    wanted = {p.identifier for p in own_properties(group)} - hidden - {"movie_clip"}
    assert wanted <= shown, "movie_clip is drawn by Blender's own template"


def test_sections_show_only_where_they_have_something(scene: Any) -> None:
    scene.limn.clip_path = ""
    bpy.context.view_layer.objects.active = None
    always = {"VIEW3D_PT_limn", "VIEW3D_PT_limn_settings"}
    direct = ("", "VIEW3D_PT_limn")  # what lies deeper shows with its parent
    shown = {
        cls.__name__
        for cls in sections("VIEW_3D")
        if getattr(cls, "bl_parent_id", "") in direct
        and (not hasattr(cls, "poll") or cls.poll(bpy.context))
    }
    assert shown == always


def test_an_operator_that_cannot_run_says_why(scene: Any) -> None:
    """Every poll that says no leaves a sentence, which Blender adds to its refusal."""
    scene.limn.clip_path = ""
    bpy.context.view_layer.objects.active = None
    refused = 0
    for cls in kind("Operator"):
        operator = getattr(bpy.ops.limn, cls.bl_idname.partition(".")[2])
        if operator.poll() or cls.bl_idname == "limn.cancel":
            continue
        refused += 1
        with pytest.raises(RuntimeError) as caught:
            operator("EXEC_DEFAULT")
        told = (
            str(caught.value).partition("poll()")[2].removeprefix(" failed, context is incorrect")
        )
        assert len(told.strip()) > 8, f"{cls.bl_idname}: {caught.value}"
    assert refused > 10


def test_sections_are_named_alike_in_both_editors(extension: Any) -> None:
    module = import_module(f"{MODULE}.operators.tab.sections")
    keys = {cls.key for cls in kind("Panel") if hasattr(cls, "key")}
    assert keys == set(module.ORDER)
    for cls in kind("Panel"):
        if hasattr(cls, "key"):
            parent = module.PREFIXES[cls.bl_space_type]
            assert cls.bl_parent_id == (f"{parent}_{cls.parent}" if cls.parent else parent)
