r"""What each verb of a registry is reported as, and how a watched key is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Raw, Registry
from anyreg.engine.feed import Feed
from anyreg.registry.watch import Watch
from anyreg.security.sddl import parse_sddl
from anyreg.values import Value
from anyreg.watching.changes import KeyChange
from watching.model import Mirror, snapshot

Row = tuple[str, str, str | None]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """A hive that is sound in the end."""
    with anyreg.open(tmp_path / "hive", "x") as registry:
        yield registry
        assert registry.check() == []


def rows(watch: Watch) -> list[list[Row]]:
    """Kind, path and name of each change of each batch."""
    return [[(one.kind, one.path, one.name) for one in batch] for batch in watch]


def reported(
    registry: Registry, path: str, do: Callable[[], object], recursive: bool = True
) -> list[Row]:
    """What one transaction is reported as; where all is watched, the model agrees."""
    key = registry.open(path) if path else registry.root
    with key.watch(timeout=0, recursive=recursive) as watch:
        mirror = snapshot(key)
        with registry.transaction():
            do()
        batches = list(watch)
        assert len(batches) < 2
        changes = [change for batch in batches for change in batch]
        if recursive:
            check(registry, mirror, changes)
    return [(change.kind, change.path, change.name) for change in changes]


def check(registry: Registry, mirror: Mirror, changes: list[KeyChange]) -> None:
    """The model holds what the registry does."""
    mirror.apply(changes)
    path = "\\".join(mirror.keys[mirror.top[: n + 1]].name for n in range(len(mirror.top)))
    last = {} if mirror.top not in mirror.keys else snapshot(registry.open(path)).keys
    assert mirror.keys == last


def make(key: Key, path: str, value: str = "v") -> Key:
    made = key.create(path)
    made.values[value] = path
    return made


# Values


def test_values_are_reported_with_both_sides(registry: Registry) -> None:
    """None where there was none, or is none."""
    key = make(registry.root, "A")
    with key.watch(timeout=0) as watch:
        key.values["v"] = "new"
        key.values["w"] = 1
        key.delete_value("v")
        found = [change[:5] for batch in watch for change in batch]
    old, new, number = Value("v", 1, text("A")), Value("v", 1, text("new")), dword("w", 1)
    assert found == [
        ("value set", "A", "v", old, new),
        ("value set", "A", "w", None, number),
        ("value deleted", "A", "v", new, None),
    ]


def text(words: str) -> bytes:
    return (words + "\0").encode("utf-16-le")


def dword(name: str, number: int) -> Value:
    return Value(name, 4, number.to_bytes(4, "little"))


@pytest.mark.parametrize("size", [0, 4, 5, 16_344, 16_345, 100_000, 1_100_000])
def test_data_of_any_size_is_compared(registry: Registry, size: int) -> None:
    """Its last byte too, which is changed in place; a neighbour that stays is not reported."""
    key = make(registry.root, "A")
    key.values["big"] = Raw(3, bytes(size))
    key.values["other"] = Raw(3, bytes(size))
    changed = Raw(3, bytes(size - 1) + b"x") if size else Raw(4, b"")
    done = reported(registry, "A", lambda: key.values.update({"big": changed}))
    assert done == [("value set", "A", "big")]


def test_what_is_written_again_is_no_change(registry: Registry) -> None:
    """Identical data; a value that is made and deleted; a change that is taken back."""
    key = make(registry.root, "A")

    def do() -> None:
        key.values["v"] = "A"
        key.values["w"] = 1
        key.delete_value("w")
        key.values["v"] = "B"
        key.values["v"] = "A"

    assert reported(registry, "A", do) == []


def test_the_order_of_values_is_none(registry: Registry) -> None:
    """But the spelling of a name is a change."""
    key = registry.create("A")
    key.set_records([dword(name, 1) for name in "abc"])

    def do() -> None:
        for name in "ab":
            key.delete_value(name)
        key.set_records([dword("B", 1), dword("a", 1)])

    assert reported(registry, "A", do) == [("value set", "A", "B")]


# Keys


def test_a_tree_comes_from_above_and_goes_from_below(registry: Registry) -> None:
    """So it can be done again in this order."""
    done = reported(registry, "", lambda: make(make(registry.root, "A"), "B"))
    assert done == [
        ("key created", "A", None),
        ("value set", "A", "v"),
        ("key created", r"A\B", None),
        ("value set", r"A\B", "v"),
    ]
    gone = reported(registry, "", lambda: registry.root.delete("A", recursive=True))
    assert gone == [
        ("value deleted", r"A\B", "v"),
        ("key deleted", r"A\B", None),
        ("value deleted", "A", "v"),
        ("key deleted", "A", None),
    ]


def test_class_and_security_are_reported(registry: Registry) -> None:
    """Of a key that is there, and of one that comes."""
    key = registry.create("A")
    assert reported(registry, "", lambda: setattr(key, "class_name", "c")) == [
        ("class changed", "A", None)
    ]
    other = parse_sddl("O:BAG:SYD:(A;;KA;;;BA)").build()
    assert reported(registry, "", lambda: setattr(key, "descriptor", other)) == [
        ("security changed", "A", None)
    ]
    assert reported(registry, "", lambda: registry.root.create("B", class_name="c")) == [
        ("key created", "B", None),
        ("class changed", "B", None),
    ]


def test_a_key_that_is_made_and_deleted_again_is_none(registry: Registry) -> None:
    """Nor is what a savepoint has undone."""

    def do() -> None:
        registry.create(r"A\B")
        registry.root.delete("A", recursive=True)
        with suppress(ZeroDivisionError), registry.transaction():
            registry.create(r"C\D").values["v"] = 1
            raise ZeroDivisionError

    assert reported(registry, "", do) == []


@pytest.mark.parametrize("new", ["b", "A name that is much longer than it was"])
@pytest.mark.parametrize("is_empty", [False, True])
def test_a_rename_is_one(registry: Registry, new: str, is_empty: bool) -> None:
    """With all below it; whether the name fits into its cell or not."""
    key = registry.create("A")
    if not is_empty:
        make(make(key, "B"), "C")
    assert reported(registry, "", lambda: registry.root.rename("A", new)) == [
        ("key renamed", new, None)
    ]


def test_renames_are_told_in_an_order_in_which_they_can_be_done(registry: Registry) -> None:
    """A chain from its end; keys that have changed places by way of one more name."""
    for name in "ABCDE":
        make(registry.root, name, name)

    def chain() -> None:
        for old, new in ("CX", "BC", "AB"):
            registry.root.rename(old, new)

    assert [path for _, path, _ in reported(registry, "", chain)] == ["X", "C", "B"]

    def swap() -> None:
        for old, new in ("Dt", "ED", "tE"):
            registry.root.rename(old, new)

    renamed = [path for _, path, _ in reported(registry, "", swap)]
    assert (len(renamed), sorted(renamed[1:])) == (3, ["D", "E"])


def test_renames_at_several_levels_and_changes_below(registry: Registry) -> None:
    """The paths are those after the batch; what has gone stands where it was."""
    make(registry.root, r"A\B\C")

    def do() -> None:
        registry.open(r"A\B").rename("C", "a third name, much longer")
        registry.open("A").rename("B", "a second name, much longer")
        registry.root.rename("A", "a first name, much longer")
        top = registry.open("a first name, much longer")
        top.open(r"a second name, much longer\a third name, much longer").values["w"] = 1
        top.values["w"] = 1

    assert [kind for kind, _, _ in reported(registry, "", do)] == [
        *["key renamed"] * 3,
        *["value set"] * 2,
    ]


def test_a_key_that_is_deleted_and_made_again_is_both(registry: Registry) -> None:
    """In one transaction."""
    make(registry.root, r"A\B")

    def do() -> None:
        registry.root.delete("A", recursive=True)
        make(registry.root, "A")

    kinds = [kind for kind, path, _ in reported(registry, "", do) if path == "A"]
    assert kinds == ["key deleted", "key created", "value set"]


# Following the watched key


def test_the_watched_key_is_followed(registry: Registry) -> None:
    """When it is renamed, or one above it; its changes have its path as it is then."""
    make(registry.root, r"A\B")
    with registry.open(r"A\B").watch(timeout=0) as watch:
        registry.open("A").rename("B", "C")
        registry.root.rename("A", "Z")
        registry.open(r"Z\C").values["x"] = 1
        with registry.transaction():
            registry.open("Z").rename("C", "D")
            registry.root.rename("Z", "Y")
            registry.open(r"Y\D").values["x"] = 2
        registry.create(r"A\B")
        assert rows(watch) == [
            [("key renamed", r"A\C", None)],
            [("value set", r"Z\C", "x")],
            [("key renamed", r"Y\D", None), ("value set", r"Y\D", "x")],
        ]


def test_the_watched_key_may_be_deleted_and_made_again(registry: Registry) -> None:
    """By its path it is watched further, also when one above it was deleted."""
    make(registry.root, r"A\B")
    with registry.open(r"A\B").watch(timeout=0) as watch:
        registry.open("A").delete("B")
        make(registry.root, r"A\B")
        registry.root.delete("A", recursive=True)
        registry.create("A")
        registry.create(r"A\B")
        gone = [("value deleted", r"A\B", "v"), ("key deleted", r"A\B", None)]
        assert rows(watch) == [
            gone,
            [("key created", r"A\B", None)],
            [("value set", r"A\B", "v")],
            gone,
            [("key created", r"A\B", None)],
        ]


@pytest.mark.parametrize("is_one", [True, False])
def test_another_key_can_take_its_place(registry: Registry, is_one: bool) -> None:
    """By a rename: what it holds has come then."""
    make(registry.root, r"A\B")
    make(make(registry.root, r"A\C"), "D").create("E")
    key = registry.open(r"A\B")

    def do() -> None:
        registry.open("A").delete("B")
        registry.open("A").rename("C", "B")
        registry.open(r"A\B").values["w"] = 1
        registry.create(r"A\B\New")

    with key.watch(timeout=0) as watch:
        mirror = snapshot(key)
        if is_one:
            with registry.transaction():
                do()
        else:
            do()
        for batch in watch:
            mirror.apply(batch)
        assert mirror.keys == snapshot(registry.open(r"A\B")).keys


def test_a_key_above_can_be_exchanged(registry: Registry) -> None:
    """The watched key goes with its own parent; a watch of a place that is empty stays there."""
    make(registry.root, r"A\B")
    make(registry.root, r"X\B", "of x")
    with registry.open(r"A\B").watch(timeout=0) as watch:
        with registry.transaction():
            registry.root.rename("A", "T")
            registry.root.rename("X", "A")
            registry.root.rename("T", "X")
        registry.open(r"A\B").values["no"] = 1
        registry.open(r"X\B").values["yes"] = 1
        assert rows(watch) == [[("value set", r"X\B", "yes")]]
        with registry.transaction():
            registry.root.delete("X", recursive=True)
            registry.root.rename("A", "X")
        found = rows(watch)[0]
        assert found[-3:] == [
            ("key created", r"X\B", None),
            ("value set", r"X\B", "of x"),
            ("value set", r"X\B", "no"),
        ]


def test_without_what_is_below(registry: Registry) -> None:
    """The values, class and security of the key, and which subkeys it has."""
    key = make(registry.root, "A")

    def do() -> None:
        make(make(key, "B"), "C")
        key.values["w"] = 1

    assert reported(registry, "A", do, recursive=False) == [
        ("key created", r"A\B", None),
        ("value set", "A", "w"),
    ]

    def again() -> None:
        key.open("B").values["v"] = "2"
        key.open("B").rename("C", "D")
        key.rename("B", "E")

    assert reported(registry, "A", again, recursive=False) == [("key renamed", r"A\E", None)]
    gone = reported(registry, "A", lambda: key.delete("E", recursive=True), recursive=False)
    assert gone == [("key deleted", r"A\E", None)]


# Many at once


def test_many_keys_at_one_go(registry: Registry) -> None:
    """Bulk insertion and bulk deletion, as an import and the deletion of a tree do them."""
    many = {f"k{number}": {"v": number} for number in range(3000)}

    def insert() -> None:
        top = registry.create("Many")
        for name, values in many.items():
            top.create(name).values.update(values)

    assert len(reported(registry, "", insert)) == 1 + 2 * len(many)
    gone = reported(registry, "", lambda: registry.root.delete("Many", recursive=True))
    assert len(gone) == 1 + 2 * len(many)


def test_history_puts_back_what_is_reported(tmp_path: Path) -> None:
    """Undo and redo rewrite keys with the times that they had."""
    with anyreg.open(tmp_path / "hive", "x", journal=True) as registry:
        key = registry.create("A")
        make(key, "B")
        key.values["v"] = 1
        with key.watch(timeout=0) as watch:
            mirror = snapshot(key)
            for turn in (registry.journal.undo, registry.journal.undo, registry.journal.redo):
                turn()
                for batch in watch:
                    mirror.apply(batch)
                mirror.expect(snapshot(key))
        assert registry.check() == []


def test_nobody_who_listens_costs_nothing(registry: Registry) -> None:
    """There is no feed until somebody watches, and nobody is left in it at the end."""
    key = registry.create("A")
    feeds: list[Feed] = [place.feed for place in key._backend.places(key.node, True)]  # type: ignore[attr-defined]
    with key.watch():
        assert [len(feed.listeners) for feed in feeds] == [1]
    assert [len(feed.listeners) for feed in feeds] == [0]
