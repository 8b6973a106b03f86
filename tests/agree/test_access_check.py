"""The access check and Samba's say the same of ten thousand descriptors, tokens and masks.

Samba knows no deny-only groups, restricted SIDs or integrity levels, and takes masks without
generic bits; those are compared with a model in tests/security.  Where it differs from Windows is
written down here.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from anyreg.security import entries as types
from anyreg.security.access import KEY_ALL_ACCESS, MAXIMUM_ALLOWED
from anyreg.security.check import check_access
from anyreg.security.descriptor import (
    DACL_PRESENT,
    SELF_RELATIVE,
    Acl,
    SecurityDescriptor,
)
from anyreg.security.entries import Ace
from anyreg.security.known import CREATOR_OWNER, EVERYONE, OWNER_RIGHTS
from anyreg.security.sid import Sid
from anyreg.security.token import SE_SECURITY, SE_TAKE_OWNERSHIP, SYSTEM_LEVEL, Token

PROGRAM = Path(__file__).with_name("samba_access.py")
PYTHON = "/usr/bin/python3"
MANY = 10_000
PEOPLE = [Sid.parse(f"S-1-5-21-1-2-3-{rid}") for rid in (500, 513, 1001)] + [EVERYONE]
NAMED = [*PEOPLE, OWNER_RIGHTS, CREATOR_OWNER]
RIGHTS = [1 << bit for bit in (*range(6), *range(16, 20))]
Triple = tuple[SecurityDescriptor, Token, int]


def mask(rnd: random.Random) -> int:
    return rnd.choice(
        (sum(rnd.sample(RIGHTS, rnd.randint(1, 4))), 0x20019, 0x20006, KEY_ALL_ACCESS)
    )


def triple(rnd: random.Random) -> Triple:
    kinds = (types.ALLOW, types.ALLOW, types.DENY)
    aces = tuple(
        Ace(rnd.choice(kinds), rnd.choice((0, 0, 2, 8, 16)), mask(rnd), rnd.choice(NAMED))
        for _ in range(rnd.randint(0, 6))
    )
    descriptor = SecurityDescriptor(
        rnd.choice(PEOPLE), rnd.choice(PEOPLE), Acl(aces), None, SELF_RELATIVE | DACL_PRESENT
    )
    user, *groups = rnd.sample(PEOPLE, rnd.randint(1, 3))
    privileges = frozenset(p for p in (SE_SECURITY, SE_TAKE_OWNERSHIP) if rnd.random() < 0.3)
    token = Token(user, frozenset(groups), privileges=privileges, integrity=SYSTEM_LEVEL)
    desired = rnd.choice((mask(rnd), mask(rnd), MAXIMUM_ALLOWED, mask(rnd) | 0x01000000))
    return descriptor, token, desired


def asked(descriptor: SecurityDescriptor, token: Token, desired: int) -> str:
    sids = [str(token.user), *map(str, token.groups)]
    return json.dumps([descriptor.build().hex(), sids, sorted(token.privileges), desired])


def of_samba(triples: list[Triple]) -> list[tuple[int, int]]:
    probe = [PYTHON, "-c", "import samba.security"]
    if not shutil.which(PYTHON) or subprocess.call(probe, stderr=subprocess.DEVNULL):
        pytest.skip("no Samba for Debian's Python: install the package python3-samba")
    lines = "".join(asked(*each) + "\n" for each in triples)
    command = [PYTHON, "-P", str(PROGRAM)]  # -P: samba.py beside it is another one
    done = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_samba_grants_and_refuses_the_same() -> None:
    """But where nothing is granted of the most that can be had, which Samba calls a success."""
    rnd = random.Random(20)
    triples = [triple(rnd) for _ in range(MANY)]
    answers = of_samba(triples)
    assert len(answers) == MANY
    granted, nothing = 0, 0
    for (descriptor, token, desired), theirs in zip(triples, answers, strict=True):
        ours = check_access(descriptor, token, desired)
        if desired == MAXIMUM_ALLOWED and theirs == (0, 0):
            assert ours.error == 5
            nothing += 1
        else:
            assert (ours.granted, ours.error) == theirs, asked(descriptor, token, desired)
        granted += ours.is_granted
    assert granted > MANY / 10
    assert nothing < MANY / 10
