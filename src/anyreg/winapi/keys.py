r"""Keys through handles: open, create, delete, close, enumerate, and what a key tells of itself.

Names are looked at here, since the codes for a bad one are the functions' own: a leading
backslash, which only HKEY_CLASSES_ROOT forgives, a name of more than 256 units, a path of more than
32 names.  Everything else is the backend's: links, views, merged keys.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from anyreg.backends import ask
from anyreg.backends.abilities import Guarded
from anyreg.backends.base import Backend, Lent, release_all
from anyreg.backends.system_abilities import FilesThere
from anyreg.errors import KeyDeletedError
from anyreg.names import units
from anyreg.paths import split_path
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.creation import ANYBODY
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.inheritance import resolved_descriptor
from anyreg.values import Node
from anyreg.winapi.constants import (
    DELETE,
    KEY_ENUMERATE_SUB_KEYS,
    KEY_QUERY_VALUE,
    KEY_WOW64_RES,
    MAXIMUM_ALLOWED,
    REG_LEGAL_OPEN_OPTION,
    REG_LEGAL_OPTION,
    REG_OPTION_BACKUP_RESTORE,
    REG_OPTION_CREATE_LINK,
    REG_OPTION_OPEN_LINK,
    REG_OPTION_VOLATILE,
)
from anyreg.winapi.errors import (
    BAD_PATHNAME,
    INVALID_PARAMETER,
    NO_MORE_ITEMS,
    NOT_FOUND,
    windows_error,
)
from anyreg.winapi.handles import Handle, add, granted, is_predefined, resolve

_LONGEST_NAME: Final = 256  # in UTF-16 units
_DEEPEST_PATH: Final = 32  # names in one call
_PATH_TOO_DEEP: Final = 206  # ERROR_FILENAME_EXCED_RANGE


class KeyCounts(NamedTuple):
    """What RegQueryInfoKey tells, in the units of Windows: UTF-16 units and bytes.

    Attributes:
        subkeys: Number of subkeys.
        values: Number of values.
        last_written: FILETIME of the last change.
        class_name: The class name, "" where there is none.
        longest_subkey: Units of the longest name of a subkey.
        longest_class: Units of the longest class name of a subkey.
        longest_value: Units of the longest name of a value.
        longest_data: Bytes of the longest data of a value.
        descriptor: Bytes of the security descriptor.
    """

    subkeys: int
    values: int
    last_written: int
    class_name: str
    longest_subkey: int
    longest_class: int
    longest_value: int
    longest_data: int
    descriptor: int


def open_key(key: int, sub_key: str, options: int, access: int) -> int:
    """RegOpenKeyEx.

    Args:
        key: A handle.
        sub_key: A path below it; "" is the key itself.
        options: REG_OPTION_OPEN_LINK, REG_OPTION_BACKUP_RESTORE or 0.
        access: An access mask, with KEY_WOW64_... where a view is wanted.

    Returns:
        A new handle; of a predefined key itself the same one.
    """
    if options & ~REG_LEGAL_OPEN_OPTION:
        raise windows_error(INVALID_PARAMETER)
    rights = granted(access)
    parent = resolve(key)
    if not sub_key and is_predefined(key):
        return key
    view = access & KEY_WOW64_RES or parent.view
    link = bool(options & REG_OPTION_OPEN_LINK)
    backend = parent.backend
    if options & REG_OPTION_BACKUP_RESTORE and isinstance(backend, Guarded):
        # What is asked for does not count, only what the privileges give.
        opened, rights = backend.by_privilege(parent.node, checked(parent, sub_key), view, link)
        found = _there(opened)
    else:
        found = find(parent, sub_key, access | view, link)
        if access & MAXIMUM_ALLOWED:
            _narrow(backend, found, access)
    return add(Handle(backend, found, rights, view, parent.mark, link and _is_link(backend, found)))


def _narrow(backend: Backend, node: Node, access: int) -> None:
    """Leave a key what MAXIMUM_ALLOWED gives."""
    if isinstance(backend, Guarded):
        try:
            backend.narrow(node, access)
        except BaseException:
            backend.release(node)
            raise


def _is_link(backend: Backend, node: Node) -> bool:
    """Whether it is a symbolic link, whatever it was opened for."""
    world, inner = ask.unguarded(backend, node)
    return bool(world.info(inner).flags & KEY_LINK)


def create_key(
    key: int,
    sub_key: str,
    options: int,
    access: int,
    *,
    class_name: str = "",
    descriptor: bytes = b"",
) -> tuple[int, bool]:
    """RegCreateKeyEx.

    Args:
        key: A handle.
        sub_key: A path below it, made with its parents where it is missing.
        options: REG_OPTION_VOLATILE, REG_OPTION_CREATE_LINK or 0.
        access: As in open_key.
        class_name: Class name of the key, if it is made.
        descriptor: Its self-relative security descriptor, if it is made; b"" for the usual one,
            and parts that it lacks are the usual ones.

    Returns:
        A new handle, and whether the key was made.
    """
    if options & ~REG_LEGAL_OPTION:
        raise windows_error(INVALID_PARAMETER)
    rights = granted(access)
    parent = resolve(key)
    if not sub_key and is_predefined(key):
        return key, False
    view = access & KEY_WOW64_RES or parent.view
    link = bool(options & REG_OPTION_CREATE_LINK)
    flags = (KEY_VOLATILE if options & REG_OPTION_VOLATILE else 0) | (KEY_LINK if link else 0)
    names = checked(parent, sub_key)
    if descriptor:
        descriptor = _completed(parent, names, access | view, link, descriptor)
    node, created = parent.backend.create(
        parent.node, names, access | view, flags, class_name, descriptor
    )
    if access & MAXIMUM_ALLOWED and not created:
        _narrow(parent.backend, node, access)
    return add(Handle(parent.backend, node, rights, view, parent.mark, link)), created


def _completed(parent: Handle, names: list[str], access: int, link: bool, given: bytes) -> bytes:
    """A descriptor for a key that is to be made: its rights those of a key, and all its parts.

    A running Windows sees to that itself; a registry that is opened as somebody adds what is his.
    """
    backend = parent.backend
    if backend.is_live or isinstance(backend, FilesThere):
        return given
    read = SecurityDescriptor.from_bytes(given)
    if read.is_whole:
        return resolved_descriptor(read).build()
    if isinstance(backend, Guarded):
        return given
    found, rest = ask.reach(backend, parent.node, names, access, link)
    above = b"" if found is None else backend.security(found)
    if found is not None and found is not parent.node:
        backend.release(found)
    for _ in rest[:-1]:
        above = ANYBODY.inherited(above)
    return ANYBODY.given(above, given)


def delete_key(key: int, sub_key: str, view: int = 0) -> None:
    """RegDeleteKeyEx: delete a key that has no subkeys.

    Args:
        key: A handle.
        sub_key: A path below it; "" is the key itself.
        view: KEY_WOW64_64KEY, KEY_WOW64_32KEY or 0.
    """
    parent = resolve(key)
    with lent(parent, sub_key, DELETE | (view & KEY_WOW64_RES or parent.view)) as found:
        parent.backend.delete(found, False)


def find(parent: Handle, sub_key: str, access: int, link: bool = False) -> Node:
    """The key at a path below a handle's.

    Args:
        parent: The handle.
        sub_key: The path.
        access: What the key is opened for; with the bits of a view.
        link: Open a symbolic link itself.

    Raises:
        FileNotFoundError: There is none.
    """
    return _there(parent.backend.open(parent.node, checked(parent, sub_key), access, link))


def _there(found: Node | None) -> Node:
    if found is None:
        raise windows_error(NOT_FOUND)
    return found


def lent(parent: Handle, sub_key: str, access: int) -> Lent:
    """As find(), for the length of a block."""
    return Lent(parent.backend, find(parent, sub_key, access))


def made(parent: Handle, sub_key: str, access: int) -> Lent:
    """The key at a path below a handle's, made where it is missing, for the length of a block."""
    names = checked(parent, sub_key)
    node, _ = parent.backend.create(parent.node, names, access | parent.view)
    return Lent(parent.backend, node)


