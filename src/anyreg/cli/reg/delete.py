"""REG DELETE: a key with all below it, a value, or all values."""

from __future__ import annotations

from anyreg.cli.reg.options import Arguments, RegError
from anyreg.cli.reg.prompts import confirm, finish
from anyreg.cli.reg.reg_keys import MISSING, Place, placed


def delete(given: Arguments) -> int:
    """Do it; without /f only when the answer is yes."""
    with placed(given.names[0], given.view, writing=True) as place:
        if not given.has("f") and not confirm(_question(given, place)):
            return finish(done=False)
        node = place.find()
        if given.has("va"):
            place.key().delete_values([value.name for value in place.backend.values(node)])
        elif given.has("v") or given.has("ve"):
            if not place.backend.remove(node, given.word("v") or ""):
                raise RegError(MISSING)
        elif not place.path:
            raise RegError("Access is denied.")
        else:
            place.backend.delete(node, True)
    return finish()


def _question(given: Arguments, place: Place) -> str:
    if given.has("va"):
        return f"Delete all values under the registry key {place.name}"
    if given.has("v") or given.has("ve"):
        return f"Delete the registry value {given.word('v') or '(Default)'}"
    return f"Permanently delete the registry key {place.name}"
