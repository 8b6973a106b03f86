"""A program that changes the live registry, and is killed at one of Windows' functions.

    python -m backends.live.dying HISTORY COUNT SIDE

COUNT says at which call of a function that changes anything, SIDE "before" or "behind" it.  It
prints nothing, and exits with KILLED; or with 0 where there are not so many calls.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import c_uint32, c_void_p

import anyreg
from anyreg import JournalSettings, Raw, Registry
from anyreg.backends.live.declarations import windows
from anyreg.registry.transaction import Transaction

KILLED = 77
TOP = r"HKCU\Software\Conformance"
CHANGING = ("create_key", "set_value", "delete_value", "rename_key", "delete_key", "set_security")


def kill() -> None:
    """End this process, so that nothing of it runs any more."""
    kernel = vars(ctypes)["WinDLL"]("kernel32")
    kernel.GetCurrentProcess.restype = c_void_p
    kernel.TerminateProcess.argtypes = (c_void_p, c_uint32)
    kernel.TerminateProcess(kernel.GetCurrentProcess(), KILLED)


def mortal(count: int, is_behind: bool) -> None:
    """Be killed at the call of this number."""
    left = [count]

    def counted(function: Callable[..., int]) -> Callable[..., int]:
        def call(*arguments: object) -> int:
            left[0] -= 1
            if left[0] == 0 and not is_behind:
                kill()
            code = function(*arguments)
            if left[0] == 0 and is_behind:
                kill()
            return code

        return call

    functions = windows()
    for name in CHANGING:
        setattr(functions, name, counted(getattr(functions, name)))


def prepare(registry: Registry) -> None:
    """What is there before."""
    registry.write(TOP + r"\old\deep\deeper", "v", 1)
    registry.write(TOP + r"\old", "w", Raw(0x1234, b"odd"))
    registry.write(TOP + r"\other", "", "text")
    registry.create(TOP + r"\other\below")


def change(registry: Registry) -> Transaction:
    """Begin a transaction with each kind of change; it is left to whoever calls."""
    transaction = registry.transaction()
    transaction.__enter__()
    registry.write(TOP + r"\new\below", "v", b"\0" * 300)
    registry.open(TOP + r"\other").values.update({"": "another", "more": 2})
    registry.open(TOP + r"\other").rename("below", "under")
    registry.write(TOP + r"\other\under", "v", 1)
    registry.open(TOP + r"\other").values.pop("more")
    registry.delete(TOP + r"\old", recursive=True)
    key = registry.open(TOP + r"\other")
    key.security = key.security
    return transaction


def main() -> None:
    """Do so."""
    settings = JournalSettings(sys.argv[1])
    with anyreg.open(journal=settings) as registry:
        mortal(int(sys.argv[2]), sys.argv[3] == "behind")
        change(registry).__exit__(None, None, None)


if __name__ == "__main__":
    main()
