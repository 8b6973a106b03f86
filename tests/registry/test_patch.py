"""Patching: what diff() tells, done to the first, gives the second; or nothing is done at all."""

from __future__ import annotations

import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from agree.edits import Taste
from agree.model import model_of
from agree.test_real_hives import FewEdits, chosen, copied, quick
from anyreg import Change, ConflictError, Key, KeyState, NotSupportedError, Raw, Value, diff, patch
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.trees import find, make
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.sddl import parse_sddl
from conformance.worlds import OPENED_HIVES, OPENED_REGISTRIES, lack
from conftest import Expected, each_expected
from formats.models import Model
from formats.models import opened as modelled
from oracles import TREES as READERS
from oracles import RefusedError, Tree
from registry.trees import TREES, Held, World, held, world

LINK = "SymbolicLinkValue"


# Not a remote one: these trees have classes that change, links, and any name and type.
@pytest.fixture(scope="module", params=OPENED_HIVES | OPENED_REGISTRIES)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Each kind of registry."""
    with world(request.param, tmp_path_factory.mktemp("world")) as opened:
        yield opened


@pytest.fixture
def key() -> Iterator[Key]:
    r"""A key of a hive in memory: Sub\Deep, with values."""
    with anyreg.open("memory:") as registry:
        top = registry.create(r"HKCU\Software\Top")
        top.create(r"Sub\Deep").values["d"] = 1
        top.open("Sub").values.update({"s": "text", "n": 5})
        yield top


@given(TREES, TREES)
def test_the_difference_applied_to_the_first_gives_the_second(
    place: World, a: Model, b: Model
) -> None:
    """In every kind of registry, for any names, types and bytes; back again too."""
    ours, theirs = place.filled(a), place.filled(b)
    before, after = held(ours), held(theirs)
    back = list(diff(theirs, ours, security=True))
    changes = list(diff(ours, theirs, security=True))
    assert patch(ours, changes) == len(changes)
    assert held(ours) == after
    assert list(diff(ours, theirs, security=True)) == []
    patch(ours, back)
    assert held(ours) == before


@given(TREES, TREES, TREES)
def test_a_forced_patch_needs_nothing_as_it_was(place: World, a: Model, b: Model, c: Model) -> None:
    """What it tells is so at the end, whatever was there."""
    changes = list(diff(place.filled(a), place.filled(b)))
    key = place.filled(c)
    patch(key, changes, force=True)
    for change in _last_of_each(changes):
        at = found(key, change.path)
        if change.name is None:
            assert (at is None) == (change.after is None)
        else:
            value = at.find_value(change.name) if at else None
            assert (value and (value.type, value.raw)) == (
                change.after and (change.after.type, change.after.raw)  # type: ignore[union-attr]
            )


def _last_of_each(changes: list[Change]) -> list[Change]:
    return list({(change.path, change.name): change for change in changes}.values())


def found(key: Key, path: str) -> Key | None:
    try:
        return key.open(path)
    except anyreg.KeyNotFoundError:
        return None


@given(TREES, TREES, st.data())
def test_a_change_of_another_past_is_refused_and_nothing_is_done(
    place: World, a: Model, b: Model, data: st.DataObject
) -> None:
    """Whichever single thing is not as it was."""
    changes = list(diff(place.filled(a), place.filled(b)))
    if not changes:
        return
    key = place.filled(a)
    spoil(key, data.draw(st.sampled_from(changes)))
    before = held(key)
    with pytest.raises(ConflictError):
        patch(key, changes)
    assert held(key) == before


def spoil(key: Key, change: Change) -> None:
    """Make what a change was made for untrue."""
    if change.name is not None:
        at = key.open(change.path) if found(key, change.path) else key.create(change.path)
        if isinstance(change.before, Value):
            raw = change.before.raw + b"x"
            at.set_records([Value(change.name, change.before.type, raw)])
        else:
            at.set_records([Value(change.name, 77, b"not expected")])
    elif change.before is None:
        key.create(change.path)
    elif isinstance(change.before, KeyState) and change.kind == "changed":
        key.open(change.path).class_name = change.before.class_name + "x"
    else:
        key.open(change.path).create("not expected by any change")


def test_the_changes_may_come_from_the_very_key(key: Key) -> None:
    """They are all read before the first is made."""
    other = key.parent
    assert other is not None
    other = other.create("Other")
    patch(key, diff(key, other))
    assert (list(key.subkeys), list(key.values)) == ([], [])


@pytest.mark.parametrize(
    ("change", "message", "name"),
    [
        (Change("added", "Sub", None, None, KeyState("", 0)), "is there already", None),
        (Change("added", r"No\Where", None, None, KeyState("", 0)), "no key that it", None),
        (Change("removed", "No", None, KeyState("", 0), None), "to go is not there", None),
        (Change("removed", "Sub", None, KeyState("", 0), None), "it is not as it was", "s"),
        (Change("removed", r"Sub\Deep", None, KeyState("c", 0), None), "another class name", None),
        (Change("changed", "No", None, KeyState("", 0), KeyState("c", 0)), "not there", None),
        (Change("added", "No", "v", None, Value("v", 3, b"")), "not there", None),
        (Change("added", "Sub", "N", None, Value("N", 3, b"")), "it is not as it was", "N"),
        (Change("removed", "Sub", "x", Value("x", 3, b""), None), "it is not as it was", "x"),
        (Change("changed", "Sub", "n", Value("n", 4, b"\1"), Value("n", 3, b"")), "it is", "n"),
    ],
)
def test_a_conflict_names_the_key_and_the_value(
    key: Key, change: Change, message: str, name: str | None
) -> None:
    """With the path from the root on."""
    with pytest.raises(ConflictError, match=message) as caught:
        patch(key, [change])
    path = "\\".join([key.path, change.path])
    assert (caught.value.path, caught.value.name) == (path, name)


def test_a_conflict_tells_both_sides(key: Key) -> None:
    """What the change was made for, and what is there."""
    change = Change("changed", "Sub", "n", Value("n", 4, b"\1\0\0\0"), Value("n", 1, b""))
    with pytest.raises(ConflictError) as caught:
        patch(key, [change])
    assert str(caught.value) == (
        r"value 'n': it is not as it was: HKEY_CURRENT_USER\Software\Top\Sub "
        "(expected REG_DWORD 1, found REG_DWORD 5)"
    )


def test_a_key_that_holds_more_than_is_told_stays(key: Key) -> None:
    """A subkey that came later must not go unseen."""
    changes = list(diff(key, modelled(Model()).root))
    key.create(r"Sub\Deep\Later")
    with pytest.raises(ConflictError, match="a subkey that no change tells") as caught:
        patch(key, changes)
    assert caught.value.path.endswith(r"Sub\Deep\LATER")
    assert patch(key, changes, force=True) == len(changes)
    assert list(key.subkeys) == []


def test_an_error_in_the_middle_undoes_all(key: Key) -> None:
    """A name that is too long comes last."""
    before = held(key)
    changes = [
        Change("added", "First", None, None, KeyState("", 0)),
        Change("removed", "Sub", "n", Value("n", 4, b"\5\0\0\0"), None),
        Change("added", "x" * 300, None, None, KeyState("", 0)),
    ]
    with pytest.raises(anyreg.LimitError):
        patch(key, changes)
    assert held(key) == before


def test_a_change_below_a_key_that_goes_is_refused(key: Key) -> None:
    """No diff() tells such a thing."""
    changes = [
        Change("removed", "Sub", None, KeyState("", 0), None),
        Change("added", r"Sub\New", None, None, KeyState("", 0)),
    ]
    with pytest.raises(ConflictError, match="below a key that is to go"):
        patch(key, changes)


@pytest.mark.parametrize("kind", ["added", "removed"])
def test_the_patched_key_itself_stays(key: Key, kind: str) -> None:
    """There is no parent to add it to."""
    state = KeyState("", 0)
    sides = (None, state) if kind == "added" else (state, None)
    with pytest.raises(NotSupportedError, match="neither be added nor removed"):
        patch(key, [Change(kind, "", None, *sides)])  # type: ignore[arg-type]


DOUBLES = Model(values=[("v", 3, b"1"), ("V", 3, b"2")], keys=[Model("k"), Model("K")])
ODD = {
    "a value twice": Model(values=DOUBLES.values),
    "a key twice": Model(keys=DOUBLES.keys),
    "a backslash": Model(keys=[Model("a\\b", [("v", 3, b"")])]),
    "no name": Model(keys=[Model("")]),
    "below one": Model(keys=[Model("a\\b", keys=[Model("c")])]),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("way", [1, -1])
def test_what_a_path_cannot_tell_is_refused(key: Key, odd: Model, way: int) -> None:
    """Names of damaged hives: nothing is guessed."""
    changes = list(diff(*[modelled(odd).root, modelled(Model()).root][::way]))
    assert any(change.is_odd for change in changes)
    before = held(key)
    for force in (False, True):
        with pytest.raises(NotSupportedError, match="cannot be patched"):
            patch(key, changes, force=force)
    assert held(key) == before


def test_other_changes_of_a_damaged_hive_are_fine() -> None:
    """Doubles that are the same on both sides do not matter."""
    a, b = deepcopy(DOUBLES), deepcopy(DOUBLES)
    b.values.append(("w", 3, b""))
    assert [change.is_odd for change in diff(modelled(a).root, modelled(b).root)] == [False]


# What a key can only be made with


def links_and_keys(place: World) -> tuple[Key, Key]:
    """Two keys: one where L is a link and K a key, one where it is the other way round."""
    pair = place.fresh(), place.fresh()
    backend = pair[0]._backend
    target = "\\Registry\\User".encode("utf-16-le")
    for key, link, plain in ((pair[0], "L", "K"), (pair[1], "K", "L")):
        node, _ = make(backend, key.node, link, link=True)
        backend.write(node, [Value(LINK, 6, target)])
        key.create(rf"{plain}\Below").values["v"] = 1
    return pair


def test_a_link_and_a_key_are_two_things(place: World) -> None:
    """The one goes with all below it, and the other comes."""
    ours, theirs = links_and_keys(place)
    changes = list(diff(ours, theirs))
    assert [(change.kind, change.path, change.name) for change in changes] == [
        ("removed", "K", None),
        ("removed", r"K\Below", None),
        ("removed", r"K\Below", "v"),
        ("added", "K", None),
        ("added", "K", LINK),
        ("removed", "L", None),
        ("removed", "L", LINK),
        ("added", "L", None),
        ("added", r"L\Below", None),
        ("added", r"L\Below", "v"),
    ]
    patch(ours, changes)
    assert held(ours) == held(theirs)
    assert [flags & KEY_LINK for _, flags, _, _ in held(ours).values()] == [0, 0, 0, KEY_LINK]


def test_a_forced_patch_puts_a_link_where_a_key_was(place: World) -> None:
    """And the other way round."""
    ours, theirs = links_and_keys(place)
    empty = place.fresh()
    patch(ours, list(diff(empty, theirs)), force=True)
    assert held(ours) == held(theirs)


def test_a_link_is_changed_itself_and_not_its_target(place: World) -> None:
    """No way leads through it."""
    ours, theirs = links_and_keys(place)
    aim = Value(LINK, 6, "\\Registry\\Machine".encode("utf-16-le"))
    backend = theirs._backend
    node = find(backend, theirs.node, "K", 0, True)
    assert node is not None
    backend.write(node, [aim])
    patch(ours, list(diff(ours, theirs)))
    assert held(ours) == held(theirs)
    patch(ours, [Change("changed", "K", LINK, aim, Value(LINK, 6, b""))])
    assert held(ours)[("K",)][3] == {fold_link(): (6, b"")}


def fold_link() -> str:
    return LINK.upper()


def test_what_is_compared_cannot_become_a_link(place: World) -> None:
    """It would have to be another key."""
    ours, _ = links_and_keys(place)
    plain, link = ours.children()
    changes = list(diff(plain, link))
    assert changes[0].kind == "changed"
    with pytest.raises(NotSupportedError, match="cannot become a link"):
        patch(plain, changes[:1])


def test_an_added_key_is_volatile_where_the_registry_can_keep_it_so(tmp_path: Path) -> None:
    """And an ordinary one in a hive's file, as copying has it."""
    with (
        anyreg.Registry(MemoryBackend()) as registry,
        anyreg.open(tmp_path / "a.dat", "x") as hive,
    ):
        top = registry.root
        top.create(r"A\V", volatile=True)
        ours, theirs = top.create("B"), top.open("A")
        changes = list(diff(ours, theirs))
        for key, flag in ((ours, KEY_VOLATILE), (hive.root, 0)):
            patch(key, changes)
            assert key.open("V").info().flags & KEY_VOLATILE == flag
            assert list(diff(theirs, key)) == []


