"""Windows' registry functions that CPython's winreg lacks, with its keys, data and errors.

A key is what winreg gives: a PyHKEY, its number, or one of the HKEY_ constants.  A path of ""
or None is the key itself.  Rights are needed as with winreg: of the handle itself where there is
no path.
"""

from __future__ import annotations

import threading

from anyreg.backends import ask
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.winapi import files, keys, notify, trees, values
from anyreg.winapi import key_security as _key_security
from anyreg.winapi.arguments import as_handle
from anyreg.winapi.builtin import translating
from anyreg.winapi.constants import KEY_ALL_ACCESS
from anyreg.winapi.conversions import to_python, to_raw
from anyreg.winapi.get_value import get_value as _get_value
from anyreg.winapi.handles import resolve
from anyreg.winapi.hkey import PyHKEY, make_hkey
from anyreg.winapi.keys import KeyCounts

AnyKey = PyHKEY | int
"""What can be given for a key."""


@translating
def create_key(
    key: AnyKey,
    sub_key: str | None,
    access: int = KEY_ALL_ACCESS,
    *,
    options: int = 0,
    class_name: str = "",
    descriptor: bytes = b"",
) -> tuple[PyHKEY, bool]:
    """RegCreateKeyEx with all that CreateKeyEx leaves out.

    Args:
        key: A key.
        sub_key: A path below it.
        access: The rights of the new handle, and a view.
        options: REG_OPTION_VOLATILE for a key that is gone with the registry's last user;
            REG_OPTION_CREATE_LINK for a symbolic link.
        class_name: Class name of the key, if it is made.
        descriptor: Its self-relative security descriptor, if it is made.  What it lacks, or all
            without one, is inherited from its parent, or is whose key it is.

    Returns:
        The key, and whether it was made.
    """
    number, made = keys.create_key(
        as_handle(key),
        sub_key or "",
        options,
        access,
        class_name=class_name,
        descriptor=descriptor,
    )
    return make_hkey(number), made


@translating
def delete_open_key(key: AnyKey) -> None:
    """NtDeleteKey: delete the key of a handle; of a link that was opened itself, the link.

    Args:
        key: The key.
    """
    handle = resolve(as_handle(key))
    handle.backend.delete(handle.node, False)


@translating
def rename_key(key: AnyKey, sub_key: str | None, new_name: str) -> None:
    """RegRenameKey: give a key another name; handles of it stay valid.

    Args:
        key: A key.
        sub_key: A path below it; "" or None is the key itself.
        new_name: A name, not a path.

    Raises:
        PermissionError: There is such a key, or only the case would change (5).
        FileNotFoundError: There is no such key (2).
        OSError: The new name is empty, a path, or too long (87).
    """
    trees.rename_key(as_handle(key), sub_key or "", new_name)


@translating
def copy_tree(key: AnyKey, sub_key: str | None, target: AnyKey) -> None:
    """RegCopyTree: copy values and subkeys of a key into another, over what it has already.

    Args:
        key: A key.
        sub_key: A path below it; "" or None is the key itself.
        target: The key that is copied into.
    """
    trees.copy_tree(as_handle(key), sub_key or "", as_handle(target))


@translating
def delete_tree(key: AnyKey, sub_key: str | None = None) -> None:
    """RegDeleteTree: delete a key and all below it; without a path, all that the key holds.

    Args:
        key: A key.
        sub_key: A path below it.
    """
    trees.delete_tree(as_handle(key), sub_key or "")


@translating
def delete_key_value(key: AnyKey, sub_key: str | None, name: str | None) -> None:
    """RegDeleteKeyValue: delete a value of a key at a path.

    Args:
        key: A key.
        sub_key: A path below it; "" or None is the key itself.
        name: The value's name; None or "" is the default value.
    """
    trees.delete_key_value(as_handle(key), sub_key or "", name or "")


@translating
def set_key_value(
    key: AnyKey, sub_key: str | None, name: str | None, type: int, value: object
) -> None:
    """RegSetKeyValue: set a value of a key at a path; the key is made where it is missing.

    Args:
        key: A key.
        sub_key: A path below it.
        name: The value's name.
        type: A REG_ constant or any other number of 32 bits.
        value: What winreg.SetValueEx takes for the type.
    """
    trees.set_key_value(as_handle(key), sub_key or "", name or "", type, to_raw(type, value))


