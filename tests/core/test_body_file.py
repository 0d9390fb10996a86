"""The baked body: what it promises to the rest of Limn, and what a damaged file answers."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from limn.core.bodies.body_file import FREE_BODY, load_free_body
from limn.core.data.errors import ModelError
from limn.core.data.skeletons import SMPLX_55, SMPLX_MIRROR, joint


def test_file_is_the_recorded_one() -> None:
    recorded = FREE_BODY.with_suffix(".sha256").read_text().split()[0]
    assert hashlib.sha256(FREE_BODY.read_bytes()).hexdigest() == recorded
    assert FREE_BODY.stat().st_size < 3_000_000


def test_weights_sum_to_one_and_every_joint_moves_something() -> None:
    body = load_free_body()
    np.testing.assert_allclose(body.weight.sum(axis=1), 1.0, atol=1e-6)
    assert set(np.unique(body.weight_joint[body.weight > 0])) == set(range(55))


def test_every_quad_has_four_corners_and_each_edge_at_most_two_quads() -> None:
    quads = load_free_body().quads
    corners = np.sort(quads, axis=1)
    assert (corners[:, 1:] > corners[:, :-1]).all()
    edges = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), axis=1)
    assert np.unique(edges, axis=0, return_counts=True)[1].max() <= 2


def test_skeleton_and_its_sliders_are_symmetric() -> None:
    body = load_free_body()
    for joints in (body.joints, *body.slider_joints):
        mirrored = joints[list(SMPLX_MIRROR)] * [-1, 1, 1]
        np.testing.assert_allclose(joints, mirrored, atol=1e-5)


def test_sliders_do_what_their_names_say() -> None:
    body = load_free_body()
    names = dict(zip(body.sliders, body.slider_xyz, strict=True))
    assert set(names) == {"height", "weight", "muscle", "proportions", "sex", "age"}
    grown = np.ptp((body.xyz + names["height"])[:, 1]) - np.ptp(body.xyz[:, 1])
    assert 0.05 < grown < 0.2

    def waist_m(xyz: np.ndarray) -> float:
        trunk = body.weight_joint[:, 0] == 3
        return float(np.ptp(xyz[trunk, 2]))

    assert waist_m(body.xyz + names["weight"]) > 1.1 * waist_m(body.xyz)


def test_face_units_have_the_names_of_the_blendshapes() -> None:
    units = load_free_body().face_units
    assert len(units) == 52
    assert {"jawOpen", "eyeBlinkLeft", "mouthSmileRight", "tongueOut"} <= set(units)
    assert all(np.abs(unit.xyz).max() < 0.06 for unit in units.values())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.npz", FREE_BODY.read_bytes()[:50_000]),
        ("empty.npz", b""),
        ("text.npz", b"not a body"),
    ],
)
def test_damaged_file_is_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged or not a Limn body; install Limn again"):
        load_free_body(path)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is missing"):
        load_free_body(tmp_path / "none.npz")


@pytest.mark.parametrize("key", ["weight", "slider_joints", "quads", "unit_xyz"])
def test_missing_and_wrong_arrays_are_refused(tmp_path: Path, key: str) -> None:
    with np.load(FREE_BODY) as npz:
        arrays = {name: npz[name] for name in npz.files}
    for number, changed in enumerate((None, arrays[key][:-1], np.array([None], object))):
        path = tmp_path / f"{number}.npz"
        rest = {name: value for name, value in arrays.items() if name != key}
        np.savez(path, **(rest if changed is None else {**rest, key: changed}))
        with pytest.raises(ModelError):
            load_free_body(path)


def test_skin_is_bare_on_head_and_hands_only() -> None:
    """Everything else is covered by clothes, and nothing lies hidden under it."""
    body = load_free_body()
    skin = np.unique(body.quads[body.material == body.materials.index("skin")])
    leading = {SMPLX_55[j] for j in np.unique(body.weight_joint[skin, 0])}
    trunk_and_legs = {"pelvis", "spine1", "spine2", "hip", "knee", "ankle", "foot", "shoulder"}
    assert (
        not {name.removeprefix("left_").removeprefix("right_") for name in leading} & trunk_and_legs
    )


def test_shoes_and_belt_end_in_clean_rings() -> None:
    body = load_free_body()
    numbers = {name: n for n, name in enumerate(body.materials)}
    edges: dict[tuple[int, int], set[int]] = {}
    for quad, material in zip(body.quads.tolist(), body.material.tolist(), strict=True):
        for a, b in zip(quad, quad[1:] + quad[:1], strict=True):
            edges.setdefault((min(a, b), max(a, b)), set()).add(material)
    rings = ((("shoes", "trousers"), 36, 0.015), (("shirt", "trousers"), 36, 0.06))
    for pair, count, spread_m in rings:
        border = [e for e, found in edges.items() if found == {numbers[name] for name in pair}]
        ends = Counter(vertex for edge in border for vertex in edge)
        assert set(ends.values()) == {2}, f"{pair}: no branch and no loose end"
        heights = body.xyz[sorted(ends), 1]
        assert np.ptp(heights) < spread_m, f"{pair}: no teeth"
        assert len(border) == count, "as short as the mesh allows"


def test_sleeves_end_on_forearms_whatever_hands_do() -> None:
    body = load_free_body()
    shirt, skin = (
        np.unique(body.quads[body.material == body.materials.index(name)])
        for name in ("shirt", "skin")
    )
    for side, sign in (("left", 1.0), ("right", -1.0)):
        wrist = body.joints[joint(f"{side}_wrist")]
        past = sign * (body.xyz[:, 0] - wrist[0])
        sleeve = shirt[(past[shirt] > -0.06) & (sign * body.xyz[shirt, 0] > 0.2)]
        assert len(sleeve) >= 12
        assert past[sleeve].max() < 0, "hands begin where sleeves have ended"
        moves = {SMPLX_55[j] for j in np.unique(body.weight_joint[sleeve][body.weight[sleeve] > 0])}
        assert moves <= {f"{side}_elbow", f"{side}_shoulder"}
        under = skin[(past[skin] < past[sleeve].max() - 0.02) & (sign * body.xyz[skin, 0] > 0.2)]
        assert len(under), "skin goes on under the cuff"


def test_soles_lie_where_the_solver_puts_the_floor() -> None:
    body = load_free_body()
    for side in ("left", "right"):
        ball = body.joints[SMPLX_55.index(f"{side}_foot"), 1]
        assert ball - body.xyz[:, 1].min() == pytest.approx(0.020, abs=1e-4)
