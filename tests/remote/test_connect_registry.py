"""RegConnectRegistry to another computer: by winreg, by windll and by pywin32, to a real Samba."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import anyreg
from anyreg import winapi, winreg
from anyreg.install import installed
from anyreg.windll.libraries import WinDLL
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, Smbd, free_port, server
from remote.test_remote_backend import without_threads

HKLM, HKU, HKPD = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_USERS, winreg.HKEY_PERFORMANCE_DATA
PLACE = r"SOFTWARE\ConnectRegistry"


def computer() -> str:
    return rf"\\{HOST}:{server().port}"


@pytest.fixture
def become(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the environment know of one user."""

    def known(user: str) -> None:
        file = tmp_path / "users"
        file.write_text(f"REGTEST:{user}:{PASSWORD}\n")
        monkeypatch.setenv("NTLM_USER_FILE", str(file))

    return known


@pytest.fixture(autouse=True)
def _environment(become: Callable[[str], None]) -> Iterator[None]:
    become(ADMINISTRATOR)
    yield
    become(ADMINISTRATOR)
    gc.collect()
    machine = winreg.ConnectRegistry(computer(), HKLM)
    with machine, contextlib.suppress(FileNotFoundError):
        winapi.delete_tree(int(machine), PLACE)
    assert without_threads()


@pytest.fixture
def key() -> Iterator[winreg.HKEYType]:
    """A fresh key with all rights on the other computer."""
    machine = winreg.ConnectRegistry(computer(), HKLM)
    with machine, winreg.CreateKey(machine, PLACE) as made:
        yield made


def code_of(action: Callable[[], object]) -> int:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the code is what counts
        action()
    code: int = caught.value.winerror  # type: ignore[attr-defined]
    return code


def test_values_come_back(key: winreg.HKEYType) -> None:
    """As winreg converts them, by another connection too."""
    wanted = {
        "text": ("héllo", winreg.REG_SZ),
        "path": ("%x%", winreg.REG_EXPAND_SZ),
        "list": (["a", "b"], winreg.REG_MULTI_SZ),
        "number": (7, winreg.REG_DWORD),
        "long": (1 << 40, winreg.REG_QWORD),
        "bytes": (b"\0\1", winreg.REG_BINARY),
        "nothing": (None, winreg.REG_NONE),
    }
    for name, (data, kind) in wanted.items():
        winreg.SetValueEx(key, name, 0, kind, data)
    assert {name: winreg.QueryValueEx(key, name) for name in wanted} == wanted
    count = winreg.QueryInfoKey(key)[1]
    assert {winreg.EnumValue(key, index)[0] for index in range(count)} == set(wanted)
    user = f"REGTEST\\{ADMINISTRATOR}"
    with anyreg.connect(computer(), user=user, password=PASSWORD, protocol="ntlm") as registry:
        found = registry.open(rf"HKLM\{PLACE}")
        assert {value.name for value in found.records()} == set(wanted)


def test_keys_are_made_listed_and_deleted(key: winreg.HKEYType) -> None:
    for name in ("b", "a", r"c\d\e"):
        winreg.CreateKeyEx(key, name, 0, winreg.KEY_ALL_ACCESS).Close()
    assert sorted(winreg.EnumKey(key, index) for index in range(3)) == ["a", "b", "c"]
    assert code_of(lambda: winreg.EnumKey(key, 3)) == 259
    assert code_of(lambda: winreg.DeleteKey(key, "c")) == 5
    winreg.DeleteKeyEx(key, r"c\d\e")
    winreg.DeleteKey(key, r"c\d")
    assert code_of(lambda: winreg.OpenKey(key, r"c\d")) == 2
    assert code_of(lambda: winreg.QueryValueEx(key, "none")) == 2
    assert code_of(lambda: winreg.DeleteValue(key, "none")) == 2
    winreg.FlushKey(key)


def test_only_some_roots_are_reached() -> None:
    """HKLM, HKU and the performance data; what is no predefined key is none."""
    for root in (HKLM, HKU, HKPD):
        winreg.ConnectRegistry(computer(), root).Close()
    for root in (winreg.HKEY_CURRENT_USER, winreg.HKEY_CLASSES_ROOT, winreg.HKEY_CURRENT_CONFIG):
        with pytest.raises(OSError, match="handle is invalid"):
            winreg.ConnectRegistry(computer(), root)
    with winreg.ConnectRegistry(computer(), HKU) as users:
        assert code_of(lambda: winreg.ConnectRegistry(computer(), users)) == 6


