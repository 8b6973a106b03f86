"""REG ADD: a key, or a value of it."""

from __future__ import annotations

from anyreg.backends.base import AllOrNone
from anyreg.cli.reg.asking import confirm, finish
from anyreg.cli.reg.options import Arguments
from anyreg.cli.reg.places import Place, placed
from anyreg.cli.reg.show import SEPARATOR, raw_of, type_number
from anyreg.values import Value


def add(given: Arguments) -> int:
    """Do it; a value that is there is replaced only with /f, or when the answer is yes."""
    kind = type_number(given.word("t"))
    name = given.word("v") or ""
    value = None
    if any(given.has(option) for option in ("v", "ve", "t", "d")):
        value = Value(name, kind, raw_of(kind, given.word("d"), given.word("s") or SEPARATOR))
    with placed(given.names[0], given.view, writing=True) as place:
        node = place.look()
        is_there = node is not None and value and place.backend.read(node, name)
        if is_there and not given.has("f") and not confirm(f"Value {name} exists, overwrite"):
            return finish(done=False)
        _make(place, value)
    return finish()


def _make(place: Place, value: Value | None) -> None:
    """The key, and the value in it if there is one, as one change."""
    with AllOrNone(place.backend):
        node = place.make()
        if value is not None:
            place.backend.write(node, [value])
