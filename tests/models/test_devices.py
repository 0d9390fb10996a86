"""Networks move to a graphics card only where it answers as the processor does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from limn.core.data.settings import DEVICES
from limn.models import providers
from limn.models.devices import (
    BY_ITSELF,
    LEAST_BYTES,
    ON_PROCESSOR,
    TOLERANCE,
    ComparedSession,
    Device,
    difference_of,
)
from limn.models.onnx_runtime import load_session
from limn.models.registry import NETWORKS
from limn.models.runtime import NetworkRunner, open_session
from limn.models.selftest import check_cards
from onnx_files import need_runtime

need_runtime()

FULL = NETWORKS["blazepose_full"]
NAMES = [one.name for one in FULL.outputs]
NOISE = np.random.default_rng(1).random((1, 256, 256, 3), np.float32)
OTHER = np.random.default_rng(2).random((1, 256, 256, 3), np.float32)


Spoil = Callable[[np.ndarray], np.ndarray]


class FakeCard:
    """A provider's session: the processor's answers, changed by ``spoil``."""

    def __init__(self, content: bytes, spoil: Spoil) -> None:
        self._session = load_session(content, "It can't be opened", "mend it.")
        self.spoil = spoil
        self.runs = 0

    def run(self, output_names: object, input_feed: object) -> Sequence[Any]:
        self.runs += 1
        answers: Sequence[Any] = self._session.run(output_names, input_feed)
        return [self.spoil(answer) for answer in answers]

    def get_inputs(self) -> Sequence[object]:
        return self._session.get_inputs()

    def get_outputs(self) -> Sequence[object]:
        return self._session.get_outputs()


class Bench:
    """A device ``name`` with fake cards, and those that were opened."""

    def __init__(
        self,
        name: str = "webgpu",
        spoil: Spoil = np.copy,
        ticks_s: Sequence[float] = (),
        here: Sequence[str] = ("webgpu",),
    ) -> None:
        self.cards: list[FakeCard] = []
        self._spoil, ticks = spoil, iter(np.cumsum([0.0, *ticks_s]).tolist())
        clock = (lambda: next(ticks)) if ticks_s else (lambda: 0.0)
        self.device = Device(name, lambda: here, self.open, clock)

    def open(self, _name: str, content: bytes) -> FakeCard:
        self.cards.append(FakeCard(content, self._spoil))
        return self.cards[-1]

    def session(self) -> ComparedSession:
        session = open_session(FULL, device=self.device)
        assert isinstance(session, ComparedSession)
        return session


def test_a_card_that_answers_alike_takes_over_after_the_first_picture() -> None:
    bench = Bench(spoil=lambda values: values * np.float32(1 + TOLERANCE / 4))
    session, plain = bench.session(), open_session(FULL)
    first = session.run(NAMES, {"image": NOISE})
    assert all(map(np.array_equal, first, plain.run(NAMES, {"image": NOISE})))
    assert session.is_on_card
    before = bench.cards[0].runs
    second = session.run(NAMES, {"image": OTHER})
    assert bench.cards[0].runs == before + 1
    assert not np.array_equal(second[0], plain.run(NAMES, {"image": OTHER})[0])
    assert bench.device.sentences() == ()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda values: values + np.float32(3),
        lambda values: values * np.float32(1.01),
        lambda values: values.reshape(-1)[:1],
        lambda values: np.full_like(values, np.nan),
        np.zeros_like,
    ],
    ids=["shifted", "scaled", "short", "nan", "nothing"],
)
def test_a_card_that_answers_otherwise_is_left_with_one_sentence(spoil: Spoil) -> None:
    bench = Bench(spoil=spoil)
    session, plain = bench.session(), open_session(FULL)
    for picture in (NOISE, OTHER):
        mine = plain.run(NAMES, {"image": picture})
        assert all(map(np.array_equal, session.run(NAMES, {"image": picture}), mine))
    assert bench.device.sentences() == (
        "blazepose_full.onnx runs on the processor, as 'webgpu' answers differently.",
    )


def test_a_card_that_can_not_be_opened_is_one_sentence_for_all_networks() -> None:
    def broken(_name: str, _content: bytes) -> FakeCard:
        raise RuntimeError("[ONNXRuntimeError] : 1 : FAIL : no adapter. at line 7")

    device = Device("webgpu", lambda: ("webgpu",), broken)
    for name in ("blazepose_full", "hand_landmark"):
        network = NETWORKS[name]
        picture = np.zeros(network.inputs[0].shape, np.float32)
        NetworkRunner.named(name, device=device).run(picture)
    assert device.sentences() == (
        "blazepose_full.onnx, hand_landmark.onnx run on the processor, as 'webgpu' fails "
        "(no adapter).",
    )


def test_a_card_that_fails_later_hands_its_picture_to_the_processor() -> None:
    bench = Bench()
    session = bench.session()
    session.run(NAMES, {"image": NOISE})

    def gone(_values: np.ndarray) -> np.ndarray:
        raise RuntimeError("device lost")

    bench.cards[0].spoil = gone
    answer = session.run(NAMES, {"image": OTHER})
    assert np.array_equal(answer[0], open_session(FULL).run(NAMES, {"image": OTHER})[0])
    assert not session.is_on_card
    assert "'webgpu' fails (device lost)" in bench.device.sentences()[0]


@pytest.mark.parametrize(("name", "is_used"), [("auto", False), ("webgpu", True)])
def test_a_slower_card_is_used_only_when_it_is_named(name: str, is_used: bool) -> None:
    # Two readings of the clock for a run: processor 1 s, card 9 s, card 2 s, processor 1 s.
    bench = Bench(name, ticks_s=(1, 0, 9, 0, 2, 0, 1))
    session = bench.session()
    session.run(NAMES, {"image": NOISE})
    assert session.is_on_card == is_used
    assert any("takes longer" in one for one in bench.device.sentences()) != is_used


def test_a_slow_first_run_does_not_count_against_a_card() -> None:
    bench = Bench("auto", ticks_s=(1, 0, 60, 0, 0.2, 0, 1))
    session = bench.session()
    session.run(NAMES, {"image": NOISE})
    assert session.is_on_card


@pytest.mark.parametrize("name", ["joints_full", "lifter", "face_landmark"])
def test_small_networks_stay_on_the_processor(name: str) -> None:
    bench = Bench()
    assert NETWORKS[name].size_bytes < LEAST_BYTES
    session = open_session(NETWORKS[name], device=bench.device)
    assert not isinstance(session, ComparedSession)
    assert bench.device.sentences() == ()


def test_the_processor_asks_nobody_what_is_there() -> None:
    def asked() -> Sequence[str]:
        raise AssertionError

    device = Device("cpu", asked)
    assert not device.takes(LEAST_BYTES)
    assert not isinstance(open_session(FULL, device=device), ComparedSession)
    assert ON_PROCESSOR.chosen == ""


def test_automatic_takes_only_what_was_put_there_on_purpose() -> None:
    assert Device("auto", lambda: ("coreml", "tensorrt-rtx")).chosen == ""
    assert Device("auto", lambda: ("coreml", "webgpu", "cuda")).chosen == "cuda"
    assert set(BY_ITSELF) < set(providers.PROVIDERS)
    assert set(DEVICES) == {"auto", "cpu", *providers.PROVIDERS}


def test_a_named_device_that_is_not_here_is_one_sentence() -> None:
    bench = Bench("cuda")
    session = open_session(FULL, device=bench.device)
    session.run(NAMES, {"image": NOISE})
    assert bench.cards == []
    assert bench.device.sentences() == (
        "blazepose_full.onnx runs on the processor, as the execution provider 'cuda' isn't "
        "installed here.",
    )


def test_differences_are_measured_against_the_answer() -> None:
    big, small = np.full(4, 200.0), np.full(4, 0.1)
    assert difference_of([big], [big + 0.2]) == pytest.approx(1e-3)
    assert difference_of([small], [small + 1e-3]) == pytest.approx(1e-3)
    assert difference_of([big, small], [big, small + 0.5]) == pytest.approx(0.5)
    assert difference_of([np.array([np.nan, 1.0])], [np.array([7.0, 1.0])]) == 0
    assert difference_of([big], [big, big]) == float("inf")


def test_the_self_test_tells_of_every_card() -> None:
    assert "no execution provider" in check_cards(here=lambda: ())[0].message
    good, bad = Bench(), Bench(spoil=lambda values: values + np.float32(9))
    (alike,) = check_cards(here=lambda: ("webgpu",), opener=good.open)
    (other,) = check_cards(here=lambda: ("webgpu",), opener=bad.open)
    assert alike.ok
    assert alike.name == "device webgpu"
    assert "answers as on the processor" in alike.message
    assert other.ok  # the processor does its work
    assert "answers differently" in other.message
