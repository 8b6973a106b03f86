"""The security descriptors of real hives: every one comes back, as bytes and through SDDL."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import anyreg
from anyreg import Key
from anyreg.errors import RegistryError
from anyreg.security.descriptor import (
    DACL_AUTO_INHERITED,
    SACL_AUTO_INHERITED,
    SACL_PRESENT,
    SecurityDescriptor,
)
from anyreg.security.inheritance import inherited_aces
from anyreg.security.sddl import parse_sddl, print_sddl
from conftest import expected

CORPUS_HAS = 2_500  # distinct descriptors, or more
MADE = 100_000  # keys whose list is just what their parent's says


@cache
def parsed(data: bytes) -> SecurityDescriptor:
    return SecurityDescriptor.from_bytes(data)


def pairs() -> list[tuple[bytes, bytes]]:
    """The descriptors of each key and of its parent, in all hives of the corpus."""
    found = []
    for hive in expected():
        if hive.keys:
            try:
                with anyreg.open(hive.file) as registry:
                    found += _pairs(registry.root)
            except RegistryError:
                continue
    return found


def _pairs(root: Key) -> list[tuple[bytes, bytes]]:
    found = [(root.descriptor, b"")]
    stack = [(root, root.descriptor)]
    while stack:
        key, above = stack.pop()
        for child in key.children():
            descriptor = child.descriptor
            found.append((descriptor, above))
            stack.append((child, descriptor))
    return found


def said(descriptor: SecurityDescriptor) -> list[object]:
    """What SDDL can say of the two lists: no slack, and no flags of a list that is not there."""
    control = descriptor.control
    if not control & SACL_PRESENT:
        control &= ~SACL_AUTO_INHERITED
    entries = [
        replace(ace, data=b"") for ace in (*(descriptor.dacl or ()), *(descriptor.sacl or ()))
    ]
    return [control, descriptor.dacl is None, descriptor.sacl is None, entries]


def test_descriptors_come_back_and_lists_are_inherited_as_windows_did(corpus: object) -> None:
    """Bytes to the last one; through SDDL all that it can say; inheritance on most keys."""
    found = Counter(pairs())
    distinct = {data for data, _ in found if data}
    assert len(distinct) >= CORPUS_HAS
    for data in distinct:
        read = parsed(data)
        assert read.build() == data
        again = parse_sddl(print_sddl(read))
        assert (again.owner, again.group) == (read.owner, read.group)
        assert said(again) == said(read)
    made = sum(count for pair, count in found.items() if all(pair) and _is_inherited(*pair))
    assert made >= MADE


@cache
def _is_inherited(data: bytes, above: bytes) -> bool:
    child, parent = parsed(data), parsed(above)
    if child.is_protected or child.owner is None or child.group is None:
        return False
    is_auto = parent.control & DACL_AUTO_INHERITED != 0
    made = inherited_aces(parent.dacl, child.owner, child.group, is_auto=is_auto)
    return child.dacl is not None and list(child.dacl) == made
