"""Random SIDs, entries, descriptors and tokens, few enough of each that they meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security import entries as types
from anyreg.security.access import (
    GENERIC_ALL,
    GENERIC_EXECUTE,
    GENERIC_READ,
    GENERIC_WRITE,
    KEY_ALL_ACCESS,
)
from anyreg.security.descriptor import (
    DACL_AUTO_INHERITED,
    DACL_PRESENT,
    DACL_PROTECTED,
    SACL_PRESENT,
    SELF_RELATIVE,
    Acl,
    SecurityDescriptor,
)
from anyreg.security.entries import Ace
from anyreg.security.known import CREATOR_GROUP, CREATOR_OWNER, EVERYONE, OWNER_RIGHTS
from anyreg.security.sid import Sid
from anyreg.security.token import SE_RELABEL, SE_SECURITY, SE_TAKE_OWNERSHIP, Token

T = TypeVar("T")

USER = Sid.parse("S-1-5-21-1-2-3-1001")
GROUP = Sid.parse("S-1-5-21-1-2-3-513")
OTHER = Sid.parse("S-1-5-32-545")
PEOPLE = (USER, GROUP, OTHER, EVERYONE)

any_sid = st.builds(
    Sid,
    st.integers(0, (1 << 48) - 1),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=15).map(tuple),
)
people = st.sampled_from(PEOPLE)
named = st.sampled_from((*PEOPLE, OWNER_RIGHTS, CREATOR_OWNER, CREATOR_GROUP))
key_masks = st.one_of(
    st.integers(0, KEY_ALL_ACCESS).map(lambda mask: mask & KEY_ALL_ACCESS),
    st.sampled_from([1 << bit for bit in (*range(6), *range(16, 20))]),
    st.sampled_from((0x20019, 0x20006, KEY_ALL_ACCESS)),
)
generic = st.sampled_from((GENERIC_ALL, GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE))
masks = st.one_of(key_masks, key_masks, generic)
inheritance = st.integers(0, 15)


aces = st.builds(Ace, st.sampled_from((types.ALLOW, types.DENY)), inheritance, masks, named)
lists = st.lists(aces, max_size=6).map(lambda drawn: Acl(tuple(drawn)))


def read_or_refused(read: Callable[[T], object], changed: T) -> None:
    """What was changed by chance is read, or refused with an offset; nothing else happens."""
    try:
        read(changed)
    except SecurityError as error:
        if error.offset < 0:
            pytest.fail(f"a strange offset: {error}")


@st.composite
def descriptors(draw: st.DrawFn) -> SecurityDescriptor:
    """With an owner, a group and a DACL; sometimes with a label."""
    control = SELF_RELATIVE | DACL_PRESENT
    control |= draw(st.sampled_from((0, DACL_AUTO_INHERITED, DACL_PROTECTED)))
    sacl = None
    if draw(st.booleans()):
        level = draw(st.sampled_from((0, 4096, 8192, 12288)))
        label = Ace(
            types.MANDATORY_LABEL, draw(inheritance), draw(st.integers(0, 7)), Sid(16, (level,))
        )
        sacl, control = Acl((label,)), control | SACL_PRESENT
    return SecurityDescriptor(draw(people), draw(people), draw(lists), sacl, control)


tokens = st.builds(
    Token,
    user=people,
    groups=st.frozensets(people),
    deny_only=st.frozensets(people, max_size=1),
    restricted=st.none() | st.frozensets(people),
    is_write_restricted=st.booleans(),
    privileges=st.frozensets(st.sampled_from((SE_SECURITY, SE_TAKE_OWNERSHIP, SE_RELABEL))),
    integrity=st.sampled_from((4096, 8192, 12288)),
)
