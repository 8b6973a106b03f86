"""Attacks that are no matter of chance: what never ends, what claims to be huge, what is secret."""

from __future__ import annotations

import logging
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from anyreg.backends.remote.file_service import FileService
from anyreg.backends.remote.hives import RemoteRegistry
from anyreg.backends.remote.login import Login
from anyreg.backends.remote.opening import open_remote
from anyreg.errors import AccessDeniedError, OutcomeUnknownError, RemoteError, RemoteProtocolError
from anyreg.rpc.pdus import FIRST, ResponsePdu
from anyreg.values import Value
from remote.malice import PENDING, waited
from remote.smb_server import (
    CREATE,
    HOST,
    IOCTL,
    NEGOTIATE,
    READ,
    SESSION,
    TREE,
    Malice,
    Outgoing,
    SmbServer,
    serving,
)
from remote.smbd import PASSWORD as SAMBAS
from remote.smbd import PATH, Smbd, UnavailableError
from remote.smbd import server as samba
from remote.test_malicious_server import LOGIN, PASSWORD, SLACK, USER, converse, highest, over

LIMIT = 1.0
LOGGING_ON = (NEGOTIATE, SESSION, TREE, CREATE)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmbServer]:
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    with serving(tmp_path, monkeypatch, PASSWORD) as made:
        yield made


def opened(server: SmbServer, login: Login = LOGIN, limit: float = SLACK) -> RemoteRegistry:
    """Its registry."""
    return open_remote(HOST, login, server.port, connect_timeout=limit, timeout=limit)


def hurry(world: RemoteRegistry) -> None:
    """From here on no call may take longer than so; those before could take their time."""
    world.calls.channel._service.limit = LIMIT


class At(Malice):
    """Does something where a command is answered for the n-th time."""

    def __init__(self, command: int, after: int = 0) -> None:
        super().__init__()
        self.command = command
        self.left = after

    def is_here(self, command: int) -> bool:
        """Whether it is that command, and the time has come."""
        if command != self.command:
            return False
        self.left -= 1
        return self.left < 0


class Huge(At):
    """Says that 4 GiB come, and sends a part of them."""

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """Other lengths."""
        return [b"\xff\xff\xff\xff" + data[4:]] if self.is_here(command) else [data]


class Silent(At):
    """Answers no more."""

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """Nothing."""
        return [] if self.is_here(command) else [data]


class Soon(At):
    """Says for ever that an answer will come."""

    def smb(self, message: Outgoing) -> list[bytes]:
        """Many such messages, until the client is gone."""
        data = message.data
        if not self.is_here(message.command):
            return [data]
        end = time.monotonic() + 10 * LIMIT
        sent = data[:8] + struct.pack("<I", PENDING) + data[12:]
        while time.monotonic() < end and self.send is not None:
            time.sleep(0.2)
            self.send(sent)
        return []


class Links(At):
    """Says that what is opened is a link, whatever it is."""

    def smb(self, message: Outgoing) -> list[bytes]:
        """STATUS_STOPPED_ON_SYMLINK."""
        if not self.is_here(message.command):
            return [message.data]
        link = struct.pack("<IIHHHHHHI", 0, 0xA000000C, 20, 0, 0, 8, 8, 8, 1)
        link += "aaaa".encode("utf-16-le") * 2
        body = struct.pack("<II", 4 + len(link), 0x4C4D5953) + link
        head = message.data[:8] + struct.pack("<I", 0x8000002D) + message.data[12:64]
        return [head + struct.pack("<HBBI", 9, 0, 0, len(body)) + body]


STEPS: list[tuple[type[At], int]]
STEPS = [(attack, command) for attack in (Huge, Links) for command in (*LOGGING_ON, IOCTL)]
STEPS += [(Silent, SESSION), (Soon, NEGOTIATE), (Soon, CREATE)]
SLOW: list[tuple[type[At], int]]
SLOW = [(attack, command) for attack in (Silent, Soon) for command in (*LOGGING_ON, IOCTL)]


@pytest.mark.parametrize(
    ("attack", "command"),
    [*STEPS, *[pytest.param(*one, marks=pytest.mark.long) for one in SLOW if one not in STEPS]],
)
def test_each_step_has_its_limit(server: SmbServer, attack: type[At], command: int) -> None:
    """In time and in memory."""
    assert converse(server, SLACK) == ""
    server.malice = attack(command, 1 if command in (SESSION, IOCTL) else 0)
    before, began = highest(), time.monotonic()
    with pytest.raises((RemoteError, AccessDeniedError)) as caught:
        ask_about_user(opened(server, limit=LIMIT))
    assert time.monotonic() - began < 2 * LIMIT + SLACK
    assert highest() - before < 100 << 20
    assert PASSWORD not in repr(caught.value)
    assert attack not in {Silent, Soon} or "no answer within 1 seconds" in str(caught.value)
    server.malice = Malice()
    assert waited(20, lambda: over(server))


def ask_about_user(world: RemoteRegistry) -> None:
    """One call."""
    try:
        world.info(world.predefined(USER))
    finally:
        world.close()


