"""What every whole registry does alike: roots, links, views, merged classes, volatile keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import anyreg
from anyreg.backends import ask
from anyreg.backends.base import VIEW_32, VIEW_64, Backend
from anyreg.backends.trees import find, make, save
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    HasSubkeysError,
    KeyDeletedError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    RegistryError,
    VolatileParentError,
)
from anyreg.paths import ROOTS
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.types import REG_LINK
from anyreg.values import Node, Value
from conformance.worlds import MACHINE, OPENED_REGISTRIES, USER

pytestmark = pytest.mark.parametrize("world", OPENED_REGISTRIES, indirect=True)

CLASSES = 0x80000000
USERS = 0x80000003
CONFIG = 0x80000005
SPELLED = re.compile(r"^\\Machine\\Software\b")  # as Wine has it
SELF = r"\Registry\User\{sid}\Software\Conformance"


def names(world: Backend, node: Node) -> list[str]:
    return [child.name for child in world.subkeys(node)]


def made(world: Backend, node: Node, path: str, view: int = 0) -> Node:
    return make(world, node, path, view)[0]


def found(world: Backend, node: Node, path: str, view: int = 0) -> Node:
    key = find(world, node, path, view)
    assert key is not None
    return key


def where(world: Backend, root: int, path: str, view: int = 0) -> str:
    r"""Where a path leads, without \Registry."""
    node = found(world, ask.predefined(world, root), path, view)
    path = ask.nt_path(world, node).removeprefix("\\Registry")
    return SPELLED.sub(r"\\Machine\\SOFTWARE", path) if world.is_live else path


def put(world: Backend, node: Node, data: bytes) -> None:
    world.write(node, [Value("v", 3, data)])


def got(world: Backend, node: Node) -> bytes | None:
    value = world.read(node, "v")
    return None if value is None else value.raw


def link(world: Backend, node: Node, name: str, target: str, kind: int = REG_LINK) -> Node:
    made_link, _ = make(world, node, name, link=True)
    raw = target.encode("utf-16-le", "surrogatepass")
    world.write(made_link, [Value("SymbolicLinkValue", kind, raw)])
    return made_link


# Roots


def test_the_root_lists_the_roots(world: Backend, key: Node) -> None:
    """HKEY_CURRENT_CONFIG is not there where SYSTEM has no hardware profiles."""
    listed = names(world, world.root())
    assert [name for name in ROOTS if name in listed] == listed
    assert {"HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER", "HKEY_CLASSES_ROOT"} < set(listed)


@pytest.mark.parametrize("path", ["HKLM", "hkey_local_machine", r"HKCU\Software\Conformance"])
def test_roots_have_long_and_short_names(world: Backend, key: Node, path: str) -> None:
    """In any case."""
    assert find(world, world.root(), path) is not None


def test_only_the_low_half_of_a_predefined_number_counts(world: Backend, key: Node) -> None:
    """On 64 bits Windows extends the sign; any other number is no handle."""
    extended = ask.predefined(world, 0xFFFFFFFF80000002)
    assert ask.nt_path(world, extended) == r"\Registry\Machine"
    with pytest.raises(ClosedError) as caught:
        ask.predefined(world, 0x80000099)
    assert caught.value.winerror == 6


def test_the_user_is_a_key_of_all_users(world: Backend, key: Node) -> None:
    """One hive under two names."""
    sid = ask.nt_path(world, ask.predefined(world, USER)).rpartition("\\")[2]
    other = found(world, ask.predefined(world, USERS), rf"{sid}\Software\Conformance")
    put(world, key, b"1")
    assert got(world, other) == b"1"
    assert where(world, USERS, "s-1-5-18") == r"\User\.DEFAULT"


def test_roots_and_hives_stay(world: Backend, key: Node) -> None:
    """They are neither deleted nor renamed, and nothing stable is made beside them."""
    hive = found(world, ask.predefined(world, MACHINE), "SYSTEM")
    for node in (world.root(), ask.predefined(world, MACHINE), ask.predefined(world, USER), hive):
        with pytest.raises(AccessDeniedError):
            world.delete(node, True)
        with pytest.raises(AccessDeniedError):
            world.rename(node, "x")
    with pytest.raises(LimitError):
        make(world, ask.predefined(world, MACHINE), "x")
    with pytest.raises(AccessDeniedError):
        make(world, world.root(), "x")


# Links


def test_a_link_is_followed_on_the_way_and_at_the_end(world: Backend, key: Node) -> None:
    """Unless the link itself is asked for; a list does not follow it."""
    put(world, made(world, key, r"target\below"), b"1")
    link(world, key, "link", ask.nt_path(world, key) + "\\target")
    assert got(world, found(world, key, r"link\below")) == b"1"
    assert found(world, key, "link").name == "target"
    itself = find(world, key, "link", link=True)
    assert itself is not None
    assert itself.name == "link"
    assert names(world, itself) == []
    assert names(world, key) == ["link", "target"]


def test_to_delete_a_link_spares_its_target(world: Backend, key: Node) -> None:
    """What find() has followed is the target."""
    target = made(world, key, "target")
    itself = link(world, key, "link", ask.nt_path(world, target))
    world.delete(itself, False)
    assert names(world, key) == ["target"]
    link(world, key, "link", ask.nt_path(world, target))
    world.delete(found(world, key, "link"), False)
    assert names(world, key) == ["link"]


def test_a_key_is_made_through_a_link_to_nothing(world: Backend, key: Node) -> None:
    """To open it finds nothing, to make it makes the target."""
    link(world, key, "link", ask.nt_path(world, key) + r"\not\yet")
    assert find(world, key, "link") is None
    put(world, made(world, key, "link"), b"1")
    assert got(world, found(world, key, r"not\yet")) == b"1"


@pytest.mark.parametrize(
    ("target", "kind"),
    [("relative", REG_LINK), ("\\elsewhere\\x", REG_LINK), ("", REG_LINK), (SELF, 1)],
)
def test_a_link_to_no_path_leads_nowhere(world: Backend, key: Node, target: str, kind: int) -> None:
    """Its target must be a full path, of the link type."""
    link(world, key, "link", target, kind)
    assert find(world, key, "link") is None
    with pytest.raises(KeyNotFoundError):
        make(world, key, "link")


def test_links_that_lead_to_each_other_end(world: Backend, key: Node) -> None:
    """With the error of Windows."""
    path = ask.nt_path(world, key)
    link(world, key, "a", path + "\\b")
    link(world, key, "b", path + "\\a")
    with pytest.raises(LimitError) as caught:
        find(world, key, "a")
    assert caught.value.winerror == 87


def test_a_link_is_made_once(world: Backend, key: Node) -> None:
    """Where anything has its name."""
    link(world, key, "link", ask.nt_path(world, key))
    for name in ("link", ""):
        with pytest.raises(KeyExistsError):
            make(world, key, name, link=True)


def test_links_lead_across_hives(world: Backend, key: Node) -> None:
    """From the user's into the machine's."""
    link(world, key, "software", r"\registry\MACHINE\software")
    assert where(world, USER, r"Software\Conformance\software") == r"\Machine\SOFTWARE"


# Volatile keys


def test_volatile_keys_stand_beside_stable_ones(world: Backend, key: Node) -> None:
    """In lists, in counts, found by name; all below them is volatile."""
    for name, volatile in (("c", False), ("a", False), ("b", True)):
        make(world, key, name, volatile=volatile)
    below, _ = make(world, key, r"b\below", volatile=True)
    assert names(world, key) == ["a", "b", "c"]
    assert world.info(key).subkeys == 3
    assert world.names(below)[-2:] == ["b", "below"]
    assert world.info(below).flags & KEY_VOLATILE
    put(world, below, b"1")
    assert got(world, found(world, key, r"B\BELOW")) == b"1"


def test_a_stable_key_below_a_volatile_one_is_refused(world: Backend, key: Node) -> None:
    """One that exists is opened, whatever kind was asked for."""
    make(world, key, "volatile", volatile=True)
    with pytest.raises(VolatileParentError) as caught:
        make(world, key, r"volatile\stable")
    assert caught.value.winerror == 1021
    node, was_made = make(world, key, "volatile")
    assert not was_made
    assert world.info(node).flags & KEY_VOLATILE
    stable = made(world, key, "stable")
    assert not world.info(make(world, key, "stable", volatile=True)[0]).flags & KEY_VOLATILE
    assert not world.info(stable).flags & KEY_VOLATILE


def test_a_key_goes_with_its_volatile_subkeys(world: Backend, key: Node) -> None:
    """Not alone; and one made again in its place has none of them."""
    above = made(world, key, "above")
    below, _ = make(world, above, r"volatile\below", volatile=True)
    with pytest.raises(HasSubkeysError):
        world.delete(above, False)
    world.delete(above, True)
    assert not ask.is_alive(world, below)
    assert names(world, made(world, key, "above")) == []


def test_volatile_subkeys_follow_a_renamed_key(world: Backend, key: Node) -> None:
    """And a name that a volatile key has is taken."""
    above = made(world, key, "above")
    below, _ = make(world, above, "volatile", volatile=True)
    world.rename(above, "renamed")
    assert world.names(below)[-2:] == ["renamed", "volatile"]
    made(world, above, "stable")
    with pytest.raises(KeyExistsError):
        world.rename(found(world, above, "stable"), "Volatile")
    with pytest.raises(KeyExistsError):
        world.rename(below, "stable")


def test_volatile_keys_are_rolled_back_too(world: Backend, key: Node) -> None:
    """With the stable ones of the same transaction."""
    kept, _ = make(world, key, "kept", volatile=True)
    world.begin()
    made(world, key, "stable")
    make(world, key, "volatile", volatile=True)
    world.delete(kept, False)
    world.roll_back()
    assert names(world, key) == ["kept"]


def test_volatile_keys_are_left_out_of_a_saved_tree(
    world: Backend, key: Node, tmp_path: Path
) -> None:
    """A file is not volatile."""
    made(world, key, "stable")
    make(world, key, "volatile", volatile=True)
    save(world, key, str(tmp_path / "saved"))
    with anyreg.open(tmp_path / "saved") as hive:
        assert list(hive.root.subkeys) == ["stable"]


def test_a_volatile_key_can_stand_beside_the_hives(world: Backend, key: Node) -> None:
    """As HARDWARE does."""
    machine = ask.predefined(world, MACHINE)
    make(world, machine, r"Mine\below", volatile=True)
    assert "Mine" in names(world, machine)
    assert where(world, MACHINE, r"mine\BELOW") == r"\Machine\Mine\below"
    world.delete(found(world, machine, "Mine"), True)
    assert "Mine" not in names(world, machine)


# Views of 32 and 64 bits


@pytest.fixture
def software(world: Backend) -> Node:
    """HKLM\\SOFTWARE with both its trees."""
    machine = ask.predefined(world, MACHINE)
    for path in (
        r"SOFTWARE\Wow6432Node\Microsoft",
        r"SOFTWARE\Microsoft\Cryptography\Services",
        r"SOFTWARE\Classes\CLSID",
        r"SOFTWARE\Classes\Wow6432Node\CLSID",
    ):
        made(world, machine, path)
    return found(world, machine, "SOFTWARE")


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("", r"\Wow6432Node"),
        (r"\Microsoft", r"\Wow6432Node\Microsoft"),
        (r"\Wow6432Node", r"\Wow6432Node"),
        (r"\Wow6432Node\Microsoft", r"\Wow6432Node\Microsoft"),
        (r"\Microsoft\Cryptography\Services", r"\Microsoft\Cryptography\Services"),
        (r"\Classes", r"\Classes"),
        (r"\Classes\CLSID", r"\Classes\Wow6432Node\CLSID"),
        (r"\Wow6432Node\Classes\CLSID", r"\Classes\Wow6432Node\CLSID"),
    ],
)
def test_what_32_bits_see(world: Backend, software: Node, path: str, seen: str) -> None:
    """Most of HKLM\\SOFTWARE is another tree; some keys are shared, and some of Classes are not."""
    assert where(world, MACHINE, "Software" + path, VIEW_32) == r"\Machine\SOFTWARE" + seen


@pytest.mark.parametrize("view", [0, VIEW_64])
def test_what_64_bits_see(world: Backend, software: Node, view: int) -> None:
    """Every key where it is called; but the shared ones are so on both ways."""
    top = r"\Machine\SOFTWARE"
    assert where(world, MACHINE, r"Software\Microsoft", view) == top + r"\Microsoft"
    assert where(world, MACHINE, r"Software\Classes\CLSID", view) == top + r"\Classes\CLSID"
    wow = r"Software\Wow6432Node"
    assert where(world, MACHINE, wow + r"\Classes\CLSID", view).endswith(r"Wow6432Node\CLSID")
    shared = r"\Microsoft\Cryptography\Services"
    assert where(world, MACHINE, wow + shared, view) == top + shared


def test_32_bits_make_keys_in_their_own_tree(world: Backend, software: Node) -> None:
    """And shared ones in the other; a handle that was opened so goes on so."""
    machine = ask.predefined(world, MACHINE)
    node = made(world, machine, r"SOFTWARE\Vendor\Product", VIEW_32)
    assert world.names(node)[2:] == ["Wow6432Node", "Vendor", "Product"]
    assert find(world, machine, r"SOFTWARE\Vendor") is None
    vendor = found(world, machine, r"SOFTWARE\Vendor", VIEW_32)
    assert world.names(found(world, vendor, "Product"))[2] == "Wow6432Node"
    shared = made(world, machine, r"SOFTWARE\Microsoft\COM3\New", VIEW_32)
    assert world.names(shared)[2:] == ["Microsoft", "COM3", "New"]
    moved = made(world, machine, r"SOFTWARE\Classes\Interface\{1}", VIEW_32)
    assert world.names(moved)[2:] == ["Classes", "Wow6432Node", "Interface", "{1}"]


def test_the_user_has_one_software(world: Backend, key: Node) -> None:
    """HKCU\\Software is shared."""
    assert where(world, USER, "Software", VIEW_32) == where(world, USER, "Software")


# HKEY_CLASSES_ROOT


@pytest.fixture
def sides(world: Backend, software: Node) -> tuple[Node, Node]:
    """A class of the user and one of the machine, under one name."""
    user = made(world, ask.predefined(world, USER), r"Software\Classes\.both")
    machine = made(world, ask.predefined(world, MACHINE), r"SOFTWARE\Classes\.both")
    return user, machine


def test_classes_are_both_sides_at_once(world: Backend, sides: tuple[Node, Node]) -> None:
    """Keys and values of both, each name once; the user's value wins."""
    user, machine = sides
    for side, subkeys, values in ((user, "XY", "AB"), (machine, "XZ", "AC")):
        for name in subkeys:
            made(world, side, name)
        world.write(side, [Value(name, 1, side.name.encode()) for name in values])
    world.write(user, [Value("a", 3, b"user")])
    merged = found(world, ask.predefined(world, CLASSES), ".BOTH")
    assert names(world, merged) == ["X", "Y", "Z"]
    assert [value.name for value in world.values(merged)] == ["A", "B", "C"]
    assert world.read(merged, "A") == Value("A", 3, b"user")
    assert world.info(merged)[:2] == (3, 3)


