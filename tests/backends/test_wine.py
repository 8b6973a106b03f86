"""A prefix of Wine as a registry: what is read, written, taken over and refused."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.backends.base import VIEW_32, VIEW_64
from anyreg.backends.namespace.namespace import Namespace
from anyreg.backends.trees import find, make
from anyreg.backends.wine.prefix_files import RECORD, PrefixFiles
from anyreg.backends.wine.prefix_hives import PrefixHives, PrefixUnits
from anyreg.backends.wine.server import WineServer
from anyreg.backends.wine.wine_prefix import USER, find_prefix, read_prefix
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.storage import Disk, Storage
from anyreg.errors import (
    AccessDeniedError,
    ConflictError,
    KeyDeletedError,
    NotSupportedError,
    RegFileError,
    RegistryError,
    TransactionError,
)
from anyreg.formats.wine.reader import parse_wine
from anyreg.registry.journal import Journal, open_journal
from anyreg.registry.registry import Registry
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Value
from backends.wine_prefixes import TIME, files, link, make_prefix, opened, section, servers
from engine.test_record_lock import held_by_another

pytestmark = pytest.mark.posix("Wine, and the locks of its server")
VENDOR = r"HKCU\Software\Vendor"


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    return make_prefix(tmp_path / "prefix")


@pytest.fixture
def registry(prefix: Path) -> Iterator[Registry]:
    """The prefix, open for writing."""
    with Registry(opened(prefix)) as found:
        yield found
        assert found.check() == []


def append(prefix: Path, text: str, name: str = "user.reg") -> None:
    """Put a file in the place of one, as Wine does, with more text."""
    new = prefix / "reg1.tmp"
    new.write_bytes((prefix / name).read_bytes() + text.encode())
    new.replace(prefix / name)


class DyingDisk(Disk):
    """A disk that loses its power at the first rename into place."""

    def __init__(self) -> None:
        self.disk = FileDisk()

    def rename(self, path: str, new: str) -> None:
        raise SystemExit

    def open(self, path: str, writable: bool) -> Storage:
        return self.disk.open(path, writable)

    def create(self, path: str) -> Storage:
        return self.disk.create(path)

    def remove(self, path: str) -> None:
        self.disk.remove(path)

    def rename_new(self, path: str, new: str) -> None:
        self.disk.rename_new(path, new)

    def exists(self, path: str) -> bool:
        return self.disk.exists(path)

    def sync_directory(self, path: str) -> None:
        self.disk.sync_directory(path)

    def names(self, folder: str) -> list[str]:
        return self.disk.names(folder)


# What it is


def test_a_prefix_is_told_apart_by_its_first_file(prefix: Path, tmp_path: Path) -> None:
    """Also in the folder that Proton has for a game."""
    game = make_prefix(tmp_path / "compatdata" / "pfx", "win32")
    assert find_prefix(str(prefix)) == str(prefix)
    assert find_prefix(str(game.parent)) == str(game)
    assert find_prefix(str(tmp_path)) == ""
    (prefix / "system.reg").write_text("REGEDIT4\n")
    assert find_prefix(str(prefix)) == ""
    assert read_prefix(str(game)) == (str(game), "win32", USER)


def test_a_prefix_is_opened_by_its_folder(prefix: Path) -> None:
    """For reading, unless something else is asked for."""
    with anyreg.open(prefix) as found:
        about = found.about()
        assert (about["kind"], about["architecture"]) == ("Wine prefix", "win64")
        assert found.read(r"HKCU\Environment", "TEMP") == r"C:\temp"
        with pytest.raises(NotSupportedError, match='mode "r\\+"'):
            found.write("HKCU", "v", 1)
    with anyreg.key(rf"{prefix}::HKLM\System\CurrentControlSet\Control") as key:
        assert key.get_int("One") == 1
        assert key.value("Path").type_name == "REG_EXPAND_SZ"
        assert key.last_written == TIME
    with pytest.raises(NotSupportedError):
        anyreg.open(prefix, "x")


def test_hives_have_the_names_of_windows(registry: Registry) -> None:
    """And the user is HKEY_CURRENT_USER."""
    assert {"SOFTWARE", "SYSTEM"} < set(registry.open("HKLM").subkeys)
    assert {".DEFAULT", USER} < set(registry.open("HKU").subkeys)
    registry.write(rf"HKU\{USER}\Software\Wine", "v", "x")
    assert registry.read(r"HKCU\Software\Wine", "v") == "x"
    assert r"Machine\SOFTWARE" in registry.about()["hives"]  # type: ignore[operator]


def test_other_keys_at_the_top_of_the_machine_are_shown(prefix: Path) -> None:
    """As hives of their own; beside them nothing can be made that lasts."""
    append(prefix, section(r"Vendor\Key", '"v"="x"'), "system.reg")
    with Registry(opened(prefix)) as found:
        assert found.read(r"HKLM\Vendor\Key", "v") == "x"
        found.write(r"HKLM\Vendor\Key", "v", "y")
        with pytest.raises(RegistryError):
            found.create(r"HKLM\Mine")
    assert b"[Vendor\\\\Key] " in files(prefix)["system.reg"]
    assert files(prefix)["system.reg"].endswith(b'"v"="y"\n')


def test_keys_without_lines_are_as_old_as_the_first_below_them(registry: Registry) -> None:
    """As Wine reads them."""
    assert registry.open(r"HKLM\System\CurrentControlSet").last_written == TIME
    assert registry.open("HKLM\\System").last_written == TIME


@pytest.mark.parametrize(
    ("arch", "path"), [("win64", r"Software\Wow6432Node\New"), ("win32", r"Software\New")]
)
def test_32_bits_have_a_tree_of_their_own_in_64(tmp_path: Path, arch: str, path: str) -> None:
    """In a prefix of 32 bits there is one."""
    prefix = make_prefix(tmp_path / "prefix", arch)
    with Registry(opened(prefix)) as found:
        backend = found._backend
        key, _ = make(backend, backend.root(), r"HKLM\Software\New", VIEW_32)
        backend.write(key, [Value("v", 3, b"x")])
        again = find(backend, backend.root(), r"HKLM\Software\New", VIEW_32)
        assert again is not None
        assert backend.read(again, "v") == Value("v", 3, b"x")
    assert f"[{path.replace(chr(92), chr(92) * 2)}]".encode() in files(prefix)["system.reg"]


def test_links_lead_where_they_say(prefix: Path) -> None:
    """Also for programs of 32 bits, whose tree they stand in."""
    append(
        prefix,
        link(r"Software\Wow6432Node\Both", r"\Registry\Machine\Software\Maker"),
        "system.reg",
    )
    with Registry(opened(prefix)) as found:
        backend = found._backend
        for path, view in ((r"Software\Wow6432Node\Both", VIEW_64), (r"Software\Both", VIEW_32)):
            key = find(backend, backend.root(), rf"HKLM\{path}", view)
            assert key is not None
            assert backend.names(key) == ["Machine", "SOFTWARE", "Maker"]


# What is written


def test_what_is_opened_and_closed_stays_to_the_byte(prefix: Path) -> None:
    """Also by a transaction that changes nothing, or is taken back."""
    before = files(prefix)
    with Registry(opened(prefix)) as found:
        with found.transaction():
            found.write(r"HKCU\Environment", "TEMP", r"C:\temp")
        found._backend.begin()
        found.write(r"HKCU\Environment", "TEMP", "x")
        found.delete(r"HKLM\Software\Classes", recursive=True)
        found._backend.roll_back()
        assert found.read(r"HKCU\Environment", "TEMP") == r"C:\temp"
        assert found.open(r"HKLM\Software\Classes\.txt").get_str("") == "txtfile"
    assert files(prefix) == before


def test_a_change_is_in_its_file_at_once(prefix: Path, registry: Registry) -> None:
    """In the order and form of Wine, and no other byte is another one."""
    before = files(prefix)
    registry.create(VENDOR).values.update({"b": 1, "A": "x", "_": b"\1"})
    now = files(prefix)
    key = registry.open(VENDOR)
    made = section(r"Software\Vendor", '"_"=hex:01', '"A"="x"', '"b"=dword:00000001')
    made = made.replace(f"{TIME:x}", f"{key.last_written:x}")
    made = made.replace("1795958567", str((key.last_written - 116444736000000000) // 10_000_000))
    at = before["user.reg"].index(b"\n[Software\\\\Wine]")
    wanted = before["user.reg"][:at] + made.encode() + before["user.reg"][at:]
    assert now == before | {"user.reg": wanted}
    registry.delete(VENDOR)
    assert files(prefix) == before


def test_a_transaction_over_all_files_leaves_nothing_else_behind(prefix: Path) -> None:
    """And the files have the rights that they had."""
    (prefix / "user.reg").chmod(0o640)
    with Registry(opened(prefix)) as found, found.transaction():
        for path in (r"HKCU\New", r"HKLM\Software\New", r"HKLM\System\New", r"HKU\.Default\New"):
            found.write(path, "v", 1)
    assert sorted(files(prefix)) == ["system.reg", "user.reg", "userdef.reg"]
    assert stat.S_IMODE((prefix / "user.reg").stat().st_mode) == 0o640
    with anyreg.open(prefix) as found:
        for path in (r"HKCU\New", r"HKLM\Software\New", r"HKLM\System\New", r"HKU\.Default\New"):
            assert found.read(path, "v") == 1


def test_a_renamed_key_takes_its_lines_along(prefix: Path) -> None:
    """Also what nobody understands in them, and all keys below it."""
    append(prefix, section(r"A\Below\Last", "; mine", "#odd", '"v" = "x"'))
    with Registry(opened(prefix)) as found:
        found.open("HKCU").rename("A", "[Other]")
        found.open(r"HKCU\[Other]\Below\Last").values["w"] = 1
    text = files(prefix)["user.reg"].decode()
    assert "[\\[Other\\]\\\\Below\\\\Last]" in text
    assert '; mine\n#odd\n"v" = "x"\n"w"=dword:00000001\n' in text
    assert "[A" not in text
    assert text.index("[\\[Other") < text.index("[Environment")


def test_links_classes_and_times_are_written(prefix: Path, registry: Registry) -> None:
    """And read again."""
    backend = registry._backend
    path = ["HKEY_CURRENT_USER", "Classy"]
    backend.release(backend.create(backend.root(), path, class_name="A class")[0])
    written = registry.open(r"HKCU\Classy").last_written
    with anyreg.open(prefix) as found:
        info = found.open(r"HKCU\Classy").info()
        assert (info.class_name, info.filetime) == ("A class", written)
    assert f'#time={written:x}\n#class="A class"\n' in files(prefix)["user.reg"].decode()


def test_a_file_that_is_missing_is_made(prefix: Path) -> None:
    """With the opening that Wine gives it."""
    (prefix / "userdef.reg").unlink()
    with Registry(opened(prefix)) as found:
        assert list(found.open(r"HKU\.Default").subkeys) == []
        found.write(r"HKU\.Default\Environment", "v", "x")
    text = files(prefix)["userdef.reg"].decode()
    opening = "WINE REGISTRY Version 2\n;; All keys relative to REGISTRY\\\\User\\\\.Default\n"
    assert text.startswith(f"{opening}\n#arch=win64\n\n[Environment] ")
    assert stat.S_IMODE((prefix / "userdef.reg").stat().st_mode) & 0o600 == 0o600


def test_a_file_behind_a_link_stays_there(prefix: Path, tmp_path: Path) -> None:
    """The link is not replaced."""
    (prefix / "user.reg").rename(tmp_path / "elsewhere")
    (prefix / "user.reg").symlink_to(tmp_path / "elsewhere")
    with Registry(opened(prefix)) as found:
        found.write(VENDOR, "v", 1)
    assert (prefix / "user.reg").is_symlink()
    assert b"Vendor" in (tmp_path / "elsewhere").read_bytes()


# What is refused and reported


def test_security_is_refused(registry: Registry) -> None:
    """As Wine's files keep none; a copy of a key that has one comes without it."""
    backend = registry._backend
    key, _ = make(backend, backend.root(), VENDOR, descriptor=default_descriptor())
    assert backend.security(key) == b""
    with pytest.raises(NotSupportedError, match="no security descriptors"):
        backend.set_security(key, default_descriptor())


