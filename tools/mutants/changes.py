"""Every small mistake that can be made in a file: one changed number, comparison, sign or step.

The operators are the usual ones of mutation testing (Offutt et al., "An experimental determination
of sufficient mutant operators", 1996), those that leave annotations and texts alone.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
"""A boundary that moves by one case, and the opposite."""
_CALCULATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_SWAPPED: Final = {
    "minimum": "maximum", "maximum": "minimum", "min": "max", "max": "min",
    "any": "all", "all": "any", "argmin": "argmax", "argmax": "argmin",
    "floor": "ceil", "ceil": "floor", "sin": "cos", "cos": "sin",
}  # fmt: skip
_BUILT_IN: Final = ("min", "max", "any", "all")
"""Those of them that are functions without a module before them."""
_TIMES: Final = 10


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: the ``number``-th that can be made in ``file`` (relative), and it in words."""

    file: str
    number: int
    line: int
    says: str


def mutants_of(file: str, source: str) -> list[Mutant]:
    """Every mutant of a module, in the order of its syntax tree."""
    return [
        Mutant(file, number, getattr(node, "lineno", 0), _says(node, changed))
        for number, (node, changed) in enumerate(_changes(ast.parse(source)))
    ]


def mutated(source: str, number: int) -> str:
    """The source with the ``number``-th mistake; comments get lost."""
    tree = ast.parse(source)
    node, changed = list(_changes(tree))[number]
    return ast.unparse(ast.fix_missing_locations(_Replacing(node, changed).visit(tree))) + "\n"


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    skipped = {id(node) for part in _unmeant(tree) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) not in skipped:
            for changed in _replacements(node):
                yield node, changed


def _unmeant(tree: ast.AST) -> Iterator[ast.AST]:
    """Parts of the tree that are no behaviour: annotations, texts, names of types and exports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns
        elif isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield node
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        elif isinstance(node, ast.Assign) and _is_alias(node):
            yield node
        yield from getattr(node, "decorator_list", ())


def _is_alias(node: ast.Assign) -> bool:
    """Whether ``Name = Some | Type`` gives a type a name."""
    names = [one.id for one in node.targets if isinstance(one, ast.Name)]
    camel = bool(names) and names[0][:1].isupper() and not names[0].isupper()
    return camel and len(names[0]) > 1 and not isinstance(node.value, ast.Constant)


def _says(node: ast.AST, changed: ast.AST) -> str:
    if isinstance(node, ast.FunctionDef):
        return f"{node.name} returns at once"
    return f"{_short(node)}  ->  {_short(changed)}"


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Compare):
        for at, old in enumerate(node.ops):
            for new in _COMPARED[type(old)]:
                yield ast.Compare(
                    node.left, [*node.ops[:at], new(), *node.ops[at + 1 :]], node.comparators
                )
    elif isinstance(node, ast.BinOp) and type(node.op) in _CALCULATED:
        yield ast.BinOp(node.left, _CALCULATED[type(node.op)](), node.right)
    elif isinstance(node, ast.AugAssign) and type(node.op) in _CALCULATED:
        yield ast.AugAssign(node.target, _CALCULATED[type(node.op)](), node.value)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield node.operand
    elif isinstance(node, ast.Attribute) and node.attr in _SWAPPED:
        yield ast.Attribute(node.value, _SWAPPED[node.attr], node.ctx)
    elif isinstance(node, ast.Name) and node.id in _BUILT_IN and isinstance(node.ctx, ast.Load):
        yield ast.Name(_SWAPPED[node.id], node.ctx)
    elif isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare):
        test = ast.UnaryOp(ast.Not(), node.test)
        yield (
            ast.If(test, node.body, node.orelse)
            if isinstance(node, ast.If)
            else ast.IfExp(test, node.body, node.orelse)
        )
    elif isinstance(node, ast.Continue | ast.Break | ast.Raise):
        yield ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield ast.Pass()
    elif isinstance(node, ast.FunctionDef):
        yield from _early_return(node)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, float):
        yield ast.Constant(value * _TIMES if value else 1.0)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)


def _early_return(node: ast.FunctionDef) -> Iterator[ast.AST]:
    """A function that is there for what it does returns before doing it."""
    is_procedure = isinstance(node.returns, ast.Constant) and node.returns.value is None
    says = [node.body[0]] if ast.get_docstring(node) is not None else []
    if is_procedure and len(node.body) > len(says):
        shortened = copy.copy(node)
        shortened.body = [*says, ast.Return(None)]
        yield shortened


class _Replacing(ast.NodeTransformer):
    """Puts one node in another's place."""

    def __init__(self, node: ast.AST, replacement: ast.AST) -> None:
        self._node = node
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace the node, or look further down."""
        return self._replacement if node is self._node else self.generic_visit(node)
