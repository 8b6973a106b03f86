"""Names of keys and values: how they are compared, ordered, hashed and stored.

The registry compares names by UTF-16 code unit after mapping each unit to upper case with
Windows' own table (RtlUpcaseUnicodeChar).  It differs from str.upper() and str.lower(): the map
is always one unit to one unit, knows only part of Unicode, and leaves surrogates alone, so
characters outside the basic plane have no case.  Names may hold lone surrogates: they are kept.

A name whose units are all below 0x100 is stored as Latin-1 ("compressed"), any other as UTF-16.

Source: the table is Windows' upper-case table, 973 units, as measured on 158,029 real keys; the
hash and the hint of the subkey lists are those of the hive format (msuhanov/regf).
"""

from __future__ import annotations

import re
from typing import Final

from mypy_extensions import i64

# Runs of units that have an upper-case form: first, last, distance to it, step.
_RUNS: Final = (
    (97, 122, -32, 1),
    (224, 246, -32, 1),
    (248, 254, -32, 1),
    (255, 255, 121, 1),
    (257, 303, -1, 2),
    (307, 311, -1, 2),
    (314, 328, -1, 2),
    (331, 375, -1, 2),
    (378, 382, -1, 2),
    (384, 384, 195, 1),
    (387, 389, -1, 2),
    (392, 392, -1, 1),
    (396, 396, -1, 1),
    (402, 402, -1, 1),
    (405, 405, 97, 1),
    (409, 409, -1, 1),
    (410, 410, 163, 1),
    (414, 414, 130, 1),
    (417, 421, -1, 2),
    (424, 424, -1, 1),
    (429, 429, -1, 1),
    (432, 432, -1, 1),
    (436, 438, -1, 2),
    (441, 441, -1, 1),
    (445, 445, -1, 1),
    (447, 447, 56, 1),
    (454, 454, -2, 1),
    (457, 457, -2, 1),
    (460, 460, -2, 1),
    (462, 476, -1, 2),
    (477, 477, -79, 1),
    (479, 495, -1, 2),
    (499, 499, -2, 1),
    (501, 501, -1, 1),
    (505, 543, -1, 2),
    (547, 563, -1, 2),
    (572, 572, -1, 1),
    (578, 578, -1, 1),
    (583, 591, -1, 2),
    (592, 592, 10783, 1),
    (593, 593, 10780, 1),
    (595, 595, -210, 1),
    (596, 596, -206, 1),
    (598, 599, -205, 1),
    (601, 601, -202, 1),
    (603, 603, -203, 1),
    (608, 608, -205, 1),
    (611, 611, -207, 1),
    (616, 616, -209, 1),
    (617, 617, -211, 1),
    (619, 619, 10743, 1),
    (623, 623, -211, 1),
    (625, 625, 10749, 1),
    (626, 626, -213, 1),
    (629, 629, -214, 1),
    (637, 637, 10727, 1),
    (640, 640, -218, 1),
    (643, 643, -218, 1),
    (648, 648, -218, 1),
    (649, 649, -69, 1),
    (650, 651, -217, 1),
    (652, 652, -71, 1),
    (658, 658, -219, 1),
    (881, 883, -1, 2),
    (887, 887, -1, 1),
    (891, 893, 130, 1),
    (940, 940, -38, 1),
    (941, 943, -37, 1),
    (945, 961, -32, 1),
    (963, 971, -32, 1),
    (972, 972, -64, 1),
    (973, 974, -63, 1),
    (983, 983, -8, 1),
    (985, 1007, -1, 2),
    (1010, 1010, 7, 1),
    (1016, 1016, -1, 1),
    (1019, 1019, -1, 1),
    (1072, 1103, -32, 1),
    (1104, 1119, -80, 1),
    (1121, 1153, -1, 2),
    (1163, 1215, -1, 2),
    (1218, 1230, -1, 2),
    (1231, 1231, -15, 1),
    (1233, 1315, -1, 2),
    (1377, 1414, -48, 1),
    (7545, 7545, 35332, 1),
    (7549, 7549, 3814, 1),
    (7681, 7829, -1, 2),
    (7841, 7935, -1, 2),
    (7936, 7943, 8, 1),
    (7952, 7957, 8, 1),
    (7968, 7975, 8, 1),
    (7984, 7991, 8, 1),
    (8000, 8005, 8, 1),
    (8017, 8023, 8, 2),
    (8032, 8039, 8, 1),
    (8048, 8049, 74, 1),
    (8050, 8053, 86, 1),
    (8054, 8055, 100, 1),
    (8056, 8057, 128, 1),
    (8058, 8059, 112, 1),
    (8060, 8061, 126, 1),
    (8064, 8071, 8, 1),
    (8080, 8087, 8, 1),
    (8096, 8103, 8, 1),
    (8112, 8113, 8, 1),
    (8115, 8115, 9, 1),
    (8131, 8131, 9, 1),
    (8144, 8145, 8, 1),
    (8160, 8161, 8, 1),
    (8165, 8165, 7, 1),
    (8179, 8179, 9, 1),
    (8526, 8526, -28, 1),
    (8560, 8575, -16, 1),
    (8580, 8580, -1, 1),
    (9424, 9449, -26, 1),
    (11312, 11358, -48, 1),
    (11361, 11361, -1, 1),
    (11365, 11365, -10795, 1),
    (11366, 11366, -10792, 1),
    (11368, 11372, -1, 2),
    (11379, 11379, -1, 1),
    (11382, 11382, -1, 1),
    (11393, 11491, -1, 2),
    (11520, 11557, -7264, 1),
    (42561, 42591, -1, 2),
    (42595, 42605, -1, 2),
    (42625, 42647, -1, 2),
    (42787, 42799, -1, 2),
    (42803, 42863, -1, 2),
    (42874, 42876, -1, 2),
    (42879, 42887, -1, 2),
    (42892, 42892, -1, 1),
    (65345, 65370, -32, 1),
)

