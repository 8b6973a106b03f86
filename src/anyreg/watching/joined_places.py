"""The hives that a subscription listens to, and the files that say when others have written.

A hive that was loaded may go, and another one come, while the subscription lasts.  So each of these
has a watch of its own for its files, and the state of it is known which was reported last: what it
held is reported when it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyreg.backends.places import Place
from anyreg.engine.feed import Listener
from anyreg.errors import RegistryError
from anyreg.names import fold
from anyreg.times import now
from anyreg.watching.positions import Moment

if TYPE_CHECKING:
    from anyreg.fileevents import FileWatch


class JoinedPlaces:
    """The places of a watched key, each listened to.

    Attributes:
        all: The places.
    """

    def __init__(self, listener: Listener, poll: float | None) -> None:
        """Listen to none yet.

        Args:
            listener: Who is informed.
            poll: Seconds between two looks at files; None: the system reports changes.
        """
        self.all: list[Place] = []
        self._listener = listener
        self._poll = poll
        self._watches: dict[str, FileWatch] = {}

    def watch(self, places: list[Place]) -> None:
        """Watch the files of the first places; listen() is to follow.

        Raises:
            RegistryError: They cannot be watched.
        """
        self.all = places
        self._watch("", [file for place in places if not place.loaded_at for file in place.files])
        for place in places:
            if place.loaded_at:
                self._watch(place.unit, place.files)

    def _watch(self, unit: str, files: list[str]) -> None:
        if files and unit not in self._watches:
            from anyreg.fileevents import watch_files  # most programs watch nothing

            self._watches[unit] = watch_files(files, self._changed, self._poll)

    def _changed(self, error: RegistryError | None) -> None:
        if error is not None:
            self._listener.failed(error)
            return
        self.follow()

    def follow(self) -> None:
        """Take over what other processes have committed."""
        for place in self.all:
            place.follow()

    def listen(self) -> dict[str, Moment]:
        """Be informed from now on; what was committed before does not count.

        Returns:
            From where on in each hive, by its unit.
        """
        found: dict[str, Moment] = {}
        for place in self.all:
            place.follow()
            if place.has_position:  # taken first: nothing that is to be reported is behind it
                found[place.unit] = Moment(*place.feed.place(), now())
            place.feed.add(self._listener)
        return found

    def note_loaded(self) -> None:
        """Note what hives hold that were loaded, as nobody will know when they have gone."""
        for place in self.all:
            if place.loaded_at:
                place.state = place.feed.state()

    def loaded_at(self, names: list[str]) -> list[Place]:
        """The places of the hives that were loaded below these names."""
        folded = [fold(name) for name in names]
        return [one for one in self.all if [fold(name) for name in one.loaded_at] == folded]

    def join(self, place: Place) -> None:
        """A hive was loaded: listen to it too.

        Raises:
            RegistryError: Its files cannot be watched.
        """
        self._watch(place.unit, place.files)
        place.follow()
        place.feed.add(self._listener)
        place.state = place.feed.state()
        self.all = [*self.all, place]

    def leave(self, place: Place) -> None:
        """A hive was unloaded."""
        self.all = [other for other in self.all if other is not place]
        if all(other.feed is not place.feed for other in self.all):
            place.feed.remove(self._listener)
            watch = self._watches.pop(place.unit, None)
            if watch is not None:
                watch.close()

    def close(self) -> None:
        """Listen to nothing more; further calls do nothing."""
        for watch in self._watches.values():
            watch.close()
        for place in self.all:
            place.feed.remove(self._listener)
