from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import SecurityError
from anyreg.security import condition_check
from anyreg.security import conditions as c
from anyreg.security.check import check_access
from anyreg.security.claims import Claim, parse_claim
from anyreg.security.condition_check import evaluate
from anyreg.security.condition_text import print_condition, read_condition
from anyreg.security.conditions import (
    Attribute,
    Condition,
    Integer,
    Items,
    Member,
    Octets,
    Operation,
    Text,
    build_condition,
    parse_condition,
)
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import ALLOW_CALLBACK, Ace
from anyreg.security.known import EVERYONE
from anyreg.security.sddl import parse_sddl
from anyreg.security.token import Token
from security.drawn import any_sid, read_or_refused

FUZZED = 3_000
names = st.text(min_size=1, max_size=8)
integers = st.integers(-(1 << 63) + 1, (1 << 63) - 1).map(
    lambda value: Integer(value, sign=c.NEGATIVE if value < 0 else c.UNSIGNED)
)
texts = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), max_size=8)
literals = st.one_of(
    integers, texts.map(Text), st.binary(max_size=6).map(Octets), any_sid.map(Member)
)
attributes = st.builds(
    Attribute,
    st.sampled_from((c.USER, c.RESOURCE, c.DEVICE)),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
)
groups = st.lists(any_sid.map(Member), max_size=3).map(lambda found: Items(tuple(found)))
terms = st.one_of(
    attributes,
    st.builds(
        lambda code, left, right: Operation(code, (left, right)),
        st.sampled_from(sorted(c.RELATIONS)),
        attributes,
        literals
        | attributes
        | st.lists(literals, max_size=3).map(lambda found: Items(tuple(found))),
    ),
    st.builds(
        lambda code, sids: Operation(code, (sids,)), st.sampled_from(sorted(c.MEMBERSHIPS)), groups
    ),
    attributes.map(lambda found: Operation(c.EXISTS, (found,))),
)
conditions = st.recursive(
    terms,
    lambda inner: st.one_of(
        inner.map(lambda one: Operation(c.NOT, (one,))),
        st.builds(
            lambda code, a, b: Operation(code, (a, b)), st.sampled_from((c.AND, c.OR)), inner, inner
        ),
    ),
    max_leaves=6,
)


@given(conditions)
def test_bytes_and_text_come_back(condition: Condition) -> None:
    data = build_condition(condition)
    assert parse_condition(data + bytes(-len(data) & 3)) == condition
    assert read_condition(print_condition(condition)) == condition


def test_the_bytes_are_those_of_windows() -> None:
    """A number is 64 bits wide, whatever it says."""
    number = "fb080000006c00650067007300" + "04" + "0100000000000000" + "0302" + "80"
    assert build_condition(read_condition("(@Device.legs == 1)")).hex() == "61727478" + number


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("(a||b&&c)", "((a) || ((b) && (c)))"),
        ("((a || b) && c)", "(((a) || (b)) && (c))"),
        ("(! (Member_of{SID(BA)}))", "(!(Member_of {SID(BA)}))"),
        ("(!@user.x == 1)", "(!(@USER.x == 1))"),
        ("(@User.n CONTAINS {1, 0x1f, 017, #0aff})", "(@USER.n Contains {1, 0x1f, 017, #0aff})"),
        ("(Exists x && y < -5)", "((Exists x) && (y < -5))"),
        ("(member_of_any {SID(S-1-2-3)})", "(Member_of_any {SID(S-1-2-3)})"),
        ("(member_of((sid(WD))))", "(Member_of SID(WD))"),
        ("(Member_of2 == 1)", "(Member_of2 == 1)"),
        ("(a == ##1#2#3##)", "(a == #01020300)"),
        ("(a == -0)", "(a == -0)"),
        ("(@User.a{;,}%007c == 1)", "(@USER.a{;,}%007c == 1)"),
        ("(a == #1#2#3##)", "(a == #01020300)"),
        ("(a == 0xffffffffffffffff)", "(a == 0xffffffffffffffff)"),
    ],
)
def test_operators_bind_and_print_as_in_windows(text: str, printed: str) -> None:
    assert print_condition(read_condition(text)) == printed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "()",
        "(a",
        "(a b)",
        "(a == b)",
        "(a ==)",
        "(a && )",
        "(a == 09)",
        '(a == "x)',
        "(a == {1 2})",
        "(Member_of {1})",
        "(! Member_of{SID(BA)})",
        "(a == 99999999999999999999)",
        "(a == 0x10000000000000000)",
    ],
)
def test_what_windows_refuses_is_refused(text: str) -> None:
    with pytest.raises(SecurityError):
        read_condition(text)


