"""The live registry, where there is one: a running Windows, or Wine (tests/live runs it there)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

import anyreg
from anyreg import ExpandString, JournalSettings, Raw, Registry
from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.live.node import LiveNode
from anyreg.backends.trees import make
from anyreg.cli import main
from anyreg.cli.undo_copy import copies_for
from anyreg.errors import (
    AccessDeniedError,
    ClosedError,
    ConflictError,
    KeyDeletedError,
    NotFoundError,
    NotSupportedError,
    RegistryError,
)
from anyreg.registry.current_registry import backend_of
from anyreg.security.sid import Sid
from anyreg.system import WINDOWS
from anyreg.values import Node, Value
from backends.live import dying
from conformance.live_state import live_state, privileges_held
from conformance.worlds import USER

if TYPE_CHECKING:
    from anyreg.backends.live.signals import SignallingRegistry

pytestmark = pytest.mark.skipif(not WINDOWS, reason="tests/live runs these by a Windows Python")

TOP = r"HKCU\Software\Conformance"


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No key, no handle, no thread more than before."""
    with live_state(True):
        yield


@pytest.fixture
def registry() -> Iterator[Registry]:
    with anyreg.open() as registry:
        yield registry


@pytest.fixture
def world(registry: Registry) -> SignallingRegistry:
    return cast("SignallingRegistry", backend_of(registry))


@pytest.fixture
def key(world: Backend) -> Node:
    return make(world, ask.predefined(world, USER), r"Software\Conformance")[0]


def test_the_default_registry_is_the_live_one(registry: Registry) -> None:
    """And says whose it is."""
    assert registry.is_live
    assert repr(registry) == "<Registry the running Windows>"
    assert str(registry.about()["user"]).startswith("S-1-5-")
    assert list(registry.root.subkeys) == [
        "HKEY_CLASSES_ROOT",
        "HKEY_CURRENT_USER",
        "HKEY_LOCAL_MACHINE",
        "HKEY_USERS",
        "HKEY_CURRENT_CONFIG",
    ]


def test_where_a_folder_is_named_it_is_meant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A registry of one's own, as elsewhere."""
    monkeypatch.setenv("ANYREG_HOME", str(tmp_path / "home"))
    with anyreg.open() as registry:
        assert not registry.is_live


def test_nothing_is_changed_by_who_only_reads(registry: Registry) -> None:
    """Whatever the user may."""
    registry.write(TOP, "v", 1)
    with anyreg.open(mode="r") as reading:
        assert reading.read(TOP, "v") == 1
        for change in (
            lambda: reading.write(TOP, "v", 2),
            lambda: reading.create(TOP + r"\new"),
            lambda: reading.delete(TOP),
            lambda: reading.open(TOP).rename("", "x"),
        ):
            with pytest.raises(RegistryError):
                change()
    assert registry.read(TOP, "v") == 1


@pytest.mark.parametrize(
    "raw",
    [
        Raw(1, b""),
        Raw(1, b"a"),
        Raw(1, b"a\0b\0"),  # a NUL is missing, which Windows would add
        Raw(2, b"a\0\0\0b\0"),
        Raw(7, b"a\0\0\0"),
        Raw(3, bytes(range(256)) * 12 * 1024),  # 3 MiB
        Raw(0xFFFF0012, b"x"),
        Raw(4, b"12345"),
    ],
    ids=lambda raw: f"{raw.type:x}-{len(raw.raw)}",
)
def test_no_byte_is_added_or_lost(world: Backend, key: Node, raw: Raw) -> None:
    """However odd the data is, by name and in a list."""
    world.write(key, [Value("v", raw.type, raw.raw)])
    read = world.read(key, "v")
    assert read is not None
    assert (read.type, read.raw) == (raw.type, raw.raw)
    assert world.values(key) == [read]
    assert ask.value_at(world, key, 0) == read


def test_names_of_values_hold_anything(world: Backend, key: Node) -> None:
    """A NUL too, and half of a pair."""
    for name in ("a\0b", "\ud800", "\U0001f600", "n" * 16383):
        world.write(key, [Value(name, 3, b"1")])
        assert world.values(key) == [Value(name, 3, b"1")]
        assert world.read(key, name.upper()) is not None
        assert world.remove(key, name)
        assert world.values(key) == []


def test_several_values_come_in_one_call(world: SignallingRegistry, key: Node) -> None:
    """Or not at all, if one is missing."""
    values = [Value(f"v{number}", 3, bytes(number * 100)) for number in range(100)]
    world.write(key, values)
    names = [value.name for value in values]
    found = world.calls.many_values(world.handle(key), names)
    assert found == {value.name: value for value in values}
    assert world.calls.many_values(world.handle(key), [*names, "none"]) is None


