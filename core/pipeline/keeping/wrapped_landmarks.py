"""What a landmark network that is asked through another object passes on unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from ...data.observations import PassWorth
from ...data.skeletons import Skeleton
from ...data.types import LandmarkModel


@dataclass(frozen=True, slots=True)
class WrappedLandmarks:
    """All of ``data.types.LandmarkModel`` but ``locate``, which is the wrapper's own."""

    inner: LandmarkModel

    @property
    def name(self) -> str:
        """The network's own."""
        return self.inner.name

    @property
    def skeleton(self) -> Skeleton:
        """The network's own."""
        return self.inner.skeleton

    @property
    def worth(self) -> PassWorth:
        """The network's own."""
        return self.inner.worth