def test_a_volatile_key_lasts_until_the_registry_is_closed(prefix: Path) -> None:
    """And is in no file."""
    with Registry(opened(prefix)) as found:
        found.create(r"HKCU\Volatile", volatile=True).values["v"] = 1
        assert found.read(r"HKCU\Volatile", "v") == 1
    assert b"Volatile" not in files(prefix)["user.reg"]


def test_lines_that_nobody_understands_are_reported(prefix: Path) -> None:
    """With file and line, and are kept."""
    append(prefix, "\n[Odd] 1\nwhat?\n")
    count = files(prefix)["user.reg"].count(b"\n")
    with Registry(opened(prefix)) as found:
        wanted = [f"user.reg, line {count}: no line that Wine knows: 'what?'"]
        assert [problem.what for problem in found.check()] == wanted
        assert [problem.what for problem in found.problems] == wanted
        found.write(r"HKCU\Odd", "v", 1)
    assert b"what?\n" in files(prefix)["user.reg"]


@pytest.mark.parametrize(("name", "line"), [("user.reg", 1), ("system.reg", 4)])
def test_a_file_that_wine_refuses_is_refused(prefix: Path, name: str, line: int) -> None:
    """With its path and line."""
    data = (prefix / name).read_text()
    (prefix / name).write_text(
        data.replace("#arch=win64", "#arch=arm") if line == 4 else "x" + data
    )
    with pytest.raises(RegFileError) as caught:
        anyreg.open(prefix)
    assert caught.value.path == str(prefix / name)
    assert caught.value.line == line


