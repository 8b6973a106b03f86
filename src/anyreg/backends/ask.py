"""What is asked of a world, whether it has the ability for it or not (see `abilities`)."""

from __future__ import annotations

from collections.abc import Callable

from anyreg.backends.abilities import (
    About,
    Compacting,
    Elsewhere,
    Exact,
    Guarded,
    Inspected,
    Interruptible,
    Journaled,
    Mounts,
    Quick,
    Reached,
    Watchable,
    Whole,
)
from anyreg.backends.base import Backend, read_only_error
from anyreg.backends.places import Place
from anyreg.errors import ClosedError, KeyDeletedError, NotSupportedError, RegistryError
from anyreg.facts import Facts
from anyreg.history.recorder import Recorder
from anyreg.paths import PLACES
from anyreg.problems import Problem
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.security.token import Token
from anyreg.values import Node, Value


def fresh(backend: Backend, node: Node) -> Node:
    """The name and time of a key as they are now; see Quick."""
    if isinstance(backend, Quick):
        return backend.fresh(node)
    try:
        facts = backend.info(node)
    except KeyDeletedError:
        return node
    return Node(facts.name, facts.last_written)


def subkey_at(backend: Backend, node: Node, index: int) -> Node | None:
    """The subkey at an index, None behind the last; see Quick."""
    if isinstance(backend, Quick):
        return backend.subkey_at(node, index)
    found = backend.subkeys(node)
    for other, child in enumerate(found):
        if other != index:
            backend.release(child)
    return found[index] if index < len(found) else None


def value_at(backend: Backend, node: Node, index: int) -> Value | None:
    """The value at an index, None behind the last; see Quick."""
    if isinstance(backend, Quick):
        return backend.value_at(node, index)
    found = backend.values(node)
    return found[index] if index < len(found) else None


def stamp(backend: Backend, node: Node) -> object:
    """Something that is equal as long as the key has the same subkeys and values; see Quick."""
    return backend.stamp(node) if isinstance(backend, Quick) else backend.info(node)


def is_alive(backend: Backend, node: Node) -> bool:
    """Whether a key still exists; see Quick."""
    if isinstance(backend, Quick):
        return backend.is_alive(node)
    try:
        backend.info(node)
    except KeyDeletedError:
        return False
    return True


def rewrite(backend: Backend, node: Node, facts: Facts, values: list[Value] | None) -> None:
    """Put a key into a state that it had before; see Exact."""
    if not isinstance(backend, Exact):
        raise read_only_error()
    backend.rewrite(node, facts, values)


def is_changing(backend: Backend) -> bool:
    """Whether a transaction of this context is under way; see Journaled."""
    return isinstance(backend, Journaled) and backend.is_changing()


def keep_history(backend: Backend, recorder: Recorder, hive: str = "") -> None:
    """Let every commit from now on have a record in a history; see Journaled.

    Raises:
        NotSupportedError: There are no files that a history could belong to.
    """
    if not isinstance(backend, Journaled):
        raise NotSupportedError("a history is kept of hive files only")
    backend.keep_history(recorder, hive)


def recorder(backend: Backend) -> Recorder | None:
    """What keeps the history of a registry, if any is kept; see Journaled."""
    return backend.recorder() if isinstance(backend, Journaled) else None


def history_hive(backend: Backend, hive: str) -> Backend:
    """A hive by its name in the history; see Journaled.

    Raises:
        NotSupportedError: There are no files that a history could belong to.
    """
    if not isinstance(backend, Journaled):
        raise NotSupportedError("a history is kept of hive files only")
    return backend.history_hive(hive)


def leads_elsewhere(backend: Backend, node: Node, name: str) -> bool:
    """Whether a subkey of this name stands in another place; see Elsewhere."""
    return isinstance(backend, Elsewhere) and backend.leads_elsewhere(node, name)


def has_own_link(backend: Backend, node: Node, name: str) -> bool:
    """Whether a subkey of this name is a link that the registry makes; see Elsewhere."""
    return isinstance(backend, Elsewhere) and backend.has_own_link(node, name)


def predefined(backend: Backend, number: int) -> Node:
    """The key that one of the HKEY_ constants stands for; see Whole.

    Raises:
        ClosedError: There is none.
    """
    if not isinstance(backend, Whole):
        raise ClosedError("no such predefined key", path=f"0x{number & 0xFFFFFFFF:08x}")
    return backend.predefined(number)


def has_roots(backend: Backend, node: Node) -> bool:
    """Whether it is the key that holds the roots of a whole registry; see Whole."""
    return isinstance(backend, Whole) and backend.has_roots(node)


def nt_path(backend: Backend, node: Node) -> str:
    """The full path of a key as the kernel names it; see Whole.

    Raises:
        NotSupportedError: It is no whole registry.
    """
    if not isinstance(backend, Whole):
        raise NotSupportedError("only a whole registry has paths from \\Registry on")
    return backend.nt_path(node)


def told_path(backend: Backend, node: Node) -> str:
    """The path of a key where it really stands, for an error; of the one at the top its name."""
    try:
        names = backend.names(node)
    except RegistryError:
        return node.name
    if names and isinstance(backend, Whole):
        names = [PLACES.get(names[0], names[0]), *names[1:]]
    return "\\".join(names) or node.name


