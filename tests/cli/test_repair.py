"""repair: what can be read, in a new hive, and a word on what may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run, contents
from conftest import ROOT
from hives import NK_LIST, family, field

DAMAGED = ROOT / "samples/damaged/NTUSER.DAT"


def test_all_that_can_be_read_is_kept(run: Run, folder: Path) -> None:
    before = DAMAGED.read_bytes()
    done = run("repair", DAMAGED, folder / "new.dat")
    assert done.status == 1
    assert all(line.startswith("0x") for line in done.lines)
    count = len(done.lines)
    warning = f"warning: {count} problems in {DAMAGED}; what they name may be missing in "
    assert done.err == f"anyreg: {warning}{folder / 'new.dat'}\n"
    assert run("diff", DAMAGED, folder / "new.dat").out == ""
    assert DAMAGED.read_bytes() == before


def test_problems_as_json(run: Run, folder: Path) -> None:
    records = run("repair", DAMAGED, folder / "new.dat", "--json").records
    assert set(records[0]) == {"offset", "what", "expected", "actual", "path"}


def test_a_sound_hive_has_no_problems(run: Run, sample: Path) -> None:
    before = contents(sample.parent)
    out = sample.with_name("new.dat")
    done = run("repair", sample, out)
    assert (done.status, done.err) == (0, "")
    assert done.out == f"no problems in {sample}; {out} holds all of it\n"
    assert run("diff", sample, out, "--times").out == ""
    out.unlink()
    assert contents(sample.parent) == before


def test_json_of_a_sound_hive_is_nothing(run: Run, hive: Path) -> None:
    done = run("repair", hive, hive.with_name("new.dat"), "--json")
    assert (done.status, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize("out", ["made.dat", "other", "no/such/folder/x"])
def test_nothing_is_overwritten(run: Run, hive: Path, out: str) -> None:
    (hive.parent / "other").write_bytes(b"mine")
    before = contents(hive.parent)
    done = run("repair", hive, hive.parent / out)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert contents(hive.parent) == before


def test_what_is_no_hive(run: Run, folder: Path) -> None:
    (folder / "text").write_text("no hive")
    done = run("repair", folder / "text", folder / "new.dat")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert not (folder / "new.dat").exists()


@pytest.mark.parametrize("head", [bytes(4096), b"xxxx"])
def test_a_hive_without_a_header(run: Run, hive: Path, head: bytes) -> None:
    """It is made from what the bins say, and the command says so."""
    data = hive.read_bytes()
    damaged = hive.with_name("damaged.dat")
    damaged.write_bytes(head + data[len(head) :])
    for words in (["ls", damaged], ["set", damaged, "a", "b"], ["rm", f"{damaged}::Software"]):
        refused = run(*words)
        assert refused.status == 2
        assert "header of this hive is damaged; `anyreg repair`" in refused.err
    done = run("repair", damaged, hive.with_name("new.dat"))
    assert (done.status, done.err) == (1, "")
    assert "the header of" in done.out
    assert run("diff", hive, hive.with_name("new.dat"), "--times").out == ""


def test_keys_that_come_back_are_counted(run: Run, folder: Path) -> None:
    """Those in their place, and those without one."""
    maker, root, keys = family()
    below = maker.give_keys(keys[0], "below")
    maker.give_keys(below[0], "deep")
    maker.put(keys[0], 0, 0, "<H")
    maker.put(field(maker, root, NK_LIST), 0, 0, "<H")
    (folder / "damaged.dat").write_bytes(maker.build())
    new = folder / "new.dat"
    done = run("repair", folder / "damaged.dat", new)
    assert done.status == 1
    assert done.lines[-3:] == [
        "2 keys that no list names are back in their place",
        "2 keys whose place is not known are below Lost+Found",
        "5 keys in all",
    ]
    place = f"0x{4096 + keys[0]:08x}"
    listed = {line.strip("\u2500\u251c\u2514\u2502 ") for line in run("tree", new).lines[1:]}
    assert listed == {"B", "C", "Lost+Found", place, "below", "deep"}
    assert run("check", new).status == 0
    new.unlink()
    last = run("repair", folder / "damaged.dat", new, "--json").records[-1]
    (folder / "damaged.dat").unlink()  # all hives that are left are checked
    assert last == {"keys": 5, "returned": 2, "lost": 2, "new_header": False}
