r"""Links that a registry itself makes, such as Software\Classes and CurrentControlSet.

They are a part of the tree that people see, once; and nobody carries one into another registry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import AccessDeniedError, Key, Link, Registry
from anyreg.backends import ask
from anyreg.backends.trees import make
from anyreg.formats import dump
from anyreg.registry.rows import rows_of
from registry.disks import SID, small_disk

CLASSES = r"HKCU\Software\Classes"
BAR = r"HKEY_CURRENT_USER\Software\Classes\.bar"


@pytest.fixture(params=["own", "memory", "disk"])
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    """A registry of each kind, with a class of the user in it; sound at the end."""
    with opened(request.param, tmp_path) as found:
        found.write(rf"{CLASSES}\.bar", "", "barfile")
        yield found
        assert found.check() == []


def opened(kind: str, folder: Path) -> Registry:
    if kind == "memory":
        return anyreg.open("memory:")
    if kind == "own":
        return anyreg.open(f"{folder / 'home'}/", "x")
    return anyreg.open(small_disk(folder / "disk"), "r+")


def paths(key: Key) -> list[str]:
    return [step.key.path for step in key.walk()]


def ours(registry: Registry) -> str:
    r"""Where the link Software\Classes of the user leads."""
    parent = registry.open(r"HKCU\Software")
    link = next(child for child in parent.children() if child.name == "Classes")
    return str(link.values["SymbolicLinkValue"])


def is_fine(registry: Registry) -> bool:
    """Whether HKCU's classes are those of HKEY_USERS, by the registry's own link."""
    sid = registry.about()["user"]
    registry.write(rf"{CLASSES}\.probe", "", "x")
    return (
        ours(registry) == rf"\Registry\User\{sid}_Classes"
        and registry.read(rf"HKU\{sid}_Classes\.probe", "") == "x"
        and registry.read(r"HKCR\.probe", "") == "x"
    )


# The tree that people see


def test_a_walk_of_the_user_goes_through_classes(registry: Registry) -> None:
    """Under the user's own path, and once; also from the key right above it."""
    for top in ("HKCU", r"HKCU\Software"):
        assert paths(registry.open(top)).count(BAR) == 1


def test_a_walk_goes_through_no_link_whose_target_it_meets_anyway(registry: Registry) -> None:
    """So HKEY_USERS has the classes in their own place, and SYSTEM its control set."""
    users = paths(registry.open("HKU"))
    assert [path for path in users if path.endswith(".bar")] == [
        rf"HKEY_USERS\{registry.about()['user']}_Classes\.bar"
    ]
    system = paths(registry.open(r"HKLM\SYSTEM"))
    assert not [path for path in system if r"SYSTEM\CurrentControlSet" in path]
    assert not [path for path in system if r"Profiles\Current" in path]


def test_a_walk_of_it_all_meets_each_key_once(registry: Registry) -> None:
    """Neither behind a link, nor below a root that is another name, nor as S-1-5-18."""
    found = [step.key for step in registry.root.walk()]
    places = [ask.nt_path(key._backend, key.node).upper() for key in found[1:]]
    assert len(set(places)) == len(places)
    assert BAR in {key.path for key in found}


def test_all_is_there_for_those_who_ask(registry: Registry) -> None:
    """Links as links, and every root."""
    found = {step.key.path for step in registry.root.walk(aliases=True)}
    assert r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet" in found
    assert rf"HKEY_USERS\{registry.about()['user']}_Classes\.bar" in found
    assert r"HKEY_CLASSES_ROOT\.bar" in found
    assert BAR not in found


def test_a_pattern_that_names_a_link_goes_through_it(registry: Registry) -> None:
    """And ** does not come to a key a second time."""
    registry.create(r"HKLM\SYSTEM\CurrentControlSet\Services\X")
    through = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\X"
    assert [key.path for key in registry.root.glob(through)] == [through]
    assert [key.path for key in registry.root.glob(r"HKEY_CURRENT_USER\Soft*\Classes\.b*")] == [BAR]
    assert [key.path for key in registry.root.glob(r"**\.bar")] == [BAR]
    assert len(list(registry.open(r"HKLM\SYSTEM").glob(r"**\X"))) == 1


