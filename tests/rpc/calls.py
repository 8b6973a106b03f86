"""Calls and answers, drawn at random: for each class what its fields may hold.

What is drawn has the form that Samba gives everything: names end with a NUL and fill their
buffer, unless they are meant to leave room.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_type_hints

from anyreg.errors import RemoteError, RemoteProtocolError
from anyreg.rpc import ndr_types as types
from anyreg.rpc.arguments import (
    AskedValue,
    ContextHandle,
    KeyAttributes,
    Room,
    WireText,
)
from anyreg.rpc.stubs import REQUESTS, WINREG, CallAnswer, Request

NAMES = ("", "a", "Software", "héllo wörld", "\U0001f511", "x" * 255, "€ %PATH%")


def number(rnd: random.Random) -> int:
    return rnd.choice((0, 1, 5, 0x20019, 0xFFFF_FFFF, rnd.getrandbits(32)))


def handle(rnd: random.Random) -> ContextHandle:
    return ContextHandle(number(rnd), rnd.randbytes(16))


def text(rnd: random.Random) -> WireText:
    return WireText.of(rnd.choice(NAMES))


def data(rnd: random.Random) -> bytes:
    return rnd.randbytes(rnd.choice((0, 1, 4, 5, 17, 1000)))


def room(rnd: random.Random) -> Room:
    sent = data(rnd)
    return Room(sent, len(sent) + rnd.choice((0, 0, 3, 100)))


def attributes(rnd: random.Random) -> KeyAttributes:
    return KeyAttributes(room(rnd), rnd.random() < 0.5, number(rnd))


def entries(rnd: random.Random) -> list[AskedValue]:
    return [
        AskedValue(text(rnd), number(rnd), number(rnd), number(rnd))
        for _ in range(rnd.randrange(4))
    ]


def error_of(action: Callable[[], object]) -> type[RemoteError] | None:
    """What kind of error an action ends with, which says what was expected; None without one."""
    try:
        action()
    except RemoteError as error:
        if isinstance(error, RemoteProtocolError):
            assert error.expected, str(error)  # noqa: PT017 - it may also end without an error
            assert error.actual, str(error)  # noqa: PT017
        return type(error)
    return None


def maybe(draw: Callable[[random.Random], Any]) -> Callable[[random.Random], Any]:
    return lambda rnd: draw(rnd) if rnd.random() < 0.8 else None


DRAWN: dict[Any, Callable[[random.Random], Any]] = {
    types.U32: number,
    types.Flag: lambda rnd: rnd.random() < 0.5,
    types.Handle: handle,
    types.String: text,
    types.Data: data,
    types.Descriptor: room,
    types.Entries: entries,
    types.MaybeU16: maybe(lambda rnd: rnd.getrandbits(16)),
    types.MaybeU32: maybe(number),
    types.Time: lambda rnd: rnd.getrandbits(64),
    types.MaybeTime: maybe(lambda rnd: rnd.getrandbits(64)),
    types.MaybeString: maybe(text),
    types.Buffer: maybe(room),
    types.MaybeAttributes: maybe(attributes),
}


def drawn(kind: Any, rnd: random.Random) -> Any:
    """One of these calls or answers; sizes that belong to a buffer agree with it."""
    hints = get_type_hints(kind, include_extras=True)
    found = {field.name: DRAWN[hints[field.name]](rnd) for field in fields(kind)}
    for name in ("data", "buffer"):
        buffer = found.get(name)
        if isinstance(buffer, bytes):
            found["size"] = len(buffer)
        elif name in found:
            found["size"] = buffer.size if buffer else 0
            if name == "data":
                found["length"] = len(buffer.data) if buffer else 0
            elif buffer:
                found["buffer"] = Room.whole(buffer.data)
                found["size"] = len(buffer.data)
    if kind.__name__.startswith("EnumKey"):
        for name in ("name", "class_name"):  # an empty buffer has no NUL there
            if found[name] is not None and not found[name].text:
                found[name] = WireText(b"", found[name].size)
    if "count" in found:
        found["count"] = len(found["entries"])
    return kind(**found)


def requests() -> list[type[Request[Any]]]:
    """All requests of the registry, by their numbers."""
    return [REQUESTS[at] for at in sorted(REQUESTS) if at[0] == WINREG]


def answers() -> list[type[CallAnswer]]:
    """All answers."""
    return sorted({kind.answer for kind in requests()}, key=lambda kind: kind.__name__)
