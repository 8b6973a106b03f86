r"""Which hives a watched key of a registry has a part of, and where in them it stands.

The hive in which it stands; with what is below it those that are mounted there; and the master,
which holds the volatile keys of all of them under their full paths.
"""

from __future__ import annotations

from collections.abc import Iterator

from anyreg.backends.abilities import Feeding
from anyreg.backends.mountable import Mountable
from anyreg.backends.namespace.joined_hives import JoinedHives
from anyreg.backends.namespace.loaded import LoadedHives
from anyreg.backends.namespace.mounts import Mount
from anyreg.backends.namespace.nodes import NamespaceNode
from anyreg.backends.places import Place
from anyreg.errors import NotSupportedError, RegistryError
from anyreg.names import fold
from anyreg.paths import PLACES


def places_of(node: NamespaceNode, loaded: LoadedHives, subtree: bool) -> list[Place]:
    """The hives that hold a key and, if wanted, what is below it.

    Raises:
        NotSupportedError: One of them reports no changes.
    """
    hives = node.realm.hives
    found: list[Place] = []
    for way, trail in enumerate(node.places()):
        for mount in hives.mounts:
            where = _place(mount.names, trail, subtree)
            if where is not None:
                found += _watched(loaded, mount, where, way)
        for mount in loaded.all():
            found += _loaded(loaded, mount, trail, subtree, way)
        for where in [(trail, [])] if trail else [([name], [PLACES[name]]) for name in PLACES]:
            master = _place_in(hives.master.hive, hives.master, where, way, True)
            master.mounted = _Mounted(node.realm.units, loaded, trail, subtree, way).place_at
            found.append(master)
    _gather(node.realm.units, found)
    return found


def _gather(units: JoinedHives, places: list[Place]) -> None:
    """Have a transaction over several of these hives reported as one."""
    units.feeds += [place.feed for place in places if place.feed not in units.feeds]


def _place(names: list[str], trail: list[str], subtree: bool) -> tuple[list[str], list[str]] | None:
    """Names in a hive and above it, of a key that has a part of it; None if it has none."""
    folded, key = [fold(name) for name in names], [fold(name) for name in trail]
    if key[: len(folded)] == folded:
        return trail[len(names) :], []
    if subtree and folded[: len(key)] == key:
        return [], _shown(names, trail)
    return None


def _shown(names: list[str], trail: list[str]) -> list[str]:
    """The names that lead from the watched key to a hive below it."""
    below = names[len(trail) :]
    return below if trail else [PLACES.get(below[0], below[0]), *below[1:]]


class _Mounted:
    """Finds hives that are loaded while a key is watched."""

    def __init__(
        self, units: JoinedHives, loaded: LoadedHives, trail: list[str], subtree: bool, way: int
    ) -> None:
        self._units = units
        self._loaded = loaded
        self._trail = trail
        self._subtree = subtree
        self._way = way

    def place_at(self, names: list[str]) -> Place | None:
        """The place of the hive that is loaded below these names now."""
        folded = [fold(name) for name in names]
        for mount in self._loaded.all():
            if [fold(name) for name in mount.names] == folded:
                for place in _loaded(self._loaded, mount, self._trail, self._subtree, self._way):
                    _gather(self._units, [place])
                    return place
        return None


def _loaded(
    loaded: LoadedHives, mount: Mount, trail: list[str], subtree: bool, way: int
) -> Iterator[Place]:
    """The place of a hive that was loaded; also of one right below a key that is watched alone."""
    where = _place(mount.names, trail, True)
    if where is not None and (subtree or len(where[1]) <= 1):
        for place in _watched(loaded, mount, where, way):
            place.loaded_at = mount.names
            yield place


def _watched(
    loaded: LoadedHives, mount: Mount, where: tuple[list[str], list[str]], way: int
) -> Iterator[Place]:
    try:
        hive = mount.hive
    except RegistryError as error:  # it is missing for everybody
        loaded.note(mount, error)
        return
    yield _place_in(hive, mount, where, way)


def _place_in(
    hive: Mountable,
    mount: Mount,
    where: tuple[list[str], list[str]],
    way: int,
    only_volatile: bool = False,
) -> Place:
    if not isinstance(hive, Feeding):
        words = "this hive reports no changes: look at intervals instead, by watch(poll=seconds)"
        raise NotSupportedError(words, path=mount.place)
    names, above = where
    feed = hive.feed()
    files, follow = hive.files(), hive.follow_soon
    return Place(mount.unit, feed, names, above, files, follow, only_volatile, way)
