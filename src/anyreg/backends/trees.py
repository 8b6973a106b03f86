"""What is done with keys and trees by the verbs of a backend alone, whatever world it is.

There is no recursion: a tree is up to 512 levels deep.  Volatile keys are never copied into a
file, and a symbolic link is copied as a link: but those that a registry itself makes are gone
through, on both sides, and never copied (see Whole.below).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from anyreg.backends import ask
from anyreg.backends.abilities import Bulk
from anyreg.backends.base import MAXIMUM_ALLOWED, AllOrNone, Backend, release_all
from anyreg.backends.hive import HiveBackend, open_read_only
from anyreg.backends.system_abilities import Fetching, Saving
from anyreg.engine.compose import Composer
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.memory_disk import MemoryDisk
from anyreg.engine.storage import write_new
from anyreg.errors import AccessDeniedError, KeyExistsError
from anyreg.names import fold
from anyreg.new_keys import NewKey
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK, KEY_PREDEFINED, KEY_VOLATILE
from anyreg.security.descriptor import default_descriptor
from anyreg.security.token import SE_BACKUP, SE_RESTORE
from anyreg.values import Node, Value, encode_over

_KEPT: Final = KEY_LINK | KEY_PREDEFINED
_SNAPSHOT: Final = "snapshot"  # what a hive in memory is called
_FEW: Final = 8  # of a key's values are read one by one, where there are so many times more


def find(backend: Backend, node: Node, path: str, view: int = 0, link: bool = False) -> Node | None:
    """The key at a path below another, or None; see Backend.open.

    Args:
        backend: The registry.
        node: Where the path begins.
        path: Names joined by backslashes; "" is the key itself.
        view: 0 or VIEW_64, or VIEW_32 for what a 32-bit program sees.
        link: Where the last key is a symbolic link, give the link, not its target.
    """
    return backend.open(node, split_path(path), MAXIMUM_ALLOWED | view, link)


def make(
    backend: Backend,
    node: Node,
    path: str,
    view: int = 0,
    *,
    volatile: bool = False,
    link: bool = False,
    class_name: str = "",
    descriptor: bytes = b"",
) -> tuple[Node, bool]:
    """The key at a path, made with its parents where it is missing, and whether it was made.

    Args:
        backend: The registry.
        node: Where the path begins.
        path: Names joined by backslashes.
        view: As in find().
        volatile: See Backend.create, as for all that follows.
        link: Make a symbolic link.
        class_name: Class name of the last key.
        descriptor: Its security descriptor.
    """
    flags = (KEY_VOLATILE if volatile else 0) | (KEY_LINK if link else 0)
    access = MAXIMUM_ALLOWED | view
    return backend.create(node, split_path(path), access, flags, class_name, descriptor)


def assign(backend: Backend, node: Node, data: Mapping[str, object]) -> None:
    """Set values of a key to Python data, all or none.

    A value that is there keeps its type, unless the data names one.

    Args:
        backend: The registry.
        node: The key.
        data: What encode_over() takes, by value name.

    Raises:
        ValueTypeError: A value is there whose type is for data of another kind.
    """
    if isinstance(backend, Bulk) and backend.assign(node, data):
        return
    with AllOrNone(backend):
        known: dict[str, Value | None] = {}
        if len(data) * _FEW > backend.info(node).values:
            known = {fold(value.name): value for value in reversed(backend.values(node))}
        else:
            known = {fold(name): backend.read(node, name) for name in data}
        values: list[Value] = []
        for name, datum in data.items():
            kind, raw = encode_over(datum, known.get(fold(name)))
            values.append(Value(name, kind, raw))
        backend.write(node, values)


def bulk_insert(backend: Backend, node: Node, keys: list[NewKey]) -> None:
    """Make many subkeys with all that they are to hold, all or none.

    Args:
        backend: The registry.
        node: Their parent.
        keys: What is to be made.

    Raises:
        KeyExistsError: There is a subkey of one of these names.
        LimitError: A name or a value is not allowed, or a key would stand too deep.
    """
    if isinstance(backend, Bulk) and backend.bulk_insert(node, keys):
        return
    with AllOrNone(backend):
        for key in keys:
            found = backend.open(node, [key.name])
            if found is not None:
                backend.release(found)
                raise KeyExistsError("there is such a key already", path=key.name)
        stack: list[tuple[Node, NewKey | None]] = [(node, key) for key in reversed(keys)]
        while stack:
            parent, new = stack.pop()
            if new is None:  # all below it is made
                backend.release(parent)
                continue
            made, _ = backend.create(parent, [new.name], class_name=new.class_name)
            backend.write(made, list(new.values.values()))
            stack.append((made, None))
            stack.extend([(made, subkey) for subkey in reversed(new.subkeys.values())])


def copy(source: Backend, top: Node, target: Backend, into: Node) -> None:
    """Copy the values of a key, and all below it, into another key, perhaps of another world.

    What the target has already stays, unless the source has the same name: values are replaced,
    keys are gone into.  It happens as a whole or not at all.
    """
    if isinstance(target, Bulk) and target.copy_from(source, top, into):
        return
    with AllOrNone(target):
        # What is read must not change with what is written: all keys are listed first.
        listed = _listed(source, top)
        way: list[Node | None] = []  # the keys of the target above the next one
        for depth, node in listed:
            while len(way) > depth:
                _drop(target, way.pop(), into)
            above = way[-1] if way else None
            found = into if depth == 0 else None
            if above is not None:
                found = _counterpart(source, node, target, above)
            if found is not None:
                target.write(found, source.values(node))
            way.append(found)
        while way:
            _drop(target, way.pop(), into)
    release_all(source, [node for depth, node in listed if depth])


def _listed(source: Backend, top: Node) -> list[tuple[int, Node]]:
    """A key and all below it, in pre-order, each with its depth."""
    listed: list[tuple[int, Node]] = []
    stack: list[tuple[int, Node]] = [(0, top)]
    while stack:
        depth, node = stack.pop()
        listed.append((depth, node))
        children = ask.below(source, node, top)
        stack.extend([(depth + 1, child) for child in reversed(children)])
    return listed


def _counterpart(source: Backend, node: Node, target: Backend, above: Node) -> Node | None:
    """The key of the target that a key of the source is copied into, made where it is missing.

    None where that is a link which the target makes itself; what is below it is left out, too.
    """
    facts = source.info(node)
    name = node.name
    if facts.flags & KEY_LINK and ask.has_own_link(target, above, name):
        return None
    child = ask.seen_child(target, above, name)
    if child is not None:
        return child
    flags = facts.flags & (_KEPT | KEY_VOLATILE if target.keeps_volatile else _KEPT)
    security = source.security(node)
    if not ask.may_give(target, security):  # who copies under his own name has keys of his own
        security = b""
    made, _ = target.create(above, [name], MAXIMUM_ALLOWED, flags, facts.class_name, security)
    return made


def _drop(backend: Backend, node: Node | None, kept: Node) -> None:
    """Release a node, but one that is the caller's."""
    if node is not None and node is not kept:
        backend.release(node)


