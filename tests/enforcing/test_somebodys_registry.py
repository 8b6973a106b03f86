"""What is comfortable above the verbs, in a registry that is opened as somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.trees import make
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.errors import AccessDeniedError
from anyreg.security.sddl import parse_sddl
from anyreg.security.token import Token
from conformance.counted import CountedWorld

USER = "S-1-5-21-1-2-3-1001"
ADA = Token.of(USER, "Users")
OPEN = parse_sddl(f"O:{USER}G:{USER}D:(A;CI;KA;;;WD)").build()
CLOSED = parse_sddl("O:SYG:SYD:(A;CI;KA;;;SY)").build()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A hive in which all is open but one key."""
    file = tmp_path / "hive"
    with anyreg.open(file, "x") as hive:
        hive.root.descriptor = OPEN
        for path in ("Open", r"Open\Below", r"Open\Closed", r"Open\Closed\Below"):
            hive.create(path).values["Name"] = path
        hive.open(r"Open\Closed").descriptor = CLOSED
    return file


@pytest.fixture
def hive(file: Path) -> Iterator[anyreg.Registry]:
    with anyreg.open(file, "r+", token=ADA) as hive:
        yield hive


def shown(file: Path) -> list[object]:
    with anyreg.open(file) as hive:
        found: list[object] = []
        for key in [hive.root, *hive.root.glob("**")]:
            found.append((key.path, key.descriptor, key.last_written, key.records()))
        return found


def test_a_walk_leaves_out_what_is_closed_and_says_so(hive: anyreg.Registry) -> None:
    """Its name is in the list of the key above; its keys and values are not shown."""
    errors: list[OSError] = []
    paths = [key.path for key, *_ in hive.root.walk(on_error=errors.append)]
    assert r"Open\Below" in paths
    assert r"Open\Closed\Below" not in paths
    assert [type(error) for error in errors] == [AccessDeniedError]
    assert [child.name for child in hive.open("Open").children()] == ["Below", "Closed"]


def test_a_pattern_finds_what_is_closed_and_nothing_below(hive: anyreg.Registry) -> None:
    """As a walk does; but where it begins at a closed key, there is nothing to be found."""
    found = [key.path for key in hive.root.glob(r"Open\**")]
    assert found == ["Open", r"Open\Below", r"Open\Closed"]
    closed = hive.open("Open").children()[1]
    with pytest.raises(AccessDeniedError) as caught:
        list(closed.glob("*"))
    assert caught.value.path == r"Open\Closed"


def test_an_error_names_the_key_by_its_path(hive: anyreg.Registry) -> None:
    """Many keys have the same name; of a whole registry it begins with a root of Windows."""
    with pytest.raises(AccessDeniedError) as caught:
        hive.open(r"Open\Closed")
    assert caught.value.path == r"Open\Closed"
    with anyreg.open("memory:") as registry, anyreg.use(registry, token=ADA) as seen:
        registry.create(r"HKCR\.closed\Key").descriptor = CLOSED
        assert seen is not None
        with pytest.raises(AccessDeniedError) as caught:
            seen.create(r"HKCR\.closed\Key\New")
        assert caught.value.path == r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\.closed\Key"


def test_a_watch_sees_what_may_be_read(hive: anyreg.Registry) -> None:
    """A closed key below is no hindrance; one that is watched itself is refused."""
    with hive.open("Open").watch(poll=0.01, timeout=30.0) as watch:
        hive.open(r"Open\Below").values["Name"] = "new"
        changes = [(change.kind, change.path) for change in next(watch)]
    assert changes == [("value set", r"Open\Below")]
    closed = hive.open("Open").children()[1]
    with pytest.raises(AccessDeniedError):
        closed.watch(poll=0.01)


def test_what_must_be_whole_is_refused(hive: anyreg.Registry, tmp_path: Path) -> None:
    """An export of what may not all be read makes no file."""
    target = tmp_path / "export.json"
    with pytest.raises(PermissionError):
        hive.open("Open").export(target)
    assert not target.exists()
    hive.open(r"Open\Below").export(target)
    assert target.exists()


REG = """Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\hive\\Open\\Below]
"Name"="new"

[HKEY_LOCAL_MACHINE\\hive\\Open\\Closed]
"Name"="new"
"""
Change = Callable[[anyreg.Registry, Path], object]
CHANGES: dict[str, Change] = {
    "import": lambda hive, folder: hive.import_(folder / "in.reg"),
    "delete": lambda hive, folder: hive.delete("Open", recursive=True),
    "copy": lambda hive, folder: hive.open("Open").copy_to(hive.create("Copy")),
    "carry down": lambda hive, folder: hive.open("Open").grant("WD", "read", propagate=True),
    "compact": lambda hive, folder: hive.compact(),
    "restore": lambda hive, folder: hive.open("Open").restore(folder / "hive"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_made_as_a_whole_or_not_at_all(file: Path, tmp_path: Path, change: str) -> None:
    """One key that is closed keeps all as it was."""
    (tmp_path / "in.reg").write_text(REG, "utf-16")
    with anyreg.open(file, "r+") as hive:
        hive.create("Copy").descriptor = OPEN
    before = shown(file)
    with anyreg.open(file, "r+", token=ADA) as hive:
        with pytest.raises(PermissionError):
            CHANGES[change](hive, tmp_path)
        assert hive.open(r"Open\Below").values["Name"] == r"Open\Below"
    assert shown(file) == before


def test_a_transaction_of_somebody_is_undone_when_he_is_refused(file: Path) -> None:
    """With all that was granted before."""
    before = shown(file)

    def change(hive: anyreg.Registry) -> None:
        with hive.transaction():
            hive.write(r"Open\Below", "Name", "new")
            hive.create(r"Open\Closed\New")

    with anyreg.open(file, "r+", token=ADA) as hive, pytest.raises(PermissionError):
        change(hive)
    assert shown(file) == before


def test_what_he_makes_is_his(file: Path, hive: anyreg.Registry) -> None:
    """Made one by one, at one go, or copied from another registry."""
    hive.create(r"Open\Mine\Below")
    with anyreg.open("memory:") as other:
        other.create(r"HKCU\Software\Copied\Below")
        other.open(r"HKCU\Software\Copied").copy_to(hive.create(r"Open\Copied"))
    for path in (r"Open\Mine", r"Open\Mine\Below", r"Open\Copied\Below"):
        owner = hive.open(path).owner
        assert owner is not None
        assert str(owner.sid) == USER


def test_nodes_are_given_back() -> None:
    """Those of the world behind too, also where something was refused."""
    world = CountedWorld(MemoryBackend())
    root = world.root()
    world.set_security(root, OPEN)
    closed, _ = make(world, root, r"Open\Closed")
    world.set_security(closed, CLOSED)
    for node in list(world.given):
        world.release(node)
    guarded = enforced(world, ADA)
    top = guarded.root()
    key, _ = guarded.create(top, ["Open", "A", "B", "C"])
    again, _ = guarded.create(top, ["open", "a"])
    guarded.rename(key, "D")
    open_key = guarded.open(top, ["Open"])
    assert open_key is not None
    for refused in (
        lambda: guarded.open(top, ["Open", "Closed"]),
        lambda: guarded.create(top, ["Open", "Closed", "New"]),
        lambda: guarded.delete(open_key, True),
    ):
        with pytest.raises(AccessDeniedError):
            refused()
    guarded.delete(again, True)
    for node in (key, again, open_key, top):
        guarded.release(node)
    assert (world.wrong, world.given) == ([], {})
