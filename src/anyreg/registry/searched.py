"""A key as the top of a tree that is looked through: walked, searched, put in the order of time.

What each of it does stands in a module of its own (`walk`, `search`, `timeline`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, cast

from anyreg.registry import search
from anyreg.registry.steps import Match, WalkStep
from anyreg.registry.timeline import Dated, timeline
from anyreg.registry.walk import walk
from anyreg.registry.whole import WholeKey

if TYPE_CHECKING:
    from anyreg.errors import RegistryError
    from anyreg.registry.key import Key


class SearchedKey(WholeKey):
    """The part of a key that can be looked through with all below it."""

    def walk(
        self,
        top_down: bool = True,
        max_depth: int | None = None,
        on_error: Callable[[RegistryError], None] | None = None,
        follow_links: bool = False,
        aliases: bool = False,
    ) -> Iterator[WalkStep]:
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
            cast("Key", self),
            top_down,
            max_depth,
            on_error,
            follow_links=follow_links,
            aliases=aliases,
        )

    def glob(self, pattern: str) -> Iterator[Key]:
        r"""The keys below this one whose path matches.

        Args:
            pattern: Names joined by backslashes, with * ? [...] in them; ** stands for any
                number of keys.  Case does not count.

        Examples:
            >>> for key in root.glob(r"Software\**\Uninstall\*"):  # doctest: +SKIP
            ...     print(key.path)
        """
        return search.glob(cast("Key", self), pattern)

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
        on_key: Callable[[Key], object] | None = None,
        aliases: bool = False,
        volatile: bool = False,
    ) -> Iterator[Match]:
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
            cast("Key", self),
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
        on_key: Callable[[Key], object] | None = None,
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
            cast("Key", self),
            newer=newer,
            older=older,
            on_error=on_error,
            on_key=on_key,
            aliases=aliases,
            volatile=volatile,
        )
