"""Keys through winreg: rights, paths, limits, order, what is left of a deleted one."""

from __future__ import annotations

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl, print_sddl
from winapi.codes import fails

HKCU = winreg.HKEY_CURRENT_USER
HKLM = winreg.HKEY_LOCAL_MACHINE
HKCR = winreg.HKEY_CLASSES_ROOT
Key = winreg.HKEYType


def test_rights_are_those_the_handle_was_opened_with(key: Key) -> None:
    """Not those of its parent, and not those of the key."""
    reading = winreg.OpenKey(key, "")
    writing = winreg.CreateKeyEx(key, "sub")
    with fails(5):
        winreg.SetValueEx(reading, "v", 0, 1, "")
    with fails(5):
        winreg.DeleteValue(reading, "v")
    with fails(5):
        winreg.QueryValueEx(writing, "v")
    with fails(5):
        winreg.EnumKey(writing, 0)
    with fails(5):
        winreg.QueryInfoKey(writing)
    winreg.CreateKey(reading, "made")
    winreg.DeleteKey(reading, "made")


@pytest.mark.parametrize("access", [0, 0x100, 0x200, 0x8000])
def test_asking_for_no_right_is_refused(key: Key, access: int) -> None:
    """A view alone is none."""
    with fails(5):
        winreg.OpenKey(key, "", 0, access)


@pytest.mark.parametrize("access", [0x02000000, 0x10000000, -0x80000000, 0x20000000, 1])
def test_masks_that_let_read(key: Key, access: int) -> None:
    """All that is allowed, the generic rights, the one right itself."""
    winreg.SetValueEx(key, "v", 0, 1, "x")
    opened = winreg.OpenKey(key, "", 0, access)
    assert winreg.QueryValueEx(opened, "v") == ("x", 1)


def test_options_and_views_that_contradict(key: Key) -> None:
    """What Windows calls options is winreg's `reserved`."""
    with fails(87):
        winreg.OpenKey(key, "", -1)
    with fails(87):
        winreg.OpenKey(key, "", 0, winreg.KEY_READ | 0x300)
    with fails(87):
        winreg.CreateKeyEx(key, "x", 1)
    with fails(87):
        winreg.DeleteKeyEx(key, "x", 0, 1)


def test_paths(key: Key) -> None:
    """Backslashes at the end and in pairs count for nothing; one in front is wrong."""
    winreg.CreateKey(key, r"a\\b\\\c\\")
    assert winreg.EnumKey(winreg.OpenKey(key, r"A\B"), 0) == "c"
    winreg.CreateKey(key, "a/b")
    assert [winreg.EnumKey(key, index) for index in (0, 1)] == ["a", "a/b"]
    with fails(161):
        winreg.OpenKey(key, r"\a")
    with fails(2):
        winreg.OpenKey(key, "b")


def test_hkey_classes_root_forgives_a_leading_backslash(registry: anyreg.Registry) -> None:
    """As on Windows; its handles are marked."""
    made = winreg.CreateKey(HKCR, r"\.anyreg")
    assert int(made) & 3 == 2
    assert int(winreg.OpenKey(HKCR, r".anyreg")) & 3 == 2
    assert int(winreg.OpenKey(HKCU, "Software")) & 3 == 0


def test_long_names_and_deep_paths(key: Key) -> None:
    """256 units a name, 32 names a call."""
    winreg.CreateKey(key, "x" * 256)
    winreg.CreateKey(key, "😀" * 128)
    for name in ("x" * 257, "😀" * 128 + "x"):
        with fails(87):
            winreg.CreateKey(key, name)
        with fails(87):
            winreg.OpenKey(key, name)
    winreg.CreateKey(key, "\\".join("d" * 32))
    with fails(206):
        winreg.OpenKey(key, "\\".join("d" * 33))


def test_subkeys_are_in_order_of_their_names(key: Key) -> None:
    """By upper-case letter, whatever order they were made in."""
    for name in ("b", "[", "A", "_", "a2"):
        winreg.CreateKey(key, name)
    assert [winreg.EnumKey(key, index) for index in range(5)] == ["A", "a2", "b", "[", "_"]
    for index in (5, -1):
        with fails(259):
            winreg.EnumKey(key, index)


def test_enumerating_sees_every_change(key: Key) -> None:
    """Also while it goes on, and by other handles."""
    for name in "abc":
        winreg.CreateKey(key, name)
    other = winreg.OpenKey(HKCU, r"Software\AnyregTest")
    names = []
    while True:
        try:
            names.append(winreg.EnumKey(key, 0))
        except OSError:
            break
        winreg.DeleteKey(other, names[-1])
    assert names == ["a", "b", "c"]


