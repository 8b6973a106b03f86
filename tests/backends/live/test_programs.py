"""What people write programs about the registry for, by the public API, on the running Windows.

Each is done with anyreg, and looked at by the genuine winreg, reg.exe or Windows' own functions; or
the other way round.  tests/live runs them in Wine.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from ctypes import byref, c_size_t, c_void_p, c_wchar_p
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

import anyreg
from anyreg import ExpandString, QWord, Registry, Value
from anyreg.errors import AccessDeniedError, NotSupportedError, fail
from anyreg.registry.broadcast import announce
from conformance.live_state import live_state

genuine: Any = pytest.importorskip("winreg", reason="tests/live runs these by a Windows Python")
windows: Any = vars(ctypes)
BELOW = r"Software\Conformance"
TOP = rf"HKCU\{BELOW}"
LISTENING = Path(__file__).with_name("listening.py")
WAIT = 60.0
DATA: dict[str, object] = {
    "": "the default",
    "text": "Größe \U0001f600",
    "expanded": ExpandString("%SystemRoot%\\x"),
    "number": 0xFFFFFFFF,
    "long": QWord(1 << 63),
    "bytes": bytes(range(256)),
    "list": ["one", "two", "drei"],
    "none": [],
}


@pytest.fixture(scope="module")
def user32() -> None:
    """Its first call opens some handles for good."""
    announce()


@pytest.fixture(autouse=True)
def nothing_is_left(user32: None) -> Iterator[None]:
    """No key, no handle, no thread more than before."""
    with live_state(True):
        yield


@pytest.fixture
def registry() -> Iterator[Registry]:
    with anyreg.open() as registry:
        yield registry


def reg(*arguments: str) -> str:
    """What reg.exe prints; it must succeed."""
    done = subprocess.run(["reg", *arguments], capture_output=True, check=True, timeout=WAIT)
    return done.stdout.decode("utf-8", "replace")


def seen_by_winreg(root: str, path: str) -> dict[str, dict[str, tuple[int, object]]]:
    """Each key at and below a path, with its values, as the standard module sees it."""
    found: dict[str, dict[str, tuple[int, object]]] = {}
    with genuine.OpenKey(getattr(genuine, root), path) as key:
        try:
            subkeys, values, _ = genuine.QueryInfoKey(key)
        except OSError:  # the counters, which are no key
            return found
        listed = [genuine.EnumValue(key, index) for index in range(values)]
        found[path] = {name: (kind, data) for name, data, kind in listed}
        names = [genuine.EnumKey(key, index) for index in range(subkeys)]
    for name in names:
        found |= seen_by_winreg(root, f"{path}\\{name}")
    return found


def is_in(path: str, top: str) -> bool:
    return path == top or path.startswith(f"{top}\\")


def seen_by_walk(registry: Registry, root: str, path: str) -> dict[str, dict[str, Any]]:
    """The same by `walk()`; a symbolic link is told as one, where winreg sees through it."""
    found: dict[str, dict[str, Any]] = {}
    with registry.open(f"{root}\\{path}") as top:
        for key, _, values in top.walk(on_error=fail):
            found[key.path.removeprefix(f"{root}\\")] = {
                value.name: (value.type, as_winreg_has_it(value.data)) for value in values
            }
    return found


def as_winreg_has_it(data: object) -> object:
    """The standard module has None for no bytes; texts are plain ones."""
    if isinstance(data, str):
        return str(data)
    return None if data == b"" else data


# Read, and read many


def test_read_what_windows_has_written(registry: Registry) -> None:
    """Of its own version: one value, a default for what is missing, several at one moment."""
    path = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion"
    with genuine.OpenKey(genuine.HKEY_LOCAL_MACHINE, path) as key:
        names = ["ProductName", "CurrentBuild", "SystemRoot", "InstallDate"]
        expected = {name: genuine.QueryValueEx(key, name)[0] for name in names}
    assert registry.read(rf"HKLM\{path}", "ProductName") == expected["ProductName"]
    assert registry.read(rf"HKLM\{path}", "No Such Value", 3) == 3
    assert registry.read_many(rf"HKLM\{path}", [*names, "No"], 3) == expected | {"No": 3}


def test_read_a_hundred_values_at_once(registry: Registry) -> None:
    with genuine.CreateKey(genuine.HKEY_CURRENT_USER, BELOW) as key:
        for number in range(100):
            genuine.SetValueEx(key, f"v{number}", 0, genuine.REG_DWORD, number)
    names = [f"v{number}" for number in range(100)]
    assert registry.read_many(TOP, names) == {f"v{number}": number for number in range(100)}


# Write


def test_write_every_type(registry: Registry) -> None:
    """As the standard module and reg.exe read them; what stood there before comes back."""
    for name, data in DATA.items():
        assert registry.write(TOP, name, data) is None
    with genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW) as key:
        found = {name: genuine.QueryValueEx(key, name) for name in DATA}
    assert found == {
        "": ("the default", genuine.REG_SZ),
        "text": ("Größe \U0001f600", genuine.REG_SZ),
        "expanded": ("%SystemRoot%\\x", genuine.REG_EXPAND_SZ),
        "number": (0xFFFFFFFF, genuine.REG_DWORD),
        "long": (1 << 63, genuine.REG_QWORD),
        "bytes": (bytes(range(256)), genuine.REG_BINARY),
        "list": (["one", "two", "drei"], genuine.REG_MULTI_SZ),
        "none": ([], genuine.REG_MULTI_SZ),
    }
    printed = reg("query", TOP, "/v", "number").split()
    assert printed[-3:] == ["number", "REG_DWORD", "0xffffffff"]
    before = registry.write(TOP, "number", 1)
    assert before is not None
    assert before.data == 0xFFFFFFFF


def test_read_what_others_have_written(registry: Registry) -> None:
    reg("add", TOP, "/v", "list", "/t", "REG_MULTI_SZ", "/d", r"one\0two", "/f")
    reg("add", TOP, "/v", "expanded", "/t", "REG_EXPAND_SZ", "/d", r"%TEMP%\x", "/f")
    with genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW, 0, genuine.KEY_WRITE) as key:
        genuine.SetValueEx(key, "", 0, genuine.REG_SZ, "Ada")
        genuine.SetValueEx(key, "odd", 0, 0x1234, b"\x01")
    with registry.open(TOP) as top:
        assert dict(top.values) == {
            "list": ["one", "two"],
            "expanded": ExpandString(r"%TEMP%\x"),
            "": "Ada",
            "odd": b"\x01",
        }
        assert top.value("odd").type == 0x1234
        assert top.value("expanded").expand(os.environ) == rf"{os.environ['TEMP']}\x"


def test_several_changes_all_or_none(registry: Registry) -> None:
    """What a block that fails has done is not there any more."""
    registry.write(TOP, "v", 1)

    def install() -> None:
        with registry.transaction(durable=True):
            registry.write(TOP, "v", 2)
            registry.write(TOP + r"\Sub\Key", "w", 3)
            raise LookupError

    with pytest.raises(LookupError):
        install()
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == {BELOW: {"v": (4, 1)}}


# Walk


def test_walk_a_tree_of_ones_own(registry: Registry) -> None:
    for number in range(40):
        path = "\\".join(f"k{digit}" for digit in str(number))
        for name, data in DATA.items():
            registry.write(f"{TOP}\\{path}", name, data)
    expected = seen_by_winreg("HKEY_CURRENT_USER", BELOW)
    assert len(expected) > 40
    assert seen_by_walk(registry, "HKEY_CURRENT_USER", BELOW) == expected


def test_walk_what_windows_has(registry: Registry) -> None:
    """Thousands of keys: nothing is missing, nothing comes twice, every byte is the same."""
    path = r"Software\Microsoft"
    expected = seen_by_winreg("HKEY_LOCAL_MACHINE", path)
    assert len(expected) > 500
    found = seen_by_walk(registry, "HKEY_LOCAL_MACHINE", path)
    for link in [name for name, values in found.items() if "SymbolicLinkValue" in values]:
        target = str(found.pop(link)["SymbolicLinkValue"][1]).removeprefix("\\Registry\\Machine\\")
        through = {name: expected.pop(name) for name in list(expected) if is_in(name, link)}
        there = {name for name in expected if is_in(name, target)}
        assert {name.replace(link, target, 1) for name in through} == there
    assert found == expected


COUNTERS = r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\Perflib"


def test_the_counters_are_no_key(registry: Registry) -> None:
    """No list has them, which is said in the log; who asks for them is told what they are."""
    with registry.open(COUNTERS) as key:
        assert list(key.subkeys) == []
        assert [step.key.name for step in key.walk(on_error=fail)] == ["Perflib"]
    with pytest.raises(NotSupportedError, match="counters"):
        registry.open(COUNTERS + r"\009")


@pytest.mark.parametrize("ending", ["reg", "json", "csv", "hive"])
def test_an_export_goes_on_behind_the_counters(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str
) -> None:
    """And says what it leaves out."""
    above = COUNTERS.rpartition("\\")[0]
    with registry.open(above) as key:
        key.export(tmp_path / f"all.{ending}")
        paths = {step.key.path for step in key.walk()}
    assert "left out of the subkeys" in caplog.text
    assert r"Perflib\009" in caplog.text
    assert len(paths) > 50
    if ending == "reg":
        text = (tmp_path / "all.reg").read_text("utf-16")
        assert {line[1:-1] for line in text.splitlines() if line.startswith("[")} == paths


def test_what_is_copied_goes_on_behind_the_counters(registry: Registry) -> None:
    """In the registry itself, and as a hive in memory."""
    above = registry.open(COUNTERS.rpartition("\\")[0])
    with above, anyreg.open("memory:") as copy:
        above.copy_to(copy.create(r"HKCU\Copy"))
        assert list(anyreg.diff(above, copy.open(r"HKCU\Copy"))) == []


# Delete


def test_delete_with_all_below(registry: Registry) -> None:
    """Refused unless that is asked for."""
    reg("add", TOP + r"\a\b\c", "/v", "v", "/d", "x", "/f")
    with pytest.raises(anyreg.HasSubkeysError):
        registry.delete(TOP)
    registry.delete(TOP, recursive=True)
    with pytest.raises(FileNotFoundError):
        genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW)
    registry.delete(TOP, recursive=True, missing_ok=True)


def test_delete_values(registry: Registry) -> None:
    reg("add", TOP, "/v", "a", "/d", "x", "/f")
    reg("add", TOP, "/v", "b", "/d", "x", "/f")
    with registry.open(TOP) as key:
        del key.values["A"]
        with pytest.raises(KeyError):
            del key.values["a"]
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == {BELOW: {"b": (1, "x")}}


# Watch


def data_of(value: object) -> object:
    assert isinstance(value, Value)
    return value.data


def test_watch_what_other_programs_change(registry: Registry) -> None:
    """By the standard module in this process, and by reg.exe in another."""
    with registry.create(TOP) as key, key.watch(timeout=WAIT) as changes:
        with genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW, 0, genuine.KEY_WRITE) as other:
            genuine.SetValueEx(other, "v", 0, genuine.REG_DWORD, 7)
        (change,) = next(changes)
        assert (change.kind, change.name, change.before) == ("value set", "v", None)
        assert data_of(change.after) == 7
        genuine.CreateKey(genuine.HKEY_CURRENT_USER, rf"{BELOW}\below").Close()
        (change,) = next(changes)
        assert (change.kind, change.path.rpartition("\\")[2]) == ("key created", "below")
        reg("delete", TOP, "/v", "v", "/f")
        (change,) = next(changes)
        assert (change.kind, data_of(change.before)) == ("value deleted", 7)


def test_have_a_function_called(registry: Registry) -> None:
    seen: Queue[Any] = Queue()
    with registry.create(TOP) as key, key.on_change(seen.put, match="wanted"):
        reg("add", TOP, "/v", "not this one", "/d", "x", "/f")
        reg("add", TOP, "/v", "wanted", "/d", "x", "/f")
        (change,) = seen.get(timeout=WAIT)
    assert (change.name, data_of(change.after)) == ("wanted", "x")


def test_watch_in_an_event_loop(registry: Registry) -> None:
    async def main() -> object:
        async with key.awatch(timeout=WAIT) as changes:
            with genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW, 0, genuine.KEY_WRITE) as other:
                genuine.SetValueEx(other, "v", 0, genuine.REG_SZ, "Grace")
            async for batch in changes:
                return data_of(batch[0].after)
        return None

    with registry.create(TOP) as key:
        assert asyncio.run(main()) == "Grace"


# Back up and restore


def test_back_up_and_put_back(registry: Registry) -> None:
    """After a block that fails, and later; also what others have done meanwhile."""
    for name, data in DATA.items():
        registry.write(TOP + r"\a\b", name, data)
    expected = seen_by_winreg("HKEY_CURRENT_USER", BELOW)

    def change() -> None:
        with registry.backup(TOP):
            registry.delete(TOP + r"\a", recursive=True)
            reg("add", TOP + r"\new", "/f")
            raise LookupError

    with pytest.raises(LookupError):
        change()
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == expected
    saved = registry.backup(TOP)
    reg("delete", TOP, "/f")
    saved.restore()
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == expected


@pytest.mark.parametrize("form", ["json", "reg", "csv", "hive"])
def test_back_up_into_a_file(registry: Registry, tmp_path: Path, form: str) -> None:
    """All is there again, as winreg sees it, after all was deleted."""
    for name, data in DATA.items():
        registry.write(TOP + r"\a [b]\c", name, data)
    expected = seen_by_winreg("HKEY_CURRENT_USER", BELOW)
    file = tmp_path / f"backup.{form}"
    with registry.open(TOP) as key:
        key.save(file) if form == "hive" else key.export(file)
    registry.delete(TOP, recursive=True)
    if form == "hive":
        with registry.create(TOP) as key:
            key.restore(file)
    else:
        registry.import_(file)
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == expected


def test_json_says_what_winreg_says(registry: Registry, tmp_path: Path) -> None:
    """To any program: it is read by the standard module json."""
    registry.write(TOP, "number", 7)
    registry.write(TOP, "text", "Größe")
    with registry.open(TOP) as key:
        key.export(tmp_path / "all.json")
    (told,) = json.loads((tmp_path / "all.json").read_text("utf-8"))["keys"]
    assert {value["name"]: value["data"] for value in told["values"]} == {
        name: data for name, (_, data) in seen_by_winreg("HKEY_CURRENT_USER", BELOW)[BELOW].items()
    }


def test_windows_reads_our_files_and_we_its(registry: Registry, tmp_path: Path) -> None:
    """Of reg.exe: what the one has exported the other imports, and all is as it was."""
    for name, data in DATA.items():
        registry.write(TOP + r"\a\b", name, data)
    expected = seen_by_winreg("HKEY_CURRENT_USER", BELOW)
    ours, its = tmp_path / "ours.reg", tmp_path / "its.reg"
    with registry.open(TOP) as key:
        key.export(ours)
    reg("export", rf"HKEY_CURRENT_USER\{BELOW}", str(its), "/y")
    registry.delete(TOP, recursive=True)
    reg("import", str(ours))
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == expected
    reg("delete", TOP, "/f")
    registry.import_(its)
    assert seen_by_winreg("HKEY_CURRENT_USER", BELOW) == expected


# Environment and PATH


@pytest.fixture
def environment(registry: Registry) -> Iterator[Any]:
    """The user's, which is as before in the end."""
    with registry.backup(r"HKCU\Environment") as before:
        yield registry.environment()
        before.restore()