def test_a_search_finds_each_place_once(registry: Registry) -> None:
    """Below the user, and in all of it."""
    for top in ("HKCU", ""):
        assert [match.key.path for match in registry.open(top).find("barfile")] == [BAR]
    found = [match.key.path for match in registry.root.find("barfile", aliases=True)]
    assert r"HKEY_CLASSES_ROOT\.bar" in found


def test_other_links_stay_links(registry: Registry) -> None:
    """Also one of such a name in another place, or in its place with another target."""
    top = registry.create(r"HKCU\Software\Links")
    top.create("Tree").values["v"] = 1
    backend = registry._backend
    link, _ = make(backend, top.node, "Classes", link=True)
    target = ask.nt_path(backend, registry.open(r"HKCU\Software\Links\Tree").node)
    Key(backend, link, top).values["SymbolicLinkValue"] = Link(target)
    steps = {step.key.path: step for step in top.walk()}
    assert list(steps[r"HKEY_CURRENT_USER\Software\Links\Classes"].values) != []
    assert steps[r"HKEY_CURRENT_USER\Software\Links\Classes"].values[0].type_name == "REG_LINK"


# Copies of it


@pytest.mark.parametrize("format", ["json", "csv", "reg", "hive"])
def test_an_export_holds_what_is_behind_it_and_not_the_link(
    registry: Registry, tmp_path: Path, format: str
) -> None:
    """In every format; and what comes back is where it was."""
    file = tmp_path / f"user.{format}"
    registry.open("HKCU").export(file)
    if format == "hive":
        with anyreg.open(file) as saved:
            assert saved.read(r"Software\Classes\.bar", "") == "barfile"
            assert saved.check() == []
        return
    text = file.read_bytes().decode("utf-16" if format == "reg" else "utf-8")
    assert "SymbolicLinkValue" not in text
    registry.delete(rf"{CLASSES}\.bar")
    registry.import_(file)
    assert registry.read(BAR, "") == "barfile"
    assert is_fine(registry)


def test_an_export_of_the_machine_holds_no_link(registry: Registry, tmp_path: Path) -> None:
    """CurrentControlSet would be one, which no .reg file can hold."""
    file = tmp_path / "system.reg"
    registry.open(r"HKLM\SYSTEM").export(file)
    assert r"\CurrentControlSet" not in file.read_text("utf-16").replace(r"System\Current", "")


@pytest.mark.parametrize("format", ["json", "csv"])
def test_what_one_registry_exports_another_imports(
    registry: Registry, tmp_path: Path, format: str
) -> None:
    """Its own link stays, and the classes come to stand behind it."""
    file = tmp_path / f"user.{format}"
    registry.open("HKCU").export(file)
    with anyreg.open("memory:") as other:
        other.import_(file)
        assert other.read(BAR, "") == "barfile"
        assert is_fine(other)


@pytest.mark.parametrize("flags", [16, 17])
def test_a_link_of_another_registry_is_left_out_of_an_import(
    registry: Registry, tmp_path: Path, flags: int
) -> None:
    """As earlier exports told it: neither set over one's own, nor made in a hive for good."""
    foreign = r"\Registry\User\S-1-5-21-9-9-9-1001_Classes"
    link = {"name": "SymbolicLinkValue", "type": "REG_LINK", "data": foreign}
    record = {"path": CLASSES, "class": "x", "flags": flags, "values": [link]}
    behind = {"path": r"HKCU\Software\Vendor", "values": []}
    file = tmp_path / "user.json"
    file.write_text(json.dumps({"format": "anyreg", "version": 1, "keys": [record, behind]}))
    before = ours(registry)
    registry.import_(file)
    assert ours(registry) == before
    assert is_fine(registry)
    assert registry.open(r"HKCU\Software").class_name == ""
    registry.open(r"HKCU\Software\Vendor")
    with anyreg.open(tmp_path / "hive", "x") as hive:
        hive.import_(file, prefix="HKCU")
        assert list(hive.open("Software").subkeys) == (
            ["Vendor"] if flags == 17 else ["Classes", "Vendor"]
        )


