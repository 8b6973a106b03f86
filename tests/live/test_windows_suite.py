"""Our own tests, run by a Windows Python: what the runner says of each, and what comes of them."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

import share
from live.windows_suite import BEGIN, END, ROOT, Result, run_suite, table
from live.wine import Wine

pytestmark = pytest.mark.live

# What Windows does otherwise than other systems: files and locks, and its own registry.
OWN = [
    "tests/windows",
    *(
        f"tests/engine/test_{name}.py"
        for name in ("file_disk", "file_opening", "locks", "storage", "timed_lock", "writers")
    ),
    "tests/backends/test_volatile_folder.py",
    "tests/backends/live/test_running.py",
    "tests/conformance",
    "-k",
    "(live or not conformance) and not somebody",
]
# All of it, in pieces: a share of the long tests takes one.
PARTS = [
    shlex.join(OWN),
    "tests/regf",
    "tests/engine",
    "tests/backends",
    "tests/history",
    "tests/registry",
    "tests/security",
    "tests/winapi",
    "tests/cli",
    "tests/enforcing tests/watching",
    "tests/formats tests/agree",
    "tests/conformance -k 'live and somebody'",
    "tests/fileevents tests/cpython tests/windll tests/pywin32",
    "tests/backends/live/test_page.py -m long",
    "tests/crash/test_processes.py -m long",
]
SOME = 60  # tests of a part, where it is not wanted whole

KINDS = """
import os, sys
import pytest

def test_passes(tmp_path):
    assert sys.platform == "win32" and tmp_path.drive == "C:"

@pytest.mark.parametrize("number", [1, 2])
def test_fails(number):
    assert number == 1

@pytest.mark.skip("why it is skipped")
def test_is_skipped():
    raise AssertionError

@pytest.mark.xfail(reason="why it fails")
def test_is_expected_to_fail():
    raise AssertionError

def test_ends_the_interpreter():
    os._exit(3)

@pytest.fixture
def breaks():
    yield
    raise LookupError("in the end")

def test_fails_in_the_end(breaks):
    pass

def test_is_run_after_all():
    pass
"""


def test_each_test_has_a_result(wine: Wine, tmp_path: Path) -> None:
    (tmp_path / "test_kinds.py").write_text(KINDS, "utf-8")
    (tmp_path / "test_none.py").write_text("import no_such_module", "utf-8")
    results = run_suite(wine, ".", root=tmp_path)
    found = {result.test.partition("::test_")[2]: result for result in results}
    assert {name: result.outcome for name, result in found.items()} == {
        "passes": "passed",
        "fails[1]": "passed",
        "fails[2]": "failed",
        "is_skipped": "skipped",
        "is_expected_to_fail": "expected to fail",
        "ends_the_interpreter": "failed",
        "fails_in_the_end": "failed",
        "is_run_after_all": "passed",
        "": "failed",
    }
    assert "number == 1" in found["fails[2]"].reason
    assert "ended the interpreter" in found["ends_the_interpreter"].reason
    assert "LookupError" in found["fails_in_the_end"].reason
    assert "no_such_module" in found[""].reason
    lines = table(results).splitlines()
    assert "| . | 9 | 3 | 4 | 2 |" in lines
    assert "| all | 9 | 3 | 4 | 2 |" in lines
    assert "| 1 | why it is skipped |" in lines


def test_what_cannot_begin_is_an_error(wine: Wine, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_suite(wine, "no_such_file.py", root=tmp_path)
    assert "no_such_file.py" in failed.value.output


def run_all(wine: Wine, *arguments: str, most: int = 0, **variables: str) -> int:
    """Run tests there; how many passed, where none failed."""
    results = run_suite(wine, *arguments, root=ROOT, most=most, **variables)
    failed = [f"{result.test}: {result.reason}" for result in results if result.has_failed]
    assert not failed, "\n".join(failed)
    return sum(result.outcome == "passed" for result in results)


def test_some_of_it_is_as_elsewhere(wine: Wine) -> None:
    """Sharing, renaming, waiting, a hive under several names; each verb of the live registry."""
    assert run_all(wine, *OWN, most=SOME) > SOME // 4


def test_two_processes_write_one_hive_and_are_killed(wine: Wine) -> None:
    """Nothing that was acknowledged is lost, and who stays goes on."""
    words = ("tests/crash/test_processes.py", "-m", "long", "-k", "those_who_stay")
    assert run_all(wine, *words, ANYREG_SHARE="0.01") > 0


@pytest.mark.long
@pytest.mark.parametrize("part", PARTS)
def test_all_of_it_is_as_elsewhere(wine: Wine, part: str) -> None:
    """What is long in itself as well: processes that write one hive at once, and are killed."""
    assert run_all(wine, *shlex.split(part), most=0 if share.WHOLE else 2 * SOME) > 0


def told(block: str) -> list[Result]:
    """Results that make a table."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
    reasons = iter([row[1] for row in rows if len(row) == 2 for _ in range(count_of(row[0]))])
    found = []
    for row in rows:
        if len(row) == 5 and row[0] != "all" and count_of(row[1]):
            kinds = zip(("passed", "failed", "skipped"), row[2:], strict=True)
            for kind, number in kinds:
                for at in range(int(number)):
                    reason = next(reasons) if kind == "skipped" else ""
                    found.append(Result(f"{row[0]}/test.py::{kind}{at}", kind, reason))
    return found


def count_of(cell: str) -> int:
    return int(cell) if cell.isdecimal() else 0


def test_the_page_has_such_a_table() -> None:
    """Of folders that there are, with all counts right, none failed, and a reason for each mark."""
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    block = page.partition(BEGIN)[2].partition(END)[0].strip()
    results = told(block)
    assert table(results) == block
    assert not any(result.has_failed for result in results)
    assert all((ROOT / result.folder).is_dir() for result in results)
    assert all(result.reason for result in results if result.is_marked)
