"""The manual that lies in the extension, opened in the browser, and Blender's "Online Manual".

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

import shutil
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import StringProperty

from .pages import INDEX, write_pages

ROOT: Final = Path(__file__).resolve().parents[2]
GUIDE: Final = ROOT / "docs" / "guide"
PAGES: Final = (
    ("bpy.types.limn_pg_retarget*", "retargeting.html"),
    ("bpy.types.limn_pg_role*", "retargeting.html"),
    ("bpy.ops.limn.retarget*", "retargeting.html"),
    ("bpy.ops.limn.*bone*", "retargeting.html"),
    ("bpy.types.limn_pg_motion*", "blender.html#edit-the-motion"),
    ("bpy.ops.limn.*_motion*", "blender.html#edit-the-motion"),
    ("bpy.ops.limn.export*", "export.html"),
    ("bpy.ops.limn.choose_people*", "people.html"),
    ("bpy.ops.limn.model*", "networks.html"),
    ("bpy.types.limn_pg_settings.depth*", "depth.html"),
    ("bpy.types.limn_pg_settings.estimator*", "networks.html"),
    ("bpy.types.limn_pg_settings.clip_path*", "clips.html"),
    ("bpy.types.limn_pg_settings.max_people*", "people.html"),
    ("bpy.types.limn_pg_settings*", "blender.html#settings"),
    ("bpy.types.limn_*", "blender.html"),
    ("bpy.types.*.limn_*", "blender.html"),
    ("bpy.ops.limn.*", "blender.html"),
)
"""Which page tells of a property or operator; the first pattern that fits."""
NO_MANUAL: Final = "This copy of Limn has no manual"


@lru_cache(maxsize=1)
def manifest() -> dict[str, object]:
    """What the extension's manifest says."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))


def manual_folder() -> Path:
    """The folder of the pages as HTML, written when it is first asked for. Raises OSError."""
    folder = Path(bpy.app.tempdir) / "limn_manual"  # Blender empties it when it ends
    if not (folder / INDEX).is_file():
        write_pages(GUIDE, folder)
    return folder


def manual_map() -> tuple[str, tuple[tuple[str, str], ...]]:
    """What Blender asks for to find the page of what was clicked: where they are, and which."""
    if not GUIDE.is_dir():
        return "", ()
    try:
        return f"{manual_folder().as_uri()}/", PAGES
    except OSError:
        return "", ()


class LIMN_OT_open_manual(bpy.types.Operator):
    """Open Limn's manual in the browser; it lies in the extension and needs no network"""

    bl_idname = "limn.open_manual"
    bl_label = "Limn Manual"
    bl_options = {"REGISTER"}  # noqa: RUF012 - Blender reads the set, nobody writes it

    if TYPE_CHECKING:
        page: str
    else:
        page: StringProperty(
            name="Page",
            description="Which page to open; empty opens the list of them",
            options={"SKIP_SAVE"},
        )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only where it was brought along."""
        if GUIDE.is_dir():
            return True
        cls.poll_message_set(NO_MANUAL)
        return False

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Write the pages and open one."""
        try:
            folder = manual_folder()
        except OSError as error:
            self.report({"ERROR"}, f"Can't write the manual's pages: {error.strerror or error}.")
            return {"CANCELLED"}
        name, _, place = self.page.partition("#")
        page = folder / (name or INDEX)
        bpy.ops.wm.url_open(url=page.as_uri() + (f"#{place}" if place else ""))
        return {"FINISHED"}


class LIMN_OT_show_licence(bpy.types.Operator):
    """Open Limn's licence and the notices of the works in it: networks, body, motion data"""

    bl_idname = "limn.show_licence"
    bl_label = "Licence"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Open them as one page of text."""
        page = Path(bpy.app.tempdir) / "limn_licence.txt"
        try:
            with page.open("w", encoding="utf-8") as text:
                for name in ("NOTICE", "LICENSE"):
                    with (ROOT / name).open(encoding="utf-8") as part:
                        shutil.copyfileobj(part, text)
                    text.write("\n\n")
        except OSError as error:
            self.report({"ERROR"}, f"Can't show the licence: {error.strerror or error}.")
            return {"CANCELLED"}
        bpy.ops.wm.url_open(url=page.as_uri())
        return {"FINISHED"}


class LIMN_OT_report_bug(bpy.types.Operator):
    """Copy the versions of Limn, Blender and the system for a report, and open the website"""

    bl_idname = "limn.report_bug"
    bl_label = "Report a Bug"
    bl_options = {"INTERNAL"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill the clipboard; the report is the person's own to write and send."""
        context.window_manager.clipboard = versions()
        bpy.ops.wm.url_open(url=str(manifest()["website"]))
        self.report({"INFO"}, "The versions are in the clipboard; paste them into the report")
        return {"FINISHED"}


def versions() -> str:
    """Versions that a report of a bug needs; nothing about the person or their files."""
    import platform

    return "\n".join(
        (
            f"Limn {manifest()['version']}",
            f"Blender {bpy.app.version_string}",
            f"Python {platform.python_version()}",
            f"{platform.system()} {platform.release()}, {platform.machine()}",
        )
    )


def draw_help(layout: bpy.types.UILayout) -> None:
    """Draw the buttons of the preferences."""
    row = layout.row(align=True)
    row.operator("limn.open_manual", text="Manual", icon="HELP")
    row.operator("wm.url_open", text="Website", icon="URL").url = str(manifest()["website"])
    row.operator("limn.report_bug", icon="ERROR")
    row.operator("limn.show_licence", icon="TEXT")


CLASSES = (LIMN_OT_open_manual, LIMN_OT_show_licence, LIMN_OT_report_bug)


def attach() -> None:
    """Tell Blender where the pages of Limn's properties and operators are."""
    bpy.utils.register_manual_map(manual_map)


def detach() -> None:
    """Take the pages away."""
    bpy.utils.unregister_manual_map(manual_map)
