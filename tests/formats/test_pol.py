"""Registry.pol: the bytes of the format, what they ask for, and Samba's own reader and writer."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

import anyreg
from anyreg import Applied, NotSupportedError, QWord, Raw, RegFileError, Registry
from anyreg.formats import pol
from anyreg.formats.pol import HEADER, PolicyRecord, parse, records, write
from anyreg.interchange.apply import apply
from anyreg.registry.rows import rows_of
from formats.hives import new_registry
from formats.models import Model, opened

DEBIAN_PYTHON = Path("/usr/bin/python3")
WRITER = """
import json, sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack
from samba.dcerpc import misc
file = preg.file()
file.header.signature = "PReg"
file.header.version = 1
entries = []
for key, name, kind, data in json.load(sys.stdin):
    entry = preg.entry()
    entry.keyname, entry.valuename, entry.type, entry.data = key, name, kind, data
    entries.append(entry)
file.num_entries, file.entries = len(entries), entries
sys.stdout.buffer.write(ndr_pack(file))
"""
READER = """
import json, sys
from samba.dcerpc import preg
from samba.ndr import ndr_unpack
file = ndr_unpack(preg.file, sys.stdin.buffer.read())
def plain(data):
    return data.hex() if isinstance(data, bytes) else data
print(json.dumps([[e.keyname, e.valuename, e.type, plain(e.data)] for e in file.entries]))
"""


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def record(key: str, name: str, kind: int = 1, raw: bytes = b"") -> bytes:
    numbers = struct.pack("<I", kind) + wide(";") + struct.pack("<I", len(raw))
    return wide(f"[{key}\0;{name}\0;") + numbers + wide(";") + raw + wide("]")


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A hive with something to delete, which must be sound at the end."""
    with new_registry() as made:
        made.create(r"K\Sub\Deep")
        made.create(r"K\Other")
        made.open("K").set_values({"a": 1, "b": "x", "c;d": 3})
        yield made
        assert made.check() == []


def applied(registry: Registry, *some: bytes, prefix: str = "") -> Applied:
    return apply(registry, parse(BytesIO(HEADER + b"".join(some)), prefix=prefix))


def test_the_example_of_microsoft() -> None:
    """The bytes of [MS-GPREG] 4.1: one value of a policy, header included."""
    key = "Software\\Policies\\Microsoft\\Windows\\System"
    data = bytes.fromhex("50526567 01000000 5b00") + wide(key + "\0")
    data += bytes.fromhex("3b00") + wide("GroupPolicyMinTransferRate\0")
    data += bytes.fromhex("3b00 04000000 3b00 04000000 3b00 00000000 5d00")
    assert list(records(BytesIO(data))) == [
        PolicyRecord(key, "GroupPolicyMinTransferRate", 4, bytes(4), 8)
    ]


def test_values_are_set_and_keys_made(registry: Registry) -> None:
    """Data may hold the signs of the format, and any size."""
    hostile = wide("];[;\0") + b"\xff"
    done = applied(registry, record("N\\M", "v", 3, hostile), record("Empty", "", 0))
    assert registry.open("N\\M").value("v").raw == hostile
    assert registry.open("Empty").info().values == 0
    assert done == Applied(keys_made=3, keys_deleted=0, values_set=1, values_deleted=0)


@pytest.mark.parametrize("size", [0, 1, 65535, 200_001])
def test_data_of_any_size(registry: Registry, size: int) -> None:
    applied(registry, record("K", "big", 3, bytes(size)), record("K", "next", 4, b"\1\0\0\0"))
    assert registry.open("K").value("big").raw == bytes(size)
    assert registry.open("K").get_int("next") == 1


