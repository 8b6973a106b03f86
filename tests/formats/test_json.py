"""The JSON document is JSON, holds everything, and is the one its module describes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

import anyreg
from anyreg import Key, ValueType
from anyreg.formats.json import write
from anyreg.formats.plain_data import data_bytes
from anyreg.regf.layout import KEY_LINK
from anyreg.registry.rows import rows_of
from conftest import Expected, each_expected
from formats.models import Model, models, opened

Found = list[tuple[str, int, str, list[tuple[str, int, bytes]]]]


def document(top: Key) -> dict[str, Any]:
    text = "".join(write(rows_of(top)))
    assert text.isascii()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def held(top: Key) -> Found:
    """What a reader gets out of the document."""
    return [
        (key["path"], key["last_written"], key["class"], [held_value(v) for v in key["values"]])
        for key in document(top)["keys"]
    ]


def held_value(value: dict[str, Any]) -> tuple[str, int, bytes]:
    kind = value["type"]
    number = kind if isinstance(kind, int) else int(ValueType[kind])
    raw = bytes.fromhex(value["hex"]) if "hex" in value else data_bytes(number, value["data"])
    return value["name"], number, raw


def stored(top: Key) -> Found:
    return [
        (key.path, key.last_written, key.class_name, [(v.name, v.type, v.raw) for v in values])
        for key, _, values in top.walk()
    ]


def test_a_document() -> None:
    values = [("", 1, b"a\0\0\0"), ("n", 4, b"\1\0\0\0"), ("x", 99, b"\xff")]
    below = Model("d", class_name="c", written=6, flags=KEY_LINK, descriptor=b"\1\2")
    top = Model(keys=[Model("a\\b", values, [below], written=5)], written=4)
    assert "".join(write(rows_of(opened(top).root))) == (
        '{"format":"anyreg","version":1,"keys":[\n'
        '{"path":"","last_written":4,"class":"","values":[]},\n'
        '{"path":"a\\\\b","names":["a\\\\b"],"last_written":5,"class":"","values":['
        '{"name":"","type":"REG_SZ","data":"a"},'
        '{"name":"n","type":"REG_DWORD","data":1},'
        '{"name":"x","type":99,"hex":"ff"}]},\n'
        '{"path":"a\\\\b\\\\d","names":["a\\\\b","d"],"last_written":6,"class":"c","flags":16,'
        '"values":[]}\n'
        "]}\n"
    )
    *_, last = json.loads("".join(write(rows_of(opened(top).root, security=True))))["keys"]
    assert last["descriptor"] == "0102"


def test_there_is_a_piece_for_every_key() -> None:
    top = Model(keys=[Model("a"), Model("b")])
    assert len(list(write(rows_of(opened(top).root)))) == 3 + 2


@given(models())
def test_nothing_is_lost(top: Model) -> None:
    root = opened(top).root
    assert held(root) == stored(root)


@each_expected(lambda hive: hive.keys is not None and hive.file.stat().st_size < 1 << 20)
def test_nothing_of_the_corpus_is_lost(hive: Expected) -> None:
    with anyreg.open(hive.file) as registry:
        assert held(registry.root) == stored(registry.root)


@pytest.mark.parametrize("depth", [2000])
def test_a_deep_tree_is_no_deep_document(depth: int) -> None:
    top = Model("top")
    for _ in range(depth):
        top = Model("k", keys=[top])
    assert len(document(opened(top).root)["keys"]) == depth + 1
