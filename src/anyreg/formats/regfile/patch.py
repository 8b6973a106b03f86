r"""Changes as a .reg file: imported into the first of two compared keys, it gives the second.

    [-HKEY_LOCAL_MACHINE\X\Gone]      a key that goes, with all below it
    [HKEY_LOCAL_MACHINE\X\New]        one that is made, or one whose values change
    "v"=dword:00000001                a value that is set
    "w"=-                             one that goes

A .reg file cannot say what was there before, so nothing is looked at when it is imported.  Nor can
it hold class names, security descriptors and symbolic links, names that damaged hives have, and a
line break in the name of a key: these are errors.

Source: Microsoft's documentation of .reg files, which have lines that delete; see `syntax`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anyreg.errors import NotSupportedError, fail
from anyreg.formats.regfile.syntax import NEWLINE, VERSION_5, Dialect, quoted
from anyreg.formats.regfile.writer import breaks, root_name, value_line
from anyreg.formats.rows import Change, KeyState, OnError
from anyreg.paths import join_path
from anyreg.values import Value


def write_patch(
    changes: Iterable[Change],
    prefix: str,
    dialect: Dialect = VERSION_5,
    on_error: OnError | None = None,
) -> Iterator[str]:
    r"""The .reg file of changes.

    Args:
        changes: What diff() gives, in that order.
        prefix: What the first of the compared keys is called in the file, such as
            r"HKEY_LOCAL_MACHINE\SYSTEM\Setup".
        dialect: VERSION_5, or regedit4() with a code page.
        on_error: Called for what a .reg file cannot hold, which is then left out, of a key that
            it cannot name all below it too; without it the error is raised.

    Yields:
        The header, then the text of one key and its values; see write().

    Raises:
        NotSupportedError: Something that a .reg file cannot hold.
        ValueError: The prefix is empty, or cannot stand in the file.
    """
    prefix = root_name(prefix, dialect)
    yield dialect.header + NEWLINE * 2
    yield from _Writer(prefix, dialect, on_error).blocks(changes)


class _Writer:
    def __init__(self, prefix: str, dialect: Dialect, on_error: OnError | None) -> None:
        self._prefix = prefix
        self._dialect = dialect
        self._on_error: OnError = fail if on_error is None else on_error
        self._path: str | None = None  # the key of the block that is being made
        self._lines: list[str] = []
        self._gone = ""  # a key that goes: what goes below it need not be reported
        self._left_out = ""  # a key that cannot be held: nothing below it can be

    def blocks(self, changes: Iterable[Change]) -> Iterator[str]:
        for change in changes:
            if change.name is None or change.path != self._path:
                yield from self._block()
            try:
                self._add(change)
            except NotSupportedError as error:
                self._on_error(error)
        yield from self._block()

    def _block(self) -> Iterator[str]:
        """What was collected for a key, which is done."""
        if self._lines:
            yield NEWLINE.join([*self._lines, "", ""])
        self._path = None
        self._lines = []

    def _add(self, change: Change) -> None:
        path = change.path
        if self._left_out and _is_within(path, self._left_out):
            return
        if self._gone and change.kind == "removed" and _is_within(path, self._gone):
            return
        self._left_out = self._gone = ""
        self._expect_nameable(change)
        if change.name is not None:
            self._add_value(change)
        elif change.kind == "removed":
            self._gone = path
            self._lines = [f"[-{self._full(path)}]"]
        else:
            self._add_key(change)

    def _full(self, path: str) -> str:
        return join_path(self._prefix, path) if path else self._prefix

    def _open(self, path: str) -> None:
        """Let the lines that follow be those of a key."""
        if self._path != path:
            self._path = path
            self._lines = [f"[{self._full(path)}]"]

    def _expect_nameable(self, change: Change) -> None:
        if change.is_odd:
            self._leave_out_below(change)
            raise NotSupportedError("a .reg file cannot tell which is meant", path=change.path)
        if breaks(change.path) or not self._dialect.holds(change.path):
            self._left_out = change.path
            raise NotSupportedError("a .reg file cannot hold this name of a key", path=change.path)

    def _leave_out_below(self, change: Change) -> None:
        if change.name is None:
            self._left_out = change.path

    def _add_value(self, change: Change) -> None:
        name = change.name or ""
        after = change.after
        if isinstance(after, Value):
            value = Value(name, after.type, after.raw)
            line = value_line(value, self._dialect, change.path)
        elif self._dialect.holds(name):
            line = (quoted(name) if name else "@") + "=-"
        else:
            raise NotSupportedError(
                f"the code page lacks characters of the name of value {name!r}", path=change.path
            )
        self._open(change.path)
        self._lines.append(line)

    def _add_key(self, change: Change) -> None:
        before, after = change.before, change.after
        assert isinstance(after, KeyState)
        had = before if isinstance(before, KeyState) else KeyState("", 0)
        if had.is_link != after.is_link:
            self._left_out = change.path
            raise NotSupportedError("a .reg file cannot make a symbolic link", path=change.path)
        if before is None:
            self._open(change.path)
        for what, is_same in (
            ("class name", had.class_name == after.class_name),
            ("security descriptor", had.descriptor == after.descriptor),
        ):
            if not is_same:
                self._refuse(f"a .reg file cannot hold the {what} of a key", change.path)

    def _refuse(self, message: str, path: str) -> None:
        error = NotSupportedError(message, path=path)
        if self._on_error is None:
            raise error
        self._on_error(error)


def _is_within(path: str, top: str) -> bool:
    return path == top or path.startswith(top + "\\")
