"""One known motion in the layouts of other tools, as their public code writes them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from foreign_pickles import PlainTensor, Tensor, save_pickle, save_torch
from limn.core.data.types import Person
from limn.core.geometry.camera import camera_from_fov
from limn.core.geometry.rotations import (
    exp_so3,
    log_so3,
    matrix_from_quat,
    multiply_quats,
    quat_from_matrix,
    rotvec_from_quat,
)
from limn.core.importing.placing import R_WORLD_FILE as TO_WORLD
from limn.core.importing.smpl_pose import PELVIS_OF_SMPL, PELVIS_OF_SMPLX

K = np.array([[900.0, 0, 640], [0, 900, 360], [0, 0, 1]])


def turned(person: Person, R: np.ndarray, shift: Any = 0.0) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401
    """Rotations (t, 55, 3, 3) and roots (t, 3) in axes ``R`` (3, 3) or (t, 3, 3) turns them to."""
    quats = person.quat_parent_joint.astype(np.float64).copy()
    turn = quat_from_matrix(np.broadcast_to(R, (len(quats), 3, 3)))
    quats[:, 0] = multiply_quats(turn, quats[:, 0])
    root = np.einsum("tab,tb->ta", np.broadcast_to(R, (len(quats), 3, 3)), person.root_xyz_world)
    return matrix_from_quat(quats), root + shift


def rotvecs(R: np.ndarray, joints: slice) -> np.ndarray:
    return log_so3(R[:, joints]).reshape(len(R), -1).astype(np.float32)


def camera_path(t: int) -> tuple[np.ndarray, np.ndarray]:
    """A camera that is carried past: rotations (t, 3, 3) world from camera, places (t, 3)."""
    level = TO_WORLD["-y"]
    yaw = 0.3 * np.sin(np.arange(t) / 20)
    c, s, o, i = np.cos(yaw), np.sin(yaw), 0 * yaw, 0 * yaw + 1
    turn = np.stack([c, -s, o, s, c, o, o, o, i], -1).reshape(t, 3, 3)
    return turn @ level, np.stack([0.02 * np.arange(t), 0 * yaw - 5.0, 0 * yaw + 1.4], -1)


def seen_from(person: Person) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(R, root) in the axes of ``camera_path``, and that path."""
    R_wc, place = camera_path(len(person.frames))
    back = np.swapaxes(R_wc, -1, -2)
    R, root = turned(person, back, -np.einsum("tab,tb->ta", back, place))
    return R, root, R_wc, place


def amass(path: Path, person: Person) -> None:
    R, root = turned(person, np.eye(3))
    poses = log_so3(R).reshape(len(R), -1)
    np.savez(path, poses=poses, trans=root - PELVIS_OF_SMPLX, mocap_frame_rate=30.0,
             betas=np.zeros(16), gender="neutral")  # fmt: skip


def amass_h(path: Path, person: Person) -> None:
    R, root = turned(person, np.eye(3))
    R = np.concatenate([R[:, :22], R[:, 25:]], axis=1)
    poses = log_so3(R).reshape(len(R), -1)
    np.savez(path, poses=poses, trans=root - PELVIS_OF_SMPL, mocap_framerate=30.0)


def parameters(path: Path, person: Person) -> None:
    """What the ``smplx`` package is given, in a world with y up."""
    R, root = turned(person, TO_WORLD["y"].T)
    values = {
        "global_orient": rotvecs(R, slice(0, 1)),
        "body_pose": rotvecs(R, slice(1, 22)),
        "left_hand_pose": rotvecs(R, slice(25, 40)),
        "right_hand_pose": rotvecs(R, slice(40, 55)),
        "jaw_pose": rotvecs(R, slice(22, 23)),
        "leye_pose": rotvecs(R, slice(23, 24)),
        "reye_pose": rotvecs(R, slice(24, 25)),
        "transl": root - PELVIS_OF_SMPLX,
        "betas": np.zeros((1, 10)),
        "fps": 30,
    }
    save_pickle(path, values, 2)


def codec(path: Path, person: Person) -> None:
    R, root = turned(person, np.eye(3))
    parts = {"bodyPose": (0, 22), "headPose": (22, 25), "leftHandPose": (25, 40),
             "rightHandPose": (40, 55)}  # fmt: skip
    np.savez(path, bodyTranslation=root - PELVIS_OF_SMPLX, frameRate=30.0,
             **{k: log_so3(R[:, a:b]) for k, (a, b) in parts.items()})  # fmt: skip
    path.with_suffix(path.suffix + ".npz").rename(path)


def gvhmr(path: Path, person: Person, *, is_trap: bool = False) -> None:
    def part(R: np.ndarray, root: np.ndarray) -> dict[str, Tensor]:
        return {
            "body_pose": Tensor(rotvecs(R, slice(1, 22))),
            "global_orient": Tensor(rotvecs(R, slice(0, 1))),
            "transl": Tensor((root - PELVIS_OF_SMPLX).astype(np.float32)),
            "betas": Tensor(np.zeros(10, np.float32), shape=(len(R), 10)),
        }

    world = part(*turned(person, TO_WORLD["y"].T))
    camera = part(*seen_from(person)[:2])
    many = Tensor(np.tile(K.astype(np.float32), (len(person.frames), 1, 1)))
    save_torch(path, {"smpl_params_global": world, "K_fullimg": many,
                      "smpl_params_incam": world if is_trap else camera})  # fmt: skip


