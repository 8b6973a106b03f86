"""Keys just as a file tells them: odd names, links, volatile marks, access rights, times.

A time is set when all else is done, as each change below a key would give it another one.

Nothing of this goes by paths, and a key that is to be a link is never looked for through one.
"""

from __future__ import annotations

from anyreg.backends.exact import facts_of
from anyreg.errors import RegFileError
from anyreg.interchange.instructions import ExactKey, SetKey
from anyreg.regf.layout import KEY_LINK, KEY_VOLATILE
from anyreg.registry.key import Key


class ExactKeys:
    """What is still to be set of the keys of an import."""

    def __init__(self) -> None:
        self._times: list[tuple[Key, int]] = []

    def reached(self, key: Key, exact: ExactKey) -> None:
        """Set what is told of a key itself; its time is noted.

        Args:
            key: The key.
            exact: What is told of it.
        """
        if key.parent is None and not key.descriptor:
            return  # the top of a whole registry is no key of any hive
        if exact.descriptor and key.descriptor != exact.descriptor:
            key.descriptor = exact.descriptor
        if exact.last_written >= 0:
            self._times.append((key, exact.last_written))

    def set_times(self) -> None:
        """Nothing else follows: give the keys their times."""
        for key, written in self._times:
            backend = key._backend
            facts = facts_of(backend, key.node)
            if facts.last_written != written:
                facts.last_written = written
                backend.rewrite(key.node, facts, None)
        self._times.clear()


def entered(parent: Key, name: str, step: SetKey, is_last: bool) -> tuple[Key, bool]:
    """The key of a name below another, made where it is missing; whether it was.

    Args:
        parent: The other key.
        name: The name.
        step: What asks for it.
        is_last: Whether it is the very key that the step tells of.

    Raises:
        RegFileError: It is to be a symbolic link, and the key that is there is none.
    """
    exact = step.exact
    assert exact is not None
    backend = parent._backend
    flags = exact.flags if is_last else exact.flags & KEY_VOLATILE
    if flags & KEY_LINK:
        node = backend.own_child(parent.node, name)
        found = None if node is None else Key(backend, node, parent)
        if node is not None and not backend.flags(node) & KEY_LINK:
            message = "expected a symbolic link of that name, found a key that is none"
            raise RegFileError(message, line=step.line, column=step.column)
    else:
        found = parent.find_child(name)
    if found is not None:
        return found, False
    if not backend.keeps_volatile:
        flags &= ~KEY_VOLATILE
    security = exact.descriptor if is_last else b""
    return Key(backend, backend.create(parent.node, name, "", security, flags), parent), True
