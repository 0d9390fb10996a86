"""How characters' bones are really called: 22 makers' spellings, and some that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Naming:
    """Bone names of a rig; "*" is the side, several words a chain.

    ``arm`` is collar, shoulder, elbow, wrist, ``leg`` hip, knee, ankle, foot; "|" parts the joints,
    spaces a limb's pieces (an underscore stands for a space in a name where ``spaced``). Fingers:
    thumb, index, middle, ring, pinky, three names each. ``above`` are bones between the floor and
    the pelvis. ``beside`` lie where nothing moves them: (name, joint, parent).
    """

    sides: tuple[str, str]
    pelvis: str
    spine: str
    neck: str
    head: str
    arm: str
    leg: str
    fingers: tuple[str, ...] = ()
    above: str = ""
    beside: tuple[tuple[str, str, str], ...] = ()
    legs_on: str = ""
    """What thighs hang on, where it isn't the pelvis."""
    spine_on: str = ""
    spaced: bool = False
    prefix: str = ""

    def words(self, text: str, side: int | None = None) -> list[str]:
        """The names in ``text``, on the left (0) or the right (1)."""
        named = [self.prefix + word for word in text.split()]
        if self.spaced:
            named = [word.replace("_", " ") for word in named]
        return named if side is None else [word.replace("*", self.sides[side]) for word in named]


def _three(*names: str, form: str = "1 2 3") -> tuple[str, ...]:
    numbers = form.split()
    return tuple(" ".join(name.replace("#", n) for n in numbers) for name in names)


