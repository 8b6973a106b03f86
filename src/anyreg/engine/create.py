"""Making a new hive: a root key and nothing else, whole or not there at all."""

from __future__ import annotations

from anyreg.engine.compose import Composer
from anyreg.engine.storage import Disk, write_new
from anyreg.times import now


def create_hive(disk: Disk, path: str, minor: int, root_name: str, descriptor: bytes) -> None:
    """Make a new hive with nothing but a root key; it is whole or not there at all.

    Args:
        disk: Where.
        path: Its file, which must not exist.
        minor: Format version, 3 or 5.
        root_name: The root key's name.
        descriptor: The root key's self-relative security descriptor.

    Raises:
        RegistryError: The file exists, or the system failed to write it.
    """
    moment = now()
    composer = Composer(minor, moment, descriptor)
    composer.enter(root_name, moment)
    composer.leave()
    write_new(disk, path, composer.finish())
