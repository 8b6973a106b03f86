"""What Samba's regdiff writes of a hive, we import into an equal tree.

It reads hives of version 1.3 as the roots of a local registry, and writes all of it as REGEDIT4.
It has faults of its own: it fails at other types than these two, writes the values of a key behind
its subkeys, and dies when it has written its first text, which is therefore the last value here.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import anyreg
from formats.hives import new_registry

ROOTS = ("hklm", "hku", "hkcr", "hkcu", "hkpd", "hkcc", "hkpt", "hkdd")
TREE: dict[str, dict[str, object]] = {
    "Empty": {},
    r"Software\Vendor": {"Number": 7, "High": 0xFFFFFFFF, "none": ""},
    r"Software\Deeper\Still deeper": {"one": 1},
    "The last": {"Text": "some words; [more] = 1"},
}


def written_by_regdiff(folder: Path) -> Path:
    """A .reg file with the keys of TREE below HKEY_LOCAL_MACHINE, by Samba's registry."""
    for root in ROOTS:
        with anyreg.open(folder / f"{root}.ldb", "x", minor=3) as hive:
            for path, values in TREE.items() if root == "hklm" else ():
                hive.create(path).values.update(values)
    settings, out = folder / "smb.conf", folder / "samba.reg"
    settings.write_text(f"[global]\nprivate dir = {folder}\n")
    command = ["regdiff", "-s", str(settings), "--null", "--local", "-o", str(out)]
    subprocess.run(command, check=False, capture_output=True)
    return out


@pytest.mark.skipif(not shutil.which("regdiff"), reason="no regdiff: install registry-tools")
def test_a_file_of_sambas_is_imported(tmp_path: Path) -> None:
    """Its lines end in LF alone, and keys and values are those of the hive that it has read."""
    file = written_by_regdiff(tmp_path)
    assert file.read_bytes().startswith(b"REGEDIT4\n")
    kept = [part for part in file.read_text("ascii").split("\n\n") if "LOCAL_MACHINE" in part]
    file.write_text("REGEDIT4\n\n" + "\n\n".join(kept) + "\n", "ascii")
    with new_registry() as ours, anyreg.open(tmp_path / "hklm.ldb") as theirs:
        applied = ours.import_(file, prefix="HKEY_LOCAL_MACHINE")
        assert applied.values_set == sum(map(len, TREE.values()))
        for path, values in TREE.items():
            assert dict(ours.open(path).values) == values
        assert sorted(by_path(ours)) == sorted(by_path(theirs))
        assert ours.check() == []


def by_path(registry: anyreg.Registry) -> list[tuple[str, str, int, bytes]]:
    """Keys, and values by key, in any order."""
    rows = [(key.path, "", -1, b"") for key, _, _ in registry.root.walk()]
    for key, _, values in registry.root.walk():
        rows += [(key.path, value.name, value.type, value.raw) for value in values]
    return rows
