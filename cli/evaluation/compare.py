"""``limn compare``: estimators or qualities on one clip, side by side in figures and pictures."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ...core.data.errors import LimnError, SettingsError
from ...core.data.settings import NEED_DEPTH, QUALITIES, Settings
from ...core.data.take_file import save_take
from ...core.data.types import Camera, Region, Take
from ...core.evaluation.scoring import figures_of, score
from ...core.evaluation.truth import Truth, read_intrinsics, read_truth
from ..cancelling import Cancellation, drive
from ..clips.range import add_range, open_source
from ..clips.session import Session, open_session
from ..option_rules import check_applies, given_of, goes_with
from ..options import add_reporting, add_settings, settings_from
from ..outputs import check_output, make_folder
from ..reporting import Reporter
from ..takes.preview import STYLES, SUFFIXES
from .comparison_table import line_of, table_of
from .made_takes import add_made, at_frames_of, made_takes

if TYPE_CHECKING:
    from ...media.drawing.comparison import Contender

_EPILOG: Final = """\
The figures are means over everybody's frames: found is the share of frames with somebody in them,
jitter the third derivative of all joints in 10 m/s^3, bone how much limbs change their length,
slide how far a standing foot moves a frame, reproj. how far joints lie beside the picture's, as a
share of the body. --truth adds errors in mm as the project's benchmark defines them.

Without --estimators and --qualities every estimator runs that is there, centernet-depth too where a
depth network is installed or named. Estimators that need one take the first of 'limn models' unless
--depth-model names another; the others see depth only if it does.

examples:
  limn compare dance.mp4 -o dance.png
  limn compare dance.mp4 --estimators blazepose,movenet,rtmpose-m -o dance.mp4
  limn compare dance.mp4 --with imported.take.npz -o dance.png
  limn compare dance.mp4 --qualities fast,balanced,best --json
  limn compare bench/synthetic/syn_walk/video.mp4 --truth bench/synthetic/syn_walk"""

_ON_DEPTH: Final = "centernet-depth"
_NO_DEPTH: Final = (
    f"{_ON_DEPTH} was left out, as no depth network is installed; 'limn models' lists some."
)
_TRIAL_PX: Final = 128


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn compare``."""
    parser = commands.add_parser(
        "compare",
        help="run several estimators or qualities on a clip and show them side by side",
        description="Run several estimators or qualities on one clip; print their figures and draw "
        "them side by side.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video, a photo or a sequence")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="OUT", help="OUT.png, OUT.gif or OUT.mp4"
    )
    parser.add_argument(
        "--estimators", metavar="A,B,...", help="estimators to compare, see --estimator"
    )
    parser.add_argument(
        "--qualities", metavar="A,B,...", help=f"qualities to compare: {', '.join(QUALITIES)}"
    )
    parser.add_argument(
        "--truth",
        type=Path,
        metavar="DIR",
        help="a benchmark clip's folder with gt.npz; its intrinsics are used too",
    )
    parser.add_argument(
        "--takes", type=Path, metavar="DIR", help="keep every take, as DIR/NAME.take.npz"
    )
    parser.add_argument("--style", choices=STYLES, help=f"how it is drawn (default: {STYLES[0]})")
    add_made(parser)
    add_range(parser)
    add_settings(parser)
    add_reporting(parser)
    parser.set_defaults(execute=_compare)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to estimate, by a name that tells it from the others."""

    name: str
    estimator: str
    quality: str
    depth_model: str = ""


def variants_of(settings: Settings, estimators: str | None, qualities: str | None) -> list[Variant]:
    """Every estimator at every quality; without either, all estimators that can run here.

    Raises SettingsError for an unknown quality, an empty list or a name given twice.
    """
    names: Sequence[str] = [settings.estimator]
    depth = settings.depth_model or _first_depth()
    if estimators is not None:
        names = _listed(estimators, "estimators")
    elif qualities is None:
        from ...models.estimators import SHIPPED, installed_estimators

        there = installed_estimators()
        on_depth = [_ON_DEPTH] * bool(depth)
        names = [*SHIPPED, *on_depth, *(name for name in there if name not in SHIPPED)]
    levels = [settings.quality] if qualities is None else _listed(qualities, "qualities")
    for level in levels:
        replace(settings, quality=level)  # an unknown one stops everything, as it does elsewhere
    out = []
    for name in names:
        for level in levels:
            words = [name] if len(names) > 1 or len(levels) == 1 else []
            words += [level] if len(levels) > 1 else []
            of = depth if name in NEED_DEPTH else settings.depth_model
            out.append(Variant(" ".join(words), name, level, of))
    return out


def _first_depth() -> str:
    """The name of a depth network that is installed, empty without any."""
    from ...models.estimators import installed_depth

    return next(iter(installed_depth()), "")


def _listed(text: str, what: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or len(set(names)) < len(names):
        raise SettingsError(f"The {what} '{text}' must be different names with commas between.")
    return names


def _compare(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ...media.drawing.comparison import Contender

    settings = _checked(arguments)
    several = arguments.estimators or (settings.estimator if arguments.made else None)
    variants = variants_of(settings, several, arguments.qualities)
    if arguments.output is not None:
        check_output(arguments.output, SUFFIXES, _read_by(arguments))
    truth = None if arguments.truth is None else read_truth(arguments.truth)
    made = made_takes(arguments.made or [], open_source(arguments.clip, arguments).info)
    if arguments.takes is not None:
        make_folder(arguments.takes)
    rows: list[dict[str, Any]] = []
    contenders: list[Contender] = []
    for number, variant in enumerate(variants, 1):
        reporter.clip(variant.name, number, len(variants))
        row: dict[str, Any] = asdict(variant)
        try:
            chosen = replace(
                settings,
                estimator=variant.estimator,
                quality=variant.quality,
                depth_model=variant.depth_model,
            )
            take, figures = _run(arguments, chosen, truth, reporter, cancellation)
            row |= figures
            contenders.append(Contender(variant.name, line_of(figures), take))
            if arguments.takes is not None:
                path = arguments.takes / f"{variant.name.replace(' ', '-')}.take.npz"
                check_output(path, (".npz",), _read_by(arguments))
                save_take(take, path)
                row["take"] = str(path)
        except LimnError as error:
            cancellation.check()  # what was stopped by it hasn't failed
            row |= {"error": str(error), "exit_code": error.exit_code}
        rows.append(row)
    for name, given in made:
        take = at_frames_of(given, contenders[0].take) if contenders else given
        figures = figures_of(take) | (score(take, truth) if truth is not None else {})
        rows.append({"name": name, **figures})
        contenders.append(Contender(name, line_of(figures), take))
    failed = sum("error" in row for row in rows)
    outcome: dict[str, Any] = {"clip": str(arguments.clip), "variants": rows, "failed": failed}
    if arguments.output is not None and contenders:
        outcome["picture"] = str(_draw(arguments, contenders, reporter, cancellation))
    text = table_of(rows, outcome.get("picture"))
    is_default = several is None and arguments.qualities is None
    if is_default and all(variant.estimator != _ON_DEPTH for variant in variants):
        outcome["notes"] = [_NO_DEPTH]
        text += f"\n{_NO_DEPTH}"
    reporter.done(outcome, text)
    return 1 if failed else 0


def _checked(arguments: argparse.Namespace) -> Settings:
    """The settings, after what can't be given together was refused."""
    settings = settings_from(arguments)
    has_depth = settings.depth_model or _first_depth()
    check_applies(
        ("--estimator", arguments.estimator,
         arguments.estimators is None and bool(arguments.qualities or arguments.made),
         "is for --qualities and --with; name several with --estimators"),
        ("--quality", arguments.quality, arguments.qualities is None,
         "has no use beside --qualities"),
        ("--depth-input", arguments.depth_input, bool(has_depth), goes_with("--depth-model")),
        ("--face-shapes", settings.face_shapes or None, settings.face != "off",
         "has no use with --face off"),
        given_of(arguments, settings),
        ("--style", arguments.style, arguments.output is not None, goes_with("-o")),
        ("--fov", arguments.fov_deg, arguments.truth is None,
         "has no use beside --truth, whose intrinsics are used"),
    )  # fmt: skip
    return settings


