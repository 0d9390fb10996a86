"""A take full of random numbers, for round trips."""

from __future__ import annotations

import numpy as np
from limn.core.data.arrays import F64, Floats
from limn.core.data.errors import LimnError
from limn.core.data.types import Camera, ClipInfo, Person, Take
from limn.core.geometry.rotations import exp_so3, normalize


def some_person(name: str, t: int) -> Person:
    rng = np.random.default_rng(t)

    def numbers(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return rng.normal(size=shape).astype(np.float32)

    return Person(
        name=name,
        frames=(np.arange(t) * 2 + 1).astype(np.int32),
        rest_xyz_body=numbers(55, 3),
        root_xyz_world=numbers(t, 3),
        quat_parent_joint=normalize(numbers(t, 55, 4)),
        confidence=rng.random((t, 55), np.float32),
        contact=rng.random((t, 4), np.float32),
        bridged=rng.random(t) > 0.5,
        xy_px=numbers(t, 33, 2),
        xy_score=rng.random((t, 33), np.float32),
        height_m=1.7321,
    )


def some_placement(turn: Floats, xyz: Floats) -> F64:
    """The transform (4, 4) of a rotation vector (3,) and a translation (3,)."""
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = exp_so3(turn), xyz
    return T


def some_take(people: int = 2) -> Take:
    rng = np.random.default_rng(0)
    camera = Camera(
        K=np.array([[900.1, 0, 640], [0, 900.2, 360], [0, 0, 1.0]]),
        size_px=(1280, 720),
        dist=rng.normal(size=4),
        T_world_camera=some_placement(rng.normal(size=3), rng.normal(size=3)),
        focal_doubt=0.07,
    )
    check = {"value": 0.1, "word": "good", "look_at": []}
    return Take(
        clip=ClipInfo("Tänzerin “1”.mp4", (1280, 720), 29.97, 40, 3, 2, False),
        camera=camera,
        time_s=np.cumsum(rng.random(20)),
        source_frame=np.arange(3, 43, 2, dtype=np.int32),
        people=tuple(some_person(f"Person {i}", 5 + i) for i in range(people)),
        settings={"quality": "best", "height_m": None, "max_people": 3},
        report={
            "frames": 20,
            "people": [{"checks": {"jitter": check}}],
        },
        warnings=("The end is missing.", "ünïcode"),
    )


def assert_one_sentence(error: LimnError) -> None:
    text = str(error)
    assert text.endswith("."), text
    assert "\n" not in text, text
    assert "Traceback" not in text, text
