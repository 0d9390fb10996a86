"""Known people's keypoints in the layouts of other tools, written as their public code does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from limn.core.data.hand_points import hand_names
from limn.core.data.skeletons import BLAZEPOSE_33, COCO_17
from limn.core.decoding.schemes import WHOLE_BODY
from limn.core.importing.keypoints.names import BY_COUNT, HOLISTIC, OPENPOSE

SIZE_PX = (1280, 720)
_TOES = {"big_toe": "foot_index", "small_toe": "foot_index"}


def _blazepose(name: str) -> int:
    """BlazePose's row for a keypoint of another layout, -1 where it has none."""
    side, _, part = name.partition("_")
    near = {"hand_root": "wrist", **_TOES}.get(part, part)
    wanted = name if name in BLAZEPOSE_33 else f"{side}_{near}"
    return BLAZEPOSE_33.index(wanted) if wanted in BLAZEPOSE_33 else -1


def keypoints(xy: np.ndarray, names: tuple[str, ...], score: float = 0.9) -> np.ndarray:
    """(n, 3) x, y and score of ``names`` out of BlazePose's 33 (33, 2); zeros for the others."""
    out = np.zeros((len(names), 3))
    for k, name in enumerate(names):
        row = _blazepose(name)
        if name in ("neck", "hip"):
            part = {"neck": "shoulder", "hip": "hip"}[name]
            rows = [BLAZEPOSE_33.index(f"{side}_{part}") for side in ("left", "right")]
            out[k] = (*xy[rows].mean(0), score)
        elif row >= 0:
            out[k] = (*xy[row], score)
    return out


def _dump(path: Path, value: Any) -> None:  # noqa: ANN401
    path.write_text(json.dumps(value))


def openpose(
    folder: Path,
    xy: np.ndarray,
    count: int = 25,
    hands: np.ndarray | None = None,
    face: np.ndarray | None = None,
) -> Path:
    """A folder with a file a frame; ``xy`` (people, t, 33, 2) as in all of these, ``hands``
    (t, 2, 21, 2) and ``face`` (t, 68, 2) of one person."""
    folder.mkdir()
    nothing = np.zeros((2, 21, 3))
    for t in range(xy.shape[1]):
        close = nothing if hands is None else np.insert(hands[t], 2, 0.8, axis=-1)
        mesh = np.zeros((70, 3))
        if face is not None:
            mesh[:68] = np.insert(face[t], 2, 0.8, axis=-1)
        people = [
            {
                "person_id": [-1],
                "pose_keypoints_2d": keypoints(one[t], OPENPOSE[count]).ravel().tolist(),
                "face_keypoints_2d": mesh.ravel().tolist(),
                "hand_left_keypoints_2d": close[0].ravel().tolist(),
                "hand_right_keypoints_2d": close[1].ravel().tolist(),
                "pose_keypoints_3d": [],
            }
            for one in _shuffled(xy, t)
        ]
        document = {"version": 1.3, "people": people}
        _dump(folder / f"clip_{t:012d}_keypoints.json", document)
    return folder


def comfy(folder: Path, xy: np.ndarray) -> Path:
    """DWPose through ComfyUI: one list of OpenPose's frames."""
    width, height = SIZE_PX
    frames = [
        {
            "people": [
                {"pose_keypoints_2d": keypoints(one[t], OPENPOSE[18]).ravel().tolist()}
                for one in xy
            ],
            "canvas_width": width,
            "canvas_height": height,
        }
        for t in range(xy.shape[1])
    ]
    _dump(folder.with_suffix(".json"), frames)
    return folder.with_suffix(".json")


def _shuffled(xy: np.ndarray, t: int) -> np.ndarray:
    """People in another order in every frame, as detectors find them."""
    return xy[np.random.default_rng(t).permutation(len(xy))]


def coco_results(path: Path, xy: np.ndarray, count: int = 17) -> Path:
    """Results of one list, without numbers of people."""
    path = path.with_suffix(".json")
    _dump(
        path,
        [
            {
                "image_id": t,
                "category_id": 1,
                "keypoints": keypoints(one[t], BY_COUNT[count]).ravel().tolist(),
                "score": 0.9,
            }
            for t in range(xy.shape[1])
            for one in _shuffled(xy, t)
        ],
    )
    return path


def coco_whole_body(path: Path, xy: np.ndarray) -> Path:
    """Annotations of COCO-WholeBody with tracks, visibilities and images from 1 on."""
    path = path.with_suffix(".json")
    names = WHOLE_BODY.names
    people = []
    for t in range(xy.shape[1]):
        for number, one in enumerate(xy):
            values = keypoints(one[t], names, 2)
            parts = {
                "keypoints": values[:17], "foot_kpts": values[17:23], "face_kpts": values[23:91],
                "lefthand_kpts": values[91:112], "righthand_kpts": values[112:],
            }  # fmt: skip
            flat = {key: part.ravel().tolist() for key, part in parts.items()}
            people.append({"image_id": t + 1, "track_id": number, "category_id": 1, **flat})
    images = [
        {"id": t + 1, "file_name": f"{t + 1:06d}.jpg", "width": SIZE_PX[0], "height": SIZE_PX[1]}
        for t in range(xy.shape[1])
    ]
    _dump(path, {"images": images, "annotations": people, "categories": []})
    return path


def alphapose(path: Path, xy: np.ndarray, count: int = 26) -> Path:
    """Results with names of pictures and numbers of people."""
    path = path.with_suffix(".json")
    _dump(
        path,
        [
            {
                "image_id": f"{t}.jpg",
                "category_id": 1,
                "keypoints": keypoints(one[t], BY_COUNT[count]).ravel().tolist(),
                "score": 2.9,
                "box": [0, 0, 10, 10],
                "idx": [float(number)],
            }
            for t in range(xy.shape[1])
            for number, one in enumerate(xy)
        ],
    )
    return path


