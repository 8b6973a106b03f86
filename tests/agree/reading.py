"""What more the oracles tell of a hive than their trees: class names and security descriptors."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

from agree.model import Node, tree_of
from oracles import need

SK_DESCRIPTOR_SIZE = 16  # in a security cell
SK_DESCRIPTOR = 20


class Besides(NamedTuple):
    """What stands beside the values of a key."""

    class_name: str
    descriptor: bytes


def besides_with_dissect(path: Path) -> list[Besides]:
    """Of every key in pre-order, as dissect.regf reads it."""
    regf = need("dissect")
    with path.open("rb") as file:
        hive = regf.RegistryHive(file)
        found: list[Besides] = []
        stack = [hive.root()]
        while stack:
            key = stack.pop()
            found.append(Besides(key.class_name or "", _descriptor(hive, key.cell.Security)))
            stack.extend(reversed(list(key.subkeys())))
        return found


def _descriptor(hive: Any, offset: int) -> bytes:
    cell: bytes = hive.cell_data(offset)
    assert cell[:2] == b"sk"
    (size,) = struct.unpack_from("<I", cell, SK_DESCRIPTOR_SIZE)
    return cell[SK_DESCRIPTOR : SK_DESCRIPTOR + size]


def classes_with_pyregf(path: Path) -> list[str]:
    """The class name of every key in pre-order, as libregf reads it."""
    file = need("pyregf").file()
    file.open(str(path))
    found: list[str] = []
    stack = [file.root_key]
    while stack:
        key = stack.pop()
        found.append(key.class_name or "")
        stack += [key.get_sub_key(at) for at in reversed(range(key.number_of_sub_keys))]
    file.close()
    return found


def besides_of(top: Node) -> list[Besides]:
    """Of every key of a model, in pre-order."""
    nodes = [top.at(path) for path in tree_of(top)]
    return [Besides(node.class_name, node.descriptor) for node in nodes]
