"""Every hive of the corpus gives what it must, through the public interface."""

from __future__ import annotations

import hashlib

import pytest

import anyreg
from conftest import Expected, Indexed, each_expected, each_indexed
from corpus.dumping import digest


@each_expected(lambda hive: hive.keys is not None)
def test_a_hive_gives_what_is_expected(hive: Expected) -> None:
    """The number of keys and values and, where it is healthy, every byte of its dump."""
    with anyreg.open(hive.file) as registry:
        keys, values, sha = digest(registry)
    assert (keys, values) == (hive.keys, hive.values)
    assert sha == (hive.sha256 or sha)


@each_expected(lambda hive: hive.keys is not None and hive.file.stat().st_size < 600_000)
def test_walking_sees_what_the_dump_sees(hive: Expected) -> None:
    """One way through the keys is as good as the other."""
    with anyreg.open(hive.file) as registry:
        steps = [(len(step.subkeys), len(step.values)) for step in registry.root.walk()]
    assert (len(steps), sum(values for _, values in steps)) == (hive.keys, hive.values)
    assert sum(subkeys for subkeys, _ in steps) == len(steps) - 1


@each_expected(lambda hive: bool(hive.sha256) and hive.file.stat().st_size < 600_000)
def test_every_key_and_value_is_found_by_its_name(hive: Expected) -> None:
    """Or another of the same name, where there are two."""
    with anyreg.open(hive.file) as registry:
        for key, subkeys, values in registry.root.walk():
            for subkey in subkeys[:: len(subkeys) // 50 + 1]:
                found = key.find_child(
                    subkey.name.swapcase() if subkey.name.isascii() else subkey.name
                )
                assert found is not None
            for value in values[:50]:
                assert key.find_value(value.name) is not None


@each_expected(lambda hive: hive.keys is None)
def test_a_hive_that_others_refuse_is_refused_or_read_with_a_problem(hive: Expected) -> None:
    """Which says why others refuse it."""
    try:
        registry = anyreg.open(hive.file)
    except anyreg.NotHiveError:
        return
    with registry:
        assert list(registry.root.walk())
        assert registry.problems


@each_indexed(lambda file: file.kind == "log")
def test_a_log_is_no_hive(hive: Indexed) -> None:
    """Though its first bytes look like one."""
    with pytest.raises(anyreg.NotHiveError):
        anyreg.open(hive.file)


@each_indexed()
def test_no_file_of_the_corpus_was_changed(hive: Indexed) -> None:
    """Whatever the tests did with it: the sum is that of the index."""
    assert hashlib.sha256(hive.file.read_bytes()).hexdigest() == hive.sha256
