from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security import entries as types
from anyreg.security.descriptor import (
    DACL_PRESENT,
    SACL_PRESENT,
    SELF_RELATIVE,
    Acl,
    SecurityDescriptor,
    allow,
    default_descriptor,
    is_self_relative,
)
from anyreg.security.entries import NOBODY, Ace
from anyreg.security.known import ADMINISTRATORS, EVERYONE, SYSTEM
from anyreg.security.sddl import parse_sddl
from security.drawn import any_sid, descriptors, read_or_refused

FUZZED = 3_000


@given(descriptors())
def test_bytes_and_records_come_back(descriptor: SecurityDescriptor) -> None:
    data = descriptor.build()
    read = SecurityDescriptor.from_bytes(data)
    assert read.build() == data
    assert (read.owner, read.group) == (descriptor.owner, descriptor.group)
    assert is_self_relative(data)


kinds = st.sampled_from(sorted(types.TYPE_NAMES))


@given(kinds, st.integers(0, 255), st.integers(0, (1 << 32) - 1), any_sid, st.binary(max_size=40))
def test_every_type_of_entry_keeps_what_is_behind_its_fields(
    kind: int, flags: int, mask: int, sid: object, data: bytes
) -> None:
    data += bytes(-len(data) & 3)
    known = kind != 4
    ace = Ace(kind, flags, mask if known else 0, sid if known else NOBODY, data=data)  # type: ignore[arg-type]
    again, end = types.read_ace(ace.build(), 0, len(ace.build()))
    assert again == ace
    assert end == len(ace.build())


def test_object_entries_have_one_guid_or_two_or_none() -> None:
    one, two = bytes(range(16)), bytes(range(16, 32))
    for first, second in ((b"", b""), (one, b""), (b"", two), (one, two)):
        ace = Ace(types.ALLOW_OBJECT, 0, 1, SYSTEM, first, second)
        again, _ = types.read_ace(ace.build(), 0, len(ace.build()))
        assert (again.object_type, again.inherited_type) == (first, second)
        assert again.build() == ace.build()


def test_the_slack_of_a_list_and_the_order_of_the_parts_are_kept() -> None:
    """Owner first, a gap, and a list that is longer than its entries."""
    owner, acl = SYSTEM.build(), Acl((allow(EVERYONE, 1),), 4, b"left", (7, 9)).build()
    dacl_at = 20 + len(owner) + 4
    head = b"\x01\x05\x04\x80" + b"".join(at.to_bytes(4, "little") for at in (20, 20, 0, dacl_at))
    data = head + owner + b"gap!" + acl + b"tail"
    read = SecurityDescriptor.from_bytes(data)
    assert read.build() == data
    assert read.manager == 5
    assert read.dacl is not None
    assert read.dacl.slack == b"left"
    changed = read.with_owner(ADMINISTRATORS).build()
    assert SecurityDescriptor.from_bytes(changed).dacl == read.dacl
    assert len(changed) == 20 + len(acl) + 16 + len(owner)


def test_a_null_list_is_not_an_empty_one_nor_none() -> None:
    null = SecurityDescriptor(SYSTEM, SYSTEM, None, None, SELF_RELATIVE | DACL_PRESENT)
    empty = null.with_dacl(Acl())
    absent = SecurityDescriptor(SYSTEM, SYSTEM)
    for descriptor in (null, empty, absent):
        read = SecurityDescriptor.from_bytes(descriptor.build())
        assert read.allows_everything is (descriptor is not empty)
        assert read.control == descriptor.control


def test_a_part_that_is_set_is_no_default_any_more() -> None:
    """Its control bit goes with what it spoke of."""
    before = replace(parse_sddl("O:BAG:SYD:S:"), control=SELF_RELATIVE | 0x3F)
    changed = before.with_owner(ADMINISTRATORS).with_group(ADMINISTRATORS).with_dacl(Acl())
    assert changed.with_sacl(Acl()).control == SELF_RELATIVE | DACL_PRESENT | SACL_PRESENT
    assert changed.with_sacl(None).control == SELF_RELATIVE | DACL_PRESENT


def test_what_does_not_fit_is_refused() -> None:
    many = Acl(tuple(allow(EVERYONE, 1) for _ in range(3300)))
    with pytest.raises(SecurityError, match="too long"):
        many.build()
    with pytest.raises(SecurityError, match="too long"):
        Ace(types.ALLOW_CALLBACK, 0, 1, EVERYONE, data=bytes(70000)).build()


@pytest.mark.parametrize(
    ("data", "offset"),
    [
        (b"", 0),
        (b"\x02" + default_descriptor()[1:], 0),
        (default_descriptor()[:2] + b"\0\0" + default_descriptor()[4:], 2),
        (default_descriptor()[:-1], len(default_descriptor()) - 12),
        (default_descriptor()[:60], 0),
    ],
)
def test_damage_is_refused_with_its_offset(data: bytes, offset: int) -> None:
    with pytest.raises(SecurityError) as caught:
        SecurityDescriptor.from_bytes(data)
    assert caught.value.offset >= offset


def test_changed_bytes_are_read_or_refused_and_nothing_else() -> None:
    rnd = random.Random(1)
    whole = default_descriptor()
    for _ in range(FUZZED):
        data = bytearray(whole)
        for _ in range(rnd.randint(1, 6)):
            data[rnd.randrange(len(data))] = rnd.choice((0, 1, 255, rnd.randrange(256)))
        cut = bytes(data[: rnd.choice((len(data), rnd.randrange(len(data))))])
        read_or_refused(require_same, cut)


def require_same(data: bytes) -> None:
    assert SecurityDescriptor.from_bytes(data).build() == data


def test_the_order_that_windows_wants_is_known() -> None:
    deny = Ace(types.DENY, 0, 1, EVERYONE)
    inherited = Ace(types.DENY, types.INHERITED, 1, EVERYONE)
    assert Acl((deny, allow(EVERYONE, 1), inherited)).is_canonical
    assert not Acl((allow(EVERYONE, 1), deny)).is_canonical
    assert not Acl((inherited, deny)).is_canonical
