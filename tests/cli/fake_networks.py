"""Networks that know the answer: they read the frame's number from its brightness.

The people are ``walking.walking_take``'s, so the whole pipeline and command line run without a
network, and the truth is known.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from limn.core.data.observations import PassWorth
from limn.core.data.skeletons import BLAZEPOSE_33, BLAZEPOSE_SKELETON, COCO_17, SMPLX_55
from limn.core.data.types import Detections, Landmarks, Person, Region, Take
from limn.core.geometry.camera import camera_from_world, project, rotation_to_ray
from limn.core.geometry.kinematics import forward
from limn.core.geometry.rotations import matrix_from_quat
from limn.media.writing.writers import open_writer
from walking import FPS, walking_take

FRAMES = 30
SIZE_PX = (320, 180)
_DARKEST, _STEP = 40, 7
# MPEG-4 part 2, written where no H.264 encoder is, comes back up to 4 levels darker.
_SEEN_DARKER = 1.7
_STANDS_FOR = {"nose": "head", "mouth_left": "jaw", "mouth_right": "jaw"}
_IN_JOINT_FRAME = {
    "heel": ("ankle", (0.0, -0.05, -0.06)),
    "foot_index": ("foot", (0.0, -0.02, 0.08)),
}


def make_clip(path: Path, people: int = 1) -> Take:
    """Write the footage and return its truth."""
    with open_writer(path, FPS, SIZE_PX) as writer:
        for number in range(FRAMES):
            level = _DARKEST + _STEP * number
            writer.write(np.full((SIZE_PX[1], SIZE_PX[0], 3), level, np.uint8))
    return walking_take(path, FRAMES, SIZE_PX, people=people)


def blazepose_world(person: Person) -> np.ndarray:
    """BlazePose-33 points (t, 33, 3) of a person, near enough to where the networks put them."""
    xyz, R = forward(
        person.rest_xyz_body, person.root_xyz_world, matrix_from_quat(person.quat_parent_joint)
    )
    points = np.empty((len(xyz), len(BLAZEPOSE_33), 3))
    for i, name in enumerate(BLAZEPOSE_33):
        side, _, part = name.partition("_")
        if part in _IN_JOINT_FRAME:
            joint, offset = _IN_JOINT_FRAME[part]
            j = SMPLX_55.index(f"{side}_{joint}")
            points[:, i] = xyz[:, j] + R[:, j] @ np.array(offset)
            continue
        joint = _STANDS_FOR.get(name, name)
        if part in ("pinky", "index", "thumb"):
            joint = f"{name}1"
        elif part.startswith("eye") or part == "ear":
            joint = f"{side}_eye_smplhf"
        points[:, i] = xyz[:, SMPLX_55.index(joint)]
    return points


@dataclass(frozen=True)
class Result:
    """What a command gave back."""

    code: int
    out: str
    err: str


@dataclass
class Stage:
    """The truth of a clip, per person: points in the world and in the picture."""

    take: Take
    points: list[np.ndarray] = field(init=False)
    pixels: list[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.points = [blazepose_world(person) for person in self.take.people]
        self.pixels = [project(self.take.camera, points) for points in self.points]

    def present(self, bgr: np.ndarray) -> list[tuple[int, int]]:
        """(person, row) of everybody who is in the picture's frame."""
        number = round((float(bgr.mean()) - _DARKEST + _SEEN_DARKER) / _STEP)
        return [
            (i, int(np.searchsorted(person.frames, number)))
            for i, person in enumerate(self.take.people)
            if number in person.frames
        ]


@dataclass(frozen=True)
class KnowingDetector:
    stage: Stage
    delay_s: float = 0.0
    sleep: Callable[[float], None] = time.sleep

    def detect(self, bgr: np.ndarray) -> Detections:
        self.sleep(self.delay_s)
        rows = self.stage.present(bgr)
        columns = [BLAZEPOSE_33.index(name) for name in COCO_17]
        xy = np.array([self.stage.pixels[i][row][columns] for i, row in rows]).reshape(-1, 17, 2)
        boxes = np.concatenate([xy.min(1), xy.max(1)], axis=-1)
        n = len(rows)
        return Detections(
            xy_px=xy.astype(np.float32),
            keypoint_score=np.full((n, 17), 0.9, np.float32),
            boxes_px=boxes.astype(np.float32),
            score=np.full(n, 0.9, np.float32),
        )


@dataclass(frozen=True)
class KnowingModel:
    stage: Stage
    name: str = "full"
    skeleton: ClassVar = BLAZEPOSE_SKELETON
    worth: ClassVar = PassWorth("full", is_precise=False, has_3d=True)

    def locate(self, bgr: np.ndarray, region: Region) -> Landmarks:
        """The landmarks of whoever is nearest to the region's centre."""
        rows = self.stage.present(bgr)
        if not rows:
            zeros = np.zeros((33, 3), np.float32)
            return Landmarks(zeros[:, :2], zeros[:, 0], zeros, presence=0.0)
        hips = [self.stage.pixels[i][row][23:25].mean(0) for i, row in rows]
        i, row = rows[int(np.argmin([np.linalg.norm(h - region.center_px) for h in hips]))]
        camera = self.stage.take.camera
        xyz = camera_from_world(camera, self.stage.points[i][row])
        to_ray = rotation_to_ray(camera, np.array(region.center_px))
        return Landmarks(
            xy_px=self.stage.pixels[i][row].astype(np.float32),
            score=np.full(33, 0.95, np.float32),
            xyz_m=((xyz - xyz[23:25].mean(0)) @ to_ray).astype(np.float32),
            presence=0.99,
        )
