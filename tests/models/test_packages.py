"""Packages are known by their sha256 alone, and so are the files taken out of them."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from limn.models.registry import Package
from limn.tools.convert.packages import extract, find_package

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def _tarball(path: Path) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("package/network.bin")
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    return path


def _wheel(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("package/network.bin", CONTENT)
    return path


def _package(archive: Path) -> Package:
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Package("npm", "networks", "1.0", sha256, "Apache-2.0")


@pytest.mark.parametrize("make", [_tarball, _wheel])
def test_a_package_is_found_under_any_name_and_opened(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    _tarball(tmp_path / "another.tgz").write_bytes(b"something else")
    archive = make(tmp_path / ("renamed.tgz" if make is _tarball else "renamed.whl"))
    assert find_package(_package(archive), tmp_path) == archive
    (file,) = extract(archive, {"package/network.bin": SHA256}, tmp_path)
    assert file == tmp_path / "network.bin"
    assert file.read_bytes() == CONTENT


def test_a_package_with_other_bytes_is_not_taken(tmp_path: Path) -> None:
    archive = _tarball(tmp_path / "networks-1.0.tgz")
    package = _package(archive)
    archive.write_bytes(archive.read_bytes() + b"\0")
    with pytest.raises(FileNotFoundError, match=r"networks 1\.0"):
        find_package(package, tmp_path)


def test_a_file_with_another_sha256_is_refused_and_not_written(tmp_path: Path) -> None:
    archive = _tarball(tmp_path / "networks.tgz")
    with pytest.raises(ValueError, match=r"network\.bin of networks\.tgz"):
        extract(archive, {"package/network.bin": "0" * 64}, tmp_path)
    assert not (tmp_path / "network.bin").exists()
