"""Applying changes: what diff(a, b) tells, done to a, gives b.

A change says what was there before, and that must be there still: a patch is refused as a whole
where it meets anything else, or where a key that goes holds more than the changes tell.

Changes come in pre-order.  Values are collected for the key that they belong to, and set together.
A key that goes is kept until a change comes that is not below it; until then what the changes
say of it is ticked off, so that it can be seen that nothing is left over.  Then it is deleted with
all below it, in one step.

No way leads through a symbolic link here but those that the registry itself makes: a path means the
keys that stand there, as in diff().
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from anyreg.backends.base import MAXIMUM_ALLOWED, AllOrNone
from anyreg.errors import ConflictError, NotSupportedError
from anyreg.formats.rows import Change, KeyState
from anyreg.names import fold
from anyreg.paths import join_path, split_path
from anyreg.regf.layout import KEY_VOLATILE
from anyreg.registry.key import Key
from anyreg.registry.rows import state_of
from anyreg.values import Value

if TYPE_CHECKING:
    from anyreg.backends.base import Backend

_SHOWN = 60  # characters of data in a message
_MISSING = "a key that is to be changed is not there"


def patch(key: Key, changes: Iterable[Change], *, force: bool = False) -> int:
    """Apply changes to a key and all below it, in one transaction: all of them or none.

    Applied to a, the changes that diff(a, b) gives make b of it: class names, types and bytes
    as they are, and security descriptors if diff() looked at them.  Times of last change are
    those of the patch; the order of values is that of setting them.

    Args:
        key: The key that their paths start from.
        changes: What diff() or merge() gives, in that order.
        force: Do not look at what was there before: keys and values are set where something else
            stands or nothing, and those that are to go may be gone, or hold more.

    Returns:
        The number of changes.

    Raises:
        ConflictError: Something is not as it was when the changes were made; it names the key
            and the value.
        NotSupportedError: A change of a damaged hive whose path and name do not tell what is
            meant, or one that cannot be made: what was compared was a link and is none.
        LimitError: A name or data that the registry does not allow.

    Examples:
        >>> patch(mine, anyreg.diff(theirs_before, theirs_now))  # doctest: +SKIP
    """
    found = list(changes)  # before anything changes: they may come from the very keys
    for change in found:
        _expect_clear(change)
    with AllOrNone(key._backend):
        work = _Work(key, force)
        for change in found:
            work.step(change)
        work.finish()
    return len(found)


def _expect_clear(change: Change) -> None:
    if change.is_odd:
        raise NotSupportedError(
            "a name that stands twice in one key, or that no path can hold, cannot be patched",
            path=change.path,
        )
    if change.name is None and not change.path and change.kind != "changed":
        raise NotSupportedError("the key that is patched can neither be added nor removed")


class _Going:
    """A key that is to be deleted, and what of it no change has reported yet."""

    def __init__(self, names: list[str], key: Key) -> None:
        self.names = names
        self.key = key
        self.values = {fold(value.name): value for value in key.records()}
        self.subkeys = {fold(child.name) for child in key.children()}

    def is_above(self, names: list[str]) -> bool:
        return names[: len(self.names)] == self.names

    def expect_told(self) -> None:
        path = self.key.path
        for value in self.values.values():
            raise _unlike(path, value.name, None, value)
        for name in sorted(self.subkeys):
            raise ConflictError(
                "a key that is to go has a subkey that no change tells",
                path=join_path(path, name),
            )


class _Step(NamedTuple):
    """A key on the way to the last one, under its folded name."""

    name: str
    key: Key


class _Work:
    def __init__(self, top: Key, force: bool) -> None:
        self._top = top
        self._force = force
        self._backend: Backend = top._backend
        self._trail: list[_Step] = []  # the last key, and those above it
        self._going: list[_Going] = []  # keys to be deleted, each below the one before it
        self._path = ""  # the key that values are being collected for
        self._key: Key | None = None  # the same; None: it is to be found yet
        self._known: dict[str, Value] = {}  # its values
        self._set: list[Value] = []
        self._removed: list[str] = []

    def step(self, change: Change) -> None:
        if change.path != self._path or change.name is None:
            self._leave_key()
            self._path = change.path
        names = [fold(name) for name in split_path(change.path)]
        self._delete_left(names, is_key=change.name is None and change.kind == "added")
        if self._going and change.kind != "removed":
            raise self._conflict("a change at or below a key that is to go", change)
        if change.name is not None:
            self._value(change, names)
        elif change.kind == "removed":
            self._remove_key(change, names)
        elif change.kind == "added":
            self._add_key(change)
        else:
            self._change_key(change)

    def finish(self) -> None:
        self._leave_key()
        self._delete_left(None, is_key=False)

    def _full(self, path: str) -> str:
        """The path from the registry's root on, for messages."""
        return "\\".join([part for part in (self._top.path, path) if part])

    def _conflict(self, message: str, change: Change) -> ConflictError:
        return ConflictError(message, path=self._full(change.path))

    # Keys

    def _child(self, key: Key, name: str) -> Key | None:
        """The subkey of this name itself, where it is a link too, as diff() has it."""
        return key.seen_child(name)

    def _find(self, names: list[str]) -> Key | None:
        """The key at a path of folded names, or None; the way to it is remembered."""
        same = 0
        for known, name in zip(self._trail, names, strict=False):
            if known.name != name:
                break
            same += 1
        del self._trail[same:]
        key = self._trail[-1].key if self._trail else self._top
        for name in names[same:]:
            child = self._child(key, name)
            if child is None:
                return None
            key = child
            self._trail.append(_Step(name, key))
        return key

    def _needed(self, path: str, change: Change, message: str) -> Key:
        """The key at a path; where it is missing it is made if that is forced."""
        names = split_path(path)
        key = self._find([fold(name) for name in names])
        if key is not None:
            return key
        if not self._force:
            raise self._conflict(message, change)
        key = self._trail[-1].key if self._trail else self._top
        for name in names[len(self._trail) :]:
            key = self._make(key, name, KeyState("", 0))
        return key

    def _make(self, parent: Key, name: str, state: KeyState) -> Key:
        """A new key below the last one of the trail, which it is put behind."""
        flags = state.flags & (-1 if self._backend.keeps_volatile else ~KEY_VOLATILE)
        security = state.descriptor or b""
        node, _ = self._backend.create(
            parent.node, [name], MAXIMUM_ALLOWED, flags, state.class_name, security
        )
        key = parent.made_child(node, name)
        self._trail.append(_Step(fold(name), key))
        return key

    def _add_key(self, change: Change) -> None:
        state = change.after
        assert isinstance(state, KeyState)
        *above, name = split_path(change.path)
        parent = self._needed("\\".join(above), change, "there is no key that it could be added to")
        key = self._child(parent, name)
        if key is not None and not self._force:
            raise self._conflict("a key that is to be added is there already", change)
        if key is not None and _is_link(key) != state.is_link:
            self._backend.delete(key.node, True)
            key = None
        if key is None:
            self._make(parent, name, state)
        else:
            self._set_state(key, state)

    def _change_key(self, change: Change) -> None:
        before, after = change.before, change.after
        assert isinstance(before, KeyState)
        assert isinstance(after, KeyState)
        if before.is_link != after.is_link:
            raise NotSupportedError(
                "a key cannot become a link, or stop being one", path=change.path
            )
        key = self._needed(change.path, change, _MISSING)
        self._expect_state(key, before, self._full(change.path))
        self._set_state(key, after)

    def _set_state(self, key: Key, state: KeyState) -> None:
        if key.class_name != state.class_name:
            key.class_name = state.class_name
        if state.descriptor is not None and key.descriptor != state.descriptor:
            key.descriptor = state.descriptor

    def _expect_state(self, key: Key, wanted: KeyState, path: str) -> None:
        if self._force:
            return
        found = state_of(key, wanted.descriptor is not None)
        assert found is not None
        pairs = (
            ("class name", repr(wanted.class_name), repr(found.class_name)),
            ("link", _yes(wanted.is_link), _yes(found.is_link)),
            ("security descriptor", _hex(wanted.descriptor), _hex(found.descriptor)),
        )
        for what, expected, actual in pairs:
            if expected != actual:
                raise ConflictError(
                    f"the key has another {what}", path=path, expected=expected, actual=actual
                )

    def _remove_key(self, change: Change, names: list[str]) -> None:
        key = self._find(names)
        if key is None:
            if not self._force:
                raise self._conflict("a key that is to go is not there", change)
            return
        if not self._force:
            assert isinstance(change.before, KeyState)
            self._expect_state(key, change.before, self._full(change.path))
        if self._going:
            self._going[-1].subkeys.discard(names[-1])
        self._going.append(_Going(names, key))

    def _delete_left(self, names: list[str] | None, *, is_key: bool) -> None:
        """Delete the keys that are to go and that a change at a path is not below any more."""
        while self._going:
            last = self._going[-1]
            if names is not None and last.is_above(names) and not (is_key and last.names == names):
                return
            del self._going[-1]
            if not self._force:
                last.expect_told()
            if not self._going:  # else it goes with the one above it
                self._trail.clear()
                self._backend.delete(last.key.node, True)

    # Values

    def _value(self, change: Change, names: list[str]) -> None:
        if self._going and self._going[-1].names == names:
            self._tick_off(self._going[-1], change)
            return
        if self._key is None:
            if self._force and change.after is None and self._find(names) is None:
                return
            self._key = self._needed(change.path, change, _MISSING)
            self._known = _by_name(self._key)
        assert change.name is not None
        known = self._known.get(fold(change.name))
        self._expect_value(change, known)
        if isinstance(change.after, Value):
            self._set.append(Value(change.name, change.after.type, change.after.raw))
        elif known is not None:
            self._removed.append(change.name)

    def _tick_off(self, going: _Going, change: Change) -> None:
        assert change.name is not None
        self._expect_value(change, going.values.pop(fold(change.name), None))

    def _expect_value(self, change: Change, found: Value | None) -> None:
        before = change.before
        assert not isinstance(before, KeyState)
        if not self._force and not _is_same(before, found):
            raise _unlike(self._full(change.path), change.name or "", before, found)

    def _leave_key(self) -> None:
        if self._key is not None:
            if self._set:
                self._key.set_records(self._set)
            if self._removed:
                self._key.delete_values(self._removed)
        self._key = None
        self._set = []
        self._removed = []


def _by_name(key: Key) -> dict[str, Value]:
    """The values of a key, of which none may stand twice."""
    records = key.records()
    known = {fold(value.name): value for value in records}
    if len(known) < len(records):
        raise NotSupportedError("the key holds a value name twice: repair the hive", path=key.path)
    return known


def _is_link(key: Key) -> bool:
    state = state_of(key, False)
    return state is not None and state.is_link


def _is_same(before: Value | None, found: Value | None) -> bool:
    if before is None or found is None:
        return before is found
    return before.type == found.type and before.raw == found.raw


def _unlike(path: str, name: str, before: Value | None, found: Value | None) -> ConflictError:
    return ConflictError(
        "it is not as it was",
        path=path,
        name=name,
        expected=_shown(before),
        actual=_shown(found),
    )


def _shown(value: Value | None) -> str:
    if value is None:
        return "nothing"
    text = repr(value.data)
    return f"{value.type_name} {text if len(text) <= _SHOWN else text[:_SHOWN] + '...'}"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _hex(descriptor: bytes | None) -> str:
    return "" if descriptor is None else descriptor.hex()
