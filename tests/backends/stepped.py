"""A world without transactions of its own, as the live registry is, over a hive in memory."""

from __future__ import annotations

from anyreg.backends.base import MAXIMUM_ALLOWED
from anyreg.backends.memory import MemoryBackend
from anyreg.backends.stepwise import Stepwise
from anyreg.errors import RegistryError
from anyreg.facts import Facts
from anyreg.values import Node, Value
from conformance.counted import ExactWorld


class SteppedWorld(ExactWorld):
    """Each change is made at once, and noted."""

    def __init__(self) -> None:
        super().__init__(MemoryBackend())
        self.steps = Stepwise(self, "stepped")

    def begin(self, timeout: float = -1.0) -> None:
        self.steps.begin(timeout)

    def commit(self, durable: bool) -> None:
        self.steps.commit()

    def roll_back(self) -> None:
        self.steps.roll_back()

    def create(  # noqa: PLR0917 - as the protocol has it
        self,
        node: Node,
        names: list[str],
        access: int = MAXIMUM_ALLOWED,
        flags: int = 0,
        class_name: str = "",
        descriptor: bytes = b"",
    ) -> tuple[Node, bool]:
        made = (node, False)
        with self.steps.one(len(names) > 1):
            for index, name in enumerate(names):
                what = (class_name, descriptor) if index == len(names) - 1 else ("", b"")
                is_told = False
                if self.open(made[0], [name], access, link=True) is None:
                    is_told = self.steps.note_coming([*self.names(made[0]), name])
                try:
                    made = super().create(made[0], [name], access, flags, *what)
                except RegistryError:
                    if is_told:
                        self.steps.withdraw()
                    raise
                if made[1]:
                    self.steps.note_came(made[0])
        return made

    def write(self, node: Node, values: list[Value]) -> None:
        with self.steps.one(len(values) > 1):
            self.steps.note_changed(node)
            super().write(node, values)

    def remove(self, node: Node, name: str) -> bool:
        with self.steps.one():
            self.steps.note_changed(node)
            return super().remove(node, name)

    def rename(self, node: Node, name: str) -> None:
        with self.steps.one(True):
            names = self.names(node)
            is_told = self.steps.note_renaming(names, name)
            try:
                super().rename(node, name)
            except RegistryError:
                if is_told:
                    self.steps.withdraw()
                raise
            self.steps.note_renamed(names, name)

    def delete(self, node: Node, recursive: bool) -> None:
        with self.steps.one(recursive):
            self.steps.note_gone(node)
            super().delete(node, recursive)

    def rewrite(self, node: Node, facts: Facts, values: list[Value] | None) -> None:
        with self.steps.one(True):
            self.steps.note_changed(node)
            super().rewrite(node, facts, values)
