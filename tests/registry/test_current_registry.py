"""Which registry the programs of a process speak to."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.registry.current_registry import close_own, current, is_chosen


@pytest.fixture
def two() -> Iterator[tuple[anyreg.Registry, anyreg.Registry]]:
    """Two registries; afterwards the choice is what it was."""
    with anyreg.open("memory:") as one, anyreg.open("memory:") as other:
        chosen = anyreg.use(one)
        yield one, other
        anyreg.use(chosen.before)


def test_a_call_chooses_for_the_process(two: tuple[anyreg.Registry, anyreg.Registry]) -> None:
    """Other threads see it."""
    one, other = two
    seen: list[anyreg.Registry] = []
    for registry in (one, other):
        anyreg.use(registry)
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
    assert seen == [one, other]


def test_a_block_chooses_for_its_thread(two: tuple[anyreg.Registry, anyreg.Registry]) -> None:
    """Others do not see it, and it ends, also after an error."""
    one, other = two
    seen: list[anyreg.Registry] = []
    with anyreg.use(other) as used:
        assert used is other is current()
        thread = threading.Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
        with contextlib.suppress(KeyError), anyreg.use(one):
            assert current() is one
            raise KeyError
        assert current() is other
    assert seen == [one]
    assert current() is one


def test_without_a_choice_it_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened when it is first asked for, and kept until it is closed."""
    close_own()
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    chosen = anyreg.use(None)
    try:
        assert not is_chosen()
        own = current()
        assert own is current()
        assert (tmp_path / "home").is_dir()
        close_own()
        with pytest.raises(anyreg.ClosedError):
            own.open("HKCU")
        close_own()
    finally:
        anyreg.use(chosen.before)


def test_none_goes_back(two: tuple[anyreg.Registry, anyreg.Registry]) -> None:
    """To the default."""
    assert is_chosen()
    anyreg.use(None)
    assert not is_chosen()
