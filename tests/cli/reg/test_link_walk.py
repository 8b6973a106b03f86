r"""REG follows links as reg.exe does: it opens each subkey that it lists."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Link
from anyreg.backends import ask
from anyreg.backends.trees import make
from cli.reg.conftest import DONE, Reg

BAR = r"HKEY_CURRENT_USER\Software\Classes\.bar"
LOOP = r"HKCU\Software\Loop"


@pytest.fixture
def linked(registry: anyreg.Registry) -> anyreg.Registry:
    """With a class of the user, and links that lead aside, back, up and nowhere."""
    registry.write(BAR, "", "barfile")
    backend = registry._backend
    top = registry.create(LOOP)
    top.create("Tree").values["v"] = 1
    here = ask.nt_path(backend, top.node)
    targets = {
        "Aside": rf"{here}\Tree",
        "Back": here,
        "Up": here.rpartition("\\")[0],
        "No": here + "X",
    }
    for name, target in targets.items():
        link, _ = make(backend, top.node, name, link=True)
        Key(backend, link, top).values["SymbolicLinkValue"] = Link(target)
    return registry


def keys(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("HKEY_")]


def test_query_goes_through_every_link(reg: Reg, linked: anyreg.Registry) -> None:
    """Under its name; also where the target was shown before."""
    assert keys(reg("query", "HKCU", "/s").out).count(BAR) == 1
    found = keys(reg("query", r"HKLM\SYSTEM", "/s").out)
    for name in ("ControlSet001", "CurrentControlSet"):
        assert rf"HKEY_LOCAL_MACHINE\SYSTEM\{name}\Control\ProductOptions" in found
        assert rf"HKEY_LOCAL_MACHINE\SYSTEM\{name}\Hardware Profiles\Current\Software" in found
    assert BAR in reg("query", "HKCU", "/s", "/f", "barfile").out
    assert BAR in reg("query", "HKCU", "/s", "/ve").out


def test_a_link_that_leads_back_is_not_gone_through(reg: Reg, linked: anyreg.Registry) -> None:
    """Nor one that leads nowhere; so it ends."""
    below = [name.rpartition("Loop\\")[2] for name in keys(reg("query", LOOP, "/s").out)]
    assert below == ["Aside", "Back", "No", "Tree", "Up"]
    assert "    v    REG_DWORD    0x1\n" in reg("query", rf"{LOOP}\Aside").out


def test_export_goes_through_every_link(reg: Reg, linked: anyreg.Registry, tmp_path: Path) -> None:
    """The file is one that can be imported."""
    file = tmp_path / "a.reg"
    linked.delete(LOOP, recursive=True)
    assert reg("export", "HKCU", str(file)).out == DONE
    text = file.read_text("utf-16")
    assert f"[{BAR}]" in text
    assert "SymbolicLink" not in text
    linked.delete(BAR)
    assert reg("import", str(file)).status == 0
    assert linked.read(BAR, "") == "barfile"
    assert reg("export", r"HKLM\SYSTEM", str(file), "/y").out == DONE
    assert r"SYSTEM\CurrentControlSet\Control\ProductOptions]" in file.read_text("utf-16")


def test_copy_and_compare_go_through_every_link(reg: Reg, linked: anyreg.Registry) -> None:
    """What was copied is the same."""
    linked.delete(LOOP, recursive=True)
    assert reg("copy", r"HKCU\Software", r"HKCU\Copy", "/s", "/f").out == DONE
    assert linked.read(r"HKCU\Copy\Classes\.bar", "") == "barfile"
    assert reg("compare", r"HKCU\Software", r"HKCU\Copy", "/s").status == 0
    linked.write(r"HKCU\Copy\Classes\.bar", "", "other")
    done = reg("compare", r"HKCU\Software", r"HKCU\Copy", "/s")
    assert done.status == 2
    assert rf"< Value: {BAR}" in done.out
