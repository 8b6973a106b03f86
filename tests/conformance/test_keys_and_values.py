"""What every backend that can be written does alike: keys, values, transactions."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.trees import bulk_insert, copy, find, make, restore, save
from anyreg.errors import (
    HasSubkeysError,
    KeyDeletedError,
    KeyExistsError,
    LimitError,
    RegistryError,
    TransactionError,
)
from anyreg.names import order_key
from anyreg.new_keys import NewKey
from anyreg.regf.layout import KEY_LINK
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.values import Node, Value
from conformance.worlds import WORLDS

pytestmark = pytest.mark.parametrize("world", WORLDS, indirect=True)


def names(world: Backend, node: Node) -> list[str]:
    return [child.name for child in world.subkeys(node)]


def made(world: Backend, node: Node, path: str) -> Node:
    return make(world, node, path)[0]


def found(world: Backend, node: Node, path: str) -> Node:
    key = find(world, node, path)
    assert key is not None
    return key


def time_of(world: Backend, node: Node) -> int:
    return world.info(node).last_written


# Keys


def test_keys_are_found_in_any_case(world: Backend, key: Node) -> None:
    """By one name, and by a path with too many backslashes; the first spelling stays."""
    made(world, key, r"Größe\b")
    assert found(world, key, r"\\GRÖSSE".replace("SS", "ß") + "\\\\B\\").name == "b"
    assert find(world, key, r"Größe\c") is None
    assert names(world, key) == ["Größe"]


def test_the_empty_path_is_the_key_itself(world: Backend, key: Node) -> None:
    """As in Windows."""
    assert world.names(found(world, key, "")) == world.names(key)


def test_keys_are_listed_in_the_order_of_windows(world: Backend, key: Node) -> None:
    """By upper-case unit; astral letters before those behind the surrogates."""
    wanted = ["A", "b", "[", "_", "\U0001f600", "\uffee"]
    for name in reversed(wanted):
        made(world, key, name)
    assert names(world, key) == wanted


def test_make_tells_whether_it_made_the_key(world: Backend, key: Node) -> None:
    """The class name is the last key's, and only if it is made."""
    below, was_made = make(world, key, r"a\b", class_name="class")
    assert was_made
    assert world.info(below).class_name == "class"
    assert world.info(found(world, key, "a")).class_name == ""
    again, was_made = make(world, key, r"A\B", class_name="other")
    assert not was_made
    assert world.info(again).class_name == "class"


def test_a_key_with_subkeys_is_not_deleted_alone(world: Backend, key: Node) -> None:
    """With them it is, and all their handles are dead."""
    below = made(world, key, r"a\b")
    above = found(world, key, "a")
    with pytest.raises(HasSubkeysError):
        world.delete(above, False)
    world.delete(above, True)
    assert names(world, key) == []
    for node in (above, below):
        assert not ask.is_alive(world, node)
        with pytest.raises(KeyDeletedError):
            world.values(node)
        with pytest.raises(KeyDeletedError):
            make(world, node, "x")


def test_a_key_made_again_is_another_one(world: Backend, key: Node) -> None:
    """The old handle stays dead."""
    old = made(world, key, "a")
    world.write(old, [Value("v", 1, b"")])
    world.delete(old, False)
    new = made(world, key, "a")
    assert world.values(new) == []
    assert ask.is_alive(world, new)
    assert not ask.is_alive(world, old)


def test_a_renamed_key_keeps_its_handle(world: Backend, key: Node) -> None:
    """And all that is in it; a sibling's name is refused, another case is not."""
    node = made(world, key, "old")
    made(world, key, "other")
    below = made(world, node, "below")
    world.rename(node, "a much longer name than before")
    assert world.names(below)[-2:] == ["a much longer name than before", "below"]
    assert find(world, key, "old") is None
    with pytest.raises(KeyExistsError):
        world.rename(node, "OTHER")
    world.rename(node, "A MUCH longer name than before")
    assert names(world, key) == ["A MUCH longer name than before", "other"]


