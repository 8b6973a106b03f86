r"""Keys as reg.exe names them: [\\MACHINE\]ROOT\PATH, and in front of it any target with `::`.

A name is shown with its root written out, and the rest as it was typed.  A hive file has no roots:
what stands behind its `::` is a path in it, and it is shown with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from anyreg.backends import ask, trees
from anyreg.backends.base import Backend
from anyreg.cli.address_arguments import open_target
from anyreg.cli.journal_options import current_kept, history_settings
from anyreg.cli.reg.options import RegError
from anyreg.errors import NotSupportedError, RemoteError
from anyreg.names import fold
from anyreg.paths import (
    ROOTS,
    SHORT_ROOTS,
    host_of,
    join_path,
    quoted_target,
    split_address,
    split_path,
)
from anyreg.registry.current_registry import backend_of, current
from anyreg.registry.file_formats import name_in_reg
from anyreg.registry.key import Key
from anyreg.values import Node
from anyreg.winapi.hosts import is_local

MISSING = "The system was unable to find the specified registry key or value."
_NO_NETWORK_PATH = "The network path was not found."
_REMOTE = ("HKEY_LOCAL_MACHINE", "HKEY_USERS")
_NUMBERS = ROOTS | SHORT_ROOTS
_LONG = {number: name for name, number in ROOTS.items()}


class Place(NamedTuple):
    """A key that may be there or not.

    Attributes:
        backend: The registry.
        root: Its root's number, or the hive file that has none.
        path: The path below the root.
        view: 0x100 or 0x200 for a view of WOW64, else 0.
    """

    backend: Backend
    root: int | str
    path: str
    view: int

    @property
    def name(self) -> str:
        """The name that is shown."""
        if isinstance(self.root, str):
            return f"{quoted_target(self.root)}::{self.path}"
        root = _LONG[self.root]
        return join_path(root, self.path) if self.path else root

    @property
    def name_in_files(self) -> str:
        """What a .reg file calls the key."""
        if isinstance(self.root, str):
            return name_in_reg(lambda: ask.about(self.backend), self.path) or ""
        return self.name

    def top(self) -> Node:
        """The key that the path begins at."""
        if isinstance(self.root, str):
            return self.backend.root()
        return ask.predefined(self.backend, self.root)

    def find(self) -> Node:
        """The key.

        Raises:
            RegError: There is none.
        """
        found = self.look()
        if found is None:
            raise RegError(MISSING)
        return found

    def look(self) -> Node | None:
        """The key, or None."""
        return trees.find(self.backend, self.top(), self.path, self.view)

    def make(self) -> Node:
        """The key, made where it is missing."""
        return trees.make(self.backend, self.top(), self.path, self.view)[0]

    def key(self) -> Key:
        """The key with all comfort."""
        return Key(self.backend, self.find(), None)


@contextmanager
def placed(text: str, view: int = 0, *, writing: bool = False) -> Iterator[Place]:
    """The place of a name; a target is closed at the end of the block.

    Raises:
        RegError: The name is none of a key.
    """
    target, colons, rest = split_address(text)
    if not colons:
        machine, name = _machine(text)
        if machine:
            with _of_machine(machine, name, view, writing) as place:
                yield place
            return
        number, path = _split(name)
        registry = current_kept() if writing else current()
        yield Place(backend_of(registry), number, path, view)
        return
    keep = writing and history_settings()
    with open_target(target, "r+" if writing else "r", journal=keep) as registry:
        backend = backend_of(registry)
        is_hive = "file" in ask.about(backend)
        root, path = (target, "\\".join(split_path(rest))) if is_hive else _split(rest)
        yield Place(backend, root, path, view)


def child_name(name: str, child: str) -> str:
    """The name that is shown of a subkey of a key that is shown."""
    return name + child if name.endswith("::") else join_path(name, child)


def _split(name: str) -> tuple[int | str, str]:
    """A root's number and the path below it; a root alone has no backslash behind it."""
    root, backslash, path = name.partition("\\")
    number = _NUMBERS.get(fold(root))
    if number is None or (backslash and not path) or path.endswith("\\\\"):
        raise RegError("Invalid key name.", hint=True)
    return number, "\\".join(split_path(path))


def _machine(name: str) -> tuple[str, str]:
    """The other machine that a key is of, "" for this one, and the key's name there."""
    if not name.startswith("\\\\"):
        return "", name
    machine, _, rest = name[2:].partition("\\")
    return "" if is_local(machine) else machine, rest


@contextmanager
def _of_machine(machine: str, name: str, view: int, writing: bool) -> Iterator[Place]:
    """The place of a key of another machine; as by reg.exe, of two roots alone."""
    number, path = _split(name)
    if _LONG[_NUMBERS[fold(name.partition("\\")[0])]] not in _REMOTE:
        raise RegError("Invalid key name.", hint=True)
    target = f"//{machine}"
    if not host_of(target):
        raise RegError(_NO_NETWORK_PATH)
    keep = writing and history_settings()
    try:
        registry = open_target(target, "r+" if writing else "r", journal=keep)
    except RemoteError as error:
        raise RegError(_NO_NETWORK_PATH) from error
    except NotSupportedError as error:
        raise RegError(error.message) from error
    with registry:
        yield Place(backend_of(registry), number, path, view)
