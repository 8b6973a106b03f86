"""The log: what is told, at which level, and what is not."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Registry
from anyreg.registry.log_messages import log_values

KEY = r"HKCU\Software\Vendor"
SECRET = "correct horse battery staple"
FULL = r"'HKEY_CURRENT_USER\\Software\\Vendor'"


@pytest.fixture
def registry() -> Registry:
    return anyreg.open("memory:")


@pytest.fixture
def with_data() -> Iterator[None]:
    """The log has the data too, for the length of a test."""
    before = log_values(True)
    yield
    log_values(before)


def do_everything(registry: Registry, folder: Path) -> None:
    key = registry.create(KEY, volatile=False)
    key.values["Password"] = SECRET
    key.set_values({"Bytes": SECRET.encode(), "List": [SECRET], "Number": 424242})
    key.set_records([anyreg.Value("Raw", 3, SECRET.encode())])
    registry.write(KEY, "Password", SECRET + "!")
    key.value("Password")
    key.get_str("Password")
    key.values.get("Missing")
    key.records()
    registry.read(KEY, "Password")
    registry.read_many(KEY, ["Password"])
    key.class_name = "cls"
    key.descriptor = key.descriptor
    key.save(folder / "saved.hive")
    key.copy_to(registry.create(r"HKCU\Copy"))
    key.restore(folder / "saved.hive")
    registry.load(r"HKU\Loaded", folder / "saved.hive")
    registry.unload(r"HKU\Loaded")
    registry.environment()["TOKEN"] = SECRET
    registry.environment().path.add(SECRET)
    key.delete_value("Number")
    key.delete_values(["Raw", "Bytes"])
    key.create("Sub")
    key.rename("Sub", "Other")
    key.delete("Other")
    key.delete("Other", missing_ok=True)
    key.close()


def test_changes_are_told_and_reading_is_not(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At INFO, one line for each."""
    caplog.set_level(logging.INFO, "anyreg")
    do_everything(registry, tmp_path)
    lines = [record.getMessage() for record in caplog.records]
    for line in (
        f"made {FULL}",
        f"set {FULL}: 'Password' REG_SZ (58 bytes)",
        f"set {FULL}: 'List' REG_MULTI_SZ (60 bytes)",
        f"set {FULL}: 'Raw' REG_BINARY (28 bytes)",
        f"set the class of {FULL}: 'cls'",
        f"copied {FULL} to 'HKEY_CURRENT_USER\\\\Copy'",
        f"saved {FULL} as the hive {str(tmp_path / 'saved.hive')!r}",
        f"restored {FULL} from the hive {str(tmp_path / 'saved.hive')!r}",
        r"unloaded 'HKU\\Loaded'",
        f"deleted from {FULL}: 'Number'",
        f"deleted from {FULL}: ['Raw', 'Bytes']",
        rf"renamed {FULL[:-1]}\\Sub' to 'Other'",
        rf"deleted {FULL[:-1]}\\Other'",
    ):
        assert lines.count(line) == 1, (line, lines)
    assert not [line for line in lines if line.startswith(("read", "opened", "closed"))]
    assert {record.levelno for record in caplog.records} == {logging.INFO}


def test_reading_is_told_when_asked(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At DEBUG; each module has a logger of its own."""
    caplog.set_level(logging.DEBUG, "anyreg")
    do_everything(registry, tmp_path)
    registry.close()
    lines = [record.getMessage() for record in caplog.records]
    assert f"read {FULL}: 'Password' REG_SZ (60 bytes)" in lines
    assert f"read {FULL}: no value 'Missing'" in lines
    assert f"read {FULL}: all values (5)" in lines
    assert f"opened {FULL}" in lines
    assert f"closed {FULL}" in lines
    assert "closed a registry" in lines
    assert {record.name for record in caplog.records} >= {
        "anyreg.registry.key",
        "anyreg.registry.key_values",
        "anyreg.registry.key_handle",
        "anyreg.registry.registry",
        "anyreg.registry.environment",
    }


def test_opening_a_registry_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """With its target."""
    caplog.set_level(logging.DEBUG, "anyreg")
    anyreg.open("memory:")
    assert "opened the registry 'memory:', mode None" in caplog.text


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO])
def test_no_data_is_told(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture, level: int
) -> None:
    """Neither as text, nor as bytes, nor in hex."""
    caplog.set_level(level)
    do_everything(registry, tmp_path)
    assert caplog.records
    for part in ("horse", "staple", SECRET.encode().hex()[:20], "424242", "c\\x00o"):
        assert part not in caplog.text


@pytest.mark.usefixtures("with_data")
def test_data_is_told_when_asked(
    registry: Registry, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Cut where it is long."""
    caplog.set_level(logging.INFO)
    do_everything(registry, tmp_path)
    registry.write(KEY, "Long", "x" * 5000)
    assert f"'Password' REG_SZ (58 bytes) = {SECRET!r}" in caplog.text
    assert f"= {[SECRET]!r}" in caplog.text
    assert "x" * 150 + "..." in caplog.text
    assert "x" * 300 not in caplog.text


def test_the_choice_is_given_back() -> None:
    """So that it can be undone."""
    assert log_values() is False
    assert log_values(False) is True
    assert anyreg.log_values is log_values


@pytest.mark.usefixtures("with_data")
def test_no_name_and_no_datum_begins_a_line(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever names a key must not write the log."""
    caplog.set_level(logging.DEBUG)
    evil = "x\nERROR forged\r\x1b[2J"
    registry.write(rf"{KEY}\{evil}", evil, evil)
    registry.read(rf"{KEY}\{evil}", evil)
    registry.open(KEY).rename(evil, evil + "2")
    registry.root.delete(rf"{KEY}\{evil}2")
    messages = [record.getMessage() for record in caplog.records]
    assert [line for line in messages if "forged" in line]
    assert not [line for line in messages if any(letter in line for letter in "\n\r\x1b")]


def test_what_is_undone_is_told(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    """Else the log would claim what never came to be."""
    caplog.set_level(logging.DEBUG)
    with registry.transaction():
        registry.write(KEY, "a", 1)
    with pytest.raises(TypeError):
        registry.write(KEY, "a", 1.5)
    told = [record.getMessage() for record in caplog.records if "transaction" in record.msg]
    assert told[-1].startswith("rolled back")
    assert told[0] == "committed a transaction"
    assert "1.5" not in caplog.text


def test_an_existing_key_is_not_made(registry: Registry, caplog: pytest.LogCaptureFixture) -> None:
    """And so nothing is told of it."""
    registry.create(KEY)
    caplog.set_level(logging.INFO)
    registry.create(KEY)
    assert not caplog.records


class Counting(logging.Logger):
    """A logger that counts how often it is asked."""

    asked = 0

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - its name there
        Counting.asked += 1
        return super().isEnabledFor(level)


def test_what_is_not_told_costs_one_question(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read, an opening, a change: each asks its logger once."""
    key = registry.create(KEY)
    key.values["a"] = 1
    gc.collect()  # keys that earlier tests have left are closed now, and ask their logger too
    for module in ("key", "key_values", "key_handle", "registry"):
        monkeypatch.setattr(logging.getLogger(f"anyreg.registry.{module}"), "__class__", Counting)
    for action in (
        lambda: key.find_value("a"),
        lambda: key.values["a"],
        lambda: key.open(""),
        lambda: key.set_values({"a": 2}),
        lambda: key.create("b"),
        lambda: key.delete("b"),
        key.close,
    ):
        Counting.asked = 0
        action()
        assert Counting.asked == 1