def test_a_value_that_grows_while_it_is_read_comes_whole(world: Backend, key: Node) -> None:
    """Its size is asked first, and is another one by then."""
    is_over = threading.Event()

    def change() -> None:
        with anyreg.open() as other:
            size = 0
            while not is_over.is_set():
                size = (size + 40_961) % 300_000
                other.write(TOP, "v", b"%06d" % size + bytes(size))

    world.write(key, [Value("v", 3, b"000000")])
    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(300):
            by_name = world.read(key, "v")
            (listed,) = world.values(key)
            for value in (by_name, listed):
                assert value is not None
                assert len(value.raw) == 6 + int(value.raw[:6])
    finally:
        is_over.set()
        thread.join()


def test_a_list_is_whole_while_others_delete(world: Backend, key: Node) -> None:
    """What stays is in every list, whatever goes in front of it."""
    is_over = threading.Event()

    def change() -> None:
        with anyreg.open() as other:
            values = other.open(TOP).values
            while not is_over.is_set():
                values["a"] = 1
                del values["a"]

    world.write(key, [Value(name, 3, b"") for name in ("b", "c", "d")])
    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(300):
            names = [value.name for value in world.values(key)]
            assert [name for name in names if name != "a"] == ["b", "c", "d"]
    finally:
        is_over.set()
        thread.join()


# Handles


def test_a_list_of_keys_opens_none(world: SignallingRegistry, key: Node) -> None:
    """Until one is used; and the list's key can be given back before."""
    for name in "abc":
        world.release(make(world, key, name)[0])
    before = len(world._open)
    listed = world.subkeys(key)
    assert len(world._open) == before
    world.release(key)
    assert [world.info(child).name for child in listed] == ["a", "b", "c"]
    assert len(world._open) == before + 2  # the three, and not the one above
    for child in listed:
        world.release(child)
    assert len(world._open) == before - 1


def all_by_winreg(path: str) -> dict[str, list[tuple[str, int]]]:
    """Every key below HKEY_LOCAL_MACHINE that the standard module can read, with its values."""
    winreg: Any = import_module("winreg")
    found: dict[str, list[tuple[str, int]]] = {}
    stack = [(path, winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, path))]
    while stack:
        path, key = stack.pop()
        with key:
            try:
                keys, values, _ = winreg.QueryInfoKey(key)
            except OSError:  # a key that stands for a handle of Windows' own
                continue
            read = [winreg.EnumValue(key, index) for index in range(values)]
            found[path] = [(name, kind) for name, _, kind in read]
            for name in [winreg.EnumKey(key, index) for index in range(keys)]:
                below = winreg.OpenKey(key, name, winreg.REG_OPTION_OPEN_LINK)
                stack.append((f"{path}\\{name}", below))
    return found


