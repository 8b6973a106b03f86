"""What the objects of a registry are called where they are printed: never an error, never long."""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.errors import RegistryError


def described(backend: Backend) -> str:
    """Where a registry is, and what it is.

    Args:
        backend: The registry.
    """
    try:
        facts = ask.about(backend)
    except RegistryError:
        return "closed"
    place = facts.get("folder") or facts.get("file")
    return f"{place!r} ({facts['kind']})" if place else "in memory"
