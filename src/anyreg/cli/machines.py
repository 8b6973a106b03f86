"""Other machines on the command line: the options that say who asks, and the connection.

A password is no word of a command line, where histories of shells and lists of processes would
show it.  It is the first line of the standard input, or asked for at the terminal, or found as
anyreg.connect() finds it.  It is asked for once, whatever number of machines a command speaks to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from typer import BadParameter
from typer.core import TyperOption

import anyreg
from anyreg.fleet.hosts import ConnectOptions

_PANEL = "Other machines"
_LAST_PORT = 0xFFFF


class Asking(NamedTuple):
    """What was said of who asks another machine.

    Attributes:
        user: The name of the user.
        password_stdin: Whether the standard input begins with the password.
        kerberos: Whether nothing but Kerberos will do.
        encrypt: Whether the machine must encrypt.
        port: The port of its file service, 0 for the usual one.
    """

    user: str = ""
    password_stdin: bool = False
    kerberos: bool = False
    encrypt: bool = False
    port: int = 0

    @property
    def is_said(self) -> bool:
        """Whether anything was said that makes no sense for a file."""
        return self[1:] != Asking()[1:]


_passwords: dict[Asking, str] = {}  # of the command that runs


def options() -> Iterator[TyperOption]:
    """The options of a command; the name of the user is another one's, too."""
    for name, text in (
        ("--password-stdin", "Take the password from the first line of the standard input."),
        ("--kerberos", "Use a ticket of Kerberos, and nothing else."),
        ("--encrypt", "Refuse a machine that does not encrypt."),
    ):
        yield TyperOption(
            param_decls=[name], is_flag=True, default=False, help=text, rich_help_panel=_PANEL
        )
    yield TyperOption(
        param_decls=["--port"],
        metavar="NUMBER",
        type=int,
        default=0,
        show_default=False,
        help="The port of the machine's file service, where it is not 445.",
        rich_help_panel=_PANEL,
    )


def taken(params: dict[str, Any], user: str) -> Asking:
    """What a command line says, taken away from its parameters; passwords are forgotten.

    Args:
        params: The parameters of a command.
        user: The name of the user.
    """
    _passwords.clear()
    stdin, kerberos, encrypt = (bool(params.pop(name, False)) for name in Asking._fields[1:4])
    port = params.pop("port", 0) or 0
    if not 0 <= port <= _LAST_PORT:
        raise BadParameter(f"a port is a number up to {_LAST_PORT}: {port}")
    return Asking(user, stdin, kerberos, encrypt, port)


def connected(
    host: str, asking: Asking, mode: str | None, journal: bool | anyreg.JournalSettings
) -> anyreg.Registry:
    """The registry of another machine.

    Args:
        host: The machine.
        asking: Who asks.
        mode: See anyreg.connect().
        journal: See anyreg.connect().
    """
    own = how(host, asking)
    own["mode"], own["journal"] = mode or "r", journal
    return anyreg.connect(host, **own)


def how(host: str, asking: Asking) -> ConnectOptions:
    """Who asks, as anyreg.connect() takes it; a password is read, or asked for, now.

    Args:
        host: The machine, or what several are called.
        asking: Who asks.
    """
    if asking.password_stdin and not asking.user:
        raise BadParameter("--password-stdin needs --user")
    return ConnectOptions(
        user=asking.user,
        password=_password(host, asking),
        protocol="kerberos" if asking.kerberos else "negotiate",
        port=asking.port,
        encrypt=asking.encrypt,
    )


def _password(host: str, asking: Asking) -> str:
    """The password, "" where it is to be found elsewhere."""
    if asking not in _passwords:
        if asking.password_stdin:
            _passwords[asking] = sys.stdin.readline().rstrip("\r\n")
            if not _passwords[asking]:
                raise BadParameter("--password-stdin: the standard input begins with no password")
        elif asking.user and not asking.kerberos:
            _passwords[asking] = _asked_for(host, asking.user)
        else:
            return ""
    return _passwords[asking]


def _asked_for(host: str, user: str) -> str:
    """What is typed at the terminal, unless the password is known."""
    from getpass import getpass

    from anyreg.backends.remote.credentials import known_login

    if os.environ.get("NTLM_USER_FILE") or known_login(host, user).password:
        return ""
    if not sys.stdin.isatty():
        words = "there is no terminal to ask for the password at: give --password-stdin"
        raise BadParameter(words)
    return getpass(f"Password of {user}: ")
