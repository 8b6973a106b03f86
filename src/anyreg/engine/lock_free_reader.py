"""A hive that others keep for writing, as it is on the disk at one moment; read without locks."""

from __future__ import annotations

from anyreg.engine.bins import load_image
from anyreg.engine.hive import Hive, attempts, open_hive
from anyreg.engine.image import BytesSource, Image
from anyreg.errors import HiveChangedError


class LockFreeReader:
    """What was seen of a hive.

    Attributes:
        hive: It, opened for reading and closed again.
        data: All of its bins, after replay.
    """

    def __init__(self, path: str, logs: list[str] | None = None) -> None:
        """Look at a hive.

        Args:
            path: Its file.
            logs: Its logs, where they are not those of its name beside it.

        Raises:
            RegistryError: As open_hive.
        """
        last: HiveChangedError | None = None
        for _ in attempts():
            hive = open_hive(path, logs)
            try:
                self.data: bytes = hive.tree.image.read(0, hive.tree.image.size)
            except HiveChangedError as error:
                last = error
            else:
                self.hive: Hive = hive
                return
            finally:
                hive.close()
        assert last is not None
        raise last

    def image(self) -> Image:
        """The bins, in stretches that end where a bin ends."""
        return load_image(BytesSource(self.data), len(self.data))
