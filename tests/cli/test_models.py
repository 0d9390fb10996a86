"""``limn models`` as people and Blender use it, with generated models and a server of our own."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_networks import Result
from file_server import Manners, serving
from limn.models.user import download as downloads
from limn.models.user.library import Library
from model_files import (
    depth_descriptor,
    depth_network,
    pose_descriptor,
    pose_network,
    vouched,
    write,
)

Limn = Callable[..., Result]


@pytest.fixture(autouse=True)
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """No test touches the user's own models."""
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "models"))
    return Library(tmp_path / "models")


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A model file and a descriptor of it."""
    descriptor = tmp_path / "mine.json"
    descriptor.write_text(depth_descriptor().to_json(), "utf-8")
    return write(tmp_path / "mine.onnx", depth_network()), descriptor


def test_the_list_tells_licence_use_and_how_to_get_each(limn: Limn) -> None:
    for arguments in (("models",), ("models", "list")):
        result = limn(*arguments)
        assert result.code == 0
        flat = " ".join(result.out.split())
        assert "rtmpose-m (not installed): 2D joints" in flat
        assert "54 MB; Apache-2.0" in flat
        assert "limn models download rtmpose-m'" in flat
        assert "limn models add FILE --as centernet-dla34" in flat
        assert "Nobody has told of a run of this file" in flat


def test_the_list_as_json(limn: Limn, own: tuple[Path, Path], library: Library) -> None:
    limn("models", "add", own[0], "--descriptor", own[1])
    listed = json.loads(limn("models", "--json").out)
    assert listed["folder"] == str(library.folder)
    rows = {row["name"]: row for row in listed["models"]}
    assert rows["my-depth"]["installed"] is True
    assert rows["my-depth"]["how_to_get"] is None
    assert rows["midas-small"]["installed"] is False
    assert json.loads(limn("models", "list", "--json").out) == listed


def test_a_folder_may_be_given_before_or_after_the_action(limn: Limn, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for arguments in (
        ("models", "--models-folder", other, "list", "--json"),
        ("models", "list", "--models-folder", other, "--json"),
    ):
        assert json.loads(limn(*arguments).out)["folder"] == str(other)


def test_a_model_of_ones_own_is_added_checked_and_removed(
    limn: Limn, own: tuple[Path, Path], library: Library
) -> None:
    added = limn("models", "add", own[0], "--descriptor", own[1])
    assert added.code == 0, added.err
    assert "Nobody vouches for its sha256" in added.out
    assert "my-depth (installed)" in limn("models").out
    assert limn("models", "check").code == 0
    path = library.path_of("my-depth")
    path.write_bytes(path.read_bytes()[:-5])
    failed = limn("models", "check")
    assert failed.code == 1
    assert "cut short" in failed.out
    doctor = limn("doctor")
    assert doctor.code == 1
    assert "FAIL  my-depth" in doctor.out
    assert limn("models", "remove", "my-depth").code == 0
    assert library.installed() == {}
    assert limn("models", "check").out.strip() == "No models are installed."


def test_a_model_that_limn_knows_is_added_by_name(
    limn: Limn, tmp_path: Path, library: Library
) -> None:
    content = pose_network()
    file = write(tmp_path / "model.onnx", content)
    wrong = limn("models", "add", file, "--as", "vitpose-b")
    assert wrong.code == 4
    assert f"The network {file} has the inputs image" in wrong.err
    assert wrong.err.count("\n") == 1
    assert library.installed() == {}
    refused = limn("models", "add", file, "--as", "rtmpose-m")
    assert refused.code == 4
    assert "cut short" in refused.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("add", "absent.onnx", "--as", "midas-small"), 4, "can't be read"),
        (("add", "absent.onnx", "--as", "nonsense"), 2, "There is no model"),
        (("add", "absent.onnx", "--descriptor", "absent.json"), 4, "does not exist"),
        (("remove", "midas-small"), 2, "not installed"),
        (("remove", "../../etc"), 2, "not installed"),
        (("download", "nonsense", "--yes"), 2, "There is no model"),
        (("download", "midas-large", "--yes"), 2, "nobody vouches"),
        (("download", "midas-small"), 2, "needs your consent: add --yes"),
    ],
)
def test_mistakes_are_one_sentence(
    limn: Limn, arguments: tuple[str, ...], code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    result = limn("models", *arguments)
    assert result.code == code
    assert says in result.err
    assert result.err.count("\n") == 1


def test_a_descriptor_can_not_pass_for_one_of_limns(
    limn: Limn, own: tuple[Path, Path], tmp_path: Path
) -> None:
    own[1].write_text(depth_descriptor("midas-small").to_json(), "utf-8")
    result = limn("models", "add", own[0], "--descriptor", own[1])
    assert result.code == 2
    assert "is a model that Limn knows" in result.err


def _serve_instead(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    real = downloads.download

    def from_here(descriptor: object, library: object, *, consent: bool) -> object:
        return real(descriptor, library, consent=consent, schemes=("http",), url=url)  # type: ignore[arg-type]

    monkeypatch.setattr(downloads, "download", from_here)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 130), ("", 130)])
def test_a_person_at_a_terminal_is_asked(
    limn: Limn,
    library: Library,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
) -> None:
    content = depth_network()
    library.folder.mkdir()
    monkeypatch.setattr(
        Library, "known", lambda _self: {"my-depth": vouched(depth_descriptor(), content)}
    )
    monkeypatch.setattr(sys, "stdin", _Terminal(answer))
    manners = Manners(content)
    with serving(manners) as url:
        _serve_instead(monkeypatch, url)
        result = limn("models", "download", "my-depth", "--progress", "none")
    assert result.code == code, result.err
    assert "(MIT, " in result.err
    assert "Download it? [y/N]" in result.err
    assert len(manners.asked) == (1 if code == 0 else 0)
    assert ("my-depth" in library.installed()) == (code == 0)


def test_blender_follows_a_download_line_by_line(
    limn: Limn, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = depth_network() * 300
    known = {"my-depth": vouched(depth_descriptor(), content)}
    monkeypatch.setattr(Library, "known", lambda _self: known)
    with serving(Manners(content)) as url:
        _serve_instead(monkeypatch, url)
        result = limn("models", "download", "my-depth", "--yes", "--progress", "json")
    events = [json.loads(line) for line in result.out.splitlines()]
    assert {event["event"] for event in events[:-1]} == {"progress"}
    assert events[-1] == {
        "event": "done",
        "name": "my-depth",
        "path": str(library.file_of("my-depth")),
    }
    again = limn("models", "download", "my-depth", "--yes", "--progress", "none")
    assert "is there already" in again.out


_FETCH = """
import sys
from limn.models.user import download as downloads
from limn.models.user.descriptor import load_descriptor
from limn.models.user.library import Library
from pathlib import Path
url, descriptor = sys.argv[1], load_descriptor(Path(sys.argv[2]))
real = downloads.download
downloads.download = lambda d, library, *, consent: real(
    d, library, consent=consent, schemes=("http",), url=url)
