"""recover: a dirty hive becomes clean, and holds the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from cli.conftest import Run, contents, dumped


def test_the_file_alone_holds_what_the_logs_did(run: Run, sample: Path) -> None:
    before = dumped(sample)
    done = run("recover", sample)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"recovered {sample}: sample.dat.LOG1: ")
    for log in sample.parent.glob("*.LOG?"):
        log.unlink()
    assert dumped(sample) == before
    with anyreg.open(sample) as registry:
        assert registry.about()["state"] == "clean"


def test_json(run: Run, sample: Path) -> None:
    (record,) = run("recover", sample, "--json").records
    assert (record["file"], record["state"]) == (str(sample), "dirty")
    assert len(record["replayed"]) == 2
    (record,) = run("recover", sample, "--json").records
    assert (record["state"], record["replayed"]) == ("clean", [])


def test_a_clean_hive_stays_as_it_is(run: Run, hive: Path) -> None:
    for log in hive.parent.glob("*.LOG?"):
        log.unlink()
    before = contents(hive.parent)
    done = run("recover", hive)
    assert (done.status, done.out) == (0, f"nothing to recover, {hive} is clean\n")
    assert contents(hive.parent) == before


def test_without_its_logs_it_is_an_error_and_stays(run: Run, sample: Path) -> None:
    for log in sample.parent.glob("*.LOG?"):
        log.unlink()
    before = sample.read_bytes()
    done = run("recover", sample)
    sample.rename(sample.with_suffix(".dirty"))
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "no log beside it applies" in done.err
    assert sample.with_suffix(".dirty").read_bytes() == before


@pytest.mark.parametrize(
    ("file", "message"), [("no/such/file", "no such file"), ("x::y", "as a whole"), (".", "folder")]
)
def test_other_files(run: Run, file: str, message: str) -> None:
    done = run("recover", file)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err


# Logs under other names


def test_logs_can_be_named(run: Run, sample: Path) -> None:
    """To read, by every command that does; the hive stays dirty until it is recovered with them."""
    usual = run("dump", sample).out
    logs = [
        str(sample.with_name(f"{sample.name}.LOG{n}").rename(sample.with_name(f"log {n}")))
        for n in (1, 2)
    ]
    given = ["--log", logs[0], "--log", logs[1]]
    assert run("dump", sample).out != usual
    assert run("dump", sample, *given).out == usual
    assert "log 1: 1 entries from 41; log 2: 1 entries from 42" in run("info", sample, *given).out
    assert run("check", sample, *given).status == 0
    done = run("set", sample, "a", "b", *given)
    assert (done.status, done.err) == (
        2, "anyreg: Invalid value: --log is for commands that read a hive, and for recover\n"
    )  # fmt: skip
    done = run("recover", sample, *given)
    assert done.out == f"recovered {sample}: log 1: 1 entries from 41; log 2: 1 entries from 42\n"
    assert run("dump", sample).out == usual
    done = run("ls", sample, *given)
    assert (done.status, done.err.count("the hive is clean: no log applies to it")) == (2, 1)
