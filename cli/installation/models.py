"""``limn models``: networks that users bring, listed, downloaded, added, removed and checked."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ...core.data.errors import Cancelled, ModelError, SettingsError
from ..cancelling import Cancellation, drive
from ..reporting import Reporter

_MEGABYTE: Final = 1_000_000
_JOBS: Final = {
    "pose": "one person's joints",
    "people": "everybody's joints",
    "depth": "depth of the picture",
    "face": "shapes of faces",
}

_EPILOG: Final = """\
examples:
  limn models
  limn models download rtmpose-m
  limn models add model.onnx --as vitpose-b
  limn models add mine.onnx --descriptor mine.json
  limn models check

Nothing is downloaded without your consent. Without an action, the list is shown."""

Action = Callable[[argparse.Namespace, Reporter, Cancellation], int]


def add_parser(commands: Any) -> None:  # noqa: ANN401 - argparse names this type only privately
    """Add ``limn models`` and its actions."""
    parser = commands.add_parser(
        "models",
        help="list, download, add and remove other networks",
        description="Other networks: list, download, add, remove and check them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_options(parser, is_inner=False)
    parser.set_defaults(execute=_list)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    _add_action(actions, "list", _list, "show every model, with its licence, size and use")
    fetching = _add_action(actions, "download", _download, "fetch a model, verify and install it")
    fetching.add_argument("name", metavar="NAME")
    fetching.add_argument("--yes", action="store_true", help="consent to this download")
    adding = _add_action(actions, "add", _add, "install a model file of your own")
    told = "a .onnx, a .zip that holds one, or a .task of MediaPipe's"
    adding.add_argument("file", type=Path, metavar="FILE", help=told)
    what = adding.add_mutually_exclusive_group(required=True)
    what.add_argument("--as", dest="name", metavar="NAME", help="which listed model the file is")
    what.add_argument(
        "--descriptor", type=Path, metavar="JSON", help="what the file is, where it isn't listed"
    )
    removing = _add_action(actions, "remove", _remove, "take an installed model away")
    removing.add_argument("name", metavar="NAME")
    _add_action(actions, "check", _check, "verify and open every installed model")


def _add_action(actions: Any, name: str, execute: Action, what: str) -> argparse.ArgumentParser:  # noqa: ANN401
    parser = actions.add_parser(name, help=what, description=f"{what[:1].upper()}{what[1:]}.")
    _add_options(parser, is_inner=True)
    parser.set_defaults(execute=execute)
    return parser


def _add_options(parser: argparse.ArgumentParser, *, is_inner: bool) -> None:
    # An action's defaults would replace what was given before its name.
    def default(value: object) -> object:
        return argparse.SUPPRESS if is_inner else value

    parser.add_argument(
        "--models-folder",
        type=Path,
        metavar="DIR",
        default=default(None),
        help="where models lie (default: LIMN_MODELS, or your own folder for programs' data)",
    )
    parser.add_argument(
        "--json", action="store_true", default=default(False), help="print one JSON document"
    )
    parser.add_argument(
        "--progress",
        choices=("auto", "bar", "json", "none"),
        default=default("auto"),
        help="how progress is shown (default: a bar at a terminal)",
    )


def _library(arguments: argparse.Namespace) -> Any:  # noqa: ANN401 - imported when asked for
    from ...models.user.library import Library, default_folder

    return Library(arguments.models_folder or default_folder())


def _list(arguments: argparse.Namespace, reporter: Reporter, _cancellation: Cancellation) -> int:
    library = _library(arguments)
    installed, faults = library.installed(), library.faults()
    rows = []
    for name, descriptor in library.known().items():
        row = descriptor.to_document()
        row["installed"] = name in installed
        row["fault"] = faults.pop(name, None)
        row["path"] = str(library.file_of(name)) if name in installed else None
        row["how_to_get"] = None if name in installed else library.how_to_get(name)
        rows.append(row)
    outcome = {"folder": str(library.folder), "models": rows, "faults": faults}
    text = [f"Models in {library.folder}:", *(line for row in rows for line in _lines(row))]
    text += [f"\n{name}\n    FAIL: {fault}" for name, fault in faults.items()]
    reporter.done(outcome, "\n".join(text))
    return 0


def _lines(row: Mapping[str, Any]) -> list[str]:
    size = f"{row['size_bytes'] / _MEGABYTE:.0f} MB" if row["size_bytes"] else "size not known"
    state = "FAIL" if row["fault"] else "installed" if row["installed"] else "not installed"
    lines = [
        f"\n{row['name']} ({state}): {row['good_for']}",
        f"{row['title']}: {_JOBS[row['job']]}; {size}; {row['licence']}; {row['credit']}",
    ]
    doubt = "" if row["checked"] else "Nobody has told of a run of this file with Limn yet. "
    if doubt or row["note"]:
        lines.append(f"{doubt}{row['note']}".strip())
    if row["fault"]:
        lines.append(row["fault"])
    elif row["how_to_get"]:
        lines.append(f"To have it, {row['how_to_get']}.")
    return [lines[0], *(part for line in lines[1:] for part in _indented(line))]


def _indented(line: str) -> list[str]:
    return textwrap.wrap(
        line, 100, initial_indent="    ", subsequent_indent="      ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _download(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ...models.user.download import download

    library = _library(arguments)
    descriptor = library.describe(arguments.name)
    if arguments.name in library.installed():
        path = library.path_of(arguments.name)
        reporter.done({"name": arguments.name, "path": str(path)}, f"{path} is there already.")
        return 0
    consent = arguments.yes or (descriptor.can_be_downloaded and _ask(descriptor))
    try:
        path = drive(download(descriptor, library, consent=consent), reporter, cancellation)
    except KeyboardInterrupt:
        raise Cancelled("Cancelled; what came is kept, start it again to go on.") from None
    reporter.done({"name": arguments.name, "path": str(path)}, f"Installed {path}.")
    return 0


def _ask(descriptor: Any) -> bool:  # noqa: ANN401 - a Descriptor, imported when asked for
    if not (sys.stdin and sys.stdin.isatty()):
        raise SettingsError(f"The download of '{descriptor.name}' needs your consent: add --yes.")
    size = f", {descriptor.size_bytes / _MEGABYTE:.0f} MB" if descriptor.size_bytes else ""
    print(f"{descriptor.title} ({descriptor.licence}{size})", file=sys.stderr)
    print(f"{descriptor.credit}, from {descriptor.url}", file=sys.stderr)
    print("Download it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was downloaded.")
    return True


def _add(arguments: argparse.Namespace, reporter: Reporter, _cancellation: Cancellation) -> int:
    from ...models.selftest import try_model
    from ...models.user.descriptor import load_descriptor, shipped_descriptors

    library = _library(arguments)
    if arguments.descriptor is None:
        descriptor = library.describe(arguments.name)
    else:
        descriptor = load_descriptor(arguments.descriptor)
        if descriptor.name in shipped_descriptors():
            raise SettingsError(
                f"'{descriptor.name}' is a model that Limn knows; give yours another name in "
                f"{arguments.descriptor}, or add it by --as."
            )

    def try_out(found: Any, path: Path) -> None:  # noqa: ANN401
        try:
            try_model(found, path)
        except ModelError as error:
            raise ModelError(str(error).replace(str(path), str(arguments.file))) from error

    vouched = descriptor.sha256 is not None and arguments.name not in library.installed()
    found = library.add_file(arguments.file, descriptor, try_out)
    path = library.path_of(found.name)
    text = f"Installed {path}."
    if not vouched:
        text += (
            f" Nobody vouches for its sha256, {found.sha256}: it is trusted as it is now, and "
            "refused if it ever changes."
        )
    reporter.done({"name": found.name, "path": str(path), "sha256": found.sha256}, text)
    return 0


def _remove(arguments: argparse.Namespace, reporter: Reporter, _cancellation: Cancellation) -> int:
    _library(arguments).remove(arguments.name)
    reporter.done({"name": arguments.name}, f"Removed '{arguments.name}'.")
    return 0


def _check(arguments: argparse.Namespace, reporter: Reporter, cancellation: Cancellation) -> int:
    from ...models.selftest import check_models

    checks = check_models(_library(arguments))
    cancellation.check()  # what was stopped by it hasn't failed
    ok = all(check.ok for check in checks)
    lines = [f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.message}" for check in checks]
    outcome = {
        "ok": ok,
        "checks": [{"name": c.name, "ok": c.ok, "message": c.message} for c in checks],
    }
    reporter.done(outcome, "\n".join(lines) or "No models are installed.")
    return 0 if ok else 1
