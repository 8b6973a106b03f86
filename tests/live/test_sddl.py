"""SDDL of every descriptor of the corpus is what Wine prints, but for Wine's known faults.

Windows' own answers for other descriptors are in tests/security/test_sddl.py; where both speak,
they agree, so what differs here is Wine's: each fault is one of those in seen_by_wine.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from anyreg.security.descriptor import (
    DACL_AUTO_INHERIT_REQUIRED,
    DACL_AUTO_INHERITED,
    DACL_PRESENT,
    DACL_PROTECTED,
    SACL_PRESENT,
    Acl,
    SecurityDescriptor,
)
from anyreg.security.entries import CRITICAL
from anyreg.security.known import ALIASES
from anyreg.security.sddl import print_sddl
from corpus.test_descriptors import pairs
from live.wine import Wine, windows_path

pytestmark = pytest.mark.live
SCRIPT = """
import ctypes, sys
from ctypes import wintypes
advapi32 = ctypes.WinDLL("advapi32")
show = advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW
with open(sys.argv[1]) as given, open(sys.argv[2], "w") as printed:
    for line in given:
        data, text, length = bytes.fromhex(line), wintypes.LPWSTR(), wintypes.ULONG()
        buffer = ctypes.create_string_buffer(data, len(data))
        done = show(buffer, 1, 15, ctypes.byref(text), ctypes.byref(length))
        printed.write((text.value if done else "refused") + "\\n")
"""
_DACL_FLAGS = DACL_PROTECTED | DACL_AUTO_INHERITED | DACL_AUTO_INHERIT_REQUIRED
_UNKNOWN_TO_WINE = [
    "AA",
    "AS",
    "CD",
    "CY",
    "ER",
    "ES",
    "HA",
    "HO",
    "IS",
    "LU",
    "MP",
    "MS",
    "MU",
    "RA",
    "RM",
    "SH",
    "SS",
    "UD",
    "WR",
]
_LABEL_RIGHTS = {"NW": "CC", "NR": "DC", "NX": "LC"}


def seen_by_wine(descriptor: SecurityDescriptor) -> str:
    """What Wine prints of a descriptor, by its faults."""
    descriptor = _with_lists(descriptor)
    control = descriptor.control
    # The flags of the SACL are printed from the bits of the DACL.
    control = control & ~(_DACL_FLAGS << 1) | (control & _DACL_FLAGS) << 1
    text = print_sddl(descriptor.with_control(control))
    # Labels of integrity and of trust have no type, and a label has the rights of anything else.
    text = re.sub(r"\(ML;(\w*);(\w+);", _as_right, text)
    text = text.replace("(TL;", "(;")
    # Aliases that came with later versions of Windows are numbers.
    for alias in _UNKNOWN_TO_WINE:
        text = text.replace(f";;;{alias})", f";;;{ALIASES[alias]})")
    return text


def _with_lists(descriptor: SecurityDescriptor) -> SecurityDescriptor:
    """The flag 0x20 of entries is not printed, and a list that is NULL as one without entries."""
    dacl, sacl = (
        acl and replace(acl, aces=tuple(ace.with_flags(ace.flags & ~CRITICAL) for ace in acl))
        for acl in (descriptor.dacl, descriptor.sacl)
    )
    control = descriptor.control
    dacl = Acl() if dacl is None and control & DACL_PRESENT else dacl
    sacl = Acl() if sacl is None and control & SACL_PRESENT else sacl
    return replace(descriptor, dacl=dacl, sacl=sacl)


def _as_right(found: re.Match[str]) -> str:
    flags, rights = found.groups()
    codes = [_LABEL_RIGHTS[rights[at : at + 2]] for at in range(0, len(rights), 2)]
    return f"(;{flags};{''.join(codes)};"


def test_each_descriptor_is_printed_alike(wine: Wine, corpus: object, tmp_path: Path) -> None:
    """More than two thirds without any fault."""
    stored = sorted({data for data, _ in pairs() if data})
    given, printed, script = (tmp_path / name for name in ("given", "printed", "show.py"))
    given.write_text("\n".join(data.hex() for data in stored), "ascii")
    script.write_text(SCRIPT, "utf-8")
    wine.python(*map(windows_path, (script, given, printed)), cwd=tmp_path)
    found = printed.read_text("utf-8").splitlines()
    read = [SecurityDescriptor.from_bytes(data) for data in stored]
    assert [text for text in found if text == "refused"] == []
    assert found == [seen_by_wine(descriptor) for descriptor in read]
    alike = [text for text, each in zip(found, read, strict=True) if text == print_sddl(each)]
    assert len(read) > 2_500
    assert len(alike) > len(read) * 2 / 3
