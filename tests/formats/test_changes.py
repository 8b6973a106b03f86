"""Changes as lines of JSON: the same after writing and reading, and no bad line gets through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from anyreg import Change, KeyState, Value, diff
from anyreg.errors import PatchFileError
from anyreg.formats.changes import change_record, read_changes
from formats.models import Model, models, opened

STATE = KeyState("c", 5, 16, b"\1\2")


def line(change: Change) -> bytes:
    return json.dumps(change_record(change)).encode("ascii")


@given(models(), models())
def test_changes_come_back_as_they_were(a: Model, b: Model) -> None:
    """For any names, types and bytes."""
    changes = list(diff(opened(a).root, opened(b).root))
    assert list(read_changes(map(line, changes))) == changes


@pytest.mark.parametrize(
    "change",
    [
        Change("added", "a\\b", None, None, STATE),
        Change("changed", "", None, STATE, STATE._replace(flags=0, descriptor=None)),
        Change("removed", "a", "v", Value("V", 0x200000, b"\xff"), None, is_odd=True),
    ],
)
def test_all_members_are_kept(change: Change) -> None:
    """Flags, descriptors, oddness."""
    assert list(read_changes([b"\n", line(change), b"  \r\n"])) == [change]


KEY: dict[str, Any] = {
    "kind": "added",
    "path": "k",
    "name": None,
    "before": None,
    "after": {"class": "", "last_written": 0},
}
VALUE: dict[str, Any] = KEY | {"name": "v", "after": {"name": "v", "type": "REG_DWORD", "data": 1}}
DATA: dict[str, Any] = VALUE["after"]
BAD = {
    "[": "no line of JSON",
    "\xff": "no line of JSON",
    "[" * 100_000: "no line of JSON",
    "[]": "a change to be an object, found []",
    "{}": "a member 'after', found none",
    json.dumps(KEY | {"more": 1}): "the members after, before, kind, name, odd, path, found more",
    json.dumps(KEY | {"kind": "moved"}): 'kind "added", "removed" or "changed", found moved',
    json.dumps(KEY | {"kind": ["added"]}): 'kind "added"',
    json.dumps(KEY | {"path": 1}): "path to be a text, found 1",
    json.dumps(KEY | {"name": 1}): "name to be a text or null, found 1",
    json.dumps(KEY | {"after": None}): "after of what is added to be an object, found null",
    json.dumps(KEY | {"before": {}}): "before of what is added to be null, found {}",
    json.dumps(KEY | {"after": []}): "after to be an object, found []",
    json.dumps(KEY | {"after": DATA}): "a member 'class', found none",
    json.dumps(KEY | {"after": {"class": 1, "last_written": 0}}): "class to be a text",
    json.dumps(KEY | {"after": {"class": "", "last_written": -1}}): "last_written to be an integer",
    json.dumps(KEY | {"after": KEY["after"] | {"flags": True}}): "flags to be an integer",
    json.dumps(KEY | {"after": KEY["after"] | {"descriptor": "0"}}): "descriptor to be hex",
    json.dumps(VALUE | {"name": None}): "a member 'class', found none",
    json.dumps(VALUE | {"after": DATA | {"hex": ""}}): "the members hex, name, type, found data",
    json.dumps(VALUE | {"after": DATA | {"type": "REG_X"}}): "the name or number of a type",
    json.dumps(VALUE | {"after": DATA | {"type": 1 << 32}}): "type to be an integer from 0",
    json.dumps(VALUE | {"after": DATA | {"data": 1.0}}): "data to be a text, an integer",
    json.dumps(VALUE | {"after": DATA | {"data": True}}): "data to be a text, an integer",
    json.dumps(VALUE | {"after": DATA | {"data": 1 << 32}}): "does not fit a value of type 4",
    json.dumps(VALUE | {"after": DATA | {"data": "x"}}): "type 4 cannot hold 'x'",
}


@pytest.mark.parametrize(("bad", "message"), BAD.items(), ids=BAD.values())
def test_a_bad_line_is_refused_with_its_number(bad: str, message: str) -> None:
    """And with what was expected and found."""
    with pytest.raises(PatchFileError) as caught:
        list(read_changes([json.dumps(KEY).encode(), b"", bad.encode("latin-1")]))
    assert caught.value.line == 3
    assert str(caught.value).startswith("line 3: ")
    assert message in str(caught.value)
