"""What other clients read and write of the same registry: net, Samba's Python, impacket.

Each of them with a server that signs, and with one that takes encrypted connections alone; as an
administrator, and as one who may read.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg import Key, Raw, Registry, Value
from anyreg.backends.trees import make
from remote.registries import connected, login
from remote.smbd import ADMINISTRATOR, HOST, ORDINARY, PASSWORD, Server, server

PATH = r"Software\Others"
READER = Path(__file__).with_name("samba_reader.py")
Values = dict[str, tuple[int, bytes]]


@pytest.fixture(params=["default", "required"])
def samba(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server, with a fresh key on it."""
    found = server(request.param)
    _clear(found.port)
    backend = connected(login(), found.port)
    make(backend, backend.root(), rf"HKEY_CURRENT_USER\{PATH}")
    backend.close()
    yield found
    _clear(found.port)


def _clear(port: int) -> None:
    backend = connected(login(), port)
    node = backend.open(backend.root(), ["HKEY_CURRENT_USER", *PATH.split("\\")])
    if node is not None:
        backend.delete(node, True)
    backend.close()


def opened(samba: Server, user: str = ADMINISTRATOR) -> Registry:
    return anyreg.connect(
        HOST,
        user=user,
        password=PASSWORD,
        protocol="ntlm",
        port=samba.port,
        connect_timeout=120,
        mode="r+",
    )


def ours(key: Key) -> Values:
    return {value.name: (value.type, value.raw) for value in key.records()}


def drawn(seed: int) -> list[Value]:
    """Values of each type, of sizes that all clients can enumerate."""
    rnd = random.Random(seed)
    text = "héllo \U0001f511\0".encode("utf-16-le")
    wanted = [
        Value("", 1, text),
        Value("text", 1, text),
        Value("path", 2, "%x%\0".encode("utf-16-le")),
        Value("list", 7, "a\0b\0\0".encode("utf-16-le")),
        Value("number", 4, rnd.randbytes(4)),
        Value("big", 5, rnd.randbytes(4)),
        Value("long", 11, rnd.randbytes(8)),
        Value("odd type", 0x1234, rnd.randbytes(9)),
        Value("nothing", 0, b""),
        Value("héllo wörld", 3, rnd.randbytes(1)),
    ]
    return wanted + [Value(f"bytes {size}", 3, rnd.randbytes(size)) for size in (2, 1023, 9000)]


def written(samba: Server, seed: int) -> Values:
    """Write drawn values, and give them."""
    values = drawn(seed)
    with opened(samba) as registry:
        key = registry.open(rf"HKCU\{PATH}")
        with registry.transaction():
            for value in values:
                key.values[value.name] = Raw(value.type, value.raw)
    return {value.name: (value.type, value.raw) for value in values}


