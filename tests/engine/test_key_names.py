"""What keys and their classes can be called."""

from __future__ import annotations

import pytest

from anyreg.engine.key_names import check_key_name, check_stored_name, class_bytes
from anyreg.errors import LimitError


@pytest.mark.parametrize("name", ["a", "a" * 256, "\U0001f600" * 128, "\0", "\ud800"])
def test_a_name_has_up_to_256_units(name: str) -> None:
    check_key_name(name)
    check_stored_name(name)


@pytest.mark.parametrize("name", ["", "a\\b"])
def test_a_path_cannot_name_every_key_that_there_is(name: str) -> None:
    check_stored_name(name)
    with pytest.raises(LimitError):
        check_key_name(name)


@pytest.mark.parametrize("name", ["a" * 257, "\U0001f600" * 129])
def test_no_key_has_a_longer_name(name: str) -> None:
    for check in (check_key_name, check_stored_name):
        with pytest.raises(LimitError, match="256"):
            check(name)


def test_a_class_name_has_up_to_32767_units() -> None:
    assert len(class_bytes("a" * 32_767)) == 65_534
    with pytest.raises(LimitError, match="32767"):
        class_bytes("a" * 32_768)
