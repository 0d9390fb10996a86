# ruff: noqa: ANN401 - bpy and the extension's own modules have no types here
"""What Blender's users expect of an extension: import, drop, search, presets, assets, manual."""

from __future__ import annotations

import os
import time
import tomllib
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from blender_takes import MODULE, core, make_take

bpy = pytest.importorskip("bpy")
pytestmark = pytest.mark.bpy

ROOT = Path(__file__).resolve().parents[2]


def module(name: str) -> Any:
    return import_module(f"{MODULE}.operators.{name}")


def registered(base: str) -> list[Any]:
    package = import_module(f"{MODULE}.operators")
    classes = [cls for one in package._modules() for cls in getattr(one, "CLASSES", ())]
    return [cls for cls in classes if issubclass(cls, getattr(bpy.types, base))]


def entries(draw: Any) -> list[tuple[str, str]]:
    """What a menu lists: operators with what tells their entries apart, and menus below."""
    drawn: list[tuple[str, str]] = []

    def operator(name: str, text: str = "", **_: Any) -> Any:
        drawn.append((name, text))
        return MagicMock()

    layout = MagicMock()
    layout.operator.side_effect = operator
    layout.operator_enum.side_effect = lambda name, prop: drawn.append((name, f"each {prop}"))
    layout.menu.side_effect = lambda name, **_: drawn.append((name, "menu"))
    draw(SimpleNamespace(layout=layout), bpy.context)
    return drawn


def test_search_finds_every_operator_for_people_and_none_twice(extension: Any) -> None:
    menus = module("tab.menus")
    listed = entries(menus.VIEW3D_MT_limn.draw) + entries(menus._draw_imports)
    below = [name for name, how in listed if how == "menu"]
    assert len(set(below)) == len(below)
    for name in below:
        listed += entries(getattr(bpy.types, name).draw)
    # One operator may have several entries, each for a choice of its own, but in one menu only.
    counts = Counter(listed)
    assert max(counts.values()) == 1, counts.most_common(3)
    places: dict[str, set[str]] = {}
    for home, draw in [
        ("limn", menus.VIEW3D_MT_limn.draw),
        ("import", menus._draw_imports),
        *((name, getattr(bpy.types, name).draw) for name in below),
    ]:
        for name, how in entries(draw):
            if how != "menu":
                places.setdefault(name, set()).add(home)
    assert all(len(homes) == 1 for homes in places.values()), places
    wanted = {c.bl_idname for c in registered("Operator") if "INTERNAL" not in c.bl_options}
    assert places.keys() == wanted
    assert module("tab.menus")._draw_imports in bpy.types.TOPBAR_MT_file_import.draw._draw_funcs
    labels = {cls.bl_idname: cls.bl_label for cls in registered("Operator")}
    assert labels["limn.estimate_pose"] == "Estimate Pose"
    assert labels["limn.retarget"] == "Retarget Motion"
    for name in ("VIEW3D_MT_object", "VIEW3D_MT_pose", "CLIP_MT_clip"):
        assert module("tab.menus")._draw in getattr(bpy.types, name).draw._draw_funcs


def test_names_in_the_menu_tell_operators_apart(extension: Any) -> None:
    labels = [c.bl_label for c in registered("Operator") if "INTERNAL" not in c.bl_options]
    assert len(labels) == len(set(labels))


def test_videos_are_taken_where_they_are_dropped(extension: Any) -> None:
    (handler,) = [c for c in registered("FileHandler") if c.__name__ == "LIMN_FH_video"]
    suffixes = set(handler.bl_file_extensions.split(";"))
    assert {".mp4", ".mov", ".mkv"} <= suffixes
    assert handler.bl_import_operator == "limn.motion_from_video"
    for kind, is_ours in (("VIEW_3D", True), ("SEQUENCE_EDITOR", False)):
        context = SimpleNamespace(area=SimpleNamespace(type=kind))
        assert handler.poll_drop(context) is is_ours


def test_a_dropped_video_is_chosen_and_a_bad_one_is_one_sentence(
    scene: Any, tmp_path: Path
) -> None:
    clip = tmp_path / "walk.mp4"
    clip.write_text("no video")
    scene.limn.source = "MOVIE_CLIP"
    done = bpy.ops.limn.motion_from_video(filepath=str(clip), quality="fast", is_started=False)
    assert done == {"FINISHED"}
    assert (scene.limn.source, scene.limn.clip_path) == ("FILE", str(clip))
    assert scene.limn.quality == "fast"
    with pytest.raises(RuntimeError, match=r"walk\.mp4") as caught:
        bpy.ops.limn.motion_from_video(filepath=str(clip), quality="fast")
    assert "Traceback" not in str(caught.value)