@pytest.mark.parametrize("name", ["", "a\\b", "x" * 257])
def test_a_bad_name_is_given_to_none(world: Backend, key: Node, name: str) -> None:
    """It is empty, a path, or too long."""
    node = made(world, key, "old")
    with pytest.raises(LimitError):
        world.rename(node, name)
    assert names(world, key) == ["old"]
    if len(name) > 256:
        with pytest.raises(LimitError):
            world.create(key, [name])[0]
        assert names(world, key) == ["old"]


@pytest.mark.parametrize("name", ["", "a\\b", "\\", "\\\\a"])
def test_a_name_that_no_path_tells(world: Backend, key: Node, name: str) -> None:
    """What a hive can hold can be made and found by its name; a path means other keys."""
    made(world, key, "a")
    node = world.create(key, [name], class_name="class")[0]
    below = world.create(node, [name])[0]
    assert world.names(below)[-2:] == [name, name]
    assert names(world, key) == sorted(["a", name], key=order_key)
    found = world.open(key, [name], link=True)
    assert found is not None
    assert world.info(found).class_name == "class"
    assert find(world, key, "a\\b") is None
    world.delete(found, True)
    assert names(world, key) == ["a"]


def test_keys_stand_at_most_512_levels_deep(world: Backend, key: Node) -> None:
    """One level more makes nothing at all."""
    with pytest.raises(LimitError):
        make(world, key, "\\".join(["d"] * 600))
    assert names(world, key) == []


# Values


@pytest.mark.needs("order of values")
def test_values_keep_their_order_spelling_and_bytes(world: Backend, key: Node) -> None:
    """Whatever their type; a value that is set again stays where it was."""
    odd = [Value("z", 1, b"\x01"), Value("", 0xFFFFFFFF, b""), Value("A", 11, bytes(70000))]
    world.write(key, odd)
    world.write(key, [Value("Z", 4, b"1234")])
    assert world.values(key) == [Value("z", 4, b"1234"), *odd[1:]]
    assert world.read(key, "a") == odd[2]
    assert world.read(key, "none") is None


@pytest.mark.needs("order of values")
def test_a_removed_value_comes_back_at_the_end(world: Backend, key: Node) -> None:
    """It is a new one."""
    world.write(key, [Value(name, 1, b"") for name in "abc"])
    assert world.remove(key, "A")
    assert not world.remove(key, "a")
    world.write(key, [Value("a", 1, b"")])
    assert [value.name for value in world.values(key)] == ["b", "c", "a"]


def test_a_value_name_has_a_limit(world: Backend, key: Node) -> None:
    """16,383 units; one too long sets none of the values given."""
    world.write(key, [Value("n" * 16383, 1, b"")])
    with pytest.raises(LimitError):
        world.write(key, [Value("a", 1, b""), Value("n" * 16384, 1, b"")])
    assert world.info(key).values == 1


def test_info_counts_what_is_there(world: Backend, key: Node) -> None:
    """Subkeys, values, the class name."""
    made(world, key, "a")
    made(world, key, "b")
    world.write(key, [Value("v", 1, b"")])
    world.set_class(key, "class")
    facts = world.info(key)
    assert (facts.subkeys, facts.values, facts.class_name) == (2, 1, "class")


@pytest.mark.needs("security")
def test_security_is_inherited_and_set(world: Backend, key: Node) -> None:
    """A new key has what it inherits, or what it is given; its group is that of its creator."""
    other = world.security(key)[:-1] + b"\x01"
    below = made(world, key, "a")
    assert world.security(below) == world.security(key)
    world.set_security(below, other)
    assert world.security(below) == other
    assert world.security(made(world, key, r"a\b")) == world.security(key)
    given, _ = make(world, key, "given", descriptor=other)
    assert world.security(given) == other


