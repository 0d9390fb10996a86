"""The oddities by name: how each is made of a film, at thirty pictures a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np

from .encoding import Style, damaged, deinterlaced, encode, with_silence, woven

Film: TypeAlias = Sequence[np.ndarray]
Maker: TypeAlias = Callable[[Path, Film], Path]
"""Writes a film of 30 pictures a second as NAME.* into a folder."""

RATE: Final = 30
"""Pictures a second of the film that all is made of."""
_ONE: Final = 65536
_X264: Final = {"crf": "14"}
_JPEG: Final = {"qmin": "2", "qmax": "3"}
_TS_PACKET: Final = 188  # bytes
_EXR: Final = Style("exr", "gbrpf32le", options={}, container="image2")


def _film(suffix: str, style: Style, change: Callable[[Film], Film] = lambda film: film) -> Maker:
    def make(stem: Path, film: Film) -> Path:
        return encode(stem.with_suffix(suffix), [change(film)], style)

    return make


def _field_order(
    first_line: int, codec: str, suffix: str, pixels: str, *, wrong: bool = False, **options: str
) -> Maker:
    given = {"flags": "+ildct+ilme", **options}
    flag = ("tff", "bff")[first_line != wrong]
    style = Style(codec, pixels, options=given, first_field=flag)
    return _film(suffix, style, lambda film: woven(film, first_line))


def _turned(a: int, b: int, c: int, d: int, stored: Callable[[np.ndarray], np.ndarray]) -> Maker:
    """Stored so that the display matrix a b c d brings it upright."""
    matrix = (a * _ONE, b * _ONE, 0, c * _ONE, d * _ONE, 0, 0, 0, 1 << 30)
    return _film(".mp4", Style(matrix=matrix), lambda film: [stored(bgr) for bgr in film])


def _squeezed(width: float, height: float, aspect: Fraction) -> Maker:
    def squeeze(film: Film) -> Film:
        h, w = film[0].shape[:2]
        size = round(w * width / 2) * 2, round(h * height / 2) * 2
        return [cv2.resize(bgr, size, interpolation=cv2.INTER_AREA) for bgr in film]

    return _film(".mp4", Style(aspect=aspect), squeeze)


def _uneven(keeps: Callable[[int], bool]) -> Maker:
    def make(stem: Path, film: Film) -> Path:
        ticks = [k for k in range(len(film)) if keeps(k)]
        style = Style(ticks=ticks, options={**_X264, "bf": "0"})
        return encode(stem.with_suffix(".mov"), [[film[k] for k in ticks]], style)

    return make


def _jittered(stem: Path, film: Film) -> Path:
    late = np.random.default_rng(0).integers(0, 9, len(film))  # of a 1/900 s, 30 ticks a frame
    ticks = [30 * k + int(late[k]) for k in range(len(film))]
    return encode(stem.with_suffix(".mp4"), [film], Style(rate=900, ticks=ticks))


def _hour(stem: Path, film: Film) -> Path:
    ticks = [k + (108_000 if k >= len(film) // 2 else 0) for k in range(len(film))]
    return encode(stem.with_suffix(".mkv"), [film], Style(ticks=ticks))


def _two_streams(stem: Path, film: Film) -> Path:
    small = [cv2.resize(bgr, (160, 90)) for bgr in film]
    return encode(stem.with_suffix(".mkv"), [small, film], Style())


def _changing_shape(stem: Path, film: Film) -> Path:
    half = len(film) // 2
    style = Style(container="mpegts")
    parts = [film[:half], [np.rot90(bgr) for bgr in film[half:]]]
    whole = b""
    for n, part in enumerate(parts):
        whole += encode(stem.with_suffix(f".part{n}.ts"), [part], style).read_bytes()
    path = stem.with_suffix(".ts")
    path.write_bytes(whole)
    return path


def _flash(film: Film) -> Film:
    lit = [bgr.copy() for bgr in film]
    for k in (len(film) // 2, len(film) // 2 + 1):
        lit[k] = np.clip(lit[k].astype(int) * 3 + 120, 0, 255).astype(np.uint8)
    return lit


def _covered(film: Film) -> Film:
    """A hand lies on the lens for a quarter of the film."""
    first, last = len(film) // 2, len(film) * 3 // 4
    hand = np.full_like(film[0], (12, 16, 40))
    return [hand if first <= k < last else bgr for k, bgr in enumerate(film)]


def _numbered(left_out: Sequence[int], first: int = 1) -> Maker:
    def make(stem: Path, film: Film) -> Path:
        stem.mkdir()
        for k, bgr in enumerate(film):
            if k not in left_out:
                cv2.imwrite(str(stem / f"shot_{k + first:04d}.jpg"), bgr)
        return stem

    return make


def _webp(stem: Path, film: Film) -> Path:
    animation = cv2.Animation()
    opaque = np.full((*film[0].shape[:2], 1), 255, np.uint8)
    animation.frames = [np.concatenate([bgr, opaque], axis=-1) for bgr in film]
    animation.durations = [33] * len(film)
    path = stem.with_suffix(".webp")
    cv2.imwriteanimation(str(path), animation)
    return path


def _torn(bytes_changed: int) -> Maker:
    def make(stem: Path, film: Film) -> Path:
        style = Style(options={**_X264, "g": "6", "bf": "0"})
        whole = encode(stem.with_suffix(".whole.mp4"), [film], style)
        return damaged(stem.with_suffix(".mp4"), whole, bytes_changed)

    return make


def _cut_off(stem: Path, film: Film) -> Path:
    style = Style(container_options={"movflags": "+faststart"})
    whole = encode(stem.with_suffix(".whole.mp4"), [film], style).read_bytes()
    path = stem.with_suffix(".mp4")
    path.write_bytes(whole[: len(whole) * 7 // 10])
    return path


def _with_sound(stem: Path, film: Film) -> Path:
    return with_silence(stem.with_suffix(".mkv"), film, Style(), 2 + len(film) // 30)


def _amid_a_group(stem: Path, film: Film) -> Path:
    style = Style(container="mpegts", options={**_X264, "g": "16", "bf": "0"})
    whole = encode(stem.with_suffix(".whole.ts"), [film], style).read_bytes()
    path = stem.with_suffix(".ts")
    path.write_bytes(whole[len(whole) // _TS_PACKET // 5 * _TS_PACKET :])
    return path


def _without_index(stem: Path, film: Film) -> Path:
    style = Style("mjpeg", "yuvj420p", options=_JPEG)
    whole = encode(stem.with_suffix(".whole.avi"), [film], style).read_bytes()
    path = stem.with_suffix(".avi")
    path.write_bytes(whole[: whole.rindex(b"idx1")])
    return path


def _of_a_photo_camera(stem: Path, film: Film) -> Path:
    """JPEGs in a row, each with EXIF data."""
    exif = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01" + bytes(6)
    pictures = [cv2.imencode(".jpg", bgr)[1].tobytes() for bgr in film]
    path = stem.with_suffix(".mjpeg")
    path.write_bytes(b"".join(jpeg[:2] + exif + jpeg[2:] for jpeg in pictures))
    return path


def _beside_masks(stem: Path, film: Film) -> Path:
    """Numbered pictures, and a mask of each in the same folder."""
    folder = _numbered(())(stem, film)
    for k, bgr in enumerate(film):
        cv2.imwrite(str(folder / f"mask_{k + 1:04d}.jpg"), (bgr > 128).astype(np.uint8) * 255)
    return folder


def _film_in_fields(film: Film) -> Film:
    """Of four pictures five, two of which show a field of each of two (3:2 pulldown)."""
    out: list[np.ndarray] = []
    for a, b, c, d in zip(film[0::4], film[1::4], film[2::4], film[3::4], strict=False):
        out += [a, b, woven([b, c], 0)[0], woven([c, d], 0)[0], d]
    return out


def _deinterlaced(first_line: int) -> Maker:
    def make(stem: Path, film: Film) -> Path:
        whole = deinterlaced(woven(film, first_line), ("tff", "bff")[first_line])
        return encode(stem.with_suffix(".mp4"), [whole], Style())

    return make


def _linear(stem: Path, film: Film) -> Path:
    stem.mkdir()
    for k, bgr in enumerate(film):
        encode(stem / f"shot_{k + 1:04d}.exr", [[bgr]], _EXR)
    return stem


KINDS: Final[dict[str, Maker]] = {
    "plain": _film(".mp4", Style()),
    "hevc": _film(".mp4", Style("libx265", options={"crf": "16", "x265-params": "log-level=0"})),
    "vp9": _film(".webm", Style("libvpx-vp9", options={"crf": "20", "b": "0"})),
    "mjpeg": _film(".avi", Style("mjpeg", "yuvj420p", options=_JPEG)),
    "ten-bit": _film(".mp4", Style(pixels="yuv420p10le")),
    "full-colour": _film(".mkv", Style(pixels="yuv444p")),
    "twelve-bit": _film(
        ".mp4", Style("libx265", "yuv420p12le", options={"crf": "16", "x265-params": "log-level=0"})
    ),
    "transparent": _film(".mov", Style("prores_ks", "yuva444p10le", options={"profile": "4"})),
    "transparent-vp9": _film(
        ".webm",
        Style("libvpx-vp9", "yuva420p", options={"crf": "20", "b": "0", "auto-alt-ref": "0"}),
    ),
    "dnxhr": _film(".mov", Style("dnxhd", "yuv422p", options={"profile": "dnxhr_hq"})),
    "grey-sixteen": _film(".mkv", Style("ffv1", "gray16le", options={})),
    "deinterlaced-top": _deinterlaced(0),
    "deinterlaced-bottom": _deinterlaced(1),
    "interlaced-mjpeg": _film(
        ".avi", Style("mjpeg", "yuvj420p", options=_JPEG), lambda film: woven(film, 0)
    ),
    "interlaced-top": _field_order(0, "libx264", ".mp4", "yuv420p", crf="14"),
    "interlaced-bottom": _field_order(1, "libx264", ".mp4", "yuv420p", crf="14"),
    "interlaced-mpeg2": _field_order(0, "mpeg2video", ".mpg", "yuv420p", b="9000000"),
    "interlaced-prores": _field_order(0, "prores_ks", ".mov", "yuv422p10le"),
    "flagged-interlaced": _film(
        ".mp4", Style(options={**_X264, "flags": "+ildct+ilme"}, first_field="tff")
    ),
    "interlaced-wrongly": _field_order(0, "libx264", ".mp4", "yuv420p", crf="14", wrong=True),
    "interlaced-mpeg2-wrongly": _field_order(
        1, "mpeg2video", ".mpg", "yuv420p", b="9000000", wrong=True
    ),
    "interlaced-silently": _film(".mp4", Style(), lambda film: woven(film, 0)),
    "film-in-fields": _film(".mp4", Style(), _film_in_fields),
    "frames-missing": _uneven(lambda k: k % 7 not in (3, 4)),
    "rate-halves": _uneven(lambda k: k < 20 or k % 2 == 0),
    "late-frames": _jittered,
    "mirrored": _turned(-1, 0, 0, 1, lambda bgr: bgr[:, ::-1]),
    "upside-down": _turned(-1, 0, 0, -1, lambda bgr: bgr[::-1, ::-1]),
    "on-its-side": _turned(0, 1, -1, 0, np.rot90),
    "selfie-on-its-side": _turned(0, 1, 1, 0, lambda bgr: bgr.swapaxes(0, 1)),
    "anamorphic": _squeezed(0.75, 1, Fraction(4, 3)),
    "tall-pixels": _squeezed(1, 0.5, Fraction(1, 2)),
    "two-streams": _two_streams,
    "longer-sound": _with_sound,
    "bare-stream": _film(".h264", Style(container="h264")),
    "shape-changes": _changing_shape,
    "hour-between": _hour,
    "flash": _film(".mp4", Style(), _flash),
    "lens-covered": _film(".mp4", Style(), _covered),
    "numbers-missing": _numbered((6, 7, 14)),
    "numbers-negative": _numbered((), first=-10),
    "fragmented": _film(
        ".mp4",
        Style(
            options={**_X264, "g": "10"},
            container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"},
        ),
    ),
    "starts-late": _film(".mp4", Style(ticks=range(300, 10_000))),
    "negative-times": _film(
        ".mkv", Style(ticks=range(-10, 10_000), container_options={"avoid_negative_ts": "disabled"})
    ),
    "amid-a-group": _amid_a_group,
    "without-index": _without_index,
    "h264-in-avi": _film(".avi", Style()),
    "h264-in-wmv": _film(".wmv", Style(container="asf")),
    "photo-camera": _of_a_photo_camera,
    "tagged-ycgco": _film(".mp4", Style(options={**_X264, "x264-params": "colormatrix=YCgCo"})),
    "beside-masks": _beside_masks,
    "two-views": _film(
        ".mp4",
        Style(options={**_X264, "x264-params": "frame-packing=3"}),
        lambda film: [np.hstack([bgr, bgr]) for bgr in film],
    ),
    "openexr": _linear,
    "gif": _film(".gif", Style("gif", "rgb8", options={})),
    "apng": _film(".png", Style("apng", "rgb24", options={}, container="apng")),
    "webp": _webp,
    "torn-a-little": _torn(3),
    "torn": _torn(300),
    "cut-off": _cut_off,
}
"""Every kind; the first is what most others are compared with."""
