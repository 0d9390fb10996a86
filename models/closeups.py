"""Opens the networks that look closely at parts of people, as a run's settings want them."""

from __future__ import annotations

from ..core.data.settings import KEYPOINTS_ONLY, Settings
from .devices import Device
from .networks.blendshapes.network import BlendshapeNetwork, open_blendshapes
from .networks.faces import EyeNetwork, FaceNetwork, open_eyes, open_faces
from .networks.hands import HandNetwork, open_hands


def open_closeups(
    settings: Settings, device: Device
) -> tuple[HandNetwork | None, FaceNetwork | None, BlendshapeNetwork | None, EyeNetwork | None]:
    """Limn's own networks for hands and faces, None where they aren't asked, which open at their
    first use, what ``open_face_shapes`` opens, and likewise that for eyes. Raises what that raises.

    Nobody looks at eyes where another network tells blinks, or time is short.
    """
    is_plain = settings.estimator in KEYPOINTS_ONLY  # such baselines pose no fingers
    hands = None
    if settings.hands != "off" and not is_plain:
        hands = open_hands(device=device, is_brief=settings.quality == "fast")
    faces = open_faces(device=device) if settings.face != "off" and not is_plain else None
    shapes = open_face_shapes(settings)
    is_brief = shapes is not None or settings.quality == "fast"
    return hands, faces, shapes, None if faces is None or is_brief else open_eyes(device=device)


def open_face_shapes(settings: Settings) -> BlendshapeNetwork | None:
    """The installed model that tells faces' shapes, None where Limn's own reader does.

    Raises ModelError when it isn't installed or is no such model, SettingsError for a name nobody
    has.
    """
    is_plain = settings.estimator in KEYPOINTS_ONLY
    is_asked = settings.face_shapes and settings.face != "off" and not is_plain
    return open_blendshapes(settings.face_shapes) if is_asked else None
