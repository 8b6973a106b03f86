"""winreg and winapi in a registry that is opened as somebody: the errors that Windows gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.security.sddl import parse_sddl
from anyreg.security.token import SE_BACKUP, SE_RESTORE, SE_SECURITY, SE_TAKE_OWNERSHIP, Token
from winapi.codes import fails

USER = "S-1-5-21-1-2-3-1001"
PATH = r"Software\Denied"
HKCU = winreg.HKEY_CURRENT_USER
QUERY, SET, MAKE, LIST, NOTIFY = 0x1, 0x2, 0x4, 0x8, 0x10
DELETE, CONTROL, DAC, OWNER = 0x10000, 0x20000, 0x40000, 0x80000
OPEN = f"O:{USER}G:SYD:(A;CI;KA;;;WD)"


def descriptor(text: str) -> bytes:
    return parse_sddl(text).build()


def denying(rights: int) -> bytes:
    return descriptor(f"O:SYG:SYD:(D;;0x{rights:x};;;{USER})(A;CI;KA;;;WD)")


@pytest.fixture
def registry() -> Iterator[anyreg.Registry]:
    """A key with a value and a subkey, in a user's registry where all is open."""
    with anyreg.open("memory:") as registry:
        registry.open("HKCU").descriptor = descriptor(OPEN)
        registry.open(r"HKCU\Software").descriptor = descriptor(OPEN)
        key = registry.create(rf"HKCU\{PATH}")
        key.descriptor = descriptor(OPEN)
        key.values["v"] = 1
        key.create("below").values["v"] = 2
        registry.create(r"HKCU\Software\Denied too")
        with anyreg.use(registry, Token.of(USER, "Users")):
            yield registry


def dump(key: anyreg.Key) -> list[object]:
    own = (key.name, key.class_name, key.last_written, key.descriptor, key.records())
    return [own, [dump(child) for child in key.children()]]


def opened(access: int = winreg.KEY_ALL_ACCESS) -> winreg.HKEYType:
    return winreg.OpenKey(HKCU, PATH, 0, access)


Call = Callable[[], object]
CALLS: dict[str, tuple[int, Call]] = {
    "QueryValue": (QUERY, lambda: winreg.QueryValue(HKCU, PATH)),
    "QueryValueEx": (QUERY, lambda: winreg.QueryValueEx(opened(QUERY), "v")),
    "EnumValue": (QUERY, lambda: winreg.EnumValue(opened(QUERY), 0)),
    "QueryInfoKey": (QUERY, lambda: winreg.QueryInfoKey(opened(QUERY))),
    "EnumKey": (LIST, lambda: winreg.EnumKey(opened(LIST), 0)),
    "SetValue": (SET, lambda: winreg.SetValue(HKCU, PATH, 1, "x")),
    "SetValueEx": (SET, lambda: winreg.SetValueEx(opened(SET), "v", 0, 4, 9)),
    "DeleteValue": (SET, lambda: winreg.DeleteValue(opened(SET), "v")),
    "CreateKey": (MAKE, lambda: winreg.CreateKey(HKCU, rf"{PATH}\new")),
    "CreateKey in a path": (MAKE, lambda: winreg.CreateKey(HKCU, rf"{PATH}\new\one")),
    "CreateKeyEx": (MAKE, lambda: winreg.CreateKeyEx(opened(MAKE), "new", 0, winreg.KEY_READ)),
    "CreateKeyEx of one": (SET, lambda: winreg.CreateKeyEx(HKCU, PATH, 0, winreg.KEY_WRITE)),
    "OpenKey to read": (QUERY, lambda: winreg.OpenKey(HKCU, PATH)),
    "OpenKeyEx to write": (SET, lambda: winreg.OpenKeyEx(HKCU, PATH, 0, winreg.KEY_WRITE)),
    "OpenKey for all": (OWNER, opened),
    "DeleteKeyEx": (DELETE, lambda: winreg.DeleteKeyEx(HKCU, PATH)),
    "delete_tree": (DELETE, lambda: winapi.delete_tree(HKCU, PATH)),
    "delete_tree in place": (SET, lambda: winapi.delete_tree(opened(0xF003F), "")),
    "rename_key": (SET, lambda: winapi.rename_key(HKCU, PATH, "renamed")),
    "copy_tree from": (LIST, lambda: winapi.copy_tree(HKCU, PATH, HKCU)),
    "copy_tree to": (MAKE, lambda: winapi.copy_tree(HKCU, PATH + " too", opened(MAKE | SET))),
    "set_key_value": (SET, lambda: winapi.set_key_value(HKCU, PATH, "v", 4, 1)),
    "delete_key_value": (SET, lambda: winapi.delete_key_value(HKCU, PATH, "v")),
    "get_value": (QUERY, lambda: winapi.get_value(HKCU, PATH, "v")),
    "get_key_security": (CONTROL, lambda: winapi.get_key_security(opened(CONTROL), 7)),
    "set the list": (DAC, lambda: winapi.set_key_security(opened(DAC), 4, descriptor(OPEN))),
    "set the owner": (OWNER, lambda: winapi.set_key_security(opened(OWNER), 1, descriptor(OPEN))),
    "wait_for_change": (NOTIFY, lambda: winapi.wait_for_change(opened(NOTIFY), timeout=0)),
}