# Its history


def test_changes_are_undone_and_made_again(prefix: Path, tmp_path: Path) -> None:
    """To the byte, over all files; keys, values, names and what nobody understands of others."""
    append(prefix, section(r"A\Below", "; mine", '"v"="x"', '"w"="x"') + section(r"A\Other"))
    first = files(prefix)
    states = [first]
    settings = anyreg.JournalSettings(folder=str(tmp_path / "history"))
    with Registry(opened(prefix)) as found:
        journal = keep(found, prefix, settings)
        with found.transaction():
            found.write(r"HKCU\A\Below", "v", "y")
            for name in "cabd":
                found.write(rf"HKLM\Software\Vendor\{name}", "_", 1)
                found.write(rf"HKLM\Software\Vendor\{name}", "A", b"1")
        states.append(files(prefix))
        with found.transaction():
            found.open("HKCU").rename("A", "Z")
            found.delete(r"HKU\.Default\Environment")
            found.open(r"HKCU\Z\Below").values.pop("w")
        states.append(files(prefix))
        assert [entry.hives for entry in journal][-1] == (
            r"Machine\SOFTWARE",
            rf"User\{USER}",
        )
    with Registry(opened(prefix)) as found:
        journal = keep(found, prefix, settings)
        assert len(journal.undo()) == 1
        assert keys(prefix) == keys_of(states[1])
        journal.undo()
        assert keys(prefix) == keys_of(first)
        journal.redo(2)
        assert keys(prefix) == keys_of(states[2])
        assert [entry.state for entry in journal] == ["done", "done"]


