"""Making a new hive: a root key and nothing else, whole or not there at all."""

from __future__ import annotations

import os

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
        NotSupportedError: It could not be opened where it is to be, as HiveFiles has it.
        RegistryError: The file exists, or the system failed to write it.
    """
    _require_usable(disk, path)
    moment = now()
    composer = Composer(minor, moment, descriptor)
    composer.enter(root_name, moment)
    composer.leave()
    write_new(disk, path, composer.finish())


def _require_usable(disk: Disk, path: str) -> None:
    """Make no hive that nobody could open then."""
    disk.require_sharing(path)
    for log in disk.find_logs(path):
        disk.open_own(log, True, os.path.dirname(path) or ".").close()  # noqa: PTH120