def test_the_sample_is_copied_to_where_takes_can_be_written(scene: Any) -> None:
    assert bpy.ops.limn.sample_clip() == {"FINISHED"}
    clip = Path(scene.limn.clip_path)
    assert clip.read_bytes() == (ROOT / "examples" / "park.mp4").read_bytes()
    assert ROOT not in clip.parents
    assert os.access(clip.parent, os.W_OK)


def test_the_clips_length_and_size_are_told_before_a_run(scene: Any, tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    facts = module("estimate.clip_facts")

    def asked() -> tuple[str, str]:
        ends = time.monotonic() + 60  # a worker that never answers would hang the suite
        while facts.ask() is not None and time.monotonic() < ends:
            time.sleep(0.05)
        return facts.clip_facts(scene.limn)

    scene.limn.source, scene.limn.clip_path = "FILE", str(ROOT / "examples" / "walk.mp4")
    assert facts.clip_facts(scene.limn) == ("", "")
    assert asked() == ("102 frames, 3.4 s, 1280 x 720, 30 fps", "INFO")
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    scene.limn.clip_path = str(bad)
    told, icon = asked()
    assert icon == "ERROR"
    assert "bad.mp4" in told
    scene.limn.clip_path = ""
    assert facts.ask() is None
    assert not facts._asked, "no worker is left"


def test_a_preset_keeps_the_settings_and_not_the_clip(scene: Any) -> None:
    presets = module("settings.presets")
    kept = presets.kept_fields()
    assert {"quality", "max_people", "use_height", "height_m", "contacts"} <= set(kept)
    assert not {"clip_path", "movie_clip", "first_frame", "use_range"} & set(kept)
    known = {p.identifier for p in scene.limn.bl_rna.properties}
    assert set(kept) <= known
    scene.limn.quality, scene.limn.max_people = "best", 3
    label = presets.LIMN_PT_presets.bl_label
    assert bpy.ops.limn.add_preset(name="Duo") == {"FINISHED"}
    scene.limn.quality, scene.limn.max_people = "fast", 9
    own = [one for one in bpy.utils.preset_paths(presets.FOLDER) if str(presets.SHIPPED) not in one]
    (preset,) = [file for one in own for file in Path(one).glob("*.py")]
    try:
        bpy.ops.script.execute_preset(filepath=str(preset), menu_idname="LIMN_PT_presets")
        assert (scene.limn.quality, scene.limn.max_people) == ("best", 3)
    finally:
        presets.LIMN_PT_presets.bl_label = label  # Blender shows the chosen preset's name there
        preset.unlink()


def shipped_presets() -> list[Path]:
    presets = module("settings.presets")
    folders = [Path(one) for one in bpy.utils.preset_paths(presets.FOLDER)]
    return sorted(f for one in folders if presets.SHIPPED in one.parents for f in one.glob("*.py"))


def test_three_presets_are_brought_and_each_leaves_nothing_of_another(scene: Any) -> None:
    presets = module("settings.presets")
    names = [bpy.path.display_name(file.name) for file in shipped_presets()]
    assert names == ["Desk, upper body", "Phone, one person", "Stage, several people"]
    # Heights and lenses belong to who and what is filmed, and Replace to the scene.
    left = {"use_height", "height_m", "use_fov", "fov_deg", "replace"}
    chosen = [name for name in presets.kept_fields() if name not in left]
    label, seen = presets.LIMN_PT_presets.bl_label, list[tuple[Any, ...]]()
    try:
        for others in (("fast", 9), ("best", 2)):
            for file in shipped_presets():
                scene.limn.quality, scene.limn.max_people = others
                scene.limn.hands, scene.limn.step = "auto", 3
                bpy.ops.script.execute_preset(filepath=str(file), menu_idname="LIMN_PT_presets")
                seen.append(tuple(getattr(scene.limn, name) for name in chosen))
    finally:
        presets.LIMN_PT_presets.bl_label = label
    assert seen[:3] == seen[3:]
    assert len(set(seen)) == 3
    for file in shipped_presets():
        text = file.read_text("utf-8")
        assert [name for name in chosen if f"limn.{name} = " in text] == chosen


def test_finished_motion_becomes_an_asset(scene: Any, tmp_path: Path) -> None:
    take = make_take()
    core("data.take_file").save_take(take, tmp_path / "walk.take.npz")
    build = import_module(f"{MODULE}.scene.build").build_take
    report = build(bpy.context, take, take_path=str(tmp_path / "walk.take.npz"))
    figure = bpy.data.objects[report.armatures[0]]
    action: Any = figure.animation_data.action
    assert action.asset_data is None
    assert bpy.ops.limn.mark_assets() == {"FINISHED"}
    data: Any = action.asset_data
    assert data.description == "Person 1, walk.mp4"
    assert bpy.ops.limn.mark_assets() == {"FINISHED"}, "again is no error"
    assert len(data.tags) == 2
    bpy.context.view_layer.objects.active = None
    for one in bpy.context.selected_objects:
        one.select_set(False)
    with pytest.raises(RuntimeError, match="Select an armature that moves"):
        bpy.ops.limn.mark_assets()


def test_every_property_and_operator_has_a_page_of_the_manual(extension: Any) -> None:
    from fnmatch import fnmatchcase

    manual = module("help.manual")
    prefix, patterns = manual.manual_map()
    assert prefix.startswith("file://")
    assert manual.manual_map in bpy.utils._manual_map
    folder = manual.manual_folder()
    asked = [f"bpy.ops.{cls.bl_idname}" for cls in registered("Operator")]
    asked += [f"bpy.types.{cls.__name__}.x".lower() for cls in registered("PropertyGroup")]
    asked.append("bpy.types.object.limn_is_ticked")
    for name in asked:
        page = next((page for pattern, page in patterns if fnmatchcase(name, pattern)), None)
        assert page is not None, name
        file, _, place = page.partition("#")
        text = (folder / file).read_text("utf-8")
        assert not place or f'id="{place}"' in text, page


def test_the_manuals_pages_lead_to_each_other_and_are_whole(extension: Any) -> None:
    import re
    from html.parser import HTMLParser

    folder = module("help.manual").manual_folder()
    pages = sorted(folder.glob("*.html"))
    assert len(pages) == len(list((ROOT / "docs" / "guide").glob("*.md"))) + 1
    for page in pages:
        text = page.read_text("utf-8")
        for where in re.findall(r'(?:href|src)="([^"#]+)', text):
            assert where.startswith("http") or (folder / where).is_file(), (page.name, where)
        parser, depth = HTMLParser(), []
        parser.handle_starttag = lambda tag, _, depth=depth: depth.append(tag)  # type: ignore[method-assign]
        parser.handle_endtag = lambda tag, depth=depth: depth.remove(tag)  # type: ignore[method-assign]
        parser.feed(text)
        assert set(depth) <= {"meta", "img"}, (page.name, depth)
        assert "```" not in text
        assert "](" not in re.sub(r"<(pre|code)>.*?</\1>", "", text, flags=re.DOTALL), page.name


def test_the_manual_opens_without_a_network(extension: Any, monkeypatch: Any) -> None:
    manual = module("help.manual")
    wm = MagicMock()
    monkeypatch.setattr(manual, "bpy", SimpleNamespace(app=bpy.app, ops=SimpleNamespace(wm=wm)))
    told = SimpleNamespace(page="", report=lambda *_: None)
    assert manual.LIMN_OT_open_manual.execute(told, None) == {"FINISHED"}
    told.page = "blender.html#settings"
    manual.LIMN_OT_open_manual.execute(told, None)
    assert manual.LIMN_OT_show_licence.execute(told, None) == {"FINISHED"}
    opened = [call.kwargs["url"] for call in wm.url_open.call_args_list]
    assert all(url.startswith("file://") for url in opened)
    assert opened[1].endswith("blender.html#settings")
    licence = Path(bpy.app.tempdir, "limn_licence.txt").read_text("utf-8")
    assert "MoveNet" in licence
    assert "GNU GENERAL PUBLIC LICENSE" in licence


def test_the_versions_tell_nothing_about_the_person(extension: Any) -> None:
    told = module("help.manual").versions()
    assert told.startswith("Limn ")
    assert bpy.app.version_string in told
    assert str(Path.home()) not in told
    assert os.uname().nodename not in told


def test_the_manifest_says_whose_works_are_in_it() -> None:
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))
    assert manifest["website"].startswith("https://")
    told = "\n".join(manifest["copyright"])
    for whose in ("Limn", "Google", "MakeHuman", "Carnegie Mellon"):
        assert whose in told
    assert all(line[:4].isdigit() for line in manifest["copyright"]), "a year goes first"
    for text in (manifest["tagline"], *manifest["permissions"].values()):
        assert len(text) <= 64
        assert text[-1].isalnum()
