"""Known motions: standing, squatting, striking, jumping, walking, turning round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from limn.core.data.skeletons import REST_XYZ_BODY, joint
from synthetic_skeleton import ANKLE_HEIGHT_M, STANDING_M, Motion, about, build, yaws


def _standing_feet(
    t: int, heading_rad: float = 0.0, spread_m: float = 0.14
) -> tuple[np.ndarray, np.ndarray]:
    R = yaws(np.full(t, heading_rad))
    left = R[:, :, 0]
    ankles = np.stack([spread_m * left, -spread_m * left], axis=1)
    ankles[..., 2] = ANKLE_HEIGHT_M
    return ankles, np.stack([R, R], axis=1)


def standing(fps: float = 30.0, seconds: float = 3.0) -> Motion:
    """Feet still, the body swaying a little."""
    return squatting(fps, seconds, depth_m=0.0)


def squatting(fps: float = 30.0, seconds: float = 4.0, depth_m: float = 0.30) -> Motion:
    """Squats every two seconds on still feet, arms lifted forward on the way down."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    down = (1 - np.cos(np.pi * time)) / 2
    pelvis = np.stack(
        [0.015 * np.sin(1.9 * time), 0.1 * depth_m * down, STANDING_M - depth_m * down], -1
    )
    lean = 1.2 * depth_m * down + 0.02 * np.sin(1.3 * time)
    ankles, R_feet = _standing_feet(t)
    raise_arms = 3.0 * depth_m * down
    local = {
        f"{side}_shoulder": about("x", -raise_arms) @ about("z", np.full(t, -1.2 * sign))
        for side, sign in (("left", 1.0), ("right", -1.0))
    }
    return build(
        fps,
        pelvis,
        yaws(0 * time) @ about("x", lean),
        ankles,
        R_feet,
        np.ones((t, 2), bool),
        local,
    )


