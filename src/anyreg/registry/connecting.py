"""Opening the registry of another machine as somebody."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from anyreg.errors import NotSupportedError
from anyreg.paths import host_of, join_host, split_host
from anyreg.registry.opening import keep_journal
from anyreg.registry.registry import Registry

if TYPE_CHECKING:
    from anyreg.registry.journal import JournalSettings

CONNECT_TIMEOUT: Final = 10.0
"""Seconds that connecting and logging on may take, if nothing else is said."""
TIMEOUT: Final = 60.0
"""Seconds that a call may take, if nothing else is said."""

_MODES: Final = ("r", "r+")


def connect(
    host: str,
    *,
    user: str = "",
    password: str = "",
    domain: str = "",
    protocol: str = "negotiate",
    port: int = 0,
    encrypt: bool = False,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float = TIMEOUT,
    mode: str = "r",
    journal: bool | JournalSettings = False,
    cache: float = 0.0,
) -> Registry:
    r"""Open the registry of another machine, through its file service and the pipe \winreg.

    Without a password, and without a user, it is looked for in the keyring (where the package
    `keyring` is installed), in the file that NTLM_USER_FILE names, and among the tickets of
    Kerberos; on Windows it is whoever runs the program.

    Args:
        host: The machine: a name or an address, HOST:PORT, or r"\\HOST".
        user: Who asks, also as r"DOMAIN\USER" or "USER@REALM".
        password: The password.  It is kept in memory as long as the connection is, and shown
            nowhere.
        domain: The user's domain, where it does not stand with the name.
        protocol: How to prove who asks: "kerberos", "ntlm", or "negotiate" for what both sides can.
        port: The port of the machine's file service, 445 as a rule.
        encrypt: Refuse to go on with a machine that does not encrypt.  What goes over the network
            is signed in any case.
        connect_timeout: Seconds that connecting and logging on may take.
        timeout: Seconds that each call may take.
        mode: "r" to read, "r+" to write, too.
        journal: Keep what each commit changes on this side, so that it can be undone: see
            Registry.journal.
        cache: Seconds for which what was read is given out again without asking the machine, until
            something is changed through this registry.  0: everything is asked anew.

    Returns:
        The registry, as anyreg.open() gives it.

    Raises:
        AccessDeniedError: The machine does not let this user in.
        AddressError: The host is none.
        NotSupportedError: The extra `remote` is missing, or there is no such mode or protocol.
        RemoteError: The machine cannot be reached, or offers no registry.
        ValueError: `cache` is no number of seconds.

    Examples:
        >>> with connect("server", user="Administrator") as registry:  # doctest: +SKIP
        ...     print(registry.read(r"HKLM\SOFTWARE\Vendor", "Version"))
    """
    from anyreg.backends.remote.credentials import known_login
    from anyreg.backends.remote.opening import SMB_PORT, open_remote

    if not 0 <= cache < inf:
        raise ValueError(f"{cache} is no number of seconds for which something can be believed")
    if mode not in _MODES:
        raise NotSupportedError(f'mode {mode!r} is neither "r" nor "r+"', path=host)
    name, own_port = split_host(host_of(host) or host)
    number = port or own_port or SMB_PORT
    backend = open_remote(
        name,
        known_login(name, user, password, domain, protocol, encrypt),
        number,
        connect_timeout=connect_timeout,
        timeout=timeout,
        is_read_only=mode == "r",
        cache=cache,
    )
    registry = Registry(backend)
    if journal:
        try:
            keep_journal(registry, f"//{join_host(name, number)}", mode, journal)
        except BaseException:
            registry.close()
            raise
    return registry
