"""The prefix of a file's paths remembers how the last one began, which changes nothing."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from anyreg.formats.prefix import Prefix
from anyreg.paths import split_path

NAMES = st.sampled_from(["", "a", "A", "ä", "HKLM", "hklm", "HKEY_LOCAL_MACHINE", "HKCU", "X", "x"])
PATHS = st.lists(NAMES, max_size=6).map("\\".join)
PREFIXES = st.one_of(st.none(), PATHS)


@given(PREFIXES, st.lists(PATHS, max_size=8))
@example(None, ["HKLM\\a", "HKLM\\a\\HKLM\\a", "HKLM", "HKLM\\", "hklm\\b"])
@example("HKLM\\X", ["hklm\\x\\a", "hklm\\x\\a\\b", "hklm\\x", "hklm\\x\\", "hklm\\x\\\\a"])
@example("", ["a", "a\\", "\\a", "a\\\\b", ""])
def test_a_path_means_what_it_means_alone(prefix: str | None, paths: list[str]) -> None:
    """Whatever stood before it."""
    one = Prefix(prefix)
    for path in paths:
        assert one.inner(path) == Prefix(prefix).inner(path)


@given(PREFIXES, PATHS)
def test_names_mean_what_their_path_means(prefix: str | None, path: str) -> None:
    """Where a path can tell them."""
    names = split_path(path)
    inner, within = Prefix(prefix).inner_by(path, names)
    assert inner == Prefix(prefix).inner(path)
    assert within == (None if inner is None else split_path(inner))
    assert Prefix(prefix).inner_by(path, None) == (inner, None)
