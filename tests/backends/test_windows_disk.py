"""Finding the hives of a Windows disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from anyreg.backends.windows_disk import WindowsDisk, find_file, find_windows


def laid(folder: Path, *files: str) -> Path:
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return folder


@pytest.mark.posix("names that differ in case alone")
def test_names_are_found_in_any_case(tmp_path: Path) -> None:
    """The exact one comes first."""
    disk = laid(tmp_path, "a/B/c.dat", "a/b/C.DAT")
    assert find_file(str(disk), "A", "b", "c.dat") == str(disk / "a/b/C.DAT")
    assert find_file(str(disk), "a", "B", "C.dat") == str(disk / "a/B/c.dat")
    assert find_file(str(disk), "a", "none", "c.dat") == ""


@pytest.mark.parametrize("windows", ["Windows", "WINDOWS", "winnt"])
def test_windows_is_where_its_config_is(tmp_path: Path, windows: str) -> None:
    """Also that of Windows 2000; an empty folder of that name is none."""
    (tmp_path / "Windows.old").mkdir()
    assert find_windows(str(tmp_path)) == ""
    laid(tmp_path, f"{windows}/system32/CONFIG/System", f"{windows}/system32/CONFIG/sam")
    found = find_windows(str(tmp_path))
    assert found == str(tmp_path / windows)
    disk = WindowsDisk(str(tmp_path), found)
    assert set(disk.files) == {"SYSTEM", "SAM"}


def test_old_profiles_have_their_classes_elsewhere(tmp_path: Path) -> None:
    """As in Windows XP; without a list nobody knows whose they are."""
    laid(
        tmp_path,
        "WINDOWS/system32/config/SYSTEM",
        "Documents and Settings/Ada/NTUSER.DAT",
        "Documents and Settings/Ada/Local Settings/Application Data/Microsoft/Windows/UsrClass.dat",
    )
    disk = WindowsDisk(str(tmp_path), find_windows(str(tmp_path)))
    assert disk.profiles == {}
    assert disk.user("") == ""
