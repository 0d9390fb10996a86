"""The version is written once, in blender_manifest.toml; everything else is in pyproject.toml."""

import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
ROOMS = ("core", "media", "models", "scene", "operators", "cli")
AT_HOME = ("setup", "dev")
"""Scripts of a checkout; what lies in tools/ is for a checkout's maintainers too."""


class _BuildPackage(build_py):
    """The repository root is the extension's root, hence the package itself."""

    def find_package_modules(self, package: str, package_dir: str) -> list[tuple[str, str, str]]:
        """The modules of a package, without the scripts that stay with a checkout."""
        found = super().find_package_modules(package, package_dir)
        return [one for one in found if package != "limn" or one[1] not in AT_HOME]


manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text("utf-8"))
folders = sorted(
    init.parent.relative_to(ROOT) for room in ROOMS for init in (ROOT / room).rglob("__init__.py")
)
setup(
    version=manifest["version"],
    cmdclass={"build_py": _BuildPackage},
    package_dir={"limn": "."},
    packages=["limn", *(".".join(("limn", *folder.parts)) for folder in folders)],
)