def is_fixed(backend: Backend, node: Node) -> bool:
    """Whether a key belongs to the registry itself, and cannot be deleted; see Whole."""
    return backend.is_fixed(node) if isinstance(backend, Whole) else not backend.names(node)


def lasts(backend: Backend, node: Node) -> bool:
    """Whether a hive keeps the key, or would; see Whole."""
    if isinstance(backend, Whole):
        return backend.lasts(node)
    return not (backend.keeps_volatile and backend.info(node).flags & KEY_VOLATILE)


def below(backend: Backend, node: Node, top: Node) -> list[Node]:
    """The subkeys with which a tree goes on; see Whole."""
    return backend.below(node, top) if isinstance(backend, Whole) else backend.subkeys(node)


def seen_child(backend: Backend, node: Node, name: str) -> Node | None:
    """The subkey of this name as below() gives it; see Whole."""
    if isinstance(backend, Whole):
        return backend.seen_child(node, name)
    return backend.open(node, [name])


def sides(backend: Backend, node: Node) -> list[Node]:
    """The keys that are shown as one, the one that is written to first; see Whole."""
    return backend.sides(node) if isinstance(backend, Whole) else [node]


def above(backend: Backend, node: Node) -> Node | None:
    """The key in which a key really stands, to be released; None for the top; see Whole."""
    if isinstance(backend, Whole):
        return backend.above(node)
    names = backend.names(node)
    if not names:
        return None
    root = backend.root()
    found = backend.open(root, names[:-1])
    backend.release(root)
    return found


def reach(backend: Backend, node: Node, names: list[str], access: int, link: bool) -> Reached:
    """The last key that there is along names, to be released if it is another one; see Whole."""
    if isinstance(backend, Whole):
        return backend.reach(node, names, access, link)
    found = node
    at = 0
    while at < len(names):
        child = backend.open(found, [names[at]], access, link and at == len(names) - 1)
        if child is None:
            break
        if found is not node:
            backend.release(found)
        found = child
        at += 1
    return found, names[at:]


def unguarded(
    backend: Backend, node: Node, rights: int = 0, privilege: str = ""
) -> tuple[Backend, Node]:
    """The world behind one that is opened as somebody, and its node; see Guarded."""
    if isinstance(backend, Guarded):
        return backend.unguarded(node, rights, privilege)
    return backend, node


def holder(backend: Backend) -> Token | None:
    """Who asks, where a world is opened as somebody."""
    return backend.holder() if isinstance(backend, Guarded) else None


def may_give(backend: Backend, descriptor: bytes) -> bool:
    """Whether a key that is made may be given a descriptor; see Guarded."""
    return not isinstance(backend, Guarded) or backend.may_give(descriptor)


def load(backend: Backend, node: Node, name: str, file: str) -> None:
    """Mount a hive file; see Mounts.

    Raises:
        NotSupportedError: None can be mounted.
    """
    if not isinstance(backend, Mounts):
        raise NotSupportedError("hives can be loaded into a whole registry only")
    backend.load(node, name, file)


def unload(backend: Backend, node: Node, name: str) -> None:
    """Take a hive away that load() has mounted; see Mounts.

    Raises:
        NotSupportedError: None can be mounted.
    """
    if not isinstance(backend, Mounts):
        raise NotSupportedError("hives can be unloaded from a whole registry only")
    backend.unload(node, name)


def replace(backend: Backend, node: Node, name: str, new: str, old: str) -> None:
    """Plan another file for a hive that is mounted; see Mounts.

    Raises:
        NotSupportedError: None can be mounted.
    """
    if not isinstance(backend, Mounts):
        raise NotSupportedError("hives can be replaced in a whole registry only")
    backend.replace(node, name, new, old)


def compact(backend: Backend, on_key: Callable[[], None] | None = None) -> None:
    """Leave out all free space, in place; see Compacting.

    Raises:
        NotSupportedError: The registry is only read.
    """
    if not isinstance(backend, Compacting):
        raise read_only_error()
    backend.compact(on_key)


def about(backend: Backend) -> About:
    """Facts on the registry as a whole; see Inspected."""
    return backend.about() if isinstance(backend, Inspected) else {}


def problems(backend: Backend) -> list[Problem]:
    """What reading has met so far; see Inspected."""
    return backend.problems() if isinstance(backend, Inspected) else []


def check(backend: Backend, on_key: Callable[[], None] | None = None) -> list[Problem]:
    """Every problem there is; see Inspected."""
    return backend.check(on_key) if isinstance(backend, Inspected) else []


def interrupt(backend: Backend) -> None:
    """End a conversation that somebody may wait in; see Interruptible.  A file needs no such end.

    Args:
        backend: The world.
    """
    if isinstance(backend, Interruptible):
        backend.interrupt()


def places(backend: Backend, node: Node, subtree: bool) -> list[Place]:
    """The hives whose changes are those of a key; see Watchable.

    Raises:
        NotSupportedError: This world reports no changes.
    """
    if isinstance(backend, Watchable):
        return backend.places(node, subtree)
    words = "this registry reports no changes: look at intervals instead, by watch(poll=seconds)"
    raise NotSupportedError(words)
