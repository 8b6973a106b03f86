"""The registry of another machine, as it is changed.

A server has no transactions: changes are noted here and taken back by further changes (see
`stepwise`).  Others see each step, and what a connection that breaks has done stays done.
"""

from __future__ import annotations

from typing import Final, cast

from anyreg.backends.base import (
    MAXIMUM_ALLOWED,
    VIEW_32,
)
from anyreg.backends.live.declarations import OPTION_VOLATILE
from anyreg.backends.live.descriptors import parts_of, sent
from anyreg.backends.live.stepwise_world import StepwiseWorld, value_steps
from anyreg.backends.remote.cached import RemoteCached
from anyreg.backends.remote.calls import ACCESS_DENIED, RemoteCalls, with_reading
from anyreg.backends.remote.node import RemoteNode
from anyreg.backends.remote.reading import IN_32, VIEWS
from anyreg.backends.stepwise import Stepwise
from anyreg.engine.key_names import check_key_name
from anyreg.errors import (
    AccessDeniedError,
    HasSubkeysError,
    LimitError,
    NotSupportedError,
)
from anyreg.facts import Facts
from anyreg.names import units
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE, MAX_DEPTH, MAX_VALUE_NAME
from anyreg.values import Node, Value

# What a name may have that is written: Samba takes longer ones, and loses the key above one, or the
# end of the name of a value.
_LONGEST_NAME: Final = 255  # UTF-16 units


