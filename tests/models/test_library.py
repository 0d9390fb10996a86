from __future__ import annotations

import os
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from limn.core.data.errors import LimnError, ModelError, OutputError, SettingsError
from limn.models.selftest import check_models, try_model
from limn.models.user.descriptor import Descriptor, shipped_descriptors
from limn.models.user.library import Library, default_folder
from model_files import (
    depth_descriptor,
    depth_network,
    pose_descriptor,
    pose_network,
    vouched,
    write,
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write(tmp_path / "mine.onnx", depth_network())


def _names(library: Library) -> set[str]:
    return {path.name for path in library.folder.iterdir()} if library.folder.is_dir() else set()


def test_a_model_goes_in_and_comes_out_whole(library: Library, model: Path) -> None:
    assert library.installed() == {}
    assert not library.folder.exists(), "looking must not make the folder"
    found = library.add_file(model, depth_descriptor(), try_model)
    assert found == replace(vouched(depth_descriptor(), model.read_bytes()), url=None)
    assert _names(library) == {"my-depth.onnx", "my-depth.json"}
    assert library.installed() == {"my-depth": found}
    descriptor, content = library.open_model("my-depth")
    assert content == model.read_bytes()
    assert descriptor == found
    library.remove("my-depth")
    assert _names(library) == set()
    with pytest.raises(SettingsError, match="There is no model 'my-depth'"):
        library.path_of("my-depth")


def test_a_pose_model_is_run_once_when_it_is_added(library: Library, tmp_path: Path) -> None:
    source = write(tmp_path / "pose.onnx", pose_network())
    library.add_file(source, pose_descriptor(), try_model)
    assert [(check.name, check.ok) for check in check_models(library)] == [("my-pose", True)]


def test_a_zip_with_one_model_is_unpacked(library: Library, tmp_path: Path) -> None:
    archive = tmp_path / "sdk.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("deep/down/end2end.onnx", depth_network())
        made.writestr("pipeline.json", "{}")
    library.add_file(archive, depth_descriptor(), try_model)
    assert library.open_model("my-depth")[1] == depth_network()
    with zipfile.ZipFile(archive, "a") as made:
        made.writestr("another.onnx", depth_network())
    with pytest.raises(ModelError, match=r"2 \.onnx files"):
        library.add_file(archive, depth_descriptor("other"), try_model)
    archive.write_bytes(archive.read_bytes()[:-60])
    with pytest.raises(ModelError, match="damaged"):
        library.add_file(archive, depth_descriptor("other"), try_model)


@pytest.mark.parametrize(
    ("content", "descriptor", "says"),
    [
        (depth_network()[:400], depth_descriptor(), "is no ONNX file"),
        (b"this is no model", depth_descriptor(), "is no ONNX file"),
        (pose_network(), depth_descriptor(), "inverse_depth"),
        (depth_network(), pose_descriptor(), "simcc_x"),
        (b"other", vouched(depth_descriptor(), depth_network()), "cut short"),
        (b"x" * 10_0000, vouched(depth_descriptor(), depth_network()), "sha256 differs"),
    ],
    ids=["truncated", "text", "foreign", "other job", "short", "wrong sha256"],
)
def test_what_is_not_the_model_is_one_sentence_and_nothing_stays(
    library: Library, tmp_path: Path, content: bytes, descriptor: Descriptor, says: str
) -> None:
    with pytest.raises(ModelError) as caught:
        library.add_file(write(tmp_path / "mine.onnx", content), descriptor, try_model)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _names(library) == set()


def test_a_refused_file_leaves_the_earlier_one(
    library: Library, model: Path, tmp_path: Path
) -> None:
    library.add_file(model, depth_descriptor(), try_model)
    with pytest.raises(ModelError):
        library.add_file(write(tmp_path / "bad.onnx", b"no"), depth_descriptor(), try_model)
    assert library.open_model("my-depth")[1] == model.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "changed", "gone", "descriptor", "renamed"])
def test_what_changed_since_it_was_installed_is_never_loaded(
    library: Library, model: Path, damage: str
) -> None:
    library.add_file(model, depth_descriptor(), try_model)
    path = library.path_of("my-depth")
    note = path.with_suffix(".json")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "changed":
        path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    elif damage == "gone":
        path.unlink()
    elif damage == "descriptor":
        note.write_text("{")
    else:
        note.write_text(note.read_text().replace('"my-depth"', '"other"'))
    with pytest.raises(LimnError) as caught:
        library.open_model("my-depth")
    assert "my-depth" in str(caught.value)
    checks = check_models(library)
    assert [check.ok for check in checks] == [False]
    assert "my-depth" in checks[0].message
    library.remove("my-depth")
    assert _names(library) == set()


