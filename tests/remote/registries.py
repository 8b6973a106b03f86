"""The registries of the private servers, opened by this package."""

from __future__ import annotations

from contextlib import suppress

from anyreg.backends.base import Lent
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.errors import AccessDeniedError
from remote.own_server import own_server
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, server

PROCESSES = 5  # as many serve the registry at most
SCRATCH = ("Conformance", "Test")


def login(user: str = ADMINISTRATOR, encrypt: bool = False) -> Login:
    """Who asks; by NTLM, since there is no Kerberos on loopback."""
    return Login(user, PASSWORD, "ntlm", encrypt)


def connected(who: Login, port: int, is_read_only: bool = False) -> RemoteRegistry:
    """With limits that a busy machine does not reach."""
    return open_remote(HOST, who, port, connect_timeout=120, timeout=120, is_read_only=is_read_only)


def administrator(is_read_only: bool = False) -> RemoteRegistry:
    """As somebody who may do everything."""
    return connected(login(), server().port, is_read_only)


def ordinary() -> RemoteRegistry:
    """As somebody who may read."""
    return connected(login(ORDINARY), server().port)


def own_administrator(is_read_only: bool = False) -> RemoteRegistry:
    """The same, of the server of the tests' own."""
    return connected(login(), own_server().port, is_read_only)


def own_ordinary() -> RemoteRegistry:
    """As somebody who may read, of the server of the tests' own."""
    return connected(login(ORDINARY), own_server().port)


def cleared() -> RemoteRegistry:
    """Samba's, as an administrator, with nothing where tests write.

    Each process that Samba starts to serve more clients makes anew what its registry begins with,
    HKCU\\Software\\Policies and more, and it may do so while they are deleted here.
    """
    backend = administrator()
    for _ in range(PROCESSES):
        with suppress(AccessDeniedError):  # there are keys below again
            return _without(backend, ["HKEY_CURRENT_USER", "Software"])
    return _without(backend, ["HKEY_CURRENT_USER", "Software"])


def own_cleared() -> RemoteRegistry:
    """That of the server of the tests' own, as an administrator, with nothing where tests write."""
    backend = own_administrator()
    for name in SCRATCH:
        _without(backend, ["HKEY_CURRENT_USER", "Software", name])
    return backend


def _without(backend: RemoteRegistry, way: list[str]) -> RemoteRegistry:
    node = backend.open(backend.root(), way)
    if node is not None:
        with Lent(backend, node):
            backend.delete(node, True)
    return backend
