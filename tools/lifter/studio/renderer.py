"""Draws skinned, textured meshes with OpenGL, without a screen: a sun with shadows, a sky, a lamp.

Mesa's software rasteriser is enough: a picture of 512 x 512 takes some 30 ms on one core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import moderngl
import numpy as np

from ....core.data.arrays import F32, U8, Floats
from ....core.data.types import Camera
from .wardrobe import Part

NOBODY: Final = -1.0
_SHADOW_PX: Final = 1024
_NEAR_M, _FAR_M = 0.1, 60.0
_TEXTURE_PX: Final = 512
_JOINTS: Final = 55

_VERTEX: Final = """
#version 330
in vec3 in_xyz; in vec3 in_normal; in vec2 in_uv;
uniform mat4 view;
uniform mat4 light;
out vec3 world; out vec3 normal; out vec2 uv; out vec4 lit; out float depth;
void main() {
    world = in_xyz;
    normal = in_normal;
    uv = in_uv;
    lit = light * vec4(world, 1.0);
    gl_Position = view * vec4(world, 1.0);
    depth = gl_Position.w;
}
"""
_COLOURS: Final = """
#version 330
in vec3 world; in vec3 normal; in vec2 uv; in vec4 lit;
uniform sampler2D colours; uniform sampler2D shadows;
uniform vec3 tint; uniform bool has_holes; uniform vec3 eye;
uniform vec3 sun_way; uniform vec3 sun; uniform vec3 sky; uniform vec3 ground;
uniform vec3 lamp_at; uniform vec3 lamp; uniform float gloss;
out vec4 colour;
float shade() {
    vec3 at = lit.xyz / lit.w * 0.5 + 0.5;
    if (at.x < 0.0 || at.x > 1.0 || at.y < 0.0 || at.y > 1.0) return 1.0;
    float open = 0.0;
    for (int i = 0; i < 2; i++) for (int j = 0; j < 2; j++)
        open += texture(shadows, at.xy + (vec2(i, j) - 0.5) / 700.0).r + 0.004 > at.z ? 0.25 : 0.0;
    return open;
}
void main() {
    vec4 sample = texture(colours, uv);
    if (has_holes && sample.a < 0.5) discard;
    vec3 albedo = pow(sample.rgb, vec3(2.2)) * tint;
    vec3 n = normalize(normal), to_eye = normalize(eye - world);
    if (dot(n, to_eye) < 0.0) n = -n;
    vec3 light = mix(ground, sky, 0.5 + 0.5 * n.z);
    float open = shade();
    light += sun * max(dot(n, sun_way), 0.0) * open;
    vec3 way = lamp_at - world;
    light += lamp * max(dot(n, normalize(way)), 0.0) / (0.5 + dot(way, way));
    vec3 half_way = normalize(sun_way + to_eye);
    vec3 shine = sun * gloss * pow(max(dot(n, half_way), 0.0), 30.0) * open;
    colour = vec4(pow(albedo * light + shine, vec3(1.0 / 2.2)), 1.0);
}
"""
_WHO: Final = """
#version 330
in vec2 uv; in float depth;
uniform sampler2D colours; uniform bool has_holes; uniform float who;
out vec2 found;
void main() {
    if (has_holes && texture(colours, uv).a < 0.5) discard;
    found = vec2(who, depth);
}
"""
_SHADOW: Final = """
#version 330
void main() {}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Lights:
    """Linear red, green, blue of each; ``sun_way`` (3,) points to the sun, ``lamp_at`` metres."""

    sun_way: F32
    sun: F32
    sky: F32
    ground: F32
    lamp_at: F32
    lamp: F32


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A camera in the world: x_camera = R x_world + shift; the colour of what is beyond."""

    camera: Camera
    R: Floats
    shift: Floats
    backdrop: tuple[float, float, float]


@dataclass(slots=True, eq=False)
class _Loaded:
    part: Part
    who: float
    colours: Any
    vertices: Any
    weights: F32
    arrays: tuple[Any, Any, Any]

    def pose(self, bones: F32) -> None:
        """Skin the mesh by ``bones`` (55, 3, 4): one product on the processor, not one a pass."""
        blend = (self.weights @ bones.reshape(_JOINTS, 12)).reshape(-1, 3, 4)
        xyz = np.einsum("vab,vb->va", blend[..., :3], self.part.xyz) + blend[..., 3]
        normal = np.einsum("vab,vb->va", blend[..., :3], self.part.normal)
        self.vertices.write(np.concatenate([xyz, normal], 1).astype(np.float32).tobytes())


class Renderer:
    """One OpenGL context; meshes are loaded for a clip, then drawn frame by frame.

    Raises an exception of moderngl where there is no OpenGL 3.3.
    """

    def __init__(self) -> None:
        how: dict[str, Any] = {"standalone": True, "require": 330, "backend": "egl"}
        self._gl = moderngl.create_context(**how)
        self._colours = self._gl.program(vertex_shader=_VERTEX, fragment_shader=_COLOURS)
        self._who = self._gl.program(vertex_shader=_VERTEX, fragment_shader=_WHO)
        self._shadow = self._gl.program(vertex_shader=_VERTEX, fragment_shader=_SHADOW)
        self._textures: dict[Path | None, moderngl.Texture] = {}
        self._loaded: list[_Loaded] = []
        self._targets: dict[tuple[int, int], tuple[Any, Any]] = {}
        self._shadow_map = self._gl.depth_texture((_SHADOW_PX, _SHADOW_PX))
        self._shadow_target = self._gl.framebuffer(depth_attachment=self._shadow_map)

    def load(self, parts: Sequence[tuple[Part, float]]) -> None:
        """Take these meshes, each with the number of whose it is, instead of the former ones."""
        for old in self._loaded:
            for array in (*old.arrays, old.vertices):
                array.release()
        self._loaded = [self._load(part, who) for part, who in parts]

    def draw(self, shot: Shot, lights: Lights, bones: dict[float, F32]) -> tuple[U8, F32]:
        """The picture (h, w, 3) BGR, and at half the size whose (``NOBODY`` where there is
        nothing) and how far, metres along the camera's axis, each pixel is (h/2, w/2, 2).

        ``bones`` (55, 3, 4) by number; who has none stands as modelled.
        """
        size = shot.camera.size_px
        whole, small = self._targets.get(size) or self._make_targets(size)
        view, light = _projection(shot), _sun_view(lights.sun_way)
        for one in self._loaded:
            if one.who in bones:
                one.pose(bones[one.who])
        self._gl.enable(moderngl.DEPTH_TEST)
        self._shadow_target.clear()
        self._shadow_target.use()
        self._pass(2, self._shadow, light, light)
        whole.use()
        whole.clear(*shot.backdrop, 1.0)
        self._shadow_map.use(1)
        self._light(lights, shot)
        self._pass(0, self._colours, view, light)
        w, h = size
        rgb = np.frombuffer(whole.read(components=3, alignment=1), np.uint8).reshape(h, w, 3)
        small.use()
        small.clear(NOBODY, _FAR_M)
        self._pass(1, self._who, view, light)
        found = np.frombuffer(small.read(components=2, dtype="f4", alignment=1), np.float32)
        return np.ascontiguousarray(rgb[..., ::-1]), found.reshape(h // 2, w // 2, 2)

    def _pass(self, which: int, program: moderngl.Program, view: F32, light: F32) -> None:
        values: Any = program
        _set(program, "view", view)
        _set(program, "light", light)
        # Last come, first drawn: people hide much of the scenery, which then costs less.
        for one in reversed(self._loaded):
            if which < 2:
                one.colours.use(0)
                values["colours"].value = 0
                values["has_holes"].value = one.part.has_holes
            if which == 0:
                values["tint"].value = one.part.tint
                values["gloss"].value = 0.08 if one.who >= 0 else 0.0
            elif which == 1:
                values["who"].value = one.who
            one.arrays[which].render()

    def _light(self, lights: Lights, shot: Shot) -> None:
        for name in ("sun_way", "sun", "sky", "ground", "lamp_at", "lamp"):
            _set(self._colours, name, getattr(lights, name))
        _set(self._colours, "eye", -shot.R.T @ shot.shift)
        program: Any = self._colours
        program["shadows"].value = 1

    def _load(self, part: Part, who: float) -> _Loaded:
        fixed = np.concatenate([part.xyz, part.normal], 1).astype(np.float32)
        vertices = self._gl.buffer(fixed.tobytes(), dynamic=who >= 0)
        uv = self._gl.buffer(part.uv.astype(np.float32).tobytes())
        order = self._gl.buffer(part.triangles.astype(np.int32).tobytes())
        arrays = []
        for program in (self._colours, self._who, self._shadow):
            lit = (
                ("3f 3f", "in_xyz", "in_normal") if "in_normal" in program else ("3f 3x4", "in_xyz")
            )
            content = [(vertices, *lit)]
            if "in_uv" in program:
                content.append((uv, "2f", "in_uv"))
            arrays.append(self._gl.vertex_array(program, content, order))
        weights = np.zeros((len(part.xyz), _JOINTS), np.float32)
        np.put_along_axis(weights, part.weight_joint.astype(int), part.weight, 1)
        colours = self._texture(part.texture)
        return _Loaded(part, who, colours, vertices, weights, tuple(arrays))

    def _texture(self, path: Path | None) -> moderngl.Texture:
        if path not in self._textures:
            rgba = np.full((1, 1, 4), 255, np.uint8)
            if path is not None:
                rgba = _read(path)
            h, w = rgba.shape[:2]
            made = self._gl.texture((w, h), 4, np.ascontiguousarray(rgba).tobytes())
            made.build_mipmaps()
            made.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)
            self._textures[path] = made
        return self._textures[path]

    def _make_targets(self, size: tuple[int, int]) -> tuple[Any, Any]:
        whole = self._gl.framebuffer(
            self._gl.renderbuffer(size, 4), self._gl.depth_renderbuffer(size)
        )
        half = (size[0] // 2, size[1] // 2)
        small = self._gl.framebuffer(
            self._gl.renderbuffer(half, 2, dtype="f4"), self._gl.depth_renderbuffer(half)
        )
        self._targets[size] = (whole, small)
        return self._targets[size]


def _set(program: moderngl.Program, name: str, value: Floats) -> None:
    if name in program:
        member: Any = program[name]
        member.write(np.ascontiguousarray(np.asarray(value, np.float32).T).tobytes())


def _read(path: Path) -> U8:
    """A picture upside down, as OpenGL wants it, reduced, with its transparency."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"{path} can't be read")
    image = cv2.resize(image, (_TEXTURE_PX, _TEXTURE_PX), interpolation=cv2.INTER_AREA)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    code = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return np.asarray(cv2.cvtColor(image, code), np.uint8)[::-1]


