"""One camera of a calibration, which stands still, as a ``GivenCamera`` of its clip."""

from __future__ import annotations

import numpy as np

from ...data.arrays import F64
from ...data.observations import GivenCamera
from ...data.reading import Damaged
from ..calibration.rig_file import CalibratedCamera, cameras_in


def read_calibration(text: str, clip_name: str, size_px: tuple[int, int]) -> GivenCamera:
    """The camera of a calibration (see ``calibration.rig_file``) that is called as the clip, or the
    only one, for pictures of ``size_px``. Raises Damaged."""
    cameras = {one.name: one for one in cameras_in(text)}
    named = [name for name in cameras if name.lower() == clip_name.lower()]
    within = [name for name in cameras if name and name.lower() in clip_name.lower()]
    chosen = named or within or list(cameras)
    if len(chosen) > 1:
        listed = ", ".join(sorted(name[:40] for name in cameras)[:8])
        raise Damaged(f"none of its cameras ({listed}) is called as the clip, {clip_name[:80]}")
    one = cameras[chosen[0]]
    T: F64 = np.eye(4)
    T[:3, :3], T[:3, 3] = one.R.T, -one.R.T @ one.t
    return GivenCamera(np.zeros(1, np.int32), T[None], _fitted(one, size_px)[None], one.dist)


def _fitted(camera: CalibratedCamera, size_px: tuple[int, int]) -> F64:
    """Intrinsics of a clip that may be a smaller copy of what was calibrated: pixels are counted
    from the middle of the first one."""
    K: F64 = camera.K.copy()
    if camera.size_px is not None:
        scale = np.array(size_px) / np.array(camera.size_px)
        K[:2] *= scale[:, None]
        K[:2, 2] += 0.5 * (scale - 1)
    return K
