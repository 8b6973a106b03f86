"""Laying an open hive out anew, without free space: one durable commit, and a checkpoint.

Cut before the commit the old layout is there; after it the log has every page of the new one.  What
was not cut off the file is garbage behind the bins, which everybody ignores.
"""

from __future__ import annotations

from collections.abc import Callable

from anyreg.engine.bins import load_image
from anyreg.engine.durability import Durability
from anyreg.engine.image import BytesSource
from anyreg.engine.opened import OpenedHive
from anyreg.engine.rebuild import rebuild
from anyreg.engine.tree import Tree
from anyreg.errors import CorruptHiveError, NotSupportedError
from anyreg.problems import Problems
from anyreg.regf.base_block import BaseBlock
from anyreg.regf.layout import BASE_SIZE, BINS_START


def compact(
    hive: OpenedHive,
    durability: Durability,
    default_descriptor: bytes,
    on_key: Callable[[], None] | None,
) -> None:
    """Compact a hive; whoever asks for it has the turn.

    Args:
        hive: The hive.
        durability: When its commits are durable.
        default_descriptor: For keys that have no security descriptor.
        on_key: Called for each key, to show progress.

    Raises:
        RegistryError: As WritableHive.compact().
    """
    hive.require_open()
    hive.complete()
    hive.files.hold()
    try:
        hive.wal.require_whole()
        hive.follower.follow()
        hive.wal.clear_behind_tail()
        durability.sync()
        durability.settle()
        _lay_out(hive, default_descriptor, on_key)
    except BaseException as error:
        hive.doubt(error)
        raise
    finally:
        hive.files.release()


def _lay_out(
    hive: OpenedHive, default_descriptor: bytes, on_key: Callable[[], None] | None
) -> None:
    state = hive.state
    wal = hive.wal
    moved: dict[int, int] = {}
    met = Problems()
    tree = Tree(state.image, state.minor, state.root_cell, met)
    data = rebuild(tree, wal.base, default_descriptor, moved, on_key)
    if met.found:
        raise CorruptHiveError(f"the hive is damaged ({met.found[0]})", path=hive.path)
    if BaseBlock(data[:BASE_SIZE]).root != state.root_cell:
        raise NotSupportedError("this hive can only be compacted into a new file")
    bins = data[BINS_START:]
    size = len(bins)
    wal.commit([(0, bins)], size, True)
    state.rebuilt(load_image(BytesSource(bins), size))
    for cell, where in moved.items():
        hive.handles.note(cell, where)
    wal.checkpoint(state.image)
    hive.files.primary.truncate(BINS_START + size)