def test_classes_are_written_where_the_user_has_them(
    world: Backend, sides: tuple[Node, Node]
) -> None:
    """Else to the machine's; new subkeys are the machine's in any case."""
    user, machine = sides
    root = ask.predefined(world, CLASSES)
    put(world, found(world, root, ".both"), b"1")
    assert (got(world, user), got(world, machine)) == (b"1", None)
    only = made(world, root, ".only")
    put(world, only, b"2")
    assert ask.nt_path(world, only) == r"\Registry\Machine\SOFTWARE\Classes\.only"
    assert ask.nt_path(world, made(world, root, r".both\new")).startswith(r"\Registry\Machine")


def test_classes_are_deleted_one_side_after_the_other(
    world: Backend, sides: tuple[Node, Node]
) -> None:
    """The user's first, and its handle with it."""
    user, machine = sides
    root = ask.predefined(world, CLASSES)
    merged = found(world, root, ".both")
    world.delete(merged, False)
    assert not ask.is_alive(world, user)
    assert ask.is_alive(world, machine)
    with pytest.raises(KeyDeletedError):
        world.values(merged)
    world.delete(found(world, root, ".both"), False)
    assert find(world, root, ".both") is None


def test_a_value_of_a_class_is_deleted_on_one_side(
    world: Backend, sides: tuple[Node, Node]
) -> None:
    """The machine's shows once the user's is gone."""
    for side, data in zip(sides, (b"user", b"machine"), strict=True):
        put(world, side, data)
    merged = found(world, ask.predefined(world, CLASSES), ".both")
    assert world.remove(merged, "v")
    assert got(world, merged) == b"machine"
    assert world.remove(merged, "v")
    assert not world.remove(merged, "v")