# What a key has, and what one that is made in it has, and one in that.
INHERITED = {
    "below a list that inherits": (
        "O:SYG:SYD:(A;CI;KA;;;BA)(A;CI;KR;;;WD)",
        "O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KR;;;WD)",
        "O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KR;;;WD)",
    ),
    "by itself, from a protected list": (
        "O:BAG:SYD:PAI(A;CI;KR;;;BU)(A;CI;KA;;;SY)(A;CI;KA;;;CO)(A;;KR;;;AC)",
        "O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;KA;;;CO)",
        "O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;KA;;;CO)",
    ),
    "of what only counts below": (
        "O:BAG:SYD:(A;;KA;;;SY)(A;CIIO;GA;;;SY)(A;OI;KR;;;WD)",
        "O:BAG:SYD:(A;;KA;;;SY)(A;CIIO;GA;;;SY)(A;OIIO;KR;;;WD)",
        "O:BAG:SYD:(A;;KA;;;SY)(A;CIIO;GA;;;SY)(A;OIIO;KR;;;WD)",
    ),
    "once": (
        "O:BAG:SYD:(A;CINP;KA;;;SY)",
        "O:BAG:SYD:(A;;KA;;;SY)",
        "O:BAG:SYD:(A;;KA;;;BA)(A;;KA;;;SY)",
    ),
    "a list of what is audited": (
        "O:BAG:SYD:(A;CI;KA;;;SY)S:(AU;CISAFA;KA;;;WD)(ML;CI;NW;;;LW)",
        "O:BAG:SYD:(A;CI;KA;;;SY)S:(AU;CISAFA;KA;;;WD)(ML;CI;NW;;;LW)",
        "O:BAG:SYD:(A;CI;KA;;;SY)S:(AU;CISAFA;KA;;;WD)(ML;CI;NW;;;LW)",
    ),
}


@pytest.mark.needs("security")
@pytest.mark.parametrize("way", ["one by one", "a path", "many", "volatile"])
@pytest.mark.parametrize("case", INHERITED)
def test_new_keys_inherit(world: Backend, key: Node, case: str, way: str) -> None:
    """However they are made, each has what Windows gives it."""
    if way == "volatile" and not world.makes_volatile:
        pytest.skip("this world makes no volatile keys")
    texts = INHERITED[case]
    top = made(world, key, "top")
    world.set_security(top, parse_sddl(texts[0]).build())
    if way == "one by one":
        made(world, made(world, made(world, top, "a"), "a"), "a")
    elif way == "many":
        chain = new_tree("a", 300)
        chain.add_subkey(new_tree("a", 1))
        chain.subkeys["A"].add_subkey(new_tree("a", 1))
        bulk_insert(world, top, [chain])
    else:
        make(world, top, r"a\a\a", volatile=way == "volatile")
    below = [found(world, top, "\\".join("a" * depth)) for depth in (1, 2, 3)]
    seen = [print_sddl(SecurityDescriptor.from_bytes(world.security(node))) for node in below]
    assert seen == [*texts[1:], texts[2]]


def test_times_change_as_in_windows(world: Backend, key: Node) -> None:
    """For what is changed itself; not for the same data again, nor by opening."""
    below = made(world, key, "a")
    world.write(below, [Value("v", 1, b"")])
    above, own = time_of(world, key), time_of(world, below)
    world.write(below, [Value("V", 1, b"")])
    make(world, key, "A")
    assert (time_of(world, key), time_of(world, below)) == (above, own)
    world.write(below, [Value("v", 1, b"x")])
    assert time_of(world, key) == above
    assert time_of(world, below) > own
    world.delete(below, False)
    assert time_of(world, key) > above


# Transactions


def test_what_is_rolled_back_never_was(world: Backend, key: Node) -> None:
    """Keys, values, names; also of a key that was there before."""
    kept = made(world, key, "kept")
    world.write(kept, [Value("1", 1, b""), Value("2", 1, b"")])
    world.begin()
    world.remove(kept, "1")
    world.rename(kept, "renamed")
    lost = made(world, key, "lost")
    world.roll_back()
    assert names(world, key) == ["kept"]
    assert [value.name for value in world.values(kept)] == ["1", "2"]
    assert not ask.is_alive(world, lost)


