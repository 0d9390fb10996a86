"""Google's blendshape network: a file of its architecture answers as the plain sums do."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blendshape_file import Mixer
from face_mesh import mean_face
from limn.core.data.errors import ModelError, SettingsError
from limn.core.data.faces.mesh import BLENDSHAPE_POINTS, FACE_SKELETON, rows_of
from limn.core.data.faces.shapes import FACE_SHAPES, shape
from limn.core.data.settings import Settings
from limn.core.faces.seen import ShapeModel
from limn.models.closeups import open_face_shapes
from limn.models.estimators import open_named
from limn.models.networks.blendshapes.graph import read_graph
from limn.models.networks.blendshapes.network import open_blendshapes, open_task
from limn.models.selftest import check_models, try_model
from limn.models.user.descriptor import Descriptor, shipped_descriptors
from limn.models.user.library import Library

NAME = "mediapipe-blendshapes"


def _mesh(frames: int = 3) -> np.ndarray:
    mesh = 100 * np.asarray(mean_face())[:, :2] + 300
    return mesh + np.random.default_rng(1).normal(0, 3, (frames, len(FACE_SKELETON), 2))


def _descriptor(path: Path) -> Descriptor:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return replace(shipped_descriptors()[NAME], sha256=digest, size_bytes=len(content))


def test_a_file_answers_as_the_plain_sums_do() -> None:
    mixer = Mixer()
    graph = read_graph(mixer.file(), "a file")
    for points in np.random.default_rng(2).normal(400, 80, (4, 146, 2)):
        told = graph.run(points.astype(np.float32)[None])
        assert told.shape == (52,)
        assert np.abs(told - mixer.answer(points)).max() < 2e-5


def test_shapes_are_in_arkits_order_and_eyes_look_straight_ahead(tmp_path: Path) -> None:
    mixer, mesh = Mixer(), _mesh()
    network: ShapeModel = open_task(mixer.write(tmp_path / "face_landmarker.task"), NAME)
    told = network.shapes(mesh)
    assert told.shape == (3, 52)
    assert (told >= 0).all()
    assert (told <= 1).all()
    looking = [k for k, name in enumerate(FACE_SHAPES) if name.startswith("eyeLook")]
    assert len(looking) == 8
    assert not told[:, looking].any()
    assert not told[:, shape("tongueOut")].any()  # the network knows none
    rows = rows_of(BLENDSHAPE_POINTS)
    for one, weights in zip(mesh, told, strict=True):
        eyes = [one[rows_of((33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144,
                             163, 7))],
                one[rows_of((263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373,
                             390, 249))]]  # fmt: skip
        irises = []
        for eye in eyes:
            radius = 0.19 * np.linalg.norm(eye[0] - eye[8])
            irises += [eye.mean(0) + radius * np.array(at) for at in
                       ((0, 0), (1, 0), (0, -1), (-1, 0), (0, 1))]  # fmt: skip
        right = mixer.answer(np.concatenate([one[rows], irises]))
        # In MediaPipe's order: 1 browDownLeft, 9 and 10 the blinks, 25 jawOpen, 51 noseSneerRight.
        for at, name in ((1, "browDownLeft"), (9, "eyeBlinkLeft"), (10, "eyeBlinkRight"),
                         (25, "jawOpen"), (38, "mouthPucker"), (51, "noseSneerRight")):  # fmt: skip
            assert weights[shape(name)] == pytest.approx(right[at], abs=2e-5)


def test_place_and_size_of_a_face_change_nothing(tmp_path: Path) -> None:
    network = open_task(Mixer().write(tmp_path / "a.task"), NAME)
    mesh = _mesh(1)
    assert np.allclose(network.shapes(mesh), network.shapes(3 * mesh + [50, -20]), atol=1e-4)


def test_an_installed_file_is_found_by_its_name_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    library = Library(tmp_path / "models")
    path = Mixer().write(tmp_path / "face_landmarker.task")
    library.add_file(path, _descriptor(path), try_model)
    assert library.path_of(NAME).suffix == ".task"
    assert [one.ok for one in check_models(library)] == [True]
    settings = Settings(face_shapes=NAME)
    network = open_face_shapes(settings)
    assert network is not None
    assert network.name == NAME
    assert np.array_equal(network.shapes(_mesh()), open_task(path, NAME).shapes(_mesh()))
    assert open_face_shapes(replace(settings, face="off")) is None
    assert open_face_shapes(Settings()) is None
    with pytest.raises(ModelError, match="tells faces, not poses; give it by --face-shapes"):
        open_named(NAME, "fast", library)
    library.path_of(NAME).write_bytes(b"another")
    with pytest.raises(ModelError):
        open_face_shapes(settings)


def test_only_the_very_file_is_taken(tmp_path: Path) -> None:
    path = Mixer().write(tmp_path / "face_landmarker.task")
    with pytest.raises(ModelError, match=r"not the file|cut short"):
        Library(tmp_path / "models").add_file(path, shipped_descriptors()[NAME], try_model)
    assert not any((tmp_path / "models").glob("[!.]*"))


def test_a_model_that_is_not_there_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path))
    with pytest.raises(ModelError, match=f"limn models download {NAME}"):
        open_face_shapes(Settings(face_shapes=NAME))
    with pytest.raises(SettingsError, match="There is no model 'nobodys'"):
        open_face_shapes(Settings(face_shapes="nobodys"))
    with pytest.raises(ModelError, match="is not one for faces"):
        open_blendshapes("midas-small", _with_depth(Library(tmp_path)))


def _with_depth(library: Library) -> Library:
    """A library in which somebody installed a depth network."""
    content = b"weights"
    depth = replace(
        shipped_descriptors()["midas-small"],
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )
    library.file_of(depth.name).write_bytes(content)
    (library.folder / f"{depth.name}.json").write_text(depth.to_json(), "utf-8")
    return library


@pytest.mark.parametrize("seed", range(40))
def test_damaged_files_are_one_sentence(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    content = bytearray(Mixer().file())
    for _ in range(3):
        least = 0 if seed % 2 else len(content) - 20_000  # half of them where the tables are
        where = int(rng.integers(least, len(content) - 8))
        content[where : where + 8] = rng.bytes(8)
    path = tmp_path / "a.task"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("face_blendshapes.tflite", bytes(content))
    told = _told_or_sentence(path)
    if isinstance(told, str):
        assert "\n" not in told
        assert told.startswith(f"The network {path}")
    else:
        assert np.isfinite(told).all()


def _told_or_sentence(path: Path) -> str | np.ndarray:
    try:
        return open_task(path, NAME).shapes(_mesh(1))
    except ModelError as error:
        return str(error)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, "needs face_landmarker.task"),
        ({"face_blendshapes.tflite": b""}, "damaged or no TensorFlow Lite file"),
        ({"face_blendshapes.tflite": b"\0\0\0\0TFL3"}, "damaged or no TensorFlow Lite file"),
    ],
)
def test_other_archives_are_one_sentence(
    tmp_path: Path, members: dict[str, bytes], told: str
) -> None:
    path = tmp_path / "a.task"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(ModelError, match=told):
        open_task(path, NAME)
    path.write_bytes(b"no zip")
    with pytest.raises(ModelError, match=r"no \.task"):
        open_task(path, NAME)


def test_the_descriptor_says_that_nobody_ran_the_file() -> None:
    own = shipped_descriptors()[NAME]
    assert own.job == "face"
    assert own.can_be_downloaded
    assert not own.checked
    for wrong in ({"file": "a.onnx"}, {"keypoints": "coco17"}, {"job": "pose"}):
        document = json.loads(own.to_json()) | wrong
        with pytest.raises(ModelError):
            _parse(document)


def _parse(document: dict[str, object]) -> Descriptor:
    from limn.models.user.descriptor import parse_descriptor

    return parse_descriptor(json.dumps(document), "mine.json")
