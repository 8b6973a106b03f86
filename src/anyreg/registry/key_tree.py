"""A key as the top of a tree: looked through, copied, saved, written as a file, and put back.

What each of it does stands in a module of its own (`walk`, `search`, `timeline`, `exporting`), or
in the backend.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, Self

from anyreg.backends import ask, trees
from anyreg.errors import NotSupportedError, RegistryError
from anyreg.registry import search
from anyreg.registry.exporting import Export, export_key
from anyreg.registry.key_values import KeyValues
from anyreg.registry.results import Match, WalkStep
from anyreg.registry.timeline import Dated, timeline
from anyreg.registry.walk import walk

_log: Final = logging.getLogger(__name__)


class KeyTree(KeyValues):
    """The part of a key that is one with all below it."""

    def walk(
        self,
        top_down: bool = True,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        follow_links: bool = False,
        aliases: bool = False,
    ) -> Iterator[WalkStep[Self]]:
        """This key and all below, as os.walk does it, each key once.

        What a registry shows in two places, as it does with HKEY_CLASSES_ROOT and the links that
        it makes itself, comes in one of them: see below().

        A key that cannot be read is left out.  That is reported: to on_error, or else by a warning
        in the log.

        Args:
            top_down: A key comes before what is below it; its list of subkeys can then be
                changed to leave some out.  False: after it.
            max_depth: How far down to go; 0 is this key alone.
            on_error: Called for each key that cannot be read; what it raises ends the walk.
            follow_links: Enter what symbolic links lead to, in their place and under their name.
                None is entered that would lead back, or was entered through a link before: such
                a link is given as it is, as all links but the registry's own are otherwise.
            aliases: Give what stands in a second place there too: the other roots, and the
                registry's own links, as links.

        Yields:
            (key, its subkeys, its values), both lists in stored order.

        Raises:
            RegistryError: This key itself cannot be read, and there is no on_error.
            ClosedError: The registry was closed meanwhile.
            HiveChangedError: Another program has changed the file meanwhile.
        """
        return walk(
            self,
            top_down,
            max_depth,
            on_error,
            follow_links=follow_links,
            aliases=aliases,
        )

    def glob(self, pattern: str) -> Iterator[Self]:
        r"""The keys below this one whose path matches.

        What is below a key that cannot be read is left out, and reported by logging, as of walk().

        Args:
            pattern: Names joined by backslashes, with * ? [...] in them; ** stands for any
                number of keys.  Case does not count.

        Examples:
            >>> for key in root.glob(r"Software\**\Uninstall\*"):  # doctest: +SKIP
            ...     print(key.path)
        """
        return search.glob(self, pattern)

    def find(
        self,
        text: str | bytes | re.Pattern[str] | re.Pattern[bytes] | None = None,
        *,
        regex: bool = False,
        exact: bool = False,
        keys: bool = True,
        values: bool = True,
        data: bool = True,
        binary: bool = False,
        types: search.Types | None = None,
        min_size: int | None = None,
        max_size: int | None = None,
        newer: datetime | int | None = None,
        older: datetime | int | None = None,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        on_key: Callable[[Self], object] | None = None,
        aliases: bool = False,
        volatile: bool = False,
    ) -> Iterator[Match[Self]]:
        """Every place at or below this key where a text stands, or bytes.

        Args:
            text: What to look for, anywhere in a name or text; case does not count.  Bytes are
                looked for in the stored data alone.  A compiled regular expression is taken as it
                is, case included; one of bytes looks at the stored data.  None: everything that
                the other arguments leave.
            regex: Take the text as a regular expression, without case.
            exact: The whole name or text, not a part of it; of a list one of its texts.
            keys: Look at key names.
            values: Look at value names.
            data: Look at the data: texts, numbers in decimal, bytes in hex.
            binary: Look at the data as bytes too, for a text in UTF-16 or Latin-1 anywhere in it.
            types: Only values of these types, by number or name ("REG_SZ", "sz"); one or several.
            min_size: Only values with at least so many bytes of data.
            max_size: Only values with at most so many.
            newer: Only in keys that were last written at this time or later: an aware datetime,
                or a FILETIME.
            older: Only in keys that were last written before this time.
            max_depth: How far down to go; 0 is this key alone.
            on_error: As in walk().
            on_key: Called with each key that is come to, such as for a display of progress.
            aliases: Find what stands in a second place there too; see walk().
            volatile: Look at volatile keys too; always so where this key is one.

        Yields:
            Each place; of a value only the first that fits, its name or its data.

        Raises:
            ValueError: The regular expression is not one, or there is no such type.
        """
        return search.find(
            self,
            search.matcher_of(text, regex=regex, exact=exact),
            search.Filters(newer, older, types, min_size, max_size),
            keys=keys,
            values=values,
            data=data,
            binary=binary,
            max_depth=max_depth,
            on_error=on_error,
            on_key=on_key,
            aliases=aliases,
            volatile=volatile,
        )

    def timeline(
        self,
        *,
        newer: datetime | int | None = None,
        older: datetime | int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        on_key: Callable[[Self], object] | None = None,
        aliases: bool = False,
        volatile: bool = False,
    ) -> list[Dated]:
        """This key and all below by the time of their last change, the oldest first.

        Args:
            newer: Only keys that were last written at this time or later: an aware datetime, or
                a FILETIME.
            older: Only keys that were last written before this time.
            on_error: Called for a key whose subkeys cannot be read; they are left out, as in
                walk().
            on_key: Called with each key, such as for a display of progress.
            aliases: Give what stands in a second place there too; see walk().
            volatile: Give volatile keys, and those above the hives of a registry, too; always so
                where this key is volatile.

        Returns:
            (FILETIME, path) of each; those of one time by path.

        Examples:
            >>> for written, path in key.timeline(newer=since):  # doctest: +SKIP
            ...     print(written, path)
        """
        return timeline(
            self,
            newer=newer,
            older=older,
            on_error=on_error,
            on_key=on_key,
            aliases=aliases,
            volatile=volatile,
        )

    # As one

    def copy_to(self, target: Self) -> None:
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

    def snapshot(self) -> Self:
        r"""This key and all below it as they are now, to be read at leisure.

        Of another machine it comes as one file, in few round trips: the machine saves it into its
        folder Windows\Temp, and it is deleted there when it has been read.  That takes the
        privilege to make backups and the share ADMIN$, which administrators have.

        Returns:
            The root of a hive in memory, without volatile keys, which is gone when it is closed.

        Raises:
            AccessDeniedError: The privilege is missing (1314), or the share may not be reached.

        Examples:
            >>> with registry.open(r"HKLM\SOFTWARE").snapshot() as top:  # doctest: +SKIP
            ...     for key, subkeys, values in top.walk():
            ...         print(key.path)
        """
        backend = trees.snapshot(self._backend, self.node)
        key = type(self)(backend, backend.root(), None)
        key._owns_backend = True
        return key

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
        options = Export(format or "", prefix, encoding or "", on_error, security)
        export_key(self, lambda: ask.about(self._backend), os.fspath(file), options)

    def restore(self, file: str | os.PathLike[str]) -> None:
        """Replace all that this key holds, and all below it, by what a hive file holds.

        Args:
            file: The hive.
        """
        trees.restore(self._backend, self.node, os.fspath(file))
        if _log.isEnabledFor(logging.INFO):
            _log.info("restored %r from the hive %r", self.path, os.fspath(file))
