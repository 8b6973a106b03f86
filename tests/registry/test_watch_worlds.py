"""Every kind of registry reports its changes."""

from __future__ import annotations

import anyreg
from anyreg.backends.memory_registry import open_memory
from anyreg.registry.watch import Batch


def lines(batch: Batch | None) -> list[tuple[str, str, str | None]]:
    assert batch is not None
    return [(change.kind, change.path, change.name) for change in batch]


def test_a_registry_in_memory_is_watched_as_a_whole() -> None:
    """A transaction over several hives is one batch; volatile keys are a part of it."""
    with anyreg.Registry(open_memory()) as registry, registry.open("HKLM").watch() as watch:
        with registry.transaction():
            registry.create(r"HKLM\SOFTWARE\V").values["a"] = 1
            registry.create(r"HKCU\Software\V").values["a"] = 1
            registry.create(r"HKLM\SYSTEM\W")
        registry.create(r"HKLM\SOFTWARE\V\Lost", volatile=True)
        first, second = watch.take(), watch.take()
        top = "HKEY_LOCAL_MACHINE"
        assert sorted(lines(first)) == [
            ("key created", rf"{top}\SOFTWARE\V", None),
            ("key created", rf"{top}\SYSTEM\W", None),
            ("value set", rf"{top}\SOFTWARE\V", "a"),
        ]
        assert lines(second) == [("key created", rf"{top}\SOFTWARE\V\Lost", None)]
