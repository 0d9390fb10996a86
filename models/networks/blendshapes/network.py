"""ARKit's shapes of a face by Google's blendshape network: a file that a user brings.

The network is in MediaPipe's face_landmarker.task, a zip. It reads 146 of the 478 points of a face
mesh with irises, in pixels, and takes their place and size out itself. Points, names and their
order are those of MediaPipe 0.10.21, face_blendshapes_graph.cc.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from ....core.data.arrays import F32, F64, Floats
from ....core.data.errors import ModelError
from ....core.data.faces.mesh import BLENDSHAPE_POINTS, rows_of
from ....core.data.faces.shapes import FACE_SHAPES, shape
from ...user.library import Library, default_folder
from .graph import Graph, read_graph

_MEMBER: Final = "face_blendshapes.tflite"
_MOST_BYTES: Final = 16 << 20
_IRIS: Final = 10
"""Points of both irises, which follow the mesh's."""
_POINTS: Final = len(BLENDSHAPE_POINTS) + _IRIS
_TOLD: Final = (
    *("", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight"),
    *("eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft"),
    *("eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight"),
    *("eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight", "mouthClose"),
    *("mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft"),
    *("mouthPressRight", "mouthPucker", "mouthRight", "mouthRollLower", "mouthRollUpper"),
    *("mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft", "mouthSmileRight"),
    *("mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
"""What the network tells, in its order; the first says that a face rests."""
_COLUMNS: Final = {
    at: shape(name)
    for at, name in enumerate(_TOLD)
    if name and not name.startswith("eyeLook")  # the irises are guessed, so they tell nothing
}
_RIGHT_EYE: Final = rows_of(
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
)
_LEFT_EYE: Final = rows_of(
    (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
)
"""The lids' edges round from the outer corner over the upper lid; the inner one is half way."""
_IRIS_RADIUS: Final = 0.19
"""Of an eye's width: an iris is 11.7 mm wide, an eye 30; the mesh with irises has .17 to .2."""
_ROUND: Final = np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]])
"""Centre, right, top, left and bottom of an iris, as the mesh counts them in the picture."""


class BlendshapeNetwork:
    """Implements ``core.faces.seen.ShapeModel``."""

    def __init__(self, name: str, graph: Graph) -> None:
        if np.prod(graph.entry_shape) != 2 * _POINTS or np.prod(graph.exit_shape) != len(_TOLD):
            raise ModelError(f"{graph.source} is another network than the one for ARKit's shapes.")
        self.name = name
        self._graph = graph

    def shapes(self, mesh_px: Floats) -> F32:
        """Weights (t, 52) in [0, 1] of ``FACE_SHAPES``, of the kept points (t, n, 2) of meshes in
        pixels; where eyes look isn't told. Raises ModelError when the file isn't right."""
        out = np.zeros((len(mesh_px), len(FACE_SHAPES)), np.float32)
        entered = _entered(mesh_px).astype(np.float32)
        for weights, points in zip(out, entered, strict=True):
            told = self._graph.run(points.reshape(self._graph.entry_shape)).reshape(-1)
            if not np.isfinite(told).all():
                raise ModelError(f"{self._graph.source} tells numbers that aren't finite.")
            weights[list(_COLUMNS.values())] = told[list(_COLUMNS)]
        return np.clip(out, 0, 1)


def _entered(mesh_px: Floats) -> F64:
    """What the network reads (t, 146, 2): its points, and irises where eyes look straight ahead."""
    mesh = np.asarray(mesh_px, np.float64)
    irises = [_iris(mesh[:, eye]) for eye in (_RIGHT_EYE, _LEFT_EYE)]
    return np.concatenate([mesh[:, rows_of(BLENDSHAPE_POINTS)], *irises], axis=1)


def _iris(lids: Floats) -> F64:
    width = np.linalg.norm(lids[:, 0] - lids[:, 8], axis=-1)[:, None, None]
    return lids.mean(1, keepdims=True) + _IRIS_RADIUS * width * _ROUND


def open_task(path: Path, name: str) -> BlendshapeNetwork:
    """The network in MediaPipe's ``face_landmarker.task``. Raises ModelError."""
    try:
        return _opened(path.read_bytes(), f"The network {path}", name)
    except OSError as error:
        raise ModelError(f"The network {path} can't be read: {error.strerror}.") from error


def open_blendshapes(name: str, library: Library | None = None) -> BlendshapeNetwork:
    """An installed model of the job "face". Raises ModelError for another, SettingsError for a name
    that nobody has."""
    library = library or Library(default_folder())
    descriptor, content = library.open_model(name)
    if descriptor.job != "face":
        raise ModelError(f"The model '{name}' is not one for faces; --face-shapes takes those.")
    return _opened(content, f"The network {library.file_of(name)}", name)


def _opened(content: bytes, source: str, name: str) -> BlendshapeNetwork:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if archive.getinfo(_MEMBER).file_size > _MOST_BYTES:
                raise ModelError(f"{source} holds a {_MEMBER} that is too large.")
            graph = archive.read(_MEMBER)
    except KeyError as error:
        raise ModelError(f"{source} holds no {_MEMBER}; it needs face_landmarker.task.") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError(f"{source} is no .task of MediaPipe's; get the file again.") from error
    return BlendshapeNetwork(name, read_graph(graph, f"{source}, {_MEMBER},"))
