"""WM_SETTINGCHANGE: what user32 is asked for, and for how long."""

from __future__ import annotations

import ctypes
import threading
from typing import Any

import pytest

from anyreg import system
from anyreg.registry.broadcast import announce


class Function:
    """SendMessageTimeoutW, as far as ctypes shows it."""

    restype: Any = None
    argtypes: Any = None

    def __init__(self, answer: int, wait: threading.Event | None = None) -> None:
        self.answer = answer
        self.wait = wait
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, *arguments: Any) -> int:
        self.calls.append(arguments)
        if self.wait is not None:
            self.wait.wait()
        return self.answer


@pytest.fixture
def user32(monkeypatch: pytest.MonkeyPatch) -> list[Function]:
    """The function that is to be found; a test puts it in."""
    functions: list[Function] = []

    def library(name: str, use_last_error: bool = False) -> Any:
        assert name == "user32"
        return type("Library", (), {"SendMessageTimeoutW": functions[0]})

    monkeypatch.setattr(ctypes, "WinDLL", library, raising=False)
    monkeypatch.setattr(system, "WINDOWS", True)
    return functions


def test_every_window_is_told(user32: list[Function]) -> None:
    """As the documentation of WM_SETTINGCHANGE asks for it."""
    send = Function(1)
    user32.append(send)
    assert announce()
    (call,) = send.calls
    assert call[:6] == (0xFFFF, 0x1A, 0, "Environment", 2, 1000)
    assert len(call) == len(send.argtypes) == 7


def test_a_failure_is_told(user32: list[Function]) -> None:
    """Zero is what the function gives then."""
    user32.append(Function(0))
    assert not announce()


def test_windows_that_hang_are_not_waited_for(user32: list[Function]) -> None:
    """Longer than was said."""
    end = threading.Event()
    user32.append(Function(1, end))
    assert not announce(timeout=0.01)
    end.set()


def test_without_windows_nobody_is_told(
    user32: list[Function], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a test suite has put into ctypes; and nothing fails."""
    user32.append(Function(1))
    monkeypatch.setattr(system, "WINDOWS", False)
    assert not announce()
    assert user32[0].calls == []