def test_a_class_that_comes_later_is_seen(world: Backend, sides: tuple[Node, Node]) -> None:
    """Through a handle that was opened before the user had it."""
    machine = made(world, ask.predefined(world, MACHINE), r"SOFTWARE\Classes\.later")
    put(world, machine, b"machine")
    merged = found(world, ask.predefined(world, CLASSES), ".later")
    user = made(world, ask.predefined(world, USER), r"Software\Classes\.later")
    put(world, user, b"user")
    assert got(world, merged) == b"user"


# Loading


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "loaded.dat"
    with anyreg.open(path, "x") as hive:
        hive.write("Key", "v", b"1")
    return str(path)


def test_a_hive_is_loaded_and_unloaded(world: Backend, key: Node, file: str) -> None:
    """What is changed meanwhile is in its file then."""
    users = ask.predefined(world, USERS)
    ask.load(world, users, "Loaded", file)
    assert "Loaded" in names(world, users)
    node = found(world, users, r"loaded\Key")
    assert ask.nt_path(world, node) == r"\Registry\User\Loaded\Key"
    put(world, node, b"2")
    ask.unload(world, users, "LOADED")
    assert "Loaded" not in names(world, users)
    with pytest.raises(RegistryError):
        world.values(node)
    with anyreg.open(file) as hive:
        assert hive.read("Key", "v") == b"2"


