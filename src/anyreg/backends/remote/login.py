"""Who asks another machine, and how: what is given to its file service, and shown to nobody."""

from __future__ import annotations

from typing import NamedTuple


class Login(NamedTuple):
    r"""Who asks, and how.

    Attributes:
        user: The name, such as "DOMAIN\user"; "" for what the system knows: a ticket of
            Kerberos, or the file that NTLM_USER_FILE names.
        password: The password, "" for one that the system knows.
        protocol: "negotiate", "ntlm" or "kerberos".
        encrypt: Refuse servers that do not encrypt.
    """

    user: str = ""
    password: str = ""
    protocol: str = "negotiate"
    encrypt: bool = False

    def __repr__(self) -> str:
        return f"Login(user={self.user!r}, protocol={self.protocol!r})"
