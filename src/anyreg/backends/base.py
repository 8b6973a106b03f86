"""The verbs of a backend; all comfort is built on them, once, in anyreg.registry.

Every world gives those that read (anyreg.backends.readable).  Those that change are here, and are
refused by what does not override them: a world that is read only, or has no such thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from mypy_extensions import mypyc_attr

from anyreg.backends.readable import Readable
from anyreg.engine.problems import Problem
from anyreg.errors import KeyExistsError, NotSupportedError
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.names import fold
from anyreg.newkeys import NewKey
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.values import Node, Value, encode_over

_FEW: Final = 8  # of a key's values are read one by one, where there are so many times more


@mypyc_attr(allow_interpreted_subclasses=True)
class Backend(Readable):
    """One world's registry.

    One that cannot be written raises NotSupportedError from every verb that changes.
    """

    # Whether keys made with KEY_VOLATILE are kept here at all.
    keeps_volatile: bool = False
    # Whether a key can be made volatile here, though a copy of such a key may be one that stays.
    makes_volatile: bool = False
    # Whether it is the registry of the Windows that is running.
    is_live: bool = False

    # Transactions

    def begin(self, timeout: float = -1.0) -> None:
        """Begin a transaction, or a savepoint in the one that this context has begun.

        Args:
            timeout: Seconds to wait at most for others that write; negative: for ever.
        """
        raise self._refused()

    def commit(self, durable: bool) -> None:
        """End the innermost level for good; at the outermost one, commit.

        Args:
            durable: Return only when the commit would survive a power cut.
        """
        raise self._refused()

    def roll_back(self) -> None:
        """Undo the innermost level."""
        raise self._refused()

    def is_changing(self) -> bool:
        """Whether a transaction of this context is under way."""
        return False

    def flush(self) -> None:
        """Make every commit so far durable."""

    # Changes

    def make(
        self,
        node: Node,
        path: str,
        view: int = 0,
        *,
        volatile: bool = False,
        link: bool = False,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        r"""Open the key at a path below another, made with its parents where it is missing.

        Links on the way are followed; one whose target is missing makes the target.

        Args:
            node: Where the path begins.
            path: Names joined by backslashes.
            view: As in find().
            volatile: What is made is gone when the computer restarts, or, where nothing keeps it
                longer, when the registry is closed.
            link: Make a symbolic link, which must not exist.
            class_name: Class name of the last key, if it is made.
            descriptor: Its security descriptor, if it is made; b"": that of its parent.

        Returns:
            The key, and whether it was made.

        Raises:
            VolatileParentError: A stable key cannot stand below a volatile one.
            KeyExistsError: There is a key where a link is to be made.
            LimitError: A name is not allowed, or the key would stand too deep.
        """
        existing = self.find(node, path, view)
        if existing is not None and not link:
            return existing, False
        names = split_path(path)
        made = False
        with AllOrNone(self):
            for index, name in enumerate(names):
                last = index == len(names) - 1
                flags = (KEY_VOLATILE if volatile else 0) | (KEY_LINK if link and last else 0)
                found = self.open(node, name)
                made = found is None
                if found is None and last:
                    found = self.create(node, name, class_name, descriptor, flags)
                elif found is None:
                    found = self.create(node, name, "", b"", flags)
                elif last and link:
                    raise KeyExistsError("there is such a key already", path=path)
                node = found
        return node, made

    def create(
        self, node: Node, name: str, class_name: str, descriptor: bytes = b"", flags: int = 0
    ) -> Node:
        """The subkey of this name, made if there is none.

        Args:
            node: Its parent.
            name: Its name, as a hive can hold it: backslashes are a part of it.
            class_name: "" for none.
            descriptor: b"" for that of the parent.
            flags: KEY_LINK and KEY_VOLATILE.

        Raises:
            LimitError: There can be no key of this name here, or none so deep.
        """
        raise self._refused()

    def graft(self, node: Node, keys: list[NewKey]) -> None:
        """Make many subkeys with all that they are to hold.

        Args:
            node: Their parent.
            keys: What is to be made.

        Raises:
            KeyExistsError: There is a subkey of one of these names.
            LimitError: A name or a value is not allowed, or a key would stand too deep.
        """
        with AllOrNone(self):
            for key in keys:
                if self.open(node, key.name) is not None:
                    raise KeyExistsError("there is such a key already", path=key.name)
            stack = [(node, key) for key in reversed(keys)]
            while stack:
                parent, key = stack.pop()
                made = self.create(parent, key.name, key.class_name)
                self.write(made, list(key.values.values()))
                stack.extend([(made, subkey) for subkey in reversed(key.subkeys.values())])

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        raise self._refused()

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        raise self._refused()

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key."""
        raise self._refused()

    def assign(self, node: Node, data: Mapping[str, object]) -> None:
        """Set values of a key to Python data, all or none.

        A value that is there keeps its type, unless the data names one.

        Args:
            node: The key.
            data: What encode_over() takes, by value name.

        Raises:
            ValueTypeError: A value is there whose type is for data of another kind.
        """
        with AllOrNone(self):
            known: dict[str, Value | None] = {}
            if len(data) * _FEW > self.info(node).values:
                known = {fold(value.name): value for value in reversed(self.values(node))}
            else:
                known = {fold(name): self.read(node, name) for name in data}
            values: list[Value] = []
            for name, datum in data.items():
                kind, raw = encode_over(datum, known.get(fold(name)))
                values.append(Value(name, kind, raw))
            self.write(node, values)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        raise self._refused()

    def set_class(self, node: Node, class_name: str) -> None:
        """Give a key a class name."""
        raise self._refused()

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another self-relative security descriptor."""
        raise self._refused()

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before, its time included.

        Args:
            node: The key.
            facts: Its class, descriptor, flags and time.
            values: Its values, in stored order; None: they stay as they are.
        """
        raise self._refused()

    def copy(self, source: Backend, top: Node, target: Node) -> None:
        """Copy what a key of any backend holds, and all below it, into a key of this one."""
        from anyreg.backends.copying import copy_below

        copy_below(source, top, self, target)

    # History

    def keep_history(self, recorder: Recorder, hive: str = "") -> None:
        """Let every commit from now on have a record in a history.

        Args:
            recorder: Keeps it.
            hive: What this hive is called there.

        Raises:
            NotSupportedError: There are no files that a history could belong to.
        """
        raise NotSupportedError("a history is kept of hive files only")

    def history_hive(self, hive: str) -> Backend:
        """A hive by its name in the history, a part of the transaction under way."""
        raise NotSupportedError("a history is kept of hive files only")

    # Whole hives

    def save(self, node: Node, file: str, minor: int = 5) -> None:
        """Write a key and all below it into a new hive file; volatile keys are left out.

        Args:
            node: The key, which becomes the root of the hive.
            file: The new file, which must not exist.
            minor: Format version, 3 or 5.
        """
        from anyreg.backends.copying import save_tree

        save_tree(self, node, file, minor)

    def restore(self, node: Node, file: str, force: bool = False) -> None:
        """Replace what a key holds, and all below it, by what a hive file holds.

        Args:
            node: The key; it stays, under its name.
            file: The hive.
            force: Also where keys below are open; they are deleted then in any case.
        """
        from anyreg.backends.copying import restore_tree

        restore_tree(self, node, file)

    def load(self, node: Node, name: str, file: str) -> None:
        """Mount a hive file as a subkey of HKEY_LOCAL_MACHINE or HKEY_USERS."""
        raise NotSupportedError("hives can be loaded into a whole registry only")

    def unload(self, node: Node, name: str) -> None:
        """Take a hive away that load() has mounted."""
        raise NotSupportedError("hives can be unloaded from a whole registry only")

    def replace(self, node: Node, name: str, new: str, old: str) -> None:
        """Plan another file for a hive that is mounted in HKEY_LOCAL_MACHINE or HKEY_USERS.

        Args:
            node: One of the two.
            name: The subkey at which the hive is mounted.
            new: The hive file that takes the place of its file when it is mounted anew.
            old: The name under which its file is kept then; must be free.
        """
        raise NotSupportedError("hives can be replaced in a whole registry only")

    def compact(self, on_key: Callable[[], None] | None = None) -> None:
        """Leave out all free space, in place."""
        raise self._refused()

    def _refused(self) -> NotSupportedError:
        return read_only_error()

    # The whole

    def about(self) -> dict[str, str | int | list[str]]:
        """Facts on the registry as a whole, for people: what, where, which version."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """What reading has met so far that is not as it should be."""
        raise NotImplementedError

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        """Every problem there is, changing nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """Give everything back; further calls do nothing."""
        raise NotImplementedError


def read_only_error() -> NotSupportedError:
    """What a change is refused with."""
    words = 'the registry is open for reading only: open it with mode "r+"'
    return NotSupportedError(words, winerror=5)


class AllOrNone:
    """A block of changes, one transaction: an error in it undoes them all."""

    def __init__(self, backend: Backend) -> None:
        """Begin with the block; inside a transaction that is under way it is a savepoint.

        Args:
            backend: What is changed.
        """
        self._backend = backend

    def __enter__(self) -> None:
        self._backend.begin()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._backend.commit(False)
        else:
            self._backend.roll_back()
