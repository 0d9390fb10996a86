"""Networks in 8 bits: who runs them, and how far they are from those they were made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from limn.core.data.arrays import U8
from limn.core.data.settings import Settings
from limn.models import runtime
from limn.models.closeups import open_closeups
from limn.models.devices import ON_PROCESSOR, Device
from limn.models.estimators import open_estimator
from limn.models.registry import CONVERTED, EIGHT_BIT, EIGHT_BIT_PROBE, Network
from limn.models.runtime import NetworkRunner, computes_8_bits

IN_8_BITS = "_8bit.onnx"


class _Answers:
    """A session that answers ``value`` to everything."""

    def __init__(self, value: float) -> None:
        self._value = value

    def run(self, names: list[str], _feed: dict[str, Any]) -> list[Any]:
        return [np.full((1, 64, 8, 8), self._value, np.float32) for _ in names]


@pytest.fixture
def forgetful() -> Iterator[None]:
    computes_8_bits.cache_clear()
    yield
    computes_8_bits.cache_clear()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    files: list[str] = []

    def note(network: Network, *_: object) -> _Answers:
        files.append(network.file)
        return _Answers(1.0)

    monkeypatch.setattr(runtime, "open_session", note)
    return files


@pytest.mark.parametrize(("sum_of_ones", "is_exact"), [(1.0, True), (0.996, True), (0.506, False)])
def test_a_processor_whose_sums_do_not_fit_is_told(
    monkeypatch: pytest.MonkeyPatch, forgetful: None, sum_of_ones: float, is_exact: bool
) -> None:
    asked: list[Network] = []

    def answer(network: Network, *_: object) -> _Answers:
        asked.append(network)
        return _Answers(sum_of_ones)

    monkeypatch.setattr(runtime, "open_session", answer)
    assert computes_8_bits() is is_exact
    assert asked == [EIGHT_BIT_PROBE]


@pytest.mark.networks
def test_the_probe_answers_exactly_or_about_half(forgetful: None) -> None:
    session = runtime.open_session(EIGHT_BIT_PROBE)
    ones = np.ones((1, 64, 8, 8), np.float32)
    (sums,) = session.run(["sums"], {"image": ones})
    assert np.ptp(sums) == 0
    assert abs(sums.flat[0] - 1) < 0.005 or 0.4 < sums.flat[0] < 0.6


@pytest.mark.parametrize("name", EIGHT_BIT)
@pytest.mark.parametrize("computes", [True, False])
def test_a_brief_runner_takes_8_bits_where_the_processor_computes_them(
    name: str, computes: bool, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "computes_8_bits", lambda _folder: computes)
    NetworkRunner.named(name, is_brief=True).run(np.zeros(1))
    assert opened == [EIGHT_BIT[name].file if computes else CONVERTED[name].file]


def test_a_card_gets_whole_weights(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "computes_8_bits", lambda _folder: True)
    card = Device("cuda")
    NetworkRunner.named("hand_landmark", device=card, is_brief=True).run(np.zeros(1))
    assert opened == [CONVERTED["hand_landmark"].file]


@pytest.mark.parametrize(("quality", "is_brief"), [("fast", True), ("balanced", False)])
def test_only_fast_runs_in_8_bits(
    quality: str, is_brief: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, bool] = {}

    def named(
        name: str, _folder: Path = Path(), _device: Device = ON_PROCESSOR, *, is_brief: bool = False
    ) -> None:
        asked[name] = is_brief

    monkeypatch.setattr(NetworkRunner, "named", named)
    open_estimator(quality)
    open_closeups(Settings(quality=quality), ON_PROCESSOR)
    assert {asked[name] for name in EIGHT_BIT} == {is_brief}
    assert not any(asked[name] for name in asked if name not in EIGHT_BIT)


@pytest.mark.networks
@pytest.mark.parametrize(
    ("name", "picture_name"),
    [
        ("hand_landmark", "raised_hand"),
    ],
)
def test_8_bits_answer_nearly_as_whole_weights(
    name: str, picture_name: str, picture: Callable[[str], U8]
) -> None:
    if not computes_8_bits():
        pytest.skip("this processor doesn't compute 8 bits exactly")
    rgb = picture(picture_name)[None, ..., ::-1].astype(np.float32) / 255
    image = np.ascontiguousarray(rgb)
    whole, rounded = NetworkRunner.named(name), NetworkRunner.named(name, is_brief=True)
    tensors = [tensor.name for tensor in CONVERTED[name].outputs]
    before = dict(zip(tensors, whole.run(image), strict=True))
    now = dict(zip(tensors, rounded.run(image), strict=True))
    assert abs(now["presence"].item() - before["presence"].item()) < 0.1
    xy, xy_before = (v["landmarks"].reshape(-1, 3)[:, :2] for v in (now, before))
    off_px = np.linalg.norm(xy - xy_before, axis=1)
    assert 0 < off_px.mean() < 4
