"""SDDL: security descriptors as text, read and printed as Windows does.

    O:owner G:group D:flags(entry)(entry) S:flags(entry)

An entry is (type;flags;rights;object type;inherited type;SID), and in some types a condition or a
claim behind that.  Blanks and lower case are taken where Windows takes them; numbers that do not
fit are an error here, where Windows cuts them.

What this grammar cannot say has a form of its own, so that nothing is lost: an entry of a type
without a code, or with data that is no condition, is (0xTYPE;flags;rights;;;SID;#data).  Where the
fields of a type are not known, all of it is data.

Source: Microsoft's [MS-DTYP], 2.5.1; where it is silent or wrong, answers of Windows itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from anyreg.errors import SecurityError
from anyreg.security import descriptor as bits
from anyreg.security import entries as types
from anyreg.security.claims import build_claim, parse_claim, print_claim, scan_claim
from anyreg.security.condition_text import print_condition, scan_condition
from anyreg.security.conditions import build_condition, parse_condition
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import NOBODY, Ace, is_known
from anyreg.security.known import NO_DOMAINS, Domains
from anyreg.security.scanner import BAD_SID, Scanner
from anyreg.security.sddl_codes import (
    CONDITIONAL,
    FLAGS,
    LABEL_RIGHTS,
    NEVER_IN_DACL,
    RIGHTS,
    SINGLE_RIGHTS,
    TRUST_FILTER,
    TYPE_CODES,
    TYPE_OF,
    WHOLE_RIGHTS,
)
from anyreg.security.sid import Sid

_NULL: Final = "NO_ACCESS_CONTROL"
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DIGITS: Final = re.compile(r"[0-9]")
_TYPE: Final = re.compile(r"0[xX][0-9a-fA-F]{1,2}|[A-Za-z]{1,2}")
_NOTHING: Final = re.compile(r" *(?=;)")
_OCTETS: Final = re.compile(r"#(?:[0-9A-Fa-f]{2})*")
_TWO: Final = 2


class _Section:
    """The control bits of one of the two lists."""

    def __init__(self, is_dacl: bool) -> None:
        self.is_dacl = is_dacl
        shift = 0 if is_dacl else 1
        self.present = bits.DACL_PRESENT if is_dacl else bits.SACL_PRESENT
        self.flags = {
            "P": bits.DACL_PROTECTED << shift,
            "AR": bits.DACL_AUTO_INHERIT_REQUIRED << shift,
            "AI": bits.DACL_AUTO_INHERITED << shift,
        }


_DACL: Final = _Section(True)
_SACL: Final = _Section(False)


# Reading


def parse_sddl(text: str, domains: Domains = NO_DOMAINS) -> SecurityDescriptor:
    """The descriptor that a text says.

    Args:
        text: SDDL.
        domains: What aliases of a machine or domain are relative to.

    Raises:
        SecurityError: It is no SDDL; the error's offset is that of the character.

    Examples:
        >>> parse_sddl("O:BAD:P(A;CI;KA;;;SY)").build().hex()[:8]
        '01000490'
    """
    scanner = Scanner(text, domains)
    sections: dict[str, str] = {}
    owner, group = None, None
    lists: dict[str, Acl | None] = {"D": None, "S": None}
    control = bits.SELF_RELATIVE
    scanner.skip()
    while not scanner.is_done:
        name = scanner.peek(_TWO)
        if name not in ("O:", "G:", "D:", "S:") or name in sections:
            raise scanner.error("O:, G:, D: or S:, each at most once", winerror=87)
        sections[name] = name
        scanner.at += _TWO
        if name == "O:":
            owner = _owner(scanner)
        elif name == "G:":
            group = _owner(scanner)
        else:
            lists[name[0]], more = _list(scanner, _DACL if name == "D:" else _SACL)
            control |= more
        scanner.skip()
    return SecurityDescriptor(owner, group, lists["D"], lists["S"], control)


def _owner(scanner: Scanner) -> Sid:
    scanner.skip()
    return scanner.sid(BAD_SID)


def _list(scanner: Scanner, section: _Section) -> tuple[Acl | None, int]:
    control = section.present
    scanner.skip()
    while scanner.peek().upper() in ("P", "A", "N") and not scanner.is_done:
        if scanner.take(_NULL):
            return None, control
        found = next((bit for code, bit in section.flags.items() if scanner.take(code)), 0)
        if not found:
            raise scanner.error(f"P, AR, AI, {_NULL} or an entry in parentheses")
        control |= found
        scanner.skip()
    aces = []
    while scanner.peek() == "(":
        aces.append(_entry(scanner, section))
        scanner.skip()
    return Acl().with_aces(aces), control


def _entry(scanner: Scanner, section: _Section) -> Ace:
    scanner.expect("(")
    scanner.skip()
    kind = _kind(scanner, section)
    _next(scanner)
    flags = _flags(scanner, kind)
    _next(scanner)
    mask = _rights(scanner, kind) if is_known(kind) else 0
    _next(scanner, blank=False)
    object_type = _guid(scanner, kind)
    _next(scanner, blank=False)
    inherited_type = _guid(scanner, kind)
    _next(scanner)
    sid = _whom(scanner) if is_known(kind) else NOBODY
    data = _data(scanner, kind)
    scanner.expect(")")
    if kind == types.ALLOW_OBJECT and not object_type and not inherited_type:
        kind = types.ALLOW
    object_flags = types.guid_flags(object_type, inherited_type)
    return Ace(kind, flags, mask, sid, object_type, inherited_type, object_flags, data)


def _whom(scanner: Scanner) -> Sid:
    """The SID of an entry; blanks may follow an alias, but not a number."""
    is_alias = scanner.upper(_TWO) != "S-"
    sid = scanner.sid()
    if is_alias:
        scanner.skip()
    return sid


def _next(scanner: Scanner, *, blank: bool = True) -> None:
    """Pass the semicolon between two fields; the next may begin with blanks, but for a GUID."""
    scanner.expect(";")
    if blank:
        scanner.skip()


def _kind(scanner: Scanner, section: _Section) -> int:
    begin = scanner.at
    text = scanner.match(_TYPE, "the type of an entry")
    kind = int(text, 16) if text[0] == "0" else TYPE_OF.get(text.upper())
    if kind is None or (section.is_dacl and kind in NEVER_IN_DACL):
        scanner.at = begin
        where = "the D: list" if section.is_dacl else "the S: list"
        raise scanner.error(f"the type of an entry of {where}", winerror=1705)
    return kind


def _flags(scanner: Scanner, kind: int) -> int:
    names = FLAGS | (TRUST_FILTER if kind == types.ACCESS_FILTER else {})
    flags = 0
    if scanner.peek() == "0":
        return _of_bits(scanner, 8, "flags")
    while scanner.peek() != ";":
        flags |= _code(scanner, names, "a flag such as CI, or ;")
        scanner.skip()
    return flags


def _code(scanner: Scanner, names: dict[str, int], expected: str) -> int:
    bit = names.get(scanner.upper(_TWO))
    if bit is None:
        raise scanner.error(expected)
    scanner.at += _TWO
    return bit


def _of_bits(scanner: Scanner, width: int, what: str) -> int:
    begin = scanner.at
    bits = scanner.number()
    if bits >> width:
        scanner.at = begin
        raise scanner.error(f"{what} of {width} bits")
    return bits


def _rights(scanner: Scanner, kind: int) -> int:
    if _DIGITS.match(scanner.peek()):
        return _of_bits(scanner, 32, "rights")
    names = RIGHTS | LABEL_RIGHTS if kind == types.MANDATORY_LABEL else RIGHTS
    mask = 0
    while scanner.peek() != ";":
        mask |= _code(scanner, names, "rights such as KA, or ;")
        end = scanner.at
        scanner.skip()
        if scanner.peek() == ";":
            scanner.at = end
            break
    return mask


def _guid(scanner: Scanner, kind: int) -> bytes:
    nothing = _NOTHING.match(scanner.text, scanner.at)
    if nothing is not None:
        scanner.at = nothing.end()
        return b""
    if kind not in types.OBJECT_TYPES:
        raise scanner.error("; since entries of this type have no GUID")
    return guid_bytes(scanner.match(_GUID, "a GUID, or ;"))


def guid_bytes(text: str) -> bytes:
    """The bytes of a GUID.

    Args:
        text: 32 hexadecimal digits in five groups.
    """
    raw = bytes.fromhex(text.replace("-", ""))
    return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


def guid_text(raw: bytes) -> str:
    """A GUID as text, lower case.

    Args:
        raw: Its 16 bytes; b"" gives "".
    """
    text = (raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]).hex()
    return "-".join(filter(None, (text[:8], text[8:12], text[12:16], text[16:20], text[20:])))


def _data(scanner: Scanner, kind: int) -> bytes:
    if not scanner.take(";"):
        if not is_known(kind):
            raise scanner.error("; and # with hexadecimal digits: entries of other types are bytes")
        if kind in CONDITIONAL or kind == types.RESOURCE_ATTRIBUTE:
            raise scanner.error("; and a condition, or an attribute, in parentheses")
        return b""
    scanner.skip()
    if scanner.peek() == "#":
        data = bytes.fromhex(scanner.match(_OCTETS, "hexadecimal digits")[1:])
    elif kind == types.RESOURCE_ATTRIBUTE:
        data = build_claim(scan_claim(scanner))
    elif kind in CONDITIONAL:
        data = build_condition(scan_condition(scanner))
    else:
        raise scanner.error("# and hexadecimal digits")
    scanner.skip()
    return data + bytes(-len(data) & 3) if is_known(kind) else data


# Printing


def print_sddl(descriptor: SecurityDescriptor, domains: Domains = NO_DOMAINS) -> str:
    """A descriptor as Windows prints it.

    Args:
        descriptor: The descriptor.
        domains: What aliases of a machine or domain are relative to.
    """
    parts = []
    for name, sid in (("O:", descriptor.owner), ("G:", descriptor.group)):
        if sid is not None:
            parts.append(name + print_sid(sid, domains))
    for name, section, acl in (("D:", _DACL, descriptor.dacl), ("S:", _SACL, descriptor.sacl)):
        if descriptor.control & section.present:
            flags = [code for code, bit in section.flags.items() if descriptor.control & bit]
            entries = [_NULL] if acl is None else [print_ace(ace, domains) for ace in acl]
            parts += [name, *flags, *entries]
    return "".join(parts)


def print_sid(sid: Sid, domains: Domains = NO_DOMAINS) -> str:
    """A SID as SDDL writes it: its alias, or its numbers.

    Args:
        sid: The SID.
        domains: What aliases of a machine or domain are relative to.
    """
    return domains.alias_of(sid) or str(sid)


def print_ace(ace: Ace, domains: Domains = NO_DOMAINS) -> str:
    """An entry as Windows prints it.

    Args:
        ace: The entry.
        domains: What aliases of a machine or domain are relative to.
    """
    fields = [
        TYPE_CODES.get(ace.type) or f"0x{ace.type:02x}",
        _print_flags(ace),
        print_rights(ace.mask, ace.type),
        guid_text(ace.object_type),
        guid_text(ace.inherited_type),
        print_sid(ace.sid, domains) if ace.is_known else "",
    ]
    data = print_data(ace, domains)
    return f"({';'.join([*fields, *([data] if data else [])])})"


def _print_flags(ace: Ace) -> str:
    names = FLAGS
    if ace.type == types.ACCESS_FILTER:
        names = {"TP" if code == "SA" else code: bit for code, bit in FLAGS.items()}
    return "".join(code for code, bit in names.items() if ace.flags & bit)


def print_rights(mask: int, kind: int = types.ALLOW) -> str:
    """Rights as Windows prints them.

    Args:
        mask: The access mask.
        kind: The type of the entry: a label has rights of its own.
    """
    names = LABEL_RIGHTS if kind == types.MANDATORY_LABEL else SINGLE_RIGHTS
    if names is SINGLE_RIGHTS and mask in WHOLE_RIGHTS:
        return WHOLE_RIGHTS[mask]
    text = "".join(code for code, bit in names.items() if mask & bit)
    return f"0x{mask:x}" if mask & ~sum(names.values()) else text


def print_data(ace: Ace, domains: Domains = NO_DOMAINS) -> str:
    """What stands behind the SID, a condition or a claim; "" for none, and for spare bytes.

    What would not be read back to the same bytes is printed as bytes.

    Args:
        ace: The entry.
        domains: What aliases of a machine or domain are relative to.
    """
    if not ace.is_known or (ace.type not in TYPE_CODES and ace.data):
        return f"#{ace.data.hex()}"
    if ace.type == types.RESOURCE_ATTRIBUTE:
        return _print_checked(ace, lambda: print_claim(parse_claim(ace.data), domains), domains)
    if ace.type in CONDITIONAL:
        return _print_checked(
            ace, lambda: print_condition(parse_condition(ace.data), domains), domains
        )
    return ""


def _print_checked(ace: Ace, printed: Callable[[], str], domains: Domains) -> str:
    try:
        text = printed()
        if _data(Scanner(f";{text}", domains), ace.type) == ace.data:
            return text
    except (SecurityError, RecursionError):
        pass
    return f"#{ace.data.hex()}"
