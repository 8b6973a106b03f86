"""Keys that are named, what a key is made with, and kinds of accounts: what Wine cannot compare."""

from __future__ import annotations

import pytest

import anyreg
from anyreg import Raw
from anyreg.security.token import Token
from pywin32.conftest import Modules

pytestmark = pytest.mark.posix("modules that stand for pywin32's")

VENDOR = r"HKCU\Software\Vendor"


def test_a_named_key_and_all_below_inherit_again(modules: Modules) -> None:
    """As Windows' SetNamedSecurityInfo has it, unlike RegSetKeySecurity."""
    security, registry = modules.win32security, modules.registry
    registry.create(r"HKCU\Software").security = "O:BAG:SYD:P(A;CI;KA;;;BA)"
    registry.create(VENDOR).security = "O:BAG:SYD:(A;;KA;;;BA)"
    below = registry.create(VENDOR + r"\Below")
    below.security = "O:BAG:SYD:AI(A;;KR;;;AU)(A;CIID;KA;;;SY)"
    acl = security.ACL()
    everyone = security.CreateWellKnownSid(security.WinWorldSid)
    acl.AddAccessAllowedAceEx(2, security.CONTAINER_INHERIT_ACE, 0x20019, everyone)
    named = (r"CURRENT_USER\Software\Vendor", security.SE_REGISTRY_KEY)
    security.SetNamedSecurityInfo(*named, security.DACL_SECURITY_INFORMATION, None, None, acl, None)
    dacl = registry.open(VENDOR).security.sddl.partition("D:")[2]
    assert dacl == "AI(A;CI;KR;;;WD)(A;CIID;KA;;;BA)"
    assert below.security.sddl == "O:BAG:SYD:AI(A;;KR;;;AU)(A;CIID;KR;;;WD)(A;CIID;KA;;;BA)"


def test_an_open_key_and_all_below_inherit_again(modules: Modules) -> None:
    """SetSecurityInfo, whose handle has the right."""
    api, security, registry = modules.win32api, modules.win32security, modules.registry
    registry.create(r"HKCU\Software").security = "O:BAG:SYD:P(A;CI;KA;;;BA)"
    below = registry.create(VENDOR + r"\Below")
    below.security = "O:BAG:SYD:AI(A;;KR;;;AU)"
    acl = security.ACL()
    everyone = security.CreateWellKnownSid(security.WinWorldSid)
    acl.AddAccessAllowedAceEx(2, security.CONTAINER_INHERIT_ACE, 0x20019, everyone)
    key = api.RegOpenKeyEx(0x80000001, r"Software\Vendor", 0, modules.win32con.WRITE_DAC)
    security.SetSecurityInfo(key, security.SE_REGISTRY_KEY, 4, None, None, acl, None)
    dacl = registry.open(VENDOR).security.sddl.partition("D:")[2]
    assert dacl == "AI(A;CI;KR;;;WD)(A;CIID;KA;;;BA)"
    assert below.security.sddl == "O:BAG:SYD:AI(A;;KR;;;AU)(A;CIID;KR;;;WD)(A;CIID;KA;;;BA)"
    with pytest.raises(security.error) as failed:
        security.SetSecurityInfo(key, security.SE_REGISTRY_KEY, 1, everyone, None, None, None)
    assert failed.value.winerror == 5
    with pytest.raises(security.error) as failed:
        security.SetSecurityInfo(key, security.SE_FILE_OBJECT, 4, None, None, acl, None)
    assert failed.value.winerror == 50