Library.known = lambda _self: {descriptor.name: descriptor}
from limn.cli.main import run
sys.exit(run(["models", "download", descriptor.name, "--yes", "--progress", "json"]))
"""


@pytest.mark.parametrize("how", ["SIGTERM", "closed pipe"])
def test_a_cancelled_download_ends_with_130_and_is_gone_on_with(
    how: str, library: Library, tmp_path: Path
) -> None:
    content = bytes(2_000_000)
    note = tmp_path / "known.json"
    note.write_text(vouched(depth_descriptor(), content).to_json(), "utf-8")
    manners = Manners(content, stall_after=[1_000_000])
    with serving(manners) as url:
        command = [sys.executable, "-c", _FETCH, url, str(note)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as worker:
            assert worker.stdout is not None
            assert worker.stdin is not None
            assert json.loads(worker.stdout.readline())["event"] == "progress"
            time.sleep(0.3)  # until the server says no more
            if how == "SIGTERM":
                worker.terminate()
                out, err = worker.communicate(timeout=60)
            else:
                worker.stdin.close()
                assert worker.wait(60) == worker.returncode
                assert worker.stderr is not None
                out, err = worker.stdout.read(), worker.stderr.read()
        assert worker.returncode == 130, err
        assert "Traceback" not in err
        last = json.loads(out.splitlines()[-1])
        assert (last["event"], last["exit_code"]) == ("error", 130)
        assert "what came is kept" in last["message"]
        assert library.installed() == {}
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    (first, again) = manners.asked
    assert first is None
    assert again is not None, "what came was thrown away"
    assert library.open_model("my-depth")[1] == content


def test_a_pose_model_of_ones_own_needs_no_code(
    limn: Limn, tmp_path: Path, library: Library
) -> None:
    descriptor = tmp_path / "pose.json"
    descriptor.write_text(pose_descriptor().to_json(), "utf-8")
    file = write(tmp_path / "pose.onnx", pose_network())
    assert limn("models", "add", file, "--descriptor", descriptor).code == 0
    assert library.installed()["my-pose"].decoder == "simcc"