class RemoteBackend(RemoteCached, StepwiseWorld):
    """The registry of another machine."""

    def __init__(self, calls: RemoteCalls, is_read_only: bool = False, cache: float = 0.0) -> None:
        """Open it.

        Args:
            calls: The methods of the server.
            is_read_only: Refuse every change of it.
            cache: Seconds for which what was read is believed.
        """
        super().__init__(calls, cache)
        self.steps = Stepwise(self, f"the registry of {calls.channel.host}", self._noted_names)
        self.is_read_only = is_read_only

    def _noted_names(self, node: Node) -> list[str]:
        return _noted(self.names(node), cast(RemoteNode, node).view)

    # Transactions

    def flush(self) -> None:
        """Have the server write the hives of its two real roots."""
        for name in ("HKEY_LOCAL_MACHINE", "HKEY_USERS"):
            self.flush_hive([name])

    def flush_key(self, node: Node) -> None:
        """Have the server write the hive of a key."""
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
        if flags & KEY_LINK:
            raise NotSupportedError("no call to another machine tells of links: make it there")
        start, names = self.begun(node, names)
        if start is None or (start is self.top and names):
            raise AccessDeniedError("no key can stand beside the roots")
        for name in names:
            check_key_name(name)
            _require_short(name)
            if not name or "\\" in name or "\0" in name:
                raise NotSupportedError("no call makes a key of such a name", path=name)
        if len(start.way) + len(names) > MAX_DEPTH:
            raise LimitError(f"a key stands at most {MAX_DEPTH} levels deep", path=names[-1])
        above, missing = self.reach(start, names, access if names else MAXIMUM_ALLOWED, False)
        if not missing:
            return cast(Node, above), False
        try:
            with self.steps.one(len(missing) > 1):
                made = cast(Node, above), missing, access, flags, class_name, descriptor
                return self.make_path(*made)
        finally:
            if above is not start:
                self.release(cast(Node, above))

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
        own = cast(RemoteNode, above)
        view = access & VIEWS or own.view
        options = OPTION_VOLATILE if flags & KEY_VOLATILE else 0
        is_told = self.steps.note_coming(_noted([*own.way, name], view))
        given = with_reading(access) | view
        handle, code, is_new = self.calls.create(
            self.handle(own), name, class_name, options, given, descriptor
        )
        if code == ACCESS_DENIED and given != access | view:  # it was there, and may not be read
            given = access | view
            handle, code, is_new = self.calls.create(
                self.handle(own), name, class_name, options, given, descriptor
            )
        if is_told and not is_new:
            self.steps.withdraw()
        if code:
            raise self.calls.failed(code, name)
        node = self.opened([*own.way, name], handle, given, 0)
        if is_new:
            self.steps.note_came(node)
        return node, is_new

    def delete(self, node: Node, recursive: bool) -> None:
        """Delete a key, with all below it if recursive; of a link, the link alone."""
        own = cast(RemoteNode, node)
        if own.stays:
            raise AccessDeniedError("a root cannot be deleted", path=own.name)
        self.require_writable()
        with self.steps.one(recursive):
            if not recursive and self._has_subkeys(own):
                raise HasSubkeysError("the key has subkeys", path=own.name)
            self.steps.note_gone(own)
            self.delete_all(own, not recursive)

    def delete_one(self, node: Node) -> None:
        """Delete a key that has no subkeys, by its way from the root."""
        key = cast(RemoteNode, node)
        root, names = self.begun(self.top, key.way)
        assert root is not None
        self.calls.delete_key(self.handle(root), "\\".join(names), key.view & VIEW_32)

    def _has_subkeys(self, own: RemoteNode) -> bool:
        """Whether it is known to have some; of a key that may not be read the server knows."""
        try:
            return self.info(own).subkeys > 0
        except AccessDeniedError:
            return False

    def rename(self, node: Node, name: str) -> None:
        """Refuse it: there is no such call."""
        check_key_name(name)
        self.require_writable()
        words = "no call renames a key of another machine: copy it (copy_to), then delete it"
        raise NotSupportedError(words, path=node.name)

    def write(self, node: Node, values: list[Value]) -> None:
        """Set values of a key, all or none."""
        own = cast(RemoteNode, node)
        if own is self.top:
            raise AccessDeniedError("the key above the roots holds no values")
        for value in values:
            _require_short(value.name)
            if "\0" in value.name:
                raise NotSupportedError("no call sets a value whose name holds a NUL")
        self.require_writable()
        handle = self.handle(own)
        with self.steps.one(len(values) > 1):
            self.steps.note_changed(own)
            for value in values:
                self.calls.set_value(handle, own.name, value)

    def remove(self, node: Node, name: str) -> bool:
        """Delete a value; whether there was one."""
        own = cast(RemoteNode, node)
        self.require_writable()
        if own is self.top or units(name) > MAX_VALUE_NAME or "\0" in name:
            return False
        with self.steps.one():
            self.steps.note_changed(own)
            return self.calls.delete_value(self.handle(own), own.name, name)

    def set_class(self, node: Node, class_name: str) -> None:
        """Refuse it: a key has the class that it was made with."""
        self.require_writable()
        if self.info(node).class_name != class_name:
            words = "a key of another machine gets its class when it is made, and no other later"
            raise NotSupportedError(words, path=node.name)

    def set_security(self, node: Node, descriptor: bytes) -> None:
        """Give a key another descriptor: those of its parts that are in it."""
        own = cast(RemoteNode, node)
        self.require_writable()
        if own is self.top:
            raise AccessDeniedError("the key above the roots has no descriptor")
        parts = parts_of(descriptor)
        with self.steps.one():
            self.steps.note_changed(own)
            self.calls.set_security(self.handle(own), own.name, parts, sent(descriptor))

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        """Put a key into a state that it had before; its class and its time are the server's."""
        own = cast(RemoteNode, node)
        handle = self.handle(own)
        with self.steps.one(True):
            self.steps.note_changed(own)
            if values is not None:
                self._set_all(own, values)
            if facts.descriptor and facts.descriptor != self.security(own):
                parts = parts_of(facts.descriptor)
                self.calls.set_security(handle, own.name, parts, sent(facts.descriptor))

    def _set_all(self, own: RemoteNode, values: list[Value]) -> None:
        """Let a key have these values, in this order: what stands right stays."""
        handle = self.handle(own)
        for step in value_steps(self.calls.values(handle, own.name), values):
            if isinstance(step, str):
                self.calls.delete_value(handle, own.name, step)
            else:
                self.calls.set_value(handle, own.name, step)

    def close(self) -> None:
        """Close the connection, with all handles; further calls do nothing."""
        self.steps.close()
        super().close()


def _noted(names: list[str], view: int) -> list[str]:
    """Names that lead to a key in its view, which no call tells of a key."""
    return [names[0] + IN_32, *names[1:]] if names and view & VIEW_32 else names


def _require_short(name: str) -> None:
    if units(name) > _LONGEST_NAME:
        words = f"a name of at most {_LONGEST_NAME} UTF-16 units can be sent to another machine"
        raise LimitError(words, path=name)
