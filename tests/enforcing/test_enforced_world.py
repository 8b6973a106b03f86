"""A registry that is opened as somebody: what needs which right; a refusal changes nothing.

The table of rights is that of Microsoft's documentation, written down once more: each verb is done
with exactly the rights that it needs, and refused without any one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import anyreg
from anyreg.backends import ask, trees
from anyreg.backends.abilities import Bulk, Exact, Journaled, Mounts, Watchable, Whole
from anyreg.backends.base import VIEW_32, VIEW_64, Backend
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.system_abilities import Localized, Naming
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import AccessDeniedError, NotSupportedError
from anyreg.facts import Facts
from anyreg.new_keys import NewKey
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.sddl import parse_sddl
from anyreg.security.token import (
    SE_BACKUP,
    SE_RELABEL,
    SE_RESTORE,
    SE_SECURITY,
    SE_TAKE_OWNERSHIP,
    Token,
)
from anyreg.types import REG_LINK, Link
from anyreg.values import Node, Value, encode
from conformance.worlds import HIVES, REGISTRIES

USER = "S-1-5-21-1-2-3-1001"
ADA = Token.of(USER, "Users")
MACHINE, CURRENT_USER, CLASSES = 0x80000002, 0x80000001, 0x80000000
OPEN = "O:SYG:SYD:(A;CI;KA;;;WD)"
WORLDS = {name: HIVES[name] for name in ("memory hive", "the core alone", "hive")} | {
    name: REGISTRIES[name] for name in ("memory", "embedded")
}


def descriptor(text: str) -> bytes:
    return parse_sddl(text).build()


def only(rights: int) -> bytes:
    """What gives Ada these rights and no others."""
    return descriptor(f"O:SYG:SYD:(A;;0x{rights:x};;;{USER})(A;;KA;;;SY)")


def all_but(rights: int) -> bytes:
    """What denies Ada these rights."""
    return descriptor(f"O:SYG:SYD:(D;;0x{rights:x};;;{USER})(A;CI;KA;;;WD)")


def made(world: Backend, top: Node, path: str, text: str | bytes = OPEN) -> Node:
    node, _ = trees.make(world, top, path)
    world.set_security(node, descriptor(text) if isinstance(text, str) else text)
    return node


@dataclass
class Place:
    """A world, and what is in it: A with a value and the keys B and B\\C, all open to everybody."""

    world: Backend
    top: Node
    key: Node

    def seen(self, token: Token = ADA) -> tuple[Backend, Node]:
        """The world as somebody sees it, and its key A with all rights that can be had."""
        guarded = enforced(self.world, token, closes=False)
        above = guarded.root()
        for name in self._way():
            found = guarded.open(above, [name])
            assert found is not None
            above = found
        return guarded, above

    def _way(self) -> list[str]:
        if isinstance(self.world, Whole):
            return ["HKEY_CURRENT_USER", "Software", "Top", "A"]
        return ["Top", "A"]


def place_in(world: Backend) -> Place:
    """Keys that everybody may use, from the top on."""
    start = ask.predefined(world, CURRENT_USER) if isinstance(world, Whole) else world.root()
    if isinstance(world, Whole):
        world.set_security(start, descriptor(OPEN))
        start = made(world, start, "Software")
    top = made(world, start, "Top")
    key = made(world, top, "A")
    world.write(key, [Value("v", 3, b"old"), Value("w", 1, b"")])
    made(world, made(world, key, "B"), "C")
    return Place(world, top, key)


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    world = WORLDS[request.param](tmp_path)
    yield place_in(world)
    assert ask.check(world) == []
    world.close()


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Place]:
    world = REGISTRIES["memory"](tmp_path)
    yield place_in(world)
    world.close()


def dump(world: Backend, node: Node) -> list[object]:
    """All that a key holds, and all below it, times included."""
    facts = world.info(node)
    below = [dump(world, child) for child in world.subkeys(node)]
    own = (facts.name, facts.class_name, facts.flags, ask.fresh(world, node).last_written)
    return [own, world.values(node), world.security(node), below]


def refused(place: Place, do: Callable[[], object], code: int = 5) -> None:
    """It is refused with this code, and nothing has changed."""
    before = dump(place.world, place.top)
    with pytest.raises(AccessDeniedError) as caught:
        do()
    assert caught.value.winerror == code
    assert dump(place.world, place.top) == before


# Verbs, and the rights that each needs on its key

QUERY, SET, MAKE, LIST, NOTIFY, LINK = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20
DELETE, CONTROL, DAC, OWNER, SACL = 0x10000, 0x20000, 0x40000, 0x80000, 0x1000000
Verb = Callable[[Backend, Node], object]


def new_keys() -> list[NewKey]:
    top = NewKey("N")
    top.add_subkey(NewKey("below"))
    return [top]


def copied(world: Backend, node: Node) -> None:
    source = MemoryBackend()
    trees.make(source, source.root(), r"copy\below")
    trees.copy(source, source.root(), world, node)


def linked(world: Backend, node: Node) -> None:
    world.create(node, ["L"], flags=KEY_LINK)


def with_list(text: str) -> Verb:
    return lambda world, node: world.set_security(node, descriptor(text))


CORE: dict[str, tuple[int, Verb]] = {
    "values": (QUERY, lambda world, node: world.values(node)),
    "read": (QUERY, lambda world, node: world.read(node, "v")),
    "read a missing one": (QUERY, lambda world, node: world.read(node, "none")),
    "value_at": (QUERY, lambda world, node: ask.value_at(world, node, 0)),
    "info": (QUERY, lambda world, node: world.info(node)),
    "subkeys": (LIST, lambda world, node: world.subkeys(node)),
    "subkey_at": (LIST, lambda world, node: ask.subkey_at(world, node, 0)),
    "below": (LIST, lambda world, node: ask.below(world, node, node)),
    "security": (CONTROL, lambda world, node: world.security(node)),
    "write": (SET, lambda world, node: world.write(node, [Value("v", 3, b"new")])),
    "write nothing": (SET, lambda world, node: world.write(node, [])),
    "remove": (SET, lambda world, node: world.remove(node, "v")),
    "remove a missing one": (SET, lambda world, node: world.remove(node, "none")),
    "set_class": (SET, lambda world, node: world.set_class(node, "class")),
    "assign": (SET | QUERY, lambda world, node: trees.assign(world, node, {"v": b"new"})),
    "create": (MAKE, lambda world, node: world.create(node, ["N"])),
    "create several": (MAKE, lambda world, node: world.create(node, ["N", "M", "O"])),
    "create a link": (MAKE | LINK, linked),
    "bulk_insert": (MAKE, lambda world, node: trees.bulk_insert(world, node, new_keys())),
    "rename": (SET | MAKE | CONTROL, lambda world, node: world.rename(node, "renamed")),
    "delete": (DELETE | LIST, lambda world, node: world.delete(node, True)),
    "set the list": (DAC, with_list("O:SYG:SYD:(A;;KR;;;WD)")),
    "set the owner": (OWNER | DAC, with_list(f"O:{USER}G:SYD:(A;;KR;;;WD)")),
    "set the group": (OWNER | DAC, with_list("O:SYG:BAD:(A;;KR;;;WD)")),
    "set a label": (OWNER | DAC, with_list("O:SYG:SYD:(A;;KR;;;WD)S:(ML;;NW;;;LW)")),
}


@pytest.mark.parametrize("verb", CORE)
def test_a_verb_needs_its_rights_and_no_others(place: Place, verb: str) -> None:
    """On the key as it was opened: what is asked for and not granted is refused at the verb."""
    rights, do = CORE[verb]
    for bit in [1 << shift for shift in range(25) if rights & 1 << shift]:
        place.world.set_security(place.key, all_but(bit))
        guarded, node = place.seen()
        refused(place, lambda guarded=guarded, node=node: do(guarded, node))  # type: ignore[misc]
    place.world.set_security(place.key, only(rights))
    guarded, node = place.seen()
    do(guarded, node)


def test_what_is_copied_needs_to_be_made_and_written(place: Place) -> None:
    """In the target; keys below belong to who copies."""
    for bit in (MAKE, SET):
        place.world.set_security(place.key, all_but(bit))
        guarded, node = place.seen()
        refused(place, lambda guarded=guarded, node=node: copied(guarded, node))  # type: ignore[misc]
    place.world.set_security(place.key, only(MAKE | SET | QUERY))
    guarded, node = place.seen()
    copied(guarded, node)
    copy = place.world.open(place.key, ["copy"])
    assert copy is not None
    assert str(SecurityDescriptor.from_bytes(place.world.security(copy)).owner) == USER


def test_a_key_is_opened_with_what_is_granted(place: Place) -> None:
    """All that is asked for, or nothing; of what can be had, something."""
    place.world.set_security(place.key, only(QUERY | CONTROL))
    guarded, _ = place.seen()
    above = guarded.open(place_top(guarded, place), [])
    assert above is not None
    for access in (LIST, QUERY | SET, 0x20019, 0xF003F, 0x80000000, 0x02000002):
        refused(place, lambda access=access: guarded.open(above, ["A"], access))  # type: ignore[misc]
    for access in (
        QUERY,
        QUERY | CONTROL,
        0x02000000,
        0x02000001,
        QUERY | VIEW_64,
        QUERY | VIEW_32,
    ):
        node = guarded.open(above, ["A"], access)
        assert node is not None
        assert guarded.read(node, "v") is not None
    only_control = guarded.open(above, ["A"], CONTROL)
    assert only_control is not None
    refused(place, lambda: guarded.read(only_control, "v"))
    place.world.set_security(place.key, descriptor("O:SYG:SYD:(A;;KA;;;SY)"))
    refused(place, lambda: guarded.open(above, ["A"]))
    assert guarded.open(above, ["none"]) is None


def place_top(guarded: Backend, place: Place) -> Node:
    found = guarded.root()
    for name in place._way()[:-1]:
        next_one = guarded.open(found, [name])
        assert next_one is not None
        found = next_one
    return found


def test_rights_stay_as_long_as_the_key_is_open(place: Place) -> None:
    """As those of a handle do; who opens it anew is asked anew."""
    guarded, node = place.seen()
    place.world.set_security(place.key, descriptor("O:SYG:SYD:(A;;KA;;;SY)"))
    guarded.write(node, [Value("v", 3, b"new")])
    refused(place, lambda: guarded.open(node, []))


def test_keys_on_the_way_are_not_asked(place: Place) -> None:
    """Windows lets everybody pass; and a list shows what may not be opened."""
    guarded, _ = place.seen()
    top = place_top(guarded, place)
    place.world.set_security(place.key, descriptor("O:SYG:SYD:(A;;KA;;;SY)"))
    below = guarded.open(top, ["A", "B", "C"], 0xF003F)
    assert below is not None
    assert [child.name for child in guarded.subkeys(top)] == ["A"]
    (shown,) = guarded.subkeys(top)
    refused(place, lambda: guarded.values(shown))
    assert guarded.names(shown)[-1] == "A"


def test_a_tree_goes_as_a_whole_or_not_at_all(place: Place) -> None:
    """One key below that may not be deleted, or not be looked into, keeps all."""
    guarded, node = place.seen()
    deep = place.world.open(place.key, ["B", "C"])
    assert deep is not None
    made(place.world, deep, "D", all_but(DELETE))
    refused(place, lambda: guarded.delete(node, True))
    place.world.set_security(deep, all_but(LIST))
    refused(place, lambda: guarded.delete(node, True))


def test_keys_are_made_all_or_none(place: Place) -> None:
    """Who makes a key may do all with it as he has it open, whatever it inherits."""
    guarded, node = place.seen()
    inherits = f"O:SYG:SYD:(A;;KA;;;{USER})(A;CIIO;KR;;;{USER})"
    place.world.set_security(place.key, descriptor(inherits))
    refused(place, lambda: guarded.create(node, ["N", "M"]))
    refused(place, lambda: trees.bulk_insert(guarded, node, new_keys()))
    key, is_new = guarded.create(node, ["N"])
    assert is_new
    guarded.write(key, [Value("v", 3, b"new")])
    again = guarded.open(node, ["N"])
    assert again is not None
    refused(place, lambda: guarded.write(again, []))
    with pytest.raises(AccessDeniedError):
        guarded.create(node, ["N"], 0xF003F)


def test_a_key_is_renamed_in_a_key_that_lets_one_make_it(place: Place) -> None:
    """The right on the key itself is not enough."""
    guarded, node = place.seen()
    place.world.set_security(place.top, all_but(MAKE))
    refused(place, lambda: guarded.rename(node, "renamed"))


def test_an_owner_is_who_sets_him_or_a_group_that_may_own(place: Place) -> None:
    """Anybody else needs the privilege to restore."""
    guarded, node = place.seen()
    other = descriptor("O:BAG:SYD:(A;CI;KA;;;WD)")
    refused(place, lambda: guarded.set_security(node, other), 1307)
    refused(place, lambda: guarded.create(node, ["N"], descriptor=other), 1307)
    for token in (Token.administrator(USER), Token.of(USER, privileges=[SE_RESTORE])):
        guarded, node = place.seen(token)
        guarded.set_security(node, other)
        assert place.world.security(place.key) == other
        guarded.set_security(node, descriptor(OPEN.replace("O:SY", f"O:{USER}")))


def test_a_label_above_the_own_level_needs_a_privilege(place: Place) -> None:
    """One as high as that, or lower, needs none."""
    own = descriptor(f"O:{USER}G:SYD:(A;CI;KA;;;WD)S:(ML;;NW;;;ME)")
    high = descriptor(f"O:{USER}G:SYD:(A;CI;KA;;;WD)S:(ML;;NW;;;HI)")
    guarded, node = place.seen()
    refused(place, lambda: guarded.set_security(node, high), 1299)
    refused(place, lambda: guarded.create(node, ["N"], descriptor=high), 1299)
    guarded.create(node, ["N"], descriptor=own)
    guarded, node = place.seen(Token.of(USER, privileges=[SE_RELABEL, SE_RESTORE]))
    guarded.set_security(node, high)
    assert place.world.security(place.key) == high


def test_what_is_audited_needs_a_privilege(place: Place) -> None:
    """It is neither shown nor lost to who lacks it."""
    text = "O:SYG:SYD:(A;CI;KA;;;WD)S:(AU;SA;KA;;;WD)(ML;;NW;;;LW)"
    place.world.set_security(place.key, descriptor(text))
    guarded, node = place.seen()
    assert guarded.security(node) == descriptor("O:SYG:SYD:(A;CI;KA;;;WD)S:(ML;;NW;;;LW)")
    refused(place, lambda: guarded.open(node, [], SACL), 1314)
    without = descriptor("O:SYG:SYD:(A;CI;KR;;;WD)S:(AU;SA;KR;;;WD)(ML;;NW;;;LW)")
    refused(place, lambda: guarded.set_security(node, without))
    guarded.set_security(node, descriptor("O:SYG:SYD:(A;CI;KR;;;WD)S:(ML;;NW;;;LW)"))
    kept = parse_sddl("O:SYG:SYD:(A;CI;KR;;;WD)S:(ML;;NW;;;LW)(AU;SA;KA;;;WD)").build()
    assert place.world.security(place.key) == kept
    place.world.set_security(place.key, descriptor(text))
    guarded, node = place.seen(Token.of(USER, privileges=[SE_SECURITY]))
    assert guarded.security(node) == descriptor(text)
    guarded.set_security(node, without)
    assert place.world.security(place.key) == without


def test_who_may_take_a_key_can_open_it_for_that(place: Place) -> None:
    """The privilege gives the right to set the owner, and no other."""
    place.world.set_security(place.key, descriptor("O:SYG:SYD:(A;;KA;;;SY)"))
    guarded, node = place.seen(Token.of(USER, privileges=[SE_TAKE_OWNERSHIP]))
    refused(place, lambda: guarded.values(node))
    guarded.set_security(node, descriptor(f"O:{USER}G:SYD:(A;;KA;;;SY)"))
    owned = guarded.open(node, [], DAC)
    assert owned is not None
    guarded.set_security(owned, descriptor(f"O:{USER}G:SYD:(A;;KA;;;{USER})"))
    again = guarded.open(node, [], 0xF003F)
    assert again is not None


def test_what_is_no_descriptor_lets_nobody_in(place: Place) -> None:
    """Not even the system."""
    place.world.set_security(place.key, b"no descriptor at all")
    for token in (ADA, Token.system()):
        guarded = enforced(place.world, token, closes=False)
        top = place_top(guarded, place)
        refused(place, lambda guarded=guarded, top=top: guarded.open(top, ["A"]))  # type: ignore[misc]


# Abilities


def test_abilities_are_those_of_the_world(place: Place) -> None:
    """No more, so nothing is promised; no less."""
    guarded, _ = place.seen()
    for ability in (Bulk, Exact, Journaled, Localized, Mounts, Naming, Watchable, Whole):
        assert isinstance(guarded, ability) == isinstance(place.world, ability)


def test_a_state_is_put_back_by_who_may_write_and_set_it(place: Place) -> None:
    """The descriptor only by who may set that."""
    if not isinstance(place.world, Exact):
        with pytest.raises(NotSupportedError):
            ask.rewrite(*place.seen(), Facts("", b"", 0, 1), None)
        return
    before = place.world.security(place.key)
    other = Facts("class", descriptor("O:SYG:SYD:(A;;KR;;;WD)"), 0, 1)
    for bit in (SET, DAC):
        place.world.set_security(place.key, all_but(bit))
        guarded, node = place.seen()
        refused(place, lambda guarded=guarded, node=node: ask.rewrite(guarded, node, other, []))  # type: ignore[misc]
    place.world.set_security(place.key, before)
    guarded, node = place.seen()
    ask.rewrite(guarded, node, other, [])
    assert place.world.info(place.key).class_name == "class"


def test_who_saves_and_restores_needs_the_privilege(place: Place, tmp_path: Path) -> None:
    """And no right on any key; without it not even a file is made."""
    guarded, node = place.seen()
    file = tmp_path / "saved"
    refused(place, lambda: trees.save(guarded, node, str(file)), 1314)
    assert not file.exists()
    place.world.set_security(place.key, descriptor("O:SYG:SYD:(A;;KA;;;SY)"))
    saver = enforced(place.world, Token.of(USER, privileges=[SE_BACKUP]), closes=False)
    (shown,) = saver.subkeys(place_top(saver, place))
    trees.save(saver, shown, str(file))
    refused(place, lambda: trees.restore(guarded, node, str(file)), 1314)
    restorer = enforced(place.world, Token.of(USER, privileges=[SE_RESTORE]), closes=False)
    (shown,) = restorer.subkeys(place_top(restorer, place))
    place.world.remove(place.key, "v")
    trees.restore(restorer, shown, str(file))
    assert place.world.read(place.key, "v") == Value("v", 3, b"old")


def test_what_looks_at_all_needs_the_privilege_to_save(place: Place) -> None:
    """Problems name keys; states of a hive hold all their values."""
    guarded, node = place.seen()
    if isinstance(place.world, Watchable):
        with pytest.raises(NotSupportedError, match="poll"):
            ask.places(guarded, node, True)
        saver, shown = place.seen(Token.of(USER, privileges=[SE_BACKUP]))
        assert ask.places(saver, shown, True)
        place.world.set_security(place.key, all_but(NOTIFY))
        blind, shown = place.seen(Token.of(USER, privileges=[SE_BACKUP]))
        refused(place, lambda: ask.places(blind, shown, True))
    if isinstance(place.world, Whole):
        refused(place, lambda: ask.check(guarded), 1314)
        refused(place, lambda: ask.problems(guarded), 1314)
        refused(place, lambda: ask.compact(guarded), 1314)


def test_hives_are_mounted_by_who_may_restore(whole: Place, tmp_path: Path) -> None:
    """Also taken away, and planned to be replaced."""
    file = tmp_path / "mounted"
    trees.save(whole.world, whole.key, str(file))
    guarded, _ = whole.seen()
    machine = ask.predefined(guarded, MACHINE)
    refused(whole, lambda: ask.load(guarded, machine, "X", str(file)), 1314)
    restorer, _ = whole.seen(Token.of(USER, privileges=[SE_RESTORE]))
    ask.load(restorer, ask.predefined(restorer, MACHINE), "X", str(file))
    refused(whole, lambda: ask.unload(guarded, machine, "X"), 1314)
    refused(whole, lambda: ask.replace(guarded, machine, "X", "new", "old"), 1314)
    ask.unload(restorer, ask.predefined(restorer, MACHINE), "X")


# No way around


def linked_to(place: Place, path: str) -> None:
    link, _ = place.world.create(place.top, ["Link"], flags=KEY_LINK)
    kind, raw = encode(Link(path))
    assert kind == REG_LINK
    place.world.write(link, [Value("SymbolicLinkValue", kind, raw)])
    place.world.set_security(link, descriptor(OPEN))


def test_a_link_has_the_rights_of_its_target(whole: Place) -> None:
    """Followed it is the target that is asked, and what is made is made there."""
    linked_to(whole, ask.nt_path(whole.world, whole.key))
    whole.world.set_security(whole.key, only(QUERY))
    guarded, _ = whole.seen()
    top = place_top(guarded, whole)
    refused(whole, lambda: guarded.open(top, ["Link"], SET))
    refused(whole, lambda: guarded.create(top, ["Link", "N"]))
    itself = guarded.open(top, ["Link"], SET, link=True)
    assert itself is not None
    assert guarded.open(top, ["Link"], QUERY) is not None


def test_programs_of_32_bits_are_asked_about_their_own_keys(whole: Place) -> None:
    """The key in the other view is another one."""
    machine = ask.predefined(whole.world, MACHINE)
    made(whole.world, machine, r"SOFTWARE\Seen", "O:SYG:SYD:(A;;KA;;;SY)")
    narrow = trees.make(whole.world, machine, r"SOFTWARE\Seen", VIEW_32)[0]
    whole.world.set_security(narrow, descriptor(OPEN))
    guarded, _ = whole.seen()
    start = ask.predefined(guarded, MACHINE)
    way = ["SOFTWARE", "Seen"]
    assert guarded.open(start, way, SET | VIEW_32) is not None
    refused(whole, lambda: guarded.open(start, way, QUERY | VIEW_64))
    software = trees.find(whole.world, machine, "SOFTWARE", VIEW_32)
    assert software is not None
    whole.world.set_security(software, all_but(MAKE))
    whole_machine = trees.find(whole.world, machine, "SOFTWARE")
    assert whole_machine is not None
    whole.world.set_security(whole_machine, descriptor(OPEN))
    refused(whole, lambda: guarded.create(start, ["SOFTWARE", "N"], SET | VIEW_32))
    assert guarded.create(start, ["SOFTWARE", "N"], SET | VIEW_64)[1]


@pytest.fixture
def classes(whole: Place) -> tuple[Place, Node, Node]:
    """A class that the user and the machine have, each with a value of its own."""
    users = ask.predefined(whole.world, CURRENT_USER)
    machine = ask.predefined(whole.world, MACHINE)
    user = made(whole.world, users, r"Software\Classes\.both")
    both = made(whole.world, machine, r"SOFTWARE\Classes\.both")
    whole.world.write(user, [Value("user's", 3, b"1")])
    whole.world.write(both, [Value("machine's", 3, b"2")])
    return whole, user, both


def test_of_two_keys_that_are_shown_as_one_both_are_asked(
    classes: tuple[Place, Node, Node],
) -> None:
    """Nothing of the machine's key is read that may not be, nor deleted, nor made in it."""
    place, user, machine = classes
    guarded, _ = place.seen()

    def merged() -> Node:
        found = guarded.open(ask.predefined(guarded, CLASSES), [".both"])
        assert found is not None
        return found

    assert len(guarded.values(merged())) == 2
    place.world.set_security(machine, all_but(QUERY))
    refused(place, lambda: guarded.values(merged()))
    refused(place, lambda: guarded.open(ask.predefined(guarded, CLASSES), [".both"], QUERY))
    place.world.set_security(machine, all_but(SET))
    guarded.write(merged(), [Value("new", 3, b"")])
    before = dump(place.world, machine)
    with pytest.raises(AccessDeniedError):
        guarded.remove(merged(), "machine's")
    assert guarded.remove(merged(), "user's")
    assert dump(place.world, machine) == before
    place.world.set_security(machine, all_but(MAKE))
    with pytest.raises(AccessDeniedError):
        guarded.create(merged(), ["below"])
    assert dump(place.world, machine)[3] == []
    place.world.set_security(user, all_but(DELETE))
    with pytest.raises(AccessDeniedError):
        guarded.delete(merged(), True)


