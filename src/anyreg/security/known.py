"""Names of security identifiers that are the same on every machine, and the two-character aliases.

The names are those of an English Windows; a localised one shows others for the same identifiers.
Aliases are what SDDL writes; those of a domain or a machine need its identifier from outside.

Source: Microsoft's [MS-DTYP], 2.4.2.4 and 2.5.1.1, and its list of well-known identifiers.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

from anyreg.errors import SecurityError
from anyreg.names import fold
from anyreg.security.sid import Sid


class Account(NamedTuple):
    """Who a SID is.

    Attributes:
        domain: Where the name is from, such as "BUILTIN"; "" where it is from nowhere.
        name: The name; "" for a domain as a whole.
    """

    domain: str
    name: str

    def __str__(self) -> str:
        return "\\".join(part for part in self if part)


_TABLE: Final = (
    ("S-1-0-0", "", "", "NULL SID"),
    ("S-1-1-0", "WD", "", "Everyone"),
    ("S-1-2-0", "", "", "LOCAL"),
    ("S-1-2-1", "", "", "CONSOLE LOGON"),
    ("S-1-3-0", "CO", "", "CREATOR OWNER"),
    ("S-1-3-1", "CG", "", "CREATOR GROUP"),
    ("S-1-3-2", "", "", "CREATOR OWNER SERVER"),
    ("S-1-3-3", "", "", "CREATOR GROUP SERVER"),
    ("S-1-3-4", "OW", "", "OWNER RIGHTS"),
    ("S-1-5-1", "", "NT AUTHORITY", "DIALUP"),
    ("S-1-5-2", "NU", "NT AUTHORITY", "NETWORK"),
    ("S-1-5-3", "", "NT AUTHORITY", "BATCH"),
    ("S-1-5-4", "IU", "NT AUTHORITY", "INTERACTIVE"),
    ("S-1-5-6", "SU", "NT AUTHORITY", "SERVICE"),
    ("S-1-5-7", "AN", "NT AUTHORITY", "ANONYMOUS LOGON"),
    ("S-1-5-8", "", "NT AUTHORITY", "PROXY"),
    ("S-1-5-9", "ED", "NT AUTHORITY", "ENTERPRISE DOMAIN CONTROLLERS"),
    ("S-1-5-10", "PS", "NT AUTHORITY", "SELF"),
    ("S-1-5-11", "AU", "NT AUTHORITY", "Authenticated Users"),
    ("S-1-5-12", "RC", "NT AUTHORITY", "RESTRICTED"),
    ("S-1-5-13", "", "NT AUTHORITY", "TERMINAL SERVER USER"),
    ("S-1-5-14", "", "NT AUTHORITY", "REMOTE INTERACTIVE LOGON"),
    ("S-1-5-15", "", "NT AUTHORITY", "This Organization"),
    ("S-1-5-17", "", "NT AUTHORITY", "IUSR"),
    ("S-1-5-18", "SY", "NT AUTHORITY", "SYSTEM"),
    ("S-1-5-19", "LS", "NT AUTHORITY", "LOCAL SERVICE"),
    ("S-1-5-20", "NS", "NT AUTHORITY", "NETWORK SERVICE"),
    ("S-1-5-33", "WR", "NT AUTHORITY", "WRITE RESTRICTED"),
    ("S-1-5-113", "", "NT AUTHORITY", "Local account"),
    ("S-1-5-114", "", "NT AUTHORITY", "Local account and member of Administrators group"),
    ("S-1-5-1000", "", "NT AUTHORITY", "Other Organization"),
    ("S-1-5-64-10", "", "NT AUTHORITY", "NTLM Authentication"),
    ("S-1-5-64-14", "", "NT AUTHORITY", "SChannel Authentication"),
    ("S-1-5-64-21", "", "NT AUTHORITY", "Digest Authentication"),
    ("S-1-5-65-1", "", "NT AUTHORITY", "This Organization Certificate"),
    ("S-1-5-84-0-0-0-0-0", "UD", "NT AUTHORITY", "USER MODE DRIVERS"),
    ("S-1-5-32", "", "BUILTIN", "BUILTIN"),
    ("S-1-5-80-0", "", "NT SERVICE", "ALL SERVICES"),
    (
        "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
        "",
        "NT SERVICE",
        "TrustedInstaller",
    ),
    ("S-1-5-83-0", "", "NT VIRTUAL MACHINE", "Virtual Machines"),
    ("S-1-5-90-0", "", "Window Manager", "Window Manager Group"),
    ("S-1-5-96-0", "", "Font Driver Host", "Font Driver Host"),
    ("S-1-5-32-544", "BA", "BUILTIN", "Administrators"),
    ("S-1-5-32-545", "BU", "BUILTIN", "Users"),
    ("S-1-5-32-546", "BG", "BUILTIN", "Guests"),
    ("S-1-5-32-547", "PU", "BUILTIN", "Power Users"),
    ("S-1-5-32-548", "AO", "BUILTIN", "Account Operators"),
    ("S-1-5-32-549", "SO", "BUILTIN", "Server Operators"),
    ("S-1-5-32-550", "PO", "BUILTIN", "Print Operators"),
    ("S-1-5-32-551", "BO", "BUILTIN", "Backup Operators"),
    ("S-1-5-32-552", "RE", "BUILTIN", "Replicator"),
    ("S-1-5-32-554", "RU", "BUILTIN", "Pre-Windows 2000 Compatible Access"),
    ("S-1-5-32-555", "RD", "BUILTIN", "Remote Desktop Users"),
    ("S-1-5-32-556", "NO", "BUILTIN", "Network Configuration Operators"),
    ("S-1-5-32-557", "", "BUILTIN", "Incoming Forest Trust Builders"),
    ("S-1-5-32-558", "MU", "BUILTIN", "Performance Monitor Users"),
    ("S-1-5-32-559", "LU", "BUILTIN", "Performance Log Users"),
    ("S-1-5-32-560", "", "BUILTIN", "Windows Authorization Access Group"),
    ("S-1-5-32-561", "", "BUILTIN", "Terminal Server License Servers"),
    ("S-1-5-32-562", "", "BUILTIN", "Distributed COM Users"),
    ("S-1-5-32-568", "IS", "BUILTIN", "IIS_IUSRS"),
    ("S-1-5-32-569", "CY", "BUILTIN", "Cryptographic Operators"),
    ("S-1-5-32-573", "ER", "BUILTIN", "Event Log Readers"),
    ("S-1-5-32-574", "CD", "BUILTIN", "Certificate Service DCOM Access"),
    ("S-1-5-32-575", "RA", "BUILTIN", "RDS Remote Access Servers"),
    ("S-1-5-32-576", "ES", "BUILTIN", "RDS Endpoint Servers"),
    ("S-1-5-32-577", "MS", "BUILTIN", "RDS Management Servers"),
    ("S-1-5-32-578", "HA", "BUILTIN", "Hyper-V Administrators"),
    ("S-1-5-32-579", "AA", "BUILTIN", "Access Control Assistance Operators"),
    ("S-1-5-32-580", "RM", "BUILTIN", "Remote Management Users"),
    ("S-1-5-32-581", "", "BUILTIN", "System Managed Accounts Group"),
    ("S-1-5-32-582", "", "BUILTIN", "Storage Replica Administrators"),
    ("S-1-5-32-583", "", "BUILTIN", "Device Owners"),
    ("S-1-5-32-584", "HO", "BUILTIN", "User Mode Hardware Operators"),
    ("S-1-5-32-585", "SH", "BUILTIN", "OpenSSH Users"),
    ("S-1-15-2-1", "AC", "APPLICATION PACKAGE AUTHORITY", "ALL APPLICATION PACKAGES"),
    ("S-1-15-2-2", "", "APPLICATION PACKAGE AUTHORITY", "ALL RESTRICTED APPLICATION PACKAGES"),
    ("S-1-15-3-1", "", "APPLICATION PACKAGE AUTHORITY", "Your Internet connection"),
    (
        "S-1-15-3-2",
        "",
        "APPLICATION PACKAGE AUTHORITY",
        "Your Internet connection, including incoming connections from the Internet",
    ),
    ("S-1-15-3-3", "", "APPLICATION PACKAGE AUTHORITY", "Your home or work networks"),
    ("S-1-15-3-4", "", "APPLICATION PACKAGE AUTHORITY", "Your pictures library"),
    ("S-1-15-3-5", "", "APPLICATION PACKAGE AUTHORITY", "Your videos library"),
    ("S-1-15-3-6", "", "APPLICATION PACKAGE AUTHORITY", "Your music library"),
    ("S-1-15-3-7", "", "APPLICATION PACKAGE AUTHORITY", "Your documents library"),
    ("S-1-15-3-8", "", "APPLICATION PACKAGE AUTHORITY", "Your Windows credentials"),
    (
        "S-1-15-3-9",
        "",
        "APPLICATION PACKAGE AUTHORITY",
        "Software and hardware certificates or a smart card",
    ),
    ("S-1-15-3-10", "", "APPLICATION PACKAGE AUTHORITY", "Removable storage"),
    ("S-1-15-3-11", "", "APPLICATION PACKAGE AUTHORITY", "Your Appointments"),
    ("S-1-15-3-12", "", "APPLICATION PACKAGE AUTHORITY", "Your Contacts"),
    ("S-1-15-3-4096", "", "APPLICATION PACKAGE AUTHORITY", "Internet Explorer"),
    ("S-1-16-0", "", "Mandatory Label", "Untrusted Mandatory Level"),
    ("S-1-16-4096", "LW", "Mandatory Label", "Low Mandatory Level"),
    ("S-1-16-8192", "ME", "Mandatory Label", "Medium Mandatory Level"),
    ("S-1-16-8448", "MP", "Mandatory Label", "Medium Plus Mandatory Level"),
    ("S-1-16-12288", "HI", "Mandatory Label", "High Mandatory Level"),
    ("S-1-16-16384", "SI", "Mandatory Label", "System Mandatory Level"),
    ("S-1-16-20480", "", "Mandatory Label", "Protected Process Mandatory Level"),
    ("S-1-16-28672", "", "Mandatory Label", "Secure Process Mandatory Level"),
    ("S-1-18-1", "AS", "", "Authentication authority asserted identity"),
    ("S-1-18-2", "SS", "", "Service asserted identity"),
    ("S-1-18-3", "", "", "Fresh public key identity"),
    ("S-1-18-4", "", "", "Key trust identity"),
    ("S-1-18-5", "", "", "Key property multi-factor authentication"),
    ("S-1-18-6", "", "", "Key property attestation"),
)
# The last number, below a machine, a domain, or the root of a forest.
_MACHINE_ALIASES: Final = {"LA": 500, "LG": 501}
_DOMAIN_ALIASES: Final = {
    "DA": 512,
    "DU": 513,
    "DG": 514,
    "DC": 515,
    "DD": 516,
    "CA": 517,
    "PA": 520,
    "CN": 522,
    "AP": 525,
    "KA": 526,
    "RS": 553,
}
_FOREST_ALIASES: Final = {"RO": 498, "SA": 518, "EA": 519, "EK": 527}

ACCOUNTS: Final = {Sid.parse(sid): Account(domain, name) for sid, _, domain, name in _TABLE}
ALIASES: Final = {alias: Sid.parse(sid) for sid, alias, _, _ in _TABLE if alias}
_ALIAS_OF: Final = {sid: alias for alias, sid in ALIASES.items()}
_BY_NAME: Final = {str(account).upper(): sid for sid, account in ACCOUNTS.items()} | {
    account.name.upper(): sid for sid, account in reversed(ACCOUNTS.items())
}

EVERYONE: Final = ALIASES["WD"]
CREATOR_OWNER: Final = ALIASES["CO"]
CREATOR_GROUP: Final = ALIASES["CG"]
OWNER_RIGHTS: Final = ALIASES["OW"]
SYSTEM: Final = ALIASES["SY"]
ADMINISTRATORS: Final = ALIASES["BA"]
USERS: Final = ALIASES["BU"]
LABELS: Final = Sid(16)

_NONE_MAPPED: Final = 1332  # ERROR_NONE_MAPPED

_SERVICES: Final = Sid(5, (80,))
_CAPABILITIES: Final = Sid(15, (3, 1024))
_PACKAGES: Final = Sid(15, (2,))
_POOLS: Final = Sid(5, (82,))
_PREFIXES: Final = {"NT SERVICE": "service", "IIS APPPOOL": "pool"}


class Domains(NamedTuple):
    """The identifiers that aliases such as LA and DA are relative to.

    Attributes:
        machine: That of the machine.
        domain: That of its domain.
        forest: That of the root of the domain's forest.
    """

    machine: Sid | None = None
    domain: Sid | None = None
    forest: Sid | None = None

    def find(self, alias: str) -> Sid | None:
        """The SID of an alias; None where there is none, or none without what is not given.

        Args:
            alias: Two characters, upper case.
        """
        for above, numbers in self._relative():
            if alias in numbers and above is not None:
                return above.child(numbers[alias])
        return ALIASES.get(alias)

    def alias_of(self, sid: Sid) -> str:
        """The alias of a SID, "" where it has none.

        Args:
            sid: The SID.
        """
        fixed = _ALIAS_OF.get(sid)
        if fixed is not None:
            return fixed
        for above, numbers in self._relative():
            if above is not None and sid.parent == above:
                found = [alias for alias, number in numbers.items() if number == sid.rid]
                if found:
                    return found[0]
        return ""

    def _relative(self) -> tuple[tuple[Sid | None, dict[str, int]], ...]:
        return (
            (self.machine, _MACHINE_ALIASES),
            (self.domain, _DOMAIN_ALIASES),
            (self.forest, _FOREST_ALIASES),
        )


NO_DOMAINS: Final = Domains()


def account_of(sid: Sid) -> Account | None:
    r"""Who a SID is on every machine; None for those that are known in one place only.

    Args:
        sid: The SID.

    Examples:
        >>> str(account_of(Sid.parse("S-1-5-32-544")))
        'BUILTIN\\Administrators'
    """
    return ACCOUNTS.get(sid)


def find_sid(who: str, domains: Domains = NO_DOMAINS) -> Sid | None:
    r"""The SID that a text means: a SID, an alias, or a name that is the same on every machine.

    Args:
        who: Such as "S-1-5-18", "BA", "Administrators", "BUILTIN\Administrators" or
            "NT SERVICE\TrustedInstaller"; case does not count.
        domains: What aliases of a machine or domain are relative to.

    Returns:
        The SID, or None where the name can only be known in one place, or nowhere.

    Raises:
        SecurityError: It begins as a SID does, and is none.
    """
    if who[:2].upper() == "S-":
        return Sid.parse(who)
    alias = domains.find(who.upper()) if len(who) == len("BA") else None
    found = alias or _BY_NAME.get(who.upper())
    if found is not None:
        return found
    domain, separator, name = who.partition("\\")
    kind = _PREFIXES.get(domain.upper()) if separator and name else None
    if kind == "service":
        return service_sid(name)
    return pool_sid(name) if kind == "pool" else None


def service_sid(name: str) -> Sid:
    """The SID of a service.

    Args:
        name: Its name, as its key below Services has it.

    Examples:
        >>> str(service_sid("TrustedInstaller"))[:24]
        'S-1-5-80-956008885-34185'
    """
    return _SERVICES.child(*_hashed("sha1", fold(name), 5))


def pool_sid(name: str) -> Sid:
    """The SID of an application pool of IIS.

    Args:
        name: Its name.
    """
    return _POOLS.child(*_hashed("sha1", name.lower(), 5))


def capability_sid(name: str) -> Sid:
    """The SID of a capability of applications.

    Args:
        name: Its name, such as "registryRead".
    """
    return _CAPABILITIES.child(*_hashed("sha256", fold(name), 8))


def package_sid(family: str) -> Sid:
    """The SID of the container of a packaged application.

    Args:
        family: The family name of the package.
    """
    return _PACKAGES.child(*_hashed("sha256", family.lower(), 7))


def _hashed(algorithm: str, text: str, count: int) -> list[int]:
    data = text.encode("utf-16-le", "surrogatepass")
    digest = hashlib.new(algorithm, data, usedforsecurity=False).digest()
    return [int.from_bytes(digest[at : at + 4], "little") for at in range(0, 4 * count, 4)]


def expect_text(who: object) -> str:
    """A text that may mean somebody.

    Args:
        who: What is given for it.

    Raises:
        TypeError: It is no text.
    """
    if not isinstance(who, str):
        raise TypeError(f"somebody is a SID, or a text such as a name, not {who!r}")
    return who


def require_sid(who: str | Sid, domains: Domains = NO_DOMAINS) -> Sid:
    """The SID that is meant; see find_sid().

    Args:
        who: A SID, or a text that means one.
        domains: What aliases of a machine or domain are relative to.

    Raises:
        SecurityError: There is no such name.
    """
    found = who if isinstance(who, Sid) else find_sid(expect_text(who), domains)
    if found is None:
        raise SecurityError(
            "no such account",
            expected="a SID, an alias such as BA, or a name such as BUILTIN\\Administrators",
            actual=repr(who),
            winerror=_NONE_MAPPED,
        )
    return found
