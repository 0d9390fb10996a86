"""A face's shapes as expressions of a user's own SMPL-X model, made up here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from limn.core.bodies.smplx_face import expressions_of, load_moves
from limn.core.bodies.smplx_model import SmplxModel, load_smplx
from limn.core.data.errors import ModelError
from limn.core.data.faces.shapes import FACE_SHAPES, shape
from limn.core.data.settings import Settings
from limn.core.formats.amass import export_amass
from limn.core.formats.asked import Asked
from limn.core.pipeline.estimate import estimate
from limn.core.pipeline.networks import Networks
from limn.tools.jobs import finished

sys.path.insert(0, str(Path(__file__).parent))
from smplx_file import smplx_arrays, write_smplx
from synthetic import watch
from synthetic_motion import walking

SMILE = [shape("mouthSmileLeft"), shape("mouthSmileRight")]


def _model(folder: Path) -> SmplxModel:
    """A model with landmarks at 51 triangles of its own, whose first expression is a smile and
    whose second one lifts all landmarks."""
    arrays = smplx_arrays(betas=10, expressions=10, with_pose=False)
    faces = np.arange(0, 51 * 20, 20)
    arrays["lmk_faces_idx"] = faces.astype(np.int64)
    corners = arrays["f"][faces].astype(int)
    expressions = np.zeros((len(arrays["v_template"]), 3, 2))
    smile = load_moves()[SMILE].sum(0) * [1, -1, -1]
    expressions[corners[:, 0], :, 0] = smile
    expressions[corners[:, 0], 1, 1] = 0.01
    arrays["shapedirs"][:, :, 10:] = 0
    arrays["shapedirs"][:, :, 10:12] = expressions
    return load_smplx(write_smplx(folder, arrays))


def _weights(**shares: float) -> np.ndarray:
    weights = np.zeros((1, 52), np.float32)
    for name, share in shares.items():
        weights[0, shape(name)] = share
    return weights


def test_moves_are_of_the_shapes_that_are_told_and_go_the_right_way() -> None:
    moves = load_moves()
    moving = {FACE_SHAPES[k] for k in np.flatnonzero(np.abs(moves).max((1, 2)))}
    assert {"jawOpen", "mouthSmileLeft", "eyeBlinkRight"} <= moving
    assert "cheekPuff" not in moving
    # The lower lip down, in a head's axes; corners of the mouth outwards.
    assert moves[shape("jawOpen"), 57 - 17, 1] > 0.008
    assert moves[shape("mouthSmileLeft"), 54 - 17, 0] > 0.002
    assert moves[shape("mouthSmileRight"), 48 - 17, 0] < -0.002


def test_a_smile_becomes_the_expression_that_smiles(tmp_path: Path) -> None:
    model = _model(tmp_path)
    told = expressions_of(model, _weights(mouthSmileLeft=1.0, mouthSmileRight=1.0))
    assert told.shape == (1, 10)
    assert 0.8 < told[0, 0] <= 1.0
    assert np.abs(told[0, 1:]).max() < 0.25
    # The jaw's joint opens the mouth; no expression does so too.
    assert np.abs(expressions_of(model, _weights(jawOpen=1.0))).max() == 0


def test_a_model_without_landmarks_or_expressions_has_none(tmp_path: Path) -> None:
    arrays = smplx_arrays(betas=10, expressions=10, with_pose=False)
    del arrays["lmk_bary_coords"]
    plain = load_smplx(write_smplx(tmp_path, arrays))
    assert expressions_of(plain, _weights(mouthSmileLeft=1.0)).shape == (1, 0)


def test_landmarks_beyond_the_mesh_are_refused(tmp_path: Path) -> None:
    arrays = smplx_arrays(betas=10, expressions=10, with_pose=False)
    arrays["lmk_faces_idx"] = np.full(51, 10**6)
    with pytest.raises(ModelError, match="faces that the mesh doesn't have"):
        load_smplx(write_smplx(tmp_path, arrays))


def test_amass_files_have_the_jaw_and_the_expressions(tmp_path: Path) -> None:
    clip = watch(walking(seconds=0.5))
    take = finished(estimate(clip.source(), Networks(clip.detector(), (clip.model(),)), Settings()))
    person = take.people[0]
    weights = np.repeat(_weights(mouthSmileLeft=0.5, mouthSmileRight=0.5), len(person.frames), 0)
    smiling = replace(take, people=(replace(person, face_weights=weights),))
    path = tmp_path / "a.amass.npz"
    asked = Asked(smiling, list(enumerate(smiling.people)), path, smplx=_model(tmp_path))
    export_amass(asked)
    with np.load(path) as file:
        assert file["expression"].shape == (len(person.frames), 10)
        assert file["expression"][0, 0] > 0.4
    export_amass(Asked(take, list(enumerate(take.people)), path, smplx=_model(tmp_path)))
    with np.load(path) as file:
        assert "expression" not in file.files
