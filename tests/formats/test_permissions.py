"""Permissions as a text: what is written is read, whatever the names; bad lines say where."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anyreg.errors import RegFileError
from anyreg.formats.permissions import OPENING, parse, written
from anyreg.names import fold
from anyreg.security.sddl import print_sddl

SDDL = "O:BAG:SYD:P(A;CI;KA;;;BA)"
PATHS = st.text(st.characters(codec=None, exclude_characters="\\"), min_size=1, max_size=8)


def read(text: str | bytes) -> list[tuple[str, str]]:
    data = text.encode() if isinstance(text, str) else text
    return [(found.path, print_sddl(found.descriptor)) for found in parse(BytesIO(data))]


@given(st.lists(PATHS, max_size=5, unique_by=fold))
def test_every_path_comes_back(paths: list[str]) -> None:
    """Line breaks, quotes, brackets, blanks at the ends, lone surrogates."""
    text = OPENING + "".join(written(path, SDDL, [path, "]\n[x]"]) for path in paths)
    assert read(text.encode("utf-8", "strict")) == [(path, SDDL) for path in paths]


def test_a_key_is_two_lines_and_comments() -> None:
    text = written(r"Software\Vendor", SDDL, ["owner BUILTIN\\Administrators"])
    assert text == f"\n[Software\\Vendor]\n{SDDL}\n;   owner BUILTIN\\Administrators\n"


def test_editors_may_change_the_layout() -> None:
    """Line ends, marks, UTF-16, blanks, empty lines, comments between."""
    text = f"\ufeff\r\n  [a] \r\n\r\n ; note\r\n  {SDDL}  \r\n[]\r\nO:SY"
    assert read(text) == [("a", SDDL), ("", "O:SY")]
    assert read(text.encode("utf-16-le")) == [("a", SDDL), ("", "O:SY")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "line 1, column 1: expected a path in brackets, found 'a'"),
        ("[a\n", "line 1, column 1: expected a path in brackets, found '[a'"),
        ("[a]\n", "line 1, column 1: expected SDDL below the path, found the end of the file"),
        ("[a]\n[b]\nO:BA", "line 2, column 1: expected"),
        ("[a]\nO:BAD:(A;;KA;;;XX)", "line 2, column 16: expected a known alias"),
        ("[a]\nD:(A;;KA;;;BA", "line 2, column 14: expected ')', found the end of the line"),
        ('["a]\nO:BA', "line 1, column 2: expected a path as a JSON string"),
        ("[a]\nO:BA\n\n[A]\nO:SY", "line 4, column 1: expected each key once, found '[A]', as in"),
    ],
)
def test_a_bad_line_says_where_and_what(text: str, message: str) -> None:
    with pytest.raises(RegFileError) as failed:
        read(text)
    assert str(failed.value).startswith(message)


def test_bytes_that_are_no_text_are_an_error() -> None:
    with pytest.raises(RegFileError, match="line 2"):
        read(b"[a]\n\xff\xfe")
