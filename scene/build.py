"""A take becomes a scene: armatures with actions, the camera, the clip behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.bodies.person_colours import linear, person_srgb
from ..core.bodies.smplx_model import SmplxModel
from ..core.data.footage.places import name_of
from ..core.data.safe_text import MOST_OF_A_NAME, showable
from ..core.data.types import Person, Take
from ..core.geometry.camera import fov_doubt
from ..core.importing.motion import MOTION_SUFFIXES
from .camera import (
    key_shots,
    make_camera,
    set_resolution,
    show_clip_behind,
    start_of_users_clip,
)
from .earlier.giving_way import giving_way, made_from, own_of
from .figures.animation import animate
from .figures.armature import draw_bones, make_armature
from .figures.body import add_body, add_smplx_body
from .figures.faces import animate_expressions, animate_face
from .figures.record import CLIP_KEY, write_record
from .keeping.body_edits import mark_mesh
from .keeping.camera_made import mark_camera
from .keeping.edited import MADE_KEY, mark_as_made
from .keeping.take_link import link_take
from .stage import setup as stage
from .timeline import Timeline, set_timeline
from .units import units_per_metre
from .views import build_views


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was made and what was replaced, by name; sentences for the person."""

    collection: str
    armatures: tuple[str, ...]
    camera: str
    replaced: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def build_take(
    context: bpy.types.Context,
    take: Take,
    *,
    take_path: str,
    replace: bool = True,
    with_body: bool = True,
    smplx: SmplxModel | None = None,
    start: int | None = None,
    with_stage: bool = True,
) -> BuildReport:
    """Build ``take`` into ``context.scene`` under one collection and return what was made.

    With ``replace`` the objects that an earlier run of the same clip made in this scene give way to
    the new ones, as ``earlier.giving_way`` says; nothing else does; without, another numbered
    collection is added. ``with_body`` gives every person a mesh on their armature, the user's own
    ``smplx`` model if one is given. The take begins at the scene's frame ``start``; by default
    where the user's own Movie Clip of the footage has it, which isn't moved, and the scene's first
    frame if there is none. A new scene, and only that, is set up for rendering too unless
    ``with_stage`` is off.
    """
    scene = context.scene
    is_stage = with_stage and with_body and stage.is_new(scene)
    posed = _leave_modes(context)
    with giving_way(scene, take.clip.path, replace=replace) as earlier:
        collection = _open_collection(scene, take.clip.path, replace)
        if start is None:
            start = start_of_users_clip(take)
        timeline, notes = set_timeline(scene, take, start)
        armatures = _build_people(context, take, collection, timeline)
        for number, (armature, person) in enumerate(zip(armatures, take.people, strict=True)):
            _label(armature, person, take, take_path)
            write_record(armature, number, person, take, timeline)
            if with_body:
                _build_body(context, armature, person, number, timeline, smplx)
        is_first = is_stage and not scene.get(stage.STAGE_KEY)
        leads = scene.camera is None or is_first or _is_filmed(take)
        camera, camera_notes, warnings = _build_camera(
            scene, take, collection, timeline, leads=leads
        )
        warnings += build_views(scene, take, collection, timeline)
        if is_stage:
            stage.set_up(scene, take, collection, camera)
        earlier.made = [*armatures, camera]
    if earlier.names:
        notes.insert(0, f"Replaced what an earlier run made: {', '.join(earlier.names)}.")
    notes += [*map(kept_note, earlier.kept), *earlier.notes]
    _select(context, armatures, posed)
    scene.frame_set(timeline.start)
    return BuildReport(
        collection=collection.name,
        armatures=tuple(armature.name for armature in armatures),
        camera=camera.name,
        replaced=tuple(earlier.names),
        notes=tuple(showable(note) for note in (*notes, *camera_notes)),
        warnings=tuple(showable(warning) for warning in (*take.warnings, *warnings)),
    )


def _build_people(
    context: bpy.types.Context, take: Take, collection: bpy.types.Collection, timeline: Timeline
) -> list[bpy.types.Object]:
    return [
        _build_person(context, person, number, collection, timeline)
        for number, person in enumerate(take.people)
    ]


def _build_person(
    context: bpy.types.Context,
    person: Person,
    number: int,
    collection: bpy.types.Collection,
    timeline: Timeline,
) -> bpy.types.Object:
    armature = make_armature(context, person, number, collection)
    armature.scale = (units_per_metre(context.scene),) * 3
    animate(armature, person, timeline)
    armature[MADE_KEY] = armature.data[MADE_KEY] = True
    mark_as_made(armature)
    return armature


