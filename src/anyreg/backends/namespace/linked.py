r"""Links that the registry itself makes, in its trees: each key of a tree comes once.

A registry shows keys in two places: behind the links that it makes itself (`own_links`), and under
roots that are other names.  Of the latter a tree of the whole registry keeps HKEY_CURRENT_USER,
which means something in any registry, rather than the user's SID; HKEY_CLASSES_ROOT and
HKEY_CURRENT_CONFIG are left out, since all in them stands elsewhere too.
"""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import VIEW_64, Backend
from anyreg.backends.control_sets import is_current, name_meant
from anyreg.backends.namespace.nodes import NamespaceNode
from anyreg.backends.namespace.own_links import HOLDERS, LINK_VALUE, is_own_place
from anyreg.errors import RegistryError
from anyreg.names import fold
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.types import Link
from anyreg.values import Value, encode

_LENGTHS: Final = frozenset([len(name) for name in HOLDERS])


def seen_below(node: NamespaceNode, top: NamespaceNode) -> list[NamespaceNode]:
    """The subkeys of a key with which a tree goes on that begins at another key."""
    found = node.subkeys()
    if len(node.name) not in _LENGTHS or fold(node.name) not in HOLDERS:
        return found
    seen: list[NamespaceNode] = []
    for child in found:
        target = child.own_target()
        through = _through(node, child, target, top) if target else child
        if through is not None:
            seen.append(through)
    return seen


def _through(
    node: NamespaceNode, link: NamespaceNode, target: list[str], top: NamespaceNode
) -> NamespaceNode | None:
    """What an own link leads to, under its name; None where a tree has it in its own place."""
    above = top.trail()
    is_inside = [fold(name) for name in target[: len(above)]] == [fold(name) for name in above]
    if is_inside and not (top.has_roots() and _is_users(target, node.realm.user)):
        return None
    try:
        found = node.find([link.name])
    except RegistryError as error:
        node.realm.note(f"{link.name} leads nowhere: {error}")
        return None
    return None if found is None else found.known_as(link.name)


def _is_users(names: list[str], user: str) -> bool:
    """Whether names lead to the classes of HKEY_CURRENT_USER."""
    return user != "" and fold(names[-1]) == fold(f"{user}_Classes")


def made_again(node: NamespaceNode, hive: Backend, name: str) -> NamespaceNode | None:
    """What a link of the registry leads to that is missing and was made again; None of others.

    Args:
        node: The key that lacks it.
        hive: The hive that the key is in.
        name: The name of the subkey that is to be made.
    """
    names = [*node.trail(), name]
    target = _own_target(node, hive, names) if is_own_place(names) else []
    if not target:
        return None
    link = node.create(name, "", b"", KEY_LINK | KEY_VOLATILE)
    path = "\\".join(["", "Registry", *target])
    link.write([Value(LINK_VALUE, *encode(Link(path)))])
    return node.realm.top.find(target, VIEW_64)


def _own_target(node: NamespaceNode, hive: Backend, names: list[str]) -> list[str]:
    if fold(names[-1]) == "CLASSES":
        classes = ["User", f"{names[1]}_Classes"]
        return classes if node.realm.has_mount(classes) else []
    meant = name_meant(hive) if is_current(names[-1]) else ""
    return [*names[:-1], meant] if meant else []
