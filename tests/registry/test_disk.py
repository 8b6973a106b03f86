"""A Windows disk as one registry."""

from __future__ import annotations

from pathlib import Path

import pytest

import anyreg
from anyreg import AccessDeniedError, KeyNotFoundError, NotSupportedError, RegistryError
from conftest import LINKS
from registry.disks import LOCAL_SERVICE, REAL_SID, SID, real_disk, small_disk


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return small_disk(tmp_path / "disk")


def files(disk: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in disk.rglob("*") if file.is_file()}


def test_every_hive_is_where_windows_mounts_it(disk: Path) -> None:
    """SYSTEM and SOFTWARE for the machine; the default user, twice, and Ada."""
    with anyreg.open(disk) as registry:
        assert list(registry.open("HKLM").subkeys) == ["HARDWARE", "SOFTWARE", "SYSTEM"]
        users = [".DEFAULT", "S-1-5-18", SID, f"{SID}_Classes"]
        assert list(registry.open("HKU").subkeys) == users
        assert registry.read(r"HKCU\Software", "Of") == "Ada"


def test_the_control_set_is_the_one_that_was_current(disk: Path) -> None:
    """Select says so; and it is not there in the hive itself."""
    with anyreg.open(disk) as registry:
        assert registry.read(r"HKLM\SYSTEM\CurrentControlSet\Control", "Number") == 2


def test_a_control_set_that_is_missing_gives_way_to_the_default(disk: Path) -> None:
    """A disk without its last control set still has one."""
    with anyreg.open(disk / "Windows/System32/config/SYSTEM", "r+") as system:
        system.root.delete("ControlSet002", recursive=True)
    with anyreg.open(disk) as registry:
        assert registry.read(r"HKLM\SYSTEM\CurrentControlSet\Control", "Number") == 1


def test_nothing_is_written_unless_asked_for(disk: Path) -> None:
    """Not even a log or a lock."""
    before = files(disk)
    with anyreg.open(disk) as registry:
        for _ in registry.open("HKLM").walk():
            pass
        with pytest.raises(NotSupportedError):
            registry.create(r"HKCU\Software\New")
        with pytest.raises(NotSupportedError):
            registry.create(r"HKCU\Software\New", volatile=True)
    assert files(disk) == before


def test_changes_reach_the_files(disk: Path) -> None:
    """One transaction over two hives, read back by each hive alone."""
    with anyreg.open(disk, "r+") as registry, registry.transaction():
        registry.write(r"HKCU\Software\New", "a", 1)
        registry.write(r"HKLM\SYSTEM\CurrentControlSet\New", "b", 2)
    with anyreg.open(disk / "Users/Ada/NTUSER.DAT") as user:
        assert user.read(r"Software\New", "a") == 1
        assert user.check() == []
    with anyreg.open(disk / "Windows/System32/config/SYSTEM") as system:
        assert system.read(r"ControlSet002\New", "b") == 2
        assert "CurrentControlSet" not in system.root.subkeys


def test_several_people_must_be_told_apart(tmp_path: Path) -> None:
    """By SID, or by the name of the folder; without it there is no HKEY_CURRENT_USER."""
    other = "S-1-5-21-1-2-3-1002"
    disk = small_disk(tmp_path / "disk", {SID: "Ada", other: "Bob"})
    for user, name in ((SID.lower(), "Ada"), ("bob", "Bob")):
        with anyreg.open(disk, user=user) as registry:
            assert registry.read(r"HKCU\Software", "Of") == name
    with anyreg.open(disk) as registry:
        assert "HKEY_CURRENT_USER" not in list(registry.root.subkeys)
        with pytest.raises(KeyNotFoundError, match="user="):
            registry.open("HKCU")
    with pytest.raises(RegistryError, match="Eve"):
        anyreg.open(disk, user="Eve")


def test_a_profile_that_is_not_listed_is_found_by_its_classes(disk: Path) -> None:
    """Windows names the root key of UsrClass.dat after the user."""
    config = disk / "Windows/System32/config"
    for file in config.glob("SOFTWARE*"):
        file.unlink()
    classes = disk / "Users/Ada/AppData/Local/Microsoft/Windows/UsrClass.dat"
    for file in classes.parent.iterdir():
        file.unlink()
    with anyreg.open("memory:") as memory:
        memory.create(rf"HKLM\SYSTEM\{SID}_Classes").save(classes)
    with anyreg.open(disk) as registry:
        assert registry.read(r"HKCU\Software", "Of") == "Ada"
        assert any(SID in problem.what for problem in registry.problems)


@pytest.mark.parametrize(("head", "refused"), [(b"hibr", True), (b"wake", False), (b"", False)])
def test_a_hibernated_windows_is_not_written(disk: Path, head: bytes, refused: bool) -> None:
    """It would overwrite the changes with what it remembers; force writes all the same."""
    (disk / "HIBERFIL.SYS").write_bytes(head.ljust(4096, b"\0") if head else b"")
    anyreg.open(disk).close()
    anyreg.open(disk, "r+", force=True).close()
    if refused:
        with pytest.raises(AccessDeniedError, match="hibernated"):
            anyreg.open(disk, "r+")
    else:
        anyreg.open(disk, "r+").close()


