"""What goes wrong when files are watched, as errors of this package."""

from __future__ import annotations

from anyreg.errors import AccessDeniedError, NotFoundError, RegistryError


def translated(error: OSError, path: str) -> RegistryError:
    """The error that says what the system said of a file.

    Args:
        error: What the system said.
        path: The file, or the folder that it stands in.
    """
    reason = f"this cannot be watched: {error.strerror or error}"
    if isinstance(error, FileNotFoundError):
        return NotFoundError("there is no such folder, so nothing in it can be watched", path=path)
    if isinstance(error, PermissionError):
        return AccessDeniedError(reason, path=path)
    return system_failure(reason, error.errno, path)


def system_failure(reason: str, number: int | None, path: str) -> RegistryError:
    """An error with the number that the system gave.

    Args:
        reason: What to say.
        number: The errno.
        path: The file.
    """
    failed = RegistryError(reason, path=path)
    failed.errno = number or failed.errno
    return failed


def lost_folder(how: str, path: str) -> NotFoundError:
    """The error of a file whose folder is not where it was.

    Args:
        how: What happened to it, such as "was deleted".
        path: The file.
    """
    return NotFoundError(
        f"the folder of this file {how}, so the file is no more watched", path=path
    )
