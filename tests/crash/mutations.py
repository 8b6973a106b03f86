"""How a broken form of the engine takes the place of the right one.

A breakage is a piece of source that is replaced by another.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType

import pytest


@dataclass(frozen=True)
class Broken:
    """One breakage.

    Attributes:
        what: What is broken, for people.
        where: The function: module and name.
        old: A piece of its source.
        new: What stands there instead.
        eye: What must see it.
    """

    what: str
    where: str
    old: str
    new: str
    eye: Callable[[], object]


def break_it(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the broken form in the place of the right one, wherever that is known."""
    module_name, path = broken.where.split(":")
    module = importlib.import_module(module_name)
    *classes, name = path.split(".")
    owner = getattr(module, classes[0]) if classes else module
    right: FunctionType = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(right))
    assert source.count(broken.old) == 1, source
    made: dict[str, object] = {}
    text = "from __future__ import annotations\n" + source.replace(broken.old, broken.new)
    exec(compile(text, broken.where, "exec"), vars(module), made)
    owners = (
        [owner]
        if classes
        else [known for known in sys.modules.values() if getattr(known, name, None) is right]
    )
    for known in owners:
        monkeypatch.setattr(known, name, made[name])