def test_a_walk_finds_all_that_winreg_finds(
    world: SignallingRegistry, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two looks at each key; what holds nothing of a registry is reported, and left out."""
    path = r"Software\Microsoft"
    expected = all_by_winreg(path)
    looks: list[object] = []
    query = world.calls.windows.query_key

    def counted(*words: object) -> int:
        looks.append(words)
        return query(*words)

    monkeypatch.setattr(world.calls.windows, "query_key", counted)
    failed: list[RegistryError] = []
    found = {}
    with registry.open("HKLM\\" + path) as top:
        for step in top.walk(on_error=failed.append):
            names = step.key.names[1:]
            found["\\".join([path, *names[2:]])] = [(v.name, v.type) for v in step.values]
    assert found == expected
    assert len(looks) <= 2 * len(found) + 8
    assert {type(error) for error in failed} <= {NotSupportedError}


def test_a_key_has_the_name_that_it_is_stored_by(registry: Registry) -> None:
    """Which is asked for when it is wanted."""
    registry.create(TOP + r"\Below")
    key = registry.open(r"hkcu\SOFTWARE\conformance\BELOW")
    assert key.node.name == ""
    assert key.name == "Below"
    assert key.path == r"HKEY_CURRENT_USER\Software\Conformance\Below"
    gone = registry.open(r"hkcu\SOFTWARE\conformance\BELOW")
    registry.delete(TOP + r"\Below")
    with pytest.raises(KeyDeletedError, match="BELOW"):
        gone.records()


def test_a_key_that_is_gone_before_it_is_used(world: Backend, key: Node) -> None:
    """Says so, as one that was open does."""
    made = make(world, key, "a")[0]
    (listed,) = world.subkeys(key)
    world.delete(made, False)
    for node in (made, listed):
        with pytest.raises(KeyDeletedError):
            world.values(node)
        assert not ask.is_alive(world, node)


def test_what_was_given_back_is_closed(world: Backend, key: Node) -> None:
    """And is no other key's handle by chance."""
    node = make(world, key, "a")[0]
    world.release(node)
    world.release(node)
    with pytest.raises(ClosedError):
        world.values(node)
    assert cast(LiveNode, node).is_released


def test_a_closed_registry_has_no_handles(registry: Registry) -> None:
    """Its keys can outlive it."""
    key = registry.create(TOP)
    registry.close()
    with pytest.raises(ClosedError):
        key.values.get("v")
    key.close()


def test_errors_in_between_close_what_was_opened(world: SignallingRegistry, key: Node) -> None:
    """Nothing is made, and no handle is left."""
    before = len(world._open)
    for bad in ("x\\" + "n" * 300, "x\\a\0b"):
        with pytest.raises(RegistryError):
            make(world, key, bad)
    assert world.subkeys(key) == []
    assert len(world._open) == before


# Transactions, history


def test_a_failed_block_is_undone(registry: Registry) -> None:
    """Keys, values and names, and the handle of a renamed key."""
    registry.write(TOP + r"\a", "v", 1)
    kept = registry.open(TOP + r"\a")

    def change() -> None:
        with registry.transaction(durable=True):
            registry.open(TOP).rename("a", "b")
            registry.write(TOP + r"\b\c", "v", 2)
            registry.delete(TOP + r"\b", recursive=True)
            registry.create(TOP + r"\new")
            raise LookupError

    with pytest.raises(LookupError):
        change()
    assert list(registry.open(TOP).subkeys) == ["a"]
    assert registry.read(TOP + r"\a", "v") == 1
    kept.close()


@pytest.fixture
def journaled(tmp_path: Path) -> Iterator[Registry]:
    with anyreg.open(journal=JournalSettings(str(tmp_path / "history"))) as registry:
        yield registry


def tree(registry: Registry) -> list[tuple[str, list[Value]]]:
    with registry.open(TOP) as top:
        return sorted((step.key.path, step.key.records()) for step in top.walk())


def test_changes_are_undone_and_redone(journaled: Registry) -> None:
    """One after the other, to the last byte; of all handles none is left."""
    steps: tuple[Callable[[], object], ...] = (
        lambda: journaled.write(TOP + r"\a\b", "v", 1),
        lambda: journaled.write(TOP + r"\a\b", "v", Raw(3, b"\0" * 5000)),
        lambda: journaled.open(TOP).rename("a", "c"),
        lambda: journaled.delete(TOP + r"\c\b"),
        lambda: journaled.write(TOP + r"\c", "", ["x", "y"]),
    )
    states = []
    journaled.create(TOP)
    for step in steps:
        states.append(tree(journaled))
        step()
    states.append(tree(journaled))
    for state in reversed(states[:-1]):
        shown = rehearsed(journaled, "undo")
        journaled.journal.undo()
        assert tree(journaled) == state
        assert all(key in ends(state) for key in shown)
    for state in states[1:]:
        shown = rehearsed(journaled, "redo")
        journaled.journal.redo()
        assert tree(journaled) == state
        assert all(key in ends(state) for key in shown)


Keys = list[tuple[str, list[Value]]]


def rehearsed(registry: Registry, verb: str) -> Keys:
    """What a dry run makes of the keys that it copies."""
    journal = registry.journal
    kept, changed = copies_for(registry, journal.looked_at(verb))
    with kept, changed:
        journal.rehearse(verb, changed)
        shown = [(step.key.path, step.key.records()) for step in changed.root.walk()]
    assert shown
    return ends([key for key in shown if "Conformance" in key[0]])


def ends(keys: Keys) -> Keys:
    """The same with paths that begin at the key of these tests."""
    return [(path.partition("Conformance")[2], values) for path, values in keys]


def test_what_others_have_changed_since_is_not_undone(
    journaled: Registry, registry: Registry
) -> None:
    """But by force."""
    journaled.write(TOP, "v", 1)
    registry.write(TOP, "v", 2)
    with pytest.raises(ConflictError):
        journaled.journal.undo()
    assert registry.read(TOP, "v") == 2


@pytest.mark.parametrize(("side", "first"), [("before", 1), ("behind", 2)])
def test_what_a_killed_program_has_changed_is_undone(
    journaled: Registry, registry: Registry, side: str, first: int
) -> None:
    """Killed at a call that changes something, in the middle of a transaction."""
    dying.prepare(registry)
    before = tree(registry)
    folder = journaled.journal.folder
    killed = 0
    for count in range(first, 40, 4):
        command = [sys.executable, "-m", "backends.live.dying", folder, str(count), side]
        code = subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
        if code != dying.KILLED:
            assert code == 0
            break
        killed += 1
        left = tree(registry)
        is_changed = left != before
        undone = sum(entry.state == "undone" for entry in journaled.journal)
        if is_changed:
            journaled.journal.undo()
        assert tree(registry) == before
        assert sum(entry.state == "undone" for entry in journaled.journal) == undone + is_changed
        with pytest.raises(NotFoundError):
            journaled.journal.undo()
    assert killed >= 4
    assert len(list(Path(folder).glob("*.notes"))) == 1  # that of whoever undoes


def test_the_class_of_a_key_stays(registry: Registry) -> None:
    """Windows gives none later."""
    key = registry.create(TOP)
    key.class_name = ""
    with pytest.raises(NotSupportedError):
        key.class_name = "class"


# Privileges


def test_privileges_are_given_back(world: SignallingRegistry, tmp_path: Path) -> None:
    """Also where the call fails."""
    from anyreg.backends.live.privileges import Privileged

    (tmp_path / "no.hive").write_bytes(b"no hive")
    users = ask.predefined(world, 0x80000003)
    name = "SeBackupPrivilege"
    with pytest.raises(RegistryError):
        ask.load(world, users, "Conformance", str(tmp_path / "no.hive"))
    assert world.open(users, ["Conformance"]) is None
    enabled = Privileged(world.calls, name)
    for _ in range(2):  # it was not enabled before, nor is it after
        with enabled:
            assert len(enabled._before) == 1
        assert enabled._before == []
    with pytest.raises(RegistryError), Privileged(world.calls, name, "NoPrivilege"):
        pytest.fail("there is none of this name")


def test_what_a_test_leaves_is_noticed(
    world: SignallingRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handle, a thread, a privilege: those who count see each of them."""
    monkeypatch.setattr("conformance.live_state.SETTLED", 0.1)  # nothing is going to end
    from anyreg.backends.live.privileges import Privileged

    before = privileges_held()
    with Privileged(world.calls, "SeBackupPrivilege"):
        assert privileges_held() != before
    assert privileges_held() == before
    kept: list[Node | None] = []
    user = ask.predefined(world, USER)
    with pytest.raises(AssertionError), live_state(True):
        kept.append(world.open(user, ["Software"]))
    assert kept[0] is not None
    world.release(kept[0])
    event = threading.Event()
    thread = threading.Thread(target=event.wait)
    with pytest.raises(AssertionError), live_state(True):
        thread.start()
    event.set()
    thread.join()


def test_a_root_is_neither_deleted_nor_renamed(registry: Registry) -> None:
    """By no mistake."""
    for path in ("HKLM", r"HKLM\SYSTEM", "HKCU"):
        with pytest.raises(AccessDeniedError):
            registry.delete(path, recursive=True)


# Watching


def test_changes_of_anybody_are_told(registry: Registry) -> None:
    """Values, keys below, the key itself, and one that is made again in its place."""
    told: list[str] = []
    came = threading.Condition()

    def take(batch: object) -> None:
        with came:
            told.extend(f"{c.kind} {c.path.rpartition('Conformance')[2]}" for c in batch)  # type: ignore[attr-defined]
            came.notify_all()

    def expect(*wanted: str) -> None:
        with came:
            assert came.wait_for(lambda: set(wanted) <= set(told), 20), told
            told.clear()

    with anyreg.open() as other, registry.create(TOP) as key, key.on_change(take):
        other.write(TOP, "v", 1)
        expect("value set ")
        other.write(TOP + r"\a\b", "v", 1)
        expect(r"key created \a", r"key created \a\b", r"value set \a\b")
        other.delete(TOP, recursive=True)
        expect("key deleted ", r"key deleted \a\b")
        other.create(TOP)
        expect("key created ")
        other.write(TOP, "w", 1)
        expect("value set ")


def test_many_keys_are_watched_by_few_threads(registry: Registry) -> None:
    """One for up to 63, and each watched key has one above it."""
    before = set(threading.enumerate())
    stop = threading.Event()
    keys = [registry.create(f"{TOP}\\{number}") for number in range(70)]
    heard: set[str] = set()
    closers = [
        key.on_change(lambda batch, name=key.name: heard.add(name))  # type: ignore[misc]
        for key in keys
    ]
    waiting = [one for one in threading.enumerate() if one.name == "anyreg waits"]
    assert len(waiting) == 3
    for number in (0, 31, 69):
        registry.write(f"{TOP}\\{number}", "v", 1)
    for _ in range(200):
        if len(heard) == 3:
            break
        stop.wait(0.05)
    assert heard == {"0", "31", "69"}
    for one in closers:
        one.stop()
    for key in keys:
        key.close()
    for _ in range(600):  # their handles are closed by now, and nobody waits for their end
        if set(threading.enumerate()) <= before:
            break
        stop.wait(0.05)
    assert set(threading.enumerate()) <= before


# Commands


def test_a_dry_run_changes_nothing(registry: Registry, capfd: pytest.CaptureFixture[str]) -> None:
    """It shows what would, in copies of the key that it is about."""
    registry.write(TOP, "v", 1)
    assert main(["set", "--dry-run", TOP, "v", "2"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert line.endswith(r"\Conformance  v  REG_DWORD 0x00000001 (1) -> REG_DWORD 0x00000002 (2)")
    assert main(["rm", "--dry-run", "--recursive", TOP]) == 0
    assert registry.read(TOP, "v") == 1
    assert main(["import", "--dry-run", __file__, ""]) != 0


def test_commands_keep_a_history(
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Which undo takes back."""
    monkeypatch.setenv("ANYREG_HISTORY", str(tmp_path))
    assert main(["set", "--create", TOP, "v", "1"]) == 0
    assert main(["set", TOP, "v", "2"]) == 0
    assert main(["undo"]) == 0
    assert registry.read(TOP, "v") == "1"
    capfd.readouterr()
    assert main(["redo", "--dry-run"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert line.endswith(r"\Conformance  v  REG_SZ 1 -> REG_SZ 2")
    assert registry.read(TOP, "v") == "1"
    assert main(["redo"]) == 0
    assert registry.read(TOP, "v") == "2"
    assert main(["history"]) == 0
    assert capfd.readouterr().out.count("done") >= 2


# What a running Windows knows and can


def test_accounts_are_those_of_the_system(registry: Registry) -> None:
    """Also such as no hive holds: whoever runs this."""
    accounts = registry.root.accounts
    user = Sid.parse(str(registry.about()["user"]))
    account = accounts.find_account(user)
    assert account is not None
    assert account.domain
    assert accounts.find_sid(str(account)) == user
    assert accounts.find_sid(account.name) == user
    assert accounts.find_sid("nobody of this name") is None


def test_a_text_that_stands_in_a_file_of_windows(registry: Registry) -> None:
    """By a name with and without a folder; what is not there is reported."""
    registry.write(TOP, "bare", "@tzres.dll,-22000")
    registry.write(TOP, "full", ExpandString(r"@%SystemRoot%\System32\tzres.dll,-22000"))
    registry.write(TOP, "plain", "plain @ text")
    registry.write(TOP, "no text", "@tzres.dll,-1")
    registry.write(TOP, "no file", "@nothing at all.dll,-1")
    with registry.open(TOP) as key:
        assert key.get_mui_str("bare") == key.get_mui_str("full") == "Coordinated Universal Time"
        assert key.get_mui_str("plain") == "plain @ text"
        assert key.get_mui_str("none", None) is None
        for name in ("no text", "no file"):
            with pytest.raises(NotFoundError, match=name):
                key.get_mui_str(name)


def test_several_values_are_read_at_once(registry: Registry) -> None:
    """In one call, where all are there; case does not count."""
    key = registry.create(TOP)
    key.values.update({"a": 1, "b": "two", "": ["three"]})
    assert key.read_many(["B", "", "a", "A"]) == {"B": "two", "": ["three"], "a": 1, "A": 1}
    assert key.read_many(["b", "none"], default="-") == {"b": "two", "none": "-"}


def test_what_may_not_be_read_is_not_saved_by_halves(registry: Registry, tmp_path: Path) -> None:
    """Windows would save it by a privilege; Wine writes no hives."""
    registry.create(TOP + r"\a\b")
    with registry.open(TOP + r"\a") as key:
        key.security = "O:BAG:BAD:(D;;0x9;;;WD)(A;;KA;;;WD)"  # neither values nor subkeys
    with pytest.raises(AccessDeniedError):
        registry.open(TOP).save(tmp_path / "saved")
    assert list(tmp_path.iterdir()) == []
