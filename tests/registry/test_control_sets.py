r"""A SYSTEM hive on its own: CurrentControlSet means the control set that Select names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import KeyNotFoundError, LimitError, Link, Registry
from anyreg.backends.control_sets import NOTICES
from anyreg.backends.trees import make
from anyreg.new_keys import NewKey
from registry.disks import small_disk

SPOOLER = r"CurrentControlSet\Services\Spooler"
REAL = r"ControlSet002\Services\Spooler"
HEAD = "Windows Registry Editor Version 5.00\n\n"
IN_REG = r"HKEY_LOCAL_MACHINE\SYSTEM"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return made(tmp_path / "SYSTEM")


@pytest.fixture
def system(file: Path) -> Iterator[Registry]:
    """The hive; at its end it is sound, and holds no key of that name."""
    with anyreg.open(file, "r+", journal=anyreg.JournalSettings(str(file.parent / "j"))) as hive:
        yield hive
        assert hive.check() == []
    assert own_names(file) == ["ControlSet001", "ControlSet002", "Select"]


def made(file: Path, **select: int) -> Path:
    with anyreg.open(file, "x") as hive:
        hive.create("Select").values.update(select or {"Current": 2, "Default": 1})
        for number in (1, 2):
            service = hive.create(rf"ControlSet00{number}\Services\Spooler")
            service.values["Start"] = number
    return file


def own_names(file: Path) -> list[str]:
    with anyreg.open(file) as hive:
        return [child.name for child in hive.root.children()]


def test_it_is_read_as_that_control_set(system: Registry) -> None:
    """In any case; a path is that of the way, and opens the key again."""
    for path in (SPOOLER, SPOOLER.upper(), SPOOLER.lower()):
        key = system.open(path)
        assert key.values["Start"] == 2
        assert system.open(key.path).path == key.path
    assert system.open("currentcontrolset").path == "currentcontrolset"
    assert system.read(SPOOLER, "Start") == 2
    assert "CurrentControlSet" not in system.root.subkeys
    assert system.root.subkeys.get("CurrentControlSet") is None
    assert [child.name for child in system.root.children()].count("CurrentControlSet") == 0


def test_it_is_changed_as_that_control_set(system: Registry) -> None:
    """Set, made, renamed, deleted, put back and undone."""
    system.write(SPOOLER, "Start", 4)
    assert system.read(REAL, "Start") == 4
    system.create(r"CurrentControlSet\Services\New\Sub").values["a"] = 1
    assert system.read(r"ControlSet002\Services\New\Sub", "a") == 1
    system.root.rename(r"CurrentControlSet\Services\New", "Newer")
    system.open(r"ControlSet002\Services\Newer")
    with system.backup("CurrentControlSet") as saved:
        system.delete(r"CurrentControlSet\Services\Newer", recursive=True)
        assert "Newer" not in system.open(r"ControlSet002\Services").subkeys
    saved.restore()
    assert system.read(r"ControlSet002\Services\Newer\Sub", "a") == 1
    system.journal.undo(len(system.journal.entries()))
    assert system.read(REAL, "Start") == 2
    assert "Newer" not in system.open(r"ControlSet002\Services").subkeys


@pytest.mark.parametrize("many", [1, 400])
def test_an_import_goes_there(system: Registry, tmp_path: Path, many: int) -> None:
    """Into keys that are there and new ones, few and many, next to those named by number."""
    lines = [HEAD, f'[{IN_REG}\\{SPOOLER}]\n"Start"=dword:4\n\n']
    for number in range(many):
        lines.append(f'[{IN_REG}\\CurrentControlSet\\New\\{number}]\n"a"=dword:1\n\n')
    lines.append(f'[{IN_REG}\\ControlSet002\\New\\x]\n"b"=dword:2\n\n')
    lines.append(f"[-{IN_REG}\\currentcontrolset\\New\\0]\n")
    (tmp_path / "a.reg").write_text("".join(lines), "utf-16")
    system.import_(tmp_path / "a.reg")
    assert system.read(REAL, "Start") == 4
    assert len(system.open(r"ControlSet002\New").subkeys) == many
    assert system.read(r"ControlSet001\Services\Spooler", "Start") == 1


def test_an_import_that_brings_select_goes_there(tmp_path: Path) -> None:
    """Also where Select itself is still to be made."""
    with anyreg.open(tmp_path / "SYSTEM", "x") as hive:
        text = f'{HEAD}[{IN_REG}\\Select]\n"Current"=dword:1\n\n[{IN_REG}\\CurrentControlSet\\X]\n'
        (tmp_path / "a.reg").write_text(text, "utf-16")
        hive.import_(tmp_path / "a.reg")
        assert [child.name for child in hive.root.children()] == ["ControlSet001", "Select"]


def test_json_csv_and_patches_go_there(system: Registry, tmp_path: Path) -> None:
    """What was made of a hive whose control set has that name, too."""
    with anyreg.open(tmp_path / "other", "x") as other:
        other.create("CurrentControlSet").create("New").values["a"] = 1
        for kind in ("json", "csv"):
            other.root.export(tmp_path / f"a.{kind}")
            system.import_(tmp_path / f"a.{kind}")
            assert system.read(r"ControlSet002\New", "a") == 1
            system.delete(r"ControlSet002\New")
        added = anyreg.diff(system.open("CurrentControlSet"), other.open("CurrentControlSet"))
        changes = [
            c._replace(path=rf"CurrentControlSet\{c.path}") for c in added if "New" in c.path
        ]
        anyreg.patch(system.root, changes)
        assert system.read(r"ControlSet002\New", "a") == 1
        system.delete(r"ControlSet002\New")
        other.root.copy_to(system.root)
        assert system.read(r"ControlSet002\New", "a") == 1


def test_many_keys_at_one_go_go_there(system: Registry) -> None:
    """Also by the fast way that makes whole bins."""
    new = NewKey("New", (0, 0))
    for number in range(500):
        new.add_subkey(NewKey(str(number), (0, 0)))
    system.open("CurrentControlSet").bulk_insert([new])
    assert len(system.open(r"ControlSet002\New").subkeys) == 500


def test_a_link_is_never_taken_for_the_control_set(system: Registry, tmp_path: Path) -> None:
    """As a copy of a registry can hold it: its target is no value of the control set."""
    with anyreg.open(tmp_path / "other", "x") as other:
        link, _ = make(other._backend, other.root.node, "CurrentControlSet", link=True)
        value = anyreg.Key(other._backend, link, other.root).values
        value["SymbolicLinkValue"] = Link(r"\Registry\Machine\SYSTEM\ControlSet009")
        other.root.copy_to(system.root)
        other.root.export(tmp_path / "a.json")
        system.import_(tmp_path / "a.json")
    assert list(system.open("ControlSet002").values) == []


def test_the_name_alone_is_no_key_to_be_deleted(system: Registry) -> None:
    """Nor to be renamed: the control set has a name of its own."""
    for missing in ("CurrentControlSet", "currentcontrolset"):
        with pytest.raises(KeyNotFoundError):
            system.delete(missing, recursive=True)
        with pytest.raises(KeyNotFoundError):
            system.root.rename(missing, "Other")
    assert system.read(REAL, "Start") == 2


def test_a_key_of_that_name_can_be_taken_away(file: Path) -> None:
    """Other tools make one, and Windows never reads it."""
    with anyreg.open(file, "r+") as hive:
        hive.root.rename("Select", "Selected")
        hive.write(SPOOLER, "Start", 9)
        hive.root.rename("Selected", "Select")
        assert hive.read(SPOOLER, "Start") == 2
        hive.delete("CurrentControlSet", recursive=True)
        assert hive.read(REAL, "Start") == 2
        assert hive.check() == []
    assert own_names(file) == ["ControlSet001", "ControlSet002", "Select"]


def test_select_decides(tmp_path: Path) -> None:
    """The default where the current one is missing; that which it names, if it is to be made."""
    with anyreg.open(made(tmp_path / "a", Current=7, Default=1), "r+") as hive:
        assert hive.read(SPOOLER, "Start") == 1
    with anyreg.open(tmp_path / "b", "x") as hive:
        hive.write("Select", "Current", 3)
        assert hive.read(SPOOLER, "Start") is None
        hive.write(SPOOLER, "Start", 5)
        assert hive.read(r"ControlSet003\Services\Spooler", "Start") == 5
    with anyreg.open(tmp_path / "c", "x") as hive:
        hive.create("Select")
        with pytest.raises(LimitError, match="Select"):
            hive.create(SPOOLER)
        assert [child.name for child in hive.root.children()] == ["Select"]


def test_without_select_it_is_a_name_like_any_other(tmp_path: Path) -> None:
    """As it is below the root."""
    with anyreg.open(tmp_path / "a", "x") as hive:
        hive.write(SPOOLER, "Start", 1)
        assert [child.name for child in hive.root.children()] == ["CurrentControlSet"]
        hive.create("Select").values["Current"] = 1
        hive.create(r"Sub\CurrentControlSet")
        assert hive.open(r"Sub\CurrentControlSet").name == "CurrentControlSet"


def test_a_hive_that_is_loaded_is_no_other(file: Path) -> None:
    """Nobody makes a link there either; one's own SYSTEM has its link."""
    with anyreg.open("memory:") as registry, registry.loaded(r"HKLM\Offline", file) as offline:
        offline.open(SPOOLER).values["Start"] = 4
        registry.write(r"HKLM\Offline\CurrentControlSet\New", "a", 1)
        assert offline.open(REAL).values["Start"] == 4
        path = r"HKEY_LOCAL_MACHINE\Offline\CurrentControlSet\New"
        assert registry.open(path).path == path
    assert own_names(file) == ["ControlSet001", "ControlSet002", "Select"]


def test_one_line_says_so(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """To the log, once; not where the registry has a link of its own."""
    with caplog.at_level(logging.INFO, NOTICES):
        for _ in range(2):
            with anyreg.open(file) as hive:
                hive.open(SPOOLER)
                hive.open(SPOOLER)
                hive.open(REAL)
        assert [record.getMessage() for record in caplog.records if record.name == NOTICES] == [
            f"CurrentControlSet means ControlSet002 in {file}, as its Select says"
        ] * 2
        caplog.clear()
        with anyreg.open(small_disk(file.parent / "disk"), "r+") as disk:
            disk.write(r"HKLM\SYSTEM\CurrentControlSet\New", "a", 1)
        assert not [record for record in caplog.records if record.name == NOTICES]