def _instance(one: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    values = keypoints(one, names)
    return {
        "keypoints": values[:, :2].tolist(),
        "keypoint_scores": values[:, 2].tolist(),
        "bbox": [[0, 0, 1, 1]],
        "bbox_score": 0.9,
    }


def mmpose_video(path: Path, xy: np.ndarray) -> Path:
    """The inferencer's predictions of a video."""
    path = path.with_suffix(".json")
    frames = [
        {"frame_id": t, "instances": [_instance(one[t], COCO_17) for one in _shuffled(xy, t)]}
        for t in range(xy.shape[1])
    ]
    _dump(path, frames)
    return path


def mmpose_demo(path: Path, xy: np.ndarray) -> Path:
    """The demo's results, whose frames begin at 1."""
    path = path.with_suffix(".json")
    names = WHOLE_BODY.names
    frames = [
        {"frame_id": t + 1, "instances": [_instance(one[t], names) for one in xy]}
        for t in range(xy.shape[1])
    ]
    _dump(path, {"meta_info": {"dataset_name": "coco-wholebody"}, "instance_info": frames})
    return path


def mmpose_named(path: Path, xy: np.ndarray, names: tuple[str, ...]) -> Path:
    """The demo's results of a network with keypoints of its own, whose ``names`` stand beside."""
    path = path.with_suffix(".json")
    called, each = tuple(name.replace("_foot", "_ankle") for name in names), range(xy.shape[1])
    frames = [{"instances": [_instance(one[t], called) for one in xy]} for t in each]
    told = {"keypoint_id2name": {str(k): name for k, name in enumerate(names)}}
    _dump(path, {"meta_info": told, "instance_info": frames})
    return path


def sapiens(folder: Path, xy: np.ndarray) -> Path:
    """A folder with a file a picture, 308 keypoints."""
    folder.mkdir()
    for t in range(xy.shape[1]):
        people = [_instance(one[t], BY_COUNT[308]) for one in xy]
        _dump(folder / f"{t:06d}.json", {"instance_info": people})
    return folder


def mediapipe(
    path: Path,
    xy: np.ndarray,
    xyz: np.ndarray | None = None,
    hands: np.ndarray | None = None,
    face: np.ndarray | None = None,
) -> Path:
    """Legacy results: one person, shares of the picture; ``xyz`` (t, 33, 3) metres of the world,
    ``hands`` (t, 2, 21, 3) and ``face`` (t, 468, 2) shares of the picture, hands with their
    depth."""
    path = path.with_suffix(".json")
    size = np.array(SIZE_PX)
    frames = []
    for t in range(xy.shape[1]):
        share = (xy[0, t] + 0.5) / size
        frame: dict[str, Any] = {
            "frame": t,
            "timestamp_ms": 1000 * t / 30,
            "pose_landmarks": [
                {"x": x, "y": y, "z": 0.0, "visibility": 0.95} for x, y in share.tolist()
            ],
        }
        if xyz is not None:
            frame["pose_world_landmarks"] = [
                {"x": x, "y": y, "z": z, "visibility": 0.95} for x, y, z in xyz[t].tolist()
            ]
        for side, hand in zip(
            ("left", "right"), [] if hands is None else list(hands[t]), strict=False
        ):
            frame[f"{side}_hand_landmarks"] = [
                {"x": x, "y": y, "z": z} for x, y, z in hand.tolist()
            ]
        if face is not None:
            frame["face_landmarks"] = [
                {"x": x, "y": y, "z": 0.0, "visibility": 0.0} for x, y in face[t].tolist()
            ]
        frames.append(frame)
    _dump(path, {"frames": frames})
    return path


def mediapipe_tasks(path: Path, xy: np.ndarray) -> Path:
    """Results of the Tasks of several people, in camel case."""
    path = path.with_suffix(".json")
    size = np.array(SIZE_PX)
    frames = [
        {
            "landmarks": [
                [{"x": x, "y": y, "z": 0, "visibility": 0.9} for x, y in one.tolist()]
                for one in (_shuffled(xy, t)[:, t] + 0.5) / size
            ],
            "worldLandmarks": [],
        }
        for t in range(xy.shape[1])
    ]
    _dump(path, frames)
    return path


def freemocap(path: Path, xy: np.ndarray) -> Path:
    """Two cameras' keypoints of one person, no numbers where nothing was found."""
    path = path.with_suffix(".npy")
    one = np.full((2, xy.shape[1], 553, 2), np.nan)
    one[:, :, :33] = xy[0]
    np.save(path, one)
    return path


LAYOUTS: dict[str, tuple[Callable[[Path, np.ndarray], Path], int]] = {
    "openpose": (openpose, 2),
    "comfy": (comfy, 2),
    "coco-results": (coco_results, 2),
    "coco-whole-body": (coco_whole_body, 2),
    "alphapose": (alphapose, 2),
    "mmpose-video": (mmpose_video, 2),
    "mmpose-demo": (mmpose_demo, 2),
    "sapiens": (sapiens, 2),
    "mediapipe": (mediapipe, 1),
    "mediapipe-tasks": (mediapipe_tasks, 2),
    "freemocap": (freemocap, 1),
}
"""What writes each layout, and of how many people."""
HAND_NAMES = (*hand_names("left"), *hand_names("right"))
HOLISTIC_NAMES = HOLISTIC.names
