"""Every call and every answer has the bytes that Samba gives it, in either byte order."""

from __future__ import annotations

import json
import random
import subprocess
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from anyreg.rpc import registry_calls, registry_values  # noqa: F401 - they fill the table
from anyreg.rpc.arguments import ContextHandle, KeyAttributes, Room, WireText
from anyreg.rpc.ndr import Order
from anyreg.rpc.pdu_reading import read_pdu
from anyreg.rpc.pdus import (
    DID_NOT_EXECUTE,
    FIRST,
    NDR_SYNTAX,
    WHOLE,
    BindAckPdu,
    BindNakPdu,
    BindPdu,
    Context,
    FaultPdu,
    Pdu,
    RequestPdu,
    ResponsePdu,
    Verdict,
)
from anyreg.rpc.stubs import WINREG, decode_request
from rpc.calls import drawn, requests
from rpc.samba_packer import packed, packer

MANY = 40
# Samba's LoadKey has pointers that can be null, the specification has none.
SAME = [kind for kind in requests() if kind.opnum != 13]

# Samba's names: of the methods that are called otherwise, and of their arguments.
METHODS = {
    "OpenClassesRoot": "OpenHKCR",
    "OpenCurrentUser": "OpenHKCU",
    "OpenLocalMachine": "OpenHKLM",
    "OpenPerformanceData": "OpenHKPD",
    "OpenUsers": "OpenHKU",
    "OpenCurrentConfig": "OpenHKCC",
    "OpenDynamicData": "OpenHKDD",
    "OpenPerformanceText": "OpenHKPT",
    "OpenPerformanceNlsText": "OpenHKPN",
    "NotifyChange": "NotifyChangeKeyValue",
    "ManyValues": "QueryMultipleValues",
    "ManyValues2": "QueryMultipleValues2",
    "AbortShutdown": "AbortSystemShutdown",
}
IN: dict[str, dict[str, str]] = {
    "": {
        "key": "handle",
        "server": "system_name",
        "access": "access_mask",
        "index": "enum_index",
        "class_name": "keyclass",
        "attributes": "secdesc",
        "disposition": "action_taken",
        "written": "last_changed_time",
        "parts": "sec_info",
        "descriptor": "sd",
        "file": "filename",
        "subtree": "watch_subtree",
        "filter": "notify_filter",
        "event": "unknown",
        "first": "string1",
        "second": "string2",
    },
    "AbortSystemShutdown": {"server": "server"},
    "DeleteKey": {"name": "key"},
    "DeleteKeyEx": {"name": "key"},
    "DeleteValue": {"name": "value"},
    "EnumValue": {"data": "value"},
    "LoadKey": {"name": "keyname"},
    "NotifyChangeKeyValue": {"reserved": "unknown2"},
    "OpenKey": {"key": "parent_handle", "name": "keyname"},
    "QueryInfoKey": {"class_name": "classname"},
    "QueryValue": {"name": "value_name", "size": "data_size", "length": "data_length"},
    "QueryMultipleValues": {
        "key": "key_handle",
        "entries": "values_in",
        "count": "num_values",
        "size": "buffer_size",
    },
    "QueryMultipleValues2": {
        "key": "key_handle",
        "entries": "values_in",
        "count": "num_values",
        "size": "offered",
    },
    "ReplaceKey": {"name": "subkey"},
    "SaveKey": {"attributes": "sec_attrib"},
    "SaveKeyEx": {"attributes": "sec_attrib"},
    "UnLoadKey": {"name": "subkey"},
}
OUT: dict[str, dict[str, str]] = {
    "": {**IN[""], "error": "result", "key": "new_handle"},
    "CloseKey": {"key": "handle"},
    "EnumValue": {"data": "value"},
    "GetVersion": {},
    "QueryInfoKey": {
        "class_name": "classname",
        "subkeys": "num_subkeys",
        "longest_subkey": "max_subkeylen",
        "longest_class": "max_classlen",
        "values": "num_values",
        "longest_value_name": "max_valnamelen",
        "largest_value": "max_valbufsize",
        "descriptor_size": "secdescsize",
    },
    "QueryValue": {"size": "data_size", "length": "data_length"},
    "QueryMultipleValues": {"entries": "values_out", "size": "buffer_size"},
    "QueryMultipleValues2": {"entries": "values_out", "size": "needed"},
}
BUFFERS = {("EnumKey", "name"), ("EnumKey", "class_name"), ("EnumValue", "name")}


@pytest.fixture(scope="module")
def samba() -> Iterator[subprocess.Popen[str]]:
    """Samba's packer, in a process of its own."""
    with packer("samba_winreg.py", "samba.dcerpc.winreg") as process:
        yield process