def test_descriptors_are_compared_and_set_only_if_asked_for(
    place: World, request: pytest.FixtureRequest
) -> None:
    """A new key has that of its parent otherwise."""
    if reason := lack(request.node.callspec.params["place"], "security"):
        pytest.skip(reason)
    ours, theirs = place.fresh(), place.fresh()
    other = "O:BAG:SYD:(A;CI;KA;;;WD)"  # who asks may go on
    new = theirs.create("New")
    assert new.security.sddl != other
    new.descriptor = theirs.descriptor = parse_sddl(other).build()
    plain = list(diff(ours, theirs))
    assert [change.path for change in plain] == ["New"]
    secure = list(diff(ours, theirs, security=True))
    assert [(change.kind, change.path) for change in secure] == [("changed", ""), ("added", "New")]
    patch(ours, plain)
    assert ours.open("New").security.sddl == ours.security.sddl != other
    ours.delete("New")
    patch(ours, secure)
    assert ours.open("New").security.sddl == ours.security.sddl == other
    with pytest.raises(ConflictError, match="another security descriptor"):
        patch(ours, secure)


def test_reading_only_is_refused(tmp_path: Path) -> None:
    """By the registry, before anything is looked at."""
    anyreg.open(tmp_path / "a.dat", "x").close()
    with anyreg.open(tmp_path / "a.dat") as registry, pytest.raises(NotSupportedError):
        patch(registry.root, [])


