"""Calls for names of accounts: as Samba writes them, read again, and refused when malformed."""

from __future__ import annotations

import random
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import pytest

from anyreg.errors import RemoteProtocolError
from anyreg.rpc.account_calls import (
    LSARPC,
    AccountsAnswer,
    FoundSidsAnswer,
    LookupNamesRequest,
    LookupSidsRequest,
    OpenPolicyRequest,
)
from anyreg.rpc.account_types import NO_DOMAIN, WireAccount, WireDomain, WireSid
from anyreg.rpc.arguments import ContextHandle, WireText
from anyreg.rpc.ndr import Order
from anyreg.rpc.registry_calls import HandleAnswer
from anyreg.rpc.stubs import decode_request
from anyreg.security.sid import Sid
from rpc.calls import NAMES, error_of, handle, number
from rpc.samba_packer import packed, packer

MANY = 60
SIDS = ("S-1-5-18", "S-1-1-0", "S-1-5-32-544", "S-1-5-21-1-2-4294967295-500", "S-1-5-21-7-8-9")
DRAWN = ("open", "sids", "names")
ORDERS = ("little", "big")


def sid(rnd: random.Random) -> bytes:
    return Sid.parse(rnd.choice(SIDS)).build()


def text(rnd: random.Random) -> WireText:
    """A name as it is sent: without a NUL, and never empty, where Samba sends no buffer."""
    raw = rnd.choice(NAMES[1:]).encode("utf-16-le")
    return WireText(raw, len(raw))


def some(rnd: random.Random, draw: Any) -> list[Any]:
    return [draw(rnd) for _ in range(rnd.randrange(1, 5))]


def domain(rnd: random.Random) -> WireDomain:
    raw = rnd.choice(NAMES[1:]).encode("utf-16-le")
    return WireDomain(WireText(raw, len(raw) + 2), sid(rnd))


def account(rnd: random.Random) -> WireAccount:
    return WireAccount(rnd.randrange(11), text(rnd), rnd.choice((0, 1, NO_DOMAIN)))


def found(rnd: random.Random) -> WireSid:
    return WireSid(rnd.randrange(11), sid(rnd), rnd.choice((0, 1, NO_DOMAIN)), number(rnd))


def request(name: str, rnd: random.Random) -> Any:
    """A call; the first argument but the handle is what is asked."""
    if name == "open":
        return OpenPolicyRequest(access=number(rnd))
    if name == "sids":
        return LookupSidsRequest(handle(rnd), some(rnd, sid), mapped=number(rnd))
    names = some(rnd, text)
    return LookupNamesRequest(handle(rnd), len(names), names, mapped=number(rnd))


def answer(name: str, rnd: random.Random) -> Any:
    if name == "open":
        return HandleAnswer(handle(rnd), number(rnd))
    if name == "sids":
        return AccountsAnswer(some(rnd, domain), some(rnd, account), number(rnd), number(rnd))
    return FoundSidsAnswer(some(rnd, domain), some(rnd, found), number(rnd), number(rnd))


@pytest.fixture(scope="module")
def samba() -> Iterator[subprocess.Popen[str]]:
    """Samba's packer, in a process of its own."""
    with packer("samba_lsa.py", "samba.dcerpc.lsa") as process:
        yield process


def plain(value: Any) -> Any:
    """What JSON can carry of an argument."""
    if isinstance(value, ContextHandle):
        return [value.attributes, str(uuid.UUID(bytes_le=value.uuid))]
    if isinstance(value, WireText):
        return value.text
    if isinstance(value, bytes):
        return str(Sid.from_bytes(value))
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def values_of(name: str, record: Any) -> list[Any]:
    """The arguments of a record that Samba is told."""
    if isinstance(record, OpenPolicyRequest):
        return [record.length, record.access]
    shown = [plain(getattr(record, one)) for one in record.__dataclass_fields__]
    if isinstance(record, LookupSidsRequest):
        return [*shown[:2], *shown[3:]]
    if isinstance(record, LookupNamesRequest):
        return [shown[0], shown[2], *shown[4:]]
    return shown


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", DRAWN)
def test_calls_and_answers_are_sambas(
    samba: subprocess.Popen[str], name: str, order: Order
) -> None:
    """They are written and read as Samba writes them."""
    rnd = random.Random(name)
    for _ in range(MANY):
        call, told = request(name, rnd), answer(name, rnd)
        expected = packed(samba, name, "in", order, values_of(name, call))
        assert call.encode(order).hex(" ", 4) == expected.hex(" ", 4)
        assert decode_request(call.opnum, expected, order, LSARPC) == call
        expected = packed(samba, name, "out", order, values_of(name, told))
        assert told.encode(order).hex(" ", 4) == expected.hex(" ", 4)
        assert call.decode_answer(expected, order) == told


@pytest.mark.parametrize("name", DRAWN)
def test_any_bytes_give_an_answer_or_an_error(name: str) -> None:
    """Of answers that were changed anywhere, cut or made longer."""
    rnd = random.Random(name)
    refused = 0
    for _ in range(3000):
        call = request(name, rnd)
        stub = bytearray(answer(name, rnd).encode())
        for _ in range(rnd.randrange(1, 4)):
            at = rnd.randrange(len(stub) + 1)
            stub[at : at + rnd.choice((0, 1, 4))] = rnd.randbytes(rnd.randrange(5))
        kind = error_of(lambda call=call, stub=stub: call.decode_answer(bytes(stub)))  # type: ignore[misc]
        assert kind in (None, RemoteProtocolError)
        refused += kind is not None
    assert refused > 1000 or name == "open"


def test_what_nobody_knows_has_no_entries() -> None:
    """Null pointers, as a server sends them with an error."""
    call = LookupSidsRequest(ContextHandle(0, bytes(16)), [])
    stub = bytes(4) + bytes(8) + bytes(4) + bytes.fromhex("22000ac0")
    assert astuple(call.decode_answer(stub)) == ([], [], 0, 0xC00A0022)
