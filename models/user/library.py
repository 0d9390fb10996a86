"""The user's own folder of models: what is in it, putting in, taking out, verified reading.

A model NAME is two files, ``NAME.onnx`` (``NAME.task`` of faces) and ``NAME.json``: its descriptor
with the sha256 that the file had when it came. Where nobody vouched for a sha256, that one is
trusted from then on. Standard library only: Blender lists the folder itself, and leaves opening the
files to its worker.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from ...core.data.errors import ModelError, OutputError, SettingsError
from ...core.data.reading import open_regular
from ...core.data.writing import Unfinished
from .archive import open_only_model
from .descriptor import MOST_BYTES, Descriptor, load_descriptor, shipped_descriptors
from .locking import Taken, locked
from .onnx_file import check_outline

FOLDER_VARIABLE: Final = "LIMN_MODELS"
"""The environment variable that names the folder; Blender sets it for its workers."""

_ZIP: Final = ".zip"
_CHUNK: Final = 1 << 20


def default_folder() -> Path:
    """Where the models lie: ``LIMN_MODELS``, else the platform's place for a program's data.

    Raises SettingsError without either.
    """
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or _home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = _home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share")
    return base / "limn" / "models"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:  # no HOME, and a user whom the system doesn't know
        raise SettingsError(
            f"There is no home folder to keep models in; set HOME or {FOLDER_VARIABLE}."
        ) from error


@dataclass(frozen=True, slots=True)
class Library:
    """The models of ``folder``, which need not be there until one is put in."""

    folder: Path

    def installed(self) -> dict[str, Descriptor]:
        """Return the models that are there, by name; of the others, ``faults`` tells."""
        return {
            name: found
            for name, found in self._read_descriptors().items()
            if isinstance(found, Descriptor)
        }

    def faults(self) -> dict[str, str]:
        """Return a sentence for each model of which a part is missing or can't be read, by name."""
        return {
            name: str(found)
            for name, found in self._read_descriptors().items()
            if isinstance(found, ModelError)
        }

    def known(self) -> dict[str, Descriptor]:
        """Return Limn's own descriptors and, over them, those of installed models."""
        return {**shipped_descriptors(), **self.installed()}

    def describe(self, name: str) -> Descriptor:
        """Return the descriptor of ``name``, installed or not. Raises SettingsError."""
        known = self.known()
        if name not in known:
            raise SettingsError(
                f"There is no model '{name}'; 'limn models' lists {', '.join(sorted(known))}."
            )
        return known[name]

    def file_of(self, name: str) -> Path:
        """Return where the file of ``name`` lies or would lie."""
        own = shipped_descriptors().get(name)
        return self.folder / f"{name}{Path(own.file).suffix if own else '.onnx'}"

    def path_of(self, name: str) -> Path:
        """Return the file of an installed model. Raises ModelError when it is not installed."""
        found = self._read_descriptors().get(name)
        if isinstance(found, ModelError):
            raise found
        if found is not None:
            return self.file_of(name)
        raise ModelError(f"The model '{name}' is not installed; {self.how_to_get(name)}.")

    def lock_of(self, name: str) -> Path:
        """Return the file that whoever downloads ``name`` holds locked."""
        return self.folder / f".{name}.lock"

    def begun_of(self, name: str) -> tuple[Path, Path]:
        """Return the files of a download of ``name`` that broke off: what came, and of what."""
        return self.folder / f".{name}.begun", self.folder / f".{name}.begun-of"

    def how_to_get(self, name: str) -> str:
        """Say how a person gets the model ``name``, as the end of a sentence."""
        descriptor = self.describe(name)
        if descriptor.can_be_downloaded:
            return f"get it by 'limn models download {name}'"
        source = descriptor.url or descriptor.page
        fetch = f"fetch {descriptor.file} yourself" + (f" from {source}" if source else "")
        return f"{fetch}, then 'limn models add FILE --as {name}'"

    def open_model(self, name: str) -> tuple[Descriptor, bytes]:
        """Return the descriptor and the verified bytes of an installed model.

        The caller runs these very bytes. Raises ModelError when they aren't those that were
        installed.
        """
        path = self.path_of(name)
        descriptor = self.installed()[name]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"The model {path} can't be read: {_why(error)}.") from error
        check_content(path, descriptor, len(content), hashlib.sha256(content).hexdigest())
        return descriptor, content

    def add_file(
        self,
        source: Path,
        descriptor: Descriptor,
        try_out: Callable[[Descriptor, Path], None] | None = None,
    ) -> Descriptor:
        """Copy ``source``, a file or a zip of one, into the folder as ``descriptor.name``.

        An earlier one is replaced. ``try_out`` opens the copy and raises ModelError when it isn't
        such a model; then nothing is installed. Returns the descriptor with the file's sha256.
        Raises ModelError when the file can't be read or is another than the descriptor vouches
        for, OutputError when the folder can't be written.
        """
        with self.placing(descriptor.name) as model:
            with _open_source(source, MOST_BYTES) as stream, model.path.open("wb") as out:
                if descriptor.sha256 is None and source.suffix.lower() != _ZIP:
                    check_outline(stream, f"The model {source}")  # before it fills the disk
                size, digest = copy_hashed(stream, out)
            if not size:
                raise ModelError(f"The model {source} is empty; get the file again.")
            check_content(source, descriptor, size, digest)
            found = _of_file(descriptor, digest, size)
            if try_out is not None:
                try_out(found, model.path)
            self.place(model, found)
        return found

    def place(self, model: Unfinished, descriptor: Descriptor) -> None:
        """Give a verified ``model`` its name, and then its descriptor. Raises OutputError."""
        try:
            note = Unfinished(self.folder / f"{descriptor.name}.json")
            try:
                note.path.write_text(descriptor.to_json(), "utf-8")
                model.commit()
                # The descriptor last: in between, the old one's sha256 refuses the new file.
                note.commit()
            finally:
                note.drop()
        except OSError as error:
            raise self.cannot_write(error) from error

    @contextmanager
    def placing(self, name: str) -> Iterator[Unfinished]:
        """Begin a new file for the model ``name``; what is not placed at the end is removed."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            model = Unfinished(self.file_of(name))
        except OSError as error:
            raise self.cannot_write(error) from error
        try:
            yield model
        except OSError as error:
            raise self.cannot_write(error) from error
        finally:
            model.drop()

    def remove(self, name: str) -> None:
        """Take an installed model, or what is left of one, away. Raises SettingsError, OutputError.

        Its descriptor goes first: without it the file is nothing that Limn would load.
        """
        entry = self.folder / f"{name}.json"
        parts = self.begun_of(name)
        # Only names that were read or shipped: a name that a person types could lead elsewhere.
        is_begun = name in self.known() and any(part.exists() for part in parts)
        if name not in self._read_descriptors() and not is_begun:
            raise SettingsError(f"The model '{name}' is not installed.")
        try:
            with locked(self.lock_of(name)):
                for leftover in (entry, self.file_of(name), *parts):
                    leftover.unlink(missing_ok=True)
        except Taken:
            raise SettingsError(
                f"The model '{name}' is being downloaded; stop that before you remove it."
            ) from None
        except OSError as error:
            raise OutputError(f"The model '{name}' can't be removed: {_why(error)}.") from error

    def cannot_write(self, error: OSError) -> OutputError:
        """Return the sentence for a folder that can't be written."""
        return OutputError(f"Can't write into the model folder {self.folder}: {_why(error)}.")

    def _read_descriptors(self) -> dict[str, Descriptor | ModelError]:
        read: dict[str, Descriptor | ModelError] = {}
        for path in sorted(self.folder.glob("[!.]*.json")):
            try:
                read[path.stem] = self._read_descriptor(path)
            except ModelError as error:
                read[path.stem] = error
        return read

    def _read_descriptor(self, path: Path) -> Descriptor:
        found = load_descriptor(path)
        if found.name != path.stem or found.sha256 is None:
            raise ModelError(f"The descriptor {path} is not one that Limn installed.")
        if not self.file_of(found.name).is_file():
            raise ModelError(
                f"The model {self.file_of(found.name)} is missing; add it again or remove it."
            )
        own = shipped_descriptors().get(found.name)
        # What Limn knows of its models may have been put right since the file came.
        return found if own is None else _of_file(own, found.sha256, found.size_bytes)


