"""Opens the networks that look closely at parts of people, as a run's settings want them."""

from __future__ import annotations

from ..core.data.settings import KEYPOINTS_ONLY, Settings
from .devices import Device
from .networks.faces import FaceNetwork, open_faces
from .networks.hands import HandNetwork, open_hands


def open_closeups(
    settings: Settings, device: Device
) -> tuple[HandNetwork | None, FaceNetwork | None]:
    """Limn's own networks for hands and faces, None where they aren't asked; they open at their
    first use."""
    is_plain = settings.estimator in KEYPOINTS_ONLY  # such baselines pose no fingers
    hands = None
    if settings.hands != "off" and not is_plain:
        hands = open_hands(device=device, is_brief=settings.quality == "fast")
    faces = open_faces(device=device) if settings.face != "off" and not is_plain else None
    return hands, faces
