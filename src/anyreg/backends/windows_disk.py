r"""What a folder that holds a Windows system has of hives: where they are, and whose.

Names are found in any case, as on a disk that is mounted elsewhere they have one.  SOFTWARE lists
the profiles; where it is missing or damaged, the root key of a profile's UsrClass.dat tells whose
it is, as Windows names that key after the user.

Source: Microsoft's documentation of the locations of hives and profiles, and of its versions; the
first characters of hiberfil.sys are those that libntfs-3g and forensic tools look at.
"""

from __future__ import annotations

import os
import re
from typing import Final

from anyreg.backends.base import Backend
from anyreg.backends.hive import HiveBackend
from anyreg.backends.namespace.mounts import MACHINE_HIVES
from anyreg.backends.trees import find
from anyreg.engine.file_disk import FileDisk
from anyreg.engine.hive import open_hive
from anyreg.engine.recover import parse_primary
from anyreg.errors import AccessDeniedError, RegistryError
from anyreg.regf.layout import FLAG_KTM_LOCKED, SECTOR
from anyreg.system import WINDOWS
from anyreg.values import expand

_WINDOWS: Final = ("Windows", "WINNT")
_CONFIG: Final = ("System32", "config")
_VERSION: Final = r"Microsoft\Windows NT\CurrentVersion"
_NEW_LOGS_SINCE: Final = [6, 3]  # Windows 8.1
_PROFILE_LIST: Final = r"Microsoft\Windows NT\CurrentVersion\ProfileList"
_PROFILES: Final = ("Users", "Documents and Settings")
_CLASSES_FILES: Final = (
    ("AppData", "Local", "Microsoft", "Windows", "UsrClass.dat"),
    ("Local Settings", "Application Data", "Microsoft", "Windows", "UsrClass.dat"),
)
_LOCAL_SYSTEM: Final = "S-1-5-18"
_A_PERSON: Final = re.compile(r"S-1-(5-21|12-1)-[\d-]+", re.IGNORECASE)
_KNOWN_FLAGS: Final = 3  # before Windows Vista any number stands in their place
_AWAKE: Final = (b"", b"\0\0\0\0", b"WAKE")


def find_windows(folder: str) -> str:
    """The folder of Windows in a folder that holds a disk, "" if there is none."""
    for name in _WINDOWS:
        windows = find_file(folder, name)
        if windows and find_file(windows, *_CONFIG):
            return windows
    return ""


def find_file(folder: str, *names: str) -> str:
    """The path of a file or folder below another, its names in any case; "" if there is none."""
    for name in names:
        exact = os.path.join(folder, name)
        if WINDOWS or not os.path.exists(exact):  # which says there is one, whatever its case
            exact = _in_any_case(folder, name)
        if not exact:
            return ""
        folder = exact
    return folder


def _in_any_case(folder: str, name: str) -> str:
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return ""
    for entry in entries:
        if entry.casefold() == name.casefold():
            return os.path.join(folder, entry)
    return ""


