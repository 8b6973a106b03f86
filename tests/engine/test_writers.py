"""One hive has one lock, by whatever name it is opened."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from anyreg.engine.create import create_hive
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.writable import WritableHive
from anyreg.errors import NotSupportedError
from conftest import LINKS, REPLACED
from crash.disk import Process
from crash.made import Made, got, put
from crash.model import DESCRIPTOR, HIVE, problems_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A new hive."""
    path = tmp_path / "real" / "a.hiv"
    path.parent.mkdir()
    create_hive(FileDisk(), str(path), 5, "ROOT", DESCRIPTOR)
    return path


def opened(path: Path | str) -> WritableHive:
    return WritableHive(FileDisk(), str(path))


def alias_by_symlink(file: Path, folder: Path) -> Path:
    (folder / "link.hiv").symlink_to(file)
    return folder / "link.hiv"


def alias_by_folder(file: Path, folder: Path) -> Path:
    (folder / "elsewhere").symlink_to(file.parent)
    return folder / "elsewhere" / file.name


def alias_by_dots(file: Path, folder: Path) -> Path:
    return Path(f"{file.parent}/../{file.parent.name}/./{file.name}")


def alias_by_chain(file: Path, folder: Path) -> Path:
    (folder / "one").symlink_to(os.path.relpath(file, folder))
    (folder / "two").symlink_to("one")
    return folder / "two"


ALIASES = [
    pytest.param(alias_by_symlink, marks=LINKS),
    pytest.param(alias_by_folder, marks=LINKS),
    alias_by_dots,
    pytest.param(alias_by_chain, marks=LINKS),
]


@pytest.mark.parametrize("alias", ALIASES)
def test_every_name_leads_to_one_hive_and_its_logs(
    file: Path, tmp_path: Path, alias: Callable[[Path, Path], Path]
) -> None:
    """Two writers by two names lose nothing, and no log stands beside the other name."""
    other = alias(file, tmp_path)
    one, two = opened(file), opened(other)
    for number in range(10):
        put(one, b"%d" % number, f"one {number}")
        put(two, b"%d" % number, f"two {number}")
    two.close()
    one.close()
    hive = opened(other)
    assert len(list(hive.tree.records(hive.tree.root()))) == 20
    assert problems_of(hive) == []
    hive.close()
    beside = {path.name for path in tmp_path.rglob("*") if "LOG" in path.name}
    assert beside == {"a.hiv.LOG1", "a.hiv.LOG2"}


def test_hives_whose_names_differ_in_case_have_logs_of_their_own(file: Path) -> None:
    """Else the one would be written over what the other needs."""
    other = file.with_name("A.HIV")
    if other.exists():
        pytest.skip("one name here")
    create_hive(FileDisk(), str(other), 5, "ROOT", DESCRIPTOR)
    one, two = opened(file), opened(other)
    put(one, b"1")
    put(two, b"2")
    assert (got(one), got(two)) == (b"1", b"2")
    two.close()
    one.close()
    names = sorted(path.name for path in file.parent.iterdir())
    assert names == sorted(
        name + suffix for name in ("a.hiv", "A.HIV") for suffix in ("", ".LOG1", ".LOG2")
    )


def test_a_hard_link_is_refused_to_be_written_and_can_be_read(file: Path) -> None:
    """Each name would have logs of its own; nothing is made beside either."""
    file.with_name("b.hiv").hardlink_to(file)
    for name in ("a.hiv", "b.hiv"):
        with pytest.raises(NotSupportedError, match="hard links"):
            opened(file.with_name(name))
        open_hive(str(file.with_name(name))).close()
    assert sorted(path.name for path in file.parent.iterdir()) == ["a.hiv", "b.hiv"]
    file.with_name("b.hiv").unlink()
    opened(file).close()


def test_a_hive_that_is_renamed_while_it_is_open_has_no_second_writer(file: Path) -> None:
    """Its lock goes with it: by its new name it is refused until it is closed."""
    writer = opened(file)
    put(writer, b"1")
    file.rename(file.with_name("b.hiv"))
    shutil.copy(file.with_name("a.hiv.LOG1"), file.with_name("b.hiv.LOG1"))
    shutil.copy(file.with_name("a.hiv.LOG2"), file.with_name("b.hiv.LOG2"))
    before = file.with_name("b.hiv").read_bytes()
    with pytest.raises(NotSupportedError, match="under another name"):
        opened(file.with_name("b.hiv"))
    assert file.with_name("b.hiv").read_bytes() == before
    put(writer, b"2")
    writer.close()
    again = opened(file.with_name("b.hiv"))
    assert got(again) == b"2"
    again.close()


@REPLACED
def test_another_file_in_the_place_of_an_open_hive_is_refused(file: Path) -> None:
    """It would have the logs of the old one."""
    writer = opened(file)
    put(writer, b"1")
    other = file.with_name("new.hiv")
    create_hive(FileDisk(), str(other), 5, "ROOT", DESCRIPTOR)
    other.replace(file)
    with pytest.raises(NotSupportedError, match="another file of this name"):
        opened(file)
    writer.close()
    opened(file).close()


@pytest.mark.posix("a mount of a file alone")
def test_a_name_that_another_mount_gives_is_refused(file: Path, tmp_path: Path) -> None:
    """A mount of the file alone has no link that could be followed, and one name."""
    other = tmp_path / "mounted.hiv"
    other.touch()
    command = ["mount", "--bind", str(file), str(other)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        writer = opened(file)
        put(writer, b"1")
        with pytest.raises(NotSupportedError, match="under another name"):
            opened(other)
        put(writer, b"2")
        writer.close()
        again = opened(other)
        assert got(again) == b"2"
        with pytest.raises(NotSupportedError, match="under another name"):
            opened(file)
        again.close()
    finally:
        subprocess.run(["umount", str(other)], check=True)


def aliased(made: Made) -> None:
    """The hive under a second name, with logs of its own, as a mount of the file has it."""
    made.medium.names["OTHER"] = made.number()


def test_who_closes_is_not_taken_for_one_by_another_name() -> None:
    """Of a process that dies the one lock may be gone before the other."""
    for first in (HIVE, HIVE + ".LOG2"):
        made = Made()
        process, hive = made.open()
        put(hive, b"1")
        waits = 0

        def fault(verb: str, path: str) -> None:
            nonlocal waits
            waits += verb == "lock" and path == other  # noqa: B023
            if waits == 4:
                process.kill()  # noqa: B023

        other = HIVE if first == HIVE + ".LOG2" else HIVE + ".LOG2"
        for handle in process.handles:
            if handle.path in (first, HIVE + ".LOG1"):
                handle.release()
        made.medium.fault = fault
        again = made.hive()
        assert (got(again), waits >= 4) == (b"1", True)
        made.medium.fault = None
        again.close()


def test_a_second_name_is_refused_before_anything_is_recovered() -> None:
    """Whatever its logs say: the period of the first is not to be ended by them."""
    made = Made()
    hive = made.hive()
    put(hive, b"1")
    aliased(made)
    for suffix in (".LOG1", ".LOG2"):
        log = made.medium.contents[made.number(suffix)]
        number = len(made.medium.contents)
        made.medium.contents[number] = bytearray(log)
        made.medium.names["OTHER" + suffix] = number
    before = made.medium.files()
    with pytest.raises(NotSupportedError, match="under another name"):
        WritableHive(Process(made.medium), "OTHER")
    assert made.medium.files() == before
    put(hive, b"2")
    hive.close()
    assert got(WritableHive(Process(made.medium), "OTHER")) == b"2"
