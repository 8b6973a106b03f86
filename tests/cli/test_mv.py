"""mv: another name for a key, all else as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, dumped


@pytest.mark.parametrize("name", ["Seller", "V", "A much longer name", "Größe", "日本", "VENDOR"])
def test_all_that_it_holds_goes_with_it(run: Run, hive: Path, name: str) -> None:
    done = run("mv", rf"{hive}::Software\Vendor", name)
    assert (done.status, done.out, done.err) == (0, "", "")
    with anyreg.open(hive) as registry:
        software = registry.open("Software")
        assert list(software.subkeys) == [name]
        assert (software / name).class_name == "cls"
    assert run("get", rf"{hive}::Software\{name}\Deep", "Text").out == "deep\n"


def test_a_key_of_the_sample(run: Run, sample: Path) -> None:
    before = run("tree", rf"{sample}::Software\Vendor").lines[1:]
    assert run("mv", rf"{sample}::Software\Vendor", "Seller").status == 0
    assert run("tree", rf"{sample}::Software\Seller").lines[1:] == before


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("System", "SOFTWARE", "there is such a key already"),
        ("System", "a\\b", "no backslash"),
        ("System", "", "not empty"),
        ("System", "x" * 257, "at most 256"),
        ("", "x", "root key"),
    ],
)
def test_what_is_not_allowed_changes_nothing(
    run: Run, hive: Path, path: str, name: str, message: str
) -> None:
    before = hive.read_bytes(), dumped(hive)
    done = run("mv", f"{hive}::{path}", name)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err
    assert (hive.read_bytes(), dumped(hive)) == before
