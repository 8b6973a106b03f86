"""Conditions as SDDL writes them: infix, with the operators of C and words for sets and groups.

Tightest first bind existence, then relations and memberships, then !, && and ||; equals go from
the left.  The left of a relation is an attribute, its right a literal, a list or an attribute with
a source.  What is printed is what Windows prints: each operand of && and || in parentheses.

Source: Microsoft's [MS-DTYP], 2.5.1.1; the printed form is that of Windows.
"""

from __future__ import annotations

import re
from typing import Final

from anyreg.security.conditions import (
    AND,
    DECIMAL,
    DEVICE,
    EXISTS,
    HEXADECIMAL,
    INTEGER_64,
    LOCAL,
    MEMBERSHIPS,
    NEGATIVE,
    NOT,
    NOT_EXISTS,
    OCTAL,
    OR,
    POSITIVE,
    RELATIONS,
    RESOURCE,
    UNSIGNED,
    USER,
    Attribute,
    Condition,
    Integer,
    Items,
    Literal,
    Member,
    Octets,
    Operation,
    Text,
)
from anyreg.security.known import NO_DOMAINS, Domains
from anyreg.security.scanner import Scanner, c_number, escaped, hex_octets, unescaped

BLANKS: Final = " \t\r\n"
_DEEPEST: Final = 100
_SOURCES: Final = {"@User.": USER, "@Resource.": RESOURCE, "@Device.": DEVICE}
_PRINTED_SOURCES: Final = {
    LOCAL: "",
    USER: "@USER.",
    RESOURCE: "@RESOURCE.",
    DEVICE: "@DEVICE.",
}
_EXISTENCE: Final = {EXISTS: "Exists", NOT_EXISTS: "Not_Exists"}
# Longer ones first: < is the beginning of <=, Member_of that of Member_of_Any.
_SYMBOLS: Final = sorted(RELATIONS.items(), key=lambda item: -len(item[1]))
_GROUPS: Final = sorted(MEMBERSHIPS.items(), key=lambda item: -len(item[1]))
_WITHOUT_NAME: Final = re.compile(r"[^!&()><=|%\"\s,{};#@]")
_NAME: Final = re.compile(r"(?:%[0-9A-Fa-f]{4}|[^!&()><=|%\"\s])+")
_INTEGER: Final = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|[0-9]+)")
_OCTETS: Final = re.compile(r"#[0-9A-Fa-f#]*")
_TEXT: Final = re.compile(r'"([^"]*)"')
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
_MOST: Final = 1 << 63


def read_condition(text: str, domains: Domains = NO_DOMAINS) -> Condition:
    """The expression that a text is.

    Args:
        text: The expression, in parentheses.
        domains: What aliases of a machine or domain are relative to.

    Raises:
        SecurityError: It is none; the error's offset is that of the character.
    """
    scanner = Scanner(text, domains)
    condition = scan_condition(scanner)
    scanner.skip(BLANKS)
    if not scanner.is_done:
        raise scanner.error("the end")
    return condition


def scan_condition(scanner: Scanner) -> Condition:
    """Pass an expression in parentheses; see read_condition().

    Args:
        scanner: Where it begins.

    Raises:
        SecurityError: There is none.
    """
    scanner.skip(BLANKS)
    return _in_parentheses(scanner, 0)


def _in_parentheses(scanner: Scanner, depth: int) -> Condition:
    if depth > _DEEPEST:
        raise scanner.error(f"parentheses at most {_DEEPEST} deep")
    scanner.expect("(")
    condition = _any(scanner, depth)
    scanner.skip(BLANKS)
    scanner.expect(")")
    return condition


def _any(scanner: Scanner, depth: int) -> Condition:
    """What || joins."""
    condition = _all(scanner, depth)
    while True:
        scanner.skip(BLANKS)
        if not scanner.take("||"):
            return condition
        condition = Operation(OR, (condition, _all(scanner, depth)))


def _all(scanner: Scanner, depth: int) -> Condition:
    """What && joins."""
    condition = _one(scanner, depth)
    while True:
        scanner.skip(BLANKS)
        if not scanner.take("&&"):
            return condition
        condition = Operation(AND, (condition, _one(scanner, depth)))


