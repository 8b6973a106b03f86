"""A registry in memory behind a real smbd: a server for what Samba's own registry lacks.

    python tests/remote/own_server.py    run one until Ctrl-C; it prints where it is

Its administrator may do everything, its ordinary user what the descriptors of keys give to users.
The share ADMIN$ is the folder that stands for the server's C:\\Windows.
"""

from __future__ import annotations

import atexit
import signal
import sys
from functools import cache
from pathlib import Path

from anyreg.backends.memory_registry import open_memory
from anyreg.backends.namespace.namespace import Namespace
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.security.token import Token
from remote.pipe_server import PipeServer
from remote.registry_methods import Methods
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, Smbd, UnavailableError, there

TOKENS = {
    ADMINISTRATOR: Token.unlimited(),
    ORDINARY: Token.of("S-1-5-21-1-2-3-1001", "Users"),
}


class OwnServer:
    """A server, from its making to stop().

    Attributes:
        registry: The registry that it serves.
        windows: The folder that stands for C:\\Windows.
        pipe: What answers the calls.
        port: Its port on HOST.
        configuration: smbd's smb.conf, for Samba's own programs.
    """

    def __init__(self, encrypt: str = "default") -> None:
        """Start it.

        Args:
            encrypt: As for Smbd.

        Raises:
            UnavailableError: There is no Samba here.
        """
        self.registry: Namespace = open_memory()
        self.pipe = PipeServer(self._methods, (ADMINISTRATOR, ORDINARY))
        self.smbd = Smbd(encrypt, has_registry=False)
        found = self.smbd.start()
        self.port, self.configuration = found.port, found.configuration
        self.windows: Path = found.folder / "windows"
        self.pipe.listen_pipe(found.folder / "ncalrpc")

    def _methods(self, user: str) -> Methods:
        token = TOKENS[user]
        return Methods(enforced(self.registry, token), self.windows)

    def stop(self) -> None:
        """End it; its folder is deleted."""
        self.smbd.stop()
        self.pipe.stop()
        self.registry.close()


@cache
def _shared(encrypt: str) -> OwnServer | str:
    try:
        server = OwnServer(encrypt)
    except UnavailableError as error:
        return str(error)
    atexit.register(server.stop)
    return server


def own_server(encrypt: str = "default") -> OwnServer:
    """The server of this process's tests, started with the first that asks, or skip the test.

    Args:
        encrypt: As for Smbd.
    """
    return there(_shared, encrypt)


def main() -> None:
    """Run one until it is stopped."""
    server = OwnServer()
    sys.stdout.write(
        f"{HOST}:{server.port}, users {ADMINISTRATOR} and {ORDINARY}, password {PASSWORD}\n"
    )
    sys.stdout.flush()
    try:
        signal.pause()
    except KeyboardInterrupt:
        server.stop()


if __name__ == "__main__":
    main()
