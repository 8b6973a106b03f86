"""Python's search for garbage, put off for a block."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest

from anyreg.garbage import uncollected


@pytest.mark.parametrize("was_on", [True, False])
def test_the_search_goes_on_behind_the_block_if_it_did_before(was_on: bool) -> None:
    """Whatever ends the block."""
    (gc.enable if was_on else gc.disable)()
    try:
        with suppress(ZeroDivisionError), uncollected():
            assert not gc.isenabled()
            raise ZeroDivisionError
        assert gc.isenabled() == was_on
    finally:
        gc.enable()
