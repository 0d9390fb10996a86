"""What a scene remembers of the panel.

No ``from __future__ import annotations`` here: Blender reads the annotations as they are.
"""

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...core.data.settings import ASSUMED_HEIGHT_M, Settings
from .beside_blend import BESIDE_BLEND
from .model_names import depth_models, face_models, pose_models
from .part_items import BODY_ITEMS, FACE_ITEMS, HAND_ITEMS

_DEFAULTS: Final = Settings()

SOURCE_ITEMS: Final = (
    (
        "FILE",
        "File",
        "A video, a photo, a folder of pictures or a pattern such as shot_####.png",
        "FILE_MOVIE",
        0,
    ),
    (
        "MOVIE_CLIP",
        "Movie Clip",
        "A clip that is open in Blender's Movie Clip editor",
        "TRACKER",
        1,
    ),
)
QUALITY_ITEMS: Final = (
    ("fast", "Fast", "One look at every person and frame; for drafts and slow computers"),
    ("balanced", "Balanced", "Two networks look at every person and frame"),
    ("best", "Best", "Another network looks too, the better one twice, once in a mirror; slowest"),
)
CONTACT_ITEMS: Final = (
    ("auto", "Automatic", "Hold feet where they stand, let them go in steps and jumps"),
    ("always", "Always", "Keep the lowest foot on the floor, also in jumps"),
    ("off", "Off", "Leave feet as they were seen"),
)
GAP_ITEMS: Final = (
    ("unkeyed", "No Keys", "Hide the figure while the person isn't seen for over a second"),
    ("hold", "Hold", "Carry the pose over, however long the person isn't seen"),
)
CAMERA_ITEMS: Final = (
    ("auto", "Automatic", "Follow it from the background: still, turning, zooming or carried"),
    ("still", "Still", "A tripod, whatever moves in the background"),
    ("moving", "Moving", "Carried, wherever that explains what is seen"),
    (
        "given",
        "From Blender",
        "The clip's own solve of the Movie Clip editor, or your keyed scene camera; its size in "
        "metres comes from people",
    ),
)


def quality_property(description: str) -> Any:  # noqa: ANN401 - Blender's property has no type
    """Make a field for the quality."""
    return EnumProperty(
        name="Quality", description=description, items=QUALITY_ITEMS, default=_DEFAULTS.quality
    )


def people_property(description: str) -> Any:  # noqa: ANN401
    """Make a field for the number of people."""
    return IntProperty(
        name="People", description=description, default=_DEFAULTS.max_people, min=1, max=32
    )


