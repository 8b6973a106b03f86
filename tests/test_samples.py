"""The files of samples/ are what the project's own encoders make."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

import anyreg
from conftest import ROOT

SAMPLES = ROOT / "samples"
FILES = ["NTUSER.DAT", "NTUSER.DAT.LOG1", "NTUSER.DAT.LOG2", "damaged/NTUSER.DAT"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["make_samples.py", str(folder)])
        runpy.run_path(str(ROOT / "tools/make_samples.py"), run_name="__main__")
    return folder


@pytest.mark.parametrize("name", FILES)
def test_the_shipped_files_can_be_made_again(made: Path, name: str) -> None:
    """The generator gives the bytes that are in the repository."""
    assert (made / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_replay_leads_to_the_third_moment() -> None:
    """Both logs apply, in order, and the hive then has no fault."""
    with anyreg.open(SAMPLES / "NTUSER.DAT") as registry:
        assert registry.about()["state"] == "dirty"
        assert registry.open(r"Software\Vendor").get_int("Retries") == 5
        assert len(registry.open(r"Software\Vendor\History").values) == 124
        assert registry.check() == []


def test_the_damaged_copy_reads_but_for_what_is_broken() -> None:
    """One of its keys is lost, every other is there."""
    with (
        anyreg.open(SAMPLES / "damaged/NTUSER.DAT") as damaged,
        anyreg.open(SAMPLES / "NTUSER.DAT") as whole,
    ):
        paths = {step.key.path for step in damaged.root.walk()}
        lost = {step.key.path for step in whole.root.walk()} - paths
        contacts = "Software\\Vendor\\Contacts\\Contact"
        assert lost == {f"{contacts} 0007"}
        assert {problem.what for problem in damaged.check()} >= {
            "bad bin",
            "bad cell size",
            "bad key node",
            "bad key value",
            "wrong parent",
            "wrong reference count of a security record",
        }
