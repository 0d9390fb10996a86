"""The command line with networks that know the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_networks import KnowingDetector, KnowingModel, Result, Stage, make_clip
from limn.cli.main import run
from limn.core.data.types import Take
from limn.models import estimators


@pytest.fixture
def limn(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command in this process."""

    def call(*arguments: str | Path) -> Result:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    make_clip(path)
    return path


@pytest.fixture
def truth(clip: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """The truth of ``clip``; from here on the networks know it."""
    take = make_clip(clip)
    stage = Stage(take)
    networks = KnowingDetector(stage), (KnowingModel(stage),)
    monkeypatch.setattr(estimators, "open_estimator", lambda quality, **_: networks)
    return take
