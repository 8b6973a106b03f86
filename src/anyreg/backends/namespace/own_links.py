r"""The links that a registry itself makes, as Windows does when it starts or a user comes.

    \Registry\Machine\SYSTEM\CurrentControlSet                      to the control set of Select
    \Registry\Machine\SYSTEM\ControlSetNNN\Hardware Profiles\Current    to one of its siblings
    \Registry\User\SID\Software\Classes                             to \Registry\User\SID_Classes

They are a part of the tree that people see, so whoever walks over it goes through them; and they
say of nothing but this very registry where it is, so nobody carries them into another one.  One
that leads elsewhere than the registry would make it lead is a link like any other.

Source: Microsoft's documentation of the registry trees below HKLM\SYSTEM and of the merged view of
HKEY_CLASSES_ROOT.
"""

from __future__ import annotations

from typing import Final

from anyreg.backends.base import Backend
from anyreg.names import decode_utf16, fold
from anyreg.types import REG_LINK
from anyreg.values import Node

LINK_VALUE: Final = "SymbolicLinkValue"

LINK_NAMES: Final = frozenset(["CLASSES", "CURRENTCONTROLSET", "CURRENT"])
"""Their names, folded."""

HOLDERS: Final = frozenset(["SOFTWARE", "SYSTEM", "HARDWARE PROFILES"])
"""The names of the keys that hold them, folded."""

_ENDS: Final = (["SOFTWARE", "CLASSES"], ["HARDWARE PROFILES", "CURRENT"])
_DEPTH_OF_CLASSES: Final = 4
_SET: Final = "CONTROLSET"
_CLASSES: Final = "_CLASSES"


def is_own_place(names: list[str]) -> bool:
    r"""Whether a registry itself has a link at a path below \Registry.

    >>> is_own_place(["User", "S-1-5-21-1-2-3-1001", "Software", "Classes"])
    True
    >>> is_own_place(["Machine", "SOFTWARE", "Classes"])
    False
    """
    if not names or fold(names[-1]) not in LINK_NAMES:
        return False
    place = [fold(name) for name in names]
    if place == ["MACHINE", "SYSTEM", "CURRENTCONTROLSET"]:
        return True
    if place[0] == "USER":
        return len(place) == _DEPTH_OF_CLASSES and place[2:] == ["SOFTWARE", "CLASSES"]
    is_profile = place[:2] == ["MACHINE", "SYSTEM"] and place[3:] == [
        "HARDWARE PROFILES",
        "CURRENT",
    ]
    return is_profile and place[2].startswith(_SET)


def looks_own(names: list[str]) -> bool:
    """Whether a path has the end of that of such a link, where it is not known of which hive it is.

    >>> looks_own(["Software", "Classes"]), looks_own(["Software", "Current"])
    (True, False)
    """
    end = [fold(name) for name in names[-2:]]
    return end[-1:] == ["CURRENTCONTROLSET"] or end in _ENDS


def is_own_target(names: list[str], target: list[str]) -> bool:
    r"""Whether a link at such a place leads where the registry itself makes it lead.

    Args:
        names: The names below \Registry that lead to the link.
        target: Those that it leads to.
    """
    place = [fold(name) for name in names]
    end = [fold(name) for name in target]
    if place[-1] == "CLASSES":
        return end == ["USER", place[1] + _CLASSES]
    is_sibling = end[:-1] == place[:-1] and end[-1:] != place[-1:]
    return is_sibling and (place[-1] == "CURRENT" or end[-1].startswith(_SET))


def link_target(hive: Backend, link: Node) -> list[str]:
    r"""The names below \Registry that a symbolic link leads to; none: it leads to no path.

    Args:
        hive: The hive.
        link: Its node of the link.
    """
    found = hive.read(link, LINK_VALUE)
    if found is None or found.type != REG_LINK:
        return []
    names = decode_utf16(found.raw).split("\\")
    if names[0] or fold("\\".join(names[1:2])) != "REGISTRY":
        return []
    return [name for name in names[2:] if name]


def own_link_target(names: list[str], hive: Backend, link: Node) -> list[str]:
    r"""As link_target(); none of a link that the registry itself does not make.

    Args:
        names: The names below \Registry that lead to it.
        hive: The hive.
        link: Its node of the link.
    """
    target = link_target(hive, link) if is_own_place(names) else []
    return target if target and is_own_target(names, target) else []