@translating
def get_value(
    key: AnyKey, sub_key: str | None, name: str | None, flags: int = 0xFFFF
) -> tuple[object, int]:
    """RegGetValue: a value of a key at a path, if it is of one of the types asked for.

    Args:
        key: A key.
        sub_key: A path below it.
        name: The value's name.
        flags: RRF_ constants: the types that are let through, RRF_NOEXPAND to have a
            REG_EXPAND_SZ as it is, RRF_SUBKEY_WOW64... for a view.

    Returns:
        Data and type, as winreg.QueryValueEx gives them.

    Raises:
        FileNotFoundError: There is no such key or value (2).
        OSError: It is of another type (1630), or a REG_BINARY of another size (1629), or the
            flags contradict each other (87).
    """
    found = _get_value(as_handle(key), sub_key or "", name or "", flags)
    return to_python(found.type, found.raw), found.type


@translating
def query_raw(key: AnyKey, name: str | None) -> tuple[bytes, int]:
    """RegQueryValueEx: the stored bytes of a value, and its type.

    Args:
        key: The key.
        name: The value's name; None or "" is the default value.
    """
    found = values.query_value(as_handle(key), name or "")
    return found.raw, found.type


@translating
def set_raw(key: AnyKey, name: str | None, type: int, raw: bytes) -> None:
    """RegSetValueEx: set a value to these bytes, whatever its type asks for.

    Args:
        key: The key.
        name: The value's name; None or "" is the default value.
        type: Any number of 32 bits.
        raw: The bytes.
    """
    values.set_value(as_handle(key), name or "", type, raw)


@translating
def query_info(key: AnyKey) -> KeyCounts:
    """RegQueryInfoKey: all that it tells, where QueryInfoKey leaves most out.

    Args:
        key: The key.
    """
    return keys.query_info(as_handle(key))


@translating
def nt_path(key: AnyKey) -> str:
    r"""The full path of a key as the kernel names it, such as \Registry\Machine\SOFTWARE.

    Args:
        key: The key.
    """
    handle = resolve(as_handle(key))
    return ask.nt_path(handle.backend, handle.node)


@translating
def get_key_security(key: AnyKey, information: int) -> bytes:
    """RegGetKeySecurity: parts of a key's security descriptor.

    Args:
        key: The key.
        information: Which parts, by their bits of SECURITY_INFORMATION: owner 1, group 2, DACL 4,
            SACL 8, label 0x10, attributes 0x20, policy 0x40, trust label 0x80, all 0x10000.  The
            SACL, and all, need ACCESS_SYSTEM_SECURITY, the others READ_CONTROL.

    Returns:
        A self-relative descriptor that has these parts alone.

    Raises:
        PermissionError: The handle has not the right (5).

    Examples:
        >>> from anyreg import winapi, winreg
        >>> with anyreg.open("memory:") as registry, anyreg.use(registry):
        ...     owner = winapi.get_key_security(winreg.HKEY_CURRENT_USER, 1)
        >>> anyreg.security.descriptor.SecurityDescriptor.from_bytes(owner).owner
        Sid.parse('S-1-5-32-544')
    """
    return _key_security.get_key_security(as_handle(key), information).build()


@translating
def set_key_security(key: AnyKey, information: int, descriptor: bytes) -> None:
    """RegSetKeySecurity: set parts of a key's security descriptor, and leave the others alone.

    Keys below are not touched, and nothing is inherited; see Key.grant() for that.

    Args:
        key: The key.
        information: Which parts, as in get_key_security(); 0x80000000 and 0x20000000 begin and end
            the protection of the DACL.  WRITE_OWNER is needed for the owner, the group and the
            label, WRITE_DAC for the DACL and attributes, ACCESS_SYSTEM_SECURITY for the SACL.
        descriptor: A self-relative descriptor that has them.

    Raises:
        PermissionError: The handle has not the right (5).
        OSError: No part is named (87), or the bytes are no descriptor that has the parts (1338).
    """
    given = SecurityDescriptor.from_bytes(descriptor)
    _key_security.set_key_security(as_handle(key), information, given)


