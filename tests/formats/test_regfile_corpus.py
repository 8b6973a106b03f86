"""Real hives as .reg files: read again by us and by another reader, and held to hivexregedit."""

from __future__ import annotations

import pytest

import anyreg
from anyreg.formats.regfile import parse
from conftest import Expected, each_expected
from formats import hivexregedit, reg_parser
from formats.hivexregedit import TOP, exported
from formats.reg_parser import Keys
from formats.test_regfile import stored, written
from formats.test_regfile_reader import keys

LARGE = 1 << 20


def check_corpus(hive: Expected) -> None:
    with anyreg.open(hive.file) as registry:
        data, held = written(registry.root), stored(registry.root)
    assert reg_parser.parse(data) == held
    assert keys(list(parse(data, prefix=TOP))) == below(held)


def below(found: Keys) -> Keys:
    """The same with paths from the root on."""
    return [(path[len(TOP) :].strip("\\"), rows) for path, rows in found]


def is_small(hive: Expected) -> bool:
    return hive.keys is not None and hive.file.stat().st_size < LARGE


@each_expected(is_small)
def test_every_value_of_the_corpus_comes_back(hive: Expected) -> None:
    """Real names and data."""
    check_corpus(hive)


@pytest.mark.long
@each_expected(lambda hive: hive.keys is not None and not is_small(hive))
def test_every_value_of_large_hives_comes_back(hive: Expected) -> None:
    """The same, where it takes longer."""
    check_corpus(hive)


HIVEX_SAYS = {
    "corner/ExtendedASCIIHive",
    "corner/MultiSzHive",
    "corner/StringValuesHive",
    "corner/UNICODE_TESTS",
    "corner/offreg-testhive",
    "real/bcd/BCD",
    "real/nt4/software",
    "real/win11/config/ELAM",
}


@hivexregedit.needed
@each_expected(lambda hive: hive.path in HIVEX_SAYS)
def test_hivexregedit_exports_the_same(hive: Expected) -> None:
    """UTF-8 without a mark, line feeds, a backslash behind the root, values in its own order."""
    with anyreg.open(hive.file) as registry:
        ours = sorted_rows(below(reg_parser.parse(written(registry.root))))
    theirs = exported(hive.file)
    assert sorted_rows(keys(list(parse(theirs, prefix=TOP)))) == ours
    text = theirs.decode().replace("\n", "\r\n") + "\r\n"
    read = reg_parser.parse(b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass"))
    assert sorted_rows(below(read)) == ours


def sorted_rows(found: Keys) -> Keys:
    return sorted((path, sorted(rows)) for path, rows in found)