@pytest.mark.parametrize(
    ("asked", "values", "subkeys"),
    [
        (record("K", "**Del.A", 1, wide(" \0")), ["b", "c;d"], ["Other", "Sub"]),
        (record("K", "**del.c;d"), ["a", "b"], ["Other", "Sub"]),
        (record("K", "**DeleteValues", 1, wide("a;B;none\0")), ["c;d"], ["Other", "Sub"]),
        (record("K", "**delvals.", 1, wide(" \0")), [], ["Other", "Sub"]),
        (record("K", "**DelVals", 1), [], ["Other", "Sub"]),
        (record("K", "**DeleteKeys", 1, wide("SUB;none\0")), ["a", "b", "c;d"], ["Other"]),
        (record("K", "**SecureKey", 4, b"\1\0\0\0"), ["a", "b", "c;d"], ["Other", "Sub"]),
        (record("K", "**Comment:x", 1), ["a", "b", "c;d"], ["Other", "Sub"]),
    ],
)
def test_what_special_names_ask_for(
    registry: Registry, asked: bytes, values: list[str], subkeys: list[str]
) -> None:
    applied(registry, asked)
    key = registry.open("K")
    assert (list(key.values), list(key.subkeys)) == (values, subkeys)


def test_soft_values_give_way(registry: Registry) -> None:
    done = applied(
        registry,
        record("K", "**soft.a", 4, b"\7\0\0\0"),
        record("K", "**Soft.new", 4, b"\7\0\0\0"),
        record("K", "**soft.new", 4, b"\1\0\0\0"),
    )
    assert dict(registry.open("K").values) == {"a": 1, "b": "x", "c;d": 3, "new": 7}
    assert done.values_set == 1


def test_what_is_missing_is_neither_made_nor_an_error(registry: Registry) -> None:
    """Deletions below a key that is not there, and then values of one that is."""
    done = applied(
        registry,
        record("None\\X", "**del.a"),
        record("None", "**delvals."),
        record("None", "**DeleteKeys", 1, wide("a;b")),
        record("K", "**delvals."),
        record("K", "a", 4, bytes(4)),
    )
    assert registry.root.subkeys.keys() == {"K"}
    assert dict(registry.open("K").values) == {"a": 0}
    assert done.values_deleted == 3


def test_a_prefix_is_taken_away(registry: Registry) -> None:
    applied(registry, record("Software\\K\\Sub", "x"), prefix="SOFTWARE")
    assert registry.open(r"K\Sub").info().values == 1
    with pytest.raises(RegFileError, match="byte 9: expected a path at or below X, found 'K'"):
        applied(registry, record("K", "x"), prefix="X")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "byte 1: expected b'PReg"),
        (b"PReg\2\0\0\0", "byte 1: expected b'PReg"),
        (HEADER + b"x", "byte 9: expected '[', found the end"),
        (HEADER + b"{\0", "byte 9: expected '[', found 7b,00"),
        (HEADER + wide("[key"), "byte 11: expected a NUL behind the path of a key"),
        (HEADER + wide("[key\0,"), "byte 19: expected ';', found 2c,00"),
        (HEADER + record("k", "v")[:-4], "byte 23: expected type and size, found the end"),
        (HEADER + record("k", "v", 3, b"abc")[:-2], "byte 38: expected ']', found the end"),
        (HEADER + record("k", "v", 3, b"abc")[:-3], "byte 35: expected 3 bytes of data, found"),
        (HEADER + record("k", "v", 3, b"abcd") + b"\0", "expected '[', found the end"),
        (HEADER + record("k" * 300, "v"), "byte 9: "),
    ],
)
def test_what_is_wrong_is_told_with_its_byte(registry: Registry, data: bytes, message: str) -> None:
    with pytest.raises(RegFileError) as caught:
        apply(registry, parse(BytesIO(data)))
    assert message in str(caught.value)
    assert (caught.value.line, caught.value.column > 0) == (0, True)


def test_a_bad_record_undoes_those_before_it(registry: Registry) -> None:
    with pytest.raises(RegFileError):
        applied(registry, record("First", "x"), record("K", "**delvals."), b"[")
    assert registry.root.subkeys.keys() == {"K"}
    assert len(registry.open("K").values) == 3


def test_a_key_as_a_policy() -> None:
    """Keys with values need no record of their own; the root has no name."""
    values = [("v", 4, b"\1\0\0\0"), ("", 1, wide("d\0"))]
    top = Model(keys=[Model("a", values, [Model("b")])])
    assert b"".join(write(rows_of(opened(top).root), "X")) == HEADER + b"".join(
        [
            record("X", "", 0),
            record("X\\a", "v", 4, b"\1\0\0\0"),
            record("X\\a", "", 1, wide("d\0")),
            record("X\\a\\b", "", 0),
        ]
    )
    assert b"".join(write(rows_of(opened(top).root / "a\\b"), "")) == HEADER + record("a\\b", "", 0)