class WindowsDisk:
    """The hives of a Windows system.

    Attributes:
        folder: The disk.
        files: The file of each hive, by the last name of its mount.
        profiles: The folder of each user's profile, by SID.
        complaints: What could not be found out.
    """

    def __init__(self, folder: str, windows: str) -> None:
        """Look at a disk.

        Args:
            folder: Where it is mounted.
            windows: From find_windows().
        """
        self.folder = folder
        self.files: dict[str, str] = {}
        self.profiles: dict[str, str] = {}
        self.complaints: list[str] = []
        self._windows = windows
        config = find_file(windows, *_CONFIG)
        for name in MACHINE_HIVES:
            self._add(name, find_file(config, name))
        self._add(".DEFAULT", find_file(config, "DEFAULT"))
        self._find_profiles()
        for sid, profile in self.profiles.items():
            self._add(sid, find_file(profile, "NTUSER.DAT"))
            self._add(f"{sid}_Classes", _classes_file(profile))

    def _add(self, name: str, file: str) -> None:
        if file and os.path.isfile(file):
            self.files[name] = file

    # Profiles

    def _find_profiles(self) -> None:
        software = self.files.get("SOFTWARE", "")
        try:
            listed = _profile_list(software) if software else {}
        except RegistryError as error:
            self.complaints.append(f"SOFTWARE cannot tell the profiles: {error}")
            listed = {}
        for sid, path in listed.items():
            folder = self._on_disk(path)
            if folder and sid != _LOCAL_SYSTEM:
                self.profiles[sid] = folder
        self._find_unlisted()

    def _on_disk(self, path: str) -> str:
        r"""The folder that a path of Windows means; its drive is taken to be this disk."""
        variables = {"SystemDrive": "C:", "SystemRoot": "C:\\\0", "windir": "C:\\\0"}
        names = expand(path, variables).split("\\")[1:]
        top = self.folder
        if names and names[0].startswith("\0"):
            top = self._windows
            names = names[1:]
        return find_file(top, *[name for name in names if name])

    def _find_unlisted(self) -> None:
        """Profiles that SOFTWARE does not list, if it can be found out whose they are."""
        known = set(self.profiles.values())
        for above in _PROFILES:
            parent = find_file(self.folder, above)
            for name in sorted(os.listdir(parent)) if parent and os.path.isdir(parent) else []:
                profile = os.path.join(parent, name)
                sid = "" if profile in known else _sid_of_classes(_classes_file(profile))
                if sid and sid not in self.profiles:
                    self.profiles[sid] = profile
                    self.complaints.append(f"the profile {name} is not listed; it is of {sid}")

    def user(self, wanted: str) -> str:
        """The SID of a user.

        Args:
            wanted: A SID, or the name of a profile's folder; "" for the only user there is.

        Returns:
            The SID, or "" where none is wanted and there is more than one, or none.

        Raises:
            RegistryError: There is no such user.
        """
        if not wanted:
            people = [sid for sid in self.profiles if _A_PERSON.fullmatch(sid)]
            people = [sid for sid in people if sid in self.files]
            return people[0] if len(people) == 1 else ""
        for sid, profile in self.profiles.items():
            if wanted.casefold() in (sid.casefold(), os.path.basename(profile).casefold()):
                return sid
        raise RegistryError(f"there is no user {wanted!r} on this disk", path=self.folder)

    # Whether it may be written, and how

    def has_old_logs(self) -> bool:
        """Whether its Windows is older than 8.1, and would lose what stands in new logs alone.

        Where SOFTWARE does not tell, the logs that are there decide.
        """
        software = self.files.get("SOFTWARE", "")
        try:
            version = _windows_version(software) if software else ""
        except RegistryError:
            return False
        numbers = [int(number) for number in version.split(".") if number.isdecimal()]
        return bool(numbers) and numbers < _NEW_LOGS_SINCE

    def require_writable(self) -> None:
        """Refuse a disk whose Windows will not expect what is changed now.

        Raises:
            AccessDeniedError: Windows is hibernated, or shut down for a fast start, or a hive
                waits for the end of one of its transactions.
        """
        hibernation = find_file(self.folder, "hiberfil.sys")
        if hibernation and _head(hibernation, 4).upper() not in _AWAKE:
            raise AccessDeniedError(
                "Windows is hibernated, or shut down for a fast start: it would lose the changes, "
                "or be damaged by them; force=True writes all the same",
                path=hibernation,
            )
        for file in self.files.values():
            require_settled(file)


def require_settled(file: str) -> None:
    """Refuse a hive that waits for the end of a transaction of Windows.

    Args:
        file: The hive's file.

    Raises:
        AccessDeniedError: It does.
    """
    if _is_locked(file):
        raise AccessDeniedError(
            "a transaction of Windows is pending in this hive; force=True writes all the same",
            path=file,
        )


def _windows_version(software: str) -> str:
    """The version that a Windows says it is, such as "6.1"; 10 and later say "6.3" for ever."""
    hive: Backend = HiveBackend(open_hive(software))
    try:
        key = find(hive, hive.root(), _VERSION)
        value = None if key is None else hive.read(key, "CurrentVersion")
        return value.data if value is not None and isinstance(value.data, str) else ""
    finally:
        hive.close()


def _classes_file(profile: str) -> str:
    for names in _CLASSES_FILES:
        found = find_file(profile, *names)
        if found:
            return found
    return ""


def _profile_list(software: str) -> dict[str, str]:
    """The path of each profile, as Windows writes it, by SID."""
    hive: Backend = HiveBackend(open_hive(software))
    try:
        listed: dict[str, str] = {}
        key = find(hive, hive.root(), _PROFILE_LIST)
        for node in [] if key is None else hive.subkeys(key):
            value = hive.read(node, "ProfileImagePath")
            if value is not None and isinstance(value.data, str):
                listed[node.name] = value.data
        return listed
    finally:
        hive.close()


def _sid_of_classes(file: str) -> str:
    """The user whose classes a hive holds, "" where it does not tell."""
    if not file:
        return ""
    try:
        hive = HiveBackend(open_hive(file))
    except RegistryError:
        return ""
    try:
        name = hive.root().name
    finally:
        hive.close()
    sid = name[: -len("_Classes")]
    return sid if name == f"{sid}_Classes" and _A_PERSON.fullmatch(sid) else ""


def _head(path: str, size: int) -> bytes:
    file = FileDisk().open(path, False)
    try:
        return file.read(0, size)
    finally:
        file.close()


def _is_locked(file: str) -> bool:
    """Whether a transaction of Windows is pending in a hive, as its logs say last."""
    try:
        base = parse_primary(_head(file, SECTOR))
        if base is None or not base.is_settled:
            hive = open_hive(file)
            base = hive.base
            hive.close()
    except RegistryError:
        return False  # opening it for writing will say more
    flags: int = base.flags
    return flags & FLAG_KTM_LOCKED != 0 and flags <= _KNOWN_FLAGS
