"""The table is CSV, with a row for everything, and loses nothing."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given

from anyreg import Key, Value
from anyreg.formats.csv import COLUMNS, cell, write
from anyreg.formats.plain_data import data_bytes
from anyreg.regf.layout import KEY_LINK
from anyreg.registry.rows import rows_of
from anyreg.types import ValueType
from formats.models import ANY_NAMES, Model, models, opened


def path_of(names: tuple[str, ...]) -> str:
    if all(name and "\\" not in name for name in names):
        return "\\".join(names)
    return "\\" + json.dumps(names, separators=(",", ":"))


def table(top: Key, security: bool = False) -> list[dict[str, str]]:
    text = "".join(write(rows_of(top, security=security), security))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def raw_of(row: dict[str, str]) -> bytes:
    """The stored bytes, out of a row alone."""
    if row["hex"] or not row["data"]:
        return bytes.fromhex(row["hex"])
    kind, data = ValueType[row["type"]], row["data"]
    if kind == ValueType.REG_MULTI_SZ:
        return data_bytes(kind, data.split("\n"))
    if kind.name in ("REG_DWORD", "REG_QWORD", "REG_DWORD_BIG_ENDIAN"):
        return data_bytes(kind, int(data))
    return data_bytes(kind, data)


def test_a_table() -> None:
    values = [("", 1, b"a\0,\0\0\0"), ("m", 7, b"a\0\0\0b\0\0\0\0\0"), ("x", 3, b"\xff")]
    top = Model(keys=[Model("k", values, class_name="c", written=5, flags=KEY_LINK)], written=4)
    assert "".join(write(rows_of(opened(top).root))) == (
        "kind,path,name,type,data,hex,last_written,time,class,flags\r\n"
        "key,,top,,,,4,1601-01-01T00:00:00Z,,\r\n"
        "key,k,k,,,,5,1601-01-01T00:00:00Z,c,16\r\n"
        'value,k,,REG_SZ,"a,",,5,1601-01-01T00:00:00Z,,\r\n'
        'value,k,m,REG_MULTI_SZ,"a\nb",,5,1601-01-01T00:00:00Z,,\r\n'
        "value,k,x,REG_BINARY,,ff,5,1601-01-01T00:00:00Z,,\r\n"
    )


def test_a_time_beyond_all_calendars_is_a_number_alone() -> None:
    """So is the time in the rows of its values."""
    top = Model(values=[("x", 3, b"")], written=(1 << 64) - 1)
    for row in "".join(write(rows_of(opened(top).root))).splitlines()[1:]:
        assert row.endswith(f",{(1 << 64) - 1},,,")


@pytest.mark.parametrize(
    ("type_", "raw", "shown"),
    [
        (7, b"\0\0", None),
        (1, b"\0\0", None),
        (1, b"", None),
        (7, b"\0\0\0\0", None),
        (7, b"a\0\n\0b\0\0\0\0\0", None),
        (7, b"a\0\0\0\0\0\0\0", "a\n"),
        (1, b"\x00\xd8\0\0", None),
        (6, b"", ""),
        (11, b"\1" + bytes(7), "1"),
        (3, b"a", None),
    ],
)
def test_cells_that_would_be_ambiguous_are_hex(type_: int, raw: bytes, shown: str | None) -> None:
    assert cell(Value("", type_, raw)) == shown


def test_names_that_no_path_can_tell() -> None:
    """They stand as a list, and so do those of all keys below; descriptors come if asked for."""
    top = Model(keys=[Model("a\\b", [("v", 3, b"")], [Model("ü", descriptor=b"\1\2")])], written=0)
    found = table(opened(top).root, security=True)
    assert [(row["path"], row["name"], row["descriptor"]) for row in found] == [
        ("", "top", ""),
        (r'\["a\\b"]', r"a\b", ""),
        (r'\["a\\b"]', "v", ""),
        (r'\["a\\b","\u00fc"]', "ü", "0102"),
    ]


@given(models(ANY_NAMES))
def test_nothing_is_lost(top: Model) -> None:
    rows = table(opened(top).root)
    assert set(rows[0]) == set(COLUMNS)
    values = [
        (row["path"], row["name"], row["type"], raw_of(row))
        for row in rows
        if row["kind"] == "value"
    ]
    assert values == [
        (path_of(path), name, Value("", type_, b"").type_name, raw)
        for path, key in top.walk()
        for name, type_, raw in key.values
    ]
