r"""What is wrong with a path that leads to no key: it may be more than that the key is not there.

A root that does not exist, and names joined by slashes, are mistakes in the path: a default for
what is missing must not hide them.  But a slash is a character of names as well, as in
r"MIME\Database\Content Type\text/plain"; so it counts as a mistake only where what stands before it
is a key, or where the path has no backslash at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyreg.backends import ask
from anyreg.errors import AddressError, KeyNotFoundError, RegistryError
from anyreg.paths import ROOTS, is_rooted, join_path, root_like

if TYPE_CHECKING:
    from anyreg.backends.base import Backend
    from anyreg.values import Node


def missing(backend: Backend, node: Node, above: str | None, names: list[str]) -> RegistryError:
    """What to say of a path below a key that leads nowhere.

    Args:
        backend: The registry.
        node: The last key that there is.
        above: Its path; None for the root.
        names: The names that are left, of which the first is missing.
    """
    path = join_path(above or "", names[0])
    if ask.has_roots(backend, node):
        return _no_root(names[0]) or KeyNotFoundError("no such key", path=path)
    before, slash, _ = names[0].partition("/")
    is_whole = len(names) == 1 and above is None  # there was no backslash in the path
    if slash and (is_whole or (before and _is_there(backend, node, before))):
        return _slashes(path)
    if above is None and is_rooted(names[0]) and ask.is_fixed(backend, node):
        words = "a hive has no roots such as this: a path in it begins with a key of the hive"
        return AddressError(words, path="\\".join(names))
    return KeyNotFoundError("no such key", path=path)


def _is_there(backend: Backend, node: Node, name: str) -> bool:
    found = backend.open(node, [name])
    if found is not None:
        backend.release(found)
    return found is not None


def expect_root(backend: Backend, node: Node, names: list[str]) -> None:
    """Refuse a path from the top of a whole registry that begins with no root.

    Args:
        backend: The registry.
        node: The key where it begins.
        names: Its names.

    Raises:
        AddressError: It does.
    """
    if names and ask.has_roots(backend, node):
        error = _no_root(names[0])
        if error is not None:
            raise error


def _no_root(name: str) -> AddressError | None:
    """The error of a root that does not exist; None for one that a registry can have."""
    if is_rooted(name):
        return None
    if is_rooted(name.replace("/", "\\")):
        return _slashes(name)
    like = root_like(name)
    hint = f"did you mean {like}?" if like else f"expected one of {', '.join(ROOTS)}"
    return AddressError(f"there is no such root; {hint}", path=name)


def _slashes(path: str) -> AddressError:
    meant = path.replace("/", "\\")
    words = f"no such key; names are joined by backslashes: did you mean {meant}?"
    return AddressError(words, path=path)
