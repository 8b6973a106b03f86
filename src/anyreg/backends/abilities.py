"""What only some worlds can do: small protocols, each asked for where it is wanted.

A world has an ability by deriving from its class, beside Backend.  The functions of `ask` ask for
it, and say what holds of a world that lacks it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mypy_extensions import mypyc_attr, trait

from anyreg.backends.base import Backend
from anyreg.backends.places import Place
from anyreg.engine.feed import Feed
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.new_keys import NewKey
from anyreg.problems import Problem
from anyreg.security.token import Token
from anyreg.values import Node, Value

About = dict[str, str | int | list[str]]
"""Facts on a registry as a whole, for people."""
Reached = tuple[Node | None, list[str]]
"""How far names lead: the last key that there is, and the names that are left."""


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Quick:
    """Ways that are shorter than those of the core."""

    def fresh(self, node: Node) -> Node:
        """The name and time of a key as they are now; a deleted key's as they were."""
        raise NotImplementedError

    def is_alive(self, node: Node) -> bool:
        """Whether the key still exists; if not, every other verb raises KeyDeletedError."""
        raise NotImplementedError

    def subkey_at(self, node: Node, index: int) -> Node | None:
        """The subkey at an index of subkeys(), None behind the last."""
        raise NotImplementedError

    def value_at(self, node: Node, index: int) -> Value | None:
        """The value at an index of values(), None behind the last."""
        raise NotImplementedError

    def stamp(self, node: Node) -> object:
        """Something that is equal as long as the key has the same subkeys and values."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Bulk:
    """Many changes at one go.

    Each verb gives whether it has done it; if not, nothing has changed, and the functions of
    `trees` do it step by step.
    """

    def assign(self, node: Node, data: Mapping[str, object]) -> bool:
        """See trees.assign()."""
        raise NotImplementedError

    def bulk_insert(self, node: Node, keys: list[NewKey]) -> bool:
        """See trees.graft()."""
        raise NotImplementedError

    def copy_from(self, source: Backend, top: Node, target: Node) -> bool:
        """See trees.copy()."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Exact:
    """Keys can be put into any state."""

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included.

        Args:
            node: The key.
            facts: Its class, descriptor, flags and time.
            values: Its values, in stored order; None: they stay as they are.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Journaled:
    """A history can be kept."""

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        raise NotImplementedError

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history.

        Args:
            recorder: Keeps it.
            hive: What this hive is called there.
        """
        raise NotImplementedError

    def recorder(self) -> Recorder | None:
        """What keeps the history, if any is kept."""
        raise NotImplementedError

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, a part of the transaction under way."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Elsewhere:
    """A name can mean a key that stands in another place."""

    def leads_elsewhere(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name stands in another place than here, or would be made there.

        So it is behind a link, and with keys that programs of 32 and 64 bits find in two places.
        """
        raise NotImplementedError

    def has_own_link(self, node: Node, name: str) -> bool:
        """Whether a subkey of this name is a link that the registry itself makes, if it is one."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Whole:
    """A whole registry, with HKEY_LOCAL_MACHINE and the other roots."""

    def predefined(self, number: int) -> Node:
        """The key that one of the HKEY_ constants stands for; its low 32 bits count.

        It stays the registry's own, and is not released.

        Raises:
            ClosedError: There is none, as for any other invalid handle.
        """
        raise NotImplementedError

    def has_roots(self, node: Node) -> bool:
        """Whether it is the key that holds the roots."""
        raise NotImplementedError

    def nt_path(self, node: Node) -> str:
        r"""The full path of a key as the kernel names it: \Registry\Machine\SOFTWARE\X."""
        raise NotImplementedError

    def is_fixed(self, node: Node) -> bool:
        """Whether a key belongs to the registry itself, as a root does: it cannot be deleted."""
        raise NotImplementedError

    def lasts(self, node: Node) -> bool:
        """Whether a hive keeps the key: not volatile, and none that is made up above the hives."""
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
        raise NotImplementedError

    def seen_child(self, node: Node, name: str) -> Node | None:
        """The subkey of this name as below() gives it, or None.

        A link that the registry itself makes is gone through, any other is given as it is.
        """
        raise NotImplementedError

    def sides(self, node: Node) -> list[Node]:
        """The keys that are shown as this one, the one that is written to first.

        They stay the registry's own, and are not released.
        """
        raise NotImplementedError

    def above(self, node: Node) -> Node | None:
        """The key in which a key really stands; None for the top."""
        raise NotImplementedError

    def reach(self, node: Node, names: list[str], access: int, link: bool) -> Reached:
        """How far names lead: to where create() would make a key.

        Args:
            node: Where they begin.
            names: The names.
            access: As for Backend.open().
            link: Where the last key is a symbolic link, it is gone to, not through.

        Returns:
            The last key that there is, None where a link leads to no path at all; and the names
            of the keys that would be made below it.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Mounts:
    """Hive files can be mounted below HKEY_LOCAL_MACHINE and HKEY_USERS."""

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of one of the two."""
        raise NotImplementedError

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        raise NotImplementedError

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted.

        Args:
            node: One of the two.
            name: The subkey at which the hive is mounted.
            new: The hive file that takes the place of its file when it is mounted anew.
            old: The name under which its file is kept then; must be free.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Compacting:
    """Free space can be left out, in place."""

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave it out.

        Args:
            on_key: Called for each key.
        """
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Interruptible:
    """A conversation that can be ended while somebody waits for an answer."""

    def interrupt(self) -> None:
        """End it, from any thread: who waits gets an error, and so does each later call."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Distant:
    """Another machine is asked."""

    def waits(self) -> int:
        """How often the way there and back was waited for so far."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Inspected:
    """The whole can be looked at."""

    def about(self) -> About:
        """Facts on the registry as a whole, for people: what, where, which version."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be."""
        raise NotImplementedError

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every problem there is, changing nothing."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Feeding:
    """A single hive that reports its states."""

    def feed(self) -> Feed:
        """Where they are reported."""
        raise NotImplementedError

    def files(self) -> list[str]:
        """The files that other processes write when they change it."""
        raise NotImplementedError

    def follow_soon(self) -> None:
        """Take over what they have committed: now, or when a transaction here has ended."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Watchable:
    """What changes can be reported, without looking again and again."""

    def places(self, node: Node, subtree: bool) -> list[Place]:
        """The hives that hold a key and, if wanted, what is below it."""
        raise NotImplementedError


@trait
@mypyc_attr(allow_interpreted_subclasses=True)
class Guarded:
    """Not everybody may do everything.

    What passes the descriptors of keys by, as saving and restoring do for who has the privilege,
    asks here and goes on with the world behind.
    """

    def holder(self) -> Token:
        """Who asks."""
        raise NotImplementedError

    def unguarded(self, node: Node, rights: int = 0, privilege: str = "") -> tuple[Backend, Node]:
        """The world behind and its node.

        Args:
            node: A key.
            rights: The rights that are needed on it.
            privilege: The privilege that is needed; "" for none.

        Raises:
            AccessDeniedError: A right is missing (5), or the privilege (1314).
        """
        raise NotImplementedError

    def by_privilege(
        self, node: Node, names: list[str], access: int, link: bool
    ) -> tuple[Node | None, int]:
        """Open a key for saving and restoring: descriptors are passed by, and so is `access`.

        Args:
            node: Where the names begin.
            names: The names.
            access: The view.
            link: As in Backend.open().

        Returns:
            The key, None if there is none; and the rights that the privileges give on it.

        Raises:
            AccessDeniedError: Neither privilege is held.
        """
        raise NotImplementedError

    def narrow(self, node: Node, access: int) -> None:
        """Leave an open key what Windows grants for MAXIMUM_ALLOWED.

        That is less than all that can be had: rights that a privilege gives, such as to become the
        owner, must be asked for by their names there.

        Args:
            node: The key, opened for MAXIMUM_ALLOWED.
            access: What was asked for.

        Raises:
            AccessDeniedError: Nothing is left, or not all of it is granted.
        """
        raise NotImplementedError

    def may_give(self, descriptor: bytes) -> bool:
        """Whether a key that is made may be given a descriptor: its owner is somebody else.

        Args:
            descriptor: The descriptor.
        """
        raise NotImplementedError