@pytest.mark.parametrize("attack", [Silent, Soon])
def test_a_call_without_an_answer_is_given_up(server: SmbServer, attack: type[At]) -> None:
    """For what is written that means: nobody knows."""
    for is_write in (False, True):
        world = opened(server)
        node = world.create(world.predefined(USER), ["Software", "Silence"])[0]
        world.values(node)
        hurry(world)
        server.malice = attack(IOCTL)
        began = time.monotonic()
        if is_write:
            with pytest.raises(OutcomeUnknownError):
                world.write(node, [Value("v", 1, b"")])
        else:
            with pytest.raises(RemoteError):
                world.read(node, "v")
        assert time.monotonic() - began < LIMIT + SLACK
        server.malice = Malice()
        world.close()
    assert waited(20, lambda: over(server))


class Endless(Malice):
    """An answer of fragments of which none is the last."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def pdus(self, messages: list[bytes]) -> list[bytes]:
        """So many of them that they are too many for any argument."""
        call_id = struct.unpack_from("<I", messages[0], 12)[0]
        stub = bytes(self.size)
        first = ResponsePdu(call_id, FIRST, 0, stub).encode()
        rest = ResponsePdu(call_id, 0, 0, stub).encode() * (0xFF00 // (len(stub) + 24))
        return [first, *[rest] * (0x500_0000 // len(rest))]


def test_an_answer_without_an_end_is_too_long(server: SmbServer) -> None:
    """The limit of the largest argument is that of memory."""
    world = opened(server)
    node = world.predefined(USER)
    world.info(node)
    before = highest()
    server.malice = Endless(5800)
    with pytest.raises(RemoteProtocolError, match="too long"):
        world.info(node)
    assert highest() - before < 400 << 20  # 64 MiB here, and all that the server keeps to send
    server.malice = Malice()
    world.close()


class Crumbs(Malice):
    """An answer in pieces of one byte, of which each takes its time."""

    def pdus(self, messages: list[bytes]) -> list[bytes]:
        """Every byte on its own."""
        whole = b"".join(messages)
        return [whole[at : at + 1] for at in range(len(whole))]

    def before(self, command: int) -> None:
        """Wait less than a call may take."""
        if command == READ:
            time.sleep(LIMIT / 3)


def test_an_answer_in_crumbs_is_too_slow(server: SmbServer) -> None:
    """Though none of them takes longer than it may."""
    world = opened(server)
    node = world.predefined(USER)
    world.info(node)
    hurry(world)
    server.malice = Crumbs()
    began = time.monotonic()
    with pytest.raises(RemoteError, match="too slowly"):
        world.info(node)
    assert time.monotonic() - began < 2 * LIMIT + SLACK
    server.malice = Malice()
    world.close()


class Over(At):
    """Ends behind an answer."""

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """The last one."""
        self.is_over = self.is_here(command)
        return [data]


@pytest.mark.parametrize("command", [*LOGGING_ON, IOCTL])
def test_a_connection_that_ends_between_two_steps_is_noticed(
    server: SmbServer, command: int
) -> None:
    """At once as a rule, and in time if it ends while the next message is on its way."""
    for _ in range(10):
        server.malice = Over(command, 2 if command == IOCTL else 0)
        began = time.monotonic()
        with pytest.raises(RemoteError):
            ask_about_all(opened(server, limit=LIMIT))
        assert time.monotonic() - began < 2 * LIMIT + SLACK
    server.malice = Malice()
    assert waited(20, lambda: over(server))


def ask_about_all(world: RemoteRegistry) -> None:
    """Several calls."""
    try:
        for node in world.subkeys(world.root()):
            world.subkeys(node)
    finally:
        world.close()


class Narrow(At):
    """Takes nothing that is longer than a byte."""

    def smb(self, message: Outgoing) -> list[bytes]:
        """The limits of the negotiation."""
        data = message.data
        if not self.is_here(message.command):
            return [data]
        return [data[: 64 + 28] + struct.pack("<III", 1, 1, 1) + data[64 + 40 :]]


def test_a_server_that_takes_nothing_is_an_error(server: SmbServer) -> None:
    """Of what is written in several messages."""
    server.malice = Narrow(NEGOTIATE)
    world = opened(server)
    node = world.create(world.predefined(USER), ["Software", "Narrow"])[0]
    with pytest.raises(RemoteError, match="greater than the maximum"):
        world.write(node, [Value("long", 3, bytes(20_000))])
    world.close()
    assert waited(20, lambda: over(server))


class Status(At):
    """Answers with a failure."""

    def __init__(self, command: int, status: int) -> None:
        super().__init__(command)
        self.status = status

    def smb(self, message: Outgoing) -> list[bytes]:
        """That, and no more."""
        if not self.is_here(message.command):
            return [message.data]
        head = message.data[:8] + struct.pack("<I", self.status) + message.data[12:64]
        return [head + struct.pack("<HBBIB", 9, 0, 0, 0, 0)]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (0xC000006D, 1326, "password is wrong"),
        (0xC0000071, 1330, "expired"),
        (0xC0000072, 1331, "disabled"),
        (0xC0000193, 1793, "expired"),
        (0xC0000224, 1907, "must be changed"),
        (0xC0000234, 1909, "locked"),
        (0xC000006E, 1327, "otherwise"),
        (0xC000006F, 1328, "at this time"),
        (0xC0000070, 1329, "from this machine"),
        (0xC000015B, 1385, "over the network"),
        (0xC0000022, 5, "does not let"),
    ],
)
def test_who_is_not_let_in_learns_why(
    server: SmbServer, status: int, code: int, words: str
) -> None:
    """With the code that Windows has for it."""
    server.malice = Status(SESSION, status)
    with pytest.raises(AccessDeniedError, match=words) as caught:
        opened(server)
    assert caught.value.winerror == code
    assert waited(20, lambda: over(server))


def test_a_password_that_expired_is_refused_by_samba() -> None:
    """As is the user of an account that is disabled: by a real server."""
    samba()
    smbd = Smbd()
    try:
        found = smbd.start()
    except UnavailableError as error:
        pytest.fail(str(error))
    configuration = ["-s", str(found.configuration)]
    steps = (
        (["net", "sam", *configuration, "set", "pwdmustchangenow", "daemon", "yes"], 1907),
        (["smbpasswd", "-c", str(found.configuration), "-d", "daemon"], 1331),
    )
    try:
        for command, code in steps:
            environment = {"PATH": PATH}
            subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
            with pytest.raises(AccessDeniedError) as caught:
                open_remote(HOST, Login("daemon", SAMBAS, "ntlm"), found.port)
            assert caught.value.winerror == code
    finally:
        smbd.stop()


def test_a_host_that_drops_everything_is_waited_for_so_long() -> None:
    """As behind a firewall that says nothing."""
    pytest.importorskip("smbprotocol", reason="no smbprotocol: anyreg[remote]")
    with ExitStack() as stack, socket.socket() as listening:
        listening.bind((HOST, 0))
        listening.listen(0)
        address = listening.getsockname()
        for _ in range(4):  # those who wait to be accepted: the system drops all others
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        began = time.monotonic()
        with pytest.raises(RemoteError, match="connecting failed"):
            open_remote(HOST, LOGIN, address[1], connect_timeout=LIMIT)
        assert LIMIT / 2 < time.monotonic() - began < LIMIT + SLACK


def test_a_limit_is_not_over_before_its_time(server: SmbServer) -> None:
    """Of the first answer too, for which the library counts whole seconds."""
    server.malice = Silent(NEGOTIATE)
    began = time.monotonic()
    with pytest.raises(RemoteError, match="no answer within 2 seconds"):
        open_remote(HOST, LOGIN, server.port, connect_timeout=2.0)
    assert time.monotonic() - began > 1.9
    server.malice = Malice()
    assert waited(20, lambda: over(server))


def test_the_time_may_be_over_before_answers_are_read(
    server: SmbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that reads them may not have begun when the connection is cut."""

    class LateThread(threading.Thread):
        def start(self) -> None:
            if self.name.startswith("msg_worker"):
                assert cutting.wait(SLACK)
            super().start()

    cutting = threading.Event()
    real = FileService._cut

    def cut(service: FileService, connection: object) -> None:
        try:
            real(service, connection)
        finally:
            cutting.set()

    monkeypatch.setattr(FileService, "_cut", cut)
    monkeypatch.setattr(threading, "Thread", LateThread)
    with pytest.raises(RemoteError, match="connecting failed"):
        open_remote(HOST, LOGIN, server.port, connect_timeout=LIMIT)
    assert waited(20, lambda: over(server))


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, with the traceback."""
        self.text.append(logging.Formatter().format(record))


def shapes(secret: str) -> list[str]:
    """How a password can stand in a log."""
    wide, narrow = secret.encode("utf-16-le"), secret.encode()
    return [secret, wide.hex(), wide.hex(" "), narrow.hex(), narrow.hex(" "), repr(wide)[2:-1]]


def test_no_log_has_a_password(server: SmbServer) -> None:
    """Of anybody's, at the finest level, whether things go well or not."""
    kept = Kept()
    root = logging.getLogger()
    before = root.level
    root.addHandler(kept)
    root.setLevel(logging.DEBUG)
    try:
        assert converse(server, SLACK) == ""
        wrong = Login(LOGIN.user, "an0ther Secret of it", "ntlm")
        with pytest.raises(AccessDeniedError):
            opened(server, wrong)
        for command in (*LOGGING_ON, IOCTL):
            server.malice = Huge(command)
            assert converse(server)
        server.malice = Malice()
    finally:
        root.setLevel(before)
        root.removeHandler(kept)
    text = "\n".join(kept.text)
    assert len(text) > 10_000
    assert "SESSION_SETUP" in text
    for secret in (PASSWORD, wrong.password):
        for shape in shapes(secret):
            assert shape not in text
