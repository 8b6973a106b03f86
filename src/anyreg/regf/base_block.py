"""The base block: the first 4096 bytes of a hive, and the first 512 of each of its logs.

Source: the public specification of the format, as `layout` has it.
"""

from __future__ import annotations

from anyreg.errors import HiveVersionError, NotHiveError
from anyreg.regf.checksums import base_checksum
from anyreg.regf.layout import (
    BASE_BINS_SIZE,
    BASE_CHECKSUM,
    BASE_CLUSTER,
    BASE_FILE_NAME,
    BASE_FILE_NAME_SIZE,
    BASE_FLAGS,
    BASE_FORMAT,
    BASE_LAST_WRITTEN,
    BASE_MAJOR,
    BASE_MINOR,
    BASE_PRIMARY_NUMBER,
    BASE_ROOT,
    BASE_SECONDARY_NUMBER,
    BASE_SIGNATURE,
    BASE_SIZE,
    BASE_TYPE,
    MINOR_NEWEST,
    MINOR_OLDEST,
    SECTOR,
)
from anyreg.regf.reads import u32, u64


class BaseBlock:
    """A base block's fields; bytes that have no field here are kept in `raw`.

    Attributes:
        raw: The bytes it was parsed from, 512 (log) or 4096 (primary) of them.
        primary_number: Raised when a change begins.
        secondary_number: Made equal when the change is complete: different means dirty.
        last_written: FILETIME; no longer updated by Windows 8.1 and later.
        major: Always 1.
        minor: Format version, 2 to 6.
        type: 0 primary file, 1 or 2 old log, 6 new log.
        format: Always 1.
        root: Cell offset of the root key.
        bins_size: Bytes of all bins.
        cluster: Clustering factor, always 1.
        file_name: A hint: the end of the path the hive had.
        flags: 1: a kernel transaction is pending; 2: defragmented, or layered.
        checksum: As stored; `checksum_holds` tells whether it is right.
    """

    def __init__(self, raw: bytes) -> None:
        """Parse a base block.

        Args:
            raw: Its bytes, at least the first 512.

        Raises:
            NotHiveError: Too short, or the signature is missing.
        """
        if len(raw) < SECTOR or raw[:4] != BASE_SIGNATURE:
            raise NotHiveError(
                "not a registry hive", offset=0, expected=repr(BASE_SIGNATURE), actual=repr(raw[:4])
            )
        self.raw = raw
        self.primary_number: int = u32(raw, BASE_PRIMARY_NUMBER)
        self.secondary_number: int = u32(raw, BASE_SECONDARY_NUMBER)
        self.last_written: int = u64(raw, BASE_LAST_WRITTEN)
        self.major: int = u32(raw, BASE_MAJOR)
        self.minor: int = u32(raw, BASE_MINOR)
        self.type: int = u32(raw, BASE_TYPE)
        self.format: int = u32(raw, BASE_FORMAT)
        self.root: int = u32(raw, BASE_ROOT)
        self.bins_size: int = u32(raw, BASE_BINS_SIZE)
        self.cluster: int = u32(raw, BASE_CLUSTER)
        self.file_name = _file_name(raw)
        self.flags: int = u32(raw, BASE_FLAGS)
        self.checksum: int = u32(raw, BASE_CHECKSUM)

    @property
    def checksum_holds(self) -> bool:
        """Whether the stored checksum is that of the bytes."""
        return self.checksum == base_checksum(self.raw)

    @property
    def is_settled(self) -> bool:
        """Whether the checksum holds and both numbers are equal: nothing needs replay."""
        return self.checksum_holds and self.primary_number == self.secondary_number

    def require_version(self, path: str) -> None:
        """Refuse a hive whose version this package does not know.

        Raises:
            HiveVersionError: It is not 1.2 to 1.6.
        """
        if self.major != 1 or not MINOR_OLDEST <= self.minor <= MINOR_NEWEST:
            raise HiveVersionError(
                f"hive version {self.major}.{self.minor} is not supported (1.2 to 1.6 are)",
                path=path,
            )

    def build(self) -> bytes:
        """The block's bytes with the fields as they are now and the checksum that fits them.

        Unknown bytes are those of `raw`; so is the length.
        """
        block = bytearray(self.raw)
        fields = (
            (BASE_PRIMARY_NUMBER, self.primary_number),
            (BASE_SECONDARY_NUMBER, self.secondary_number),
            (BASE_MAJOR, self.major),
            (BASE_MINOR, self.minor),
            (BASE_TYPE, self.type),
            (BASE_FORMAT, self.format),
            (BASE_ROOT, self.root),
            (BASE_BINS_SIZE, self.bins_size),
            (BASE_CLUSTER, self.cluster),
            (BASE_FLAGS, self.flags),
        )
        for at, number in fields:
            block[at : at + 4] = number.to_bytes(4, "little")
        block[BASE_LAST_WRITTEN : BASE_LAST_WRITTEN + 8] = self.last_written.to_bytes(8, "little")
        if self.file_name != _file_name(self.raw):
            name = self.file_name.encode("utf-16-le", "surrogatepass")[-BASE_FILE_NAME_SIZE + 2 :]
            block[BASE_FILE_NAME : BASE_FILE_NAME + BASE_FILE_NAME_SIZE] = name.ljust(
                BASE_FILE_NAME_SIZE, b"\0"
            )
        self.checksum = base_checksum(bytes(block))
        block[BASE_CHECKSUM : BASE_CHECKSUM + 4] = self.checksum.to_bytes(4, "little")
        return bytes(block)


def new_base_block(minor: int, root: int, bins_size: int, last_written: int) -> BaseBlock:
    """The base block of a fresh, clean hive (both numbers 1).

    Args:
        minor: Format version, 2 to 6.
        root: Cell offset of the root key.
        bins_size: Bytes of all bins.
        last_written: FILETIME.
    """
    block = BaseBlock(BASE_SIGNATURE + bytes(BASE_SIZE - len(BASE_SIGNATURE)))
    block.primary_number = block.secondary_number = 1
    block.major = block.format = block.cluster = 1
    block.minor = minor
    block.root = root
    block.bins_size = bins_size
    block.last_written = last_written
    return block


def _file_name(raw: bytes) -> str:
    """The name hint up to its first NUL."""
    field = raw[BASE_FILE_NAME : BASE_FILE_NAME + BASE_FILE_NAME_SIZE]
    return field.decode("utf-16-le", "surrogatepass").partition("\0")[0]