def test_changed_bytes_are_read_or_refused_and_nothing_else() -> None:
    rnd = random.Random(3)
    text = '((@User.a == {1, "b", #00, SID(BA)}) && (!(Member_of {SID(WD)}))) || (Exists x)'
    whole = build_condition(read_condition(f"({text})"))
    nobody, token = SecurityDescriptor(), Token.of("SY")
    for _ in range(FUZZED):
        data = bytearray(whole)
        for _ in range(rnd.randint(1, 4)):
            data[rnd.randrange(4, len(data))] = rnd.randrange(256)
        read_or_refused(lambda changed: print_condition(parse_condition(changed)), bytes(data))
        read_or_refused(lambda changed: evaluate(changed, token, nobody), bytes(data))


def test_a_deep_expression_is_unknown_and_no_crash() -> None:
    deep = build_condition(Attribute(c.LOCAL, "a")) + bytes([c.NOT]) * 5000
    assert evaluate(deep, Token.of("SY"), SecurityDescriptor()) is None


def test_lists_in_lists_are_refused_and_no_crash() -> None:
    """Some hundred are more than Python has room for calls."""
    nested = b"\x10\0\0\0\0"
    for _ in range(500):
        nested = b"\x50" + len(nested).to_bytes(4, "little") + nested
    data = build_condition(Attribute(c.USER, "a")) + nested + b"\x80"
    with pytest.raises(SecurityError):
        parse_condition(data)
    ace = Ace(ALLOW_CALLBACK, 0, 0xF003F, EVERYONE, data=data)
    key = parse_sddl("O:SYG:SYD:").with_dacl(Acl((ace,)))
    assert check_access(key, Token.of("BU"), 0x1).error == 5


CLAIMS = (
    'S:(RA;;;;;WD;("n",TI,0x0,1,2))(RA;;;;;WD;("s",TS,0x0,"Blue"))(RA;;;;;WD;("b",TB,0x0,1))'
    '(RA;;;;;WD;("u",TU,0x0,18446744073709551615))'
)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("(@Resource.n Contains 1)", True),
        ("(@Resource.n Any_of {7, 2})", True),
        ("(@Resource.n == {1, 2})", True),
        ("(@Resource.n == {2, 1})", True),
        ("(@Resource.n == {2, 1, 2})", True),
        ("(@Resource.n != {2, 1})", False),
        ("(@Resource.n == {1})", False),
        ("(@Resource.u == 0xffffffffffffffff)", True),
        ("(@Resource.n < 3)", None),
        ('(@Resource.s == "bLUE")', True),
        ('(@Resource.s != "red")', True),
        ("(@Resource.s == 1)", None),
        ("(@Resource.b)", True),
        ("(@Resource.b == 1)", True),
        ("(@Resource.b > 0)", None),
        ("(@Resource.b == 2)", None),
        ("(@Resource.missing == 1)", None),
        ("(!(@Resource.missing == 1))", None),
        ("(@Resource.missing == 1 || @Resource.b)", True),
        ('(@Resource.missing == 1 && @Resource.s == "red")', False),
        ("(Exists @Resource.n)", True),
        ("(Not_Exists @Resource.n)", False),
        ("(Member_of {SID(WD), SID(BU)})", True),
        ("(Member_of {SID(WD), SID(BA)})", False),
        ("(Member_of_Any {SID(WD), SID(BA)})", True),
        ("(Not_Member_of {SID(BA)})", True),
        ("(Device_Member_of {SID(WD)})", False),
    ],
)
def test_a_condition_is_true_or_false_or_unknown(text: str, holds: bool | None) -> None:
    token = Token.of("S-1-5-21-1-2-3-1001", "BU")
    assert evaluate(build_condition(read_condition(text)), token, parse_sddl(CLAIMS)) is holds


def test_a_claim_for_denial_alone_lets_nobody_in() -> None:
    """And one that is disabled counts for nothing, a resource's too."""
    data = build_condition(read_condition("(@Resource.n == 1)"))
    for flags, allowed, denied in ((0x0, True, True), (0x4, None, True), (0x10, None, None)):
        key = parse_sddl(f'S:(RA;;;;;WD;("n",TI,0x{flags:x},1))')
        assert evaluate(data, Token.of("SY"), key) is allowed
        assert evaluate(data, Token.of("SY"), key, denies=True) is denied


@pytest.mark.parametrize(("operator", "holds"), [(" || ", True), (" && ", False)])
def test_many_terms_of_one_operator_are_no_depth(operator: str, holds: bool) -> None:
    terms = operator.join(f"@Resource.n Contains {number}" for number in range(900))
    data = build_condition(read_condition(f"({terms})"))
    assert evaluate(data, Token.of("SY"), parse_sddl(CLAIMS)) is holds


def test_an_attribute_is_read_once_however_many_terms_ask_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else two thousand terms about one of five thousand values took ten seconds."""
    read: list[bytes] = []

    def counted(data: bytes) -> Claim:
        read.append(data)
        return parse_claim(data)

    monkeypatch.setattr(condition_check, "parse_claim", counted)
    terms = " || ".join(["@Resource.once == 2"] * 50)
    key = parse_sddl('S:(RA;;;;;WD;("Once",TI,0x0,1))')
    assert evaluate(build_condition(read_condition(f"({terms})")), Token.of("SY"), key) is False
    assert len(read) == 1
