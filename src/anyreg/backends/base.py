"""The verbs of a backend: one world's registry, whatever it is kept in.

A backend gives out *nodes*, its own handles of keys, and takes them back in its verbs.  What it
gives out by root(), open(), create() and subkeys() is given back by release(), each node once, by
whoever asked for it: in a world where a node is an open handle nothing leaks so.

These verbs are the core, and every world has them; those that change are refused by what does not
override them.  What only some worlds can do is asked of the classes of `abilities`; what can be
done with the core alone is a function of `trees`.

All paths are sequences of names, each as a hive can hold it: a backslash is a part of it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from anyreg.errors import NotSupportedError
from anyreg.values import Node, Value

VIEW_64: Final = 0x100  # KEY_WOW64_64KEY
VIEW_32: Final = 0x200  # KEY_WOW64_32KEY
MAXIMUM_ALLOWED: Final = 0x0200_0000


class Renames:
    """How often something was renamed in this process, or can have been, in whatever registry.

    So is each end of a transaction, and its undoing.  A name that was read at another count may be
    another one by now; what other processes rename does not count.

    Attributes:
        count: The number.
    """

    def __init__(self) -> None:
        self.count = 0


RENAMES: Final = Renames()


class KeyFacts(NamedTuple):
    """What a key says of itself.

    Attributes:
        subkeys: Number of subkeys.
        values: Number of values.
        class_name: Its class name, "" where it has none.
        flags: The flags of its key node (see anyreg.regf.layout, KEY_...).
        name: Its name as stored, or that under which the registry shows it.
        last_written: The FILETIME of its last change.
    """

    subkeys: int
    values: int
    class_name: str
    flags: int
    name: str
    last_written: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Backend:
    """One world's registry.

    Every verb raises ClosedError after close(), KeyDeletedError for a node whose key is gone, and
    AccessDeniedError where the world says so: at open() and create(), or later.  One that cannot be
    written raises NotSupportedError from every verb that changes.
    """

    # Whether keys made with KEY_VOLATILE are kept here at all.
    keeps_volatile: bool = False
    # Whether a key can be made volatile here, though a copy of such a key may be one that stays.
    makes_volatile: bool = False
    # Whether it is the registry of the Windows that is running.
    is_live: bool = False

    # Keys

    def root(self) -> Node:
        """The key at the top."""
        raise NotImplementedError

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        """The key that names lead to from another one; None if there is none.

        Args:
            node: Where they begin.
            names: The names; without any it is the key itself, under a new handle.
            access: An access mask of Windows: what is to be done with the key, and VIEW_32 or
                VIEW_64 where it is to be seen as a program of 32 or 64 bits sees it.
            link: Where the last key is a symbolic link, give the link, not its target.

        Raises:
            AccessDeniedError: The world does not allow that.
            LimitError: Links lead to each other without end.
        """
        raise NotImplementedError

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to, made with its parents where it is missing.

        Links on the way are followed; one whose target is missing makes the target.  All are made,
        or none.

        Args:
            node: Where the names begin.
            names: The names.
            access: As for open().
            flags: KEY_VOLATILE: what is made is gone when the computer restarts, or, where nothing
                keeps it longer, when the registry is closed.  KEY_LINK: make a symbolic link,
                which must not exist.
            class_name: Class name of the last key, if it is made; "" for none.
            descriptor: Its security descriptor, if it is made; b"": what it inherits from its
                parent.  Parents that are made inherit theirs.

        Returns:
            The key, and whether it was made.

        Raises:
            AccessDeniedError: The world does not allow that.
            VolatileParentError: A stable key cannot stand below a volatile one.
            KeyExistsError: There is a key where a link is to be made.
            LimitError: There can be no key of such a name, or none so deep.
        """
        raise read_only_error()

    def release(self, node: Node) -> None:
        """Take a node back that was given out: it is not used any more.

        Nodes of keys above and below it stay valid.  After close() there is nothing to be done.
        """

    def names(self, node: Node) -> list[str]:
        """The names that lead from the top to a key, as they are now; none for the top itself.

        It is the way to where the key really stands, also where a link has led to it.
        """
        raise NotImplementedError

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in stored order; links are given, and not followed."""
        raise NotImplementedError

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        raise NotImplementedError

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name ("" is the default value), or None."""
        raise NotImplementedError

    def info(self, node: Node) -> KeyFacts:
        """What a key says of itself, as it is now."""
        raise NotImplementedError

    def security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor, b"" where it has none."""
        raise NotImplementedError

    # Changes: each is a transaction of its own, or a part of the one under way

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key, all or none."""
        raise read_only_error()

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        raise read_only_error()

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        raise read_only_error()

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        raise read_only_error()

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name; nodes of it, and of keys below it, stay valid.

        It is counted in RENAMES, when it can be seen.
        """
        raise read_only_error()

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        raise read_only_error()

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one that this context has begun.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.
        """
        raise read_only_error()

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut.
        """
        raise read_only_error()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        raise read_only_error()

    def flush(self) -> None:
        """Make every commit so far durable."""

    def refresh(self) -> None:
        """Take over what other processes have changed; nodes that were given out stay valid."""

    def close(self) -> None:
        """Give everything back; further calls do nothing."""
        raise NotImplementedError


def read_only_error() -> NotSupportedError:
    """What a change is refused with."""
    words = 'the registry is open for reading only: open it with mode "r+"'
    return NotSupportedError(words, winerror=5)


class AllOrNone:
    """A block of changes, one transaction: an error in it undoes them all."""

    def __init__(self, backend: Backend, durable: bool = False, timeout: float = -1.0) -> None:
        """Begin with the block; inside a transaction that is under way it is a savepoint.

        Args:
            backend: What is changed.
            durable: See Backend.commit().
            timeout: See Backend.begin().
        """
        self._backend = backend
        self.durable = durable
        self._timeout = timeout

    def __enter__(self) -> object:
        self._backend.begin(self._timeout)
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(self.durable)
        else:
            self._backend.roll_back()


class Lent:
    """A node for the length of a block; behind it, it is released."""

    def __init__(self, backend: Backend, node: Node) -> None:
        """Take it over.

        Args:
            backend: What has given it out.
            node: The node.
        """
        self._backend = backend
        self._node = node

    def __enter__(self) -> Node:
        return self._node

    def __exit__(self, *exception: object) -> None:
        self._backend.release(self._node)


def release_all(backend: Backend, nodes: list[Node]) -> None:
    """Release several nodes.

    Args:
        backend: What has given them out.
        nodes: The nodes.
    """
    for node in nodes:
        backend.release(node)


def subkey_names(backend: Backend, node: Node) -> list[str]:
    """The names of all subkeys of a key, in stored order.

    Args:
        backend: The registry.
        node: The key.
    """
    found = backend.subkeys(node)
    names = [child.name for child in found]
    release_all(backend, found)
    return names