def _projection(shot: Shot) -> F32:
    """World to clip space; the picture's first row comes first in memory."""
    (w, h), K = shot.camera.size_px, shot.camera.K
    clip = np.zeros((4, 4))
    clip[0, 0], clip[0, 2] = 2 * K[0, 0] / w, (2 * K[0, 2] + 1) / w - 1
    clip[1, 1], clip[1, 2] = 2 * K[1, 1] / h, (2 * K[1, 2] + 1) / h - 1
    clip[2, 2] = (_FAR_M + _NEAR_M) / (_FAR_M - _NEAR_M)
    clip[2, 3] = -2 * _FAR_M * _NEAR_M / (_FAR_M - _NEAR_M)
    clip[3, 2] = 1
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = shot.R, shot.shift
    return (clip @ pose).astype(np.float32)


def _sun_view(sun_way: Floats) -> F32:
    """World to the sun's view of the four metres about the middle of the stage."""
    z = -sun_way / np.linalg.norm(sun_way)
    x = np.cross(z, [0.1, 0.9, 0.2])
    x /= np.linalg.norm(x)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([x, np.cross(z, x), z])
    pose[:3, 3] = -pose[:3, :3] @ [0.0, 0.0, 1.0]
    return (np.diag([1 / 3.5, 1 / 3.5, 1 / 8.0, 1.0]) @ pose).astype(np.float32)
