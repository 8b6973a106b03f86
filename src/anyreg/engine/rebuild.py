"""Rebuilding: everything that can be read of a hive, laid out as a new and sound one.

It serves two purposes.  Of a damaged hive it keeps all that is readable (repair), also the keys
that nothing leads to; of a sound one it leaves out the free space (compact).  Keys and values that
a damaged hive holds twice under one name get a number behind their names: nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anyreg.engine.compose import Composer
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.salvage import Salvage
from anyreg.engine.tree import Tree
from anyreg.names import fold
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import (
    BASE_SIZE,
    BINS_START,
    KEY_COMPRESSED,
    NK_ACCESS_BITS,
    NK_MAX_SUBKEY_NAME,
    TYPE_PRIMARY,
)
from anyreg.regf.reads import u32
from anyreg.values import Value

LOST: Final = "Lost+Found"
"""The key below which keys come whose place in a damaged hive is not known."""


def rebuild(
    tree: Tree,
    base: BaseBlock,
    default_descriptor: bytes,
    moved: dict[int, int] | None = None,
    on_key: Callable[[], None] | None = None,
    salvage: Salvage | None = None,
) -> bytes:
    """Lay a tree out as a new hive file, clean and dense.

    Args:
        tree: What to keep.
        base: The base block whose name, flags and identities the new one keeps.
        default_descriptor: For keys whose own security descriptor cannot be read.
        moved: Filled with the new cell of each key's old one.
        on_key: Called for each key, to show progress.
        salvage: Also the keys that it has found: those that it has put apart below LOST.

    Returns:
        The bytes of the file.
    """
    composer = Composer(tree.minor, base.last_written, default_descriptor, True)
    stack: list[tuple[KeyNode | None, str]] = [(tree.root(), tree.root().name)]
    while stack:
        node, name = stack.pop()
        if node is None:
            if name:
                composer.enter(name, base.last_written)
            else:
                composer.leave()
            continue
        cell = composer.enter(
            name,
            node.last_written,
            tree.class_name(node),
            tree.descriptor(node),
            tree.flags(node) & ~KEY_COMPRESSED,
            u32(node.data, node.at + NK_ACCESS_BITS),
            u32(node.data, node.at + NK_MAX_SUBKEY_NAME) >> 16,
        )
        if moved is not None:
            moved[node.cell] = cell
        _add_values(composer, tree, node)
        stack.append((None, ""))
        children = tree.children(node) if salvage is None else salvage.children(node)
        names = _unique(tree, node, [child.name for child in children])
        if salvage is not None and salvage.apart and node.cell == tree.root_cell:
            stack += _apart(tree, salvage, _new_name(LOST, names))
        for index in range(len(children) - 1, -1, -1):
            stack.append((children[index], names[index]))
        if on_key is not None:
            on_key()
    return _with_base(composer.finish(), base)


def _apart(tree: Tree, salvage: Salvage, name: str) -> list[tuple[KeyNode | None, str]]:
    """What is to be done for the keys without a place, last things first.

    Those that had the same parent stand together, below a key named by where that was.
    """
    todo: list[tuple[KeyNode | None, str]] = [(None, "")]
    for parent, cells in salvage.apart.items():
        todo.append((None, ""))
        nodes = [tree.key(cell) for cell in cells]
        names = _unique(tree, nodes[0], [node.name for node in nodes])
        todo += list(zip(nodes, names, strict=True))
        todo.append((None, f"0x{BINS_START + parent:08x}"))
    todo.append((None, name))
    return todo


def _new_name(name: str, names: list[str]) -> str:
    """A name that is not among these: this one, or it with a number."""
    used = {fold(other) for other in names}
    number = 2
    unique = name
    while fold(unique) in used:
        unique = f"{name} ({number})"
        number += 1
    return unique


def _add_values(composer: Composer, tree: Tree, node: KeyNode) -> None:
    values, flags = tree.flagged_records(node)
    names = _unique(tree, node, [value.name for value in values])
    for index, value in enumerate(values):
        composer.value(Value(names[index], value.type, value.raw), flags[index])


def _unique(tree: Tree, node: KeyNode, names: list[str]) -> list[str]:
    """The names, those that come again with a number that makes them new, and noted."""
    used = {fold(name) for name in names}
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        number = 2
        unique = name
        if fold(name) in seen:
            tree.problems.note(BINS_START + node.cell, f"the same name twice: {name!r}")
            while fold(unique := f"{name} ({number})") in used:
                number += 1
            used.add(fold(unique))
        seen.add(fold(unique))
        result.append(unique)
    return result


def _with_base(hive: bytes, base: BaseBlock) -> bytes:
    """The hive with the identities of another one's base block."""
    laid = BaseBlock(hive[:BASE_SIZE])
    kept = BaseBlock(base.raw.ljust(BASE_SIZE, b"\0")[:BASE_SIZE])
    kept.type = TYPE_PRIMARY
    kept.major = laid.major
    kept.minor = laid.minor
    kept.format = laid.format
    kept.cluster = laid.cluster
    kept.flags = base.flags
    kept.root = laid.root
    kept.bins_size = laid.bins_size
    kept.primary_number = kept.secondary_number = base.primary_number
    return kept.build() + hive[BINS_START:]