_FIVE: Final = ("Thumb", "Index", "Middle", "Ring", "Pinky")
# Full-width digits, as the makers write them.
_JAPANESE: Final = tuple(
    " ".join(f"{finger}{number}" for number in numbers)
    for finger, numbers in zip(
        ("親指", "人指", "中指", "薬指", "小指"),
        ("\uff10\uff11\uff12", *["\uff11\uff12\uff13"] * 4),
        strict=True,
    )
)
_MIXAMO: Final = Naming(
    ("Left", "Right"),
    "Hips",
    "Spine Spine1 Spine2",
    "Neck",
    "Head",
    "*Shoulder|*Arm|*ForeArm|*Hand",
    "*UpLeg|*Leg|*Foot|*ToeBase",
    _three(*(f"*Hand{f}#" for f in _FIVE)),
)
_UE4: Final = Naming(
    ("l", "r"),
    "pelvis",
    "spine_01 spine_02 spine_03",
    "neck_01",
    "head",
    "clavicle_*|upperarm_*|lowerarm_*|hand_*",
    "thigh_*|calf_*|foot_*|ball_*",
    _three(*(f"{f.lower()}_0#_*" for f in _FIVE)),
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

NAMINGS: Final[dict[str, Naming]] = {
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
        _three(*(f"{f.lower()}_0#_*" for f in _FIVE)),
        above="root",
        beside=_UE4.beside,
    ),
    "rigify_metarig": Naming(
        ("L", "R"),
        "spine",
        "spine.001 spine.002 spine.003",
        "spine.004 spine.005",
        "spine.006",
        "shoulder.*|upper_arm.*|forearm.*|hand.*",
        "thigh.*|shin.*|foot.*|toe.*",
        _three("thumb.0#.*", *(f"f_{f}.0#.*" for f in ("index", "middle", "ring", "pinky"))),
        beside=(("pelvis.*", "hip", "spine"), ("heel.02.*", "ankle", "foot.*")),
    ),
    "rigify_deform": Naming(
        ("L", "R"),
        "DEF-spine",
        "DEF-spine.001 DEF-spine.002 DEF-spine.003",
        "DEF-spine.004 DEF-spine.005",
        "DEF-spine.006",
        "DEF-shoulder.*|DEF-upper_arm.* DEF-upper_arm.*.001|DEF-forearm.* DEF-forearm.*.001|"
        "DEF-hand.*",
        "DEF-thigh.* DEF-thigh.*.001|DEF-shin.* DEF-shin.*.001|DEF-foot.*|DEF-toe.*",
        _three(
            "DEF-thumb.0#.*", *(f"DEF-f_{f}.0#.*" for f in ("index", "middle", "ring", "pinky"))
        ),
    ),
    "makehuman": Naming(
        ("L", "R"),
        "root",
        "spine05 spine04 spine03 spine02 spine01",
        "neck01 neck02 neck03",
        "head",
        "clavicle.* shoulder01.*|upperarm01.* upperarm02.*|lowerarm01.* lowerarm02.*|wrist.*",
        "upperleg01.* upperleg02.*|lowerleg01.* lowerleg02.*|foot.*|toe3-1.*",
        _three(*(f"finger{n}-#.*" for n in range(1, 6))),
    ),
    "daz_genesis_8": Naming(
        ("l", "r"),
        "pelvis",
        "abdomenLower abdomenUpper chestLower chestUpper",
        "neckLower neckUpper",
        "head",
        "*Collar|*ShldrBend *ShldrTwist|*ForearmBend *ForearmTwist|*Hand",
        "*ThighBend *ThighTwist|*Shin|*Foot|*Toe",
        _three("*Thumb#", "*Index#", "*Mid#", "*Ring#", "*Pinky#"),
        above="hip",
        spine_on="hip",
    ),
    "daz_genesis_9": Naming(
        ("l", "r"),
        "pelvis",
        "spine1 spine2 spine3 spine4",
        "neck1 neck2",
        "head",
        "*_shoulder|*_upperarm|*_forearm|*_hand",
        "*_thigh|*_shin|*_foot|*_toes",
        _three("*_thumb#", "*_index#", "*_mid#", "*_ring#", "*_pinky#"),
        above="hip",
        spine_on="hip",
        beside=(("*_upperarmtwist1", "shoulder", "*_upperarm"),),
    ),
    "auto_rig_pro_export": Naming(
        ("l", "r"),
        "root.x",
        "spine_01.x spine_02.x spine_03.x",
        "neck.x",
        "head.x",
        "shoulder.*|arm_stretch.*|forearm_stretch.*|hand.*",
        "thigh_stretch.*|leg_stretch.*|foot.*|toes_01.*",
        _three(*(f"{f.lower()}#.*" for f in _FIVE)),
        beside=(("arm_twist.*", "shoulder", "arm_stretch.*"),),
    ),
    "character_creator": Naming(
        ("L", "R"),
        "CC_Base_Hip",
        "CC_Base_Waist CC_Base_Spine01 CC_Base_Spine02",
        "CC_Base_NeckTwist01 CC_Base_NeckTwist02",
        "CC_Base_Head",
        "CC_Base_*_Clavicle|CC_Base_*_Upperarm|CC_Base_*_Forearm|CC_Base_*_Hand",
        "CC_Base_*_Thigh|CC_Base_*_Calf|CC_Base_*_Foot|CC_Base_*_ToeBase",
        _three(*(f"CC_Base_*_{f}#" for f in ("Thumb", "Index", "Mid", "Ring", "Pinky"))),
        above="CC_Base_BoneRoot",
        beside=(
            ("CC_Base_Pelvis", "pelvis", "CC_Base_Hip"),
            ("CC_Base_*_UpperarmTwist01", "shoulder", "CC_Base_*_Upperarm"),
            ("CC_Base_*_RibsTwist", "collar", "CC_Base_Spine02"),
        ),
        legs_on="CC_Base_Pelvis",
    ),
    "biped": Naming(
        ("L", "R"),
        "Bip001_Pelvis",
        "Bip001_Spine Bip001_Spine1 Bip001_Spine2",
        "Bip001_Neck",
        "Bip001_Head",
        "Bip001_*_Clavicle|Bip001_*_UpperArm|Bip001_*_Forearm|Bip001_*_Hand",
        "Bip001_*_Thigh|Bip001_*_Calf|Bip001_*_Foot|Bip001_*_Toe0",
        tuple(f"Bip001_*_Finger{n} Bip001_*_Finger{n}1 Bip001_*_Finger{n}2" for n in range(5)),
        above="Bip001",
        spaced=True,
        beside=(("Bip001_Prop1", "wrist", "Bip001_R_Hand"),),
    ),
    "biped_old": Naming(
        ("L", "R"),
        "Bip01_Pelvis",
        "Bip01_Spine Bip01_Spine1 Bip01_Spine2",
        "Bip01_Neck",
        "Bip01_Head",
        "Bip01_*_Clavicle|Bip01_*_UpperArm|Bip01_*_Forearm|Bip01_*_Hand",
        "Bip01_*_Thigh|Bip01_*_Calf|Bip01_*_Foot|Bip01_*_Toe0",
        above="Bip01",
        spaced=True,
        legs_on="Bip01_Spine",
    ),
    "mmd": Naming(
        ("左", "右"),
        "下半身",
        "上半身 上半身2",
        "首",
        "頭",
        "*肩|*腕|*ひじ|*手首",
        "*足|*ひざ|*足首|*足先EX",
        tuple(" ".join(f"*{n}" for n in names.split()) for names in _JAPANESE),
        above="全ての親 センター グルーブ 腰",
        spine_on="腰",
        beside=(
            ("*足ＩＫ", "ankle", "全ての親"),
            ("*つま先ＩＫ", "foot", "*足ＩＫ"),
            ("*腕捩", "shoulder", "*腕"),
            ("*手捩", "elbow", "*ひじ"),
            ("*足D", "hip", "下半身"),
        ),
    ),
    "mmd_blender": Naming(
        ("L", "R"),
        "下半身",
        "上半身 上半身2",
        "首",
        "頭",
        "肩.*|腕.*|ひじ.*|手首.*",
        "足.*|ひざ.*|足首.*|足先EX.*",
        tuple(" ".join(f"{n}.*" for n in names.split()) for names in _JAPANESE),
        above="全ての親 センター グルーブ 腰",
        spine_on="腰",
        beside=(("足ＩＫ.*", "ankle", "全ての親"), ("つま先ＩＫ.*", "foot", "足ＩＫ.*")),
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
        _three(*(f"*Hand{f}#" for f in _FIVE)),
        beside=tuple((f"*InHand{f}", "wrist", "*Hand") for f in _FIVE[1:]),
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
        _three(*(f"J_Bip_*_{f}#" for f in ("Thumb", "Index", "Middle", "Ring", "Little"))),
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
        _three(*(f"*_{f.lower()}#" for f in _FIVE)),
    ),
    "unknown": Naming(
        ("b", "c"),
        "bone_a0",
        "bone_a1 bone_a2 bone_a3",
        "bone_a4",
        "bone_a5",
        "bone_*0|bone_*1|bone_*2|bone_*3",
        "bone_*4|bone_*5|bone_*6|bone_*7",
        _three(*(f"bone_*{f}#" for f in _FIVE)),
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
