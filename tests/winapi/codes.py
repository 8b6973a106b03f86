"""Saying which error code a call must give."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def fails(code: int) -> Iterator[None]:
    """The block must raise the OSError of a Windows error code."""
    with pytest.raises(OSError, match=rf"\[WinError {code}\]") as raised:
        yield
    assert raised.value.winerror == code  # type: ignore[attr-defined]
