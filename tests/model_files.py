"""Generated models with descriptors of their own, for tests of what users bring."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from limn.models.user.descriptor import Descriptor, ModelInput
from onnx_files import constant_network


def depth_descriptor(name: str = "my-depth") -> Descriptor:
    return Descriptor(
        name=name,
        title="A depth network",
        job="depth",
        decoder="midas",
        file="my-depth.onnx",
        licence="MIT",
        credit="Nobody",
        good_for="tests",
        input=ModelInput(64, 64, scale=1 / 255),
        outputs={"depth": "inverse_depth"},
        depth="inverse",
    )


def pose_descriptor(name: str = "my-pose") -> Descriptor:
    return Descriptor(
        name=name,
        title="A pose network",
        job="pose",
        decoder="simcc",
        file="my-pose.onnx",
        licence="Apache-2.0",
        credit="Nobody",
        good_for="tests",
        input=ModelInput(48, 64, fit="box", tensor="image"),
        outputs={"x": "simcc_x", "y": "simcc_y"},
        keypoints="coco17",
    )


def depth_network() -> bytes:
    ramp = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(1, 64, 64)
    return constant_network({"inverse_depth": ramp})


def pose_network() -> bytes:
    x, y = np.zeros((1, 17, 96), np.float32), np.zeros((1, 17, 128), np.float32)
    x[..., 40] = y[..., 60] = 1.0
    return constant_network({"simcc_x": x, "simcc_y": y}, input_shape=(1, 3, 64, 48))


def vouched(descriptor: Descriptor, content: bytes) -> Descriptor:
    """The descriptor with the sha256 and size of ``content``, and an address."""
    return replace(
        descriptor,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        url=f"https://models.invalid/{descriptor.file}",
    )


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
