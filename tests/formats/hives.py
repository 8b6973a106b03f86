"""Real hives in memory, to import into, and what they hold as plain data."""

from __future__ import annotations

from anyreg import Key, Registry
from anyreg.backends.writable_hive import WritableHiveBackend
from anyreg.engine.create import create_hive
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.writable import WritableHive
from anyreg.names import order_key
from anyreg.security.descriptor import default_descriptor
from formats.models import Model, Row


def new_registry() -> Registry:
    """An empty hive."""
    disk = MemoryDisk()
    create_hive(disk, "made", 5, "ROOT", default_descriptor())
    return Registry(WritableHiveBackend(WritableHive(disk, "made")))


def stored(key: Key) -> tuple[list[Row], list[object]]:
    """Values in stored order, and keys with their names in the order of the registry."""
    values = [(value.name, value.type, value.raw) for value in key.records()]
    below = sorted(key.children(), key=lambda child: order_key(child.name))
    return values, [[child.name, stored(child)] for child in below]


def expected(model: Model) -> tuple[list[Row], list[object]]:
    """The same of a model."""
    keys = sorted(model.keys, key=lambda key: order_key(key.name))
    return model.values, [[key.name, expected(key)] for key in keys]