def clear(backend: Backend, node: Node) -> None:
    """Delete all that a key holds, and keep the key; as a whole or not at all.

    A link that the registry itself makes stays, and so does what it leads to: that is of another
    hive, as a rule, and no hive that is restored would bring it back.
    """
    with AllOrNone(backend):
        for child in backend.subkeys(node):
            if not (ask.has_own_link(backend, node, child.name) and ask.is_fixed(backend, child)):
                backend.delete(child, True)
            backend.release(child)
        for value in backend.values(node):
            backend.remove(node, value.name)


def empty(backend: Backend, top: Node) -> None:
    """Delete all that a key holds, and all that the roots, mounts and own links below it hold.

    These stay, and so does the key; as a whole or not at all.
    """
    with AllOrNone(backend):
        stack = [top]
        while stack:
            node = stack.pop()
            for child in ask.below(backend, node, top):
                if ask.is_fixed(backend, child):
                    stack.append(child)
                else:
                    backend.release(child)
            _empty_one(backend, node)
            _drop(backend, node, top)


def _empty_one(backend: Backend, node: Node) -> None:
    # Where two trees lie over each other, what was below shows when what was above it is gone.
    is_more = True
    while is_more:
        is_more = False
        for child in backend.subkeys(node):
            if not ask.is_fixed(backend, child):
                backend.delete(child, True)
                is_more = True
            backend.release(child)
    values = backend.values(node)
    while values:
        for value in values:
            backend.remove(node, value.name)
        values = backend.values(node)


