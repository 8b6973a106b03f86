"""A program that calls pywin32, step by step, and prints what comes of each, one line a step.

The genuine pywin32 runs it on Wine, and `anyreg run` runs it here.  A handle is printed as an open
or a closed one, an error by its code and its function: its words are the system's.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

import ntsecuritycon  # type: ignore[import-not-found, import-untyped, unused-ignore]
import pywintypes  # type: ignore[import-not-found, import-untyped, unused-ignore]
import win32api  # type: ignore[import-not-found, import-untyped, unused-ignore]
import win32con  # type: ignore[import-not-found, import-untyped, unused-ignore]
import win32security as security  # type: ignore[import-not-found, import-untyped, unused-ignore]
import winerror  # type: ignore[import-not-found, import-untyped, unused-ignore]

USER = win32con.HKEY_CURRENT_USER
PATH = r"Software\AnyregSteps"
BA = "S-1-5-32-544"
WHOLE = "O:SYG:BAD:P(A;CI;KA;;;BA)(A;;KR;;;WD)"
PARTS = {"nothing": 0, "owner": 1, "group": 2, "dacl": 4, "sacl": 8, "three": 7, "two": 5}
MASKS = {
    "query": win32con.KEY_QUERY_VALUE,
    "control": win32con.READ_CONTROL,
    "dac": win32con.WRITE_DAC,
    "owner": win32con.WRITE_OWNER,
    "read": win32con.KEY_READ,
    "all": win32con.KEY_ALL_ACCESS,
    "maximum": win32con.MAXIMUM_ALLOWED,
}
SIDS = [
    "S-1-5-18",
    "S-1-1-0",
    BA,
    "S-1-3-0",
    "S-1-5-80-1-2-3-4-5",
    "S-1-5-21-1-2-3-1001",
    "S-1-5-32",
]
SIDS += ["S-1-15-2-1", "S-1-2-0", "S-1-5-11", "S-1-5-19", "S-1-5-32-545", "S-1-16-4096", "S-1-5-4"]
NAMES = [
    "Administrators",
    r"BUILTIN\Administrators",
    r"builtin\users",
    "Everyone",
    "SYSTEM",
    "BUILTIN",
]
NAMES += [
    r"NT AUTHORITY\SYSTEM",
    "nobody_here",
    "BA",
    "S-1-1-0",
    r"x\Administrators",
    "CREATOR OWNER",
]
PRIVILEGES = [f"Se{name}Privilege" for name in ("Backup", "Restore", "Security", "TakeOwnership")]
TEXTS = ["O:BAG:SYD:PAI(A;OICI;KA;;;BA)(A;;KR;;;WD)(D;;KW;;;BU)", "O:SY", "G:SY", "D:P", ""]
TEXTS += ["D:(A;OICIIO;GA;;;CO)", "D:(A;;0x1234;;;BU)(D;CINP;CCDC;;;WD)", "O:S-1-5-21-1-2-3-500"]
BAD_TEXTS = ["X:BA", "D:(A;;KA;;;)", "D:(A;;KA;;BA)", "D:(Q;;KA;;;BA)", "O:XX"]
VALUES: dict[str, tuple[int, Any]] = {
    "text": (win32con.REG_SZ, "abc"),
    "no text": (win32con.REG_SZ, None),
    "expand": (win32con.REG_EXPAND_SZ, "%x%"),
    "dword": (win32con.REG_DWORD, 0xFFFFFFFF),
    "negative": (win32con.REG_DWORD, -1),
    "no dword": (win32con.REG_DWORD, None),
    "wide": (win32con.REG_DWORD, 1 << 32),
    "qword": (win32con.REG_QWORD, 1 << 40),
    "negative qword": (win32con.REG_QWORD, -5),
    "list": (win32con.REG_MULTI_SZ, ["a", "b"]),
    "tuple": (win32con.REG_MULTI_SZ, ("a", "b")),
    "letters": (win32con.REG_MULTI_SZ, "ab"),
    "no list": (win32con.REG_MULTI_SZ, None),
    "empty list": (win32con.REG_MULTI_SZ, []),
    "bytes": (win32con.REG_BINARY, b"xyz"),
    "no bytes": (win32con.REG_BINARY, None),
    "link": (win32con.REG_LINK, b"a\0"),
    "big": (win32con.REG_DWORD_BIG_ENDIAN, b"abcd"),
    "none": (win32con.REG_NONE, b"abcd"),
    "odd": (77, b"12"),
    "number as text": (win32con.REG_SZ, 5),
    "bytes as text": (win32con.REG_SZ, b"ab"),
    "text as number": (win32con.REG_DWORD, "x"),
    "text as bytes": (win32con.REG_BINARY, "x"),
    "number as bytes": (win32con.REG_DWORD_BIG_ENDIAN, 5),
}


def shown(result: Any) -> str:
    """A result as text that is the same on two machines."""
    kind = type(result).__name__
    if kind == "PyHANDLE":
        return "open" if result else "closed"
    if kind == "PySID":
        return str(result)
    if kind == "PyACL":
        return f"acl {entries(result)}"
    if kind == "PySECURITY_DESCRIPTOR":
        who = result.GetSecurityDescriptorOwner(), result.GetSecurityDescriptorGroup()
        return " ".join(map(shown, (*who, result.GetSecurityDescriptorDacl())))
    if isinstance(result, tuple):
        return f"({', '.join(map(shown, result))})"
    return ascii(result)


def entries(acl: Any) -> str:
    return " ".join(shown(acl.GetAce(index)) for index in range(acl.GetAceCount()))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def step(name: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """One call, and the line of what comes of it."""
    result, words = None, ""
    try:
        result = function(*arguments, **named)
        words = shown(result)
    except pywintypes.error as failure:
        words = f"error {failure.winerror} of {failure.funcname}"
    except (OverflowError, TypeError, ValueError) as failure:
        words = f"{type(failure).__name__}: {failure}"
    say(f"{name}: {words}")
    return result


def sid(text: str) -> Any:
    return security.ConvertStringSidToSid(text)


def sddl(text: str) -> Any:
    return security.ConvertStringSecurityDescriptorToSecurityDescriptor(text, 1)


def fresh() -> Any:
    """A key of its own with a subkey."""
    try:
        win32api.RegDeleteTree(USER, PATH)
    except pywintypes.error:
        pass
    key = win32api.RegCreateKey(USER, PATH)
    win32api.RegCreateKey(key, "sub")
    return key


def keys() -> None:
    key = fresh()
    step("create known", win32api.RegCreateKeyEx, USER, PATH, win32con.KEY_ALL_ACCESS)
    step("create new", win32api.RegCreateKeyEx, key, "new", win32con.KEY_ALL_ACCESS, "Class")
    named = {
        "Key": key,
        "SubKey": "c",
        "samDesired": win32con.KEY_READ,
        "Class": None,
        "Options": 0,
    }
    step(
        "create named", win32api.RegCreateKeyEx, **named, SecurityAttributes=None, Transaction=None
    )
    step("create nothing", win32api.RegCreateKey, key, None)
    step("open", win32api.RegOpenKeyEx, USER, PATH)
    step("open for reading", win32api.RegOpenKeyEx, USER, PATH, 0, win32con.KEY_READ)
    step("open old", win32api.RegOpenKey, USER, PATH, 0, 1)
    step("open itself", win32api.RegOpenKeyEx, USER, None)
    step("open missing", win32api.RegOpenKeyEx, key, "missing")
    step("open a number", win32api.RegOpenKeyEx, USER, 5)
    step("open below a text", win32api.RegOpenKeyEx, "x", "a")
    step("names", lambda: [row[0] for row in win32api.RegEnumKeyEx(key)])
    step("classes", lambda: [row[1:3] for row in win32api.RegEnumKeyExW(key)])
    for index in (0, 1, 2, 3, -1):
        step(f"name {index}", win32api.RegEnumKey, key, index)
    step("counts", lambda: win32api.RegQueryInfoKey(key)[:2])
    step("info", lambda: facts(win32api.RegQueryInfoKeyW(key)))
    step("delete full", win32api.RegDeleteKey, USER, PATH)
    step("delete", win32api.RegDeleteKey, key, "new")
    step("delete again", win32api.RegDeleteKey, key, "new")
    step("delete ex", win32api.RegDeleteKeyEx, key, "c")
    step("delete nothing", win32api.RegDeleteKey, key, None)
    step("delete missing tree", win32api.RegDeleteTree, USER, r"Software\missing")
    other = win32api.RegCreateKey(key, "copy")
    step("copy", win32api.RegCopyTree, key, "sub", other)
    step("flush", win32api.RegFlushKey, key)
    step("close", win32api.RegCloseKey, key)
    step("closed", lambda: (bool(key), int(key), key.handle))
    step("close again", win32api.RegCloseKey, key)
    step("close root", win32api.RegCloseKey, USER)
    step("close zero", win32api.RegCloseKey, 0)
    step("close nonsense", win32api.RegCloseKey, 12345)
    step("use closed", win32api.RegQueryInfoKey, key)
    step("detach closed", key.Detach)


def facts(info: dict[str, Any]) -> list[Any]:
    names = ("Class", "SubKeys", "MaxSubKeyLen", "MaxClassLen", "Values", "MaxValueNameLen")
    return [info[name] for name in names]


def values() -> None:
    key = fresh()
    for name, (kind, data) in VALUES.items():
        step(f"set {name}", win32api.RegSetValueEx, key, name, 0, kind, data)
        step(f"get {name}", win32api.RegQueryValueEx, key, name)
    step("set default", win32api.RegSetValueEx, key, None, None, win32con.REG_SZ, "d")
    step("get default", win32api.RegQueryValueEx, key, None)
    step("get empty", win32api.RegQueryValueEx, key, "")
    step("name a number", win32api.RegSetValueEx, key, 5, 0, win32con.REG_SZ, "d")
    step("set below", win32api.RegSetValue, key, "below", win32con.REG_SZ, "x")
    step("get below", win32api.RegQueryValue, key, "below")
    step("get itself", win32api.RegQueryValue, key, None)
    step("get nowhere", win32api.RegQueryValue, key, "nowhere")
    step("set another type", win32api.RegSetValue, key, "below", win32con.REG_DWORD, "x")
    found = []
    for index in itertools.count():
        try:
            found.append(win32api.RegEnumValue(key, index))
        except pywintypes.error:
            break
    step("values", sorted, found, key=lambda row: row[0])
    step("value behind", win32api.RegEnumValue, key, len(found))
    step("delete value", win32api.RegDeleteValue, key, "text")
    step("delete value again", win32api.RegDeleteValue, key, "text")


def sids() -> None:
    for text in [*SIDS, "BA", "SY", "nope", "S-1-5", "S-1-5-x", "S-2-5-1"]:
        found = step(f"sid {text}", security.ConvertStringSidToSid, text)
        if found is not None:
            step(f"text {text}", security.ConvertSidToStringSid, found)
            step(f"bytes {text}", bytes, found)
            step(f"account {text}", security.LookupAccountSid, None, found)
    for name in NAMES:
        step(f"name {name}", security.LookupAccountName, None, name)
    for wrong in (None, 5):
        step(f"sid {wrong}", security.ConvertStringSidToSid, wrong)
        step(f"text {wrong}", security.ConvertSidToStringSid, wrong)
        step(f"account {wrong}", security.LookupAccountSid, None, wrong)
        step(f"name {wrong}", security.LookupAccountName, None, wrong)
    numbers = {name: getattr(security, name) for name in dir(security) if name.startswith("Win")}
    for name, number in sorted(numbers.items()):
        step(f"well-known {name} {number}", security.CreateWellKnownSid, number)
        step(f"of domain {name}", security.CreateWellKnownSid, number, sid("S-1-5-21-1-2-3"))
    made = security.SID()
    step("not valid", made.IsValid)
    step("initialize wrongly", made.Initialize, 5, 2)
    step("initialize", made.Initialize, (0, 0, 0, 0, 0, 5), 2)
    step("set first", made.SetSubAuthority, 0, 32)
    step("set second", made.SetSubAuthority, 1, 545)
    step("set third", made.SetSubAuthority, 2, 1)
    step("made", lambda: (str(made), made.IsValid(), made.GetLength()))
    step("number", made.GetSubAuthority, 1)
    step("number behind", made.GetSubAuthority, 2)
    step("authority", made.GetSidIdentifierAuthority)
    step("count", made.GetSubAuthorityCount)
    step("of bytes", security.SID, bytes(made))
    step("of parts", security.SID, (0, 0, 0, 0, 0, 5), [32, 544])
    step("equal", lambda: (made == sid("BU"), made != sid("BU"), made == sid("BA"), made == 5))
    step("hash", hash, made)


def acls() -> None:
    acl, who = security.ACL(), sid(BA)
    step("empty", lambda: (acl.GetAceCount(), acl.GetAclRevision(), acl.GetAclSize()))
    step("allow", acl.AddAccessAllowedAce, security.ACL_REVISION, win32con.KEY_READ, who)
    step("allow ex", acl.AddAccessAllowedAceEx, security.ACL_REVISION_DS, 3, win32con.KEY_READ, who)
    step("deny", acl.AddAccessDeniedAce, 2, 1, who)
    step("deny ex", acl.AddAccessDeniedAceEx, 2, 2, win32con.GENERIC_READ, who)
    step("another revision", acl.AddAccessAllowedAce, 99, 1, who)
    step("no sid", acl.AddAccessAllowedAce, 2, 1, 5)
    step("too wide", acl.AddAccessAllowedAce, 2, 1 << 32, who)
    step("unsigned", acl.AddAccessAllowedAce, 2, 0xF0000000, who)
    step("all bits", acl.AddAccessAllowedAce, 2, -1, who)
    step("revision", acl.GetAclRevision)
    step("entries", lambda: acl)
    step("behind", acl.GetAce, acl.GetAceCount())
    step("before", acl.GetAce, -1)
    step("delete", acl.DeleteAce, 1)
    step("delete behind", acl.DeleteAce, 7)
    step("left", lambda: acl)
    audit = security.ACL()
    step("audit", audit.AddAuditAccessAce, 2, 1, who, 1, 1)
    step("audits", lambda: audit)
    audit = security.ACL()
    step("audit ex", audit.AddAuditAccessAceEx, 2, 3, 1, who, True, False)
    step("audits ex", lambda: audit)
    label = security.ACL()
    step(
        "label",
        label.AddMandatoryAce,
        2,
        0,
        1,
        security.CreateWellKnownSid(security.WinLowLabelSid),
    )
    step("labels", lambda: label)
    step("initialize", acl.Initialize)
    step("initialized", lambda: (acl.GetAceCount(), acl.IsValid()))
    step("size of text", security.ACL, "x")


def descriptors() -> None:
    for text in TEXTS:
        found = step(f"parse {text}", sddl, text)
        step(f"control {text}", found.GetSecurityDescriptorControl)
        for information in (0, 1, 2, 4, 5, 7):
            step(f"print {text} {information}", printed, found, information)
    for text in BAD_TEXTS:
        step(f"parse {text}", sddl, text)
    step("another revision", security.ConvertStringSecurityDescriptorToSecurityDescriptor, "", 2)
    made, who = security.SECURITY_DESCRIPTOR(), sid(BA)
    step("empty", lambda: (bytes(made), made.GetLength(), made.IsValid(), made.IsSelfRelative()))
    acl = security.ACL()
    acl.AddAccessAllowedAce(2, 1, who)
    step("set owner", made.SetSecurityDescriptorOwner, who, True)
    step("set group", made.SetSecurityDescriptorGroup, sid("SY"), False)
    step("set dacl", made.SetSecurityDescriptorDacl, 1, acl, 1)
    step("filled", lambda: made)
    step("control", made.GetSecurityDescriptorControl)
    step("protect", made.SetSecurityDescriptorControl, 0x1000, 0x1000)
    step("protected", printed, made, 7)
    step("free", made.SetSecurityDescriptorControl, 0x1000, 0)
    step("wrong bits", made.SetSecurityDescriptorControl, 4, 0)
    step("control again", made.GetSecurityDescriptorControl)
    acl.AddAccessAllowedAce(2, 2, who)
    step("a copy", lambda: made)
    step("set sacl", made.SetSecurityDescriptorSacl, 1, security.ACL(), 0)
    step("sacl", made.GetSecurityDescriptorSacl)
    # Not SetSecurityDescriptorDacl(0, None, 0): where there is a list, the genuine one then writes
    # into memory that it does not own, and the program dies later, or does not.
    step("null dacl", made.SetSecurityDescriptorDacl, 1, None, 0)
    step("without", lambda: (made.GetSecurityDescriptorOwner(), made.GetSecurityDescriptorDacl()))
    step("no owner", made.SetSecurityDescriptorOwner, None, 0)
    step("owner a number", made.SetSecurityDescriptorOwner, 5, 0)
    step("dacl a number", made.SetSecurityDescriptorDacl, 1, 5, 0)
    step("initialize", made.Initialize)
    step("initialized", lambda: made)
    step("of bytes", lambda: security.SECURITY_DESCRIPTOR(bytes(sddl(TEXTS[0]))))
    step("of no bytes", security.SECURITY_DESCRIPTOR, b"xx")


def printed(descriptor: Any, information: int) -> Any:
    return security.ConvertSecurityDescriptorToStringSecurityDescriptor(descriptor, 1, information)


def permissions() -> None:
    key, whole = fresh(), sddl(WHOLE)
    other = sddl("O:BAG:SYD:(A;;KA;;;WD)")
    step("set whole", win32api.RegSetKeySecurity, key, 7, whole)
    for name, information in PARTS.items():
        step(f"get {name}", win32api.RegGetKeySecurity, key, information)
        step(f"set {name}", win32api.RegSetKeySecurity, key, information, other)
        step(f"after {name}", win32api.RegGetKeySecurity, key, 7)
        win32api.RegSetKeySecurity(key, 7, whole)
    step("protection", lambda: win32api.RegGetKeySecurity(key, 4).GetSecurityDescriptorControl())
    for name, information in PARTS.items():
        step(f"take {name}", win32api.RegSetKeySecurity, key, information, sddl(""))
        win32api.RegSetKeySecurity(key, 7, other)
    for name, mask in MASKS.items():
        handle = win32api.RegOpenKeyEx(USER, PATH, 0, mask)
        for part, information in PARTS.items():
            step(f"{name} may get {part}", win32api.RegGetKeySecurity, handle, information)
            step(f"{name} may set {part}", win32api.RegSetKeySecurity, handle, information, other)
    step("generic", win32api.RegSetKeySecurity, key, 4, sddl("D:(A;;GA;;;WD)(A;CIIO;GA;;;BA)"))
    step("after generic", win32api.RegGetKeySecurity, key, 7)
    step("not a descriptor", win32api.RegSetKeySecurity, key, 4, b"xx")
    step("not a number", win32api.RegGetKeySecurity, key, "x")
    step("no handle", win32api.RegGetKeySecurity, 0, 1)
    step("not a handle", win32api.RegGetKeySecurity, 0x1234, 1)
    win32api.RegSetKeySecurity(key, 7, other)
    step(
        "named", security.GetNamedSecurityInfo, rf"CURRENT_USER\{PATH}", security.SE_REGISTRY_KEY, 7
    )
    for name in (rf"HKEY_CURRENT_USER\{PATH}", "MACHINE", r"CURRENT_USER\none", "x", ""):
        step(f"named {name}", security.GetNamedSecurityInfo, name, security.SE_REGISTRY_KEY, 1)
    step("of a handle", security.GetSecurityInfo, key, security.SE_REGISTRY_KEY, 7)
    acl = security.ACL()
    acl.AddAccessAllowedAceEx(2, 2, win32con.KEY_ALL_ACCESS, sid("WD"))
    named = (rf"CURRENT_USER\{PATH}", security.SE_REGISTRY_KEY)
    protected = security.DACL_SECURITY_INFORMATION | security.PROTECTED_DACL_SECURITY_INFORMATION
    step("set named dacl", security.SetNamedSecurityInfo, *named, protected, None, None, acl, None)
    step("after named dacl", win32api.RegGetKeySecurity, key, 7)
    step("set named owner", security.SetNamedSecurityInfo, *named, 1, sid("SY"), None, None, None)
    step("after named owner", win32api.RegGetKeySecurity, key, 7)
    step("set no owner", security.SetNamedSecurityInfo, *named, 1, None, None, None, None)
    step("remove", win32api.RegDeleteTree, USER, PATH)


def owner() -> None:
    """What programs do that print the owner of a key."""
    key = fresh()
    win32api.RegSetKeySecurity(key, 7, sddl(WHOLE))
    for text in ("O:SY", "O:BA", "O:WD"):
        win32api.RegSetKeySecurity(key, 1, sddl(text))
        handle = win32api.RegOpenKeyEx(USER, PATH, 0, win32con.KEY_READ)
        found = win32api.RegGetKeySecurity(handle, security.OWNER_SECURITY_INFORMATION)
        name, domain, _ = security.LookupAccountSid(None, found.GetSecurityDescriptorOwner())
        say(f"owner {text}: {domain}\\{name}")
        win32api.RegCloseKey(handle)
    win32api.RegDeleteTree(USER, PATH)


def tokens() -> None:
    """What programs do that enable a privilege before they take a key over."""
    process = step("process", win32api.GetCurrentProcess)
    step("thread", win32api.GetCurrentThread)
    for name in (*PRIVILEGES, "SeNone", "seBACKUPprivilege", "", None, 5):
        step(f"privilege {name}", security.LookupPrivilegeValue, None, name)
    step("privilege here", security.LookupPrivilegeValue, "", "SeBackupPrivilege")
    step("privilege elsewhere", security.LookupPrivilegeValue, "nohost", "SeBackupPrivilege")
    for luid in range(40):
        step(f"name of {luid}", security.LookupPrivilegeName, None, luid)
    token = security.OpenProcessToken(process, security.TOKEN_ADJUST_PRIVILEGES | 8)
    say(f"token: {repr(token)[:10]}")
    step("no process", security.OpenProcessToken, 0x1234, 8)
    step("thread's token", security.OpenThreadToken, win32api.GetCurrentThread(), 8, True)
    adjust = security.AdjustTokenPrivileges
    for name, state in (
        ("nothing", ()),
        ("none", None),
        ("a number", 5),
        ("no pair", [5]),
        ("a short pair", [(9,)]),
        ("a long pair", [(9, 2, 3)]),
        ("not held", [(2, 2)]),
    ):
        step(f"adjust {name}", adjust, token, False, state)
    adjust(token, False, [(2, 2)])
    step("not all", win32api.GetLastError)
    luid = security.LookupPrivilegeValue(None, security.SE_TAKE_OWNERSHIP_NAME)
    adjust(token, False, [(luid, security.SE_PRIVILEGE_ENABLED)])
    step("all", win32api.GetLastError)
    held = dict(security.GetTokenInformation(token, security.TokenPrivileges))
    say(f"enabled: {held[luid] & security.SE_PRIVILEGE_ENABLED}")
    step("disable", adjust, token, False, [(luid, 0)])
    step("no token", adjust, 0, False, ())
    step("a text for a token", adjust, "x", False, ())
    step("not to be adjusted", adjust, security.OpenProcessToken(process, 8), False, ())
    closed = security.OpenProcessToken(process, 8)
    win32api.CloseHandle(closed)
    step("a closed token", lambda: bool(closed))
    asked = security.GetTokenInformation
    step("not to be asked", asked, security.OpenProcessToken(process, 0x20), security.TokenUser)
    step("a key is no token", asked, fresh(), security.TokenUser)
    step("no such fact", asked, token, 999)
    user, attributes = asked(token, security.TokenUser)
    say(f"user: {type(user).__name__} {attributes}")
    step("type", asked, token, security.TokenType)
    step("elevation", asked, token, security.TokenElevation)
    step("kind of elevation", asked, token, security.TokenElevationType)
    groups = {str(found): how for found, how in asked(token, security.TokenGroups)}
    say(f"groups: {groups[f'PySID:{BA}']} {groups['PySID:S-1-1-0']} {groups['PySID:S-1-5-11']}")
    say(f"level: {asked(token, security.TokenIntegrityLevel)[1]}")
    step("is administrator", security.CheckTokenMembership, None, sid(BA))
    step("is nobody", security.CheckTokenMembership, None, sid("AN"))
    step("of a token", security.CheckTokenMembership, token, sid(BA))
    name, domain, kind = security.LookupAccountSid(None, user)
    say(f"own name: {name == win32api.GetUserName()} {bool(domain)} {kind}")
    same = security.LookupAccountName(None, win32api.GetUserName())[0] == user
    say(f"own sid: {same}")
    win32api.SetLastError(7)
    step("last error", win32api.GetLastError)
    step("close nothing", win32api.CloseHandle, 0x7778)


def handles() -> None:
    """Permissions of an open key, set with those of all below."""
    key = fresh()
    win32api.RegSetKeySecurity(key, 7, sddl(WHOLE))
    kind, change = security.SE_REGISTRY_KEY, security.SetSecurityInfo
    acl = security.ACL()
    acl.AddAccessAllowedAceEx(2, 2, win32con.KEY_ALL_ACCESS, sid("WD"))
    protected = security.DACL_SECURITY_INFORMATION | security.PROTECTED_DACL_SECURITY_INFORMATION
    step("set dacl", change, key, kind, protected, None, None, acl, None)
    step("after dacl", win32api.RegGetKeySecurity, key, 7)
    step("set owner", change, key, kind, 1, sid("SY"), None, None, None)
    step("after owner", win32api.RegGetKeySecurity, key, 7)
    step("no owner", change, key, kind, 1, None, None, None, None)
    step("a number", change, key, kind, 1, 5, None, None, None)
    reading = win32api.RegOpenKeyEx(USER, PATH, 0, win32con.KEY_READ)
    step("no right", change, reading, kind, 1, sid(BA), None, None, None)
    step("no handle", change, 0x1234, kind, 1, sid(BA), None, None, None)
    win32api.RegDeleteTree(USER, PATH)


def constants() -> None:
    """The numbers of all modules, and the names of privileges."""
    for module in (win32con, security, ntsecuritycon, winerror):
        for name in sorted(dir(module)):
            found = getattr(module, name)
            if isinstance(found, int) or (name.startswith("SE_") and isinstance(found, str)):
                say(f"constant {module.__name__}.{name}: {found}")


for part in (
    keys, values, sids, acls, descriptors, permissions, owner, tokens, handles, constants
):  # fmt: skip
    say(f"-- {part.__name__}")
    part()
