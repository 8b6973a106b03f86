"""Trees of keys from one backend to another, and to and from hive files, by the verbs alone.

There is no recursion: a tree is up to 512 levels deep.  Volatile keys are never copied into a
file, and a symbolic link is copied as a link: but those that a registry itself makes are gone
through, on both sides, and never copied (see Readable.below).
"""

from __future__ import annotations

from anyreg.backends.base import AllOrNone, Backend
from anyreg.backends.readable import Readable
from anyreg.engine.compose import Composer
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.storage import write_new
from anyreg.regf.layout import KEY_LINK, KEY_PREDEFINED, KEY_VOLATILE
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Node

_KEPT = KEY_LINK | KEY_PREDEFINED


def copy_below(source: Readable, top: Node, target: Backend, into: Node) -> None:
    """Copy the values of a key, and all below it, into another key.

    What the target has already stays, unless the source has the same name: values are replaced,
    keys are gone into.  It happens as a whole or not at all.
    """
    with AllOrNone(target):
        # What is read must not change with what is written: all keys are listed first.
        for path, node in _listed(source, top):
            found = _made(source, node, target, into, path)
            if found is not None:
                target.write(found, source.values(node))


def _listed(source: Readable, top: Node) -> list[tuple[list[str], Node]]:
    listed: list[tuple[list[str], Node]] = []
    stack: list[tuple[list[str], Node]] = [([], top)]
    while stack:
        path, node = stack.pop()
        listed.append((path, node))
        children = source.below(node, top)
        stack.extend([([*path, child.name], child) for child in reversed(children)])
    return listed


def _made(
    source: Readable, node: Node, target: Backend, into: Node, path: list[str]
) -> Node | None:
    """The key of the target that a key of the source is copied into.

    None where that is a link which the target makes itself, or stands below one.
    """
    found = into
    for name in path[:-1]:
        child = target.seen_child(found, name)
        if child is None:  # parents come first: it was left out
            return None
        found = child
    if not path:
        return found
    facts = source.info(node)
    if facts.flags & KEY_LINK and target.has_own_link(found, path[-1]):
        return None
    child = target.seen_child(found, path[-1])
    if child is not None:
        return child
    flags = facts.flags & (_KEPT | KEY_VOLATILE if target.keeps_volatile else _KEPT)
    return target.create(found, path[-1], facts.class_name, source.get_security(node), flags)


def clear(backend: Backend, node: Node) -> None:
    """Delete all that a key holds, and keep the key; as a whole or not at all.

    A link that the registry itself makes stays, and so does what it leads to: that is of another
    hive, as a rule, and no hive that is restored would bring it back.
    """
    with AllOrNone(backend):
        for child in backend.subkeys(node):
            if not (backend.has_own_link(node, child.name) and backend.is_fixed(child)):
                backend.delete(child, True)
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
            below = backend.below(node, top)
            stack.extend([child for child in below if backend.is_fixed(child)])
            _empty_one(backend, node)


def _empty_one(backend: Backend, node: Node) -> None:
    # Where two trees lie over each other, what was below shows when what was above it is gone.
    below = [child for child in backend.subkeys(node) if not backend.is_fixed(child)]
    while below:
        for child in below:
            backend.delete(child, True)
        below = [child for child in backend.subkeys(node) if not backend.is_fixed(child)]
    values = backend.values(node)
    while values:
        for value in values:
            backend.remove(node, value.name)
        values = backend.values(node)


def save_tree(
    source: Readable,
    top: Node,
    file: str,
    minor: int,
    *,
    keep_volatile: bool = False,
    as_seen: bool = False,
) -> None:
    """See Backend.save.

    Args:
        source: The registry.
        top: The key.
        file: The new file.
        minor: Format version.
        keep_volatile: Keep volatile keys, for a hive that is volatile as a whole.
        as_seen: Go through the links that the registry itself makes, as Readable.below does.
    """
    kept = _KEPT | KEY_VOLATILE if keep_volatile else _KEPT
    composer = Composer(minor, source.fresh(top).last_written, default_descriptor())
    stack: list[Node | None] = [top]
    while stack:
        node = stack.pop()
        if node is None:
            composer.leave()
            continue
        facts = source.info(node)
        if facts.flags & KEY_VOLATILE and node is not top and not keep_volatile:
            continue
        known = source.fresh(node)
        security = source.get_security(node)
        flags = facts.flags & kept
        name = known.name or "ROOT" if node is top else known.name
        composer.enter(name, known.last_written, facts.class_name, security, flags)
        for value in source.values(node):
            composer.value(value)
        stack.append(None)
        below = source.below(node, top) if as_seen else source.subkeys(node)
        stack.extend(reversed(below))
    write_new(FileDisk(), file, composer.finish())


def restore_tree(target: Backend, node: Node, file: str) -> None:
    """See Backend.restore."""
    from anyreg.backends.hive import HiveBackend

    source = HiveBackend(open_hive(file))
    try:
        with AllOrNone(target):
            clear(target, node)
            target.copy(source, source.root(), node)
    finally:
        source.close()
