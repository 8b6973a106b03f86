"""The registry of the Windows that is running, as it is changed: by the functions of Windows.

What Windows does otherwise than other worlds is made the same here: a path is made as a whole or
not at all, a tree is deleted with its links and not with what they lead to, and a change of
several steps is undone where one fails (see `stepwise`).  RegDeleteTree and RegCopyTree are not
used: they go through links, and leave class names and descriptors behind.
"""

from __future__ import annotations

from typing import Final, cast

from anyreg.backends.base import (
    MAXIMUM_ALLOWED,
    RENAMES,
    VIEW_32,
    VIEW_64,
    Lent,
)
from anyreg.backends.live.calls import Calls
from anyreg.backends.live.declarations import OPTION_CREATE_LINK, OPTION_VOLATILE
from anyreg.backends.live.descriptors import parts_of, sent
from anyreg.backends.live.node import LiveNode
from anyreg.backends.live.nt_paths import names_of
from anyreg.backends.live.reading import LINK_VALUE, LiveReading
from anyreg.backends.live.stepwise_world import StepwiseWorld, value_steps
from anyreg.backends.live.wine_renames import safe_way
from anyreg.backends.stepwise import Stepwise
from anyreg.engine.key_names import check_key_name
from anyreg.errors import (
    AccessDeniedError,
    HasSubkeysError,
    KeyExistsError,
    KeyNotFoundError,
    LimitError,
    NotSupportedError,
)
from anyreg.facts import Facts
from anyreg.names import fold, units
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE, MAX_DEPTH, MAX_VALUE_NAME
from anyreg.types import REG_LINK
from anyreg.values import Node, Value

_DEEP: Final = 32  # names in one way; only longer ones can reach the limit by themselves
_VIEWS: Final = VIEW_32 | VIEW_64


