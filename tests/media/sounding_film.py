"""Films with sound, and what microphones hear of a made-up scene."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from odd_footage import picture

SCENE_HZ = 48000


def voices(seconds: float, seed: int) -> np.ndarray:
    """Bursts of noise of any length and loudness, as speech, steps and claps are, full scale 1."""
    random = np.random.default_rng(seed)
    n = int(seconds * SCENE_HZ)
    is_on = np.repeat(random.uniform(size=int(seconds * 6) + 1) > 0.45, SCENE_HZ // 6 + 1)[:n]
    loud = np.interp(
        np.arange(n) / SCENE_HZ, np.arange(0, seconds + 1, 0.2),
        random.uniform(0.2, 1, len(np.arange(0, seconds + 1, 0.2))),
    )  # fmt: skip
    sound = np.convolve(random.normal(size=n), np.ones(6) / 6, "same")
    return 0.2 * sound * is_on * loud


def beats(seconds: float) -> np.ndarray:
    """Music that repeats itself every half second."""
    bar = np.random.default_rng(5).normal(size=4000) * np.exp(-np.arange(4000) / 800)
    out = np.zeros(int(seconds * SCENE_HZ))
    for start in range(0, len(out) - 4000, SCENE_HZ // 2):
        out[start : start + 4000] += 0.2 * bar
    return out


def heard(
    scene: np.ndarray,
    start_s: float,
    seconds: float,
    rate_hz: int,
    *,
    rate: float = 0.0,
    echo: float = 0.5,
    noise: float = 0.01,
    seed: int = 0,
) -> np.ndarray:
    """What a microphone hears of ``scene`` from ``start_s`` on; its clock goes faster by ``rate``.

    ``echo`` of the walls of a room of its own, ``noise`` of its own.
    """
    random = np.random.default_rng(seed)
    at_s = start_s + np.arange(int(seconds * rate_hz)) / rate_hz / (1 + rate)
    dry = np.interp(at_s * SCENE_HZ, np.arange(len(scene)), scene)
    out = dry.copy()
    for late_s, share in ((0.011, 0.6), (0.023, 0.4), (0.047, 0.3), (0.083, 0.2)):
        k = int(late_s * random.uniform(0.7, 1.3) * rate_hz)
        out[k:] += echo * share * dry[:-k]
    return np.clip(out + noise * random.normal(size=len(out)), -1, 1)


def write_film(
    path: Path,
    samples: np.ndarray | None,
    rate_hz: int,
    *,
    seconds: float,
    codec: str = "aac",
    fps: int = 25,
    sound_from_s: float = 0.0,
) -> Path:
    """A film of ``seconds`` with ``samples`` (n,) as its sound, in stereo; None is a silent one.

    The sound begins ``sound_from_s`` after the first picture.
    """
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=fps)
        video.height, video.width = picture(0).shape[:2]
        video.pix_fmt = "yuv420p"
        audio: Any = None if samples is None else out.add_stream(codec, rate=rate_hz)
        for k in range(int(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(picture(k), format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, fps)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        if audio is not None and samples is not None:
            stereo = np.stack([samples, samples]).astype(np.float32)
            for begin in range(0, stereo.shape[1], 1024):
                part: Any = np.ascontiguousarray(stereo[:, begin : begin + 1024])
                piece = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                piece.sample_rate, piece.time_base = rate_hz, Fraction(1, rate_hz)
                piece.pts = begin + int(sound_from_s * rate_hz)
                out.mux(audio.encode(piece))
            out.mux(audio.encode(None))
    return path