@translating
def save_key(key: AnyKey, file: str, format: int = 2) -> None:
    """RegSaveKeyEx: write a key and all below it into a new hive file.

    Args:
        key: A key.
        file: The file, which must not exist.
        format: 1 for version 1.3, 2 or 4 for version 1.5.
    """
    files.save_key(as_handle(key), file, format)


@translating
def restore_key(key: AnyKey, file: str, flags: int = 0) -> None:
    """RegRestoreKey: replace all that a key holds by what a hive file holds.

    Args:
        key: A key.
        file: The hive.
        flags: REG_FORCE_RESTORE (8), or 0.
    """
    files.restore_key(as_handle(key), file, flags)


@translating
def unload_key(key: AnyKey, sub_key: str) -> None:
    """RegUnLoadKey: take away a hive that winreg.LoadKey() has mounted.

    Args:
        key: HKEY_LOCAL_MACHINE or HKEY_USERS.
        sub_key: The name that it has there.
    """
    files.unload_key(as_handle(key), sub_key)


@translating
def replace_key(key: AnyKey, sub_key: str, new_file: str, old_file: str) -> None:
    """RegReplaceKey: give a mounted hive another file when it is mounted anew.

    Args:
        key: HKEY_LOCAL_MACHINE or HKEY_USERS.
        sub_key: Where the hive is mounted.
        new_file: A hive; it is moved.
        old_file: The name under which the old file is kept, which must be free.
    """
    files.replace_key(as_handle(key), sub_key, new_file, old_file)


@translating
def load_app_key(file: str, access: int = KEY_ALL_ACCESS) -> PyHKEY:
    """RegLoadAppKey: open a hive file that stands nowhere in the registry.

    Args:
        file: The hive; it is made where it is missing.
        access: The rights of the handle.

    Returns:
        Its root key.  The file is closed with the last handle of a key in it.
    """
    return make_hkey(files.load_app_key(file, access))


@translating
def wait_for_change(
    key: AnyKey,
    subtree: bool = False,
    filter: int = 5,
    timeout: float | None = None,
    stop: threading.Event | None = None,
    *,
    poll: float | None = None,
) -> bool:
    """RegNotifyChangeKeyValue, not asynchronous, with an end: wait until something changes.

    Args:
        key: A key that was opened with KEY_NOTIFY.
        subtree: Also look at all keys below.
        filter: REG_NOTIFY_CHANGE_ constants: what counts; names and values by default.
        timeout: Seconds to wait at most; None for ever.
        stop: Ends the waiting when it is set.
        poll: Look every so many seconds, where the registry or its file system reports no changes.

    Returns:
        Whether something changed, or the key's handle was closed; False when the time was over, or
        `stop` set.

    Raises:
        OSError: The registry reports no changes (50).
    """
    return notify.wait_for_change(as_handle(key), subtree, filter, timeout, stop, poll=poll)


@translating
def notify_change_key_value(
    key: AnyKey,
    subtree: bool,
    filter: int,
    event: notify.Settable | None,
    asynchronous: bool = True,
    *,
    poll: float | None = None,
) -> None:
    """RegNotifyChangeKeyValue: have an event set at the next change of a key, once.

    The first call on a handle decides for all later ones what is reported.  The event is reset
    first.  It is also set when the key is deleted, its handle closed, or the thread ends that has
    called this (but with REG_NOTIFY_THREAD_AGNOSTIC).  Setting what is there already, reading and
    flushing are no changes.

    Args:
        key: A key that was opened with KEY_NOTIFY.
        subtree: Also report changes of keys below.
        filter: REG_NOTIFY_CHANGE_ constants: what counts.
        event: An Event, or what has set() and reset().
        asynchronous: Return at once; else wait for the change, without an event.
        poll: Look every so many seconds, where the registry or its file system reports no changes.

    Raises:
        OSError: There is no event, or no such filter (87); the registry reports no changes (50).
        PermissionError: The key was not opened with KEY_NOTIFY (5).
    """
    notify.notify_change_key_value(as_handle(key), subtree, filter, event, asynchronous, poll=poll)