def test_a_token_is_whoever_the_registry_was_opened_as(modules: Modules) -> None:
    """His privileges are enabled; those that he has not are not assigned."""
    api, security = modules.win32api, modules.win32security
    ada = Token.of("S-1-5-21-1-2-3-1001", "Users", privileges=["SeTakeOwnershipPrivilege"])
    with anyreg.use(modules.registry, ada):
        token = security.OpenProcessToken(api.GetCurrentProcess(), security.TOKEN_ALL_ACCESS)
        assert str(security.GetTokenInformation(token, security.TokenUser)[0]).endswith("-1001")
        held = security.GetTokenInformation(token, security.TokenPrivileges)
        assert held == ((9, 2), (23, 2))
        for name, code in (("SE_TAKE_OWNERSHIP_NAME", 0), ("SE_BACKUP_NAME", 1300)):
            luid = security.LookupPrivilegeValue(None, getattr(security, name))
            security.AdjustTokenPrivileges(token, False, [(luid, 2)])
            assert api.GetLastError() == code
        assert security.AdjustTokenPrivileges(token, True, ()) == held
        assert not security.GetTokenInformation(token, security.TokenElevation)
        assert security.GetTokenInformation(token, security.TokenRestrictedSids) == ()
        for fact in ("TokenOwner", "TokenPrimaryGroup"):
            found = security.GetTokenInformation(token, getattr(security, fact))
            assert str(found).endswith("-1001")
        dacl = security.GetTokenInformation(token, security.TokenDefaultDacl)
        assert dacl.GetAceCount() == 4
        everyone = security.CreateWellKnownSid(security.WinWorldSid)
        administrators = security.ConvertStringSidToSid("BA")
        assert security.CheckTokenMembership(None, everyone)
        assert not security.CheckTokenMembership(None, administrators)


def test_a_protected_key_stays_so_until_it_is_freed(modules: Modules) -> None:
    security, registry = modules.win32security, modules.registry
    registry.create(r"HKCU\Software").security = "O:BAG:SYD:P(A;CI;KA;;;BA)"
    key = registry.create(VENDOR)
    key.security = "O:BAG:SYD:P(A;CI;KA;;;SY)"
    acl = security.ACL()
    acl.AddAccessAllowedAceEx(2, 2, 0x20019, security.CreateWellKnownSid(security.WinWorldSid))
    named = (r"CURRENT_USER\Software\Vendor", security.SE_REGISTRY_KEY)
    security.SetNamedSecurityInfo(*named, 4, None, None, acl, None)
    assert key.security.sddl == "O:BAG:SYD:P(A;CI;KR;;;WD)"
    free = 4 | security.UNPROTECTED_DACL_SECURITY_INFORMATION
    security.SetNamedSecurityInfo(*named, free, None, None, acl, None)
    assert key.security.sddl == "O:BAG:SYD:AI(A;CI;KR;;;WD)(A;CIID;KA;;;BA)"


def test_a_failure_changes_nothing(modules: Modules) -> None:
    """Neither the key nor those below it."""
    security, registry = modules.win32security, modules.registry
    before = registry.create(VENDOR).descriptor
    named = (r"CURRENT_USER\Software\Vendor", security.SE_REGISTRY_KEY)
    with pytest.raises(modules.pywintypes.error) as failed:
        security.SetNamedSecurityInfo(*named, 5, None, None, security.ACL(), None)
    assert failed.value.args == (
        1338,
        "SetNamedSecurityInfo",
        "The security descriptor structure is invalid.",
    )
    assert registry.open(VENDOR).descriptor == before


def test_only_keys_are_named_here(modules: Modules) -> None:
    security = modules.win32security
    with pytest.raises(security.error) as failed:
        security.GetNamedSecurityInfo(r"C:\Windows", security.SE_FILE_OBJECT, 1)
    assert failed.value.winerror == 50