def checked(parent: Handle, path: str) -> list[str]:
    r"""The names of a path that may be looked up.

    Raises:
        FileNotFoundError: It begins with a backslash (161), or has too many names (206).
        OSError: A name is too long (87).
    """
    if path.startswith("\\"):
        if not parent.mark:
            raise windows_error(BAD_PATHNAME)
        path = path.lstrip("\\")
    names = split_path(path)
    if len(path) > _DEEPEST_PATH:  # else no limit can be met
        if len(names) > _DEEPEST_PATH:
            raise windows_error(_PATH_TOO_DEEP)
        for name in names:
            if units(name) > _LONGEST_NAME:
                raise windows_error(INVALID_PARAMETER)
    return names


def enum_key(key: int, index: int) -> str:
    """RegEnumKeyEx: the name of the subkey at an index; the subkeys are in order of name."""
    handle = resolve(key)
    handle.need(KEY_ENUMERATE_SUB_KEYS)
    found = handle.subkey(index) if index >= 0 else None
    if found is None:
        raise windows_error(NO_MORE_ITEMS)
    return found


def count(key: int) -> tuple[int, int, int]:
    """Of RegQueryInfoKey what is cheap: numbers of subkeys and values, time of the last change."""
    handle = resolve(key)
    handle.need(KEY_QUERY_VALUE)
    facts = handle.backend.info(handle.node)
    return facts.subkeys, facts.values, facts.last_written


def query_info(key: int) -> KeyCounts:
    """RegQueryInfoKey: of the keys below nothing is asked, as Windows keeps the lengths here."""
    handle = resolve(key)
    handle.need(KEY_QUERY_VALUE)
    handle = handle.unguarded(KEY_QUERY_VALUE)
    backend = handle.backend
    facts = backend.info(handle.node)
    children = backend.subkeys(handle.node)
    classes = [units(backend.info(child).class_name) for child in children]
    release_all(backend, children)
    records = handle.values()
    return KeyCounts(
        facts.subkeys,
        facts.values,
        facts.last_written,
        facts.class_name,
        max([units(child.name) for child in children], default=0),
        max(classes, default=0),
        max([units(value.name) for value in records], default=0),
        max([len(value.raw) for value in records], default=0),
        len(backend.security(handle.node)),
    )


def flush_key(key: int) -> None:
    """RegFlushKey: return when what was changed so far would survive a power cut."""
    handle = resolve(key)
    if not ask.is_alive(handle.backend, handle.node):
        raise KeyDeletedError("the key was deleted", path=handle.node.name)
    handle.backend.flush()
