"""Downloads that arrive: whole, broken off and taken up again, cancelled and gone on with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from downloading import CONTENT, QUICK, fetch, files, zipped
from file_server import Manners, serving
from limn.core.data.errors import DownloadError, SettingsError
from limn.models.user.descriptor import Descriptor
from limn.models.user.download import download
from limn.models.user.library import Library
from model_files import depth_descriptor, vouched


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


@pytest.fixture
def descriptor() -> Descriptor:
    return vouched(depth_descriptor(), CONTENT)


def test_a_download_is_verified_and_placed(library: Library, descriptor: Descriptor) -> None:
    with serving(Manners(CONTENT)) as url:
        steps = fetch(descriptor, library, url)
    assert library.open_model("my-depth") == (descriptor, CONTENT)
    assert files(library) == {"my-depth.onnx", "my-depth.json"}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (3, 3)


def test_nothing_is_asked_of_the_network_without_consent(
    library: Library, descriptor: Descriptor
) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as url, pytest.raises(SettingsError, match="consent"):
        next(download(descriptor, library, consent=False, schemes=("http",), url=url))
    assert manners.asked == []
    assert files(library) == set()


def test_a_model_without_a_sha256_is_not_downloaded(library: Library) -> None:
    unknown = library.describe("vitpose-b")
    assert unknown.url is not None
    with pytest.raises(SettingsError, match="nobody vouches"):
        next(download(unknown, library, consent=True))


def test_a_connection_that_breaks_is_taken_up_where_it_ended(
    library: Library, descriptor: Descriptor
) -> None:
    manners = Manners(CONTENT, drop_after=[1_000_000, 500_000])
    with serving(manners) as url:
        fetch(descriptor, library, url)
    assert manners.asked == [None, "bytes=1000000-", "bytes=1500000-"]
    assert library.open_model("my-depth")[1] == CONTENT


def test_what_came_is_kept_for_the_next_time_and_never_loaded(
    library: Library, descriptor: Descriptor
) -> None:
    manners = Manners(CONTENT, drop_after=[1_000_000, 0, 0])
    with serving(manners) as url:
        with pytest.raises(DownloadError, match=r"1\.0 MB of it are kept"):
            fetch(descriptor, library, url)
        assert library.installed() == {}
        assert library.faults() == {}
        assert files(library) == {".my-depth.begun", ".my-depth.begun-of"}
        manners.asked.clear()
        fetch(descriptor, library, url)
    assert manners.asked == ["bytes=1000000-"]
    assert library.open_model("my-depth")[1] == CONTENT


def test_a_cancelled_download_goes_on_later(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as url:
        job = download(descriptor, library, consent=True, schemes=("http",), url=url)
        for step in job:
            if step.done >= 1:
                break
        job.close()
        kept = (library.folder / ".my-depth.begun").stat().st_size
        assert 1_000_000 <= kept < len(CONTENT)
        assert library.installed() == {}
        fetch(descriptor, library, url)
    assert manners.asked == [None, f"bytes={kept}-"]
    assert library.open_model("my-depth")[1] == CONTENT


@pytest.mark.parametrize("lack", ["ranges", "etag"])
def test_a_server_that_can_not_go_on_starts_again(
    library: Library, descriptor: Descriptor, lack: str
) -> None:
    manners = Manners(CONTENT, drop_after=[1_000_000])
    setattr(manners, lack, False)
    with serving(manners) as url:
        fetch(descriptor, library, url)
    assert library.open_model("my-depth")[1] == CONTENT


def test_a_file_that_changed_on_the_server_is_not_patched_together(
    library: Library, descriptor: Descriptor
) -> None:
    old = bytes(len(CONTENT))
    with serving(Manners(old, drop_after=[1_000_000] * 3)) as url:
        with pytest.raises(DownloadError):
            fetch(descriptor, library, url, replace(QUICK, attempts=1))
        note = library.folder / ".my-depth.begun-of"
        of = note.read_text("utf-8")
    manners = Manners(CONTENT)
    with serving(manners) as url:
        note.write_text("\n".join([url, of.splitlines()[1], ""]), "utf-8")  # the same address
        fetch(descriptor, library, url)
    assert manners.asked == ["bytes=1000000-"], "asked to go on, if it is the same file"
    assert library.open_model("my-depth")[1] == CONTENT


def test_a_whole_part_is_not_fetched_again(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as url:
        library.folder.mkdir()
        (library.folder / ".my-depth.begun").write_bytes(CONTENT)
        (library.folder / ".my-depth.begun-of").write_text(f"{url}\n{manners.tag}\n", "utf-8")
        fetch(descriptor, library, url)
    assert manners.asked == [f"bytes={len(CONTENT)}-"]
    assert library.open_model("my-depth")[1] == CONTENT


def test_a_redirect_to_the_file_is_followed(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(CONTENT, drop_after=[1_000_000])
    with serving(manners) as there, serving(Manners(b"", redirect_to=there)) as here:
        fetch(descriptor, library, here)
    assert manners.asked == [None, "bytes=1000000-"], "the range travels with the redirect"
    assert library.open_model("my-depth")[1] == CONTENT


def test_the_model_is_taken_out_of_a_zip(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(zipped(CONTENT), drop_after=[1_000_000])
    with serving(manners, "sdk.zip") as url:
        fetch(descriptor, library, url)
    assert library.open_model("my-depth")[1] == CONTENT
    assert files(library) == {"my-depth.onnx", "my-depth.json"}
