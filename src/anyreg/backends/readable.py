"""The verbs that find keys and read them, which every world must give.

A backend hands out nodes, its own kind of handle for a key, and takes them back in its verbs.

A plain hive is the simple case: one tree of keys.  There a symbolic link is a key like any other,
because its target is a path of the whole registry; so the verbs of this class follow none.  The
Windows namespace (anyreg.backends.namespace) puts hives together, and overrides what is different
there: links, views, mounts, volatile keys.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mypy_extensions import mypyc_attr

from anyreg.errors import ClosedError, KeyDeletedError, NotSupportedError
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK
from anyreg.values import Node, Value

VIEW_64: Final = 0x100  # KEY_WOW64_64KEY
VIEW_32: Final = 0x200  # KEY_WOW64_32KEY


class KeyFacts(NamedTuple):
    """What a key says of itself besides its name and time.

    Attributes:
        subkeys: Number of subkeys.
        values: Number of values.
        class_name: Its class name, "" where it has none.
        flags: The flags of its key node (see anyreg.regf.layout, KEY_...).
    """

    subkeys: int
    values: int
    class_name: str
    flags: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Readable:
    """One world's registry, as it can be read.

    Every verb raises ClosedError after close(), and an error of anyreg.errors where its world
    cannot do what is asked: KeyDeletedError for a node whose key is gone.
    """

    def refresh(self) -> None:
        """Take over what other processes have changed; nodes that were given out stay valid."""

    def fresh(self, node: Node) -> Node:
        """The node as it is now, where it can have changed; a deleted key's as it was."""
        return node

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists; if not, every other verb raises KeyDeletedError."""
        return True

    def expect_alive(self, node: Node) -> None:
        """Refuse a key that was deleted.

        Raises:
            KeyDeletedError: It was.
        """
        if not self.is_alive(node):
            raise KeyDeletedError("the key was deleted", path=node.name)

    # Finding keys

    def root(self) -> Node:
        """The key at the top."""
        raise NotImplementedError

    def open(self, node: Node, name: str) -> Node | None:
        """The subkey of this name, or None."""
        raise NotImplementedError

    def own_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name itself, where open() would follow a link; or None."""
        return self.open(node, name)

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name as below() gives it, or None.

        A link that the registry itself makes is gone through, any other is given as it is.
        """
        return self.open(node, name)

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes, if it is one."""
        return False

    def has_roots(self, node: Node) -> bool:
        """Whether a key holds HKEY_LOCAL_MACHINE and the other roots of a whole registry."""
        return False

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name stands in another place than here, or would be made there.

        So it is behind a link, and with keys that programs of 32 and 64 bits find in two places.
        """
        return False

    def find(self, node: Node, path: str, view: int = 0, link: bool = False) -> Node | None:
        r"""The key at a path below another.

        Args:
            node: Where the path begins.
            path: Names joined by backslashes; "" is the key itself.
            view: 0 or VIEW_64, or VIEW_32 for what a 32-bit program sees.
            link: Where the last key is a symbolic link, give the link, not its target.

        Returns:
            The key, or None if there is none.

        Raises:
            LimitError: Links lead to each other without end.
        """
        names = split_path(path)
        if not names:
            self.expect_alive(node)
        found: Node | None = node
        for name in names:
            if found is None:
                break
            found = self.open(found, name)
        return found

    def descend(self, node: Node, names: list[str], at: int) -> tuple[Node, int, bool]:
        """Go down along names as far as there are keys, and no further than a symbolic link.

        Args:
            node: Where to begin.
            names: The names.
            at: Index of the first that counts.

        Returns:
            The last key reached, the index of the first name that was not followed, and whether
            the key is a link.
        """
        is_link = self.flags(node) & KEY_LINK != 0
        while at < len(names) and not is_link:
            child = self.open(node, names[at])
            if child is None:
                break
            node = child
            at += 1
            is_link = self.flags(node) & KEY_LINK != 0
        return node, at, is_link

    def trail(self, node: Node) -> list[str]:
        """The names that lead from the root to a key; none for the root itself."""
        raise NotImplementedError

    def is_fixed(self, node: Node) -> bool:
        """Whether a key belongs to the registry itself, as a root does: it cannot be deleted."""
        return not self.trail(node)

    def nt_path(self, node: Node) -> str:
        r"""The full path of a key as the kernel names it: \Registry\Machine\SOFTWARE\X."""
        raise NotSupportedError("only a whole registry has paths from \\Registry on")

    def predefined(self, number: int) -> Node:
        """The key that one of the HKEY_ constants stands for; its low 32 bits count.

        Raises:
            ClosedError: There is none, as for any other invalid handle.
        """
        raise ClosedError("no such predefined key", path=f"0x{number & 0xFFFFFFFF:08x}")

    # Reading

    def subkeys(self, node: Node) -> list[Node]:
        """All subkeys, in stored order; links are given, and not followed."""
        raise NotImplementedError

    def below(self, node: Node, top: Node) -> list[Node]:
        """The subkeys with which a tree goes on that begins at another key, each key of it once.

        What the registry itself shows in a second place is there only if its first one lies
        outside of the tree, and under the name that it has here: what stands behind a link that
        the registry makes, or a root that is another name of a key.  Other links are given as
        they are.

        Args:
            node: A key of the tree.
            top: The key where it begins.
        """
        return self.subkeys(node)

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key: not volatile, and none that is made up above the hives."""
        return True

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index of subkeys(), None behind the last; cheap where it can be."""
        found = self.subkeys(node)
        return found[index] if index < len(found) else None

    def values(self, node: Node) -> list[Value]:
        """All values, in stored order."""
        raise NotImplementedError

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index of values(), None behind the last; cheap where it can be."""
        found = self.values(node)
        return found[index] if index < len(found) else None

    def read(self, node: Node, name: str) -> Value | None:
        """The value of this name ("" is the default value), or None."""
        raise NotImplementedError

    def info(self, node: Node) -> KeyFacts:
        """Counts, class name and flags of a key."""
        raise NotImplementedError

    def flags(self, node: Node) -> int:
        """The flags of a key alone, which is cheaper than info()."""
        return self.info(node).flags

    def get_security(self, node: Node) -> bytes:
        """A key's self-relative security descriptor, b"" where it has none."""
        raise NotImplementedError

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values.

        Whoever reads a list of them piece by piece keeps the list while the stamp is the same.
        """
        facts = self.info(node)
        return self.fresh(node).last_written, facts.subkeys, facts.values
