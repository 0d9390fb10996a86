"""Downloads from servers that lie, dawdle, send elsewhere or have nobody to write for."""

from __future__ import annotations

import io
import os
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from downloading import CONTENT, QUICK, fetch, files, zipped
from file_server import Manners, serving
from limn.core.data.errors import DownloadError, LimnError, ModelError, OutputError
from limn.models.user.descriptor import Descriptor
from limn.models.user.download import download
from limn.models.user.library import Library
from limn.models.user.web import Web
from model_files import depth_descriptor, vouched
from onnx_files import constant_network


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


@pytest.fixture
def descriptor() -> Descriptor:
    return vouched(depth_descriptor(), CONTENT)


def test_another_file_than_was_vouched_for_is_deleted(
    library: Library, descriptor: Descriptor
) -> None:
    wrong = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with serving(Manners(wrong)) as url, pytest.raises(ModelError, match="it was deleted"):
        fetch(descriptor, library, url)
    assert files(library) == set()


def test_a_failed_download_leaves_the_installed_model(
    library: Library, descriptor: Descriptor, tmp_path: Path
) -> None:
    earlier = tmp_path / "earlier.onnx"
    version = constant_network({"depth": np.zeros((1, 64, 64), np.float32)})
    earlier.write_bytes(version)
    library.add_file(earlier, depth_descriptor())
    with serving(Manners(CONTENT[::-1])) as url, pytest.raises(ModelError):
        fetch(descriptor, library, url)
    assert library.open_model("my-depth")[1] == version


@pytest.mark.parametrize("says", [None, 3_000_001, 0], ids=["sends", "says", "says nothing"])
def test_more_than_the_descriptor_allows_is_refused(
    library: Library, descriptor: Descriptor, says: int | None
) -> None:
    manners = Manners(CONTENT + bytes(1_000_000), says=says)
    with serving(manners) as url, pytest.raises(DownloadError, match=r"no more than 3\.0 MB"):
        fetch(descriptor, library, url)
    assert files(library) == set()


@pytest.mark.parametrize(
    "manners",
    [Manners(CONTENT, silent_s=0.8), Manners(CONTENT, drip_s=0.05)],
    ids=["silent", "dripping"],
)
def test_a_slow_server_is_one_sentence(
    library: Library, descriptor: Descriptor, manners: Manners
) -> None:
    patience = replace(QUICK, attempts=1)
    with serving(manners) as url, pytest.raises(DownloadError) as caught:
        fetch(descriptor, library, url, patience)
    says = "silent for 0.3 s" if manners.silent_s else "bytes came in 0 s"
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://127.0.0.1/model.onnx", "data:,abc", "https://127.0.0.1:1/a"],
)
def test_redirects_to_other_schemes_are_refused(
    library: Library, descriptor: Descriptor, target: str
) -> None:
    with serving(Manners(CONTENT, redirect_to=target)) as url:
        with pytest.raises(DownloadError, match="elsewhere"):
            fetch(descriptor, library, url)
    assert files(library) == set()


def test_https_never_falls_back_to_http() -> None:
    web = Web(("https",), 1.0)
    with pytest.raises(DownloadError, match="is not https"):
        web.check("http://models.invalid/a.onnx")
    library, known = Library(Path("nowhere")), vouched(depth_descriptor(), CONTENT)
    with pytest.raises(DownloadError, match="is not https"):
        next(download(known, library, consent=True, url="http://models.invalid/a.onnx"))


def test_redirects_in_circles_end(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as url:
        manners.redirect_to = url
        with pytest.raises(DownloadError, match="in circles"):
            fetch(descriptor, library, url)
    assert len(manners.asked) <= 6


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, 3), (429, 3)])
def test_a_refusing_server_is_one_sentence(
    library: Library, descriptor: Descriptor, status: int, tries: int
) -> None:
    manners = Manners(CONTENT, status=status)
    with serving(manners) as url, pytest.raises(DownloadError, match=f"HTTP {status}"):
        fetch(descriptor, library, url)
    assert len(manners.asked) == tries, "what passes by itself is tried again"


def test_nobody_there_is_one_sentence(library: Library, descriptor: Descriptor) -> None:
    with pytest.raises(DownloadError, match=r"127\.0\.0\.1 failed: .*; try it later"):
        fetch(descriptor, library, "http://127.0.0.1:9/model.onnx")


def test_a_full_disk_is_one_sentence_before_anything_is_fetched(
    library: Library, descriptor: Descriptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(1000))
    manners = Manners(CONTENT)
    with serving(manners) as url, pytest.raises(OutputError, match="needs 6 MB, and 0 MB are free"):
        fetch(descriptor, library, url)
    assert manners.asked == []


def test_a_disk_that_fills_up_is_one_sentence(
    library: Library, descriptor: Descriptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.FileIO):
        def write(self, _content: object) -> int:
            raise OSError(28, "No space left on device")

    def open_full(path: Path, mode: str = "r", *arguments: object, **named: object) -> object:
        return Full(str(path), mode) if path.suffix == ".begun" else real(path, mode)

    real = Path.open
    monkeypatch.setattr(Path, "open", open_full)
    with serving(Manners(CONTENT)) as url, pytest.raises(OutputError, match="No space left"):
        fetch(descriptor, library, url)
    monkeypatch.undo()
    assert library.installed() == {}


def test_a_folder_in_the_way_is_one_sentence(tmp_path: Path, descriptor: Descriptor) -> None:
    (tmp_path / "models").write_text("a file")
    with serving(Manners(CONTENT)) as url:
        with pytest.raises(OutputError, match="Can't write into the model folder"):
            fetch(descriptor, Library(tmp_path / "models"), url)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder_is_one_sentence(library: Library, descriptor: Descriptor) -> None:
    library.folder.mkdir(mode=0o500)
    with serving(Manners(CONTENT)) as url, pytest.raises(OutputError, match="Permission denied"):
        fetch(descriptor, library, url)


@pytest.mark.parametrize(
    "archive",
    [
        zipped(CONTENT[::-1]),
        zipped(CONTENT)[:-1000],
        zipped(CONTENT, "../../../evil.txt"),
        zipped(bytes(200_000_000)),
        b"PK\x03\x04 no zip",
    ],
    ids=["wrong", "cut", "without", "bomb", "text"],
)
def test_a_bad_zip_is_deleted(library: Library, descriptor: Descriptor, archive: bytes) -> None:
    with serving(Manners(archive), "sdk.zip") as url:
        with pytest.raises(LimnError, match="it was deleted"):
            fetch(descriptor, library, url)
    assert files(library) == set()
    assert {path.name for path in library.folder.parent.iterdir()} == {"models"}