@pytest.mark.parametrize("call", CALLS)
def test_what_is_denied_is_error_5_and_changes_nothing(
    registry: anyreg.Registry, call: str
) -> None:
    """Each function, where its right is the only one that is missing."""
    right, do = CALLS[call]
    registry.open(rf"HKCU\{PATH}").descriptor = denying(right)
    before = dump(registry.open(r"HKCU\Software"))
    with pytest.raises(PermissionError) as caught:
        do()
    assert caught.value.winerror == 5  # type: ignore[attr-defined]
    assert dump(registry.open(r"HKCU\Software")) == before


@pytest.mark.parametrize("call", [call for call in CALLS if call != "DeleteKeyEx"])
def test_what_is_allowed_works(registry: anyreg.Registry, call: str) -> None:
    """The same functions, where everything is allowed: it is the right that makes the error."""
    registry.open(rf"HKCU\{PATH}").values[""] = "x"
    CALLS[call][1]()


def test_a_handle_keeps_its_rights(registry: anyreg.Registry) -> None:
    """And has no more than it was opened with."""
    key = opened(winreg.KEY_WRITE)
    registry.open(rf"HKCU\{PATH}").descriptor = denying(0xF003F)
    winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 5)
    with fails(5):
        winreg.QueryValueEx(key, "v")
    with fails(5):
        opened(winreg.KEY_READ)


def test_a_made_key_is_open_for_what_was_asked(registry: anyreg.Registry) -> None:
    """Its own list is not asked by who makes it."""
    below = f"O:{USER}G:SYD:(A;;KA;;;{USER})(A;CIIO;KR;;;{USER})"
    registry.open(rf"HKCU\{PATH}").descriptor = descriptor(below)
    with winreg.CreateKeyEx(opened(MAKE), "new", 0, winreg.KEY_WRITE) as key:
        winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 5)
    with fails(5):
        winreg.OpenKey(HKCU, rf"{PATH}\new", 0, winreg.KEY_WRITE)
    owner = registry.open(rf"HKCU\{PATH}\new").owner
    assert owner is not None
    assert str(owner.sid) == USER


def test_all_that_can_be_had(registry: anyreg.Registry) -> None:
    """MAXIMUM_ALLOWED opens with less, and fails when nothing is left."""
    registry.open(rf"HKCU\{PATH}").descriptor = denying(SET)
    with winreg.OpenKey(HKCU, PATH, 0, 0x02000000) as key:
        assert winreg.QueryValueEx(key, "v") == (1, winreg.REG_DWORD)
        with fails(5):
            winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 5)
    registry.open(rf"HKCU\{PATH}").descriptor = descriptor("O:SYG:SYD:(A;;KA;;;SY)")
    with fails(5):
        winreg.OpenKey(HKCU, PATH, 0, 0x02000000)


def test_what_a_privilege_gives_must_be_asked_for_by_its_name(registry: anyreg.Registry) -> None:
    """MAXIMUM_ALLOWED does not count it, so who may take a key over cannot open it for that."""
    registry.open(rf"HKCU\{PATH}").descriptor = descriptor("O:SYG:SYD:(A;;KA;;;SY)")
    owned = descriptor(f"O:{USER}")
    with anyreg.use(registry, Token.of(USER, privileges=[SE_TAKE_OWNERSHIP, SE_SECURITY])):
        with fails(5):
            opened(0x02000000)
        with fails(5):
            winreg.CreateKey(HKCU, PATH)
        with opened(0x01080000) as key:
            winapi.set_key_security(key, 1, owned)
        with opened(0x02000000) as key:  # as the owner
            assert winapi.get_key_security(key, 4) == descriptor("D:(A;;KA;;;SY)")
            with fails(5):
                winapi.set_key_security(key, 1, owned)
            with fails(5):
                winapi.get_key_security(key, 8)
        with opened(0x03000000) as key:
            assert winapi.get_key_security(key, 8) == descriptor("")


def test_what_a_key_does_not_have_is_never_granted(registry: anyreg.Registry) -> None:
    """SYNCHRONIZE alone opens nothing; beside other rights it is no hindrance."""
    with fails(5):
        winreg.OpenKey(HKCU, PATH, 0, 0x00100000)
    winreg.OpenKey(HKCU, PATH, 0, 0x00120019).Close()


