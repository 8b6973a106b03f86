"""Descriptors and SDDL that were changed by chance: read or refused with an offset, and no loop.

Whatever is read gives its bytes back, is printed and read again, inherited from, and asked what
somebody may do.  The quick suite takes some hundred of each; the long one a hundred thousand.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

import share
from anyreg.errors import SecurityError
from anyreg.registry.permission_changes import permission_changes
from anyreg.security.check import check_access, maximum_access
from anyreg.security.descriptor import Acl, SecurityDescriptor
from anyreg.security.entries import ALLOW, CONTAINER_INHERIT, Ace
from anyreg.security.inheritance import inherited_again, new_descriptor
from anyreg.security.parts import BACKUP_PART, parts_of, with_parts
from anyreg.security.sddl import parse_sddl, print_sddl
from anyreg.security.sid import Sid
from anyreg.security.token import Token
from fuzz.explore import alarm
from fuzz.mutations import INTERESTING

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs an alarm against loops"),
]
PARTS = 20
IN_A_PART = 5_000
SEEDS = (
    "O:BAG:SYD:PAI(A;OICI;KA;;;SY)(D;CIIO;GA;;;CO)(A;;KR;;;WD)S:AI(AU;OISAFA;KA;;;WD)(ML;;NW;;;LW)",
    "O:SYG:S-1-5-21-1-2-3-513D:(XA;CI;GR;;;BA;(@User.a == {1, \"b\", 3} && !(Member_of SID(BA))))",
    "O:BAG:BAD:(OA;CI;WP;bf967a0e-0de6-11d0-a285-00aa003049e2;;AU)(OD;;WP;;;WD)S:(TL;;KR;;;SY)",
    'G:SYD:NO_ACCESS_CONTROLS:(RA;CI;;;;WD;("c",TS,0x10000,"x","y"))(SP;;;;;S-1-17-1)',
    'D:(XD;;KA;;;WD;(Exists a || (b Contains {#01ab} && c Any_of @Resource.d)))(0x16;;;;;;#0102)',
    'O:S-1-0x500000000-5S:(RA;;;;;WD;("n",TX,0x1,#0102))(RA;;;;;WD;("b",TB,0x0,1))(XU;SA;KA;;;WD;(a))',
)  # fmt: skip
TOKEN = Token.of("S-1-5-21-1-2-3-1001", "Users", privileges=("SeSecurityPrivilege",))
PIECES = (
    *'();:!"{}#0Zx &|=@-,',
    "((((((",
    "S-1-",
    "0x",
    "NO_ACCESS_CONTROL",
    "D:",
    "S:",
    "SID(",
    "é",
    "\0",
)


def changed_bytes(data: bytes, random: Random) -> bytes:
    """Some bytes, numbers, lengths and places of parts of a descriptor changed."""
    made = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at = random.randrange(len(made))
        match random.randrange(6):
            case 0:
                made[at] ^= 1 << random.randrange(8)
            case 1:
                made[at] = random.randrange(256)
            case 2:
                size = random.choice((1, 2, 4))
                number = random.choice(INTERESTING) & ((1 << (8 * size)) - 1)
                made[at : at + size] = number.to_bytes(size, "little")
            case 3:
                del made[at : at + random.randint(1, 12)]
            case 4:
                made[at:at] = random.randbytes(random.randint(1, 12))
            case _:
                other = random.randrange(len(made))
                made[at : at + 8] = made[other : other + 8]
        made = made or bytearray(1)
    return bytes(made)


WORDS = re.compile(r"[A-Za-z]{2}|0x[0-9a-f]+|\d+|.", re.DOTALL)
ALL_WORDS = sorted({word for seed in SEEDS for word in WORDS.findall(seed)})


def changed_text(text: str, random: Random) -> str:
    """Words for other words, in half of the texts, which are often read; else any characters."""
    if random.random() < 0.5:
        words = WORDS.findall(text)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            at = random.randrange(len(words))
            alike = [word for word in ALL_WORDS if word[:1].isalnum() == words[at][:1].isalnum()]
            words[at] = random.choice((random.choice(alike), words[at] * 2, words[at].lower(), " "))
        return "".join(words)
    made = list(text)
    for _ in range(random.choice((1, 1, 2, 3, 8))):
        at = random.randrange(len(made) + 1)
        made[at : at + random.randint(0, 3)] = random.choice(("", *PIECES))
        if random.random() < 0.2:
            other = random.randrange(len(made) + 1)
            made[at:at] = made[other : other + random.randint(1, 20)]
    return "".join(made)


def use(descriptor: SecurityDescriptor) -> None:
    """All that is done with a descriptor that was read."""
    assert descriptor.build() == SecurityDescriptor.from_bytes(descriptor.build()).build()
    maximum_access(descriptor, TOKEN)
    inherited_again(descriptor, descriptor)
    new_descriptor(descriptor, TOKEN)
    parts_of(with_parts(parse_sddl("O:BAG:BA"), descriptor, 0xFC), BACKUP_PART)
    text = print_sddl(descriptor)
    assert print_sddl(parse_sddl(text)) == as_read(text)


def as_read(text: str) -> str:
    """What a text is read as: an object entry without GUIDs is what it means.

    The data of an entry that has a SID are filled up.
    """
    text = re.sub(r"\(OA;(\w*;\w*;;;)", r"(A;\1", text)
    return re.sub(r"([\w-]);#(\w*)\)", _filled, text)


def _filled(found: re.Match[str]) -> str:
    sid, digits = found.groups()
    return f"{sid};#{digits}{'0' * (-len(digits) % 8)})"


def read_bytes(data: bytes) -> None:
    descriptor = SecurityDescriptor.from_bytes(data)
    assert descriptor.build() == data
    use(descriptor)


def read_text(text: str) -> None:
    use(parse_sddl(text))


def read_or_refused(read: Callable[[], None], size: int) -> bool:
    """Whether it was read; if not, the error says where, within what was given."""
    try:
        read()
    except SecurityError as error:
        if not 0 <= error.offset <= size:
            pytest.fail(f"a strange offset, {error.offset} of {size}: {error}")
        return False
    return True


def campaign(start: int, count: int) -> tuple[int, int]:
    """So many descriptors and texts, by their numbers; how many of each were read."""
    seen = [0, 0]
    for number in range(start, start + count):
        random = Random(number)
        text = random.choice(SEEDS)
        data = changed_bytes(parse_sddl(text).build(), random)
        changed = changed_text(text, random)
        with alarm(5):
            seen[0] += read_or_refused(lambda data=data: read_bytes(data), len(data))  # type: ignore[misc]
            seen[1] += read_or_refused(lambda text=changed: read_text(text), len(changed))  # type: ignore[misc]
    return seen[0], seen[1]


def test_some_are_read_or_refused() -> None:
    """The same in every run; enough are read for the test to say something."""
    of_bytes, of_texts = campaign(0, 400)
    assert of_bytes > 40
    assert of_texts > 40


FULL = 3_200  # entries: a list has no room for more
OF_ALL = " || ".join(["@Resource.a Contains 9999"] * 2_200)
VALUES = ",".join(map(str, range(5_000)))


def full(authority: int) -> SecurityDescriptor:
    """A descriptor with as many entries as a list can hold, each for somebody else."""
    aces = (Ace(ALLOW, CONTAINER_INHERIT, 1, Sid(authority, (rid,))) for rid in range(FULL))
    acl = Acl(tuple(aces))
    return replace(parse_sddl("O:BAG:SYD:AI"), dacl=acl)


@pytest.mark.parametrize(
    "work",
    [
        lambda: inherited_again(full(5), full(6)),
        lambda: new_descriptor(full(5), TOKEN),
        lambda: permission_changes(full(5), full(6)),
        lambda: check_access(
            parse_sddl(f'O:BAG:SYD:(XA;;KA;;;WD;({OF_ALL}))S:(RA;;;;;WD;("a",TI,0x0,{VALUES}))'),
            TOKEN,
            1,
        ),
    ],
    ids=["inherited again", "a new key", "what has changed", "a check"],
)
def test_full_lists_are_no_bombs(work: Callable[[], object]) -> None:
    """What is asked of each entry about all others takes a second of the processor, not minutes."""
    with alarm(8):
        work()


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_thousand_are_read_or_refused(part: int) -> None:
    campaign(share.first(10**6 * (part + 1)), share.times(IN_A_PART))