def keep(found: Registry, prefix: Path, settings: anyreg.JournalSettings) -> Journal:
    """A journal of a prefix."""
    found._journal = open_journal(found._backend, str(prefix), False, settings, False)
    return found.journal


def keys(prefix: Path) -> dict[str, list[tuple[list[str], int, str]]]:
    return keys_of(files(prefix))


def keys_of(found: dict[str, bytes]) -> dict[str, list[tuple[list[str], int, str]]]:
    """All keys of files that have something of their own, with their values and times."""
    told = {name: parse_wine(data).sections for name, data in found.items()}
    return {
        name: sorted((one.names, one.time, str(one.values())) for one in sections)
        for name, sections in told.items()
    }


def test_what_wine_has_changed_since_is_a_conflict(prefix: Path, tmp_path: Path) -> None:
    """Unless it is forced."""
    settings = anyreg.JournalSettings(folder=str(tmp_path / "history"))
    with Registry(opened(prefix)) as found:
        journal = keep(found, prefix, settings)
        found.write(r"HKCU\Environment", "TEMP", "ours")
        text = files(prefix)["user.reg"].replace(b"ours", b"theirs")
        (prefix / "user.reg").write_bytes(text)
        with pytest.raises(ConflictError):
            journal.undo()
        assert found.read(r"HKCU\Environment", "TEMP") == "theirs"
        journal.undo(force=True)
        assert found.read(r"HKCU\Environment", "TEMP") == r"C:\temp"


