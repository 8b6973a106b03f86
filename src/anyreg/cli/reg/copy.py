"""REG COPY: values of a key, and with /s all below it, into another key."""

from __future__ import annotations

from anyreg.backends.base import AllOrNone
from anyreg.cli.reg.link_walk import all_below, listed
from anyreg.cli.reg.options import Arguments, RegError
from anyreg.cli.reg.prompts import answer, finish
from anyreg.cli.reg.reg_keys import Place, placed
from anyreg.names import fold
from anyreg.values import Node, Value


def copy(given: Arguments) -> int:
    """Do it, as one transaction; it asks for each value that is there, but with /f."""
    source_name, target_name = given.names
    with (
        placed(source_name, given.view) as source,
        placed(target_name, given.view, writing=True) as target,
    ):
        if source_name == target_name or _is_same(source, target):
            raise RegError("The registry entry cannot be copied onto itself.")
        pairs = _pairs(source, given.has("s"))
        asking = _Asking(silent=given.has("f"))
        backend = target.backend
        with AllOrNone(backend):
            for path, values in pairs:
                place = target._replace(
                    path="\\".join(part for part in (target.path, path) if part)
                )
                node = place.look()
                wanted = [value for value in values if asking.wants(place, node, value)]
                backend.write(place.make(), wanted)
    return finish()


def _is_same(source: Place, target: Place) -> bool:
    return source.backend is target.backend and fold(source.name) == fold(target.name)


def _pairs(source: Place, deep: bool) -> list[tuple[str, list[Value]]]:
    """Every key to copy, by its path from the first one, with its values; parents first."""
    top = listed(source)
    rows = [(found.name[len(top.name) :], found.key.records()) for found in all_below(top, deep)]
    return [(path.lstrip("\\"), values) for path, values in rows]


class _Asking:
    """Whether values that are there may be replaced."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent

    def wants(self, place: Place, node: Node | None, value: Value) -> bool:
        if self._silent or node is None or place.backend.read(node, value.name) is None:
            return True
        name = f"{place.name}\\{value.name}"
        said = answer(f"Value {name} exists, overwrite(Yes/No/All)? ", "yna")
        self._silent = said == "a"
        return said != "n"
