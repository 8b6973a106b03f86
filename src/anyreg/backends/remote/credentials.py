r"""Who asks another machine: what is given, what the keyring has, what the system knows.

They are looked for in this order, and the first that is there counts:

- the user and the password that are given;
- where the package `keyring` is installed, its entry of the service //HOST;
- what pyspnego finds by itself: the file that NTLM_USER_FILE names, and a ticket of Kerberos (on
  Windows, whoever runs the program).

No message and no line of the log has a password in it.
"""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import Final

from anyreg.backends.remote.login import Login
from anyreg.errors import NotSupportedError

NEGOTIATE: Final = "negotiate"
KERBEROS: Final = "kerberos"
_PROTOCOLS: Final = (NEGOTIATE, "ntlm", KERBEROS)
_USER_FILE: Final = "NTLM_USER_FILE"

_log: Final = logging.getLogger(__name__)


def known_login(
    host: str,
    user: str = "",
    password: str = "",
    domain: str = "",
    protocol: str = NEGOTIATE,
    encrypt: bool = False,
) -> Login:
    r"""Who asks, as far as that is known.

    Args:
        host: The name of the machine, for the keyring.
        user: The name of the user, also as DOMAIN\USER or USER@REALM; "" for whoever is known.
        password: The password; "" for one that is known.
        domain: The user's domain, where it does not stand with the name.
        protocol: "negotiate", "ntlm" or "kerberos".
        encrypt: Refuse servers that do not encrypt.

    Raises:
        NotSupportedError: There is no such protocol, or a password or a domain has no user.
    """
    if protocol not in _PROTOCOLS:
        words = f"protocol {protocol!r} is none of {', '.join(_PROTOCOLS)}"
        raise NotSupportedError(words, path=host)
    if not user and (password or domain):
        raise NotSupportedError("a password or a domain is given, and no user", path=host)
    if protocol == KERBEROS and "\\" in user:  # where it would only quote what follows
        domain, _, user = user.partition("\\")
    if domain:
        user = f"{user}@{domain}" if protocol == KERBEROS else f"{domain}\\{user}"
    if not password and protocol != KERBEROS and not os.environ.get(_USER_FILE):
        user, password = _of_keyring(host, user)
    return Login(user, password, protocol, encrypt)


def _of_keyring(host: str, user: str) -> tuple[str, str]:
    """A user and his password; no password where the keyring knows none."""
    if find_spec("keyring") is None:
        return user, ""
    import keyring

    try:
        found = keyring.get_credential(f"//{host}", user or None)
    except keyring.errors.NoKeyringError:
        return user, ""
    except Exception as error:  # each kind of keyring has errors of its own
        _log.warning("the keyring gives no password for %s: %s", host, type(error).__name__)
        return user, ""
    return (user, "") if found is None else (found.username, found.password)
