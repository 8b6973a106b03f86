"""Opening what an address names, for the length of a command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

import anyreg
from anyreg.backends.windows_disk import WindowsDisk, find_windows
from anyreg.cli import machines
from anyreg.cli.common_options import asked
from anyreg.cli.output import complain
from anyreg.cli.progress import BIG, keys_in
from anyreg.paths import Address, host_of, parse_address

AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help=r"A hive FILE, FILE::KEY, DISK::KEY, //HOST::HKLM\KEY of another machine, or HKCU\KEY "
        "of your own registry.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]

_DISK = "Windows disk"
_HIVE = "hive"

OwnOpener = Callable[[str | None, "bool | anyreg.JournalSettings"], anyreg.Registry]
"""Opens a registry by its mode and whether a journal is kept."""

_own: ContextVar[OwnOpener | None] = ContextVar("anyreg_own_registry", default=None)


@contextmanager
def standing_for_own(opener: OwnOpener) -> Iterator[None]:
    """A block in which, in this thread, another registry is the one of addresses without a target.

    Args:
        opener: Opens it.
    """
    token = _own.set(opener)
    try:
        yield
    finally:
        _own.reset(token)


def is_elsewhere() -> bool:
    """Whether another registry stands for one's own."""
    return _own.get() is not None


class Place(NamedTuple):
    """An opened address.

    Attributes:
        address: The address.
        registry: The registry that it is in.
        key: The key that it names.
    """

    address: Address
    registry: anyreg.Registry
    key: anyreg.Key

    @property
    def size(self) -> int:
        """Bytes of the file, or of all hives of a disk; 0 where that is not known."""
        return sum(map(file_size, _files(self.address.target)))

    def total(self, *, whole: bool = False) -> int | None:
        """How many keys there are at and below the key, where a bar can know it.

        Args:
            whole: The whole registry is meant, whatever the key.
        """
        is_root = whole or not self.address.path
        if not is_root or self.size < BIG:
            return None
        return sum([keys_in(file) or 0 for file in _files(self.address.target)]) or None


@contextmanager
def opened(at: str | Address, *, warn: bool = True) -> Iterator[Place]:
    """The place at an address, closed at the end of the block.

    Args:
        at: The address.
        warn: Say at the end, in one line, if reading met damage.
    """
    address = parse_address(at) if isinstance(at, str) else at
    with open_target(address.target) as registry:
        try:
            yield Place(address, registry, registry.open(address.path))
        except Exception:  # which is the one line, then
            warn = False
            raise
        finally:  # also where a reader has had enough
            if warn:
                warn_of_damage(registry, address)


def open_target(
    target: str,
    mode: str | None = None,
    *,
    force: bool = False,
    journal: bool | anyreg.JournalSettings = False,
) -> anyreg.Registry:
    """The registry that an address is in; of a disk that of --user, of a host as that user.

    Args:
        target: In front of the `::`, "" for one's own.
        mode: See anyreg.open().
        force: See anyreg.open().
        journal: See anyreg.open().
    """
    if asked.logs and mode not in {None, "r"}:
        raise typer.BadParameter("--log is for commands that read a hive, and for recover")
    own = _own.get()
    if own is not None and not target:
        return own(mode, journal)
    host = host_of(target)
    if host:
        if asked.logs:
            raise typer.BadParameter("--log is for hive files")
        return machines.connected(host, asked.machine, mode, journal)
    if asked.machine.is_said:
        words = "--password-stdin, --kerberos, --encrypt and --port are for other machines"
        raise typer.BadParameter(f"{words}: {target or 'your registry'}")
    registry = anyreg.open(
        target or None, mode, user=asked.user, force=force, journal=journal, logs=asked.logs
    )
    if asked.user and registry.about().get("kind") != _DISK:
        registry.close()
        words = "--user is for Windows disks and other machines"
        raise typer.BadParameter(f"{words}: {target or 'your registry'}")
    return registry


def warn_of_damage(registry: anyreg.Registry, address: Address) -> None:
    """Say in one line if reading a registry has met damage; of a single problem, which."""
    problems = registry.problems
    target = shown_target(address)
    if len(problems) == 1:
        words = f"1 problem in {target}, {problems[0].what}; run anyreg check to see it"
        if registry.about().get("kind") == _HIVE:
            words += ", anyreg repair to have all that can be read in a new file"
        complain(f"warning: {words}")
    elif problems:
        complain(f"warning: {len(problems)} problems in {target}; run anyreg check to see them")


def shown_target(address: Address) -> str:
    """What an address is in, for people."""
    return address.target or "your registry"


def _files(target: str) -> list[str]:
    """The hives that there are at a target, as far as a bar must know them."""
    if host_of(target):
        return []
    place = os.path.expanduser(target)  # noqa: PTH111 - as anyreg.open does it
    windows = find_windows(place) if target and Path(place).is_dir() else ""
    return list(WindowsDisk(place, windows).files.values()) if windows else [target]


def file_size(target: str | Path) -> int:
    """Bytes of a file, 0 where that is not known or it is none."""
    if host_of(str(target)):
        return 0
    try:
        path = Path(target).expanduser()
        return path.stat().st_size if path.is_file() else 0
    except (OSError, RuntimeError):
        return 0
