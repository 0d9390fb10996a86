"""Builds the extension's zips: gathers the wheels, stages the tree, runs Blender's own builder.

Run through ``python3 dev.py extension``. The zips lie in dist/, one a platform; the wheels are kept
in build/wheels for the next time.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dev import NETWORK_RUNTIME  # noqa: E402 - dev.py is no package; the pins are written there once

AT_HOME: Final = ("tests", "tools")
"""Rooms that stay with the developers; every other one is shipped."""
FILES: Final = (
    *sorted(file.name for file in ROOT.glob("*.py") if file.name not in ("dev.py", "setup.py")),
    *("blender_manifest.toml", "LICENSE", "README.md"),
)
EXTRAS: Final = ("docs/guide", "examples/park.mp4", "examples/NOTICE.txt")
"""The manual and the sample clip, which the panel opens."""
PYTHONS: Final = ("3.11", "3.13")

# pip takes a tag as given, without the older ones that it implies, except on macOS.
PLATFORM_TAGS: Final = {
    "linux-x64": (
        "manylinux_2_28_x86_64",
        "manylinux_2_27_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
    ),
    "macos-arm64": ("macosx_14_0_arm64",),
    "windows-x64": ("win_amd64",),
}


def main() -> int:
    """Build the zips of the chosen platforms and print their sizes."""
    parser = argparse.ArgumentParser(prog="dev.py extension", description=__doc__)
    parser.add_argument("--platform", action="append", choices=tuple(PLATFORM_TAGS))
    parser.add_argument(
        "--python",
        action="append",
        metavar="3.N",
        help=f"Pythons to bring wheels for (default: {', '.join(PYTHONS)})",
    )
    arguments = parser.parse_args()
    platforms = arguments.platform or list(PLATFORM_TAGS)
    store = ROOT / "build" / "wheels"
    wheels: set[str] = set()
    for platform in platforms:
        for python in arguments.python or PYTHONS:
            wheels |= download_wheels(platform, python, store)
    staged = stage(sorted(wheels), platforms, store)
    return build(staged, ROOT / "dist")


def download_wheels(platform: str, python: str, store: Path) -> set[str]:
    """Fetch the wheels of one platform and Python into ``store`` and return their names."""
    target = ROOT / "build" / "download"
    shutil.rmtree(target, ignore_errors=True)
    tags = [part for tag in PLATFORM_TAGS[platform] for part in ("--platform", tag)]
    abi = f"cp{python.replace('.', '')}"
    print(f"Wheels for {platform}, Python {python}", flush=True)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--no-deps", "--only-binary", ":all:", "--implementation", "cp",
            "--python-version", python, "--abi", abi, "--abi", "abi3", "--abi", "none",
            *tags, "--find-links", str(store), "--dest", str(target), *NETWORK_RUNTIME,
        ],
        check=True,
    )  # fmt: skip
    store.mkdir(parents=True, exist_ok=True)
    names = set()
    for wheel in target.glob("*.whl"):
        shutil.move(wheel, store / wheel.name)
        names.add(wheel.name)
    return names


def stage(wheels: Sequence[str], platforms: Sequence[str], store: Path) -> Path:
    """Copy what is shipped into build/limn, with the wheels named in its manifest."""
    staged = ROOT / "build" / "limn"
    shutil.rmtree(staged, ignore_errors=True)
    (staged / "wheels").mkdir(parents=True)
    for file in [*(ROOT / name for name in FILES), *ROOT.glob("NOTICE*")]:
        shutil.copy(file, staged / file.name)
    rooms = [init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name not in AT_HOME]
    for folder in (*rooms, ROOT / "assets"):
        shutil.copytree(
            folder, staged / folder.name, ignore=shutil.ignore_patterns("__pycache__", ".limn-*")
        )
    for extra in EXTRAS:
        (staged / extra).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (ROOT / extra).is_dir() else shutil.copy)(ROOT / extra, staged / extra)
    for wheel in wheels:
        shutil.copy(store / wheel, staged / "wheels" / wheel)
    manifest = staged / "blender_manifest.toml"
    shipped = [f"./wheels/{wheel}" for wheel in wheels]
    lists = f"platforms = {_toml_list(platforms)}\nwheels = {_toml_list(shipped)}\n"
    # Top-level keys have to stand before the first table.
    head, table, tail = manifest.read_text("utf-8").partition("\n[")
    manifest.write_text(f"{head}\n{lists}{table}{tail}", "utf-8")
    tomllib.loads(manifest.read_text("utf-8"))
    return staged


def _toml_list(values: Sequence[str]) -> str:
    return "[\n" + "".join(f'    "{value}",\n' for value in values) + "]"


def build(staged: Path, dist: Path) -> int:
    """Build one zip a platform, validate each, print the sizes; returns the exit code."""
    builder = [sys.executable, str(_blender_ext())]
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    tags = str(ROOT / "tools" / "release" / "extension_tags.json")
    subprocess.run(
        [
            *builder, "build", "--source-dir", str(staged), "--output-dir", str(dist),
            "--split-platforms", "--valid-tags", tags,
        ],
        check=True,
    )  # fmt: skip
    archives = sorted(dist.glob("*.zip"))
    for archive in archives:
        subprocess.run([*builder, "validate", str(archive)], check=True)
    for archive in archives:
        print(f"{archive.relative_to(ROOT)}  {archive.stat().st_size / 1e6:.1f} MB")
    return 0 if archives else 1


def _blender_ext() -> Path:
    """Blender's extension tool out of the bpy module; it runs without importing bpy."""
    spec = find_spec("bpy")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted(Path(folder).glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
        if found:
            return found[0]
    raise SystemExit("dev.py: the bpy module is not installed; run 'python3 dev.py setup'.")


if __name__ == "__main__":
    sys.exit(main())
