"""The registry of a running Windows before and after a test: no key, handle or thread more.

And the process has the privileges that it had, enabled and disabled as they were.
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_int, c_uint32, c_void_p, create_string_buffer
from threading import Thread
from threading import enumerate as enumerate_threads
from time import monotonic, sleep

from anyreg.backends import ask
from anyreg.backends.base import Backend
from anyreg.backends.trees import find
from anyreg.security.descriptor import default_descriptor
from anyreg.values import Node
from open_handles import handles_open

MACHINE, USER, USERS = 0x80000002, 0x80000001, 0x80000003
PLACES = (
    (MACHINE, ""),
    (USERS, ""),
    *(
        (root, path)
        for root in (MACHINE, USER)
        for path in (
            "Software",
            r"Software\Wow6432Node",
            r"Software\Classes",
            r"Software\Classes\Interface",
            r"Software\Classes\Wow6432Node",
            r"Software\Classes\Wow6432Node\Interface",
        )
    ),
)
FRESH = "Conformance"
TOKEN_QUERY, TOKEN_PRIVILEGES = 8, 3
SETTLED = 30  # seconds


@contextmanager
def live_state(is_live: bool) -> Iterator[None]:
    """Sweep away what a test leaves, and count; of other worlds there is nothing to do."""
    if not is_live:
        yield
        return
    from anyreg.backends.live.opening import open_live

    looking = open_live()
    try:
        sweep(looking, {place: set() for place in PLACES}, only=FRESH)
        before = {place: names_at(looking, place) for place in PLACES}
        gc.collect()  # what an earlier test has left to it ends now, and is not counted
        handles, threads, privileges = handles_open(), threads_running(), privileges_held()
        try:
            yield
            settle(handles, threads)
            left = handles_open()  # fewer where Wine gives back what it had made for itself
            assert left <= handles, f"{left} handles are open, of {handles} before"
            begun = threads_running() - threads  # what an earlier test left may have ended
            assert not begun, f"threads still run: {begun}"
            assert privileges_held() == privileges
        finally:
            sweep(looking, before)
    finally:
        looking.close()


def settle(handles: int, threads: set[Thread]) -> None:
    """Wait for threads that have been asked to end, and what they hold, on a busy machine."""
    end = monotonic() + SETTLED
    while (threads_running() - threads or handles_open() > handles) and monotonic() < end:
        sleep(0.01)


def threads_running() -> set[Thread]:
    return set(enumerate_threads())


def privileges_held() -> bytes:
    """The privileges of this process, and which are enabled, as Windows gives them."""
    security, kernel = vars(ctypes)["WinDLL"]("advapi32"), vars(ctypes)["WinDLL"]("kernel32")
    kernel.GetCurrentProcess.restype = c_void_p
    kernel.CloseHandle.argtypes = (c_void_p,)
    security.OpenProcessToken.argtypes = (c_void_p, c_uint32, c_void_p)
    security.GetTokenInformation.argtypes = (c_void_p, c_int, c_void_p, c_uint32, c_void_p)
    token, room, size = c_void_p(), create_string_buffer(4096), c_uint32()
    assert security.OpenProcessToken(kernel.GetCurrentProcess(), TOKEN_QUERY, byref(token))
    try:
        assert security.GetTokenInformation(token, TOKEN_PRIVILEGES, room, len(room), byref(size))
    finally:
        kernel.CloseHandle(token)
    assert size.value > 4
    return room.raw[: size.value]


def names_at(world: Backend, place: tuple[int, str]) -> set[str]:
    node = found(world, place)
    if node is None:
        return set()
    names = {child.name for child in children(world, node)}
    world.release(node)
    return names


def found(world: Backend, place: tuple[int, str]) -> Node | None:
    return find(world, ask.predefined(world, place[0]), place[1])


def children(world: Backend, node: Node) -> list[Node]:
    listed = world.subkeys(node)
    for child in listed:
        world.release(child)
    return listed


def sweep(world: Backend, before: dict[tuple[int, str], set[str]], only: str = "") -> None:
    """Delete what was not there before; or all of one name."""
    for place, names in before.items():
        node = found(world, place)
        if node is None:
            continue
        for child in world.subkeys(node):
            if child.name == only if only else child.name not in names:
                remove(world, child)
            else:
                world.release(child)
        world.release(node)


def remove(world: Backend, top: Node) -> None:
    """Delete a tree, also where tests have taken the rights to do so away."""
    stack: list[Node] = []
    todo = [top]
    while todo:
        seen = todo.pop()
        world.set_security(seen, default_descriptor())
        node = world.open(seen, [], link=True)  # with the rights that there are now
        world.release(seen)
        assert node is not None
        stack.append(node)
        todo.extend(world.subkeys(node))
    for node in reversed(stack):
        world.delete(node, False)
        world.release(node)
