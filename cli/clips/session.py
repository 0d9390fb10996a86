"""One run of the pipeline from the shell: the networks, loaded once, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...core.data.settings import KEYPOINTS_ONLY, Settings
from ...core.data.types import Camera, Detector, FrameSource, LandmarkModel, Take
from ...core.depth.maps import DepthModel
from ...core.lifting.lifter import Lifter
from ..cancelling import Cancellation, drive
from ..reporting import Reporter


@dataclass(frozen=True, slots=True)
class Session:
    """The networks of the settings, for any number of clips."""

    settings: Settings
    detector: Detector
    landmark_models: Sequence[LandmarkModel]
    lifter: Lifter
    depth: DepthModel | None
    reporter: Reporter
    cancellation: Cancellation

    def run(self, source: FrameSource, camera: Camera | None = None) -> Take:
        """Run the one pipeline over an open clip, reporting as it goes."""
        from ...core.pipeline.estimate import estimate
        from ...media.scene_finder import OpenCVScene

        networks = self.detector, self.landmark_models
        others = camera, self.lifter, self.depth, OpenCVScene()
        job = estimate(source, *networks, self.settings, *others)
        return drive(job, self.reporter, self.cancellation)


def open_session(settings: Settings, reporter: Reporter, cancellation: Cancellation) -> Session:
    """Find the networks of the settings. Raises ModelError and SettingsError."""
    from ...media.opencv import load_cv2
    from ...models.estimators import MOVENET, open_named
    from ...models.networks.depth import open_depth
    from ...models.networks.lifter import open_lifter

    # Frames run side by side on our own threads; OpenCV's would only get in their way.
    load_cv2().setNumThreads(1)
    on_keypoints = settings.estimator in KEYPOINTS_ONLY
    name = MOVENET if on_keypoints else settings.estimator
    networks = open_named(name, settings.quality)
    depth = None
    if settings.depth_model:
        depth = open_depth(settings.depth_model, settings.depth_input)
    return Session(settings, *networks, open_lifter(), depth, reporter, cancellation)
