"""Which kind of file system a file lies on, where that matters: locks and reports of changes.

On Linux the kernel's table of mounts tells; on Windows a path that begins with two backslashes,
or a drive that is one of the network's.  Other systems do not tell without help, and are trusted.
"""

from __future__ import annotations

import os
from typing import Final

from anyreg.errors import NotSupportedError
from anyreg.system import WINDOWS

if WINDOWS:
    from anyreg.windows.calls import kernel

_NETWORK: Final = (
    "9p2000", "afs", "ceph", "cifs", "coda", "fuse.ceph", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "gfs", "glusterfs", "lustre", "ncpfs", "network drive", "nfs",
    "nfs4", "smb3", "smbfs",
)  # fmt: skip
_SHARED: Final = (
    "9p", "fuse.grpcfuse", "fuse.vmhgfs-fuse", "prl_fs", "vboxsf", "virtiofs", "vmhgfs",
)  # fmt: skip
_SHORT_NAMES: Final = ("fuseblk", "fuse.ntfs-3g", "fuse.lowntfs-3g", "fuse.ntfs", "ntfs")
_DRIVE: Final = "network drive"
_TABLE: Final = "/proc/self/mountinfo"
_DRIVE_REMOTE: Final = 4
_VERBATIM: Final = ("\\\\?\\", "\\\\.\\")


def network_kind(path: str) -> str:
    """The kind of network file system that a file lies on, "" for a local or unknown one."""
    if WINDOWS:
        share, drive = share_and_drive(os.path.abspath(path))
        remote = share or kernel().GetDriveTypeW(drive + "\\") == _DRIVE_REMOTE
        return _DRIVE if remote else ""
    kind = _kind(path)
    return kind if kind in _NETWORK else ""


def share_and_drive(path: str) -> tuple[bool, str]:
    r"""Whether an absolute path of Windows is one of another machine; and its drive, if it has one.

    Args:
        path: As C:\hive or \\server\share\hive; either may begin with \\?\.
    """
    for prefix in _VERBATIM:
        if path.startswith(prefix):
            rest = path.removeprefix(prefix)
            return rest[:4].upper() == "UNC\\", rest.partition("\\")[0]
    return path.startswith("\\\\"), path.partition("\\")[0]


def silent_kind(path: str) -> str:
    """The kind of file system that reports to nobody here what other machines change, or "".

    Args:
        path: The file; a virtual machine's folders of its host are such too.
    """
    kind = network_kind(path)
    if kind or WINDOWS:
        return kind
    kind = _kind(path)
    return kind if kind in _SHARED else ""


def counts_short_names(path: str) -> bool:
    """Whether a file may lie on NTFS as ntfs-3g shows it.

    There a name that is not of DOS' form is two names, so the number of names says nothing.
    """
    return not WINDOWS and _kind(path) in _SHORT_NAMES


def _kind(path: str) -> str:
    try:
        with open(_TABLE, encoding="utf-8", errors="surrogateescape") as table:
            return kind_in_table(table.read(), os.path.realpath(path))
    except OSError:
        return ""


def require_local(path: str, kind: str) -> None:
    """Refuse to write a hive on a network file system of this kind.

    Raises:
        NotSupportedError: It is one.
    """
    if kind in _NETWORK:
        raise NotSupportedError(
            f"hives are not written on a network file system ({kind}): locks do not hold between "
            "machines there; copy the file to a local disk",
            path=path,
        )


def kind_in_table(table: str, path: str) -> str:
    """The kind of file system that holds a path, out of a table of mounts.

    Args:
        table: The text of Linux' /proc/self/mountinfo (man 5 proc).
        path: An absolute path without links.
    """
    longest = -1
    kind = ""
    for line in table.splitlines():
        fields = line.split(" ")
        if "-" not in fields:
            continue
        at = _unescaped(fields[4]).rstrip("/")
        if len(at) >= longest and (path == at or path.startswith(at + "/")):
            longest = len(at)
            kind = fields[fields.index("-") + 1]
    return kind


def _unescaped(text: str) -> str:
    """Blanks and backslashes stand as octal numbers in the table."""
    parts = text.split("\\")
    return parts[0] + "".join([chr(int(part[:3], 8)) + part[3:] for part in parts[1:]])