def _one(scanner: Scanner, depth: int) -> Condition:
    scanner.skip(BLANKS)
    if scanner.take("!"):
        return Operation(NOT, (_denied(scanner, depth + 1),))
    if scanner.peek() == "(":
        return _in_parentheses(scanner, depth + 1)
    return _term(scanner)


def _denied(scanner: Scanner, depth: int) -> Condition:
    """What follows !; a membership without parentheses does not, as in Windows."""
    scanner.skip(BLANKS)
    if depth > _DEEPEST:
        raise scanner.error(f"expressions at most {_DEEPEST} deep")
    if scanner.take("!"):
        return Operation(NOT, (_denied(scanner, depth + 1),))
    if scanner.peek() == "(":
        return _in_parentheses(scanner, depth)
    begin = scanner.at
    if _word(scanner) in _GROUP_WORDS:
        raise scanner.error("a membership in parentheses")
    scanner.at = begin
    return _term(scanner)


_GROUP_WORDS: Final = frozenset(name.upper() for name in MEMBERSHIPS.values())


def _word(scanner: Scanner) -> str:
    """The word that is next, upper case, not passed; "" where there is none."""
    found = _WORD.match(scanner.text, scanner.at)
    return found.group().upper() if found else ""


def _term(scanner: Scanner) -> Condition:
    word = _word(scanner)
    for code, name in _GROUPS:
        if word == name.upper():
            scanner.take(name)
            return Operation(code, (_groups(scanner),))
    for code, name in _EXISTENCE.items():
        if word == name.upper():
            scanner.take(name)
            scanner.skip(BLANKS)
            return Operation(code, (_attribute(scanner),))
    attribute = _attribute(scanner)
    scanner.skip(BLANKS)
    for code, name in _SYMBOLS:
        if scanner.take(name):
            scanner.skip(BLANKS)
            return Operation(code, (attribute, _right(scanner)))
    return attribute


def _groups(scanner: Scanner) -> Literal:
    """The SIDs of a membership: a list, or one alone, also in parentheses."""
    scanner.skip(BLANKS)
    if scanner.peek() == "{":
        begin = scanner.at
        found = _list(scanner, 0)
        if all(isinstance(item, Member) for item in found.items):
            return found
        scanner.at = begin
        raise scanner.error("a list of SID(...) alone")
    depth = 0
    while scanner.take("("):
        depth += 1
        scanner.skip(BLANKS)
    member = _member(scanner)
    for _ in range(depth):
        scanner.skip(BLANKS)
        scanner.expect(")")
    return member


def _member(scanner: Scanner) -> Member:
    scanner.expect("SID")
    scanner.skip(BLANKS)
    scanner.expect("(")
    scanner.skip(BLANKS)
    sid = scanner.sid()
    scanner.skip(BLANKS)
    scanner.expect(")")
    return Member(sid)


def _attribute(scanner: Scanner) -> Attribute:
    for prefix, source in _SOURCES.items():
        if scanner.take(prefix):
            return Attribute(source, _name(scanner))
    if scanner.peek() == "%" or _WITHOUT_NAME.match(scanner.text, scanner.at):
        return Attribute(LOCAL, _name(scanner))
    raise scanner.error("an attribute, a membership, ! or (")


def _name(scanner: Scanner) -> str:
    return unescaped(scanner.match(_NAME, "the name of an attribute"))


def _right(scanner: Scanner) -> Literal | Attribute:
    if scanner.peek() == "{":
        return _list(scanner, 0)
    if scanner.peek() == "@":
        return _attribute(scanner)
    return _literal(scanner, 0)


def _list(scanner: Scanner, depth: int) -> Items:
    if depth > _DEEPEST:
        raise scanner.error(f"lists at most {_DEEPEST} deep")
    scanner.expect("{")
    scanner.skip(BLANKS)
    items: list[Literal] = []
    while not scanner.take("}"):
        if items:
            scanner.expect(",")
            scanner.skip(BLANKS)
        items.append(_literal(scanner, depth + 1))
        scanner.skip(BLANKS)
    return Items(tuple(items))