def test_the_sacl_is_asked_for_with_its_privilege(registry: anyreg.Registry) -> None:
    """Its error is another one."""
    with fails(1314):
        winreg.OpenKey(HKCU, PATH, 0, 0x01000000)


def test_saving_and_the_like_need_privileges(registry: anyreg.Registry, tmp_path: Path) -> None:
    """1314 without, and no file is made."""
    file = tmp_path / "saved"
    with fails(1314):
        winreg.SaveKey(opened(), str(file))
    assert not file.exists()
    with anyreg.use(registry, Token.of(USER, privileges=[SE_BACKUP])):
        winreg.SaveKey(opened(), str(file))
    machine = winreg.HKEY_LOCAL_MACHINE
    calls: list[Call] = [
        lambda: winapi.restore_key(opened(), str(file)),
        lambda: winreg.LoadKey(machine, "X", str(file)),
        lambda: winreg.LoadKey(machine, "X", str(tmp_path / "new")),
        lambda: winapi.unload_key(machine, "SOFTWARE"),
        lambda: winapi.replace_key(machine, "SOFTWARE", str(file), str(tmp_path / "old")),
    ]
    for refused in calls:
        with fails(1314):
            refused()
    assert not (tmp_path / "new").exists()
    with anyreg.use(registry, Token.of(USER, privileges=[SE_RESTORE])):
        winapi.restore_key(opened(), str(file))


def test_a_key_is_opened_by_privilege(registry: anyreg.Registry) -> None:
    """Whatever is asked for, and whatever its list says: for saving to read, for restoring all."""
    option = 4  # REG_OPTION_BACKUP_RESTORE
    registry.open(rf"HKCU\{PATH}").descriptor = descriptor("O:SYG:SYD:(A;;KA;;;SY)")
    with fails(5):
        winreg.OpenKey(HKCU, PATH, option, winreg.KEY_READ)
    with anyreg.use(registry, Token.of(USER, privileges=[SE_BACKUP])):
        key = winreg.OpenKey(HKCU, PATH, option, winreg.KEY_SET_VALUE)
        assert winreg.QueryValueEx(key, "v") == (1, winreg.REG_DWORD)
        with fails(5):
            winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 5)
    with anyreg.use(registry, Token.of(USER, privileges=[SE_RESTORE])):
        key = winreg.OpenKey(HKCU, PATH, option, winreg.KEY_READ)
        winreg.SetValueEx(key, "v", 0, winreg.REG_DWORD, 5)
        with fails(5):
            winreg.QueryValueEx(key, "v")


def test_a_token_counts_in_its_context_alone(registry: anyreg.Registry) -> None:
    """Another thread speaks to what the process has chosen; the block's end ends it."""
    registry.open(rf"HKCU\{PATH}").descriptor = denying(QUERY)
    seen: list[object] = []

    def ask() -> None:
        with winreg.OpenKey(HKCU, PATH) as key:
            seen.append(winreg.QueryValueEx(key, "v")[0])

    with anyreg.use(registry):
        ask()
    with fails(5):
        ask()
    chosen = anyreg.use(registry)
    try:
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    finally:
        anyreg.use(chosen.before)
    assert seen == [1, 1]


def test_a_registry_is_opened_as_somebody(tmp_path: Path) -> None:
    """A hive file, for people: errors are PermissionErrors, and say which key and which right."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as hive:
        hive.create("Closed").values["v"] = 1
    with anyreg.open(file, "r+", token=Token.of(USER, "Users")) as hive:
        key = hive.open("Closed")
        assert key.values["v"] == 1
        with pytest.raises(PermissionError, match=r"no right to set value: Closed"):
            key.values["v"] = 2
        with pytest.raises(PermissionError):
            hive.create(r"Closed\New")
        with pytest.raises(PermissionError):
            hive.delete("Closed")
        with pytest.raises(PermissionError):
            key.grant("WD", "full")
        with pytest.raises(PermissionError):
            hive.root.rename("Closed", "Other")
    with anyreg.open(file) as hive:
        assert dict(hive.open("Closed").values) == {"v": 1}


def test_who_makes_a_key_is_its_owner_where_he_names_none(registry: anyreg.Registry) -> None:
    """A list alone is what programs mostly give; another owner is still refused."""
    lists = [descriptor("D:P(A;;KA;;;WD)"), descriptor("O:SYD:P(A;;KA;;;WD)")]
    with anyreg.use(registry, Token.of(USER)):
        key, _ = winapi.create_key(HKCU, rf"{PATH}\Made", descriptor=lists[0])
        assert winapi.get_key_security(key, 1) == descriptor(f"O:{USER}")
        with fails(1307):
            winapi.create_key(HKCU, rf"{PATH}\Other", descriptor=lists[1])
