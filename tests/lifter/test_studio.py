"""The studio: garments hang where they should, figures move as the motion does, truth is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from limn.core.bodies.body_file import load_free_body
from limn.core.data import solver_points as points
from limn.core.data.arrays import F32, Floats
from limn.core.data.skeletons import joint
from limn.core.data.types import Camera
from limn.core.geometry.rotations import normalize
from limn.tools.lifter.body import JOINTS, TO_POINTS
from limn.tools.lifter.chance import Chance
from limn.tools.lifter.motion import draw_windows, load_motion
from limn.tools.lifter.studio.garments import read_garment
from limn.tools.lifter.studio.puppet import perform
from limn.tools.lifter.studio.wardrobe import MARKS, Dummy, Part
from stick_figures import write_motion

GARMENT = """\
# a comment
obj_file hat.obj
x_scale 0 1 2.0
y_scale 0 1 2.0
z_scale 0 1 2.0
verts 0
material hat.mhmat
2
0 1 2 0.5 0.5 0.0 0.1 0.2 0.3
1
delete_verts
0 2 - 4
"""
MESH = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nf 1/1 2/2 3/3\n"


def dummy() -> Dummy:
    """The free body as a figure, modelled in its zero pose."""
    body = load_free_body()
    weight = np.zeros((len(body.xyz), 55))
    np.put_along_axis(weight, body.weight_joint.astype(int), body.weight.astype(float), 1)
    marks = [0, 1, 2, 3, 4]
    triangles = np.concatenate([body.quads[:, [0, 1, 2]], body.quads[:, [0, 2, 3]]])
    part = Part(
        body.xyz,
        normalize(body.xyz).astype(np.float32),
        np.zeros((len(body.xyz), 2), np.float32),
        body.weight_joint.astype(np.float32),
        body.weight,
        triangles,
        None,
    )
    R = np.tile(np.eye(3), (55, 1, 1))
    joints = body.joints.astype(float)
    return Dummy([part], joints, R, joints, body.xyz[marks].astype(float), weight[marks])


def walking(tmp_path: Path) -> Floats:
    write_motion(tmp_path / "motion.npz")
    motion = load_motion(tmp_path / "motion.npz", "train")
    tree, _ = draw_windows(motion, 1, 20, Chance(3), stretch=False)
    return tree[0]


def test_a_garment_hangs_on_its_vertices_and_grows_with_the_body(tmp_path: Path) -> None:
    (tmp_path / "hat.mhclo").write_text(GARMENT)
    (tmp_path / "hat.obj").write_text(MESH)
    hat = read_garment(tmp_path / "hat.mhclo")
    body = np.array([[0, 0, 0], [2.0, 2, 2], [5, 6, 7], [0, 0, 1], [0, 0, 2]])
    placed = hat.place(body)
    np.testing.assert_allclose(placed[0], body[2])
    np.testing.assert_allclose(placed[1], [1.1, 1.2, 1.3])
    np.testing.assert_allclose(hat.place(2 * body), 2 * placed)
    assert hat.covers == {0, 2, 3, 4}
    assert hat.mesh.corner.tolist() == [[0, 1, 2]]


def test_what_is_no_garment_is_told(tmp_path: Path) -> None:
    (tmp_path / "hat.mhclo").write_text("verts 0\n")
    with pytest.raises(ValueError, match="is not a MakeHuman garment"):
        read_garment(tmp_path / "hat.mhclo")


def test_limbs_point_as_the_motion_does_and_have_the_figures_lengths(tmp_path: Path) -> None:
    tree, figure = walking(tmp_path), dummy()
    xyz = perform(figure, tree, Chance(1)).xyz
    wanted = tree[:, TO_POINTS]
    for a, b in points.LIMB_BONES:
        told, done = wanted[:, b] - wanted[:, a], xyz[:, b] - xyz[:, a]
        angle = np.degrees(np.arccos(np.clip((normalize(told) * normalize(done)).sum(-1), -1, 1)))
        assert angle.mean() < 4, (points.POINTS[a], points.POINTS[b])
        bone = [joint(points.POINTS[k]) for k in (a, b)]
        length = np.linalg.norm(figure.rest[bone[0]] - figure.rest[bone[1]])
        np.testing.assert_allclose(np.linalg.norm(done, axis=-1), length, rtol=1e-3)


def test_the_truth_lies_in_the_skin(tmp_path: Path) -> None:
    figure = dummy()
    shown = perform(figure, walking(tmp_path), Chance(1))
    part = figure.parts[0]
    weights = np.zeros((len(part.xyz), 55))
    np.put_along_axis(weights, part.weight_joint.astype(int), part.weight.astype(float), 1)
    for t in (0, 12):
        blend = np.einsum("vj,jab->vab", weights, shown.bones[t].astype(float))
        skin = np.einsum("vab,vb->va", blend[..., :3], part.xyz) + blend[..., 3]
        for name in ("left_elbow", "right_wrist", "left_knee", "right_ankle"):
            centre = shown.xyz[t, points.POINTS.index(name)]
            nearest = np.linalg.norm(skin - centre, axis=-1).min()
            assert 0.005 < nearest < 0.08, name
        np.testing.assert_allclose(shown.xyz[t, points.POINTS.index(MARKS[0])], skin[0], atol=1e-4)


def test_moving_a_performance_moves_mesh_and_truth_alike(tmp_path: Path) -> None:
    shown = perform(dummy(), walking(tmp_path), Chance(1))
    R = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
    moved = shown.moved(R, np.array([1.0, 2, 3]))
    np.testing.assert_allclose(moved.xyz, shown.xyz @ R.T + [1, 2, 3], atol=1e-9)
    origin = np.array([0.1, 0.2, 0.3, 1.0])
    np.testing.assert_allclose(
        moved.bones @ origin, (shown.bones @ origin) @ R.T + [1, 2, 3], atol=1e-5
    )


def test_joints_know_why_they_are_hidden() -> None:
    pytest.importorskip("moderngl")
    from limn.tools.lifter.studio.renderer import NOBODY, Shot
    from limn.tools.lifter.studio.shooting import why_hidden
    from limn.tools.lifter.studio.stage import SCENERY

    K = np.array([[100.0, 0, 63.5], [0, 100, 63.5], [0, 0, 1]])
    shot = Shot(Camera(K=K, size_px=(128, 128)), np.eye(3), np.zeros(3), (0, 0, 0))
    found: F32 = np.full((64, 64, 2), [NOBODY, 60.0], np.float32)
    found[:, :16] = [0.0, 2.95]
    found[:, 16:32] = [0.0, 2.0]
    found[:, 32:48] = [1.0, 2.0]
    found[:, 48:56] = [SCENERY, 1.0]
    at_px = np.array([16.0, 48, 80, 104, 124])
    xyz = np.zeros((1, 19, 3))
    xyz[..., 2] = 3.0
    xyz[0, :5, 0] = (at_px - 63.5) / 100 * 3
    assert why_hidden(xyz, found, shot)[0, :5].tolist() == [0, 1, 2, 3, 0]


def test_a_box_is_drawn_where_the_camera_has_it() -> None:
    moderngl = pytest.importorskip("moderngl")
    from limn.tools.lifter.studio.renderer import Renderer, Shot
    from limn.tools.lifter.studio.stage import SCENERY, box, draw_lights

    try:
        renderer = Renderer()
    except (moderngl.Error, OSError) as error:
        pytest.skip(f"no OpenGL here: {error}")
    K = np.array([[120.0, 0, 63.5], [0, 120, 47.5], [0, 0, 1]])
    shot = Shot(Camera(K=K, size_px=(128, 96)), np.eye(3), np.zeros(3), (0, 0, 0))
    thing = box(np.array([0.4, -0.3, 3.0]), np.full(3, 0.2), 0.0, Path(), (1, 1, 1))
    plain = Part(**{n: getattr(thing, n) for n in Part.__slots__} | {"texture": None})
    renderer.load([(plain, SCENERY)])
    _, found = renderer.draw(shot, draw_lights(Chance(1)), {})
    rows, columns = np.nonzero(found[..., 0] == SCENERY)
    assert abs(2 * columns.mean() - (63.5 + 120 * 0.4 / 3)) < 1.5
    assert abs(2 * rows.mean() - (47.5 - 120 * 0.3 / 3)) < 1.5
    assert np.abs(found[rows, columns, 1] - 2.9).min() < 0.01


def test_the_tree_has_all_that_a_figure_needs() -> None:
    assert {"spine", "neck", "nose", "left_toe"} <= set(JOINTS)