def test_large_trees_and_data_are_patched(tmp_path: Path) -> None:
    """Lists that are split, data in several cells."""
    with anyreg.open(tmp_path / "a.dat", "x") as registry:
        with registry.transaction():
            big = registry.create("Big")
            for number in range(1500):
                big.create(f"k{number}").set_values({"v": number, "w": Raw(3, b"x" * 90)})
            big.values["data"] = bytes(range(256)) * 400
        expected = held(big)
        empty = registry.create("Empty")
        changes = list(diff(empty, big))
        back = list(diff(big, empty))
        patch(empty, changes)
        assert held(empty) == expected
        patch(big, back)
        assert held(registry.open("Big")) == {(): ("", 0, big.descriptor, {})}
        assert registry.check() == []


# Real hives


@each_expected(lambda hive: chosen(hive) and quick(hive))
def test_a_copy_of_a_real_hive_is_patched_to_an_edited_one(hive: Expected, tmp_path: Path) -> None:
    """Byte for byte what the edited one holds, for other readers too; and back."""
    ours, theirs, third = [copied(hive, folder(tmp_path, name)) for name in ("a", "b", "c")]
    with (
        anyreg.open(ours, "r+") as old,
        anyreg.open(theirs, "r+") as new,
        anyreg.open(third) as untouched,
    ):
        faults = len(old.check())
        first = held(old.root)
        edits = FewEdits(random.Random(hive.path), model_of(new.root), Taste())
        while edits.done < 40:
            edits.transaction(new)
        patch(old.root, diff(old.root, new.root, security=True))
        assert list(diff(old.root, new.root, security=True)) == []
        expected: Held = held(new.root)
        assert held(old.root) == expected
        assert len(old.check()) <= faults
        patch(new.root, diff(new.root, untouched.root, security=True))
        assert held(new.root) == first
        patch(new.root, diff(new.root, old.root, security=True))
    assert read_by_hivex(ours) == read_by_hivex(theirs)


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def read_by_hivex(file: Path) -> Tree | str:
    """The tree without times, values in the order of their names."""
    try:
        tree = READERS["hivex"](file)
    except RefusedError as error:  # some real hives are damaged: both copies are refused then
        return str(error).partition(":")[0]
    return {path: (None, sorted(rows, key=repr)) for path, (_, rows) in sorted(tree.items())}
