"""The version is written once, in blender_manifest.toml; everything else is in pyproject.toml."""

import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
ROOMS = ("core", "media", "models", "scene", "operators", "cli")

manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))
folders = sorted(
    init.parent.relative_to(ROOT) for room in ROOMS for init in (ROOT / room).rglob("__init__.py")
)
# The repository root is the extension's root, hence the package itself.
setup(
    version=manifest["version"],
    package_dir={"limn": "."},
    packages=["limn", *(".".join(("limn", *folder.parts)) for folder in folders)],
)
