"""The codes of SDDL: types of entries, flags and rights, each by two characters or one.

Source: Microsoft's [MS-DTYP], 2.5.1.1; its codes for two callback types are swapped there.
"""

from __future__ import annotations

from typing import Final

from anyreg.security import entries as types

TYPE_CODES: Final = {
    types.ALLOW: "A",
    types.DENY: "D",
    types.AUDIT: "AU",
    types.ALARM: "AL",
    types.ALLOW_OBJECT: "OA",
    types.DENY_OBJECT: "OD",
    types.AUDIT_OBJECT: "OU",
    types.ALARM_OBJECT: "OL",
    types.ALLOW_CALLBACK: "XA",
    types.DENY_CALLBACK: "XD",
    types.ALLOW_CALLBACK_OBJECT: "ZA",
    types.AUDIT_CALLBACK: "XU",
    types.MANDATORY_LABEL: "ML",
    types.RESOURCE_ATTRIBUTE: "RA",
    types.SCOPED_POLICY: "SP",
    types.TRUST_LABEL: "TL",
    types.ACCESS_FILTER: "FL",
}
TYPE_OF: Final = {code: kind for kind, code in TYPE_CODES.items()}
CONDITIONAL: Final = frozenset((0x09, 0x0A, 0x0B, 0x0D, 0x15))
NEVER_IN_DACL: Final = frozenset((0x02, 0x03, 0x07, 0x08, 0x0D, 0x11, 0x12, 0x13, 0x14))

FLAGS: Final = {
    "OI": types.OBJECT_INHERIT,
    "CI": types.CONTAINER_INHERIT,
    "NP": types.NO_PROPAGATE,
    "IO": types.INHERIT_ONLY,
    "ID": types.INHERITED,
    "SA": types.AUDIT_SUCCESS,
    "FA": types.AUDIT_FAILURE,
    "CR": types.CRITICAL,
}
TRUST_FILTER: Final = {"TP": types.AUDIT_SUCCESS}  # what that bit is in an access filter
LABEL_RIGHTS: Final = {"NW": 1, "NR": 2, "NX": 4}
SINGLE_RIGHTS: Final = {
    "CC": 0x1,
    "DC": 0x2,
    "LC": 0x4,
    "SW": 0x8,
    "RP": 0x10,
    "WP": 0x20,
    "DT": 0x40,
    "LO": 0x80,
    "CR": 0x100,
    "SD": 0x10000,
    "RC": 0x20000,
    "WD": 0x40000,
    "WO": 0x80000,
    "GA": 0x10000000,
    "GX": 0x20000000,
    "GW": 0x40000000,
    "GR": 0x80000000,
}
WHOLE_RIGHTS: Final = {
    0x1F01FF: "FA",
    0x120089: "FR",
    0x120116: "FW",
    0x1200A0: "FX",
    0xF003F: "KA",
    0x20019: "KR",
    0x20006: "KW",
}
RIGHTS: Final = (
    SINGLE_RIGHTS | {code: mask for mask, code in WHOLE_RIGHTS.items()} | {"KX": 0x20019}
)
