"""What the hub asks of a system: to wait until something happens to files, and say to which."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

from anyreg.errors import RegistryError


@dataclass
class News:
    """What has happened since it was last asked.

    Attributes:
        changed: Paths of files that may have changed.
        lost: Paths that can no more be watched, with the reason.
    """

    changed: set[str] = field(default_factory=set)
    lost: dict[str, RegistryError] = field(default_factory=dict)


class EventSource(ABC):
    """The notifications of an operating system.

    The hub calls wait() alone, and from its thread only; everything else is called by one thread
    at a time, also while wait() waits.
    """

    @abstractmethod
    def add(self, path: str) -> None:
        """Watch one more file, from before this returns.

        Args:
            path: An absolute path that is not watched yet; there may be no such file yet.

        Raises:
            NotFoundError: Its folder is not there.
            AccessDeniedError: The file or its folder may not be read.
            NotSupportedError: It cannot be watched, only looked at every so often.
            RegistryError: Anything else that the system says, such as a limit that is reached.
        """

    @abstractmethod
    def remove(self, path: str) -> None:
        """Watch it no more; it may be lost already."""

    @abstractmethod
    def wait(self, seconds: float | None) -> None:
        """Return when something has happened, after wake(), or when the time is over.

        Args:
            seconds: The time; None: there is no limit.
        """

    @abstractmethod
    def wake(self) -> None:
        """Let wait() return, also one that begins later."""

    @abstractmethod
    def take(self) -> News:
        """What has happened; what is changed is watched further, as what it is by then."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back; further calls do nothing."""
