"""Wine's files as a whole: what is read, kept, and changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RegFileError
from anyreg.formats.wine.reader import OPENING, WineText, new_text, parse_wine, top_names
from anyreg.formats.wine.sections import (
    HEADER,
    WineKeyState,
    WineSection,
    class_of,
    effective,
    moved,
    new_section,
    rewritten,
)
from anyreg.names import fold
from anyreg.values import Value
from formats.test_wine_values import TEXTS, VALUES

TIME = 0x1DD8004B979F7E4
NAMES = st.lists(
    TEXTS.map(lambda name: name.replace("\\", "").strip("\0")).filter(bool), min_size=1, max_size=3
)
STATES = st.builds(
    WineKeyState,
    names=NAMES,
    time=st.integers(1, 2**63 - 1),
    class_name=TEXTS.map(lambda name: name.strip("\0")),
    is_link=st.booleans(),
    values=st.lists(VALUES, max_size=5, unique_by=lambda value: fold(value.name)),
    has_subkeys=st.just(False),
)
ODD = """WINE REGISTRY Version 2\r
;; All keys relative to REGISTRY\\\\Machine

#arch=win64
#later=1

; of this key
[Software\\\\A] 1795958567
#time=1dd8004b979f7e4
#mood="fine"
"b"=dword:00000001
 "B" = "second"
what is this?
"z"=hex:01,\\
    02
; stays

; of the next
[Software\\\\a] 7
#class="C"
@="last"

[Software\\\\B\\x00e9]
"no end
[wrong
"lost"="x"
[]
#link"""


def text(source: str = ODD) -> WineText:
    return parse_wine(source.encode("utf-8", "surrogateescape"), "system.reg")


def state(sections: list[WineSection]) -> WineKeyState:
    """What sections say."""
    first = sections[0]
    values = list(effective(sections).values())
    is_link = any(section.is_link for section in sections)
    return WineKeyState(first.names, first.time, class_of(sections), is_link, values, False)


def in_order(one: WineKeyState) -> str:
    """All of a state, its values by name."""
    return repr(one._replace(values=sorted(one.values, key=lambda value: value.name)))


def test_a_file_comes_back_whatever_is_in_it() -> None:
    """Not a byte is another one."""
    for source in (ODD, OPENING, f"{OPENING}\r\n\r\n[a]\r\n@=1\r\n", f"{OPENING}\n\0\udcff[\n"):
        data = source.encode("utf-8", "surrogateescape")
        assert parse_wine(data).to_bytes() == data


PIECES = st.one_of(
    st.sampled_from(ODD.split("\n")).map(str.encode),
    st.sampled_from(
        [b"[", b"]", b'"', b"\\", b"=", b"hex:", b"str(2):", b"#time=", b"\r", b",", b"\n"]
    ),
    st.just(b"[a] " + b"9" * 5000),
    st.just(b"#time=" + b"f" * 9000),
    st.just(b'"a"=hex(' + b"f" * 9000 + b"):"),
    st.just(b'"a"=dword:' + b"f" * 9000),
    st.binary(max_size=6),
)


@given(st.lists(PIECES, max_size=30), st.sampled_from([b"\n", b"", b"\r\n", b"\\\n"]))
@pytest.mark.fuzz
def test_whatever_follows_the_first_line_is_read(pieces: list[bytes], between: bytes) -> None:
    """And comes back; a change of one key leaves the lines of all others."""
    data = f"{OPENING}\n".encode() + between.join(pieces)
    try:
        found = parse_wine(data)
    except RegFileError as error:
        assert "architecture" in str(error)  # noqa: PT017 - of which nothing else is wrong
        return
    assert found.to_bytes() == data
    for section in found.sections:
        made = rewritten([section], state([section]))
        assert made is not None
        assert made.text() == section.text() or not data.endswith(b"\n")
        changed = state([section])._replace(values=[Value("a", 3, b"x")], time=1)
        other = rewritten([section], changed)
        assert other is not None
        edited = found.edited({section: other}, [])
        again = parse_wine(edited.to_bytes())
        assert len(again.sections) == len(found.sections)
        (same,) = [one for one in again.sections if one.number == _line_of(edited, other)]
        assert same.names == section.names
        assert same.values() == [Value("a", 3, b"x")]
        assert same.time == 1


def _line_of(text: WineText, section: WineSection) -> int:
    """The number of a section's line in brackets."""
    count = sum(line.text.count("\n") for line in text.head)
    for one in text.sections:
        for line in one.lines:
            if one is section and line.kind == HEADER:
                return count + 1
            count += line.text.count("\n")
    raise AssertionError("no such section")


def test_keys_are_read_with_all_that_is_told_of_them() -> None:
    """Names, time, class, link and values."""
    found = text()
    assert found.arch == "win64"
    assert [section.names for section in found.sections] == [
        ["Software", "A"],
        ["Software", "a"],
        ["Software", "Bé"],
        [],
    ]
    first, second, third, root = found.sections
    assert first.time == TIME
    assert second.time == 116444736070000000
    assert (third.time, root.is_link) == (0, True)
    assert second.class_name == "C"
    assert [(value.name, value.type) for value in first.values()] == [("b", 4), ("B", 1), ("z", 3)]
    assert effective([first, second])["B"].data == "second"
    assert effective([first, second])["Z"].raw == b"\1\2"


def test_what_nobody_understands_is_reported_with_its_line() -> None:
    """And so is what is lost with it."""
    assert [(line, words.partition(":")[0]) for line, words in text().problems] == [
        (13, "no line that Wine knows"),
        (24, "no name of a value, and a = behind it"),
        (25, "no path of a key in brackets"),
        (26, "a value of no key"),
    ]


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("", 1),
        ("WINE REGISTRY Version 3\n", 1),
        (f" {OPENING}\n", 1),
        (f"{OPENING}\n\n#arch=win128\n", 3),
    ],
)
def test_a_file_that_wine_refuses_is_refused(source: str, line: int) -> None:
    """With its path and the line."""
    with pytest.raises(RegFileError) as caught:
        text(source)
    assert (caught.value.path, caught.value.line) == ("system.reg", line)


