"""What Samba's access check says: lines of JSON in, lines of JSON out; for Debian's own Python.

A line is the descriptor in hexadecimal, the SIDs, the privileges and the mask that is asked for.
"""

from __future__ import annotations

import importlib
import json
import sys

security = importlib.import_module("samba.dcerpc.security")
check = importlib.import_module("samba.security").access_check
unpack = importlib.import_module("samba.ndr").ndr_unpack
StatusError = importlib.import_module("samba").NTSTATUSError

ERRORS = {0xC0000022: 5, 0xC0000061: 1314}
PRIVILEGES = {
    "SeSecurityPrivilege": security.SEC_PRIV_SECURITY,
    "SeTakeOwnershipPrivilege": security.SEC_PRIV_TAKE_OWNERSHIP,
}


def answer(line: str) -> tuple[int, int]:
    """The rights that are granted, and the error."""
    descriptor, sids, privileges, desired = json.loads(line)
    token = security.token()
    held = [security.dom_sid(sid) for sid in sids]
    token.sids = held
    token.num_sids = len(held)
    for privilege in privileges:
        token.set_privilege(PRIVILEGES[privilege])
    read = unpack(security.descriptor, bytes.fromhex(descriptor))
    try:
        return check(read, token, desired) & 0xFFFFFFFF, 0
    except StatusError as error:
        return 0, ERRORS[error.args[0] & 0xFFFFFFFF]


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(line)) + "\n")
