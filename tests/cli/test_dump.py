"""The dump command: the digests of the whole corpus."""

from __future__ import annotations

import hashlib

import pytest

from cli.conftest import Run
from conftest import Expected, each_expected

LARGE = 5 << 20


def check(run: Run, hive: Expected) -> None:
    done = run("dump", hive.file)
    assert done.status == 0
    assert hashlib.sha256(done.data).hexdigest() == hive.sha256
    assert done.data.count(b'\n["k"') + 1 == hive.keys


@each_expected(lambda hive: bool(hive.sha256) and hive.file.stat().st_size < LARGE)
def test_digests(run: Run, hive: Expected) -> None:
    check(run, hive)


@pytest.mark.long
@each_expected(lambda hive: bool(hive.sha256) and hive.file.stat().st_size >= LARGE)
def test_digests_of_large_hives(run: Run, hive: Expected) -> None:
    check(run, hive)


@each_expected(lambda hive: hive.keys is not None and not hive.sha256)
def test_of_a_damaged_hive_the_readable_part_comes_out(run: Run, hive: Expected) -> None:
    done = run("dump", hive.file)
    assert done.status == 0
    assert done.data.startswith(b'["k",""')
    assert done.err.startswith("anyreg: warning: ")
    assert done.err.count("\n") == 1
