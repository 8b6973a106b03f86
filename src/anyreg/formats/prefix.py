"""From the paths of a file to those of the registry."""

from __future__ import annotations

from anyreg.names import fold
from anyreg.paths import ROOTS, SHORT_ROOTS, split_path

_LONG = {number: name for name, number in ROOTS.items()}
_ROOTS = {name: name for name in ROOTS} | {s: _LONG[n] for s, n in SHORT_ROOTS.items()}


class Prefix:
    r"""What a file calls the key that its paths are below.

    A prefix such as r"HKEY_LOCAL_MACHINE\SYSTEM" is taken away from every path, and a path that
    is not at or below it is outside.  With "" every path counts as it stands.  With None a path
    begins with one of Windows' five roots, and gets its long name.
    """

    def __init__(self, prefix: str | None) -> None:
        self.prefix = prefix if prefix is None else _canonical(prefix)
        self._folded = fold(self.prefix or "")
        self._begin = "" if self.prefix == "" else "\\"  # of the last path, and what it stands for
        self._meant = ""

    def inner(self, path: str) -> str | None:
        """The path in the registry, or None where it is outside."""
        if path.startswith(self._begin) and _is_plain(path) and len(path) > len(self._begin):
            return self._meant + path[len(self._begin) :]
        inner = self._inner(path)
        if inner is not None:
            self._remember(path, inner)
        return inner

    def _remember(self, path: str, inner: str) -> None:
        """Paths that begin as this one does need no second look: names end where it was cut."""
        kept = inner if self.prefix is not None else inner.partition("\\")[2]
        cut = len(path) - len(kept)
        if kept and cut and path[cut - 1] == "\\" and path.endswith(kept):
            self._begin = path[:cut]
            self._meant = inner[: len(inner) - len(kept)]

    def _inner(self, path: str) -> str | None:
        path = _canonical(path) if self.prefix != "" else "\\".join(split_path(path))
        if not self.prefix:
            return None if self.prefix is None and path.partition("\\")[0] not in _ROOTS else path
        size = len(self.prefix)
        if fold(path[:size]) != self._folded or path[size : size + 1] not in ("", "\\"):
            return None
        return path[size + 1 :]

    def inner_by(self, path: str, names: list[str] | None) -> tuple[str | None, list[str] | None]:
        """As inner(), by names where they are given: those that are left of them come second."""
        if names is None:
            return self.inner(path), None
        within = self._inner_names(names)
        return None if within is None else "\\".join(within), within

    def _inner_names(self, names: list[str]) -> list[str] | None:
        if names and self.prefix != "":
            names = [_long_name(names[0]), *names[1:]]
        if self.prefix is None:
            return names if names and names[0] in _ROOTS else None
        above = split_path(self.prefix)
        if [fold(name) for name in names[: len(above)]] != [fold(name) for name in above]:
            return None
        return names[len(above) :]

    def is_root(self, path: str) -> bool:
        """Whether an inner path is a root, which nothing can delete."""
        return not path or (self.prefix is None and "\\" not in path)

    @property
    def expected(self) -> str:
        """What a path must begin with, in words."""
        if self.prefix is None:
            return "a path that begins with a root such as HKEY_LOCAL_MACHINE"
        return f"a path at or below {self.prefix}"


def _canonical(path: str) -> str:
    """The path with its root's long name, and without needless backslashes."""
    if not _is_plain(path):
        path = "\\".join(split_path(path))
    root, separator, rest = path.partition("\\")
    known = _long_name(root)
    return path if known == root else f"{known}{separator}{rest}"


def _long_name(root: str) -> str:
    return _ROOTS.get(root) or _ROOTS.get(root.upper()) or root


def _is_plain(path: str) -> bool:
    """Whether there is no needless backslash in it."""
    return "\\\\" not in path and path[:1] != "\\" and path[-1:] != "\\"
