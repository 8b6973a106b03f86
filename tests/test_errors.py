"""The tree of errors: what each is besides, and what it carries."""

from __future__ import annotations

import copy
import errno
import io
import pickle
from collections.abc import Iterator

import pytest

from anyreg import errors
from anyreg.errors import (
    AccessDeniedError,
    AddressError,
    ClosedError,
    ConflictError,
    CorruptHiveError,
    HiveChangedError,
    HiveError,
    HiveVersionError,
    KeyNotFoundError,
    NotFoundError,
    NotHiveError,
    NotSupportedError,
    RegistryError,
    ValueNotFoundError,
    ValueTypeError,
)


def tree(top: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    yield top
    for below in top.__subclasses__():
        yield from tree(below)


ALL = sorted(set(tree()), key=lambda kind: kind.__name__)
each_error = pytest.mark.parametrize("kind", ALL, ids=lambda kind: str(kind.__name__))

BUILTINS = {
    RegistryError: (OSError,),
    NotFoundError: (FileNotFoundError, KeyError),
    KeyNotFoundError: (FileNotFoundError, KeyError, LookupError),
    ValueNotFoundError: (FileNotFoundError, KeyError),
    AccessDeniedError: (PermissionError,),
    AddressError: (ValueError,),
    NotSupportedError: (io.UnsupportedOperation,),
    ValueTypeError: (TypeError,),
    CorruptHiveError: (ValueError, HiveError),
    NotHiveError: (CorruptHiveError,),
    HiveVersionError: (HiveError,),
    HiveChangedError: (HiveError,),
}
WINDOWS = {
    KeyNotFoundError: (2, errno.ENOENT),
    ValueNotFoundError: (2, errno.ENOENT),
    AccessDeniedError: (5, errno.EACCES),
    ClosedError: (6, errno.EBADF),
    ConflictError: (6800, errno.EINVAL),
    NotSupportedError: (50, errno.EINVAL),
    AddressError: (161, errno.EINVAL),
    HiveError: (1015, errno.EINVAL),
    HiveChangedError: (1016, errno.EINVAL),
    NotHiveError: (1017, errno.EINVAL),
    HiveVersionError: (1017, errno.EINVAL),
    ValueTypeError: (1629, errno.EINVAL),
}


@pytest.mark.parametrize(("kind", "builtins"), BUILTINS.items())
def test_each_error_is_the_builtin_one_would_catch(
    kind: type[RegistryError], builtins: tuple[type[BaseException], ...]
) -> None:
    """Programs need not know this package to handle its errors."""
    for builtin in builtins:
        with pytest.raises(builtin):
            raise kind("message")


@pytest.mark.parametrize(("kind", "codes"), WINDOWS.items())
def test_each_error_has_the_codes_of_windows(
    kind: type[RegistryError], codes: tuple[int, int]
) -> None:
    """On every system, and the errno that CPython gives for them."""
    error = kind("message")
    assert (error.winerror, error.errno) == codes


@each_error
def test_an_error_reads_as_its_message_and_place(kind: type[RegistryError]) -> None:
    """Also those that are a KeyError, which would show quotes."""
    error = kind("no such thing", path="A\\B")
    advice = error.advice if isinstance(error, HiveError) else ""
    assert str(error) == f"no such thing: A\\B{advice}"
    assert str(kind("no such thing")) == f"no such thing{advice}"
    assert kind("no such thing").strerror == "no such thing"


def rich(kind: type[RegistryError]) -> RegistryError:
    """An error with all its attributes set."""
    error = kind("message", path="place")
    for name in ("offset", "expected", "actual"):
        if hasattr(error, name):
            setattr(error, name, 4096 if name == "offset" else name)
    error.winerror = 1018
    error.add_note("a note")
    return error


@each_error
def test_errors_can_be_pickled_and_copied(kind: type[RegistryError]) -> None:
    """They cross process borders whole."""
    error = rich(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert (again.winerror, again.errno) == (error.winerror, error.errno)


def test_the_code_can_be_another() -> None:
    """Where the situation has one of its own."""
    assert RegistryError("deleted", winerror=1018).winerror == 1018


def test_corruption_tells_place_and_facts() -> None:
    """What was expected, and what was there."""
    error = CorruptHiveError("bad cell", path="hive", offset=4128, expected="8", actual="7")
    facts = "bad cell: hive at offset 0x00001020: expected 8, found 7"
    assert str(error) == f"{facts}; `anyreg repair` writes all that can be read into a new file"
    assert (error.offset, error.expected, error.actual) == (4128, "8", "7")


def test_a_value_of_another_type_tells_both() -> None:
    """What was asked for and what is there."""
    error = ValueTypeError("no number", path="A", expected="a number", actual="REG_SZ")
    assert (error.expected, error.actual) == ("a number", "REG_SZ")


def test_the_drawing_names_every_error() -> None:
    """The tree in the module's text is the tree."""
    assert errors.__doc__ is not None
    assert [kind.__name__ for kind in ALL if kind.__name__ not in errors.__doc__] == []


def test_every_error_lives_in_one_module() -> None:
    """No other module adds to the tree."""
    assert {kind.__module__ for kind in ALL} == {"anyreg.errors"}