@pytest.mark.parametrize(
    "top",
    [
        Model(values=[("v", 1, b"")]),
        Model(keys=[Model("a\\b")]),
        Model(keys=[Model("a\0b")]),
        Model(keys=[Model("a", [("**Del.x", 1, b"")])]),
        Model(keys=[Model("a", [("n\0", 1, b"")])]),
        Model(keys=[Model("a", [("", 0, b"")])]),
        Model(keys=[Model("a", [("n", 3, bytes(65536))])]),
    ],
)
def test_what_a_policy_cannot_hold(top: Model) -> None:
    with pytest.raises(NotSupportedError):
        list(write(rows_of(opened(top).root), ""))
    left_out: list[NotSupportedError] = []
    data = b"".join(write(rows_of(opened(top).root), "", left_out.append))
    assert len(left_out) == 1
    assert all(not found.name for found in records(BytesIO(data)))


# The files of a registry


def test_a_whole_registry_leaves_its_root_out(tmp_path: Path) -> None:
    file = tmp_path / "Registry.pol"
    with anyreg.open("memory:") as registry:
        registry.write(r"HKLM\SOFTWARE\Policies\Vendor", "Level", 3)
        registry.open(r"HKLM\SOFTWARE\Policies").export(file)
        assert [found.key for found in pol.records(BytesIO(file.read_bytes()))][-1:] == [
            r"SOFTWARE\Policies\Vendor"
        ]
        done = registry.import_(file, path="HKCU")
        assert registry.read(r"HKCU\Software\Policies\Vendor", "Level") == 3
        assert done.values_set == 1
        with pytest.raises(anyreg.AddressError, match="below HKEY_LOCAL_MACHINE"):
            registry.import_(file)
        with pytest.raises(anyreg.AddressError, match="HKEY_LOCAL_MACHINE"):
            registry.root.export(file)


# Samba


def samba(program: str, data: bytes) -> bytes:
    """Run a program of Samba's Python; the test is skipped where there is none."""
    ready = [str(DEBIAN_PYTHON), "-c", "import samba.dcerpc.preg"]
    if (
        not DEBIAN_PYTHON.exists()
        or subprocess.run(ready, capture_output=True, check=False).returncode
    ):
        pytest.skip("no samba.dcerpc.preg: install Debian's package python3-samba")
    command = [str(DEBIAN_PYTHON), "-c", program]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


@pytest.mark.posix("Samba's packages")
def test_samba_reads_ours() -> None:
    with new_registry() as registry:
        registry.create("Software\\Größe").set_values(
            {
                "s": "text ß",
                "d": 7,
                "q": QWord(1 << 40),
                "m": ["a", "b"],
                "b": b"\1\2",
                "r": Raw(2, b"%\0\0\0"),
            }
        )
        data = b"".join(write(rows_of(registry.root), ""))
        found = json.loads(samba(READER, data))
        ours = [[r.key, r.name, r.type] for r in records(BytesIO(data))]
    assert [entry[:3] for entry in found] == ours
    values = {name: data for _, name, _, data in found}
    assert values["s"].rstrip("\0") == "text ß"
    assert (values["d"], values["q"]) == (7, 1 << 40)


@pytest.mark.posix("Samba's packages")
def test_we_read_sambas(registry: Registry) -> None:
    key = "Software\\Policies"
    entries = [
        [key, "text", 1, "some ß text"],
        [key, "number", 4, 42],
        [key, "long", 11, 1 << 33],
        ["K", "**Del.a", 1, " "],
        ["K", "**delvals.", 1, " "],
    ]
    data = samba(WRITER, json.dumps(entries).encode())
    apply(registry, parse(BytesIO(data)))
    assert dict(registry.open(key).values) == {"text": "some ß text", "number": 42, "long": 1 << 33}
    assert not registry.open("K").values
