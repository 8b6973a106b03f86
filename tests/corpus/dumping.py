"""The dump that the corpus is measured by, through the public interface and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from anyreg import Key, Registry


def rows(root: Key) -> Iterator[list[object]]:
    """Keys in pre-order, each with its values, as they are stored."""
    stack = [(root, "")]
    while stack:
        key, path = stack.pop()
        yield ["k", path, key.last_written, key.class_name]
        for value in key.records():
            yield ["v", value.name, value.type, value.raw.hex()]
        below = [
            (child, f"{path}\\{child.name}" if path else child.name) for child in key.children()
        ]
        stack.extend(reversed(below))


def digest(registry: Registry) -> tuple[int, int, str]:
    """How many keys and values there are, and the sha256 of the dump."""
    counts = {"k": 0, "v": 0}
    sha = hashlib.sha256()
    for row in rows(registry.root):
        counts[str(row[0])] += 1
        sha.update(json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n")
    return counts["k"], counts["v"], sha.hexdigest()
