"""Opening the registry of another machine."""

from __future__ import annotations

from typing import Final

from anyreg.backends.remote.calls import RemoteCalls
from anyreg.backends.remote.channel import Channel
from anyreg.backends.remote.credentials import known_login
from anyreg.backends.remote.file_service import FileService
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.remote.login import Login
from anyreg.paths import split_host

SMB_PORT: Final = 445
CONNECT_TIMEOUT: Final = 10.0  # seconds
TIMEOUT: Final = 60.0  # seconds


def open_remote(
    host: str,
    login: Login | None = None,
    port: int = 0,
    *,
    connect_timeout: float = CONNECT_TIMEOUT,
    timeout: float = TIMEOUT,
    is_read_only: bool = False,
    cache: float = 0.0,
) -> RemoteRegistry:
    """The registry of another machine.

    Args:
        host: Its name or address, without backslashes, with or without a port behind it.
        login: Who asks; by default who is known: see `credentials`.
        port: The port of its file service, if that does not stand with the host.
        connect_timeout: Seconds that connecting may take.
        timeout: Seconds that each call may take.
        is_read_only: Refuse every change of it.
        cache: Seconds for which what was read is believed; 0: everything is asked anew.

    Raises:
        AccessDeniedError: The machine does not let this user in.
        NotSupportedError: The extra `remote` is not installed.
        RemoteError: The machine cannot be reached, or has no registry to offer.
    """
    name, own_port = split_host(host)
    asking = login or known_login(name)

    def connect() -> FileService:
        number = port or own_port or SMB_PORT
        return FileService(name, number, asking, (connect_timeout, timeout))

    return RemoteRegistry(RemoteCalls(Channel(connect)), is_read_only, cache)
