"""What went wrong with the file service of another machine, as an error of this package.

What smbprotocol, pyspnego and libkrb5 raise is told apart by numbers: a status of SMB, or a code of
Kerberos (RFC 4120, and libkrb5's own from 128 on), which libkrb5 counts from -1765328384.  pyspnego
passes errors of GSSAPI on as a text with both their codes, and those of libkrb5 as they are.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from anyreg.errors import AccessDeniedError, NotSupportedError, RemoteError

_KERBEROS_ONLY: Final = "kerberos"
_KERBEROS_CODES: Final = -1765328384  # the first of them
_GSSAPI: Final = re.compile(r"Major \(\d+\): (.*?), Minor \((\d+)\): (.*?), Context: ", re.DOTALL)
_NO_WORDS: Final = "Success"


def failure(error: Exception, what: str, host: str, protocol: str) -> Exception:
    """The error of this package for one of smbprotocol, or of what it uses.

    Args:
        error: Their error; a server may have sent what they trip over in any way.
        what: What was done, for messages.
        host: The machine, for messages.
        protocol: How was proved who asks.
    """
    status = getattr(error, "status", 0)
    if isinstance(error, ImportError):
        words = "Kerberos needs the extra `kerberos`: pip install anyreg[kerberos]"
        return NotSupportedError(words, path=host)
    if (told := _of_kerberos(error)) is not None:
        return _without_ticket(*told, host, protocol)
    from smbprotocol.exceptions import SMBAuthenticationError

    is_login = isinstance(error, SMBAuthenticationError)
    if is_login and error.__cause__ is not None:
        words = str(error.__cause__).rpartition("Context: ")[2].partition("\n")[0]
        return _not_proved(words, _LOGINS, host, _NO_ENTRY)
    if is_login or status in _REFUSED:
        otherwise = "the machine does not let this user in", _NO_ENTRY
        words, code = _REFUSED.get(status, otherwise)
        return AccessDeniedError(words, path=host, winerror=code)
    return RemoteError(f"{what} failed: {_TOLD.get(status) or _words_of(error)}", path=host)


def _of_kerberos(error: Exception) -> tuple[int, str] | None:
    """The code and the words of an error of Kerberos."""
    code = getattr(error, "err_code", None)
    if isinstance(code, int):
        return code - _KERBEROS_CODES, str(error).removesuffix(f" {code}")
    found = error.__cause__ and _GSSAPI.search(str(error.__cause__))
    if not found:
        return None
    general, number, words = found.groups()
    own = int(number) - (1 << 32) - _KERBEROS_CODES
    return own, general if words == _NO_WORDS else words


def _without_ticket(code: int, words: str, host: str, protocol: str) -> Exception:
    if code in _NO_KDC:
        return RemoteError(f"no ticket can be asked for: {words}; see krb5.conf", path=host)
    otherwise = _TICKETS if protocol == _KERBEROS_ONLY else _LOGINS, _NO_ENTRY
    advice, winerror = _OF_KERBEROS.get(code, otherwise)
    return _not_proved(words, advice, host, winerror)


def _not_proved(told: str, advice: str, host: str, winerror: int) -> Exception:
    words = f"who asks cannot be proved: {told}; {advice}"
    return AccessDeniedError(words, path=host, winerror=winerror)


def _words_of(error: Exception) -> str:
    """What an error says in one line: smbprotocol's may fail at what a server has sent."""
    try:
        words = str(error).partition("\n")[0]
    except Exception:
        words = ""
    kind = type(error).__name__
    if isinstance(error, (ArithmeticError, AttributeError, LookupError, TypeError, struct.error)):
        return f"the server sent what makes no sense ({kind}: {words})"
    return words or kind


NOT_YET: Final = 0xC000_00AC  # STATUS_PIPE_NOT_AVAILABLE
_NO_ENTRY: Final = 1326  # ERROR_LOGON_FAILURE
_DENIED: Final = 0xC000_0022
_WRONG: Final = "the name of the user or the password is wrong"
_TICKETS: Final = "get a ticket of Kerberos with kinit, or give a user and a password"
_LOGINS: Final = (
    "give a user and a password, or see NTLM_USER_FILE, or get a ticket of Kerberos with kinit"
)
_REFUSED: Final[dict[int, tuple[str, int]]] = {  # what is said, and the code of Windows
    _DENIED: ("the machine does not let this user use its registry", 5),
    0xC000_006A: (_WRONG, _NO_ENTRY),
    0xC000_006D: (_WRONG, _NO_ENTRY),
    0xC000_006E: ("the machine lets this user in only otherwise: with a password, not so", 1327),
    0xC000_006F: ("the user may not log on at this time", 1328),
    0xC000_0070: ("the user may not log on from this machine", 1329),
    0xC000_0071: ("the password has expired", 1330),
    0xC000_0072: ("the account is disabled", 1331),
    0xC000_015B: ("the user may not log on over the network there", 1385),
    0xC000_0193: ("the account has expired", 1793),
    0xC000_0224: ("the password must be changed first", 1907),
    0xC000_0234: ("the account is locked", 1909),
}
_TOLD: Final = {
    0xC000_0034: "there is no such pipe: does the service RemoteRegistry run?",
    NOT_YET: "the pipe is not available: does the service RemoteRegistry run?",
    0xC000_00B0: "the server has ended the conversation",
    0xC000_014B: "the server has ended the conversation",
    0xC000_00CC: "the machine has no pipes",
}
_OF_KERBEROS: Final[dict[int, tuple[str, int]]] = {  # what to do, and the code of Windows
    6: (_WRONG, _NO_ENTRY),  # no such client
    7: ("connect by the name that the domain has for the machine, not by an address", _NO_ENTRY),
    18: ("the account is disabled or locked", 1331),
    23: ("the password has expired", 1330),
    24: (_WRONG, _NO_ENTRY),
    31: (_WRONG, _NO_ENTRY),  # what the KDC has sent is not for this password
    37: ("set the clock", 1398),
}
_NO_KDC: Final = frozenset({154, 156, 220})  # of a realm that is unknown, or none answers
