"""hivexregedit takes our .reg files and we take its own, with equal trees on both sides."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry
from conftest import Expected, each_expected
from formats import hivexregedit
from formats.hives import expected, new_registry, stored
from formats.hivexregedit import TOP, UTF_8, exported
from formats.models import Model, opened
from registry.test_round_trip import EVERYTHING

pytestmark = hivexregedit.needed

SMALL, LARGE = 300_000, 1_000_000  # bytes of a hive

# What hivexregedit's own reader cannot tell apart, or breaks lines at.
_BAD_FOR_IT = ("\r", "\n", "\0", "\\", '"', ";", "]")


def merged(reg: bytes, folder: Path) -> Path:
    """A new hive that hivexregedit has put a .reg file into."""
    hive, file = folder / "theirs.dat", folder / "ours.reg"
    anyreg.open(hive, "x").close()
    file.write_bytes(reg.decode("utf-16").encode())
    command = ["hivexregedit", "--merge", "--prefix", TOP, str(hive), str(file)]
    subprocess.run(command, check=True, capture_output=True, env=UTF_8)
    return hive


def by_name(registry: Registry) -> set[object]:
    """What a registry holds; hivexregedit keeps no order of values."""
    walk = list(registry.root.walk())
    values = {(key.path, v.name, v.type, v.raw) for key, _, values in walk for v in values}
    return values | {key.path for key, _, _ in walk}


def simple(model: Model) -> Model:
    """The part of a model that hivexregedit's line reader can follow."""
    values = [row for row in model.values if not any(bad in row[0] for bad in _BAD_FOR_IT)]
    keys = [simple(key) for key in model.keys if not any(bad in key.name for bad in _BAD_FOR_IT)]
    return Model(model.name, values, keys)


def test_every_type_goes_into_hivex(tmp_path: Path) -> None:
    """Also odd data, to the byte."""
    model = simple(EVERYTHING)
    file = tmp_path / "out.reg"
    opened(model).root.export(file, prefix=TOP)
    with anyreg.open(merged(file.read_bytes(), tmp_path)) as found, new_registry() as ours:
        ours.import_(file, prefix=TOP)
        assert stored(ours.root) == expected(model)
        assert by_name(found) ^ by_name(ours) == set()
        # hivex hashes the bytes of a name, and not its letters, where they are not ASCII.
        odd = [key.name for key, _, _ in found.root.walk() if not key.name.isascii()]
        assert [problem.what for problem in found.check()] == ["wrong hash"] * len(odd)


@each_expected(lambda hive: hive.clean and 8192 < hive.file.stat().st_size < LARGE)
def test_real_hives_come_out_of_hivex(hive: Expected, tmp_path: Path) -> None:
    """What it writes of a hive, we import into an equal tree."""
    file = tmp_path / "theirs.reg"
    try:
        file.write_bytes(exported(hive.file))
    except subprocess.CalledProcessError:
        pytest.skip("hivex refuses this hive")
    with anyreg.open(hive.file) as registry, new_registry() as new:
        new.import_(file, prefix=TOP)
        assert by_name(new) ^ by_name(registry) == set()


@each_expected(lambda hive: hive.clean and 8192 < hive.file.stat().st_size < SMALL)
def test_real_hives_go_into_hivex(hive: Expected, tmp_path: Path) -> None:
    """And the other way, through our file."""
    assert_goes_into_hivex(hive, tmp_path)


@pytest.mark.long
@each_expected(lambda hive: hive.clean and SMALL <= hive.file.stat().st_size < LARGE)
def test_large_real_hives_go_into_hivex(hive: Expected, tmp_path: Path) -> None:
    """The same of those that take it seconds."""
    assert_goes_into_hivex(hive, tmp_path)


def assert_goes_into_hivex(hive: Expected, folder: Path) -> None:
    """What we export of a hive, it makes an equal tree of."""
    file = folder / "out.reg"
    with anyreg.open(hive.file) as registry:
        registry.root.export(file, prefix=TOP)
        with anyreg.open(merged(file.read_bytes(), folder)) as found:
            assert by_name(found) ^ by_name(registry) == set()
