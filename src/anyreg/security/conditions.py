"""Conditions of entries: an expression over the claims and groups of who asks.

In bytes it is postfix, after four that say so; here it is a tree.  Integers keep the width, sign
and base that they were stored with, so that a tree has the bytes that it came from.

Source: Microsoft's [MS-DTYP], 2.4.4.17.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import pack, unpack_from
from typing import Final, NamedTuple

from anyreg.errors import SecurityError
from anyreg.security.sid import Sid

MAGIC: Final = b"artx"

LOCAL: Final = 0xF8
USER: Final = 0xF9
RESOURCE: Final = 0xFA
DEVICE: Final = 0xFB
INTEGER_64: Final = 4
POSITIVE: Final = 1
NEGATIVE: Final = 2
UNSIGNED: Final = 3
OCTAL: Final = 1
DECIMAL: Final = 2
HEXADECIMAL: Final = 3

AND: Final = 0xA0
OR: Final = 0xA1
NOT: Final = 0xA2
EXISTS: Final = 0x87
NOT_EXISTS: Final = 0x8D

RELATIONS: Final = {
    0x80: "==",
    0x81: "!=",
    0x82: "<",
    0x83: "<=",
    0x84: ">",
    0x85: ">=",
    0x86: "Contains",
    0x88: "Any_of",
    0x8E: "Not_Contains",
    0x8F: "Not_Any_of",
}
MEMBERSHIPS: Final = {
    0x89: "Member_of",
    0x8A: "Device_Member_of",
    0x8B: "Member_of_Any",
    0x8C: "Device_Member_of_Any",
    0x90: "Not_Member_of",
    0x91: "Not_Device_Member_of",
    0x92: "Not_Member_of_Any",
    0x93: "Not_Device_Member_of_Any",
}
_UNARY: Final = frozenset((*MEMBERSHIPS, NOT, EXISTS, NOT_EXISTS))
_BINARY: Final = frozenset((*RELATIONS, AND, OR))

_TEXT: Final = 0x10
_OCTETS: Final = 0x18
_LIST: Final = 0x50
_SID: Final = 0x51
_DEEPEST: Final = 100  # lists in lists, which Windows does not write
_PART_OF_INTEGER: Final = 10


class Integer(NamedTuple):
    """A whole number.

    Attributes:
        value: The number.
        width: 1 to 4, for 8 to 64 bits.
        sign: POSITIVE, NEGATIVE or UNSIGNED: how it was written.
        base: OCTAL, DECIMAL or HEXADECIMAL, likewise.
    """

    value: int
    width: int = INTEGER_64
    sign: int = UNSIGNED
    base: int = DECIMAL

    @property
    def number(self) -> int:
        """What it means: 64 bits that are written in hexadecimal, without a sign, have none."""
        has_no_sign = self.sign == UNSIGNED and self.base == HEXADECIMAL
        return self.value % (1 << 64) if has_no_sign else self.value


class Text(NamedTuple):
    """A text.

    Attributes:
        text: The text.
    """

    text: str


class Octets(NamedTuple):
    """Bytes.

    Attributes:
        data: The bytes.
    """

    data: bytes


class Member(NamedTuple):
    """A SID.

    Attributes:
        sid: The SID.
    """

    sid: Sid


class Items(NamedTuple):
    """A list of literals.

    Attributes:
        items: The literals.
    """

    items: tuple[Literal, ...]


class Attribute(NamedTuple):
    """An attribute that is looked up when access is asked for.

    Attributes:
        source: LOCAL, USER, RESOURCE or DEVICE.
        name: Its name.
    """

    source: int
    name: str


class Operation(NamedTuple):
    """An operator and what it works on.

    Attributes:
        operator: Its number.
        operands: One or two.
    """

    operator: int
    operands: tuple[Condition, ...]


Literal = Integer | Text | Octets | Member | Items
Condition = Literal | Attribute | Operation


def parse_condition(data: bytes) -> Condition:
    """The expression that bytes hold.

    Args:
        data: The data of an entry, with what fills it to a multiple of four.

    Raises:
        SecurityError: They hold none.
    """
    if data[:4] != MAGIC:
        raise _wrong(0, repr(MAGIC), repr(data[:4]))
    stack: list[Condition] = []
    at = 4
    while at < len(data):
        code = data[at]
        if code in _UNARY or code in _BINARY:
            count = 1 if code in _UNARY else 2
            if len(stack) < count:
                raise _wrong(at, f"{count} operands before the operator", f"{len(stack)}")
            operands = tuple(stack[-count:])
            del stack[-count:]
            stack.append(Operation(code, operands))
            at += 1
        elif code == 0:
            at += 1
        else:
            operand, at = _operand(data, at, len(data))
            stack.append(operand)
    if len(stack) != 1:
        raise _wrong(len(data), "one expression", f"{len(stack)}")
    return stack[0]


def _operand(data: bytes, at: int, end: int) -> tuple[Literal | Attribute, int]:
    code = data[at]
    if code in (LOCAL, USER, RESOURCE, DEVICE):
        body, after = _counted(data, at, end)
        return Attribute(code, _text(body, at)), after
    return _literal(data, at, end, 0)


def _literal(data: bytes, at: int, end: int, depth: int) -> tuple[Literal, int]:
    code = data[at]
    if 1 <= code <= INTEGER_64:
        if at + 1 + _PART_OF_INTEGER > end:
            raise _wrong(at, f"{_PART_OF_INTEGER} bytes of an integer", f"{end - at - 1}")
        value, sign, base = unpack_from("<qBB", data, at + 1)
        return Integer(value, code, sign, base), at + 1 + _PART_OF_INTEGER
    if code not in (_TEXT, _OCTETS, _LIST, _SID):
        raise _wrong(at, "a literal, an attribute or an operator", f"0x{code:02x}")
    body, after = _counted(data, at, end)
    if code == _TEXT:
        return Text(_text(body, at)), after
    if code == _OCTETS:
        return Octets(body), after
    if code == _SID:
        return Member(Sid.from_bytes(body)), after
    if depth >= _DEEPEST:
        raise _wrong(at, f"lists at most {_DEEPEST} deep", "more")
    items: list[Literal] = []
    here = after - len(body)
    while here < after:
        item, here = _literal(data, here, after, depth + 1)
        items.append(item)
    return Items(tuple(items)), after


def _counted(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """What stands behind a length, and the offset behind it."""
    if at + 5 > end:
        raise _wrong(at, "a length of four bytes", f"{end - at - 1} bytes")
    begin = at + 5
    after = begin + int(unpack_from("<I", data, at + 1)[0])
    if after > end:
        raise _wrong(at, f"{after - begin} bytes", f"{end - begin}")
    return data[begin:after], after


def _text(body: bytes, at: int) -> str:
    if len(body) & 1:
        raise _wrong(at, "a text of an even number of bytes", f"{len(body)}")
    return body.decode("utf-16-le", "surrogatepass")


def _wrong(at: int, expected: str, actual: str) -> SecurityError:
    return SecurityError("not a condition", offset=at, expected=expected, actual=actual)


def build_condition(condition: Condition) -> bytes:
    """The bytes of an expression, without what fills an entry to a multiple of four.

    Args:
        condition: The expression.
    """
    return MAGIC + b"".join(_tokens(condition))


def _tokens(top: Condition) -> list[bytes]:
    """The tokens of an expression, last one first put on the way: conditions can be deep."""
    tokens = []
    stack = [top]
    while stack:
        condition = stack.pop()
        if isinstance(condition, Operation):
            tokens.append(bytes([condition.operator]))
            stack.extend(condition.operands)
        else:
            tokens.append(_BUILDERS[type(condition)](condition))
    tokens.reverse()
    return tokens


def _of_integer(integer: Integer) -> bytes:
    return pack("<BqBB", integer.width, integer.value, integer.sign, integer.base)


def _of_items(items: Items) -> bytes:
    return _with_length(_LIST, b"".join(_BUILDERS[type(item)](item) for item in items.items))


def _with_length(code: int, body: bytes) -> bytes:
    return pack("<BI", code, len(body)) + body


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


_BUILDERS: Final[dict[type, Callable[..., bytes]]] = {
    Integer: _of_integer,
    Text: lambda text: _with_length(_TEXT, _utf16(text.text)),
    Octets: lambda octets: _with_length(_OCTETS, octets.data),
    Member: lambda member: _with_length(_SID, member.sid.build()),
    Items: _of_items,
    Attribute: lambda attribute: _with_length(attribute.source, _utf16(attribute.name)),
}
