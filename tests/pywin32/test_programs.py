"""Programs that were written for pywin32 run unmodified."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import anyreg
from anyreg import Raw

pytestmark = pytest.mark.posix("modules that stand for pywin32's")

OWNER = '''
import sys
import win32api
import win32con
import win32security


def get_key_owner(hive, path):
    """Who owns a key, as DOMAIN\\\\name."""
    key = win32api.RegOpenKeyEx(hive, path, 0, win32con.KEY_READ)
    try:
        descriptor = win32api.RegGetKeySecurity(key, win32security.OWNER_SECURITY_INFORMATION)
        owner = descriptor.GetSecurityDescriptorOwner()
        name, domain, kind = win32security.LookupAccountSid(None, owner)
        return f"{domain}\\\\{name}"
    finally:
        win32api.RegCloseKey(key)


for path in sys.argv[1:]:
    print(get_key_owner(win32con.HKEY_LOCAL_MACHINE, path))
'''
TAKING = """
import win32api, win32con, win32security as security
import ntsecuritycon, winerror

token = security.OpenProcessToken(win32api.GetCurrentProcess(),
                                  ntsecuritycon.TOKEN_ADJUST_PRIVILEGES | security.TOKEN_QUERY)
luid = security.LookupPrivilegeValue(None, ntsecuritycon.SE_TAKE_OWNERSHIP_NAME)
before = security.AdjustTokenPrivileges(token, False, [(luid, security.SE_PRIVILEGE_ENABLED)])
if win32api.GetLastError() == winerror.ERROR_NOT_ALL_ASSIGNED:
    raise SystemExit("not an administrator")
path = "Software\\\\Vendor"
key = win32api.RegOpenKeyEx(win32con.HKEY_CURRENT_USER, path, 0,
                            win32con.READ_CONTROL | win32con.WRITE_DAC | win32con.WRITE_OWNER)
sid, domain, kind = security.LookupAccountName("", "Administrators")
descriptor = security.SECURITY_DESCRIPTOR()
descriptor.SetSecurityDescriptorOwner(sid, False)
win32api.RegSetKeySecurity(key, security.OWNER_SECURITY_INFORMATION, descriptor)
descriptor = win32api.RegGetKeySecurity(key, security.DACL_SECURITY_INFORMATION)
dacl = descriptor.GetSecurityDescriptorDacl()
for index in reversed(range(dacl.GetAceCount())):
    if str(dacl.GetAce(index)[2]) == "PySID:S-1-1-0":
        dacl.DeleteAce(index)
users = security.CreateWellKnownSid(security.WinBuiltinUsersSid)
dacl.AddAccessAllowedAceEx(security.ACL_REVISION, security.CONTAINER_INHERIT_ACE,
                           win32con.KEY_READ, users)
descriptor.SetSecurityDescriptorDacl(1, dacl, 0)
win32api.RegSetKeySecurity(key, security.DACL_SECURITY_INFORMATION, descriptor)
security.AdjustTokenPrivileges(token, False, before)
win32api.CloseHandle(token)
"""
OWN = """
import win32api, win32con, win32security as security

sid, domain, kind = security.LookupAccountName("", win32api.GetUserName())
key = win32api.RegOpenKeyEx(win32con.HKEY_CURRENT_USER, "Software", 0, win32con.KEY_ALL_ACCESS)
security.SetSecurityInfo(key, security.SE_REGISTRY_KEY, security.OWNER_SECURITY_INFORMATION,
                         sid, None, None, None)
owner = security.GetSecurityInfo(key, security.SE_REGISTRY_KEY, 1).GetSecurityDescriptorOwner()
name, domain, kind = security.LookupAccountSid(None, owner)
print(domain == win32api.GetComputerName() != "", name == win32api.GetUserName(), kind)
"""


def run(script: Path, *arguments: str) -> str:
    own = f"{script.parent}/own/"
    command = [sys.executable, "-m", "anyreg", "run", "--registry", own, str(script)]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_a_program_that_prints_the_owner_of_a_key(tmp_path: Path) -> None:
    """Names come from the registry that it is run on: its own users too."""
    with anyreg.open(f"{tmp_path}/own/", "x") as registry:
        domains = r"HKLM\SAM\SAM\Domains\Account"
        registry.create(domains).values["V"] = bytes(12) + bytes(
            [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]
        )
        registry.create(domains + r"\Users\Names\Ada").values[""] = Raw(1001, b"")
        computer = r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName"
        registry.create(computer).values["ComputerName"] = "ENGINE"
        for name, owner in (("A", "SY"), ("B", "S-1-5-21-1-2-3-1001"), ("C", "Administrators")):
            registry.create(rf"HKLM\SOFTWARE\{name}").owner = owner
    script = tmp_path / "owner.py"
    script.write_text(OWNER, "utf-8")
    printed = run(script, *(rf"SOFTWARE\{name}" for name in "ABC"))
    assert printed.splitlines() == [
        "NT AUTHORITY\\SYSTEM",
        "ENGINE\\Ada",
        "BUILTIN\\Administrators",
    ]


def test_a_program_that_takes_a_key_over(tmp_path: Path) -> None:
    """Owner and DACL are set, each alone; all else stays."""
    with anyreg.open(f"{tmp_path}/own/", "x") as registry:
        registry.create(
            r"HKCU\Software\Vendor"
        ).security = "O:SYG:SYD:P(A;CI;KA;;;SY)(A;CI;KA;;;WD)S:(AU;SA;KA;;;WD)"
    script = tmp_path / "taking.py"
    script.write_text(TAKING, "utf-8")
    run(script)
    with anyreg.open(f"{tmp_path}/own/") as registry:
        found = registry.open(r"HKCU\Software\Vendor").security.sddl
        assert found == "O:BAG:SYD:P(A;CI;KA;;;SY)(A;CI;KR;;;BU)S:(AU;SA;KA;;;WD)"
        assert registry.check() == []


def test_a_program_that_gives_a_key_to_its_user(tmp_path: Path) -> None:
    """The registry's own user has a name, and the machine's as domain."""
    with anyreg.open(f"{tmp_path}/own/", "x"):
        pass
    script = tmp_path / "own.py"
    script.write_text(OWN, "utf-8")
    assert run(script) == "True True 1\n"
    with anyreg.open(f"{tmp_path}/own/") as registry:
        owner = registry.open(r"HKCU\Software").owner
        assert owner is not None
        assert str(owner.sid) == registry.about()["user"]


def test_they_can_be_left_out(tmp_path: Path) -> None:
    script = tmp_path / "none.py"
    script.write_text("try:\n import win32api\nexcept ImportError as e:\n print(e.name)\n", "utf-8")
    command = [sys.executable, "-m", "anyreg", "run", "--no-pywin32", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "win32api\n"