def variable(name: str) -> tuple[object, int]:
    with genuine.OpenKey(genuine.HKEY_CURRENT_USER, "Environment") as key:
        found: tuple[object, int] = genuine.QueryValueEx(key, name)
    return found


def test_variables_of_the_user(environment: Any) -> None:
    environment["ANYREG_PLAIN"] = "plain"
    environment["ANYREG_OTHER"] = r"%ANYREG_PLAIN%\x"
    assert variable("ANYREG_PLAIN") == ("plain", genuine.REG_SZ)
    assert variable("ANYREG_OTHER") == (r"%ANYREG_PLAIN%\x", genuine.REG_EXPAND_SZ)
    del environment["ANYREG_PLAIN"]
    with pytest.raises(FileNotFoundError):
        variable("ANYREG_PLAIN")


def test_path_keeps_all_that_it_is_not_about(environment: Any) -> None:
    """Type, order, variables, an empty entry, a length that ruins others."""
    long = ";".join(rf"C:\Program Files\Number {number}" for number in range(300))
    text = rf'%USERPROFILE%\bin;;"C:\semi;colon";{long}'
    with genuine.OpenKey(genuine.HKEY_CURRENT_USER, "Environment", 0, genuine.KEY_WRITE) as key:
        genuine.SetValueEx(key, "Path", 0, genuine.REG_EXPAND_SZ, text)
    assert environment.path.add(r"C:\Tools")
    assert not environment.path.add("c:/tools/")
    assert variable("Path") == (rf"{text};C:\Tools", genuine.REG_EXPAND_SZ)
    assert environment.path.remove(r"C:\TOOLS")
    assert variable("Path") == (text, genuine.REG_EXPAND_SZ)


