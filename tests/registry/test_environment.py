"""Environment variables: where they are, what they keep, and who may change them meanwhile."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import anyreg
from anyreg import (
    ExpandString,
    KeyNotFoundError,
    LimitError,
    NotSupportedError,
    ValueNotFoundError,
    ValueTypeError,
)
from registry.disks import SID, small_disk

USER = r"HKCU\Environment"
SYSTEM = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
REG_SZ, REG_EXPAND_SZ = 1, 2


@pytest.fixture
def registry() -> anyreg.Registry:
    return anyreg.open("memory:")


# Where


def test_the_users_and_the_systems(registry: anyreg.Registry) -> None:
    """Each in its own key."""
    registry.environment()["A"] = "1"
    registry.environment(user=False)["B"] = "2"
    assert registry.read(USER, "A") == "1"
    assert registry.read(SYSTEM, "B") == "2"
    assert "user" in repr(registry.environment())
    assert "system" in repr(registry.environment(user=False))


def test_a_hive_alone_has_its_own(tmp_path: Path) -> None:
    """NTUSER.DAT those of its user, SYSTEM those of its current control set."""
    with anyreg.open(tmp_path / "NTUSER.DAT", "x") as user:
        user.environment().path.add(r"C:\a")
        assert user.read("Environment", "Path") == r"C:\a"
        with pytest.raises(KeyNotFoundError, match="no control set"):
            len(user.environment(user=False))
        assert user.check() == []
    with anyreg.open(tmp_path / "SYSTEM", "x") as system:
        system.write("Select", "Current", 3)
        system.create("ControlSet003")
        system.environment(user=False)["A"] = "1"
        place = r"ControlSet003\Control\Session Manager\Environment"
        assert system.environment(user=False).location == place
        assert system.read(place, "A") == "1"
        assert system.check() == []


def test_a_disk_has_those_of_each_user(tmp_path: Path) -> None:
    """Whose they are must be clear."""
    disk = small_disk(tmp_path, {SID: "Ada", SID + "2": "Bob"})
    for user in ("Ada", "Bob"):
        with anyreg.open(disk, "r+", user=user) as registry:
            registry.environment()["NAME"] = user
            registry.environment(user=False)["SYSTEM"] = "2"
    with anyreg.open(disk) as registry:
        with pytest.raises(anyreg.RegistryError):
            registry.environment()["NAME"]
        assert registry.read(rf"HKU\{SID}\Environment", "NAME") == "Ada"
        assert registry.environment(user=False)["System"] == "2"
    with anyreg.open(disk, user="Bob") as registry:
        assert registry.environment()["name"] == "Bob"
    with anyreg.open(disk / "Windows" / "System32" / "config" / "SYSTEM") as system:
        assert "ControlSet002" in system.environment(user=False).location


def test_what_is_read_only_stays(tmp_path: Path) -> None:
    """And says so."""
    with anyreg.open(tmp_path / "NTUSER.DAT", "x") as user:
        user.environment()["A"] = "1"
    with anyreg.open(tmp_path / "NTUSER.DAT") as user:
        environment = user.environment()
        for change in (lambda: environment.path.add("x"), environment.clear):
            with pytest.raises(NotSupportedError):
                change()
        assert dict(environment) == {"A": "1"}


# The mapping


def test_it_is_a_mapping_without_case(registry: anyreg.Registry) -> None:
    """The first spelling of a name stays."""
    environment = registry.environment()
    environment["Editor"] = "vi"
    environment["EDITOR"] = "ed"
    assert environment["editor"] == "ed"
    assert "eDITOR" in environment
    assert list(environment)[-1] == "Editor"
    assert sorted(environment) == ["Editor", "Path", "TEMP", "TMP"]
    del environment["EDITOR"]
    assert environment.get("Editor") is None
    for missing in ("Editor", ""):
        assert missing not in environment
        with pytest.raises(ValueNotFoundError):
            environment[missing]
        with pytest.raises(KeyError):
            del environment[missing]


def test_many_are_set_all_or_none(registry: anyreg.Registry) -> None:
    """A bad one spoils the lot."""
    environment = registry.environment()
    environment.update({"A": "1"}, B="2")
    with pytest.raises(LimitError):
        environment.update({"A": "3", "C=": "4"})
    assert (environment["A"], environment["B"]) == ("1", "2")
    environment.clear()
    assert dict(environment) == {}


def test_a_variable_keeps_its_type(registry: anyreg.Registry) -> None:
    """A new one has the type that its text asks for, unless it is said."""
    environment = registry.environment()
    kinds = []
    for name, text, expand in (
        ("plain", "a", None),
        ("new", "%A%b", None),
        ("percent", "100% of 50 %", None),
        ("rate", "100%", None),
        ("forced", "a", True),
        ("literal", "%A%", False),
        ("marked", ExpandString("x"), None),
    ):
        environment.set(name, text, expand=expand)
        kinds.append(environment.value(name).type)
    assert kinds == [1, 2, 2, 1, 2, 1, 2]
    environment["plain"] = "%A%"
    environment["new"] = "b"
    assert environment.value("plain").type == REG_SZ
    assert environment.value("new").type == REG_EXPAND_SZ
    assert environment.set("new", "b", expand=False)
    assert environment.value("new").type == REG_SZ
    assert not environment.set("new", "b")


def test_a_text_that_windows_will_not_expand_is_warned_of(
    registry: anyreg.Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """Its type says so, and its type stays."""
    registry.environment().set("Tools", "C:\\a", expand=False)
    registry.environment().list("Tools").add(r"%X%\secret")
    assert "'Tools' is REG_SZ" in caplog.text
    assert "secret" not in caplog.text


def test_a_path_is_expanded_whatever_its_type(
    registry: anyreg.Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """By Windows: nothing is to be warned of."""
    registry.environment().set("PATH", "C:\\a", expand=False)
    registry.environment().path.add(r"%X%\bin")
    assert registry.environment().value("path").type == REG_SZ
    assert "expand" not in caplog.text


def test_values_that_are_no_texts_are_no_variables(registry: anyreg.Registry) -> None:
    """They stay, and are in nobody's way."""
    registry.open(USER).set_values({"Number": 5, "": "default"})
    environment = registry.environment()
    assert "Number" not in environment
    assert sorted(environment) == ["Path", "TEMP", "TMP"]
    with pytest.raises(ValueTypeError):
        environment["Number"]
    with pytest.raises(ValueTypeError):
        environment["Number"] = "6"
    environment.clear()
    assert dict(registry.open(USER).values) == {"Number": 5, "": "default"}
    del environment["Number"]
    assert registry.read(USER, "Number") is None