def striking(
    fps: float = 60.0,
    seconds: float = 2.5,
    hz: float = 4.0,
    across_m: float = 0.25,
    yaw_deg: float = 0.0,
) -> Motion:
    """Feet still; the left wrist beats to and fro over ``across_m``, ``hz`` times a second."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    arm = float(
        np.linalg.norm(REST_XYZ_BODY[joint("left_wrist")] - REST_XYZ_BODY[joint("left_shoulder")])
    )
    swing = np.arcsin(across_m / 2 / arm) * np.sin(2 * np.pi * hz * time)
    local = {
        "left_shoulder": about("z", -0.5 + swing),
        "left_elbow": about("y", np.full(t, -0.05)),
        "right_shoulder": about("z", np.full(t, 0.9)),
        "right_elbow": about("y", np.full(t, 1.6)),
    }
    ankles, R_feet = _standing_feet(t)
    pelvis = np.tile([0.0, 0.0, STANDING_M], (t, 1))
    motion = build(fps, pelvis, yaws(0 * time), ankles, R_feet, np.ones((t, 2), bool), local)
    return motion.moved(yaw_deg=yaw_deg)


def jumping(fps: float = 30.0, height_m: float = 0.30) -> Motion:
    """Stand, crouch, leave the floor for half a second, land, stand."""
    flight = 2 * np.sqrt(2 * height_m / 9.81)
    t = round(fps * (2.4 + flight))
    time = np.arange(t) / fps
    off, land = 1.2, 1.2 + flight
    air = np.where((time > off) & (time < land), 4.905 * (time - off) * (land - time), 0.0)

    def dip(start: float) -> np.ndarray:
        u = np.clip((time - start) / 0.7, 0, 1)
        return 0.18 * np.sin(np.pi * u) ** 2

    pelvis = np.zeros((t, 3))
    pelvis[:, 2] = STANDING_M + air - dip(off - 0.7) - dip(land)
    ankles, R_feet = _standing_feet(t)
    ankles[..., 2] += air[:, None]
    planted = np.repeat((air == 0)[:, None], 2, axis=1)
    return build(fps, pelvis, yaws(0 * time), ankles, R_feet, planted)


def stepping(
    path: Callable[[np.ndarray], np.ndarray],
    heading: Callable[[np.ndarray], np.ndarray],
    fps: float,
    seconds: float,
    cycle_s: float = 1.0,
    stair_m: float = 0.0,
) -> Motion:
    """Steps along ``path`` (seconds (n,) to xy (n, 2)), facing ``heading`` (to radians (n,)), every
    one ``stair_m`` higher than the one before."""
    t = round(fps * seconds)
    time = np.arange(t) / fps
    stance = 0.62
    ankles, yaw = np.zeros((t, 2, 3)), np.zeros((t, 2))
    planted = np.zeros((t, 2), bool)
    for k, (offset, sign) in enumerate(((0.0, 1.0), (0.5, -1.0))):
        phase = time / cycle_s + offset
        cycle = np.floor(phase)
        share = np.clip((phase - cycle - stance) / (1 - stance), 0, 1)
        ease = share**3 * (share * (6 * share - 15) + 10)
        spots, turns = [], []
        for ahead in (0.0, 1.0):
            middle = (cycle + ahead - offset + stance / 2) * cycle_s
            turn = heading(middle)
            left = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
            spots.append(path(middle) + 0.10 * sign * left)
            turns.append(turn)
        ankles[:, k, :2] = spots[0] + ease[:, None] * (spots[1] - spots[0])
        ankles[:, k, 2] = ANKLE_HEIGHT_M + 0.12 * np.sin(np.pi * ease) ** 2
        ankles[:, k, 2] += stair_m * (2 * (cycle + ease - offset))
        yaw[:, k] = turns[0] + ease * (turns[1] - turns[0])
        planted[:, k] = share == 0
    pelvis = np.concatenate([path(time), np.full((t, 1), STANDING_M - 0.035)], axis=1)
    pelvis[:, 2] += 0.012 * np.cos(4 * np.pi * time / cycle_s)
    pelvis[:, 2] += stair_m * (2 * (time / cycle_s - stance / 2) - 0.5)
    swing = 0.45 * np.cos(2 * np.pi * time / cycle_s)
    local = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        local[f"{side}_shoulder"] = about("x", sign * swing) @ about("z", np.full(t, -1.2 * sign))
        local[f"{side}_elbow"] = about("y", -sign * (0.45 - 0.2 * sign * swing))
    R_feet = np.stack([yaws(yaw[:, k]) for k in (0, 1)], axis=1)
    return build(fps, pelvis, yaws(heading(time)), ankles, R_feet, planted, local)


def walking(fps: float = 30.0, seconds: float = 4.0, speed_mps: float = 0.8) -> Motion:
    """Straight on, towards -Y, past the origin halfway through."""
    return stepping(
        lambda s: np.stack([0 * s, -speed_mps * (s - seconds / 2)], axis=-1),
        lambda s: 0 * s,
        fps,
        seconds,
    )


def turning(fps: float = 30.0, seconds: float = 4.0) -> Motion:
    """Steps on the spot and turns round once."""
    return stepping(
        lambda s: np.zeros((len(s), 2)),
        lambda s: 2 * np.pi * np.clip(s / seconds, 0, 1),
        fps,
        seconds,
    )


def climbing(fps: float = 30.0, seconds: float = 4.0, stair_m: float = 0.17) -> Motion:
    """Up a flight of stairs, from the left of the picture to its right."""
    return stepping(
        lambda s: np.stack([0.5 * (s - seconds / 2), 0 * s], axis=-1),
        lambda s: 0 * s + np.pi / 2,
        fps,
        seconds,
        stair_m=stair_m,
    )


def raised(motion: Motion, height_m: float) -> Motion:
    """The same on something of that height."""
    return replace(motion, root_xyz=motion.root_xyz + np.array([0.0, 0.0, height_m]))


def leaping_down(
    fps: float = 30.0, drop_m: float = 1.8, up_mps: float = 2.0, across_mps: float = 1.5
) -> Motion:
    """Stands ``drop_m`` high for a second, leaps off, stands on the floor for a second."""
    flight = (up_mps + np.sqrt(up_mps**2 + 2 * 9.81 * drop_m)) / 9.81
    t = round(fps * (2 + flight))
    air_s = np.clip(np.arange(t) / fps - 1.0, 0.0, flight)
    way = np.zeros((t, 3))
    way[:, 0] = across_mps * air_s
    way[:, 2] = drop_m + up_mps * air_s - 4.905 * air_s**2
    motion = standing(fps, t / fps)
    planted = ((air_s == 0) | (air_s == flight))[:, None].repeat(2, axis=1)
    return replace(motion, root_xyz=motion.root_xyz + way, planted=planted)
