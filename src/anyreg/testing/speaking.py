"""Which registry the program that is tested speaks to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyreg
from anyreg.install import installed


@contextmanager
def spoken_to(registry: anyreg.Registry) -> Iterator[None]:
    """Let winreg be anyreg's, and speak to a registry in every thread, for the length of a block.

    Args:
        registry: The registry; it stays the caller's to close.
    """
    with installed():
        chosen = anyreg.use(registry)
        try:
            yield
        finally:
            anyreg.use(chosen.before)
