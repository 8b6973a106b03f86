"""Keys just as a file tells them: odd names, links, volatile marks, access rights, times.

A time is set when all else is done, as each change below a key would give it another one.

Nothing of this goes by paths, and a key that is to be a link is never looked for through one.  A
link that a registry itself makes says nothing of any other, so it is never taken out of a file:
neither where the target has one of its own, nor into a hive that would keep what was volatile.
"""

from __future__ import annotations

from anyreg.backends import ask
from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.namespace.own_links import looks_own
from anyreg.backends.undo import facts_of
from anyreg.errors import LimitError
from anyreg.formats.instructions import ExactKey
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry.key import Key


class ExactKeys:
    """What is still to be set of the keys of an import."""

    def __init__(self) -> None:
        self._times: list[tuple[Key, int]] = []

    def reached(self, key: Key, exact: ExactKey) -> None:
        """Set what is reported of a key itself; its time is noted.

        Args:
            key: The key.
            exact: What is reported of it.
        """
        if key.parent is None and not key.descriptor:
            return  # the top of a whole registry is no key of any hive
        if exact.descriptor and key.descriptor != exact.descriptor:
            key.descriptor = exact.descriptor
        if exact.last_written >= 0:
            self._times.append((key, exact.last_written))

    def set_times(self) -> None:
        """Nothing else follows: give the keys their times."""
        for key, written in self._times:
            backend = key._backend
            facts = facts_of(backend, key.node)
            if facts.last_written != written:
                facts.last_written = written
                ask.rewrite(backend, key.node, facts, None)
        self._times.clear()


def of_parents(exact: ExactKey) -> ExactKey:
    """How the keys above a key are made where they are missing.

    Args:
        exact: What is reported of the key.
    """
    return ExactKey(exact.names, exact.flags & KEY_VOLATILE)


def is_own_link(parent: Key, name: str, exact: ExactKey) -> bool:
    """Whether a link is reported that a registry makes itself, and nobody carries into another one.

    Args:
        parent: The key that it would stand in.
        name: Its name.
        exact: What is reported of it.
    """
    if not exact.flags & KEY_LINK:
        return False
    backend = parent._backend
    if ask.has_own_link(backend, parent.node, name):
        return True
    is_volatile = exact.flags & KEY_VOLATILE != 0
    return is_volatile and not backend.makes_volatile and looks_own([*parent.names, name])


def found_exactly(parent: Key, name: str, exact: ExactKey) -> Key | None:
    """The subkey of a name, or None; where a link is meant, the link itself.

    Args:
        parent: The key that it is in.
        name: Its name.
        exact: What is reported of it.

    Raises:
        LimitError: A link is meant, and the key that is there is none.
    """
    if not exact.flags & KEY_LINK:
        return parent.find_child(name)
    backend = parent._backend
    node = backend.open(parent.node, [name], link=True)
    if node is None:
        return None
    found = parent.made_child(node, name)
    if not backend.info(node).flags & KEY_LINK:
        raise LimitError("expected a symbolic link of that name, found a key that is none")
    return found


def made_exactly(parent: Key, name: str, exact: ExactKey) -> Key:
    """A new subkey.

    Args:
        parent: The key that it is made in.
        name: Its name, which is no path.
        exact: What is reported of it.
    """
    backend = parent._backend
    flags = exact.flags & (-1 if backend.makes_volatile else ~KEY_VOLATILE)
    node, _ = backend.create(
        parent.node, [name], MAXIMUM_ALLOWED, flags, descriptor=exact.descriptor
    )
    return parent.made_child(node, name)
