r"""Paths as the kernel has them, \REGISTRY\MACHINE\..., and the names that lead there from the top.

Pure text.
"""

from __future__ import annotations

from typing import Final

_TOP: Final = "REGISTRY"
_HEADS: Final = {"MACHINE": "HKEY_LOCAL_MACHINE", "USER": "HKEY_USERS"}
_KERNELS: Final = {"HKEY_LOCAL_MACHINE": "Machine", "HKEY_USERS": "User"}


def names_of(path: str) -> list[str]:
    r"""The names that lead from the top to a key.

    Args:
        path: Its path in the kernel.

    >>> names_of(r"\REGISTRY\MACHINE\SOFTWARE\Vendor")
    ['HKEY_LOCAL_MACHINE', 'SOFTWARE', 'Vendor']
    """
    parts = [part for part in path.split("\\") if part]
    if parts and parts[0].upper() == _TOP:
        del parts[0]
        if parts:
            parts[0] = _HEADS.get(parts[0].upper(), parts[0])
    return parts


def path_of(names: list[str]) -> str:
    r"""The path in the kernel, spelled as it is usual.

    Args:
        names: The names that lead from the top to a key.

    >>> path_of(["HKEY_LOCAL_MACHINE", "SOFTWARE"])
    '\\Registry\\Machine\\SOFTWARE'
    """
    head = [_KERNELS.get(name, name) for name in names[:1]]
    return "\\".join(["", "Registry", *head, *names[1:]])
