"""What a clip's microphone heard, on the clock of its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.data.arrays import F32
from ...core.data.types import ClipInfo
from ...core.together.clocks.sound import RATE_HZ, Sound
from ..ffmpeg import load_av

_MOST_S: Final = 1200.0
"""Seconds that are heard; more tell no more, and memory stays bounded."""
_AROUND: Final = 32
"""Packets of pictures that are written out of their order at most."""
_GAP_S: Final = 0.02
"""Seconds by which a time stamp must be off before samples are missing."""
_BROKEN_READS: Final = 400
"""After so many failing reads in a row the sound counts as ended."""


def read_sound(clip: ClipInfo) -> Sound | None:
    """The sound of a video, from the first picture that is used on; None where it has none that
    can be read, as sound is but a help."""
    path = Path(clip.path)
    if clip.is_still or not path.is_file():
        return None
    av = load_av()
    try:
        zero_s = _first_picture_s(av, path, clip.first_frame)
        if zero_s is None:
            return None
        seconds = _MOST_S
        if clip.frame_count:
            seconds = min(clip.frame_count * clip.step / max(clip.fps, 1.0), _MOST_S)
        return _heard(av, path, zero_s, seconds)
    except (av.error.FFmpegError, OSError, ValueError):
        return None


def _open(av: Any, path: Path) -> Any:  # noqa: ANN401 - av's types are known only once it is loaded
    # As Container opens it: never another protocol, nothing that a file names is fetched.
    options = {"protocol_whitelist": "file"}
    return av.open(str(path.absolute()), container_options=options, metadata_errors="replace")


def _first_picture_s(av: Any, path: Path, first: int) -> float | None:  # noqa: ANN401
    """The time stamp of picture ``first``, seconds; nothing is decoded."""
    with _open(av, path) as file:
        if not file.streams.video or not file.streams.audio:
            return None
        stamps: list[float] = []
        for packet in file.demux(file.streams.best("video")):
            if packet.pts is not None and not packet.is_discard:
                stamps.append(float(packet.pts * packet.time_base))
            if len(stamps) > first + _AROUND:
                break
    return sorted(stamps)[first] if len(stamps) > first else None


def _heard(av: Any, path: Path, zero_s: float, seconds: float) -> Sound | None:  # noqa: ANN401
    """``seconds`` of sound from ``zero_s`` of the file's clock on."""
    begin_s: float | None = None
    parts: list[F32] = []
    length = 0
    with _open(av, path) as file:
        for at_s, samples in _pieces(av, file):
            begin_s = at_s if begin_s is None else begin_s
            missing = round((at_s - begin_s) * RATE_HZ) - length
            if missing > _GAP_S * RATE_HZ:
                missing = min(missing, int(_MOST_S * RATE_HZ))
                parts.append(np.zeros(missing, np.float32))
                length += missing
            parts.append(samples)
            length += len(samples)
            if begin_s + length / RATE_HZ > zero_s + seconds:
                break
    if begin_s is None:
        return None
    every = np.nan_to_num(np.concatenate(parts))
    skipped = max(0, round((zero_s - begin_s) * RATE_HZ))
    kept = every[skipped : skipped + int(seconds * RATE_HZ)]
    return Sound(begin_s + skipped / RATE_HZ - zero_s, kept) if len(kept) else None


def _pieces(av: Any, file: Any) -> Iterator[tuple[float, F32]]:  # noqa: ANN401
    """(time stamp in seconds, samples of one channel) one piece after the other."""
    stream = file.streams.best("audio")
    resampler = av.AudioResampler(format="flt", layout="mono", rate=int(RATE_HZ))
    at_s: float | None = None
    for frame in _decoded(av, file, stream):
        if frame.pts is not None:
            at_s = float(frame.pts * frame.time_base)
        for piece in resampler.resample(frame):
            samples = np.asarray(piece.to_ndarray(), np.float32).reshape(-1)
            if at_s is not None:
                yield at_s, samples
                at_s += len(samples) / RATE_HZ


def _decoded(av: Any, file: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401
    """Frames of sound, without those that are damaged."""
    failures = 0
    while failures < _BROKEN_READS:
        try:
            for packet in file.demux(stream):
                try:
                    yield from packet.decode()
                    failures = 0
                except (av.error.FFmpegError, ValueError):
                    failures += 1
            return
        except (av.error.FFmpegError, ValueError):
            failures += 1
