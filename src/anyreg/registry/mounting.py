"""Hive files in a whole registry: mounted, taken away, and to be replaced by others."""

from __future__ import annotations

import logging
from typing import Final

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.errors import AddressError
from anyreg.paths import split_path
from anyreg.registry.key import Key

_log: Final = logging.getLogger(__name__)


def load(backend: Backend, path: str, file: str) -> Key:
    """See Registry.load."""
    above, name = _above(path)
    with _root(backend).open(above) as key:
        ask.load(backend, key.node, name, file)
    _log.info("loaded the hive %r as %r", file, path)
    return _root(backend).open(path)


def unload(backend: Backend, path: str) -> None:
    """See Registry.unload."""
    above, name = _above(path)
    with _root(backend).open(above) as key:
        ask.unload(backend, key.node, name)
    _log.info("unloaded %r", path)


def replace(backend: Backend, path: str, new: str, old: str) -> None:
    """See Registry.replace."""
    above, name = _above(path)
    with _root(backend).open(above) as key:
        ask.replace(backend, key.node, name, new, old)
    _log.info("%r is to be replaced by the hive %r", path, new)


class Loaded:
    """A hive that is mounted for the length of a block."""

    def __init__(self, backend: Backend, path: str, file: str) -> None:
        """See Registry.loaded()."""
        self._backend = backend
        self._path = path
        self._file = file

    def __enter__(self) -> Key:
        return load(self._backend, self._path, self._file)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        unload(self._backend, self._path)


def _root(backend: Backend) -> Key:
    return Key(backend, backend.root(), None)


def _above(path: str) -> tuple[str, str]:
    """The path of a key's parent, and the key's name."""
    names = split_path(path)
    if not names:
        raise AddressError("a path of at least one name is needed", path=path)
    return "\\".join(names[:-1]), names[-1]
