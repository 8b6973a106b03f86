"""A function of a library as ctypes gives it: called, with `argtypes`, `restype` and `errcheck`.

These are no functions of C: those would see addresses alone, and not how wide what lies there is
(see `memory`).  So each is an object that is called, and takes what a function of ctypes takes.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from anyreg.windll.arguments import Converter, taken
from anyreg.windll.charsets import ANSI, WIDE
from anyreg.windll.last_error import swap
from anyreg.windll.memory import DATA, SIMPLE


class EntryPoint(NamedTuple):
    """A function that a library has.

    Attributes:
        call: What does it; gives a number.
        converters: What makes each of its arguments.
    """

    call: Callable[..., int]
    converters: tuple[Converter, ...]


TEXT: Final[Converter] = WIDE.as_text
"""In the place of a converter: the text of the form."""


class Exports(dict[str, EntryPoint]):
    """The functions of a library, by name."""

    def add(self, name: str, *converters: Converter) -> Callable[[Callable[..., int]], Any]:
        """Enter a function under its name."""

        def enter(function: Callable[..., int]) -> Callable[..., int]:
            self[name] = EntryPoint(function, converters)
            return function

        return enter

    def add_pair(self, name: str, *converters: Converter) -> Callable[[Callable[..., int]], Any]:
        """Enter both forms of a function, which gets the form as its first argument."""

        def enter(function: Callable[..., int]) -> Callable[..., int]:
            for chars in (WIDE, ANSI):
                own = tuple(chars.as_text if each is TEXT else each for each in converters)
                self[name + chars.letter] = EntryPoint(_bound(function, chars), own)
            return function

        return enter


def _bound(function: Callable[..., int], *first: object) -> Callable[..., int]:
    return lambda *arguments: function(*first, *arguments)


class ForeignFunction:
    """A function of a library.

    Attributes:
        restype: The type of its result, as of a function of ctypes.
        errcheck: What sees the result before the caller does.
    """

    def __init__(self, name: str, export: EntryPoint, uses_last_error: bool) -> None:
        self.__name__ = name
        self._export = export
        self._uses_last_error = uses_last_error
        self._argtypes: tuple[Any, ...] | None = None
        self.restype: Any = ctypes.c_int
        self.errcheck: Callable[..., object] | None = None

    def __repr__(self) -> str:
        return f"<anyreg's {self.__name__}>"

    @property
    def argtypes(self) -> tuple[Any, ...] | None:
        """The types of the arguments, as of a function of ctypes."""
        return self._argtypes

    @argtypes.setter
    def argtypes(self, types: Sequence[Any] | None) -> None:
        for index, kind in enumerate(types or ()):
            if not hasattr(kind, "from_param"):
                raise TypeError(f"item {index + 1} in _argtypes_ has no from_param method")
        self._argtypes = None if types is None else tuple(types)

    def __call__(self, *arguments: object) -> object:
        """Call it as a function of ctypes is called."""
        given = self._taken(arguments)
        converted = [
            _converted(convert, argument, index)
            for index, (convert, argument) in enumerate(
                zip(self._export.converters, given, strict=True)
            )
        ]
        result = self._result(self._called(converted))
        if self.errcheck is None:
            return result
        return self.errcheck(result, self, arguments)

    def _taken(self, arguments: tuple[object, ...]) -> list[object]:
        types = self._argtypes
        wanted = len(self._export.converters) if types is None else len(types)
        if len(arguments) != wanted or wanted != len(self._export.converters):
            wanted = len(self._export.converters)
            raise TypeError(f"{self.__name__} takes {wanted} arguments ({len(arguments)} given)")
        taken_ = types or (None,) * wanted
        return [
            _converted(lambda each, kind=kind: taken(each, kind), argument, index)  # type: ignore[misc]
            for index, (argument, kind) in enumerate(zip(arguments, taken_, strict=True))
        ]

    def _called(self, arguments: list[object]) -> int:
        if not self._uses_last_error:
            return self._export.call(*arguments)
        swap()
        try:
            return self._export.call(*arguments)
        finally:
            swap()

    def _result(self, number: int) -> object:
        kind: Any = self.restype
        if kind is None:
            return None
        if isinstance(kind, type) and issubclass(kind, DATA):
            data_type: Any = kind
            cell = data_type.from_buffer_copy(number.to_bytes(8, "little", signed=number < 0))
            return cell.value if SIMPLE in kind.__bases__ else cell
        return kind(ctypes.c_int(number).value)


def _converted(convert: Converter, argument: object, index: int) -> object:
    """An argument, converted; what is wrong with it as ctypes says it."""
    try:
        return convert(argument)
    except (TypeError, ValueError, OverflowError, ctypes.ArgumentError) as error:
        kind = type(error).__name__
        raise ctypes.ArgumentError(f"argument {index + 1}: {kind}: {error}") from None