def test_a_copy_goes_through_it_on_both_sides(registry: Registry, tmp_path: Path) -> None:
    """Into another registry, from one, and from a hive that holds such a link for good."""
    with anyreg.open("memory:") as other:
        registry.open("HKCU").copy_to(other.open("HKCU"))
        assert other.read(BAR, "") == "barfile"
        assert is_fine(other)
    with anyreg.open(tmp_path / "hive", "x") as hive:
        hive.write(r"Software\Vendor", "a", 1)
        node = hive.open("Software").node
        link, _ = make(hive._backend, node, "Classes", link=True)
        Key(hive._backend, link, hive.root).values["SymbolicLinkValue"] = Link(r"\Registry\User\X")
        hive.root.copy_to(registry.open("HKCU"))
    assert registry.read(r"HKCU\Software\Vendor", "a") == 1
    assert is_fine(registry)


def test_differences_tell_what_is_behind_it(registry: Registry) -> None:
    """And a patch of them makes the other side the same."""
    with anyreg.open("memory:") as other:
        changes = list(anyreg.diff(other.open("HKCU"), registry.open("HKCU")))
        assert [(c.kind, c.name) for c in changes if c.path == r"Software\Classes\.bar"] == [
            ("added", None),
            ("added", ""),
        ]
        anyreg.patch(other.open("HKCU"), changes)
        assert other.read(BAR, "") == "barfile"
        assert is_fine(other)
        left = anyreg.diff(other.open("HKCU"), registry.open("HKCU"))
        assert {change.path for change in left} == {r"Software\Classes\.probe"}


def test_a_merge_tells_what_is_behind_it(registry: Registry) -> None:
    """Theirs has a class more."""
    with anyreg.open("memory:") as base, anyreg.open("memory:") as ours_:
        merged = anyreg.merge(base.open("HKCU"), ours_.open("HKCU"), registry.open("HKCU"))
        assert not merged.conflicts
        assert r"Software\Classes\.bar" in {change.path for change in merged.changes}


def test_a_dump_holds_what_is_behind_it(registry: Registry) -> None:
    """It is a walk."""
    assert any(r"Classes\\.bar" in line for line in dump.write(rows_of(registry.open("HKCU"))))


# Changes of it


def test_a_backup_brings_back_what_is_behind_it(registry: Registry) -> None:
    """Of the user, of Software, and of the link alone; the link is there again, too."""
    for path in ("HKCU", r"HKCU\Software", CLASSES):
        saved = registry.backup(path)
        registry.write(rf"{CLASSES}\.bar", "", "changed")
        registry.create(rf"{CLASSES}\.new")
        saved.restore()
        assert registry.read(BAR, "") == "barfile"
        assert ".new" not in registry.open(CLASSES).subkeys
    saved = registry.backup("HKCU")
    registry.delete(rf"{CLASSES}\.bar")
    registry.delete(r"HKCU\Software", recursive=True)
    saved.restore()
    assert registry.read(BAR, "") == "barfile"
    assert is_fine(registry)


def test_a_key_that_is_made_again_has_its_link_again(registry: Registry) -> None:
    """Windows would make it when the user comes."""
    registry.delete(r"HKCU\Software", recursive=True)
    registry.create(rf"{CLASSES}\.foo")
    assert is_fine(registry)
    assert registry.read(rf"{CLASSES}\.bar", "") == "barfile"


def test_the_link_itself_is_not_deleted_nor_renamed(registry: Registry) -> None:
    """Emptied with force alone, as a root."""
    for path in (CLASSES, r"HKLM\SYSTEM\CurrentControlSet"):
        with pytest.raises(AccessDeniedError, match="belongs to the registry"):
            registry.delete(path, recursive=True)
        with pytest.raises(AccessDeniedError):
            registry.root.rename(path, "Other")
    registry.delete(CLASSES, recursive=True, force=True)
    assert list(registry.open(CLASSES).subkeys) == []
    assert is_fine(registry)


