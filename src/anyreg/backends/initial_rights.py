r"""Who may do what with a new registry: the descriptors of its hives' root keys, as on Windows.

All keys below inherit from them.  They are those of Windows 10 and 11, read from real hives: the
machine's hives let its users read, a profile belongs to its user, and the keys of accounts are
closed to everybody but the system.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from anyreg.security.sddl import parse_sddl

# The capability to read the registry, which programs from the store have.
_READERS: Final = (
    "S-1-15-3-1024-1065365936-1281604716-3511738428-1654721687-"
    "432734479-3232135806-4053264122-3456934681"
)
_OWNED: Final = "(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CI;KA;;;CO)"
_MACHINE: Final = f"O:BAG:SYD:PAI(A;CI;KR;;;BU){_OWNED}(A;CI;KR;;;AC)(A;CI;KR;;;{_READERS})S:AI"
_ACCOUNTS: Final = "O:BAG:SYD:(A;CI;KA;;;SY)(A;CI;RCWD;;;BA)"
_ROOTS: Final = {
    "SYSTEM": _MACHINE,
    "SOFTWARE": _MACHINE,
    "SAM": f"O:BAG:SYD:PAI(A;CI;KR;;;BU){_OWNED}(A;CI;KR;;;AC)S:AI",
    "SECURITY": f"{_ACCOUNTS}S:AI",
    ".DEFAULT": (
        f"O:BAG:SYD:PAI(A;CI;KR;;;BU){_OWNED}(A;;KR;;;AC)(A;;KR;;;{_READERS})S:AINO_ACCESS_CONTROL"
    ),
}
_OF_USER: Final = "(A;OICI;KA;;;{})(A;OICI;KA;;;SY)(A;OICI;KA;;;BA)(A;OICI;KR;;;RC)"
_PROFILE: Final = f"O:BAG:SYD:P{_OF_USER}(A;;KR;;;AC)(A;;KR;;;{_READERS})S:AI"
_CLASSES: Final = f"O:SYG:SYD:P{_OF_USER}(A;OICI;KR;;;AC)(A;OICI;KR;;;{_READERS})"


@cache
def root_rights(name: str, user: str) -> bytes:
    """The security descriptor of the root key of a new hive.

    Args:
        name: The last name of the hive's mount.
        user: The user's SID.
    """
    own = _CLASSES if name.endswith("_Classes") else _PROFILE
    return parse_sddl(_ROOTS.get(name) or own.format(user)).build()


@cache
def accounts_rights() -> bytes:
    r"""That of SAM\SAM, to which not even administrators have access."""
    return parse_sddl(_ACCOUNTS).build()
