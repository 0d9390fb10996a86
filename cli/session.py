"""One run of the pipeline from the shell: the networks, loaded once, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.lifting import Lifter
from ..core.settings import Settings
from ..core.types import Camera, Detector, FrameSource, LandmarkModel, Take
from .cancelling import Cancellation, drive
from .reporting import Reporter


@dataclass(frozen=True, slots=True)
class Session:
    """The networks of the settings' quality, for any number of clips."""

    settings: Settings
    detector: Detector
    landmark_models: Sequence[LandmarkModel]
    lifter: Lifter
    reporter: Reporter
    cancellation: Cancellation

    def run(self, source: FrameSource, camera: Camera | None = None) -> Take:
        """Run the one pipeline over an open clip, reporting as it goes."""
        from ..core.pipeline import estimate

        networks = self.detector, self.landmark_models
        job = estimate(source, *networks, self.settings, camera, self.lifter)
        return drive(job, self.reporter, self.cancellation)


def open_session(settings: Settings, reporter: Reporter, cancellation: Cancellation) -> Session:
    """Load the networks of the settings' quality. Raises ModelError."""
    from ..media.opencv import load_cv2
    from ..models.estimators import open_estimator
    from ..models.lifter import open_lifter

    # Frames run side by side on our own threads; OpenCV's would only get in their way.
    load_cv2().setNumThreads(1)
    detector, landmark_models = open_estimator(settings.quality)
    return Session(settings, detector, landmark_models, open_lifter(), reporter, cancellation)