def save(
    source: Backend,
    top: Node,
    file: str,
    minor: int = 5,
    *,
    keep_volatile: bool = False,
    as_seen: bool = False,
) -> None:
    """Write a key and all below it into a new hive file; volatile keys are left out.

    Args:
        source: The registry.
        top: The key, which becomes the root of the hive.
        file: The new file, which must not exist.
        minor: Format version, 3 or 5.
        keep_volatile: Keep volatile keys, for a hive that is volatile as a whole.
        as_seen: Go through the links that the registry itself makes, as Whole.below does.

    Raises:
        AccessDeniedError: The privilege to save is needed, and missing (1314).
    """
    source, top = ask.unguarded(source, top, privilege=SE_BACKUP)
    try:
        composer = _composed(source, top, minor, keep_volatile, as_seen)
    except AccessDeniedError:  # a key may not be read: perhaps it may be saved
        if not (isinstance(source, Saving) and source.save_file(top, file, minor)):
            raise
        return
    write_new(FileDisk(), file, composer.finish())


def snapshot(source: Backend, top: Node) -> Backend:
    """A key and all below it as they are now, as a hive in memory; volatile keys are left out.

    Args:
        source: The registry.
        top: The key, which becomes the root of the hive.

    Raises:
        AccessDeniedError: The privilege to save is needed, and missing (1314).
    """
    if isinstance(source, Fetching):
        data = source.fetch_hive(top)
    else:
        source, top = ask.unguarded(source, top, privilege=SE_BACKUP)
        data = _composed(source, top, 5, False, False).finish()
    disk = MemoryDisk()
    write_new(disk, _SNAPSHOT, data)
    return HiveBackend(open_hive(_SNAPSHOT, disk=disk))


def _composed(
    source: Backend, top: Node, minor: int, keep_volatile: bool, as_seen: bool
) -> Composer:
    """A hive of a key and all below it."""
    kept = _KEPT | KEY_VOLATILE if keep_volatile else _KEPT
    composer = Composer(minor, source.info(top).last_written, default_descriptor())
    stack: list[Node | None] = [top]
    while stack:
        node = stack.pop()
        if node is None:
            composer.leave()
            continue
        facts = source.info(node)
        if facts.flags & KEY_VOLATILE and node is not top and not keep_volatile:
            source.release(node)
            continue
        security = source.security(node)
        name = facts.name or "ROOT" if node is top else facts.name
        composer.enter(name, facts.last_written, facts.class_name, security, facts.flags & kept)
        for value in source.values(node):
            composer.value(value)
        stack.append(None)
        below = ask.below(source, node, top) if as_seen else source.subkeys(node)
        stack.extend(reversed(below))
        _drop(source, node, top)
    return composer


def restore(target: Backend, node: Node, file: str) -> None:
    """Replace what a key holds, and all below it, by what a hive file holds.

    Args:
        target: The registry.
        node: The key; it stays, under its name.  Keys below it are deleted.
        file: The hive.

    Raises:
        AccessDeniedError: The privilege to restore is needed, and missing (1314).
    """
    target, node = ask.unguarded(target, node, privilege=SE_RESTORE)
    source = open_read_only(file)
    try:
        with AllOrNone(target):
            clear(target, node)
            copy(source, source.root(), target, node)
    finally:
        source.close()
