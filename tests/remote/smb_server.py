"""A file service with two pipes, all of whose bytes the tests make: what a server may send.

It speaks version 2.1 of SMB as far as a client of a pipe needs it, signs as it should, and lets a
user in by NTLM; or version 3.0.2, and encrypts.

What a registry answers is made by `Methods`, what knows the names of accounts by `AccountMethods`,
so that a client has a whole conversation; each message that goes out can be changed before it is
signed or encrypted, and once more behind that, and be held back, doubled or dropped.

NTLM_USER_FILE must name a file with the user's line while a client logs on.

Source: MS-SMB2 2.2, 3.1.4.2 and 3.1.4.3; the order of messages is that of smbprotocol as a client.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from anyreg.backends.memory_registry import open_memory
from anyreg.errors import RemoteError
from anyreg.rpc.account_calls import LSARPC
from anyreg.rpc.pdus import Syntax
from anyreg.rpc.server_side import IncomingCall, ServerSide
from anyreg.rpc.stubs import WINREG
from remote.account_methods import AccountMethods
from remote.pipe_server import Answering, answered, received
from remote.registry_methods import Methods

spnego: Any = pytest.importorskip("spnego", reason="no pyspnego: anyreg[remote]")

HOST = "127.0.0.1"
NEGOTIATE, SESSION, LOGOFF, TREE, UNTREE, CREATE, CLOSE = range(7)
READ, WRITE, IOCTL, ECHO = 8, 9, 11, 13
MORE_PROCESSING = 0xC0000016
OVERFLOW = 0x80000005
LOGON_FAILURE = 0xC000006D
NOT_SUPPORTED = 0xC00000BB
PENDING = 0x00000103
TRANSCEIVE = 0x0011C017
DIALECT = 0x0210
ENCRYPTING_DIALECT = 0x0302
ENCRYPTS = 0x40  # SMB2_GLOBAL_CAP_ENCRYPTION
VALIDATE_NEGOTIATE = 0x00140204
LEASING = 4
SERVER_ID = bytes(16)
TAG = 16  # bytes that prove an encrypted message
NONCE = 11  # bytes of it that AES-CCM takes
SEAL = struct.Struct("<4s16s16sIHHQ")  # MS-SMB2 2.2.41
LONGEST = 0x1_0000
SIGNED, ANSWER, ASYNC = 8, 1, 2
SESSION_ID, TREE_ID = 0x77, 5


class Outgoing(NamedTuple):
    """A message on its way out.

    Attributes:
        command: What it answers: NEGOTIATE and so on.
        data: Its bytes behind the four that say how many there are, without a signature.
    """

    command: int
    data: bytes


class Malice:
    """What is done to messages; this does nothing.

    It is asked from the threads of the server.

    Attributes:
        is_over: Whether the connection ends behind what was sent.
        send: Sends a message to the client that was heard last, signed.
    """

    def __init__(self) -> None:
        self.is_over = False
        self.send: Callable[[bytes], None] | None = None

    def results(self, stub: bytes) -> bytes:
        """Other results of a call."""
        return stub

    def pdus(self, messages: list[bytes]) -> list[bytes]:
        """Other messages of an answer, or to a bind."""
        return messages

    def smb(self, message: Outgoing) -> list[bytes]:
        """Other messages of the file service, before they are signed."""
        return [message.data]

    def raw(self, command: int, data: bytes) -> list[bytes]:
        """Other bytes on the wire, lengths included."""
        return [data]

    def before(self, command: int) -> None:
        """Something to do, or to wait for, before a command is answered."""


class SmbServer:
    """The server: it listens until stop().

    Attributes:
        port: Where on HOST.
        malice: What is done to what goes out.
    """

    def __init__(self, serve: Callable[[], Methods], encrypts: bool = False) -> None:
        """Listen.

        Args:
            serve: Gives the methods of a client.
            encrypts: Whether messages are encrypted, and not signed.
        """
        self.malice = Malice()
        self._kind = EncryptedConversation if encrypts else Conversation
        self._serve = serve
        self._lock = threading.RLock()
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self._peers: set[socket.socket] = set()
        self._threads: set[Thread] = set()
        self._start(self._accept)

    @property
    def connections(self) -> int:
        """How many clients there are."""
        return len(self._peers)

    def stop(self) -> None:
        """End all connections, and listen no more."""
        for one in [self._listening, *self._peers]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in list(self._threads):
            thread.join(10)

    def _start(self, work: Callable[[], None]) -> None:
        def run() -> None:
            try:
                work()
            finally:
                self._threads.discard(thread)

        thread = Thread(target=run, name="smb-server", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peers.add(peer)
            self._start(lambda peer=peer: self._talk(peer))  # type: ignore[misc]

    def _talk(self, peer: socket.socket) -> None:
        conversation = self._kind(peer, lambda: self.malice, self._serve, self._lock)
        try:
            conversation.run()
        except (
            OSError,
            EOFError,
            LookupError,
            RemoteError,
            struct.error,
            spnego.exceptions.SpnegoError,
        ):
            pass  # the client is gone, or does not like what it got
        finally:
            conversation.end()
            self._peers.discard(peer)
            peer.close()


@contextlib.contextmanager
def serving(
    folder: Path, monkeypatch: pytest.MonkeyPatch, password: str, encrypts: bool = False
) -> Iterator[SmbServer]:
    """A server with a registry in memory, whose user NTLM_USER_FILE names for the block.

    Args:
        folder: For files.
        monkeypatch: Sets the environment.
        password: The user's.
        encrypts: As for SmbServer.
    """
    users = folder / "users"
    users.write_text(f"REGTEST:somebody:{password}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    registry = open_memory()
    made = SmbServer(lambda: Methods(registry, folder), encrypts)
    yield made
    made.malice = Malice()
    made.stop()
    registry.close()


class Conversation:
    """One client.

    Attributes:
        DIALECT: The version that is spoken.
        CAPABILITIES: What is offered.
    """

    DIALECT = DIALECT
    CAPABILITIES = LEASING

    def __init__(
        self,
        peer: socket.socket,
        malice: Callable[[], Malice],
        serve: Callable[[], Methods],
        lock: threading.RLock,
    ) -> None:
        self._peer = peer
        self._asked = malice
        self._methods = serve()
        self._lock = lock
        self._context: Any = None
        self._key = b""
        self._pipes: dict[bytes, tuple[ServerSide, Syntax, list[bytes]]] = {}
        self._offered: dict[Syntax, Answering] = {WINREG: self._methods, LSARPC: AccountMethods()}
        self._answers: dict[int, Callable[[bytes], tuple[int, bytes]]] = {
            NEGOTIATE: self._negotiate,
            SESSION: self._session,
            LOGOFF: lambda body: (0, struct.pack("<HH", 4, 0)),
            TREE: lambda body: (0, struct.pack("<HBBIII", 16, 2, 0, 0, 0, 0x1F01FF)),
            UNTREE: lambda body: (0, struct.pack("<HH", 4, 0)),
            CREATE: self._create,
            CLOSE: self._close,
            READ: self._read,
            WRITE: self._write,
            IOCTL: self._ioctl,
            ECHO: lambda body: (0, struct.pack("<HH", 4, 0)),
        }

    @property
    def _malice(self) -> Malice:
        return self._asked()

    def run(self) -> None:
        """Answer until the client ends."""
        while True:
            (length,) = struct.unpack(">I", received(self._peer, 4))
            message = self._opened(received(self._peer, length))
            while message:
                following = struct.unpack_from("<I", message, 20)[0]
                one, message = message[: following or None], message[following:]
                self._answer(one)
                if not following:
                    break

    def end(self) -> None:
        """Forget the client."""
        with self._lock:
            self._methods.close()

    def _answer(self, message: bytes) -> None:
        command, number = struct.unpack_from("<12xH10xQ", message)
        self._malice.send = self._send
        self._malice.before(command)
        do = self._answers.get(command)
        status, body = (
            do(message[64:]) if do else (NOT_SUPPORTED, struct.pack("<HBBIB", 9, 0, 0, 0, 0))
        )
        if status and not body:
            body = struct.pack("<HBBIB", 9, 0, 0, 0, 0)
        for data in self._malice.smb(Outgoing(command, header(command, number, status) + body)):
            made = data
            if command not in (NEGOTIATE, SESSION):
                made = self._sealed(data)
            elif not status:
                made = self._signed(data)
            for raw in self._malice.raw(command, struct.pack(">I", len(made)) + made):
                self._peer.sendall(raw)
        if self._malice.is_over:
            raise EOFError

    def _send(self, data: bytes) -> None:
        sealed = self._sealed(data)
        self._peer.sendall(struct.pack(">I", len(sealed)) + sealed)

    def _signed(self, data: bytes) -> bytes:
        if not self._key or len(data) < 64:
            return data
        flags = struct.unpack_from("<I", data, 16)[0] | SIGNED
        plain = data[:16] + struct.pack("<I", flags) + data[20:48] + bytes(16) + data[64:]
        return plain[:48] + self._signature(plain) + plain[64:]

    def _signature(self, plain: bytes) -> bytes:
        return hmac.new(self._key, plain, hashlib.sha256).digest()[:16]

    def _sealed(self, data: bytes) -> bytes:
        """A message as it goes to a client that is logged on."""
        return self._signed(data)

    def _opened(self, data: bytes) -> bytes:
        """A message as it was before a client that is logged on has sealed it."""
        return data

    # Commands

    def _negotiate(self, body: bytes) -> tuple[int, bytes]:
        now = int(time.time() * 10**7) + 116444736000000000
        head = struct.pack("<HHHH", 65, 3, self.DIALECT, 0) + SERVER_ID
        head += struct.pack("<IIIIQQ", self.CAPABILITIES, LONGEST, LONGEST, LONGEST, now, 0)
        return 0, head + struct.pack("<HHI", 128, 0, 0)

    def _session(self, body: bytes) -> tuple[int, bytes]:
        at, size = struct.unpack_from("<HH", body, 12)
        if self._context is None:
            self._context = spnego.server(
                protocol="ntlm", options=spnego.NegotiateOptions.session_key
            )
        try:
            token = self._context.step(body[at - 64 : at - 64 + size]) or b""
        except spnego.exceptions.SpnegoError:
            return LOGON_FAILURE, b""
        status = 0 if self._context.complete else MORE_PROCESSING
        if not status:
            self._key = self._context.session_key[:16].ljust(16, b"\0")
        return status, struct.pack("<HHHH", 9, 0, 72, len(token)) + token

    def _create(self, body: bytes) -> tuple[int, bytes]:
        handle = struct.pack("<QQ", len(self._pipes) + 1, 9)
        at, size = struct.unpack_from("<HH", body, 44)
        name = body[at - 64 : at - 64 + size].decode("utf-16-le")
        interface = LSARPC if name == "lsarpc" else WINREG
        side = ServerSide(interface, 0x1234, b"\\PIPE\\" + name.encode() + b"\0")
        self._pipes[handle] = side, interface, []
        facts = (
            struct.pack("<HBBI", 89, 0, 0, 1) + bytes(32) + struct.pack("<QQII", 4096, 0, 0x80, 0)
        )
        return 0, facts + handle + struct.pack("<II", 0, 0)

    def _close(self, body: bytes) -> tuple[int, bytes]:
        self._pipes.pop(body[8:24], None)
        return 0, struct.pack("<HHI", 60, 0, 0) + bytes(52)

    def _write(self, body: bytes) -> tuple[int, bytes]:
        at, size = struct.unpack_from("<HI", body, 2)
        self._take(body[16:32], body[at - 64 : at - 64 + size])
        return 0, struct.pack("<HHIIHH", 17, 0, size, 0, 0, 0)

    def _read(self, body: bytes) -> tuple[int, bytes]:
        waiting = self._pipes[body[16:32]][2]
        data = waiting.pop(0) if waiting else b""
        return 0, struct.pack("<HBBIII", 17, 80, 0, len(data), 0, 0) + data

    def _ioctl(self, body: bytes) -> tuple[int, bytes]:
        code, handle, at, size = struct.unpack_from("<4xI16sII", body)
        if code == VALIDATE_NEGOTIATE:
            data = struct.pack("<I16sHH", self.CAPABILITIES, SERVER_ID, 3, self.DIALECT)
        elif code == TRANSCEIVE:
            self._take(handle, body[at - 64 : at - 64 + size])
            waiting = self._pipes[handle][2]
            data = waiting.pop(0) if waiting else b""
        else:
            return NOT_SUPPORTED, b""
        head = struct.pack("<HHI16sIIIIII", 49, 0, code, handle, 112, 0, 112, len(data), 0, 0)
        return 0, head + data

    def _take(self, handle: bytes, piece: bytes) -> None:
        side, interface, waiting = self._pipes[handle]
        messages, calls = side.receive(piece)
        if messages:
            waiting += self._malice.pdus(messages)
        for call in calls:
            waiting += self._malice.pdus(self._called(side, interface, call))

    def _called(self, side: ServerSide, interface: Syntax, call: IncomingCall) -> list[bytes]:
        stub = answered(self._offered[interface], call, self._lock, interface)
        if isinstance(stub, int):
            return [side.fault(call, stub)]
        return side.answer(call, self._malice.results(stub))


class EncryptedConversation(Conversation):
    """One client, with whom all that follows the logon is encrypted by AES-128-CCM."""

    DIALECT = ENCRYPTING_DIALECT
    CAPABILITIES = LEASING | ENCRYPTS

    def _signature(self, plain: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers import algorithms
        from cryptography.hazmat.primitives.cmac import CMAC

        proof = CMAC(algorithms.AES(derived(self._key, b"SMB2AESCMAC\0", b"SmbSign\0")))
        proof.update(plain)
        return proof.finalize()

    def _sealed(self, data: bytes) -> bytes:
        if not self._key:
            return data
        from cryptography.hazmat.primitives.ciphers.aead import AESCCM

        key = AESCCM(derived(self._key, b"SMB2AESCCM\0", b"ServerOut\0"))
        nonce = os.urandom(NONCE)
        head = SEAL.pack(
            b"\xfdSMB", bytes(TAG), nonce.ljust(16, b"\0"), len(data), 0, 1, SESSION_ID
        )
        found = key.encrypt(nonce, data, head[4 + TAG :])
        return head[:4] + found[-TAG:] + head[4 + TAG :] + found[:-TAG]

    def _opened(self, data: bytes) -> bytes:
        if data[:4] != b"\xfdSMB":
            return data
        from cryptography.hazmat.primitives.ciphers.aead import AESCCM

        key = AESCCM(derived(self._key, b"SMB2AESCCM\0", b"ServerIn \0"))
        _, tag, nonce, *_ = SEAL.unpack_from(data)
        rest = data[SEAL.size :] + tag
        return key.decrypt(nonce[:NONCE], rest, data[4 + TAG : SEAL.size])


def derived(key: bytes, label: bytes, context: bytes) -> bytes:
    """The key for one purpose, which a session's key gives."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

    how = (hashes.SHA256(), Mode.CounterMode, 16, 4, 4, CounterLocation.BeforeFixed)
    return KBKDFHMAC(*how, label, context, None).derive(key)


def header(command: int, number: int, status: int) -> bytes:
    """What a message begins with, for a client that is logged on."""
    return struct.pack(
        "<4sHHIHHIIQIIQ16s",
        b"\xfeSMB",
        64,
        1,
        status,
        command,
        64,  # credits
        ANSWER,
        0,
        number,
        0xFEFF,
        TREE_ID,
        SESSION_ID,
        bytes(16),
    )