def test_variables_of_the_system(registry: Registry) -> None:
    path = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
    with genuine.OpenKey(genuine.HKEY_LOCAL_MACHINE, path) as key:
        text, kind = genuine.QueryValueEx(key, "PATH")
    system = registry.environment(user=False)
    assert system.path.text == text
    assert system.value("Path").type == kind
    assert ";".join(system.path) == text


def test_running_programs_hear_of_a_new_path(environment: Any) -> None:
    """A window of another program gets the message, and what it names; nothing where nothing is."""
    command = [sys.executable, str(LISTENING)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        try:
            assert program.stdout.readline() == "ready\n"
            assert environment.path.add(r"C:\Tools")
            assert program.stdout.readline() == "0 Environment\n"
            assert environment.announced
            assert not environment.path.add(r"C:\Tools")
            assert environment.path.remove(r"C:\Tools")
            assert program.stdout.readline() == "0 Environment\n"
        finally:
            program.kill()
        assert program.stdout.read() == ""  # once for each change, and no more


# Owners and rights


def sddl_by_windows(path: str) -> str:
    """Owner, group and list of a key, as Windows prints them."""
    security, memory = windows["WinDLL"]("advapi32"), windows["WinDLL"]("kernel32")
    memory.LocalFree.argtypes = (c_void_p,)
    descriptor, text = c_void_p(), c_wchar_p()
    every = 7  # owner, group, and the list of who may do what
    status = security.GetNamedSecurityInfoW(
        c_wchar_p(path), 4, every, None, None, None, None, byref(descriptor)
    )
    assert status == 0
    convert = security.ConvertSecurityDescriptorToStringSecurityDescriptorW
    assert convert(descriptor, 1, every, byref(text), None)
    try:
        return str(text.value)
    finally:
        memory.LocalFree(text)
        memory.LocalFree(descriptor)


def test_who_owns_a_key(registry: Registry) -> None:
    """By name; another owner, as Windows tells it afterwards."""
    with registry.create(TOP) as key:
        assert str(key.owner)
        key.owner = "Administrators"
        assert str(key.owner) == r"BUILTIN\Administrators"
        assert key.security.sddl.startswith("O:BA")
        key.owner = r"NT AUTHORITY\SYSTEM"
        assert sddl_by_windows(rf"CURRENT_USER\{BELOW}").startswith("O:SY")


def test_the_users_own_name(registry: Registry) -> None:
    """Which only this Windows knows."""
    who = windows["WinDLL"]("advapi32")
    room, size = ctypes.create_unicode_buffer(256), c_size_t(256)
    assert who.GetUserNameW(room, byref(size))
    with registry.create(TOP) as key:
        key.owner = room.value
        assert str(key.owner).rpartition("\\")[2].lower() == room.value.lower()
        assert key.owner is not None
        assert str(key.owner.sid) == registry.about()["user"]


def test_who_may_do_what(registry: Registry) -> None:
    """Granted and denied by names; Windows prints the same, and holds to it."""
    with registry.create(TOP) as key:
        key.grant("Users", "read")
        key.deny("Guests", "set-value")
        assert sddl_by_windows(rf"CURRENT_USER\{BELOW}") == key.security.sddl
        assert "BG" in key.security.sddl
        key.deny("Everyone", "set-value", inherit=False)
        with pytest.raises(PermissionError):
            genuine.OpenKey(genuine.HKEY_CURRENT_USER, BELOW, 0, genuine.KEY_SET_VALUE)
        with pytest.raises(AccessDeniedError) as refused:
            registry.write(TOP, "v", 1)
        assert refused.value.winerror == 5
        key.revoke("Everyone")
        registry.write(TOP, "v", 1)


# HKEY_CLASSES_ROOT


def test_classes_of_all_users(registry: Registry) -> None:
    """What stands in HKLM is seen in HKCR, where new ones are made, too."""
    classes = r"Software\Classes"
    try:
        registry.write(rf"HKLM\{classes}\.conformance", "", "Conformance.File")
        assert genuine.QueryValue(genuine.HKEY_CLASSES_ROOT, ".conformance") == "Conformance.File"
        assert registry.read(r"HKCR\.conformance", "") == "Conformance.File"
        registry.write(r"HKCR\.conformance\ShellNew", "NullFile", "")
        with genuine.OpenKey(
            genuine.HKEY_LOCAL_MACHINE, rf"{classes}\.conformance\ShellNew"
        ) as key:
            assert genuine.QueryValueEx(key, "NullFile") == ("", genuine.REG_SZ)
    finally:
        registry.delete(rf"HKLM\{classes}\.conformance", recursive=True, missing_ok=True)


@pytest.mark.wine_lacks("the merged HKEY_CLASSES_ROOT")
def test_a_users_own_classes_come_first(registry: Registry) -> None:
    try:
        registry.write(r"HKLM\Software\Classes\.conformance", "", "Of all")
        registry.write(r"HKCU\Software\Classes\.conformance", "", "Of the user")
        assert genuine.QueryValue(genuine.HKEY_CLASSES_ROOT, ".conformance") == "Of the user"
        assert registry.read(r"HKCR\.conformance", "") == "Of the user"
        registry.delete(r"HKCU\Software\Classes\.conformance", recursive=True)
        assert registry.read(r"HKCR\.conformance", "") == "Of all"
    finally:
        for root in ("HKLM", "HKCU"):
            path = rf"{root}\Software\Classes\.conformance"
            registry.delete(path, recursive=True, missing_ok=True)
