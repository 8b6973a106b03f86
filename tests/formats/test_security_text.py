"""Descriptors in files: bytes and SDDL side by side, and never two things silently."""

from __future__ import annotations

import json
from io import BytesIO

import pytest

from anyreg.errors import PatchFileError, RegFileError, SecurityError
from anyreg.formats import csv_reader, json_reader
from anyreg.formats.changes import change_record, read_changes
from anyreg.formats.csv import write as write_csv
from anyreg.formats.instructions import SetKey, Wanted
from anyreg.formats.json import write as write_json
from anyreg.formats.rows import Change, KeyState, Row
from anyreg.formats.security_text import agreed, sddl_of
from anyreg.security.sddl import parse_sddl

SDDL = "O:BAG:SYD:P(A;CI;KA;;;BA)"
BYTES = parse_sddl(SDDL).build()
OTHER = "O:SYG:SYD:P(A;CI;KA;;;BA)"
WANTED = Wanted(security=True)


def row(descriptor: bytes | None) -> Row:
    return Row(["a"], "a", [], lambda: None, KeyState("", 0, 0, descriptor))


def of_json(text: str) -> list[bytes]:
    steps = json_reader.parse(BytesIO(text.encode()), wanted=WANTED)
    return [step.exact.descriptor for step in steps if isinstance(step, SetKey) and step.exact]


def of_csv(text: str) -> list[bytes]:
    steps = csv_reader.parse(BytesIO(text.encode()), wanted=WANTED)
    return [step.exact.descriptor for step in steps if isinstance(step, SetKey) and step.exact]


def test_sddl_stands_beside_the_bytes() -> None:
    """In every format that tells descriptors; bytes that are none stand alone."""
    document = json.loads("".join(write_json([row(BYTES)])))
    assert (document["keys"][0]["descriptor"], document["keys"][0]["sddl"]) == (BYTES.hex(), SDDL)
    assert "sddl" not in json.loads("".join(write_json([row(b"none")])))["keys"][0]
    table = "".join(write_csv([row(BYTES), row(b"none")], security=True)).splitlines()
    assert table[0].endswith(",descriptor,sddl")
    assert table[1].endswith(f",{BYTES.hex()},{SDDL}")
    assert table[2].endswith(f",{b'none'.hex()},")
    change = Change("added", "a", None, None, KeyState("", 0, 0, BYTES))
    assert change_record(change)["after"] == {
        "class": "",
        "last_written": 0,
        "descriptor": BYTES.hex(),
        "sddl": SDDL,
    }


def test_what_was_written_is_read() -> None:
    assert of_json("".join(write_json([row(BYTES)]))) == [BYTES]
    assert of_csv("".join(write_csv([row(BYTES)], security=True))) == [BYTES]
    change = Change("added", "a", None, None, KeyState("", 0, 0, BYTES))
    assert list(read_changes([json.dumps(change_record(change)).encode()])) == [change]


def test_sddl_alone_is_enough() -> None:
    """As in files that people write."""
    start = '{"format":"anyreg","version":1,"keys":[{"path":"a",'
    assert of_json(f'{start}"sddl":"{SDDL}"}}]}}') == [BYTES]
    assert of_csv(f"kind,path,name,type,data,hex,sddl\nkey,a,a,,,,{SDDL}\n") == [BYTES]


def test_bytes_hold_what_sddl_does_not() -> None:
    """Spare bytes behind the last entry: the text says the same, and the bytes are taken."""
    longer = bytearray(parse_sddl("D:P(A;CI;KA;;;BA)").build() + bytes(4))
    longer[22:24] = (int.from_bytes(longer[22:24], "little") + 4).to_bytes(2, "little")
    text = sddl_of(bytes(longer))
    assert text == "D:P(A;CI;KA;;;BA)"
    assert agreed(bytes(longer), text) == bytes(longer)
    assert agreed(bytes(longer), "D:P(A;CI;KA;;;S-1-5-32-544)") == bytes(longer)


def test_two_things_are_an_error() -> None:
    """Whoever edited one of them would see no change, or another one."""
    document = "".join(write_json([row(BYTES)])).replace(f'"{SDDL}"', f'"{OTHER}"')
    with pytest.raises(RegFileError, match=r"line 2, column .*: expected other SDDL .*different"):
        of_json(document)
    table = "".join(write_csv([row(BYTES)], security=True)).replace(SDDL, OTHER)
    with pytest.raises(RegFileError, match=r"line 2, column .*: expected other SDDL .*different"):
        of_csv(table)
    change = Change("added", "a", None, None, KeyState("", 0, 0, BYTES))
    line = json.dumps(change_record(change)).replace(SDDL, OTHER)
    with pytest.raises(PatchFileError, match=r"line 1: .*different"):
        list(read_changes([line.encode()]))
    with pytest.raises(SecurityError):
        agreed(b"none", SDDL)


def test_a_text_that_is_no_sddl_is_refused_with_its_place() -> None:
    start = '{"format":"anyreg","version":1,"keys":[{"path":"a",'
    with pytest.raises(RegFileError, match=r"column 59: expected other SDDL .*no SDDL at 2"):
        of_json(f'{start}"sddl":"O:XX"}}]}}')
    with pytest.raises(RegFileError, match="line 2, column 12: expected other SDDL"):
        of_csv("kind,path,name,type,data,hex,sddl\nkey,a,a,,,,O:XX\n")


def test_it_is_not_looked_at_unless_wanted() -> None:
    text = '{"format":"anyreg","version":1,"keys":[{"path":"a","sddl":"O:XX"}]}'
    assert [step.path for step in json_reader.parse(BytesIO(text.encode()))] == ["a"]  # type: ignore[union-attr]


def test_sddl_alone_is_all_that_a_key_has() -> None:
    """With rights of keys, as people write generic ones, which would count for nothing."""
    assert agreed(b"", "O:BAG:SYD:P(A;CI;GA;;;BA)") == BYTES
    for part in ("D:(A;CI;KA;;;BA)", "O:BAG:SY"):
        with pytest.raises(SecurityError, match="not a whole descriptor"):
            agreed(b"", part)
