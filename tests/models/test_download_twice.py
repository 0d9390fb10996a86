"""Two downloads of one model at once: one goes on, the other says so and spoils nothing."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from downloading import CONTENT, fetch, files
from file_server import Manners, serving
from limn.core.data.errors import DownloadError, SettingsError
from limn.models.user.descriptor import Descriptor
from limn.models.user.download import download
from limn.models.user.library import Library
from limn.models.user.locking import Taken, locked
from model_files import depth_descriptor, vouched

HOLDER = """\
import sys, time
from pathlib import Path
from limn.models.user.locking import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


@pytest.fixture
def descriptor() -> Descriptor:
    return vouched(depth_descriptor(), CONTENT)


def test_a_second_download_leaves_the_first_alone(library: Library, descriptor: Descriptor) -> None:
    manners = Manners(CONTENT)
    with serving(manners) as url:
        first = download(descriptor, library, consent=True, schemes=("http",), url=url)
        next(first)
        with pytest.raises(DownloadError, match="downloaded already") as error:
            fetch(descriptor, library, url)
        assert str(error.value).count(". ") == 0, "one sentence"
        assert list(first)
    assert len(manners.asked) == 1, "the second asked for nothing"
    assert library.open_model("my-depth")[1] == CONTENT
    assert files(library) == {"my-depth.onnx", "my-depth.json"}


def test_a_model_that_is_coming_is_not_removed(library: Library, descriptor: Descriptor) -> None:
    with serving(Manners(CONTENT)) as url:
        fetch(descriptor, library, url)
    with locked(library.lock_of("my-depth")), pytest.raises(SettingsError, match="stop that"):
        library.remove("my-depth")
    assert library.open_model("my-depth")[1] == CONTENT
    library.remove("my-depth")
    assert files(library) == set()


def test_many_at_once_end_with_one_whole_model(library: Library, descriptor: Descriptor) -> None:
    ends: list[str] = []

    def run(url: str) -> None:
        try:
            fetch(descriptor, library, url)
        except DownloadError as error:
            ends.append(str(error))
        else:
            ends.append("done")

    with serving(Manners(CONTENT)) as url:
        threads = [threading.Thread(target=run, args=(url,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "done" in ends
    assert all(end == "done" or "downloaded already" in end for end in ends)
    assert library.open_model("my-depth")[1] == CONTENT
    assert files(library) == {"my-depth.onnx", "my-depth.json"}


def test_another_model_can_come_meanwhile(library: Library, descriptor: Descriptor) -> None:
    other = vouched(depth_descriptor("other-depth"), CONTENT)
    with serving(Manners(CONTENT)) as url:
        first = download(descriptor, library, consent=True, schemes=("http",), url=url)
        next(first)
        fetch(other, library, url)
        first.close()
        fetch(descriptor, library, url)
    assert set(library.installed()) == {"my-depth", "other-depth"}


def test_a_process_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Taken), locked(lock):
            pass
        holder.kill()
        holder.wait()
    with locked(lock):
        assert lock.exists()
    assert not lock.exists()
