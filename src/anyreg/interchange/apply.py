"""Doing what a file asks for."""

from __future__ import annotations

from collections.abc import Iterable

from anyreg.formats.instructions import Instruction
from anyreg.registry.apply import Applied, apply_to
from anyreg.registry.current_registry import backend_of
from anyreg.registry.registry import Registry

__all__ = ["apply"]


def apply(
    registry: Registry,
    instructions: Iterable[Instruction],
    path: str = "",
    *,
    durable: bool = False,
) -> Applied:
    """Do what the instructions say; an error undoes it all.

    Args:
        registry: Where.
        instructions: What a reader gives; also an error that it raises undoes all.
        path: The key that the paths of the instructions start from; "" for the root.
        durable: As for Registry.transaction().

    Raises:
        RegFileError: A name, a value or a depth that the registry does not allow, with its place.
        RegistryError: The registry is read-only, or the system failed to write.
    """
    return apply_to(backend_of(registry), instructions, path, durable=durable)