_PAIR: Final = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")  # of surrogates
_UPCASE: Final[dict[int, int]] = {
    unit: unit + delta
    for first, last, delta, step in _RUNS
    for unit in range(first, last + 1, step)
}


def fold(name: str) -> str:
    """The name in Windows' upper case: two names are the same if and only if this is equal.

    >>> fold("Straße"), fold("ÿ")
    ('STRAßE', 'Ÿ')
    """
    if name.isascii():
        return name.upper()
    folded = name.translate(_UPCASE)
    if _PAIR.search(folded) is not None:  # one character in UTF-16, and two in a str that was cut
        folded = folded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return folded


def order_key(name: str) -> bytes:
    """Bytes that sort as the registry sorts names: by upper-case UTF-16 unit."""
    return fold(name).encode("utf-16-be", "surrogatepass")


def is_before(folded: str, other: str) -> bool:
    """Whether one folded name stands before another in the registry's order."""
    if folded.isascii() and other.isascii():
        return folded < other
    return order_key(folded) < order_key(other)


def units(name: str) -> int:
    """The length of a name in UTF-16 code units, the measure of the registry's limits."""
    if name.isascii():
        return len(name)
    return len(name.encode("utf-16-le", "surrogatepass")) // 2


def encode_name(name: str) -> tuple[bytes, bool]:
    """The stored bytes of a name, and whether they are compressed (Latin-1)."""
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return name.encode("utf-16-le", "surrogatepass"), False


def decode_name(stored: bytes, compressed: bool) -> str:
    """The name that these bytes of a hive stand for; an odd last byte of UTF-16 is left out."""
    if compressed:
        return stored.decode("latin-1")
    return decode_utf16(stored)


def decode_utf16(stored: bytes) -> str:
    """UTF-16 text of a hive, lone surrogates kept; an odd last byte is left out."""
    if len(stored) & 1:
        stored = stored[:-1]
    return stored.decode("utf-16-le", "surrogatepass")


def lh_hash(name: str) -> int:
    """The hash of a name in an lh subkey list: H = 37 * H + upper-case unit, modulo 2**32."""
    return folded_hash(fold(name))


def folded_hash(folded: str) -> int:
    """As lh_hash(), of a name that is folded already."""
    result: i64 = 0
    if folded.isascii():
        for byte in folded.encode("ascii"):
            result = (result * 37 + byte) & 0xFFFFFFFF
        return result
    stored = folded.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(stored), 2):
        unit: i64 = stored[at] | stored[at + 1] << 8
        result = (result * 37 + unit) & 0xFFFFFFFF
    return result


def lf_hint(name: str) -> bytes:
    """The hint of a name in an lf subkey list: its first four characters, in their own case.

    All zero where one of the four does not fit a byte.
    """
    try:
        return name[:4].encode("latin-1").ljust(4, b"\0")
    except UnicodeEncodeError:
        return b"\0\0\0\0"
