"""The extension's preferences: defaults of new scenes, the folder of takes, the self-test."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.app.handlers import persistent
from bpy.props import EnumProperty, FloatProperty, StringProperty

from ...core.bodies.smplx_model import SmplxModel, load_smplx
from ...core.data.errors import OutputError
from ...core.data.settings import Settings
from ...core.data.take_file import take_id
from ...core.data.writing import Unfinished
from ...scene.keeping.packed import MOST_MB, is_unpacked
from ...scene.keeping.take_link import pack_takes
from ..help.manual import draw_help
from ..models.model_list import PACKAGE, draw_models
from ..run.props import run_of
from ..tab.wrapping import draw_wrapped
from .props import people_property, quality_property, settings_of

GENDER_ITEMS: Final = (
    ("neutral", "Neutral", "SMPLX_NEUTRAL.npz"),
    ("male", "Male", "SMPLX_MALE.npz"),
    ("female", "Female", "SMPLX_FEMALE.npz"),
)
DEVICE_ITEMS: Final = (
    ("auto", "Automatic", "A graphics card that answers as the processor does, and sooner"),
    ("cpu", "Processor", "The same numbers on every machine"),
    ("cuda", "NVIDIA CUDA", "With a build of ONNX Runtime for CUDA"),
    ("rocm", "AMD ROCm", "With a build of ONNX Runtime for ROCm"),
    ("migraphx", "AMD MIGraphX", "With a build of ONNX Runtime for MIGraphX"),
    ("directml", "DirectML", "With a build of ONNX Runtime for DirectML"),
    ("coreml", "Core ML", "Part of ONNX Runtime for macOS"),
    ("webgpu", "WebGPU", "With the plug-in onnxruntime-ep-webgpu"),
    ("openvino", "OpenVINO", "With the plug-in onnxruntime-ep-openvino"),
    ("tensorrt-rtx", "TensorRT RTX", "With the plug-in onnxruntime-ep-nv-tensorrt-rtx"),
)
SUFFIX: Final = ".take.npz"
"""What every take file's name ends with."""