def test_a_root_that_is_emptied_keeps_its_links(registry: Registry) -> None:
    """HKEY_CURRENT_USER with its classes."""
    registry.delete("HKCU", recursive=True, force=True)
    assert list(registry.open("HKCU").subkeys) == []
    registry.create(r"HKCU\Software")
    assert is_fine(registry)


@pytest.mark.parametrize("path", ["", r"\Software"])
def test_a_restored_hive_keeps_its_links(registry: Registry, tmp_path: Path, path: str) -> None:
    """What was saved of a hive takes the place of what is there; what is behind a link stays."""
    registry.write(r"HKCU\Software\Vendor", "a", 1)
    registry.open(f"HKCU{path}").save(tmp_path / "hive")
    registry.write(r"HKCU\Software\Vendor", "a", 2)
    registry.create(r"HKCU\Software\Later")
    registry.open(f"HKCU{path}").restore(tmp_path / "hive")
    assert registry.read(r"HKCU\Software\Vendor", "a") == 1
    assert "Later" not in registry.open(r"HKCU\Software").subkeys
    assert is_fine(registry)
    assert registry.read(BAR, "") == "barfile"


@pytest.mark.parametrize("kind", ["own", "disk"])
def test_undoing_a_deletion_brings_the_link_back(kind: str, tmp_path: Path) -> None:
    """And what was changed behind it is in the history."""
    opened(kind, tmp_path).close()
    target = tmp_path / ("home" if kind == "own" else "disk")
    settings = anyreg.JournalSettings(folder=str(tmp_path / "journal"))
    with anyreg.open(target, "r+", journal=settings) as registry:
        registry.write(rf"{CLASSES}\.bar", "", "barfile")
        registry.delete(r"HKCU\Software", recursive=True)
        registry.journal.undo()
        assert registry.read(BAR, "") == "barfile"
        assert is_fine(registry)
        changes = [list(registry.journal.changes(entry)) for entry in registry.journal]
        assert any(change.path.endswith(r"_Classes\.bar") for part in changes for change in part)
        registry.journal.undo(2)
        assert ".bar" not in registry.open(CLASSES).subkeys


# Paths


def test_a_path_is_that_of_the_way_and_opens_the_key(registry: Registry) -> None:
    """Whether it was opened, made, found or walked to."""
    ways = [
        registry.create(rf"{CLASSES}\.new"),
        registry.create(r"HKLM\SYSTEM\CurrentControlSet\Services\New"),
        registry.open("HKLM").create(r"SYSTEM\CurrentControlSet\Services").create("New"),
        registry.create(r"HKCR\.newer"),
        registry.open(r"hkcu\software").create("classes"),
        registry.open(r"HKLM\SYSTEM").create("currentcontrolset"),
        registry.open(CLASSES).open(""),
        registry.open(CLASSES).open(".bar").parent or registry.root,
    ]
    for key in ways:
        again = registry.open(key.path)
        assert again.path == key.path
        key.values["mark"] = 1
        assert again.values["mark"] == 1
        key.delete_value("mark")
    assert ways[0].path == r"HKEY_CURRENT_USER\Software\Classes\.new"
    assert ways[1].path == r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\New"
    assert ways[2].path == ways[1].path
    assert ways[6].path == r"HKEY_CURRENT_USER\Software\Classes"


def test_every_path_of_a_walk_opens_its_key(registry: Registry) -> None:
    """Of each root, with all that is behind links."""
    for root in registry.root.subkeys:
        for step in registry.open(root).walk():
            again = registry.open(step.key.path)
            assert again.path == step.key.path
            assert [value.name for value in again.records()] == [v.name for v in step.values]