def _literal(scanner: Scanner, depth: int) -> Literal:
    first = scanner.peek()
    if first == "{":
        return _list(scanner, depth)
    if first == '"':
        return Text(scanner.match(_TEXT, "a text that ends with a quote")[1:-1])
    if first == "#":
        return _octets(scanner)
    if first.upper() == "S":
        return _member(scanner)
    return scan_integer(scanner)


def _octets(scanner: Scanner) -> Octets:
    return Octets(hex_octets(scanner.match(_OCTETS, "#")[1:]))


def scan_integer(scanner: Scanner) -> Integer:
    """Pass a whole number of a condition or a claim.

    Args:
        scanner: Where it begins.

    Raises:
        SecurityError: There is none, or it does not fit 64 bits.
    """
    begin = scanner.at
    text = scanner.match(_INTEGER, "a literal: a number, a text, #octets, SID(...) or {...}")
    sign = {"+": POSITIVE, "-": NEGATIVE}.get(text[0], UNSIGNED)
    digits = text.lstrip("+-")
    base = DECIMAL
    if digits[0] == "0" and len(digits) > 1:
        base = HEXADECIMAL if digits[1] in "xX" else OCTAL
    try:
        value = c_number(digits)
    except ValueError:
        value = 2 * _MOST
    if sign == NEGATIVE:
        value = -value
    elif base == HEXADECIMAL and sign == UNSIGNED and _MOST <= value < 2 * _MOST:
        value -= 2 * _MOST  # all 64 bits are written
    if not -_MOST <= value < _MOST:
        scanner.at = begin
        raise scanner.error("a number of at most 64 bits, with octal digits behind 0")
    return Integer(value, INTEGER_64, sign, base)


# Printing


def print_condition(condition: Condition, domains: Domains = NO_DOMAINS) -> str:
    """An expression as Windows prints it, in parentheses.

    Args:
        condition: The expression.
        domains: What aliases of a machine or domain are relative to.
    """
    return f"({_printed(condition, domains)})"


def _printed(condition: Condition, domains: Domains) -> str:
    if not isinstance(condition, Operation):
        return print_operand(condition, domains)
    code, operands = condition
    if code in (AND, OR):
        joint = " && " if code == AND else " || "
        return joint.join(print_condition(operand, domains) for operand in operands)
    if code == NOT:
        return f"!{print_condition(operands[0], domains)}"
    words = [print_operand(operand, domains) for operand in operands]
    if code in RELATIONS:
        return f"{words[0]} {RELATIONS[code]} {words[1]}"
    name = _EXISTENCE[code] if code in _EXISTENCE else MEMBERSHIPS[code].replace("_Any", "_any")
    return f"{name} {words[0]}"


def print_operand(operand: Condition, domains: Domains = NO_DOMAINS) -> str:
    """A literal or an attribute as Windows prints it.

    Args:
        operand: What is printed.
        domains: What aliases of a machine or domain are relative to.
    """
    if isinstance(operand, Integer):
        return _print_integer(operand)
    if isinstance(operand, Text):
        return f'"{operand.text}"'
    if isinstance(operand, Octets):
        return f"#{operand.data.hex()}"
    if isinstance(operand, Member):
        return f"SID({domains.alias_of(operand.sid) or operand.sid})"
    if isinstance(operand, Items):
        return "{" + ", ".join(print_operand(item, domains) for item in operand.items) + "}"
    if isinstance(operand, Attribute):
        return _PRINTED_SOURCES[operand.source] + escaped(operand.name)
    return print_condition(operand, domains)


def _print_integer(integer: Integer) -> str:
    digits = abs(integer.number)
    signs = {POSITIVE: "+", NEGATIVE: "-"}
    sign = signs.get(integer.sign, "-" if integer.number < 0 else "")
    if integer.base == HEXADECIMAL:
        return f"{sign}0x{digits:x}"
    return f"{sign}0{digits:o}" if integer.base == OCTAL else f"{sign}{digits}"
