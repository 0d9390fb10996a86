"""``--parts`` and ``limn observe``: runs go on amid a clip, stretches are looked at by anybody."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import Result
from limn.core.data.errors import ClipError, LimnError, OutputError
from limn.core.data.take_file import load_take
from limn.core.data.types import Take

Limn = Callable[..., Result]
HERE = Path(__file__).parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")

SLOW = f"""
import sys
sys.path[:0] = [{str(HERE)!r}, {str(HERE.with_name("media"))!r}]
from pathlib import Path
from fake_networks import FRAMES, SIZE_PX, KnowingDetector, KnowingModel, Stage
from limn.models import estimators
from limn.core.pipeline.keeping import memory
from walking import walking_take
memory.Memory.__init__.__defaults__ = (*memory.Memory.__init__.__defaults__[:-1], 0.2)
stage = Stage(walking_take(Path(sys.argv[1]), FRAMES, SIZE_PX, people=1))
networks = KnowingDetector(stage, delay_s=float(sys.argv[2])), (KnowingModel(stage),)
estimators.open_estimator = lambda quality, **_: networks
sys.argv[1:3] = []
from limn.cli import starting
sys.exit(starting.main())
"""


def slow_run(clip: Path, *words: str | Path, delay_s: float = 0.3) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SLOW, str(clip), str(delay_s), *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def assert_same(one: Path, other: Path) -> None:
    a, b = load_take(one).people[0], load_take(other).people[0]
    np.testing.assert_array_equal(a.root_xyz_world, b.root_xyz_world)
    np.testing.assert_array_equal(a.quat_parent_joint, b.quat_parent_joint)


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_run_goes_on(
    limn: Limn, clip: Path, truth: Take, tmp_path: Path, how: signal.Signals
) -> None:
    whole, output, parts = (tmp_path / n for n in ("whole.npz", "one.npz", "one.parts"))
    assert limn("estimate", clip, "-o", whole).code == 0
    words = ("estimate", clip, "-o", output, "--parts", parts)
    run = slow_run(clip, *words)
    ended = time.monotonic() + 60
    while not list(parts.glob("*.part.npz")) and time.monotonic() < ended:
        time.sleep(0.02)
    run.send_signal(how)
    _, said = run.communicate(timeout=30)
    assert run.returncode == (130 if how == signal.SIGINT else -9)
    assert list(parts.glob("*.part.npz"))
    assert not output.exists()
    if how == signal.SIGINT:
        assert said.count("\n") == 1
        assert f"is kept in {parts}, and the same run goes on" in said
    assert limn(*words).code == 0
    assert_same(whole, output)
    assert not parts.exists()


def test_stretches_and_the_estimate_that_follows(
    limn: Limn, clip: Path, truth: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, output, parts = (tmp_path / n for n in ("whole.npz", "one.npz", "parts"))
    assert limn("estimate", clip, "-o", whole).code == 0
    for first, last in (("15", "29"), ("0", "14")):
        words = ("observe", clip, "--stretch", first, last, "--parts", parts, "--json")
        result = json.loads(limn(*words).out)
        assert Path(result["part"]).is_file()
        assert "skipped" not in result
        assert json.loads(limn(*words).out)["skipped"]

    from limn.models import estimators

    _, models = estimators.open_estimator("balanced")

    class Asleep:
        def detect(self, bgr: np.ndarray) -> None:
            raise AssertionError("it was asked again")

    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: (Asleep(), models))
    assert limn("estimate", clip, "-o", output, "--parts", parts).code == 0
    assert_same(whole, output)
    assert not parts.exists()


def test_wrong_stretches_are_one_sentence(
    limn: Limn, clip: Path, truth: Take, tmp_path: Path
) -> None:
    for first, last in (("9", "3"), ("-1", "3")):
        result = limn("observe", clip, "--stretch", first, last, "--parts", tmp_path / "p")
        assert result.code == 2
        assert result.err.count("\n") == 1
    result = limn("observe", clip, "--stretch", "900", "950", "--parts", tmp_path / "p")
    assert result.code == 3
    assert "no frame 900" in result.err
    result = limn("estimate", clip, "--output-dir", tmp_path, "--parts", tmp_path / "p")
    assert result.code == 2
    assert not (tmp_path / "p").exists()


def test_nobody_in_a_clip_leaves_nothing(
    limn: Limn, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fake_networks import KnowingDetector, KnowingModel, Stage, make_clip
    from limn.core.data.types import Detections
    from limn.models import estimators

    stage = Stage(make_clip(clip))

    class Blind(KnowingDetector):
        def detect(self, bgr: np.ndarray) -> Detections:
            found = super().detect(bgr)
            return Detections(
                found.xy_px[:0], found.keypoint_score[:0], found.boxes_px[:0], found.score[:0]
            )

    networks = Blind(stage), (KnowingModel(stage),)
    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: networks)
    result = limn("estimate", clip, "-o", tmp_path / "a.npz", "--parts", tmp_path / "parts")
    assert result.code == 6
    assert not (tmp_path / "parts").exists()


@pytest.mark.parametrize(
    ("error", "is_there", "stays"),
    [(ClipError, True, False), (ClipError, False, True), (OutputError, True, True)],
)
def test_parts_of_a_clip_that_can_not_be_read_go_and_others_stay(
    limn: Limn, clip: Path, truth: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    error: type[LimnError], is_there: bool, stays: bool,
) -> None:  # fmt: skip
    """What the same run would end in again is kept for nobody; a share comes back, a disk is
    tidied."""
    parts = tmp_path / "parts"

    def fail(*_: object) -> None:
        if not is_there:
            clip.unlink()
        raise error("It went wrong.")

    monkeypatch.setattr("limn.core.pipeline.estimate.settle_tracks", fail)
    result = limn("estimate", clip, "-o", tmp_path / "a.npz", "--parts", parts)
    assert result.code == error.exit_code
    assert bool(list(parts.glob("*.part.npz"))) == stays
    assert parts.exists() == stays
