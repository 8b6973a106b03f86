"""Reading tables: what a row asks for, and where it is wrong."""

from __future__ import annotations

from io import BytesIO

import pytest

from anyreg import RegFileError
from anyreg.formats.csv_reader import parse
from anyreg.formats.instructions import ExactKey, Instruction, SetKey, SetValue, Wanted
from anyreg.security.descriptor import default_descriptor

HEAD = "kind,path,name,type,data,hex,last_written,class"


def steps(*rows: str, head: str = HEAD, end: str = "\r\n", prefix: str = "") -> list[Instruction]:
    text = end.join([head, *rows, ""])
    return list(parse(BytesIO(text.encode("utf-8", "surrogatepass")), prefix=prefix))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_rows_are_keys_and_values(end: str) -> None:
    """Whatever ends the rows; empty ones say nothing."""
    found = steps(
        "key,,ROOT,,,,4,",
        "key,A,A,,,,5,cls",
        "value,A,,REG_SZ,text,,,",
        "",
        'value,A,"q""q",REG_DWORD,42,,,',
        "value,A,odd,0x200000,,ff00,,",
        "value,A,none,REG_SZ,,,,",
        end=end,
    )
    assert found == [
        SetKey("", 2, 1, ""),
        SetKey("A", 3, 1, "cls"),
        SetValue("", 1, b"t\0e\0x\0t\0\0\0", 4),
        SetValue('q"q', 4, b"\x2a\0\0\0", 6),
        SetValue("odd", 0x200000, b"\xff\0", 7),
        SetValue("none", 1, b"", 8),
    ]


def test_a_list_has_one_text_a_line() -> None:
    (_, value) = steps('value,A,m,REG_MULTI_SZ,"a\nb",,,')
    assert isinstance(value, SetValue)
    assert value.raw == "a\0b\0\0".encode("utf-16-le")


def test_values_need_no_row_of_their_key() -> None:
    """So a table may be sorted, and columns may be left out or moved."""
    found = steps("x,value,REG_SZ,B,b", "y,value,REG_SZ,A,a", head="name,kind,type,path,data")
    assert found == [
        SetKey("B", 2),
        SetValue("x", 1, b"b\0\0\0", 2),
        SetKey("A", 3),
        SetValue("y", 1, b"a\0\0\0", 3),
    ]
    assert steps("key,A,A,", head="kind,path,name,type") == [SetKey("A", 2, 1, None)]


def test_names_that_no_path_tells() -> None:
    """A list behind a backslash; rows of values know their key by it too."""
    cell = r'"\[""a\\b"",""""]"'
    found = steps(f"key,{cell},,,,,,", f"value,{cell},v,REG_BINARY,,00,,", f"value,{cell},,0x0,,,,")
    assert found == [
        SetKey("a\\b\\", 2, 1, "", ExactKey(["a\\b", ""])),
        SetValue("v", 3, b"\0", 3),
        SetValue("", 0, b"", 4),
    ]
    assert steps(f"value,{cell},v,REG_BINARY,,00,,")[0] == SetKey(
        "a\\b\\", 2, 1, None, ExactKey(["a\\b", ""])
    )
    below = r'key,"\[""HKLM"",""a\\b""]",a\b,,,,,'
    found = steps(below, prefix="HKEY_LOCAL_MACHINE")
    assert found == [SetKey(r"a\b", 2, 1, "", ExactKey([r"a\b"]))]


def test_what_is_not_wanted_is_not_kept() -> None:
    """Marks of a key are kept always, its time and its descriptor if they are asked for."""
    security = default_descriptor()
    text = f"{HEAD},flags,descriptor\r\nkey,a,a,,,,7,c,17,{security.hex()}\r\nkey,b,b,,,,,,,\r\n"
    found = {
        wanted: [step.exact for step in parse(BytesIO(text.encode()), wanted=wanted)]  # type: ignore[union-attr]
        for wanted in (Wanted(), Wanted(times=True), Wanted(security=True), Wanted(True, True))
    }
    assert found == {
        Wanted(): [ExactKey(["a"], 17), None],
        Wanted(times=True): [ExactKey(["a"], 17, b"", 7), None],
        Wanted(security=True): [ExactKey(["a"], 17, security), None],
        Wanted(True, True): [ExactKey(["a"], 17, security, 7), None],
    }


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("key,a,a,,,,x,,,", "line 2, column 12: expected a number of 64 bits"),
        (f"key,a,a,,,,{1 << 64},,,", "line 2, column 12: expected a number of 64 bits"),
        ("key,a,a,,,,,,2,", "line 2, column 14: expected a sum of 1 (volatile), 16"),
        ("key,a,a,,,,,,-1,", "line 2, column 14: expected a number of 32 bits"),
        ("key,a,a,,,,,,,0g", "line 2, column 15: expected two hex digits"),
        ("key,a,a,,,,,,,00", "line 2, column 15: expected a self-relative security descriptor"),
    ],
)
def test_a_bad_mark_is_told_with_its_place(row: str, message: str) -> None:
    text = f"{HEAD},flags,descriptor\r\n{row}\r\n".encode()
    with pytest.raises(RegFileError) as caught:
        list(parse(BytesIO(text), wanted=Wanted(True, True)))
    assert message in str(caught.value)