def test_the_log_names_the_way(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    """Made, set and deleted."""
    with caplog.at_level("INFO", logger="anyreg"):
        registry.write(rf"{CLASSES}\.log", "v", 1)
        registry.delete(rf"{CLASSES}\.log")
    shown = [r.getMessage() for r in caplog.records if ".log" in r.getMessage()]
    assert len(shown) == 3
    for line in shown[:2]:
        assert repr(r"HKEY_CURRENT_USER\Software\Classes\.log") in line
    assert repr(rf"{CLASSES}\.log") in shown[2]


# Times


def test_reading_changes_no_time(tmp_path: Path) -> None:
    """Two looks at a disk give the same, volatile keys and those above the hives included."""
    disk = small_disk(tmp_path / "disk")
    found = []
    for _ in range(2):
        with anyreg.open(disk) as registry:
            found.append(registry.root.timeline(aliases=True, volatile=True))
            list(registry.root.walk())
    assert found[0] == found[1]
    assert min(found[0]).last_written > 0


def test_a_timeline_holds_what_hives_hold_once(registry: Registry) -> None:
    """No key that was made up, none twice; what is volatile, and second names, when asked for."""
    listed = [path for _, path in registry.root.timeline()]
    assert len(set(listed)) == len(listed)
    assert BAR in listed
    made_up = ("HARDWARE", r"SYSTEM\CurrentControlSet", "HKEY_CLASSES_ROOT", "HKEY_CURRENT_CONFIG")
    assert not [path for path in listed if any(name in path for name in made_up)]
    assert "HKEY_LOCAL_MACHINE" not in listed
    backend = registry._backend
    own = [path for path in listed if "Wow6432Node" not in path]  # there, names lead elsewhere
    assert len({ask.nt_path(backend, registry.open(path).node).upper() for path in own}) == len(own)
    everything = {path for _, path in registry.root.timeline(aliases=True, volatile=True)}
    assert {r"HKEY_LOCAL_MACHINE\HARDWARE", r"HKEY_CLASSES_ROOT\.bar"} < everything
    hardware = registry.open(r"HKLM\HARDWARE").timeline()
    assert r"HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION" in [path for _, path in hardware]


def test_a_search_leaves_volatile_keys_out(registry: Registry) -> None:
    """Unless it is asked for them, or begins at one."""
    registry.create(r"HKCU\Gone", volatile=True).create("Needle", volatile=True)
    where = registry.open("HKCU")
    assert list(where.find("needle")) == []
    assert len(list(where.find("needle", volatile=True))) == 1
    assert len(list(registry.open(r"HKCU\Gone").find("needle"))) == 1


def test_the_keys_above_the_hives_have_a_time(registry: Registry) -> None:
    """Of this century, as on Windows, where they are as old as its start."""
    for path in ("HKLM", "HKU", "HKCU", ""):
        moment = registry.open(path).info().last_written
        assert moment is not None
        assert moment.year > 2000
    before = registry.open("HKLM").last_written
    registry.open("HKLM").info()
    assert registry.open("HKLM").last_written == before


def test_a_disk_lists_a_name_once(tmp_path: Path) -> None:
    """Also where its hive holds a key of the name of a link, as a tool of another kind makes it."""
    disk = small_disk(tmp_path / "disk")
    with anyreg.open(disk / "Users/Ada/NTUSER.DAT", "r+") as user:
        user.create(r"Software\Classes\Old")
    with anyreg.open(disk) as registry:
        for path in (r"HKCU\Software", rf"HKU\{SID}\Software"):
            assert [child.name for child in registry.open(path).children()] == ["Classes"]


def test_a_disk_says_that_a_key_hides_its_control_set(tmp_path: Path) -> None:
    """As a tool of another kind makes it; its name is there once, and it can be deleted."""
    disk = small_disk(tmp_path / "disk")
    file = disk / "Windows/System32/config/SYSTEM"
    with anyreg.open(file, "r+") as system:
        system.root.rename("Select", "Selected")
        system.create(r"CurrentControlSet\Services")
        system.root.rename("Selected", "Select")
    with anyreg.open(disk) as registry:
        names = [child.name for child in registry.open(r"HKLM\SYSTEM").children()]
        assert names.count("CurrentControlSet") == 1
        assert [p.what for p in registry.problems if "hides the control set" in p.what]
    with anyreg.open(file, "r+") as system:
        system.delete("CurrentControlSet", recursive=True)
    with anyreg.open(disk) as registry:
        assert registry.read(r"HKLM\SYSTEM\CurrentControlSet\Control", "Number") == 2
        assert registry.problems == []
