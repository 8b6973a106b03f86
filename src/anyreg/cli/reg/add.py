"""REG ADD: a key and a value of it, which is the default one where none is named."""

from __future__ import annotations

from anyreg.backends.base import AllOrNone
from anyreg.cli.reg.options import Arguments, invalid_syntax
from anyreg.cli.reg.prompts import confirm, finish
from anyreg.cli.reg.reg_keys import placed
from anyreg.cli.reg.value_text import SEPARATOR, raw_of, type_number
from anyreg.values import Value


def add(given: Arguments) -> int:
    """Do it; a value that is there is replaced only with /f, or when the answer is yes."""
    kind = type_number(given.word("t"))
    separator = given.word("s")
    if separator is not None and len(separator) != 1:
        raise invalid_syntax()
    name = given.word("v") or ""
    value = Value(name, kind, raw_of(kind, given.word("d"), separator or SEPARATOR))
    with placed(given.names[0], given.view, writing=True) as place:
        node = place.look()
        is_there = node is not None and place.backend.read(node, name) is not None
        if is_there and not given.has("f") and not confirm(f"Value {name} exists, overwrite"):
            return finish(done=False)
        with AllOrNone(place.backend):
            place.backend.write(place.make(), [value])
    return finish()
