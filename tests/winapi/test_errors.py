"""Error codes become the exceptions that CPython on Windows makes of them."""

from __future__ import annotations

import pickle

import pytest

from anyreg.errors import KeyNotFoundError, RegistryError
from anyreg.winapi.errors import errno_of, translated, windows_error

CLASSES = {
    2: (FileNotFoundError, 2),
    3: (FileNotFoundError, 2),
    5: (PermissionError, 13),
    6: (OSError, 9),
    8: (OSError, 12),
    19: (PermissionError, 13),
    32: (PermissionError, 13),
    53: (FileNotFoundError, 2),
    87: (OSError, 22),
    89: (BlockingIOError, 11),
    109: (BrokenPipeError, 32),
    161: (FileNotFoundError, 2),
    183: (FileExistsError, 17),
    206: (FileNotFoundError, 2),
    234: (OSError, 22),
    258: (TimeoutError, 138),
    259: (OSError, 22),
    267: (NotADirectoryError, 20),
    1018: (OSError, 22),
    1314: (OSError, 22),
    10013: (PermissionError, 13),
    10054: (ConnectionResetError, 10054),
    11999: (OSError, 11999),
    12000: (OSError, 22),
}


@pytest.mark.parametrize("code", CLASSES)
def test_class_and_errno_of_a_code(code: int) -> None:
    """As a genuine CPython for Windows has them."""
    kind, errno = CLASSES[code]
    error = windows_error(code)
    assert isinstance(error, kind)
    assert type(error).__name__ == kind.__name__
    assert (error.errno, errno_of(code)) == (errno, errno)
    assert error.winerror == code  # type: ignore[attr-defined]


def test_it_looks_as_on_windows() -> None:
    """Its text, its arguments and its name in a traceback."""
    error = windows_error(5)
    assert str(error) == "[WinError 5] Access is denied"
    assert error.args == (13, "Access is denied", None, 5, None)
    assert repr(error) == "PermissionError(13, 'Access is denied', None, 5, None)"
    assert type(error).__module__ == "builtins"
    assert error.filename is None


def test_it_survives_pickling() -> None:
    """With its code."""
    again = pickle.loads(pickle.dumps(windows_error(1018)))
    assert str(again) == str(windows_error(1018))
    assert again.winerror == 1018


def test_errors_of_the_package_keep_their_code() -> None:
    """With Windows' words where they are known, else their own."""
    assert str(translated(KeyNotFoundError("no such key"))) == (
        "[WinError 2] The system cannot find the file specified"
    )
    assert str(translated(RegistryError("own words", winerror=4390))) == "[WinError 4390] own words"
    assert str(windows_error(4390)) == "[WinError 4390] Windows Error 0x1126"
