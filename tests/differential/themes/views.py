"""The 32-bit and the 64-bit view of the registry: which keys are two, and which are one."""

from __future__ import annotations

from typing import Any

from differential import native
from differential.cases import FRESH, case, cases, tried, winreg

MACHINE, USER = winreg.HKEY_LOCAL_MACHINE, winreg.HKEY_CURRENT_USER
V64, V32 = winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY
ALL, READ, SZ = winreg.KEY_ALL_ACCESS, winreg.KEY_READ, winreg.REG_SZ
SOFTWARE = rf"Software\{FRESH}"


def write(root: int, path: str, view: int, text: str) -> object:
    def do() -> None:
        with winreg.CreateKeyEx(root, path, 0, ALL | view) as made:
            winreg.SetValueEx(made, "v", 0, SZ, text)

    return tried(do)


def read(root: Any, path: str, view: int) -> object:
    def do() -> object:
        with winreg.OpenKey(root, path, 0, READ | view) as opened:
            return winreg.QueryValueEx(opened, "v")[0]

    return tried(do)


def path_of(root: Any, path: str, view: int) -> object:
    def do() -> str:
        with winreg.OpenKey(root, path, 0, READ | view) as opened:
            return native.nt_path(opened).lower()

    return tried(do)


@cases(plain=0, view_64=V64, view_32=V32)
def software_is_two(_: Any, view: int) -> object:
    done = write(MACHINE, SOFTWARE, view, "text")
    return [
        done,
        *(read(MACHINE, SOFTWARE, other) for other in (0, V64, V32)),
        read(MACHINE, rf"Software\Wow6432Node\{FRESH}", 0),
    ]


@case
def both_views_side_by_side(_: Any) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    return [read(MACHINE, SOFTWARE, view) for view in (0, V64, V32)]


@cases(plain=0, view_64=V64, view_32=V32)
def the_node_by_name(_: Any, view: int) -> object:
    write(MACHINE, SOFTWARE, V32, "32")
    return [
        read(MACHINE, rf"Software\Wow6432Node\{FRESH}", view),
        read(MACHINE, rf"software\wow6432node\{FRESH}", view),
    ]


@cases(plain=0, view_64=V64, view_32=V32)
def the_users_software_is_one(_: Any, view: int) -> object:
    done = write(USER, SOFTWARE, view, "text")
    return [done, *(read(USER, SOFTWARE, other) for other in (0, V64, V32))]


@cases(plain=0, view_64=V64, view_32=V32)
def the_machine_itself_is_one(_: Any, view: int) -> object:
    with winreg.OpenKey(MACHINE, "", 0, READ | view) as opened:
        return [read(opened, r"Software\Microsoft\missing", 0), path_of(opened, "System", 0)]


@cases(plain=0, view_64=V64, view_32=V32)
def the_rest_of_the_machine_is_one(_: Any, view: int) -> object:
    return path_of(MACHINE, "System", view)


@case
def a_handle_stays_in_its_view(_: Any) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    with winreg.OpenKey(MACHINE, "Software", 0, READ | V32) as narrow:
        return [read(narrow, FRESH, view) for view in (0, V64, V32)]


@case
def a_wide_handle_stays_wide_unless_told(_: Any) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    with winreg.OpenKey(MACHINE, "Software", 0, READ | V64) as wide:
        return [read(wide, FRESH, view) for view in (0, V64)]


@case
def a_wide_handle_told_to_be_narrow(_: Any) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    with winreg.OpenKey(MACHINE, "Software", 0, READ | V64) as wide:
        return read(wide, FRESH, V32)


@case
def both_flags_together(_: Any) -> object:
    write(MACHINE, SOFTWARE, V32, "32")
    return read(MACHINE, SOFTWARE, V32 | V64)


@case
def creating_with_both_flags(_: Any) -> object:
    return write(MACHINE, SOFTWARE, V32 | V64, "x")


@case
def delete_key_uses_the_wide_view(_: Any) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    done = tried(winreg.DeleteKey, MACHINE, SOFTWARE)
    return [done, read(MACHINE, SOFTWARE, V64), read(MACHINE, SOFTWARE, V32)]


@cases(default=(), view_64=V64, view_32=V32, zero=0)
def delete_key_ex_takes_a_view(_: Any, *view: int) -> object:
    write(MACHINE, SOFTWARE, V64, "64")
    write(MACHINE, SOFTWARE, V32, "32")
    done = tried(winreg.DeleteKeyEx, MACHINE, SOFTWARE, *view)
    return [done, read(MACHINE, SOFTWARE, V64), read(MACHINE, SOFTWARE, V32)]


