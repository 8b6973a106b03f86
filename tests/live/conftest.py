"""Wine, where it is installed; it must be there where ANYREG_EXPECT_WINE says so."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from live.wine import UnavailableError, Wine, running


@pytest.fixture(scope="module")
def wine() -> Iterator[Wine]:
    """Wine with its server."""
    try:
        with running() as found:
            yield found
    except UnavailableError as missing:
        if "ANYREG_EXPECT_WINE" in os.environ:
            raise
        pytest.skip(str(missing))
