"""Owners and permissions of keys, in memory, in hives and through the names of a machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import anyreg
from anyreg.errors import NotSupportedError, SecurityError
from anyreg.security.token import Token

TEXT = "O:BAG:SYD:AI(A;CI;KR;;;BU)(A;CIID;KA;;;SY)"
USER = Token.of("S-1-5-21-1-2-3-1001", "BU")


@pytest.fixture(params=["memory", "hive"])
def key(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[anyreg.Key]:
    in_memory = request.param == "memory"
    target = ("memory:", "r+") if in_memory else (str(tmp_path / "x.hiv"), "x")
    with anyreg.open(*target) as registry:
        top = registry.create(r"HKEY_CURRENT_USER\Top" if in_memory else "Top")
        top.security = TEXT
        yield top
        assert registry.check() == []


def test_an_owner_has_a_name(key: anyreg.Key) -> None:
    assert str(key.owner) == r"BUILTIN\Administrators"
    key.owner = "Users"
    key.group = "BA"
    assert key.security.sddl == TEXT.replace("O:BAG:SY", "O:BUG:BA")
    with pytest.raises(SecurityError, match="no such account"):
        key.owner = "Nobody here"


def test_what_is_no_owner_and_no_descriptor_is_said(key: anyreg.Key) -> None:
    """Instead of what is wrong inside; the compiled form has its own words."""
    for set_ in (
        lambda: setattr(key, "owner", None),
        lambda: setattr(key, "security", key),
        lambda: key.grant(5, "read"),  # type: ignore[arg-type]
        lambda: Token.of("BU", 7),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError) as caught:
            set_()
        assert "expected" in str(caught.value) or "somebody is a SID" in str(caught.value)


def test_what_is_set_is_whole(key: anyreg.Key) -> None:
    """And the error names the key."""
    for text in ("", "D:(A;CI;KA;;;BA)", "no SDDL"):
        with pytest.raises(SecurityError) as caught:
            key.security = text
        assert caught.value.path == key.path
    assert key.security.sddl == TEXT


def test_rights_are_granted_denied_and_revoked(key: anyreg.Key) -> None:
    assert key.access_for(USER) == 0x20019
    key.grant("Users", "set-value")
    assert key.access_for(USER) == 0x2001B
    key.deny("Everyone", "set-value", inherit=False)
    assert key.access_for(USER) == 0x20019
    key.revoke("WD")
    key.revoke("BU")
    assert key.access_for(USER) == 0
    assert key.security.sddl == "O:BAG:SYD:AI(A;CIID;KA;;;SY)"


def test_a_key_without_a_descriptor_is_used_as_those_of_a_new_hive(key: anyreg.Key) -> None:
    """As the check takes it; and a change asks for a whole one, and names the key."""
    key.descriptor = b""
    assert key.access_for(USER) == 0x20019
    assert str(key.security) == "no security descriptor"
    with pytest.raises(SecurityError, match="set a whole one") as caught:
        key.owner = "SY"
    assert caught.value.path == key.path
    key.security = TEXT


def test_inheritance_is_cut_and_taken_up_again(key: anyreg.Key) -> None:
    child = key.create("Child")
    child.protect(keep=False)
    assert child.security.is_protected
    child.reset_inheritance()
    assert child.security.sddl == "O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;SY)"


def test_a_change_is_carried_down_in_one_transaction(key: anyreg.Key) -> None:
    below = key.create(r"A\B")
    below.security = "O:BAG:SYD:(A;;KR;;;SY)"
    key.grant("Guests", "read", propagate=True)
    assert below.security.sddl.startswith("O:BAG:SYD:AI(A;;KR;;;SY)(A;CIID;KR;;;BU)")
    assert "BG" in below.security.sddl
    key.open("A").descriptor = b"no descriptor at all"
    before = key.security.sddl
    with pytest.raises(SecurityError) as caught:
        key.grant("Guests", "full", propagate=True)
    assert caught.value.path.endswith(r"Top\A")
    assert key.security.sddl == before


def test_the_root_inherits_from_nobody() -> None:
    with anyreg.open("memory:") as registry, pytest.raises(NotSupportedError, match="no key above"):
        registry.root.reset_inheritance()


def test_names_of_the_machine_are_taken(tmp_path: Path) -> None:
    """Those that its own SAM has."""
    with anyreg.open("memory:") as registry:
        users = r"HKEY_LOCAL_MACHINE\SAM\SAM\Domains\Account"
        account = registry.create(users)
        account.values["V"] = bytes(8) + b"\1\0\0\0\2\0\0\0\3\0\0\0"
        registry.create(rf"{users}\Users\Names\Ada").values[""] = anyreg.Raw(1001, b"")
        key = registry.create(r"HKEY_CURRENT_USER\Mine")
        key.grant("Ada", "full")
        key.owner = "Ada"
        assert key.owner is not None
        assert key.owner.name == "Ada"
        assert str(key.owner.sid) == "S-1-5-21-1-2-3-1001"
        key.security = "O:LAG:BAD:(A;CI;GA;;;LA)"
        assert key.security.sddl == "O:S-1-5-21-1-2-3-500G:BAD:(A;CI;KA;;;S-1-5-21-1-2-3-500)"