def test_a_key_is_made_with_a_descriptor(modules: Modules) -> None:
    """Parts that the program does not give are the usual ones: a list is inherited."""
    api, security = modules.win32api, modules.win32security
    attributes = security.SECURITY_ATTRIBUTES()
    parse = security.ConvertStringSecurityDescriptorToSecurityDescriptor
    attributes.SECURITY_DESCRIPTOR = parse("O:SYD:P(A;CI;GA;;;BA)", 1)
    user = modules.win32con.HKEY_CURRENT_USER
    _, is_new = api.RegCreateKeyEx(user, r"Software\Vendor", 0xF003F, SecurityAttributes=attributes)
    assert is_new == 1
    found = modules.registry.open(VENDOR).security.sddl
    assert found == "O:SYG:SYD:P(A;;KA;;;BA)(A;CIIO;GA;;;BA)"
    attributes.SECURITY_DESCRIPTOR = parse("O:SY", 1)
    api.RegCreateKeyEx(user, r"Software\Vendor\Sub", 0xF003F, SecurityAttributes=attributes)
    found = modules.registry.open(VENDOR + r"\Sub").security.sddl
    assert found == "O:SYG:SYD:(A;;KA;;;BA)(A;CIIO;GA;;;BA)"


def test_a_name_that_was_told_can_be_looked_up(modules: Modules) -> None:
    """With its domain; another one is not the user's."""
    api, security = modules.win32api, modules.win32security
    sid = security.LookupAccountName(None, api.GetUserName())[0]
    name, domain, _ = security.LookupAccountSid(None, sid)
    assert domain
    assert security.LookupAccountName(None, rf"{domain}\{name}".upper()) == (sid, domain, 1)
    for other in ("OTHER", "BUILTIN"):
        with pytest.raises(modules.pywintypes.error) as failed:
            security.LookupAccountName(None, rf"{other}\{name}")
        assert failed.value.winerror == 1332


def test_kinds_of_accounts(modules: Modules) -> None:
    security, registry = modules.win32security, modules.registry
    account = r"HKLM\SAM\SAM\Domains\Account"
    registry.create(account).values["V"] = bytes(12) + bytes([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    for folder, name, rid in (("Users", "Ada", 1001), ("Groups", "None", 513), ("Aliases", "M", 7)):
        registry.create(rf"{account}\{folder}\Names\{name}").values[""] = Raw(rid, b"")
    registry.create(r"HKLM\SYSTEM\CurrentControlSet\Services\Spooler")
    kinds = {
        name: security.LookupAccountName(None, name)[2]
        for name in ("Ada", "None", "M", r"NT SERVICE\Spooler", "Users", "Everyone", "BUILTIN")
    }
    assert kinds == {
        "Ada": security.SidTypeUser,
        "None": security.SidTypeGroup,
        "M": security.SidTypeAlias,
        r"NT SERVICE\Spooler": security.SidTypeWellKnownGroup,
        "Users": security.SidTypeAlias,
        "Everyone": security.SidTypeWellKnownGroup,
        "BUILTIN": security.SidTypeDomain,
    }


def test_waiting_for_a_change(modules: Modules) -> None:
    """An event is none of what is offered, and is refused, not ignored."""
    api, con = modules.win32api, modules.win32con
    key = api.RegCreateKey(con.HKEY_CURRENT_USER, r"Software\Vendor")
    with pytest.raises(modules.pywintypes.error) as failed:
        api.RegNotifyChangeKeyValue(key, True, api.REG_NOTIFY_CHANGE_NAME, 4, True)
    assert failed.value.winerror == 50


def test_a_handle_closes_itself(modules: Modules) -> None:
    api = modules.win32api
    key = api.RegCreateKey(modules.win32con.HKEY_CURRENT_USER, r"Software\Vendor")
    number = int(key)
    del key
    with pytest.raises(modules.pywintypes.error) as failed:
        api.RegQueryInfoKey(number)
    assert failed.value.winerror == 6


def test_a_saved_hive(modules: Modules, tmp_path: object) -> None:
    api = modules.win32api
    key = api.RegCreateKey(modules.win32con.HKEY_CURRENT_USER, r"Software\Vendor")
    api.RegSetValueEx(key, "x", 0, 1, "y")
    api.RegSaveKey(key, f"{tmp_path}/saved")
    with anyreg.open(f"{tmp_path}/saved") as saved:
        assert saved.root.values["x"] == "y"
