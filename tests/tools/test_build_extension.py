"""What is shipped runs on its own, away from this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]

_IMPORT_ALL = """
import importlib, pathlib, sys
import limn
root = pathlib.Path(limn.__file__).parent
assert root == pathlib.Path(sys.argv[1]), root
count = 0
for file in sorted(root.rglob("*.py")):
    parts = file.relative_to(root).with_suffix("").parts
    if parts[0] in ("scene", "operators", "batch") or parts[-1] in ("__init__", "__main__"):
        continue
    importlib.import_module(".".join(("limn", *parts)))
    count += 1
print(count)
"""


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    script = ROOT / "tools" / "release" / "build_extension.py"
    spec = spec_from_file_location("build_extension", script)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shipped(builder: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The staged tree, copied to another place as Blender's installer would."""
    staged = builder.stage([], ["linux-x64"], ROOT / "build" / "wheels")
    return Path(staged).rename(tmp_path_factory.mktemp("installed") / "limn")


def _run(shipped: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # An earlier entry than the checkout's own, which is installed in this environment.
    environment = os.environ | {"PYTHONPATH": str(shipped.parent)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=shipped.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_module_that_is_shipped_finds_what_it_imports(shipped: Path) -> None:
    done = _run(shipped, "-c", _IMPORT_ALL, str(shipped))
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


def test_the_worker_runs_from_the_shipped_files(shipped: Path) -> None:
    done = _run(shipped, "-m", "limn.cli", "estimate", "no.mp4", "-o", "a.take.npz")
    assert done.returncode == 3, done.stderr
    assert "no.mp4" in done.stderr


def test_weights_and_body_are_shipped_and_whole(shipped: Path) -> None:
    done = _run(shipped, "-m", "limn.cli", "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for file in ("models/weights/lifter.onnx", "assets/body/free_body.npz", "LICENSE", "NOTICE"):
        assert (shipped / file).is_file(), file


def test_descriptors_of_other_networks_are_shipped(shipped: Path) -> None:
    done = _run(shipped, "-m", "limn.cli", "models", "--models-folder", "none", "--json")
    assert done.returncode == 0, done.stderr
    listed = {row["name"] for row in json.loads(done.stdout)["models"]}
    at_home = {path.stem for path in (ROOT / "models" / "descriptors").glob("*.json")}
    assert listed == at_home
    assert len(listed) > 5


def test_the_manifest_says_why_it_asks_for_permissions(shipped: Path) -> None:
    manifest = tomllib.loads((shipped / "blender_manifest.toml").read_text("utf-8"))
    reasons = manifest["permissions"]
    assert set(reasons) == {"files", "network", "clipboard"}
    for reason in reasons.values():  # Blender's rules
        assert len(reason) <= 64
        assert reason[-1].isalnum()


def test_developers_things_stay_at_home(shipped: Path) -> None:
    names = {path.name for path in shipped.iterdir()}
    assert not names & {"tests", "tools", "dev.py", ".git", "build"}
    assert {path.name for path in (shipped / "docs").iterdir()} == {"guide"}
    assert {path.name for path in (shipped / "examples").iterdir()} == {"park.mp4", "NOTICE.txt"}


def test_the_manual_and_the_sample_are_in_the_zip(builder: ModuleType) -> None:
    """Blender's own builder leaves out what the manifest excludes."""
    pytest.importorskip("bpy")
    spec = spec_from_file_location("blender_ext", builder._blender_ext())
    assert spec is not None
    assert spec.loader is not None
    blender_ext = module_from_spec(spec)
    sys.modules["blender_ext"] = blender_ext
    spec.loader.exec_module(blender_ext)
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))
    left_out = blender_ext.PathPatternMatch(manifest["build"]["paths_exclude_pattern"])
    for name in ("docs/guide/blender.md", "docs/guide/gallery.jpg", "examples/park.mp4"):
        assert not left_out.test_path(name), name
    for name in ("docs/ARCHITECTURE.md", "docs/notebook/solve.md", "examples/bench/a", "dev.py"):
        assert left_out.test_path(name), name
