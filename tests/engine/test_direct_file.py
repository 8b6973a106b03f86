"""Durable writes past the system's cache."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from anyreg.engine.direct_file import DirectFile
from anyreg.engine.file_disk import FileStorage
from anyreg.errors import RegistryError

PAGE = 4096
DATA = bytes(range(256)) * 32  # two pages


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_bytes(bytes(8 * PAGE))
    return path


@pytest.fixture
def number(file: Path) -> Iterator[int]:
    opened = os.open(file, os.O_RDWR)
    yield opened
    os.close(opened)


def refuse(code: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let every write out of aligned memory fail; what sizes were tried."""
    tried: list[int] = []
    genuine = os.pwrite

    def pwrite(number: int, data: bytes | memoryview, at: int) -> int:
        if isinstance(data, memoryview):
            tried.append(len(data))
            raise OSError(code, os.strerror(code))
        return genuine(number, data, at)

    monkeypatch.setattr(os, "pwrite", pwrite)
    return tried


def takes_direct_writes(file: Path) -> bool:
    """Whether the file system takes them at all."""
    try:
        os.close(os.open(file, os.O_RDWR | os.O_DIRECT))
    except OSError:
        return False
    return True


def test_others_see_what_was_written_past_the_cache(file: Path) -> None:
    """Those that read, those that have looked at the place before, and a mapping."""
    storage, other = FileStorage(str(file), "r+"), FileStorage(str(file))
    for at in (2 * PAGE, 4 * PAGE):
        assert other.peek(at, 3) == other.read(at, 3) == storage.peek(at, 3) == bytes(3)
        storage.write_durably(at, DATA)
        assert other.peek(at, len(DATA)) == other.read(at, len(DATA)) == DATA
        assert storage.peek(at, len(DATA)) == DATA
    assert file.read_bytes() == bytes(2 * PAGE) + DATA + DATA + bytes(2 * PAGE)
    storage.write(3 * PAGE, b"later")
    assert other.read(3 * PAGE, 6) == b"later" + DATA[PAGE + 5 : PAGE + 6]
    storage.close()
    other.close()


@pytest.mark.parametrize(("at", "data"), [(512, DATA), (PAGE, DATA[:100]), (0, bytes(68 * 1024))])
def test_what_is_no_whole_page_or_too_much_is_left_to_the_caller(
    file: Path, number: int, at: int, data: bytes
) -> None:
    """And nothing is written."""
    direct = DirectFile(number)
    assert not direct.write(at, data)
    direct.close()
    assert file.read_bytes() == bytes(8 * PAGE)


@pytest.mark.parametrize("at", [512, PAGE])
def test_a_durable_write_always_writes(file: Path, at: int) -> None:
    """Past the cache, or the usual way."""
    storage = FileStorage(str(file), "r+")
    storage.write_durably(at, DATA)
    storage.close()
    assert file.read_bytes()[at : at + len(DATA)] == DATA


@pytest.mark.parametrize("at", [0, 512, PAGE])
@pytest.mark.parametrize("size", [100, 2 * PAGE, 160 * 1024, 160 * 1024 + 100])
def test_what_is_written_anew_is_there(file: Path, at: int, size: int) -> None:
    """However much it is, and wherever; others see it."""
    data = (DATA * 21)[:size]
    storage, other = FileStorage(str(file), "r+"), FileStorage(str(file))
    storage.write(at, bytes(size))
    assert other.read(at, size) == bytes(size)
    storage.write_anew(at, data)
    assert other.read(at, size) == storage.read(at, size) == data
    storage.close()
    other.close()
    assert file.read_bytes()[at : at + size] == data


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="this system has no such writes")
@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_disk_that_cannot_is_asked_once(
    file: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes go the usual way then, these and all that come."""
    storage = FileStorage(str(file), "r+")
    tried = refuse(code, monkeypatch)
    for at in (0, 2 * PAGE):
        storage.write_durably(at, DATA)
    storage.close()
    assert len(tried) <= 1
    assert file.read_bytes() == DATA + DATA + bytes(4 * PAGE)


@pytest.mark.skipif(not hasattr(os, "O_DIRECT"), reason="this system has no such writes")
def test_a_disk_that_fails_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed durable write is never tried again another way."""
    storage = FileStorage(str(file), "r+")
    storage.write_durably(0, DATA)
    if not takes_direct_writes(file):
        pytest.skip("the file system has no such writes")
    refuse(errno.EIO, monkeypatch)
    with pytest.raises(RegistryError, match="log") as caught:
        storage.write_durably(2 * PAGE, DATA)
    assert caught.value.errno == errno.EIO
    storage.close()
    assert file.read_bytes() == DATA + bytes(6 * PAGE)


def test_where_there_is_no_second_way_in_nothing_is_written() -> None:
    """As on systems without it, or without /proc."""
    direct = DirectFile(-1)
    assert not direct.write(0, DATA)
    direct.close()
