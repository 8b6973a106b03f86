"""Generated hives are sound, as large as asked, and hold what they say."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import anyreg
from conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))

generator = importlib.import_module("generate")


@pytest.mark.parametrize("megabytes", [0.1, 0.3, 2.8])
def test_a_generated_hive_has_no_fault(tmp_path: Path, megabytes: float) -> None:
    """With one group or several, a part of one included."""
    file = tmp_path / "generated"
    keys = generator.generate(file, megabytes)
    with anyreg.open(file) as registry:
        assert registry.check() == []
        assert sum(1 for _ in registry.root.walk()) == keys
    assert file.stat().st_size == pytest.approx(megabytes * 1e6, rel=0.4)


def test_groups_are_alike_but_for_their_names(tmp_path: Path) -> None:
    """What is read of one is read of each: its bytes were moved, not its meaning."""
    file = tmp_path / "generated"
    group = 1 + generator.FOLDERS * (1 + generator.KEYS)
    assert generator.generate(file, 2.8) == 1 + 2 * group
    with anyreg.open(file) as registry:
        first, last = registry.root.children()
        assert (first.name, last.name) == ("Group 0000", "Group 0001")
        assert list(anyreg.diff(first, last, times=True)) == []


def test_too_large_a_hive_is_refused(tmp_path: Path) -> None:
    """A list of the root holds only so many groups."""
    with pytest.raises(ValueError, match="at most"):
        generator.generate(tmp_path / "generated", 2000)
