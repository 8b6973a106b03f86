"""The access check on a thousand stored triples, with what Samba, Wine and Windows say of each.

They lie beside the corpus.  `expected` is what Windows should say where the oracle has a known
fault; where nobody knows it (a claim that is missing, before Windows 8 has it), it is empty.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from anyreg.security import claims as kinds
from anyreg.security.check import check_access
from anyreg.security.claims import Claim
from anyreg.security.descriptor import SecurityDescriptor
from anyreg.security.known import Domains, account_of, find_sid
from anyreg.security.sid import Sid
from anyreg.security.token import SYSTEM_LEVEL, Token
from conftest import CORPUS, MISSING

FOLDER = CORPUS.parent / "reference" / "security"
UNKNOWN = 16  # rows to which nobody knows Windows' answer
# Rows that are refuted: what is answered here, and why.
REFUTED = {
    356: (0x70009, "a generic bit that is left in an entry grants nothing: [MS-DTYP], 2.4.3"),
    782: ("denied", "a generic bit that is left in an entry grants nothing: [MS-DTYP], 2.4.3"),
}
OTHER_NAMES = {
    "S-1-5-96-0": "the name in the table is that of a number below it",
    "S-1-15-3-4096": "the table tells what the capability is called, too",
}
WORDS = {5: "denied", 1314: "privilege"}

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=MISSING)


def rows() -> list[dict[str, Any]]:
    text = (FOLDER / "access-vectors.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def claimed(found: dict[str, Any]) -> dict[str, Claim]:
    """Claims of numbers and texts."""
    made = {}
    for name, value in found.items():
        values = tuple(value) if isinstance(value, list) else (value,)
        kind = kinds.TEXT if isinstance(values[0], str) else kinds.SIGNED
        made[name] = Claim(name, kind, 0, values)
    return made


def token(row: dict[str, Any]) -> Token:
    user, *groups = map(Sid.parse, row["sids"])
    claims = row.get("claims") or {}
    return Token(
        user,
        frozenset(groups),
        deny_only=frozenset(map(Sid.parse, row["deny_only"])),
        privileges=frozenset(row["privileges"]),
        integrity=SYSTEM_LEVEL,
        user_claims=claimed(claims.get("user", {})),
        device_claims=claimed(claims.get("device", {})),
        local_claims=claimed(claims.get("local", {})),
    )


def answered(row: dict[str, Any]) -> int | str:
    descriptor = SecurityDescriptor.from_bytes(bytes.fromhex(row["descriptor"]))
    answer = check_access(descriptor, token(row), row["desired"])
    return answer.granted if answer.is_granted else WORDS[answer.error]


def test_each_triple_is_answered_as_windows_should() -> None:
    """But for those that are refuted, which differ."""
    found = rows()
    known = {number: row for number, row in enumerate(found) if row["expected"] is not None}
    assert len(found) - len(known) == UNKNOWN
    assert len(known) > 900
    answers = {number: answered(row) for number, row in known.items()}
    wanted = {number: row["expected"] for number, row in known.items()}
    assert not [number for number in REFUTED if wanted[number] == REFUTED[number][0]]
    assert answers == wanted | {number: words for number, (words, _) in REFUTED.items()}


def test_each_sid_has_its_alias_and_name() -> None:
    """Names of those that are the same on every machine; aliases of a domain with the domain."""
    domain = Sid.parse("S-1-5-21-1-2-3")
    domains = Domains(domain, domain, domain)
    lines = (FOLDER / "sids.tsv").read_text("utf-8").splitlines()[1:]
    assert len(lines) > 120
    for text, alias, above, name, *_ in [line.split("\t") for line in lines]:
        sid = Sid.parse(text.replace("<domain or machine>", "1-2-3"))
        assert domains.alias_of(sid) == alias, text
        assert not alias or find_sid(alias, domains) == sid
        account = account_of(sid)
        if "<" in text:
            assert account is None
        elif text not in OTHER_NAMES:
            assert account is not None
            assert (account.domain, account.name) == (above, name), text
