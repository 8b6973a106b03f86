"""Resource attributes: a named claim about a key, with values that conditions compare.

In bytes: offsets of the name and of each value, counted from the claim's first byte; the values
stand right behind the name, without gaps.  In SDDL: ("Name",TYPE,0xFLAGS,value,value).

Source: Microsoft's [MS-DTYP], 2.4.10 (CLAIM_SECURITY_ATTRIBUTE_RELATIVE_V1) and 2.5.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from struct import pack, unpack_from
from typing import Final, NamedTuple

from anyreg.errors import SecurityError
from anyreg.security.condition_text import BLANKS, scan_integer
from anyreg.security.known import NO_DOMAINS, Domains
from anyreg.security.scanner import Scanner, escaped, hex_octets, unescaped
from anyreg.security.sid import Sid

SIGNED: Final = 1
UNSIGNED: Final = 2
TEXT: Final = 3
SID: Final = 5
BOOLEAN: Final = 6
OCTETS: Final = 0x10
CODES: Final = {SIGNED: "TI", UNSIGNED: "TU", TEXT: "TS", SID: "TD", BOOLEAN: "TB", OCTETS: "TX"}
_TYPE_OF: Final = {code: kind for kind, code in CODES.items()}
_NUMBERS: Final = {SIGNED: "<q", UNSIGNED: "<Q", BOOLEAN: "<Q"}

NON_INHERITABLE: Final = 0x01
CASE_SENSITIVE: Final = 0x02
DENY_ONLY: Final = 0x04
DISABLED_BY_DEFAULT: Final = 0x08
DISABLED: Final = 0x10
MANDATORY: Final = 0x20

_HEAD: Final = 16
_TEXT: Final = re.compile(r'"([^"]*)"')
_BYTES: Final = re.compile(r"[0-9A-Fa-f#]+")
_CODE: Final = re.compile(r"T[A-Za-z]")

Datum = int | str | bytes | Sid


class Claim(NamedTuple):
    """A named attribute.

    Attributes:
        name: Its name.
        type: SIGNED, UNSIGNED, TEXT, SID, BOOLEAN or OCTETS.
        flags: NON_INHERITABLE ...; the upper 16 bits are free for applications.
        values: Its values, of the Python kind that goes with the type.
    """

    name: str
    type: int
    flags: int
    values: tuple[Datum, ...]


def parse_claim(data: bytes) -> Claim:
    """The claim that bytes hold.

    Args:
        data: The data of an entry, with what fills it to a multiple of four.

    Raises:
        SecurityError: They hold none.
    """
    if len(data) < _HEAD:
        raise _wrong(0, f"{_HEAD} bytes", f"{len(data)}")
    name_at, kind, _, flags, count = unpack_from("<IHHII", data)
    if kind not in CODES:
        raise _wrong(4, "a type of claim: 1, 2, 3, 5, 6 or 16", f"{kind}")
    if _HEAD + 4 * count > len(data):
        raise _wrong(12, f"{4 * count} bytes of offsets", f"{len(data) - _HEAD}")
    offsets = unpack_from(f"<{count}I", data, _HEAD)
    return Claim(_string(data, name_at), kind, flags, tuple(_values(data, offsets, kind)))


def _values(data: bytes, offsets: Iterable[int], kind: int) -> Iterator[Datum]:
    """The values, none of which has bytes of another: else a short entry could hold gigabytes."""
    left = len(data)
    for at in offsets:
        value = _value(data, at, kind)
        left -= len(_value_bytes(value, kind))
        if left < 0:
            raise _wrong(at, "a value that shares no bytes with others", "one that does")
        yield value


def _value(data: bytes, at: int, kind: int) -> Datum:
    if kind == TEXT:
        return _string(data, at)
    if kind in _NUMBERS:
        _expect(data, at, 8)
        return int(unpack_from(_NUMBERS[kind], data, at)[0])
    _expect(data, at, 4)
    length = unpack_from("<I", data, at)[0]
    _expect(data, at + 4, length)
    body = data[at + 4 : at + 4 + length]
    return Sid.from_bytes(body) if kind == SID else body


def _string(data: bytes, at: int) -> str:
    end = at
    while data[end : end + 2] != b"\0\0":
        end += 2
        _expect(data, at, end - at)
    return data[at:end].decode("utf-16-le", "surrogatepass")


def _expect(data: bytes, at: int, length: int) -> None:
    if at + length > len(data):
        raise _wrong(at, f"{length} bytes", f"{max(0, len(data) - at)}")


def _wrong(at: int, expected: str, actual: str) -> SecurityError:
    return SecurityError("not a resource attribute", offset=at, expected=expected, actual=actual)


def build_claim(claim: Claim) -> bytes:
    """The bytes of a claim, laid out as Windows does.

    Args:
        claim: The claim.

    Raises:
        SecurityError: A value does not go with the type.
    """
    name = _utf16(claim.name)
    data = bytearray(_HEAD + 4 * len(claim.values))
    offsets = []
    name_at = len(data)
    data += name
    for value in claim.values:
        offsets.append(len(data))
        data += _value_bytes(value, claim.type)
    head = pack("<IHHII", name_at, claim.type, 0, claim.flags, len(offsets))
    data[:name_at] = head + pack(f"<{len(offsets)}I", *offsets)
    return bytes(data)


def _value_bytes(value: Datum, kind: int) -> bytes:
    if isinstance(value, str) and kind == TEXT:
        return _utf16(value)
    if isinstance(value, int) and kind in _NUMBERS:
        low = -(1 << 63) if kind == SIGNED else 0
        if low <= value < low + (1 << 64):
            return pack(_NUMBERS[kind], value)
    if isinstance(value, Sid) and kind == SID:
        return pack("<I", value.size) + value.build()
    if isinstance(value, bytes) and kind == OCTETS:
        return pack("<I", len(value)) + value
    raise _wrong(0, f"a value of type {CODES.get(kind, kind)}", repr(value))


def _utf16(text: str) -> bytes:
    return f"{text}\0".encode("utf-16-le", "surrogatepass")


# Text


def scan_claim(scanner: Scanner) -> Claim:
    """Pass a claim in parentheses.

    Args:
        scanner: Where it begins.

    Raises:
        SecurityError: There is none.
    """
    scanner.expect("(")
    scanner.skip(BLANKS)
    name = unescaped(scanner.match(_TEXT, "the name, in quotes")[1:-1])
    _comma(scanner)
    code = scanner.match(_CODE, "a type: TI, TU, TS, TD, TB or TX").upper()
    if code not in _TYPE_OF:
        scanner.at -= len(code)
        raise scanner.error("a type: TI, TU, TS, TD, TB or TX")
    _comma(scanner)
    begin = scanner.at
    flags = scanner.number()
    if flags >= 1 << 32:
        scanner.at = begin
        raise scanner.error("flags of 32 bits")
    values: list[Datum] = []
    scanner.skip(BLANKS)
    while scanner.peek() == ",":
        _comma(scanner)
        values.append(_scan_value(scanner, _TYPE_OF[code]))
        scanner.skip(BLANKS)
    scanner.expect(")")
    return Claim(name, _TYPE_OF[code], flags, tuple(values))


def _comma(scanner: Scanner) -> None:
    scanner.skip(BLANKS)
    scanner.expect(",")
    scanner.skip(BLANKS)


def _scan_value(scanner: Scanner, kind: int) -> Datum:
    if kind == TEXT:
        return scanner.match(_TEXT, "a text in quotes")[1:-1]
    if kind == OCTETS:
        return hex_octets(scanner.match(_BYTES, "hexadecimal digits"))
    if kind == SID:
        in_words = scanner.take("SID(")
        sid = scanner.sid()
        if in_words:
            scanner.expect(")")
        return sid
    if kind == SIGNED:
        return scan_integer(scanner).value
    begin = scanner.at
    value = scanner.number()
    if value >= (1 << 64 if kind == UNSIGNED else 2):
        scanner.at = begin
        raise scanner.error("0 or 1" if kind == BOOLEAN else "a number of at most 64 bits")
    return value


def print_claim(claim: Claim, domains: Domains = NO_DOMAINS) -> str:
    """A claim as SDDL writes it.

    Args:
        claim: The claim.
        domains: What aliases of a machine or domain are relative to.
    """
    values = [_print_value(value, domains) for value in claim.values]
    words = [f'"{escaped(claim.name)}"', CODES[claim.type], f"0x{claim.flags:x}", *values]
    return f"({','.join(words)})"


def _print_value(value: Datum, domains: Domains) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Sid):
        return domains.alias_of(value) or str(value)
    return str(value)
