"""What Samba makes of calls and answers: lines of JSON in, lines of JSON out; for Debian's Python.

A line is the name of a method, the side ("in" or "out"), the byte order, and the arguments: pairs
of their kind and value by Samba's own names.  The answer is the bytes.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

winreg = importlib.import_module("samba.dcerpc.winreg")
dcerpc = importlib.import_module("samba.dcerpc.dcerpc")
misc = importlib.import_module("samba.dcerpc.misc")
ndr = importlib.import_module("samba.ndr")


def handle(value: list[Any]) -> Any:
    """A number, and a UUID as text."""
    made = misc.policy_handle()
    made.handle_type, made.uuid = value[0], misc.GUID(value[1])
    return made


def string(value: str | None) -> Any:
    """A name, whose NUL and lengths Samba computes."""
    made = winreg.String()
    made.name = value
    return made


def name_buffer(value: list[Any]) -> Any:
    """A name in a buffer."""
    made = winreg.ValNameBuf()
    made.name, made.size = value
    return made


def text_buffer(value: list[Any]) -> Any:
    """The same, as Samba has it for keys."""
    made = winreg.StringBuf()
    made.name, made.size = value
    return made


def descriptor(value: list[Any]) -> Any:
    """Bytes, and their room."""
    made = winreg.KeySecurityData()
    data = list(bytes.fromhex(value[0]))
    made.data, made.len, made.size = data, len(data), value[1]
    return made


def attributes(value: list[Any]) -> Any:
    """A descriptor, the flag and the length; for a call that makes a key."""
    made = winreg.SecBuf()
    made.sd, made.inherit, made.length = descriptor(value[0]), value[1], value[2]
    return made


def saved_attributes(value: list[Any]) -> Any:
    """The same for a call that saves one."""
    made = winreg.KeySecurityAttribute()
    made.sec_data, made.inherit, made.data_size = descriptor(value[0]), value[1], value[2]
    return made


def entries(value: list[list[Any]]) -> Any:
    """Several values."""
    found = []
    for name, size, at, type_ in value:
        made = winreg.QueryMultipleValue()
        made.ve_valuename = name_buffer(name)
        made.ve_valuelen, made.ve_valueptr, made.ve_type = size, at, type_
        found.append(made)
    return found


MADE: dict[str, Any] = {
    "handle": handle,
    "string": string,
    "name_buffer": name_buffer,
    "text_buffer": text_buffer,
    "descriptor": descriptor,
    "attributes": attributes,
    "saved_attributes": saved_attributes,
    "entries": entries,
    "bytes": lambda value: list(bytes.fromhex(value)),
    "number": lambda value: value,
}


def packed(line: str) -> str:
    """The bytes of a line, in hexadecimal."""
    name, side, order, arguments = json.loads(line)
    call = getattr(winreg, name)()
    for attribute, (kind, value) in arguments.items():
        setattr(call, attribute, None if value is None else MADE[kind](value))
    pack = ndr.ndr_pack_in if side == "in" else ndr.ndr_pack_out
    return str(pack(call, bigendian=order == "big").hex())


def reread(message: bytes) -> dict[str, Any]:
    """A message as Samba reads it, and the bytes that it makes of that."""
    big = not message[4] & 0x10
    packet = ndr.ndr_unpack(dcerpc.ncacn_packet, message)
    plain = {
        name: getattr(packet.u, name)
        for name in dir(packet.u)
        if isinstance(getattr(packet.u, name), int | str)
    }
    return {
        "call_id": packet.call_id,
        "frag_length": packet.frag_length,
        "fields": plain,
        "bytes": ndr.ndr_pack(packet).hex() if not big else message.hex(),
    }


def answer(line: str) -> dict[str, Any]:
    """What is said to a line."""
    _, side, data, _ = json.loads(line)
    return reread(bytes.fromhex(data)) if side == "pdu" else {"bytes": packed(line)}


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            found = answer(line)
        except (AttributeError, TypeError, OverflowError, RuntimeError) as error:
            found = {"error": repr(error)}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