@pytest.mark.parametrize("name", ["", "a=b", "a\0b"])
def test_bad_names_are_refused(registry: anyreg.Registry, name: str) -> None:
    """Windows could not give them to a program."""
    with pytest.raises(LimitError):
        registry.environment()[name] = "x"
    with pytest.raises(LimitError):
        registry.environment()["x"] = "a\0b"
    assert "x" not in registry.environment()


def test_an_empty_text_is_a_variable(registry: anyreg.Registry) -> None:
    """Programs cannot see it, but Windows keeps it."""
    assert registry.environment().set("EMPTY", "")
    assert registry.environment()["EMPTY"] == ""


# Telling


def test_elsewhere_it_is_said_that_nobody_was_told(
    registry: anyreg.Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """Once a change, and not where there was none."""
    caplog.set_level(logging.INFO, "anyreg.registry.environment")
    environment = registry.environment()
    environment.path.add(r"C:\a")
    environment.path.add(r"C:\a")
    assert not environment.announced
    assert caplog.text.count("no WM_SETTINGCHANGE sent") == 1


@pytest.mark.parametrize("told", [True, False])
def test_a_live_registry_tells(
    registry: anyreg.Registry,
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Every change, once it is made; whether all have heard it is known."""
    caplog.set_level(logging.INFO)
    seen: list[object] = []

    def announce() -> bool:
        seen.append(registry.read(USER, "A"))
        return told

    monkeypatch.setattr("anyreg.registry.environment.announce", announce)
    monkeypatch.setattr(registry._backend, "is_live", True)
    environment = registry.environment()
    environment["A"] = "1"
    environment["A"] = "1"
    del environment["A"]
    assert seen == ["1", None]
    assert environment.announced is told
    assert ("not all running programs" in caplog.text) is not told


# Meanwhile


ADD = """
import sys, anyreg
with anyreg.open(sys.argv[1], "r+") as registry:
    print(len(registry.environment()), flush=True)
    sys.stdin.read(1)
    for number in range(50):
        registry.environment().path.add(rf"C:\\{sys.argv[2]}{number}")
"""


def started(command: list[str]) -> subprocess.Popen[bytes]:
    """A program that has printed a line, and waits to go on."""
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None
    other.stdout.readline()
    return other


def go_on(other: subprocess.Popen[bytes]) -> None:
    assert other.stdin is not None
    other.stdin.write(b"!")
    other.stdin.flush()


@pytest.mark.parametrize("kind", ["registry", "hive"])
def test_edits_of_several_processes_are_all_kept(tmp_path: Path, kind: str) -> None:
    """Reading and writing is one thing, which nobody comes in between."""
    target = f"{tmp_path}/own/" if kind == "registry" else str(tmp_path / "NTUSER.DAT")
    anyreg.open(target, "x").close()
    others = [started([sys.executable, "-c", ADD, target, letter]) for letter in ("a", "b")]
    with anyreg.open(target, "r+") as registry:
        for other in others:
            go_on(other)
        for number in range(50):
            registry.environment().path.prepend(rf"C:\ours{number}")
        for other in others:
            other.communicate()
        assert [other.returncode for other in others] == [0, 0]
        assert len(registry.environment().path) == (1 if kind == "registry" else 0) + 150
        assert registry.check() == []


SET = """
import sys, anyreg
with anyreg.open(sys.argv[1], "r+") as registry:
    key = registry.root.open(sys.argv[2])
    key.values["Path"] = "second"
    print("ready", flush=True)
    sys.stdin.read(1)
    key.values["Path"] = "theirs"
"""


@pytest.mark.parametrize("kind", ["registry", "hive"])
def test_a_change_of_others_waits_for_the_edit(tmp_path: Path, kind: str) -> None:
    """Also one that is no edit, and in no transaction: it must not be written over unseen."""
    target = f"{tmp_path}/own/" if kind == "registry" else str(tmp_path / "NTUSER.DAT")
    with anyreg.open(target, "x") as registry:
        environment = registry.environment()
        environment["Path"] = "first"
        command = [sys.executable, "-c", SET, target, environment.location]
        other = started(command)

        def change(text: str) -> str:
            go_on(other)
            with pytest.raises(subprocess.TimeoutExpired):
                other.wait(timeout=1)
            return text + ";ours"

        assert environment.edit("Path", change)
        other.communicate()
        assert other.returncode == 0
        assert environment["Path"] == "theirs"


def test_edits_of_several_threads_are_all_kept(registry: anyreg.Registry) -> None:
    """The same within a process."""

    def add(letter: str) -> None:
        for number in range(50):
            registry.environment().path.add(f"{letter}{number}")

    threads = [threading.Thread(target=add, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(registry.environment().path) == 1 + 150


def test_an_edit_is_a_part_of_the_transaction_under_way(registry: anyreg.Registry) -> None:
    """And undone with it."""

    def add_two() -> None:
        with registry.transaction():
            registry.environment().path.add("x")
            registry.environment().path.add("")

    with pytest.raises(LimitError):
        add_two()
    assert "x" not in registry.environment().path


def test_the_process_keeps_its_own_environment(registry: anyreg.Registry) -> None:
    """The registry is where the next programs have theirs from."""
    registry.environment()["ANYREG_TEST_NAME"] = "x"
    assert "ANYREG_TEST_NAME" not in os.environ