def _of_file(descriptor: Descriptor, sha256: str, size_bytes: int | None) -> Descriptor:
    return replace(descriptor, sha256=sha256, size_bytes=size_bytes)


def check_content(path: Path, descriptor: Descriptor, size_bytes: int, sha256: str) -> None:
    """Raise ModelError unless a file has the size and sha256 that its descriptor knows."""
    wanted = descriptor.size_bytes
    if wanted is not None and size_bytes < wanted:
        raise ModelError(
            f"The model {path} is cut short, {size_bytes} of {wanted} bytes; get it again."
        )
    if descriptor.sha256 is not None and sha256 != descriptor.sha256:
        raise ModelError(
            f"The model {path} is not the file that '{descriptor.name}' stands for (its sha256 "
            "differs); get it again, or give it a descriptor of its own."
        )


def copy_hashed(source: IO[bytes], out: IO[bytes]) -> tuple[int, str]:
    """Copy a stream and return its size and sha256. Raises ModelError when it can't be read."""
    digest, size = hashlib.sha256(), 0
    while chunk := _read(source):
        digest.update(chunk)
        size += len(chunk)
        out.write(chunk)
    return size, digest.hexdigest()


def _read(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(_CHUNK)
    except OSError as error:
        raise ModelError(f"The model can't be read: {_why(error)}.") from error


@contextmanager
def _open_source(source: Path, most_bytes: int) -> Iterator[IO[bytes]]:
    """Open a model that a person points to, a file or a zip that holds one. Raises ModelError."""
    if source.suffix.lower() == _ZIP:
        with open_only_model(source, most_bytes) as stream:
            yield stream
        return
    try:
        stream = open_regular(source)
    except OSError as error:
        raise ModelError(f"The model {source} can't be read: {_why(error)}.") from error
    with stream:
        if os.fstat(stream.fileno()).st_size > most_bytes:
            raise ModelError(f"The model {source} is larger than the 2 GB of an ONNX file.")
        yield stream


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