def test_a_deleted_key_is_of_no_use(key: Key) -> None:
    """A new one of its name is another key."""
    gone = winreg.CreateKey(key, "gone")
    winreg.DeleteKey(key, "GONE")
    calls = (
        lambda: winreg.EnumKey(gone, 0),
        lambda: winreg.EnumValue(gone, 0),
        lambda: winreg.QueryValueEx(gone, "v"),
        lambda: winreg.SetValueEx(gone, "v", 0, 1, ""),
        lambda: winreg.DeleteValue(gone, "v"),
        lambda: winreg.QueryInfoKey(gone),
        lambda: winreg.CreateKey(gone, "x"),
        lambda: winreg.OpenKey(gone, "x"),
        lambda: winreg.FlushKey(gone),
    )
    for _ in range(2):
        for call in calls:
            with fails(1018):
                call()
        winreg.CreateKey(key, "gone")
    winreg.CloseKey(gone)


def test_deleting(key: Key) -> None:
    """Not with subkeys, not what is missing; without a path the key itself."""
    sub = winreg.CreateKey(key, r"sub\below")
    with fails(5):
        winreg.DeleteKey(key, "sub")
    with fails(2):
        winreg.DeleteKey(key, "none")
    winreg.DeleteKey(sub, "")
    winreg.DeleteKey(key, "sub")
    assert winreg.QueryInfoKey(key)[0] == 0


def test_create_tells_whether_it_made(key: Key) -> None:
    """With the class name; an existing key keeps its own."""
    made, is_new = winapi.create_key(key, "c", class_name="Kind")
    assert is_new
    again, is_new = winapi.create_key(key, "C", class_name="Other")
    assert not is_new
    for opened in (made, again):
        assert winapi.query_info(opened).class_name == "Kind"


def test_volatile_keys(key: Key) -> None:
    """Nothing that is to stay can stand below one."""
    passing, _ = winapi.create_key(key, "v", options=winreg.REG_OPTION_VOLATILE)
    with fails(1021):
        winreg.CreateKey(passing, "stable")
    winapi.create_key(passing, "too", options=winreg.REG_OPTION_VOLATILE)
    assert winreg.EnumKey(passing, 0) == "too"
    assert winreg.OpenKey(key, "v")


def test_symbolic_links(key: Key) -> None:
    """Followed, opened themselves, and made by what is written through them."""
    winreg.SetValue(key, "target", 1, "there")
    link, _ = winapi.create_key(key, "link", options=winreg.REG_OPTION_CREATE_LINK)
    for name, kind in (("other", winreg.REG_LINK), ("SymbolicLinkValue", winreg.REG_SZ)):
        with fails(5):
            winapi.set_raw(link, name, kind, b"")
    target = winapi.nt_path(key) + r"\target"
    winapi.set_raw(link, "SymbolicLinkValue", winreg.REG_LINK, target.encode("utf-16-le"))
    assert winreg.QueryValue(key, "link") == "there"
    with fails(183):
        winapi.create_key(key, "link", options=winreg.REG_OPTION_CREATE_LINK)
    winreg.DeleteKey(key, "link")
    with fails(2):
        winreg.OpenKey(key, "link")
    itself = winreg.OpenKey(key, "link", winreg.REG_OPTION_OPEN_LINK, winreg.KEY_ALL_ACCESS)
    winreg.CreateKey(key, "link")
    assert winreg.OpenKey(key, "target")
    winapi.delete_open_key(itself)
    with fails(2):
        winreg.OpenKey(key, "link", winreg.REG_OPTION_OPEN_LINK)


def test_mappings(registry: anyreg.Registry) -> None:
    """The 32-bit view of HKLM\\Software is Wow6432Node; a handle stays in its view."""
    winreg.CreateKey(HKLM, r"SOFTWARE\Wow6432Node")  # without it a disk is that of a 32-bit Windows
    view = winreg.KEY_ALL_ACCESS | winreg.KEY_WOW64_32KEY
    with winreg.CreateKeyEx(HKLM, r"Software\AnyregTest", 0, view) as narrow:
        assert winapi.nt_path(narrow).lower().endswith(r"\wow6432node\anyregtest")
        winreg.CreateKey(narrow, "below")
    assert winreg.OpenKey(HKLM, r"Software\Wow6432Node\AnyregTest\below")
    with fails(2):
        winreg.OpenKey(HKLM, r"Software\AnyregTest")
    winreg.DeleteKeyEx(HKLM, r"Software\AnyregTest\below", winreg.KEY_WOW64_32KEY)
    winreg.DeleteKeyEx(HKLM, r"Software\AnyregTest", winreg.KEY_WOW64_32KEY)


def test_query_info_tells_lengths(key: Key) -> None:
    """In UTF-16 units, and bytes of data."""
    winreg.SetValueEx(key, "😀", 0, 3, b"12345")
    winapi.create_key(key, "abc", class_name="Kind")
    info = winapi.query_info(key)
    assert (info.subkeys, info.values) == (1, 1)
    assert (info.longest_subkey, info.longest_class) == (3, 4)
    assert (info.longest_value, info.longest_data) == (2, 5)
    assert info.descriptor == len(winapi.get_key_security(key, 7)) > 0
    assert info.last_written == winreg.QueryInfoKey(key)[2]


@pytest.mark.parametrize("root", ["HKEY_LOCAL_MACHINE", "HKEY_USERS", "HKEY_CURRENT_USER"])
def test_a_root_has_a_time_of_this_century(key: Key, root: str) -> None:
    """That is there on Windows, too; looking at it does not change it."""
    times = [winreg.QueryInfoKey(getattr(winreg, root))[2] for _ in range(2)]
    assert times[0] == times[1] > 126_000_000_000_000_000  # in the year 2000


