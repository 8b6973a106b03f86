"""What a registry of one's own holds at first."""

from __future__ import annotations

import re

import pytest

import anyreg
from anyreg.backends.base import Backend
from anyreg.backends.control_sets import current_control_set
from anyreg.backends.initial_keys import contents, fill, new_sid, volatile_keys
from anyreg.backends.memory import MemoryBackend


def test_a_sid_is_that_of_a_person() -> None:
    """And nobody else's."""
    assert re.fullmatch(r"S-1-5-21-\d+-\d+-\d+-1001", new_sid())
    assert new_sid() != new_sid()


@pytest.mark.parametrize(
    ("select", "there", "current"),
    [
        ({"Current": 2, "Default": 1}, (1, 2), 2),
        ({"Current": 3, "Default": 1}, (1, 2), 1),
        ({"Default": 2}, (1, 2), 2),
        ({"Current": 0}, (1,), 0),
        ({"Current": "1"}, (1,), 0),
        ({}, (), 0),
    ],
)
def test_the_current_control_set(
    select: dict[str, object], there: tuple[int, ...], current: int
) -> None:
    """The one that was current, else the default, if it is there at all."""
    keys: dict[str, dict[str, object]] = {f"ControlSet00{number}": {} for number in there}
    hive: Backend = MemoryBackend()
    assert current_control_set(hive) == 0
    fill(hive, {"Select": select, **keys})
    assert current_control_set(hive) == current


def test_a_user_has_the_variables_and_folders_of_a_new_one() -> None:
    """They are those of the real profiles of a Windows 11 that nobody has changed."""
    with anyreg.open("memory:") as registry:
        for user in ("HKCU", r"HKU\.DEFAULT"):
            values = registry.open(user + r"\Environment").values
            assert dict(values) == {
                "Path": r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;",
                "TEMP": r"%USERPROFILE%\AppData\Local\Temp",
                "TMP": r"%USERPROFILE%\AppData\Local\Temp",
            }
            assert {value.type for value in registry.open(user + r"\Environment").records()} == {2}
        explorer = r"Software\Microsoft\Windows\CurrentVersion\Explorer"
        home = registry.read(rf"HKCU\{explorer}\Shell Folders", "AppData")
        assert re.fullmatch(r"C:\\Users\\[^\\]+\\AppData\\Roaming", str(home))
        set_there = registry.read(rf"HKCU\{explorer}\User Shell Folders", "AppData")
        assert set_there == r"%USERPROFILE%\AppData\Roaming"
        common = registry.open(rf"HKLM\{explorer}\Shell Folders").values
        assert common["Common AppData"] == r"C:\ProgramData"
        assert common["Common Desktop"] == r"C:\Users\Public\Desktop"


def test_what_programs_ask_of_the_computer_is_there() -> None:
    """A zone as a key and by its facts, and the processor's name and number."""
    with anyreg.open("memory:") as registry:
        control = r"HKLM\SYSTEM\CurrentControlSet\Control"
        zone = registry.open(rf"{control}\TimeZoneInformation").values
        zones = registry.open(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Time Zones")
        here = zones.open(str(zone["TimeZoneKeyName"])).values
        assert (here["Std"], here["Dlt"]) == (zone["StandardName"], zone["DaylightName"])
        assert here["TZI"] == bytes(44)
        environment = registry.open(rf"{control}\Session Manager\Environment").values
        assert int(str(environment["NUMBER_OF_PROCESSORS"])) >= 1
        assert environment["PROCESSOR_ARCHITECTURE"]


def test_links_belong_to_the_hives_that_are_there() -> None:
    """Without a SYSTEM there is no control set, without classes no key for them."""
    all_hives = list(contents("S-1"))
    links = [key.target for key in volatile_keys(all_hives, 7) if key.target]
    assert links == [
        r"\Registry\Machine\SYSTEM\ControlSet007",
        r"\Registry\Machine\SYSTEM\ControlSet007\Hardware Profiles\0001",
        r"\Registry\User\S-1_Classes",
    ]
    assert [key.target for key in volatile_keys(["SOFTWARE", "S-1"], 7) if key.target] == []
    assert [key.target for key in volatile_keys(["SYSTEM"], 0) if key.target] == []