def _build_body(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    person: Person,
    number: int,
    timeline: Timeline,
    smplx: SmplxModel | None,
) -> None:
    colour = linear(person_srgb(number))
    if smplx is None:
        body = add_body(context, armature, person, colour)
    else:
        body = add_smplx_body(context, armature, person, colour, smplx)
    body[MADE_KEY] = body.data[MADE_KEY] = True
    mark_mesh(body.data)
    draw_bones(armature, in_front=False)  # people first; who wants bones asks for them
    if smplx is None:
        animate_face(body, person, timeline)
    else:
        animate_expressions(body, person, timeline, smplx)


def _build_camera(
    scene: bpy.types.Scene,
    take: Take,
    collection: bpy.types.Collection,
    timeline: Timeline,
    *,
    leads: bool,
) -> tuple[bpy.types.Object, list[str], list[str]]:
    """The take's camera, the scene's own from now on if it ``leads``; notes and warnings."""
    unit = units_per_metre(scene)
    camera = make_camera("Limn Camera", take.camera, unit)
    camera[MADE_KEY] = camera.data[MADE_KEY] = True
    collection.objects.link(camera)
    key_shots(camera, take, timeline, unit)
    mark_camera(camera)
    if not leads:
        return camera, [], []
    notes = set_resolution(scene, take.camera)
    doubt = fov_doubt(take.camera, moves=len(take.turns) > 0)
    if doubt is not None:
        notes.append(doubt.says())
    if scene.camera is not None:
        notes.append(f"{camera.name} replaces {scene.camera.name} as the scene's camera.")
    scene.camera = camera
    return camera, notes, show_clip_behind(camera, take.clip, timeline)


def _is_filmed(take: Take) -> bool:
    """Whether people were seen through the take's camera. Of motion that another tool wrote it may
    be a guess, for which no scene gives up its own."""
    is_motion = Path(take.clip.path).suffix.lower() in MOTION_SUFFIXES
    return not is_motion or any(person.xy_score.any() for person in take.people)


def _label(armature: bpy.types.Object, person: Person, take: Take, take_path: str) -> None:
    link_take(armature, take_path)
    armature["limn_clip"] = take.clip.path
    armature["limn_height_m"] = person.height_m
    armature["limn_report"] = json.dumps(take.report)


def _leave_modes(context: bpy.types.Context) -> list[int]:
    """Leave whatever mode there is; returns whom somebody poses, by their numbers in the session,
    the active one first."""
    active, objects = context.view_layer.objects.active, context.view_layer.objects
    if active is None or active.mode == "OBJECT":
        return []
    posed = [one.session_uid for one in objects if one != active and one.mode == "POSE"]
    is_posed = active.mode == "POSE"  # other modes have an undo of their own: nobody is put back
    bpy.ops.object.mode_set(mode="OBJECT")
    return [active.session_uid, *posed] if is_posed else []


def _select(
    context: bpy.types.Context, armatures: list[bpy.types.Object], posed: list[int]
) -> None:
    """Select what was made, unless somebody is posing something else."""
    layer = context.view_layer
    there = {one.session_uid: one for one in layer.objects}
    chosen = [there[uid] for uid in posed if uid in there]
    is_posing = bool(chosen)
    # A reused collection may be hidden, and what a view layer lacks can't be selected in it.
    chosen = chosen or [one for one in armatures if one.name in layer.objects]
    for other in list(layer.objects):
        if other.select_get() != (other in chosen):
            other.select_set(other in chosen)
    layer.objects.active = chosen[0] if chosen else None
    if is_posing and bpy.ops.object.mode_set.poll():
        bpy.ops.object.mode_set(mode="POSE")


def kept_note(action: str) -> str:
    """The sentence on an action that somebody had edited."""
    return f"Your edits stay in the action '{action}'; the new motion is on an action beside it."


def _open_collection(scene: bpy.types.Scene, clip_path: str, reuse: bool) -> bpy.types.Collection:
    own = own_of(scene, clip_path)
    if reuse and own:
        return own[0]
    count = len(made_from(scene, clip_path))
    number = f" {count + 1}" if count else ""
    name = showable(name_of(clip_path), MOST_OF_A_NAME)
    collection = bpy.data.collections.new(f"Limn \N{EN DASH} {name}{number}")
    collection[CLIP_KEY] = clip_path
    scene.collection.children.link(collection)
    return collection
