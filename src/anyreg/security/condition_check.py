"""What the condition of an entry is for a token: true, false or unknown.

A claim that is missing makes a relation unknown, and so does one of another kind than what it is
compared with; && and || know a result where one side is enough for it.  Text is compared without
case, unless the claim asks for it.  Lists are sets: neither order nor doubles count.

Source: Microsoft's [MS-DTYP], 2.4.4.17.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final, NamedTuple

from anyreg.errors import SecurityError
from anyreg.security import conditions as c
from anyreg.security.claims import (
    BOOLEAN,
    CASE_SENSITIVE,
    DENY_ONLY,
    DISABLED,
    Claim,
    Datum,
    parse_claim,
)
from anyreg.security.conditions import Attribute, Condition, Operation, parse_condition
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import RESOURCE_ATTRIBUTE
from anyreg.security.sid import Sid
from anyreg.security.token import Token

UNKNOWN: Final = None
_DEEPEST: Final = 200
_TRUTHS: Final = frozenset((0, 1))  # what a boolean can be compared with
_parsed = lru_cache(512)(parse_condition)


class _Data(NamedTuple):
    """What an operand stands for.

    Attributes:
        values: Its values.
        is_list: Whether it is a set of any number.
        is_exact: Whether text counts by case.
        is_boolean: Whether it is a boolean, which only == and != compare, with 0 and 1.
    """

    values: tuple[Datum, ...]
    is_list: bool
    is_exact: bool = False
    is_boolean: bool = False


def evaluate(
    data: bytes, token: Token, descriptor: SecurityDescriptor, *, denies: bool = False
) -> bool | None:
    """Whether the condition of an entry holds.

    Args:
        data: The entry's data.
        token: Who asks.
        descriptor: The descriptor, which has the attributes of the resource.
        denies: Whether the entry denies: some claims are there for that alone.

    Returns:
        True or False, or None where it cannot be known.

    Raises:
        SecurityError: The data are no condition.
    """
    return _Evaluation(token, descriptor, denies).of(_parsed(data), 0)


class _Evaluation:
    def __init__(self, token: Token, descriptor: SecurityDescriptor, denies: bool) -> None:
        self._token = token
        self._descriptor = descriptor
        self._ignored = DISABLED if denies else DISABLED | DENY_ONLY

    def of(self, condition: Condition, depth: int) -> bool | None:
        if depth > _DEEPEST:
            return UNKNOWN
        if isinstance(condition, Attribute):
            return self._of_attribute(condition)
        if not isinstance(condition, Operation):
            return UNKNOWN
        code, operands = condition
        if code in (c.AND, c.OR):
            return _joined(code, [self.of(each, depth + 1) for each in _chained(condition)])
        if code == c.NOT:
            held = self.of(operands[0], depth + 1)
            return UNKNOWN if held is None else not held
        if code in (c.EXISTS, c.NOT_EXISTS):
            return self._of_existence(operands[0], code == c.EXISTS)
        if code in c.MEMBERSHIPS:
            return self._of_groups(c.MEMBERSHIPS[code], operands[0])
        return self._of_relation(code, operands)

    def _of_attribute(self, attribute: Attribute) -> bool | None:
        """An attribute alone: whether it has a value that is not empty."""
        claim = self._claim(attribute)
        if claim is None or not claim.values:
            return UNKNOWN
        return any(bool(value) for value in claim.values)

    def _of_existence(self, operand: Condition, wanted: bool) -> bool | None:
        if not isinstance(operand, Attribute) or operand.source in (c.USER, c.DEVICE):
            return UNKNOWN
        return (self._claim(operand) is not None) is wanted

    def _of_groups(self, name: str, operand: Condition) -> bool | None:
        wanted = self._data(operand)
        if wanted is None or not all(isinstance(value, Sid) for value in wanted.values):
            return UNKNOWN
        token = self._token
        groups = token.device_groups if "Device" in name else token.sids
        found = [value in groups for value in wanted.values]
        held = any(found) if name.endswith("_Any") else all(found)
        return held is not name.startswith("Not_")

    def _of_relation(self, code: int, operands: tuple[Condition, ...]) -> bool | None:
        left, right = (self._data(operand) for operand in operands)
        if left is None or right is None:
            return UNKNOWN
        is_exact = left.is_exact or right.is_exact
        ours = [_compared(value, is_exact) for value in left.values]
        theirs = [_compared(value, is_exact) for value in right.values]
        kinds = {type(value) for value in (*ours, *theirs)}
        if len(kinds) > 1:
            return UNKNOWN
        are_truths = code in _EQUALITIES and _TRUTHS.issuperset((*ours, *theirs))
        if (left.is_boolean or right.is_boolean) and not are_truths:
            return UNKNOWN
        if code in _SETS:
            return _SETS[code](ours, theirs)
        if left.is_list or right.is_list:
            return _EQUALITIES[code](set(ours), set(theirs)) if code in _EQUALITIES else UNKNOWN
        if code in _ORDERS and kinds <= {Sid, bytes}:
            return UNKNOWN
        return bool((_EQUALITIES | _ORDERS)[code](ours[0], theirs[0]))

    def _data(self, operand: Condition) -> _Data | None:
        if isinstance(operand, Attribute):
            claim = self._claim(operand)
            if claim is None or not claim.values:
                return None
            is_exact = claim.flags & CASE_SENSITIVE != 0
            return _Data(claim.values, len(claim.values) > 1, is_exact, claim.type == BOOLEAN)
        if isinstance(operand, c.Items):
            parts = [self._data(item) for item in operand.items]
            return _Data(tuple(value for part in parts if part for value in part.values), True)
        return None if isinstance(operand, Operation) else _Data((_literal(operand),), False)

    def _claim(self, attribute: Attribute) -> Claim | None:
        if attribute.source == c.RESOURCE:
            return self._resource(attribute.name)
        known: Mapping[str, Claim] = {
            c.LOCAL: self._token.local_claims,
            c.USER: self._token.user_claims,
            c.DEVICE: self._token.device_claims,
        }[attribute.source]
        for name, claim in known.items():
            if name.lower() == attribute.name.lower() and not claim.flags & self._ignored:
                return claim
        return None

    def _resource(self, name: str) -> Claim | None:
        for claim in _attributes_of(self._descriptor.sacl or Acl()):
            if claim.name.lower() == name.lower() and not claim.flags & self._ignored:
                return claim
        return None


@lru_cache(64)
def _attributes_of(sacl: Acl) -> tuple[Claim, ...]:
    """What a list says of its key, as far as it can be read: thousands of terms may ask for it."""
    found = []
    for ace in sacl:
        if ace.type == RESOURCE_ATTRIBUTE and ace.is_effective:
            with suppress(SecurityError):
                found.append(parse_claim(ace.data))
    return tuple(found)


def _chained(condition: Operation) -> list[Condition]:
    """What one operator joins, as in a && b && c: there can be many."""
    operands: list[Condition] = []
    left: Condition = condition
    while isinstance(left, Operation) and left.operator == condition.operator:
        left, right = left.operands
        operands.append(right)
    return [left, *reversed(operands)]


def _joined(code: int, held: list[bool | None]) -> bool | None:
    enough = code == c.OR
    if enough in held:
        return enough
    return UNKNOWN if UNKNOWN in held else not enough


def _literal(operand: c.Literal) -> Datum:
    if isinstance(operand, c.Integer):
        return operand.number
    if isinstance(operand, c.Text):
        return operand.text
    if isinstance(operand, c.Octets):
        return operand.data
    assert isinstance(operand, c.Member)
    return operand.sid


def _compared(value: Datum, is_exact: bool) -> Datum:
    return value.lower() if isinstance(value, str) and not is_exact else value


_EQUALITIES: Final[dict[int, Callable[..., bool]]] = {0x80: operator.eq, 0x81: operator.ne}
_ORDERS: Final[dict[int, Callable[..., bool]]] = {
    0x82: operator.lt,
    0x83: operator.le,
    0x84: operator.gt,
    0x85: operator.ge,
}
_SETS: Final[dict[int, Callable[[list[Datum], list[Datum]], bool]]] = {
    0x86: lambda ours, theirs: set(theirs) <= set(ours),
    0x88: lambda ours, theirs: not set(ours).isdisjoint(theirs),
    0x8E: lambda ours, theirs: not set(theirs) <= set(ours),
    0x8F: lambda ours, theirs: set(ours).isdisjoint(theirs),
}
