"""Windows disks for tests: made small, or laid out from real hives."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyreg

SID = "S-1-5-21-1-2-3-1001"
REAL_SID = "S-1-5-21-4063860464-1508573791-632671957-1001"
LIST = r"Microsoft\Windows NT\CurrentVersion\ProfileList"
LOCAL_SERVICE = "S-1-5-19"


def list_profiles(software: Path, profiles: dict[str, str]) -> None:
    """Make a hive SOFTWARE that lists profiles: paths of Windows by SID."""
    with anyreg.open(software, "x") as hive:
        listed = hive.create(LIST)
        for sid, path in profiles.items():
            value = anyreg.ExpandString(path)
            listed.create(sid).values["ProfileImagePath"] = value


def small_disk(disk: Path, people: dict[str, str] | None = None) -> Path:
    """A disk with a SYSTEM of two control sets, and profiles: folder names by SID."""
    people = {SID: "Ada"} if people is None else people
    config = disk / "Windows" / "System32" / "config"
    config.mkdir(parents=True)
    with anyreg.open(config / "SYSTEM", "x") as system:
        system.create("Select").values.update({"Current": 2, "Default": 1})
        for number in (1, 2):
            system.create(rf"ControlSet00{number}\Control").values["Number"] = number
    anyreg.open(config / "DEFAULT", "x").close()
    list_profiles(config / "SOFTWARE", {sid: rf"C:\Users\{name}" for sid, name in people.items()})
    for name in people.values():
        profile = disk / "Users" / name
        classes = profile / "AppData" / "Local" / "Microsoft" / "Windows"
        classes.mkdir(parents=True)
        with anyreg.open(profile / "NTUSER.DAT", "x") as user:
            user.create("Software").values["Of"] = name
        anyreg.open(classes / "UsrClass.dat", "x").close()
    return disk


def real_disk(corpus: Path, disk: Path) -> Path:
    """A disk of real hives, with names in odd cases; SOFTWARE is made, as no real one is whole."""
    real = corpus / "real"
    config = disk / "WINDOWS" / "system32" / "Config"
    user = disk / "users" / "ada"
    classes = user / "AppData" / "Local" / "Microsoft" / "Windows"
    service = disk / "WINDOWS" / "ServiceProfiles" / "LocalService"
    for folder in (config, classes, service):
        folder.mkdir(parents=True)
    for suffix in ("", ".LOG1", ".LOG2"):
        _take(real / "system-b" / f"SYSTEM_B{suffix}", config / f"system{suffix}")
        _take(real / "win11" / "config" / f"DEFAULT{suffix}", config / f"DEFAULT{suffix}")
        _take(real / "win11" / "user" / f"NTUSER.DAT{suffix}", user / f"ntuser.dat{suffix}")
        _take(real / "win11" / "user" / f"UsrClass.dat{suffix}", classes / f"UsrClass.dat{suffix}")
        ours = service / f"NTUSER.DAT{suffix}"
        _take(real / "win11" / "LocalService" / f"NTUSER.DAT{suffix}", ours)
    profiles = {
        REAL_SID: r"C:\Users\Ada",
        LOCAL_SERVICE: r"%SystemRoot%\ServiceProfiles\LocalService",
    }
    list_profiles(config / "SOFTWARE", profiles)
    return disk


def _take(source: Path, target: Path) -> None:
    found = [file for file in source.parent.iterdir() if file.name.lower() == source.name.lower()]
    if found:
        shutil.copyfile(found[0], target)