def test_volatile_keys_are_asked_as_others_are(whole: Place) -> None:
    """Where they are made, and when they are opened."""
    guarded, node = whole.seen()
    made_here, _ = guarded.create(node, ["V"], flags=KEY_VOLATILE)
    whole.world.set_security(ask.unguarded(guarded, made_here)[1], only(QUERY))
    refused(whole, lambda: guarded.open(node, ["V"], SET))
    whole.world.set_security(whole.key, all_but(MAKE))
    refused(whole, lambda: guarded.create(node, ["W"], flags=KEY_VOLATILE))


def test_a_history_is_kept_and_undone_by_who_may(tmp_path: Path) -> None:
    """It holds what everybody has changed; undoing asks each key."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x", journal=True) as registry, registry.transaction():
        registry.create("A").values["v"] = 1
    with pytest.raises(AccessDeniedError) as caught:
        anyreg.open(file, "r+", journal=True, token=ADA)
    assert caught.value.winerror == 1314
    both = Token.of(USER, privileges=[SE_BACKUP, SE_RESTORE])
    with (
        anyreg.open(file, "r+", journal=True, token=both) as registry,
        pytest.raises(AccessDeniedError),
    ):
        registry.journal.undo()
    with anyreg.open(file, "r+", journal=True, token=Token.unlimited()) as registry:
        registry.journal.undo()
        assert "A" not in registry.root.subkeys


def test_to_close_it_closes_the_world_only_if_it_is_its_own() -> None:
    """A second view leaves the first one open."""
    world = MemoryBackend()
    enforced(world, ADA, closes=False).close()
    world.root()
    enforced(world, ADA).close()
    with pytest.raises(OSError, match="closed"):
        world.root()
