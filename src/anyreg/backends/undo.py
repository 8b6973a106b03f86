"""Taking changes back: keys are put into the very state that they had, times included.

What is taken back comes as items (anyreg.history.items), each with the state before and the
state after.  Everything is compared with the state after first, and nothing has changed yet when
something else is found: that is a conflict.  Then, in one transaction of the caller:

1. trees that had come are deleted,
2. renamed keys get their names back, all at once, as two may have swapped them,
3. trees that had gone are built,
4. keys that stayed get back their facts and values, and their time last of all.

A key whose time alone is another one, since a subkey of it has come or gone, is no conflict; it
keeps that time.  Nor are values of a key that the change had nothing to do with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from anyreg.backends import ask
from anyreg.backends.base import MAXIMUM_ALLOWED, Backend, release_all
from anyreg.errors import AccessDeniedError, ConflictError
from anyreg.facts import Facts
from anyreg.history.items import ChangedKey, Item, TreeKey, TreeTop
from anyreg.names import fold
from anyreg.regf.layout import KEY_COMPRESSED, KEY_LINK, KEY_PREDEFINED, KEY_VOLATILE, MAX_DEPTH
from anyreg.values import Node, Value

_GIVEN: Final = KEY_LINK | KEY_PREDEFINED | KEY_VOLATILE


def facts_of(backend: Backend, node: Node) -> Facts:
    """What a key of any backend is of its own."""
    known = backend.info(node)
    flags = known.flags & ~KEY_COMPRESSED
    return Facts(known.class_name, backend.security(node), flags, known.last_written)


def tree_items(
    backend: Backend, top: Node, deepest: int = MAX_DEPTH, denied_ok: bool = False
) -> Iterator[TreeKey]:
    """A key and all below it, in pre-order.

    Args:
        backend: Where it is.
        top: The key.
        deepest: How many levels below it count.
        denied_ok: Leave out keys below it that may not be read.
    """
    stack: list[tuple[Node, int]] = [(top, 0)]
    while stack:
        node, depth = stack.pop()
        try:
            facts = facts_of(backend, node)  # which also says what it is called now
            values = backend.values(node)
            children = ask.below(backend, node, top) if depth < deepest else []
        except AccessDeniedError:
            if not denied_ok or not depth:
                raise
            backend.release(node)
            continue
        yield TreeKey(depth, node.name, facts, values)
        stack += [(child, depth + 1) for child in reversed(children)]
        if depth:
            backend.release(node)


def made_key(backend: Backend, parent: Node, item: TreeKey) -> Node:
    """A new key of the kind that an item is of; its values and its time are still to be set."""
    facts = item.facts
    given = facts.flags & _GIVEN
    made, _ = backend.create(
        parent, [item.name], MAXIMUM_ALLOWED, given, facts.class_name, facts.descriptor
    )
    return made


class TreeBuilder:
    """Makes a tree of keys that come in pre-order; a key gets its time behind all below it."""

    def __init__(self, backend: Backend, parent: Node) -> None:
        self._backend = backend
        self._parent = parent
        self._open: list[tuple[Node, Facts]] = []

    def add(self, item: TreeKey) -> None:
        """The next key."""
        self._leave(item.depth)
        above = self._open[-1][0] if self._open else self._parent
        facts = item.facts
        node = made_key(self._backend, above, item)
        if item.values:
            ask.rewrite(self._backend, node, facts, item.values)
        self._open.append((node, facts))

    def finish(self) -> None:
        """There is no further key."""
        self._leave(0)

    def _leave(self, depth: int) -> None:
        while len(self._open) > depth:
            node, facts = self._open.pop()
            ask.rewrite(self._backend, node, facts, None)
            self._backend.release(node)


def looked_at(items: Iterator[Item]) -> Iterator[tuple[list[str], bool]]:
    """The keys that an Undo needs: the names of each, and whether all below it counts.

    Args:
        items: What is to be taken back.
    """
    above: list[str] = []
    for item in items:
        if isinstance(item, ChangedKey):
            yield item.path_after, item.is_renamed
            if item.is_renamed:
                yield [*item.path_after[:-1], item.path_before[-1]], True
        elif isinstance(item, TreeTop):
            above = item.parent_after
            yield above, False
        elif isinstance(item, TreeKey) and item.depth == 0:
            yield [*above, item.name], True


class Undo:
    """Takes the items of one record back, in the transaction under way."""

    def __init__(
        self, backend: Backend, items: Callable[[], Iterator[Item]], forced: bool = False
    ) -> None:
        """Get ready; the items are read several times.

        Args:
            backend: The hive.
            items: Begins to read them.
            forced: Do not look whether anything else has changed the keys.
        """
        self._backend = backend
        self._items = items
        self._forced = forced
        self._out: list[Node] = []  # what was opened, until all is done

    def run(self) -> None:
        """Look for conflicts, and take everything back.

        Raises:
            ConflictError: Something else has changed a key since.
        """
        try:
            self._run()
        finally:
            release_all(self._backend, self._out)
            self._out = []

    def _run(self) -> None:
        if not self._forced:
            self._compare()
        keys = [item for item in self._items() if isinstance(item, ChangedKey)]
        nodes: list[Node | None] = [self._find(item.path_after) for item in keys]
        times = [0 if n is None else self._backend.info(n).last_written for n in nodes]
        self._delete_trees()
        self._rename(keys, nodes)
        self._build_trees()
        for item, node, written in zip(keys, nodes, times, strict=True):
            self._put_back(item, node, written)

    def _find(self, path: list[str]) -> Node | None:
        return self._opened(self._backend.root(), path)

    def _opened(self, start: Node, names: list[str]) -> Node | None:
        found = self._backend.open(start, names)
        if found is not None:
            self._out.append(found)
        return found

    # Conflicts

    def _compare(self) -> None:
        leaving: set[tuple[str, ...]] = set()  # places that will be free
        wanted: list[list[str]] = []  # places that must be free then
        walk: list[tuple[Node, int, list[str]]] = []  # of a tree, what must come next
        top: TreeTop | None = None
        path: list[str] = []  # of the tree's key
        for item in self._items():
            if isinstance(item, TreeKey) and top is not None:
                path = [*path[: len(top.parent_after) + item.depth], item.name]
                if not top.is_gone:
                    if item.depth == 0:
                        walk = [(self._expect(path), 0, path)]
                        leaving.add(_folded(path))
                    walk = self._compare_tree_key(walk, item, path)
                elif item.depth == 0:
                    wanted.append(path)
                continue
            self._require_end(walk)
            walk = []
            if isinstance(item, TreeTop):
                top = item
                path = item.parent_after
                self._expect(path)
            elif isinstance(item, ChangedKey):
                self._compare_key(item)
                if item.is_renamed:
                    leaving.add(_folded(item.path_after))
                    wanted.append([*item.path_after[:-1], item.path_before[-1]])
        self._require_end(walk)
        for place in wanted:
            if _folded(place) not in leaving and self._find(place) is not None:
                raise _conflict(place, "there is another key of that name")

    def _expect(self, path: list[str]) -> Node:
        node = self._find(path)
        if node is None:
            raise _conflict(path, "the key is gone")
        return node

    def _compare_tree_key(
        self, walk: list[tuple[Node, int, list[str]]], item: TreeKey, wanted: list[str]
    ) -> list[tuple[Node, int, list[str]]]:
        """Look at the next key of a tree that must be as it came; what must follow."""
        if not walk:
            raise _conflict(wanted, "the key is gone")
        node, depth, path = walk.pop()
        if depth > item.depth:
            raise _conflict(path, "the key is new")
        if depth < item.depth or node.name != item.name:
            raise _conflict(wanted, "the key is gone, or another one is new")
        facts = facts_of(self._backend, node)
        if not facts.same_but_time(item.facts) or self._backend.values(node) != item.values:
            raise _conflict(path, "the key has changed since")
        below = self._backend.subkeys(node)
        walk.extend([(child, depth + 1, [*path, child.name]) for child in reversed(below)])
        if depth:
            self._backend.release(node)
        return walk

    def _require_end(self, walk: list[tuple[Node, int, list[str]]]) -> None:
        if walk:
            raise _conflict(walk[-1][2], "the key is new")

    def _compare_key(self, item: ChangedKey) -> None:
        node = self._expect(item.path_after)
        facts = facts_of(self._backend, node)
        other_name = bool(item.path_after) and node.name != item.path_after[-1]
        if other_name or not facts.same_but_time(item.after):
            raise _conflict(item.path_after, "the key has changed since")
        if not item.hunks:
            return
        values = self._backend.values(node)
        same = len(values) == item.count_after
        for hunk in item.hunks:
            end = hunk.at_after + len(hunk.after)
            same = same and values[hunk.at_after : end] == hunk.after
        if not same:
            raise _conflict(item.path_after, "its values have changed since")

    # Changes

    def _delete_trees(self) -> None:
        top: TreeTop | None = None
        for item in self._items():
            if isinstance(item, TreeTop):
                top = item
            elif (
                isinstance(item, TreeKey)
                and item.depth == 0
                and top is not None
                and not top.is_gone
            ):
                self._delete([*top.parent_after, item.name])

    def _delete(self, path: list[str]) -> None:
        node = self._find(path)
        if node is not None:
            self._backend.delete(node, True)

    def _rename(self, keys: list[ChangedKey], nodes: list[Node | None]) -> None:
        """Give keys their names back; first each one that stands in another's way another name."""
        backend = self._backend
        renamed = [(item, n) for item, n in zip(keys, nodes, strict=True) if item.is_renamed]
        taken = {_folded([*item.path_after[:-1], item.path_before[-1]]) for item, _ in renamed}
        for number, (item, node) in enumerate(renamed):
            if node is not None and _folded(item.path_after) in taken:
                backend.rename(node, f"anyreg {number} {item.path_after[-1]}"[:255])
        for item, node in renamed:
            if node is None:
                continue
            name = item.path_before[-1]
            parent = self._parent_of(node)
            there = self._opened(parent, [name])
            if there is not None and backend.names(there) != backend.names(node):
                backend.delete(there, True)  # by force: something else has taken the name
            backend.rename(node, name)

    def _parent_of(self, node: Node) -> Node:
        found = self._find(self._backend.names(node)[:-1])
        assert found is not None
        return found

    def _build_trees(self) -> None:
        builder: TreeBuilder | None = None
        top: TreeTop | None = None
        for item in self._items():
            if isinstance(item, TreeKey) and top is not None and top.is_gone:
                if item.depth == 0:
                    self._delete([*top.parent_before, item.name])  # by force
                    builder = TreeBuilder(self._backend, self._made(top.parent_before))
                assert builder is not None
                builder.add(item)
                continue
            if builder is not None:
                builder.finish()
                builder = None
            top = item if isinstance(item, TreeTop) else None
        if builder is not None:
            builder.finish()

    def _made(self, path: list[str]) -> Node:
        """The key at a path; one that is missing, which force lets pass, is made."""
        made, _ = self._backend.create(self._backend.root(), path)
        self._out.append(made)
        return made

    def _put_back(self, item: ChangedKey, node: Node | None, written: int) -> None:
        found = self._made(item.path_before) if node is None else node
        values: list[Value] | None = None
        if item.hunks:
            values = _values_before(item, self._backend.values(found))
        before = item.before
        if node is not None and written != item.after.last_written:  # somebody else's time
            before = Facts(before.class_name, before.descriptor, before.flags, written)
        ask.rewrite(self._backend, found, before, values)


