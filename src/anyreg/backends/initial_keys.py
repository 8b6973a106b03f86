r"""What a registry of one's own holds at first: the keys that programs count on being there.

It is little, and true of the registry itself rather than of a Windows that is not there.  What is
volatile is made anew by whoever opens the registry first after a restart of the computer, as
Windows makes it when it starts: HARDWARE, and the symbolic links that depend on the hives.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, NamedTuple

from anyreg.backends.base import Backend
from anyreg.backends.initial_rights import accounts_rights, root_rights
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.namespace.own_links import LINK_VALUE
from anyreg.backends.shell_folders import Keys, common_folders, user_folders
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.system import computer
from anyreg.types import ExpandString, Link
from anyreg.values import Node, Value, encode

_VERSION: Final = r"Microsoft\Windows\CurrentVersion"
_NT: Final = r"Microsoft\Windows NT\CurrentVersion"
_PROFILES: Final = _NT + r"\ProfileList"
_SYSTEM_ROOT: Final = r"C:\Windows"

_ENVIRONMENT: Final = {
    "ComSpec": ExpandString(r"%SystemRoot%\system32\cmd.exe"),
    "OS": "Windows_NT",
    "Path": ExpandString(r"%SystemRoot%\system32;%SystemRoot%"),
    "PATHEXT": ".COM;.EXE;.BAT;.CMD",
    "TEMP": ExpandString(r"%SystemRoot%\TEMP"),
    "TMP": ExpandString(r"%SystemRoot%\TEMP"),
    "windir": ExpandString("%SystemRoot%"),
}
_ARCHITECTURES: Final = {"x86_64": "AMD64", "amd64": "AMD64", "aarch64": "ARM64", "i686": "x86"}
_ZONE: Final = "Coordinated Universal Time"
_NEVER: Final = bytes(16)  # a SYSTEMTIME: summer time neither begins nor ends
_UTC: Final = {
    "ActiveTimeBias": 0,
    "Bias": 0,
    "DaylightBias": 0,
    "DaylightName": _ZONE,
    "DaylightStart": _NEVER,
    "DynamicDaylightTimeDisabled": 0,
    "StandardBias": 0,
    "StandardName": _ZONE,
    "StandardStart": _NEVER,
    "TimeZoneKeyName": "UTC",
}
_USER_ENVIRONMENT: Final = {
    "Path": ExpandString(r"%USERPROFILE%\AppData\Local\Microsoft\WindowsApps;"),
    "TEMP": ExpandString(r"%USERPROFILE%\AppData\Local\Temp"),
    "TMP": ExpandString(r"%USERPROFILE%\AppData\Local\Temp"),
}


def new_sid() -> str:
    """A SID for the user of a new registry: that of a first user on a machine of its own."""
    numbers = [str(int.from_bytes(os.urandom(4), "little")) for _ in range(3)]
    return "-".join(["S-1-5-21", *numbers, "1001"])


def system() -> Keys:
    r"""HKLM\SYSTEM."""
    control = r"ControlSet001\Control"
    host, processor = computer()
    return {
        "Select": {"Current": 1, "Default": 1, "Failed": 0, "LastKnownGood": 1},
        "MountedDevices": {},
        "Setup": {"SystemSetupInProgress": 0},
        rf"{control}\ComputerName\ComputerName": {"ComputerName": host.upper()},
        rf"{control}\Nls\CodePage": {"ACP": "1252", "OEMCP": "437"},
        rf"{control}\ProductOptions": {"ProductType": "WinNT"},
        rf"{control}\Session Manager\Environment": {
            **_ENVIRONMENT,
            "NUMBER_OF_PROCESSORS": str(os.cpu_count() or 1),
            "PROCESSOR_ARCHITECTURE": _ARCHITECTURES.get(processor.lower(), processor),
        },
        rf"{control}\TimeZoneInformation": _UTC,
        r"ControlSet001\Enum": {},
        r"ControlSet001\Hardware Profiles\0001\Software": {},
        r"ControlSet001\Hardware Profiles\0001\System\CurrentControlSet": {},
        r"ControlSet001\Services\Tcpip\Parameters": {"Hostname": host},
    }


def software(user: str) -> Keys:
    r"""HKLM\SOFTWARE.

    Args:
        user: The user's SID.
    """
    import uuid

    return {
        r"Classes\CLSID": {},
        r"Classes\Interface": {},
        r"Classes\.txt": {"": "txtfile", "Content Type": "text/plain"},
        r"Classes\txtfile": {"": "Text Document"},
        r"Classes\Wow6432Node\CLSID": {},
        r"Classes\Wow6432Node\Interface": {},
        "Clients": {},
        "Policies": {},
        "RegisteredApplications": {},
        r"Microsoft\Cryptography": {"MachineGuid": str(uuid.uuid4())},
        _VERSION: {
            "CommonFilesDir": r"C:\Program Files\Common Files",
            "ProgramFilesDir": r"C:\Program Files",
            "ProgramFilesDir (x86)": r"C:\Program Files (x86)",
        },
        rf"{_VERSION}\App Paths": {},
        **common_folders(rf"{_VERSION}\Explorer"),
        rf"{_VERSION}\Policies": {},
        rf"{_VERSION}\Run": {},
        rf"{_VERSION}\RunOnce": {},
        rf"{_VERSION}\Uninstall": {},
        _NT: {
            "CurrentMajorVersionNumber": 10,
            "CurrentMinorVersionNumber": 0,
            "CurrentVersion": "6.3",
            "ProductName": "anyreg",
            "SystemRoot": _SYSTEM_ROOT,
        },
        rf"{_NT}\Image File Execution Options": {},
        rf"{_NT}\Time Zones\UTC": {
            "Display": f"(UTC) {_ZONE}",
            "Dlt": _ZONE,
            "Std": _ZONE,
            "TZI": bytes(12) + 2 * _NEVER,
        },
        _PROFILES: {
            "Default": ExpandString(r"%SystemDrive%\Users\Default"),
            "ProfilesDirectory": ExpandString(r"%SystemDrive%\Users"),
            "ProgramData": ExpandString(r"%SystemDrive%\ProgramData"),
            "Public": ExpandString(r"%SystemDrive%\Users\Public"),
        },
        rf"{_PROFILES}\S-1-5-18": {
            "Flags": 12,
            "ProfileImagePath": ExpandString(r"%systemroot%\system32\config\systemprofile"),
        },
        rf"{_PROFILES}\{user}": {
            "Flags": 0,
            "ProfileImagePath": ExpandString(_home()),
        },
        r"Wow6432Node\Classes": {},
        r"Wow6432Node\Clients": {},
        r"Wow6432Node\Policies": {},
        r"Wow6432Node\RegisteredApplications": {},
        rf"Wow6432Node\{_VERSION}": {"ProgramFilesDir": r"C:\Program Files (x86)"},
        rf"Wow6432Node\{_VERSION}\Run": {},
        rf"Wow6432Node\{_VERSION}\Uninstall": {},
        rf"Wow6432Node\{_NT}": {"SystemRoot": _SYSTEM_ROOT},
    }


def profile(home: str) -> Keys:
    """A user's hive, also that of .DEFAULT.

    Args:
        home: The folder of the user's profile.
    """
    return {
        "AppEvents": {},
        "Console": {},
        r"Control Panel\Desktop": {},
        r"Control Panel\International": {},
        "Environment": _USER_ENVIRONMENT,
        "EUDC": {},
        r"Keyboard Layout\Preload": {"1": "00000409"},
        "Network": {},
        "Printers": {},
        **user_folders(rf"Software\{_VERSION}\Explorer", home),
        rf"Software\{_VERSION}\Internet Settings": {"ProxyEnable": 0},
        rf"Software\{_VERSION}\Policies": {},
        rf"Software\{_VERSION}\Run": {},
        r"Software\Policies": {},
        "System": {},
    }


def contents(user: str) -> dict[str, Keys]:
    """What each hive holds at first, by the last name of its mount.

    Args:
        user: The user's SID.
    """
    return {
        "SYSTEM": system(),
        "SOFTWARE": software(user),
        "SAM": {r"SAM\Domains": {}},
        "SECURITY": {"Policy": {}},
        ".DEFAULT": profile(rf"{_SYSTEM_ROOT}\system32\config\systemprofile"),
        user: profile(_home()),
        f"{user}_Classes": {"Local Settings": {}},
    }


def first_hives(user: str) -> dict[str, MemoryBackend]:
    """New hives in memory with what they hold at first, by the last names of their mounts.

    Args:
        user: The user's SID.
    """
    hives = {}
    for name, keys in contents(user).items():
        hive = hives[name] = empty_hive(name, user)
        if name == "SAM":
            hive.set_security(_made(hive, [name]), accounts_rights())
        fill(hive, keys)
    return hives


def empty_hive(name: str, user: str) -> MemoryBackend:
    """A new hive in memory that holds nothing, with the rights that its root has on Windows.

    Args:
        name: The last name of its mount.
        user: The user's SID.
    """
    hive = MemoryBackend()
    hive.set_security(hive.root(), root_rights(name, user))
    return hive


def fill(hive: Backend, keys: Keys) -> None:
    """Make keys below the root of a hive."""
    for path, data in keys.items():
        node = _made(hive, path.split("\\"))
        hive.write(node, [_value(name, datum) for name, datum in data.items()])


def _made(hive: Backend, names: list[str]) -> Node:
    return hive.create(hive.root(), names)[0]


def _value(name: str, datum: object) -> Value:
    kind, raw = encode(datum)
    return Value(name, kind, raw)


# What is volatile


class VolatileKey(NamedTuple):
    r"""A key that is there from the start of the computer on.

    Attributes:
        names: The names below \Registry that lead to it.
        target: Where it leads as a symbolic link, "" if it is none.
        values: Its values.
    """

    names: list[str]
    target: str
    values: Mapping[str, object]

    def records(self) -> list[Value]:
        """All its values as they are stored."""
        data = {LINK_VALUE: Link(self.target)} if self.target else self.values
        return [_value(name, datum) for name, datum in data.items()]


def volatile_keys(hives: list[str], control_set: int) -> list[VolatileKey]:
    """The volatile keys of a registry, parents first.

    Args:
        hives: The last names of its mounts.
        control_set: The number of the control set that is the current one, 0 for none.
    """
    keys = _hardware()
    if control_set and "SYSTEM" in hives:
        name = f"ControlSet{control_set:03}"
        current = ["Machine", "SYSTEM", name]
        keys.append(_link(["Machine", "SYSTEM", "CurrentControlSet"], current))
        profiles = [*current, "Hardware Profiles"]
        keys.append(_link([*profiles, "Current"], [*profiles, "0001"]))
    for hive in hives:
        if hive.endswith("_Classes"):
            home = ["User", hive.removesuffix("_Classes"), "Software", "Classes"]
            keys.append(_link(home, ["User", hive]))
    return keys


def _hardware() -> list[VolatileKey]:
    names = ["Machine", "HARDWARE", "DESCRIPTION", "System", "CentralProcessor", "0"]
    _, processor = computer()
    values = {"Identifier": processor, "ProcessorNameString": processor}
    above = [VolatileKey(names[:length], "", {}) for length in range(2, len(names))]
    return [*above, VolatileKey(names, "", values)]


def _link(names: list[str], target: list[str]) -> VolatileKey:
    return VolatileKey(names, "\\".join(["", "Registry", *target]), {})


def new_master(keys: list[VolatileKey], written: int = 0) -> MemoryBackend:
    """A master with volatile keys that belong to hives which keep none themselves.

    Args:
        keys: The keys.
        written: The time of all keys in it, a FILETIME; 0: now.
    """
    master = MemoryBackend("REGISTRY")
    for name in ("Machine", "User"):
        master.create(master.root(), [name])
    for key in keys:
        above = _made(master, key.names[:-1])
        flags = KEY_VOLATILE | (KEY_LINK if key.target else 0)
        node, _ = master.create(above, key.names[-1:], flags=flags)
        master.write(node, key.records())
    if written:
        _set_times(master, written)
    return master


def _set_times(hive: MemoryBackend, written: int) -> None:
    stack = [hive.root()]
    while stack:
        node = stack.pop()
        node.last_written = written
        stack.extend(hive.subkeys(node))


def _home() -> str:
    return r"C:\Users" + "\\" + _login()


def _login() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "user"
