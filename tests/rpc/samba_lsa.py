"""What Samba makes of calls for names: lines of JSON in, lines of JSON out; for Debian's Python.

A line is a method ("open", "sids" or "names"), the side ("in" or "out"), the byte order, and the
arguments in the order of this package.  The answer is the bytes.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

lsa = importlib.import_module("samba.dcerpc.lsa")
misc = importlib.import_module("samba.dcerpc.misc")
security = importlib.import_module("samba.dcerpc.security")
ndr = importlib.import_module("samba.ndr")


def handle(value: list[Any]) -> Any:
    """A number, and a UUID as text."""
    made = misc.policy_handle()
    made.handle_type, made.uuid = value[0], misc.GUID(value[1])
    return made


def string(value: str, kind: Any) -> Any:
    """A name without a NUL."""
    made = kind()
    made.string = value
    return made


def domains(value: list[Any]) -> Any:
    """Domains: a name and a SID each."""
    made = lsa.RefDomainList()
    made.domains = [domain(*one) for one in value]
    made.count, made.max_size = len(value), 32
    return made


def domain(name: str, sid: str) -> Any:
    """One of them."""
    made = lsa.DomainInfo()
    made.name, made.sid = string(name, lsa.StringLarge), security.dom_sid(sid)
    return made


def account(kind: int, name: str, at: int) -> Any:
    """What a SID is called."""
    made = lsa.TranslatedName()
    made.sid_type, made.name, made.sid_index = kind, string(name, lsa.String), at
    return made


def found_sid(kind: int, sid: str, at: int, flags: int) -> Any:
    """What a name stands for."""
    made = lsa.TranslatedSid3()
    made.sid_type, made.sid = kind, security.dom_sid(sid)
    made.sid_index, made.flags = at, flags
    return made


def listed(kind: Any, attribute: str, entries: list[Any]) -> Any:
    """A list with its count; an empty one has no array."""
    made = kind()
    setattr(made, attribute, entries or None)
    setattr(
        made, "num_sids" if attribute == "sids" and kind is lsa.SidArray else "count", len(entries)
    )
    return made


def pointer(sid: str) -> Any:
    """A pointer to a SID."""
    made = lsa.SidPtr()
    made.sid = security.dom_sid(sid)
    return made


def open_call(side: str, values: list[Any]) -> Any:
    """OpenPolicy2."""
    call = lsa.OpenPolicy2()
    if side == "out":
        call.out_handle, call.result = handle(values[0]), values[1]
        return call
    call.in_attr = lsa.ObjectAttribute()
    call.in_attr.len, call.in_access_mask = values
    return call


def sids_call(side: str, values: list[Any]) -> Any:
    """LookupSids."""
    call = lsa.LookupSids()
    if side == "in":
        call.in_handle = handle(values[0])
        call.in_sids = listed(lsa.SidArray, "sids", [pointer(sid) for sid in values[1]])
        call.in_names = listed(lsa.TransNameArray, "names", [])
        call.in_level, call.in_count = values[2:]
        return call
    call.out_domains = domains(values[0])
    call.out_names = listed(lsa.TransNameArray, "names", [account(*one) for one in values[1]])
    call.out_count, call.result = values[2:]
    return call


def names_call(side: str, values: list[Any]) -> Any:
    """LookupNames3."""
    call = lsa.LookupNames3()
    if side == "in":
        call.in_handle = handle(values[0])
        call.in_names = [string(name, lsa.String) for name in values[1]]
        call.in_num_names = len(values[1])
        call.in_sids = listed(lsa.TransSidArray3, "sids", [])
        call.in_level, call.in_count, call.in_lookup_options, call.in_client_revision = values[2:]
        return call
    call.out_domains = domains(values[0])
    call.out_sids = listed(lsa.TransSidArray3, "sids", [found_sid(*one) for one in values[1]])
    call.out_count, call.result = values[2:]
    return call


CALLS = {"open": open_call, "sids": sids_call, "names": names_call}


def packed(line: str) -> str:
    """The bytes of a line, in hexadecimal."""
    name, side, order, values = json.loads(line)
    pack = ndr.ndr_pack_in if side == "in" else ndr.ndr_pack_out
    return str(pack(CALLS[name](side, values), bigendian=order == "big").hex())


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps({"bytes": packed(line)}) + "\n")
        sys.stdout.flush()