def test_a_commit_that_never_came_to_be_is_not_in_the_history(prefix: Path, tmp_path: Path) -> None:
    """Its record was written before it."""
    settings = anyreg.JournalSettings(folder=str(tmp_path / "history"))
    units = PrefixUnits(DyingDisk(), read_prefix(str(prefix)), servers(prefix))
    units.open_files(False)
    before = files(prefix)
    with Registry(Namespace(PrefixHives(units, False))) as found:
        keep(found, prefix, settings)
        with pytest.raises(SystemExit):
            found.write(VENDOR, "v", 1)
    assert files(prefix) == before
    with Registry(opened(prefix)) as found:
        journal = keep(found, prefix, settings)
        assert list(journal) == []
        found.write(VENDOR, "v", 1)
        assert len(list(journal)) == 1


# What others write


def test_what_was_written_since_is_taken_over(prefix: Path, registry: Registry) -> None:
    """By the next look and the next change; keys that are still there stay open."""
    key = registry.open(r"HKCU\Software\Wine")
    gone = registry.open(r"HKCU\Environment")
    text = files(prefix)["user.reg"].decode()
    at = text.index("\n[Environment]")
    changed = text[:at] + text[text.index("\n[Software") :] + '"v"="theirs"\n' + section(r"New\Key")
    (prefix / "user.reg").write_text(changed)
    assert key.get_str("v") == "theirs"
    with pytest.raises(KeyDeletedError):
        gone.records()
    registry.write(r"HKCU\Software\Wine", "w", "ours")
    assert {"New", "Software"} == set(registry.open("HKCU").subkeys)
    assert b'"v"="theirs"\n"w"="ours"\n' in files(prefix)["user.reg"]


def test_what_was_opened_for_reading_stays_as_it_was(prefix: Path) -> None:
    """Unless somebody watches it."""
    with anyreg.open(prefix) as found:
        append(prefix, section("New"))
        assert "New" not in found.open("HKCU").subkeys


@pytest.mark.parametrize("writable", [True, False])
def test_what_others_write_is_reported_to_who_watches(prefix: Path, writable: bool) -> None:
    """As changes of an unknown number of transactions; and so are our own."""
    found = Registry(opened(prefix, writable=writable))
    with found, found.open("HKCU").watch(timeout=20) as watch:
        append(prefix, section(r"New\Key", '"v"="x"'))
        batch = next(iter(watch))
        told = [(change.kind, change.path.partition("\\")[2]) for change in batch]
        assert ("value set", r"New\Key") in told
        assert batch.resynchronised
        if writable:
            found.write(r"HKCU\New", "w", 1)
            batch = next(iter(watch))
            assert not batch.resynchronised
            assert [change.name for change in batch] == ["w"]


