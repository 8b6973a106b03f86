"""The file of hosts: a host in each line, comments, and what is none."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
import typer

from anyreg.cli.host_list import STDIN, hosts_in


def test_each_host_comes_once_without_comments(tmp_path: Path) -> None:
    """In the order of the file."""
    file = tmp_path / "hosts"
    file.write_text("\ufeff# servers\n\n  one \ntwo:4450 # old\nONE\n#three\n[::1]:445\n")
    assert list(hosts_in(str(file))) == ["one", "two:4450", "[::1]:445"]


def test_the_standard_input_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there yet is not waited for."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stream, os.fdopen(writing, "w") as to:
        monkeypatch.setattr(sys, "stdin", stream)
        hosts = hosts_in(STDIN)
        for name in ("one", "two"):
            to.write(f"{name}\n")
            to.flush()
            assert next(hosts) == name
        to.close()
        assert list(hosts) == []
    monkeypatch.setattr(sys, "stdin", io.StringIO("a\nb"))
    assert list(hosts_in(STDIN)) == ["a", "b"]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """A file that is missing, too."""
    file = tmp_path / "hosts"
    file.write_bytes(b"one\n\xff\xfe\n")
    with pytest.raises(typer.BadParameter, match="no text in UTF-8"):
        list(hosts_in(str(file)))
    with pytest.raises(FileNotFoundError):
        list(hosts_in(str(tmp_path / "missing")))