def by_samba(samba: Server, user: str, write: Values | None = None) -> Values:
    """What Samba's Python reads, and writes behind that."""
    lines = [(name, *value[:1], value[1].hex()) for name, value in (write or {}).items()]
    asked = {"host": HOST, "port": samba.port, "user": user, "password": PASSWORD, "path": PATH}
    done = subprocess.run(
        ["/usr/bin/python3", str(READER), str(samba.configuration)],
        input=json.dumps({**asked, "write": lines}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode == 3 and not os.environ.get("ANYREG_EXPECT_SMBD"):
        pytest.skip("no python3-samba")
    assert done.returncode == 0, done.stderr
    return {name: (kind, bytes.fromhex(data)) for name, kind, data in json.loads(done.stdout)}


def by_net(samba: Server, user: str, *words: str) -> str:
    """What `net rpc registry` prints."""
    command = ["net", "-s", str(samba.configuration), "rpc", "registry", *words]
    command += ["-S", HOST, "-I", HOST, "-p", str(samba.port), "-U", f"{user}%{PASSWORD}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


class Impacket:
    """A connection of impacket's."""

    def __init__(self, samba: Server, user: str) -> None:
        transport = pytest.importorskip("impacket.dcerpc.v5.transport")
        self.calls = pytest.importorskip("impacket.dcerpc.v5.rrp")
        found = transport.DCERPCTransportFactory(rf"ncacn_np:{HOST}[\pipe\winreg]")
        found.set_dport(samba.port)
        found.set_credentials(user, PASSWORD, "REGTEST", "", "")
        self.server = found.get_dce_rpc()
        self.server.connect()
        self.server.bind(self.calls.MSRPC_UUID_RRP)
        root = self.calls.hOpenCurrentUser(self.server)["phKey"]
        self.key = self.calls.hBaseRegOpenKey(
            self.server, root, PATH, samDesired=self.calls.MAXIMUM_ALLOWED
        )["phkResult"]

    def values(self, count: int) -> Values:
        """All values of the key."""
        found: Values = {}
        for index in range(count):
            answer = self.calls.hBaseRegEnumValue(self.server, self.key, index, dataLen=10_000)
            name = answer["lpValueNameOut"][:-1]
            data = b"".join(answer["lpData"])[: answer["lpcbLen"]]
            found[name] = (answer["lpType"], data)
        return found

    def write(self, name: str, number: int) -> None:
        """Set a value to a number."""
        self.calls.hBaseRegSetValue(self.server, self.key, name, 4, number)

    def close(self) -> None:
        self.server.disconnect()


USERS = [ADMINISTRATOR, ORDINARY]


@pytest.mark.parametrize("user", USERS)
def test_others_read_what_was_written(samba: Server, user: str) -> None:
    """The same names, types and bytes, and so do we."""
    wanted = written(samba, 1)
    with opened(samba, user) as registry:
        assert ours(registry.open(rf"HKCU\{PATH}")) == wanted
    assert by_samba(samba, user) == wanted
    impacket = Impacket(samba, user)
    assert impacket.values(len(wanted)) == wanted
    impacket.close()


@pytest.mark.parametrize("user", USERS)
def test_the_file_that_samba_exports_is_what_we_export(
    samba: Server, user: str, tmp_path: Path
) -> None:
    """Read into a registry of ours it holds the same keys and values."""
    wanted = written(samba, 2)
    with opened(samba) as registry:
        registry.write(rf"HKCU\{PATH}\below\deeper", "name", "text")
    theirs = tmp_path / "theirs.reg"
    by_net(samba, user, "export", rf"HKCU\{PATH}", str(theirs))
    with opened(samba, user) as registry, anyreg.open("memory:") as copy:
        copy.import_(theirs)
        found = copy.open(rf"HKCU\{PATH}")
        assert ours(found) == wanted
        key = registry.open(rf"HKCU\{PATH}")
        assert list(anyreg.diff(key, found)) == []


def test_we_read_what_others_write(samba: Server) -> None:
    """Types and bytes."""
    theirs = {value.name: (value.type, value.raw) for value in drawn(3) if value.name}
    assert by_samba(samba, ADMINISTRATOR, theirs) == {}
    by_net(samba, ADMINISTRATOR, "createkey", rf"HKCU\{PATH}\by net\below")
    by_net(samba, ADMINISTRATOR, "setvalue", rf"HKCU\{PATH}\by net", "name", "sz", "héllo")
    impacket = Impacket(samba, ADMINISTRATOR)
    impacket.write("by impacket", 7)
    impacket.close()
    theirs["by impacket"] = (4, b"\7\0\0\0")
    with opened(samba, ORDINARY) as registry:
        key = registry.open(rf"HKCU\{PATH}")
        assert ours(key) == theirs
        assert ours(key.open("by net")) == {"name": (1, "héllo\0".encode("utf-16-le"))}
        assert list(key.open("by net").subkeys) == ["below"]


def test_others_see_keys_and_values_go(samba: Server) -> None:
    """Deleted by us, they are gone for others."""
    written(samba, 4)
    with opened(samba) as registry:
        registry.create(rf"HKCU\{PATH}\gone\below")
        assert "gone" in by_net(samba, ORDINARY, "enumerate", rf"HKCU\{PATH}")
        registry.delete(rf"HKCU\{PATH}\gone", recursive=True)
        registry.open(rf"HKCU\{PATH}").values.clear()
    assert by_samba(samba, ORDINARY) == {}
    assert by_net(samba, ORDINARY, "enumerate", rf"HKCU\{PATH}").strip() == ""


def test_a_descriptor_is_what_samba_shows(samba: Server) -> None:
    """Its entries, by its own client."""
    with opened(samba) as registry:
        key = registry.open(rf"HKCU\{PATH}")
        key.grant("S-1-5-21-1-2-3-1000", "read")
    shown = by_net(samba, ADMINISTRATOR, "getsd", rf"HKCU\{PATH}")
    assert "S-1-5-21-1-2-3-1000" in shown