def _values_before(item: ChangedKey, present: list[Value]) -> list[Value]:
    """What a key's values become: hunks by their place, or by force by their names."""
    matches = len(present) == item.count_after
    for hunk in item.hunks:
        end = hunk.at_after + len(hunk.after)
        matches = matches and present[hunk.at_after : end] == hunk.after
    if not matches:
        return _merged(item, present)
    values: list[Value] = []
    at = 0
    for hunk in item.hunks:
        values.extend(present[at : hunk.at_after])
        values.extend(hunk.before)
        at = hunk.at_after + len(hunk.after)
    values.extend(present[at:])
    return values


def _merged(item: ChangedKey, present: list[Value]) -> list[Value]:
    before = [value for hunk in item.hunks for value in hunk.before]
    touched = {fold(value.name) for hunk in item.hunks for value in hunk.after}
    mine = {fold(value.name): value for value in before}
    kept: list[Value] = []
    for value in present:
        folded = fold(value.name)
        if folded in mine:
            kept.append(mine.pop(folded))
        elif folded not in touched:
            kept.append(value)
    return kept + list(mine.values())


def _folded(path: list[str]) -> tuple[str, ...]:
    return tuple([fold(name) for name in path])


def _conflict(path: list[str], why: str) -> ConflictError:
    return ConflictError(why, path="\\".join(path))