def test_an_installed_model_takes_what_limn_learnt_of_it_since(
    library: Library, model: Path
) -> None:
    shipped = shipped_descriptors()["midas-large"]
    old = replace(shipped, title="An old title")
    found = library.add_file(model, old)
    assert library.installed()["midas-large"] == replace(
        shipped, sha256=found.sha256, size_bytes=found.size_bytes
    )


def test_whoever_is_not_installed_says_how_to_get_it(library: Library) -> None:
    with pytest.raises(ModelError, match="limn models download midas-small"):
        library.path_of("midas-small")
    with pytest.raises(ModelError, match=r"fetch .* yourself from https.*add FILE --as vitpose-b"):
        library.path_of("vitpose-b")
    with pytest.raises(SettingsError, match="There is no model 'nonsense'"):
        library.path_of("nonsense")
    with pytest.raises(SettingsError, match="not installed"):
        library.remove("midas-small")


def test_a_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path, model: Path) -> None:
    in_the_way = write(tmp_path / "models", b"a file, not a folder")
    with pytest.raises(OutputError, match="Can't write into the model folder"):
        Library(in_the_way).add_file(model, depth_descriptor())
    assert Library(in_the_way).installed() == {}


def test_a_full_disk_is_one_sentence_and_nothing_stays(
    library: Library, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        library.add_file(model, depth_descriptor())
    assert _names(library) == set()


def test_what_a_killed_run_left_is_swept_and_a_running_one_is_not(
    library: Library, model: Path
) -> None:
    library.folder.mkdir()
    old = write(library.folder / ".limn-00000000-1-00000000.onnx", b"left")
    new = write(library.folder / ".limn-00000000-1-11111111.onnx", b"being written")
    os.utime(old, (0, 0))
    library.add_file(model, depth_descriptor())
    assert not old.exists()
    assert new.exists()


def test_a_begun_download_can_be_removed(library: Library) -> None:
    library.folder.mkdir()
    write(library.folder / ".midas-small.begun", b"a beginning")
    write(library.folder / ".midas-small.begun-of", b"of something")
    library.remove("midas-small")
    assert _names(library) == set()
    outside = write(library.folder.parent / "other.onnx", b"somebody else's")
    with pytest.raises(SettingsError):
        library.remove("../other")
    assert outside.exists()


def test_the_folder_follows_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMN_MODELS", str(tmp_path / "here"))
    assert default_folder() == tmp_path / "here"
    monkeypatch.delenv("LIMN_MODELS")
    assert default_folder().name == "models"
    assert default_folder().is_absolute()


def test_without_a_home_folder_the_sentence_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    for name in ("LIMN_MODELS", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError, match="HOME or LIMN_MODELS"):
        default_folder()


def _zip(path: Path, name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        made.writestr(name, content)
    return path


def test_zips_that_are_none_or_bombs_are_one_sentence_each(
    library: Library, tmp_path: Path
) -> None:
    good = _zip(tmp_path / "good.zip", "a.onnx", depth_network()).read_bytes()
    locked = bytearray(good)
    for at in (6, good.index(b"PK\x01\x02") + 8):
        locked[at] |= 1
    claims = good.replace(struct.pack("<I", len(depth_network())), struct.pack("<I", 1 << 31))
    cases = {
        "which no network is packed into": _zip(
            tmp_path / "bomb.zip", "a.onnx", bytes(80 << 20)
        ).read_bytes(),
        "larger than the model": claims,
        "encrypted": bytes(locked),
        "damaged": good[:60] + b"xxxx" + good[64:],
        "holds 0 .onnx": _zip(tmp_path / "none.zip", "a.txt", b"x").read_bytes(),
        "is empty": _zip(tmp_path / "empty.zip", "a.onnx", b"").read_bytes(),
    }
    for says, content in cases.items():
        with pytest.raises(ModelError) as caught:
            library.add_file(write(tmp_path / "x.zip", content), depth_descriptor(), try_model)
        assert says in str(caught.value)
        assert _names(library) == set()


def test_a_file_of_holes_is_refused_before_it_is_copied(library: Library, tmp_path: Path) -> None:
    for size, says in ((1 << 30, "is no ONNX file"), (1 << 32, "larger than the 2 GB")):
        with (tmp_path / "holes.onnx").open("wb") as file:
            file.truncate(size)
        with pytest.raises(ModelError, match=says):
            library.add_file(tmp_path / "holes.onnx", depth_descriptor(), try_model)
    assert _names(library) == set()
