"""Every stage that holds arrays says beside the field what they look like, and refuses others."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from limn.core.data.arrays import F64, check_fields, of_shape

CORE = Path(__file__).resolve().parents[2] / "core"
ARRAYS = {"F32", "F64", "Floats", "I32", "I64", "U8", "Bools", "NDArray", "np.ndarray"}
NESTED = {
    ("Track", "looks"): "pairs of a frame and the colours in it",
    ("Track", "glimpses"): "pairs of a frame and the colours in it",
    ("_Errors", "contacts"): "pairs of one stand's steps and a length",
}
"""Fields whose arrays lie deeper than in a list."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stage:
    xyz: F64 = field(metadata=of_shape("t", 3))
    sigma: F64 = field(metadata=of_shape("t", has_gaps=True))
    leading: F64 | None = field(default=None, metadata=of_shape(..., "t"))
    parts: list[F64] = field(default_factory=list[F64], metadata=of_shape(None, 2))

    def __post_init__(self) -> None:
        check_fields(self)


def _holds_array(annotation: ast.expr) -> bool:
    return any(ast.unparse(node) in ARRAYS for node in ast.walk(annotation))


def _is_dataclass(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        "dataclass" in ast.unparse(one) for one in node.decorator_list
    )


def _unchecked(source: str) -> list[str]:
    """ "Class.field" of every array that no check looks at when an instance is made."""
    out: list[str] = []
    for stage in filter(_is_dataclass, ast.walk(ast.parse(source))):
        assert isinstance(stage, ast.ClassDef)
        made = [x for x in stage.body if isinstance(x, ast.FunctionDef)]
        checks = " ".join(
            ast.unparse(call)
            for one in made
            if one.name == "__post_init__"
            for call in ast.walk(one)
            if isinstance(call, ast.Call | ast.Dict)
            and ("check_" in ast.unparse(call) or isinstance(call, ast.Dict))
        )
        for one in stage.body:
            if not isinstance(one, ast.AnnAssign) or not _holds_array(one.annotation):
                continue
            name = ast.unparse(one.target)
            is_shaped = one.value is not None and "of_shape(" in ast.unparse(one.value)
            is_checked = "check_fields(self" in checks if is_shaped else f"{name}" in checks
            if not is_checked and (stage.name, name) not in NESTED:
                out.append(f"{stage.name}.{name}")
    return out


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda p: str(p.relative_to(CORE)))
def test_every_array_of_a_stage_is_checked(path: Path) -> None:
    assert _unchecked(path.read_text("utf-8")) == []


def test_the_look_finds_arrays_without_checks() -> None:
    head = "@dataclass\nclass A:\n    xyz: F64"
    made = "\n    def __post_init__(self):\n        "
    assert _unchecked(head) == ["A.xyz"]
    assert _unchecked(head + " = field(metadata=of_shape(3))") == ["A.xyz"]
    assert _unchecked(head + made + "check_shape('A.uv', self.uv, (3,))") == ["A.xyz"]
    assert _unchecked(head + made + "check_shape('A.xyz', self.xyz, (3,))") == []
    assert _unchecked(head + " = field(metadata=of_shape(3))" + made + "check_fields(self)") == []


def test_a_stage_takes_what_its_fields_say() -> None:
    gaps = np.array([np.nan, np.inf])
    _Stage(np.zeros((2, 3)), gaps, np.zeros((5, 4, 2)), [np.zeros((7, 2)), np.zeros((0, 2))])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((np.zeros((2, 2)), np.zeros(2)), r"_Stage.xyz has shape \(2, 2\), expected \(any, 3\)"),
        ((np.zeros((2, 3)), np.zeros(3)), r"_Stage.sigma has shape \(3,\), expected \(2\)"),
        ((np.full((2, 3), np.nan), np.zeros(2)), r"_Stage.xyz holds values that are not finite"),
        ((np.zeros((2, 3)), np.zeros(2), np.zeros((2, 4))), r"_Stage.leading has shape"),
        ((np.zeros((2, 3)), np.zeros(2), None, [np.zeros(2)]), r"_Stage.parts has shape"),
    ],
)
def test_a_stage_refuses_other_arrays(wrong: tuple[F64, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _Stage(*wrong)  # pyright: ignore[reportArgumentType] - wrong on purpose