@pytest.mark.parametrize(("version", "old"), [("6.1", True), ("5.1", True), ("6.3", False)])
def test_a_windows_before_8_1_gets_old_logs(disk: Path, version: str, old: bool) -> None:
    """It would not replay new ones; what is written is in the file itself at once."""
    software = next(disk.glob("**/SOFTWARE"))
    with anyreg.open(software, "r+") as hive:
        hive.write(r"Microsoft\Windows NT\CurrentVersion", "CurrentVersion", version)
    for log in software.parent.glob("SOFTWARE.LOG?"):
        log.unlink()
    with anyreg.open(disk, "r+") as registry:
        registry.write(r"HKLM\SOFTWARE\Vendor", "Name", "value")
        with anyreg.open(software) as reader:
            assert (reader.about()["state"] == "clean") is old
    heads = [log.read_bytes()[28] for log in software.parent.glob("SOFTWARE.LOG?")]
    assert (1 in heads, 6 in heads) == (old, not old)
    with anyreg.open(software) as reader:
        assert (reader.read("Vendor", "Name"), reader.check()) == ("value", [])


def test_a_damaged_hive_takes_nothing_else_with_it(disk: Path) -> None:
    """Its key is missing from the list, and to ask for it is an error."""
    for file in (disk / "Windows/System32/config").glob("SYSTEM*"):
        file.write_bytes(b"nothing" * 1000)
    with anyreg.open(disk) as registry:
        assert list(registry.open("HKLM").subkeys) == ["HARDWARE", "SOFTWARE"]
        assert registry.problems
        with pytest.raises(anyreg.NotHiveError):
            registry.open(r"HKLM\SYSTEM")
        assert registry.read(r"HKCU\Software", "Of") == "Ada"


def test_a_missing_hive_is_a_missing_key(disk: Path) -> None:
    """The classes of the machine are there without those of a user."""
    for file in (disk / "Users/Ada").glob("NTUSER.DAT*"):
        file.unlink()
    with anyreg.open(disk / "Windows/System32/config/SOFTWARE", "r+") as software:
        software.create(r"Classes\.txt")
    with anyreg.open(disk, user=SID) as registry:
        listed = ["HKEY_CLASSES_ROOT", "HKEY_LOCAL_MACHINE", "HKEY_USERS"]
        assert list(registry.root.subkeys) == listed
        assert list(registry.open("HKCR").subkeys) == [".txt"]
        with pytest.raises(KeyNotFoundError):
            registry.open("HKCU")


# Real hives


@pytest.fixture
def laid_out(corpus: Path, tmp_path: Path) -> Path:
    return real_disk(corpus, tmp_path / "disk")


def test_real_hives_are_one_registry(laid_out: Path) -> None:
    """Dirty hives of Windows 10 and 11, their names in odd cases."""
    with anyreg.open(laid_out) as registry:
        assert {REAL_SID, LOCAL_SERVICE} < set(registry.open("HKU").subkeys)
        control = registry.open(r"HKLM\SYSTEM\CurrentControlSet\Control")
        assert control.get_str("SystemStartOptions", "").strip()
        assert "Services" in registry.open(r"HKLM\SYSTEM\CurrentControlSet").subkeys
        assert len(registry.open("HKCR").subkeys) == 396
        assert len(registry.open(r"HKCU\Software\Classes").subkeys) == 396
        assert sum(1 for _ in registry.open(rf"HKU\{LOCAL_SERVICE}").walk()) == 657
        assert registry.check() == []


def test_edits_of_real_hives_survive(laid_out: Path) -> None:
    """A transaction of Windows is pending in SYSTEM, so it must be forced."""
    with pytest.raises(AccessDeniedError, match="pending"):
        anyreg.open(laid_out, "r+")
    with anyreg.open(laid_out, "r+", force=True) as registry, registry.transaction():
        registry.write(r"HKLM\SYSTEM\CurrentControlSet\Services\New", "Start", 4)
        registry.write(r"HKCR\.new", "", "newfile")
        registry.write(r"HKCU\Software\Classes\.txt", "Content Type", "text/other")
        registry.open("HKCU").delete("Console", recursive=True)
    with anyreg.open(laid_out) as registry:
        assert registry.read(r"HKLM\SYSTEM\ControlSet001\Services\New", "Start") == 4
        assert registry.read(r"HKLM\SOFTWARE\Classes\.new", "") == "newfile"
        assert registry.read(r"HKCR\.TXT", "content type") == "text/other"
        assert "Console" not in registry.open("HKCU").subkeys
        assert registry.check() == []


@LINKS
def test_a_disk_by_two_paths_is_one(disk: Path, tmp_path: Path) -> None:
    """Its hives have one lock each, and one set of logs."""
    link = tmp_path / "link"
    link.symlink_to(disk)
    with anyreg.open(disk, "r+") as one, anyreg.open(link, "r+") as two:
        for number in range(5):
            one.write(r"HKLM\SOFTWARE\Both", f"one {number}", 1)
            two.write(r"HKLM\SOFTWARE\Both", f"two {number}", 1)
    with anyreg.open(disk) as registry:
        assert len(registry.open(r"HKLM\SOFTWARE\Both").values) == 10
        assert registry.check() == []
