"""PATH as a list: an edit touches what it is about, and no other letter."""

from __future__ import annotations

from pathlib import PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

import anyreg
from anyreg import ExpandString, LimitError, PathList, Raw, ValueTypeError
from anyreg.registry.path_list import (
    added,
    deduped,
    prepended,
    removed,
    sameness,
    split_entries,
    stored,
)

KEY = r"HKCU\Environment"
REG_SZ, REG_EXPAND_SZ = 1, 2
USUAL = r"%SystemRoot%\system32;%SystemRoot%;C:\Tools"


@pytest.fixture
def registry() -> anyreg.Registry:
    return anyreg.open("memory:")


def given_path(registry: anyreg.Registry, data: object) -> PathList:
    del registry.open(KEY).values["Path"]  # its type would stay
    registry.write(KEY, "Path", data)
    return registry.environment().path


def stored_path(registry: anyreg.Registry) -> tuple[int, object]:
    value = registry.open(KEY).value("Path")
    return value.type, value.data


# Where installers have destroyed PATH


def test_the_type_stays(registry: anyreg.Registry) -> None:
    """A REG_EXPAND_SZ that becomes a REG_SZ leaves nobody a system32."""
    given_path(registry, ExpandString(USUAL)).add(r"C:\New")
    assert stored_path(registry) == (REG_EXPAND_SZ, USUAL + r";C:\New")


def test_a_plain_text_stays_one(registry: anyreg.Registry) -> None:
    """What looks like a variable in a REG_SZ was literal, and stays so."""
    given_path(registry, r"C:\100%;C:\50%").add(r"C:\New")
    assert stored_path(registry) == (REG_SZ, r"C:\100%;C:\50%;C:\New")


