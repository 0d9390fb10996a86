"""Every rig that Limn knows, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .artists.auto_rig_pro import AUTO_RIG_PRO, AUTO_RIG_PRO_EXPORT
from .artists.biped import BIPED
from .artists.character_creator import CHARACTER_CREATOR
from .artists.daz_genesis import DAZ_GENESIS_8, DAZ_GENESIS_9
from .artists.makehuman import MAKEHUMAN
from .artists.mmd import MMD, MMD_BLENDER
from .artists.rigify import RIGIFY, RIGIFY_DEFORM, RIGIFY_METARIG
from .capture.acclaim import ACCLAIM
from .capture.cmu import CMU
from .capture.perception_neuron import PERCEPTION_NEURON
from .capture.rokoko import ROKOKO
from .capture.smplx import SMPLX
from .engines.mixamo import MIXAMO
from .engines.unreal import UNREAL
from .engines.vrchat import VRCHAT
from .engines.vrm import VRM
from .engines.vroid import VROID
from .profile import RigProfile

PROFILES: Final[Mapping[str, RigProfile]] = {
    "rigify": RIGIFY,
    "rigify_metarig": RIGIFY_METARIG,
    "rigify_deform": RIGIFY_DEFORM,
    "makehuman": MAKEHUMAN,
    "daz_genesis_8": DAZ_GENESIS_8,
    "daz_genesis_9": DAZ_GENESIS_9,
    "auto_rig_pro": AUTO_RIG_PRO,
    "auto_rig_pro_export": AUTO_RIG_PRO_EXPORT,
    "character_creator": CHARACTER_CREATOR,
    "biped": BIPED,
    "mmd": MMD,
    "mmd_blender": MMD_BLENDER,
    "acclaim": ACCLAIM,
    "perception_neuron": PERCEPTION_NEURON,
    "rokoko": ROKOKO,
    "cmu": CMU,
    "mixamo": MIXAMO,
    "unreal": UNREAL,
    "vrm": VRM,
    "vroid": VROID,
    "vrchat": VRCHAT,
    "smplx": SMPLX,
}
"""Where several fit a rig equally well, the first is taken: controls before what they drive."""