class LIMN_AP_preferences(bpy.types.AddonPreferences):
    """Shown under Edit, Preferences, Add-ons, Limn."""

    bl_idname = PACKAGE

    if TYPE_CHECKING:
        quality: str
        max_people: int
        device: str
        take_folder: str
        pack_mb: float
        smplx_path: str
        smplx_gender: str
    else:
        quality: quality_property("Quality that new scenes start with")
        max_people: people_property("Number of people that new scenes start with")
        device: EnumProperty(
            name="Networks Run On",
            description="What the larger networks run on; what answers otherwise than the "
            "processor, fails or isn't here leaves them on the processor",
            items=DEVICE_ITEMS,
            default=Settings().device,
        )
        take_folder: StringProperty(
            name="Takes",
            description="Folder for the takes that runs write; empty writes them beside the clip, "
            "or into Limn's own folder where the clip's can't be written",
            subtype="DIR_PATH",
        )
        pack_mb: FloatProperty(
            name="Keep in .blend (MB)",
            description="Takes up to this size are kept in the .blend itself too, for when their "
            "file is gone; 0 keeps none",
            default=MOST_MB,
            min=0.0,
            max=500.0,
            precision=0,
        )
        smplx_path: StringProperty(
            name="SMPL-X",
            description="Your own SMPL-X model, a .npz or the folder of them, as everybody's body; "
            "empty gives everybody Limn's free body",
            subtype="FILE_PATH",
        )
        smplx_gender: EnumProperty(
            name="SMPL-X Model",
            description="Which model of a SMPL-X folder to use",
            items=GENDER_ITEMS,
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields, the self-test button and its findings."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "quality")
        layout.prop(self, "max_people")
        layout.prop(self, "device")
        layout.prop(self, "take_folder")
        layout.prop(self, "pack_mb")
        layout.prop(self, "smplx_path")
        if self.smplx_path:
            layout.prop(self, "smplx_gender")
        run = run_of(context.window_manager)
        row = layout.row()
        row.operator("limn.self_test", icon="CHECKMARK")
        if run.is_running:
            row.label(text=run.text, icon="SORTTIME")
        for line in run.checks:
            draw_wrapped(layout, context, line.text, line.icon)
        draw_models(layout, context)
        draw_help(layout)


CLASSES = (LIMN_AP_preferences,)


def preferences(context: bpy.types.Context) -> LIMN_AP_preferences:
    """Return the extension's preferences."""
    return context.preferences.addons[PACKAGE].preferences


def users_model(context: bpy.types.Context) -> SmplxModel | None:
    """Read the SMPL-X model of the preferences; None when none is chosen. Raises ModelError."""
    chosen = preferences(context)
    if not chosen.smplx_path:
        return None
    return load_smplx(bpy.path.abspath(chosen.smplx_path), chosen.smplx_gender)


def take_path(context: bpy.types.Context, clip: Path) -> Path:
    """Choose where the take of ``clip`` goes: the chosen folder, beside the clip, or Limn's own."""
    chosen = preferences(context).take_folder
    name = f"{clip.stem.rstrip('#_-. ') or 'clip'}{SUFFIX}"
    if chosen:
        return Path(bpy.path.abspath(chosen)) / name
    if _is_writable(clip.parent):
        return clip.parent / name
    return Path(bpy.utils.extension_path_user(PACKAGE, path="takes", create=True)) / name


def fresh_take(take: Path) -> Path:
    """A file beside ``take``, or where ``folder_of`` says, that nobody has: walk.take.npz,
    walk (2).take.npz, and so on."""
    folder = folder_of(take)
    path, number = folder / (take_stem(take) + SUFFIX), 1
    while os.path.lexists(path):
        number += 1
        path = folder / f"{take_stem(take)} ({number}){SUFFIX}"
    return path


def beside_take(take: Path, suffix: str) -> Path:
    """A file that belongs to a take: walk.take.npz gives walk.depth.pc2.

    In a folder that isn't the take's own, takes of one name from several places meet: there its
    name tells which take it is made of.
    """
    folder, stem = folder_of(take), take.name.removesuffix(".npz").removesuffix(".take")
    if folder != take.parent and (mark := take_id(take)[:8]):
        stem = f"{stem}.{mark}"
    return folder / (stem + suffix)


def folder_of(take: Path) -> Path:
    """Where files go that are made of ``take``: to it; to the .blend, or else Limn's own folder,
    where it was kept in the .blend or lies where nobody may write."""
    folder = take.parent
    if is_unpacked(take) or (folder.is_dir() and not _is_writable(folder)):
        return _lasting_folder()
    return folder


def keep_takes(context: bpy.types.Context) -> None:
    """Keep takes in the open file, up to the size that the preferences tell."""
    pack_takes(preferences(context).pack_mb)


def _lasting_folder() -> Path:
    beside = Path(bpy.data.filepath).parent
    if bpy.data.filepath and _is_writable(beside):
        return beside
    return Path(bpy.utils.extension_path_user(PACKAGE, path="takes", create=True))


def take_stem(take: Path) -> str:
    """What all takes of a clip begin with: walk for walk (2).take.npz."""
    return re.sub(r" \(\d+\)$", "", take.name.removesuffix(".npz").removesuffix(".take"))


def _is_writable(folder: Path) -> bool:
    # os.access says yes to read-only shares on Windows; only trying tells.
    try:
        Unfinished(folder / "probe").drop()
    except (OSError, OutputError):
        return False
    return True


def give_defaults() -> None:
    """Start the scenes that never had Limn's defaults with those of the preferences."""
    chosen = preferences(bpy.context)
    for scene in bpy.data.scenes:
        settings = settings_of(scene)
        if not settings.has_defaults and scene.library is None:
            settings.quality, settings.max_people = chosen.quality, chosen.max_people
            settings.has_defaults = True


@persistent
def _after_load(_path: str) -> None:
    give_defaults()


def attach() -> None:
    """Give defaults after every load, and once now: while add-ons are enabled there is no data."""
    bpy.app.handlers.load_post.append(_after_load)
    bpy.app.timers.register(give_defaults, first_interval=0.0)


def detach() -> None:
    """Undo ``attach``."""
    bpy.app.handlers.load_post.remove(_after_load)
    if bpy.app.timers.is_registered(give_defaults):
        bpy.app.timers.unregister(give_defaults)
