"""One run of the pipeline from the shell: the networks, opened once, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ... import api
from ...core.data.observations import GivenCamera
from ...core.data.settings import Settings
from ...core.data.types import Camera, FrameSource, Take
from ...core.pipeline.keeping.others import Others
from ...core.pipeline.networks import Networks, open_always_asked
from ..cancelling import Cancellation, drive
from ..reporting import Reporter
from .parts import remembering


@dataclass(frozen=True, slots=True)
class Session:
    """The networks of the settings, for any number of clips."""

    settings: Settings
    networks: Networks
    reporter: Reporter
    cancellation: Cancellation
    parts: Path | None = None
    """Where the networks' answers are kept while a take is being made."""
    others: Others | None = None
    """Who looks at stretches of the clip meanwhile."""

    def run(self, source: FrameSource, camera: Camera | GivenCamera | None = None) -> Take:
        """Run the one pipeline over an open clip, reporting as it goes."""
        networks = remembering(self.networks, self.settings, self.parts, self.others)
        job = api.estimate_job(source, self.settings, camera=camera, networks=networks)
        return drive(job, self.reporter, self.cancellation)


def open_session(
    settings: Settings, reporter: Reporter, cancellation: Cancellation, *, is_awaited: bool = False
) -> Session:
    """Find the networks of the settings, and where the session ``is_awaited`` begin to open them.

    Raises ModelError and SettingsError.
    """
    networks = api.open_networks(settings)
    if is_awaited:
        open_always_asked(networks)
    return Session(settings, networks, reporter, cancellation)
