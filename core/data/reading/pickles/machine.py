"""A pickle's stack machine that builds plain values and refuses everything else.

Python's own unpickler imports and calls whatever a file names. This one knows a list of names, each
answered by a function of ours; a name that isn't on the list ends the reading. It builds numbers,
texts, lists, tuples, dictionaries, sets and numpy arrays. Opcodes: Python's ``pickletools``.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final, TypeAlias, cast

from ..files import Damaged

MOST_STEPS: Final = 50_000_000  # opcodes of a file, bounds time
_MOST_DEPTH: Final = 8
"""How deep tuples may lie in each other when they are a dictionary's key, bounds hashing."""

Value: TypeAlias = Any
"""None, bool, int, float, str, bytes, list, tuple, dict, set, numpy array, or a part under way."""
Maker: TypeAlias = Callable[..., Value]
"""Makes a value of what a file calls a class or function with; raises any of ``DAMAGES``."""


class Part:
    """Something under way that a later BUILD may finish, such as an array before its data."""

    def build(self, state: Value, stream: BinaryIO) -> Value:
        """What this is once its ``state`` is known; ``stream`` stands behind the BUILD."""
        raise Damaged("it gives a state to what has none")


class Known:
    """A name of the list, as the file's stack holds it; calling is left to the machine."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Maker) -> None:
        self.name = name
        self.make = make


class _Mark:
    __slots__ = ()


_MARK: Final = _Mark()
_CONSTANTS: Final[Mapping[str, Value]] = {
    "NONE": None, "NEWTRUE": True, "NEWFALSE": False,
}  # fmt: skip
_EMPTY: Final[Mapping[str, Callable[[], Value]]] = {
    "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_DICT": dict, "EMPTY_SET": set,
}  # fmt: skip
_AS_GIVEN: Final = frozenset(
    ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
     "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE",
     "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")
)  # fmt: skip
"""Opcodes that push their argument."""


class Machine:
    """Reads one pickle from a stream; its methods raise any of ``files.DAMAGES``."""

    def __init__(
        self,
        stream: BinaryIO,
        known: Mapping[tuple[str, str], Maker],
        persistent: Callable[[Value], Value] | None = None,
    ) -> None:
        self._stream = stream
        self._known = known
        self._persistent = persistent
        self._stack: list[Value] = []
        self._memo: dict[int, Value] = {}

    def run(self) -> Value:
        """The pickle's value; the stream then stands behind it."""
        steps = 0
        for opcode, argument, _ in pickletools.genops(self._stream):
            steps += 1
            if steps > MOST_STEPS:
                raise Damaged(f"it has more than {MOST_STEPS} steps")
            name = opcode.name
            if name == "STOP":
                return self._pop()
            self._step(name, argument)
        raise Damaged("it is cut off")

    def _step(self, name: str, argument: Value) -> None:
        if name in _AS_GIVEN:
            self._stack.append(argument)
        elif name in _CONSTANTS:
            self._stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self._stack.append(_EMPTY[name]())
        else:
            handler = getattr(self, f"_do_{name.lower()}", None)
            if handler is None:
                raise Damaged(f"it uses {name}, which no result of a known tool does")
            handler(argument)

    def _pop(self) -> Value:
        if not self._stack or self._stack[-1] is _MARK:
            raise Damaged("its stack is empty")
        return self._stack.pop()

    def _pop_to_mark(self) -> list[Value]:
        stack = self._stack
        at = len(stack) - 1
        while at >= 0 and stack[at] is not _MARK:
            at -= 1
        if at < 0:
            raise Damaged("a mark is missing")
        items = stack[at + 1 :]
        del stack[at:]
        return items

    def _top(self, kind: type) -> Value:
        if not self._stack or type(self._stack[-1]) is not kind:
            raise Damaged(f"a {kind.__name__} is missing")
        return self._stack[-1]

    def _do_proto(self, _: Value) -> None:
        """A statement about what follows; nothing depends on it."""

    _do_frame = _do_proto

    def _do_mark(self, _: Value) -> None:
        self._stack.append(_MARK)

    def _do_pop(self, _: Value) -> None:
        if not self._stack:
            raise Damaged("its stack is empty")
        self._stack.pop()

    def _do_pop_mark(self, _: Value) -> None:
        self._pop_to_mark()

    def _do_dup(self, _: Value) -> None:
        value = self._pop()
        self._stack += [value, value]

    def _do_tuple(self, _: Value) -> None:
        self._stack.append(tuple(self._pop_to_mark()))

    def _do_tuple1(self, _: Value) -> None:
        self._stack.append((self._pop(),))

    def _do_tuple2(self, _: Value) -> None:
        second = self._pop()
        self._stack.append((self._pop(), second))

    def _do_tuple3(self, _: Value) -> None:
        third, second = self._pop(), self._pop()
        self._stack.append((self._pop(), second, third))

    def _do_list(self, _: Value) -> None:
        self._stack.append(self._pop_to_mark())

    def _do_append(self, _: Value) -> None:
        value = self._pop()
        self._top(list).append(value)

    def _do_appends(self, _: Value) -> None:
        items = self._pop_to_mark()
        self._top(list).extend(items)

    def _do_dict(self, _: Value) -> None:
        self._stack.append(filled({}, self._pop_to_mark()))

    def _do_setitem(self, _: Value) -> None:
        value, key = self._pop(), self._pop()
        filled(self._top(dict), [key, value])

    def _do_setitems(self, _: Value) -> None:
        items = self._pop_to_mark()
        filled(self._top(dict), items)

    def _do_additems(self, _: Value) -> None:
        items = self._pop_to_mark()
        self._top(set).update(_key(item) for item in items)

    def _do_frozenset(self, _: Value) -> None:
        self._stack.append({_key(item) for item in self._pop_to_mark()})

    def _do_put(self, index: int) -> None:
        if not self._stack:
            raise Damaged("its stack is empty")
        self._memo[index] = self._stack[-1]

    _do_binput = _do_long_binput = _do_put

    def _do_memoize(self, _: Value) -> None:
        self._do_put(len(self._memo))

    def _do_get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    _do_binget = _do_long_binget = _do_get

    def _do_global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(self._find(module, name))

    def _do_stack_global(self, _: Value) -> None:
        name, module = self._pop(), self._pop()
        self._stack.append(self._find(module, name))

    def _find(self, module: Value, name: Value) -> Known:
        make = None
        if isinstance(module, str) and isinstance(name, str):
            make = self._known.get((module, name))
        if make is None:
            shown = f"{module}.{name}" if isinstance(module, str) else "something"
            raise Damaged(f"it wants to use {shown[:80]}, which Limn never runs")
        return Known(f"{module}.{name}", make)

    def _do_reduce(self, _: Value) -> None:
        arguments = self._pop()
        self._call(self._pop(), arguments)

    def _do_newobj(self, _: Value) -> None:
        self._do_reduce(None)

    def _do_newobj_ex(self, _: Value) -> None:
        if self._pop():
            raise Damaged("it calls something with named arguments")
        self._do_reduce(None)

    def _call(self, what: Value, arguments: Value) -> None:
        if not isinstance(what, Known) or type(arguments) is not tuple:
            raise Damaged("it calls what is no function")
        self._stack.append(what.make(*arguments))

    def _do_build(self, _: Value) -> None:
        state, what = self._pop(), self._pop()
        if not isinstance(what, Part):
            raise Damaged("it gives a state to what has none")
        built = what.build(state, self._stream)
        self._stack.append(built)
        if built is not what:
            # The memo holds the part from before it was finished.
            for index in [i for i, value in self._memo.items() if value is what]:
                self._memo[index] = built

    def _do_persid(self, argument: str) -> None:
        self._stack.append(self._persist(argument))

    def _do_binpersid(self, _: Value) -> None:
        self._stack.append(self._persist(self._pop()))

    def _persist(self, what: Value) -> Value:
        if self._persistent is None:
            raise Damaged("it refers to data outside it")
        return self._persistent(what)


def as_tuple(value: Value) -> tuple[Value, ...]:
    """``value`` if it is a tuple. Raises Damaged."""
    if type(value) is not tuple:
        raise Damaged("a tuple in it is missing")
    return cast(tuple[Value, ...], value)


def filled(into: dict[Value, Value], items: list[Value]) -> dict[Value, Value]:
    """``into`` with the keys and values that follow each other in ``items``."""
    if len(items) % 2:
        raise Damaged("a key has no value")
    for i in range(0, len(items), 2):
        into[_key(items[i])] = items[i + 1]
    return into


def _key(value: Value, depth: int = 0) -> Value:
    """``value`` if it may be a key. Hashing a tuple goes as deep as the tuple does."""
    if value is None or isinstance(value, str | bytes | int | float):
        return value
    if type(value) is tuple and depth < _MOST_DEPTH:
        return tuple(_key(one, depth + 1) for one in cast(tuple[Value, ...], value))
    raise Damaged("a key of it is neither a number nor a text")