def test_a_computer_is_not_found() -> None:
    """Its name leads nowhere, nobody listens, or it is no name."""
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    for name in (r"\\no-such-host.invalid", f"{HOST}:{free_port()}", "no name!", r"\\a\b"):
        with pytest.raises(FileNotFoundError) as caught:
            winreg.ConnectRegistry(name, HKLM)
        assert caught.value.winerror == 53  # type: ignore[attr-defined]
        assert caught.value.__cause__ is not None  # which says why
    assert without_threads()


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as lacking:
        lacking.setitem(sys.modules, "smbprotocol.connection", None)
        with pytest.raises(OSError, match=r"anyreg\[remote\]"):
            winreg.ConnectRegistry(computer(), HKLM)


def test_a_wrong_password_is_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has no password in it."""
    file = tmp_path / "wrong"
    file.write_text(f"REGTEST:{ADMINISTRATOR}:Wr0ng-one\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(file))
    with pytest.raises(OSError, match="password is wrong") as caught:
        winreg.ConnectRegistry(computer(), HKLM)
    assert caught.value.winerror == 1326  # type: ignore[attr-defined]
    assert "Wr0ng-one" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_an_ordinary_user_reads(key: winreg.HKEYType, become: Callable[[str], None]) -> None:
    """What the server denies is 5, and nothing has changed."""
    winreg.SetValueEx(key, "name", 0, winreg.REG_SZ, "text")
    become(ORDINARY)
    other = computer().replace(HOST, "localhost")  # by another name: it is another connection
    with winreg.ConnectRegistry(other, HKLM) as machine, winreg.OpenKey(machine, PLACE) as found:
        assert winreg.QueryValueEx(found, "name") == ("text", 1)
        full = winreg.KEY_ALL_ACCESS
        assert code_of(lambda: winreg.OpenKey(machine, PLACE, 0, full)) == 5
        assert code_of(lambda: winreg.SetValueEx(found, "name", 0, 1, "other")) == 5
        assert code_of(lambda: winreg.CreateKey(machine, rf"{PLACE}\new")) == 5
        assert code_of(lambda: winreg.DeleteKey(machine, PLACE)) == 5
        with winreg.OpenKey(machine, PLACE, 0, winreg.KEY_READ) as reading:
            assert code_of(lambda: winreg.DeleteValue(reading, "name")) == 5
    assert winreg.QueryValueEx(key, "name") == ("text", 1)


def test_one_connection_is_shared_and_ends(key: winreg.HKEYType) -> None:
    """With its last handle, however that ends; then a new one begins."""
    opened = [winreg.ConnectRegistry(computer().upper(), root) for root in (HKLM, HKU)]
    numbers = [int(handle) for handle in opened]
    assert len(set(numbers)) == 2
    opened[0].Close()
    assert code_of(lambda: winreg.QueryInfoKey(numbers[0])) == 6
    assert winreg.QueryInfoKey(opened[1])[0] >= 0
    assert winreg.QueryInfoKey(key)[0] == 0
    assert not without_threads(0.1)
    key.Close()
    del opened
    gc.collect()


def test_many_threads_share_one_connection(key: winreg.HKEYType) -> None:
    """Each connects, works and closes."""

    def work(number: int) -> int:
        machine = winreg.ConnectRegistry(computer(), HKLM)
        with machine, winreg.OpenKey(machine, PLACE, 0, winreg.KEY_ALL_ACCESS) as own:
            winreg.SetValueEx(own, str(number), 0, winreg.REG_DWORD, number)
            value, _ = winreg.QueryValueEx(own, str(number))
        assert isinstance(value, int)
        return value

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(24))) == list(range(24))
    assert winreg.QueryInfoKey(key)[1] == 24


def test_a_connection_that_was_lost_is_noticed() -> None:
    """When somebody connects again; the handles of the old one are of no use."""
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    smbd = Smbd()
    name = rf"\\{HOST}:{smbd.start().port}"
    try:
        machine = winreg.ConnectRegistry(name, HKLM)
        smbd.end_all(signal.SIGKILL)
        with pytest.raises(OSError):  # noqa: PT011 - of any kind
            winreg.QueryInfoKey(machine)
        assert code_of(lambda: winreg.ConnectRegistry(name, HKLM)) == 53
        machine.Close()
    finally:
        smbd.stop()


def test_it_is_audited(key: winreg.HKEYType) -> None:
    """Before anything is asked for, as CPython does it."""
    heard: list[tuple[object, ...]] = []
    is_on = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if is_on and event.startswith("winreg."):
            heard.append((event, *arguments))

    sys.addaudithook(hook)
    with winreg.ConnectRegistry(computer(), HKU) as users:
        winreg.QueryInfoKey(users)
        number = int(users)
    is_on.clear()
    assert heard[0] == ("winreg.ConnectRegistry", computer(), HKU - (1 << 64))
    assert heard[1] == ("winreg.QueryInfoKey", number)


def test_notifications_are_refused(key: winreg.HKEYType) -> None:
    """As by Windows, of a handle from another computer; but it can be looked at."""
    event = winapi.Event()
    assert code_of(lambda: winapi.notify_change_key_value(int(key), True, 5, event, True)) == 6
    winapi.notify_change_key_value(int(key), True, 5, event, True, poll=0.05)
    winreg.SetValueEx(key, "new", 0, winreg.REG_SZ, "")
    assert event.wait(60)


def test_names_that_harm_a_server_are_refused(key: winreg.HKEYType) -> None:
    """Samba would break the key above."""
    assert code_of(lambda: winreg.CreateKey(key, "x" * 257)) == 87
    assert code_of(lambda: winreg.CreateKey(key, "x" * 256)) == 87
    assert code_of(lambda: winreg.SetValueEx(key, "x" * 256, 0, 1, "")) == 87
    assert winreg.QueryInfoKey(key)[:2] == (0, 0)


def test_windll_connects() -> None:
    """Codes and handles as Windows' own library gives them."""
    advapi: Any = WinDLL("advapi32")
    found = ctypes.c_void_p()
    root = ctypes.c_void_p(HKLM)
    assert advapi.RegConnectRegistryW(computer(), root, ctypes.byref(found)) == 0
    made = ctypes.c_void_p()
    assert advapi.RegCreateKeyW(found, PLACE, ctypes.byref(made)) == 0
    assert advapi.RegCloseKey(made) == 0
    assert advapi.RegCloseKey(found) == 0
    assert advapi.RegCloseKey(found) == 6
    assert without_threads()
    user = ctypes.c_void_p(winreg.HKEY_CURRENT_USER)
    assert advapi.RegConnectRegistryW(computer(), user, ctypes.byref(found)) == 6
    assert advapi.RegConnectRegistryW("none.invalid", root, ctypes.byref(found)) == 53


