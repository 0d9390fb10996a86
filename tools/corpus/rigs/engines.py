"""Names of game engines, libraries and motion capture suits; and some that nobody knows."""

from __future__ import annotations

from typing import Final

from .naming import FIVE, Naming, three

_MIXAMO: Final = Naming(
    ("Left", "Right"),
    "Hips",
    "Spine Spine1 Spine2",
    "Neck",
    "Head",
    "*Shoulder|*Arm|*ForeArm|*Hand",
    "*UpLeg|*Leg|*Foot|*ToeBase",
    three(*(f"*Hand{f}#" for f in FIVE)),
)
_UE4: Final = Naming(
    ("l", "r"),
    "pelvis",
    "spine_01 spine_02 spine_03",
    "neck_01",
    "head",
    "clavicle_*|upperarm_*|lowerarm_*|hand_*",
    "thigh_*|calf_*|foot_*|ball_*",
    three(*(f"{f.lower()}_0#_*" for f in FIVE)),
    above="root",
    beside=(
        ("upperarm_twist_01_*", "shoulder", "upperarm_*"),
        ("lowerarm_twist_01_*", "elbow", "lowerarm_*"),
        ("thigh_twist_01_*", "hip", "thigh_*"),
        ("calf_twist_01_*", "knee", "calf_*"),
        ("ik_foot_*", "ankle", "root"),
        ("ik_hand_*", "wrist", "root"),
    ),
)

ENGINES: Final[dict[str, Naming]] = {
    "mixamo": _MIXAMO,
    "unreal": _UE4,
    "unreal5": Naming(
        ("l", "r"),
        "pelvis",
        "spine_01 spine_02 spine_03 spine_04 spine_05",
        "neck_01 neck_02",
        "head",
        "clavicle_*|upperarm_*|lowerarm_*|hand_*",
        "thigh_*|calf_*|foot_*|ball_*",
        three(*(f"{f.lower()}_0#_*" for f in FIVE)),
        above="root",
        beside=_UE4.beside,
    ),
    "acclaim": Naming(
        ("l", "r"),
        "root",
        "lowerback upperback thorax",
        "lowerneck upperneck",
        "head",
        "*clavicle|*humerus|*radius|*wrist",
        "*femur|*tibia|*foot|*toes",
        beside=(("*hand", "wrist", "*wrist"), ("*thumb", "wrist", "*wrist")),
    ),
    "cmu": Naming(
        ("Left", "Right"),
        "Hips",
        "LowerBack Spine Spine1",
        "Neck Neck1",
        "Head",
        "*Shoulder|*Arm|*ForeArm|*Hand",
        "*UpLeg|*Leg|*Foot|*ToeBase",
        beside=(("*FingerBase", "wrist", "*Hand"), ("*HandFinger1", "wrist", "*FingerBase")),
    ),
    "perception_neuron": Naming(
        ("Left", "Right"),
        "Hips",
        "Spine Spine1 Spine2",
        "Neck Neck1",
        "Head",
        "*Shoulder|*Arm|*ForeArm|*Hand",
        "*UpLeg|*Leg|*Foot|",
        three(*(f"*Hand{f}#" for f in FIVE)),
        beside=tuple((f"*InHand{f}", "wrist", "*Hand") for f in FIVE[1:]),
    ),
    "rokoko": Naming(
        ("Left", "Right"),
        "Hips",
        "Spine1 Spine2 Spine3 Spine4",
        "Neck",
        "Head",
        "*Shoulder|*Arm|*ForeArm|*Hand",
        "*Thigh|*Shin|*Foot|*Toe",
        (
            "*Finger1Metacarpal *Finger1Proximal *Finger1Distal",
            *(f"*Finger{n}Proximal *Finger{n}Medial *Finger{n}Distal" for n in range(2, 6)),
        ),
        above="Root",
    ),
    "vrm": Naming(
        ("left", "right"),
        "hips",
        "spine chest upperChest",
        "neck",
        "head",
        "*Shoulder|*UpperArm|*LowerArm|*Hand",
        "*UpperLeg|*LowerLeg|*Foot|*Toes",
        (
            "*ThumbMetacarpal *ThumbProximal *ThumbDistal",
            *(
                f"*{f}Proximal *{f}Intermediate *{f}Distal"
                for f in ("Index", "Middle", "Ring", "Little")
            ),
        ),
    ),
    "vroid": Naming(
        ("L", "R"),
        "J_Bip_C_Hips",
        "J_Bip_C_Spine J_Bip_C_Chest J_Bip_C_UpperChest",
        "J_Bip_C_Neck",
        "J_Bip_C_Head",
        "J_Bip_*_Shoulder|J_Bip_*_UpperArm|J_Bip_*_LowerArm|J_Bip_*_Hand",
        "J_Bip_*_UpperLeg|J_Bip_*_LowerLeg|J_Bip_*_Foot|J_Bip_*_ToeBase",
        three(*(f"J_Bip_*_{f}#" for f in ("Thumb", "Index", "Middle", "Ring", "Little"))),
        above="Root",
        beside=(("J_Sec_Hair1_01", "head", "J_Bip_C_Head"),),
    ),
    "smplx": Naming(
        ("left", "right"),
        "pelvis",
        "spine1 spine2 spine3",
        "neck",
        "head",
        "*_collar|*_shoulder|*_elbow|*_wrist",
        "*_hip|*_knee|*_ankle|*_foot",
        three(*(f"*_{f.lower()}#" for f in FIVE)),
    ),
    "unknown": Naming(
        ("b", "c"),
        "bone_a0",
        "bone_a1 bone_a2 bone_a3",
        "bone_a4",
        "bone_a5",
        "bone_*0|bone_*1|bone_*2|bone_*3",
        "bone_*4|bone_*5|bone_*6|bone_*7",
        three(*(f"bone_*{f}#" for f in FIVE)),
    ),
    "numbered": Naming(
        ("1", "2"),
        "Bone",
        "Bone.001 Bone.002",
        "Bone.003",
        "Bone.004",
        "Bone.1*0|Bone.1*1|Bone.1*2|Bone.1*3",
        "Bone.1*4|Bone.1*5|Bone.1*6|Bone.1*7",
    ),
}
"""By the convention that has to be recognised; the last two have none."""