@given(st.lists(STATES, max_size=4, unique_by=lambda state: fold("\\".join(state.names))))
def test_rows_come_back(states: list[WineKeyState]) -> None:
    """Whatever names, classes and values hold."""
    made = new_text("Machine", "win32").edited({}, [new_section(one) for one in states])
    found = parse_wine(made.to_bytes())
    assert found.problems == []
    tops = [section.names[0] for section in found.sections]
    assert top_names(made.to_bytes()) == list(dict.fromkeys(tops))
    assert {in_order(state([section])) for section in found.sections} == set(map(in_order, states))
    places = [section.place for section in found.sections]
    assert places == sorted(places)


def test_a_change_touches_the_lines_of_what_has_changed() -> None:
    """Every other one stays where it is, also what nobody understands."""
    found = text(ODD.replace("[Software\\\\a] 7", "[Software\\\\c] 7"))
    first = found.sections[0]
    values = [Value("b", 4, b"\2\0\0\0"), Value("new", 3, b""), Value("y", 3, b"\1")]
    made = rewritten([first], state([first])._replace(values=values, time=TIME + 10_000_000))
    assert made is not None
    assert made.text() == (
        "\n; of this key\n"
        "[Software\\\\A] 1795958568\n"
        "#time=1dd8004ba128e64\n"
        '#mood="fine"\n'
        '"b"=dword:00000002\n'
        '"new"=hex:\n'
        '"y"=hex:01\n'
        "what is this?\n"
        "; stays\n"
    )
    edited = found.edited({first: made}, [])
    assert edited.to_bytes() == found.to_bytes().replace(
        first.text().encode(), made.text().encode()
    )


def test_what_has_not_changed_is_the_same_section() -> None:
    """Lines that Wine would write otherwise stay, too."""
    first = text().sections[0]
    made = rewritten([first], state([first]))
    assert made is not None
    assert made.text() == first.text()


def test_several_sections_of_a_key_become_one_by_a_change() -> None:
    """With all that they hold."""
    first, second = text().sections[:2]
    made = rewritten([first, second], state([first, second])._replace(class_name="D"))
    assert made is not None
    lines = made.text().split("\n")
    assert lines[3:5] == ["#time=1dd8004b979f7e4", '#class="D"']
    assert '@="last"' in lines
    assert "; stays" in lines
    assert "; of the next" in lines
    assert sum(line.startswith("[") for line in lines) == 1


def test_a_key_without_anything_of_its_own_has_no_section() -> None:
    """Unless lines in it would be lost."""
    source = f"{OPENING}\n\n[A] 1\n@=dword:1\n\n[B] 2\n; mine\n@=dword:1\n"
    plain, noted = text(source).sections
    bare = state([plain])._replace(values=[], has_subkeys=True)
    assert rewritten([plain], bare) is None
    kept = rewritten([noted], bare._replace(names=["B"], time=noted.time))
    assert kept is not None
    assert kept.text() == "\n[B] 2\n; mine\n"


def test_new_sections_stand_in_the_order_of_wine() -> None:
    """Also in a file that ends in the middle of a line."""
    found = text(f"{OPENING}\n\n[a] 1\n\n[B\\\\_] 1\n\n[C] 1")
    add = [
        new_section(WineKeyState(names, TIME, "", False, [], False))
        for names in (["D"], ["B", "A"], ["A", "B"])
    ]
    gone = found.sections[0]
    source = found.edited({gone: None}, add).to_bytes().decode()
    heads = [line for line in source.split("\n") if line.startswith("[")]
    assert [head.partition("]")[0] for head in heads] == [
        "[A\\\\B", "[B\\\\_", "[B\\\\A", "[C", "[D",
    ]  # fmt: skip
    assert source.endswith("\n[C] 1\n\n[D] 1795958567\n#time=1dd8004b979f7e4\n")


def test_a_key_that_moves_takes_its_lines_along() -> None:
    """Behind the brackets too."""
    first = text().sections[0]
    there = moved(first, ["Software", "x]y"])
    assert there.text() == first.text().replace("Software\\\\A]", "Software\\\\x\\]y]")
    assert (there.time, there.names) == (first.time, ["Software", "x]y"])
