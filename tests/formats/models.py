"""A registry in plain Python objects, behind the verbs of a backend: for any names and bytes.

Hives that hold what hostile programs put there are hard to come by; this one holds whatever a
test or hypothesis wants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from anyreg import Problem, Registry, Value
from anyreg.backends.abilities import Inspected
from anyreg.backends.base import MAXIMUM_ALLOWED, Backend, KeyFacts
from anyreg.names import fold
from anyreg.values import Node

Row = tuple[str, int, bytes]


@dataclass
class Model:
    """A key with all below it."""

    name: str = "top"
    values: list[Row] = field(default_factory=list)
    keys: list[Model] = field(default_factory=list)
    class_name: str = ""
    written: int = 116444736000000000
    flags: int = 0
    descriptor: bytes = b""

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Model]]:
        """Every key with its path, which is () for this one, in pre-order."""
        yield path, self
        for key in self.keys:
            yield from key.walk((*path, key.name))


class ModelBackend(Backend, Inspected):
    """The verbs, over a model."""

    def __init__(self, top: Model, problems: list[Problem] | None = None, file: str = "") -> None:
        self._models: dict[Node, Model] = {}
        self._names: dict[Node, list[str]] = {}
        self._top = top
        self._problems = problems or []
        self._file = file
        self.closed = False

    def _node(self, model: Model, names: list[str]) -> Node:
        node = Node(model.name, model.written)
        self._models[node] = model
        self._names[node] = names
        return node

    def root(self) -> Node:
        return self._node(self._top, [])

    def names(self, node: Node) -> list[str]:
        return self._names[node]

    def open(
        self, node: Node, names: list[str], access: int = MAXIMUM_ALLOWED, link: bool = False
    ) -> Node | None:
        found: Node | None = node
        for name in names:
            below = [] if found is None else self.subkeys(found)
            found = next((key for key in below if fold(key.name) == fold(name)), None)
        return found

    def subkeys(self, node: Node) -> list[Node]:
        above = self._names[node]
        return [self._node(key, [*above, key.name]) for key in self._models[node].keys]

    def values(self, node: Node) -> list[Value]:
        return [Value(*row) for row in self._models[node].values]

    def read(self, node: Node, name: str) -> Value | None:
        return next((v for v in self.values(node) if fold(v.name) == fold(name)), None)

    def info(self, node: Node) -> KeyFacts:
        model = self._models[node]
        return KeyFacts(
            len(model.keys),
            len(model.values),
            model.class_name,
            model.flags,
            model.name,
            model.written,
        )

    def security(self, node: Node) -> bytes:
        return self._models[node].descriptor

    def about(self) -> dict[str, str | int | list[str]]:
        facts: dict[str, str | int | list[str]] = {"kind": "model", "file_name": "\x1b[2J"}
        return facts | ({"file": self._file} if self._file else {})

    def problems(self) -> list[Problem]:
        return self._problems

    def check(self, on_key: Callable[[], None] | None = None) -> list[Problem]:
        return self._problems

    def close(self) -> None:
        self.closed = True


def opened(top: Model, problems: list[Problem] | None = None, file: str = "") -> Registry:
    """The model as a registry."""
    return Registry(ModelBackend(top, problems, file))


TYPES = st.one_of(st.integers(0, 11), st.integers(0, 0xFFFFFFFF))
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
NAMES = st.text(st.characters(exclude_categories=(), exclude_characters="\\\r\n"), max_size=8)

ANY_NAMES = st.text(
    st.sampled_from("\\aA\"' \r\n\0,;=[]\ud800") | st.characters(exclude_categories=()), max_size=6
)


@st.composite
def datas(draw: st.DrawFn) -> bytes:
    """Bytes that look like what values hold, and some that do not."""
    text = draw(ANY_TEXT)
    ending = draw(st.sampled_from([b"\0\0", b"\0\0\0\0", b"", b"\0", b"x"]))
    encoded = text.encode("utf-16-le", "surrogatepass") + ending
    number = draw(st.integers(0, 2**64 - 1)).to_bytes(8, "little")
    return draw(st.sampled_from([encoded, number, number[:4], b"", b"\0\0"])) or draw(
        st.binary(max_size=90)
    )


def rows(names: st.SearchStrategy[str] = NAMES) -> st.SearchStrategy[list[Row]]:
    """The values of one key, no name twice."""
    row = st.tuples(names, TYPES, datas())
    return st.lists(row, max_size=4, unique_by=lambda made: fold(made[0]))


def models(
    names: st.SearchStrategy[str] = NAMES,
    leaves: int = 6,
    keys: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[Model]:
    """Small trees of keys, no name twice in one key; keys have names unless others are given."""
    of_keys = names.filter(bool) if keys is None else keys
    return st.recursive(
        st.builds(Model, of_keys, rows(names), st.just([]), ANY_TEXT),
        lambda keys: st.builds(
            Model,
            of_keys,
            rows(names),
            st.lists(keys, max_size=3, unique_by=lambda key: fold(key.name)),
        ),
        max_leaves=leaves,
    )