def test_pywin32_connects() -> None:
    """Its errors are pywintypes.error."""
    with anyreg.open("memory:") as registry, anyreg.use(registry), installed(pywin32=True):
        import pywintypes  # type: ignore[import-not-found, import-untyped, unused-ignore]
        import win32api  # type: ignore[import-not-found, import-untyped, unused-ignore]

        machine = win32api.RegConnectRegistry(computer(), HKLM)
        made = win32api.RegCreateKey(machine, PLACE)
        win32api.RegSetValueEx(made, "name", 0, winreg.REG_SZ, "text")
        assert win32api.RegQueryValueEx(made, "name") == ("text", 1)
        made.Close()
        machine.Close()
        with pytest.raises(pywintypes.error) as caught:
            win32api.RegConnectRegistry("none.invalid", HKLM)
        assert caught.value.args[0] == 53
        del caught
        gc.collect()


def test_pywin32_names_the_owner_of_a_key_of_another_computer() -> None:
    """By its SID on that computer, and the other way round."""
    with anyreg.open("memory:") as registry, anyreg.use(registry), installed(pywin32=True):
        import win32api
        import win32security  # type: ignore[import-not-found, import-untyped, unused-ignore]

        machine = win32api.RegConnectRegistry(computer(), HKLM)
        made = win32api.RegCreateKey(machine, PLACE)
        sid, domain, kind = win32security.LookupAccountName(computer(), ORDINARY)
        assert (domain, kind) == ("REGHOST", win32security.SidTypeUser)
        descriptor = win32api.RegGetKeySecurity(made, win32security.OWNER_SECURITY_INFORMATION)
        descriptor.SetSecurityDescriptorOwner(sid, False)
        win32api.RegSetKeySecurity(made, win32security.OWNER_SECURITY_INFORMATION, descriptor)
        read = win32api.RegGetKeySecurity(made, win32security.OWNER_SECURITY_INFORMATION)
        owner = read.GetSecurityDescriptorOwner()
        assert win32security.LookupAccountSid(computer(), owner) == (ORDINARY, "REGHOST", kind)
        aliases = win32security.LookupAccountName(computer(), "Administrators")
        assert aliases[1:] == ("BUILTIN", win32security.SidTypeAlias)
        with pytest.raises(win32security.error, match="1332"):
            win32security.LookupAccountSid(None, owner)
        with pytest.raises(win32security.error, match="1722"):
            win32security.LookupAccountSid("none.invalid", owner)
        with pytest.raises(win32security.error, match="1332"):
            win32security.LookupAccountName(computer(), "nobody of this name")
        made.Close()
        machine.Close()
