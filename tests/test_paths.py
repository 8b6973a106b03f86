"""Paths of keys and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import AddressError
from anyreg.paths import (
    Address,
    host_of,
    is_rooted,
    join_host,
    join_path,
    long_path,
    meant_as,
    parse_address,
    split_host,
    split_path,
)

NAMES = st.text(st.characters(exclude_characters="\\"), min_size=1)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("NTUSER.DAT", Address("NTUSER.DAT", "")),
        ("NTUSER.DAT::", Address("NTUSER.DAT", "")),
        (r"a/b.dat::Software\X", Address("a/b.dat", r"Software\X")),
        (r"hive::\Software\\X\ ".rstrip(), Address("hive", r"Software\X")),
        (r"hive::A::B", Address("hive", "A::B")),
        (r"a::::b.hiv", Address("a::b.hiv", "")),
        (r"a::::b.hiv::", Address("a::b.hiv", "")),
        (r"a::::b::::::X::::Y", Address("a::b::", "X::::Y")),
        (r"::::a::X", Address("::a", "X")),
        (r"hive:::X", Address("hive", ":X")),
        (r"hive::\::X", Address("hive", "::X")),
        (r"C:\hives\SYSTEM::Select", Address(r"C:\hives\SYSTEM", "Select")),
        ("hive::a/b", Address("hive", "a/b")),
        (r"hkcu\Software", Address("", r"hkcu\Software")),
        ("HKEY_LOCAL_MACHINE", Address("", "HKEY_LOCAL_MACHINE")),
        (r"HKCU\\\\Software\\\\X", Address("", r"HKCU\Software\X")),
        (r"HKCU:\Software", Address("", r"HKCU\Software")),
        ("hklm:", Address("", "hklm")),
        ("HKLM:SYSTEM", Address("", r"HKLM\SYSTEM")),
        (r"Computer\HKEY_CURRENT_USER\Software", Address("", r"HKEY_CURRENT_USER\Software")),
        (r"computer\hkcu", Address("", "hkcu")),
        (r"Computer\Software", Address(r"Computer\Software", "")),
        (r"HKCU\a:b", Address("", r"HKCU\a:b")),
        (r"hive::Computer\HKCU", Address("hive", r"Computer\HKCU")),
        (r"HKLM::X", Address("HKLM", "X")),
        (r"./HKLM", Address("./HKLM", "")),
        (r"/mnt::HKLM\X", Address("/mnt", r"HKLM\X")),
    ],
)
def test_an_address_is_split_at_its_first_double_colon(text: str, address: Address) -> None:
    """In front stands the file, behind it the key."""
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "::", r"::Software\X"])
def test_an_address_needs_a_file(text: str) -> None:
    """The error shows what was given."""
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert caught.value.path == text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("HKCU/Software/X", r"HKCU\Software\X"),
        ("hkey_local_machine/x", r"hkey_local_machine\x"),
        ("HKCU:/Software", r"HKCU\Software"),
        ("HKCUSoftware", r"HKCU\Software"),
        ("HKEY_USERSx", r"HKEY_USERS\x"),
        (r"HKEY_CURRENT_USR\Software\X", r"HKEY_CURRENT_USER\Software\X"),
        ("hkey_localmachine/x", r"HKEY_LOCAL_MACHINE\x"),
        ("HKEY_USER", "HKEY_USERS"),
        (r"HKLN\x", r"HKLM\x"),
        ("hives/HKLN", ""),
        ("HKLN", ""),
        (r"HKCU.old\x", ""),
        ("HKLM.dat", ""),
        ("HKCU_old.dat", ""),
        ("a/HKCU/Software", ""),
        ("NTUSER.DAT", ""),
        ("", ""),
    ],
)
def test_what_no_file_is_called_can_be_a_key(text: str, path: str) -> None:
    """With slashes, without what a shell has taken away, or with a root that is misspelled."""
    assert meant_as(text) == path


def test_an_address_is_shown_as_it_is_written() -> None:
    """Without a key it is the file alone."""
    assert str(Address("hive", r"A\B")) == r"hive::A\B"
    assert str(Address("hive", "")) == "hive"
    assert str(Address("", r"HKCU\A")) == r"HKCU\A"


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (r"\\server", "server"),
        ("//server", "server"),
        ("//server.example.org:4450", "server.example.org:4450"),
        (r"\\10.0.0.1", "10.0.0.1"),
        ("//[fe80::1]", "[fe80::1]"),
        ("//[::1]:445", "[::1]:445"),
        *[(text, "") for text in ("server", "/server", r"\server", "", "//", "///s")],
        *[(text, "") for text in (r"\\.", r"\\?", "\\\\server\\", "//a/", "//server/file")],
        *[(text, "") for text in (r"\\server\share\NTUSER.DAT", "//ser ver", "//se*")],
        *[(text, "") for text in ("//server:", "//server:x", "//a:1:2")],
    ],
)
def test_two_slashes_and_a_name_are_a_host(target: str, host: str) -> None:
    """With a share, or anything else behind it, it is the path of a file."""
    assert host_of(target) == host
    address = parse_address(f"{target}::HKLM\\A") if target else None
    assert address is None or parse_address(str(address)) == address
    if host:
        assert address == Address(target, r"HKLM\A")
        name, port = split_host(host)
        assert join_host(name, port) in (host, f"{host}:0")


@pytest.mark.parametrize("host", ["", "a b", "a:65536", "::1", "a/b", "a:b"])
def test_what_is_no_host_is_refused(host: str) -> None:
    """Each is told how one is written."""
    with pytest.raises(AddressError, match="NAME:PORT"):
        split_host(host)


@pytest.mark.parametrize(
    ("path", "long"),
    [
        ("hklm", "HKEY_LOCAL_MACHINE"),
        (r"HKU\S-1", r"HKEY_USERS\S-1"),
        (r"hkey_classes_root\.txt", r"HKEY_CLASSES_ROOT\.txt"),
        (r"Software\HKLM", r"Software\HKLM"),
        ("", ""),
    ],
)
def test_a_root_has_a_long_name(path: str, long: str) -> None:
    """Whatever stands below it stays."""
    assert long_path(path) == long
    assert is_rooted(path) == is_rooted(long) == (path != long)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("", []),
        ("\\", []),
        (r"\A\\B\ ".rstrip(), ["A", "B"]),
        ("a/b", ["a/b"]),
        (r". \.. ", [". ", ".. "]),
    ],
)
def test_only_backslashes_part_names(path: str, names: list[str]) -> None:
    """A slash, a dot and a space are letters like others."""
    assert split_path(path) == names


def test_joining_below_the_root() -> None:
    """The root's own path is empty."""
    assert join_path("", "A") == "A"
    assert join_path("A", "B") == r"A\B"


@given(st.lists(NAMES, max_size=5))
def test_any_names_come_back(names: list[str]) -> None:
    """What was joined is split into the same names."""
    path = ""
    for name in names:
        path = join_path(path, name)
    assert split_path(path) == names


@given(
    st.text("a:b", min_size=1).filter(lambda name: not name.endswith(":")),
    st.lists(NAMES | st.text(":a", min_size=1), max_size=4),
)
def test_any_address_comes_back(target: str, names: list[str]) -> None:
    """Shown and parsed again, an address is the same."""
    address = Address(target, "\\".join(names))
    assert parse_address(str(address)) == address