def test_doubles_are_left_out_if_that_is_wanted() -> None:
    """The first stays; a key goes with all below it; each is told with its place, once."""
    rows = [
        "key,a,a,,,,,",
        "value,a,v,REG_BINARY,,01,,",
        "value,a,V,REG_BINARY,,02,,",
        "key,A,A,,,,,",
        "value,A,w,REG_BINARY,,03,,",
        r"key,A\c,c,,,,,",
        r"value,A\d,x,REG_BINARY,,04,,",
        "key,d,d,,,,,",
        "value,d,v,REG_BINARY,,05,,",
    ]
    text = "\r\n".join([HEAD, *rows, ""]).encode()
    report: list[RegFileError] = []
    found = list(parse(BytesIO(text), wanted=Wanted(on_error=report.append)))
    assert found == [
        SetKey("a", 2, 1, ""),
        SetValue("v", 3, b"\1", 3),
        SetKey("d", 9, 1, ""),
        SetValue("v", 3, b"\5", 10),
    ]
    assert [error.line for error in report] == [4, 5]


def test_a_prefix_is_taken_away() -> None:
    found = steps(r"key,HKLM\X\Y,Y,,,,,", prefix=r"HKEY_LOCAL_MACHINE\x")
    assert found == [SetKey("Y", 2, 1, "")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["key"], "line 2, column 1: expected a row of 8 cells, found 1"),
        (["other,A,A,,,,,"], "line 2, column 1: expected key or value"),
        (["key,A,B,,,,,"], "line 2, column 7: expected the last name of the path"),
        (["key,A,,,,,,"], "line 2, column 7: expected the last name of the path"),
        (["key,A,A,REG_SZ,,,,"], "line 2, column 9: expected an empty cell in the row of a key"),
        ([r'key,"\[""a""",a,,,,,'], "line 2, column 5: expected a JSON array of names"),
        ([r'key,"\[""a"",5]",a,,,,,'], "line 2, column 5: expected a JSON array of names"),
        ([r'key,"\[""a""]",b,,,,,'], "line 2, column 16: expected the last name of the path"),
        (["key,A,A,,,,,", "key,a,a,,,,,"], "line 3, column 5: expected each key once"),
        (["value,A,x,REG_SZ,,,,", "value,A,X,REG_SZ,,,,"], "line 3, column 9: expected each value"),
        (["value,A,x,SZ,,,,"], "line 2, column 11: expected a type such as REG_SZ"),
        (["value,A,x,0x1ffffffff,,,,"], "line 2, column 11: expected a type"),
        (["value,A,x,REG_DWORD,0x5,,,"], "line 2, column 21: expected other data"),
        (["value,A,x,REG_DWORD,4294967296,,,"], "line 2, column 21: expected other data"),
        (["value,A,x,REG_BINARY,text,,,"], "line 2, column 22: expected other data"),
        (["value,A,x,REG_BINARY,,f,,"], "line 2, column 23: expected two hex digits"),
        (["value,A,x,REG_SZ,a,ff,,"], "line 2, column 20: expected an empty cell beside data"),
        (['value,A,"x\ny",REG_BINARY,,f,,'], "line 3, column 16: expected two hex digits"),
        (['value,A,"x,REG_BINARY,,f,,'], "line 2, column 1: expected a closing quote"),
        (['value,A,"x"y,REG_BINARY,,f,,'], "line 2, column 9: expected a cell, in quotes"),
    ],
)
def test_a_bad_row_is_told_with_its_place(rows: list[str], message: str) -> None:
    with pytest.raises(RegFileError) as caught:
        steps(*rows)
    assert message in str(caught.value)


@pytest.mark.parametrize("head", ["", "x", "kind,path,name", HEAD + ",more", HEAD + ",kind"])
def test_the_first_row_must_name_the_columns(head: str) -> None:
    with pytest.raises(RegFileError, match="line 1, column 1: expected a first row"):
        steps(head=head)


def test_a_path_outside_the_prefix() -> None:
    with pytest.raises(RegFileError, match="line 2, column 5: expected a path at or below B"):
        steps("key,A,A,,,,,", prefix="B")


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(RegFileError, match="line 2, column 5: expected text in utf-8"):
        list(parse(BytesIO(HEAD.encode() + b"\r\nkey,\xff,,,,,,\r\n")))
