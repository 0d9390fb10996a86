"""The mutation script: what it changes, which tests it asks, and that the tree stays as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from limn.tools.mutants.__main__ import main, sample, table
from limn.tools.mutants.changes import Mutant, mutants_of, mutated
from limn.tools.mutants.finding import find_tests, imported_by

SOURCE = '''\
"""A module with 3 numbers in its text."""

from __future__ import annotations
from typing import Final

_MOST: Final = 0.5
Number = int | float


def share(part: int | None, whole: int = 4) -> float:
    """At most 1."""
    if part is None or whole <= 0:
        raise ValueError(f"{whole:.3f}")
    return min(part / whole, _MOST)


def tell(names: list[str]) -> None:
    names.append("x")
'''
CHECKS = """\
from limn.core.shares import share

def test_a_half_is_the_most():
    assert share(1, 4) == 0.25
    assert share(3, 4) == 0.5
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with two modules, of which one is well tested."""
    root = tmp_path / "checkout"
    for folder in ("core", "tests/core"):
        (root / folder).mkdir(parents=True)
    (root / "core" / "shares.py").write_text(SOURCE, "utf-8")
    (root / "core" / "users.py").write_text("from .shares import share\n", "utf-8")
    (root / "tests" / "core" / "test_shares.py").write_text(CHECKS, "utf-8")
    (root / "tests" / "core" / "test_all.py").write_text(
        "import limn.core.users\n\ndef test_nothing():\n    pass\n", "utf-8"
    )
    (root / "__init__.py").write_text("", "utf-8")
    (root / "core" / "__init__.py").write_text("", "utf-8")
    (root / "conftest.py").write_text(
        "import sys, types\nlimn = types.ModuleType('limn')\n"
        "limn.__path__ = [__file__.rpartition('conftest')[0]]\nsys.modules['limn'] = limn\n",
        "utf-8",
    )
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n", "utf-8")
    return root


def test_numbers_comparisons_steps_and_nothing_else_change() -> None:
    says = [mutant.says for mutant in mutants_of("core/shares.py", SOURCE)]
    assert set(says) == {
        "0.5  ->  5.0",
        "4  ->  5",
        "0  ->  1",
        "part is None or whole <= 0  ->  part is None and whole <= 0",
        "part is None  ->  part is not None",
        "whole <= 0  ->  whole < 0",
        "whole <= 0  ->  whole > 0",
        "if part is None or whole <= 0: raise ValueError(f'{whole:...  ->  "
        "if not (part is None or whole <= 0): raise ValueError(f'{...",
        "raise ValueError(f'{whole:.3f}')  ->  pass",
        "part / whole  ->  part * whole",
        "min  ->  max",
        "names.append('x')  ->  pass",
        "tell returns at once",
    }
    assert len(says) == len(set(says))


def test_every_mutant_is_one_change_that_can_be_read() -> None:
    whole = ast.unparse(ast.parse(SOURCE)) + "\n"
    sources = [mutated(SOURCE, mutant.number) for mutant in mutants_of("f", SOURCE)]
    assert len(set(sources)) == len(sources)
    for source in sources:
        ast.parse(source)
        # By one line each: a mistake that changes more is several.
        lines, before = source.splitlines(), whole.splitlines()
        assert sum(line not in before for line in lines) <= 1


def test_tests_are_found_by_imports_nearest_first(tree: Path) -> None:
    users = imported_by(tree)
    assert users["core/shares.py"] == {"core/users.py", "tests/core/test_shares.py"}
    found = ["tests/core/test_shares.py", "tests/core/test_all.py"]
    assert find_tests("core/shares.py", users, 9) == found
    assert find_tests("core/shares.py", users, 1) == found[:1]
    assert find_tests("core/users.py", users, 9) == found[1:]


def test_a_sample_is_the_same_for_the_same_seed(tree: Path) -> None:
    first = sample(tree, ["core"], 5, 1)
    assert first == sample(tree, ["core/shares.py", "core"], 5, 1)
    assert len(first) == 5
    assert any(sample(tree, ["core"], 5, seed) != first for seed in range(2, 6))
    assert sample(tree, ["nowhere"], 5, 1) == []


def test_mistakes_are_noticed_or_survive_and_the_tree_stays_as_it_is(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    assert main(["core", "--sample", "99"], root=tree) == 0
    out = capsys.readouterr().out
    assert "0.5  ->  5.0  killed by tests/core/test_shares.py" in out
    survivors = out.partition("survivors\n")[2]
    assert "tell returns at once" in survivors
    assert "raise ValueError" in survivors
    assert "part / whole" not in survivors
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before
    assert main(["nowhere"], root=tree) == 2


def test_shares_are_told_by_room() -> None:
    def mutant(file: str) -> Mutant:
        return Mutant(file, 0, 1, "1  ->  2")

    rows = [(mutant("core/a/x.py"), "t"), (mutant("core/a/y.py"), None), (mutant("core/b.py"), "t")]
    lines = [line.split() for line in table(rows).splitlines()[-3:]]
    assert lines == [
        ["core/a", "2", "1", "50%"],
        ["core", "1", "1", "100%"],
        ["all", "3", "2", "67%"],
    ]
