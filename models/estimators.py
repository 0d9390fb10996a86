"""Opens a detector and landmark passes: those of a quality, or a model of the user's by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..core.data.errors import ModelError, SettingsError
from ..core.data.observations import SECOND_LOOK
from ..core.data.types import Detector, LandmarkModel
from .devices import ON_PROCESSOR, Device
from .networks.blazepose import BlazePose
from .networks.joint_head import JointHead, open_joint_head
from .networks.multipose import MultiPose
from .networks.thunder import Thunder
from .qualities import DETECTOR_MOST_PX, DETECTOR_SIDE_PX, QUALITY_PASSES
from .runtime import NetworkRunner
from .store import WEIGHTS_DIR
from .user.library import Library, default_folder

_MIRRORED = "_mirrored"
_DEPTH: Final = ("--depth-model", "depth")

BLAZEPOSE: Final = "blazepose"
"""The default: people by MoveNet, each of them looked at closely by BlazePose."""
MOVENET: Final = "movenet"
"""MoveNet MultiPose's 17 keypoints of every frame and nothing else: a CenterNet-family network."""
SHIPPED: Final = (BLAZEPOSE, MOVENET)


def open_estimator(
    quality: str, folder: Path = WEIGHTS_DIR, device: Device = ON_PROCESSOR
) -> tuple[Detector, tuple[LandmarkModel, ...]]:
    """Return the detector and the landmark passes of ``quality``, in the registry's order.

    Nothing is read yet: a network opens at its first use, which is where ModelError can come from.
    """
    passes = QUALITY_PASSES[quality]
    looks = [name for name in passes if name != SECOND_LOOK]
    variants = dict.fromkeys(name.removesuffix(_MIRRORED) for name in looks)
    networks = {name: NetworkRunner.named(f"blazepose_{name}", folder, device) for name in variants}
    heads = {name: open_joint_head(name, folder) for name in variants}
    is_brief = quality == "fast"
    second = Thunder(NetworkRunner.named("movenet_thunder", folder, device))
    models = tuple(
        second if name == SECOND_LOOK else _open_pass(name, networks, heads, is_brief=is_brief)
        for name in passes
    )
    return _open_detector(quality, folder, device), models


def open_named(
    name: str,
    quality: str,
    library: Library | None = None,
    device: Device = ON_PROCESSOR,
) -> tuple[Detector, tuple[LandmarkModel, ...]]:
    """Return the networks of an estimator: one of ``SHIPPED``, or an installed pose model.

    A model that finds people needs no other; one that places a person's joints is led to them by
    MoveNet. Nothing is read yet but descriptors. Raises SettingsError for a name nobody has and
    ModelError for a model that isn't installed or does another job.
    """
    if name == BLAZEPOSE:
        return open_estimator(quality, device=device)
    if name == MOVENET:
        return _open_detector(quality, WEIGHTS_DIR, device), ()
    # Takes as long to load as all that is shipped.
    from .networks.described_pose import open_people, open_pose

    library = library or Library(default_folder())
    if name not in library.known() and name not in library.faults():
        raise SettingsError(
            f"There is no estimator '{name}'; choose {', '.join(SHIPPED)} or a pose model of "
            "'limn models'."
        )
    path = library.path_of(name)
    descriptor = library.installed()[name]
    if descriptor.job == "people":
        return open_people(descriptor, path, device), ()
    if descriptor.job == "pose":
        detector = _open_detector(quality, WEIGHTS_DIR, device)
        return detector, (open_pose(descriptor, path, device),)
    option, told = ("--face-shapes", "faces") if descriptor.job == "face" else _DEPTH
    raise ModelError(f"The model '{name}' tells {told}, not poses; give it by {option}.")


def installed_estimators(library: Library | None = None) -> tuple[str, ...]:
    """Every name that ``open_named`` takes here."""
    library = library or Library(default_folder())
    models = library.installed().values()
    return (*SHIPPED, *sorted(m.name for m in models if m.job in ("pose", "people")))


def installed_depth(library: Library | None = None) -> tuple[str, ...]:
    """The names of the depth networks that are installed."""
    library = library or Library(default_folder())
    return tuple(sorted(m.name for m in library.installed().values() if m.job == "depth"))


def _open_detector(quality: str, folder: Path, device: Device) -> MultiPose:
    network = NetworkRunner.named("movenet_multipose", folder, device)
    return MultiPose(network, DETECTOR_SIDE_PX[quality], DETECTOR_MOST_PX[quality])


def _open_pass(
    name: str,
    networks: dict[str, NetworkRunner],
    heads: dict[str, JointHead],
    *,
    is_brief: bool,
) -> BlazePose:
    variant = name.removesuffix(_MIRRORED)
    how = {"mirrored": name != variant, "is_brief": is_brief}
    return BlazePose(variant, networks[variant], heads[variant], **how)
