"""Estimators and depth networks from the shell: the shipped clip, a generated depth graph."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fake_networks import Result
from limn.core.data.take_file import load_take
from limn.core.depth.relief_file import load_relief
from limn.core.pipeline.solve_again import settings_of
from limn.media.opencv import load_cv2
from onnx_files import OnnxGraph

CLIP = Path(__file__).resolve().parents[2] / "examples" / "park.mp4"
Limn = Callable[..., Result]
FRAMES = ("--first-frame", "60", "--last-frame", "66", "--quality", "fast", "--progress", "none")


@pytest.fixture
def depth_file(tmp_path: Path) -> Path:
    """A network of MiDaS small's tensors, for which low in the picture is near, and bright a
    little nearer."""
    graph = OnnxGraph()
    graph.input("0", "float32", (1, 3, 256, 256))
    rows = np.linspace(8, 14, 256, dtype=np.float32)[None, :, None]
    graph.op("ReduceMean", ["0"], "grey", axes=[1], keepdims=0)
    graph.op("Add", ["grey", graph.constant("rows", np.broadcast_to(rows, (1, 256, 256)))], "797")
    graph.output("797", (1, 256, 256))
    path = tmp_path / "low.onnx"
    path.write_bytes(graph.content)
    return path


@pytest.mark.networks
@pytest.mark.parametrize("estimator", ["blazepose", "centernet-depth", "as-published", "flat"])
def test_every_estimator_ends_in_a_take(
    limn: Limn, tmp_path: Path, depth_file: Path, estimator: str
) -> None:
    output = tmp_path / "park.take.npz"
    options = ("--estimator", estimator, "--depth-model", depth_file, *FRAMES)
    result = limn("estimate", CLIP, "-o", output, *options)
    assert result.code == 0, result.err
    take = load_take(output)
    assert take.people
    assert settings_of(take).estimator == estimator
    assert take.observed is not None
    for track in take.observed.tracks:
        assert track.depth is not None
        assert np.isfinite(track.depth).any()
    again = tmp_path / "again.take.npz"
    result = limn("solve", output, "-o", again, "--height", "1.8", "--progress", "none")
    assert result.code == 0, result.err
    heights = [person.height_m for person in load_take(again).people]
    assert np.median(heights) == pytest.approx(1.8, abs=0.2)


@pytest.mark.networks
def test_the_depth_map_is_shown_under_the_skeletons(
    limn: Limn, tmp_path: Path, depth_file: Path
) -> None:
    output, plain, shown = (tmp_path / n for n in ("park.take.npz", "plain.png", "depth.png"))
    result = limn("estimate", CLIP, "-o", output, "--depth-model", depth_file, *FRAMES)
    assert result.code == 0, result.err
    assert limn("preview", output, "-o", plain, "--progress", "none").code == 0
    result = limn("preview", output, "--depth", "-o", shown, "--progress", "none")
    assert result.code == 0, result.err
    a, b = (load_cv2().imread(str(path)) for path in (plain, shown))
    assert a.shape == b.shape
    assert np.abs(a.astype(int) - b).mean() > 10


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--estimator", "centernet-depth"), "needs a depth network"),
        (("--estimator", "as-published"), "needs a depth network"),
        (("--estimator", "openpose"), "no estimator 'openpose'"),
        (("--depth-model", "midas-small"), "not installed"),
        (("--depth-model", "gone/model.onnx"), "is missing"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(
    limn: Limn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    output = tmp_path / "park.take.npz"
    result = limn("estimate", CLIP, "-o", output, *options, "--progress", "none")
    assert result.code != 0
    assert sentence in result.err
    assert "Traceback" not in result.err
    assert not output.exists()


@pytest.mark.networks
def test_a_truncated_depth_network_ends_the_run_with_a_sentence(
    limn: Limn, tmp_path: Path, depth_file: Path
) -> None:
    depth_file.write_bytes(depth_file.read_bytes()[:60])
    output = tmp_path / "park.take.npz"
    options = ("--estimator", "centernet-depth", "--depth-model", depth_file, *FRAMES)
    result = limn("estimate", CLIP, "-o", output, *options)
    assert result.code == 4
    assert "low.onnx" in result.err
    assert not output.exists()


@pytest.mark.networks
def test_the_depth_becomes_a_file_in_metres_and_part_of_a_blend(
    limn: Limn, tmp_path: Path, depth_file: Path
) -> None:
    take, depth, blend = (tmp_path / f"park.{end}" for end in ("take.npz", "depth.npz", "blend"))
    assert limn("estimate", CLIP, "-o", take, "--estimator", "movenet", *FRAMES).code == 0
    result = limn("depth", take, "-o", depth, "--progress", "none")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "--depth-model" in result.err
    result = limn("depth", take, "-o", depth, "--depth-model", depth_file, "--json")
    assert result.code == 0, result.err
    relief = load_relief(depth, load_take(take))
    assert len(relief.z_m) == 7
    assert 0.2 <= relief.z_m.min() < relief.z_m.max() < 1000
    pytest.importorskip("bpy")
    result = limn("build", take, "-o", blend, "--depth-model", depth_file, "--progress", "none")
    assert result.code == 0, result.err
    assert blend.is_file()
    assert (tmp_path / "park.depth.pc2").stat().st_size == 32 + relief.z_m.size * 12
    blend.unlink()
    result = limn("build", take, "-o", blend, "--depth", "--progress", "none")
    assert (result.code, blend.exists()) == (2, False)
    assert "--depth-model" in result.err
    depth_file.write_bytes(b"no network")
    for command in (("depth", take, "-o", depth), ("build", take, "-o", blend)):
        result = limn(*command, "--depth-model", depth_file, "--progress", "none")
        assert result.code == 4
        assert "low.onnx" in result.err
        assert result.err.count("\n") == 1
    assert not blend.exists()
    assert load_relief(depth, load_take(take)).z_m.shape == relief.z_m.shape, "left as it was"