def seen_by_samba(process: subprocess.Popen[str], message: bytes) -> dict[str, Any]:
    """What Samba reads out of a message, and what it makes of that again."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(["", "pdu", message.hex(), {}]) + "\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    assert "error" not in found, found
    return found


def method_of(kind: type) -> str:
    name = kind.__name__.removesuffix("Request")
    return METHODS.get(name, name)


def theirs(method: str, name: str, value: Any) -> tuple[str, Any]:
    """A kind and a value that JSON can carry."""
    if isinstance(value, ContextHandle):
        return "handle", [value.attributes, str(uuid.UUID(bytes_le=value.uuid))]
    if isinstance(value, WireText):
        if (method, name) in BUFFERS:
            kind = "name_buffer" if method == "EnumValue" else "text_buffer"
            return kind, [value.text, value.size]
        return "string", value.text
    if isinstance(value, Room):
        if name == "descriptor":
            return "descriptor", [value.data.hex(), value.size]
        return "bytes", value.data.hex()
    if isinstance(value, KeyAttributes):
        assert value.descriptor is not None
        kind = "attributes" if method == "CreateKey" else "saved_attributes"
        inner = [value.descriptor.data.hex(), value.descriptor.size]
        return kind, [inner, value.inherit, value.length]
    if isinstance(value, list):
        return "entries", [[[e.name.text, e.name.size], e.size, e.at, e.type] for e in value]
    return ("bytes", value.hex()) if isinstance(value, bytes) else ("number", value)


def line_of(method: str, side: str, record: Any) -> dict[str, tuple[str, Any]]:
    names = (IN if side == "in" else OUT)[""] | (IN if side == "in" else OUT).get(method, {})
    if side == "out" and (method.startswith("OpenHK") or method == "OpenKey"):
        names = names | {"key": "handle"}
    found: dict[str, tuple[str, Any]] = {}
    if side == "out" and "entries" in names and hasattr(record, "entries"):
        found["in_num_values"] = "number", len(record.entries)
    if side == "out" and method == "QueryMultipleValues2":
        found["in_offered"] = "number", len(record.buffer.data) if record.buffer else 0
    for name, value in vars(record).items():
        attribute = names.get(name, name)
        found[attribute if attribute == "result" else f"{side}_{attribute}"] = theirs(
            method, name, value
        )
    return found


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", SAME, ids=method_of)
def test_a_request_is_sambas(samba: subprocess.Popen[str], kind: type[Any], order: Order) -> None:
    """It is written and read as Samba writes it."""
    rnd = random.Random(kind.__name__)
    for _ in range(MANY):
        request = drawn(kind, rnd)
        method = method_of(kind)
        line = line_of(method, "in", request)
        expected = packed(samba, method, "in", order, line)
        assert request.encode(order).hex(" ", 4) == expected.hex(" ", 4)
        assert decode_request(kind.opnum, expected, order) == request


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("kind", requests(), ids=method_of)
def test_an_answer_is_sambas(samba: subprocess.Popen[str], kind: type[Any], order: Order) -> None:
    """It is written and read as Samba writes it."""
    rnd = random.Random(kind.__name__)
    request = drawn(kind, rnd)
    for _ in range(MANY):
        answer = drawn(kind.answer, rnd)
        method = method_of(kind)
        expected = packed(samba, method, "out", order, line_of(method, "out", answer))
        assert answer.encode(order).hex(" ", 4) == expected.hex(" ", 4)
        assert request.decode_answer(expected, order) == answer


PDUS: list[tuple[Pdu, dict[str, object]]] = [
    (
        BindPdu(7, [Context(3, WINREG, [NDR_SYNTAX])], 5840, 4280, 0x1234),
        {"max_xmit_frag": 5840, "max_recv_frag": 4280, "assoc_group_id": 0x1234, "num_contexts": 1},
    ),
    (BindPdu(7, [Context(3, WINREG, [NDR_SYNTAX])] * 3, 1, 2, 3, True), {"num_contexts": 3}),
    (
        BindAckPdu(8, [Verdict(0, 0, NDR_SYNTAX)], 4280, 5840, 9, b"\\PIPE\\winreg\0"),
        {"max_xmit_frag": 4280, "secondary_address": "\\PIPE\\winreg", "num_results": 1},
    ),
    (BindAckPdu(8, [Verdict(2, 1, NDR_SYNTAX)] * 2, 1, 2, 3, b"x\0"), {"num_results": 2}),
    (BindNakPdu(9, 4), {"reject_reason": 4}),
    (RequestPdu(1, FIRST, 5, 17, b"stub", 900), {"alloc_hint": 900, "context_id": 5, "opnum": 17}),
    (ResponsePdu(2, WHOLE, 5, b"stub" * 9, 36), {"alloc_hint": 36, "context_id": 5}),
    (FaultPdu(3, WHOLE | DID_NOT_EXECUTE, 5, 0x1C010002), {"context_id": 5, "status": 0x1C010002}),
]


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize(("pdu", "fields"), PDUS, ids=lambda it: type(it).__name__)
def test_samba_reads_our_messages(
    samba: subprocess.Popen[str], pdu: Any, fields: dict[str, object], order: Order
) -> None:
    """Each field is where Samba looks for it, and what Samba writes is read again."""
    if isinstance(pdu, RequestPdu | ResponsePdu):
        pdu = pdu._replace(order=order)
        message = pdu.encode()
    else:
        message = pdu.encode(order)
    seen = seen_by_samba(samba, message)
    assert seen["call_id"] == pdu.call_id
    assert seen["frag_length"] == len(message)
    assert {name: seen["fields"][name] for name in fields} == fields
    assert read_pdu(bytes.fromhex(seen["bytes"])) == pdu