def test_a_hive_is_loaded_under_a_free_name_only(world: Backend, key: Node, file: str) -> None:
    """Directly below the machine or the users; and it must be a hive."""
    machine = ask.predefined(world, MACHINE)
    with pytest.raises(KeyExistsError):
        ask.load(world, machine, "system", file)
    with pytest.raises(LimitError):
        ask.load(world, key, "x", file)
    with pytest.raises(RegistryError):
        ask.load(world, machine, "x", file + ".not.there")
    assert "x" not in names(world, machine)


def test_only_what_was_loaded_is_unloaded(world: Backend, key: Node) -> None:
    """Not the registry's own hives, and no key that is none."""
    machine = ask.predefined(world, MACHINE)
    make(world, machine, "volatile", volatile=True)
    for name, error in (
        ("SYSTEM", AccessDeniedError),
        ("none", KeyNotFoundError),
        ("volatile", LimitError),
    ):
        with pytest.raises(error):
            ask.unload(world, machine, name)


@pytest.mark.needs("control sets")
def test_the_current_control_set_is_a_link(world: Backend, key: Node) -> None:
    """To the one that Select names."""
    machine = ask.predefined(world, MACHINE)
    system = found(world, machine, "SYSTEM")
    assert "CurrentControlSet" in names(world, system)
    assert where(world, MACHINE, r"SYSTEM\CurrentControlSet").startswith(
        r"\Machine\SYSTEM\ControlSet00"
    )
