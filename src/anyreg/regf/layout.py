"""Every offset, size, flag and limit of the hive format, in one table.

Offsets are bytes from the start of the record; the records of a cell start behind the cell's
4-byte size.  Numbers are little-endian.  A "cell offset" counts from the first bin, which stands
at BINS_START of the file.

Source: the public specification of the format (msuhanov/regf), Microsoft's documentation of the
registry's limits, and measurements on real hives.
"""

from __future__ import annotations

from typing import Final

SECTOR: Final = 512
PAGE: Final = 4096
NONE: Final = 0xFFFFFFFF  # a cell offset that points nowhere

# Base block
BASE_SIZE: Final = 4096
BASE_SIGNATURE: Final = b"regf"
BASE_PRIMARY_NUMBER: Final = 4
BASE_SECONDARY_NUMBER: Final = 8
BASE_LAST_WRITTEN: Final = 12
BASE_MAJOR: Final = 20
BASE_MINOR: Final = 24
BASE_TYPE: Final = 28
BASE_FORMAT: Final = 32
BASE_ROOT: Final = 36
BASE_BINS_SIZE: Final = 40
BASE_CLUSTER: Final = 44
BASE_FILE_NAME: Final = 48
BASE_FILE_NAME_SIZE: Final = 64
BASE_FLAGS: Final = 144
BASE_CHECKSUM: Final = 508

TYPE_PRIMARY: Final = 0
TYPE_OLD_LOG: Final = 1
TYPE_NT_LOG: Final = 2
TYPE_NEW_LOG: Final = 6

FLAG_KTM_LOCKED: Final = 1
MINOR_OLDEST: Final = 2
MINOR_FAST_LEAF: Final = 3  # the first minor version with lf
MINOR_BIG_DATA: Final = 4  # the first minor version with db records
MINOR_HASH_LEAF: Final = 5  # the first with lh
MINOR_NEWEST: Final = 6

# Bins and cells
BINS_START: Final = 4096
BIN_SIGNATURE: Final = b"hbin"
BIN_OFFSET: Final = 4
BIN_SIZE: Final = 8
BIN_TIME: Final = 20
BIN_HEADER: Final = 32
CELL_HEADER: Final = 4
CELL_ALIGN: Final = 8

# nk, key node
NK: Final = 0x6B6E
NK_FLAGS: Final = 2
NK_LAST_WRITTEN: Final = 4
NK_ACCESS_BITS: Final = 12
NK_PARENT: Final = 16
NK_SUBKEYS: Final = 20
NK_VOLATILE_SUBKEYS: Final = 24
NK_SUBKEY_LIST: Final = 28
NK_VOLATILE_LIST: Final = 32
NK_VALUES: Final = 36
NK_VALUE_LIST: Final = 40
NK_SECURITY: Final = 44
NK_CLASS: Final = 48
NK_MAX_SUBKEY_NAME: Final = 52
NK_MAX_CLASS: Final = 56
NK_MAX_VALUE_NAME: Final = 60
NK_MAX_VALUE_DATA: Final = 64
NK_WORK: Final = 68
NK_NAME_SIZE: Final = 72
NK_CLASS_SIZE: Final = 74
NK_NAME: Final = 76

KEY_VOLATILE: Final = 0x01
KEY_MOUNT_POINT: Final = 0x02
KEY_ROOT: Final = 0x04
KEY_NO_DELETE: Final = 0x08
KEY_LINK: Final = 0x10
KEY_COMPRESSED: Final = 0x20
KEY_PREDEFINED: Final = 0x40

# vk, key value
VK: Final = 0x6B76
VK_NAME_SIZE: Final = 2
VK_DATA_SIZE: Final = 4
VK_DATA: Final = 8
VK_TYPE: Final = 12
VK_FLAGS: Final = 16
VK_SPARE: Final = 18
VK_NAME: Final = 20
DATA_INLINE: Final = 0x80000000  # bit of the size: the data stands in the record
DATA_INLINE_MOST: Final = 4
VALUE_COMPRESSED: Final = 1

# Subkey lists
LI: Final = 0x696C
LF: Final = 0x666C
LH: Final = 0x686C
RI: Final = 0x6972
LIST_COUNT: Final = 2
LIST_ENTRIES: Final = 4

# sk, security descriptor
SK: Final = 0x6B73
SK_NEXT: Final = 4
SK_PREVIOUS: Final = 8
SK_REFERENCES: Final = 12
SK_SIZE: Final = 16
SK_DESCRIPTOR: Final = 20

# db, big data
DB: Final = 0x6264
DB_COUNT: Final = 2
DB_LIST: Final = 4
DB_RECORD: Final = 8
SEGMENT: Final = 16344  # data bytes that one segment carries

# New logs
ENTRY_SIGNATURE: Final = b"HvLE"
ENTRY_SIZE: Final = 4
ENTRY_FLAGS: Final = 8
ENTRY_NUMBER: Final = 12
ENTRY_BINS_SIZE: Final = 16
ENTRY_PAGES: Final = 20
ENTRY_HASH_1: Final = 24
ENTRY_HASH_2: Final = 32
ENTRY_HEADER: Final = 40
PAGE_REFERENCE: Final = 8
LOG_ENTRIES: Final = 512

# Old logs
DIRT_SIGNATURE: Final = b"DIRT"
DIRT_AT: Final = 512
DIRT_BITMAP: Final = 516

# Limits
MAX_LEAF: Final = 1012
MAX_FAST_LEAF: Final = 506  # an lf that would hold more becomes an li
MAX_KEY_NAME: Final = 256  # UTF-16 units
MAX_VALUE_NAME: Final = 16383
MAX_DEPTH: Final = 512
MAX_BINS_SIZE: Final = 0x7FFFE000
