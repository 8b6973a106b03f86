"""What Windows has and winreg lacks."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import anyreg
from anyreg import winapi, winreg
from winapi.codes import fails
from winapi.conftest import Once

Key = winreg.HKEYType
HKLM = winreg.HKEY_LOCAL_MACHINE


def test_rename(key: Key) -> None:
    """Handles go along."""
    sub = winreg.CreateKey(key, "old")
    winreg.CreateKey(key, "other")
    winapi.rename_key(key, "old", "new")
    assert winapi.nt_path(sub).endswith(r"\new")
    winapi.rename_key(sub, None, "newer")
    assert [winreg.EnumKey(key, index) for index in (0, 1)] == ["newer", "other"]


@pytest.mark.parametrize(
    ("path", "name", "code"),
    [("a", "b", 5), ("a", "A", 5), ("none", "x", 2), ("a", "", 87), ("a", r"x\y", 87)],
)
def test_renames_that_fail(key: Key, path: str, name: str, code: int) -> None:
    """Onto another key, only in case, of nothing, to no name or a path."""
    winreg.CreateKey(key, "a")
    winreg.CreateKey(key, "b")
    with fails(code):
        winapi.rename_key(key, path, name)


def test_copy_tree_merges(key: Key) -> None:
    """Values are replaced, keys gone into, the rest stays."""
    winreg.SetValue(key, r"from\sub", 1, "new")
    winreg.SetValue(key, r"to\sub", 1, "old")
    winreg.SetValue(key, r"to\kept", 1, "kept")
    with winreg.CreateKey(key, "to") as target:
        winapi.copy_tree(key, "from", target)
        assert winreg.QueryValue(target, "sub") == "new"
        assert winreg.QueryValue(target, "kept") == "kept"
    with fails(2):
        winapi.copy_tree(key, "none", key)


def test_delete_tree(key: Key) -> None:
    """With a path the key too; without one all that it holds."""
    winreg.SetValue(key, r"a\b\c", 1, "x")
    winreg.SetValueEx(key, "v", 0, 1, "x")
    winapi.delete_tree(key, "a")
    assert winreg.QueryInfoKey(key)[:2] == (0, 1)
    winreg.SetValue(key, r"a\b\c", 1, "x")
    winapi.delete_tree(key)
    assert winreg.QueryInfoKey(key)[:2] == (0, 0)
    with fails(2):
        winapi.delete_tree(key, "a")


def test_values_of_subkeys(key: Key) -> None:
    """Set, which makes the key, and deleted in one call."""
    winapi.set_key_value(key, r"a\b", "v", winreg.REG_DWORD, 5)
    assert winapi.get_value(key, r"a\b", "v") == (5, winreg.REG_DWORD)
    winapi.delete_key_value(key, r"a\b", "v")
    with fails(2):
        winapi.delete_key_value(key, r"a\b", "v")
    winapi.set_key_value(key, None, "own", winreg.REG_SZ, "x")
    winapi.delete_key_value(key, "", "own")


# Type, bytes, flags, and the data or the code that comes of them.
GET: list[tuple[int, bytes, int, object]] = [
    (1, b"a\0", 0xFFFF, "a"),
    (1, b"a\0", 0x02, "a"),
    (1, b"a\0", 0x10, OSError(1630)),
    (3, b"1234", 0x18, b"1234"),
    (3, b"123", 0x18, OSError(1629)),
    (3, b"12345678", 0x48, b"12345678"),
    (4, b"\1\0\0\0", 0x18, 1),
    (4, b"\1\0\0\0", 0x40, OSError(1630)),
    (2, "%ANYREG_X%".encode("utf-16-le"), 0x02, "y"),
    (2, "%ANYREG_X%".encode("utf-16-le"), 0x10000004, "%ANYREG_X%"),
    (2, "%ANYREG_X%".encode("utf-16-le"), 0xFFFF, "y"),
    (2, b"", 0x04, OSError(87)),
    (2, b"", 0x10000002, OSError(1630)),
    (7, b"a\0\0\0", 0x20, ["a"]),
    (1, b"", 0x30002, OSError(87)),
]


@pytest.mark.parametrize("row", GET)
def test_get_value_lets_through_what_is_asked_for(
    key: Key, monkeypatch: pytest.MonkeyPatch, row: tuple[int, bytes, int, object]
) -> None:
    """By type, by size, expanded or not."""
    monkeypatch.setenv("ANYREG_X", "y")
    kind, raw, flags, wanted = row
    winapi.set_raw(key, "v", kind, raw)
    if isinstance(wanted, OSError):
        with fails(wanted.args[0]):
            winapi.get_value(key, None, "v", flags)
    else:
        assert winapi.get_value(key, None, "v", flags)[0] == wanted


def test_hives_are_saved_loaded_and_unloaded(key: Key, tmp_path: Path) -> None:
    """Only new files are written; only below two keys can one be loaded."""
    winreg.SetValue(key, r"a\b", 1, "x")
    file = str(tmp_path / "saved.hive")
    winreg.SaveKey(key, file)
    with fails(183):
        winreg.SaveKey(key, file)
    winreg.LoadKey(HKLM, "AnyregLoaded", file)
    assert winreg.QueryValue(HKLM, r"AnyregLoaded\a\b") == "x"
    winapi.unload_key(HKLM, "AnyregLoaded")
    with fails(2):
        winreg.OpenKey(HKLM, "AnyregLoaded")
    for place, name in ((winreg.HKEY_CURRENT_USER, "x"), (HKLM, ""), (HKLM, r"a\b")):
        with fails(87):
            winreg.LoadKey(place, name, file)


def test_a_hive_is_replaced_when_it_is_loaded_anew(key: Key, tmp_path: Path) -> None:
    """The old file is kept; a name that is taken, and a key that is no mount, are refused."""
    files = [str(tmp_path / name) for name in ("a.hive", "new.hive", "kept.hive")]
    for file in files[:2]:
        winreg.SetValue(key, "a", 1, file)
        winreg.SaveKey(key, file)
    winreg.LoadKey(HKLM, "AnyregReplaced", files[0])
    with fails(183):
        winapi.replace_key(HKLM, "AnyregReplaced", files[1], files[0])
    for place, name in ((winreg.HKEY_CURRENT_USER, "x"), (HKLM, ""), (HKLM, r"a\b")):
        with fails(87):
            winapi.replace_key(place, name, files[1], files[2])
    winapi.replace_key(HKLM, "AnyregReplaced", files[1], files[2])
    winapi.unload_key(HKLM, "AnyregReplaced")
    for file, text in ((files[0], files[1]), (files[2], files[0])):
        winreg.LoadKey(HKLM, "AnyregReplaced", file)
        assert winreg.QueryValue(HKLM, r"AnyregReplaced\a") == text
        winapi.unload_key(HKLM, "AnyregReplaced")


def test_restoring_replaces_all(key: Key, tmp_path: Path) -> None:
    """What came after the saving is gone."""
    winreg.SetValue(key, "a", 1, "x")
    file = str(tmp_path / "saved.hive")
    winapi.save_key(key, file, 1)
    winreg.SetValue(key, "b", 1, "y")
    winapi.restore_key(key, file)
    assert winreg.QueryInfoKey(key)[0] == 1
    assert winreg.QueryValue(key, "a") == "x"
    with anyreg.open(file) as hive:
        assert hive.about()["version"] == "1.3"
    with fails(87):
        winapi.save_key(key, str(tmp_path / "other"), 3)


def test_an_app_hive_is_open_as_long_as_a_handle_of_it(tmp_path: Path) -> None:
    """And then closed, whole."""
    file = tmp_path / "app.hive"
    with winapi.load_app_key(str(file)) as root:
        sub = winreg.CreateKey(root, "Settings")
    winreg.SetValueEx(sub, "v", 0, 1, "kept")
    sub.Close()
    with anyreg.open(file) as hive:
        assert hive.read("Settings", "v") == "kept"
        assert hive.about()["state"] == "clean"
    with winapi.load_app_key(str(file)) as root:
        assert winreg.QueryInfoKey(root)[0] == 1


@contextmanager
def changing(key: Key, path: str) -> Iterator[None]:
    """The default value of a key below is another one every few milliseconds."""
    stop = threading.Event()

    def change() -> None:
        for number in itertools.count():
            winreg.SetValue(key, path, 1, str(number))
            if stop.wait(0.01):
                return

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_waiting_for_a_change(key: Key, once_asked: Once) -> None:
    """It ends with the change, or with the time."""
    assert winapi.wait_for_change(key, timeout=0.02) is False
    once_asked(lambda: winreg.SetValue(key, "new", 1, "x"))
    assert winapi.wait_for_change(key, timeout=30) is True


def test_waiting_for_a_change_further_down(key: Key) -> None:
    """Only where the keys below are asked for; a filter can leave values out."""
    winreg.CreateKey(key, r"a\b")
    with changing(key, r"a\b"):
        assert winapi.wait_for_change(key, subtree=True, filter=4, timeout=30) is True
        assert winapi.wait_for_change(key, filter=5, timeout=0.1) is False
        assert winapi.wait_for_change(key, subtree=True, filter=1, timeout=0.1) is False


def test_waiting_needs_the_right_and_ends_with_the_key(key: Key, once_asked: Once) -> None:
    """A key that is deleted has changed; the filter must be one."""
    with fails(5):
        winapi.wait_for_change(winreg.CreateKeyEx(key, "x"), timeout=0)
    with fails(87):
        winapi.wait_for_change(key, filter=0x100)
    sub = winreg.CreateKey(key, "sub")
    once_asked(lambda: winreg.DeleteKey(key, "sub"))
    assert winapi.wait_for_change(sub, timeout=30) is True


def test_waiting_can_be_stopped(key: Key) -> None:
    """By an event of the caller."""
    stop = threading.Event()
    stop.set()
    assert winapi.wait_for_change(key, stop=stop) is False