def test_an_inner_level_is_undone_alone(world: Backend, key: Node) -> None:
    """The outer one commits what is its own."""
    world.begin()
    made(world, key, "outer")
    world.begin()
    made(world, key, "inner")
    world.roll_back()
    world.begin()
    made(world, key, "kept")
    world.commit(False)
    world.commit(True)
    assert names(world, key) == ["kept", "outer"]


def test_a_transaction_must_have_been_begun(world: Backend, key: Node) -> None:
    """Its end alone is an error."""
    with pytest.raises(TransactionError):
        world.commit(False)
    with pytest.raises(TransactionError):
        world.roll_back()
    made(world, key, "still works")


# Whole trees

WIDTHS = [3, pytest.param(400, marks=pytest.mark.needs("large trees"))]


def test_a_saved_tree_is_restored(world: Backend, key: Node, tmp_path: Path) -> None:
    """Classes, links, descriptors and all; what was there instead is gone."""
    file = str(tmp_path / "saved")
    world.write(made(world, key, r"a\b"), [Value("v", 7, b"odd")])
    make(world, key, "link", link=True)
    make(world, key, "c", class_name="class")
    save(world, key, file)
    with pytest.raises(RegistryError):
        save(world, key, file)
    world.delete(found(world, key, "a"), True)
    made(world, key, "instead")
    restore(world, key, file)
    assert names(world, key) == ["a", "c", "link"]
    assert world.read(found(world, key, r"a\b"), "v") == Value("v", 7, b"odd")
    assert world.info(found(world, key, "c")).class_name == "class"
    link = find(world, key, "link", link=True)
    assert link is not None
    assert world.info(link).flags & KEY_LINK


def test_a_tree_is_copied_into_another(world: Backend, key: Node) -> None:
    """Also into itself: what is read is what was there before."""
    world.write(made(world, key, r"a\b"), [Value("v", 1, b"")])
    target = made(world, key, r"a\copy")
    copy(world, found(world, key, "a"), world, target)
    assert names(world, target) == ["b", "copy"]
    assert names(world, found(world, target, "copy")) == []
    assert world.read(found(world, target, "b"), "v") == Value("v", 1, b"")


def new_tree(name: str, width: int) -> NewKey:
    top = NewKey(name)
    top.class_name = "Class"
    top.values = {"V": Value("v", 3, b"of the top")}
    for number in range(width):
        below = NewKey(f"key {number:03}")
        below.values = {"": Value("", 4, number.to_bytes(4, "little"))}
        top.add_subkey(below)
    return top


@pytest.mark.parametrize("width", WIDTHS)
def test_trees_are_made_at_one_go(world: Backend, key: Node, width: int) -> None:
    """Small ones and large ones, beside keys that are there; by then they are keys like others."""
    made(world, key, "other")
    bulk_insert(world, key, [new_tree("top", width), NewKey("rest")])
    assert names(world, key) == ["other", "rest", "top"]
    top = found(world, key, "top")
    assert world.info(top)[:3] == (width, 1, "Class")
    assert [value.raw for value in world.values(top)] == [b"of the top"]
    last = found(world, key, f"top\\key {width - 1:03}")
    assert [value.data for value in world.values(last)] == [width - 1]
    world.delete(found(world, key, "top\\key 001"), False)
    assert len(names(world, top)) == width - 1


@pytest.mark.needs("large trees")
@pytest.mark.parametrize("width", [3, 400])
def test_a_tree_that_cannot_be_made_is_not_begun(world: Backend, key: Node, width: int) -> None:
    """A name that is there, one that is too long, or too many levels."""
    made(world, key, "there")
    deep = NewKey("deep")
    for _ in range(600):
        above = NewKey("deep")
        above.add_subkey(deep)
        deep = above
    for bad, error in (("THERE", KeyExistsError), ("n" * 257, LimitError), (deep, LimitError)):
        last = NewKey(bad) if isinstance(bad, str) else bad
        with pytest.raises(error):
            bulk_insert(world, key, [new_tree("new", width), last])
        assert names(world, key) == ["there"]