def test_what_a_new_key_is_not_given_it_inherits(key: Key) -> None:
    """Also from a key that is made on the way; no key is without an owner."""
    for sub_key in ("a", r"b\c"):
        made, _ = winapi.create_key(key, sub_key, descriptor=parse_sddl("O:SY").build())
        plain, _ = winapi.create_key(key, sub_key + "2")
        assert winapi.get_key_security(made, 6) == winapi.get_key_security(plain, 6)
        assert winapi.get_key_security(made, 1) == parse_sddl("O:SY").build()


def test_a_new_key_has_rights_of_keys(key: Key) -> None:
    """Generic ones count for nothing in an entry, so they are for keys below alone."""
    given = parse_sddl("O:SYG:SYD:P(A;CI;GR;;;WD)(A;;KA;;;SY)").build()
    made, _ = winapi.create_key(key, "a", descriptor=given)
    shown = print_sddl(SecurityDescriptor.from_bytes(winapi.get_key_security(made, 7)))
    assert shown == "O:SYG:SYD:P(A;;KR;;;WD)(A;CIIO;GR;;;WD)(A;;KA;;;SY)"


def test_security_can_be_replaced(key: Key) -> None:
    """With the right to."""
    descriptor = winapi.get_key_security(key, 7)
    winapi.set_key_security(key, 7, descriptor)
    with fails(5):
        winapi.set_key_security(winreg.OpenKey(key, ""), 4, descriptor)
    assert winapi.get_key_security(key, 7) == descriptor


def test_parts_of_security(key: Key) -> None:
    """Each by itself; the SACL by a right that is asked for."""
    whole = parse_sddl("O:SYG:BAD:P(A;CI;KA;;;BA)S:(AU;SA;KA;;;WD)").build()
    winapi.set_key_security(winreg.OpenKey(key, "", 0, 0x0100_0000 | 0xF0000), 15, whole)
    with fails(5):
        winapi.get_key_security(key, 8)
    audited = winapi.get_key_security(winreg.OpenKey(key, "", 0, 0x0100_0000), 8)
    found = [winapi.get_key_security(key, part) for part in (1, 2, 4)]
    assert [print_sddl(SecurityDescriptor.from_bytes(part)) for part in (*found, audited)] == [
        "O:SY",
        "G:BA",
        "D:P(A;CI;KA;;;BA)",
        "S:(AU;SA;KA;;;WD)",
    ]


def test_what_is_no_descriptor_or_names_no_part(key: Key) -> None:
    before = winapi.get_key_security(key, 7)
    with fails(1338):
        winapi.set_key_security(key, 4, b"none")
    with fails(1338):
        winapi.set_key_security(key, 1, parse_sddl("D:").build())
    with fails(87):
        winapi.set_key_security(key, 0, before)
    assert winapi.get_key_security(key, 7) == before


def test_connecting(registry: anyreg.Registry) -> None:
    """To this computer, under any of its names."""
    for name in (None, "", ".", r"\\localhost", "127.0.0.1"):
        assert int(winreg.ConnectRegistry(name, HKLM)) == HKLM
    with fails(6):
        winreg.ConnectRegistry(None, winreg.OpenKey(HKLM, "SOFTWARE"))


def test_connecting_to_a_computer_that_is_not_there(registry: anyreg.Registry) -> None:
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    with fails(53):
        winreg.ConnectRegistry(r"\\elsewhere.invalid", HKLM)


def test_reflection_is_a_thing_of_the_past(key: Key) -> None:
    """Always disabled; switching it does nothing."""
    assert winreg.EnableReflectionKey(key) is None
    assert winreg.QueryReflectionKey(key) is True
    assert winreg.DisableReflectionKey(key) is None
    with fails(6):
        winreg.QueryReflectionKey(3)


def test_predefined_keys_that_are_not_there(registry: anyreg.Registry) -> None:
    """HKEY_DYN_DATA has been none since Windows 98."""
    with fails(6):
        winreg.OpenKey(winreg.HKEY_DYN_DATA, "x")
    with fails(6):
        winreg.OpenKey(winreg.HKEY_PERFORMANCE_DATA, "x")


def test_performance_data(registry: anyreg.Registry) -> None:
    """A block that holds no counters."""
    data, kind = winreg.QueryValueEx(winreg.HKEY_PERFORMANCE_DATA, "")
    assert isinstance(data, bytes)
    assert (kind, data[:8]) == (winreg.REG_BINARY, "PERF".encode("utf-16-le"))
    assert int.from_bytes(data[20:24], "little") == len(data)
    assert winreg.EnumValue(winreg.HKEY_PERFORMANCE_DATA, 0)[0] == "Global"
    assert winreg.QueryInfoKey(winreg.HKEY_PERFORMANCE_DATA)[:2] == (0, 2)
    assert winreg.QueryValueEx(winreg.HKEY_PERFORMANCE_DATA, "Counter 009")[1] == 7
