"""Which test files touch a module: by what they import, step by step, nearest first."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_PACKAGE: Final = "limn"


def imported_by(root: Path) -> dict[str, set[str]]:
    """For every Python file of a tree (relative paths), the files that import it."""
    files = {path.relative_to(root).as_posix() for path in root.rglob("*.py")}
    stems: dict[str, list[str]] = {}
    for file in sorted(files):
        if file.startswith("tests/"):
            stems.setdefault(Path(file).stem, []).append(file)
    out: dict[str, set[str]] = {file: set() for file in files}
    for file in files:
        for target in _imports(root, file, files, stems):
            out[target].add(file)
    return out


def find_tests(file: str, users: Mapping[str, set[str]], most: int) -> list[str]:
    """At most ``most`` test files that reach a module.

    Those named after it come first, then the nearest; of equally near ones those of the same room
    and those that import little, which are about it. Blender's take long: they are asked last.
    """
    stem, room = Path(file).stem, Path(file).parts[0]
    breadth = Counter(user for importers in users.values() for user in importers)
    seen, layer = {file}, {file}
    found: list[str] = []
    while layer:
        layer = {user for one in layer for user in users.get(one, ())} - seen
        seen |= layer
        tests = [one for one in layer if Path(one).name.startswith("test_")]
        found += sorted(tests, key=lambda one: (room not in Path(one).parts, breadth[one], one))
    # The order is stable: distance decides between files that are alike in this.
    found.sort(key=lambda one: (stem not in Path(one).stem, "blender" in Path(one).parts))
    return found[:most]


def _imports(
    root: Path, file: str, files: set[str], stems: Mapping[str, list[str]]
) -> Iterator[str]:
    """Files of the tree that a file imports, inside functions too."""
    here = Path(file).parent.parts
    for node in ast.walk(ast.parse((root / file).read_text("utf-8"))):
        names: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            if node.level:
                base = (_PACKAGE, *here[: len(here) - node.level + 1], *base)
            names = [base, *((*base, alias.name) for alias in node.names)]
        for name in names:
            if name[:1] == (_PACKAGE,):
                inner = "/".join(name[1:])
                yield from ({f"{inner}.py", f"{inner}/__init__.py"} & files)
            elif len(name) == 1:  # helpers beside the tests
                yield from stems.get(name[0], ())
