"""Python functions that behave as the functions of C do that they stand for.

Four things differ, and one decorator makes up for them: a wrong call is refused in the words of
C's argument parser, `__text_signature__` and `inspect.signature()` are those of CPython, a function
never becomes a method, and errors of this package become what CPython makes of Windows' codes.

A text signature, as Argument Clinic writes it, tells all that is needed: which arguments there
are, whether by position only, and which are required.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, ParamSpec, TypeVar, cast

from anyreg.errors import RegistryError
from anyreg.winapi.errors import translated

METHOD_OWNER = "PyHKEY"

P = ParamSpec("P")
R = TypeVar("R")


def translating(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function raise what CPython makes of Windows' error codes."""

    @functools.wraps(function)
    def call(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return function(*arguments, **keywords)
        except RegistryError as error:
            raise translated(error) from None

    return call


class Shape(NamedTuple):
    """What a text signature says of a function's arguments.

    Attributes:
        names: The arguments, without the module or self.
        required: How many of them must be given.
        by_position: Whether they can be given by position only.
    """

    names: tuple[str, ...]
    required: int
    by_position: bool


def shape_of(text_signature: str) -> Shape:
    """Read a text signature.

    >>> shape_of("($module, /, key, reserved=0)")
    Shape(names=('key', 'reserved'), required=1, by_position=False)
    """
    parts = [part.strip() for part in text_signature.strip("()").split(",")]
    names = [part for part in parts if part != "/" and not part.startswith("$")]
    required = sum("=" not in name for name in names)
    return Shape(tuple(name.split("=")[0] for name in names), required, parts[-1] == "/")


def builtin(
    text_signature: str, owner: str = "winreg"
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function behave as one of C.

    Args:
        text_signature: Its `__text_signature__`.
        owner: The module, or METHOD_OWNER for a method: what it is named with in messages.
    """
    shape = shape_of(text_signature)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*arguments: P.args, **keywords: P.kwargs) -> R:
            try:
                return function(*arguments, **keywords)
            except RegistryError as error:
                raise translated(error) from None
            except TypeError:
                given = arguments[1:] if owner == METHOD_OWNER else arguments
                complaint = misuse(function.__name__, owner, shape, given, keywords)
                if not complaint:
                    raise
                raise TypeError(complaint) from None

        function.__annotations__ = {}  # inspect.signature() shows none of a function of C
        call.__annotations__ = {}
        call.__module__ = "winreg"
        # A function of C does not become a method where a class holds it.
        found = call if owner == METHOD_OWNER else cast(Callable[P, R], staticmethod(call))
        found.__text_signature__ = text_signature  # type: ignore[attr-defined]
        return found

    return decorate


def misuse(
    name: str,
    owner: str,
    shape: Shape,
    arguments: Sequence[object],
    keywords: Mapping[str, object],
) -> str:
    """What C's argument parser says of a call, "" where it has nothing to say."""
    if shape.by_position:
        return _misuse_by_position(name, owner, len(shape.names), len(arguments), bool(keywords))
    given = len(arguments) + len(keywords)
    if given > len(shape.names):
        kind = "" if arguments else "keyword "
        return f"{name}() takes at most {len(shape.names)} {kind}arguments ({given} given)"
    for index, argument in enumerate(shape.names[: shape.required]):
        if index >= len(arguments) and argument not in keywords:
            return f"{name}() missing required argument '{argument}' (pos {index + 1})"
    return _misuse_by_name(name, shape, len(arguments), keywords)


def _misuse_by_position(name: str, owner: str, wanted: int, given: int, has_keywords: bool) -> str:
    if has_keywords:
        return f"{owner}.{name}() takes no keyword arguments"
    if given == wanted:
        return ""
    if wanted > 1:
        return f"{name} expected {wanted} arguments, got {given}"
    words = "exactly one argument" if wanted else "no arguments"
    return f"{owner}.{name}() takes {words} ({given} given)"


def _misuse_by_name(name: str, shape: Shape, given: int, keywords: Mapping[str, object]) -> str:
    for keyword in keywords:
        if keyword not in shape.names:
            return f"{name}() got an unexpected keyword argument '{keyword}'"
        position = shape.names.index(keyword) + 1
        if position <= given:
            return f"argument for {name}() given by name ('{keyword}') and position ({position})"
    return ""
