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
    if "host" in facts:
        return f"{facts['host']!r} ({facts['kind']})"
    place = facts.get("folder") or facts.get("file")
    if place:
        return f"{place!r} ({facts['kind']})"
    return "the running Windows" if backend.is_live else "in memory"
