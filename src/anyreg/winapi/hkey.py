"""PyHKEY, the object that winreg hands out for a handle: it closes the handle when it dies.

CPython's is a type of C: nobody makes, changes or derives from it, and arithmetic is refused in its
own words.  The metaclass below does what its flags do there.
"""

from __future__ import annotations

import sys
from typing import Final, NoReturn

from anyreg.finalizers import soon
from anyreg.winapi.builtin import METHOD_OWNER, builtin
from anyreg.winapi.handles import close

_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
_NAME: Final = "winreg.PyHKEY"


class _Immutable(type):
    """The type of a type of C."""

    def __call__(cls, *arguments: object, **keywords: object) -> NoReturn:
        raise TypeError(f"cannot create {_NAME!r} instances")

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type {_NAME!r}")

    def __delattr__(cls, name: str) -> NoReturn:
        raise TypeError(f"cannot set {name!r} attribute of immutable type {_NAME!r}")


class _Handle:
    """The member `handle`: the number as a signed C int, which cannot be set."""

    __slots__ = ()

    def __get__(self, key: PyHKEY | None, owner: type) -> int:
        if key is None:
            return self  # type: ignore[return-value]  # the member itself, as of any class
        return signed(key._handle, 32)

    def __set__(self, key: PyHKEY, value: object) -> NoReturn:
        raise AttributeError("readonly attribute")

    def __delete__(self, key: PyHKEY) -> NoReturn:
        raise AttributeError("readonly attribute")


def signed(number: int, bits: int = 64) -> int:
    """A number as C takes it for a signed one of so many bits.

    >>> signed(0xFFFFFFFF80000002)
    -2147483646
    """
    low = number & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low


def _number(key: PyHKEY) -> int:
    """The number of a handle, asked of an object that may be something else."""
    try:
        return key._handle
    except AttributeError:
        kind = type(key).__name__
        raise TypeError(f"a {_NAME!r} object is required, not {kind!r}") from None


def _refuse(*operands: object) -> NoReturn:
    raise TypeError("bad operand type")


class PyHKEY(metaclass=_Immutable):
    """A handle of a registry key, closed with Close(), at the end of a `with`, or when it dies.

    Attributes:
        handle: The number of the handle, 0 when it is closed.
    """

    __slots__ = ("_handle",)

    _handle: int
    handle = _Handle()

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError(f"type {_NAME!r} is not an acceptable base type")

    def __new__(cls, *arguments: object, **keywords: object) -> PyHKEY:
        """Refuse: winreg's functions make the objects."""
        raise TypeError(f"cannot create {_NAME!r} instances")

    @builtin("($self, /)", METHOD_OWNER)
    def Close(self, /) -> None:  # noqa: N802 - CPython's name
        """Close the handle; a closed one stays closed."""
        number = _number(self)
        self._handle = 0
        if number:
            close(number)

    @builtin("($self, /)", METHOD_OWNER)
    def Detach(self, /) -> int:  # noqa: N802 - CPython's name
        """Give the handle away: it stays open, and the object has none any more.

        Returns:
            The number of the handle; 0 where it was closed.
        """
        number = _number(self)
        self._handle = 0
        sys.audit("winreg.PyHKEY.Detach", signed(number))
        return number

    @builtin("($self, /)", METHOD_OWNER)
    def __enter__(self, /) -> PyHKEY:
        _number(self)
        return self

    @builtin("($self, exc_type, exc_value, traceback, /)", METHOD_OWNER)
    def __exit__(self, exc_type: object, exc_value: object, traceback: object, /) -> None:
        self.Close()

    def __del__(self) -> None:
        number = getattr(self, "_handle", 0)  # one that object.__new__ has made has none
        if number:
            try:
                close(number, soon)
            except OSError:  # closed by its number: nobody is left to be informed
                pass

    def __bool__(self) -> bool:
        return self._handle != 0

    def __int__(self) -> int:
        return _number(self)

    def __str__(self) -> str:
        return f"<PyHKEY:0x{self._handle:016X}>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"cannot pickle {_NAME!r} object")

    __abs__ = __neg__ = __pos__ = __invert__ = __float__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = _refuse
    __divmod__ = __rdivmod__ = __pow__ = __rpow__ = __and__ = __rand__ = __or__ = __ror__ = _refuse
    __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _refuse


type.__setattr__(PyHKEY, "__module__", "winreg")

_new: Final = object.__new__


def make_hkey(number: int) -> PyHKEY:
    """The object for an open handle."""
    key: PyHKEY = _new(PyHKEY)
    key._handle = number & _MASK
    return key