@case
def the_node_is_not_seen_in_the_narrow_view(_: Any) -> object:
    write(MACHINE, SOFTWARE, V32, "32")
    found = []
    for view in (V64, V32):
        with winreg.OpenKey(MACHINE, "Software", 0, READ | view) as opened:
            names = [winreg.EnumKey(opened, i) for i in range(winreg.QueryInfoKey(opened)[0])]
            found.append(["wow6432node" in map(str.lower, names), FRESH in names])
    return found


@cases(software="Software", microsoft=r"Software\Microsoft")
def names_of_both_views(_: Any, path: str) -> object:
    return [path_of(MACHINE, path, view) for view in (0, V64, V32)]


SHARED = {
    "policies": "Policies",
    "clients": "Clients",
    "registered": "RegisteredApplications",
    "certificates": r"Microsoft\SystemCertificates",
    "ole": r"Microsoft\OLE",
    "ras": r"Microsoft\RAS",
    "shared_tools": r"Microsoft\Shared Tools\MSInfo",
    "com3": r"Microsoft\COM3",
    "rpc": r"Microsoft\RPC",
    "time_zones": r"Microsoft\Windows NT\CurrentVersion\Time Zones",
    "fonts": r"Microsoft\Windows NT\CurrentVersion\Fonts",
    "network_cards": r"Microsoft\Windows NT\CurrentVersion\NetworkCards",
    "profiles": r"Microsoft\Windows NT\CurrentVersion\ProfileList",
    "perflib": r"Microsoft\Windows NT\CurrentVersion\Perflib",
    "printers": r"Microsoft\Windows NT\CurrentVersion\Print",
    "setup": r"Microsoft\Windows\CurrentVersion\Setup",
    "group_policy": r"Microsoft\Windows\CurrentVersion\Group Policy",
    "cursors": r"Microsoft\Windows\CurrentVersion\Control Panel\Cursors\Schemes",
    "notepad": r"Microsoft\Notepad\DefaultFonts",
    "calais": r"Microsoft\Cryptography\Calais\Current",
}


def is_one(root: int, path: str) -> object:
    """Whether what is written in one view is read in the other, both ways; swept up afterwards."""
    below = rf"{path}\{FRESH}".lstrip("\\")
    found = []
    for view, other in ((V64, V32), (V32, V64)):
        write(root, below, view, "x")
        found.append(read(root, below, other) == "'x'")
        for each in (V64, V32):
            tried(winreg.DeleteKeyEx, root, below, each)
    return found


@cases(**SHARED)
def shared_below_software(_: Any, path: str) -> object:
    return is_one(MACHINE, rf"Software\{path}")


@cases(
    microsoft="Microsoft",
    windows=r"Microsoft\Windows",
    current=r"Microsoft\Windows\CurrentVersion",
    nt=r"Microsoft\Windows NT\CurrentVersion",
    run=r"Microsoft\Windows\CurrentVersion\Run",
    uninstall=r"Microsoft\Windows\CurrentVersion\Uninstall",
    cryptography=r"Microsoft\Cryptography",
)
def two_below_software(_: Any, path: str) -> object:
    return is_one(MACHINE, rf"Software\{path}")


@cases(machine=MACHINE, user=USER)
def classes(_: Any, root: int) -> object:
    return is_one(root, r"Software\Classes")


@cases(machine=MACHINE, user=USER)
def class_identifiers(_: Any, root: int) -> object:
    return is_one(root, r"Software\Classes\CLSID")


@case
def system_is_one(_: Any) -> object:
    return is_one(MACHINE, "System")


@case
def users_are_one(_: Any) -> object:
    return is_one(winreg.HKEY_USERS, ".Default")


@case
def set_value_and_query_value_use_the_wide_view(_: Any) -> object:
    write(MACHINE, SOFTWARE, V32, "32")
    done = tried(winreg.SetValue, MACHINE, SOFTWARE, SZ, "default")
    with winreg.OpenKey(MACHINE, SOFTWARE, 0, READ | V64) as wide:
        return [
            done,
            tried(winreg.QueryValue, wide, None),
            tried(winreg.QueryValue, MACHINE, SOFTWARE),
        ]


@case
def set_value_below_a_narrow_handle(_: Any) -> object:
    write(MACHINE, SOFTWARE, V32, "32")
    with winreg.OpenKey(MACHINE, "Software", 0, READ | V32) as narrow:
        done = tried(winreg.SetValue, narrow, FRESH, SZ, "narrow")
    return [done, tried(winreg.QueryValue, MACHINE, rf"Software\Wow6432Node\{FRESH}")]