class LiveBackend(LiveReading, StepwiseWorld):
    """The registry of this computer, or of another one by its name."""

    is_live: bool = True

    def __init__(
        self, calls: Calls, roots: dict[str, int], user: str, is_read_only: bool = False
    ) -> None:
        """Open it.

        Args:
            calls: Windows' functions.
            roots: The handle of each root, by its name.
            user: The SID of the user, "" where HKEY_CURRENT_USER is not there.
            is_read_only: Refuse every change of it.
        """
        super().__init__(calls, roots, user)
        self.steps = Stepwise(self, "the live registry")
        self.is_read_only = is_read_only

    # Transactions

    def flush(self) -> None:
        """Let Windows write every hive that may be written."""
        hives: set[tuple[str, ...]] = set()
        for root in self.below(self._top, self._top):
            for child in self.subkeys(root):
                hives.add((root.name, child.name))
                self.release(child)
        for names in hives:
            self.flush_hive(list(names))

    def flush_key(self, node: Node) -> None:
        """Let Windows write the hive of a key, if it is in one."""
        if not cast(LiveNode, node).stays:
            self.calls.flush(self.handle(node), node.name)

    # Changes

    def create(
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        """Open the key that names lead to, made with its parents where it is missing."""
        self.require_writable()
        start, names = self.begun(node, names)
        if start is None or (start is self._top and names):
            raise AccessDeniedError("no key can stand beside the roots")
        for name in names:
            check_key_name(name)
            if "\0" in name:
                raise NotSupportedError("Windows makes no key whose name holds a NUL", path=name)
        found = self.open(start, names, access, bool(flags & KEY_LINK)) if len(names) != 1 else None
        if found is not None:
            if flags & KEY_LINK:
                self.release(found)
                raise KeyExistsError("there is such a key already", path="\\".join(names))
            return found, False
        if len(names) > _DEEP and len(self.names(start)) + len(names) + 1 > MAX_DEPTH:
            raise LimitError(f"a key stands at most {MAX_DEPTH} levels deep", path=names[-1])
        try:
            with self.steps.one(len(names) > 1):
                return self.make_path(start, names, access, flags, class_name, descriptor)
        except KeyNotFoundError:
            behind = self._behind(start, names)  # which Windows does not make with its parents
            if not behind:
                raise
        return self.create(self._top, behind, access, flags, class_name, descriptor)

    def make_one(
        self,
        above: Node,
        name: str,
        access: int,
        flags: int,
        class_name: str,
        descriptor: bytes,
    ) -> tuple[Node, bool]:
        """Open the subkey of this name, or make it; and whether it was made."""
        own = cast(LiveNode, above)
        view = access & _VIEWS or own.view
        options = OPTION_VOLATILE if flags & KEY_VOLATILE else 0
        options |= OPTION_CREATE_LINK if flags & KEY_LINK else 0
        is_told = self.steps.is_durable and self._note_coming(own, name)
        handle, code, is_new = self.calls.create(
            self.handle(own), name, class_name, options, access | view, descriptor
        )
        if is_told and not is_new:
            self.steps.withdraw()
        if code:
            raise self.calls.failed(code, name)
        node = self.given(handle, view)
        if is_new:
            node.made_as = flags & (KEY_LINK | KEY_VOLATILE)
            self.steps.note_came(node)
            if descriptor and self.calls.windows.is_wine:
                self._protect(own, name, descriptor)
        return node, is_new

    def _protect(self, above: LiveNode, name: str, descriptor: bytes) -> None:
        """Give a new key its descriptor, which Wine forgets to do."""
        node = self.open(above, [name], link=True)
        if node is not None:
            handle = self.handle(node)
            self.calls.set_security(handle, name, parts_of(descriptor), sent(descriptor))
            self.release(node)

    def _note_coming(self, above: LiveNode, name: str) -> bool:
        """Note a key before it is made, if it is missing where it will probably stand."""
        names = [*self.names(above), name]
        found = self.open(self._top, names, link=True)
        if found is None:
            return self.steps.note_coming(names)
        self.release(found)
        return False

    def _behind(self, start: LiveNode, names: list[str]) -> list[str]:
        """Names that lead from the top where a link to nothing on a way leads; none without one."""
        for count in range(1, len(names) + 1):
            node = self.open(start, names[:count], link=True)
            if node is None:
                break
            with Lent(self, node):
                found = self.calls.value(self.handle(node), node.name, LINK_VALUE)
            if found is not None and found[0] == REG_LINK:
                target = names_of(found[1].decode("utf-16-le", "surrogatepass"))
                if len(target) > 1 and self.begun(self._top, target)[0] is not None:
                    return target + names[count:]
        return []

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        own = cast(LiveNode, node)
        if self.is_fixed(own):
            raise AccessDeniedError("a root, or a hive, cannot be deleted", path=own.label())
        self.require_writable()
        with self.steps.one(recursive):
            if not recursive and self._has_subkeys(own):
                raise HasSubkeysError("the key has subkeys", path=own.label())
            self.steps.note_gone(own)
            self.delete_all(own, not recursive)

    def delete_one(self, node: Node) -> None:
        """Delete a key that has no subkeys."""
        self.calls.delete_key(self.handle(node), node.name)

    def _has_subkeys(self, own: LiveNode) -> bool:
        """Whether it is known to have some; of a key that may not be read Windows knows."""
        try:
            return self.calls.counts(self.handle(own), own.label()).subkeys > 0
        except AccessDeniedError:
            return False

    def rename(self, node: Node, name: str) -> None:
        """Give a key another name."""
        own = cast(LiveNode, node)
        check_key_name(name)
        if "\0" in name:
            raise NotSupportedError("Windows gives no key a name that holds a NUL", path=name)
        if self.is_fixed(own):
            raise AccessDeniedError("a root, or a hive, cannot be renamed", path=own.label())
        self.require_writable()
        with self.steps.one(True):
            names = self.names(own)
            if name == names[-1]:
                return
            if fold(name) == fold(names[-1]):  # which Windows refuses
                self._rename(own, f"{name[:200]} {id(own):x}")
            elif self._has_sibling(names, name):
                raise KeyExistsError("there is such a key already", path=name)
            self._rename(own, name)
            self.steps.note_renamed(names, name)

    def _rename(self, own: LiveNode, name: str) -> None:
        way = [name]
        if self.calls.windows.is_wine:
            above = self.above(own)
            assert above is not None
            with Lent(self, above):
                listed = [found[0] for found in self.calls.subkeys(self.handle(above), "")]
            way = safe_way(listed, self._own_name(own, self.handle(own)), name)
        names = self.names(own)
        for step in way:
            is_told = self.steps.note_renaming(names, step)
            code = self.calls.rename(self.handle(own), step)
            if code:
                if is_told:
                    self.steps.withdraw()
                raise self.calls.failed(code, own.label())
            names[-1] = step
            own.name = step
            RENAMES.count += 1

    def _has_sibling(self, names: list[str], name: str) -> bool:
        found = self.open(self._top, [*names[:-1], name], link=True)
        if found is not None:
            self.release(found)
        return found is not None

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key, all or none."""
        own = cast(LiveNode, node)
        if own is self._top:
            raise AccessDeniedError("the key above the roots holds no values")
        for value in values:
            if units(value.name) > MAX_VALUE_NAME:
                raise LimitError(f"a value name has at most {MAX_VALUE_NAME} UTF-16 units")
        self.require_writable()
        handle = self.handle(own)
        with self.steps.one(len(values) > 1):
            self.steps.note_changed(own)
            for value in values:
                self.calls.set_value(handle, own.label(), value)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        own = cast(LiveNode, node)
        self.require_writable()
        if own is self._top or units(name) > MAX_VALUE_NAME:
            return False
        with self.steps.one():
            self.steps.note_changed(own)
            return self.calls.delete_value(self.handle(own), own.label(), name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Refuse it: Windows gives a key its class when it is made, and no other later."""
        self.require_writable()
        if self.info(node).class_name != class_name:
            words = "Windows gives a key its class when it is made, and no other one later"
            raise NotSupportedError(words, path=node.name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another descriptor: those of its parts that are in it."""
        own = cast(LiveNode, node)
        self.require_writable()
        if own is self._top:
            raise AccessDeniedError("the key above the roots has no descriptor")
        with self.steps.one():
            self.steps.note_changed(own)
            parts = parts_of(descriptor)
            self.calls.set_security(self.handle(own), own.label(), parts, sent(descriptor))

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before; its class stays, its time where it must."""
        own = cast(LiveNode, node)
        handle = self.handle(own)
        with self.steps.one(True):
            self.steps.note_changed(own)
            if values is not None:
                self._set_all(own, handle, values)
            if facts.descriptor and facts.descriptor != self.security(own):
                self.set_security(own, facts.descriptor)
            self.calls.set_time(handle, facts.last_written)

    def _set_all(self, own: LiveNode, handle: int, values: list[Value]) -> None:
        """Let a key have these values, in this order: what stands right stays."""
        for step in value_steps(self.calls.values(handle, own.label()), values):
            if isinstance(step, str):
                self.calls.delete_value(handle, own.label(), step)
            else:
                self.calls.set_value(handle, own.label(), step)

    def close(self) -> None:
        """Close all handles; further calls do nothing."""
        self.steps.close()
        super().close()
