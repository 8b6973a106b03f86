"""Keys copied from one hive into another, or within one, without the layers above."""

from __future__ import annotations

from typing import Final

from anyreg.engine.editor import Editor
from anyreg.engine.key_reader import KeyNode
from anyreg.engine.tree import Tree
from anyreg.regf.layout import KEY_LINK, KEY_PREDEFINED

_COPIED_FLAGS: Final = KEY_LINK | KEY_PREDEFINED


def copy_keys(source: Tree, top: KeyNode, editor: Editor, target: int) -> None:
    """Copy the values of a key and all below it into another key.

    What the target has already stays, unless the source has the same name: values are replaced,
    keys are gone into.  The source may be of another hive.

    Args:
        source: Where the key is.
        top: The key.
        editor: The transaction of the other one.
        target: Its cell.

    Raises:
        HiveFullError: The hive cannot grow so far.
    """
    stack = [(top, target)]
    while stack:
        node, cell = stack.pop()
        editor.set_values(cell, source.records(node))
        for child in source.children(node):
            found = editor.tree.child(editor.tree.key(cell), child.name)
            if found is None:
                made = editor.create(
                    cell,
                    child.name,
                    source.class_name(child),
                    source.descriptor(child),
                    source.flags(child) & _COPIED_FLAGS,
                )
            else:
                made = found.cell
            stack.append((child, made))
