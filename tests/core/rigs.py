"""Rigs that nobody here made (MakeHuman's, CC0), as they are, in T-pose, rolled, long-legged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from limn.core.geometry.rotations import exp_so3, frame_from_axes, normalize, swing_between
from limn.core.retargeting.naming import recognise_names
from limn.core.retargeting.rig import RestBones

RIGS = ("default", "mixamo", "game_engine", "cmu_mb")
DATA = Path(__file__).resolve().parents[1] / "data" / "rigs"


def read_rig(name: str, seed: int | None = None) -> RestBones:
    """The rig with bones that look along their tails, rolled by chance with a ``seed``."""
    bones = json.loads((DATA / f"{name}.json").read_text("utf-8"))["bones"]
    names = tuple(bones)
    head = np.array([bones[n][1] for n in names])
    tail = np.array([bones[n][2] for n in names])
    parents = tuple(names.index(bones[n][0]) if bones[n][0] else -1 for n in names)
    return with_axes(names, parents, head, tail, seed)


def with_axes(
    names: tuple[str, ...],
    parents: tuple[int, ...],
    head: np.ndarray,
    tail: np.ndarray,
    seed: int | None,
) -> RestBones:
    rng = np.random.default_rng(seed)
    along = tail - head
    R = frame_from_axes(along, np.cross(along, [0.3, 0.9, 0.31]))
    if seed is not None:
        y = np.zeros((len(names), 3))
        y[:, 1] = rng.uniform(-np.pi, np.pi, len(names))
        R = R @ exp_so3(y)
    return RestBones(names, parents, head, tail, R, np.ones(len(names), bool))


def in_t_pose(
    rig: RestBones, seed: int | None = None, legs: float = 1.0, elbow: float = 0.0
) -> RestBones:
    """The same rig with level arms as its rest pose, and legs ``legs`` times as long.

    ``elbow`` bends forearms forward, radians about.
    """
    return _posed(rig, {"left": (1.0, 0, 0), "right": (-1.0, 0, 0)}, seed, legs, elbow)


def in_a_pose(
    rig: RestBones, seed: int | None = None, legs: float = 1.0, elbow: float = 0.0
) -> RestBones:
    """The same rig with arms 50 degrees below the horizontal, and legs ``legs`` times as long."""
    down = {"left": (0.643, 0.05, -0.766), "right": (-0.643, 0.05, -0.766)}
    return _posed(rig, down, seed, legs, elbow)


def _posed(
    rig: RestBones,
    arms: dict[str, tuple[float, ...]],
    seed: int | None,
    legs: float,
    elbow: float,
) -> RestBones:
    chains = recognise_names(rig.names).chains
    turn = np.tile(np.eye(3), (len(rig.names), 1, 1))
    longer = np.ones(len(rig.names))
    for side, direction in arms.items():
        above = np.eye(3)
        for part, end in (("shoulder", "elbow"), ("elbow", "wrist")):
            a, b = (rig.row(chains[f"{side}_{p}"][0]) for p in (part, end))
            old = above @ normalize(rig.head_xyz[b] - rig.head_xyz[a])
            ahead = np.array([0.0, -elbow if part == "elbow" else 0.0, 0.0])
            above = swing_between(old, normalize(np.array(direction) + ahead)) @ above
            for name in chains[f"{side}_{part}"]:
                turn[rig.row(name)] = above
        for row in range(len(rig.names)):
            if _is_under(rig, row, rig.row(chains[f"{side}_wrist"][0])):
                turn[row] = above
        for part in ("hip", "knee"):
            for name in chains[f"{side}_{part}"]:
                longer[rig.row(name)] = legs
    head, tail = rig.head_xyz.copy(), rig.tail_xyz.copy()
    for row in rig.parents_first():
        parent = rig.parents[row]
        if parent >= 0:
            offset = turn[parent] @ (rig.head_xyz[row] - rig.head_xyz[parent])
            head[row] = head[parent] + longer[parent] * offset
        tail[row] = head[row] + longer[row] * (turn[row] @ (rig.tail_xyz[row] - rig.head_xyz[row]))
    return with_axes(rig.names, rig.parents, head, tail, seed)


def _is_under(rig: RestBones, row: int, top: int) -> bool:
    while row >= 0:
        if row == top:
            return True
        row = rig.parents[row]
    return False