def wham(path: Path, *people: Person) -> None:
    """Everybody before one camera, each in a world of their own that begins where they are."""
    results: dict[Any, dict[str, np.ndarray]] = defaultdict(dict)
    for k, person in enumerate(people):
        own = TO_WORLD["y"].T @ exp_so3(np.array([0.0, 0.0, 1.2 * k]))
        results[k] |= _wham_person(person, own, k > 0)
    save_pickle(path, results)


def _wham_person(person: Person, own: np.ndarray, is_moved: bool) -> dict[str, np.ndarray]:
    R, root = turned(person, own)
    root = root - (root[0] if is_moved else 0.0)
    R_camera, root_camera, _, _ = seen_from(person)
    R, R_camera = with_hands(R), with_hands(R_camera)
    # What it takes off all vertices before it moves them is the middle between the hips.
    hips = person.rest_xyz_body[1:3].mean(0).astype(np.float64)
    return {
        "pose": rotvecs(R_camera, slice(0, 24)), "trans": root_camera - PELVIS_OF_SMPL,
        "pose_world": rotvecs(R, slice(0, 24)), "trans_world": root + R[:, 0] @ hips,
        "betas": np.zeros((len(R), 10)), "frame_ids": person.frames,
    }  # fmt: skip


def with_hands(R: np.ndarray) -> np.ndarray:
    """SMPL's 24 joints: the body's 22, and hands that rest."""
    rest = np.tile(np.eye(3), (len(R), 2, 1, 1))
    return np.concatenate([R[:, :22], rest], axis=1)


def tram(path: Path, person: Person, *, is_first_version: bool = True) -> None:
    R, root, R_wc, place = seen_from(person)
    values = {
        "pred_rotmat": PlainTensor(with_hands(R).astype(np.float32)),
        "pred_trans": PlainTensor((root - PELVIS_OF_SMPL)[:, None].astype(np.float32)),
        "pred_shape": PlainTensor(np.zeros((len(R), 10), np.float32)),
        "frame": PlainTensor(person.frames.astype(np.int64)),
    }
    T0 = R_wc[0].T
    camera = {"pred_cam_R": (T0 @ R_wc).astype(np.float32), "img_focal": np.float32(900.0),
              "pred_cam_T": ((place - place[0]) @ T0.T).astype(np.float32),
              "img_center": np.array([640.0, 360.0])}  # fmt: skip
    if is_first_version:
        camera |= {"world_cam_R": R_wc, "world_cam_T": place}
    path.parent.mkdir(exist_ok=True)
    from foreign_pickles import named_torch

    with named_torch():
        np.save(path, np.array(values, dtype=object), allow_pickle=True)
    np.save(path.parent.parent / "camera.npy", np.array(camera, dtype=object), allow_pickle=True)


def prompthmr(path: Path, person: Person, *, has_hands: bool = True) -> None:
    R, root = turned(person, TO_WORLD["y"].T)
    R_wc, place = camera_path(len(R))
    back = TO_WORLD["y"].T
    pose = log_so3(R).reshape(len(R), -1)
    if not has_hands:
        pose[:, 75:] = 0.0
    motion = {"pose": pose, "trans": root - PELVIS_OF_SMPLX,
              "shape": np.zeros((len(R), 10))}  # fmt: skip
    camera = {"Rwc": back @ R_wc, "Twc": place @ back.T, "img_focal": 900.0,
              "img_center": np.array([640.0, 360.0])}  # fmt: skip
    save_pickle(path, {"people": {1: {"frames": person.frames, "smplx_world": motion}},
                       "camera_world": camera})  # fmt: skip


PHALP_PX = (1280, 720)
PHALP_DEEPER = 5000.0 / 256.0 * max(PHALP_PX) / float(camera_from_fov(PHALP_PX, None).K[0, 0])
"""How much farther away than through the usual lens its own focal length puts people."""


def phalp(path: Path, person: Person, missed: tuple[int, ...] = ()) -> None:
    """Tracks of one person, who in the frames ``missed`` wasn't seen: there the last entry is
    repeated."""
    back = TO_WORLD["-y"].T
    R, root = turned(person, back, [0.0, 1.0, 8.0])
    R = with_hands(R)
    place = (root - PELVIS_OF_SMPL) * [1.0, 1.0, PHALP_DEEPER]
    last = [max(k for k in range(i + 1) if k not in missed) for i in range(len(R))]
    frames = {
        f"img/{i:06d}.jpg": {
            "time": i,
            "tid": [1],
            "tracked_time": [i - k],
            "smpl": [{"global_orient": R[k, :1], "body_pose": R[k, 1:], "betas": np.zeros(10)}],
            "camera": [place[k]],
            "size": [list(PHALP_PX[::-1])],
        }
        for i, k in enumerate(last)
    }
    save_pickle(path, frames)


def rotvec_of(person: Person) -> np.ndarray:
    """Rotation vectors (t, 55, 3) of a take's person."""
    return rotvec_from_quat(person.quat_parent_joint.astype(np.float64))