def test_a_watch_that_goes_on_says_that_it_does_not_know_what_it_missed(prefix: Path) -> None:
    """As Wine's files tell of no commits."""
    with Registry(opened(prefix)) as found, found.open("HKCU").watch(timeout=20) as watch:
        found.write(VENDOR, "v", 1)
        position = next(iter(watch)).position
    with Registry(opened(prefix)) as found:
        found.write(VENDOR, "v", 2)
        with found.open("HKCU").watch(since=position, timeout=20) as watch:
            batch = next(iter(watch))
            assert batch.resynchronised
            assert not batch.is_known


def test_two_who_write_do_not_lose_each_others_changes(prefix: Path) -> None:
    """Each takes over what the other has written before it begins."""
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with Registry(opened(prefix)) as found:
                for count in range(10):
                    found.write(rf"HKCU\By\{number}", f"v{count}", count)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
    with anyreg.open(prefix) as found:
        for number in range(4):
            assert len(found.open(rf"HKCU\By\{number}").records()) == 10


# Wine's server


def test_a_server_that_runs_is_noticed(prefix: Path) -> None:
    """Where Wine has its folders, and where Debian's Wine has them."""
    place = Path(servers(prefix))
    (prefix / "wineserver").write_text("wine-abc")
    status = prefix.stat()
    name = f"server-{status.st_dev:x}-{status.st_ino:x}"
    for top in (f".wine-{status.st_uid}", "wine-abc"):
        lock = place / top / name / "lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        lock.touch()
        server = WineServer(str(prefix), str(place))
        assert not server.is_running()
        with Registry(opened(prefix)) as found, held_by_another(lock) as process:
            assert server.is_running()
            with pytest.raises(AccessDeniedError, match=f"process {process}.*wineserver -k"):
                opened(prefix)
            with pytest.raises(AccessDeniedError), found.transaction():
                found.write(VENDOR, "v", 1)
            with pytest.raises(AccessDeniedError):
                found.write(VENDOR, "v", 1)
            with Registry(opened(prefix, writable=False)) as read:
                assert read.read(r"HKCU\Environment", "TEMP") == r"C:\temp"
        with Registry(opened(prefix)) as found:
            found.write(VENDOR, "v", 1)
            found.delete(VENDOR)


def test_a_server_is_kept_out_while_a_transaction_is_under_way(prefix: Path) -> None:
    """Its folder is made as it would make it; others who write wait as long as they like."""
    with Registry(opened(prefix)) as found:
        server = WineServer(str(prefix), servers(prefix))
        assert not server.is_running()
        with found.transaction(), pytest.raises(TransactionError):
            server.hold(0.05)
        server.hold(0)
        server.release()
    (lock,) = Path(servers(prefix)).rglob("lock")
    assert stat.S_IMODE(lock.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(lock.parents[1].stat().st_mode) == 0o700


def test_a_name_of_a_folder_elsewhere_counts_for_nothing(prefix: Path) -> None:
    """Nothing is made there."""
    (prefix / "wineserver").write_text("../elsewhere")
    with Registry(opened(prefix)):
        assert not (prefix.parent / "elsewhere").exists()


def test_what_a_process_that_died_has_promised_is_finished(prefix: Path) -> None:
    """By who opens it for writing; who reads sees it already."""
    before = files(prefix)
    texts = {
        name: before[name] + section("Promised", '"v"="x"').encode()
        for name in ("user.reg", "userdef.reg")
    }
    with pytest.raises(SystemExit):
        PrefixFiles(DyingDisk(), str(prefix)).store(texts)
    assert RECORD in files(prefix)
    with anyreg.open(prefix) as found:
        assert found.read(r"HKCU\Promised", "v") == "x"
    assert files(prefix)["user.reg"] == before["user.reg"]
    with Registry(opened(prefix)) as found:
        assert found.read(r"HKU\.Default\Promised", "v") == "x"
    assert files(prefix) == before | texts