def test_variables_stay_as_they_are(
    registry: anyreg.Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they would expand to is not what was meant."""
    monkeypatch.setenv("SystemRoot", r"C:\Windows")
    path = given_path(registry, ExpandString(USUAL))
    assert path.add(r"%USERPROFILE%\bin")
    assert path.prepend(r"%ProgramFiles%\X")
    assert path.remove(r"C:\Tools")
    assert path.text == r"%ProgramFiles%\X;%SystemRoot%\system32;%SystemRoot%;%USERPROFILE%\bin"


@pytest.mark.parametrize("length", [1023, 1024, 2047, 2048, 8191, 32767, 70_000])
def test_nothing_is_cut(
    registry: anyreg.Registry, length: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither at setx's 1024, nor at the 2047 of dialogs, nor at what a process can have."""
    text = ";".join([rf"C:\{number:08}" for number in range(length // 12 + 1)])[:length]
    given_path(registry, ExpandString(text)).add(r"C:\New")
    assert stored_path(registry) == (REG_EXPAND_SZ, text + r";C:\New")
    assert ("characters: Windows takes" in caplog.text) is (length >= 32767)


def test_adding_twice_changes_nothing(registry: anyreg.Registry) -> None:
    """However often an installer runs, and however it spells the folder."""
    path = given_path(registry, ExpandString(USUAL))
    assert path.add(r"C:\New")
    before = registry.open(KEY).last_written
    for again in (r"C:\New", "c:\\new\\", r"C:/NEW", '"C:\\New"', PureWindowsPath("C:/New")):
        assert not path.add(again)
        assert again in path
    assert path.text == USUAL + r";C:\New"
    assert registry.open(KEY).last_written == before


def test_what_is_there_twice_stays_until_asked(registry: anyreg.Registry) -> None:
    """Order and doubles are somebody's intention."""
    path = given_path(registry, r"C:\a;C:\b;C:\A\;;C:\c;c:/B")
    path.add(r"C:\new")
    assert path.text == r"C:\a;C:\b;C:\A\;;C:\c;c:/B;C:\new"
    assert path.dedupe()
    assert path.text == r"C:\a;C:\b;;C:\c;C:\new"
    assert not path.dedupe()


def test_semicolons_and_empty_entries_stay(registry: anyreg.Registry) -> None:
    """They mean nothing, and are not ours."""
    path = given_path(registry, r";C:\a;;C:\b;;")
    path.add(r"C:\new")
    assert path.text == r";C:\a;;C:\b;C:\new;;"
    path.remove(r"C:\b")
    assert path.text == r";C:\a;;C:\new;;"
    assert list(path) == [r"C:\a", r"C:\new"]


def test_quotes_hold_an_entry_together(registry: anyreg.Registry) -> None:
    """A semicolon in quotes parts nothing."""
    path = given_path(registry, r'"C:\a;b";C:\c;"C:\Program Files"\x')
    assert path == [r"C:\a;b", r"C:\c", r"C:\Program Files\x"]
    assert r"C:\A;B" in path
    assert r"C:\a" not in path
    assert not path.add(r"C:\a;b")
    assert path.add(r"D:\x;y")
    assert path.text.endswith(r';"D:\x;y"')
    assert path.remove(r"c:\a;b\ "[:-1])
    assert path.text == r'C:\c;"C:\Program Files"\x;"D:\x;y"'


def test_nothing_is_put_behind_a_quote_without_end(registry: anyreg.Registry) -> None:
    """It would be a part of that entry."""
    path = given_path(registry, r'C:\a;"C:\b')
    with pytest.raises(LimitError, match="no end"):
        path.add(r"C:\c")
    with pytest.raises(LimitError, match="no end"):
        path.prepend(r"C:\b")
    assert path.text == r'C:\a;"C:\b'
    assert path.prepend(r"C:\c")
    assert path.text == r'C:\c;C:\a;"C:\b'


def test_a_missing_path_is_made(registry: anyreg.Registry) -> None:
    """As one that can hold variables."""
    del registry.open(KEY).values["Path"]
    path = registry.environment().path
    assert path == []
    assert (path.text, len(path)) == ("", 0)
    assert not path.remove(r"C:\a")
    assert not path.dedupe()
    assert "Path" not in registry.environment()
    assert path.add(r"C:\a")
    assert stored_path(registry) == (REG_EXPAND_SZ, r"C:\a")


def test_a_missing_key_is_made(registry: anyreg.Registry) -> None:
    """But only when there is something to write."""
    registry.root.delete(KEY, recursive=True)
    path = registry.environment().path
    assert not path.remove(r"C:\a")
    assert "Environment" not in registry.open("HKCU").subkeys
    assert path.add(r"C:\a")
    assert path == [r"C:\a"]


@pytest.mark.parametrize("data", [5, b"C:\0", ["C:\\a", "C:\\b"], Raw(0, b""), Raw(77, b"x\0")])
def test_a_path_that_is_no_text_stays(registry: anyreg.Registry, data: object) -> None:
    """Whoever made it knows what it is; we do not."""
    path = given_path(registry, data)
    before = registry.open(KEY).value("Path")
    for edit in (path.add, path.prepend, path.remove):
        with pytest.raises(ValueTypeError, match="not text"):
            edit(r"C:\c")
    with pytest.raises(ValueTypeError):
        len(path)
    assert registry.open(KEY).value("Path") == before


def test_text_behind_a_nul_is_not_lost(registry: anyreg.Registry) -> None:
    """An edit would, so there is none; NULs alone are no loss."""
    hidden = Raw(REG_SZ, "C:\\a\0;C:\\b\0".encode("utf-16-le"))
    path = given_path(registry, hidden)
    with pytest.raises(LimitError, match="behind a NUL"):
        path.add(r"C:\c")
    assert registry.open(KEY).value("Path").raw == hidden.raw
    path = given_path(registry, Raw(REG_SZ, "C:\\a\0\0\0".encode("utf-16-le")))
    assert path.add(r"C:\c")
    assert path.text == r"C:\a;C:\c"


def test_lone_surrogates_are_letters(registry: anyreg.Registry) -> None:
    """Windows does not mind, nor do we."""
    path = given_path(registry, Raw(REG_SZ, b"\x00\xd8;\0a\0\0\0"))
    path.add("\udc00")
    assert registry.open(KEY).value("Path").raw == b"\x00\xd8;\0a\0;\0\x00\xdc\0\0"


# As a list


def test_it_reads_like_a_list(registry: anyreg.Registry) -> None:
    """Whatever was stored last."""
    path = given_path(registry, ExpandString(USUAL))
    assert len(path) == 3
    assert path[0] == r"%SystemRoot%\system32"
    assert path[1:] == [r"%SystemRoot%", r"C:\Tools"]
    assert next(reversed(path)) == r"C:\Tools"
    assert path == list(path)
    assert path != [r"C:\Tools"]
    assert path != 5
    assert not path.__contains__(5)
    assert path.name == "Path"
    assert "system32" in repr(path)
    registry.write(KEY, "Path", "x")
    assert path == ["x"]


def test_prepending_moves_what_is_there(registry: anyreg.Registry) -> None:
    """In its own spelling; the others keep their order."""
    path = given_path(registry, r"C:\a;C:\B\;C:\c")
    assert path.prepend("c:/b")
    assert path.text == r"C:\B" + r"\;C:\a;C:\c"
    assert not path.prepend("c:/b")
    assert path.prepend(r"C:\new")
    assert path[0] == r"C:\new"


def test_a_drive_is_no_root_of_it() -> None:
    r"""`C:` is the current folder there."""
    assert sameness("C:") != sameness("C:\\")
    assert sameness("C:/") == sameness("c:\\")
    assert sameness("\\") == "\\"


@pytest.mark.parametrize("entry", ["", " ", '""', 'C:\\a"b', '"', "C:\\a\0"])
def test_what_is_no_entry_is_refused(registry: anyreg.Registry, entry: str) -> None:
    """And nothing is changed."""
    path = given_path(registry, ExpandString(USUAL))
    for edit in (path.add, path.prepend):
        with pytest.raises(LimitError):
            edit(entry)
    assert path.text == USUAL


def test_a_list_of_another_name(registry: anyreg.Registry) -> None:
    """PATHEXT, PSModulePath, CLASSPATH."""
    extensions = registry.environment(user=False).list("pathext")
    assert extensions.add(".PY")
    assert not extensions.add(".py")
    assert extensions == [".COM", ".EXE", ".BAT", ".CMD", ".PY"]
    assert registry.environment(user=False).value("PATHEXT").type == REG_SZ


# The text

texts = st.text(alphabet='abcAB;;"%\\/:  é', max_size=30)
entries = st.text(alphabet="abAB;%\\/: é", min_size=1, max_size=6).filter(str.strip)


@given(texts)
def test_splitting_loses_nothing(text: str) -> None:
    """The entries and semicolons between them are the text."""
    assert ";".join(split_entries(text)) == text


@given(texts.filter(lambda text: text.count('"') % 2 == 0), entries)
def test_edits_do_what_they_say_and_no_more(text: str, entry: str) -> None:
    """Added is there, twice is once, removed is gone, and all others stay in order."""
    same = sameness(entry)
    others = [part for part in split_entries(text) if sameness(part) != same]
    for edit in (added, prepended):
        after = edit(text, entry)
        assert same in map(sameness, split_entries(after))
        assert edit(after, entry) == after
        rest = [part for part in split_entries(after) if sameness(part) != same]
        assert rest == others or (not text and rest == [])
    if same in map(sameness, split_entries(text)):
        assert added(text, entry) == text
    assert split_entries(removed(text, entry)) == others or not any(others)
    assert same not in map(sameness, split_entries(removed(added(text, entry), entry)))


@given(texts)
def test_deduping_keeps_the_first(text: str) -> None:
    """Of each entry, where it stands; doing so twice is doing so once."""
    after = deduped(text)
    assert deduped(after) == after
    assert set(map(sameness, split_entries(after))) == set(map(sameness, split_entries(text)))


def test_an_entry_is_stored_as_it_is_read() -> None:
    """In quotes where it must be, without those that it came with."""
    assert stored(r"C:\a b") == r"C:\a b"
    assert stored(r'"C:\a b"') == r"C:\a b"
    assert stored(r"C:\a;b") == r'"C:\a;b"'
