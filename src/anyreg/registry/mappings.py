"""The two mappings of a key: names to subkeys, names to data.

Both look things up when asked, and iterate over a snapshot.  A damaged hive can hold a name
twice: a mapping then gives the first; `Key.children()` and `Key.records()` give all.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar

from anyreg.errors import KeyNotFoundError, RegistryError
from anyreg.names import fold
from anyreg.paths import join_path
from anyreg.registry.key_handle import KeyHandle
from anyreg.registry.key_values import KeyValues
from anyreg.values import Data, of_type

K = TypeVar("K", bound=KeyHandle)


class Subkeys(Mapping[str, K], Generic[K]):
    """The subkeys of a key by name; names are compared as Windows does.

    What a link leads to is there under the link's name.  A name that only means a key when it
    begins a path, as CurrentControlSet does in a hive on its own, is none of them.
    """

    def __init__(self, key: K) -> None:
        self._key = key

    def _find(self, name: str) -> K | None:
        key = self._key
        found = key.find_child(name)
        if found is None or found.known_as == "":
            return found
        own = key._backend.open(key.node, [name], link=True)
        if own is None:
            return None
        key._backend.release(own)
        return found

    def __getitem__(self, name: str) -> K:
        found = self._find(name)
        if found is None:
            raise KeyNotFoundError("no such key", path=join_path(self._key.path, name))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_first_spellings([child.name for child in self._key.children()]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __repr__(self) -> str:
        try:
            return f"<Subkeys {list(self)!r}>"
        except RegistryError as error:  # such as that it is closed
            return f"<Subkeys: {error}>"


class Values(MutableMapping[str, Data]):
    """The data of a key's values by name; "" is the default value.

    Setting takes str (REG_SZ), int (REG_DWORD), bytes (REG_BINARY), a list of str (REG_MULTI_SZ),
    or the classes ExpandString, QWord, Link and Raw, which name a type.  A value that is there
    keeps its type; plain data of another kind is refused with ValueTypeError, see set().
    """

    def __init__(self, key: KeyValues) -> None:
        self._key = key

    def __getitem__(self, name: str) -> Data:
        return self._key.value(name).data

    def __setitem__(self, name: str, data: object) -> None:
        self._key.set_values({name: data})

    def set(self, name: str, data: object, type: int | str | None = None) -> None:
        """Set a value, also to another type than it has.

        Args:
            name: The value's name, "" for the default value.
            data: What setting takes.
            type: The type to store it under, by number or name ("REG_QWORD", "qword").  Without
                it a value that is there keeps its type.

        Raises:
            ValueTypeError: The type that is there, or that is given, is for data of another kind.
            ValueError: There is no such type, or a number does not fit.
        """
        self._key.set_values({name: data if type is None else of_type(data, type)})

    def __delitem__(self, name: str) -> None:
        self._key.delete_value(name)

    def update(self, *others: object, **more: object) -> None:
        """Set many values, all or none."""
        data: dict[str, object] = dict(*others, **more)
        self._key.set_values(data)

    def clear(self) -> None:
        """Delete all values, all or none."""
        self._key.delete_values([value.name for value in self._key.records()])

    def __iter__(self) -> Iterator[str]:
        return iter(_first_spellings([value.name for value in self._key.records()]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._key.find_value(name) is not None

    def items(self) -> ItemsView[str, Data]:
        """Names and data, all read at once."""
        data: dict[str, Data] = {}
        seen: set[str] = set()
        for value in self._key.records():
            folded = fold(value.name)
            if folded not in seen:
                seen.add(folded)
                data[value.name] = value.data
        return data.items()

    def __repr__(self) -> str:
        try:
            return f"<Values {dict(self.items())!r}>"
        except RegistryError as error:  # such as that it is closed
            return f"<Values: {error}>"


def _first_spellings(names: list[str]) -> list[str]:
    """The names, each once, in the spelling that comes first."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(fold(name), name)
    return list(first.values())
