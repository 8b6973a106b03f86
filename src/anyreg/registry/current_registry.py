"""Which registry the programs of this process speak to: winreg, and the commands with no target.

There is one for the process, and there can be another for a context (contextvars): a thread or a
task, for the length of a block.  Where nobody has chosen any, it is `anyreg.open()`'s own, opened
when it is first asked for.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextvars import ContextVar
from contextvars import Token as ContextToken
from typing import Final

from anyreg.backends.base import Backend
from anyreg.enforcing.enforced_abilities import enforced
from anyreg.registry.key_handle import KeyHandle
from anyreg.registry.opening import open_registry
from anyreg.registry.registry import Registry
from anyreg.security.token import Token

_in_context: Final[ContextVar[Registry | None]] = ContextVar("anyreg_registry", default=None)
_opening: Final = threading.Lock()


class _Process:
    """What the process has chosen, and the registry that is used where it has not."""

    def __init__(self) -> None:
        self.chosen: Registry | None = None
        self.own: Registry | None = None
        self.parents: list[Registry] = []  # kept, and never used or closed, in a forked child
        self._tells_forks = False

    def tell_forks(self) -> None:
        """See to it, once, that a forked child opens its own."""
        if not self._tells_forks and hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_leave_own_to_parent)
        self._tells_forks = True


_process: Final = _Process()


class use:  # noqa: N801 - reads as the verb it is, as contextlib.suppress does
    """Choose the registry that winreg speaks to.

    As a plain call it holds for the whole process, from now on; None goes back to the default.
    As a context manager it holds for the block, in this thread or task alone.

    Args:
        registry: The registry, which stays the caller's to close; None for the default.
        token: Who speaks to it: every key is asked what he may do with it.  None: whoever has
            opened the registry.

    Attributes:
        before: What the process had chosen before.

    Examples:
        >>> anyreg.use(registry)  # doctest: +SKIP
        >>> with anyreg.use(registry):  # doctest: +SKIP
        ...     winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, "SOFTWARE")
    """

    def __init__(self, registry: Registry | None, token: Token | None = None) -> None:
        """Choose a registry: see the class, as a compiled one shows no docstring from here."""
        self._registry = registry if token is None else seen_by(registry, token)
        self.before = _process.chosen
        self._token: ContextToken[Registry | None] | None = None
        _process.chosen = self._registry

    def __enter__(self) -> Registry | None:
        _process.chosen = self.before
        self._token = _in_context.set(self._registry)
        return self._registry

    def __exit__(self, *exception: object) -> None:
        if self._token is not None:
            _in_context.reset(self._token)


def seen_by(registry: Registry | None, token: Token) -> Registry:
    """A registry as somebody may use it; to close it leaves the other one open.

    Args:
        registry: The registry; None for the default.
        token: Who.
    """
    backend = (registry or current())._backend
    return Registry(enforced(backend, token, closes=False))


def current() -> Registry:
    """The registry that was chosen, or the default one."""
    return _in_context.get() or _process.chosen or _process.own or _open_own()


def current_backend() -> Backend:
    """The backend of the registry that was chosen."""
    return current()._backend


def backend_of(thing: Registry | KeyHandle) -> Backend:
    """The backend of a registry or a key, for those who do with it what no registry offers."""
    return thing._backend


def is_chosen() -> bool:
    """Whether anybody has chosen a registry, so that the default is not meant."""
    return (_in_context.get() or _process.chosen) is not None


def close_own() -> None:
    """Close the default registry; it is opened again when it is asked for."""
    own, _process.own = _process.own, None
    if own is not None:
        own.close()


def _leave_own_to_parent() -> None:
    """A forked child opens a registry of its own: the parent's files are not the child's."""
    if _process.own is not None:
        _process.parents.append(_process.own)
        _process.own = None


def _open_own() -> Registry:
    with _opening:
        if _process.own is None:
            atexit.register(close_own)
            _process.tell_forks()
            _process.own = open_registry()
        return _process.own