class LIMN_PG_settings(bpy.types.PropertyGroup):
    """The panel's fields, saved with the scene."""

    if TYPE_CHECKING:
        source: str
        clip_path: str
        movie_clip: bpy.types.MovieClip | None
        quality: str
        max_people: int
        use_height: bool
        height_m: float
        use_fov: bool
        fov_deg: float
        use_range: bool
        first_frame: int
        last_frame: int
        step: int
        contacts: str
        gaps: str
        hands: str
        face: str
        body: str
        camera: str
        min_confidence: float
        estimator: str
        depth_model: str
        depth_input: str
        face_shapes: str
        replace: bool
        preview_bodies: bool
        preview_gallery: bool
        preview_depth: bool
        has_defaults: bool
    else:
        source: EnumProperty(
            name="Source", description="Where the clip comes from", items=SOURCE_ITEMS
        )
        clip_path: StringProperty(
            name="Clip",
            description="The video or photo to find people in",
            subtype="FILE_PATH",
            options=BESIDE_BLEND,
        )
        movie_clip: PointerProperty(
            name="Movie Clip",
            description="The open clip to find people in",
            type=bpy.types.MovieClip,
        )
        quality: quality_property("How closely every frame is looked at, against how long it takes")
        max_people: people_property("The most people to keep: those seen longest and largest")
        use_height: BoolProperty(
            name="Known Body Height",
            description="Set the body height, which sets the scale of the scene; otherwise "
            f"everyone is taken to be {ASSUMED_HEIGHT_M:.2f} m tall",
        )
        height_m: FloatProperty(
            name="Body Height (m)",
            description="Body height of everyone in the clip, in metres",
            default=1.75,
            min=0.3,
            max=2.8,
            precision=2,
            step=1,
        )
        use_fov: BoolProperty(
            name="Known Field of View",
            description="Set the camera's field of view; otherwise it is estimated",
        )
        fov_deg: FloatProperty(
            name="Field of View (°)",
            description="Degrees over the picture's longer side; phones have about 65, a 50 mm "
            "lens on full frame 40",
            default=60.0,
            min=5.0,
            max=170.0,
            precision=1,
            step=100,
        )
        use_range: BoolProperty(name="Frame Range", description="Use a part of the clip only")
        first_frame: IntProperty(
            name="First",
            description="First frame of the clip to use, counted from 1",
            default=1,
            min=1,
        )
        last_frame: IntProperty(
            name="Last",
            description="Last frame of the clip to use, counted from 1",
            default=250,
            min=1,
        )
        step: IntProperty(
            name="Step",
            description="Use every so many frames; 1 uses them all",
            default=1,
            min=1,
            soft_max=10,
        )
        contacts: EnumProperty(
            name="Feet",
            description="Whether feet are held on the floor",
            items=CONTACT_ITEMS,
            default=_DEFAULTS.contacts,
        )
        gaps: EnumProperty(
            name="Gaps",
            description="What happens while a person isn't seen",
            items=GAP_ITEMS,
            default=_DEFAULTS.gaps,
        )
        camera: EnumProperty(
            name="Camera",
            description="How the camera moves while it films",
            items=CAMERA_ITEMS,
            default=_DEFAULTS.camera,
        )
        hands: EnumProperty(
            name="Hands",
            description="Whether hands are looked at closely and fingers posed",
            items=HAND_ITEMS,
            default=_DEFAULTS.hands,
        )
        face: EnumProperty(
            name="Face",
            description="Whether faces are looked at closely, for their shapes and the head",
            items=FACE_ITEMS,
            default=_DEFAULTS.face,
        )
        body: EnumProperty(name="Body", description="Whether legs are posed", items=BODY_ITEMS)
        min_confidence: FloatProperty(
            name="Confidence",
            description="Figures that are less sure to be people are passed over",
            default=_DEFAULTS.min_confidence,
            min=0.01,
            max=0.99,
            subtype="FACTOR",
        )
        estimator: StringProperty(
            name="Estimator",
            description="What finds people's joints: blazepose; centernet-depth, keypoints on a "
            "depth network's map; as-published and flat, to compare with; or an installed pose "
            "model of the preferences",
            default=_DEFAULTS.estimator,
            search=pose_models,
            search_options={"SUGGESTION"},
        )
        depth_model: StringProperty(
            name="Depth Network",
            description="A MiDaS-like network whose depth joins any estimator: an installed model "
            "of the preferences or the path of a .onnx file; empty for none",
            search=depth_models,
            search_options={"SUGGESTION"},
        )
        depth_input: StringProperty(
            name="Depth Input",
            description="How the depth network is fed, where its file differs from what is known "
            "of it, such as size=384,normalise=half,channels=bgr,sense=metric; empty as it is",
        )
        face_shapes: StringProperty(
            name="Face Shapes",
            description="A network that tells all of ARKit's shapes of a face: an installed model "
            "of the preferences; empty for Limn's own reader",
            search=face_models,
            search_options={"SUGGESTION"},
        )
        preview_bodies: BoolProperty(
            name="Preview With Bodies",
            description="Draw everybody's body over the footage in the preview, not their bones",
        )
        preview_gallery: BoolProperty(
            name="Preview as Gallery",
            description="Draw people as coloured sticks before a photo wall, on tiles",
        )
        preview_depth: BoolProperty(
            name="Preview on Depth",
            description="Show the depth network's map in the footage's place: near is bright",
        )
        replace: BoolProperty(
            name="Replace Earlier Run",
            description="Remove what an earlier run of the same clip made in this scene; otherwise "
            "the new figures are added beside it",
            default=True,
        )
        has_defaults: BoolProperty(
            name="Has Defaults",
            description="Whether the scene was given the defaults of the preferences",
            options={"HIDDEN"},
        )


CLASSES = (LIMN_PG_settings,)


def settings_of(scene: bpy.types.Scene) -> LIMN_PG_settings:
    """Return the panel's fields of ``scene``."""
    return scene.limn


def attach() -> None:
    """Hang the fields on scenes; their class is registered."""
    bpy.types.Scene.limn = PointerProperty(
        name="Limn", description="The settings of Limn's runs", type=LIMN_PG_settings
    )


def detach() -> None:
    """Take the fields off again."""
    del bpy.types.Scene.limn
