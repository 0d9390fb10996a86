"""Rounding of weights to 8 bits, on small networks with known answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from limn.tools.eight_bit.rounding import MOST, Inputs, Varying, rounded


def _varying(now: np.ndarray, then: np.ndarray | None = None) -> Inputs:
    out = Varying(1, len(now))
    out.add(now[None], now[None] if then is None else then[None])
    return out.of(0)


def test_weights_that_are_steps_already_stay() -> None:
    rng = np.random.default_rng(0)
    steps = rng.integers(-MOST, MOST + 1, (4, 6))
    steps[:, 0] = MOST
    done = rounded(steps * 0.01, _varying(rng.normal(size=(6, 500))), np.zeros(4))
    assert np.array_equal(done.steps, steps)
    assert np.allclose(done.scale, 0.01)


def test_an_error_is_made_up_for_by_inputs_that_vary_alike() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=(3, 2000))
    inputs = np.concatenate([base, base + 0.05 * rng.normal(size=base.shape)] * 4)
    weight = rng.normal(size=(5, len(inputs)))
    weight[:, 0] = 30.0  # what makes the steps coarse
    done = rounded(weight, _varying(inputs), np.zeros(5))
    nearest = np.rint(weight / done.scale[:, None]) * done.scale[:, None]
    wanted = weight @ inputs
    own = (done.steps * done.scale[:, None]) @ inputs + done.shift[:, None]
    assert ((own - wanted) ** 2).mean() < 0.3 * ((nearest @ inputs - wanted) ** 2).mean()


def test_what_came_before_is_given_though_the_inputs_have_moved() -> None:
    rng = np.random.default_rng(2)
    then = rng.normal(size=(4, 3000))
    now = 0.8 * then + 0.3
    weight = rng.normal(size=(3, 4))
    done = rounded(weight, _varying(now, then), np.zeros(3))
    answers = (done.steps * done.scale[:, None]) @ now + done.shift[:, None]
    assert np.abs(answers - weight @ then).max() < 0.1


def test_a_row_of_nothing_keeps_a_step_that_its_bias_can_be_counted_in() -> None:
    done = rounded(np.zeros((2, 3)), _varying(np.eye(3)), np.array([0.5, 0.0]))
    assert done.scale[0] == 0.5
    assert done.scale[1] > 0


def _graph() -> Any:  # noqa: ANN401 - a ModelProto
    """Image (1, 8, 8, 3) to 4 numbers by four convolutions, a sum and ReLU6s, layout N, H, W, C."""
    from limn.tools.convert.onnx_emit import Emitter
    from onnx import TensorProto, helper

    rng = np.random.default_rng(3)
    out = Emitter()
    name = "image"
    channels = 3
    before = ""
    for k, (made, groups) in enumerate(((12, 1), (12, 1), (12, 12), (12, 1), (12, 1), (4, 1))):
        size = 3 if groups > 1 else 1
        weight = rng.normal(size=(made, channels // groups, size, size)).astype(np.float32)
        weight *= (10.0 ** rng.uniform(-1, 1, made)[:, None, None, None]) / np.sqrt(channels)
        bias = out.constant(np.full(made, 0.1, np.float32))
        if size > 1:
            name = out.op("Pad", [name, out.ints([0, 1, 1, 0, 0, 1, 1, 0])])
        inputs = [out.channels_first(name), out.constant(weight), bias]
        told = {"kernel_shape": [size, size], "group": groups}
        name = out.channels_last(out.op("Conv", inputs, **told))
        if k in (0, 1, 2):
            name = out.activation(name, "RELU6")
        before, name = (name, out.op("Add", [name, before])) if k == 4 else (name, name)
        channels = made
    shape = [1, 8, 8, 4]
    out.op("Identity", [name], "answers")
    ends = [
        helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 8, 8, 3]),
        helper.make_tensor_value_info("answers", TensorProto.FLOAT, shape),
    ]
    return out.model(ends[:1], ends[1:], "a test")


def _answers(model: Any, image: np.ndarray) -> np.ndarray:  # noqa: ANN401
    from limn.models.onnx_runtime import load_session

    session = load_session(model.SerializeToString(), "It can't be opened", "why?")
    return session.run(["answers"], {"image": image})[0]


def _images(count: int, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.random((1, 8, 8, 3), np.float32) for _ in range(count)]


def test_a_network_in_plain_form_and_with_equal_channels_answers_the_same() -> None:
    pytest.importorskip("onnx", reason="needs the packages of limn[weights]")
    from limn.tools.eight_bit.equalising import equalise, groups_of
    from limn.tools.eight_bit.plain_graph import plain
    from limn.tools.eight_bit.running import channel_ranges

    model = _graph()
    images = _images(20, 4)
    before = _answers(model, images[0])
    net = plain(model)
    kinds = [node.op_type for node in net.nodes]
    assert (kinds.count("Transpose"), kinds.count("Pad")) == (2, 0)
    assert np.array_equal(_answers(net.model(), images[0]), before)
    group, fixed = groups_of(net)
    made = [n.output[0] for n in net.nodes if n.op_type in ("Conv", "Add", "Clip")]
    made = [name for name in made if group[name] not in fixed]
    factors = equalise(net, channel_ranges(net, made, images))
    assert max(float(one.max()) for one in factors.values()) > 2
    ranges = channel_ranges(net, made, images)
    assert np.allclose(_answers(net.model(), images[0]), before, atol=1e-4 * np.abs(before).max())
    for name, one in ranges.items():
        large = np.abs(one).max(axis=0)
        if name.startswith("clip"):
            assert large.max() < 10 * large[large > 0].min(), name


def test_a_rounded_network_answers_nearly_the_same() -> None:
    pytest.importorskip("onnx", reason="needs the packages of limn[weights]")
    from limn.tools.eight_bit.plain_graph import plain
    from limn.tools.eight_bit.quantising import quantised, whole_parts

    model = _graph()
    net = plain(model)
    whole = whole_parts(net)
    assert len(whole) == 3, "the first two and the last"
    done = quantised(net, _images(40, 5), whole).model()
    weights = [one for one in done.graph.initializer if one.data_type == 3]  # int8
    assert sum(one.name.endswith("_w") for one in weights) == 3
    for image in _images(5, 6):
        wanted, got = _answers(model, image), _answers(done, image)
        assert 0 < np.abs(got - wanted).mean() < 0.03 * np.abs(wanted).mean()
