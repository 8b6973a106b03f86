"""A key with all below it as one thing: copied, saved, written as a file, and put back.

None of it looks at a single key here: a backend copies trees, and formats walk them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from anyreg.backends import ask, trees
from anyreg.registry.valued import ValuedKey

if TYPE_CHECKING:
    from anyreg.errors import NotSupportedError
    from anyreg.registry.key import Key

_log: Final = logging.getLogger(__name__)


class WholeKey(ValuedKey):
    """The part of a key that is the top of a tree."""

    def copy_to(self, target: Key) -> None:
        """Copy all that this key holds, and all below it, into another key, perhaps elsewhere.

        What the target has besides stays; values of the same name are replaced.

        Args:
            target: The other key, of this registry or another one.
        """
        trees.copy(self._backend, self.node, target._backend, target.node)
        if _log.isEnabledFor(logging.INFO):
            _log.info("copied %r to %r", self.path, target.path)

    def save(self, file: str | os.PathLike[str], *, minor: int = 5) -> None:
        """Write this key and all below it into a new hive file, as its root.

        Volatile keys are left out; symbolic links stay links.

        Args:
            file: The new file, which must not exist.
            minor: Format version, 3 or 5 ("1.3" or "1.5").
        """
        trees.save(self._backend, self.node, os.fspath(file), minor)
        if _log.isEnabledFor(logging.INFO):
            _log.info("saved %r as the hive %r", self.path, os.fspath(file))

    def export(
        self,
        file: str | os.PathLike[str],
        format: str | None = None,
        *,
        prefix: str | None = None,
        encoding: str | None = None,
        security: bool = False,
        on_error: Callable[[NotSupportedError], None] | None = None,
    ) -> None:
        r"""Write this key and all below it as a file, which takes its place when it is complete.

        Args:
            file: The file; what stands there is replaced.
            format: "reg", "reg4" (REGEDIT4), "json", "csv", "pol" or "hive"; without it what the
                file's name ends in, else "reg".
            prefix: What a .reg file or a policy calls the registry's root, such as
                r"HKEY_LOCAL_MACHINE\SOFTWARE"; without it the place where Windows has a hive of
                this file name.
            encoding: The code page of REGEDIT4, cp1252 without it.
            security: Tell security descriptors in JSON and CSV; a hive holds them anyway.
            on_error: Called for what the format cannot hold, which is then left out; without it
                that is an error.

        Raises:
            NotSupportedError: The format cannot hold something.
            AddressError: There is no such format, or prefix, or code page; or the format has no
                room for security descriptors.
        """
        from anyreg.registry.transfer import Export, export_key

        options = Export(format or "", prefix, encoding or "", on_error, security)
        export_key(cast("Key", self), lambda: ask.about(self._backend), os.fspath(file), options)

    def restore(self, file: str | os.PathLike[str]) -> None:
        """Replace all that this key holds, and all below it, by what a hive file holds.

        Args:
            file: The hive.
        """
        trees.restore(self._backend, self.node, os.fspath(file))
        if _log.isEnabledFor(logging.INFO):
            _log.info("restored %r from the hive %r", self.path, os.fspath(file))
