"""How each reader does the same job, in the way its own documentation shows.

A job takes a hive and gives back counts, so that a run can tell whether two readers did the same.
No reader is helped or hindered: every one is asked for each name, time, type and the stored bytes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Where Debian puts modules built for its own Python; last on the path, since it holds old copies
# of much that the environment has.
DEBIAN = "/usr/lib/python3/dist-packages"
TEXTS = (1, 2, 6, 7)  # types whose data is text


Row = tuple[str, int, bytes]
"""A value as every reader can tell it: name, type, stored bytes."""

Counts = tuple[int, int, int]
"""Keys, values, bytes of data; or what a job counts instead of them."""


class Reader:
    """One way to read a hive: four verbs, and the jobs that are built on them."""

    module = ""

    def __init__(self) -> None:
        self.library: Any = importlib.import_module(self.module)

    def open(self, path: str) -> Any:
        """What the other verbs need, opened afresh."""
        raise NotImplementedError

    def close(self, handle: Any) -> None:
        """Give it back."""

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        """Name, time of change and values of every key."""
        raise NotImplementedError

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        """The bytes of one value of one key."""
        raise NotImplementedError

    def walk(self, path: str) -> Counts:
        """Every key, value and byte."""
        handle = self.open(path)
        keys = values = size = 0
        for _, _, rows in self.keys(handle):
            keys += 1
            values += len(rows)
            for _, _, raw in rows:
                size += len(raw)
        self.close(handle)
        return keys, values, size

    def one(self, path: str, names: list[str], name: str) -> Counts:
        """One value of a hive that was not open."""
        handle = self.open(path)
        raw = self.read(handle, names, name)
        self.close(handle)
        return 1, 1, len(raw)

    def find(self, path: str, text: str) -> Counts:
        """Names and data that hold a text, whatever its case."""
        handle = self.open(path)
        found = 0
        for key, _, rows in self.keys(handle):
            found += text in key.lower()
            for name, type_, raw in rows:
                found += text in name.lower() or text in shown(type_, raw)
        self.close(handle)
        return found, 0, 0


def shown(type_: int, raw: bytes) -> str:
    """Data as a text to search in, in lower case: numbers in decimal, bytes in hex."""
    if type_ in TEXTS:
        return raw[: len(raw) & -2].decode("utf-16-le", "surrogatepass").lower()
    return str(int.from_bytes(raw, "little")) if type_ in (4, 11) else raw.hex()


class Anyreg(Reader):
    """This project, through its public API."""

    module = "anyreg"

    def open(self, path: str) -> Any:
        return self.library.open(path)

    def close(self, handle: Any) -> None:
        handle.close()

    def walk(self, path: str) -> Counts:
        registry = self.library.open(path)
        keys = values = size = 0
        stack = [registry.root]
        while stack:
            key = stack.pop()
            _ = key.name, key.last_written
            keys += 1
            for value in key.records():
                _ = value.name, value.type
                values += 1
                size += len(value.raw)
            stack += key.children()
        registry.close()
        return keys, values, size

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        raw: bytes = handle.open("\\".join(names)).value(name).raw
        return raw

    def find(self, path: str, text: str) -> Counts:
        with self.library.open(path) as registry:
            return sum(1 for _ in registry.root.find(text)), 0, 0


class Hivex(Reader):
    """hivex through its Python class."""

    module = "hivex"

    def __init__(self) -> None:
        sys.path.append(DEBIAN)
        super().__init__()

    def open(self, path: str) -> Any:
        return self.library.Hivex(path)

    def walk(self, path: str) -> Counts:
        hive = self.open(path)
        keys = values = size = 0
        stack = [hive.root()]
        while stack:
            node = stack.pop()
            _ = hive.node_name(node), hive.node_timestamp(node)
            keys += 1
            for value in hive.node_values(node):
                hive.value_key(value)
                values += 1
                size += len(hive.value_value(value)[1])
            stack += hive.node_children(node)
        return keys, values, size

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        stack = [handle.root()]
        while stack:
            node = stack.pop()
            rows = [
                (handle.value_key(value), *handle.value_value(value))
                for value in handle.node_values(node)
            ]
            yield handle.node_name(node), handle.node_timestamp(node), rows
            stack += handle.node_children(node)

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        node = handle.root()
        for key in names:
            node = handle.node_get_child(node, key)
        raw: bytes = handle.value_value(handle.node_get_value(node, name))[1]
        return raw


class Libregf(Reader):
    """libregf through its Python module."""

    module = "pyregf"

    def open(self, path: str) -> Any:
        file = self.library.file()
        file.open(path)
        return file

    def close(self, handle: Any) -> None:
        handle.close()

    def walk(self, path: str) -> Counts:
        file = self.open(path)
        keys = values = size = 0
        stack = [file.root_key]
        while stack:
            key = stack.pop()
            _ = key.name, key.get_last_written_time_as_integer()
            keys += 1
            for value in key.values:
                _ = value.name, value.type
                values += 1
                size += len(value.data or b"")
            stack += key.sub_keys
        file.close()
        return keys, values, size

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        stack = [handle.root_key]
        while stack:
            key = stack.pop()
            rows = [(value.name or "", value.type, value.data or b"") for value in key.values]
            yield key.name or "", key.get_last_written_time_as_integer(), rows
            stack += key.sub_keys

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        key = handle.get_key_by_path("\\" + "\\".join(names))
        raw: bytes = key.get_value_by_name(name).data
        return raw


class PythonRegistry(Reader):
    """python-registry."""

    module = "Registry.Registry"

    def open(self, path: str) -> Any:
        return self.library.Registry(path)

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        stack = [handle.root()]
        while stack:
            key = stack.pop()
            rows = [(v.name(), v.value_type(), v.raw_data()) for v in key.values()]
            yield key.name(), key.timestamp(), rows
            stack += key.subkeys()

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        raw: bytes = handle.open("\\".join(names)).value(name).raw_data()
        return raw


class Dissect(Reader):
    """dissect.regf."""

    module = "dissect.regf.regf"

    def open(self, path: str) -> Any:
        self._file = Path(path).open("rb")  # noqa: SIM115 - closed with the hive
        return self.library.RegistryHive(self._file)

    def close(self, handle: Any) -> None:
        self._file.close()

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        stack = [handle.root()]
        while stack:
            key = stack.pop()
            rows = [(value.name, value.type, value.data) for value in key.values()]
            yield key.name, key.timestamp, rows
            stack += key.subkeys()

    def read(self, handle: Any, names: list[str], name: str) -> bytes:
        raw: bytes = handle.open("\\".join(names)).value(name).data
        return raw


class Regipy(Reader):
    """regipy, which gives decoded data only: what has no bytes counts for none."""

    module = "regipy.registry"

    def open(self, path: str) -> Any:
        return self.library.RegistryHive(path)

    def keys(self, handle: Any) -> Iterator[tuple[str, int, list[Row]]]:
        stack = [handle.root]
        while stack:
            key = stack.pop()
            rows = [
                (v.name, v.value_type, v.value if isinstance(v.value, bytes) else b"")
                for v in key.iter_values(as_json=False)
            ]
            yield key.name, key.header.last_modified, rows
            stack += key.iter_subkeys()


READERS: dict[str, Callable[[], Reader]] = {
    "anyreg": Anyreg,
    "hivex": Hivex,
    "libregf": Libregf,
    "python-registry": PythonRegistry,
    "dissect.regf": Dissect,
    "regipy": Regipy,
}
# The distribution that each comes from; hivex is no Python package.
PACKAGES = {
    "libregf": "libregf-python",
    "python-registry": "python-registry",
    "dissect.regf": "dissect.regf",
    "regipy": "regipy",
}