def _read_by(arguments: argparse.Namespace) -> list[Path]:
    """The files that nothing may be written over."""
    truth = [] if arguments.truth is None else [arguments.truth]
    return [arguments.clip, *truth, *(arguments.made or [])]


def _run(
    arguments: argparse.Namespace,
    settings: Settings,
    truth: Truth | None,
    reporter: Reporter,
    cancellation: Cancellation,
) -> tuple[Take, dict[str, Any]]:
    """Estimate the clip with these settings; the take and its figures."""
    session = open_session(settings, reporter, cancellation)
    source = open_source(arguments.clip, arguments)
    camera: Camera | None = None
    if arguments.truth is not None:
        camera = read_intrinsics(arguments.truth, source.info.size_px)
    _open_networks(session)
    started_s = time.perf_counter()
    take = session.run(source, camera)
    seconds = time.perf_counter() - started_s
    cancellation.check()
    figures = figures_of(take) | (score(take, truth) if truth is not None else {})
    figures |= {"seconds": round(seconds, 3), "fps": round(len(take.time_s) / seconds, 2)}
    return take, figures


def _open_networks(session: Session) -> None:
    """Run every network once: the time that opening files takes says nothing about a method."""
    grey = np.full((_TRIAL_PX, _TRIAL_PX, 3), 128, np.uint8)
    session.networks.detector.detect(grey)
    if session.networks.depth is not None:
        session.networks.depth.estimate(grey)
    side = float(_TRIAL_PX)
    for model in session.networks.landmark_models:
        model.locate(grey, Region((side / 2, side / 2), side, 0.0, (0.0, 0.0, side, side)))


def _draw(
    arguments: argparse.Namespace,
    contenders: Sequence[Contender],
    reporter: Reporter,
    cancellation: Cancellation,
) -> Path:
    from ...media.drawing.comparison import render_comparison

    source = open_source(arguments.clip, arguments)
    job = render_comparison(
        contenders, source, arguments.output, style=arguments.style or STYLES[0]
    )
    return drive(job, reporter, cancellation)
